#include "roots.h"

#include "scratch.h"

static void
test_own(void **state)
{
	static const struct {
		const char *what;
		const char *dir, *text;
		bool own, is_root;
	} rows[] = {
		{ "a root", "/t", "/home/u/skills", true, true },
		{ "below a root", "/t", "/home/u/skills/pdf", true, false },
		{ "far below", "/t", "/home/u/skills/a/b/c", true, false },
		{ "the second root", "/t", "/old/pdf", true, false },
		{ "beside", "/t", "/home/u/skills2/pdf", false, false },
		{ "above", "/t", "/home/u", false, false },
		{ "elsewhere", "/t", "/opt/pdf", false, false },
		{ "the top", "/t", "/", false, false },
		{ "relative", "/home/u/.claude/skills", "../../skills/pdf",
		    true, false },
		{ "relative, a root", "/home/u/.claude", "../skills", true,
		    true },
		{ "relative, out of it", "/home/u/skills", "../x", false,
		    false },
		{ "dots that lead in", "/t", "/opt/../home/u/skills/pdf", true,
		    false },
		{ "dots that lead out", "/t", "/home/u/skills/../x", false,
		    false },
		{ "slashes", "/t", "//home//u/skills//", true, true },
		{ "empty", "/t", "", false, false },
	};
	struct roots roots = { 0 };

	(void)state;
	roots_add(&roots, "/home/u/skills");
	roots_add(&roots, "/old");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (roots_own(&roots, rows[i].dir, rows[i].text) !=
			rows[i].own ||
		    roots_is_root(&roots, rows[i].dir, rows[i].text) !=
			rows[i].is_root)
			fail_msg("%s", rows[i].what);
	}
	roots_release(&roots);
}

static void
test_add(void **state)
{
	struct roots roots = { 0 };

	(void)state;
	assert_false(roots_own(&roots, "/t", "/a"));
	roots_add(&roots, "/a");
	roots_add(&roots, "/b");
	roots_add(&roots, "/a");
	roots_add(&roots, "/");
	roots_add(&roots, "relative");
	roots_add(&roots, "");
	assert_int_equal(roots.n, 2);
	assert_string_equal(roots.paths[0], "/a");
	assert_false(roots_own(&roots, "/t", "/etc"));
	roots_release(&roots);
	assert_int_equal(roots.n, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "what lies below a root is ours, by its text", test_own, NULL,
		    NULL, NULL },
		{ "a root is absolute, once there, and never the top", test_add,
		    NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
