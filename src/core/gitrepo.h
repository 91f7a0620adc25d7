/*
 * The user's repository that the source is in: where it is, where it stands,
 * what has changed in it.
 */
#ifndef GITREPO_H
#define GITREPO_H

#include "arena.h"
#include "error.h"
#include "gitrun.h"

struct git_repo {
	struct git git;     /* runs in source, the user's own repository */
	struct strbuf said; /* what git said when something went wrong */
	char *source;       /* of the skills, without links */
	char *top;          /* of the work tree */
	char *git_dir;      /* absolute */
	char *prefix;       /* of the source below top: "" or "a/b/" */
	char *branch;       /* "main" */
	char *head;         /* commit, or NULL: there is none yet */
};
#define AUTO_GIT_REPO CLEANUP(git_repo_release)

/*
 * ERR_REFUSED, with the way out: no repository, no work tree, no branch
 * (detached). The repository is initialised on error too, to be released. It
 * must stay where it is: parts of it lead to others.
 */
MUST_USE struct error *git_repo_open(const char *source, struct git_repo *out);
void git_repo_release(struct git_repo *repo);

/* Reads head again: before planning under the lock. */
MUST_USE struct error *git_repo_head(struct git_repo *repo);

/* ERR_REFUSED in the middle of a merge, a rebase and the like. */
MUST_USE struct error *git_repo_check_idle(const struct git_repo *repo);

enum git_change_kind {
	GIT_ADDED,
	GIT_CHANGED,
	GIT_DELETED,
	GIT_NESTED, /* a repository of its own, or a submodule */
	GIT_UNMERGED
};

struct git_change {
	const char *path; /* below top; of a directory without the slash */
	enum git_change_kind kind;
	bool is_untracked;
};

struct git_changes {
	struct arena arena;
	struct git_change *items; /* sorted by path */
	size_t n;
};
#define AUTO_GIT_CHANGES CLEANUP(git_changes_release)

/* What has changed below the source, staged or not, untracked too. */
MUST_USE struct error *
git_repo_changes(const struct git_repo *repo, struct git_changes *out);

/* The first tracked file of the whole work tree that changed, or NULL. */
MUST_USE struct error *
git_repo_dirty(const struct git_repo *repo, char **path_out);
void git_changes_release(struct git_changes *changes);

/* Is a an ancestor of b, or b? No, if one of them is not here. */
MUST_USE struct error *git_repo_is_ancestor(const struct git_repo *repo,
    const char *a, const char *b, bool *out);

#endif
