/*
 * What the user's git says about a directory. Reads only, without git's own
 * optional locks, and without starting git where there is no repository.
 */
#ifndef GIT_H
#define GIT_H

#include "error.h"
#include "gitrun.h"

struct git_status {
	bool is_repository;
	bool has_remote;
	bool has_upstream;
	char *remote;     /* owned; the upstream's, else the first, else NULL */
	char *branch;     /* owned; NULL: detached */
	uint64_t changed; /* files below dir: changed, staged, untracked */
	uint64_t ahead;
	uint64_t behind;
};

/*
 * Asks about dir, an absolute path; flags: of gitrun.h. No repository is no
 * error. ERR_NOT_FOUND: git is not installed.
 */
MUST_USE struct error *
git_status(const char *dir, unsigned flags, struct git_status *out);
void git_status_release(struct git_status *status);

/* "clean (remote: origin)", "3 files changed, 1 behind": yours. */
char *git_status_text(const struct git_status *status);

#endif
