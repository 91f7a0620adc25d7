#include <inttypes.h>

#include "cmd.h"
#include "deeds.h"
#include "json.h"
#include "session.h"
#include "undo.h"

struct work {
	struct run_log log;
	struct undo undo;
	struct txn *txn;
	uint64_t number; /* of the run that is taken back */
};

static void
work_release(struct work *work)
{
	txn_free(work->txn);
	undo_release(&work->undo);
	run_log_release(&work->log);
}

static const char *
verb(const struct op *op)
{
	switch (op->kind) {
	case OP_LINK:
	case OP_PUT:
	case OP_MKDIR:
		return "put back";
	case OP_TAKE:
		return "take away";
	case OP_SWAP:
		return "restore";
	case OP_CHMOD:
		return "change the mode of";
	case OP_REF:
		return "move the branch of";
	case OP_COUNT:
		break;
	}
	BUG("operation %d", (int)op->kind);
}

static json_t *
actions_json(const struct txn *txn)
{
	json_t *actions = json_array();

	for (size_t i = 0; i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];
		json_t *action = json_object();

		json_put_text(action, "action", verb(op));
		json_put_text(action, "directory", txn->places[op->place].dir);
		json_put_text(action, "name", op->name);
		json_add(actions, action);
	}
	return actions;
}

static void
print_json(const struct session *s, const struct work *work)
{
	json_t *document = json_document();
	json_t *changed = json_array();

	json_put_bool(document, "dry_run", !s->writes);
	json_put_count(document, "undoes", work->number);
	json_put(document, "run",
	    work->txn->number != 0 ? json_integer((json_int_t)work->txn->number)
				   : json_null());
	json_put(document, "actions", actions_json(work->txn));
	for (size_t i = 0; i < work->undo.n_changed; i++)
		json_add(changed, json_text(work->undo.changed[i]));
	json_put(document, "changed_since", changed);
	json_print(s->ctx->report, document);
}

static void
tell(const struct session *s, const struct work *work)
{
	struct report *r = s->ctx->report;
	const struct txn *txn = work->txn;

	report_heading(r, "Undoing run %" PRIu64 ": %s", work->number,
	    work->undo.journal.txn->command);
	for (size_t i = 0; !s->writes && i < txn->n_ops; i++)
		report_line(r, "would %s %s/%s", verb(&txn->ops[i]),
		    txn->places[txn->ops[i].place].dir, txn->ops[i].name);
	if (!s->writes) {
		report_line(r, "Dry run complete: nothing was changed");
		return;
	}
	report_ok(r, "%s, as before",
	    report_count(r, txn->n_ops, "entry", "entries"));
	if (txn->number != 0)
		report_info(r, "to take this back: skillshare undo %" PRIu64,
		    txn->number);
}

/* One entry that is not as the run left it: nothing is done at all. */
MUST_USE static struct error *
refuse_changed(const struct session *s, const struct work *work)
{
	if (work->undo.n_changed == 0)
		return NULL;
	for (size_t i = 0; i < work->undo.n_changed; i++)
		report_error(s->ctx->report, "%s: changed since",
		    work->undo.changed[i]);
	return error_new(ERR_CONFLICT,
	    "run %" PRIu64 " cannot be undone: what it did has changed since; "
	    "nothing was changed",
	    work->number);
}

/* Who does not say which run means the last thing done. */
MUST_USE static struct error *
choose_latest(const struct session *s, struct work *work)
{
	AUTO_DEEDS struct deeds deeds = { 0 };
	struct error *err = deeds_read(s->state, &deeds);

	if (err != NULL)
		return err;
	work->number = undo_latest(&work->log);
	const struct deed *deed = deeds_since(&deeds, work->number);
	if (deed == NULL)
		return NULL;
	if (work->number == 0)
		return error_new(ERR_REFUSED,
		    "%s (%s) cannot be undone: %s; nothing else is left to "
		    "undo",
		    deed->command, deed->what, deed->why);
	return error_new(ERR_REFUSED,
	    "%s (%s) came last and cannot be undone: %s; what came before it "
	    "can: skillshare undo %" PRIu64,
	    deed->command, deed->what, deed->why, work->number);
}

MUST_USE static struct error *
choose_run(const struct session *s, struct work *work)
{
	const struct context *ctx = s->ctx;
	struct error *err = NULL;

	if (ctx->args.n == 0)
		err = choose_latest(s, work);
	else if (!parse_u64(ctx->args.items[0], UINT64_MAX - 1, &work->number))
		return error_new(ERR_USAGE,
		    "undo: %s is not the number of a run (skillshare log "
		    "shows them)",
		    ctx->args.items[0]);
	if (err == NULL && work->number == 0)
		return error_new(ERR_NOT_FOUND, "there is nothing to undo");
	return err;
}

MUST_USE static struct error *
carry_out(struct session *s, struct work *work)
{
	struct error *err = undo_log(s->state, &work->log);

	if (err == NULL)
		err = choose_run(s, work);
	if (err == NULL)
		err = undo_lower(s->state, &work->log, work->number, work->txn,
		    &work->undo);
	if (err == NULL)
		err = refuse_changed(s, work);
	if (err == NULL)
		err = session_apply(s, work->txn);
	if (err == NULL)
		err = STEAL_PTR(work->txn->groups[0].error);
	return err;
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { 0 };
	struct work work = { .txn = txn_new(ctx->line) };
	struct error *err = session_open(&s, ctx);

	(void)exit_out;
	if (err == NULL && !s.writes)
		report_dry_run(ctx->report);
	if (err == NULL)
		err = carry_out(&s, &work);
	if (err == NULL && ctx->common.json)
		print_json(&s, &work);
	else if (err == NULL)
		tell(&s, &work);
	work_release(&work);
	return err;
}

const struct command cmd_undo = {
	.name = "undo",
	.summary = "take a run back",
	.help = "Takes back the last run that is not undone, or the run of "
		"that number (skillshare log shows them), as a run of its "
		"own, which can be undone too. If anything that the run did "
		"has changed since, nothing is done and each change is named.",
	.args = "[number]",
	.max_args = 1,
	.flags = CMD_HOME | CMD_WRITES | CMD_REPORTS,
	.run = run,
};
