#include <inttypes.h>

#include "cmd.h"
#include "git.h"
#include "json.h"
#include "path.h"
#include "notshown.h"
#include "planview.h"
#include "session.h"

/* A run that is not finished is the first thing to be said. */
MUST_USE static struct error *
tell_unfinished(const struct session *s, json_t *document)
{
	AUTO_FREE char *holder = NULL;
	AUTO_FREE char *command = NULL;
	uint64_t number = 0;
	size_t n = 0;
	struct error *err = state_holder(s->state, &holder);

	if (err == NULL && holder == NULL)
		err = recover_look(s->state, &n, &number, &command);
	if (err != NULL)
		return err;
	if (document != NULL) {
		json_put_text(document, "running", holder);
		json_put_count(document, "unfinished_runs", n);
	} else if (holder != NULL) {
		report_mark(s->ctx->report, MARK_WARN, "A run is at work (%s)",
		    holder);
	} else if (n > 0) {
		report_mark(s->ctx->report, MARK_WARN,
		    "Run %" PRIu64 " (%s) did not finish; the next run puts "
		    "it right, or: skillshare recover",
		    number, command);
	}
	return NULL;
}

/* Git's trouble is a word in its line, not the end of status. */
static char *
git_text(const char *dir, unsigned flags)
{
	struct git_status git = { 0 };
	AUTO_ERROR struct error *err = git_status(dir, flags, &git);
	char *text =
	    err != NULL ? xstrdup(error_msg(err)) : git_status_text(&git);

	git_status_release(&git);
	return text;
}

/* "up-to-date", or what there is to say. */
static char *
repo_text(const char *dir)
{
	struct git_status git = { 0 };
	AUTO_ERROR struct error *err = git_status(dir, GIT_FOREIGN, &git);
	bool current = err == NULL && git.is_repository && git.changed == 0 &&
		       git.ahead == 0 && git.behind == 0;
	char *text = err != NULL ? xstrdup(error_msg(err))
		     : current   ? xstrdup("up-to-date")
				 : git_status_text(&git);

	git_status_release(&git);
	return text;
}

static void
tell_targets(const struct session *s)
{
	static const size_t widths[] = { 8, 8, 12, 0 };
	AUTO_TABLE struct report_table table = {
		.n_columns = 4,
		.indent = 2,
		.gap = 2,
		.min_widths = widths,
	};
	struct report *r = s->ctx->report;

	report_gap(r);
	report_line(r, "Targets:");
	for (size_t i = 0; i < s->plan->n; i++) {
		const struct config_target *t = s->plan->targets[i].config;

		report_table_add(&table, t->name);
		report_table_add(&table, config_mode_name(t->mode));
		report_table_add(&table,
		    planview_state(r, s->plan, &s->plan->targets[i]));
		report_table_add(&table, report_path(r, t->path));
	}
	report_table_print(r, &table);
	if (s->plan->n == 0)
		report_line(r, "  none; add one: skillshare target add <name>");
	for (size_t i = 0; i < s->plan->n; i++) {
		const struct plan_target *t = &s->plan->targets[i];
		const struct plan_target *real = planview_real(s->plan, t);

		notshown_note(r, t);
		notshown_warn(r, t);
		if (real->refusal != NULL)
			report_mark(r, MARK_ERROR, "%s: %s %s", t->config->name,
			    t->config->path, real->refusal);
	}
}

static void
tell_repos(const struct session *s)
{
	AUTO_TABLE struct report_table table = {
		.n_columns = 3,
		.indent = 2,
		.gap = 4,
	};
	struct report *r = s->ctx->report;

	if (s->set->n_repos == 0)
		return;
	report_gap(r);
	report_line(r, "Tracked Repositories:");
	for (size_t i = 0; i < s->set->n_repos; i++) {
		const struct tracked_repo *repo = &s->set->repos[i];
		AUTO_FREE char *dir =
		    path_join(s->set->source_real, repo->name);
		AUTO_FREE char *text = repo_text(dir);

		report_table_add(&table, report_text(r, "%s", repo->name));
		report_table_add(&table,
		    report_count(r, repo->n_skills, "skill", "skills"));
		report_table_add(&table, report_text(r, "%s", text));
	}
	report_table_print(r, &table);
}

static void
tell(const struct session *s)
{
	struct report *r = s->ctx->report;
	AUTO_FREE char *git = git_text(s->set->source_real, 0);

	report_line(r, "Source: %s", s->set->source);
	report_line(r, "  Skills: %zu", skillset_enabled(s->set));
	size_t n_disabled = skillset_count(s->set, SKILL_DISABLED);
	if (n_disabled > 0)
		report_line(r, "  Disabled: %zu (skillshare list names them)",
		    n_disabled);
	report_line(r, "  Git: %s", git);
	tell_targets(s);
	tell_repos(s);
}

static json_t *
repos_json(const struct session *s)
{
	json_t *repos = json_array();

	for (size_t i = 0; i < s->set->n_repos; i++) {
		const struct tracked_repo *repo = &s->set->repos[i];
		AUTO_FREE char *dir =
		    path_join(s->set->source_real, repo->name);
		AUTO_FREE char *text = repo_text(dir);
		json_t *object = json_object();

		json_put_text(object, "name", repo->name);
		json_put_count(object, "skills", repo->n_skills);
		json_put_text(object, "state", text);
		json_add(repos, object);
	}
	return repos;
}

static json_t *
git_json(const char *dir)
{
	struct git_status git = { 0 };
	json_t *object = json_object();
	AUTO_ERROR struct error *err = git_status(dir, 0, &git);

	json_put_text(object, "error", err != NULL ? error_msg(err) : NULL);
	json_put_bool(object, "repository", git.is_repository);
	json_put_text(object, "branch", git.branch);
	json_put_text(object, "remote", git.remote);
	json_put_count(object, "changed", git.changed);
	json_put_count(object, "ahead", git.ahead);
	json_put_count(object, "behind", git.behind);
	git_status_release(&git);
	return object;
}

static void
fill_json(const struct session *s, json_t *document)
{
	json_t *targets = json_array();

	json_put(document, "source", planview_source_json(s->set));
	json_put(document, "git", git_json(s->set->source_real));
	for (size_t i = 0; i < s->plan->n; i++) {
		const struct plan_target *t = &s->plan->targets[i];
		const struct plan_target *real = planview_real(s->plan, t);
		json_t *object = planview_json(s->plan, t);

		json_put_bool(object, "in_sync",
		    real->refusal == NULL && !plan_target_changes(real) &&
			real->counts.conflicts == 0);
		json_add(targets, object);
	}
	json_put(document, "targets", targets);
	json_put(document, "tracked_repositories", repos_json(s));
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { 0 };
	const struct session_flags flags = {
		.observe = OBSERVE_FOR_MODE,
		.plan = PLAN_LOOK,
	};
	json_t *document = ctx->common.json ? json_document() : NULL;
	struct error *err = session_open(&s, ctx);

	(void)exit_out;
	if (err == NULL && document == NULL)
		report_heading(ctx->report, "Skillshare Status");
	if (err == NULL)
		err = tell_unfinished(&s, document);
	if (err == NULL)
		err = session_plan(&s, NULL, 0, flags);
	if (err != NULL) {
		json_decref(document);
		return err;
	}
	session_tell_problems(&s, false);
	if (document != NULL) {
		fill_json(&s, document);
		json_print(ctx->report, document);
	} else {
		tell(&s);
	}
	return NULL;
}

const struct command cmd_status = {
	.name = "status",
	.summary = "show source, targets and tracked repositories",
	.help = "Shows where the source is, what git says of it, and how far "
		"each target is in step. Reads only.",
	.args = "",
	.flags = CMD_CONFIG | CMD_REPORTS,
	.run = run,
};
