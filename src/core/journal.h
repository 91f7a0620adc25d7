/*
 * A transaction on disk, in its run's directory: begin, plan, outcome. Each
 * is published whole (record.h); doc/skillshare-store.5 has the formats.
 *
 *   begin    where staging directories may be: before the first is made
 *   plan     every operation, after staging, before the first operation
 *   begun    what begin is called from then on
 *   back     what begun is called when all was taken back: all that is left to
 *            do is tidying up
 *   outcome  what did not go as planned, before the commit
 *
 * If the process dies here: with begin alone, nothing but staging exists;
 * with plan in open/, recovery takes back what was done; in committed/, it
 * finishes what was settled half. begun without a plan means that somebody
 * took the plan away, and that what is staged may be the user's: damage.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "error.h"
#include "host.h"
#include "txn.h"

MUST_USE struct error *journal_write_begin(int run_fd, const struct txn *txn,
    const struct host_id *host);
MUST_USE struct error *journal_write_plan(int run_fd, const struct txn *txn,
    const struct host_id *host);
MUST_USE struct error *journal_write_outcome(int run_fd, const struct txn *txn);

/* All was taken back, and is on disk. Needs no room. */
MUST_USE struct error *journal_mark_back(int run_fd);

struct journal {
	struct txn *txn; /* owned; ops PENDING without an outcome, else as it
			    says; items have id and digest, not their source */
	bool has_plan;   /* else begin only: txn has places, no ops */
	bool has_outcome;
	bool is_begun; /* slots may hold what is the user's */
	bool is_back;  /* not any more */
	char machine[HOST_ID_MAX];
	char boot[HOST_ID_MAX];
};

/* What log tells of a finished run. */
struct run_summary {
	uint64_t number;
	int64_t when;    /* seconds since the epoch */
	uint64_t undoes; /* the run that this one took back, or 0 */
	char *command;   /* owned */
	uint64_t made;
	uint64_t removed;
	uint64_t replaced;
	uint64_t failed_groups;
};

/*
 * Reads the head of a run's plan and its outcome, not its operations: their
 * trailer is not checked. ENOENT: the run has no plan. Release the command.
 */
MUST_USE struct error *
journal_read_summary(int run_fd, const char *shown, struct run_summary *out);

/*
 * Reads a run. shown is the run's directory, for messages. ERR_DAMAGE names
 * the file and the line. A run without begin and plan has an empty txn.
 */
MUST_USE struct error *
journal_read(int run_fd, const char *shown, struct journal *out);
void journal_release(struct journal *journal);

/*
 * The places that a run names, as far as its files can be read: to tell
 * people of them, not to act on. Yours; without places if there are none.
 */
struct txn *journal_read_places(int run_fd, const char *shown);

#endif
