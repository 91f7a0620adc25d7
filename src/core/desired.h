/*
 * What each target is to show: a value made from the skills and the targets'
 * settings, without a look at any disk. Of each skill it says the name that
 * it has in a target, and whether it is shown there or why not.
 *
 * A skill that is not shown keeps its name: what has it in the target is
 * judged by it, but nothing is made for it, and our link to it goes.
 */
#ifndef DESIRED_H
#define DESIRED_H

#include "config.h"
#include "discover.h"

enum why {
	WHY_SHOWN,
	WHY_HELD,       /* the skill's state is against it, or NAME_TAKEN: what
			   is there stays, nothing is made */
	WHY_NAME_TAKEN, /* standard naming: others have its name; as HELD */
	WHY_DISABLED,   /* by a rule of .skillignore */
	WHY_NOT_INCLUDED,
	WHY_EXCLUDED,
	WHY_FOR_OTHERS, /* its front matter names other targets */
	WHY_NAME        /* standard naming: its name cannot be used */
};

/* The skills as one target is to show them. */
struct view {
	const struct skillset *set;
	const struct config_target *config; /* for the reasons */
	enum naming naming;
	uint8_t *why;          /* enum why, by skill */
	const uint32_t *order; /* skills by name; NULL: as they are */
	size_t n_shown;
	bool is_plain; /* flat names, and all is shown that can be */
};

/* Views of targets without a setting of their own are one. */
struct desired {
	struct arena arena;
	const struct view **views; /* as the targets */
	size_t n;
};

/* set and targets must outlive the result. */
struct desired *desired_new(const struct skillset *set,
    const struct config_target *const *targets, size_t n);
void desired_free(struct desired *desired);

/*
 * The i-th skill in the order of names in this target. Of one name, a skill
 * that is shown or held comes before those that are not.
 */
uint32_t view_at(const struct view *view, size_t i);

/* What the skill is called there. Lent from the skillset. */
const char *view_name(const struct view *view, uint32_t skill);

enum why view_why(const struct view *view, uint32_t skill);
bool view_shows(const struct view *view, uint32_t skill);

/* Can it be said what a copy of it in this target would be, shown or not? */
bool view_knows(const struct view *view, uint32_t skill);

/* Is it unknown what the source wants there, so that what is there stays? */
bool view_holds(const struct view *view, uint32_t skill);

/*
 * The skill of that name among view_at(*at) and those behind it; *at moves up
 * to it. False if no skill is called so. For names that come in order.
 */
bool view_seek(const struct view *view, size_t *at, const char *name,
    uint32_t *skill_out);

/* The first skill of that name, shown or not, or NULL. */
const struct skill *view_find(const struct view *view, const char *name);

/* How many skills are not shown for that reason. */
size_t view_count(const struct view *view, enum why why);

/*
 * Why the skill is not shown there, as half a sentence ("is excluded by
 * team-*"). Names from the disk are in it as they are. Yours.
 */
char *view_reason(const struct view *view, uint32_t skill);

/* Left out by what the target, or the skill's front matter, asks for? */
bool why_is_filter(enum why why);

/*
 * What the target's settings ask for and symlink mode, in which one link shows
 * the whole source, has not: the i-th sentence, yours; NULL after the last.
 */
char *
view_idle(const struct view *view, const struct config_target *t, size_t i);

/* A word for JSON: "shown", "disabled", "excluded", … */
const char *view_why_name(enum why why);

/* Do both show the same by the same names? Both are of one skillset. */
bool view_equal(const struct view *a, const struct view *b);

#endif
