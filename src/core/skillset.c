#include "skillset.h"

#include <string.h>

#include "path.h"
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
