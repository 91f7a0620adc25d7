#include <inttypes.h>

#include "cmd.h"
#include "json.h"
#include "newskill.h"
#include "session.h"

struct new_options {
	const char *description;
};

static const struct option_row rows[] = {
	{ OPT_STRING, "description", 'd',
	    offsetof(struct new_options, description), "TEXT",
	    "what the skill does, and when an agent should use it", HINT_NONE },
};

static void
tell(const struct session *s, const struct newskill *new)
{
	struct report *r = s->ctx->report;
	const struct new_options *opts = s->ctx->opts;

	if (!s->writes)
		report_line(r, "would make %s", new->file);
	else
		report_ok(r, "Made %s", new->file);
	if (new->repo != NULL)
		report_mark(r, MARK_WARN,
		    "%s is a tracked repository: commit the skill there, push "
		    "leaves it out",
		    new->repo);
	if (!s->writes)
		return;
	report_info(r, "Edit it%s, then run: skillshare sync",
	    opts->description == NULL ? ", its description first" : "");
}

static void
print_json(const struct session *s, const struct newskill *new,
    const struct txn *txn)
{
	json_t *document = json_document();

	json_put_bool(document, "dry_run", !s->writes);
	json_put(document, "run",
	    txn->number != 0 ? json_integer((json_int_t)txn->number)
			     : json_null());
	json_put_text(document, "name", new->name);
	json_put_text(document, "entry", new->entry);
	json_put_text(document, "path", new->file);
	json_put_text(document, "repository", new->repo);
	json_print(s->ctx->report, document);
}

MUST_USE static struct error *
make(struct session *s, struct txn *txn)
{
	struct context *ctx = s->ctx;
	const struct new_options *opts = ctx->opts;
	struct newskill new = { 0 };
	struct error *err = discover(ctx->config->source, NULL, 0, &s->set);

	if (err == NULL)
		err = newskill_judge(s->set, ctx->args.items[0],
		    opts->description, &ctx->arena, &new);
	if (err != NULL)
		return err;
	if (!s->writes)
		report_dry_run(ctx->report);
	newskill_lower(txn, s->set, &new);
	err = session_apply(s, txn);
	if (err == NULL)
		err = STEAL_PTR(txn->groups[0].error);
	if (err != NULL)
		return err;
	if (ctx->common.json)
		print_json(s, &new, txn);
	else
		tell(s, &new);
	return NULL;
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { 0 };
	struct txn *txn = txn_new(ctx->line);
	struct error *err = session_open(&s, ctx);

	(void)exit_out;
	if (err == NULL)
		err = make(&s, txn);
	txn_free(txn);
	return err;
}

const struct command cmd_new = {
	.name = "new",
	.summary = "make a skill in the source, ready to be edited",
	.help = "Makes a directory of that name in the source, with a SKILL.md "
		"whose front matter agents can read. A name has the letters a "
		"to z, digits and single dashes, at most 64 of them; with "
		"group/name the skill lies in a directory of the source.",
	.args = "<name>",
	.min_args = 1,
	.max_args = 1,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct new_options),
	.run = run,
};
