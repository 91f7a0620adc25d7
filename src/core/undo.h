/*
 * Taking a finished run back: its operations inverted, in reverse order, as
 * one group of a new transaction. It refuses as a whole if one entry is not
 * as the run left it.
 */
#ifndef UNDO_H
#define UNDO_H

#include "config.h"
#include "error.h"
#include "journal.h"
#include "state.h"
#include "txn.h"

/* The finished runs, oldest first, and which of them are undone. */
struct run_log {
	struct run_summary *runs;
	uint64_t *undone_by; /* one a run: the run that took it back, or 0 */
	size_t n;
};
MUST_USE struct error *undo_log(const struct state *state, struct run_log *out);
void run_log_release(struct run_log *log);

/*
 * The run that `undo` without a number means: the last that is neither an
 * undo nor undone. 0 if there is none.
 */
uint64_t undo_latest(const struct run_log *log);

struct undo {
	struct journal journal; /* of the run that is taken back */
	const char **changed;   /* what is not as the run left it: paths */
	size_t n_changed;
};

/*
 * Adds the inverse of run number to txn as one group. ERR_NOT_FOUND: there is
 * no such run, or it is undone already. With n_changed > 0 the group must
 * not be applied. undo must outlive txn: names are lent.
 */
MUST_USE struct error *
undo_lower(const struct state *state, const struct run_log *log,
    uint64_t number, struct txn *txn, struct undo *out);
void undo_release(struct undo *undo);

/*
 * Removes the finished runs that are older than keep->days or beyond the
 * last keep->count; the last one always stays. now: seconds since the epoch.
 */
MUST_USE struct error *undo_retain(const struct state *state,
    const struct config_keep *keep, int64_t now);

#endif
