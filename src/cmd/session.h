/*
 * What the commands about skills have in common: state, source, targets and
 * the plan, in the order that is safe. A reader looks; a writer holds the
 * lock and has put right what a dead run left, before it looks at anything.
 *
 * Whether a command writes is decided in session_open(), once: with
 * --dry-run the session is a reader's, and session_apply() has nothing to
 * write with.
 */
#ifndef SESSION_H
#define SESSION_H

#include "apply.h"
#include "cmd.h"
#include "discover.h"
#include "observe.h"
#include "plan.h"
#include "recover.h"
#include "state.h"

struct session {
	struct context *ctx;
	bool writes; /* we hold the lock */
	struct state *state;
	struct skillset *set;
	struct sourceseen *seen; /* of the source, by session_plan() */
	struct roots roots;
	struct copyseen *copies;
	const struct config_target **targets; /* those that were asked for */
	size_t n_targets;
	struct observed *observed;
	struct plan *plan;
	struct aside aside;       /* told by session_close() */
	struct recovery recovery; /* what a dead run still blocks */
};
#define AUTO_SESSION CLEANUP(session_close)

/*
 * Opens the state. A writer waits up to half a minute for another run, and
 * says for whom; ERR_BUSY after that. Recoveries are told on stderr.
 */
MUST_USE struct error *session_open(struct session *s, struct context *ctx);

/* For the part of a writing command that only looks. */
MUST_USE struct error *
session_open_reader(struct session *s, struct context *ctx);

/* The same, but leaves dead runs to the caller. */
MUST_USE struct error *
session_open_bare(struct session *s, struct context *ctx);

/*
 * Reads the source, looks at the targets named (n 0: all of the config) and
 * plans. ERR_NOT_FOUND for a name that is no target. observe and plan are the
 * flags of those modules, discover of that.
 */
struct session_flags {
	unsigned discover;
	unsigned observe;
	unsigned plan;
};
MUST_USE struct error *session_plan(struct session *s, const char *const *names,
    size_t n, struct session_flags flags);

/*
 * Applies txn with progress on stderr. A session that does not write returns
 * without doing anything: its plan is all there is to tell. *late trouble
 * after the commit is told here.
 */
MUST_USE struct error *session_apply(struct session *s, struct txn *txn);

/*
 * A writer with nothing to do keeps what spares the next run from looking
 * again. A cache: what goes wrong with it is nobody's trouble.
 */
void session_keep_stamps(const struct session *s);

/* The same of what was read of skills and copies, also after a change. */
void session_keep_copies(const struct session *s);

/*
 * For log: what this writing session did, or the one before it of the same
 * command, that cannot be taken back, and why. It is done: trouble is a
 * warning.
 */
void
session_keep_deed(const struct session *s, const char *what, const char *why);

/* How long finished runs are kept: by the config, if there is one. */
const struct config_keep *session_undo_keep(struct context *ctx);

/* Warnings of the source, at most some of them unless all is set. */
void session_tell_problems(const struct session *s, bool all);

/* Tells what was put aside; releases everything. */
void session_close(struct session *s);

#endif
