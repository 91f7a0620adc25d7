/*
 * A tree as snapshots know it: a list of nodes, depth first and in byte order
 * of names, the root first with rel "". Of a live tree (snapscan.h) or of one
 * that a snapshot holds (snapstore.h): the same fields, the same lines in a
 * file of records.
 */
#ifndef SNAPTREE_H
#define SNAPTREE_H

#include "arena.h"
#include "digest.h"
#include "error.h"
#include "fs.h"
#include "record.h"

/* Content of a file: 64 hex digits, "x" behind them if it is executable. */
#define SNAP_KEY_LEN (DIGEST_HEX_LEN + 1)

struct snap_node {
	const char *rel;  /* below the root, "" for it */
	const char *text; /* of a link; the key of a file; else "" */
	uint64_t size_bytes;
	int64_t mtime_ns;
	/*
	 * To know a file again. In a live tree: its inode and ctime (0: too
	 * young to be trusted). In a held one: inode and mtime of our copy.
	 */
	uint64_t ino;
	int64_t stamp_ns;
	mode_t mode; /* the real one */
	enum fs_kind kind;
};

struct snap_tree {
	const char *version; /* hex; NULL: not known yet */
	const char *where;   /* held: below the snapshot; live: absolute path */
	struct snap_node *nodes;
	size_t n;
	uint64_t size_bytes; /* of all files */
	bool is_skill;       /* a directory with SKILL.md */
};

/* Nodes being gathered. */
struct snap_nodes {
	struct snap_node *items; /* heap */
	size_t n;
};
#define AUTO_SNAP_NODES CLEANUP(snap_nodes_release)
struct snap_node *snap_nodes_add(struct snap_nodes *nodes);
void snap_nodes_release(struct snap_nodes *nodes);

/*
 * Moves nodes into the tree (its array into arena) and works out version,
 * size and is_skill.
 */
void snap_tree_seal(struct snap_tree *tree, struct snap_nodes *nodes,
    struct arena *arena);

/* The key of a file with that content and mode, in arena. */
const char *
snap_key(struct arena *arena, const struct digest *digest, mode_t mode);

/* The mode that content of that key is stored with: 0444 or 0555. */
mode_t snap_key_mode(const char *key);
bool snap_key_is_valid(const char *key);

/* The node of that rel, or NULL. */
const struct snap_node *
snap_tree_find(const struct snap_tree *tree, const char *rel);

/* One line for a node; ERR_DAMAGE if the line in hand is none. */
void snap_node_write(struct record_writer *w, const struct snap_node *node);
MUST_USE struct error *snap_node_read(struct record_reader *r,
    struct arena *arena, struct snap_node *out);

/*
 * Descriptors of the directories above a node, while nodes are gone through
 * in order. Closing a level tells its owner, who may set its times.
 */
struct snap_level {
	int fd;
	size_t rel_len; /* of the directory's rel */
	const struct snap_node *node;
};
struct snap_cursor {
	struct snap_level *levels;
	size_t n;
	/* NULL, or called when a level is left. */
	struct error *(*leave)(void *payload, const struct snap_level *level);
	void *payload;
};

/* Takes fd over. node is a directory. */
void
snap_cursor_push(struct snap_cursor *c, int fd, const struct snap_node *node);

/*
 * Leaves the levels that node is not below. *fd_out (lent) is the directory
 * that it is in. ERR_DAMAGE: its directory did not come before it.
 */
MUST_USE struct error *snap_cursor_to(struct snap_cursor *c,
    const struct snap_node *node, int *fd_out);

/* Leaves all levels; frees. */
MUST_USE struct error *snap_cursor_end(struct snap_cursor *c);

/* The same without telling, after an error. */
void snap_cursor_drop(struct snap_cursor *c);

#endif
