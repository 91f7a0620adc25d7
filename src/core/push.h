/*
 * push: what changed below the source becomes a commit, and the remote gets
 * it. Each step is git's own; nothing is ever forced.
 *
 * Calling sequence: push_look() - push_commit(), both under the lock -
 * push_send(), without it: a slow network must not hold anybody up. If the
 * process dies here: git's own steps are whole; the next push goes on.
 */
#ifndef PUSH_H
#define PUSH_H

#include "error.h"
#include "gitrepo.h"
#include "remote.h"

struct push_hazard_item {
	const char *path;   /* below the source */
	const char *reason; /* half a sentence */
};

struct push_look {
	struct git_changes changes; /* below the source */
	size_t n_files;             /* of them, those to be committed */
	const char **nested;        /* repositories left out; owned array */
	size_t n_nested;
	struct push_hazard_item *hazards; /* not to be pushed by accident */
	size_t n_hazards;
	char *message; /* that names what changed; NULL: nothing has */
};
#define AUTO_PUSH_LOOK CLEANUP(push_look_release)

/*
 * Looks only. allow: files (by path below the source, or by last part) that
 * are no hazard. ERR_REFUSED: a merge is going on, or was left unresolved.
 */
MUST_USE struct error *push_look(const struct git_repo *repo,
    const char *const *allow, size_t n_allow, struct push_look *out);
void push_look_release(struct push_look *look);

/*
 * Stages and commits what look has; ERR_REFUSED: no identity, a hook said
 * no, signing did not work. *head of repo is read again. *made_out: the
 * commit stands, also if that reading failed.
 */
MUST_USE struct error *push_commit(struct git_repo *repo,
    const struct push_look *look, const char *message, bool *made_out);

/*
 * Pushes the branch and asks the remote whether it arrived. ERR_CONFLICT: the
 * remote has what we lack; ERR_REFUSED: any other reason.
 */
MUST_USE struct error *
push_send(const struct git_repo *repo, struct remote *remote);

/* How many commits the remote lacks. */
MUST_USE struct error *push_count(const struct git_repo *repo,
    const struct remote *remote, uint64_t *out);

#endif
