#include "doctorpart.h"

static void
tell_idle(struct exam *e, const struct config_target *t, const char *text)
{
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
	for (size_t i = 0;; i++) {
		AUTO_FREE char *text = view_idle(t->seen->view, t->config, i);

		if (text == NULL)
			break;
		tell_idle(e, t->config, text);
	}
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
		if (!why_is_filter(view_why(t->seen->view, i)))
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
