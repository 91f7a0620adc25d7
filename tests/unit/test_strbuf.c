#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "strbuf.h"

static void
test_empty(void **state)
{
	AUTO_STRBUF struct strbuf sb = { 0 };

	(void)state;
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_truncate(&sb, 0);
	strbuf_add(&sb, "");
	assert_int_equal(sb.len, 0);
	AUTO_FREE char *s = strbuf_detach(&sb);
	assert_string_equal(s, "");
}

static void
test_add(void **state)
{
	AUTO_STRBUF struct strbuf sb = { 0 };

	(void)state;
	strbuf_add(&sb, "ab");
	strbuf_add_char(&sb, 'c');
	strbuf_add_mem(&sb, "d\0e", 3);
	strbuf_printf(&sb, "-%d", 42);
	assert_int_equal(sb.len, 9);
	assert_memory_equal(strbuf_str(&sb), "abcd\0e-42", 10);
}

static void
test_grows(void **state)
{
	AUTO_STRBUF struct strbuf sb = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		strbuf_add_char(&sb, (char)('a' + i % 26));
	assert_int_equal(sb.len, 10000);
	assert_int_equal(strlen(strbuf_str(&sb)), 10000);
	assert_int_equal(strbuf_str(&sb)[9999], 'a' + 9999 % 26);
}

static void
test_splice(void **state)
{
	static const struct {
		const char *what;
		size_t at, del_len;
		const char *put;
		const char *want;
	} rows[] = {
		{ "insert at the start", 0, 0, "XY", "XYabcdef" },
		{ "insert at the end", 6, 0, "XY", "abcdefXY" },
		{ "insert in the middle", 3, 0, "XY", "abcXYdef" },
		{ "delete", 1, 3, "", "aef" },
		{ "delete all", 0, 6, "", "" },
		{ "replace by less", 1, 3, "X", "aXef" },
		{ "replace by as much", 1, 2, "XY", "aXYdef" },
		{ "replace by more than fits", 1, 1,
		    "0123456789012345678901234567890123456789",
		    "a0123456789012345678901234567890123456789cdef" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF struct strbuf sb = { 0 };
		strbuf_add(&sb, "abcdef");
		strbuf_splice(&sb, rows[i].at, rows[i].del_len, rows[i].put,
		    strlen(rows[i].put));
		if (strcmp(strbuf_str(&sb), rows[i].want) != 0 ||
		    sb.len != strlen(rows[i].want))
			fail_msg("%s: %s", rows[i].what, strbuf_str(&sb));
	}
}

static void
test_detach(void **state)
{
	AUTO_STRBUF struct strbuf sb = { 0 };

	(void)state;
	strbuf_add(&sb, "abc");
	strbuf_truncate(&sb, 2);
	AUTO_FREE char *s = strbuf_detach(&sb);
	assert_string_equal(s, "ab");
	assert_int_equal(sb.len, 0);
	strbuf_add(&sb, "new");
	assert_string_equal(strbuf_str(&sb), "new");
	assert_string_equal(s, "ab");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "an empty buffer is an empty string", test_empty, NULL, NULL,
		    NULL },
		{ "any bytes can be added", test_add, NULL, NULL, NULL },
		{ "a buffer grows and stays terminated", test_grows, NULL, NULL,
		    NULL },
		{ "a splice deletes, inserts and replaces", test_splice, NULL,
		    NULL, NULL },
		{ "a detached string is the caller's, the buffer is empty",
		    test_detach, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
