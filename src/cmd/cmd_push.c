#include <inttypes.h>

#include "cmd.h"
#include "gitview.h"
#include "json.h"
#include "push.h"
#include "session.h"

struct push_options {
	const char *message;
	struct option_list allow;
};

static const struct option_row rows[] = {
	{ OPT_STRING, "message", 'm', offsetof(struct push_options, message),
	    "TEXT", "the message of the commit, in place of the made one",
	    HINT_NONE },
	{ OPT_LIST, "allow", 0, offsetof(struct push_options, allow), "NAME",
	    "push this file though it looks like a secret or is huge",
	    HINT_NONE },
};

enum result {
	PUSH_NOTHING,  /* everything is there already */
	PUSH_DONE,     /* or would be done */
	PUSH_HELD,     /* the brake: nothing was done */
	PUSH_OUTPACED, /* the remote has changes */
};

struct push {
	struct context *ctx;
	struct git_repo repo;
	struct remote remote;
	struct push_look look;
	const char *message; /* NULL: nothing to commit */
	uint64_t n_commits;  /* that the remote lacked */
	bool committed;
	bool is_sent;
	enum result result;
};

static void
push_release(struct push *push)
{
	push_look_release(&push->look);
	remote_release(&push->remote);
	git_repo_release(&push->repo);
}

/* ---- telling ------------------------------------------------------------- */

static void
tell_nested(const struct push *push)
{
	for (size_t i = 0; i < push->look.n_nested; i++)
		report_info(push->ctx->report,
		    "%s: a repository of its own, not pushed with the source "
		    "(to be installed again on the next machine)",
		    push->look.nested[i]);
}

static void
tell_held(const struct push *push)
{
	struct report *r = push->ctx->report;

	for (size_t i = 0; i < push->look.n_hazards; i++)
		report_mark(r, MARK_ERROR, "%s: %s", push->look.hazards[i].path,
		    push->look.hazards[i].reason);
	report_info(r, "nothing was committed or pushed; to go on, name the "
		       "file in .gitignore, or: skillshare push --allow NAME");
}

/* Also told where the push itself did not work. */
static void
tell_commit(const struct push *push)
{
	report_ok(push->ctx->report, "committed: %s (%s)", push->message,
	    report_count(push->ctx->report, push->look.n_files, "file",
		"files"));
}

static void
tell_plan(const struct push *push)
{
	struct report *r = push->ctx->report;

	for (size_t i = 0; i < push->look.changes.n; i++) {
		const struct git_change *c = &push->look.changes.items[i];

		if (c->kind != GIT_NESTED)
			report_line(r, "would %s %s",
			    c->kind == GIT_ADDED     ? "add"
			    : c->kind == GIT_DELETED ? "remove"
						     : "update",
			    c->path);
	}
	if (push->message != NULL)
		report_line(r, "would commit: %s", push->message);
	if (push->result == PUSH_DONE)
		report_line(r, "would push to %s",
		    gitview_branch(r, &push->remote));
}

static void
tell(const struct push *push)
{
	struct report *r = push->ctx->report;
	bool writes = !push->ctx->common.dry_run;

	tell_nested(push);
	if (push->result == PUSH_HELD) {
		tell_held(push);
		return;
	}
	if (!writes)
		tell_plan(push);
	else if (push->committed)
		tell_commit(push);
	if (push->result == PUSH_OUTPACED) {
		report_mark(r, MARK_ERROR, "remote has changes");
		report_mark(r, MARK_INFO, "run: skillshare pull --remote");
	} else if (push->result == PUSH_NOTHING) {
		report_ok(r, "everything is pushed already (%s)",
		    gitview_branch(r, &push->remote));
	} else if (writes) {
		report_ok(r, "pushed to %s (%s)",
		    gitview_branch(r, &push->remote),
		    report_count(r, push->n_commits, "commit", "commits"));
	}
	if (!writes)
		report_line(r, "Dry run complete: nothing was changed");
}

static const char *
result_name(enum result result)
{
	switch (result) {
	case PUSH_NOTHING:
		return "nothing_to_push";
	case PUSH_DONE:
		return "pushed";
	case PUSH_HELD:
		return "held";
	case PUSH_OUTPACED:
		return "remote_has_changes";
	}
	BUG("result %d", (int)result);
}

static void
print_json(const struct push *push)
{
	json_t *document = json_document();
	json_t *hazards = json_array();
	json_t *nested = json_array();

	json_put_bool(document, "dry_run", push->ctx->common.dry_run);
	json_put_text(document, "result", result_name(push->result));
	json_put_text(document, "remote", push->remote.name);
	json_put_text(document, "branch", push->remote.branch);
	json_put_text(document, "commit", push->repo.head);
	json_put_text(document, "message", push->message);
	json_put_count(document, "files", push->look.n_files);
	for (size_t i = 0; i < push->look.n_hazards; i++) {
		json_t *hazard = json_object();

		json_put_text(hazard, "path", push->look.hazards[i].path);
		json_put_text(hazard, "reason", push->look.hazards[i].reason);
		json_add(hazards, hazard);
	}
	for (size_t i = 0; i < push->look.n_nested; i++)
		json_add(nested, json_text(push->look.nested[i]));
	json_put(document, "held", hazards);
	json_put(document, "nested_repositories", nested);
	json_print(push->ctx->report, document);
}

/* ---- the command --------------------------------------------------------- */

/* Under the lock, and after what a dead run left was put right. */
MUST_USE static struct error *
look_and_commit(struct push *push)
{
	const struct push_options *opts = push->ctx->opts;
	AUTO_SESSION struct session s = { 0 };
	struct error *err = session_open(&s, push->ctx);

	if (err == NULL)
		err = git_repo_head(&push->repo);
	if (err == NULL)
		err = push_look(&push->repo, opts->allow.items, opts->allow.n,
		    &push->look);
	if (err != NULL)
		return err;
	if (push->look.n_files > 0)
		push->message =
		    opts->message != NULL ? opts->message : push->look.message;
	if (push->look.n_hazards > 0)
		push->result = PUSH_HELD;
	else if (s.writes && push->message != NULL) {
		err = push_commit(&push->repo, &push->look, push->message,
		    &push->committed);
	}
	return err;
}

MUST_USE static struct error *
send(struct push *push)
{
	enum remote_relation relation = REMOTE_SAME;
	bool dry_run = push->ctx->common.dry_run;
	struct error *err = remote_ask(&push->repo, &push->remote);

	if (err == NULL && push->repo.head == NULL && push->message == NULL)
		return error_new(ERR_REFUSED,
		    "there is nothing to push: %s has no files",
		    push->repo.source);
	if (err == NULL)
		err = remote_relate(&push->repo, push->remote.tip, &relation);
	if (err != NULL)
		return err;
	if (relation == REMOTE_AHEAD || relation == REMOTE_DIVERGED) {
		push->result = PUSH_OUTPACED;
		return NULL;
	}
	if (relation == REMOTE_SAME && (!dry_run || push->message == NULL)) {
		push->result = PUSH_NOTHING;
		return NULL;
	}
	push->result = PUSH_DONE;
	if (dry_run)
		return NULL;
	err = push_count(&push->repo, &push->remote, &push->n_commits);
	if (err == NULL)
		err = push_send(&push->repo, &push->remote);
	push->is_sent = err == NULL;
	if (err != NULL && error_code(err) == ERR_CONFLICT) {
		error_free(err); /* somebody was faster: told with the way
				    out */
		push->result = PUSH_OUTPACED;
		err = NULL;
	}
	return err;
}

/* For log. The remote may take its time: the lock is not held over that. */
static void
keep_deed(struct push *push)
{
	struct report *r = push->ctx->report;
	AUTO_SESSION struct session s = { 0 };

	if (!push->committed && !push->is_sent)
		return;
	AUTO_ERROR struct error *err = session_open(&s, push->ctx);
	if (err != NULL) {
		report_warn(r, "done, but skillshare log will not list it: %s",
		    error_msg(err));
		return;
	}
	if (push->is_sent)
		session_keep_deed(&s,
		    report_text(r, "%s to %s",
			report_count(r, push->n_commits, "commit", "commits"),
			gitview_branch(r, &push->remote)),
		    "others may have it: a commit that takes it back is made "
		    "by git revert");
	else
		gitview_keep_commit(&s);
}

MUST_USE static struct error *
carry_out(struct push *push)
{
	struct error *err =
	    git_repo_open(push->ctx->config->source, &push->repo);

	if (err == NULL)
		err = remote_find(&push->repo, &push->remote);
	if (err == NULL)
		err = look_and_commit(push);
	if (err == NULL && push->result != PUSH_HELD)
		err = send(push);
	keep_deed(push);
	return err;
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	struct push push = { .ctx = ctx };

	if (ctx->common.dry_run)
		report_dry_run(ctx->report);
	struct error *err = carry_out(&push);
	if (err != NULL) {
		if (push.committed) {
			tell_commit(&push);
			*exit_out = cmd_exit_code_after(error_code(err));
		}
		gitview_said(ctx->report, &push.repo.said);
	} else {
		if (push.result == PUSH_HELD || push.result == PUSH_OUTPACED)
			*exit_out = EXIT_NOT_AS_ASKED;
		if (ctx->common.json)
			print_json(&push);
		else
			tell(&push);
	}
	push_release(&push);
	return err;
}

const struct command cmd_push = {
	.name = "push",
	.summary = "commit the source and push it to its git remote",
	.help = "Commits what has changed in the source, with a message that "
		"names it, and pushes the branch; then asks the remote whether "
		"it arrived. Files that look like secrets, or are larger than "
		"50 MB, hold the push up. Where the remote has changes, "
		"nothing is forced: skillshare pull --remote brings them.",
	.args = "",
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct push_options),
	.run = run,
};
