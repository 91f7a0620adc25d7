#include "glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void
test_match(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} rows[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "pdf", "pdf", true },
		{ "pdf", "pdfs", false },
		{ "p?f", "pdf", true },
		{ "p?f", "p/f", false },
		{ "*", "pdf", true },
		{ "*", "", true },
		{ "*", "a/b", false },
		{ "team-*", "team-", true },
		{ "*b*b", "abcb", true },
		{ "*b*b", "abc", false },
		{ "a*/b*", "axx/bxx", true },
		{ "**", "a/b/c", true },
		{ "**/b", "b", true },
		{ "**/b", "a/x/b", true },
		{ "**/b", "a/xb", false },
		{ "a/**", "a/b/c", true },
		{ "a/**", "a", false },
		{ "a/**/b", "a/b", true },
		{ "a/**/b", "a/x/y/b", true },
		{ "a/**/b/*c", "a/x/b/y/b/xc", true },
		{ "a/**b", "a/x/b", false },
		{ "a/**b", "a/xb", true },
		{ "x**/b", "x1/b", true },
		{ "***/b", "a/x/b", true },
		{ "**/**/**/b", "a/b", true },
		{ "[abc]", "b", true },
		{ "[!abc]", "b", false },
		{ "[^abc]", "d", true },
		{ "[a-cx]", "x", true },
		{ "[]-a]", "]", true },
		{ "[]-a]", "_", true },
		{ "[a-]", "-", true },
		{ "[\\]]", "]", true },
		{ "[[:digit:]x]", "7", true },
		{ "[[:digit:]x]", "a", false },
		{ "[![:upper:]]", "a", true },
		{ "[[:nothing:]]", "a", false },
		{ "[[a:]", ":", true },
		{ "a[!b]c", "a/c", false },
		{ "[", "[", false },
		{ "[a", "a", false },
		{ "\\[", "[", true },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "a\\", "a\\", false },
		{ "\xc3\xa4?", "\xc3\xa4x", true },
		{ "[\xff]", "\xff", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (glob_match(rows[i].pattern, rows[i].text) !=
		    rows[i].matches)
			fail_msg("%s on %s", rows[i].pattern, rows[i].text);
}

static void
test_problem(void **state)
{
	static const struct {
		const char *pattern;
		bool is_fine;
	} rows[] = {
		{ "a*[b-c]\\d", true },
		{ "[]]", true },
		{ "", false },
		{ "[", false },
		{ "[]", false },
		{ "[[:alpha:]", false },
		{ "[[:x:]]", false },
		{ "a\\", false },
	};
	AUTO_FREE char *long_one = xcalloc(1, GLOB_MAX_BYTES + 2);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((glob_problem(rows[i].pattern) == NULL) != rows[i].is_fine)
			fail_msg("%s", rows[i].pattern);
	memset(long_one, '*', GLOB_MAX_BYTES + 1);
	assert_non_null(glob_problem(long_one));
	assert_false(glob_match(long_one, "a"));
	long_one[GLOB_MAX_BYTES] = '\0';
	assert_null(glob_problem(long_one));
	assert_true(glob_match(long_one, "a"));
}

/* Pairs that take for ever where each star is tried with all others. */
static void
test_time(void **state)
{
	static const char *const parts[] = { "*a", "**/a/", "**/*a*/", "*?" };
	AUTO_FREE char *deep = xcalloc(1, 4001);
	AUTO_FREE char *flat = xcalloc(1, 4001);
	clock_t before = clock();

	(void)state;
	for (size_t i = 0; i < 4000; i++) {
		flat[i] = 'a';
		deep[i] = i % 2 == 0 ? 'a' : '/';
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char pattern[4000] = "";
		size_t len = strlen(parts[i]);

		for (size_t at = 0; at + len + 2 < sizeof(pattern); at += len)
			memcpy(pattern + at, parts[i], len + 1);
		pattern[strlen(pattern)] = 'b';
		assert_false(glob_match(pattern, flat));
		assert_false(glob_match(pattern, deep));
	}
	assert_true(clock() - before < 5 * CLOCKS_PER_SEC);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "stars, sets and escapes", test_match, NULL, NULL, NULL },
		{ "a pattern that matches nothing is told", test_problem, NULL,
		    NULL, NULL },
		{ "no pattern takes for ever", test_time, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
