/*
 * For tests of the plan: what discover() and observe() could have said, made
 * up name by name.
 */
#ifndef SCENE_H
#define SCENE_H

#include <stdio.h>

#include "plan.h"
#include "scratch.h"

#define MAX_NAMES 64

/* One target of a made-up world; what is zero is absent, empty, merge mode. */
struct scene {
	char names[MAX_NAMES][16];
	struct skill skills[MAX_NAMES];
	struct observed_entry entries[MAX_NAMES];
	bool right[MAX_NAMES];
	struct config_target config;
	struct observed_target target;
	struct skillset set;
	struct observed observed;
	struct desired *desired;
};

static inline void
scene_init(struct scene *s)
{
	*s = (struct scene){ 0 };
	s->config.name = "claude";
	s->target.config = &s->config;
	s->target.kind = PLACE_DIR;
	s->target.same_as = NO_TARGET;
	s->target.text = "/old";
	s->target.is_writable = true;
	s->target.right = s->right;
	s->target.entries = s->entries;
	s->set.skills = s->skills;
	s->set.is_complete = true;
	s->observed.targets = &s->target;
	s->observed.n = 1;
}

/* The i-th name in byte order. */
static inline const char *
name_of(struct scene *s, unsigned i)
{
	(void)snprintf(s->names[i], sizeof(s->names[i]), "n%02u", i);
	return s->names[i];
}

/*
 * Adds the name i, greater than those before: a skill in that state if
 * is_skill, in the target seen as that.
 */
static inline void
scene_add(struct scene *s, unsigned i, bool is_skill, enum seen seen)
{
	const char *name = name_of(s, i);
	uint32_t skill = NO_SKILL;

	if (is_skill) {
		skill = (uint32_t)s->set.n;
		s->skills[s->set.n++] =
		    (struct skill){ .entry = name, .rel = name, .abs = name };
	}
	bool is_link = seen == SEEN_LINK_RIGHT || seen == SEEN_LINK_WRONG ||
		       seen == SEEN_LINK_FOREIGN;

	if (seen == SEEN_LINK_RIGHT && is_skill &&
	    s->config.mode != MODE_COPY) {
		s->right[skill] = true;
		s->target.n_right++;
	} else if (seen != SEEN_ABSENT) {
		s->entries[s->target.n++] = (struct observed_entry){
			.name = name,
			.text = is_link ? "/elsewhere" : NULL,
			.skill = skill,
			.seen = seen,
			.has_skill_file = true,
		};
	}
}

/* The plan, by what the target's settings make of the skills. */
static inline struct plan *
scene_plan(struct scene *s, unsigned flags)
{
	const struct config_target *configs[8];

	assert_true(s->observed.n <= ARRAY_LEN(configs));
	for (size_t i = 0; i < s->observed.n; i++)
		configs[i] = s->observed.targets[i].config;
	desired_free(s->desired);
	s->desired = desired_new(&s->set, configs, s->observed.n);
	for (size_t i = 0; i < s->observed.n; i++)
		s->observed.targets[i].view = s->desired->views[i];
	return plan_compute(&s->set, &s->observed, flags);
}

static inline void
scene_free(struct scene *s, struct plan *plan)
{
	plan_free(plan);
	desired_free(STEAL_PTR(s->desired));
}

#endif
