#include <inttypes.h>

#include "cmd.h"
#include "deeds.h"
#include "host.h"
#include "json.h"
#include "session.h"
#include "undo.h"

static const char *
changes_text(struct report *r, const struct run_summary *run)
{
	const struct {
		uint64_t n;
		const char *text;
	} parts[] = {
		{ run->made, "made" },
		{ run->replaced, "replaced" },
		{ run->removed, "removed" },
	};
	AUTO_STRBUF struct strbuf text = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i].n > 0)
			strbuf_printf(&text, "%s%" PRIu64 " %s",
			    text.len > 0 ? ", " : "", parts[i].n,
			    parts[i].text);
	}
	return text.len > 0 ? report_text(r, "%s", strbuf_str(&text))
			    : "modes and refs only";
}

static void
add_row(struct report *r, struct report_table *table, const char *number,
    int64_t when, const char *command, const char *text)
{
	char stamp[HOST_STAMP_LEN + 1];

	host_stamp(when, stamp);
	report_table_add(table, number);
	report_table_add(table, report_text(r, "%s", stamp));
	report_table_add(table, report_text(r, "%s", command));
	report_table_add(table, text);
}

/* The newest first, each where it was among the runs. */
static void
add_rows(struct report *r, struct report_table *table,
    const struct run_log *log, const struct deeds *deeds)
{
	size_t d = deeds->n;

	for (size_t i = log->n + 1; i > 0; i--) {
		const struct run_summary *run =
		    i > 1 ? &log->runs[i - 2] : NULL;

		for (; d > 0 && (run == NULL ||
				    deeds->items[d - 1].after >= run->number);
		     d--) {
			const struct deed *deed = &deeds->items[d - 1];

			add_row(r, table, "-", deed->when, deed->command,
			    report_text(r, "%s; cannot be undone", deed->what));
		}
		if (run == NULL)
			break;
		uint64_t undone_by = log->undone_by[i - 2];
		add_row(r, table, report_text(r, "%" PRIu64, run->number),
		    run->when, run->command,
		    undone_by != 0
			? report_text(r, "undone by %" PRIu64, undone_by)
			: changes_text(r, run));
	}
}

static void
tell(struct report *r, const struct run_log *log, const struct deeds *deeds,
    const struct config_keep *keep)
{
	AUTO_TABLE struct report_table table = {
		.n_columns = 4,
		.indent = 2,
		.gap = 2,
		.ends_in_text = true,
	};

	report_heading(r, "Log");
	add_rows(r, &table, log, deeds);
	report_table_print(r, &table);
	if (log->n + deeds->n == 0)
		report_info(r, "No run has changed anything yet");
	else
		report_info(r,
		    "Runs are kept for %" PRIu64 " days, at most %" PRIu64
		    " of them",
		    keep->days, keep->count);
}

static void
print_json(struct report *r, const struct run_log *log,
    const struct deeds *deeds)
{
	json_t *document = json_document();
	json_t *runs = json_array();
	json_t *final = json_array();

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
	for (size_t i = deeds->n; i > 0; i--) {
		const struct deed *deed = &deeds->items[i - 1];
		json_t *object = json_object();

		json_put_count(object, "after_run", deed->after);
		json_put_count(object, "time", (uint64_t)deed->when);
		json_put_text(object, "command", deed->command);
		json_put_text(object, "what", deed->what);
		json_put_text(object, "why", deed->why);
		json_add(final, object);
	}
	json_put(document, "cannot_be_undone", final);
	json_print(r, document);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { 0 };
	struct run_log log = { 0 };
	AUTO_DEEDS struct deeds deeds = { 0 };
	struct error *err = session_open(&s, ctx);

	(void)exit_out;
	if (err == NULL)
		err = undo_log(s.state, &log);
	if (err == NULL)
		err = deeds_read(s.state, &deeds);
	if (err == NULL && ctx->common.json)
		print_json(ctx->report, &log, &deeds);
	else if (err == NULL)
		tell(ctx->report, &log, &deeds, session_undo_keep(ctx));
	run_log_release(&log);
	return err;
}

const struct command cmd_log = {
	.name = "log",
	.summary = "list the runs that changed something",
	.help = "Lists every run that can be undone, the last one first: its "
		"number, when it was, the command, and what it changed; and "
		"between them what cannot be undone, without a number. Reads "
		"only.",
	.args = "",
	.flags = CMD_HOME | CMD_REPORTS,
	.run = run,
};
