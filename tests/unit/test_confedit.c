#include "confedit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum op {
	ADD,
	REMOVE,
	MODE
};

struct row {
	const char *what;
	enum op op;
	const char *name;
	const char *path;
	const char *mode;
	const char *before;
	const char *after; /* NULL: refused with ERR_CONFIG */
};

/* clang-format off */
static const struct row rows[] = {
	/* ---- add ---- */
	{ "an empty file", ADD, "claude", "~/x", NULL,
	  "",
	  "targets:\n  claude:\n    path: ~/x\n" },
	{ "nothing but comments", ADD, "claude", "~/x", "symlink",
	  "# one\n# two",
	  "# one\n# two\ntargets:\n  claude:\n    path: ~/x\n    mode: symlink\n" },
	{ "no key targets", ADD, "claude", "~/x", NULL,
	  "source: ~/s # mine\n",
	  "source: ~/s # mine\ntargets:\n  claude:\n    path: ~/x\n" },
	{ "no key targets, no newline at the end", ADD, "claude", NULL, NULL,
	  "source: ~/s",
	  "source: ~/s\ntargets:\n  claude: {}\n" },
	{ "the file's own indentation", ADD, "claude", "~/x", NULL,
	  "audit:\n    x: 1\n",
	  "audit:\n    x: 1\ntargets:\n    claude:\n        path: ~/x\n" },
	{ "targets of nothing", ADD, "claude", "~/x", NULL,
	  "targets:   # none yet\n# end\n",
	  "targets:   # none yet\n  claude:\n    path: ~/x\n# end\n" },
	{ "targets ~", ADD, "claude", "~/x", NULL,
	  "targets: ~ # none\nmode: merge\n",
	  "targets: # none\n  claude:\n    path: ~/x\nmode: merge\n" },
	{ "targets {}", ADD, "claude", "~/x", NULL,
	  "targets: {}\nmode: merge\n",
	  "targets:\n  claude:\n    path: ~/x\nmode: merge\n" },
	{ "targets {} without a newline", ADD, "claude", NULL, "copy",
	  "targets: {}",
	  "targets:\n  claude:\n    mode: copy\n" },
	{ "targets {} over lines", ADD, "claude", "~/x", NULL,
	  "targets: { # none\n}\n",
	  "targets: { # none\nclaude: {path: ~/x}}\n" },
	{ "behind the last, before the comment of the next key", ADD,
	  "cursor", "~/c", NULL,
	  "targets:\n  claude:\n    path: ~/x # a\n    # b\n\n# mode\nmode: merge\n",
	  "targets:\n  claude:\n    path: ~/x # a\n    # b\n  cursor:\n"
	  "    path: ~/c\n\n# mode\nmode: merge\n" },
	{ "the nested form stays", ADD, "cursor", "~/c", "merge",
	  "targets:\n  claude:\n    skills:\n      path: ~/x\n",
	  "targets:\n  claude:\n    skills:\n      path: ~/x\n"
	  "  cursor:\n    skills:\n      path: ~/c\n      mode: merge\n" },
	{ "a map in {}", ADD, "cursor", "~/c", NULL,
	  "targets: {claude: {path: ~/x}}\n",
	  "targets: {claude: {path: ~/x}, cursor: {path: ~/c}}\n" },
	{ "a map in {} over lines, with a comma at the end", ADD, "cursor",
	  NULL, NULL,
	  "targets: {\n  claude: {}, # first\n}\n",
	  "targets: {\n  claude: {}, cursor: {}, # first\n}\n" },
	{ "all in {}", ADD, "cursor", "~/c", NULL,
	  "{source: ~/s}\n",
	  "{source: ~/s, targets: {cursor: {path: ~/c}}}\n" },
	{ "all in {}, targets of nothing", ADD, "cursor", "~/c", NULL,
	  "{targets: {}, source: ~/s}\n",
	  "{targets: {cursor: {path: ~/c}}, source: ~/s}\n" },
	{ "CRLF", ADD, "cursor", "~/c", NULL,
	  "targets:\r\n  claude:\r\n    path: ~/x\r\n",
	  "targets:\r\n  claude:\r\n    path: ~/x\r\n  cursor:\r\n"
	  "    path: ~/c\r\n" },
	{ "CRLF without a line end", ADD, "cursor", NULL, NULL,
	  "targets:\r\n  claude: {}",
	  "targets:\r\n  claude: {}\r\n  cursor: {}\r\n" },
	{ "a byte-order mark and letters of several bytes", ADD, "cursor",
	  "~/c", NULL,
	  "\xef\xbb\xbf# gr\xc3\xbc\xc3\x9f" "e\ntargets:\n"
	  "  claude: \"\xe6\x97\xa5\" # \xe6\x9c\xac\nmode: merge\n",
	  "\xef\xbb\xbf# gr\xc3\xbc\xc3\x9f" "e\ntargets:\n"
	  "  claude: \"\xe6\x97\xa5\" # \xe6\x9c\xac\n"
	  "  cursor:\n    path: ~/c\nmode: merge\n" },
	{ "tabs in comments", ADD, "cursor", NULL, NULL,
	  "targets:\t# a\n  claude: {}\t# b\n  #\tc\n",
	  "targets:\t# a\n  claude: {}\t# b\n  cursor: {}\n  #\tc\n" },
	{ "a path that needs quotes", ADD, "x", "/a b: \"c\" #\\\t{", NULL,
	  "targets: {}\n",
	  "targets:\n  x:\n    path: \"/a b: \\\"c\\\" #\\\\\\x09{\"\n" },
	{ "a path that YAML takes for nothing", ADD, "x", "~", NULL,
	  "targets: {}\n",
	  "targets:\n  x:\n    path: \"~\"\n" },
	{ "a name that YAML takes for a truth", ADD, "no", "/n", NULL,
	  "targets: {}\n",
	  "targets:\n  \"no\":\n    path: /n\n" },
	{ "a document with its own end", ADD, "x", NULL, NULL,
	  "source: /s\n...\n", NULL },
	{ "targets are an alias", ADD, "x", NULL, NULL,
	  "a: &t {}\ntargets: *t\n", NULL },
	{ "targets are a list", ADD, "x", NULL, NULL, "targets: [a]\n", NULL },
	{ "the whole is a list", ADD, "x", NULL, NULL, "- a\n", NULL },
	{ "not YAML", ADD, "x", NULL, NULL, "a: b: c\n", NULL },
	{ "a path that is not UTF-8", ADD, "x", "/\xff", NULL,
	  "targets: {}\n", NULL },
	/* ---- remove ---- */
	{ "the only one", REMOVE, "claude", NULL, NULL,
	  "targets: # mine\n  claude: # a\n    path: ~/x\n    # b\n# c\n",
	  "targets: {} # mine\n# c\n" },
	{ "the first", REMOVE, "claude", NULL, NULL,
	  "targets:\n  # of claude?\n  claude:\n    path: ~/x\n"
	  "  # of cursor\n  cursor:\n    path: ~/c\n",
	  "targets:\n  # of claude?\n  # of cursor\n  cursor:\n"
	  "    path: ~/c\n" },
	{ "the one in the middle", REMOVE, "b", NULL, NULL,
	  "targets:\n  a: {}\n\n  \"b\": /b\n\n  c:\nmode: merge\n",
	  "targets:\n  a: {}\n\n\n  c:\nmode: merge\n" },
	{ "the last, without a newline", REMOVE, "b", NULL, NULL,
	  "targets:\n  a: {}\n  b:\n    path: >-\n      /b\n      /c",
	  "targets:\n  a: {}\n" },
	{ "one of nothing", REMOVE, "a", NULL, NULL,
	  "targets:\n  a:\n    # deeper\n  b:\n",
	  "targets:\n  b:\n" },
	{ "CRLF", REMOVE, "a", NULL, NULL,
	  "targets:\r\n  a:\r\n    path: /a\r\n\r\n    # x\r\n  b:\r\n",
	  "targets:\r\n  b:\r\n" },
	{ "the first in {}", REMOVE, "a", NULL, NULL,
	  "targets: {a: {path: /a}, b: /b}\n", "targets: {b: /b}\n" },
	{ "the last in {}", REMOVE, "b", NULL, NULL,
	  "targets: {a: {path: /a}, b: /b}\n",
	  "targets: {a: {path: /a}}\n" },
	{ "the only one in {}", REMOVE, "a", NULL, NULL,
	  "targets: {a: {path: /a}}\n", "targets: {}\n" },
	{ "a line in {}", REMOVE, "b", NULL, NULL,
	  "targets: {\n  a: /a, # x\n  b: /b, # y\n  # z\n  c: /c # w\n}\n",
	  "targets: {\n  a: /a, # x\n  # z\n  c: /c # w\n}\n" },
	{ "the last line in {}", REMOVE, "c", NULL, NULL,
	  "targets: {\n  a: /a, # x\n  c: /c # w\n}\n",
	  "targets: {\n  a: /a # x\n}\n" },
	{ "one that others are aliases of", REMOVE, "a", NULL, NULL,
	  "targets:\n  a: &x {path: /a}\n  b: *x\n", NULL },
	{ "an alias", REMOVE, "b", NULL, NULL,
	  "targets:\n  a: &x {path: /a}\n  b: *x\n",
	  "targets:\n  a: &x {path: /a}\n" },
	{ "a key with ?", REMOVE, "a", NULL, NULL,
	  "targets:\n  ? a\n  : /a\n  ? b\n  : /b\n", NULL },
	/* ---- mode ---- */
	{ "the value alone", MODE, "a", NULL, "symlink",
	  "targets:\n  a:\n    mode:  merge   # old\n    path: /a\n",
	  "targets:\n  a:\n    mode:  symlink   # old\n    path: /a\n" },
	{ "a value in quotes", MODE, "a", NULL, "symlink",
	  "targets: {a: {\"mode\": 'merge', path: /a}}\n",
	  "targets: {a: {\"mode\": symlink, path: /a}}\n" },
	{ "an empty value", MODE, "a", NULL, "symlink",
	  "targets:\n  a:\n    mode: # which\n    path: /a\n",
	  "targets:\n  a:\n    mode: symlink # which\n    path: /a\n" },
	{ "none yet", MODE, "a", NULL, "symlink",
	  "targets:\n    a:\n        path: /a # p\n    b: {}\n",
	  "targets:\n    a:\n        path: /a # p\n        mode: symlink\n"
	  "    b: {}\n" },
	{ "none yet in the nested form", MODE, "a", NULL, "symlink",
	  "targets:\n  a:\n    skills:\n      path: /a\n"
	  "    agents:\n      mode: merge\n",
	  "targets:\n  a:\n    skills:\n      path: /a\n      mode: symlink\n"
	  "    agents:\n      mode: merge\n" },
	{ "the nested form", MODE, "a", NULL, "symlink",
	  "targets:\n  a:\n    skills: {mode: copy}\n    agents: {}\n",
	  "targets:\n  a:\n    skills: {mode: symlink}\n    agents: {}\n" },
	{ "nested of nothing", MODE, "a", NULL, "symlink",
	  "targets:\n  a:\n    skills:\n",
	  "targets:\n  a:\n    skills:\n      mode: symlink\n" },
	{ "flat beside nested", MODE, "a", NULL, "symlink",
	  "targets:\n  a:\n    mode: copy\n    skills:\n      path: /a\n",
	  "targets:\n  a:\n    mode: symlink\n    skills:\n      path: /a\n" },
	{ "none yet in {}", MODE, "a", NULL, "merge",
	  "targets:\n  a: {path: /a} # x\n",
	  "targets:\n  a: {path: /a, mode: merge} # x\n" },
	{ "a target of {}", MODE, "a", NULL, "merge",
	  "targets:\n  a: {}\n", "targets:\n  a: {mode: merge}\n" },
	{ "a target of nothing", MODE, "a", NULL, "merge",
	  "targets:\n  a: # x\n  b:\n",
	  "targets:\n  a: # x\n    mode: merge\n  b:\n" },
	{ "a target of nothing, without a newline", MODE, "a", NULL, "merge",
	  "targets:\r\n  a:", "targets:\r\n  a:\r\n    mode: merge\r\n" },
	{ "a target of ~", MODE, "a", NULL, "merge",
	  "targets:\n  a: ~ # x\n",
	  "targets:\n  a: {mode: merge} # x\n" },
	{ "a target of nothing in {}", MODE, "a", NULL, "merge",
	  "targets: {a: , b: }\n", "targets: {a: {mode: merge} , b: }\n" },
	{ "a target that is its path", MODE, "a", NULL, "merge",
	  "targets:\n  a: ~/a b # x\n",
	  "targets:\n  a: {path: \"~/a b\", mode: merge} # x\n" },
	{ "a target without even a colon", MODE, "a", NULL, "merge",
	  "targets: {a}\n", NULL },
	{ "a target that is an alias", MODE, "b", NULL, "merge",
	  "targets:\n  a: &x {path: /a}\n  b: *x\n", NULL },
	{ "a target that is a list", MODE, "b", NULL, "merge",
	  "targets:\n  b: []\n", NULL },
};
/* clang-format on */

static struct error *
run(const struct row *row, struct strbuf *out)
{
	struct confedit_input in = { "/c.yaml", row->before,
		strlen(row->before) };
	struct confedit_target target = { row->name, row->path, row->mode };

	switch (row->op) {
	case ADD:
		return confedit_target_add(&in, &target, out);
	case REMOVE:
		return confedit_target_remove(&in, row->name, out);
	case MODE:
		return confedit_target_mode(&in, row->name, row->mode, out);
	}
	return NULL;
}

static void
an_edit_changes_that_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF struct strbuf out = { 0 };
		AUTO_ERROR struct error *err = run(&rows[i], &out);

		print_message("# %s\n", rows[i].what);
		if (rows[i].after == NULL) {
			assert_non_null(err);
			assert_int_equal(error_code(err), ERR_CONFIG);
			assert_ptr_equal(strstr(error_msg(err), "/c.yaml:"),
			    error_msg(err));
			assert_int_equal(out.len, 0);
			continue;
		}
		if (err != NULL)
			fail_msg("%s", error_msg(err));
		assert_string_equal(strbuf_str(&out), rows[i].after);
	}
}

static void
what_is_there_or_not_there_is_said(void **state)
{
	static const struct {
		const char *name;
		enum op op;
		enum error_code code;
	} refusals[] = {
		{ "a", ADD, ERR_REFUSED },
		{ "list", ADD, ERR_USAGE },
		{ "-x", ADD, ERR_USAGE },
		{ "b", REMOVE, ERR_NOT_FOUND },
		{ "b", MODE, ERR_NOT_FOUND },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		AUTO_STRBUF struct strbuf out = { 0 };
		struct row row = { .op = refusals[i].op,
			.name = refusals[i].name,
			.mode = "merge",
			.before = "targets:\n  a:\n" };
		AUTO_ERROR struct error *err = run(&row, &out);

		assert_non_null(err);
		assert_int_equal(error_code(err), refusals[i].code);
	}
}

static void
by_hand_names_the_line(void **state)
{
	static const char text[] = "source: /s\ntargets:\n  a: []\n";
	struct confedit_input in = { "/c.yaml", text, sizeof(text) - 1 };
	AUTO_STRBUF struct strbuf out = { 0 };

	(void)state;
	AUTO_ERROR struct error *err =
	    confedit_target_mode(&in, "a", "merge", &out);
	assert_non_null(err);
	assert_ptr_equal(strstr(error_msg(err), "/c.yaml:3: "), error_msg(err));
}

static void
a_new_config_holds_what_was_asked_for(void **state)
{
	static const struct confedit_target targets[] = {
		{ "claude", NULL, NULL },
		{ "mine", "~/my skills", "symlink" },
	};
	AUTO_STRBUF struct strbuf full = { 0 };
	AUTO_STRBUF struct strbuf bare = { 0 };

	(void)state;
	confedit_new("~/s", "merge", targets, ARRAY_LEN(targets), &full);
	assert_non_null(strstr(strbuf_str(&full), "\nsource: ~/s\n"));
	assert_non_null(strstr(strbuf_str(&full), "\nmode: merge\n"));
	assert_non_null(strstr(strbuf_str(&full),
	    "\ntargets:\n  claude: {}\n  mine:\n    path: \"~/my skills\"\n"
	    "    mode: symlink\n"));
	confedit_new(NULL, NULL, NULL, 0, &bare);
	assert_non_null(strstr(strbuf_str(&bare), "\ntargets: {}\n"));
	assert_null(strstr(strbuf_str(&bare), "\nsource:"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edit_changes_that_and_nothing_else),
		cmocka_unit_test(what_is_there_or_not_there_is_said),
		cmocka_unit_test(by_hand_names_the_line),
		cmocka_unit_test(a_new_config_holds_what_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
