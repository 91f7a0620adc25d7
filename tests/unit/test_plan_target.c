/*
 * A target's own place: what becomes of it, and when it is refused.
 */
#include "scene.h"

static void
check_same(enum mode first, enum mode second, bool refused)
{
	struct scene s;
	struct observed_target targets[2];
	struct config_target configs[2];

	scene_init(&s);
	scene_add(&s, 0, true, SEEN_ABSENT);
	for (int i = 0; i < 2; i++) {
		targets[i] = s.target;
		configs[i] = s.config;
		targets[i].config = &configs[i];
	}
	configs[0].mode = first;
	configs[1].mode = second;
	configs[1].name = "codex";
	targets[1].same_as = 0;
	s.observed.targets = targets;
	s.observed.n = 2;
	struct plan *plan = scene_plan(&s, 0);

	assert_int_equal(plan_has_refusals(plan), refused);
	assert_int_equal(plan_is_empty(plan), refused);
	assert_false(plan_target_changes(&plan->targets[1]));
	if (refused) {
		assert_non_null(strstr(plan->targets[0].refusal, "codex"));
		assert_non_null(strstr(plan->targets[1].refusal, "claude"));
		assert_int_equal(plan->targets[0].counts.linked, 0);
	} else {
		assert_int_equal(plan->targets[1].same_as, 0);
		assert_int_equal(plan->targets[1].n, 0);
	}
	scene_free(&s, plan);
}

static void
test_same(void **state)
{
	(void)state;
	check_same(MODE_MERGE, MODE_MERGE, false);
	check_same(MODE_SYMLINK, MODE_SYMLINK, false);
	check_same(MODE_MERGE, MODE_SYMLINK, true);
	check_same(MODE_SYMLINK, MODE_MERGE, true);
}

struct place_row {
	const char *what;
	enum mode mode;
	enum place_kind kind;
	unsigned flags;
	enum place_action place;
	const char *refusal; /* a part of it, or NULL */
};

static void
check_place(const struct place_row *r)
{
	struct scene s;

	scene_init(&s);
	scene_add(&s, 0, true, SEEN_ABSENT);
	s.config.mode = r->mode;
	s.target.kind = r->kind;
	s.target.problem = "is odd";
	struct plan *plan = scene_plan(&s, r->flags);
	const struct plan_target *t = &plan->targets[0];

	if ((t->refusal == NULL) != (r->refusal == NULL) ||
	    (t->refusal != NULL && strstr(t->refusal, r->refusal) == NULL))
		fail_msg("%s: %s", r->what, t->refusal);
	if (t->refusal == NULL && t->place != r->place)
		fail_msg("%s: place %d", r->what, (int)t->place);
	if (plan_has_refusals(plan) != (r->refusal != NULL) ||
	    (r->refusal != NULL && plan_target_changes(t)))
		fail_msg("%s: changes what it refuses", r->what);
	scene_free(&s, plan);
}

static void
test_places(void **state)
{
	static const struct place_row rows[] = {
		{ "absent", MODE_MERGE, PLACE_ABSENT, 0, PLACE_MAKE, NULL },
		{ "directory", MODE_MERGE, PLACE_DIR, 0, PLACE_KEEP, NULL },
		{ "our link", MODE_MERGE, PLACE_LINK_RIGHT, 0, PLACE_TO_DIR,
		    NULL },
		{ "our old link", MODE_MERGE, PLACE_LINK_STALE, 0, PLACE_TO_DIR,
		    NULL },
		{ "a link to nothing", MODE_MERGE, PLACE_LINK_DANGLING, 0,
		    PLACE_KEEP, "is a link to /old, which does not exist" },
		{ "a link to nothing, by force", MODE_MERGE,
		    PLACE_LINK_DANGLING, PLAN_FORCE, PLACE_KEEP,
		    "is a link to /old" },
		{ "a file", MODE_MERGE, PLACE_NO_DIR, 0, PLACE_KEEP,
		    "is a file" },
		{ "broken", MODE_MERGE, PLACE_BROKEN, 0, PLACE_KEEP, "is odd" },
		{ "absent, symlink", MODE_SYMLINK, PLACE_ABSENT, 0, PLACE_LINK,
		    NULL },
		{ "right, symlink", MODE_SYMLINK, PLACE_LINK_RIGHT, 0,
		    PLACE_KEEP, NULL },
		{ "old, symlink", MODE_SYMLINK, PLACE_LINK_STALE, 0,
		    PLACE_RELINK, NULL },
		{ "foreign, symlink", MODE_SYMLINK, PLACE_LINK_FOREIGN, 0,
		    PLACE_KEEP, "is a link to /old: kept" },
		{ "foreign, symlink, by force", MODE_SYMLINK,
		    PLACE_LINK_FOREIGN, PLAN_FORCE, PLACE_RELINK, NULL },
		{ "dangling, symlink", MODE_SYMLINK, PLACE_LINK_DANGLING, 0,
		    PLACE_KEEP, "is a link to /old: kept" },
		{ "dangling, symlink, by force", MODE_SYMLINK,
		    PLACE_LINK_DANGLING, PLAN_FORCE, PLACE_RELINK, NULL },
		{ "an empty directory, symlink", MODE_SYMLINK, PLACE_DIR, 0,
		    PLACE_TO_LINK, NULL },
		{ "a file, symlink", MODE_SYMLINK, PLACE_NO_DIR, PLAN_FORCE,
		    PLACE_KEEP, "is a file" },
		{ "broken, symlink", MODE_SYMLINK, PLACE_BROKEN, PLAN_FORCE,
		    PLACE_KEEP, "is odd" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_place(&rows[i]);
}

struct refusal_row {
	const char *what;
	enum mode mode;
	enum overlap overlap;
	bool is_mount;
	bool is_fixed; /* not writable */
	enum place_kind kind;
	enum seen seen;
	const char *refusal; /* a part of it, or NULL */
};

static void
test_refusals(void **state)
{
	static const struct refusal_row rows[] = {
		{ "the source", MODE_MERGE, OVERLAP_SAME, false, false,
		    PLACE_DIR, SEEN_ABSENT, "is the source itself" },
		{ "inside", MODE_MERGE, OVERLAP_INSIDE, false, false,
		    PLACE_ABSENT, SEEN_ABSENT, "lies inside the source" },
		{ "around", MODE_SYMLINK, OVERLAP_AROUND, false, false,
		    PLACE_DIR, SEEN_ABSENT, "has the source inside it" },
		{ "mount, symlink", MODE_SYMLINK, OVERLAP_NONE, true, false,
		    PLACE_DIR, SEEN_ABSENT, "is a mount point" },
		{ "mount, merge", MODE_MERGE, OVERLAP_NONE, true, false,
		    PLACE_DIR, SEEN_ABSENT, NULL },
		{ "not writable", MODE_MERGE, OVERLAP_NONE, false, true,
		    PLACE_DIR, SEEN_ABSENT, "is not writable" },
		{ "not writable, in step", MODE_MERGE, OVERLAP_NONE, false,
		    true, PLACE_DIR, SEEN_LINK_RIGHT, NULL },
		{ "not writable, a conflict", MODE_MERGE, OVERLAP_NONE, false,
		    true, PLACE_DIR, SEEN_FILE, NULL },
		{ "parent not writable", MODE_MERGE, OVERLAP_NONE, false, true,
		    PLACE_ABSENT, SEEN_ABSENT, "is not writable" },
		{ "parent not writable, symlink", MODE_SYMLINK, OVERLAP_NONE,
		    false, true, PLACE_ABSENT, SEEN_ABSENT, "is not writable" },
		{ "parent not writable, old link", MODE_SYMLINK, OVERLAP_NONE,
		    false, true, PLACE_LINK_STALE, SEEN_ABSENT,
		    "is not writable" },
		{ "the directory itself goes", MODE_SYMLINK, OVERLAP_NONE,
		    false, true, PLACE_DIR, SEEN_ABSENT, NULL },
	};

	(void)state;
	for (const struct refusal_row *r = rows; r < rows + ARRAY_LEN(rows);
	     r++) {
		struct scene s;

		scene_init(&s);
		scene_add(&s, 0, true, r->seen);
		s.config.mode = r->mode;
		s.target.overlap = r->overlap;
		s.target.is_mount = r->is_mount;
		s.target.is_writable = !r->is_fixed;
		s.target.kind = r->kind;
		struct plan *plan = scene_plan(&s, 0);
		const char *got = plan->targets[0].refusal;
		if ((got == NULL) != (r->refusal == NULL) ||
		    (got != NULL && strstr(got, r->refusal) == NULL))
			fail_msg("%s: %s", r->what, got);
		if (got != NULL && !plan_is_empty(plan))
			fail_msg("%s: changes what it refuses", r->what);
		scene_free(&s, plan);
	}
}

struct obstacle_row {
	const char *what;
	struct observed_entry entry;
	const char *obstacle; /* or NULL */
	bool taken;           /* into the source */
};

static void
test_obstacles(void **state)
{
	static const struct obstacle_row rows[] = {
		{ "our wrong link", { .seen = SEEN_LINK_WRONG }, NULL, false },
		{ "a foreign link", { .seen = SEEN_LINK_FOREIGN, .text = "/t" },
		    "n00: a link to /t", false },
		{ "a file", { .seen = SEEN_FILE }, "n00: a file", false },
		{ "a directory", { .seen = SEEN_LOCAL, .skill = NO_SKILL },
		    "n00: a directory without SKILL.md", false },
		{ "a local skill",
		    { .seen = SEEN_LOCAL,
			.skill = NO_SKILL,
			.has_skill_file = true },
		    NULL, true },
		{ "a local skill whose name is taken",
		    { .seen = SEEN_LOCAL,
			.skill = NO_SKILL,
			.has_skill_file = true,
			.is_name_taken = true },
		    "n00: the source has something else of that name", false },
		{ "the same skill",
		    { .seen = SEEN_LOCAL,
			.content = CONTENT_SAME,
			.has_skill_file = true },
		    NULL, false },
		{ "another skill of the name",
		    { .seen = SEEN_LOCAL,
			.content = CONTENT_DIFFERENT,
			.has_skill_file = true },
		    "n00: differs from the source's", false },
		{ "not compared",
		    { .seen = SEEN_LOCAL, .has_skill_file = true },
		    "n00: differs from the source's", false },
		{ "the skill's origin",
		    { .seen = SEEN_LOCAL,
			.content = CONTENT_SAME,
			.has_skill_file = true,
			.is_origin = true },
		    "n00: the source has a link to it", false },
	};

	(void)state;
	for (const struct obstacle_row *r = rows; r < rows + ARRAY_LEN(rows);
	     r++) {
		struct scene s;

		scene_init(&s);
		s.config.mode = MODE_SYMLINK;
		scene_add(&s, 0, true, SEEN_ABSENT);
		s.entries[0] = r->entry;
		s.entries[0].name = s.names[0];
		s.target.n = 1;
		struct plan *plan = scene_plan(&s, 0);
		const struct plan_target *t = &plan->targets[0];
		const char *got = t->n_obstacles == 0 ? NULL : t->obstacles[0];
		if ((got == NULL) != (r->obstacle == NULL) ||
		    (got != NULL && strcmp(got, r->obstacle) != 0))
			fail_msg("%s: %s", r->what, got);
		if ((t->refusal != NULL) != (r->obstacle != NULL) ||
		    plan_target_changes(t) != (r->obstacle == NULL) ||
		    t->counts.taken != r->taken || t->n != r->taken ||
		    t->place != PLACE_TO_LINK)
			fail_msg("%s: planned otherwise", r->what);
		scene_free(&s, plan);
	}
}

static void
test_all_obstacles(void **state)
{
	const char *hidden[] = { ".DS_Store", ".system" };
	struct scene s;

	(void)state;
	scene_init(&s);
	s.config.mode = MODE_SYMLINK;
	scene_add(&s, 0, false, SEEN_FILE);
	scene_add(&s, 1, false, SEEN_LINK_WRONG);
	scene_add(&s, 2, false, SEEN_LINK_FOREIGN);
	s.target.hidden = hidden;
	s.target.n_hidden = 2;
	for (unsigned force = 0; force <= PLAN_FORCE; force += PLAN_FORCE) {
		struct plan *plan = scene_plan(&s, force);
		const struct plan_target *t = &plan->targets[0];

		assert_int_equal(t->n_obstacles, 4);
		assert_string_equal(t->obstacles[0],
		    ".DS_Store: the link would hide it");
		assert_non_null(strstr(t->refusal, "cannot become one link"));
		assert_true(plan_is_empty(plan));
		scene_free(&s, plan);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "one directory is planned once, or not in two modes",
		    test_same, NULL, NULL, NULL },
		{ "a target's own place becomes what its mode asks",
		    test_places, NULL, NULL, NULL },
		{ "a target that cannot be is refused alone", test_refusals,
		    NULL, NULL, NULL },
		{ "each entry may go behind a link or stands in the way",
		    test_obstacles, NULL, NULL, NULL },
		{ "all obstacles are listed, by force too", test_all_obstacles,
		    NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
