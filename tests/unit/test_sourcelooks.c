/* What a run has seen of a skill, for who goes through it after that. */
#include "seenworld.h"

#define MORE_NS (INT64_C(1) << 60)

/*
 * What was seen, in the order of the walk: a directory is known by its place
 * here, from 1, and its SKILL.md by that and 100.
 */
static const struct {
	const char *rel;
	bool has_file;
	bool is_unread; /* only its name is known */
} seen_dirs[] = {
	{ "", false, false },
	{ "a", true, false },
	{ "s", true, false },
	{ "s/a", true, false },
	{ "s/a/b", true, false },
	{ "s/a/b/c", false, false },
	{ "s/a b", false, false },
	{ "s/a-b", true, false },
	{ "s/a-b/a", false, false },
	{ "s/a.b", false, true },
	{ "s/ab", false, false },
	{ "t", true, false },
};
/* Of them, the skill that is asked for. */
#define SKILL 2
#define SKILL_END 11

static struct fs_stat
stat_of(enum fs_kind kind, uint64_t ino)
{
	return (struct fs_stat){
		.kind = kind,
		.dev = 7,
		.ino = ino,
		.size_bytes = 10 * ino,
		.mtime_ns = (int64_t)(20 * ino),
		.ctime_ns = (int64_t)(30 * ino),
	};
}

/* Is the directory i above the one of rel? */
static bool
is_above(size_t i, const char *rel)
{
	size_t len = strlen(seen_dirs[i].rel);

	return len == 0 ||
	       (strncmp(rel, seen_dirs[i].rel, len) == 0 && rel[len] == '/');
}

/* As the walk does it: it leaves what the next is not below. */
static struct sourceseen *
see(const struct skillset *set)
{
	static const struct skill_meta meta = { .name = "n" };
	struct sourceseen *seen = sourceseen_new(NULL, true);
	uint32_t open[ARRAY_LEN(seen_dirs)];
	size_t n_open = 0;

	seen->set = set;
	seen->start_ns = MORE_NS;
	seen->is_timed = true;
	for (size_t i = 0; i < ARRAY_LEN(seen_dirs); i++) {
		const struct fs_stat dir = stat_of(FS_DIR, i + 1);
		const struct fs_stat file = stat_of(FS_FILE, i + 101);

		while (
		    n_open > 0 && !is_above(open[n_open - 1], seen_dirs[i].rel))
			sourceseen_leave(seen, open[--n_open]);
		uint32_t at = sourceseen_enter(seen, seen_dirs[i].rel);
		assert_int_equal(at, i);
		if (!seen_dirs[i].is_unread)
			sourceseen_read_dir(seen, at, &dir, FS_FILE);
		if (seen_dirs[i].has_file)
			sourceseen_read_file(seen, at, &file, &meta);
		open[n_open++] = at;
	}
	while (n_open > 0)
		sourceseen_leave(seen, open[--n_open]);
	return seen;
}

/* What is asked for, and what it must be by; 0: nothing is known. */
struct question {
	const char *rel;
	enum fs_kind kind;
	uint64_t ino;
};

static void
ask(struct source_looks *looks, const char *what, const struct question *q)
{
	struct fs_stat want = { .ino = 999 };
	struct fs_stat got = want;

	if (q->ino != 0) {
		want = stat_of(q->kind, q->ino);
		want.dev = 0; /* a mark has none */
		want.size_bytes = q->kind == FS_DIR ? 0 : want.size_bytes;
	}
	bool is_known = source_looks_take(looks, q->rel, q->kind, &got);
	if (is_known != (q->ino != 0) || want.ino != got.ino)
		fail_msg("%s: \"%s\" is %llu", what, q->rel,
		    is_known ? (unsigned long long)got.ino : 0);
	assert_memory_equal(&want, &got, sizeof(want));
}

static void
ask_all(const struct sourceseen *seen, const char *what,
    const struct question *questions)
{
	struct source_looks looks = sourceseen_looks(seen, SKILL);

	for (; questions->rel != NULL; questions++)
		ask(&looks, what, questions);
}

static void
test_walks(void **state)
{
	static const struct {
		const char *what;
		struct question questions[16];
	} rows[] = {
		{ "all there is, in order",
		    { { "", FS_DIR, 3 }, { "SKILL.md", FS_FILE, 103 },
			{ "a", FS_DIR, 4 }, { "a/SKILL.md", FS_FILE, 104 },
			{ "a/b", FS_DIR, 5 }, { "a/b/SKILL.md", FS_FILE, 105 },
			{ "a/b/c", FS_DIR, 6 }, { "a b", FS_DIR, 7 },
			{ "a-b", FS_DIR, 8 }, { "a-b/SKILL.md", FS_FILE, 108 },
			{ "a-b/a", FS_DIR, 9 }, { "ab", FS_DIR, 11 } } },
		{ "nodes that were not looked at",
		    { { "", FS_DIR, 3 }, { ".git", FS_DIR, 0 },
			{ ".git/x", FS_DIR, 0 }, { "A", FS_DIR, 0 },
			{ "a", FS_DIR, 4 }, { "a/.g", FS_DIR, 0 },
			{ "a/b", FS_DIR, 5 }, { "a/b/c", FS_DIR, 6 },
			{ "a/b/c/d", FS_DIR, 0 }, { "a/c", FS_DIR, 0 },
			{ "a b", FS_DIR, 7 }, { "a-", FS_DIR, 0 },
			{ "a-b", FS_DIR, 8 }, { "aaa", FS_DIR, 0 },
			{ "ab", FS_DIR, 11 } } },
		{ "looks that no node is there for",
		    { { "", FS_DIR, 3 }, { "a/b/c", FS_DIR, 6 },
			{ "a-b/a", FS_DIR, 9 } } },
		{ "the last alone", { { "ab", FS_DIR, 11 } } },
		{ "behind the last",
		    { { "b", FS_DIR, 0 }, { "c", FS_DIR, 0 } } },
		{ "what was passed is not found again",
		    { { "a-b", FS_DIR, 8 }, { "a", FS_DIR, 0 },
			{ "a/b", FS_DIR, 0 }, { "", FS_DIR, 0 },
			{ "a-b", FS_DIR, 0 }, { "a-b/a", FS_DIR, 9 } } },
		{ "only the name is known",
		    { { "a.b", FS_DIR, 0 }, { "a.b/SKILL.md", FS_FILE, 0 },
			{ "ab", FS_DIR, 11 } } },
		{ "SKILL.md is that of the directory taken last",
		    { { "SKILL.md", FS_FILE, 0 }, { "", FS_DIR, 3 },
			{ "a/SKILL.md", FS_FILE, 0 },
			{ "SKILL.md", FS_FILE, 103 }, { "a", FS_DIR, 4 },
			{ "SKILL.md", FS_FILE, 0 },
			{ "ab/SKILL.md", FS_FILE, 0 },
			{ "a-SKILL.md", FS_FILE, 0 }, { "a/b", FS_DIR, 5 },
			{ "a/SKILL.md", FS_FILE, 0 },
			{ "a/b/SKILL.md", FS_FILE, 105 } } },
		{ "no other file",
		    { { "", FS_DIR, 3 }, { "skill.md", FS_FILE, 0 },
			{ "SKILL.md.orig", FS_FILE, 0 },
			{ "KILL.md", FS_FILE, 0 }, { "", FS_FILE, 0 },
			{ "a/b/c", FS_DIR, 6 },
			{ "a/b/c/SKILL.md", FS_FILE, 0 } } },
		{ "of another kind",
		    { { "", FS_DIR, 3 }, { "SKILL.md", FS_DIR, 0 },
			{ "SKILL.md", FS_LINK, 0 }, { "SKILL.md", FS_OTHER, 0 },
			{ "a", FS_LINK, 0 }, { "a", FS_FILE, 0 },
			{ "a", FS_DIR, 4 } } },
	};
	const struct skillset set = { .source_dev = 7 };
	struct sourceseen *seen = see(&set);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ask_all(seen, rows[i].what, rows[i].questions);
	sourceseen_free(seen);
}

static void
test_bounds(void **state)
{
	const struct skillset set = { .source_dev = 7 };
	struct sourceseen *seen = see(&set);
	struct source_looks looks = sourceseen_looks(seen, SKILL);
	const struct question beyond = { "", FS_DIR, 12 };

	(void)state;
	assert_int_equal(looks.n, SKILL_END - SKILL);
	looks = sourceseen_looks(seen, SKILL_END);
	assert_int_equal(looks.n, 1);
	ask(&looks, "a skill without more", &beyond);
	assert_false(source_looks_take(&looks, "x", FS_DIR, NULL));
	sourceseen_free(seen);
}

static void
test_none(void **state)
{
	struct sourceseen *seen = sourceseen_new(NULL, true);
	struct source_looks looks = sourceseen_looks(NULL, SKILL);

	(void)state;
	assert_false(source_looks_take(&looks, "", FS_DIR, NULL));
	assert_false(source_looks_take(&looks, "SKILL.md", FS_FILE, NULL));
	looks = sourceseen_looks(seen, NOT_SEEN);
	assert_false(source_looks_take(&looks, "", FS_DIR, NULL));
	assert_false(source_looks_take(&looks, "SKILL.md", FS_FILE, NULL));
	sourceseen_free(seen);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "looks are taken in the order of a walk", test_walks, NULL,
		    NULL, NULL },
		{ "those of the next skill are not handed out", test_bounds,
		    NULL, NULL, NULL },
		{ "what was not looked at has none", test_none, NULL, NULL,
		    NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
