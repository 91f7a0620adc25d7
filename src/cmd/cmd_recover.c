#include <inttypes.h>

#include "cmd.h"
#include "json.h"
#include "recover.h"
#include "session.h"
#include "state.h"

struct recover_options {
	const char *abandon;
	bool here;
};

static const struct option_row rows[] = {
	{ OPT_STRING, "abandon", 0, offsetof(struct recover_options, abandon),
	    "NUMBER", "give a run up: what it did stays, its journal is kept",
	    HINT_NONE },
	{ OPT_FLAG, "here", 0, offsetof(struct recover_options, here), NULL,
	    "recover runs that were begun on another machine, too", HINT_NONE },
};

static const char *
how_text(enum recovered_how how)
{
	switch (how) {
	case RECOVERED_BACK:
		return "taken back: everything is as it was before it";
	case RECOVERED_FORWARD:
		return "it had done all its work: finished";
	case RECOVERED_ABANDONED:
		return "given up: what it did stays as it is";
	}
	BUG("how %d", (int)how);
}

static const char *
how_name(enum recovered_how how)
{
	switch (how) {
	case RECOVERED_BACK:
		return "taken_back";
	case RECOVERED_FORWARD:
		return "finished";
	case RECOVERED_ABANDONED:
		return "abandoned";
	}
	BUG("how %d", (int)how);
}

/* Where what a run displaced may be that was given up. */
static void
tell_left(struct report *r, const struct whereabouts *left)
{
	for (size_t i = 0; i < left->there.n; i++)
		report_mark(r, MARK_WARN,
		    "what it displaced may be in here, kept: %s",
		    left->there.paths[i]);
	for (size_t i = 0; i < left->moved.n; i++)
		report_mark(r, MARK_WARN,
		    "what it displaced may be in here, kept: %s",
		    left->moved.paths[i]);
	for (size_t i = 0; i < left->gone.n; i++)
		report_mark(r, MARK_WARN,
		    "what it displaced was in here, which is not there now: %s",
		    left->gone.paths[i]);
}

static void
tell(struct context *ctx, const struct recovery *recovery)
{
	struct report *r = ctx->report;

	for (size_t i = 0; i < recovery->n; i++) {
		const struct recovered *run = &recovery->runs[i];

		report_ok(r, "run %" PRIu64 "%s%s%s: %s", run->number,
		    run->command[0] != '\0' ? " (" : "", run->command,
		    run->command[0] != '\0' ? ")" : "", how_text(run->how));
	}
	for (size_t i = 0; i < recovery->aside.n; i++)
		report_mark(r, MARK_WARN,
		    "changed since by somebody else, kept: %s",
		    recovery->aside.paths[i]);
	tell_left(r, &recovery->left);
	if (recovery->n == 0 && recovery->n_blocked == 0)
		report_ok(r, "nothing to recover");
}

/* The staging directories; a path of one that is gone is where it was. */
static json_t *
left_json(const struct whereabouts *left)
{
	const struct aside *const lists[] = { &left->there, &left->moved,
		&left->gone };
	json_t *array = json_array();

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		for (size_t k = 0; k < lists[i]->n; k++)
			json_add(array, json_text(lists[i]->paths[k]));
	}
	return array;
}

static void
print_json(struct context *ctx, const struct recovery *recovery)
{
	json_t *document = json_document();
	json_t *runs = json_array();
	json_t *kept = json_array();

	for (size_t i = 0; i < recovery->n; i++) {
		json_t *object = json_object();

		json_put_count(object, "run", recovery->runs[i].number);
		json_put_text(object, "command", recovery->runs[i].command);
		json_put_text(object, "how", how_name(recovery->runs[i].how));
		json_add(runs, object);
	}
	for (size_t i = 0; i < recovery->aside.n; i++)
		json_add(kept, json_text(recovery->aside.paths[i]));
	json_put(document, "runs", runs);
	json_put(document, "kept", kept);
	json_put(document, "left", left_json(&recovery->left));
	json_print(ctx->report, document);
}

/* --dry-run: what is there to be put right? */
MUST_USE static struct error *
look(struct context *ctx, const struct state *state)
{
	AUTO_FREE char *command = NULL;
	uint64_t number = 0;
	size_t n = 0;
	struct error *err = recover_look(state, &n, &number, &command);

	if (err != NULL)
		return err;
	report_dry_run(ctx->report);
	if (n > 0)
		report_line(ctx->report, "would recover run %" PRIu64 " (%s)",
		    number, command);
	else
		report_ok(ctx->report, "nothing to recover");
	if (ctx->common.json) {
		json_t *document = json_document();

		json_put_bool(document, "dry_run", true);
		json_put_count(document, "unfinished_runs", n);
		json_print(ctx->report, document);
	}
	return NULL;
}

MUST_USE static struct error *
put_right(struct context *ctx, const struct state *state)
{
	const struct recover_options *opts = ctx->opts;
	struct recovery recovery = { 0 };
	uint64_t number = 0;
	struct error *err = NULL;

	if (opts->abandon == NULL)
		err = recover_all(state, opts->here ? RECOVER_HERE : 0,
		    &recovery);
	else if (!parse_u64(opts->abandon, UINT64_MAX - 1, &number))
		err = error_new(ERR_USAGE,
		    "recover: --abandon takes the number of a run, not %s",
		    opts->abandon);
	else
		err = recover_abandon(state, number, &recovery);
	if (err == NULL && ctx->common.json)
		print_json(ctx, &recovery);
	else if (err == NULL)
		tell(ctx, &recovery);
	if (err == NULL && recovery.n_blocked > 0)
		err = error_new(ERR_UNREACHABLE,
		    "run %" PRIu64 " cannot be put right now: %s (skillshare "
		    "recover --abandon %" PRIu64 " gives it up)",
		    recovery.blocked[0].number, recovery.blocked[0].reason,
		    recovery.blocked[0].number);
	recovery_release(&recovery);
	return err;
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { 0 };
	struct error *err = session_open_bare(&s, ctx);

	(void)exit_out;
	if (err == NULL && s.writes)
		err = put_right(ctx, s.state);
	else if (err == NULL)
		err = look(ctx, s.state);
	return err;
}

const struct command cmd_recover = {
	.name = "recover",
	.summary = "put right what a dead run left",
	.help = "A run that was killed is taken back, or finished if it had "
		"done all its work. Every command that writes does this "
		"first; recover does nothing else.",
	.args = "",
	.flags = CMD_HOME | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct recover_options),
	.run = run,
};
