/*
 * The manifest of a snapshot: a file of records (record.h). The head comes
 * first, so that listing all snapshots reads little of each.
 *
 *   snapshot  sequence when kind own_bytes command
 *   target    name path mode laid_out skills bytes state       each target
 *   held      version where nodes bytes is_skill               each tree
 *   (here the head ends)
 *   skill     name text version                   shown by some target
 *   in        target                              what follows is its own
 *   shown     first last                          of the skills above
 *   link      name text version                   "-": version not known
 *   real      name version
 *   hidden    name
 *   tree      number                              of the held line, from 0
 *   d|f|l|o   ...                                 its nodes (snaptree.h)
 */
#ifndef SNAPFILE_H
#define SNAPFILE_H

#include "error.h"
#include "snapshot.h"

/*
 * Fills s from the manifest in dir_fd: the head, whose digest is not checked
 * by that; then the rest, with the digest of all. ENOENT, ERR_DAMAGE. s->path
 * is set before; after an error neither is to be called again for s.
 */
MUST_USE struct error *snapfile_read_head(struct snapshot *s, int dir_fd);
MUST_USE struct error *snapfile_read_rest(struct snapshot *s, int dir_fd);

/* Writes or replaces it; s is loaded. */
MUST_USE struct error *snapfile_write(const struct snapshot *s, int dir_fd);

/* "manual", "automatic", "before_restore". */
const char *snapfile_kind_name(enum snapshot_kind kind);

#endif
