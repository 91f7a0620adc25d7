#include "seenworld.h"

#define MEMORY "source"
#define MANY 600 /* helpers look at so many, too */
#define SOME 140 /* worth a file */
#define FEW 100  /* not worth one */
#define FRONT "---\nname: %s\ndescription: d\n%s---\n"

static const struct timespec long_ago[2] = { { 1, 1 }, { 1, 1 } };

/* ---- a source that has rested ------------------------------------------- */

static void
put_skills(struct world *w, const char *source, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		AUTO_FREE char *rel = xasprintf("%s/s%03u", source, i);
		AUTO_FREE char *name = xasprintf("name-%03u", i);
		AUTO_FREE char *text = xasprintf(FRONT, name,
		    i % 7 == 0    ? "targets: [t0, \"t 1\"]\n"
		    : i % 11 == 0 ? "targets: []\n"
				  : "");

		world_skill(w, rel, text);
	}
}

/* Some of everything, beside the many. */
static void
put_all_kinds(struct world *w)
{
	static const char *const dirs[] = { "empty/in/empty", "n/a/SKILL.md",
		"_r/.git", ".hidden/h" };

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO_FREE char *rel = path_join("source", dirs[i]);

		world_mkdirs(w, rel);
	}
	world_skill(w, "source/n/b", "---\nname: [\n---\n");
	world_skill(w, "source/n/b/c", "no front matter\n");
	world_skill(w, "source/n/b-c", "---\nname: name-001\n---\n");
	world_skill(w, "source/n__b", "---\nname: n__b\n---\n");
	world_skill(w, "source/_r/x", "---\nname: x\n---\n");
	world_skill(w, "source/_r/y", "---\nname: y\n---\n");
	world_skill(w, "source/.hidden/h", "---\nname: h\n---\n");
	put_file(w->s->fd, "source/_r/.skillignore", "x\n");
	put_file(w->s->fd, "source/.skillignore", "s007\n");
	world_skill(w, "outside/o", "---\nname: o\n---\n");
	world_link(w, "source/lk", "%/outside/o");
	world_link(w, "source/la", ".hidden/h");
	world_link(w, "source/nowhere", "%/absent");
	world_mkdirs(w, "source/out");
	world_link(w, "source/out/SKILL.md", "%/outside/o/SKILL.md");
	put_file(w->s->fd, "source/README.md", "read me\n");
}

static int
setup(void **state)
{
	struct world *w;

	if (world_setup(state) != 0)
		return -1;
	w = *state;
	put_skills(w, "source", MANY);
	put_all_kinds(w);
	world_mkdirs(w, "less");
	put_skills(w, "less", FEW);
	world_mkdirs(w, "some");
	put_skills(w, "some", SOME);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	rest();
	return 0;
}

static bool
is_kept(const struct world *w)
{
	return kind_at(w->state->fd, MEMORY) != FS_ABSENT;
}

/* Reads source with what is kept of it, to keep what is seen. */
static struct sourceseen *
look(struct world *w, const char *source)
{
	struct sourceseen *seen = sourceseen_new(w->state, true);

	skillset_free(STEAL_PTR(w->set));
	assert_ok(discover(source, seen, 0, &w->set));
	return seen;
}

static void
look_and_keep(struct world *w, const char *source)
{
	struct sourceseen *seen = look(w, source);

	assert_ok(sourceseen_keep(seen));
	sourceseen_free(seen);
}

static const struct source_dir *
find_dir(const struct source_list *list, const char *rel)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->dirs[i].rel, rel) == 0)
			return &list->dirs[i];
	}
	fail_msg("%s is not known", rel);
	return NULL;
}

/* What is known of it when the source is looked at: is it as it was? */
static void
assert_known(struct world *w, const char *rel, bool is_same_dir,
    bool is_same_file)
{
	struct sourceseen *seen = sourceseen_new(w->state, false);

	assert_same_as_unseen(rel, w->source, seen, 0);
	const struct source_dir *dir = find_dir(&seen->old, rel);
	assert_int_equal(dir->is_same, is_same_dir);
	assert_int_equal(dir->file != NULL && dir->file->is_same, is_same_file);
	sourceseen_free(seen);
}

/* ---- tests --------------------------------------------------------------- */

static void
test_same(void **state)
{
	struct world *w = *state;

	look_and_keep(w, w->source);
	assert_true(is_kept(w));
	for (unsigned flags = 0; flags <= DISCOVER_TEXTS; flags++) {
		struct sourceseen *seen = sourceseen_new(w->state, false);

		assert_same_as_unseen("kept", w->source, seen, flags);
		assert_true(seen->old.n > MANY);
		assert_int_equal(seen->old.n_links, 3);
		for (size_t i = 0; i < seen->old.n; i++) {
			const struct source_dir *dir = &seen->old.dirs[i];

			if (!dir->is_same ||
			    (dir->file != NULL && !dir->file->is_same))
				fail_msg("%s is not the same", dir->rel);
		}
		sourceseen_free(seen);
	}
}

/* Names are asked for in order: some are new, some are gone. */
static void
test_find(void **state)
{
	static const struct {
		const char *name;
		bool is_there;
	} rows[] = {
		{ "A", false },
		{ "_r", true },
		{ "_s", false },
		{ "n", true },
		{ "n-b", false },
		{ "s002", true },
		{ "s0020", false },
		{ "s003", true },
		{ "s003", false }, /* was passed */
		{ "s001", false },
		{ "s599", true },
		{ "z", false },
	};
	struct world *w = *state;
	struct sourceseen *seen = look(w, w->source);
	struct source_below names = sourceseen_below(seen, NULL);

	assert_null(source_below_next(&names));
	assert_null(source_below_find(&names, "n"));
	names = sourceseen_below(seen, sourceseen_top(seen));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct source_dir *dir =
		    source_below_find(&names, rows[i].name);

		assert_text("found", rows[i].name,
		    rows[i].is_there ? rows[i].name : NULL,
		    dir != NULL ? dir->rel : NULL);
	}
	names = sourceseen_below(seen, find_dir(&seen->old, "n"));
	assert_string_equal(source_below_next(&names)->rel, "n/a");
	assert_string_equal(source_below_next(&names)->rel, "n/b");
	assert_string_equal(source_below_next(&names)->rel, "n/b-c");
	assert_null(source_below_next(&names));
	sourceseen_free(seen);
	assert_null(sourceseen_top(NULL));
}

/* Another run keeps what it was told and what it saw itself alike. */
static void
test_handed_down(void **state)
{
	struct world *w = *state;
	struct sourceseen *seen = look(w, w->source);
	AUTO_STRBUF struct strbuf first = { 0 };
	AUTO_STRBUF struct strbuf second = { 0 };

	assert_int_equal(seen->n_new, 0);
	assert_int_equal(seen->old.n, seen->now.n);
	assert_ok(fs_read_file(w->state->fd, MEMORY, 1 << 20, &first));
	assert_ok(fs_unlink(w->state->fd, MEMORY));
	assert_ok(sourceseen_keep(seen)); /* nothing new: nothing is written */
	assert_false(is_kept(w));
	seen->n_new += ENOUGH_MARKS;
	assert_ok(sourceseen_keep(seen));
	sourceseen_free(seen);
	assert_ok(fs_read_file(w->state->fd, MEMORY, 1 << 20, &second));
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.s, second.s, first.len);
}

static void
test_worth(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *less = path_join(w->s->path, "less");
	AUTO_FREE char *some = path_join(w->s->path, "some");

	look_and_keep(w, less);
	assert_false(is_kept(w));
	look_and_keep(w, some);
	assert_true(is_kept(w));
	assert_ok(fs_unlink(w->state->fd, MEMORY));
	look_and_keep(w, w->source);
	assert_true(is_kept(w));
}

/* Who keeps nothing has nothing to write, and hands nothing on. */
static void
test_keeps_nothing(void **state)
{
	struct world *w = *state;
	struct sourceseen *seen = sourceseen_new(w->state, false);
	struct skillset *set = NULL;

	assert_ok(fs_unlink(w->state->fd, MEMORY));
	assert_ok(discover(w->source, seen, 0, &set));
	assert_int_equal(seen->now.n, 0);
	assert_int_equal(seen->n_new, 0);
	for (size_t i = 0; i < set->n; i++)
		assert_int_equal(set->skills[i].look, NOT_SEEN);
	skillset_free(set);
	sourceseen_free(seen);
	look_and_keep(w, w->source);
}

/* A reader may be there before any state is. */
static void
test_no_state(void **state)
{
	struct world *w = *state;
	const struct state none = { .fd = -1 };
	struct sourceseen *seen = sourceseen_new(&none, false);

	assert_same_as_unseen("no state", w->source, seen, 0);
	assert_int_equal(seen->old.n, 0);
	sourceseen_free(seen);
}

/* Each of these is told by the times alone, and by the inode. */
static void
test_changed(void **state)
{
	struct world *w = *state;
	int fd = w->s->fd;

	assert_known(w, "s000", true, true);
	put_file(fd, "source/s000/more.md", "more");
	assert_known(w, "s000", false, true);

	/* As long as it was, and with the time that it had. */
	struct fs_stat st;
	assert_ok(fs_stat(fd, "source/s001/SKILL.md", &st));
	AUTO_FREE char *text = xasprintf(FRONT, "ffff-001", "");
	assert_int_equal(strlen(text), st.size_bytes);
	put_bytes(fd, "source/s001/SKILL.md", text, strlen(text));
	const struct timespec times[2] = {
		{ st.mtime_ns / 1000000000, st.mtime_ns % 1000000000 },
		{ st.mtime_ns / 1000000000, st.mtime_ns % 1000000000 },
	};
	assert_int_equal(utimensat(fd, "source/s001/SKILL.md", times, 0), 0);
	assert_known(w, "s001", true, false);

	/* Two directories change places: all in them has the times it had. */
	assert_ok(fs_exchange(fd, "source/s002", fd, "source/s003"));
	assert_known(w, "s002", false, false);
	assert_known(w, "s003", false, false);
	assert_known(w, "", false, false);

	/* What is nested moves with what is above it. */
	assert_ok(fs_rename_noreplace(fd, "source/n/b", fd, "source/n/z"));
	assert_known(w, "n/b/c", false, false);
	assert_known(w, "n", false, false);
}

/* A link is followed on the way to what is below it: it must not be walked. */
static void
test_link_in_place(void **state)
{
	struct world *w = *state;
	int fd = w->s->fd;

	assert_ok(fs_rename_noreplace(fd, "source/_r", fd, "source/.r"));
	world_link(w, "source/_r", ".r");
	assert_known(w, "_r/x", true, false);
	assert_known(w, "_r/y", true, true);
}

static void
test_young(void **state)
{
	struct world *w = *state;

	put_file(w->s->fd, "source/s004/more.md", "more");
	assert_int_equal(utimensat(w->s->fd, "source/s005/SKILL.md", long_ago,
			     0),
	    0);
	assert_int_equal(utimensat(w->s->fd, "source/s006", long_ago, 0), 0);
	assert_ok(fs_unlink(w->state->fd, MEMORY));
	struct sourceseen *seen = look(w, w->source);
	assert_false(find_dir(&seen->now, "s004")->is_sure);
	assert_true(find_dir(&seen->now, "s004")->file->is_sure);
	assert_true(find_dir(&seen->now, "s005")->is_sure);
	assert_false(find_dir(&seen->now, "s005")->file->is_sure);
	assert_false(find_dir(&seen->now, "s006")->is_sure);
	assert_ok(sourceseen_keep(seen));
	sourceseen_free(seen);
	assert_known(w, "s004", false, true);
	assert_known(w, "s005", true, false);
	assert_known(w, "s006", false, true);
	assert_known(w, "s008", true, true);
}

static void
test_all_young(void **state)
{
	struct world *w = *state;

	put_skills(w, "source", SOME);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	struct sourceseen *seen = look(w, w->source);
	assert_int_equal(seen->now.n, SOME + 1);
	assert_int_equal(seen->n_new, 0);
	assert_ok(sourceseen_keep(seen));
	assert_false(is_kept(w));
	sourceseen_free(seen);
}

/* Where the times of a file system are not known to be kept. */
static void
test_untimed(void **state)
{
	struct world *w = *state;
	struct skillset set = { .source_dev = 7 };
	const struct fs_stat st = { .kind = FS_DIR, .dev = 7, .ino = 1 };
	const struct fs_stat other = { .kind = FS_DIR, .dev = 8, .ino = 1 };
	struct sourceseen *seen = sourceseen_new(w->state, true);

	seen->set = &set;
	seen->start_ns = INT64_C(1) << 60;
	sourceseen_read_dir(seen, sourceseen_enter(seen, ""), &st, FS_ABSENT);
	seen->is_timed = true;
	sourceseen_read_dir(seen, sourceseen_enter(seen, "a"), &st, FS_ABSENT);
	sourceseen_read_dir(seen, sourceseen_enter(seen, "b"), &other,
	    FS_ABSENT);
	assert_false(seen->now.dirs[0].is_sure);
	assert_true(seen->now.dirs[1].is_sure);
	assert_false(seen->now.dirs[2].is_sure); /* mounted there */
	assert_int_equal(seen->n_new, 1);
	sourceseen_free(seen);
}

/* What is handed on is what the disk says. */
static void
test_looks_of_skills(void **state)
{
	struct world *w = *state;
	AUTO_CLOSE int fd = -1;
	struct sourceseen *seen = look(w, w->source);

	assert_ok(fs_open_dir(w->source, &fd));
	for (size_t i = 0; i < w->set->n; i++) {
		const struct skill *skill = &w->set->skills[i];
		struct source_looks looks = sourceseen_looks(seen, skill->look);
		AUTO_FREE char *file = path_join(skill->rel, SKILL_FILE);
		struct fs_stat want;
		struct fs_stat got = { 0 };

		if (skill->is_link || skill->rule != NULL) {
			assert_int_equal(looks.n, 0);
			continue;
		}
		assert_true(source_looks_take(&looks, "", FS_DIR, &got));
		assert_ok(fs_stat(fd, skill->rel, &want));
		assert_int_equal(want.ino, got.ino);
		assert_int_equal(want.mtime_ns, got.mtime_ns);
		assert_int_equal(want.ctime_ns, got.ctime_ns);
		assert_ok(fs_stat(fd, file, &want));
		bool is_read = want.kind == FS_FILE;
		assert_int_equal(source_looks_take(&looks, SKILL_FILE, FS_FILE,
				     &got),
		    is_read);
		if (!is_read)
			continue;
		assert_int_equal(want.ino, got.ino);
		assert_int_equal(want.size_bytes, got.size_bytes);
		assert_int_equal(want.mtime_ns, got.mtime_ns);
		assert_int_equal(want.ctime_ns, got.ctime_ns);
	}
	sourceseen_free(seen);
}

int
main(void)
{
	/* One rest is enough: each goes on where the one before was. */
	static const struct CMUnitTest tests[] = {
		IN_TURN("too little is not worth a file", test_worth),
		IN_TURN("what is as it was is not read, and is the same",
		    test_same),
		IN_TURN("what is known is found by its name", test_find),
		IN_TURN("what was known is handed down", test_handed_down),
		IN_TURN("who keeps nothing hands nothing on",
		    test_keeps_nothing),
		IN_TURN("without a state nothing is known", test_no_state),
		IN_TURN("what is handed on is what the disk says",
		    test_looks_of_skills),
		IN_TURN("what has changed is read", test_changed),
		IN_TURN("a link in place of a directory is no directory",
		    test_link_in_place),
		IN_TURN("what changed just now is read again", test_young),
		IN_TURN("what is mounted, or has no times, is not gone by",
		    test_untimed),
		IN_WORLD("of young times alone nothing is kept",
		    test_all_young),
	};

	return cmocka_run_group_tests(tests, setup, world_teardown);
}
