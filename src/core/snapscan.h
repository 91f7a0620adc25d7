/*
 * Live trees, looked at for a snapshot: which version is it? What was seen
 * before and has not changed since (inode, size, mtime, ctime) is not read
 * again; what has to be read is copied in the same pass.
 *
 * What was seen is kept in .skillshare-seen of the backups directory: a
 * cache, which may be lost at any time.
 */
#ifndef SNAPSCAN_H
#define SNAPSCAN_H

#include "packed.h"
#include "snapstore.h"
#include "snaptree.h"
#include "sourceseen.h"

struct ignore;

struct snap_seen_root {
	const char *path;
	const char *record;  /* in file; NULL: it is new */
	size_t len;          /* of record */
	struct packed nodes; /* in record */
	/* All but its nodes, which are NULL until snapseen_tree(). */
	struct snap_tree tree;
	int64_t used_s; /* when it was last asked for */
};

struct snap_seen {
	struct arena arena;
	struct strbuf file;
	struct digest rules; /* by which files were left out */
	struct snap_seen_root *roots;
	size_t n;
	struct strmap by_path;
	size_t live_bytes; /* of file: the roots that count */
	bool is_whole;     /* file may be appended to */
	bool is_changed;   /* there is something to keep */
};

/*
 * A cache that is absent, or was made by other rules, is empty; of a broken
 * one the sound part before the damage is used. fd -1: no directory.
 */
void snapseen_load(struct snap_seen *seen, int fd, const struct ignore *ignore);

/* What is there of path, or NULL; counts as used. Lent until a put. */
struct snap_seen_root *
snapseen_find(struct snap_seen *seen, const char *path, int64_t now_s);

/*
 * Its tree, nodes and all; NULL if that is not sound, or if root is NULL.
 * Lent until a put, the nodes until the release.
 */
const struct snap_tree *
snapseen_tree(struct snap_seen *seen, struct snap_seen_root *root);

/* Its nodes, one after the other; none is kept. */
struct snap_seen_nodes {
	const struct snap_seen_root *root;
	size_t n; /* that were taken */
	struct packed rest;
};
bool snapseen_next(struct snap_seen_nodes *nodes, struct snap_node *node);

/* tree's nodes are lent until the cache is saved. */
void snapseen_put(struct snap_seen *seen, const char *path,
    const struct snap_tree *tree, int64_t now_s);

/*
 * Writes it if it has changed: what is new is appended, or all that was used
 * within a month becomes a new file.
 */
MUST_USE struct error *
snapseen_save(struct snap_seen *seen, int fd, int64_t now_s);
void snapseen_release(struct snap_seen *seen);

/*
 * A live tree: name in dir_fd, through no link; or, with dir_fd -1, the
 * directory at path, through any.
 */
struct snap_live {
	int dir_fd;
	const char *name;
	const char *path; /* absolute */
	const char *near; /* the same from near_fd; NULL: not known */
	int near_fd;
	const struct ignore *ignore; /* what of it does not count; or NULL */
	struct source_looks looks;   /* what was looked at before */
};

/*
 * Is the tree node by node what it was? Looks at what was not looked at before,
 * opens no file.
 */
bool snapscan_is_same(const struct snap_live *live,
    const struct snap_seen_root *old);

/* Where a copy goes; its nodes are gathered in held. */
struct snap_copy_to {
	struct snapstore *store;
	int dir_fd;
	const char *name;
	struct snap_nodes held;
};

/*
 * Reads a live tree into tree (strings and nodes in arena), but for the files
 * that are as in old (or NULL), and copies it to to (or NULL). What changes
 * meanwhile is tried again some times, then it is ERR_CONFLICT; on error
 * nothing stands at to. Errors name the path.
 */
MUST_USE struct error *
snapscan(const struct snap_live *live, const struct snap_tree *old,
    struct snap_copy_to *to, struct arena *arena, struct snap_tree *tree);

#endif
