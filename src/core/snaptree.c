#include "snaptree.h"

#include <string.h>

#include "path.h"
#include "skill.h"

static const struct {
	enum fs_kind kind;
	const char *word;
} kind_words[] = {
	{ FS_DIR, "d" },
	{ FS_FILE, "f" },
	{ FS_LINK, "l" },
	{ FS_OTHER, "o" },
};

struct snap_node *
snap_nodes_add(struct snap_nodes *nodes)
{
	nodes->items = xgrow(nodes->items, nodes->n, sizeof(*nodes->items));
	return &nodes->items[nodes->n++];
}

void
snap_nodes_release(struct snap_nodes *nodes)
{
	free(nodes->items);
	*nodes = (struct snap_nodes){ 0 };
}

static const char *
kind_word(enum fs_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kind_words); i++) {
		if (kind_words[i].kind == kind)
			return kind_words[i].word;
	}
	BUG("a node of kind %d", (int)kind);
}

/* ---- keys ---------------------------------------------------------------- */

const char *
snap_key(struct arena *arena, const struct digest *digest, mode_t mode)
{
	char hex[DIGEST_HEX_LEN + 1];

	digest_hex(digest, hex);
	return arena_printf(arena, "%s%s", hex, (mode & 0111) != 0 ? "x" : "");
}

mode_t
snap_key_mode(const char *key)
{
	return key[DIGEST_HEX_LEN] == 'x' ? 0555 : 0444;
}

bool
snap_key_is_valid(const char *key)
{
	size_t hex = strspn(key, "0123456789abcdef");

	return hex == DIGEST_HEX_LEN &&
	       (key[hex] == '\0' || strcmp(key + hex, "x") == 0);
}

/* ---- a whole tree -------------------------------------------------------- */

static void
digest_number(struct digest_state *state, uint64_t number)
{
	unsigned char bytes[sizeof(number)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(number >> (8 * i));
	digest_add(state, bytes, sizeof(bytes));
}

void
snap_tree_seal(struct snap_tree *tree, struct snap_nodes *nodes,
    struct arena *arena)
{
	struct digest_state state;
	char hex[DIGEST_HEX_LEN + 1];
	size_t bytes = nodes->n * sizeof(*nodes->items);

	tree->n = nodes->n;
	tree->nodes = arena_alloc(arena, bytes);
	memcpy(tree->nodes, nodes->items, bytes);
	snap_nodes_release(nodes);
	tree->size_bytes = 0;
	digest_init(&state);
	for (size_t i = 0; i < tree->n; i++) {
		const struct snap_node *node = &tree->nodes[i];

		digest_add_str(&state, kind_word(node->kind));
		digest_add_str(&state, node->rel);
		/* A link's mode says nothing and is not the same everywhere. */
		if (node->kind != FS_LINK)
			digest_number(&state, node->mode);
		digest_add_str(&state, node->text);
		if (node->kind == FS_FILE)
			tree->size_bytes += node->size_bytes;
	}
	struct digest digest = digest_final(&state);
	digest_hex(&digest, hex);
	tree->version = arena_strdup(arena, hex);

	const struct snap_node *file = snap_tree_find(tree, SKILL_FILE);
	tree->is_skill = file != NULL && file->kind == FS_FILE;
}

const struct snap_node *
snap_tree_find(const struct snap_tree *tree, const char *rel)
{
	for (size_t i = 0; i < tree->n; i++) {
		if (strcmp(tree->nodes[i].rel, rel) == 0)
			return &tree->nodes[i];
	}
	return NULL;
}

/* ---- lines --------------------------------------------------------------- */

void
snap_node_write(struct record_writer *w, const struct snap_node *node)
{
	record_field(w, kind_word(node->kind));
	record_field(w, node->rel);
	record_number(w, node->mode);
	record_number(w, (uint64_t)node->mtime_ns);
	record_number(w, node->size_bytes);
	record_field(w, node->text);
	record_number(w, node->ino);
	record_number(w, (uint64_t)node->stamp_ns);
	record_end(w);
}

struct error *
snap_node_read(struct record_reader *r, struct arena *arena,
    struct snap_node *out)
{
	uint64_t mode = 0, mtime = 0, stamp = 0;
	struct snap_node node = { .kind = FS_ABSENT };

	if (r->n_fields != 8 || !record_u64(r, 2, 07777, &mode) ||
	    !record_u64(r, 3, UINT64_MAX, &mtime) ||
	    !record_u64(r, 4, INT64_MAX, &node.size_bytes) ||
	    !record_u64(r, 6, UINT64_MAX, &node.ino) ||
	    !record_u64(r, 7, UINT64_MAX, &stamp))
		return record_damage(r);
	for (size_t i = 0; i < ARRAY_LEN(kind_words); i++) {
		if (strcmp(kind_words[i].word, r->fields[0]) == 0)
			node.kind = kind_words[i].kind;
	}
	const char *rel = r->fields[1];
	const char *text = r->fields[5];
	if (node.kind == FS_ABSENT ||
	    (rel[0] != '\0' && !path_rel_is_safe(rel)) ||
	    (node.kind == FS_FILE && !snap_key_is_valid(text)))
		return record_damage(r);
	node.mode = (mode_t)mode;
	node.mtime_ns = (int64_t)mtime;
	node.stamp_ns = (int64_t)stamp;
	node.rel = arena_strdup(arena, rel);
	node.text = arena_strdup(arena, text);
	*out = node;
	return NULL;
}

/* ---- going through nodes ------------------------------------------------- */

void
snap_cursor_push(struct snap_cursor *c, int fd, const struct snap_node *node)
{
	c->levels = xgrow(c->levels, c->n, sizeof(*c->levels));
	c->levels[c->n++] = (struct snap_level){
		.fd = fd,
		.rel_len = strlen(node->rel),
		.node = node,
	};
}

static bool
is_parent(const struct snap_level *level, const struct snap_node *node)
{
	const char *rel = level->node->rel;
	const char *slash = strrchr(node->rel, '/');

	if (slash == NULL)
		return level->rel_len == 0;
	return (size_t)(slash - node->rel) == level->rel_len &&
	       strncmp(rel, node->rel, level->rel_len) == 0;
}

MUST_USE static struct error *
pop(struct snap_cursor *c)
{
	struct snap_level *level = &c->levels[c->n - 1];
	struct error *err =
	    c->leave != NULL ? c->leave(c->payload, level) : NULL;

	base_close_fd(&level->fd);
	c->n--;
	return err;
}

struct error *
snap_cursor_to(struct snap_cursor *c, const struct snap_node *node, int *fd_out)
{
	while (c->n > 0 && !is_parent(&c->levels[c->n - 1], node)) {
		struct error *err = pop(c);
		if (err != NULL)
			return err;
	}
	if (c->n == 0)
		return error_new(ERR_DAMAGE,
		    "%s stands in the manifest without its directory",
		    node->rel);
	*fd_out = c->levels[c->n - 1].fd;
	return NULL;
}

struct error *
snap_cursor_end(struct snap_cursor *c)
{
	struct error *err = NULL;

	while (err == NULL && c->n > 0)
		err = pop(c);
	snap_cursor_drop(c);
	return err;
}

void
snap_cursor_drop(struct snap_cursor *c)
{
	while (c->n > 0)
		base_close_fd(&c->levels[--c->n].fd);
	free(c->levels);
	c->levels = NULL;
}
