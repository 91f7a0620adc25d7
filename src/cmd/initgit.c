#include "initgit.h"

#include <fcntl.h>
#include <string.h>

#include "change.h"
#include "gitconf.h"
#include "gitref.h"
#include "gitview.h"
#include "path.h"
#include "pullremote.h"
#include "push.h"
#include "session.h"

#define REMOTE "origin"
#define REMOTE_URL "remote." REMOTE ".url"
#define REMOTE_FETCH "remote." REMOTE ".fetch"
#define REMOTE_KEYS "^remote\\.origin\\."
#define ALL_BRANCHES "+refs/heads/*:refs/remotes/" REMOTE "/*"

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

/* ---- a remote for one that is there -------------------------------------- */

MUST_USE static struct error *
add_remote(struct context *ctx, const char *url)
{
	const struct git_setting settings[] = {
		{ REMOTE_URL, url },
		{ REMOTE_FETCH, ALL_BRANCHES },
	};
	AUTO_SESSION struct session s = { 0 };
	AUTO_FREE char *config = NULL;
	AUTO_STRBUF struct strbuf said = { 0 };
	struct error *err = session_open(&s, ctx);

	if (err == NULL)
		err = git_config_find(ctx->config->source, &config);
	struct git_config_edit edit = {
		.dir = ctx->config->source,
		.config = config,
		.settings = settings,
		.n = ARRAY_LEN(settings),
		.is_new = true,
		.said = &said,
	};
	if (err == NULL)
		err =
		    change_git_file(&s, config, git_config_build, &edit, NULL);
	if (err != NULL)
		gitview_said(ctx->report, &said);
	else
		tell_remote(ctx->report, url);
	return err;
}

/* ---- what is to be done -------------------------------------------------- */

struct work {
	const char *url; /* or NULL */
	bool makes;      /* there is no repository yet */
	bool adds;       /* its remote, to one that there is */
};

/* ERR_CONFLICT: the repository has another remote of that name. */
MUST_USE static struct error *
judge_remote(const struct context *ctx, struct work *work)
{
	const char *source = ctx->config->source;
	const struct git git = { .dir = source };
	AUTO_FREE char *old = NULL;
	AUTO_STRBUF struct strbuf shown = { 0 };
	bool is_taken = false;
	struct error *err =
	    git_ask(&git, GIT_ARGS("config", "--get", REMOTE_URL), &old);

	if (err == NULL && old == NULL)
		err = git_is(&git,
		    GIT_ARGS("config", "--local", "--includes", "--get-regexp",
			REMOTE_KEYS),
		    &is_taken);
	if (err != NULL)
		return err;
	work->adds = old == NULL;
	if (old == NULL && !is_taken)
		return NULL;
	if (is_taken)
		return error_new(ERR_CONFLICT,
		    "%s has settings of a remote " REMOTE " already, without "
		    "an address (git config remote." REMOTE
		    ".url URL gives it one)",
		    source);
	if (strcmp(old, work->url) == 0)
		return NULL;
	git_mask(&shown, old);
	return error_new(ERR_CONFLICT,
	    "%s has the remote " REMOTE " already, at %s (git remote set-url "
	    "changes it)",
	    source, strbuf_str(&shown));
}

MUST_USE static struct error *
judge(const struct context *ctx, struct work *work)
{
	const struct git git = { .dir = ctx->config->source };
	AUTO_FREE char *top = NULL;
	AUTO_FREE char *prefix = NULL;
	struct error *err =
	    git_ask(&git, GIT_ARGS("rev-parse", "--show-toplevel"), &top);

	if (err == NULL && top != NULL)
		err = git_ask(&git, GIT_ARGS("rev-parse", "--show-prefix"),
		    &prefix);
	if (err == NULL && prefix != NULL && prefix[0] != '\0')
		err = error_new(ERR_REFUSED,
		    "%s lies in the git repository %s: give that one its "
		    "remote with git remote add",
		    ctx->config->source, top);
	if (err != NULL)
		return err;
	work->makes = top == NULL;
	if (top != NULL && work->url != NULL)
		err = judge_remote(ctx, work);
	return err;
}

static void
tell_plan(struct context *ctx, const struct work *work)
{
	struct report *r = ctx->report;
	AUTO_STRBUF struct strbuf shown = { 0 };

	report_dry_run(r);
	if (work->makes)
		report_line(r, "would make a git repository in %s",
		    ctx->config->source);
	else if (!work->adds)
		report_info(r, "%s %s already", ctx->config->source,
		    work->url != NULL ? "has this remote"
				      : "is a git repository");
	if (work->url == NULL)
		return;
	git_mask(&shown, work->url);
	if (work->makes || work->adds)
		report_line(r, "would add the remote " REMOTE ": %s",
		    strbuf_str(&shown));
	report_line(r, "would bring what the remote has");
}

/* ---- what both sides have ------------------------------------------------ */

#define HEAD_MAX_BYTES ((size_t)64 * 1024)

static char *
head_text(const char *branch)
{
	return xasprintf("ref: refs/heads/%s\n", branch);
}

struct new_head {
	const char *text;
	mode_t mode;
};

static struct error *
build_head(void *payload, int slots_fd, const char *name)
{
	const struct new_head *new = payload;

	/* In a repository of a group it is more than our umask lets through. */
	return fs_create_file_as(slots_fd, name, new->text, strlen(new->text),
	    new->mode);
}

/* HEAD as a file of git's: not a link, nor a mere sign of another store. */
MUST_USE static struct error *
is_plain_head(const struct git_repo *repo, const char *abs, mode_t *mode_out,
    bool *out)
{
	AUTO_FREE char *text = head_text(repo->branch);
	AUTO_STRBUF struct strbuf now = { 0 };
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(AT_FDCWD, abs, &st);

	*out = false;
	if (err == NULL && st.kind == FS_FILE) {
		err = fs_read_file(AT_FDCWD, abs, HEAD_MAX_BYTES, &now);
		*out = err == NULL && strcmp(strbuf_str(&now), text) == 0;
	}
	*mode_out = st.mode;
	return err;
}

/* The branch that is not begun yet takes the name of the remote's. */
MUST_USE static struct error *
follow_branch(struct context *ctx, const struct git_repo *repo,
    const char *branch, bool *is_changed_out)
{
	AUTO_SESSION struct session s = { 0 };
	AUTO_FREE char *abs = path_join(repo->git_dir, "HEAD");
	AUTO_FREE char *ref = xasprintf("refs/heads/%s", branch);
	AUTO_FREE char *text = head_text(branch);
	/* Once it has a commit, to go back would hide that. */
	AUTO_FREE char *none = ref_stays_absent(ref);
	struct new_head new = { .text = text };
	bool is_plain = false;

	if (repo->head != NULL || strcmp(repo->branch, branch) == 0)
		return NULL;
	struct error *err = session_open(&s, ctx);
	if (err == NULL)
		err = is_plain_head(repo, abs, &new.mode, &is_plain);
	if (err == NULL && is_plain)
		err = change_git_file(&s, abs, build_head, &new, none);
	else if (err == NULL)
		err = git_call(&repo->git,
		    GIT_ARGS("symbolic-ref", "HEAD", ref), NULL, NULL);
	if (err == NULL && !is_plain)
		session_keep_deed(&s, "the branch got the remote's name",
		    "it is git's: git symbolic-ref HEAD gives it another");
	*is_changed_out |= err == NULL;
	return err;
}

/* What is here already becomes a commit, so that it can be merged. */
MUST_USE static struct error *
commit_own(struct context *ctx, struct git_repo *repo, bool *is_changed_out)
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
	*is_changed_out |= is_made;
	if (is_made) {
		report_ok(ctx->report, "committed: %s", look.message);
		gitview_keep_commit(&s);
	}
	return err;
}

MUST_USE static struct error *
prepare(struct context *ctx, struct git_repo *repo, bool *is_changed_out,
    bool *has_more_out)
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
		err = follow_branch(ctx, repo, remote.branch, is_changed_out);
	if (err == NULL)
		err = commit_own(ctx, repo, is_changed_out);
	*has_more_out = err == NULL;
	return err;
}

struct error *
init_git(struct context *ctx, const char *url, enum exit_code *exit_out)
{
	AUTO_GIT_REPO struct git_repo repo = { 0 };
	AUTO_FREE char *full = url != NULL ? full_url(ctx, url) : NULL;
	struct work work = { .url = full };
	bool has_more = false;
	struct error *err = judge(ctx, &work);

	if (err != NULL)
		return err;
	if (ctx->common.dry_run) {
		tell_plan(ctx, &work);
		return NULL;
	}
	if (work.makes)
		err = make_repository(ctx, full);
	else if (work.adds)
		err = add_remote(ctx, full);
	bool is_changed = err == NULL && (work.makes || work.adds);
	if (err == NULL && url != NULL)
		err = prepare(ctx, &repo, &is_changed, &has_more);
	if (err != NULL)
		gitview_said(ctx->report, &repo.said);
	const struct pull_request request = { .merge_flags = MERGE_UNRELATED };
	if (err == NULL && has_more)
		err = pull_remote(ctx, &request, exit_out);
	if (err != NULL && is_changed)
		*exit_out = cmd_exit_code_after(error_code(err));
	return err;
}
