/*
 * The branch on the remote that the user's branch goes with: which one, where
 * it stands, bringing it here.
 */
#ifndef REMOTE_H
#define REMOTE_H

#include "error.h"
#include "gitrepo.h"

struct remote {
	char *name;     /* "origin" */
	char *url;      /* credentials masked */
	char *branch;   /* on the remote; known once it was asked */
	char *upstream; /* the branch that git has noted, or NULL */
	char *tip;      /* of the branch, or NULL: the remote has none */
};
#define AUTO_REMOTE CLEANUP(remote_release)

/* Looks at the config only. ERR_REFUSED: there is no remote. */
MUST_USE struct error *
remote_find(const struct git_repo *repo, struct remote *out);

/*
 * Asks the remote (ls-remote): fills branch and tip. The branch is the
 * upstream; else the one of our name; else the remote's default.
 */
MUST_USE struct error *
remote_ask(const struct git_repo *repo, struct remote *remote);

/*
 * Fetches the branch; *tip_out is the commit that came. It is held by the
 * ref refs/skillshare/fetched, so that no other fetch is taken for ours.
 */
MUST_USE struct error *remote_fetch(const struct git_repo *repo,
    const struct remote *remote, char **tip_out);

enum remote_relation {
	REMOTE_SAME,
	REMOTE_ABSENT,  /* the branch is not there: ours would be the first */
	REMOTE_BEHIND,  /* it lacks commits of ours */
	REMOTE_AHEAD,   /* it has all of ours, and more */
	REMOTE_DIVERGED /* both have what the other lacks, or we cannot tell */
};
MUST_USE struct error *remote_relate(const struct git_repo *repo,
    const char *tip, enum remote_relation *out);

/*
 * Is the branch to be noted as the upstream of ours? If none is, and git
 * follows the branch of the remote.
 */
MUST_USE struct error *remote_lacks_upstream(const struct git_repo *repo,
    const struct remote *remote, bool *out);

void remote_release(struct remote *remote);

#endif
