/*
 * A directory displaced by pieces, where one rename cannot do it: an overlay
 * renames no directory that is in a lower layer (in the image of a
 * container). What is in it is renamed, entry by entry, into a new directory
 * that is like it; the emptied one is removed. Each step is one call that
 * another one takes back.
 *
 * While it goes on there are two names in the slots: TO.was, empty
 * directories with the modes and times of all that there were, made before
 * anything is moved and removed last; and TO.part, what was moved so far.
 *
 * If the process dies here: pieces_back(). If it dies there too: again.
 */
#ifndef PIECES_H
#define PIECES_H

#include "error.h"
#include "fs.h"

struct pieces {
	int dir_fd;
	const char *name; /* of the directory, in dir_fd */
	struct fs_id id;  /* what it must be; {0,0}: any directory */
	int slots_fd;     /* on the same file system */
	const char *to;   /* where it goes, in slots_fd */
};

/*
 * ERR_CONFLICT if there is another directory, or somebody changes it
 * meanwhile; ERR_REFUSED for what cannot be moved by pieces either, because
 * something is mounted in it; ERR_INTERRUPTED. On error pieces_back() must
 * follow.
 */
MUST_USE struct error *pieces_take(const struct pieces *p);

/*
 * Takes back what pieces_take() did not bring to its end, if the disk says
 * so; nothing is replaced or removed. What somebody has taken the name of is
 * renamed to left, in the slots; *left_out: that is there. Once TO has what it
 * is to have, this leaves it there.
 */
MUST_USE struct error *
pieces_back(const struct pieces *p, const char *left, bool *left_out);

#endif
