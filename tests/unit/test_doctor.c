#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "agents.h"
#include "doctordisk.h"
#include "skillrule.h"

/* The rules that are broken, by a word of each, with commas. */
static char *
broken(const struct skill_facts *facts)
{
	char *list = xstrdup("");
	size_t n = 0;
	const struct skill_rule *rules = skill_rules(&n);

	for (size_t i = 0; i < n; i++) {
		if (!rules[i].is_broken(facts))
			continue;
		char *longer = xasprintf("%s[%s]", list, rules[i].what);

		free(list);
		list = longer;
	}
	return list;
}

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN
#define THOUSAND                                                               \
	SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY SIXTY      \
	    SIXTY SIXTY SIXTY SIXTY SIXTY TEN TEN TEN TEN
#define NOT_MADE_OF "[the name is not made of a-z, 0-9 and -]"
#define OTHER "[the name is not that of the directory]"
#define LONG "[the name is longer than 64 characters]"
#define LONG_TEXT "[the description is longer than 1024 characters]"

static void
test_rules(void **state)
{
	static const struct {
		struct skill_facts facts;
		const char *want;
	} rows[] = {
		{ { "pdf", "pdf", "d", false }, "" },
		{ { "a-1", "a-1", "d", false }, "" },
		{ { "pdf", NULL, NULL, true }, "[there is no front matter]" },
		{ { "pdf", NULL, "d", false }, "[there is no name]" },
		{ { "pdf", "pdf", NULL, false }, "[there is no description]" },
		{ { "pdf", "pdf", "", false }, "[there is no description]" },
		{ { "PDF", "PDF", "d", false }, NOT_MADE_OF },
		{ { "a b", "a b", "d", false }, NOT_MADE_OF },
		{ { "", "", "d", false }, NOT_MADE_OF },
		{ { "pdf", "notes", "d", false }, OTHER },
		{ { SIXTY "abcd", SIXTY "abcd", "d", false }, "" },
		{ { SIXTY "abcde", SIXTY "abcde", "d", false }, LONG },
		{ { "a", "a", THOUSAND "abcdefghijklmnopqrstuvwx", false },
		    "" },
		/* Characters, not bytes. */
		{ { "a", "a", THOUSAND "abcdefghijklmnopqrstuvw\303\274",
		      false },
		    "" },
		{ { "a", "a", THOUSAND "abcdefghijklmnopqrstuvwxy", false },
		    LONG_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *found = broken(&rows[i].facts);

		if (strcmp(found, rows[i].want) != 0)
			fail_msg("row %zu: %s", i, found);
	}
}

static void
test_space(void **state)
{
	static const struct {
		uint64_t bytes;
		uint64_t inodes;
		enum doctor_severity want;
	} rows[] = {
		{ UINT64_MAX, UINT64_MAX, DOCTOR_OK },
		{ 200000000, 2000, DOCTOR_OK },
		{ 199999999, 2000, DOCTOR_WARNING },
		{ 200000000, 1999, DOCTOR_WARNING },
		{ 10000000, 100, DOCTOR_WARNING },
		{ 9999999, UINT64_MAX, DOCTOR_ERROR },
		{ UINT64_MAX, 99, DOCTOR_ERROR },
		{ 0, 0, DOCTOR_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (disk_judge_space(rows[i].bytes, rows[i].inodes) !=
		    rows[i].want)
			fail_msg("row %zu", i);
	}
}

static void
test_blind(void **state)
{
	(void)state;
	assert_int_equal(agents_blind(agents_find("codex")),
	    AGENT_BLIND_LINKED_FILE);
	assert_int_equal(agents_blind(agents_find("claude")), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "each rule of front matter, at its edge", test_rules, NULL,
		    NULL, NULL },
		{ "room enough, little, none", test_space, NULL, NULL, NULL },
		{ "what an agent is known not to follow", test_blind, NULL,
		    NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
