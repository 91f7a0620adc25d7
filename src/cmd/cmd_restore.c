#include <inttypes.h>
#include <string.h>

#include "backupauto.h"
#include "cmd.h"
#include "json.h"
#include "restore.h"
#include "session.h"

struct restore_options {
	const char *from;
};

static const struct option_row rows[] = {
	{ OPT_STRING, "from", 0, offsetof(struct restore_options, from),
	    "TIMESTAMP", "the snapshot to restore from; default the newest",
	    HINT_NONE },
};

struct work {
	struct session session;
	struct snapshots all;
	struct restore restore;
	struct txn *txn;
};

static void
work_release(struct work *w)
{
	txn_free(w->txn);
	restore_release(&w->restore);
	snapshots_close(&w->all);
	session_close(&w->session);
}

static const char *
how_name(enum restore_how how)
{
	switch (how) {
	case RESTORE_LINK:
		return "link";
	case RESTORE_TREE:
		return "tree";
	case RESTORE_CARRIED:
		return "kept";
	case RESTORE_LOST:
		return "lost";
	}
	BUG("how %d", (int)how);
}

static void
tell(const struct work *w)
{
	const struct restore *restore = &w->restore;
	struct report *r = w->session.ctx->report;
	const char *name = restore->target->config->name;

	report_heading(r, "Restoring %s", name);
	report_info(r, "From: %s", restore->snapshot->path);
	for (size_t i = 0; !w->session.writes && i < restore->n; i++) {
		const struct restore_entry *e = &restore->entries[i];

		if (e->how == RESTORE_LINK || e->how == RESTORE_TREE)
			report_line(r, "would restore %s/%s%s", name, e->name,
			    e->how == RESTORE_LINK ? " (a link)" : "");
	}
	for (size_t i = 0; i < restore->n; i++) {
		if (restore->entries[i].how == RESTORE_LOST)
			report_mark(r, MARK_ERROR,
			    "%s/%s: no snapshot holds what it showed", name,
			    restore->entries[i].name);
	}
	if (!w->session.writes) {
		report_line(r, "Dry run complete: nothing was changed");
		return;
	}
	report_ok(r, "%s: restored (%zu links, %zu real)", name,
	    restore->n_links, restore->n_trees);
	report_info(r, "to take this back: skillshare undo %" PRIu64,
	    w->txn->number);
}

static void
print_json(const struct work *w)
{
	const struct restore *restore = &w->restore;
	json_t *document = json_document();
	json_t *entries = json_array();

	json_put_bool(document, "dry_run", !w->session.writes);
	json_put(document, "run",
	    w->txn->number != 0 ? json_integer((json_int_t)w->txn->number)
				: json_null());
	json_put_text(document, "target", restore->target->config->name);
	json_put_text(document, "snapshot", restore->snapshot->name);
	for (size_t i = 0; i < restore->n; i++) {
		json_t *entry = json_object();

		json_put_text(entry, "name", restore->entries[i].name);
		json_put_text(entry, "how", how_name(restore->entries[i].how));
		json_add(entries, entry);
	}
	json_put(document, "entries", entries);
	json_print(w->session.ctx->report, document);
}

/* What makes a target no place to restore to. */
MUST_USE static struct error *
check_target(const struct observed_target *t)
{
	if (t->kind == PLACE_BROKEN)
		return error_new(ERR_REFUSED, "%s: %s", t->config->path,
		    t->problem);
	if (t->kind == PLACE_NO_DIR)
		return error_new(ERR_REFUSED,
		    "%s is a file, not a directory: move it away",
		    t->config->path);
	if (t->overlap != OVERLAP_NONE)
		return error_new(ERR_REFUSED,
		    "%s overlaps the source: give the target a path of its own",
		    t->config->path);
	return NULL;
}

MUST_USE static struct error *
carry_out(struct work *w)
{
	struct session *s = &w->session;
	struct context *ctx = s->ctx;
	const struct restore_options *opts = ctx->opts;
	const char *name = ctx->args.items[0];
	const struct session_flags flags = { 0 };
	struct snapshot *snapshot = NULL;
	struct error *err = session_plan(s, &name, 1, flags);

	if (err == NULL)
		err = check_target(&s->observed->targets[0]);
	if (err == NULL)
		err = snapshots_open(ctx->config->dir, ctx->env.data_home,
		    &ctx->config->ignore, &w->all);
	if (err == NULL)
		err = snapshots_find(&w->all, name, opts->from, &snapshot);
	if (err == NULL)
		err = restore_judge(&w->all, snapshot, s->set, &s->roots,
		    &s->observed->targets[0], &w->restore);
	if (err == NULL)
		err = restore_lower(w->txn, &w->restore, s->copies);
	if (err == NULL && s->writes)
		err = backup_before(s, &w->all, NULL, SNAPSHOT_BEFORE_RESTORE);
	if (err == NULL)
		err = session_apply(s, w->txn);
	if (err == NULL)
		err = STEAL_PTR(w->txn->groups[0].error);
	return err;
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	struct work w = { .txn = txn_new(ctx->line), .all = { .fd = -1 } };
	struct error *err = session_open(&w.session, ctx);

	if (err == NULL && !w.session.writes)
		report_dry_run(ctx->report);
	if (err == NULL)
		err = carry_out(&w);
	if (err == NULL) {
		if (ctx->common.json)
			print_json(&w);
		else
			tell(&w);
		if (w.restore.n_lost > 0)
			*exit_out = EXIT_NOT_AS_ASKED;
	}
	work_release(&w);
	return err;
}

const struct command cmd_restore = {
	.name = "restore",
	.summary = "put a target back as a snapshot has it",
	.help = "Builds the target as the snapshot has it, beside it, checks "
		"it, and exchanges the two at one stroke. The present state "
		"is backed up first. What was a link is a link again if the "
		"source still has that content, else a real directory.",
	.args = "<target>",
	.min_args = 1,
	.max_args = 1,
	.hint = HINT_TARGET,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct restore_options),
	.run = run,
};
