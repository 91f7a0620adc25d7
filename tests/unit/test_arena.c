#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "arena.h"

#define MANY 5000

static void
test_pieces(void **state)
{
	static const char *pieces[MANY];
	struct arena a = { 0 };
	char want[32];

	(void)state;
	for (int i = 0; i < MANY; i++)
		pieces[i] = arena_printf(&a, "piece %d", i);
	for (int i = 0; i < MANY; i++) {
		AUTO_FREE char *text = xasprintf("piece %d", i);
		assert_true(strlen(text) < sizeof(want));
		assert_string_equal(pieces[i], text);
	}
	arena_release(&a);
}

static void
test_aligned(void **state)
{
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 1; i < 100; i++) {
		(void)arena_strndup(&a, "xxx", i % 4);
		char *p = arena_alloc(&a, i);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < i; k++)
			assert_int_equal(p[k], 0);
		memset(p, 'x', i);
	}
	arena_release(&a);
}

static void
test_large(void **state)
{
	struct arena a = { 0 };
	const char *small = arena_strdup(&a, "small");
	char *large = arena_alloc(&a, 1000000);

	(void)state;
	memset(large, 'x', 1000000);
	const char *after = arena_strdup(&a, "after");
	assert_string_equal(small, "small");
	assert_string_equal(after, "after");
	arena_release(&a);
}

static void
test_reuse(void **state)
{
	struct arena a = { 0 };

	(void)state;
	arena_release(&a);
	for (int round = 0; round < 3; round++) {
		assert_string_equal(arena_strndup(&a, "abc", 2), "ab");
		arena_release(&a);
		assert_null(a.head);
	}
}

static void
test_join(void **state)
{
	struct arena a = { 0 };
	AUTO_FREE char *dir = xmalloc(100001);

	(void)state;
	memset(dir, 'd', 100000);
	dir[100000] = '\0';
	assert_string_equal(arena_join(&a, "/a/b", "c/d"), "/a/b/c/d");
	assert_string_equal(arena_join(&a, "", ""), "/");
	char *path = arena_join(&a, dir, "n"); /* longer than a block */
	assert_int_equal(strlen(path), 100002);
	assert_string_equal(path + 99999, "d/n");
	arena_release(&a);
}

static void
test_list(void **state)
{
	char first[] = "first";
	const char *const texts[] = { first, "", "third", "beyond" };
	struct arena a = { 0 };

	(void)state;
	const char *const *copy = arena_strdup_list(&a, texts, 3);
	const char *const *none = arena_strdup_list(&a, texts, 0);
	memset(first, 'x', sizeof(first) - 1);
	assert_string_equal(copy[0], "first");
	assert_string_equal(copy[1], "");
	assert_string_equal(copy[2], "third");
	assert_null(copy[3]);
	assert_null(none[0]);
	arena_release(&a);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "pieces stay where and what they are", test_pieces, NULL,
		    NULL, NULL },
		{ "memory is zeroed and aligned whatever came before",
		    test_aligned, NULL, NULL, NULL },
		{ "a piece may be larger than a block", test_large, NULL, NULL,
		    NULL },
		{ "a released arena is empty and usable", test_reuse, NULL,
		    NULL, NULL },
		{ "joined texts have a slash between", test_join, NULL, NULL,
		    NULL },
		{ "a list is copied with its texts and ends with NULL",
		    test_list, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
