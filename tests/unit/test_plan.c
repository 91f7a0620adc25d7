#include "scene.h"

struct cell {
	const char *what;
	enum seen seen;
	enum want want;
	enum action action;
	enum action with_force;
};

/* clang-format off */
static const struct cell cells[] = {
	{ "nothing, unwanted", SEEN_ABSENT, WANT_NOTHING, ACT_NONE, ACT_NONE },
	{ "nothing, link", SEEN_ABSENT, WANT_LINK, ACT_LINK, ACT_LINK },
	{ "nothing, copy", SEEN_ABSENT, WANT_COPY, ACT_COPY, ACT_COPY },
	{ "right, unwanted", SEEN_LINK_RIGHT, WANT_NOTHING, ACT_REMOVE, ACT_REMOVE },
	{ "right, link", SEEN_LINK_RIGHT, WANT_LINK, ACT_NONE, ACT_NONE },
	{ "right, copy", SEEN_LINK_RIGHT, WANT_COPY, ACT_TO_COPY, ACT_TO_COPY },
	{ "wrong, unwanted", SEEN_LINK_WRONG, WANT_NOTHING, ACT_REMOVE, ACT_REMOVE },
	{ "wrong, link", SEEN_LINK_WRONG, WANT_LINK, ACT_RELINK, ACT_RELINK },
	{ "wrong, copy", SEEN_LINK_WRONG, WANT_COPY, ACT_TO_COPY, ACT_TO_COPY },
	{ "foreign, unwanted", SEEN_LINK_FOREIGN, WANT_NOTHING, ACT_NONE, ACT_NONE },
	{ "foreign, link", SEEN_LINK_FOREIGN, WANT_LINK, ACT_CONFLICT, ACT_REPLACE },
	{ "foreign, copy", SEEN_LINK_FOREIGN, WANT_COPY, ACT_CONFLICT, ACT_REPLACE },
	{ "current, unwanted", SEEN_COPY_CURRENT, WANT_NOTHING, ACT_REMOVE, ACT_REMOVE },
	{ "current, link", SEEN_COPY_CURRENT, WANT_LINK, ACT_TO_LINK, ACT_TO_LINK },
	{ "current, copy", SEEN_COPY_CURRENT, WANT_COPY, ACT_NONE, ACT_NONE },
	{ "outdated, unwanted", SEEN_COPY_OUTDATED, WANT_NOTHING, ACT_REMOVE, ACT_REMOVE },
	{ "outdated, link", SEEN_COPY_OUTDATED, WANT_LINK, ACT_TO_LINK, ACT_TO_LINK },
	{ "outdated, copy", SEEN_COPY_OUTDATED, WANT_COPY, ACT_UPDATE, ACT_UPDATE },
	{ "edited, unwanted", SEEN_COPY_EDITED, WANT_NOTHING, ACT_CONFLICT, ACT_REMOVE },
	{ "edited, link", SEEN_COPY_EDITED, WANT_LINK, ACT_CONFLICT, ACT_REPLACE },
	{ "edited, copy", SEEN_COPY_EDITED, WANT_COPY, ACT_CONFLICT, ACT_REPLACE },
	{ "local, unwanted", SEEN_LOCAL, WANT_NOTHING, ACT_NONE, ACT_NONE },
	{ "local, link", SEEN_LOCAL, WANT_LINK, ACT_LOCAL, ACT_REPLACE },
	{ "local, copy", SEEN_LOCAL, WANT_COPY, ACT_LOCAL, ACT_REPLACE },
	{ "file, unwanted", SEEN_FILE, WANT_NOTHING, ACT_NONE, ACT_NONE },
	{ "file, link", SEEN_FILE, WANT_LINK, ACT_CONFLICT, ACT_CONFLICT },
	{ "file, copy", SEEN_FILE, WANT_COPY, ACT_CONFLICT, ACT_CONFLICT },
};
/* clang-format on */

/* The name as one that the target of that mode is to show, or is not. */
static void
scene_cell(struct scene *s, const struct cell *c)
{
	scene_init(s);
	s->config.mode = c->want == WANT_COPY ? MODE_COPY : MODE_MERGE;
	scene_add(s, 0, c->want != WANT_NOTHING, c->seen);
}

static void
test_cells(void **state)
{
	bool walked[SEEN_COUNT][WANT_COUNT] = { 0 };

	(void)state;
	assert_int_equal(ARRAY_LEN(cells), SEEN_COUNT * WANT_COUNT);
	for (const struct cell *c = cells; c < cells + ARRAY_LEN(cells); c++) {
		assert_false(walked[c->seen][c->want]);
		walked[c->seen][c->want] = true;
		enum action action = plan_decide(c->seen, c->want);
		if (action != c->action ||
		    plan_force(c->seen, c->want, action) != c->with_force)
			fail_msg("%s: %d", c->what, (int)action);
	}
}

/* --force changes what was kept, and nothing else. */
static void
test_force(void **state)
{
	(void)state;
	for (const struct cell *c = cells; c < cells + ARRAY_LEN(cells); c++) {
		bool is_kept =
		    c->action == ACT_CONFLICT || c->action == ACT_LOCAL;

		if (!is_kept)
			assert_int_equal(c->action, c->with_force);
		for (enum action a = ACT_NONE; a < ACT_COUNT; a++) {
			if (a != ACT_CONFLICT && a != ACT_LOCAL)
				assert_int_equal(plan_force(c->seen, c->want,
						     a),
				    a);
		}
	}
}

/* The counts that one name of that action brings. */
static struct plan_counts
counts_of(enum mode mode, enum seen seen, enum action action)
{
	bool is_shown =
	    action == ACT_LINK || action == ACT_RELINK || action == ACT_COPY ||
	    action == ACT_UPDATE || action == ACT_TO_LINK ||
	    action == ACT_TO_COPY || action == ACT_REPLACE ||
	    (action == ACT_NONE &&
		(seen == SEEN_LINK_RIGHT || seen == SEEN_COPY_CURRENT));

	return (struct plan_counts){
		.linked = is_shown && mode == MODE_MERGE,
		.copied = is_shown && mode == MODE_COPY,
		.local = seen == SEEN_LOCAL && action != ACT_REPLACE,
		.updated = action == ACT_RELINK || action == ACT_UPDATE ||
			   action == ACT_TO_LINK || action == ACT_TO_COPY,
		.pruned = action == ACT_REMOVE,
		.conflicts = action == ACT_CONFLICT,
		.edited = action == ACT_CONFLICT && seen == SEEN_COPY_EDITED,
		.held = action == ACT_HELD,
	};
}

static void
check_one_name(const char *what, struct scene *s, unsigned flags,
    enum seen seen, enum action action)
{
	struct plan *plan = scene_plan(s, flags);
	const struct plan_target *t = &plan->targets[0];
	struct plan_counts counts = counts_of(s->config.mode, seen, action);
	bool changes = action_is_change(action);

	if (t->n != (action != ACT_NONE) ||
	    (t->n == 1 && t->entries[0].action != action))
		fail_msg("%s: %zu entries", what, t->n);
	if (memcmp(&t->counts, &counts, sizeof(counts)) != 0)
		fail_msg("%s: counted otherwise", what);
	if (plan_is_empty(plan) == changes || plan_target_changes(t) != changes)
		fail_msg("%s: a change, or none", what);
	if (plan_has_refusals(plan))
		fail_msg("%s: refused", what);
	scene_free(s, plan);
}

static void
test_one_name(void **state)
{
	(void)state;
	for (const struct cell *c = cells; c < cells + ARRAY_LEN(cells); c++) {
		struct scene s;

		if (c->seen == SEEN_ABSENT && c->want == WANT_NOTHING)
			continue; /* then there is no name at all */
		scene_cell(&s, c);
		check_one_name(c->what, &s, 0, c->seen, c->action);
		check_one_name(c->what, &s, PLAN_FORCE | PLAN_ALLOW_MASS_PRUNE,
		    c->seen, c->with_force);
	}
}

static void
test_incomplete(void **state)
{
	(void)state;
	for (const struct cell *c = cells; c < cells + ARRAY_LEN(cells); c++) {
		struct scene s;
		bool held = c->action == ACT_REMOVE;

		scene_cell(&s, c);
		s.set.is_complete = false;
		check_one_name(c->what, &s, 0, c->seen,
		    held ? ACT_HELD : c->action);
		check_one_name(c->what, &s, PLAN_FORCE | PLAN_ALLOW_MASS_PRUNE,
		    c->seen,
		    held || c->with_force == ACT_REMOVE ? ACT_HELD
							: c->with_force);

		struct plan *plan = scene_plan(&s, 0);
		assert_true(plan->prunes_held);
		assert_true(plan_has_conflicts(plan));
		assert_int_equal(plan->brake, BRAKE_NONE);
		scene_free(&s, plan);
	}
}

/* A skill that cannot be shown leaves what is there alone, even by force. */
static void
test_held_skills(void **state)
{
	static const enum skill_state states[] = { SKILL_COLLIDES,
		SKILL_UNREADABLE, SKILL_TOO_LONG };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		for (enum seen seen = SEEN_ABSENT; seen < SEEN_COUNT; seen++) {
			enum action want =
			    seen == SEEN_ABSENT ? ACT_NONE : ACT_HELD;
			struct scene s;

			scene_init(&s);
			scene_add(&s, 0, true, seen);
			s.skills[0].state = states[i];
			check_one_name("held", &s, 0, seen, want);
			check_one_name("held", &s, PLAN_FORCE, seen, want);
			struct plan *plan = scene_plan(&s, 0);
			assert_true(plan_has_conflicts(plan));
			scene_free(&s, plan);
		}
	}
}

/* The skill is a link to this very directory. */
static void
test_origin(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	scene_add(&s, 0, true, SEEN_LOCAL);
	s.entries[0].is_origin = true;
	check_one_name("origin", &s, 0, SEEN_LOCAL, ACT_NONE);
	check_one_name("origin", &s, PLAN_FORCE, SEEN_LOCAL, ACT_NONE);
}

static void
test_walk(void **state)
{
	static const struct {
		bool is_skill;
		enum seen seen;
		enum action action;
	} rows[] = {
		{ false, SEEN_LINK_WRONG, ACT_REMOVE },
		{ true, SEEN_ABSENT, ACT_LINK },
		{ true, SEEN_LINK_RIGHT, ACT_NONE },
		{ false, SEEN_LOCAL, ACT_NONE },
		{ true, SEEN_LINK_WRONG, ACT_RELINK },
		{ true, SEEN_LOCAL, ACT_LOCAL },
		{ false, SEEN_FILE, ACT_NONE },
		{ true, SEEN_FILE, ACT_CONFLICT },
		{ true, SEEN_LINK_RIGHT, ACT_NONE },
		{ true, SEEN_ABSENT, ACT_LINK },
		{ false, SEEN_LINK_FOREIGN, ACT_NONE },
	};
	struct scene s;

	(void)state;
	scene_init(&s);
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		scene_add(&s, i, rows[i].is_skill, rows[i].seen);
	struct plan *plan = scene_plan(&s, 0);
	const struct plan_target *t = &plan->targets[0];
	size_t at = 0;

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].action == ACT_NONE)
			continue;
		const struct plan_entry *e = &t->entries[at++];
		assert_string_equal(e->name, s.names[i]);
		assert_int_equal(e->action, rows[i].action);
		assert_int_equal(e->skill == NO_SKILL, !rows[i].is_skill);
		assert_int_equal(e->seen == NO_SKILL,
		    rows[i].seen == SEEN_ABSENT);
		if (e->skill != NO_SKILL)
			assert_string_equal(s.skills[e->skill].entry, e->name);
		if (e->seen != NO_SKILL)
			assert_string_equal(s.entries[e->seen].name, e->name);
	}
	assert_int_equal(t->n, at);
	const struct plan_counts counts = { .linked = 5,
		.local = 2,
		.updated = 1,
		.pruned = 1,
		.conflicts = 1 };
	assert_memory_equal(&t->counts, &counts, sizeof(counts));
	scene_free(&s, plan);
}

static void
test_collision(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s);
	scene_add(&s, 0, true, SEEN_LINK_WRONG);
	for (int i = 0; i < 2; i++) {
		s.skills[s.set.n] = s.skills[0];
		s.skills[s.set.n++].rel = "other";
	}
	for (size_t i = 0; i < s.set.n; i++)
		s.skills[i].state = SKILL_COLLIDES;
	scene_add(&s, 1, true, SEEN_ABSENT);
	struct plan *plan = scene_plan(&s, 0);

	assert_int_equal(plan->targets[0].n, 2);
	assert_int_equal(plan->targets[0].entries[0].action, ACT_HELD);
	assert_int_equal(plan->targets[0].entries[1].action, ACT_LINK);
	assert_string_equal(plan->targets[0].entries[1].name, "n01");
	scene_free(&s, plan);
}

struct brake_row {
	const char *what;
	unsigned pruned, fresh, right, updated;
	unsigned flags;
	enum plan_brake brake;
};

static void
test_brakes(void **state)
{
	static const struct brake_row rows[] = {
		{ "ten of ten", 10, 0, 0, 0, 0, BRAKE_EMPTY_SOURCE },
		{ "one and no skill", 1, 0, 0, 0, 0, BRAKE_EMPTY_SOURCE },
		{ "one and no skill, allowed", 1, 0, 0, 0,
		    PLAN_ALLOW_MASS_PRUNE, BRAKE_NONE },
		{ "ten of eleven", 10, 0, 1, 0, 0, BRAKE_NONE },
		{ "eleven of twelve", 11, 0, 1, 0, 0, BRAKE_MASS_PRUNE },
		{ "eleven of twelve, allowed", 11, 0, 1, 0,
		    PLAN_ALLOW_MASS_PRUNE, BRAKE_NONE },
		{ "eleven of twelve, by force", 11, 0, 1, 0, PLAN_FORCE,
		    BRAKE_MASS_PRUNE },
		{ "eleven of 21", 11, 0, 10, 0, 0, BRAKE_MASS_PRUNE },
		{ "exactly half", 11, 0, 11, 0, 0, BRAKE_NONE },
		{ "exactly half with corrected ones", 11, 0, 1, 10, 0,
		    BRAKE_NONE },
		{ "more than half with corrected ones", 12, 0, 1, 10, 0,
		    BRAKE_MASS_PRUNE },
		{ "eleven, and one is new", 11, 1, 0, 0, 0, BRAKE_NONE },
		{ "twelve, and one is new", 12, 1, 0, 0, 0, BRAKE_MASS_PRUNE },
		{ "all were renamed", 20, 20, 0, 0, 0, BRAKE_NONE },
		{ "more are new than go", 11, 20, 0, 0, 0, BRAKE_NONE },
		{ "nothing at all", 0, 0, 0, 0, 0, BRAKE_NONE },
	};

	(void)state;
	for (const struct brake_row *r = rows; r < rows + ARRAY_LEN(rows);
	     r++) {
		struct scene s;
		unsigned i = 0;

		scene_init(&s);
		for (unsigned k = 0; k < r->pruned; k++)
			scene_add(&s, i++, false, SEEN_LINK_WRONG);
		for (unsigned k = 0; k < r->fresh; k++)
			scene_add(&s, i++, true, SEEN_ABSENT);
		for (unsigned k = 0; k < r->right; k++)
			scene_add(&s, i++, true, SEEN_LINK_RIGHT);
		for (unsigned k = 0; k < r->updated; k++)
			scene_add(&s, i++, true, SEEN_LINK_WRONG);
		struct plan *plan = scene_plan(&s, r->flags);
		if (plan->brake != r->brake)
			fail_msg("%s: %d", r->what, (int)plan->brake);
		scene_free(&s, plan);
	}
}

/* A quiet target before it, and the second is named. */
static void
test_brake_target(void **state)
{
	struct scene s;
	struct observed_target targets[2];
	bool right[1] = { true };

	(void)state;
	scene_init(&s);
	for (unsigned i = 0; i < 11; i++)
		scene_add(&s, i, false, SEEN_LINK_WRONG);
	scene_add(&s, 11, true, SEEN_LINK_RIGHT);
	targets[1] = s.target;
	targets[0] = s.target;
	targets[0].n = 0;
	targets[0].right = right;
	s.observed.targets = targets;
	s.observed.n = 2;
	struct plan *plan = scene_plan(&s, 0);

	assert_int_equal(plan->brake, BRAKE_MASS_PRUNE);
	assert_int_equal(plan->brake_target, 1);
	scene_free(&s, plan);
}

static void
assert_same_target(const struct plan_target *a, const struct plan_target *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_ptr_equal(a->entries[i].name, b->entries[i].name);
		assert_int_equal(a->entries[i].skill, b->entries[i].skill);
		assert_int_equal(a->entries[i].seen, b->entries[i].seen);
		assert_int_equal(a->entries[i].action, b->entries[i].action);
	}
	assert_memory_equal(&a->counts, &b->counts, sizeof(a->counts));
	assert_int_equal(a->place, b->place);
	assert_int_equal(a->n_obstacles, b->n_obstacles);
	assert_int_equal(a->refusal == NULL, b->refusal == NULL);
	if (a->refusal != NULL)
		assert_string_equal(a->refusal, b->refusal);
}

static void
test_purity(void **state)
{
	static const enum mode modes[] = { MODE_MERGE, MODE_SYMLINK };

	(void)state;
	for (size_t m = 0; m < ARRAY_LEN(modes); m++) {
		struct scene s;
		struct scene before;
		unsigned i = 0;

		scene_init(&s);
		s.config.mode = modes[m];
		for (enum seen seen = SEEN_ABSENT; seen < SEEN_COUNT; seen++)
			scene_add(&s, i++, true, seen);
		scene_add(&s, i++, false, SEEN_LINK_WRONG);
		scene_add(&s, i++, false, SEEN_LOCAL);
		struct plan *a = scene_plan(&s, 0);
		memcpy(&before, &s, sizeof(s));
		struct plan *b = plan_compute(&s.set, &s.observed, 0);

		assert_same_target(&a->targets[0], &b->targets[0]);
		assert_int_equal(a->brake, b->brake);
		assert_memory_equal(&before, &s, sizeof(s));
		plan_free(b);
		scene_free(&s, a);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "each cell of the table is as the document says", test_cells,
		    NULL, NULL, NULL },
		{ "--force changes two cells and no others", test_force, NULL,
		    NULL, NULL },
		{ "one name is decided and counted by its cell", test_one_name,
		    NULL, NULL, NULL },
		{ "an incomplete source prunes nothing", test_incomplete, NULL,
		    NULL, NULL },
		{ "a skill that cannot be shown holds what is there",
		    test_held_skills, NULL, NULL, NULL },
		{ "a skill's own origin is left alone", test_origin, NULL, NULL,
		    NULL },
		{ "names come in order, each once", test_walk, NULL, NULL,
		    NULL },
		{ "skills of one name have one turn", test_collision, NULL,
		    NULL, NULL },
		{ "the brakes trip at their edges", test_brakes, NULL, NULL,
		    NULL },
		{ "a brake names its target", test_brake_target, NULL, NULL,
		    NULL },
		{ "a plan is made of its two values alone", test_purity, NULL,
		    NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
