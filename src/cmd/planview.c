#include "planview.h"

#include <string.h>

#include "copyjudge.h"

static const char *const action_names[ACT_COUNT] = {
	[ACT_NONE] = "none",
	[ACT_LINK] = "link",
	[ACT_RELINK] = "relink",
	[ACT_COPY] = "copy",
	[ACT_UPDATE] = "update",
	[ACT_TO_LINK] = "link",
	[ACT_TO_COPY] = "copy",
	[ACT_REMOVE] = "prune",
	[ACT_REPLACE] = "replace",
	[ACT_LOCAL] = "local",
	[ACT_CONFLICT] = "conflict",
	[ACT_HELD] = "held",
};

static const char *const problem_names[] = {
	[PROBLEM_FRONT_MATTER] = "front_matter",
	[PROBLEM_SAME_NAME] = "same_name",
	[PROBLEM_COLLISION] = "collision",
	[PROBLEM_UNREADABLE] = "unreadable",
	[PROBLEM_TOO_LONG] = "name_too_long",
	[PROBLEM_TOO_DEEP] = "too_deep",
};

const struct plan_target *
planview_real(const struct plan *plan, const struct plan_target *t)
{
	return t->same_as == NO_TARGET ? t : &plan->targets[t->same_as];
}

static const struct observed_entry *
seen_of(const struct plan_target *t, const struct plan_entry *e)
{
	return e->seen == NO_SKILL ? NULL : &t->seen->entries[e->seen];
}

/* ---- dry run ------------------------------------------------------------- */

static void
would_place(struct report *r, const struct plan_target *t)
{
	const char *path = t->config->path;

	switch (t->place) {
	case PLACE_KEEP:
		break;
	case PLACE_MAKE:
		report_line(r, "would create %s", path);
		break;
	case PLACE_LINK:
		report_line(r, "would link %s to the source", path);
		break;
	case PLACE_RELINK:
		report_line(r, "would relink %s to the source", path);
		break;
	case PLACE_TO_LINK:
		report_line(r, "would replace the directory %s by a link",
		    path);
		break;
	case PLACE_TO_DIR:
		report_line(r, "would replace the link %s by a directory",
		    path);
		break;
	}
}

void
planview_would(struct report *r, const struct plan_target *t)
{
	if (t->refusal != NULL || t->same_as != NO_TARGET)
		return;
	for (size_t i = 0; i < t->n; i++) {
		if (t->place == PLACE_TO_LINK &&
		    t->entries[i].action == ACT_LOCAL)
			report_line(r, "would take %s/%s into the source",
			    t->config->name, t->entries[i].name);
	}
	would_place(r, t);
	for (size_t i = 0; i < t->n; i++) {
		const struct plan_entry *e = &t->entries[i];

		if (action_is_change(e->action))
			report_line(r, "would %s %s/%s",
			    action_names[e->action], t->config->name, e->name);
	}
}

/* ---- results ------------------------------------------------------------- */

/* An edit stays: what takes it, or does away with it. */
static const char *
edit_ways(const struct plan_target *t, const struct observed_entry *seen)
{
	const struct view *view = t->seen->view;
	bool is_wanted =
	    seen->skill != NO_SKILL && view_shows(view, seen->skill);

	switch (copyjudge_pull(view, seen)) {
	case EDIT_TAKEN:
		return is_wanted ? "edited here: kept (pull takes it, --force "
				   "replaces it)"
				 : "edited here: kept (pull takes it, --force "
				   "removes it)";
	case EDIT_BY_FORCE:
		return "edited here: kept; the source has changed, too (pull "
		       "--force takes it, --force replaces it)";
	case EDIT_LEFT:
		return is_wanted ? "edited here: kept (--force replaces it)"
				 : "edited here: kept (--force removes it)";
	}
	BUG("%s", seen->name);
}

static void
tell_conflict(struct report *r, const struct plan_target *t,
    const struct plan_entry *e)
{
	const char *target = t->config->name;
	const struct observed_entry *seen = seen_of(t, e);

	if (seen->problem != NULL)
		report_mark(r, MARK_WARN,
		    "%s/%s: our copy cannot be read: %s: kept (--force "
		    "replaces it)",
		    target, e->name, seen->problem);
	else if (seen->seen == SEEN_COPY_EDITED)
		report_mark(r, MARK_WARN, "%s/%s: %s", target, e->name,
		    edit_ways(t, seen));
	else if (seen->text != NULL)
		report_mark(r, MARK_WARN,
		    "%s/%s: a link to %s is kept (--force replaces it)", target,
		    e->name, seen->text);
	else
		report_mark(r, MARK_WARN,
		    "%s/%s: a file is in the way: kept (move it away)", target,
		    e->name);
}

static void
tell_entry(struct report *r, const struct plan_target *t,
    const struct plan_entry *e)
{
	const char *why = plan_uncopied(t, e);

	if (e->action == ACT_CONFLICT)
		tell_conflict(r, t, e);
	else if (why != NULL)
		report_mark(r, MARK_ERROR, "%s/%s: not copied: %s",
		    t->config->name, e->name, why);
	else if (e->action == ACT_HELD)
		report_mark(r, MARK_WARN,
		    "%s/%s: kept as it is, until the source is in order",
		    t->config->name, e->name);
}

void
planview_result(struct report *r, const struct plan *plan,
    const struct plan_target *t)
{
	const char *name = t->config->name;
	const struct plan_target *real = planview_real(plan, t);
	const struct plan_counts *c = &real->counts;

	if (real->refusal != NULL) {
		report_mark(r, MARK_ERROR, "%s: %s %s", name, t->config->path,
		    real->refusal);
		for (size_t i = 0; i < real->n_obstacles; i++)
			report_line(r, "    %s", real->obstacles[i]);
		return;
	}
	if (t->config->mode == MODE_SYMLINK)
		report_ok(r, "%s: symlink", name);
	else if (t->config->mode == MODE_COPY)
		report_ok(r,
		    "%s: copied (%zu copied, %zu local, %zu updated, "
		    "%zu pruned)",
		    name, c->copied, c->local, c->updated, c->pruned);
	else
		report_ok(r,
		    "%s: merged (%zu linked, %zu local, %zu updated, "
		    "%zu pruned)",
		    name, c->linked, c->local, c->updated, c->pruned);
	for (size_t i = 0; real == t && i < t->n; i++)
		tell_entry(r, t, &t->entries[i]);
}

const char *
planview_state(struct report *r, const struct plan *plan,
    const struct plan_target *t)
{
	const struct plan_target *real = planview_real(plan, t);
	size_t right = 0;

	if (real->refusal != NULL)
		return "✗ error";
	if (t->config->mode == MODE_SYMLINK)
		return plan_target_changes(real) ? "! not linked" : "✓ linked";
	const struct view *view = real->seen->view;
	for (uint32_t i = 0; i < plan->set->n; i++)
		right += real->seen->right[i] && view_shows(view, i);
	for (size_t i = 0; i < real->seen->n; i++)
		right += t->config->mode == MODE_COPY &&
			 real->seen->entries[i].seen == SEEN_COPY_CURRENT;
	if (real->counts.edited > 0)
		return report_text(r, "%zu/%zu synced, %zu edited here", right,
		    view->n_shown, real->counts.edited);
	return report_text(r, "%zu/%zu synced", right, view->n_shown);
}

/* ---- JSON ---------------------------------------------------------------- */

static const char *
place_name(enum place_action place)
{
	static const char *const names[] = {
		[PLACE_KEEP] = NULL,
		[PLACE_MAKE] = "create",
		[PLACE_LINK] = "link",
		[PLACE_RELINK] = "relink",
		[PLACE_TO_LINK] = "directory_to_link",
		[PLACE_TO_DIR] = "link_to_directory",
	};

	return names[place];
}

static json_t *
counts_json(const struct plan_counts *c)
{
	json_t *counts = json_object();

	json_put_count(counts, "linked", c->linked);
	json_put_count(counts, "copied", c->copied);
	json_put_count(counts, "local", c->local);
	json_put_count(counts, "updated", c->updated);
	json_put_count(counts, "pruned", c->pruned);
	json_put_count(counts, "conflicts", c->conflicts);
	json_put_count(counts, "edited", c->edited);
	json_put_count(counts, "taken", c->taken);
	json_put_count(counts, "uncopied", c->uncopied);
	return counts;
}

static json_t *
entry_json(const struct plan *plan, const struct plan_target *t,
    const struct plan_entry *e)
{
	const struct observed_entry *seen = seen_of(t, e);
	const char *problem = plan_uncopied(t, e);
	json_t *entry = json_object();

	if (problem == NULL && seen != NULL)
		problem = seen->problem;

	json_put_text(entry, "name", e->name);
	json_put_text(entry, "action",
	    t->place == PLACE_TO_LINK && e->action == ACT_LOCAL
		? "take"
		: action_names[e->action]);
	if (e->skill != NO_SKILL)
		json_put_text(entry, "skill", plan->set->skills[e->skill].abs);
	if (seen != NULL && seen->text != NULL)
		json_put_text(entry, "link", seen->text);
	if (problem != NULL)
		json_put_text(entry, "problem", problem);
	return entry;
}

json_t *
planview_json(const struct plan *plan, const struct plan_target *t)
{
	const struct plan_target *real = planview_real(plan, t);
	json_t *object = json_object();
	json_t *actions = json_array();
	json_t *obstacles = json_array();

	json_put_text(object, "name", t->config->name);
	json_put_text(object, "path", t->config->path);
	json_put_text(object, "mode", config_mode_name(t->config->mode));
	json_put_text(object, "naming", config_naming_name(t->config->naming));
	json_put_count(object, "wanted", t->seen->view->n_shown);
	json_put_text(object, "same_as", real == t ? NULL : real->config->name);
	json_put_text(object, "error", real->refusal);
	json_put_text(object, "place", place_name(real->place));
	json_put(object, "counts", counts_json(&real->counts));
	for (size_t i = 0; real == t && i < t->n; i++)
		json_add(actions, entry_json(plan, t, &t->entries[i]));
	for (size_t i = 0; i < real->n_obstacles; i++)
		json_add(obstacles, json_text(real->obstacles[i]));
	json_put(object, "actions", actions);
	json_put(object, "obstacles", obstacles);
	return object;
}

json_t *
planview_source_json(const struct skillset *set)
{
	json_t *source = json_object();
	json_t *problems = json_array();

	json_put_text(source, "path", set->source);
	json_put_count(source, "skills", skillset_enabled(set));
	json_put_count(source, "disabled", skillset_count(set, SKILL_DISABLED));
	json_put_bool(source, "complete", set->is_complete);
	for (size_t i = 0; i < set->n_problems; i++) {
		const struct problem *p = &set->problems[i];
		json_t *problem = json_object();

		json_put_text(problem, "kind", problem_names[p->kind]);
		json_put_text(problem, "file", p->rel);
		json_put_count(problem, "line", p->line);
		json_put_text(problem, "message", p->text);
		json_add(problems, problem);
	}
	json_put(source, "problems", problems);
	return source;
}
