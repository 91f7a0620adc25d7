#include "skill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "strbuf.h"

struct row {
	const char *what;
	const char *text;
	const char *name;        /* or NULL */
	const char *description; /* or NULL */
	const char *targets;     /* NULL: all; else with commas */
	const char *problem;     /* begins so; or NULL */
	unsigned line;
};

/* clang-format off */
static const struct row rows[] = {
	{ "plain", "---\nname: pdf\ndescription: Reads PDF\n---\n# Body\n",
	  "pdf", "Reads PDF", NULL, NULL, 0 },
	{ "BOM and CRLF", "\xef\xbb\xbf---\r\nname: pdf\r\ndescription: d\r\n---\r\n",
	  "pdf", "d", NULL, NULL, 0 },
	{ "blanks behind the fences, no line end",
	  "--- \t\nname: \"My Skill\"\ndescription: 'it''s'\n---",
	  "My Skill", "it's", NULL, NULL, 0 },
	{ "folded and literal",
	  "---\nname: |\n  pdf\ndescription: >\n  one\n  two\n\n  three\n---\n",
	  "pdf", "one two\nthree", NULL, NULL, 0 },
	{ "a line of --- in a text is none at its start",
	  "---\nname: a\ndescription: |\n  x\n  ---\n  y\n---\nz\n",
	  "a", "x\n---\ny", NULL, NULL, 0 },
	{ "a tab behind the colon", "---\nname:\ta\ndescription:\td\n---\n",
	  "a", "d", NULL, NULL, 0 },
	{ "numbers are names too", "---\nname: 123\ndescription: true\n---\n",
	  "123", "true", NULL, NULL, 0 },
	{ "a colon without quotes",
	  "---\nname: a\ndescription: Use when: asked # not a comment?\nx: y\n---\n",
	  "a", "Use when: asked # not a comment?", NULL,
	  "the value of description holds a colon: put it in quotes", 3 },
	{ "a colon in the second line of a value",
	  "---\nname: a\ndescription: one\n  two: three\n---\n",
	  "a", "one two: three", NULL, "not YAML: ", 4 },
	{ "a colon, and other values as YAML",
	  "---\ndescription: a: b\nname: \"n \\u00e9\"\ntargets:\n  - x\n- y\n---\n",
	  "n \xc3\xa9", "a: b", "x,y", "the value of description", 2 },
	{ "a colon, targets in metadata",
	  "---\nname: a\ndescription: a: b\nmetadata:\n  x: 1\n  targets: [x, y]\n---\n",
	  "a", "a: b", "x,y", "the value of description", 3 },
	{ "a colon in metadata, targets there",
	  "---\nname: a\ndescription: b\nmetadata:\n  x: 1: 2\n  targets:\n    - trae-cn\n    - y\n  z: q\n---\n",
	  "a", "b", "trae-cn,y", "not YAML: mapping values", 5 },
	{ "a quote that does not end",
	  "---\nname: \"a\ndescription: b\n---\n",
	  "a", "b", NULL, "not YAML: ", 2 },
	{ "a sign that YAML keeps for itself",
	  "---\nname: a\ndescription: @use it\n---\n",
	  "a", "@use it", NULL, "not YAML: found character", 3 },
	{ "broken targets", "---\nname: a\ndescription: b\ntargets: [x, 'y'\n---\n",
	  "a", "b", "x,y", "not YAML: ", 4 },
	{ "a tab at a line's start", "---\nname: a\ndescription: >\n\tb\n\tc\n---\n",
	  "a", "b c", NULL, "not YAML: ", 4 },
	{ "not UTF-8", "---\nname: a\xff\ndescription: b\n---\n",
	  "a\xff", "b", NULL, "not YAML: the text is not UTF-8", 2 },
	{ "a key twice", "---\nname: a\nname: b\ndescription: c\n---\n",
	  "b", "c", NULL, "not YAML: the key name is here twice", 3 },
	{ "no front matter", "# Title\nname: x\n", NULL, NULL, NULL,
	  "no front matter", 1 },
	{ "nothing", "", NULL, NULL, NULL, "no front matter", 1 },
	{ "a fence alone", "---", NULL, NULL, NULL, "no --- ends", 1 },
	{ "no end", "---\nname: a\ndescription: b\n\n# Title: x\nbody: c\n",
	  "a", "b", NULL, "no --- ends the front matter", 1 },
	{ "no end, no blank line", "---\nname: a\ndescription: b\nBody text.\n",
	  "a", "b", NULL, "no --- ends the front matter", 1 },
	{ "the end is a rule of the body",
	  "---\nname: a\ndescription: b\n\n# Title\n\ntext\n---\nmore\n",
	  "a", "b", NULL, "not YAML: ", 7 },
	{ "blank lines before", "\n\n---\nname: a\ndescription: b: c\n---\n",
	  "a", "b: c", NULL, "blank lines before", 1 },
	{ "empty", "---\n---\n", NULL, NULL, NULL, "no name", 1 },
	{ "no name", "---\ndescription: b\n---\n", NULL, "b", NULL,
	  "no name", 1 },
	{ "an empty name", "---\nname: ''\ndescription: b\n---\n", NULL, "b",
	  NULL, "no name", 1 },
	{ "no description", "---\nname: b\n---\n", "b", NULL, NULL,
	  "no description", 1 },
	{ "a name of the wrong type", "---\ndescription: d\nname: [a]\n---\n",
	  NULL, "d", NULL, "name is not a text", 3 },
	{ "a description of the wrong type",
	  "---\nname: a\ndescription:\n  b: c\n---\n",
	  "a", NULL, NULL, "description is not a text", 3 },
	{ "a list", "---\n- a\n---\n", NULL, NULL, NULL, "not a map", 2 },
	{ "a text", "---\nname\n---\n", NULL, NULL, NULL, "not a map", 2 },
	{ "targets, block", "---\nname: a\ndescription: b\ntargets:\n- x\n- 'y'\n---\n",
	  "a", "b", "x,y", NULL, 0 },
	{ "targets, flow", "---\nname: a\ndescription: b\ntargets: [x]\n---\n",
	  "a", "b", "x", NULL, 0 },
	{ "targets, text", "---\nname: a\ndescription: b\ntargets: x, y,\n---\n",
	  "a", "b", "x,y", NULL, 0 },
	{ "targets of nothing", "---\nname: a\ndescription: b\ntargets:\n---\n",
	  "a", "b", NULL, NULL, 0 },
	{ "targets of an empty list",
	  "---\nname: a\ndescription: b\ntargets: []\n---\n",
	  "a", "b", NULL, NULL, 0 },
	{ "targets in metadata win",
	  "---\nname: a\ndescription: b\ntargets: [x]\nmetadata: {targets: [y]}\n---\n",
	  "a", "b", "y", NULL, 0 },
	{ "metadata without targets",
	  "---\nname: a\ndescription: b\ntargets: [x]\nmetadata: {version: 1}\n---\n",
	  "a", "b", "x", NULL, 0 },
	{ "targets that cannot be understood are none",
	  "---\nname: a\ndescription: b\ntargets: {x: y}\n---\n",
	  "a", "b", "", "targets is not a list of names", 4 },
	{ "an item that is no name",
	  "---\nname: a\ndescription: b\ntargets: [x, [y]]\n---\n",
	  "a", "b", "x", "targets is not a list of names", 4 },
};
/* clang-format on */

static void
assert_same(const char *what, const char *is, const char *wanted)
{
	if (is == NULL || wanted == NULL) {
		if (is != wanted)
			fail_msg("%s: %s, not %s", what,
			    is != NULL ? is : "NULL",
			    wanted != NULL ? wanted : "NULL");
		return;
	}
	assert_string_equal(is, wanted);
}

static void
a_head_is_read_as_it_is_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena arena = { 0 };
		struct skill_meta meta;
		AUTO_STRBUF struct strbuf targets = { 0 };
		const struct row *row = &rows[i];

		print_message("# %s\n", row->what);
		skill_meta_parse(row->text, strlen(row->text), &arena, &meta);
		assert_same("name", meta.name, row->name);
		assert_same("description", meta.description, row->description);
		for (size_t k = 0; k < meta.n_targets; k++) {
			strbuf_add(&targets, k > 0 ? "," : "");
			strbuf_add(&targets, meta.targets[k]);
		}
		assert_same("targets",
		    meta.targets != NULL ? strbuf_str(&targets) : NULL,
		    row->targets);
		if (row->problem == NULL)
			assert_same("problem", meta.problem, NULL);
		else if (meta.problem == NULL ||
			 strstr(meta.problem, row->problem) != meta.problem)
			fail_msg("problem: %s, not %s",
			    meta.problem != NULL ? meta.problem : "NULL",
			    row->problem);
		assert_int_equal(meta.problem_line, row->line);
		arena_release(&arena);
	}
}

static void
more_than_the_limit_is_no_head(void **state)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct arena arena = { 0 };
	struct skill_meta meta;

	(void)state;
	strbuf_add(&text, "---\nname: a\ndescription: b\nx: |\n");
	while (text.len < SKILL_HEAD_MAX_BYTES)
		strbuf_add(&text, "  line\n");
	strbuf_add(&text, "---\n");
	skill_meta_parse(strbuf_str(&text), text.len, &arena, &meta);
	assert_string_equal(meta.problem, "no --- ends the front matter");
	assert_string_equal(meta.name, "a");
	arena_release(&arena);
}

/*
 * A comment sends a head to the YAML parser; without one, plain heads never
 * get there. Both must say the same of whatever is put together here.
 */
static void
plain_heads_mean_what_yaml_says(void **state)
{
	static const char *const pieces[] = { "a", "Zz", "null", "1", ":", ": ",
		" #", "#", " ", "\n", "\nname: ", "\ndescription: ", "\ny: ",
		"\nnull: ", "targets: x", "'", "\"", "{", "[", "-", "|", "\t",
		"\r\n", "\xc3\xa9", "\x01", "~", "&b", "\\", ".", "\n..." };
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		AUTO_STRBUF struct strbuf head = { 0 };
		AUTO_STRBUF struct strbuf other = { 0 };
		struct arena arena = { 0 };
		struct skill_meta plain;
		struct skill_meta yaml;

		strbuf_add(&head, "name: n\ndescription: ");
		for (int i = round % 7; i >= 0; i--) {
			random = random * 1664525 + 1013904223;
			strbuf_add(&head,
			    pieces[(random >> 16) % ARRAY_LEN(pieces)]);
		}
		strbuf_printf(&other, "---\n# \n%s\n---\n", strbuf_str(&head));
		strbuf_splice(&head, 0, 0, "---\n", 4);
		strbuf_add(&head, "\n---\n");
		skill_meta_parse(strbuf_str(&head), head.len, &arena, &plain);
		skill_meta_parse(strbuf_str(&other), other.len, &arena, &yaml);
		assert_same("name", plain.name, yaml.name);
		assert_same("description", plain.description, yaml.description);
		assert_int_equal(plain.n_targets, yaml.n_targets);
		assert_int_equal(plain.problem != NULL, yaml.problem != NULL);
		arena_release(&arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_read_as_it_is_meant),
		cmocka_unit_test(more_than_the_limit_is_no_head),
		cmocka_unit_test(plain_heads_mean_what_yaml_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
