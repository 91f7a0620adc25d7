/*
 * Nodes of a tree by their relative paths, in order: the directory that one is
 * in is opened name by name, never by a link, and once for all that are in it.
 */
#ifndef REACH_H
#define REACH_H

#include "error.h"
#include "fs.h"
#include "strbuf.h"

struct reach {
	int root_fd; /* lent */
	int fd;      /* -1: none but the root is open */
	struct strbuf rel;
};
#define REACH(root) ((struct reach){ .root_fd = (root), .fd = -1 })
#define AUTO_REACH CLEANUP(reach_release)

/* *fd_out is lent until the next call: the directory that rel is in. */
MUST_USE struct error *
reach_dir_of(struct reach *r, const char *rel, int *fd_out);

void reach_release(struct reach *r);

#endif
