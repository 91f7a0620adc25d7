/*
 * What a dead run left: taken back if it had not committed, finished if it
 * had. Looks at the disk, never at what a run meant to do.
 *
 * If the process dies here: it can be run again from the start.
 */
#ifndef RECOVER_H
#define RECOVER_H

#include "apply.h"
#include "error.h"
#include "stagefind.h"
#include "state.h"

enum recovered_how {
	RECOVERED_BACK,    /* everything is as before the run */
	RECOVERED_FORWARD, /* it had committed: finished */
	RECOVERED_ABANDONED
};

struct recovered {
	uint64_t number;
	char *command; /* owned */
	enum recovered_how how;
};

/* A run that cannot be put right now: it stays, and blocks its places. */
struct blocked {
	uint64_t number;
	char *reason; /* owned */
	char **dirs;  /* owned; the directories that it works in */
	size_t n_dirs;
};

struct recovery {
	struct recovered *runs;
	size_t n;
	struct blocked *blocked;
	size_t n_blocked;
	struct aside aside; /* what somebody changed in between, kept here */
	struct whereabouts left; /* of a run that was given up */
};
void recovery_release(struct recovery *recovery);

enum {
	RECOVER_HERE = 1
}; /* also runs of another machine's id */

/*
 * Puts every unfinished run right. state must be a writer's. A run of which a
 * place is not there (or that is another machine's) is blocked: only what
 * works in its places must wait for it. ERR_DAMAGE: a journal is not as we
 * left it; the text names the run and what can be done.
 */
MUST_USE struct error *
recover_all(const struct state *state, unsigned flags, struct recovery *out);

/* Gives the groups of txn that work in a blocked place their error. */
void recover_block(const struct recovery *recovery, struct txn *txn);

/*
 * Gives up on run n: its journal and its stash are kept in "abandoned/", its
 * changes stay as they are on disk. What it displaced may be in
 * its staging directories: left names them.
 */
MUST_USE struct error *
recover_abandon(const struct state *state, uint64_t n, struct recovery *out);

/* For readers: the number of unfinished runs, and the command of the first. */
MUST_USE struct error *recover_look(const struct state *state, size_t *n_out,
    uint64_t *number_out, char **command_out);

#endif
