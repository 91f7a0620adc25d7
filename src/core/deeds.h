/*
 * What was done and cannot be taken back, such as a push: lines for log, and
 * for undo to see that one stands between. One file of the state directory,
 * "deeds", written whole by the one writer.
 *
 * If the process dies here: the deed is done and log lacks it, or has it.
 */
#ifndef DEEDS_H
#define DEEDS_H

#include "arena.h"
#include "config.h"
#include "error.h"
#include "state.h"

struct deed {
	int64_t when;   /* seconds since the epoch */
	uint64_t after; /* the highest number that a run had then */
	const char *command;
	const char *what; /* "pushed 2 commits to origin/main" */
	const char *why;  /* not to be taken back, and what can be done */
};

/* Oldest first. A zeroed struct has none. */
struct deeds {
	struct arena arena;
	struct deed *items;
	size_t n;
};
#define AUTO_DEEDS CLEANUP(deeds_release)

/* ERR_DAMAGE names the file. *out is to be released on error, too. */
MUST_USE struct error *deeds_read(const struct state *state, struct deeds *out);

/*
 * Adds a deed, whose after is found here; drops those that are older than
 * keep->days or beyond the last keep->count. state holds the lock.
 */
MUST_USE struct error *deeds_add(const struct state *state,
    const struct deed *deed, const struct config_keep *keep);

/* The last of them if it was done after that run, or NULL. */
const struct deed *deeds_since(const struct deeds *deeds, uint64_t run);

void deeds_release(struct deeds *deeds);

#endif
