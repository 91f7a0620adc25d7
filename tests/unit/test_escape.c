#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "escape.h"

static void
test_show(void **state)
{
	static const struct {
		const char *what;
		const char *s;
		const char *want;
	} rows[] = {
		{ "nothing", "", "" },
		{ "plain", "a b-c_1", "a b-c_1" },
		{ "umlauts and ideographs stay", "gr\303\274n \346\212\200",
		    "gr\303\274n \346\212\200" },
		{ "a backslash stays", "a\\b", "a\\b" },
		{ "newline and tab", "a\nb\tc", "a\\nb\\tc" },
		{ "a colour", "\033[31m", "\\x1b[31m" },
		{ "return, bell and delete", "\r\a\177", "\\x0d\\x07\\x7f" },
		{ "an eight-bit control", "\302\233m", "\\xc2\\x9bm" },
		{ "text turned round", "a\342\200\256b", "a\\xe2\\x80\\xaeb" },
		{ "an isolate", "\342\201\246", "\\xe2\\x81\\xa6" },
		{ "the Arabic letter mark", "\330\234", "\\xd8\\x9c" },
		{ "a line separator", "\342\200\250", "\\xe2\\x80\\xa8" },
		{ "a byte order mark", "\357\273\277a", "\\xef\\xbb\\xbfa" },
		{ "a byte that is not UTF-8", "a\377b", "a\\xffb" },
		{ "cut in the middle of a character", "a\303", "a\\xc3" },
		{ "an overlong slash", "\300\257", "\\xc0\\xaf" },
		{ "a surrogate", "\355\240\200", "\\xed\\xa0\\x80" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *got = escape_shown(rows[i].s);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: %s", rows[i].what, got);
	}
}

static void
test_field(void **state)
{
	static const struct {
		const char *s;
		const char *want;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "a\tb", "a\\tb" },
		{ "a\nb\rc", "a\\nb\\rc" },
		{ "\\", "\\\\" },
		{ "\\n\n\\", "\\\\n\\n\\\\" },
		{ "\377\033", "\377\033" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF struct strbuf out = { 0 };
		escape_field(&out, rows[i].s);
		assert_string_equal(strbuf_str(&out), rows[i].want);
		AUTO_FREE char *back = strbuf_detach(&out);
		assert_true(escape_field_parse(back));
		assert_string_equal(back, rows[i].s);
	}
}

static void
test_all_bytes(void **state)
{
	AUTO_STRBUF struct strbuf out = { 0 };
	char all[256];

	(void)state;
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	escape_field(&out, all);
	assert_null(strpbrk(strbuf_str(&out), "\t\n\r"));
	AUTO_FREE char *back = strbuf_detach(&out);
	assert_true(escape_field_parse(back));
	assert_string_equal(back, all);
}

static void
test_bad_field(void **state)
{
	static const char *const rows[] = { "\\", "a\\", "\\x", "\\0", "a\tb",
		"a\n", "\r" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *field = xstrdup(rows[i]);
		if (escape_field_parse(field))
			fail_msg("row %zu was taken", i);
	}
}

static void
test_columns(void **state)
{
	static const struct {
		const char *s;
		size_t want;
	} rows[] = {
		{ "", 0 }, { "abc", 3 }, { "gr\303\274n", 4 },
		{ "\346\212\200\350\203\275", 4 }, /* two wide ideographs */
		{ "e\314\201", 1 },                /* a combining accent */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(escape_columns(rows[i].s), rows[i].want);
}

static void
test_shell(void **state)
{
	static const struct {
		const char *s;
		const char *want;
	} rows[] = {
		{ "", "''" },
		{ "/a/b.c", "/a/b.c" },
		{ "/a/b c/d", "/a/'b c/d'" },
		{ "/my home/a", "/'my home/a'" },
		{ "/a/it's", "/a/'it'\\''s'" },
		{ "/a/$(id);~", "/a/'$(id);~'" },
		{ "/a/gr\303\274n", "/a/'gr\303\274n'" },
		{ "/a/\033[2J\n'", "/a/$'\\033[2J\\012\\047'" },
		{ "/a/\377\\", "/a/$'\\377\\134'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF struct strbuf out = { 0 };

		escape_shell(&out, rows[i].s);
		assert_string_equal(strbuf_str(&out), rows[i].want);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "nothing that is shown drives the terminal", test_show, NULL,
		    NULL, NULL },
		{ "a field reads back as it was written", test_field, NULL,
		    NULL, NULL },
		{ "a field may hold any byte and is one field of one line",
		    test_all_bytes, NULL, NULL, NULL },
		{ "a field that nobody writes is refused", test_bad_field, NULL,
		    NULL, NULL },
		{ "wide and combining characters have their columns",
		    test_columns, NULL, NULL, NULL },
		{ "a word for a shell is one word and means itself", test_shell,
		    NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
