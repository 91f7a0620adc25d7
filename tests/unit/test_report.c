#include "report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "progress.h"

#define RULE "─────────────────────────────────────────"

/* A report whose streams end in memory. */
struct captured {
	struct report *report;
	FILE *out_file;
	FILE *err_file;
	char *out;
	char *err;
	size_t out_len;
	size_t err_len;
};

static const struct term plain = {
	.out = { .utf8 = true },
	.err = { .utf8 = true },
	.columns = 80,
};

static void
capture(struct captured *c, const struct report_setup *like)
{
	struct report_setup setup = *like;

	*c = (struct captured){ 0 };
	c->out_file = open_memstream(&c->out, &c->out_len);
	c->err_file = open_memstream(&c->err, &c->err_len);
	assert_non_null(c->out_file);
	assert_non_null(c->err_file);
	setup.out = c->out_file;
	setup.err = c->err_file;
	c->report = report_new(&setup);
	report_set_home(c->report, "/home/u");
}

/* What came out, and the end of the report. */
static void
check(struct captured *c, const char *out, const char *err)
{
	assert_int_equal(fclose(c->out_file), 0);
	assert_int_equal(fclose(c->err_file), 0);
	assert_string_equal(c->out, out);
	assert_string_equal(c->err, err);
	report_free(c->report);
	free(c->out);
	free(c->err);
}

static void
print_all(struct report *r)
{
	report_heading(r, "Title");
	report_line(r, "line");
	report_gap(r);
	report_ok(r, "%s: %d", "claude", 5);
	report_info(r, "go on");
	report_mark(r, MARK_WARN, "kept");
	report_mark(r, MARK_ERROR, "blocked");
	report_warn(r, "careful");
	report_error(r, "broken");
	report_failure(r, "the end");
}

static void
test_streams(void **state)
{
	struct report_setup setup = { .term = plain };
	struct captured c;

	(void)state;
	capture(&c, &setup);
	print_all(c.report);
	check(&c,
	    "Title\n" RULE "\nline\n\n✓ claude: 5\n→ go on\n! kept\n"
	    "✗ blocked\n",
	    "! careful\n✗ broken\nskillshare: the end\n");
}

static void
test_wrapped(void **state)
{
	struct report_setup setup = { .term = plain };
	struct captured c;

	(void)state;
	capture(&c, &setup);
	report_set_home(c.report, "/home/me");
	report_mark_wrapped(c.report, MARK_WARN, "short");
	/* What is shown is measured, not the long path. */
	report_mark_wrapped(c.report, MARK_ERROR,
	    "/home/me/"
	    "2345678901234567890123456789012345678901234567890123456789"
	    " 45678901234567890 next %s",
	    "a\nb");
	check(&c,
	    "! short\n"
	    "✗ ~/2345678901234567890123456789012345678901234567890123456789 "
	    "45678901234567890\n  next a\\nb\n",
	    "");
}

static void
test_quiet(void **state)
{
	struct report_setup setup = { .term = plain, .quiet = true };
	struct captured c;

	(void)state;
	capture(&c, &setup);
	print_all(c.report);
	check(&c, "! kept\n✗ blocked\n",
	    "! careful\n✗ broken\nskillshare: the end\n");
}

static void
test_json_is_alone(void **state)
{
	struct report_setup setup = { .term = plain, .json = true };
	struct captured c;
	json_t *document;

	(void)state;
	capture(&c, &setup);
	print_all(c.report);
	assert_false(report_has_document(c.report));
	document = json_document();
	json_put_text(document, "path", "/home/u/a\xff\n\x1b[0m\\x41");
	json_put_text(document, "none", NULL);
	json_put_bool(document, "bool", true);
	json_put_count(document, "count", 7);
	json_print(c.report, document);
	assert_true(report_has_document(c.report));
	check(&c,
	    "{\n  \"schema\": 1,\n"
	    "  \"path\": \"/home/u/a\\\\xff\\n\\u001B[0m\\\\x41\",\n"
	    "  \"none\": null,\n  \"bool\": true,\n  \"count\": 7\n}\n",
	    "! careful\n✗ broken\nskillshare: the end\n");
}

static void
test_ascii(void **state)
{
	struct report_setup setup = { .term = { .columns = 80 } };
	struct captured c;

	(void)state;
	capture(&c, &setup);
	report_heading(c.report, "source ↔ caf\xc3\xa9");
	report_ok(c.report, "a…");
	report_info(c.report, "b");
	report_error(c.report, "c");
	check(&c,
	    "source <-> caf\\xc3\\xa9\n"
	    "-----------------------------------------\nv a...\n-> b\n",
	    "x c\n");
}

static void
test_color(void **state)
{
	struct report_setup setup = { .term = plain };
	struct captured c;

	(void)state;
	setup.term.out.color = true;
	capture(&c, &setup);
	report_ok(c.report, "a");
	report_warn(c.report, "b");
	check(&c, "\033[32m✓\033[0m a\n", "! b\n");
}

static void
test_names_are_escaped(void **state)
{
	struct report_setup setup = { .term = plain };
	struct report_table table = { .n_columns = 1 };
	struct captured c;

	(void)state;
	capture(&c, &setup);
	report_ok(c.report, "%s", "a\x1b]0;x\x07\nb\xff");
	report_heading(c.report, "%s", "\x1b[2J");
	report_table_add(&table, "\x1b[2J");
	report_table_print(c.report, &table);
	report_table_release(&table);
	report_failure(c.report, "\x1b[2J");
	check(&c, "✓ a\\x1b]0;x\\x07\\nb\\xff\n\\x1b[2J\n" RULE "\n\\x1b[2J\n",
	    "skillshare: \\x1b[2J\n");
}

static void
test_home(void **state)
{
	struct report_setup setup = { .term = plain };
	struct captured c;

	(void)state;
	capture(&c, &setup);
	report_line(c.report, "/home/u/a (/home/u/b) /home/user /x/home/u/c");
	report_failure(c.report, "no config at /home/u/c");
	assert_string_equal(report_path(c.report, "/home/u/a"), "~/a");
	assert_string_equal(report_path(c.report, "/home/user"), "/home/user");
	report_set_home(c.report, "/");
	report_line(c.report, "/etc /home/u/a");
	check(&c, "~/a (~/b) /home/user /x/home/u/c\n/etc /home/u/a\n",
	    "skillshare: no config at ~/c\n");
}

static void
test_table(void **state)
{
	static const size_t widths[] = { 8, 0, 0 };
	static const char *const cells[] = { "claude", "5/5 synced", "~/a",
		"日本", "✓ linked", "~/b", "a-name-of-17-byte", "", "" };
	struct report_setup setup = { .term = plain };
	struct report_table table = {
		.n_columns = 3,
		.indent = 2,
		.gap = 2,
		.min_widths = widths,
	};
	struct captured c;

	(void)state;
	capture(&c, &setup);
	for (size_t i = 0; i < 6; i++)
		report_table_add(&table, cells[i]);
	report_table_print(c.report, &table);
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		report_table_add(&table, cells[i]);
	report_table_print(c.report, &table);
	report_table_release(&table);
	check(&c,
	    "  claude    5/5 synced  ~/a\n"
	    "  日本      ✓ linked    ~/b\n"
	    "  claude             5/5 synced  ~/a\n"
	    "  日本               ✓ linked    ~/b\n"
	    "  a-name-of-17-byte\n",
	    "");
}

static void
test_texts(void **state)
{
	struct report_setup setup = { .term = plain };
	struct captured c;

	(void)state;
	capture(&c, &setup);
	assert_string_equal(report_count(c.report, 1, "skill", "skills"),
	    "1 skill");
	assert_string_equal(report_count(c.report, 0, "skill", "skills"),
	    "0 skills");
	assert_string_equal(report_text(c.report, "%d/%d synced", 4, 5),
	    "4/5 synced");
	report_dry_run(c.report);
	check(&c, "! Dry run mode - no changes will be made\n", "");
}

static void
test_error_document(void **state)
{
	AUTO_ERROR struct error *err = error_new(ERR_BUSY, "wait for %d", 7);
	json_t *object = json_error_of(err);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(object, "code")),
	    "busy");
	assert_string_equal(json_string_value(
				json_object_get(object, "message")),
	    "wait for 7");
	json_decref(object);
}

static void
test_progress(void **state)
{
	struct report_setup setup = { .term = plain };
	struct progress progress;
	struct captured c;

	(void)state;
	setup.term.err.can_redraw = true;
	capture(&c, &setup);
	progress_start(&progress, c.report, "Copying");
	progress_step(&progress, 1, 9); /* too early */
	progress.next_ms = 0;
	progress_step(&progress, 2, 9);
	progress_step(&progress, 3, 9); /* too soon after */
	progress_end(&progress);
	progress_end(&progress);
	check(&c, "", "\r\033[KCopying  2/9\r\033[K");

	setup.term.err.can_redraw = false;
	capture(&c, &setup);
	progress_start(&progress, c.report, "Copying");
	progress.next_ms = 0;
	progress_step(&progress, 2, 9);
	progress_end(&progress);
	check(&c, "", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_wrapped),
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_json_is_alone),
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_names_are_escaped),
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_error_document),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
