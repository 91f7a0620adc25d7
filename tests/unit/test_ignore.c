#include "ignore.h"

#include <stdio.h>

#include "path.h"
#include "proc.h"
#include "scratch.h"
#include "strbuf.h"

/* ---- against git itself -------------------------------------------------- */

#define N_LISTS 64

/* In each directory l<N>; a "/" at the end makes a directory. */
static const char *const tree[] = { "a", "ab", "b/", "b/a", "b/c/", "b/c/a.txt",
	"b/c/b", "c.txt", "d e", "d e ", "[x]", "x", "#a", "!a", "foo/",
	"foo/bar/", "foo/bar/baz", "foo/a", "f\xc3\xb6", "a\\b", "-",
	"foo/bar/b/", "foo/bar/b/a" };

static const char *const pieces[] = { "a", "b", "ab", "foo", "bar", "baz",
	"c.txt", "*", "*.txt", "?", "**", "[a-c]", "[!a]", "b*", "*a*", "x",
	"[x]", "\\[x\\]", "\\a", "f?", "f??", "[[:alpha:]]*", "f*", "d\\ e",
	"d e", "-", "[", "[]", "[^b", "a\\\\b" };

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static const char *
pick(uint32_t *seed)
{
	return pieces[next_random(seed) % ARRAY_LEN(pieces)];
}

/* One line of a list: a pattern, and what lines have around it. */
static void
add_line(struct strbuf *list, uint32_t *seed)
{
	static const char *const ends[] = { "", "", "", "", "/", "/", " ", "  ",
		"\\ ", "\r", " \r", "\t" };
	uint32_t dice = next_random(seed) % 16;
	size_t n_parts = dice % 2 == 0 ? 1 : 1 + next_random(seed) % 3;

	if (dice == 0)
		strbuf_add(list, "# a comment\n\n");
	if (dice == 1)
		strbuf_add(list, "\\#a\n");
	if (dice == 2)
		strbuf_add(list, "\\!a\n/\n!\n");
	if (dice >= 13)
		strbuf_add_char(list, '!');
	if (next_random(seed) % 4 == 0)
		strbuf_add_char(list, '/');
	for (size_t i = 0; i < n_parts; i++) {
		if (i > 0)
			strbuf_add_char(list, '/');
		strbuf_add(list, pick(seed));
	}
	strbuf_add(list, ends[next_random(seed) % ARRAY_LEN(ends)]);
	strbuf_add_char(list, '\n');
}

/* Lists in files, and the same as one value. */
static void
make_lists(const struct scratch *s, struct ignore *ignore)
{
	uint32_t seed = 7;

	for (size_t i = 0; i < N_LISTS; i++) {
		AUTO_STRBUF struct strbuf list = { 0 };
		AUTO_FREE char *dir = xasprintf("l%zu", i);
		AUTO_FREE char *file = xasprintf("l%zu/.gitignore", i);
		size_t n = 2 + next_random(&seed) % 6;

		if (i % 5 == 0)
			strbuf_add(&list, "\xef\xbb\xbf");
		for (size_t k = 0; k < n; k++)
			add_line(&list, &seed);
		if (i % 7 == 0)
			strbuf_truncate(&list, list.len - 1);
		(void)close(put_dir(s->fd, dir));
		put_file(s->fd, file, strbuf_str(&list));
		ignore_add_text(ignore, file, dir, strbuf_str(&list), list.len);
		for (size_t k = 0; k < ARRAY_LEN(tree); k++) {
			AUTO_FREE char *at = path_join(dir, tree[k]);
			size_t len = strlen(at);

			if (at[len - 1] != '/') {
				put_file(s->fd, at, "");
				continue;
			}
			at[len - 1] = '\0';
			(void)close(put_dir(s->fd, at));
		}
	}
}

/* The rule that decides, as git tells it: one that takes in, too. */
static const struct ignore_rule *
decides(const struct ignore *ignore, const char *rel, bool is_dir)
{
	const struct ignore_rule *rule = ignore_excludes(ignore, rel, is_dir);

	return rule != NULL ? rule : ignore_match(ignore, rel, is_dir);
}

/* The next of git's answers, which end with a zero byte each. */
static const char *
next_field(const struct strbuf *out, size_t *at)
{
	const char *field = out->s + *at;

	assert_true(*at < out->len);
	*at += strlen(field) + 1;
	return field;
}

/* Writes all paths to a file, each with a zero byte at its end. */
static void
put_paths(const struct scratch *s, struct strbuf *paths)
{
	for (size_t i = 0; i < N_LISTS * ARRAY_LEN(tree); i++) {
		strbuf_printf(paths, "l%zu/%s", i / ARRAY_LEN(tree),
		    tree[i % ARRAY_LEN(tree)]);
		if (paths->s[paths->len - 1] == '/')
			strbuf_truncate(paths, paths->len - 1);
		strbuf_add_char(paths, '\0');
	}
	assert_ok(fs_create_file(s->fd, "paths", paths->s, paths->len, 0600));
}

/* Git's answer for the path at hand against ours. */
static bool
compare(const struct scratch *s, const struct ignore *ignore, const char *path,
    const struct strbuf *answers, size_t *at)
{
	const struct ignore_rule *rule =
	    decides(ignore, path, kind_at(s->fd, path) == FS_DIR);
	const char *file = next_field(answers, at);
	const char *line = next_field(answers, at);
	const char *text = next_field(answers, at);
	assert_string_equal(next_field(answers, at), path);
	AUTO_FREE char *ours = rule == NULL ? xstrdup("::")
					    : xasprintf("%s:%u:%s", rule->file,
						  rule->line, rule->text);
	AUTO_FREE char *gits = xasprintf("%s:%s:%s", file, line, text);
	if (strcmp(ours, gits) != 0)
		fail_msg("%s: git says %s, we say %s", path, gits, ours);
	return rule != NULL;
}

static void
test_git(void **state)
{
	static const char *const argv[] = { "sh", "-c",
		"git init -q . && git -c core.excludesFile= check-ignore "
		"--no-index -v -n -z --stdin <paths",
		NULL };
	const struct scratch *s = *state;
	AUTO_IGNORE struct ignore ignore = { 0 };
	AUTO_PROC_RESULT struct proc_result r = { 0 };
	AUTO_STRBUF struct strbuf paths = { 0 };
	const struct proc_spec spec = { .argv = argv, .dir = s->path };
	size_t answer = 0;
	size_t hits = 0;

	make_lists(s, &ignore);
	put_paths(s, &paths);
	assert_ok(proc_run(&spec, &r));
	for (size_t at = 0; at < paths.len; at += strlen(paths.s + at) + 1)
		hits += compare(s, &ignore, paths.s + at, &r.out, &answer);
	assert_int_equal(answer, r.out.len);
	assert_true(hits > 300);
}

/* ---- what git cannot be asked -------------------------------------------- */

static void
assert_rule(const struct ignore *ignore, const char *rel, unsigned line)
{
	const struct ignore_rule *rule = ignore_excludes(ignore, rel, false);
	unsigned got = rule != NULL ? rule->line : 0;

	if (got != line)
		fail_msg("%s: line %u, not %u", rel, got, line);
}

static void
test_order(void **state)
{
	static const char repo[] = "*\n!keep\n";
	static const char top[] = "/_repo/keep\n!/_repo/other\n";
	AUTO_IGNORE struct ignore ignore = { 0 };

	(void)state;
	assert_null(ignore_excludes(&ignore, "a/b", false));
	ignore_add_text(&ignore, "inner", "_repo", repo, strlen(repo));
	ignore_add_text(&ignore, "outer", "", top, strlen(top));
	assert_rule(&ignore, "x", 0);
	assert_rule(&ignore, "_repo", 0);
	assert_rule(&ignore, "_repo/x", 1);
	assert_rule(&ignore, "_repo/keep", 1);
	assert_string_equal(ignore_excludes(&ignore, "_repo/keep", true)->file,
	    "outer");
	assert_rule(&ignore, "_repo/other", 0);
	assert_rule(&ignore, "_repo/x/other", 1);
}

static void
test_add(void **state)
{
	AUTO_IGNORE struct ignore ignore = { 0 };

	(void)state;
	ignore_add(&ignore, "config", "", 4, "#x");
	ignore_add(&ignore, "config", "", 5, "y ");
	ignore_add(&ignore, "config", "", 6, "__pycache__/");
	assert_rule(&ignore, "#x", 4);
	assert_rule(&ignore, "y ", 5);
	assert_rule(&ignore, "y", 0);
	assert_rule(&ignore, "a/__pycache__/b/c", 6);
	assert_rule(&ignore, "a/__pycache__", 0);
}

static void
test_many(void **state)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_IGNORE struct ignore ignore = { 0 };

	(void)state;
	for (size_t i = 1; i <= 10000; i++)
		strbuf_printf(&text, "/team/skill-%zu\n", i);
	ignore_add_text(&ignore, "f", "", strbuf_str(&text), text.len);
	for (unsigned i = 1; i <= 100; i++) {
		AUTO_FREE char *rel = xasprintf("team/skill-%u", i * 100);

		assert_rule(&ignore, rel, i * 100);
	}
	assert_rule(&ignore, "team/skill-10001", 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("a thousand paths: as git says", test_git),
		{ "the last rule wins, and none below what is out", test_order,
		    NULL, NULL, NULL },
		{ "a pattern that stands alone is taken as it is", test_add,
		    NULL, NULL, NULL },
		{ "ten thousand rules", test_many, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
