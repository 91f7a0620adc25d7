#include "yamltree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "strbuf.h"

static void
what_cannot_be_read_is_said_with_its_place(void **state)
{
	static const struct {
		const char *text;
		size_t len; /* 0: up to the NUL */
		const char *says;
	} rows[] = {
		{ "a: b: c\n", 0, "f:1:5: mapping values are not allowed" },
		{ "a: 1\nb: 2\na: 3\n", 0, "f:3:1: the key a is here twice" },
		{ "x: {b: 1, \"b\": 2}\n", 0, "f:1:11: the key b is here " },
		{ "a: *x\n", 0, "f:1:4: no anchor &x is before *x" },
		{ "a: 1\nb: [x\n", 0, "f:2:4: " },
		{ "a: 1\nb: 'x\n", 0, "f:2:4: " },
		{ "a: 1\n---\nb: 1\n", 0, "f:2:1: a second document" },
		{ "[a]: 1\n", 0, "f:1:1: a key must be plain text" },
		{ "a: &x b\n*x : 1\n", 0, "f:2:1: a key must be plain text" },
		{ "a: \xc3\xbc\xff\n", 0, "f:1:5: the text is not UTF-8" },
		{ "a: 1\nb\0: 2\n", 11, "f:2:2: a NUL byte is in the text" },
		{ "a: \x01\n", 0, "f:1:4: a control character" },
		{ "a: \"\\0\"\n", 0, "f:1:4: a NUL character" },
		{ "\xff\xfe"
		  "a\0:\0",
		    6, "f:1:1: the text is not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena arena = { 0 };
		struct ynode *root = NULL;
		size_t len =
		    rows[i].len > 0 ? rows[i].len : strlen(rows[i].text);
		AUTO_ERROR struct error *err =
		    yamltree_parse(&arena, "f", rows[i].text, len, &root);

		assert_non_null(err);
		assert_int_equal(error_code(err), ERR_CONFIG);
		if (strstr(error_msg(err), rows[i].says) != error_msg(err))
			fail_msg("%s, not %s", error_msg(err), rows[i].says);
		assert_null(root);
		arena_release(&arena);
	}
}

/* A text of n times s. */
static void
assert_refused(const char *s, size_t n, const char *says)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct arena arena = { 0 };
	struct ynode *root = NULL;

	for (size_t i = 0; i < n; i++)
		strbuf_add(&text, s);
	AUTO_ERROR struct error *err =
	    yamltree_parse(&arena, "f", strbuf_str(&text), text.len, &root);
	assert_non_null(err);
	assert_non_null(strstr(error_msg(err), says));
	arena_release(&arena);
}

static void
hostile_texts_are_refused_soon(void **state)
{
	(void)state;
	assert_refused("[", 100000, "64 levels");
	assert_refused("{a: ", 100000, "64 levels");
	assert_refused("- ", 100000, "64 levels");
	assert_refused("? ", 100000, "a key must be plain text");
	assert_refused("- a\n", 100001, "more than 100000 values");
	assert_refused("- abcdef\n", 200000, "larger than 1 MiB");
}

static const char places[] = "\xef\xbb\xbf# \xc3\xbc\r\n"
			     "\xc3\xa9: &x  'v'\r\n"
			     "m:\r\n"
			     "  k: |\r\n"
			     "    text\r\n"
			     "  e:\r\n"
			     "\r\n"
			     "# behind\r\n"
			     "f: { a: *x, b } # c\r\n";

/* The bytes of a node. */
static void
assert_bytes(const struct ynode *node, const char *bytes)
{
	assert_non_null(node);
	assert_int_equal(node->end - node->start, strlen(bytes));
	assert_memory_equal(places + node->start, bytes, strlen(bytes));
}

static void
places_are_bytes(void **state)
{
	struct arena arena = { 0 };
	struct ynode *root = NULL;
	struct yaml_fault fault;

	(void)state;
	assert_true(
	    yamltree_read(&arena, places, sizeof(places) - 1, &root, &fault));
	assert_int_equal(root->n, 3);
	assert_bytes(ynode_key(root, "\xc3\xa9"), "\xc3\xa9");
	assert_bytes(ynode_key(root, "\xc3\xa9")->next, "&x  'v'");
	const struct ynode *m = ynode_get(root, "m");
	assert_bytes(ynode_key(m, "e"), "e");
	assert_int_equal(ynode_key(m, "e")->line, 6);
	assert_int_equal(ynode_key(m, "e")->column, 3);
	assert_bytes(m, "k: |\r\n    text\r\n  e:");
	assert_string_equal(ynode_get(m, "k")->text, "text\n");
	assert_false(ynode_get(m, "k")->is_plain);
	assert_true(ynode_is_null(ynode_get(m, "e")));
	assert_true(ynode_is_null(ynode_get(m, "none")));
	const struct ynode *f = ynode_get(root, "f");
	assert_bytes(f, "{ a: *x, b }");
	assert_true(f->is_flow);
	assert_bytes(ynode_key(f, "a")->next, "*x");
	assert_string_equal(ynode_get(f, "a")->text, "v");
	arena_release(&arena);
}

static void
an_empty_text_has_no_root(void **state)
{
	static const char *const texts[] = { "", "\n", "# c\n", "\xef\xbb\xbf",
		"\xef\xbb\xbf# c" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct arena arena = { 0 };
		struct ynode none = { 0 };
		struct ynode *root = &none;
		struct yaml_fault fault;

		assert_true(yamltree_read(&arena, texts[i], strlen(texts[i]),
		    &root, &fault));
		assert_null(root);
		arena_release(&arena);
	}
}

static void
equal_means_the_same(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool is_equal;
	} rows[] = {
		{ "a: [1, 2]\n", "a:\n- 1\n- 2\n", true },
		{ "a: {b: c}\n", "a:\n  b: c # d\n", true },
		{ "a: 1\nb: 2\n", "b: 2\na: 1\n", false },
		{ "a: ~\n", "a: \"~\"\n", false },
		{ "a: 'x'\n", "a: \"x\"\n", true },
		{ "a: [1, 2]\n", "a: [1, 2, 3]\n", false },
		{ "a: [1]\n", "a: {1: }\n", false },
		{ "a: &x 1\n", "a: 1\n", false },
		{ "a: !x 1\n", "a: 1\n", false },
		{ "a: &x [*x]\n", "a: &x [*x]\n", true },
		{ "", "a: 1\n", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena arena = { 0 };
		struct ynode *a = NULL;
		struct ynode *b = NULL;
		struct yaml_fault fault;

		assert_true(yamltree_read(&arena, rows[i].a, strlen(rows[i].a),
		    &a, &fault));
		assert_true(yamltree_read(&arena, rows[i].b, strlen(rows[i].b),
		    &b, &fault));
		if (ynode_equal(a, b) != rows[i].is_equal)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
		arena_release(&arena);
	}
}

static void
a_tree_can_be_changed(void **state)
{
	static const char before[] = "a: 1\nb: 2\nc: 3\n";
	static const char after[] = "b: 'x'\nd: {e: ~}\n";
	struct arena arena = { 0 };
	struct ynode *tree = NULL;
	struct ynode *wanted = NULL;
	struct yaml_fault fault;

	(void)state;
	assert_true(
	    yamltree_read(&arena, before, sizeof(before) - 1, &tree, &fault));
	assert_true(
	    yamltree_read(&arena, after, sizeof(after) - 1, &wanted, &fault));
	ynode_map_remove(tree, ynode_key(tree, "a"));
	ynode_map_remove(tree, ynode_key(tree, "c"));
	ynode_map_set(tree, ynode_key(tree, "b"), ynode_scalar(&arena, "x"));
	struct ynode *d = ynode_map(&arena);
	ynode_map_add(tree, ynode_scalar(&arena, "d"), d);
	ynode_map_add(d, ynode_scalar(&arena, "e"), ynode_scalar(&arena, "~"));
	assert_false(ynode_equal(tree, wanted));
	ynode_key(wanted->last, "e")->next->is_plain = false;
	assert_true(ynode_equal(tree, wanted));
	arena_release(&arena);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_read_is_said_with_its_place),
		cmocka_unit_test(hostile_texts_are_refused_soon),
		cmocka_unit_test(places_are_bytes),
		cmocka_unit_test(an_empty_text_has_no_root),
		cmocka_unit_test(equal_means_the_same),
		cmocka_unit_test(a_tree_can_be_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
