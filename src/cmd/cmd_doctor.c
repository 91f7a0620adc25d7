#include <string.h>

#include "cmd.h"
#include "doctor.h"
#include "json.h"
#include "progress.h"

/* Warnings and the like of one check that are shown; errors always are. */
#define SHOWN_MAX 20

static const enum report_mark marks[DOCTOR_SEVERITY_COUNT] = {
	[DOCTOR_OK] = MARK_OK,
	[DOCTOR_INFO] = MARK_INFO,
	[DOCTOR_WARNING] = MARK_WARN,
	[DOCTOR_ERROR] = MARK_ERROR,
};

/* ---- text ---------------------------------------------------------------- */

static void
tell_finding(struct report *r, const struct finding *f)
{
	report_mark_wrapped(r, marks[f->severity], "%s%s%s",
	    f->target != NULL ? f->target : "", f->target != NULL ? ": " : "",
	    f->message);
	/* Where, unless the sentence says it. */
	if (f->path != NULL && f->line > 0)
		report_line(r, "    %s:%u", f->path, f->line);
	else if (f->path != NULL && strstr(f->message, f->path) == NULL)
		report_line(r, "    %s", f->path);
	if (f->command != NULL)
		report_line(r, "    → %s", f->command);
}

/* With --quiet there are no further lines: all in one. */
static void
tell_briefly(struct report *r, const struct finding *f)
{
	bool has_path = f->path != NULL && strstr(f->message, f->path) == NULL;

	if (f->severity < DOCTOR_WARNING)
		return;
	report_mark(r, marks[f->severity], "%s%s%s%s%s%s%s",
	    f->target != NULL ? f->target : "", f->target != NULL ? ": " : "",
	    f->message, has_path ? " in " : "", has_path ? f->path : "",
	    f->command != NULL ? " → " : "",
	    f->command != NULL ? f->command : "");
}

static void
tell_end(struct report *r, const struct doctor *doctor)
{
	size_t errors = doctor->counts[DOCTOR_ERROR];
	size_t warnings = doctor->counts[DOCTOR_WARNING];

	report_gap(r);
	if (errors + warnings == 0)
		report_ok(r, "everything is in order");
	else
		report_line(r, "%s, %s",
		    report_count(r, errors, "error", "errors"),
		    report_count(r, warnings, "warning", "warnings"));
}

static void
tell(const struct context *ctx, const struct doctor *doctor)
{
	struct report *r = ctx->report;
	const char *check = NULL;
	size_t n_shown = 0, n_left = 0;

	for (size_t i = 0; i < doctor->n; i++) {
		const struct finding *f = &doctor->items[i];

		if (ctx->common.quiet) {
			tell_briefly(r, f);
			continue;
		}
		if (check == NULL || strcmp(check, f->check) != 0) {
			if (check != NULL)
				report_gap(r);
			report_heading(r, "%s", doctor_heading(f->check));
			check = f->check;
			n_shown = 0;
			n_left = 0;
		}
		if (f->severity == DOCTOR_ERROR || n_shown < SHOWN_MAX) {
			tell_finding(r, f);
			n_shown += f->severity != DOCTOR_ERROR;
		} else {
			n_left++;
		}
		bool is_last = i + 1 == doctor->n ||
			       strcmp(doctor->items[i + 1].check, check) != 0;
		if (is_last && n_left > 0)
			report_line(r,
			    "… and %zu more like these: skillshare doctor "
			    "--json has all",
			    n_left);
	}
	tell_end(r, doctor);
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *
finding_json(const struct finding *f)
{
	json_t *object = json_object();

	json_put_text(object, "check", f->check);
	json_put_text(object, "severity", doctor_severity_name(f->severity));
	json_put_text(object, "target", f->target);
	json_put_text(object, "path", f->path);
	if (f->line > 0)
		json_put_count(object, "line", f->line);
	json_put_text(object, "message", f->message);
	json_put_text(object, "command", f->command);
	if (f->skills != NULL) {
		json_t *skills = json_array();

		for (size_t i = 0; i < f->n_skills; i++)
			json_add(skills, json_text(f->skills[i]));
		json_put(object, "skills", skills);
	}
	return object;
}

static void
print_json(const struct context *ctx, const struct doctor *doctor)
{
	json_t *document = json_document();
	json_t *findings = json_array();
	json_t *counts = json_object();

	for (size_t i = 0; i < doctor->n; i++)
		json_add(findings, finding_json(&doctor->items[i]));
	json_put(document, "findings", findings);
	for (enum doctor_severity s = 0; s < DOCTOR_SEVERITY_COUNT; s++)
		json_put_count(counts, doctor_severity_name(s),
		    doctor->counts[s]);
	json_put(document, "counts", counts);
	json_print(ctx->report, document);
}

static void
show_progress(void *payload, size_t done, size_t total)
{
	progress_step(payload, done, total);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_DOCTOR struct doctor doctor = { 0 };
	struct progress progress = { 0 };

	progress_start(&progress, ctx->report, "looking");
	struct error *err =
	    doctor_look(&ctx->env, show_progress, &progress, &doctor);
	progress_end(&progress);
	if (err != NULL)
		return err;
	if (ctx->common.json)
		print_json(ctx, &doctor);
	else
		tell(ctx, &doctor);
	if (doctor.counts[DOCTOR_ERROR] > 0)
		*exit_out = EXIT_NOT_AS_ASKED;
	return NULL;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "find what is wrong, and the command that mends it",
	.help = "Looks at config, source, front matter, targets, what each "
		"agent really sees, git, runs, backups and file systems. Says "
		"of each trouble what it is, where, and the command that mends "
		"it. Writes nothing. Exits 1 if it found an error.",
	.args = "",
	.flags = CMD_HOME | CMD_REPORTS,
	.run = run,
};
