#include "pulltarget.h"

#include <inttypes.h>
#include <string.h>

#include "backupauto.h"
#include "collect.h"
#include "json.h"
#include "session.h"

struct pull {
	struct session session;
	struct collection collection;
	struct txn *txn;
};

static void
pull_release(struct pull *pull)
{
	txn_free(pull->txn);
	collection_release(&pull->collection);
	session_close(&pull->session);
}

/* The group of a name, or NULL: nothing was to be done. */
static const struct group *
group_of(const struct pull *pull, const struct collect_item *item)
{
	if (item->verdict > COLLECT_REPLACE)
		return NULL;
	for (size_t i = 0; i < pull->txn->n_groups; i++) {
		if (pull->collection.is_one_group ||
		    strcmp(pull->txn->groups[i].name, item->name) == 0)
			return &pull->txn->groups[i];
	}
	return NULL;
}

/* ---- telling ------------------------------------------------------------- */

static const char *
verdict_name(enum collect_verdict v)
{
	switch (v) {
	case COLLECT_TAKE:
		return "take";
	case COLLECT_LINK:
		return "link";
	case COLLECT_REPLACE:
		return "replace";
	case COLLECT_DIFFERS:
		return "differs";
	case COLLECT_CONFLICT:
		return "conflict";
	case COLLECT_BLOCKED:
		return "blocked";
	case COLLECT_NO_SKILL:
		return "no_skill";
	}
	BUG("verdict %d", (int)v);
}

static void
tell_kept(struct report *r, const struct collect_item *item)
{
	const char *target = item->target->config->name;
	const struct tree_diff *diff = item->entry->diff;

	if (item->verdict == COLLECT_NO_SKILL)
		report_info(r, "%s/%s: left (no SKILL.md)", target, item->name);
	else if (item->verdict == COLLECT_DIFFERS)
		report_mark(r, MARK_WARN,
		    "%s/%s: skipped, the source has %s content "
		    "(+%" PRIu64 " -%" PRIu64 " ~%" PRIu64 " files); --force "
		    "takes the target's version",
		    target, item->name,
		    seen_is_copy(item->entry->seen) ? "got other" : "different",
		    diff->added, diff->removed, diff->changed);
	else
		report_mark(r, MARK_WARN, "%s/%s: skipped, %s", target,
		    item->name, item->reason);
}

static void
tell_item(const struct pull *pull, const struct collect_item *item)
{
	struct report *r = pull->session.ctx->report;
	const char *target = item->target->config->name;
	const struct group *g = group_of(pull, item);
	bool is_copy = collect_is_copy(item);
	const char *const did[] = {
		[COLLECT_TAKE] = "taken into the source",
		[COLLECT_LINK] = is_copy ? "in the source already: its copy now"
					 : "in the source already: linked",
		[COLLECT_REPLACE] = "taken in the place of the source's",
	};
	const char *const would[] = {
		[COLLECT_TAKE] = "take",
		[COLLECT_LINK] = is_copy ? "manage" : "link",
		[COLLECT_REPLACE] = "replace the source's version by",
	};

	if (item->verdict > COLLECT_REPLACE) {
		tell_kept(r, item);
		return;
	}
	if (g != NULL && g->error != NULL)
		report_mark(r, MARK_ERROR,
		    "%s/%s: %s (nothing was changed here)", target, item->name,
		    error_msg(g->error));
	else if (pull->session.writes)
		report_ok(r, "%s/%s: %s", target, item->name,
		    did[item->verdict]);
	else
		report_line(r, "would %s %s/%s", would[item->verdict], target,
		    item->name);
	for (size_t i = 0; g != NULL && i < g->n_unseen; i++)
		report_mark(r, MARK_ERROR,
		    "%s/%s: linked, but its SKILL.md cannot be read through "
		    "the target",
		    target, g->unseen[i]);
}

static void
tell_targets(const struct pull *pull)
{
	const struct session *s = &pull->session;

	for (size_t i = 0; i < s->plan->n; i++) {
		const struct plan_target *t = &s->plan->targets[i];

		if (t->seen->kind == PLACE_LINK_RIGHT)
			report_info(s->ctx->report,
			    "%s: one link to the source, nothing to pull",
			    t->config->name);
		else if (t->seen->kind == PLACE_BROKEN ||
			 t->seen->overlap != OVERLAP_NONE)
			report_mark(s->ctx->report, MARK_ERROR, "%s: %s %s",
			    t->config->name, t->config->path,
			    t->refusal != NULL ? t->refusal
					       : "cannot be looked at");
	}
}

static void
tell(const struct pull *pull)
{
	const struct session *s = &pull->session;
	struct report *r = s->ctx->report;
	size_t taken = 0;

	report_heading(r, "Pulling skills from %s",
	    s->n_targets == 1 ? s->targets[0]->name : "all targets");
	tell_targets(pull);
	for (size_t i = 0; i < pull->collection.n; i++) {
		const struct collect_item *item = &pull->collection.items[i];
		const struct group *g = group_of(pull, item);

		tell_item(pull, item);
		taken += item->verdict <= COLLECT_REPLACE &&
			 (g == NULL || g->error == NULL);
	}
	report_gap(r);
	if (!s->writes) {
		report_line(r, "Dry run complete: nothing was changed");
		return;
	}
	report_line(r, "Pulled %s", report_count(r, taken, "skill", "skills"));
	if (taken > 0)
		report_info(r, "to show them in the other targets: skillshare "
			       "sync");
}

static json_t *
item_json(const struct pull *pull, const struct collect_item *item)
{
	const struct group *g = group_of(pull, item);
	json_t *object = json_object();

	json_put_text(object, "name", item->name);
	json_put_text(object, "target", item->target->config->name);
	json_put_text(object, "verdict", verdict_name(item->verdict));
	json_put_text(object, "reason", item->reason);
	json_put_text(object, "error",
	    g != NULL && g->error != NULL ? error_msg(g->error) : NULL);
	return object;
}

static void
print_json(const struct pull *pull)
{
	json_t *document = json_document();
	json_t *items = json_array();

	json_put_bool(document, "dry_run", !pull->session.writes);
	json_put(document, "run",
	    pull->txn->number != 0 ? json_integer((json_int_t)pull->txn->number)
				   : json_null());
	for (size_t i = 0; i < pull->collection.n; i++)
		json_add(items, item_json(pull, &pull->collection.items[i]));
	json_put(document, "skills", items);
	json_print(pull->session.ctx->report, document);
}

/* ---- the command --------------------------------------------------------- */

/* Which target is meant is not guessed. */
MUST_USE static struct error *
check_choice(const struct context *ctx, unsigned flags)
{
	const struct config *config = ctx->config;
	AUTO_STRBUF struct strbuf names = { 0 };

	if ((flags & PULL_ALL) != 0 && ctx->args.n > 0)
		return error_new(ERR_USAGE,
		    "pull: either --all or a target, not both");
	if ((flags & PULL_ALL) != 0 || ctx->args.n > 0)
		return NULL;
	if (config->n_targets == 1)
		return NULL;
	if (config->n_targets == 0)
		return error_new(ERR_USAGE,
		    "pull: there is no target to pull from: skillshare target "
		    "add <name>");
	for (size_t i = 0; i < config->n_targets; i++)
		strbuf_printf(&names, "%s%s", i > 0 ? ", " : "",
		    config->targets[i].name);
	return error_new(ERR_USAGE,
	    "pull: from which target? There are %s; or --all",
	    strbuf_str(&names));
}

static enum exit_code
judge(const struct pull *pull)
{
	enum exit_code code = EXIT_DONE;

	for (size_t i = 0; i < pull->collection.n; i++) {
		enum collect_verdict v = pull->collection.items[i].verdict;

		if (v == COLLECT_DIFFERS || v == COLLECT_CONFLICT ||
		    v == COLLECT_BLOCKED)
			code = EXIT_NOT_AS_ASKED;
	}
	for (size_t i = 0; i < pull->session.plan->n; i++) {
		const struct observed_target *t =
		    pull->session.plan->targets[i].seen;

		if (t->kind == PLACE_BROKEN || t->overlap != OVERLAP_NONE)
			code = EXIT_PARTLY;
	}
	for (size_t i = 0; i < pull->txn->n_groups; i++) {
		if (pull->txn->groups[i].error != NULL)
			code = EXIT_PARTLY;
	}
	return code;
}

/* First a snapshot of the targets that will change. */
MUST_USE static struct error *
back_up(const struct pull *pull)
{
	const struct session *s = &pull->session;
	AUTO_FREE bool *chosen = xcalloc(s->observed->n, sizeof(*chosen));
	bool any = false;

	for (size_t i = 0; i < pull->collection.n; i++) {
		const struct collect_item *item = &pull->collection.items[i];

		if (item->verdict > COLLECT_REPLACE)
			continue;
		chosen[item->target - s->observed->targets] = true;
		any = true;
	}
	return any && s->writes
		   ? backup_before(s, NULL, chosen, SNAPSHOT_AUTOMATIC)
		   : NULL;
}

MUST_USE static struct error *
carry_out(struct pull *pull, unsigned flags)
{
	struct session *s = &pull->session;
	const struct session_flags look = {
		.observe = OBSERVE_LOCAL | OBSERVE_CONTENT,
	};
	struct error *err =
	    session_plan(s, s->ctx->args.items, s->ctx->args.n, look);

	if (err != NULL)
		return err;
	collect_judge(s->set, s->observed,
	    (flags & PULL_FORCE) != 0 ? COLLECT_FORCE : 0, &pull->collection);
	err = back_up(pull);
	if (err != NULL)
		return err;
	collect_lower(pull->txn, s->set, s->copies, &pull->collection);
	return pull->txn->n_groups > 0 ? session_apply(s, pull->txn) : NULL;
}

struct error *
pull_target(struct context *ctx, unsigned flags, enum exit_code *exit_out)
{
	struct pull pull = { .txn = txn_new(ctx->line) };
	struct error *err = check_choice(ctx, flags);

	if (err == NULL)
		err = session_open(&pull.session, ctx);
	else
		pull.session.ctx = ctx;
	if (err == NULL && !pull.session.writes)
		report_dry_run(ctx->report);
	if (err == NULL)
		err = carry_out(&pull, flags);
	if (err == NULL) {
		*exit_out = judge(&pull);
		if (ctx->common.json)
			print_json(&pull);
		else
			tell(&pull);
	}
	pull_release(&pull);
	return err;
}
