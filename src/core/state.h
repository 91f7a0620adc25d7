/*
 * The state directory: what the program must remember between runs. Keyed by
 * the config's path, so that two configs do not meet. doc/skillshare-store.5
 * describes each file.
 *
 *   <state home>/skillshare/<key>/
 *     config      the path that the key stands for
 *     lock        held by the one run that writes
 *     roots       every source path ever used
 *     open/N/     a run that has begun: begin, plan, outcome, store/
 *     committed/N/  all its operations are done, its stash is being moved
 *     done/N/     finished; what undo needs
 *
 * A run's state is which directory it is in; it changes by one rename.
 *
 * If the process dies here: the directories are made in order, each is
 * harmless when empty, and the next writer goes on.
 */
#ifndef STATE_H
#define STATE_H

#include "error.h"
#include "host.h"
#include "lock.h"
#include "roots.h"

enum run_stage {
	RUN_OPEN,
	RUN_COMMITTED,
	RUN_DONE,
	RUN_STAGE_COUNT
};

struct state {
	char *path;              /* of <key>, absolute */
	char *home;              /* for paths kept as "~/…" */
	int fd;                  /* -1: there is no state yet (readers only) */
	struct lock lock;        /* held by a writer */
	struct lock source_lock; /* on the source directory, if it exists */
	struct host_id host;
};

/* For readers: looks, writes nothing; an absent directory is no error. */
MUST_USE struct error *
state_open(const struct host_env *env, struct state **out);

/*
 * For the one writer: makes the directory (0700) and takes the lock, and the
 * one on the source directory for writers with another state. ERR_BUSY,
 * naming the holder, at once if another run has it. source may be absent,
 * or NULL where the command has none.
 */
MUST_USE struct error *state_open_writer(const struct host_env *env,
    const char *source, struct state **out);

/* Who holds the lock now: *note_out is yours; NULL if nobody does. */
MUST_USE struct error *state_holder(const struct state *state, char **note_out);

/*
 * Says in the lock file who we are and what we do, for messages only: a full
 * disk is no reason to stop here.
 */
void state_note(struct state *state, const char *command);

void state_close(struct state *state);

/* ---- runs -------------------------------------------------------------- */

struct run_list {
	uint64_t *numbers; /* ascending */
	size_t n;
};

MUST_USE struct error *state_runs(const struct state *state,
    enum run_stage stage, struct run_list *out);
void run_list_release(struct run_list *list);

/* One more than the highest number of any stage. */
MUST_USE struct error *state_next_run(const struct state *state, uint64_t *out);

/* Makes open/N and returns its descriptor. */
MUST_USE struct error *
state_make_run(const struct state *state, uint64_t n, int *fd_out);

MUST_USE struct error *state_open_run(const struct state *state,
    enum run_stage stage, uint64_t n, int *fd_out);

/*
 * Moves run n on to the next stage: durable when this returns. This rename
 * is the commit point of a transaction.
 */
MUST_USE struct error *
state_advance(const struct state *state, enum run_stage from, uint64_t n);

/*
 * Removes a run of which nothing is to remain: gone at one stroke, by a rename
 * to ".N"; the next writer removes what a death left of that. A run in a lower
 * layer of an overlay (in the image of a container) cannot be renamed:
 * a sign beside it says that it is none any more (going.h).
 */
MUST_USE struct error *
state_drop_run(const struct state *state, enum run_stage stage, uint64_t n);

/* Moves run n to that directory, which is in the state directory. ENOENT. */
MUST_USE struct error *state_abandon_run(const struct state *state,
    enum run_stage stage, uint64_t n, int to_fd);

/* Absolute path of a run's directory; yours. */
char *
state_run_path(const struct state *state, enum run_stage stage, uint64_t n);

/* ---- roots ------------------------------------------------------------- */

/*
 * The ledger, the given source (as spelled and without links) first.
 * ERR_DAMAGE if the file is not ours: never "no roots".
 */
MUST_USE struct error *state_roots(const struct state *state,
    const char *source, const char *source_real, struct roots *out);

/*
 * Adds the roots that the ledger lacks; writes only if there are any, or if
 * the file has no digest yet.
 */
MUST_USE struct error *
state_keep_roots(const struct state *state, const struct roots *roots);

#endif
