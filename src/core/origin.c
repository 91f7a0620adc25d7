#include "origin.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "fs.h"
#include "gitrun.h"
#include "path.h"
#include "yamltree.h"

#define METADATA_NAME ".metadata.json"
#define SKILL_NAME ".skillshare-meta.json"
#define REGISTRY_NAME "registry.yaml"
/* It has a digest of every file of every skill. */
#define METADATA_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define SKILL_MAX_BYTES ((size_t)1024 * 1024)

static const char *const text_names[] = {
#define ORIGIN_NAME(id, key) [ORIGIN_##id] = (key),
	ORIGIN_TEXTS(ORIGIN_NAME)
#undef ORIGIN_NAME
};

const char *
origin_text_name(enum origin_text text)
{
	return text_names[text];
}

/* ---- the value ----------------------------------------------------------- */

PRINTF_LIKE(3, 4)
static void
warn(struct origins *o, const char *file, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	o->warnings = xgrow(o->warnings, o->n_warnings, sizeof(*o->warnings));
	o->warnings[o->n_warnings++] = (struct origin_warning){
		.file = arena_strdup(&o->arena, file),
		.text = arena_strdup(&o->arena, text),
	};
}

/* Agents are another kind of thing, in the same files. */
static bool
is_of_skill(const struct origin *origin)
{
	const char *kind = origin->texts[ORIGIN_KIND];

	return kind == NULL || strcmp(kind, "agent") != 0;
}

static void
add(struct origins *o, const char *rel, const struct origin *origin)
{
	const char *key = arena_strdup(&o->arena, rel);

	if (o->n >= UINT32_MAX || !is_of_skill(origin) ||
	    !strmap_put(&o->by_rel, key, (uint32_t)o->n))
		return;
	o->items = xgrow(o->items, o->n, sizeof(*o->items));
	o->items[o->n++] = *origin;
}

const struct origin *
origins_find(const struct origins *origins, const char *rel)
{
	AUTO_FREE char *at = xstrdup(rel);
	uint32_t i = 0;

	for (;;) {
		if (strmap_get(&origins->by_rel, at, &i))
			return &origins->items[i];
		char *slash = strrchr(at, '/');
		if (slash == NULL)
			return NULL;
		*slash = '\0';
	}
}

static bool
is_noted(const struct origins *origins, const char *rel)
{
	uint32_t i = 0;

	return strmap_get(&origins->by_rel, rel, &i);
}

void
origins_release(struct origins *origins)
{
	strmap_release(&origins->by_rel);
	free(origins->items);
	free(origins->warnings);
	arena_release(&origins->arena);
	*origins = (struct origins){ 0 };
}

/* A text of a note: URLs may hold a password. */
static const char *
keep_text(struct origins *o, const char *text)
{
	AUTO_STRBUF struct strbuf masked = { 0 };

	if (text[0] == '\0')
		return NULL;
	git_mask(&masked, text);
	return arena_strdup(&o->arena, strbuf_str(&masked));
}

/* ---- JSON ---------------------------------------------------------------- */

/* An object, or NULL and a warning. The caller's. */
static json_t *
load_object(struct origins *o, const char *file, const char *text, size_t len)
{
	json_error_t at;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);

	if (root == NULL) {
		warn(o, file, "line %d, column %d: %s", at.line, at.column,
		    at.text);
		return NULL;
	}
	if (!json_is_object(root)) {
		warn(o, file, "it is no JSON object");
		json_decref(root);
		return NULL;
	}
	return root;
}

static void
add_object(struct origins *o, const char *rel, const char *file, json_t *object)
{
	struct origin origin = { .file = arena_strdup(&o->arena, file) };
	const json_t *tracked = json_object_get(object, "tracked");

	for (size_t i = 0; i < ORIGIN_TEXT_COUNT; i++) {
		const json_t *value = json_object_get(object, text_names[i]);

		if (json_is_string(value))
			origin.texts[i] =
			    keep_text(o, json_string_value(value));
		else if (value != NULL && !json_is_null(value))
			warn(o, file, "%s: \"%s\" is no text", rel,
			    text_names[i]);
	}
	if (tracked != NULL && !json_is_boolean(tracked) &&
	    !json_is_null(tracked))
		warn(o, file, "%s: \"tracked\" is neither true nor false", rel);
	origin.is_tracked = json_is_true(tracked);
	add(o, rel, &origin);
}

void
origins_add_metadata(struct origins *origins, const char *file,
    const char *text, size_t len)
{
	json_t *root = load_object(origins, file, text, len);
	json_t *entries = json_object_get(root, "entries");
	const char *rel;
	json_t *value;

	if (entries != NULL && !json_is_object(entries) &&
	    !json_is_null(entries))
		warn(origins, file, "\"entries\" is no object");
	json_object_foreach(entries, rel, value)
	{
		if (json_is_object(value))
			add_object(origins, rel, file, value);
		else
			warn(origins, file, "%s: it is no object", rel);
	}
	json_decref(root);
}

void
origins_add_skill(struct origins *origins, const char *rel, const char *file,
    const char *text, size_t len)
{
	json_t *root = load_object(origins, file, text, len);

	if (root != NULL)
		add_object(origins, rel, file, root);
	json_decref(root);
}

/* ---- YAML ---------------------------------------------------------------- */

static void
warn_at(struct origins *o, const char *file, const struct ynode *at,
    const char *what)
{
	warn(o, file, "line %u, column %u: %s", at->line, at->column, what);
}

static void
add_row(struct origins *o, const char *file, struct ynode *row)
{
	struct origin origin = { .file = arena_strdup(&o->arena, file) };
	struct ynode *name = ynode_get(row, "name");
	struct ynode *tracked = ynode_get(row, "tracked");

	if (name == NULL || name->kind != YNODE_SCALAR ||
	    name->text[0] == '\0') {
		warn_at(o, file, row, "a skill without a name");
		return;
	}
	for (size_t i = 0; i < ORIGIN_TEXT_COUNT; i++) {
		struct ynode *value = ynode_get(row, text_names[i]);

		if (ynode_is_null(value))
			continue;
		if (value->kind != YNODE_SCALAR)
			warn_at(o, file, value, "it is no text");
		else
			origin.texts[i] = keep_text(o, value->text);
	}
	origin.is_tracked = tracked != NULL && tracked->kind == YNODE_SCALAR &&
			    strcmp(tracked->text, "true") == 0;
	const char *group = origin.texts[ORIGIN_GROUP];
	AUTO_FREE char *rel =
	    group != NULL ? path_join(group, name->text) : xstrdup(name->text);
	add(o, rel, &origin);
}

static void
add_rows(struct origins *o, const char *file, const struct ynode *list)
{
	if (list->kind != YNODE_LIST) {
		warn_at(o, file, list, "skills is no list");
		return;
	}
	for (struct ynode *n = list->first; n != NULL; n = n->next) {
		struct ynode *row = ynode_resolve(n);

		if (row->kind == YNODE_MAP)
			add_row(o, file, row);
		else
			warn_at(o, file, row, "it is no map");
	}
}

void
origins_add_registry(struct origins *origins, const char *file,
    const char *text, size_t len)
{
	struct arena arena = { 0 };
	struct ynode *root = NULL;
	struct yaml_fault fault = { 0 };

	if (!yamltree_read(&arena, text, len, &root, &fault)) {
		warn(origins, file, "line %u, column %u: %s", fault.line,
		    fault.column, fault.what);
	} else if (root != NULL && root->kind == YNODE_MAP) {
		const struct ynode *skills = ynode_get(root, "skills");

		if (skills != NULL && !ynode_is_null(skills))
			add_rows(origins, file, skills);
	} else if (root != NULL && !ynode_is_null(root)) {
		warn_at(origins, file, root, "it is no map");
	}
	arena_release(&arena);
}

/* ---- a source ------------------------------------------------------------ */

/* False: there is none, or it cannot be read, which is then a warning. */
static bool
read_file(struct origins *o, int dir_fd, const char *name, const char *file,
    size_t max_bytes, struct strbuf *text)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(dir_fd, name, &st);

	if (err == NULL && st.kind == FS_ABSENT)
		return false;
	if (err == NULL && st.kind != FS_FILE) {
		warn(o, file, "it is no regular file");
		return false;
	}
	if (err == NULL)
		err = fs_read_file(dir_fd, name, max_bytes, text);
	if (err == NULL)
		return true;
	warn(o, file, "%s", error_msg(err));
	error_free(err); /* a warning */
	return false;
}

static void
read_skill(struct origins *o, const struct skill *skill)
{
	AUTO_CLOSE int fd = -1;
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_FREE char *file = path_join(skill->rel, SKILL_NAME);
	struct error *err = fs_open_dir(skill->abs, &fd);

	if (err != NULL) {
		warn(o, file, "%s", error_msg(err));
		error_free(err); /* a warning */
		return;
	}
	if (read_file(o, fd, SKILL_NAME, file, SKILL_MAX_BYTES, &text))
		origins_add_skill(o, skill->rel, file, strbuf_str(&text),
		    text.len);
}

void
origins_read(const struct skillset *set, struct origins *out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_STRBUF struct strbuf metadata = { 0 };
	AUTO_STRBUF struct strbuf registry = { 0 };
	struct origins o = { 0 };
	struct error *err = fs_open_dir(set->source, &fd);

	if (err != NULL) {
		warn(&o, ".", "%s", error_msg(err));
		error_free(err); /* a warning */
		*out = o;
		return;
	}
	if (read_file(&o, fd, METADATA_NAME, METADATA_NAME, METADATA_MAX_BYTES,
		&metadata))
		origins_add_metadata(&o, METADATA_NAME, strbuf_str(&metadata),
		    metadata.len);
	for (size_t i = 0; i < set->n; i++) {
		if (!is_noted(&o, set->skills[i].rel))
			read_skill(&o, &set->skills[i]);
	}
	if (read_file(&o, fd, REGISTRY_NAME, REGISTRY_NAME, YAMLTREE_MAX_BYTES,
		&registry))
		origins_add_registry(&o, REGISTRY_NAME, strbuf_str(&registry),
		    registry.len);
	*out = o;
}
