#include "plan.h"

#include <string.h>

#include "planbrake.h"

/* clang-format off */
/* doc/plan-table.md has the reason for each cell; test_plan.c walks them. */
static const enum action decisions[SEEN_COUNT][WANT_COUNT] = {
	/*                        WANT_NOTHING  WANT_LINK     WANT_COPY    */
	[SEEN_ABSENT]        = { ACT_NONE,     ACT_LINK,     ACT_COPY     },
	[SEEN_LINK_RIGHT]    = { ACT_REMOVE,   ACT_NONE,     ACT_TO_COPY  },
	[SEEN_LINK_WRONG]    = { ACT_REMOVE,   ACT_RELINK,   ACT_TO_COPY  },
	[SEEN_LINK_FOREIGN]  = { ACT_NONE,     ACT_CONFLICT, ACT_CONFLICT },
	[SEEN_COPY_CURRENT]  = { ACT_REMOVE,   ACT_TO_LINK,  ACT_NONE     },
	[SEEN_COPY_OUTDATED] = { ACT_REMOVE,   ACT_TO_LINK,  ACT_UPDATE   },
	[SEEN_COPY_EDITED]   = { ACT_CONFLICT, ACT_CONFLICT, ACT_CONFLICT },
	[SEEN_LOCAL]         = { ACT_NONE,     ACT_LOCAL,    ACT_LOCAL    },
	[SEEN_FILE]          = { ACT_NONE,     ACT_CONFLICT, ACT_CONFLICT },
};

/* --force: only what was kept changes, and a file is never replaced. */
static const enum action forced[SEEN_COUNT][WANT_COUNT] = {
	/*                        WANT_NOTHING  WANT_LINK     WANT_COPY    */
	[SEEN_LINK_FOREIGN]  = { ACT_NONE,     ACT_REPLACE,  ACT_REPLACE  },
	[SEEN_COPY_EDITED]   = { ACT_REMOVE,   ACT_REPLACE,  ACT_REPLACE  },
	[SEEN_LOCAL]         = { ACT_NONE,     ACT_REPLACE,  ACT_REPLACE  },
};
/* clang-format on */

struct planner {
	struct plan *plan;
	const struct skillset *set;
	unsigned flags;
};

enum action
plan_decide(enum seen seen, enum want want)
{
	return decisions[seen][want];
}

enum action
plan_force(enum seen seen, enum want want, enum action action)
{
	bool was_kept = action == ACT_CONFLICT || action == ACT_LOCAL;

	return was_kept && forced[seen][want] != ACT_NONE ? forced[seen][want]
							  : action;
}

bool
action_is_change(enum action a)
{
	return a == ACT_LINK || a == ACT_RELINK || a == ACT_COPY ||
	       a == ACT_UPDATE || a == ACT_TO_LINK || a == ACT_TO_COPY ||
	       a == ACT_REMOVE || a == ACT_REPLACE;
}

enum want
plan_want(enum mode mode)
{
	return mode == MODE_COPY ? WANT_COPY : WANT_LINK;
}

PRINTF_LIKE(3, 4)
static void
refuse(struct planner *p, struct plan_target *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	t->refusal = arena_strdup(&p->plan->arena, text);
}

PRINTF_LIKE(3, 4)
static void
add_obstacle(struct planner *p, struct plan_target *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	t->obstacles =
	    xgrow(t->obstacles, t->n_obstacles, sizeof(*t->obstacles));
	t->obstacles[t->n_obstacles++] = arena_strdup(&p->plan->arena, text);
}

static void
add_entry(struct plan_target *t, const char *name, uint32_t skill,
    uint32_t seen, enum action action)
{
	t->entries = xgrow(t->entries, t->n, sizeof(*t->entries));
	t->entries[t->n++] = (struct plan_entry){ name, skill, seen, action };
}

static bool
makes_copy(enum action a)
{
	return a == ACT_COPY || a == ACT_UPDATE || a == ACT_TO_COPY ||
	       a == ACT_REPLACE;
}

const char *
plan_uncopied(const struct plan_target *t, const struct plan_entry *e)
{
	return e->action == ACT_HELD && e->skill != NO_SKILL &&
		       t->seen->uncopied != NULL
		   ? t->seen->uncopied[e->skill]
		   : NULL;
}

/* A name that the source has, or the target, or both. */
struct meeting {
	const char *name;
	uint32_t skill; /* or NO_SKILL */
	uint32_t entry; /* among the observed, or NO_SKILL */
	enum seen seen;
};

/* The decision for one name, brakes and --force included. */
static enum action
decide(const struct planner *p, const struct plan_target *t,
    const struct meeting *m)
{
	const struct view *view = t->seen->view;
	bool is_shown = m->skill != NO_SKILL && view_shows(view, m->skill);
	enum want want = is_shown ? plan_want(t->config->mode) : WANT_NOTHING;

	/* What the source cannot give is told once, with the source. */
	if (m->skill != NO_SKILL && view_holds(view, m->skill))
		return m->seen == SEEN_ABSENT ? ACT_NONE : ACT_HELD;
	/* The source's skill is a link to this very directory. */
	if (m->entry != NO_SKILL && t->seen->entries[m->entry].is_origin)
		return ACT_NONE;
	enum action action = plan_decide(m->seen, want);
	if ((p->flags & PLAN_FORCE) != 0)
		action = plan_force(m->seen, want, action);
	if (action == ACT_REMOVE && !p->set->is_complete)
		return ACT_HELD;
	if (want == WANT_COPY && makes_copy(action) &&
	    t->seen->uncopied != NULL && t->seen->uncopied[m->skill] != NULL)
		return ACT_HELD;
	return action;
}

static bool
is_edit(const struct observed_entry *e)
{
	return e->seen == SEEN_COPY_EDITED && e->problem == NULL;
}

static void
count(struct plan_target *t, const struct meeting *m, enum action action)
{
	struct plan_counts *c = &t->counts;
	enum seen seen = m->seen;
	/* What the mode puts in place is what the result counts. */
	size_t *shown =
	    plan_want(t->config->mode) == WANT_COPY ? &c->copied : &c->linked;

	switch (action) {
	case ACT_NONE:
		c->local += seen == SEEN_LOCAL;
		*shown += seen == SEEN_LINK_RIGHT || seen == SEEN_COPY_CURRENT;
		break;
	case ACT_LINK:
	case ACT_COPY:
	case ACT_REPLACE:
		(*shown)++;
		break;
	case ACT_RELINK:
	case ACT_UPDATE:
	case ACT_TO_LINK:
	case ACT_TO_COPY:
		(*shown)++;
		c->updated++;
		break;
	case ACT_REMOVE:
		c->pruned++;
		break;
	case ACT_LOCAL:
		c->local++;
		break;
	case ACT_CONFLICT:
		c->conflicts++;
		c->edited += m->entry != NO_SKILL &&
			     is_edit(&t->seen->entries[m->entry]);
		break;
	case ACT_HELD:
		c->held++;
		c->local += seen == SEEN_LOCAL;
		break;
	case ACT_COUNT:
		BUG("no action");
	}
}

static const char *
name_at(const struct view *view, uint32_t i)
{
	return view_name(view, view_at(view, i));
}

/*
 * The next name in order: skills from *s on and observed entries from *e on
 * are both sorted by name, so one pass over the two meets each name once.
 */
static struct meeting
meet(const struct observed_target *o, uint32_t *s, uint32_t *e)
{
	struct meeting m = { .skill = NO_SKILL, .entry = NO_SKILL };
	size_t n = o->view->set->n;
	int order = *s == n ? 1
		    : *e == o->n
			? -1
			: strcmp(name_at(o->view, *s), o->entries[*e].name);

	if (order >= 0) {
		m.entry = (*e)++;
		m.name = o->entries[m.entry].name;
		m.seen = o->entries[m.entry].seen;
	}
	if (order <= 0) {
		m.skill = view_at(o->view, *s);
		m.name = name_at(o->view, (*s)++);
		/* Skills of one name follow each other: one name, one turn. */
		while (*s < n && strcmp(name_at(o->view, *s), m.name) == 0)
			(*s)++;
	}
	if (m.entry == NO_SKILL)
		m.seen = o->right[m.skill] ? SEEN_LINK_RIGHT : SEEN_ABSENT;
	return m;
}

/* Merge and copy mode, name by name. */
static void
plan_entries(struct planner *p, struct plan_target *t)
{
	uint32_t s = 0;
	uint32_t e = 0;

	while (s < p->set->n || e < t->seen->n) {
		struct meeting m = meet(t->seen, &s, &e);
		enum action action = decide(p, t, &m);

		count(t, &m, action);
		if (action == ACT_NONE && m.seen == SEEN_COPY_CURRENT &&
		    t->seen->entries[m.entry].is_unlisted)
			t->relists = true;
		if (action == ACT_NONE)
			continue;
		add_entry(t, m.name, m.skill, m.entry, action);
		t->counts.uncopied +=
		    plan_uncopied(t, &t->entries[t->n - 1]) != NULL;
	}
}

/* Why a local directory may not go behind the link, or NULL. */
static const char *
local_obstacle(const struct observed_entry *e)
{
	if (e->problem != NULL)
		return "cannot be read";
	if (e->is_origin)
		return "the source has a link to it";
	if (!e->has_skill_file)
		return "a directory without SKILL.md";
	if (e->is_name_taken)
		return "the source has something else of that name";
	if (e->skill != NO_SKILL && e->content != CONTENT_SAME)
		return "differs from the source's";
	return NULL;
}

/* The same of any entry. */
static const char *
obstacle(const struct observed_entry *e)
{
	switch (e->seen) {
	case SEEN_LINK_WRONG:
	case SEEN_COPY_CURRENT:
	case SEEN_COPY_OUTDATED:
		return NULL;
	case SEEN_COPY_EDITED:
		return e->problem != NULL ? "a copy that cannot be read"
					  : "a copy that was edited here";
	case SEEN_LINK_FOREIGN:
		return "a link to";
	case SEEN_FILE:
		return "a file";
	case SEEN_LOCAL:
		return local_obstacle(e);
	case SEEN_ABSENT:
	case SEEN_LINK_RIGHT:
	case SEEN_COUNT:
		break;
	}
	BUG("%s is seen as %d", e->name, (int)e->seen);
}

/* A directory that becomes the link: may all that is in it go? */
static void
plan_to_link(struct planner *p, struct plan_target *t)
{
	const struct observed_target *o = t->seen;

	for (size_t i = 0; i < o->n_hidden; i++)
		add_obstacle(p, t, "%s: the link would hide it", o->hidden[i]);
	for (size_t i = 0; i < o->n; i++) {
		const struct observed_entry *e = &o->entries[i];
		const char *what = obstacle(e);

		if (what != NULL)
			add_obstacle(p, t, "%s: %s%s%s", e->name, what,
			    e->text != NULL ? " " : "",
			    e->text != NULL ? e->text : "");
		else if (e->seen == SEEN_LOCAL && e->skill == NO_SKILL) {
			add_entry(t, e->name, NO_SKILL, (uint32_t)i, ACT_LOCAL);
			t->counts.taken++;
		}
		t->counts.edited += is_edit(e);
	}
	t->place = PLACE_TO_LINK;
	if (t->n_obstacles > 0)
		refuse(p, t,
		    "cannot become one link: it would hide what is in there "
		    "(skillshare diff %s lists it); move that away, or "
		    "choose merge or copy mode",
		    t->config->name);
}

static void
plan_symlink(struct planner *p, struct plan_target *t)
{
	bool force = (p->flags & PLAN_FORCE) != 0;

	switch (t->seen->kind) {
	case PLACE_ABSENT:
		t->place = PLACE_LINK;
		break;
	case PLACE_LINK_RIGHT:
		break;
	case PLACE_LINK_STALE:
		t->place = PLACE_RELINK;
		t->counts.updated = 1;
		break;
	case PLACE_LINK_FOREIGN:
	case PLACE_LINK_DANGLING:
		if (force)
			t->place = PLACE_RELINK;
		else
			refuse(p, t,
			    "is a link to %s: kept (--force replaces it)",
			    t->seen->text);
		break;
	case PLACE_DIR:
		if (t->seen->is_mount)
			refuse(p, t,
			    "is a mount point and cannot become a link: use "
			    "merge or copy mode");
		else
			plan_to_link(p, t);
		break;
	case PLACE_NO_DIR:
	case PLACE_BROKEN:
		BUG("refused before");
	}
}

/* The link shows what the directory of copies would lack. */
static void
plan_missing(struct planner *p, struct plan_target *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const char *why = plan_uncopied(t, &t->entries[i]);

		if (why != NULL)
			add_obstacle(p, t, "%s: %s", t->entries[i].name, why);
	}
	refuse(p, t,
	    "cannot become a directory of copies: not all skills can be "
	    "copied");
}

/* A directory of links, or of copies. */
static void
plan_dir(struct planner *p, struct plan_target *t)
{
	switch (t->seen->kind) {
	case PLACE_ABSENT:
		t->place = PLACE_MAKE;
		break;
	case PLACE_DIR:
		break;
	case PLACE_LINK_RIGHT:
	case PLACE_LINK_STALE:
		t->place = PLACE_TO_DIR;
		break;
	case PLACE_LINK_DANGLING:
		refuse(p, t,
		    "is a link to %s, which does not exist: mend or remove "
		    "the link",
		    t->seen->text);
		return;
	case PLACE_LINK_FOREIGN:
	case PLACE_NO_DIR:
	case PLACE_BROKEN:
		BUG("only in symlink mode");
	}
	plan_entries(p, t);
	if (t->place == PLACE_TO_DIR && t->counts.uncopied > 0)
		plan_missing(p, t);
}

/* What makes a target fail whatever its mode. True if it does. */
static bool
refuse_target(struct planner *p, struct plan_target *t)
{
	static const char *const overlaps[] = {
		[OVERLAP_SAME] = "is the source itself",
		[OVERLAP_INSIDE] = "lies inside the source",
		[OVERLAP_AROUND] = "has the source inside it",
	};
	const struct observed_target *o = t->seen;

	if (o->kind == PLACE_BROKEN)
		refuse(p, t, "%s", o->problem);
	else if (o->kind == PLACE_NO_DIR)
		refuse(p, t, "is a file, not a directory: move it away");
	else if (o->overlap != OVERLAP_NONE)
		refuse(p, t, "%s: give the target a path of its own",
		    overlaps[o->overlap]);
	return t->refusal != NULL;
}

/* Two targets on one directory: one plan, or none if they contradict. */
static void
plan_same(struct planner *p, struct plan_target *t)
{
	struct plan_target *first = &p->plan->targets[t->seen->same_as];

	bool is_same_mode = first->config->mode == t->config->mode;
	const char *what = is_same_mode ? "other skills" : "another mode";

	if (is_same_mode && view_equal(first->seen->view, t->seen->view)) {
		t->same_as = t->seen->same_as;
		return;
	}
	refuse(p, t, "is the same directory as %s, with %s",
	    first->config->name, what);
	first->n = 0;
	first->place = PLACE_KEEP;
	first->counts = (struct plan_counts){ 0 };
	first->relists = false;
	if (first->refusal == NULL)
		refuse(p, first, "is the same directory as %s, with %s",
		    t->config->name, what);
}

/*
 * Once the plan says what changes: can the place be written at all? Found
 * now, before anything is written anywhere.
 */
static void
refuse_unwritable(struct planner *p, struct plan_target *t)
{
	/* A directory that goes as a whole: its parent was not asked. */
	bool in_parent = t->place == PLACE_TO_LINK;

	if ((p->flags & PLAN_LOOK) == 0 && t->refusal == NULL &&
	    plan_target_changes(t) && !in_parent && !t->seen->is_writable)
		refuse(p, t,
		    "is not writable: no permission, or a read-only "
		    "file system");
}

struct plan *
plan_compute(const struct skillset *set, const struct observed *observed,
    unsigned flags)
{
	struct plan *plan = xcalloc(1, sizeof(*plan));
	struct planner p = { .plan = plan, .set = set, .flags = flags };

	plan->set = set;
	plan->prunes_held = !set->is_complete;
	plan->targets = xcalloc(observed->n, sizeof(*plan->targets));
	plan->n = observed->n;
	for (size_t i = 0; i < plan->n; i++) {
		struct plan_target *t = &plan->targets[i];

		t->seen = &observed->targets[i];
		t->config = t->seen->config;
		t->same_as = NO_TARGET;
		if (refuse_target(&p, t))
			continue;
		if (t->seen->same_as != NO_TARGET) {
			plan_same(&p, t);
			continue;
		}
		if (t->config->mode == MODE_SYMLINK)
			plan_symlink(&p, t);
		else
			plan_dir(&p, t);
		refuse_unwritable(&p, t);
	}
	if ((flags & PLAN_ALLOW_MASS_PRUNE) == 0)
		planbrake(plan);
	return plan;
}

bool
plan_target_changes(const struct plan_target *t)
{
	if (t->refusal != NULL || t->same_as != NO_TARGET)
		return false;
	if (t->place != PLACE_KEEP || t->relists)
		return true;
	for (size_t i = 0; i < t->n; i++) {
		if (action_is_change(t->entries[i].action))
			return true;
	}
	return false;
}

bool
plan_is_empty(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		if (plan_target_changes(&plan->targets[i]))
			return false;
	}
	return true;
}

bool
plan_has_conflicts(const struct plan *plan)
{
	if (skillset_usable(plan->set) != skillset_enabled(plan->set))
		return true;
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_target *t = &plan->targets[i];

		if (t->counts.conflicts + t->counts.uncopied > 0 ||
		    view_count(t->seen->view, WHY_NAME_TAKEN) > 0)
			return true;
	}
	return plan->prunes_held;
}

bool
plan_has_refusals(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		if (plan->targets[i].refusal != NULL)
			return true;
	}
	return false;
}

void
plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->n; i++) {
		free(plan->targets[i].entries);
		free(plan->targets[i].obstacles);
	}
	free(plan->targets);
	arena_release(&plan->arena);
	free(plan);
}
