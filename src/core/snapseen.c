#include <errno.h>
#include <string.h>

#include "ignore.h"
#include "packed.h"
#include "path.h"
#include "snapscan.h"
#include "strbuf.h"

#define SEEN_NAME ".skillshare-seen"
#define MAGIC "skillshare-seen 2\n"
#define KEEP_SECONDS ((int64_t)30 * 24 * 60 * 60)
#define TOUCH_SECONDS ((int64_t)7 * 24 * 60 * 60)
/* What is outdated may be as large as what is not, and this. */
#define SPARE_BYTES ((size_t)64 * 1024)

/*
 * The file (packed.h): each run appends a chunk of roots. A root is its head,
 * path, version, and for each node a head, rel and text. The last root of a
 * path counts. A chunk made by other rules that leave files out counts as
 * damaged.
 */
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

/* A root's head; its nodes are taken when they are asked for. */
static bool
index_root(struct snap_seen *seen, struct packed *chunk)
{
	struct packed rest = *chunk;
	struct root_head head;
	struct snap_tree tree = { 0 };

	if (!packed_take(&rest, &head, sizeof(head)) ||
	    head.len < sizeof(head) || head.len > chunk->len ||
	    head.n_nodes == 0 ||
	    head.n_nodes > head.len / sizeof(struct node_head))
		return false;
	rest.len = head.len - sizeof(head);
	if (!packed_take_text(&rest, &tree.where) ||
	    !packed_take_text(&rest, &tree.version) ||
	    strlen(tree.version) != DIGEST_HEX_LEN)
		return false;
	tree.n = (size_t)head.n_nodes;
	tree.size_bytes = head.size_bytes;
	tree.is_skill = head.is_skill != 0;
	struct snap_seen_root *root = root_at(seen, tree.where);
	seen->live_bytes += head.len - root->len;
	root->record = chunk->at;
	root->len = head.len;
	root->nodes = rest;
	root->tree = tree;
	root->used_s = head.used_s;
	chunk->at += head.len;
	chunk->len -= head.len;
	return true;
}

/* False at the end of what is sound. */
static bool
index_chunk(struct snap_seen *seen, struct packed *file)
{
	struct packed chunk;

	if (!packed_chunk(file, &seen->rules, &chunk))
		return false;
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
	struct packed file = packed_read(fd, SEEN_NAME, MAGIC, &seen->file);
	if (file.at == NULL)
		return;
	while (file.len > 0) {
		if (!index_chunk(seen, &file))
			return; /* of what is damaged, what came before */
	}
	seen->is_whole = true;
}

static bool
take_node(struct packed *rest, struct snap_node *node)
{
	struct node_head head;

	*node = (struct snap_node){ 0 };
	if (!packed_take(rest, &head, sizeof(head)) ||
	    !packed_take_text(rest, &node->rel) ||
	    !packed_take_text(rest, &node->text))
		return false;
	node->size_bytes = head.size_bytes;
	node->mtime_ns = head.mtime_ns;
	node->ino = head.ino;
	node->stamp_ns = head.stamp_ns;
	node->mode = head.mode;
	node->kind = (enum fs_kind)head.kind;
	return head.kind > FS_ABSENT && head.kind <= FS_OTHER;
}

bool
snapseen_next(struct snap_seen_nodes *nodes, struct snap_node *node)
{
	const struct snap_seen_root *root = nodes->root;

	if (nodes->n == 0)
		nodes->rest = root->nodes;
	if (nodes->n == root->tree.n)
		return false;
	if (root->tree.nodes != NULL)
		*node = root->tree.nodes[nodes->n];
	else if (!take_node(&nodes->rest, node))
		return false;
	nodes->n++;
	return true;
}

/* What is to be acted upon is looked at more closely than what is compared. */
static bool
is_sound(const struct snap_node *node, bool is_root)
{
	return (is_root ? node->rel[0] == '\0' : path_rel_is_safe(node->rel)) &&
	       (node->kind != FS_FILE || snap_key_is_valid(node->text));
}

const struct snap_tree *
snapseen_tree(struct snap_seen *seen, struct snap_seen_root *root)
{
	struct snap_seen_nodes nodes = { .root = root };
	struct snap_node *all;

	if (root == NULL || root->tree.nodes != NULL)
		return root != NULL ? &root->tree : NULL;
	all = arena_alloc(&seen->arena, root->tree.n * sizeof(*all));
	for (size_t i = 0; i < root->tree.n; i++) {
		if (!snapseen_next(&nodes, &all[i]) ||
		    !is_sound(&all[i], i == 0))
			return NULL;
	}
	root->tree.nodes = all;
	return &root->tree;
}

struct snap_seen_root *
snapseen_find(struct snap_seen *seen, const char *path, int64_t now_s)
{
	uint32_t i = 0;

	if (!strmap_get(&seen->by_path, path, &i))
		return NULL;
	struct snap_seen_root *root = &seen->roots[i];
	if (root->used_s < now_s - TOUCH_SECONDS)
		seen->is_whole = false; /* or it would seem out of use */
	root->used_s = now_s;
	return root;
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
		packed_add_text(out, node->rel);
		packed_add_text(out, node->text);
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
		packed_add_text(out, root->path);
		packed_add_text(out, tree->version);
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
	size_t begin = packed_begin(out);

	for (size_t i = 0; i < seen->n; i++) {
		const struct snap_seen_root *root = &seen->roots[i];

		if (root->used_s >= since_s && (is_all || root->record == NULL))
			write_root(out, root);
	}
	packed_end(out, begin, &seen->rules);
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
		strbuf_add(&text, MAGIC);
	write_chunk(&text, seen, since_s, is_all);
	return is_all ? packed_replace(fd, SEEN_NAME, &text)
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
