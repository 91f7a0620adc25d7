/*
 * What need not be read again: the content digests of skills and of copies,
 * by absolute path. A tree of which nothing has changed by its names, inodes,
 * sizes, times and modes has the digest that it had, so an unchanged copy
 * costs a stat for each file. A file of the state directory keeps them
 * between runs. It is a cache: without it, or with a damaged one, all is read.
 *
 * Times are believed only when they were two seconds old when looked at, and
 * only on file systems known to keep them, as with stamps.h.
 */
#ifndef COPYSEEN_H
#define COPYSEEN_H

#include "copytree.h"
#include "state.h"

struct copyseen;

struct copysum {
	struct digest digest; /* of the content */
	int64_t mtime_ns;     /* when the last of its files was changed */
	struct digest modes;  /* of all modes: another after a chmod */
	struct digest runs;   /* of which files their owner may run */
};

/* What earlier runs found. Both are lent, and may be NULL. */
struct copyseen *
copyseen_load(const struct state *state, const struct ignore *ignore);

/* Of the directory abs (a link to one is followed), found out once a run. */
MUST_USE struct error *
copyseen_sum(struct copyseen *seen, const char *abs, struct copysum *out);

/* The ignore rules that it goes by. */
const struct ignore *copyseen_ignore(const struct copyseen *seen);

/*
 * For a writer: keeps what was found, if there is something new. What was not
 * asked for in this run goes if it was a run over everything (is_all).
 */
MUST_USE struct error *
copyseen_keep(struct copyseen *seen, const struct state *state, bool is_all);

void copyseen_free(struct copyseen *seen);

#endif
