#include "initgit.h"

#include <string.h>

#include "gitview.h"
#include "path.h"
#include "pullremote.h"
#include "push.h"
#include "session.h"

#define REMOTE "origin"

struct error *
init_git_check_url(const char *url)
{
	if (*url == '\0' || *url == '-')
		return error_new(ERR_USAGE,
		    "init: --remote %s: this is no address of a repository",
		    url);
	return NULL;
}

/* Makes a repository of the source itself where there is none. */
MUST_USE static struct error *
make_repository(struct context *ctx)
{
	const char *source = ctx->config->source;
	const struct git git = { .dir = source, .flags = GIT_WRITES };
	AUTO_FREE char *top = NULL;
	AUTO_FREE char *prefix = NULL;
	struct error *err =
	    git_ask(&git, GIT_ARGS("rev-parse", "--show-toplevel"), &top);

	if (err == NULL && top == NULL) {
		err = git_call(&git, GIT_ARGS("init", "--quiet"), NULL, NULL);
		if (err == NULL)
			report_ok(ctx->report, "made a git repository in %s",
			    source);
		return err;
	}
	if (err == NULL)
		err = git_ask(&git, GIT_ARGS("rev-parse", "--show-prefix"),
		    &prefix);
	if (err == NULL && prefix != NULL && prefix[0] != '\0')
		err = error_new(ERR_REFUSED,
		    "%s lies in the git repository %s: give that one its "
		    "remote with git remote add",
		    source, top);
	return err;
}

/* A path on this machine is one from where the user stands. */
static char *
full_url(const struct context *ctx, const char *url)
{
	return strchr(url, ':') != NULL ? xstrdup(url)
					: path_absolute(ctx->env.cwd, url);
}

MUST_USE static struct error *
add_remote(struct context *ctx, const char *url)
{
	const struct git git = {
		.dir = ctx->config->source,
		.flags = GIT_WRITES,
	};
	AUTO_FREE char *full = full_url(ctx, url);
	AUTO_FREE char *old = NULL;
	AUTO_STRBUF struct strbuf shown = { 0 };
	struct error *err = git_ask(&git,
	    GIT_ARGS("config", "--get", "remote." REMOTE ".url"), &old);

	if (err != NULL || (old != NULL && strcmp(old, full) == 0))
		return err;
	git_mask(&shown, old != NULL ? old : full);
	if (old != NULL)
		return error_new(ERR_CONFLICT,
		    "%s has the remote " REMOTE " already, at %s (git remote "
		    "set-url changes it)",
		    ctx->config->source, strbuf_str(&shown));
	err =
	    git_call(&git, GIT_ARGS("remote", "add", REMOTE, full), NULL, NULL);
	if (err == NULL)
		report_ok(ctx->report, "added the remote " REMOTE ": %s",
		    strbuf_str(&shown));
	return err;
}

/* ---- what both sides have ------------------------------------------------ */

/* The branch that is not begun yet takes the name of the remote's. */
MUST_USE static struct error *
follow_branch(const struct git_repo *repo, const struct remote *remote)
{
	AUTO_FREE char *ref = xasprintf("refs/heads/%s", remote->branch);

	if (repo->head != NULL || strcmp(repo->branch, remote->branch) == 0)
		return NULL;
	return git_call(&repo->git, GIT_ARGS("symbolic-ref", "HEAD", ref), NULL,
	    NULL);
}

/* What is here already becomes a commit, so that it can be merged. */
MUST_USE static struct error *
commit_own(struct context *ctx, struct git_repo *repo)
{
	AUTO_SESSION struct session s = { 0 };
	AUTO_PUSH_LOOK struct push_look look = { 0 };
	bool is_made = false;
	struct error *err = session_open(&s, ctx);

	if (err == NULL)
		err = push_look(repo, NULL, 0, &look);
	if (err != NULL || look.message == NULL)
		return err;
	if (look.n_hazards > 0)
		return error_new(ERR_REFUSED,
		    "%s %s: name it in .gitignore and run skillshare pull "
		    "--remote, or push with --allow first",
		    look.hazards[0].path, look.hazards[0].reason);
	err = push_commit(repo, &look, look.message, &is_made);
	if (is_made) {
		report_ok(ctx->report, "committed: %s", look.message);
		gitview_keep_commit(&s);
	}
	return err;
}

MUST_USE static struct error *
prepare(struct context *ctx, struct git_repo *repo, bool *has_more_out)
{
	AUTO_REMOTE struct remote remote = { 0 };
	struct error *err = git_repo_open(ctx->config->source, repo);

	if (err == NULL)
		err = remote_find(repo, &remote);
	if (err == NULL)
		err = remote_ask(repo, &remote);
	if (err == NULL && remote.tip == NULL) {
		report_info(ctx->report, "the remote is empty; to fill it: "
					 "skillshare push");
		return NULL;
	}
	if (err == NULL)
		err = follow_branch(repo, &remote);
	if (err == NULL)
		err = commit_own(ctx, repo);
	*has_more_out = err == NULL;
	return err;
}

struct error *
init_git(struct context *ctx, const char *url, enum exit_code *exit_out)
{
	AUTO_GIT_REPO struct git_repo repo = { 0 };
	bool has_more = false;

	if (ctx->common.dry_run) {
		report_line(ctx->report, "would make a git repository in %s",
		    ctx->config->source);
		if (url != NULL)
			report_line(ctx->report,
			    "would add the remote " REMOTE " and bring what "
			    "it has");
		return NULL;
	}
	struct error *err = make_repository(ctx);
	if (err == NULL && url != NULL)
		err = add_remote(ctx, url);
	if (err == NULL && url != NULL)
		err = prepare(ctx, &repo, &has_more);
	if (err != NULL)
		gitview_said(ctx->report, &repo);
	if (err != NULL || !has_more)
		return err;
	const struct pull_request request = { .merge_flags = MERGE_UNRELATED };
	return pull_remote(ctx, &request, exit_out);
}
