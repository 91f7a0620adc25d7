#include "term.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Everything else is a terminal with TERM=xterm. */
static const struct row {
	const char *what;
	const char *lc_all;
	const char *lc_ctype;
	const char *lang;
	bool utf8;
} locales[] = {
	{ "no locale", NULL, NULL, NULL, false },
	{ "C", NULL, NULL, "C", false },
	{ "POSIX", "POSIX", NULL, "en_US.UTF-8", false },
	{ "LANG", NULL, NULL, "en_US.UTF-8", true },
	{ "LANG, another spelling", NULL, NULL, "de_DE.utf8@euro", true },
	{ "LC_CTYPE over LANG", NULL, "C.UTF-8", "C", true },
	{ "LC_ALL over LC_CTYPE", "C", "C.UTF-8", "C.UTF-8", false },
	{ "empty means unset", "", "", "C.UTF-8", true },
	{ "latin", NULL, NULL, "en_US.ISO-8859-1", false },
	{ "macOS", NULL, "UTF-8", NULL, true },
};

static void
test_locale(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(locales); i++) {
		struct term_facts facts = {
			.out_is_tty = true,
			.term = "xterm",
			.lc_all = locales[i].lc_all,
			.lc_ctype = locales[i].lc_ctype,
			.lang = locales[i].lang,
		};
		struct term term = term_decide(&facts);

		if (term.out.utf8 != locales[i].utf8)
			fail_msg("%s", locales[i].what);
		/* Standard error is a pipe here. */
		assert_true(term.err.utf8);
	}
}

static void
test_color(void **state)
{
	static const struct {
		const char *no_color_env;
		const char *term;
		bool is_tty;
		bool no_color;
		bool color;
	} rows[] = {
		{ NULL, "xterm", true, false, true },
		{ "", "xterm", true, false, true },
		{ NULL, "xterm", false, false, false },
		{ NULL, "xterm", true, true, false },
		{ "1", "xterm", true, false, false },
		{ NULL, "dumb", true, false, false },
		{ NULL, NULL, true, false, false },
		{ NULL, "", true, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct term_facts facts = {
			.err_is_tty = rows[i].is_tty,
			.no_color = rows[i].no_color,
			.no_color_env = rows[i].no_color_env,
			.term = rows[i].term,
		};
		struct term term = term_decide(&facts);

		assert_int_equal(term.err.color, rows[i].color);
		assert_false(term.out.color);
	}
}

static void
test_redraw_and_columns(void **state)
{
	struct term_facts facts = { .err_is_tty = true, .term = "xterm" };

	(void)state;
	assert_true(term_decide(&facts).err.can_redraw);
	assert_false(term_decide(&facts).out.can_redraw);
	assert_int_equal(term_decide(&facts).columns, 80);
	facts.columns = 132;
	facts.no_color = true;
	assert_true(term_decide(&facts).err.can_redraw);
	assert_int_equal(term_decide(&facts).columns, 132);
	facts.term = "dumb";
	assert_false(term_decide(&facts).err.can_redraw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locale),
		cmocka_unit_test(test_color),
		cmocka_unit_test(test_redraw_and_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
