#include "manifest.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "escape.h"
#include "fs.h"
#include "path.h"

/* ---- reading ------------------------------------------------------------- */

/* A name that is not UTF-8, which JSON cannot hold, is written with \xNN. */
static char *
key_of(const char *entry)
{
	json_t *text = json_string(entry);
	bool is_utf8 = text != NULL;

	json_decref(text);
	return is_utf8 ? xstrdup(entry) : escape_shown(entry);
}

MUST_USE static struct error *
refuse(const char *shown, const char *what)
{
	return error_new(ERR_REFUSED,
	    "%s cannot be understood: %s; mend it, or move it away (copies "
	    "then count as local skills)",
	    shown, what);
}

static bool
is_managed_value(const json_t *value)
{
	struct digest digest;
	const char *text = json_string_value(value);

	return text != NULL &&
	       (strcmp(text, "symlink") == 0 || digest_parse(text, &digest));
}

/* Each member that we know has its shape, or there is none. */
MUST_USE static struct error *
check_shape(json_t *root, const char *shown)
{
	json_t *managed = json_object_get(root, "managed");
	json_t *mtimes = json_object_get(root, "mtimes");
	json_t *updated = json_object_get(root, "updated_at");
	const char *key;
	json_t *value;

	if (managed != NULL && !json_is_object(managed) &&
	    !json_is_null(managed))
		return refuse(shown, "\"managed\" is no object");
	if (mtimes != NULL && !json_is_object(mtimes) && !json_is_null(mtimes))
		return refuse(shown, "\"mtimes\" is no object");
	if (updated != NULL && !json_is_string(updated))
		return refuse(shown, "\"updated_at\" is no text");
	json_object_foreach(managed, key, value)
	{
		if (!is_managed_value(value))
			return refuse(shown,
			    "a value of \"managed\" is neither \"symlink\" "
			    "nor a digest");
	}
	json_object_foreach(mtimes, key, value)
	{
		if (!json_is_number(value))
			return refuse(shown, "a value of \"mtimes\" is no "
					     "number");
	}
	return NULL;
}

struct error *
manifest_parse(const char *text, size_t len, const char *shown,
    struct manifest *out)
{
	json_error_t at;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);

	if (root == NULL) {
		AUTO_FREE char *said = escape_shown(at.text);
		AUTO_FREE char *what = xasprintf("line %d, column %d: %s",
		    at.line, at.column, said);
		return refuse(shown, what);
	}
	struct error *err = json_is_object(root)
				? check_shape(root, shown)
				: refuse(shown, "it is no object");
	if (err != NULL) {
		json_decref(root);
		return err;
	}
	*out = (struct manifest){ .root = root };
	return NULL;
}

struct error *
manifest_read(int dir_fd, const char *target_path, struct manifest *out)
{
	AUTO_FREE char *shown = path_join(target_path, MANIFEST_NAME);
	AUTO_STRBUF struct strbuf text = { 0 };
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(dir_fd, MANIFEST_NAME, &st);

	if (err == NULL && st.kind == FS_ABSENT) {
		*out = (struct manifest){ 0 };
		return NULL;
	}
	if (err == NULL && st.kind != FS_FILE)
		return refuse(shown, "it is no regular file");
	if (err == NULL)
		err = fs_read_file(dir_fd, MANIFEST_NAME, MANIFEST_MAX_BYTES,
		    &text);
	if (err != NULL)
		return error_wrap(err, "%s", target_path);
	return manifest_parse(strbuf_str(&text), text.len, shown, out);
}

enum manifest_kind
manifest_find(const struct manifest *manifest, const char *entry,
    struct digest *digest_out)
{
	if (manifest->root == NULL)
		return MANIFEST_NONE;
	AUTO_FREE char *key = key_of(entry);
	const char *text = json_string_value(
	    json_object_get(json_object_get(manifest->root, "managed"), key));
	if (text == NULL)
		return MANIFEST_NONE;
	return digest_parse(text, digest_out) ? MANIFEST_COPY : MANIFEST_LINK;
}

bool
manifest_modes(const struct manifest *manifest, const char *entry,
    struct digest *out)
{
	if (manifest->root == NULL)
		return false;
	AUTO_FREE char *key = key_of(entry);
	const char *text = json_string_value(
	    json_object_get(json_object_get(manifest->root, "modes"), key));
	return text != NULL && digest_parse(text, out);
}

/* ---- changing ------------------------------------------------------------ */

/* jansson fails where there is no memory left, and for nothing else here. */
static void
must(int result)
{
	if (result != 0)
		BUG("jansson");
}

static json_t *
new_object(void)
{
	json_t *object = json_object();

	if (object == NULL)
		BUG("jansson");
	return object;
}

/* The member that is an object; made if there is none. */
static json_t *
member(struct manifest *manifest, const char *key)
{
	if (manifest->root == NULL)
		manifest->root = new_object();
	json_t *object = json_object_get(manifest->root, key);
	if (!json_is_object(object)) {
		object = new_object();
		must(json_object_set_new(manifest->root, key, object));
	}
	return object;
}

void
manifest_put_copy(struct manifest *manifest, const char *entry,
    const struct digest *digest, int64_t mtime_ns)
{
	AUTO_FREE char *key = key_of(entry);
	char hex[DIGEST_HEX_LEN + 1];

	digest_hex(digest, hex);
	must(json_object_set_new(member(manifest, "managed"), key,
	    json_string(hex)));
	must(json_object_set_new(member(manifest, "mtimes"), key,
	    json_integer(mtime_ns)));
	/* What they were then says nothing of this copy. */
	(void)json_object_del(json_object_get(manifest->root, "modes"), key);
}

void
manifest_put_modes(struct manifest *manifest, const char *entry,
    const struct digest *modes)
{
	AUTO_FREE char *key = key_of(entry);
	char hex[DIGEST_HEX_LEN + 1];

	/* Somebody else's of that name is kept like all that we do not know. */
	json_t *there = manifest->root == NULL
			    ? NULL
			    : json_object_get(manifest->root, "modes");
	if (there != NULL && !json_is_object(there))
		return;
	digest_hex(modes, hex);
	must(json_object_set_new(member(manifest, "modes"), key,
	    json_string(hex)));
}

void
manifest_remove(struct manifest *manifest, const char *entry)
{
	AUTO_FREE char *key = key_of(entry);

	if (manifest->root == NULL)
		return;
	/* That there is none is as good. */
	(void)json_object_del(json_object_get(manifest->root, "managed"), key);
	(void)json_object_del(json_object_get(manifest->root, "mtimes"), key);
	(void)json_object_del(json_object_get(manifest->root, "modes"), key);
}

bool
manifest_is_empty(const struct manifest *manifest)
{
	const char *key;
	json_t *value;

	json_object_foreach(manifest->root, key, value)
	{
		bool is_ours =
		    strcmp(key, "managed") == 0 || strcmp(key, "mtimes") == 0 ||
		    (strcmp(key, "modes") == 0 && json_is_object(value));

		if (strcmp(key, "updated_at") == 0)
			continue;
		if (!is_ours || json_object_size(value) > 0)
			return false;
	}
	return true;
}

struct manifest
manifest_copy(const struct manifest *manifest)
{
	json_t *root = NULL;

	if (manifest->root != NULL) {
		root = json_deep_copy(manifest->root);
		if (root == NULL)
			BUG("jansson");
	}
	return (struct manifest){ .root = root };
}

bool
manifest_equal(const struct manifest *a, const struct manifest *b)
{
	if (a->root == NULL || b->root == NULL)
		return a->root == b->root;
	return json_equal(a->root, b->root) == 1;
}

/* ---- writing ------------------------------------------------------------- */

void
manifest_write(const struct manifest *manifest, int64_t now_s,
    struct strbuf *out)
{
	AUTO_MANIFEST struct manifest full = manifest_copy(manifest);
	char when[32] = "";
	time_t seconds = (time_t)now_s;
	struct tm tm = { 0 };

	(void)member(&full, "managed");
	if (gmtime_r(&seconds, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	must(json_object_set_new(full.root, "updated_at", json_string(when)));
	char *text = json_dumps(full.root, JSON_INDENT(2) | JSON_SORT_KEYS);
	if (text == NULL)
		BUG("jansson");
	strbuf_add(out, text);
	strbuf_add(out, "\n");
	free(text);
}

void
manifest_release(struct manifest *manifest)
{
	json_decref(manifest->root);
	manifest->root = NULL;
}
