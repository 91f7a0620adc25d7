/*
 * The commit that pull --remote goes to: the remote's own where ours is
 * behind, else a merge of both, made from trees alone: the work tree and the
 * index have no part in it.
 *
 * If the process dies here: commits that nothing names; git removes them.
 */
#ifndef REMOTEMERGE_H
#define REMOTEMERGE_H

#include "error.h"
#include "gitrepo.h"
#include "remote.h"

enum merge_take {
	MERGE_TAKE_NONE,
	MERGE_TAKE_THEIRS, /* conflicting files as the remote has them */
	MERGE_TAKE_OURS
};

struct remote_merge {
	char *commit; /* to go to; NULL: there are conflicts */
	bool is_merge;
	char **conflicts; /* files below top; owned, sorted */
	size_t n_conflicts;
};
#define AUTO_REMOTE_MERGE CLEANUP(remote_merge_release)

enum {
	MERGE_UNRELATED = 1 /* also without a common beginning */
};

/* What is asked for beside the two sides. */
struct merge_request {
	const char *theirs; /* commit */
	const char *shown;  /* "origin/main", for the merge's message */
	enum merge_take take;
	unsigned flags;
};

/*
 * ERR_REFUSED: a git too old, no identity, no common beginning. Conflicts are
 * no error; with take they are listed and settled.
 */
MUST_USE struct error *remote_merge_make(const struct git_repo *repo,
    const struct merge_request *request, struct remote_merge *out);
void remote_merge_release(struct remote_merge *merge);

#endif
