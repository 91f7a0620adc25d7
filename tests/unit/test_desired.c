#include "desired.h"

#include "scene.h"

/*
 * Skills as a text, one a line: "rel [name [targets…]]"; the entry is made of
 * the rel. "!" before it: disabled, "?" unreadable.
 */
struct wish {
	struct arena arena;
	struct skillset set;
	struct desired *desired;
};

static const struct ignore_rule rule = { .file = ".skillignore",
	.line = 3,
	.text = "x" };

static int
by_entry(const void *a, const void *b)
{
	const struct skill *x = a;
	const struct skill *y = b;

	return strcmp(x->entry, y->entry);
}

static void
add_skill(struct wish *w, char *line)
{
	struct skill skill = { .state = SKILL_OK };
	const char *targets[4] = { NULL };
	size_t n = 0;

	if (line[0] == '!') {
		skill.state = SKILL_DISABLED;
		skill.rule = &rule;
	} else if (line[0] == '?') {
		skill.state = SKILL_UNREADABLE;
	}
	line += skill.state != SKILL_OK;
	skill.rel = arena_strdup(&w->arena, strsep(&line, " "));
	skill.entry = skillset_entry(&w->arena, skill.rel);
	if (line != NULL)
		skill.name = arena_strdup(&w->arena, strsep(&line, " "));
	while (line != NULL && n < 3)
		targets[n++] = arena_strdup(&w->arena, strsep(&line, " "));
	if (n > 0) {
		const char **copy = arena_alloc(&w->arena, sizeof(targets));

		memcpy(copy, targets, sizeof(targets));
		skill.only_for = copy;
	}
	w->set.skills = xgrow(w->set.skills, w->set.n, sizeof(skill));
	w->set.skills[w->set.n++] = skill;
}

static const struct view *
wish(struct wish *w, const char *skills, const struct config_target *t)
{
	AUTO_FREE char *text = xstrdup(skills);

	*w = (struct wish){ 0 };
	for (char *rest = text; rest != NULL;)
		add_skill(w, strsep(&rest, "\n"));
	qsort(w->set.skills, w->set.n, sizeof(*w->set.skills), by_entry);
	for (uint32_t i = 0; i < w->set.n; i++)
		(void)strmap_put(&w->set.by_entry, w->set.skills[i].entry, i);
	w->desired = desired_new(&w->set, &t, 1);
	return w->desired->views[0];
}

static void
unwish(struct wish *w)
{
	desired_free(w->desired);
	strmap_release(&w->set.by_entry);
	free(w->set.skills);
	arena_release(&w->arena);
}

/* "name name: why …", in the order of the names. */
static char *
said(const struct view *view)
{
	struct strbuf sb = { 0 };

	for (size_t i = 0; i < view->set->n; i++) {
		uint32_t skill = view_at(view, i);

		strbuf_printf(&sb, "%s%s", i > 0 ? " " : "",
		    view_name(view, skill));
		if (!view_shows(view, skill))
			strbuf_printf(&sb, ":%s",
			    view_why_name(view_why(view, skill)));
	}
	return strbuf_detach(&sb);
}

static void
test_views(void **state)
{
	static const char *a[] = { "a" };
	static const char *team[] = { "team-*", "x/**" };
	static const char *deep[] = { "**/b" };
	static const struct {
		const char *what, *skills;
		const char *name;
		struct config_target t;
		const char *said;
		bool is_plain;
	} rows[] = {
		{ "all", "a\nb/c", "claude", { .mode = MODE_MERGE }, "a b__c",
		    true },
		{ "what is disabled or odd", "!a\n?b\nc", "claude",
		    { .mode = MODE_COPY }, "a:disabled b:held c", true },
		{ "include", "a\nb", "claude", { .include = { a, 1 } },
		    "a b:not_included", false },
		{ "by the flat name or the path",
		    "team-a\nteam-b/c\nx/y\nx/y/z\nx", "claude",
		    { .include = { team, 2 } },
		    "team-a team-b__c x:not_included x__y x__y__z", false },
		{ "exclude wins", "a\nb", "claude",
		    { .include = { a, 1 }, .exclude = { a, 1 } },
		    "a:excluded b:not_included", false },
		{ "deep", "b\nc/b\nc/d/b\nc/e", "claude",
		    { .exclude = { deep, 1 } },
		    "b:excluded c__b:excluded c__d__b:excluded c__e", false },
		{ "a filter that hits nothing", "b", "claude",
		    { .exclude = { a, 1 } }, "b", true },
		{ "for some targets",
		    "a a claude\nb b codex\nc c cursor claude", "claude",
		    { .mode = MODE_MERGE }, "a b:for_other_targets c", false },
		{ "an alias is as good", "a a claude-code\nb b nobody",
		    "claude", { .mode = MODE_MERGE }, "a b:for_other_targets",
		    false },
		{ "symlink mode asks for nothing", "a a codex\n!b\nc", "claude",
		    { .mode = MODE_SYMLINK,
			.naming = NAMING_STANDARD,
			.exclude = { a, 1 } },
		    "a b:disabled c", true },
		{ "standard", "z/a a\nb b\nC C\nd\ne f", "claude",
		    { .naming = NAMING_STANDARD },
		    "C:name_not_usable a b d:name_not_usable "
		    "e:name_not_usable",
		    false },
		{ "standard: by one name", "x/a a\ny/a a\nb b", "claude",
		    { .naming = NAMING_STANDARD },
		    "a:name_taken a:name_taken b", false },
		{ "standard: no rival that is out", "x/a a\n!y/a a\nz/a b",
		    "claude", { .naming = NAMING_STANDARD },
		    "a a:disabled a:name_not_usable", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wish w;
		struct config_target t = rows[i].t;

		t.name = rows[i].name;
		const struct view *view = wish(&w, rows[i].skills, &t);
		AUTO_FREE char *got = said(view);
		if (strcmp(got, rows[i].said) != 0 ||
		    view->is_plain != rows[i].is_plain)
			fail_msg("%s: %s", rows[i].what, got);
		unwish(&w);
	}
}

static void
test_reasons(void **state)
{
	static const char *b[] = { "b*", "c" };
	const struct config_target t = { .name = "claude",
		.naming = NAMING_STANDARD,
		.exclude = { b, 2 } };
	static const char *const reasons[] = {
		"is disabled by .skillignore:3: x",
		"is excluded by b*",
		"is for other targets only: codex, x",
		"has a name with more than a-z, 0-9 and -",
		"is not in order in the source",
		"would be \"e\" there, and so would another",
		"would be \"e\" there, and so would another",
		"is shown",
	};
	struct wish w;
	const struct view *view = wish(&w,
	    "!a\nbc bc\nd d codex x\nd_ d_\n?dd\ny/e e\nz/e e\nf f", &t);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		uint32_t skill = view_at(view, i);
		AUTO_FREE char *reason = view_reason(view, skill);

		assert_string_equal(reason, reasons[i]);
	}
	assert_int_equal(view->n_shown, 1);
	assert_int_equal(view_count(view, WHY_NAME_TAKEN), 2);
	assert_string_equal(view_find(view, "bc")->rel, "bc");
	assert_null(view_find(view, "y__e"));
	unwish(&w);
}

static void
test_sharing(void **state)
{
	static const char *a[] = { "a" };
	const struct config_target plain = { .name = "claude" };
	const struct config_target copy = { .name = "codex",
		.mode = MODE_COPY };
	const struct config_target own = { .name = "cursor",
		.exclude = { a, 1 } };
	const struct config_target *targets[] = { &plain, &own, &copy, &own };
	struct wish w;

	(void)state;
	(void)wish(&w, "a\nb", &plain);
	struct desired *desired = desired_new(&w.set, targets, 4);
	assert_ptr_equal(desired->views[0], desired->views[2]);
	assert_ptr_not_equal(desired->views[1], desired->views[3]);
	assert_true(view_equal(desired->views[1], desired->views[3]));
	assert_false(view_equal(desired->views[0], desired->views[1]));
	desired_free(desired);
	unwish(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "each skill is shown, or it is said why not", test_views,
		    NULL, NULL, NULL },
		{ "the reasons as half sentences", test_reasons, NULL, NULL,
		    NULL },
		{ "targets without a choice of their own share one view",
		    test_sharing, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
