#include "discover.h"

#include "world.h"

#define FRONT "---\nname: %s\ndescription: text\n---\n"

/*
 * Lines "s REL" (a skill), "d REL" (a directory), "f REL" (a file) and "l REL
 * TEXT" (a link), below the source.
 */
static void
make(struct world *w, const char *lines)
{
	AUTO_FREE char *copy = xstrdup(lines);
	char *rest = copy;

	while (rest != NULL && *rest != '\0') {
		char *line = strsep(&rest, "\n");
		char kind = line[0];
		char *name = line + 2;
		char *text = strchr(name, ' ');

		if (text != NULL)
			*text++ = '\0';
		AUTO_FREE char *rel = path_join("source", name);
		AUTO_FREE char *front = xasprintf(FRONT, name);

		if (kind == 's')
			world_skill(w, rel, front);
		else if (kind == 'd')
			world_mkdirs(w, rel);
		else if (kind == 'f')
			put_file(w->s->fd, rel, "text");
		else if (kind == 'i')
			put_file(w->s->fd, rel, text);
		else if (text != NULL)
			world_link(w, rel, text);
	}
}

/* What was found, in one line: "entry=rel", with marks; then problems. */
static char *
said(const struct skillset *set)
{
	static const char *const states[] = {
		[SKILL_OK] = "",
		[SKILL_COLLIDES] = "!collides",
		[SKILL_UNREADABLE] = "!unreadable",
		[SKILL_TOO_LONG] = "!long",
		[SKILL_DISABLED] = "!off",
	};
	static const char *const kinds[] = {
		[PROBLEM_FRONT_MATTER] = "front",
		[PROBLEM_SAME_NAME] = "same",
		[PROBLEM_COLLISION] = "collision",
		[PROBLEM_UNREADABLE] = "unreadable",
		[PROBLEM_TOO_LONG] = "long",
		[PROBLEM_TOO_DEEP] = "deep",
	};
	struct strbuf sb = { 0 };

	for (size_t i = 0; i < set->n; i++) {
		const struct skill *s = &set->skills[i];

		strbuf_printf(&sb, "%s%s=%s%s%s", i > 0 ? " " : "", s->entry,
		    s->rel, states[s->state], s->is_link ? "@" : "");
	}
	for (size_t i = 0; i < set->n_problems; i++)
		strbuf_printf(&sb, " %s:%s", kinds[set->problems[i].kind],
		    set->problems[i].rel);
	for (size_t i = 0; i < set->n_repos; i++)
		strbuf_printf(&sb, " repo:%s:%zu", set->repos[i].name,
		    set->repos[i].n_skills);
	if (!set->is_complete)
		strbuf_add(&sb, " incomplete");
	return sb.s == NULL ? xstrdup("") : strbuf_detach(&sb);
}

static void
assert_found(struct world *w, const char *what, const char *text)
{
	struct skillset *set = NULL;

	assert_ok(discover(w->source, NULL, 0, &set));
	AUTO_FREE char *got = said(set);
	if (strcmp(got, text) != 0)
		fail_msg("%s: %s", what, got);
	skillset_free(set);
}

static void
test_sources(void **state)
{
	static const struct {
		const char *what;
		const char *lines;
		const char *text;
	} rows[] = {
		{ "nothing", "", "" },
		{ "two", "s b\ns a", "a=a b=b" },
		{ "nested", "s d/e\ns d/f", "d__e=d/e d__f=d/f" },
		{ "in a skill", "s a\ns a/b", "a=a a__b=a/b" },
		{ "no skills", "d a\nf b\nd c/d", "" },
		{ "in the source itself", "f SKILL.md", "" },
		{ "hidden", "s .h\ns a/.x", "" },
		{ "a directory SKILL.md", "d a/SKILL.md", "" },
		{ "another case", "d a\nf a/skill.md", "" },
		{ "collision", "s d/e\ns d__e\ns x",
		    "d__e=d/e!collides d__e=d__e!collides x=x "
		    "collision:d__e" },
		{ "collision of three", "s a/b/c\ns a__b/c\ns a/b__c",
		    "a__b__c=a/b/c!collides a__b__c=a/b__c!collides "
		    "a__b__c=a__b/c!collides collision:a/b__c "
		    "collision:a__b/c" },
		{ "a link to a skill", "s .o/x\nl lk .o/x", "lk=lk@" },
		{ "a link to a skill with more below",
		    "s .o/x\ns .o/x/y\nl lk .o/x", "lk=lk@" },
		{ "a link further down", "s .o/x\nd d\nl d/lk ../.o/x", "" },
		{ "a link to no skill", "d .o\nl lk .o", "" },
		{ "a link to skills", "s .o/x\nl lk .o", "" },
		{ "a link to nothing: what it was cannot be said",
		    "l lk nowhere", "lk=lk!unreadable@ unreadable:lk" },
		{ "a rule disables", "i .skillignore /x\ns x\ns y/x",
		    "x=x!off y__x=y/x" },
		{ "a rule disables all below",
		    "i .skillignore y/\ns x\ns y\ns y/x",
		    "x=x y=y!off y__x=y/x!off" },
		{ "of the two files the local one wins",
		    "i .skillignore x\ni .skillignore.local !x\ns x", "x=x" },
		{ "what is disabled collides with nothing",
		    "i .skillignore d__e\ns d/e\ns d__e",
		    "d__e=d/e d__e=d__e!off" },
		{ "what is disabled is not looked at",
		    "i .skillignore x\nd x\nl x/SKILL.md /etc/passwd",
		    "x=x!off" },
		{ "a link can be disabled",
		    "i .skillignore lk/\ns .o/x\nl lk .o/x", "lk=lk!off@" },
		{ "a link to nothing can be disabled, too",
		    "i .skillignore lk\nl lk nowhere", "lk=lk!off@" },
		{ "a repository disables its own",
		    "d _r/.git\ni _r/.skillignore /x\ns _r/x\ns _r/y\ns x",
		    "_r__x=_r/x!off _r__y=_r/y x=x repo:_r:1" },
		{ "the user's rules win over a repository's",
		    "d _r/.git\ni _r/.skillignore.local *\ns _r/x\ns _r/y\n"
		    "i .skillignore !x",
		    "_r__x=_r/x _r__y=_r/y!off repo:_r:1" },
		{ "what is no repository has no rules",
		    "s d/x\ni d/.skillignore x", "d__x=d/x" },
		{ "rules that cannot be read hide nothing by guess",
		    "d .skillignore\ns x\ns y",
		    "x=x!unreadable y=y!unreadable unreadable:.skillignore "
		    "incomplete" },
		{ "the same in a repository",
		    "d _r/.git\ns _r/x\ns y\nl _r/.skillignore /dev/null",
		    "_r__x=_r/x!unreadable y=y unreadable:_r/.skillignore "
		    "repo:_r:1 incomplete" },
		{ "a link to itself", "l lk lk",
		    "lk=lk!unreadable@ unreadable:lk" },
		{ "a link to a file", "f file\nl lk file", "" },
		{ "a link in the skill", "d a\nf a/x\nl a/SKILL.md x",
		    "a=a front:a/SKILL.md" },
		{ "a link out of the skill",
		    "s .o/x\nd a\n"
		    "l a/SKILL.md ../.o/x/SKILL.md",
		    "a=a front:a/SKILL.md" },
		{ "a link to nothing in the skill", "d a\nl a/SKILL.md x\ns b",
		    "a=a!unreadable b=b unreadable:a/SKILL.md incomplete" },
		{ "a tracked repository", "d _r/.git\ns _r/x\ns _r/y\ns z",
		    "_r__x=_r/x _r__y=_r/y z=z repo:_r:2" },
		{ "an untracked one", "s _r/x", "_r__x=_r/x" },
		{ "a repository further down", "d d/_r/.git\ns d/_r/x",
		    "d___r__x=d/_r/x" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make(w, rows[i].lines);
		assert_found(w, rows[i].what, rows[i].text);
		assert_ok(tree_remove(w->s->fd, "source"));
		(void)close(put_dir(w->s->fd, "source"));
	}
}

static void
test_too_long(void **state)
{
	struct world *w = *state;
	char part[128];

	memset(part, 'n', sizeof(part));
	part[127] = '\0';
	AUTO_FREE char *fits = xasprintf("%.126s/%s", part, part);
	AUTO_FREE char *rel = xasprintf("%s/%sx", part, part);
	AUTO_FREE char *lines = xasprintf("s %s\ns %s", fits, rel);
	struct skillset *set = NULL;

	make(w, lines);
	assert_ok(discover(w->source, NULL, 0, &set));
	assert_int_equal(set->n, 2);
	assert_int_equal(skillset_usable(set), 1);
	for (size_t i = 0; i < set->n; i++) {
		bool is_long = strcmp(set->skills[i].rel, rel) == 0;

		assert_int_equal(set->skills[i].state,
		    is_long ? SKILL_TOO_LONG : SKILL_OK);
	}
	assert_int_equal(set->problems[0].kind, PROBLEM_TOO_LONG);
	assert_true(set->is_complete);
	skillset_free(set);
}

static void
test_too_deep(void **state)
{
	struct world *w = *state;
	AUTO_STRBUF struct strbuf rel = { 0 };
	struct skillset *set = NULL;

	strbuf_add(&rel, "s ");
	for (int i = 0; i < 70; i++)
		strbuf_add(&rel, "d/");
	strbuf_add(&rel, "x\ns y");
	make(w, strbuf_str(&rel));
	assert_ok(discover(w->source, NULL, 0, &set));
	assert_int_equal(set->n, 1);
	assert_int_equal(set->n_problems, 1);
	assert_int_equal(set->problems[0].kind, PROBLEM_TOO_DEEP);
	assert_false(set->is_complete);
	skillset_free(set);
}

static void
test_same_name(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/a", "---\nname: x\ndescription: d\n---\n");
	world_skill(w, "source/b", "---\nname: x\ndescription: d\n---\n");
	assert_found(w, "same", "a=a b=b same:b/SKILL.md");
}

static void
test_texts(void **state)
{
	struct world *w = *state;
	struct skillset *set = NULL;

	world_skill(w, "source/a", "---\nname: n\ndescription: d\n---\n");
	for (unsigned flags = 0; flags <= DISCOVER_TEXTS; flags++) {
		assert_ok(discover(w->source, NULL, flags, &set));
		const struct skill *skill = skillset_find(set, "a");
		assert_non_null(skill);
		assert_string_equal(skill->name, "n");
		if (flags == DISCOVER_TEXTS)
			assert_string_equal(skill->description, "d");
		else
			assert_null(skill->description);
		AUTO_FREE char *abs = path_join(w->source, "a");
		assert_string_equal(skill->abs, abs);
		assert_null(skillset_find(set, "b"));
		skillset_free(set);
	}
}

static void
test_unreadable(void **state)
{
	struct world *w = *state;

	make(w, "s a\ns b\ns d/e");
	assert_ok(fs_chmod(w->s->fd, "source/a/SKILL.md", 0));
	assert_ok(fs_chmod(w->s->fd, "source/d", 0));
	if (geteuid() == 0) {
		assert_int_equal(fchownat(w->s->fd, "source/a/SKILL.md", NOBODY,
				     NOBODY, 0),
		    0);
		become_nobody(w->s);
	}
	struct skillset *set = NULL;
	struct error *err = discover(w->source, NULL, 0, &set);
	become_root();
	assert_ok(err);
	AUTO_FREE char *got = said(set);
	skillset_free(set);
	assert_ok(fs_chmod(w->s->fd, "source/d", 0755));
	assert_string_equal(got,
	    "a=a!unreadable b=b unreadable:a/SKILL.md unreadable:d "
	    "incomplete");
}

static void
test_no_source(void **state)
{
	struct world *w = *state;
	struct skillset *set = NULL;

	assert_ok(fs_rmdir(w->s->fd, "source"));
	assert_code(discover(w->source, NULL, 0, &set), ERR_CONFIG);
	put_file(w->s->fd, "source", "text");
	assert_code(discover(w->source, NULL, 0, &set), ERR_CONFIG);
	assert_null(set);
}

static void
test_source_is_link(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *real = path_join(w->s->path, "real");
	AUTO_FREE char *abs = path_join(w->source, "a");
	struct skillset *set = NULL;

	assert_ok(fs_rmdir(w->s->fd, "source"));
	world_link(w, "source", "real");
	(void)close(put_dir(w->s->fd, "real"));
	make(w, "s a");
	assert_ok(discover(w->source, NULL, 0, &set));
	assert_string_equal(set->source, w->source);
	assert_string_equal(set->source_real, real);
	assert_string_equal(set->skills[0].abs, abs);
	skillset_free(set);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_WORLD("the skills of a source are found", test_sources),
		IN_WORLD("a name that is no file name is told", test_too_long),
		IN_WORLD("what is nested too deep is told", test_too_deep),
		IN_WORLD("two skills with one name are told", test_same_name),
		IN_WORLD("descriptions are kept if asked for", test_texts),
		IN_WORLD("what cannot be read makes a source incomplete",
		    test_unreadable),
		IN_WORLD("no source is an error of the config", test_no_source),
		IN_WORLD("a source may be a link", test_source_is_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
