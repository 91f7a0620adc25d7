#include "doctor.h"

#include <string.h>

#include "doctorpart.h"
#include "escape.h"
#include "path.h"
#include "signals.h"

/* Names that one finding lists before it only counts. */
#define NAMES_SHOWN 10

static const struct {
	const char *name;
	const char *heading;
	void (*look)(struct exam *e);
} checks[] = {
	{ "config", "Config", exam_config },
	{ "source", "Source", exam_source },
	{ "skills", "Skills", exam_skills },
	{ "targets", "Targets", exam_targets },
	{ "agents", "What the agents see", exam_sight },
	{ "git", "Git", exam_git },
	{ "runs", "Runs", exam_state },
	{ "backups", "Backups", exam_backups },
	{ "disks", "File systems", exam_disks },
};

/* Copies s, unless it is NULL. */
static const char *
keep(struct doctor *out, const char *s)
{
	return s != NULL ? arena_strdup(&out->arena, s) : NULL;
}

/* What was lent by config and source goes with them. */
static void
keep_strings(struct doctor *out)
{
	for (size_t i = 0; i < out->n; i++) {
		struct finding *f = &out->items[i];

		f->target = keep(out, f->target);
		f->path = keep(out, f->path);
		f->command = keep(out, f->command);
	}
}

struct error *
doctor_look(const struct host_env *env,
    void (*progress)(void *payload, size_t done, size_t total), void *payload,
    struct doctor *out)
{
	struct exam e = { .env = env, .out = out };

	*out = (struct doctor){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(checks) && e.stop == NULL; i++) {
		if (progress != NULL)
			progress(payload, i, ARRAY_LEN(checks));
		e.check = checks[i].name;
		checks[i].look(&e);
		if (e.stop == NULL)
			e.stop = signals_check();
	}
	keep_strings(out);
	plan_free(e.plan);
	observed_free(e.observed);
	copyseen_free(e.copies);
	roots_release(&e.roots);
	state_close(e.state);
	skillset_free(e.set);
	config_free(e.config);
	if (e.stop != NULL)
		doctor_release(out);
	return e.stop;
}

const char *
doctor_heading(const char *check)
{
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		if (strcmp(checks[i].name, check) == 0)
			return checks[i].heading;
	}
	BUG("no check %s", check);
}

const char *
doctor_severity_name(enum doctor_severity severity)
{
	static const char *const names[DOCTOR_SEVERITY_COUNT] = {
		[DOCTOR_OK] = "ok",
		[DOCTOR_INFO] = "info",
		[DOCTOR_WARNING] = "warning",
		[DOCTOR_ERROR] = "error",
	};

	return names[severity];
}

void
doctor_release(struct doctor *doctor)
{
	free(doctor->items);
	arena_release(&doctor->arena);
	*doctor = (struct doctor){ 0 };
}

/* ---- for the checks ------------------------------------------------------ */

struct finding *
exam_find(struct exam *e, enum doctor_severity severity, const char *fmt, ...)
{
	struct doctor *out = e->out;
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	out->items = xgrow(out->items, out->n, sizeof(*out->items));
	out->items[out->n] = (struct finding){
		.check = e->check,
		.severity = severity,
		.message = arena_strdup(&out->arena, text),
	};
	out->counts[severity]++;
	return &out->items[out->n++];
}

const char *
exam_text(struct exam *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	return arena_strdup(&e->out->arena, text);
}

const char *
exam_path(struct exam *e, const char *dir, const char *name)
{
	AUTO_FREE char *path = path_join(dir, name);

	return arena_strdup(&e->out->arena, path);
}

const char *
exam_command(struct exam *e, const char *verb, const char *path)
{
	AUTO_STRBUF struct strbuf text = { 0 };

	strbuf_add(&text, verb);
	strbuf_add_char(&text, ' ');
	escape_shell(&text, path);
	return arena_strdup(&e->out->arena, strbuf_str(&text));
}

const char *
exam_edit(struct exam *e, const char *path)
{
	return exam_command(e, "${EDITOR:-vi}", path);
}

void
exam_name(struct strbuf *names, size_t n, const char *name)
{
	if (n < NAMES_SHOWN)
		strbuf_printf(names, "%s%s", n > 0 ? ", " : "", name);
}

void
exam_names_end(struct strbuf *names, size_t n)
{
	if (n > NAMES_SHOWN)
		strbuf_printf(names, " and %zu more", n - NAMES_SHOWN);
}
