#include "session.h"

#include <inttypes.h>
#include <poll.h>

#include "deeds.h"
#include "host.h"
#include "path.h"
#include "progress.h"
#include "signals.h"
#include "undo.h"

#define LOCK_WAIT_MS 30000
#define LOCK_POLL_MS 50
#define PROBLEMS_SHOWN 10

/* ---- opening ------------------------------------------------------------- */

/* Another run is at work: wait for it, and say for whom. */
MUST_USE static struct error *
open_writer(struct session *s)
{
	const struct config *config = s->ctx->config;
	const char *source = config != NULL ? config->source : NULL;
	int64_t deadline = host_ticks_ms() + LOCK_WAIT_MS;
	bool told = false;

	for (;;) {
		struct error *err =
		    state_open_writer(&s->ctx->env, source, &s->state);

		if (err == NULL)
			state_note(s->state, s->ctx->line);
		if (err == NULL || error_code(err) != ERR_BUSY)
			return err;
		if (host_ticks_ms() >= deadline)
			return error_wrap(err, "gave up after %d seconds",
			    LOCK_WAIT_MS / 1000);
		if (!told)
			report_warn(s->ctx->report, "waiting: %s",
			    error_msg(err));
		told = true;
		error_free(err); /* busy: try again in a moment */
		(void)poll(NULL, 0, LOCK_POLL_MS);
		err = signals_check();
		if (err != NULL)
			return err;
	}
}

MUST_USE static struct error *
put_right(struct session *s)
{
	struct recovery *recovery = &s->recovery;
	struct report *r = s->ctx->report;
	struct error *err = recover_all(s->state, 0, recovery);

	for (size_t i = 0; i < recovery->n; i++) {
		const struct recovered *run = &recovery->runs[i];

		report_warn(r,
		    run->how == RECOVERED_BACK
			? "run %" PRIu64 " (%s) had not finished: everything "
			  "is as it was before it"
			: "run %" PRIu64 " (%s) had not finished: it is now",
		    run->number, run->command);
	}
	for (size_t i = 0; i < recovery->n_blocked; i++)
		report_warn(r,
		    "run %" PRIu64 " had not finished and cannot be put right "
		    "now: %s (skillshare recover --abandon %" PRIu64
		    " gives it up)",
		    recovery->blocked[i].number, recovery->blocked[i].reason,
		    recovery->blocked[i].number);
	for (size_t i = 0; i < recovery->aside.n; i++)
		report_warn(r, "changed since by somebody else, kept: %s",
		    recovery->aside.paths[i]);
	return err;
}

struct error *
session_open_reader(struct session *s, struct context *ctx)
{
	s->ctx = ctx;
	return state_open(&ctx->env, &s->state);
}

struct error *
session_open_bare(struct session *s, struct context *ctx)
{
	s->ctx = ctx;
	s->writes =
	    (ctx->command->flags & CMD_WRITES) != 0 && !ctx->common.dry_run;
	return s->writes ? open_writer(s) : state_open(&ctx->env, &s->state);
}

struct error *
session_open(struct session *s, struct context *ctx)
{
	struct error *err = session_open_bare(s, ctx);

	if (err == NULL && s->writes)
		err = put_right(s);
	return err;
}

/* ---- planning ------------------------------------------------------------ */

MUST_USE static struct error *
choose_targets(struct session *s, const char *const *names, size_t n)
{
	const struct config *config = s->ctx->config;

	s->targets = xcalloc(config->n_targets, sizeof(*s->targets));
	for (size_t i = 0; i < n; i++) {
		if (config_find(config, names[i]) == NULL)
			return error_new(ERR_NOT_FOUND,
			    "no target %s in %s; skillshare target list shows "
			    "them",
			    names[i], config->path);
	}
	for (size_t i = 0; i < config->n_targets; i++) {
		const struct config_target *t = &config->targets[i];
		bool asked = n == 0;

		for (size_t k = 0; k < n; k++)
			asked |= config_find(config, names[k]) == t;
		if (asked)
			s->targets[s->n_targets++] = t;
	}
	return NULL;
}

struct error *
session_plan(struct session *s, const char *const *names, size_t n,
    struct session_flags flags)
{
	struct error *err = choose_targets(s, names, n);

	s->seen = sourceseen_new(s->state, s->writes);
	if (err == NULL)
		err = discover(s->ctx->config->source, s->seen, flags.discover,
		    &s->set);
	if (err == NULL)
		err = state_roots(s->state, s->set->source, s->set->source_real,
		    &s->roots);
	if (err != NULL)
		return err;
	struct stamps stamps = { 0 };
	stamps_load(s->state, s->set, &stamps);
	s->copies = copyseen_load(s->state, &s->ctx->config->ignore);
	const struct observe_by by = { s->set, &s->roots, &stamps, s->copies };
	s->observed = observe(s->targets, s->n_targets, &by, flags.observe);
	stamps_release(&stamps);
	s->plan = plan_compute(s->set, s->observed, flags.plan);
	if (s->writes)
		error_free(sourceseen_keep(s->seen)); /* a cache */
	return NULL;
}

void
session_keep_stamps(const struct session *s)
{
	/* Those of targets that were not asked for would be lost. */
	if (s->writes && s->n_targets == s->ctx->config->n_targets)
		error_free(stamps_keep(s->state, s->set, s->observed));
}

void
session_keep_copies(const struct session *s)
{
	bool is_all = s->n_targets == s->ctx->config->n_targets;

	if (s->writes)
		error_free(copyseen_keep(s->copies, s->state, is_all));
}

/* ---- applying ------------------------------------------------------------ */

static void
show_progress(void *payload, size_t done, size_t total)
{
	progress_step(payload, done, total);
}

const struct config_keep *
session_undo_keep(struct context *ctx)
{
	/* undo and log work without a config, too: what they undo made it. */
	if (ctx->config == NULL)
		error_free(config_load(&ctx->env, &ctx->config));
	return ctx->config != NULL ? &ctx->config->undo_keep
				   : &config_undo_keep_default;
}

struct error *
session_apply(struct session *s, struct txn *txn)
{
	struct progress progress = { 0 };
	const struct apply_options options = {
		.progress = show_progress,
		.payload = &progress,
	};
	struct error *late = NULL;

	if (!s->writes)
		return NULL;
	struct error *err = state_keep_roots(s->state, &s->roots);
	if (err != NULL)
		return err;
	recover_block(&s->recovery, txn);
	progress_start(&progress, s->ctx->report, "working");
	err = apply(s->state, txn, &options, &s->aside, &late);
	progress_end(&progress);
	if (err == NULL && late == NULL)
		late = undo_retain(s->state, session_undo_keep(s->ctx),
		    host_now());
	if (late != NULL)
		report_warn(s->ctx->report,
		    "done, but not tidied up (the next run does it): %s",
		    error_msg(late));
	error_free(late); /* told */
	return err;
}

/* ---- telling ------------------------------------------------------------- */

void
session_tell_problems(const struct session *s, bool all)
{
	struct report *r = s->ctx->report;
	const struct skillset *set = s->set;
	size_t shown = 0;

	for (size_t i = 0; i < set->n_problems; i++) {
		const struct problem *p = &set->problems[i];
		bool grave = p->kind != PROBLEM_FRONT_MATTER &&
			     p->kind != PROBLEM_SAME_NAME;

		/* Odd front matter may be left out, never a skill. */
		if (!all && !grave && shown >= PROBLEMS_SHOWN)
			continue;
		shown += !grave;
		if (p->line > 0)
			report_warn(r, "%s/%s:%u: %s", set->source, p->rel,
			    p->line, p->text);
		else
			report_warn(r, "%s/%s: %s", set->source, p->rel,
			    p->text);
	}
	size_t minor = 0;
	for (size_t i = 0; i < set->n_problems; i++)
		minor += set->problems[i].kind == PROBLEM_FRONT_MATTER ||
			 set->problems[i].kind == PROBLEM_SAME_NAME;
	if (!all && minor > PROBLEMS_SHOWN)
		report_warn(r,
		    "… and %zu more like these: skillshare list shows all",
		    minor - PROBLEMS_SHOWN);
}

void
session_keep_deed(const struct session *s, const char *what, const char *why)
{
	const struct deed deed = {
		.when = host_now(),
		.command = s->ctx->line,
		.what = what,
		.why = why,
	};
	AUTO_ERROR struct error *err =
	    deeds_add(s->state, &deed, session_undo_keep(s->ctx));

	if (err != NULL)
		report_warn(s->ctx->report,
		    "done, but skillshare log will not list it: %s",
		    error_msg(err));
}

void
session_close(struct session *s)
{
	for (size_t i = 0; i < s->aside.n; i++)
		report_warn(s->ctx->report,
		    "could not go back to where it was, kept: %s",
		    s->aside.paths[i]);
	aside_release(&s->aside);
	recovery_release(&s->recovery);
	plan_free(s->plan);
	observed_free(s->observed);
	copyseen_free(s->copies);
	skillset_free(s->set);
	sourceseen_free(s->seen);
	roots_release(&s->roots);
	free(s->targets);
	state_close(s->state);
	*s = (struct session){ 0 };
}
