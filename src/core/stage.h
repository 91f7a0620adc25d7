/*
 * Staging directories: made before, cleared after, and what operations left
 * in their slots put where it belongs. Everything that can run out of space
 * or rights happens here, before the first operation.
 *
 * If the process dies here: before the plan is published, staging holds
 * only copies of ours and is removed as a whole; afterwards only slots that
 * the journal names are removed, and a directory that then is not empty is
 * left and named.
 */
#ifndef STAGE_H
#define STAGE_H

#include "error.h"
#include "perform.h"
#include "state.h"
#include "txn.h"

/*
 * Paths that the user must be told of: what could not be put back where it
 * was, or stands in the way of removing a staging directory. Owned.
 */
struct aside {
	char **paths;
	size_t n;
};
/* Takes path over. */
void aside_add(struct aside *aside, char *path);
void aside_release(struct aside *aside);

/*
 * Stages all items, group by group. A group that cannot be staged gets its
 * error and is_unstaged; the others go on.
 */
void stage_items(struct txn *txn);

/* One syncfs for each file system that something was staged on. */
MUST_USE struct error *stage_sync(const struct txn *txn);

/* One syncfs for each file system that an operation worked on. */
MUST_USE struct error *stage_sync_places(const struct txn *txn);

/* Does the transaction need staging directories at all? */
bool stage_is_needed(const struct txn *txn);

/* Removes staging directories of a run whose plan was never published. */
MUST_USE struct error *stage_discard(const struct txn *txn);

/*
 * After the commit: what was displaced goes to store/<slot> of the run's
 * directory; links, whose text the journal has, are dropped. Then the
 * staging directories go. Can be done again after a death. ERR_UNREACHABLE:
 * a staging directory was taken away, with what was displaced.
 */
MUST_USE struct error *
stage_settle(const struct txn *txn, int run_fd, struct aside *aside);

/* Kept things go to <state>/kept/<run>-<slot>-<name>, at once. */
MUST_USE struct error *
stage_put_aside(const struct txn *txn, const struct state *state,
    const struct kept_list *kept, struct aside *aside);

/* After taking back: the items and the staging directories go. */
MUST_USE struct error *stage_clear(const struct txn *txn, struct aside *aside);

#endif
