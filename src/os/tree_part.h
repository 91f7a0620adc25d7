/*
 * What copying, digesting, moving and removing a tree share; for tree*.c and
 * pieces.c alone.
 */
#ifndef TREE_PART_H
#define TREE_PART_H

#include "strbuf.h"
#include "tree.h"

/* ---- where a walk is ------------------------------------------------- */

/*
 * Each level holds descriptors and stack. What was copied to this depth can
 * be removed along with the staging directories around it.
 */
enum tree_limit {
	TREE_COPY_DEPTH_MAX = TREE_DEPTH_MAX,
	TREE_REMOVE_DEPTH_MAX = 320
};

struct tree_at {
	enum tree_limit depth_max;
	const char *root;  /* what the walk began with, for messages */
	struct strbuf rel; /* below root; "" for root itself */
	int depth;
};

/*
 * Steps down to name; ERR_REFUSED if that is deeper than depth_max. *mark_out
 * takes tree_leave() back up.
 */
MUST_USE struct error *
tree_enter(struct tree_at *at, const char *name, size_t *mark_out);
void tree_leave(struct tree_at *at, size_t mark);

/* Lent until the next step. */
const char *tree_shown(const struct tree_at *at);

/* Opens what the walk is at, for reading; never through a link. */
MUST_USE struct error *tree_open(const struct tree_at *at, int dir_fd,
    const char *name, enum fs_kind kind, int *fd_out);

/*
 * ERR_REFUSED if the walk is at a mount point, or at a directory that is not
 * on dev.
 */
MUST_USE struct error *tree_check_not_mounted(const struct tree_at *at,
    const struct fs_stat *st, uint64_t dev);

/* ERR_CONFLICT unless size and times of fd still are what st says. */
MUST_USE struct error *
tree_check_same(const struct tree_at *at, int fd, const struct fs_stat *st);

/* ---- the digest of a tree -------------------------------------------- */

/* One entry; a file's content is to follow (tree_stream()). */
void tree_hash_entry(struct tree_hash *hash, const char *rel,
    const struct fs_stat *st);

/*
 * Reads the size_bytes of from_fd once, block by block, skipping its holes:
 * into hash, unless that is NULL, and into the new and empty file to_fd,
 * unless that is -1, whose holes are at least those of from_fd.
 */
struct tree_stream {
	int from_fd;
	int to_fd;
	uint64_t size_bytes;
	bool is_sparse; /* from_fd has holes, or may have */
};
MUST_USE struct error *tree_stream(const struct tree_stream *stream,
    struct tree_hash *hash, const struct tree_at *at);
bool tree_is_sparse(const struct fs_stat *st);

#endif
