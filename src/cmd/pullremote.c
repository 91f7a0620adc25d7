#include "pullremote.h"

#include <inttypes.h>
#include <string.h>

#include "change.h"
#include "gitconf.h"
#include "gitview.h"
#include "host.h"
#include "remotelower.h"
#include "session.h"
#include "syncrun.h"

enum result {
	PULL_NOTHING,  /* there was nothing new */
	PULL_DONE,     /* or would come */
	PULL_CONFLICTS /* the source stays as it was */
};

struct pull {
	struct context *ctx;
	struct git_repo repo;
	struct remote remote;
	struct remote_merge merge;
	struct unit_list units;
	struct remote_move *move;
	struct txn *txn;
	enum merge_take take;
	unsigned merge_flags;
	enum result result;
	bool is_noted;  /* the upstream, in git's config */
	char *old;      /* where the branch was, or NULL */
	char *fetched;  /* what came from the remote */
	char *kept_ref; /* the side that --take did not take */
};

static void
pull_release(struct pull *pull)
{
	txn_free(pull->txn);
	remote_move_free(pull->move);
	units_release(&pull->units);
	remote_merge_release(&pull->merge);
	remote_release(&pull->remote);
	git_repo_release(&pull->repo);
	free(pull->old);
	free(pull->fetched);
	free(pull->kept_ref);
}

#define HEADS "refs/heads/"

/* ---- telling ------------------------------------------------------------- */

/* Below the source, if it is there. */
static const char *
shown_path(const struct pull *pull, const char *path)
{
	size_t len = strlen(pull->repo.prefix);

	return strncmp(path, pull->repo.prefix, len) == 0 && path[len] != '\0'
		   ? path + len
		   : path;
}

static void
tell_conflicts(const struct pull *pull)
{
	struct report *r = pull->ctx->report;
	const char *branch = gitview_branch(r, &pull->remote);

	for (size_t i = 0; i < pull->merge.n_conflicts; i++)
		report_mark(r, MARK_ERROR, "%s: changed here and in %s",
		    shown_path(pull, pull->merge.conflicts[i]), branch);
	report_mark(r, MARK_INFO,
	    "nothing was changed: the source is as it was");
	report_mark(r, MARK_INFO,
	    "to take these files from the remote: skillshare pull --remote "
	    "--take theirs");
	report_mark(r, MARK_INFO,
	    "to keep these files as they are here: skillshare pull --remote "
	    "--take ours");
}

static void
tell_units(const struct pull *pull)
{
	struct report *r = pull->ctx->report;

	for (size_t i = 0; i < pull->units.n; i++) {
		const struct unit *u = &pull->units.units[i];

		report_ok(r, "%s: %s", shown_path(pull, u->path),
		    !u->was  ? "added"
		    : !u->is ? "removed"
			     : "updated");
	}
}

static void
tell_done(const struct pull *pull)
{
	struct report *r = pull->ctx->report;

	tell_units(pull);
	for (size_t i = 0; i < pull->merge.n_conflicts; i++)
		report_info(r, "%s: taken from %s",
		    shown_path(pull, pull->merge.conflicts[i]),
		    pull->take == MERGE_TAKE_OURS ? "here" : "the remote");
	if (pull->kept_ref != NULL)
		report_info(r, "the other side is kept as the branch %s",
		    pull->kept_ref + strlen(HEADS));
	if (pull->merge.is_merge)
		report_info(r, "both sides had changes: merged; to share the "
			       "result: skillshare push");
	if (pull->txn->number != 0)
		report_info(r, "to take this back: skillshare undo %" PRIu64,
		    pull->txn->number);
}

static void
tell(const struct pull *pull)
{
	struct report *r = pull->ctx->report;
	const char *branch = gitview_branch(r, &pull->remote);

	report_heading(r, "Pulling from %s", branch);
	if (pull->result == PULL_CONFLICTS)
		tell_conflicts(pull);
	else if (pull->result == PULL_NOTHING)
		report_ok(r, "nothing new in %s", branch);
	else if (pull->ctx->common.dry_run)
		report_line(r, "would fetch and merge %s", branch);
	else
		tell_done(pull);
	report_gap(r);
	if (pull->ctx->common.dry_run)
		report_line(r, "Dry run complete: nothing was changed");
}

static const char *
result_name(enum result result)
{
	switch (result) {
	case PULL_NOTHING:
		return "nothing_new";
	case PULL_DONE:
		return "pulled";
	case PULL_CONFLICTS:
		return "conflicts";
	}
	BUG("result %d", (int)result);
}

static json_t *
make_document(const struct pull *pull)
{
	json_t *document = json_document();
	json_t *conflicts = json_array();
	json_t *changed = json_array();

	json_put_bool(document, "dry_run", pull->ctx->common.dry_run);
	json_put_text(document, "result", result_name(pull->result));
	json_put(document, "run",
	    pull->txn->number != 0 ? json_integer((json_int_t)pull->txn->number)
				   : json_null());
	json_put_text(document, "remote", pull->remote.name);
	json_put_text(document, "branch", pull->remote.branch);
	json_put_text(document, "from", pull->old);
	json_put_text(document, "to", pull->merge.commit);
	json_put_bool(document, "merged", pull->merge.is_merge);
	for (size_t i = 0; i < pull->units.n; i++) {
		const struct unit *u = &pull->units.units[i];
		json_t *object = json_object();

		json_put_text(object, "path", shown_path(pull, u->path));
		json_put_text(object, "change",
		    !u->was  ? "added"
		    : !u->is ? "removed"
			     : "updated");
		json_add(changed, object);
	}
	for (size_t i = 0; i < pull->merge.n_conflicts; i++)
		json_add(conflicts,
		    json_text(shown_path(pull, pull->merge.conflicts[i])));
	json_put(document, "changed", changed);
	json_put(document, "conflicts", conflicts);
	json_put_text(document, "kept_branch",
	    pull->kept_ref != NULL ? pull->kept_ref + strlen(HEADS) : NULL);
	return document;
}

/* ---- before -------------------------------------------------------------- */

MUST_USE static struct error *
check_sparse(const struct git_repo *repo)
{
	AUTO_FREE char *sparse = NULL;
	struct error *err = git_ask(&repo->git,
	    GIT_ARGS("config", "--type=bool", "--get", "core.sparseCheckout"),
	    &sparse);

	if (err == NULL && sparse != NULL && strcmp(sparse, "true") == 0)
		return error_new(ERR_REFUSED,
		    "%s is a sparse checkout: pull with git pull, then run "
		    "skillshare sync",
		    repo->top);
	return err;
}

/* After the units were looked at: what changes later is met by the swap. */
MUST_USE static struct error *
check_clean(const struct git_repo *repo)
{
	AUTO_FREE char *path = NULL;
	struct error *err = git_repo_dirty(repo, &path);

	if (err != NULL || path == NULL)
		return err;
	if (strncmp(path, repo->prefix, strlen(repo->prefix)) == 0)
		return error_new(ERR_REFUSED,
		    "%s has changes that are not committed (%s): skillshare "
		    "push commits and pushes them, then pull again",
		    repo->source, path);
	return error_new(ERR_REFUSED,
	    "%s in %s, outside the source, has changes that are not "
	    "committed: commit them with git, then pull again",
	    path, repo->top);
}

/* ---- the move ------------------------------------------------------------ */

/* The side that is not taken stays as a branch of its own. */
static void
name_kept(struct pull *pull)
{
	char stamp[HOST_STAMP_LEN + 1];

	if (pull->merge.n_conflicts == 0 || pull->take == MERGE_TAKE_NONE)
		return;
	host_stamp(host_now(), stamp);
	pull->kept_ref = xasprintf(HEADS "skillshare/%s-%s",
	    pull->take == MERGE_TAKE_OURS ? "theirs" : "ours", stamp);
}

MUST_USE static struct error *
apply_move(struct session *s, struct pull *pull)
{
	const struct remote_move_request request = {
		.repo = &pull->repo,
		.units = &pull->units,
		.commit = pull->merge.commit,
		.extra_ref = pull->kept_ref,
		.extra_commit =
		    pull->take == MERGE_TAKE_OURS ? pull->fetched : pull->old,
	};
	AUTO_PROC_RESULT struct proc_result refreshed = { 0 };
	struct error *err = units_make(&pull->repo, pull->old,
	    pull->merge.commit, &pull->units);

	if (err == NULL)
		err = remote_lower(pull->txn, &request, &pull->move);
	if (err == NULL)
		err = check_clean(&pull->repo);
	if (err == NULL)
		err = session_apply(s, pull->txn);
	if (err == NULL)
		err = STEAL_PTR(pull->txn->groups[0].error);
	if (err != NULL)
		return err;
	/* Only so that git need not read every file at its next look. */
	struct error *unrefreshed = git_run(&pull->repo.git,
	    GIT_ARGS("update-index", "-q", "--refresh"), &refreshed);
	error_free(unrefreshed); /* git reads them, then */
	return NULL;
}

/*
 * The remote's branch becomes the upstream of ours: a run of its own, and the
 * one before the move, so that undo takes the move back whatever becomes of
 * git's config.
 */
MUST_USE static struct error *
note_upstream(struct session *s, struct pull *pull)
{
	const struct git_repo *repo = &pull->repo;
	AUTO_FREE char *remote_key =
	    xasprintf("branch.%s.remote", repo->branch);
	AUTO_FREE char *merge_key = xasprintf("branch.%s.merge", repo->branch);
	AUTO_FREE char *merge = xasprintf(HEADS "%s", pull->remote.branch);
	const struct git_setting settings[] = {
		{ remote_key, pull->remote.name },
		{ merge_key, merge },
	};
	AUTO_FREE char *config = NULL;
	bool lacks = false;
	struct error *err = remote_lacks_upstream(repo, &pull->remote, &lacks);

	if (err == NULL && lacks)
		err = git_config_find(repo->top, &config);
	if (err != NULL || !lacks)
		return err;
	struct git_config_edit edit = {
		.dir = repo->source,
		.config = config,
		.settings = settings,
		.n = ARRAY_LEN(settings),
	};
	err = change_git_file(s, config, git_config_build, &edit, NULL);
	pull->is_noted = err == NULL;
	return err;
}

/* Under the lock, and after what a dead run left was put right. */
MUST_USE static struct error *
move(struct pull *pull)
{
	AUTO_SESSION struct session s = { 0 };
	const struct merge_request request = {
		.theirs = pull->fetched,
		.shown = gitview_branch(pull->ctx->report, &pull->remote),
		.take = pull->take,
		.flags = pull->merge_flags,
	};
	struct error *err = session_open(&s, pull->ctx);

	if (err == NULL)
		err = git_repo_head(&pull->repo);
	if (err == NULL)
		err = git_repo_check_idle(&pull->repo);
	if (err == NULL)
		err = check_sparse(&pull->repo);
	if (err == NULL)
		err = check_clean(&pull->repo);
	if (err == NULL)
		err = remote_merge_make(&pull->repo, &request, &pull->merge);
	if (err != NULL)
		return err;
	pull->old = pull->repo.head != NULL ? xstrdup(pull->repo.head) : NULL;
	if (pull->merge.commit == NULL) {
		pull->result = PULL_CONFLICTS;
		return NULL;
	}
	struct error *unnoted = note_upstream(&s, pull);
	error_free(unnoted); /* the next push notes it */
	if (pull->old != NULL && strcmp(pull->merge.commit, pull->old) == 0)
		return NULL;
	pull->result = PULL_DONE;
	name_kept(pull);
	return apply_move(&s, pull);
}

MUST_USE static struct error *
look(struct pull *pull)
{
	enum remote_relation relation = REMOTE_SAME;
	struct error *err =
	    remote_relate(&pull->repo, pull->remote.tip, &relation);

	if (err == NULL &&
	    (relation == REMOTE_AHEAD || relation == REMOTE_DIVERGED))
		pull->result = PULL_DONE;
	return err;
}

MUST_USE static struct error *
bring(struct pull *pull)
{
	struct error *err =
	    git_repo_open(pull->ctx->config->source, &pull->repo);

	if (err == NULL)
		err = remote_find(&pull->repo, &pull->remote);
	if (err == NULL)
		err = remote_ask(&pull->repo, &pull->remote);
	if (err != NULL || pull->remote.tip == NULL)
		return err;
	if (pull->ctx->common.dry_run)
		return look(pull);
	err = remote_fetch(&pull->repo, &pull->remote, &pull->fetched);
	return err != NULL ? err : move(pull);
}

/* ---- and sync ------------------------------------------------------------ */

static enum exit_code
code_after(const struct pull *pull, const struct error *err)
{
	return pull->result == PULL_DONE ? cmd_exit_code_after(error_code(err))
					 : cmd_exit_code(error_code(err));
}

/* With --json the document has both, and an error of the sync. */
MUST_USE static struct error *
sync_after(struct pull *pull, enum exit_code *exit_out)
{
	const struct sync_request request = { 0 };
	struct context *ctx = pull->ctx;
	json_t *synced = NULL;
	struct error *err;

	if (!ctx->common.json) {
		tell(pull);
		err = sync_run(ctx, &request, &synced, exit_out);
		if (err != NULL)
			*exit_out = code_after(pull, err);
		return err;
	}
	json_t *document = make_document(pull);
	err = sync_run(ctx, &request, &synced, exit_out);
	json_put(document, "sync", synced != NULL ? synced : json_null());
	if (err != NULL) {
		*exit_out = code_after(pull, err);
		json_put(document, "error", json_error_of(err));
		error_free(err); /* told in the document */
	}
	json_print(ctx->report, document);
	return NULL;
}

MUST_USE static struct error *
end(struct pull *pull, enum exit_code *exit_out)
{
	struct context *ctx = pull->ctx;

	if (pull->result != PULL_CONFLICTS && !ctx->common.dry_run)
		return sync_after(pull, exit_out);
	if (pull->result == PULL_CONFLICTS)
		*exit_out = EXIT_NOT_AS_ASKED;
	if (ctx->common.json)
		json_print(ctx->report, make_document(pull));
	else
		tell(pull);
	return NULL;
}

struct error *
pull_remote(struct context *ctx, const struct pull_request *request,
    enum exit_code *exit_out)
{
	struct pull pull = {
		.ctx = ctx,
		.txn = txn_new(ctx->line),
		.take = request->take,
		.merge_flags = request->merge_flags,
	};

	if (ctx->common.dry_run)
		report_dry_run(ctx->report);
	struct error *err = bring(&pull);
	if (err != NULL)
		gitview_said(ctx->report, &pull.repo.said);
	if (err != NULL && pull.is_noted)
		*exit_out = cmd_exit_code_after(error_code(err));
	if (err == NULL)
		err = end(&pull, exit_out);
	pull_release(&pull);
	return err;
}
