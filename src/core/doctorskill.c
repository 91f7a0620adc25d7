#include <string.h>

#include "doctorpart.h"
#include "path.h"
#include "skill.h"
#include "skillrule.h"

/* What skill_meta_parse() says of what the rules have a row for. */
static bool
is_ruled(const char *problem)
{
	return strcmp(problem, "no front matter") == 0 ||
	       strcmp(problem, "no name") == 0 ||
	       strcmp(problem, "no description") == 0;
}

/* The front-matter problem of that file, or NULL: they are sorted. */
static const struct problem *
problem_of(const struct skillset *set, const char *file)
{
	size_t low = 0;
	size_t high = set->n_problems;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(set->problems[mid].rel, file) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < set->n_problems; low++) {
		const struct problem *p = &set->problems[low];

		if (strcmp(p->rel, file) != 0)
			return NULL;
		if (p->kind == PROBLEM_FRONT_MATTER)
			return p;
	}
	return NULL;
}

/* How many findings the skill has. */
static size_t
judge(struct exam *e, const struct skill *skill)
{
	AUTO_FREE char *rel = path_join(skill->rel, SKILL_FILE);
	const char *file = exam_path(e, e->set->source, rel);
	const struct problem *p = problem_of(e->set, rel);
	struct skill_facts facts = {
		.dir = path_base(skill->rel),
		.name = skill->name,
		.description = skill->description,
		.is_headless =
		    p != NULL && strcmp(p->text, "no front matter") == 0,
	};
	size_t before = e->out->n;
	size_t n_rules = 0;
	const struct skill_rule *rules = skill_rules(&n_rules);

	if (p != NULL && !is_ruled(p->text)) {
		struct finding *f = exam_find(e, DOCTOR_WARNING,
		    "the front matter is odd (%s): some agents drop such a "
		    "skill, others read it",
		    p->text);
		f->path = file;
		f->line = p->line;
		f->command = exam_edit(e, file);
		if (skill->name == NULL && skill->description == NULL)
			return e->out->n - before; /* nothing else is known */
	}
	for (size_t i = 0; i < n_rules; i++) {
		if (!rules[i].is_broken(&facts))
			continue;
		struct finding *f = exam_find(e, DOCTOR_WARNING, "%s: %s",
		    rules[i].what, rules[i].outcome);
		f->path = file;
		f->command = exam_edit(e, file);
	}
	return e->out->n - before;
}

static size_t
tell_same_names(struct exam *e)
{
	const struct skillset *set = e->set;
	size_t n = 0;

	for (size_t i = 0; i < set->n_problems; i++) {
		const struct problem *p = &set->problems[i];

		if (p->kind != PROBLEM_SAME_NAME)
			continue;
		struct finding *f = exam_find(e, DOCTOR_WARNING,
		    "%s: some agents show only one of them", p->text);
		f->path = exam_path(e, set->source, p->rel);
		f->command = exam_edit(e, f->path);
		n++;
	}
	return n;
}

void
exam_skills(struct exam *e)
{
	size_t n = 0;

	if (e->set == NULL)
		return;
	for (size_t i = 0; i < e->set->n; i++) {
		/* What cannot be read is told with the source. */
		if (e->set->skills[i].state != SKILL_UNREADABLE &&
		    e->set->skills[i].state != SKILL_DISABLED)
			n += judge(e, &e->set->skills[i]);
	}
	n += tell_same_names(e);
	if (n == 0 && e->set->n > 0)
		(void)exam_find(e, DOCTOR_OK,
		    "the front matter of every skill is as agents ask for it");
}
