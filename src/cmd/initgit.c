#include "initgit.h"

#include <string.h>

#include "change.h"
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

/* ---- the repository ------------------------------------------------------ */

/* A path on this machine is one from where the user stands. */
static char *
full_url(const struct context *ctx, const char *url)
{
	return strchr(url, ':') != NULL ? xstrdup(url)
					: path_absolute(ctx->env.cwd, url);
}

#define GIT_DIR_NAME ".git"

struct new_repository {
	const char *url; /* of its remote, or NULL */
	struct strbuf said;
};

/* git makes it in a directory of that name: all of it comes one up. */
MUST_USE static struct error *
lift(int slots_fd, const char *name)
{
	AUTO_CLOSE int up_fd = -1;
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_open_dir_at(slots_fd, name, &up_fd);

	if (err == NULL)
		err = fs_open_dir_at(up_fd, GIT_DIR_NAME, &fd);
	if (err == NULL)
		err = fs_list(fd, GIT_DIR_NAME, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++)
		err = fs_rename_noreplace(fd, list.entries[i].name, up_fd,
		    list.entries[i].name);
	return err != NULL ? err : fs_rmdir(up_fd, GIT_DIR_NAME);
}

static struct error *
build_repository(void *payload, int slots_fd, const char *name)
{
	struct new_repository *new = payload;
	AUTO_FREE char *slots = NULL;
	struct error *err = fs_fd_path(slots_fd, &slots);

	if (err != NULL)
		return err;
	AUTO_FREE char *dir = path_join(slots, name);
	const struct git git = {
		.dir = dir,
		.said = &new->said,
		.flags = GIT_WRITES | GIT_STEP,
	};
	err = fs_mkdir(slots_fd, name, 0755);
	if (err == NULL)
		err = git_call(&git, GIT_ARGS("init", "--quiet"), NULL, NULL);
	if (err == NULL && new->url != NULL)
		err = git_call(&git,
		    GIT_ARGS("remote", "add", REMOTE, new->url), NULL, NULL);
	return err != NULL ? err : lift(slots_fd, name);
}

static void
tell_remote(struct report *r, const char *url)
{
	AUTO_STRBUF struct strbuf shown = { 0 };

	git_mask(&shown, url);
	report_ok(r, "added the remote " REMOTE ": %s", strbuf_str(&shown));
}

/* One that has its remote already when it appears. */
MUST_USE static struct error *
make_repository(struct context *ctx, const char *url)
{
	struct new_repository new = { .url = url };
	struct error *err = change_put(ctx, ctx->config->source, GIT_DIR_NAME,
	    build_repository, &new);

	if (err != NULL)
		gitview_said(ctx->report, &new.said);
	strbuf_release(&new.said);
	if (err != NULL)
		return err;
	report_ok(ctx->report, "made a git repository in %s",
	    ctx->config->source);
	if (url != NULL)
		tell_remote(ctx->report, url);
	return NULL;
}

MUST_USE static struct error *
add_remote(struct context *ctx, const char *url, bool *added_out)
{
	const struct git git = {
		.dir = ctx->config->source,
		.flags = GIT_WRITES,
	};
	AUTO_FREE char *old = NULL;
	AUTO_STRBUF struct strbuf shown = { 0 };
	struct error *err = git_ask(&git,
	    GIT_ARGS("config", "--get", "remote." REMOTE ".url"), &old);

	if (err != NULL || (old != NULL && strcmp(old, url) == 0))
		return err;
	if (old != NULL) {
		git_mask(&shown, old);
		return error_new(ERR_CONFLICT,
		    "%s has the remote " REMOTE " already, at %s (git remote "
		    "set-url changes it)",
		    ctx->config->source, strbuf_str(&shown));
	}
	err =
	    git_call(&git, GIT_ARGS("remote", "add", REMOTE, url), NULL, NULL);
	*added_out = err == NULL;
	if (err == NULL)
		tell_remote(ctx->report, url);
	return err;
}

/* Where the source is in one, *top_out names it, else it is NULL. Yours. */
MUST_USE static struct error *
find_repository(const struct context *ctx, char **top_out)
{
	const struct git git = { .dir = ctx->config->source };
	AUTO_FREE char *prefix = NULL;
	struct error *err =
	    git_ask(&git, GIT_ARGS("rev-parse", "--show-toplevel"), top_out);

	if (err == NULL && *top_out != NULL)
		err = git_ask(&git, GIT_ARGS("rev-parse", "--show-prefix"),
		    &prefix);
	if (err == NULL && prefix != NULL && prefix[0] != '\0')
		err = error_new(ERR_REFUSED,
		    "%s lies in the git repository %s: give that one its "
		    "remote with git remote add",
		    ctx->config->source, *top_out);
	return err;
}

MUST_USE static struct error *
have_repository(struct context *ctx, const char *url, bool *changed_out)
{
	AUTO_FREE char *top = NULL;
	AUTO_FREE char *full = url != NULL ? full_url(ctx, url) : NULL;
	struct error *err = find_repository(ctx, &top);

	if (err != NULL)
		return err;
	if (top != NULL)
		return full != NULL ? add_remote(ctx, full, changed_out) : NULL;
	err = make_repository(ctx, full);
	*changed_out = err == NULL;
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
	bool is_changed = false;

	if (ctx->common.dry_run) {
		report_line(ctx->report, "would make a git repository in %s",
		    ctx->config->source);
		if (url != NULL)
			report_line(ctx->report,
			    "would add the remote " REMOTE " and bring what "
			    "it has");
		return NULL;
	}
	struct error *err = have_repository(ctx, url, &is_changed);
	if (err == NULL && url != NULL)
		err = prepare(ctx, &repo, &has_more);
	if (err != NULL) {
		gitview_said(ctx->report, &repo.said);
		if (is_changed)
			*exit_out = cmd_exit_code_after(error_code(err));
	}
	if (err != NULL || !has_more)
		return err;
	const struct pull_request request = { .merge_flags = MERGE_UNRELATED };
	return pull_remote(ctx, &request, exit_out);
}
