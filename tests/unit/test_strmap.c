#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "strmap.h"

#define MANY 10000U

static void
test_many(void **state)
{
	AUTO_STRMAP struct strmap map = { 0 };
	struct arena arena = { 0 };

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		assert_true(
		    strmap_put(&map, arena_printf(&arena, "k%u", i), i));
	assert_int_equal(map.n, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		uint32_t value = MANY;
		assert_true(
		    strmap_get(&map, arena_printf(&arena, "k%u", i), &value));
		assert_int_equal(value, i);
	}
	arena_release(&arena);
}

static void
test_absent(void **state)
{
	AUTO_STRMAP struct strmap map = { 0 };
	uint32_t value = 7;

	(void)state;
	assert_false(strmap_get(&map, "a", &value));
	assert_true(strmap_put(&map, "b", 1));
	assert_false(strmap_get(&map, "a", &value));
	assert_false(strmap_get(&map, "", &value));
	assert_int_equal(value, 7);
}

static void
test_count(void **state)
{
	AUTO_STRMAP struct strmap map = { 0 };
	uint32_t value = 0;

	(void)state;
	assert_true(strmap_put(&map, "b", 5));
	strmap_count(&map, "a");
	strmap_count(&map, "a");
	strmap_count(&map, "b");
	assert_true(strmap_get(&map, "a", &value));
	assert_int_equal(value, 2);
	assert_true(strmap_get(&map, "b", &value));
	assert_int_equal(value, 6);
	assert_int_equal(map.n, 2);
}

static void
test_twice(void **state)
{
	AUTO_STRMAP struct strmap map = { 0 };
	char key[] = "same"; /* another address, the same text */
	uint32_t value = 0;

	(void)state;
	assert_true(strmap_put(&map, "same", 1));
	assert_false(strmap_put(&map, key, 2));
	assert_true(strmap_get(&map, key, &value));
	assert_int_equal(value, 1);
	assert_int_equal(map.n, 1);
}

static void
test_empty_key(void **state)
{
	AUTO_STRMAP struct strmap map = { 0 };
	uint32_t value = 0;

	(void)state;
	assert_true(strmap_put(&map, "", 5));
	assert_true(strmap_get(&map, "", &value));
	assert_int_equal(value, 5);
}

static void
test_release(void **state)
{
	struct strmap map = { 0 };
	uint32_t value = 0;

	(void)state;
	strmap_release(&map);
	assert_true(strmap_put(&map, "a", 1));
	strmap_release(&map);
	assert_false(strmap_get(&map, "a", &value));
	assert_true(strmap_put(&map, "a", 2));
	strmap_release(&map);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "every key of many is found again", test_many, NULL, NULL,
		    NULL },
		{ "an absent key is not found, in an empty map neither",
		    test_absent, NULL, NULL, NULL },
		{ "a counted key goes up by one, from 0 if it is new",
		    test_count, NULL, NULL, NULL },
		{ "a key that is there keeps its value", test_twice, NULL, NULL,
		    NULL },
		{ "the empty string is a key", test_empty_key, NULL, NULL,
		    NULL },
		{ "a released map is empty and usable", test_release, NULL,
		    NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
