/*
 * Carries a transaction out: begin, stage, sync, plan, operations, sync,
 * outcome, commit, settle, done. About ten syncs, whatever its size.
 *
 * If the process dies here: before the commit the next writer takes
 * everything back (recover.h), after it the next writer settles the rest.
 */
#ifndef APPLY_H
#define APPLY_H

#include "error.h"
#include "stage.h"
#include "state.h"
#include "txn.h"

struct apply_options {
	/* NULL, or told now and then how far the operations are. */
	void (*progress)(void *payload, size_t done, size_t total);
	void *payload;
};

/*
 * state must be a writer's. On success each group is done or has its error
 * (and was taken back); txn->number is the run's, or 0 if every group failed
 * and nothing remains to undo. *late_out is a trouble after the commit: the
 * run is done and the next writer tidies up; owned, usually NULL.
 *
 * On error nothing has changed, as far as the disk let us put it back: an
 * ERR_INTERRUPTED run says so; other errors leave the run open where taking
 * back went wrong, and the text says so.
 */
MUST_USE struct error *apply(const struct state *state, struct txn *txn,
    const struct apply_options *options, struct aside *aside,
    struct error **late_out);

/*
 * Takes back the operations [first, first + n) that are OP_DONE, as far as the
 * disk says that they were done, in reverse order. Returns
 * the first trouble; those in a place that is ERR_UNREACHABLE stay undone, the
 * others go back all the same. What cannot go back to its name is put aside.
 */
MUST_USE struct error *apply_back(const struct state *state, struct txn *txn,
    size_t first, size_t n, struct aside *aside);

#endif
