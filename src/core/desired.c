#include "desired.h"

#include <string.h>

#include "agents.h"
#include "glob.h"
#include "path.h"
#include "skill.h"

/* ---- one skill in one target --------------------------------------------- */

static const char *
name_under(enum naming naming, const struct skill *skill)
{
	return naming == NAMING_STANDARD ? path_base(skill->rel) : skill->entry;
}

/* NULL, or why the standard's name of the skill cannot be used. */
static const char *
standard_problem(const struct skill *skill)
{
	if (skill->name == NULL)
		return "has no name in its front matter";
	if (strcmp(skill->name, path_base(skill->rel)) != 0)
		return "has a name that is not its directory's";
	if (skill->name[strspn(skill->name, SKILL_NAME_CHARS)] != '\0')
		return "has a name with more than a-z, 0-9 and -";
	if (strlen(skill->name) > SKILL_NAME_MAX)
		return "has a name of more than 64 characters";
	return NULL;
}

/* The first pattern that the skill's flat name or its path matches. */
static const char *
find_pattern(const struct config_patterns *patterns, const struct skill *skill)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (glob_match(patterns->items[i], skill->entry) ||
		    glob_match(patterns->items[i], skill->rel))
			return patterns->items[i];
	return NULL;
}

/* Is one of the names the target's, or of the agent that it is? */
static bool
is_named(const char *const *names, const char *target)
{
	const struct agent *agent = agents_find(target);

	for (size_t i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], target) == 0 ||
		    (agent != NULL && agents_find(names[i]) == agent))
			return true;
	return false;
}

static enum why
judge(const struct view *view, const struct skill *skill)
{
	const struct config_target *t = view->config;
	bool is_standard = view->naming == NAMING_STANDARD;
	/* These two are about flat names. */
	bool is_about_flat =
	    skill->state == SKILL_COLLIDES || skill->state == SKILL_TOO_LONG;

	if (skill->state == SKILL_DISABLED)
		return WHY_DISABLED;
	if (skill->state != SKILL_OK && !(is_standard && is_about_flat))
		return WHY_HELD;
	/* One link shows the whole source, whatever is asked for. */
	if (t->mode == MODE_SYMLINK)
		return WHY_SHOWN;
	if (skill->only_for != NULL && !is_named(skill->only_for, t->name))
		return WHY_FOR_OTHERS;
	if (t->include.n > 0 && find_pattern(&t->include, skill) == NULL)
		return WHY_NOT_INCLUDED;
	if (find_pattern(&t->exclude, skill) != NULL)
		return WHY_EXCLUDED;
	if (is_standard && standard_problem(skill) != NULL)
		return WHY_NAME;
	return WHY_SHOWN;
}

/* ---- one target ---------------------------------------------------------- */

/* For sorting: a skill with all that its place depends on. */
struct placed {
	const char *name;
	uint32_t skill;
	bool is_out; /* neither shown nor held */
};

static int
by_name(const void *a, const void *b)
{
	const struct placed *x = a;
	const struct placed *y = b;
	int order = strcmp(x->name, y->name);

	if (order == 0)
		order = x->is_out - y->is_out;
	if (order == 0)
		order = (x->skill > y->skill) - (x->skill < y->skill);
	return order;
}

/* Skills that are shown by one name: none of them is, by guess. */
static void
find_taken(struct view *view, const struct placed *placed)
{
	for (size_t i = 1; i < view->set->n; i++) {
		const struct placed *a = &placed[i - 1];
		const struct placed *b = &placed[i];

		if (a->is_out || b->is_out || strcmp(a->name, b->name) != 0)
			continue;
		view->why[a->skill] = WHY_NAME_TAKEN;
		view->why[b->skill] = WHY_NAME_TAKEN;
	}
}

static void
put_in_order(struct arena *arena, struct view *view)
{
	size_t n = view->set->n;
	AUTO_FREE struct placed *placed = xcalloc(n + 1, sizeof(*placed));
	uint32_t *order = arena_alloc(arena, (n + 1) * sizeof(*order));

	for (uint32_t i = 0; i < n; i++)
		placed[i] = (struct placed){ view_name(view, i), i,
			!view_shows(view, i) && !view_holds(view, i) };
	if (n > 1)
		qsort(placed, n, sizeof(*placed), by_name);
	for (size_t i = 0; i < n; i++)
		order[i] = placed[i].skill;
	find_taken(view, placed);
	view->order = order;
}

static const struct view *
make_view(struct arena *arena, const struct skillset *set,
    const struct config_target *config)
{
	struct view *view = arena_alloc(arena, sizeof(*view));
	size_t usable = 0;

	*view = (struct view){
		.set = set,
		.config = config,
		.naming =
		    config->mode == MODE_SYMLINK ? NAMING_FLAT : config->naming,
		.why = arena_alloc(arena, set->n + 1),
	};
	for (uint32_t i = 0; i < set->n; i++)
		view->why[i] = (uint8_t)judge(view, &set->skills[i]);
	if (view->naming == NAMING_STANDARD)
		put_in_order(arena, view);
	for (uint32_t i = 0; i < set->n; i++) {
		view->n_shown += view_shows(view, i);
		usable += set->skills[i].state == SKILL_OK;
	}
	view->is_plain = view->naming == NAMING_FLAT && view->n_shown == usable;
	return view;
}

/* ---- all targets --------------------------------------------------------- */

static bool
has_own_settings(const struct config_target *t)
{
	return t->mode != MODE_SYMLINK &&
	       (t->include.n > 0 || t->exclude.n > 0 ||
		   t->naming != NAMING_FLAT);
}

static bool
is_any_choosy(const struct skillset *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->skills[i].only_for != NULL)
			return true;
	return false;
}

struct desired *
desired_new(const struct skillset *set,
    const struct config_target *const *targets, size_t n)
{
	struct desired *desired = xcalloc(1, sizeof(*desired));
	bool is_choosy = is_any_choosy(set);
	const struct view *common = NULL;

	desired->views = xcalloc(n + 1, sizeof(*desired->views));
	desired->n = n;
	for (size_t i = 0; i < n; i++) {
		const struct config_target *t = targets[i];
		bool is_own = has_own_settings(t) ||
			      (is_choosy && t->mode != MODE_SYMLINK);

		if (is_own) {
			desired->views[i] = make_view(&desired->arena, set, t);
			continue;
		}
		if (common == NULL)
			common = make_view(&desired->arena, set, t);
		desired->views[i] = common;
	}
	return desired;
}

void
desired_free(struct desired *desired)
{
	if (desired == NULL)
		return;
	free(desired->views);
	arena_release(&desired->arena);
	free(desired);
}

/* ---- asking -------------------------------------------------------------- */

uint32_t
view_at(const struct view *view, size_t i)
{
	return view->order != NULL ? view->order[i] : (uint32_t)i;
}

const char *
view_name(const struct view *view, uint32_t skill)
{
	return name_under(view->naming, &view->set->skills[skill]);
}

enum why
view_why(const struct view *view, uint32_t skill)
{
	return (enum why)view->why[skill];
}

bool
view_shows(const struct view *view, uint32_t skill)
{
	return view->why[skill] == WHY_SHOWN;
}

bool
view_knows(const struct view *view, uint32_t skill)
{
	/* Of two skills with one flat name each may be shown by its own. */
	return view->set->skills[skill].state == SKILL_OK ||
	       view_shows(view, skill);
}

bool
view_holds(const struct view *view, uint32_t skill)
{
	return view->why[skill] == WHY_HELD ||
	       view->why[skill] == WHY_NAME_TAKEN;
}

bool
view_seek(const struct view *view, size_t *at, const char *name,
    uint32_t *skill_out)
{
	int order = -1;

	while (*at < view->set->n &&
	       (order = strcmp(view_name(view, view_at(view, *at)), name)) < 0)
		(*at)++;
	if (*at == view->set->n || order != 0)
		return false;
	*skill_out = view_at(view, *at);
	return true;
}

const struct skill *
view_find(const struct view *view, const char *name)
{
	size_t low = 0;
	size_t high = view->set->n;
	uint32_t skill = 0;

	if (view->order == NULL)
		return skillset_find(view->set, name);
	/* The first that is not before name: of one name the first is meant. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(view_name(view, view_at(view, mid)), name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return view_seek(view, &low, name, &skill) ? &view->set->skills[skill]
						   : NULL;
}

size_t
view_count(const struct view *view, enum why why)
{
	size_t n = 0;

	for (uint32_t i = 0; i < view->set->n; i++)
		n += view_why(view, i) == why;
	return n;
}

/* "a, b and c" would need a grammar: "a, b, c" does. */
static char *
join(const char *const *items)
{
	char *text = xstrdup(items[0] != NULL ? items[0] : "none");

	for (size_t i = 1; items[0] != NULL && items[i] != NULL; i++) {
		char *longer = xasprintf("%s, %s", text, items[i]);

		free(text);
		text = longer;
	}
	return text;
}

char *
view_reason(const struct view *view, uint32_t skill)
{
	const struct skill *s = &view->set->skills[skill];

	switch (view_why(view, skill)) {
	case WHY_SHOWN:
		return xstrdup("is shown");
	case WHY_HELD:
		return xstrdup("is not in order in the source");
	case WHY_NAME_TAKEN:
		return xasprintf("would be \"%s\" there, and so would another",
		    view_name(view, skill));
	case WHY_DISABLED:
		return xasprintf("is disabled by %s:%u: %s", s->rule->file,
		    s->rule->line, s->rule->text);
	case WHY_NOT_INCLUDED:
		return xstrdup("is matched by no pattern of include");
	case WHY_EXCLUDED:
		return xasprintf("is excluded by %s",
		    find_pattern(&view->config->exclude, s));
	case WHY_FOR_OTHERS: {
		AUTO_FREE char *names = join(s->only_for);

		return xasprintf("is for other targets only: %s", names);
	}
	case WHY_NAME:
		return xstrdup(standard_problem(s));
	}
	BUG("reason %u", view->why[skill]);
}

bool
why_is_filter(enum why why)
{
	return why == WHY_NOT_INCLUDED || why == WHY_EXCLUDED ||
	       why == WHY_FOR_OTHERS;
}

char *
view_idle(const struct view *view, const struct config_target *t, size_t i)
{
	size_t n_disabled = view_count(view, WHY_DISABLED);

	if ((t->include.n > 0 || t->exclude.n > 0) && i-- == 0)
		return xstrdup(
		    "include and exclude have no effect in symlink mode");
	if (t->naming == NAMING_STANDARD && i-- == 0)
		return xstrdup("target_naming has no effect in symlink mode");
	if (n_disabled > 0 && i == 0)
		return xasprintf("symlink mode shows disabled skills, too "
				 "(%zu)",
		    n_disabled);
	return NULL;
}

const char *
view_why_name(enum why why)
{
	static const char *const names[] = {
		[WHY_SHOWN] = "shown",
		[WHY_HELD] = "held",
		[WHY_NAME_TAKEN] = "name_taken",
		[WHY_DISABLED] = "disabled",
		[WHY_NOT_INCLUDED] = "not_included",
		[WHY_EXCLUDED] = "excluded",
		[WHY_FOR_OTHERS] = "for_other_targets",
		[WHY_NAME] = "name_not_usable",
	};

	return names[why];
}

bool
view_equal(const struct view *a, const struct view *b)
{
	if (a == b)
		return true;
	if (a->naming != b->naming)
		return false;
	for (uint32_t i = 0; i < a->set->n; i++)
		if (view_shows(a, i) != view_shows(b, i) ||
		    view_holds(a, i) != view_holds(b, i))
			return false;
	return true;
}
