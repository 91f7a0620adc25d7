#include <errno.h>
#include <string.h>

#include "ignore.h"
#include "snapscan.h"
#include "strbuf.h"

#define SEEN_NAME ".skillshare-seen"
#define SEEN_TMP ".skillshare-seen.tmp"
#define MAGIC "skillshare-seen 2\n"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define FILE_MAX_BYTES ((size_t)1024 * 1024 * 1024)
#define KEEP_SECONDS ((int64_t)30 * 24 * 60 * 60)
#define TOUCH_SECONDS ((int64_t)7 * 24 * 60 * 60)
/* What is outdated may be as large as what is not, and this. */
#define SPARE_BYTES ((size_t)64 * 1024)

/*
 * The file: MAGIC, then chunks, each appended by one run. A chunk is its head
 * and then roots. A root is its head, path, version, and for each node a head,
 * rel and text: numbers as the machine has them, texts with their NUL. The
 * last root of a path counts.
 */
struct chunk_head {
	uint64_t len; /* of what follows */
	/* Of the rules that leave files out, and of what follows: a chunk made
	   by other rules counts as damaged. */
	unsigned char digest[DIGEST_BYTES];
};

struct root_head {
	uint64_t len; /* with this */
	uint64_t n_nodes;
	uint64_t size_bytes;
	int64_t used_s;
	uint64_t is_skill;
};

struct node_head {
	uint64_t size_bytes;
	int64_t mtime_ns;
	uint64_t ino;
	int64_t stamp_ns;
	uint32_t mode;
	uint32_t kind;
};

/* ---- reading ------------------------------------------------------------- */

/* What is left of a chunk or root. */
struct rest {
	const char *at;
	size_t len;
};

static bool
take(struct rest *rest, void *out, size_t len)
{
	if (rest->len < len)
		return false;
	memcpy(out, rest->at, len);
	rest->at += len;
	rest->len -= len;
	return true;
}

static bool
take_text(struct rest *rest, const char **out)
{
	const char *end =
	    rest->len > 0 ? memchr(rest->at, '\0', rest->len) : NULL;

	if (end == NULL)
		return false;
	*out = rest->at;
	rest->len -= (size_t)(end + 1 - rest->at);
	rest->at = end + 1;
	return true;
}

static struct snap_seen_root *
root_at(struct snap_seen *seen, const char *path)
{
	uint32_t i = 0;

	if (!strmap_get(&seen->by_path, path, &i)) {
		seen->roots = xgrow(seen->roots, seen->n, sizeof(*seen->roots));
		i = (uint32_t)seen->n++;
		seen->roots[i] = (struct snap_seen_root){ .path = path };
		(void)strmap_put(&seen->by_path, path, i);
	}
	return &seen->roots[i];
}

/* A root's place in the file; its nodes are read when they are asked for. */
static bool
index_root(struct snap_seen *seen, struct rest *chunk)
{
	struct rest rest = *chunk;
	struct root_head head;
	const char *path = NULL;

	if (!take(&rest, &head, sizeof(head)) || head.len > chunk->len ||
	    !take_text(&rest, &path))
		return false;
	struct snap_seen_root *root = root_at(seen, path);
	seen->live_bytes += head.len - root->len;
	root->record = chunk->at;
	root->len = head.len;
	root->used_s = head.used_s;
	chunk->at += head.len;
	chunk->len -= head.len;
	return true;
}

static struct digest
digest_chunk(const struct snap_seen *seen, const char *roots, size_t len)
{
	struct digest_state state;

	digest_init(&state);
	digest_add(&state, seen->rules.bytes, sizeof(seen->rules.bytes));
	digest_add(&state, roots, len);
	return digest_final(&state);
}

/* False at the end of what is sound. */
static bool
index_chunk(struct snap_seen *seen, struct rest *file)
{
	struct chunk_head head;

	if (!take(file, &head, sizeof(head)) || head.len > file->len)
		return false;
	struct rest chunk = { file->at, head.len };
	struct digest digest = digest_chunk(seen, chunk.at, chunk.len);
	if (memcmp(digest.bytes, head.digest, sizeof(head.digest)) != 0)
		return false;
	file->at += head.len;
	file->len -= head.len;
	while (chunk.len > 0) {
		if (!index_root(seen, &chunk))
			return false;
	}
	return true;
}

static struct digest
digest_rules(const struct ignore *ignore)
{
	struct digest_state state;

	digest_init(&state);
	for (size_t i = 0; ignore != NULL && i < ignore->n; i++)
		digest_add_str(&state, ignore->rules[i].text);
	return digest_final(&state);
}

void
snapseen_load(struct snap_seen *seen, int fd, const struct ignore *ignore)
{
	*seen = (struct snap_seen){ .rules = digest_rules(ignore) };
	if (fd == -1)
		return;
	struct error *err =
	    fs_read_file(fd, SEEN_NAME, FILE_MAX_BYTES, &seen->file);
	error_free(err); /* a cache: everything is read again */
	struct rest file = { strbuf_str(&seen->file), seen->file.len };
	if (file.len < MAGIC_LEN || memcmp(file.at, MAGIC, MAGIC_LEN) != 0)
		return;
	file.at += MAGIC_LEN;
	file.len -= MAGIC_LEN;
	while (file.len > 0) {
		if (!index_chunk(seen, &file))
			return; /* of what is damaged, what came before */
	}
	seen->is_whole = true;
}

static bool
read_node(struct rest *rest, bool is_root, struct snap_node *node)
{
	struct node_head head;

	*node = (struct snap_node){ 0 };
	if (!take(rest, &head, sizeof(head)) || !take_text(rest, &node->rel) ||
	    !take_text(rest, &node->text))
		return false;
	node->size_bytes = head.size_bytes;
	node->mtime_ns = head.mtime_ns;
	node->ino = head.ino;
	node->stamp_ns = head.stamp_ns;
	node->mode = head.mode;
	node->kind = (enum fs_kind)head.kind;
	return head.kind > FS_ABSENT && head.kind <= FS_OTHER &&
	       (node->rel[0] == '\0') == is_root &&
	       (is_root || snap_rel_is_safe(node->rel)) &&
	       (node->kind != FS_FILE || snap_key_is_valid(node->text));
}

static bool
read_root(struct snap_seen *seen, const struct snap_seen_root *root,
    struct snap_tree *tree)
{
	struct rest rest = { root->record, root->len };
	struct root_head head;

	if (!take(&rest, &head, sizeof(head)) ||
	    head.n_nodes > root->len / sizeof(struct node_head) ||
	    head.n_nodes == 0 || !take_text(&rest, &tree->where) ||
	    !take_text(&rest, &tree->version))
		return false;
	tree->size_bytes = head.size_bytes;
	tree->is_skill = head.is_skill != 0;
	tree->nodes = arena_alloc(&seen->arena,
	    (size_t)head.n_nodes * sizeof(*tree->nodes));
	for (; tree->n < head.n_nodes; tree->n++) {
		if (!read_node(&rest, tree->n == 0, &tree->nodes[tree->n]))
			return false;
	}
	return strlen(tree->version) == DIGEST_HEX_LEN;
}

const struct snap_tree *
snapseen_find(struct snap_seen *seen, const char *path, int64_t now_s)
{
	uint32_t i = 0;

	if (!strmap_get(&seen->by_path, path, &i))
		return NULL;
	struct snap_seen_root *root = &seen->roots[i];
	if (root->tree.n == 0 && !read_root(seen, root, &root->tree)) {
		root->tree = (struct snap_tree){ 0 };
		return NULL;
	}
	if (root->used_s < now_s - TOUCH_SECONDS)
		seen->is_whole = false; /* or it would seem out of use */
	root->used_s = now_s;
	return &root->tree;
}

/* ---- writing ------------------------------------------------------------- */

void
snapseen_put(struct snap_seen *seen, const char *path,
    const struct snap_tree *tree, int64_t now_s)
{
	struct snap_seen_root *root =
	    root_at(seen, arena_strdup(&seen->arena, path));

	seen->live_bytes -= root->len;
	*root = (struct snap_seen_root){
		.path = root->path,
		.tree = *tree,
		.used_s = now_s,
	};
	seen->is_changed = true;
}

static void
write_nodes(struct strbuf *out, const struct snap_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		const struct snap_node *node = &tree->nodes[i];
		const struct node_head head = {
			.size_bytes = node->size_bytes,
			.mtime_ns = node->mtime_ns,
			.ino = node->ino,
			.stamp_ns = node->stamp_ns,
			.mode = node->mode,
			.kind = node->kind,
		};

		strbuf_add_mem(out, &head, sizeof(head));
		strbuf_add_mem(out, node->rel, strlen(node->rel) + 1);
		strbuf_add_mem(out, node->text, strlen(node->text) + 1);
	}
}

static void
write_root(struct strbuf *out, const struct snap_seen_root *root)
{
	const struct snap_tree *tree = &root->tree;
	struct root_head head = { 0 };
	size_t at = out->len;

	if (root->record != NULL) {
		strbuf_add_mem(out, root->record, root->len);
		memcpy(&head, root->record, sizeof(head));
	} else {
		strbuf_add_mem(out, &head, sizeof(head));
		strbuf_add_mem(out, root->path, strlen(root->path) + 1);
		strbuf_add_mem(out, tree->version, strlen(tree->version) + 1);
		write_nodes(out, tree);
		head = (struct root_head){
			.len = out->len - at,
			.n_nodes = tree->n,
			.size_bytes = tree->size_bytes,
			.is_skill = tree->is_skill,
		};
	}
	head.used_s = root->used_s;
	memcpy(out->s + at, &head, sizeof(head));
}

/* All roots in use since, or those alone that the file has not. */
static void
write_chunk(struct strbuf *out, const struct snap_seen *seen, int64_t since_s,
    bool is_all)
{
	struct chunk_head head = { 0 };
	size_t at = out->len;
	size_t from = at + sizeof(head);

	strbuf_add_mem(out, &head, sizeof(head));
	for (size_t i = 0; i < seen->n; i++) {
		const struct snap_seen_root *root = &seen->roots[i];

		if (root->used_s >= since_s && (is_all || root->record == NULL))
			write_root(out, root);
	}
	struct digest digest =
	    digest_chunk(seen, out->s + from, out->len - from);
	head.len = out->len - from;
	memcpy(head.digest, digest.bytes, sizeof(head.digest));
	memcpy(out->s + at, &head, sizeof(head));
}

/* Unsynced: a file that a power loss leaves torn is damaged and not used. */
MUST_USE static struct error *
replace_file(int fd, const struct strbuf *text)
{
	struct error *err =
	    fs_create_file(fd, SEEN_TMP, text->s, text->len, 0600);

	if (error_is_sys(err, EEXIST)) {
		error_free(err); /* a dead run's: take its place */
		err = fs_unlink(fd, SEEN_TMP);
		if (err == NULL)
			err = fs_create_file(fd, SEEN_TMP, text->s, text->len,
			    0600);
	}
	if (err != NULL)
		return err;
	err = fs_rename(fd, SEEN_TMP, fd, SEEN_NAME);
	if (err != NULL)
		error_free(fs_unlink(fd, SEEN_TMP)); /* the first is told */
	return err;
}

struct error *
snapseen_save(struct snap_seen *seen, int fd, int64_t now_s)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	int64_t since_s = now_s - KEEP_SECONDS;

	if (!seen->is_changed)
		return NULL;
	bool is_all = !seen->is_whole ||
		      seen->file.len > 2 * seen->live_bytes + SPARE_BYTES;
	if (is_all)
		strbuf_add_mem(&text, MAGIC, MAGIC_LEN);
	write_chunk(&text, seen, since_s, is_all);
	return is_all ? replace_file(fd, &text)
		      : fs_append(fd, SEEN_NAME, text.s, text.len);
}

void
snapseen_release(struct snap_seen *seen)
{
	strmap_release(&seen->by_path);
	free(seen->roots);
	strbuf_release(&seen->file);
	arena_release(&seen->arena);
	*seen = (struct snap_seen){ 0 };
}
