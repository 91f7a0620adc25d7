#include "conffilter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *what;
	enum conffilter_kind kind;
	const char *list;
	const char *pattern;
	const char *before;
	const char *after; /* NULL: refused */
	enum error_code code;
};

#define ADD CONFFILTER_ADD
#define REMOVE CONFFILTER_REMOVE

/* All of the target claude. */
/* clang-format off */
static const struct row rows[] = {
	{ "a block target", ADD, "include", "a*",
	  "targets:\n  claude:\n    path: ~/x # p\n      # p, too\n"
	  "    # end\n  codex: {}\n",
	  "targets:\n  claude:\n    path: ~/x # p\n      # p, too\n"
	  "    include: [\"a*\"]\n    # end\n  codex: {}\n", 0 },
	{ "a target in {}", ADD, "exclude", "pdf",
	  "targets: {claude: {path: ~/x}, b: {}}\n",
	  "targets: {claude: {path: ~/x, exclude: [pdf]}, b: {}}\n", 0 },
	{ "an empty target in {}", ADD, "exclude", "pdf",
	  "targets:\n  claude: {} # c\n",
	  "targets:\n  claude: {exclude: [pdf]} # c\n", 0 },
	{ "a target that is a path", ADD, "include", "pdf",
	  "targets:\n  claude: ~/x # c\n",
	  "targets:\n  claude: {path: ~/x, include: [pdf]} # c\n", 0 },
	{ "a target of nothing", ADD, "include", "pdf",
	  "targets:\n  claude:\n  codex:\n",
	  "targets:\n  claude: {include: [pdf]}\n  codex:\n", 0 },
	{ "the nested form", ADD, "include", "pdf",
	  "targets:\n  claude:\n    skills:\n      path: ~/x\n    agents: {}\n",
	  "targets:\n  claude:\n    skills:\n      path: ~/x\n"
	  "      include: [pdf]\n    agents: {}\n", 0 },
	{ "the list of the target where skills has none", ADD, "include", "b",
	  "targets:\n  claude:\n    include: [a]\n    skills: {path: ~/x}\n",
	  "targets:\n  claude:\n    include: [a, b]\n    skills: {path: ~/x}\n",
	  0 },
	{ "behind the others, in []", ADD, "include", "b",
	  "targets:\n  claude:\n    include: [ 'a' ] # i\n",
	  "targets:\n  claude:\n    include: [ 'a', b ] # i\n", 0 },
	{ "behind the others, in lines", ADD, "include", "b*",
	  "targets:\n  claude:\n    include:\n      # first\n      - a # x\n"
	  "      # end\n    path: ~/x\n",
	  "targets:\n  claude:\n    include:\n      # first\n      - a # x\n"
	  "      - \"b*\"\n      # end\n    path: ~/x\n", 0 },
	{ "lines without an end, CRLF", ADD, "include", "b",
	  "targets:\r\n  claude:\r\n    include:\r\n    - a",
	  "targets:\r\n  claude:\r\n    include:\r\n    - a\r\n    - b\r\n", 0 },
	{ "an empty list, and one of nothing", ADD, "include", "a",
	  "targets:\n  claude: {include: [], exclude: }\n",
	  "targets:\n  claude: {include: [a], exclude: }\n", 0 },
	{ "a list of nothing", ADD, "exclude", "a",
	  "targets:\n  claude:\n    exclude: # none\n",
	  "targets:\n  claude:\n    exclude: [a] # none\n", 0 },
	{ "there already, however it is quoted", ADD, "include", "a",
	  "targets:\n  claude:\n    include: [ 'a' ]\n",
	  "targets:\n  claude:\n    include: [ 'a' ]\n", 0 },
	{ "what YAML could misread", ADD, "include", "\"\\ #: é\x1b",
	  "targets:\n  claude: {}\n",
	  "targets:\n  claude: {include: [\"\\\"\\\\ #: é\\x1b\"]}\n", 0 },
	{ "no list but a text", ADD, "include", "a",
	  "targets:\n  claude:\n    include: x\n", NULL, ERR_CONFIG },
	{ "an alias", ADD, "include", "b",
	  "x: &i [a]\ntargets:\n  claude:\n    include: *i\n", NULL,
	  ERR_CONFIG },
	{ "no such target", ADD, "include", "a", "targets: {codex: {}}\n",
	  NULL, ERR_NOT_FOUND },

	{ "one of several lines", REMOVE, "include", "b",
	  "targets:\n  claude:\n    include:\n    - a\n    # b's\n    - 'b' # x\n"
	  "    - c\n",
	  "targets:\n  claude:\n    include:\n    - a\n    # b's\n    - c\n", 0 },
	{ "the last line takes the list with it", REMOVE, "include", "a",
	  "targets:\n  claude:\n    path: ~/x\n    include:\n    - a\n"
	  "    mode: copy\n",
	  "targets:\n  claude:\n    path: ~/x\n    mode: copy\n", 0 },
	{ "the last line of all settings", REMOVE, "include", "a",
	  "targets:\n  claude:\n    include:\n    - a\n",
	  "targets:\n  claude: {}\n", 0 },
	{ "one of several in []", REMOVE, "exclude", "a",
	  "targets:\n  claude: {exclude: [a, 'b', \"c*\"], mode: copy}\n",
	  "targets:\n  claude: {exclude: ['b', \"c*\"], mode: copy}\n", 0 },
	{ "one between others in []", REMOVE, "exclude", "b",
	  "targets:\n  claude: {exclude: [ 'a' , b,\"c*\" ], mode: copy}\n",
	  "targets:\n  claude: {exclude: [ 'a' , \"c*\" ], mode: copy}\n", 0 },
	{ "the last of several in [], on lines", REMOVE, "exclude", "c",
	  "targets:\n  claude:\n    exclude: ['a',\n      b,\n      \"c\",\n    ]\n",
	  "targets:\n  claude:\n    exclude: ['a',\n      b,\n    ]\n", 0 },
	{ "the only one in [], with a comma", REMOVE, "exclude", "c",
	  "targets:\n  claude:\n    exclude: [ 'c', ]\n",
	  "targets:\n  claude:\n    exclude: [ ]\n", 0 },
	{ "a # in what goes", REMOVE, "exclude", "#b",
	  "targets:\n  claude:\n    exclude: [a, '#b', c]\n",
	  "targets:\n  claude:\n    exclude: [a, c]\n", 0 },
	{ "a # that is no comment", REMOVE, "exclude", "b",
	  "targets:\n  claude:\n    exclude: ['a#', b]\n",
	  "targets:\n  claude:\n    exclude: ['a#']\n", 0 },
	{ "the last in []", REMOVE, "exclude", "a",
	  "targets:\n  claude: {exclude: [a]}\n",
	  "targets:\n  claude: {exclude: []}\n", 0 },
	{ "a comment among what is in []", REMOVE, "exclude", "a",
	  "targets:\n  claude:\n    exclude: [a, # x\n      b]\n", NULL,
	  ERR_CONFIG },
	{ "not in the list", REMOVE, "exclude", "z",
	  "targets:\n  claude: {exclude: [a]}\n", NULL, ERR_NOT_FOUND },
	{ "no list", REMOVE, "exclude", "z",
	  "targets:\n  claude: {}\n", NULL, ERR_NOT_FOUND },
};
/* clang-format on */

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		AUTO_STRBUF struct strbuf out = { 0 };
		const struct confedit_input in = {
			.path = "/c.yaml",
			.text = row->before,
			.len = strlen(row->before),
		};
		const struct conffilter_edit edit = { row->kind, row->list,
			row->pattern };
		AUTO_ERROR struct error *err =
		    conffilter_edit(&in, "claude", &edit, &out);

		if (row->after == NULL) {
			if (err == NULL || error_code(err) != row->code)
				fail_msg("%s: not refused as it must be: %s",
				    row->what,
				    err != NULL ? error_msg(err)
						: strbuf_str(&out));
			assert_int_equal(out.len, 0);
			continue;
		}
		if (err != NULL)
			fail_msg("%s: %s", row->what, error_msg(err));
		if (strcmp(strbuf_str(&out), row->after) != 0)
			fail_msg("%s: became\n%s", row->what, strbuf_str(&out));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "patterns come and go, and all else stays", test_rows, NULL,
		    NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
