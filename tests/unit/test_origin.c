#include "origin.h"

#include "scratch.h"

static void
add_metadata(struct origins *o, const char *text)
{
	origins_add_metadata(o, "m", text, strlen(text));
}

static void
add_registry(struct origins *o, const char *text)
{
	origins_add_registry(o, "r", text, strlen(text));
}

static const char *
source_of(const struct origins *o, const char *rel)
{
	const struct origin *origin = origins_find(o, rel);

	return origin != NULL ? origin->texts[ORIGIN_SOURCE] : NULL;
}

static void
test_find(void **state)
{
	AUTO_ORIGINS struct origins o = { 0 };

	(void)state;
	assert_null(origins_find(&o, "a"));
	add_metadata(&o, "{\"entries\": {\"_team\": {\"source\": \"t\", "
			 "\"tracked\": true}, \"g/a\": {\"source\": \"a\"}, "
			 "\"_team/own\": {\"source\": \"o\"}}}");
	assert_int_equal(o.n_warnings, 0);
	assert_string_equal(source_of(&o, "g/a"), "a");
	assert_null(origins_find(&o, "g"));
	assert_null(origins_find(&o, "g/ab"));
	assert_null(origins_find(&o, "a"));
	assert_string_equal(source_of(&o, "_team/x/y"), "t");
	assert_true(origins_find(&o, "_team/x")->is_tracked);
	assert_string_equal(source_of(&o, "_team/own"), "o");
	assert_null(origins_find(&o, "_teams"));
}

/* Of several files the first that was read counts, for each skill alone. */
static void
test_first_counts(void **state)
{
	AUTO_ORIGINS struct origins o = { 0 };
	static const char skill[] = "{\"source\": \"its own\"}";

	(void)state;
	add_metadata(&o, "{\"entries\": {\"a\": {\"source\": \"new\"}}}");
	origins_add_skill(&o, "a", "a/s", skill, strlen(skill));
	origins_add_skill(&o, "b", "b/s", skill, strlen(skill));
	add_registry(&o, "skills: [{name: a, source: old}, {name: b, source: "
			 "old}, {name: c, group: g/h, source: old}]");
	assert_int_equal(o.n_warnings, 0);
	assert_string_equal(source_of(&o, "a"), "new");
	assert_string_equal(source_of(&o, "b"), "its own");
	assert_string_equal(origins_find(&o, "b")->file, "b/s");
	assert_string_equal(source_of(&o, "g/h/c"), "old");
}

static void
test_secrets(void **state)
{
	AUTO_ORIGINS struct origins o = { 0 };

	(void)state;
	add_metadata(&o, "{\"entries\": {\"a\": {\"repo_url\": "
			 "\"https://me:secret@host/x\"}}}");
	const char *url = origins_find(&o, "a")->texts[ORIGIN_REPO_URL];
	assert_null(strstr(url, "secret"));
	assert_non_null(strstr(url, "host/x"));
}

/* What is odd is said, and what is sound beside it counts. */
static void
test_odd(void **state)
{
	static const struct {
		void (*add)(struct origins *o, const char *text);
		const char *text;
		const char *said; /* a part of the only warning */
		bool is_found;    /* "a" is known */
	} rows[] = {
		{ add_metadata, "", "line 1", false },
		{ add_metadata, "[]", "no JSON object", false },
		{ add_metadata, "{\"entries\": 1}", "no object", false },
		{ add_metadata, "{\"entries\": null}", NULL, false },
		{ add_metadata, "{\"entries\": {\"b\": 1, \"a\": {}}}",
		    "b: it is no object", true },
		{ add_metadata, "{\"entries\": {\"a\": {\"source\": 1}}}",
		    "a: \"source\" is no text", true },
		{ add_metadata, "{\"entries\": {\"a\": {\"tracked\": 1}}}",
		    "neither true nor false", true },
		{ add_metadata, "{\"entries\": {\"a\": {}, \"a\": {}}}",
		    "duplicate", false },
		{ add_metadata, "{\"entries\": {\"a\": {}", "line 1", false },
		{ add_metadata, "{\"entries\": {\"a\": {\"kind\": \"agent\"}}}",
		    NULL, false },
		{ add_registry, "", NULL, false },
		{ add_registry, "skills:\n", NULL, false },
		{ add_registry, "[]", "no map", false },
		{ add_registry, "skills: {a: b}", "no list", false },
		{ add_registry, "skills: [b, {name: a}]", "no map", true },
		{ add_registry, "skills: [{source: b}, {name: a}]",
		    "without a name", true },
		{ add_registry, "skills: [{name: a, source: [b]}]", "no text",
		    true },
		{ add_registry, "skills: [{name: [", "did not find", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_ORIGINS struct origins o = { 0 };

		rows[i].add(&o, rows[i].text);
		assert_int_equal(o.n_warnings, rows[i].said != NULL);
		if (rows[i].said != NULL &&
		    strstr(o.warnings[0].text, rows[i].said) == NULL)
			fail_msg("%s: %s", rows[i].text, o.warnings[0].text);
		assert_int_equal(origins_find(&o, "a") != NULL,
		    rows[i].is_found);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_first_counts),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
