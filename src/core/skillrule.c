#include "skillrule.h"

#include <string.h>

#include "skill.h"

/* Of UTF-8: all bytes but those that go on with a character. */
static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool
is_headless(const struct skill_facts *f)
{
	return f->is_headless;
}

static bool
has_no_name(const struct skill_facts *f)
{
	return !f->is_headless && f->name == NULL;
}

static bool
has_no_description(const struct skill_facts *f)
{
	return !f->is_headless &&
	       (f->description == NULL || f->description[0] == '\0');
}

static bool
has_odd_name(const struct skill_facts *f)
{
	return f->name != NULL &&
	       (f->name[0] == '\0' ||
		   f->name[strspn(f->name, SKILL_NAME_CHARS)] != '\0');
}

static bool
has_other_name(const struct skill_facts *f)
{
	return f->name != NULL && strcmp(f->name, f->dir) != 0;
}

static bool
has_long_name(const struct skill_facts *f)
{
	return f->name != NULL && characters(f->name) > SKILL_NAME_MAX;
}

static bool
has_long_description(const struct skill_facts *f)
{
	return f->description != NULL &&
	       characters(f->description) > SKILL_DESCRIPTION_MAX;
}

/* clang-format off */
static const struct skill_rule rules[] = {
	{ "there is no front matter", "most agents drop such a skill",
	  is_headless },
	{ "there is no name", "some agents drop the skill, others take the "
	  "directory's name", has_no_name },
	{ "there is no description", "agents choose a skill by it, and some "
	  "drop one that has none", has_no_description },
	{ "the name is not made of a-z, 0-9 and -", "some agents drop such a "
	  "skill", has_odd_name },
	{ "the name is not that of the directory", "some agents drop such a "
	  "skill", has_other_name },
	{ "the name is longer than 64 characters", "some agents drop such a "
	  "skill", has_long_name },
	{ "the description is longer than 1024 characters", "some agents cut "
	  "it or drop the skill", has_long_description },
};
/* clang-format on */

const struct skill_rule *
skill_rules(size_t *n_out)
{
	*n_out = ARRAY_LEN(rules);
	return rules;
}
