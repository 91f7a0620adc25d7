#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "path.h"

/* a is "" and b is "" where a function takes less. */
struct row {
	const char *what;
	const char *a;
	const char *b;
	const char *want; /* NULL: there is none */
};

static void
check(const struct row *row, const char *got)
{
	if ((got == NULL) != (row->want == NULL) ||
	    (got != NULL && strcmp(got, row->want) != 0))
		fail_msg("%s: %s", row->what, got != NULL ? got : "NULL");
}

#define CHECK_OWNED(rows, call)                                                \
	for (const struct row *row = (rows); row < (rows) + ARRAY_LEN(rows);   \
	     row++) {                                                          \
		AUTO_FREE char *got = (call);                                  \
		check(row, got);                                               \
	}

static void
test_join(void **state)
{
	static const struct row rows[] = {
		{ "plain", "/a", "b", "/a/b" },
		{ "the root", "/", "b", "/b" },
		{ "a slash at the end", "/a/", "b", "/a/b" },
		{ "nothing before", "", "b", "b" },
		{ "relative", "a", "b/c", "a/b/c" },
	};

	(void)state;
	CHECK_OWNED(rows, path_join(row->a, row->b));
}

static void
test_normal(void **state)
{
	static const struct row rows[] = {
		{ "already normal", "/a/b", "", "/a/b" },
		{ "the root", "/", "", "/" },
		{ "many slashes", "//a///b//", "", "/a/b" },
		{ "dots", "/./a/./b/.", "", "/a/b" },
		{ "one up", "/a/b/../c", "", "/a/c" },
		{ "up to the root", "/a/..", "", "/" },
		{ "above the root", "/../../a", "", "/a" },
		{ "names that begin with dots", "/..a/.b/...", "",
		    "/..a/.b/..." },
		{ "any bytes", "/a\n\377b", "", "/a\n\377b" },
	};

	(void)state;
	CHECK_OWNED(rows, path_normal(row->a));
}

static void
test_absolute(void **state)
{
	static const struct row rows[] = {
		{ "absolute stays", "/d", "/a/../b", "/b" },
		{ "relative is joined", "/d", "a", "/d/a" },
		{ "up", "/d/e", "../a", "/d/a" },
		{ "here", "/d", ".", "/d" },
		{ "nothing is here", "/d", "", "/d" },
		{ "a tilde is a name", "/d", "~", "/d/~" },
	};

	(void)state;
	CHECK_OWNED(rows, path_absolute(row->a, row->b));
}

static void
test_below(void **state)
{
	static const struct row rows[] = {
		{ "below", "/a", "/a/b/c", "b/c" },
		{ "itself", "/a", "/a", "" },
		{ "a neighbour with the same start", "/a", "/ab", NULL },
		{ "above", "/a/b", "/a", NULL },
		{ "elsewhere", "/a", "/b/a", NULL },
		{ "all is below the root", "/", "/a/b", "a/b" },
		{ "the root itself", "/", "/", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(&rows[i], path_below(rows[i].a, rows[i].b));
}

static void
test_base(void **state)
{
	static const struct row rows[] = {
		{ "the last part", "/a/b", "", "b" },
		{ "the only part", "/a", "", "a" },
		{ "no slash", "a", "", "a" },
		{ "the root", "/", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(&rows[i], path_base(rows[i].a));
}

static void
test_dir(void **state)
{
	static const struct row rows[] = {
		{ "all but the last", "/a/b/c", "", "/a/b" },
		{ "the only part", "/a", "", "/" },
		{ "no slash", "a", "", "." },
		{ "the root", "/", "", "/" },
		{ "relative", "a/b", "", "a" },
	};

	(void)state;
	CHECK_OWNED(rows, path_dir(row->a));
}

static void
test_expand(void **state)
{
	static const struct row rows[] = {
		{ "home", "/h", "~", "/h" },
		{ "below home", "/h", "~/a/b", "/h/a/b" },
		{ "home with a slash", "/h", "~/", "/h/" },
		{ "somebody's home is not guessed", "/h", "~joe/a", "~joe/a" },
		{ "a tilde within", "/h", "/a/~/b", "/a/~/b" },
		{ "absolute", "/h", "/a", "/a" },
		{ "home is the root", "/", "~/a", "/a" },
	};

	(void)state;
	CHECK_OWNED(rows, path_expand_home(row->a, row->b));
}

static void
test_shorten(void **state)
{
	static const struct row rows[] = {
		{ "home", "/h", "/h", "~" },
		{ "below home", "/h", "/h/a/b", "~/a/b" },
		{ "a neighbour", "/h", "/ha", "/ha" },
		{ "elsewhere", "/h", "/a", "/a" },
		{ "home is the root", "/", "/a", "/a" },
	};

	(void)state;
	CHECK_OWNED(rows, path_shorten_home(row->a, row->b));
}

static void
test_is_name(void **state)
{
	static const struct {
		const char *name;
		bool want;
	} rows[] = {
		{ "a", true },
		{ ".a", true },
		{ "...", true },
		{ "a b\n", true },
		{ "-rf", true },
		{ "", false },
		{ ".", false },
		{ "..", false },
		{ "/", false },
		{ "a/b", false },
		{ "a/", false },
		{ "/a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (path_is_name(rows[i].name) != rows[i].want)
			fail_msg("\"%s\"", rows[i].name);
	}
}

static void
test_rel_is_safe(void **state)
{
	static const struct {
		const char *rel;
		bool want;
	} rows[] = {
		{ "a", true },
		{ "a/b", true },
		{ "..a/b../...", true },
		{ ".a/.b", true },
		{ "-a/ \n", true },
		{ "", false },
		{ "/", false },
		{ "/a", false },
		{ "a/", false },
		{ "a//b", false },
		{ ".", false },
		{ "./a", false },
		{ "a/.", false },
		{ "a/./b", false },
		{ "..", false },
		{ "../a", false },
		{ "a/..", false },
		{ "a/../b", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (path_rel_is_safe(rows[i].rel) != rows[i].want)
			fail_msg("\"%s\"", rows[i].rel);
	}
}

/* Each with each, so that it is an order, and no other one. */
static void
test_order(void **state)
{
	static const char *const walk[] = { "", " ", " /z", "-", "a", "a/-",
		"a/a", "a/a/z", "a/a-", "a/b", "a ", "a /a", "a-b", "a-b/c",
		"a.", "a0", "aa", "aa/a", "b", "b/\x01", "\x7f", "\x80",
		"\x80/a", "\xff" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(walk); i++) {
		for (size_t k = 0; k < ARRAY_LEN(walk); k++) {
			int order = path_order(walk[i], walk[k]);

			if ((order > 0) - (order < 0) != (i > k) - (i < k))
				fail_msg("\"%s\" and \"%s\": %d", walk[i],
				    walk[k], order);
		}
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "joined paths have one slash between", test_join, NULL, NULL,
		    NULL },
		{ "the normal form has no dots and no spare slashes",
		    test_normal, NULL, NULL, NULL },
		{ "a relative path is taken from the directory", test_absolute,
		    NULL, NULL, NULL },
		{ "below means below by whole parts", test_below, NULL, NULL,
		    NULL },
		{ "the base is the last part", test_base, NULL, NULL, NULL },
		{ "the directory is all but the last part", test_dir, NULL,
		    NULL, NULL },
		{ "a tilde stands for home, and nobody else's", test_expand,
		    NULL, NULL, NULL },
		{ "paths below home are shown with a tilde", test_shorten, NULL,
		    NULL, NULL },
		{ "a name is one part that leads nowhere else", test_is_name,
		    NULL, NULL, NULL },
		{ "names that stay below are safe", test_rel_is_safe, NULL,
		    NULL, NULL },
		{ "a walk goes depth first, names by bytes", test_order, NULL,
		    NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
