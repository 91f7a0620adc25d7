#include <string.h>

#include "backuplist.h"
#include "cmd.h"
#include "host.h"
#include "json.h"
#include "retention.h"
#include "session.h"
#include "snapmake.h"

struct backup_options {
	struct option_list targets;
	bool list;
	bool cleanup;
	bool verify;
};

static const struct option_row rows[] = {
	{ OPT_LIST, "target", 0, offsetof(struct backup_options, targets),
	    "NAME", "back this target up; the same as to name it",
	    HINT_TARGET },
	{ OPT_FLAG, "list", 0, offsetof(struct backup_options, list), NULL,
	    "list all backups, or those of the targets named", HINT_NONE },
	{ OPT_FLAG, "cleanup", 0, offsetof(struct backup_options, cleanup),
	    NULL, "remove what is older or more than the config keeps",
	    HINT_NONE },
	{ OPT_FLAG, "verify", 0, offsetof(struct backup_options, verify), NULL,
	    "read every file of every backup and check its digest", HINT_NONE },
};

/* ---- making one ---------------------------------------------------------- */

/* What a target's line is about. */
static const char *const outcome_names[] = {
	[SNAPMAKE_NOT_CHOSEN] = "not_chosen",
	[SNAPMAKE_MADE] = "backed_up",
	[SNAPMAKE_UNCHANGED] = "unchanged",
	[SNAPMAKE_LINK] = "symlink",
	[SNAPMAKE_ABSENT] = "absent",
	[SNAPMAKE_EMPTY] = "empty",
	[SNAPMAKE_FAILED] = "failed",
};

static void
tell_made(struct report *r, const char *name, const struct snapmake_target *t,
    bool is_dry)
{
	const char *skills = report_count(r, t->n_skills, "skill", "skills");
	const char *size = report_size(r, t->size_bytes);

	if (is_dry)
		report_line(r, "would back up %s (%s, %s)", name, skills, size);
	else
		report_ok(r, "%s: %s, %s", name, skills, size);
}

static void
tell_target(struct report *r, const struct config_target *config,
    const struct snapmake_target *t, bool is_dry)
{
	const char *name = config->name;

	switch (t->outcome) {
	case SNAPMAKE_NOT_CHOSEN:
		return;
	case SNAPMAKE_MADE:
		tell_made(r, name, t, is_dry);
		return;
	case SNAPMAKE_UNCHANGED:
		report_info(r, "%s: unchanged since %s", name, t->since);
		return;
	case SNAPMAKE_LINK:
		report_info(r,
		    config->mode == MODE_SYMLINK
			? "%s: symlink mode, nothing to back up"
			: "%s: the target is a link, nothing to back up",
		    name);
		return;
	case SNAPMAKE_ABSENT:
		report_info(r, "%s: %s does not exist, nothing to back up",
		    name, config->path);
		return;
	case SNAPMAKE_EMPTY:
		report_info(r, "%s: empty, nothing to back up", name);
		return;
	case SNAPMAKE_FAILED:
		report_mark(r, MARK_ERROR, "%s: %s (not backed up)", name,
		    error_msg(t->error));
		return;
	}
}

static const char *
reason_text(struct report *r, const struct config_keep *limits,
    enum retention_reason reason)
{
	switch (reason) {
	case RETENTION_DAYS:
		return report_text(r, "older than %s",
		    report_count(r, limits->days, "day", "days"));
	case RETENTION_COUNT:
		return report_text(r, "each of its targets has %llu newer",
		    (unsigned long long)limits->count);
	case RETENTION_SIZE:
		return report_text(r, "all take more than %llu MB",
		    (unsigned long long)limits->mb);
	}
	BUG("reason %d", (int)reason);
}

static void
tell_removed(const struct context *ctx, const struct retention_result *removed,
    bool is_dry)
{
	struct report *r = ctx->report;

	for (size_t i = 0; i < removed->n; i++) {
		const struct retention_item *item = &removed->items[i];
		const char *why =
		    reason_text(r, &ctx->config->backup_keep, item->reason);

		if (is_dry)
			report_line(r, "would remove %s (%s)", item->name, why);
		else
			report_info(r, "removed %s: %s", item->name, why);
	}
}

static bool
is_any(const struct snapmake_result *result, enum snapmake_outcome outcome)
{
	for (size_t i = 0; i < result->n_targets; i++) {
		if (result->targets[i].outcome == outcome)
			return true;
	}
	return false;
}

static void
tell_end(const struct context *ctx, const struct snapmake_result *result,
    bool is_dry)
{
	struct report *r = ctx->report;

	report_gap(r);
	if (is_dry)
		report_line(r, "Dry run complete: nothing was changed");
	else if (result->name != NULL)
		report_line(r, "Backup: %s (%s of new content)", result->path,
		    report_size(r, result->copied_bytes));
	else if (is_any(result, SNAPMAKE_UNCHANGED))
		report_line(r, "Nothing has changed: no new backup was made");
	else
		report_line(r, "There was nothing to back up");
}

static void
tell(const struct session *s, const struct snapmake_result *result)
{
	struct report *r = s->ctx->report;

	report_heading(r, "Backing up targets");
	for (size_t i = 0; i < result->n_targets; i++)
		tell_target(r, s->observed->targets[i].config,
		    &result->targets[i], !s->writes);
	if (s->n_targets == 0)
		report_info(r, "No targets; add one: skillshare target add "
			       "<name>");
	for (size_t i = 0; i < result->n_warnings; i++)
		report_mark(r, MARK_WARN, "%s", result->warnings[i]);
	tell_removed(s->ctx, &result->removed, false);
	tell_end(s->ctx, result, !s->writes);
}

static json_t *
target_json(const struct config_target *config, const struct snapmake_target *t)
{
	json_t *object = json_object();
	bool is_counted =
	    t->outcome == SNAPMAKE_MADE || t->outcome == SNAPMAKE_UNCHANGED;

	json_put_text(object, "name", config->name);
	json_put_text(object, "path", config->path);
	json_put_text(object, "outcome", outcome_names[t->outcome]);
	if (is_counted) {
		json_put_count(object, "skills", t->n_skills);
		json_put_count(object, "size_bytes", t->size_bytes);
	}
	json_put_text(object, "since", t->since);
	json_put_text(object, "error",
	    t->error != NULL ? error_msg(t->error) : NULL);
	return object;
}

static const char *
reason_name(enum retention_reason reason)
{
	switch (reason) {
	case RETENTION_DAYS:
		return "days";
	case RETENTION_COUNT:
		return "count";
	case RETENTION_SIZE:
		return "size";
	}
	BUG("reason %d", (int)reason);
}

static json_t *
removed_json(const struct retention_result *removed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < removed->n; i++) {
		json_t *object = json_object();

		json_put_text(object, "name", removed->items[i].name);
		json_put_text(object, "reason",
		    reason_name(removed->items[i].reason));
		json_add(array, object);
	}
	return array;
}

static void
print_json(const struct session *s, const struct snapmake_result *result)
{
	json_t *document = json_document();
	json_t *targets = json_array();
	json_t *warnings = json_array();

	json_put_bool(document, "dry_run", !s->writes);
	json_put_text(document, "name", result->name);
	json_put_text(document, "path", result->path);
	json_put_count(document, "copied_files", result->copied_files);
	json_put_count(document, "copied_bytes", result->copied_bytes);
	for (size_t i = 0; i < result->n_targets; i++)
		json_add(targets, target_json(s->observed->targets[i].config,
				      &result->targets[i]));
	json_put(document, "targets", targets);
	for (size_t i = 0; i < result->n_warnings; i++)
		json_add(warnings, json_text(result->warnings[i]));
	json_put(document, "warnings", warnings);
	json_put(document, "removed", removed_json(&result->removed));
	json_print(s->ctx->report, document);
}

static enum exit_code
judge(const struct snapmake_result *result)
{
	if (is_any(result, SNAPMAKE_FAILED))
		return EXIT_PARTLY;
	return result->n_warnings > 0 ? EXIT_NOT_AS_ASKED : EXIT_DONE;
}

MUST_USE static struct error *
make(struct session *s, struct snapshots *all, const struct option_list *names,
    enum exit_code *exit_out)
{
	struct context *ctx = s->ctx;
	const struct session_flags flags = { .observe = OBSERVE_TRUST };
	const struct retention keep = {
		.limits = ctx->config->backup_keep,
		.now = host_now(),
	};
	AUTO_SNAPMAKE_RESULT struct snapmake_result result = { 0 };

	struct error *err = session_plan(s, names->items, names->n, flags);
	if (err != NULL)
		return err;
	const struct snapmake_request request = {
		.set = s->set,
		.seen = s->seen,
		.observed = s->observed,
		.command = ctx->line,
		.kind = SNAPSHOT_MANUAL,
		.flags = SNAPMAKE_LAY_OUT | (s->writes ? 0U : SNAPMAKE_DRY_RUN),
		.keep = &keep,
	};
	session_tell_problems(s, false);
	err = snapmake(all, &request, &result);
	if (err != NULL)
		return err;
	session_keep_stamps(s);
	if (result.late != NULL)
		report_warn(ctx->report, "the backup is made; afterwards: %s",
		    error_msg(result.late));
	*exit_out = judge(&result);
	if (ctx->common.json)
		print_json(s, &result);
	else
		tell(s, &result);
	return NULL;
}

/* ---- cleaning up --------------------------------------------------------- */

static void
tell_cleanup(const struct context *ctx, const struct retention_result *removed,
    bool is_dry)
{
	struct report *r = ctx->report;
	json_t *document;

	if (ctx->common.json) {
		document = json_document();
		json_put_bool(document, "dry_run", is_dry);
		json_put(document, "removed", removed_json(removed));
		json_print(r, document);
		return;
	}
	report_heading(r, "Cleaning up backups");
	tell_removed(ctx, removed, is_dry);
	if (removed->n == 0)
		report_info(r, "Nothing to remove: all is within what the "
			       "config keeps");
	else if (!is_dry)
		report_ok(r, "removed %s",
		    report_count(r, removed->n, "backup", "backups"));
}

MUST_USE static struct error *
clean_up(const struct session *s, struct snapshots *all)
{
	const struct retention keep = {
		.limits = s->ctx->config->backup_keep,
		.now = host_now(),
	};
	struct retention_result removed = { 0 };
	AUTO_CLOSE int lock_fd = -1;
	struct error *err = NULL;

	if (!s->writes || all->fd == -1)
		err = retention_plan(all, &keep, &removed);
	else
		err = snapshots_lock(all, &lock_fd);
	if (err == NULL && s->writes && all->fd != -1)
		err = retention_apply(all, &keep, &removed);
	if (s->writes && removed.n > 0)
		session_keep_deed(s,
		    report_text(s->ctx->report, "%s removed",
			report_count(s->ctx->report, removed.n, "backup",
			    "backups")),
		    "what was in them alone is gone");
	if (err == NULL)
		tell_cleanup(s->ctx, &removed, !s->writes);
	retention_result_release(&removed);
	return err;
}

/* ---- the command --------------------------------------------------------- */

/* Targets by argument and by option. */
static struct option_list
gather_names(struct context *ctx)
{
	const struct backup_options *opts = ctx->opts;
	size_t n = ctx->args.n + opts->targets.n;
	struct option_list names = {
		.items = arena_alloc(&ctx->arena, (n + 1) * sizeof(char *)),
	};

	for (size_t i = 0; i < ctx->args.n; i++)
		names.items[names.n++] = ctx->args.items[i];
	for (size_t i = 0; i < opts->targets.n; i++)
		names.items[names.n++] = opts->targets.items[i];
	return names;
}

MUST_USE static struct error *
check_usage(const struct backup_options *opts, const struct option_list *names)
{
	if (opts->list + opts->cleanup + opts->verify > 1)
		return error_new(ERR_USAGE,
		    "backup: --list, --cleanup and --verify exclude each "
		    "other");
	if (names->n > 0 && (opts->cleanup || opts->verify))
		return error_new(ERR_USAGE,
		    "backup: %s takes no target: it is about all backups",
		    opts->cleanup ? "--cleanup" : "--verify");
	return NULL;
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const struct backup_options *opts = ctx->opts;
	const struct option_list names = gather_names(ctx);
	AUTO_SNAPSHOTS struct snapshots all = { .fd = -1 };
	AUTO_SESSION struct session s = { 0 };
	bool reads_only = opts->list || opts->verify;

	struct error *err = check_usage(opts, &names);
	if (err == NULL && !reads_only)
		err = session_open(&s, ctx);
	if (err == NULL)
		err = snapshots_open(ctx->config->dir, ctx->env.data_home,
		    &ctx->config->ignore, &all);
	if (err != NULL)
		return err;
	if (opts->list)
		return backup_list(ctx, &all, &names, exit_out);
	if (opts->verify)
		return backup_verify(ctx, &all, exit_out);
	if (!s.writes)
		report_dry_run(ctx->report);
	err = opts->cleanup ? clean_up(&s, &all)
			    : make(&s, &all, &names, exit_out);
	if (err != NULL && error_code(err) == ERR_SYS)
		*exit_out = EXIT_NOT_STARTED;
	return err;
}

const struct command cmd_backup = {
	.name = "backup",
	.summary = "keep the targets as they are now",
	.help = "Makes a snapshot of the targets in the directory backups "
		"beside the config: a real tree for every skill that a target "
		"shows, each content stored once. Nothing is made if nothing "
		"has changed. Commands that change targets make a smaller one "
		"first, by themselves. restore brings a target back. What "
		"--cleanup removes cannot be brought back.",
	.args = "[target...]",
	.max_args = SIZE_MAX,
	.hint = HINT_TARGET,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct backup_options),
	.run = run,
};
