#include "doctorpart.h"

/* One link shows the whole source: what was asked for has no effect. */
PRINTF_LIKE(3, 4)
static void
tell_idle(struct exam *e, const struct config_target *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	struct finding *f = exam_find(e, DOCTOR_WARNING, "%s", text);
	f->target = t->name;
	f->path = e->config->path;
	f->line = t->line;
	f->command = exam_text(e,
	    "skillshare target %s --mode merge && "
	    "skillshare sync %s",
	    t->name, t->name);
}

static void
look_at_symlink(struct exam *e, const struct plan_target *t)
{
	const struct config_target *config = t->config;
	size_t n = view_count(t->seen->view, WHY_DISABLED);

	if (config->include.n > 0 || config->exclude.n > 0)
		tell_idle(e, config,
		    "include and exclude have no effect in symlink mode");
	if (config->naming == NAMING_STANDARD)
		tell_idle(e, config,
		    "target_naming has no effect in symlink mode");
	if (n > 0)
		tell_idle(e, config,
		    "symlink mode shows disabled skills, too (%zu)", n);
}

/* By what the target, or the skill's front matter, asks for. */
static bool
is_left_out(const struct view *view, uint32_t skill)
{
	enum why why = view_why(view, skill);

	return why == WHY_NOT_INCLUDED || why == WHY_EXCLUDED ||
	       why == WHY_FOR_OTHERS;
}

static void
look_at_left_out(struct exam *e, const struct plan_target *t)
{
	const struct skillset *set = e->set;
	AUTO_STRBUF struct strbuf names = { 0 };
	const char **skills =
	    arena_alloc(&e->out->arena, (set->n + 1) * sizeof(*skills));
	size_t n = 0;

	for (uint32_t i = 0; i < set->n; i++) {
		if (!is_left_out(t->seen->view, i))
			continue;
		exam_name(&names, n, set->skills[i].entry);
		skills[n++] = exam_text(e, "%s", set->skills[i].entry);
	}
	exam_names_end(&names, n);
	if (n == 0)
		return;
	struct finding *f =
	    exam_find(e, DOCTOR_INFO, "%zu skill%s left out by its filters: %s",
		n, n == 1 ? " is" : "s are", strbuf_str(&names));
	f->target = t->config->name;
	f->command = exam_text(e, "skillshare target %s", t->config->name);
	f->skills = skills;
	f->n_skills = n;
}

void
exam_filters(struct exam *e, const struct plan_target *t)
{
	if (t->config->mode == MODE_SYMLINK)
		look_at_symlink(e, t);
	else
		look_at_left_out(e, t);
}
