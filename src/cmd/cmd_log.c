#include <inttypes.h>

#include "cmd.h"
#include "host.h"
#include "json.h"
#include "session.h"
#include "undo.h"

static const char *
changes_text(struct report *r, const struct run_summary *run)
{
	return report_text(r,
	    "%" PRIu64 " made, %" PRIu64 " replaced, %" PRIu64 " removed",
	    run->made, run->replaced, run->removed);
}

static void
tell(struct report *r, const struct run_log *log,
    const struct config_keep *keep)
{
	AUTO_TABLE struct report_table table = {
		.n_columns = 4,
		.indent = 2,
		.gap = 2,
	};

	report_heading(r, "Log");
	for (size_t i = log->n; i > 0; i--) {
		const struct run_summary *run = &log->runs[i - 1];
		uint64_t undone_by = log->undone_by[i - 1];
		char stamp[HOST_STAMP_LEN + 1];

		host_stamp(run->when, stamp);
		report_table_add(&table,
		    report_text(r, "%" PRIu64, run->number));
		report_table_add(&table, report_text(r, "%s", stamp));
		report_table_add(&table, report_text(r, "%s", run->command));
		report_table_add(&table,
		    undone_by != 0
			? report_text(r, "undone by %" PRIu64, undone_by)
			: changes_text(r, run));
	}
	report_table_print(r, &table);
	if (log->n == 0)
		report_info(r, "No run has changed anything yet");
	else
		report_info(r,
		    "Runs are kept for %" PRIu64 " days, at most %" PRIu64
		    " of them",
		    keep->days, keep->count);
	report_info(r,
	    "Not listed: push and backup --cleanup, which cannot be undone");
}

static void
print_json(struct report *r, const struct run_log *log)
{
	json_t *document = json_document();
	json_t *runs = json_array();

	for (size_t i = log->n; i > 0; i--) {
		const struct run_summary *run = &log->runs[i - 1];
		json_t *object = json_object();

		json_put_count(object, "run", run->number);
		json_put_count(object, "time", (uint64_t)run->when);
		json_put_text(object, "command", run->command);
		json_put_count(object, "made", run->made);
		json_put_count(object, "replaced", run->replaced);
		json_put_count(object, "removed", run->removed);
		json_put_count(object, "failed", run->failed_groups);
		json_put_count(object, "undoes", run->undoes);
		json_put_count(object, "undone_by", log->undone_by[i - 1]);
		json_add(runs, object);
	}
	json_put(document, "runs", runs);
	json_print(r, document);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { 0 };
	struct run_log log = { 0 };
	struct error *err = session_open(&s, ctx);

	(void)exit_out;
	if (err == NULL)
		err = undo_log(s.state, &log);
	if (err == NULL && ctx->common.json)
		print_json(ctx->report, &log);
	else if (err == NULL)
		tell(ctx->report, &log, session_undo_keep(ctx));
	run_log_release(&log);
	return err;
}

const struct command cmd_log = {
	.name = "log",
	.summary = "list the runs that changed something",
	.help = "Lists every run that can be undone, the last one first: its "
		"number, when it was, the command, and what it changed. Reads "
		"only.",
	.args = "",
	.flags = CMD_HOME | CMD_REPORTS,
	.run = run,
};
