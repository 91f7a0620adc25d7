#include "notshown.h"

#include <string.h>

static void
warn_symlink(struct report *r, const struct plan_target *t)
{
	for (size_t i = 0;; i++) {
		AUTO_FREE char *text = view_idle(t->seen->view, t->config, i);

		if (text == NULL)
			break;
		report_mark(r, MARK_WARN, "%s: %s", t->config->name, text);
	}
}

void
notshown_warn(struct report *r, const struct plan_target *t)
{
	const struct view *view = t->seen->view;
	const char *name = t->config->name;

	if (t->config->mode == MODE_SYMLINK) {
		warn_symlink(r, t);
		return;
	}
	size_t unusable = view_count(view, WHY_NAME);
	size_t taken = view_count(view, WHY_NAME_TAKEN);
	if (unusable > 0)
		report_mark(r, MARK_WARN,
		    "%s: without a usable name: %s (skillshare target %s "
		    "lists them)",
		    name, report_count(r, unusable, "skill", "skills"), name);
	if (taken > 0)
		report_mark(r, MARK_WARN,
		    "%s: of one name, so not shown: %s (skillshare target %s "
		    "lists them)",
		    name, report_count(r, taken, "skill", "skills"), name);
}

void
notshown_note(struct report *r, const struct plan_target *t)
{
	const struct view *view = t->seen->view;
	size_t n = 0;

	for (uint32_t i = 0; i < view->set->n; i++)
		n += why_is_filter(view_why(view, i));
	if (n > 0)
		report_info(r,
		    "%s: left out by its filters: %s (skillshare target %s "
		    "says why)",
		    t->config->name, report_count(r, n, "skill", "skills"),
		    t->config->name);
}

#define BRIEF_MAX 10

void
notshown_brief(struct report *r, const struct plan_target *t)
{
	const struct view *view = t->seen->view;
	size_t n = 0;

	if (t->config->mode == MODE_SYMLINK)
		return;
	for (uint32_t i = 0; i < view->set->n; i++) {
		if (!why_is_filter(view_why(view, i)) || ++n > BRIEF_MAX)
			continue;
		AUTO_FREE char *reason = view_reason(view, i);
		report_info(r, "%s %s", view->set->skills[i].rel, reason);
	}
	if (n > BRIEF_MAX)
		report_info(r,
		    "and %zu more are left out (skillshare target %s says why)",
		    n - BRIEF_MAX, t->config->name);
}

/* Left out by the i-th target, and not for what the skill itself is like. */
static bool
is_left_out(const struct notshown_where *where, size_t i, uint32_t skill)
{
	enum why why = view_why(where->desired->views[i], skill);

	return where->targets[i]->mode != MODE_SYMLINK &&
	       (why_is_filter(why) || why == WHY_NAME || why == WHY_NAME_TAKEN);
}

void
notshown_rows(struct report *r, struct report_table *table,
    const struct notshown_where *where, uint32_t skill)
{
	const struct desired *desired = where->desired;
	AUTO_FREE char **reasons = xcalloc(desired->n + 1, sizeof(*reasons));

	for (size_t i = 0; i < desired->n; i++) {
		if (is_left_out(where, i, skill))
			reasons[i] = view_reason(desired->views[i], skill);
	}
	for (size_t i = 0; i < desired->n; i++) {
		AUTO_STRBUF struct strbuf names = { 0 };
		AUTO_FREE char *reason = STEAL_PTR(reasons[i]);

		if (reason == NULL)
			continue;
		strbuf_add(&names, where->targets[i]->name);
		for (size_t k = i + 1; k < desired->n; k++) {
			if (reasons[k] == NULL ||
			    strcmp(reasons[k], reason) != 0)
				continue;
			strbuf_printf(&names, ", %s", where->targets[k]->name);
			free(reasons[k]);
			reasons[k] = NULL;
		}
		for (size_t k = 1; k < table->n_columns; k++)
			report_table_add(table, "");
		report_table_add(table, report_text(r, "→ not in %s: %s",
					    strbuf_str(&names), reason));
	}
}

json_t *
notshown_targets_json(const struct notshown_where *where, uint32_t skill)
{
	json_t *list = json_array();

	for (size_t i = 0; i < where->desired->n; i++) {
		const struct view *view = where->desired->views[i];

		if (!is_left_out(where, i, skill))
			continue;
		AUTO_FREE char *reason = view_reason(view, skill);
		json_t *object = json_object();
		json_put_text(object, "target", where->targets[i]->name);
		json_put_text(object, "why",
		    view_why_name(view_why(view, skill)));
		json_put_text(object, "reason", reason);
		json_add(list, object);
	}
	return list;
}

/* In symlink mode disabled skills are there all the same. */
static bool
is_listed(const struct plan_target *t, uint32_t skill)
{
	return t->config->mode != MODE_SYMLINK &&
	       !view_shows(t->seen->view, skill);
}

void
notshown_list(struct report *r, const struct plan_target *t)
{
	AUTO_TABLE struct report_table table = {
		.n_columns = 2,
		.indent = 2,
		.gap = 2,
	};
	const struct view *view = t->seen->view;
	size_t n = 0;

	for (uint32_t i = 0; i < view->set->n; i++) {
		if (!is_listed(t, i))
			continue;
		AUTO_FREE char *reason = view_reason(view, i);
		report_table_add(&table,
		    report_text(r, "%s", view->set->skills[i].rel));
		report_table_add(&table, report_text(r, "%s", reason));
		n++;
	}
	if (n == 0)
		return;
	report_gap(r);
	report_line(r, "Not shown:");
	report_table_print(r, &table);
}

json_t *
notshown_json(const struct plan_target *t)
{
	const struct view *view = t->seen->view;
	json_t *skills = json_array();

	for (uint32_t i = 0; i < view->set->n; i++) {
		if (!is_listed(t, i))
			continue;
		AUTO_FREE char *reason = view_reason(view, i);
		json_t *object = json_object();
		json_put_text(object, "skill", view->set->skills[i].abs);
		json_put_text(object, "why", view_why_name(view_why(view, i)));
		json_put_text(object, "reason", reason);
		json_add(skills, object);
	}
	return skills;
}

const char *
notshown_gone(struct report *r, const struct plan_target *t,
    const struct plan_entry *e)
{
	const struct view *view = t->seen->view;
	const struct observed_entry *seen =
	    e->seen != NO_SKILL ? &t->seen->entries[e->seen] : NULL;
	uint32_t skill = e->skill;

	if (skill == NO_SKILL && seen != NULL && seen->text != NULL) {
		const struct skill *to =
		    skillset_find_link(view->set, seen->text);

		if (to != NULL)
			skill = (uint32_t)(to - view->set->skills);
	}
	if (skill == NO_SKILL)
		return NULL;
	if (view_shows(view, skill))
		return report_text(r, "(is called %s now)",
		    view_name(view, skill));
	AUTO_FREE char *reason = view_reason(view, skill);
	return report_text(r, "(%s)", reason);
}
