#include "syncrun.h"

#include <inttypes.h>
#include <string.h>

#include "backupauto.h"
#include "lower.h"
#include "notshown.h"
#include "planview.h"
#include "session.h"

/* How many pruned skills are told of one by one. */
#define PRUNED_SHOWN 10

/* ---- before -------------------------------------------------------------- */

static const char *
pruned_word(const struct plan_target *t)
{
	bool is_one = t->counts.pruned == 1;

	if (plan_want(t->config->mode) == WANT_COPY)
		return is_one ? "copy" : "copies";
	return is_one ? "link" : "links";
}

/* Those of the pruned whose skill the source has still. */
static size_t
count_unwanted(struct report *r, const struct plan_target *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->entries[i].action == ACT_REMOVE &&
		     notshown_gone(r, t, &t->entries[i]) != NULL;
	return n;
}

/* An emptied or unmounted source must not empty every agent. */
MUST_USE static struct error *
check_brake(struct report *r, const struct plan *plan)
{
	const struct plan_target *t = &plan->targets[plan->brake_target];
	size_t n_unwanted;

	switch (plan->brake) {
	case BRAKE_NONE:
		return NULL;
	case BRAKE_EMPTY_SOURCE:
		return error_new(ERR_REFUSED,
		    "the source %s has no skill at all, and %zu %s of %s "
		    "would be pruned: nothing was changed "
		    "(--allow-mass-prune goes on)",
		    plan->set->source, t->counts.pruned, pruned_word(t),
		    t->config->name);
	case BRAKE_MASS_PRUNE:
		n_unwanted = count_unwanted(r, t);
		if (n_unwanted > 0)
			return error_new(ERR_REFUSED,
			    "%zu %s of %s would be pruned, more than half of "
			    "them; of %zu the source has the skill, but it is "
			    "not for this target any more: nothing was "
			    "changed. If that is what you want, add "
			    "--allow-mass-prune (skillshare diff %s shows all)",
			    t->counts.pruned, pruned_word(t), t->config->name,
			    n_unwanted, t->config->name);
		return error_new(ERR_REFUSED,
		    "%zu %s of %s would be pruned, more than half of them: "
		    "nothing was changed (--allow-mass-prune goes on)",
		    t->counts.pruned, pruned_word(t), t->config->name);
	}
	return NULL;
}

/* ---- after --------------------------------------------------------------- */

/* The group of a target, or NULL: nothing was to be done for it. */
static const struct group *
group_of(const struct txn *txn, const struct plan_target *t)
{
	for (size_t i = 0; i < txn->n_groups; i++) {
		if (strcmp(txn->groups[i].name, t->config->name) == 0)
			return &txn->groups[i];
	}
	return NULL;
}

/* Said once, when the target becomes the source by another name. */
static void
tell_safety(struct report *r, const char *name)
{
	report_mark(r, MARK_WARN,
	    "%s: in symlink mode, deleting through target deletes source!",
	    name);
	report_info(r, "safe way to unlink: skillshare target remove %s", name);
}

/* What happened to the target's own place is worth a line of its own. */
static void
tell_place(struct report *r, const struct plan_target *t)
{
	const char *name = t->config->name;

	switch (t->place) {
	case PLACE_KEEP:
		break;
	case PLACE_MAKE:
		report_info(r, "%s: created %s", name, t->config->path);
		break;
	case PLACE_TO_DIR:
		report_info(r, "%s: %s is a directory of %s now", name,
		    t->config->path,
		    plan_want(t->config->mode) == WANT_COPY ? "copies"
							    : "links");
		break;
	case PLACE_TO_LINK:
		for (size_t i = 0; i < t->n; i++)
			report_info(r, "%s/%s: taken into the source", name,
			    t->entries[i].name);
		if (t->n > 0)
			report_info(r,
			    "to show them in the other targets: skillshare "
			    "sync");
		tell_safety(r, name);
		break;
	case PLACE_RELINK:
		if (t->seen->kind == PLACE_LINK_STALE)
			break;
		report_info(r, "%s: %s was a link to %s", name, t->config->path,
		    t->seen->text);
		tell_safety(r, name);
		break;
	case PLACE_LINK:
		tell_safety(r, name);
		break;
	}
}

/* What gave way, and was not all ours, is kept: where. */
static void
tell_displaced(const struct session *s, const struct txn *txn,
    const struct group *g, const struct plan_target *t)
{
	struct report *r = s->ctx->report;

	if (t->place == PLACE_TO_LINK)
		report_info(r,
		    "%s: what was there is kept; to bring it back: "
		    "skillshare undo %" PRIu64,
		    g->name, txn->number);
	for (size_t i = 0; i < t->n; i++) {
		const struct plan_entry *e = &t->entries[i];

		if (e->seen == NO_SKILL)
			continue;
		const struct observed_entry *seen = &t->seen->entries[e->seen];
		bool is_edit =
		    e->action == ACT_REMOVE && seen->seen == SEEN_COPY_EDITED;

		if (e->action != ACT_REPLACE && !is_edit)
			continue;
		/* A link that gave way is all told by its text. */
		if (seen->text != NULL)
			report_info(r, "%s/%s: was a link to %s", g->name,
			    e->name, seen->text);
		else
			report_info(r,
			    "%s/%s: what was there is kept; to bring it "
			    "back: skillshare undo %" PRIu64,
			    g->name, e->name, txn->number);
	}
}

static void
tell_target(const struct session *s, const struct txn *txn,
    const struct plan_target *t)
{
	struct report *r = s->ctx->report;
	const struct plan_target *real = planview_real(s->plan, t);
	const struct group *g = group_of(txn, real);

	if (!s->writes)
		planview_would(r, t);
	if (g != NULL && g->error != NULL) {
		report_mark(r, MARK_ERROR, "%s: %s (nothing was changed here)",
		    t->config->name, error_msg(g->error));
		return;
	}
	planview_result(r, s->plan, t);
	notshown_warn(r, t);
	for (size_t i = 0; g != NULL && i < g->n_unseen; i++)
		report_mark(r, MARK_ERROR,
		    "%s/%s: %s, but its SKILL.md cannot be read through the "
		    "target",
		    t->config->name, g->unseen[i],
		    plan_want(t->config->mode) == WANT_COPY ? "copied"
							    : "linked");
	if (s->writes && t == real && g != NULL) {
		tell_place(r, t);
		tell_displaced(s, txn, g, t);
	}
}

/* Did the run prune that entry? */
static bool
was_pruned(const struct session *s, const struct txn *txn, size_t target,
    size_t entry)
{
	const struct plan_target *t = &s->plan->targets[target];
	const struct group *g = group_of(txn, t);

	return t->entries[entry].action == ACT_REMOVE && g != NULL &&
	       g->error == NULL;
}

static void
tell_last_version(const struct session *s, const struct snapshots *all,
    const char *entry)
{
	struct report *r = s->ctx->report;
	AUTO_FREE char *path = backup_last_version(all, entry);

	if (path == NULL)
		report_info(r, "%s: pruned; no backup holds it", entry);
	else
		report_info(r,
		    "%s: pruned; to bring it back: cp -R %s %s/%s && chmod -R "
		    "u+w %s/%s",
		    entry, path, s->set->source, entry, s->set->source, entry);
}

/* Of each pruned skill, once: where its last version is. */
static void
tell_pruned(const struct session *s, const struct txn *txn)
{
	AUTO_SNAPSHOTS struct snapshots all = { .fd = -1 };
	AUTO_STRMAP struct strmap told = { 0 };
	struct report *r = s->ctx->report;
	AUTO_ERROR struct error *err = NULL;

	for (size_t i = 0; s->writes && i < s->plan->n; i++) {
		const struct plan_target *t = &s->plan->targets[i];

		for (size_t k = 0; k < t->n; k++) {
			if (!was_pruned(s, txn, i, k) ||
			    notshown_gone(r, t, &t->entries[k]) != NULL ||
			    !strmap_put(&told, t->entries[k].name, 0) ||
			    told.n > PRUNED_SHOWN)
				continue;
			if (told.n == 1)
				err = snapshots_open(s->ctx->config->dir,
				    s->ctx->env.data_home,
				    &s->ctx->config->ignore, &all);
			if (err == NULL)
				tell_last_version(s, &all, t->entries[k].name);
		}
	}
	if (err != NULL)
		report_warn(r, "backups: %s", error_msg(err));
	if (told.n > PRUNED_SHOWN)
		report_info(r,
		    "… and %zu more were pruned; skillshare undo %" PRIu64
		    " takes the whole run back",
		    told.n - PRUNED_SHOWN, txn->number);
}

static enum exit_code
judge(const struct session *s, const struct txn *txn)
{
	enum exit_code code = EXIT_DONE;

	if (plan_has_conflicts(s->plan))
		code = EXIT_NOT_AS_ASKED;
	if (plan_has_refusals(s->plan))
		code = EXIT_PARTLY;
	for (size_t i = 0; i < txn->n_groups; i++) {
		if (txn->groups[i].error != NULL)
			code = EXIT_PARTLY;
		else if (txn->groups[i].n_unseen > 0 && code == EXIT_DONE)
			code = EXIT_NOT_AS_ASKED;
	}
	return code;
}

static void
tell_end(const struct session *s, enum exit_code code)
{
	struct report *r = s->ctx->report;

	report_gap(r);
	if (!s->writes)
		report_line(r, "Dry run complete: nothing was changed");
	else if (code == EXIT_PARTLY)
		report_line(r, "Sync incomplete: not every target could be "
			       "synced");
	else if (code == EXIT_NOT_AS_ASKED)
		report_line(r, "Sync complete, but for what is marked above");
	else if (plan_is_empty(s->plan))
		report_line(r, "Sync complete: everything was in sync already");
	else
		report_line(r, "Sync complete");
}

static void
tell(const struct session *s, const struct txn *txn, enum exit_code code)
{
	struct report *r = s->ctx->report;
	const struct skillset *set = s->set;

	report_heading(r, "Syncing skills");
	report_info(r, "Source: %s (%s)", set->source,
	    report_count(r, skillset_enabled(set), "skill", "skills"));
	report_gap(r);
	for (size_t i = 0; i < s->plan->n; i++)
		tell_target(s, txn, &s->plan->targets[i]);
	if (s->plan->n == 0)
		report_info(r, "No targets; add one: skillshare target add "
			       "<name>");
	if (s->plan->prunes_held)
		report_warn(r, "a part of the source could not be read: "
			       "nothing was pruned");
	tell_end(s, code);
	tell_pruned(s, txn);
}

static json_t *
target_json(const struct session *s, const struct txn *txn,
    const struct plan_target *t)
{
	const struct group *g = group_of(txn, planview_real(s->plan, t));
	json_t *object = planview_json(s->plan, t);
	json_t *unseen = json_array();

	if (g != NULL && g->error != NULL)
		json_put_text(object, "error", error_msg(g->error));
	for (size_t i = 0; g != NULL && i < g->n_unseen; i++)
		json_add(unseen, json_text(g->unseen[i]));
	json_put(object, "unreadable", unseen);
	return object;
}

static json_t *
make_document(const struct session *s, const struct txn *txn)
{
	json_t *document = json_document();
	json_t *targets = json_array();

	json_put_bool(document, "dry_run", !s->writes);
	json_put_bool(document, "changed", txn->number != 0);
	json_put(document, "run",
	    txn->number != 0 ? json_integer((json_int_t)txn->number)
			     : json_null());
	json_put(document, "source", planview_source_json(s->set));
	for (size_t i = 0; i < s->plan->n; i++)
		json_add(targets, target_json(s, txn, &s->plan->targets[i]));
	json_put(document, "targets", targets);
	return document;
}

/* ---- the run ------------------------------------------------------------- */

MUST_USE static struct error *
carry_out(struct session *s, struct txn *txn)
{
	struct error *err = check_brake(s->ctx->report, s->plan);

	if (err != NULL)
		return err;
	if (plan_is_empty(s->plan)) {
		session_keep_stamps(s);
		session_keep_copies(s);
		return NULL;
	}
	err = backup_changing(s);
	if (err != NULL)
		return err;
	lower_plan(txn, s->plan, s->copies);
	err = session_apply(s, txn);
	if (err == NULL)
		session_keep_copies(s);
	return err;
}

struct error *
sync_run(struct context *ctx, const struct sync_request *request,
    json_t **document_out, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { 0 };
	const struct session_flags flags = {
		.observe = OBSERVE_FOR_MODE | OBSERVE_TRUST,
		.plan = request->plan_flags,
	};
	struct error *err = session_open(&s, ctx);

	if (err == NULL)
		err = session_plan(&s, request->names, request->n, flags);
	if (err != NULL)
		return err;
	session_tell_problems(&s, false);
	if (!s.writes)
		report_dry_run(ctx->report);

	struct txn *txn = txn_new(ctx->line);
	err = carry_out(&s, txn);
	if (err == NULL) {
		*exit_out = judge(&s, txn);
		if (ctx->common.json)
			*document_out = make_document(&s, txn);
		else
			tell(&s, txn, *exit_out);
	}
	txn_free(txn);
	return err;
}
