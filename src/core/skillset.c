#include "skillset.h"

#include <string.h>

#include "path.h"
#include "skill.h"
#include "strbuf.h"

const char *
skillset_entry(struct arena *arena, const char *rel)
{
	AUTO_STRBUF struct strbuf sb = { 0 };

	for (; *rel != '\0'; rel++) {
		if (*rel == '/')
			strbuf_add(&sb, "__");
		else
			strbuf_add_char(&sb, *rel);
	}
	return arena_strdup(arena, strbuf_str(&sb));
}

const struct ignore *
skillset_ignore(const struct skillset *set, const char *rel)
{
	/* The first are the source's alone; each other begins with its own. */
	for (size_t i = 1; i < set->n_ignores; i++) {
		const char *base = set->ignores[i]->rules[0].base;
		size_t len = strlen(base);

		if (strncmp(rel, base, len) == 0 && rel[len] == '/')
			return set->ignores[i];
	}
	return set->ignores[0];
}

struct skillset *
skillset_none(const char *source)
{
	struct skillset *set = xcalloc(1, sizeof(*set));

	set->source = arena_strdup(&set->arena, source);
	set->source_real = set->source;
	set->is_complete = true;
	return set;
}

size_t
skillset_count(const struct skillset *set, enum skill_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		n += set->skills[i].state == state;
	return n;
}

size_t
skillset_enabled(const struct skillset *set)
{
	return set->n - skillset_count(set, SKILL_DISABLED);
}

size_t
skillset_usable(const struct skillset *set)
{
	return skillset_count(set, SKILL_OK);
}

const struct skill *
skillset_find(const struct skillset *set, const char *entry)
{
	uint32_t i = 0;

	return strmap_get(&set->by_entry, entry, &i) ? &set->skills[i] : NULL;
}

const struct skill *
skillset_find_link(const struct skillset *set, const char *text)
{
	struct arena arena = { 0 };
	const char *rel = path_below(set->source, text);
	const struct skill *found = NULL;
	uint32_t i = 0;

	if (rel == NULL)
		rel = path_below(set->source_real, text);
	if (rel == NULL)
		return NULL;
	const char *entry = skillset_entry(&arena, rel);
	bool known = strmap_get(&set->by_entry, entry, &i);
	for (; known && found == NULL && i < set->n &&
	       strcmp(set->skills[i].entry, entry) == 0;
	     i++)
		if (strcmp(set->skills[i].rel, rel) == 0)
			found = &set->skills[i];
	arena_release(&arena);
	return found;
}

/* ---- being filled -------------------------------------------------------- */

void
skillset_add_problem(struct skillset *set, enum problem_kind kind,
    const char *rel, unsigned line, const char *text)
{
	set->problems =
	    xgrow(set->problems, set->n_problems, sizeof(*set->problems));
	set->problems[set->n_problems++] = (struct problem){
		.kind = kind,
		.rel = arena_strdup(&set->arena, rel),
		.line = line,
		.text = arena_strdup(&set->arena, text),
	};
}

static int
by_entry(const void *a, const void *b)
{
	const struct skill *x = a;
	const struct skill *y = b;
	int order = strcmp(x->entry, y->entry);

	if (order == 0)
		order =
		    (x->state == SKILL_DISABLED) - (y->state == SKILL_DISABLED);
	return order != 0 ? order : strcmp(x->rel, y->rel);
}

static int
by_place(const void *a, const void *b)
{
	const struct problem *x = a;
	const struct problem *y = b;
	int order = strcmp(x->rel, y->rel);

	if (order == 0)
		order = (x->line > y->line) - (x->line < y->line);
	if (order == 0)
		order = (x->kind > y->kind) - (x->kind < y->kind);
	return order != 0 ? order : strcmp(x->text, y->text);
}

static int
by_name(const void *a, const void *b)
{
	const struct skill *const *x = a;
	const struct skill *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order != 0 ? order : strcmp((*x)->rel, (*y)->rel);
}

/* Two skills with one entry name: neither is shown by guess. */
static void
find_collisions(struct skillset *set)
{
	for (size_t i = 0; i < set->n; i++) {
		struct skill *skill = &set->skills[i];
		uint32_t first = (uint32_t)i;

		if (strmap_put(&set->by_entry, skill->entry, first) ||
		    skill->state == SKILL_DISABLED)
			continue;
		(void)strmap_get(&set->by_entry, skill->entry, &first);
		set->skills[first].state = SKILL_COLLIDES;
		skill->state = SKILL_COLLIDES;
		AUTO_FREE char *text =
		    xasprintf("would be \"%s\" in a target, and so would %s: "
			      "rename one of them",
			skill->entry, set->skills[first].rel);
		skillset_add_problem(set, PROBLEM_COLLISION, skill->rel, 0,
		    text);
	}
}

static void
find_same_names(struct skillset *set)
{
	AUTO_FREE const struct skill **named = xcalloc(set->n, sizeof(*named));
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++) {
		if (set->skills[i].name != NULL)
			named[n++] = &set->skills[i];
	}
	if (n > 1)
		qsort(named, n, sizeof(*named), by_name);
	for (size_t i = 1; i < n; i++) {
		if (strcmp(named[i]->name, named[i - 1]->name) != 0)
			continue;
		AUTO_FREE char *file = path_join(named[i]->rel, SKILL_FILE);
		AUTO_FREE char *text =
		    xasprintf("has the name \"%s\", and so has %s",
			named[i]->name, named[i - 1]->rel);
		skillset_add_problem(set, PROBLEM_SAME_NAME, file, 0, text);
	}
}

void
skillset_settle(struct skillset *set)
{
	if (set->n > 1)
		qsort(set->skills, set->n, sizeof(*set->skills), by_entry);
	find_collisions(set);
	find_same_names(set);
	if (set->n_problems > 1)
		qsort(set->problems, set->n_problems, sizeof(*set->problems),
		    by_place);
}

void
skillset_free(struct skillset *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->n_ignores; i++) {
		ignore_release(set->ignores[i]);
		free(set->ignores[i]);
	}
	free(set->ignores);
	free(set->skills);
	free(set->problems);
	free(set->repos);
	strmap_release(&set->by_entry);
	arena_release(&set->arena);
	free(set);
}
