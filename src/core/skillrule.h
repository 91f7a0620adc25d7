/*
 * What agents ask of a skill's front matter: one table. Pure.
 *
 * Which agent drops what is documented by hardly any of them, and changes
 * with their versions; so a rule says what becomes of such a skill, and "some
 * agents" where nobody can say which.
 */
#ifndef SKILLRULE_H
#define SKILLRULE_H

#include "base.h"

struct skill_facts {
	const char *dir;         /* the name of its directory */
	const char *name;        /* front matter's, or NULL */
	const char *description; /* or NULL */
	bool is_headless;        /* there is no front matter at all */
};

struct skill_rule {
	const char *what;    /* "the name is longer than 64 characters" */
	const char *outcome; /* "some agents drop such a skill" */
	bool (*is_broken)(const struct skill_facts *facts);
};

#define SKILL_DESCRIPTION_MAX 1024

const struct skill_rule *skill_rules(size_t *n_out);

#endif
