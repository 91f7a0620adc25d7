#include "agents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "config.h"

static void
the_rows_are_sorted_and_of_use(void **state)
{
	size_t n = 0;
	const struct agent *rows = agents_all(&n);

	(void)state;
	assert_int_equal(n, 65);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			assert_true(strcmp(rows[i - 1].name, rows[i].name) < 0);
		assert_null(config_name_problem(rows[i].name));
		assert_memory_equal(rows[i].path, "~/", 2);
		assert_null(strchr(rows[i].aliases, ' '));
		assert_null(strstr(rows[i].also_scans, ",,"));
		assert_ptr_equal(agents_find(rows[i].name), &rows[i]);
	}
}

static void
names_and_aliases_are_found(void **state)
{
	static const struct {
		const char *asked;
		const char *name; /* NULL: unknown */
		const char *path;
	} rows[] = {
		{ "claude", "claude", "~/.claude/skills" },
		{ "claude-code", "claude", "~/.claude/skills" },
		{ "agents", "universal", "~/.agents/skills" },
		{ "gemini", "antigravity", "~/.gemini/skills" },
		{ "gemini-cli", "antigravity", "~/.gemini/skills" },
		{ "antigravity-cli", "antigravity", "~/.gemini/skills" },
		{ "gemini,gemini-cli", NULL, NULL },
		{ "Claude", NULL, NULL },
		{ "cli", NULL, NULL },
		{ "", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct agent *found = agents_find(rows[i].asked);

		if (rows[i].name == NULL) {
			assert_null(found);
			continue;
		}
		assert_non_null(found);
		assert_string_equal(found->name, rows[i].name);
		assert_string_equal(found->path, rows[i].path);
	}
}

static void
an_alias_is_of_one_agent(void **state)
{
	size_t n = 0;
	const struct agent *rows = agents_all(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *list = xstrdup(rows[i].aliases);
		char *rest = list;
		const char *alias;

		while ((alias = strsep(&rest, ",")) != NULL)
			if (alias[0] != '\0')
				assert_ptr_equal(agents_find(alias), &rows[i]);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rows_are_sorted_and_of_use),
		cmocka_unit_test(names_and_aliases_are_found),
		cmocka_unit_test(an_alias_is_of_one_agent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
