#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cmd.h"

#define WORDS_MAX 6

struct values {
	bool force;
	bool all;
	const char *mode;
	struct option_list names;
};

static const struct option_row rows[] = {
	{ OPT_FLAG, "force", 'f', offsetof(struct values, force), NULL,
	    "replace what is there", HINT_NONE },
	{ OPT_FLAG, "all", 'a', offsetof(struct values, all), NULL,
	    "all of them", HINT_NONE },
	{ OPT_STRING, "mode", 'm', offsetof(struct values, mode), "MODE",
	    "a mode whose help is so long that it has to be broken over more "
	    "than one line of eighty columns",
	    HINT_MODE },
	{ OPT_LIST, "names", 0, offsetof(struct values, names), "NAMES",
	    "some names", HINT_NONE },
};

/* What a command line comes to, as "FLAGS|mode|names|arguments". */
static const struct parsed {
	const char *words[WORDS_MAX];
	const char *result;
} parsed[] = {
	{ { NULL }, "--|-||" },
	{ { "x", "y" }, "--|-||x y" },
	{ { "--force", "x" }, "f-|-||x" },
	{ { "x", "--force" }, "f-|-||x" },
	{ { "-f", "-a" }, "fa|-||" },
	{ { "-fa", "x" }, "fa|-||x" },
	{ { "--mode=a=b" }, "--|a=b||" },
	{ { "--mode", "copy", "x" }, "--|copy||x" },
	{ { "--mode=" }, "--|||" },
	{ { "--mode", "--all" }, "--|--all||" },
	{ { "-mcopy" }, "--|copy||" },
	{ { "-fm", "copy" }, "f-|copy||" },
	{ { "--mode", "a", "--mode=b" }, "--|b||" },
	{ { "--names", "a,b", "--names=c" }, "--|-|a b c|" },
	{ { "--names", "a,,b" }, "--|-|a  b|" },
	{ { "--", "--force", "-a" }, "--|-||--force -a" },
	{ { "x", "--", "--" }, "--|-||x --" },
	{ { "-", "--all" }, "-a|-||-" },
};

static const struct refused {
	const char *words[WORDS_MAX];
	const char *text;
} refused[] = {
	{ { "--forse" }, "unknown option --forse (did you mean --force?)" },
	{ { "--foce=1" }, "unknown option --foce (did you mean --force?)" },
	{ { "--fo" }, "unknown option --fo (did you mean --force?)" },
	{ { "--ofrce" }, "unknown option --ofrce (did you mean --force?)" },
	{ { "--zzzzzz" }, "unknown option --zzzzzz" },
	{ { "-x" }, "unknown option -x" },
	{ { "-fx" }, "unknown option -x" },
	{ { "-\xc3\xa9" }, "unknown option -\xc3\xa9" },
	{ { "--force=yes" }, "option --force takes no value" },
	{ { "--mode" }, "option --mode needs a value (MODE)" },
	{ { "-m" }, "option --mode needs a value (MODE)" },
};

static size_t
count_words(const char *const *words)
{
	size_t n = 0;

	while (n < WORDS_MAX && words[n] != NULL)
		n++;
	return n;
}

static void
add_list(struct strbuf *out, const struct option_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		strbuf_printf(out, "%s%s", i > 0 ? " " : "", list->items[i]);
}

static struct error *
parse(const char *const *words, struct strbuf *out)
{
	struct values values = { 0 };
	struct option_group group = { rows, ARRAY_LEN(rows), &values };
	struct option_set set = { &group, 1 };
	struct option_list args = { 0 };
	struct arena arena = { 0 };
	struct error *err;

	err = options_parse(&set, words, count_words(words), &arena, &args);
	strbuf_printf(out, "%c%c|%s|", values.force ? 'f' : '-',
	    values.all ? 'a' : '-', values.mode != NULL ? values.mode : "-");
	add_list(out, &values.names);
	strbuf_add_char(out, '|');
	add_list(out, &args);
	arena_release(&arena);
	return err;
}

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parsed); i++) {
		AUTO_STRBUF struct strbuf out = { 0 };
		AUTO_ERROR struct error *err = parse(parsed[i].words, &out);

		assert_null(err);
		assert_string_equal(strbuf_str(&out), parsed[i].result);
	}
}

static void
test_refuse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		AUTO_STRBUF struct strbuf out = { 0 };
		AUTO_ERROR struct error *err = parse(refused[i].words, &out);

		assert_non_null(err);
		assert_int_equal(error_code(err), ERR_USAGE);
		assert_string_equal(error_msg(err), refused[i].text);
	}
}

static void
test_help(void **state)
{
	struct option_group group = { rows, ARRAY_LEN(rows), NULL };
	struct option_set set = { &group, 1 };
	AUTO_STRBUF struct strbuf out = { 0 };

	(void)state;
	options_help(&set, &out);
	assert_string_equal(strbuf_str(&out),
	    "  -f, --force        replace what is there\n"
	    "  -a, --all          all of them\n"
	    "  -m, --mode MODE    a mode whose help is so long that it has to "
	    "be broken over\n"
	    "                     more than one line of eighty columns\n"
	    "      --names NAMES  some names\n");
}

static void
test_nearest(void **state)
{
	static const char *const items[] = { "sync", "status", "diff", "pull" };
	static const struct {
		const char *word;
		const char *nearest;
	} near[] = {
		{ "snc", "sync" },
		{ "sycn", "sync" },
		{ "stauts", "status" },
		{ "st", "status" },
		{ "x", NULL },
		{ "", NULL },
		{ "frobnicate", NULL },
		{ "ab", NULL },
	};
	AUTO_FREE char *huge = xcalloc(5000, 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(near); i++) {
		const char *got =
		    options_nearest(near[i].word, items, ARRAY_LEN(items));

		if (near[i].nearest == NULL)
			assert_null(got);
		else
			assert_string_equal(got, near[i].nearest);
	}
	memset(huge, 's', 4999);
	assert_null(options_nearest(huge, items, ARRAY_LEN(items)));
}

/* Shells read these texts in quotes of their own. */
static void
check_text(const char *text)
{
	assert_non_null(text);
	assert_null(strpbrk(text, "'\"[]$`\\"));
	assert_int_not_equal(text[strlen(text) - 1], '.');
}

static void
check_rows(const struct command *command)
{
	struct option_group groups[CMD_GROUPS_MAX];
	size_t n = cmd_option_groups(command, NULL, NULL, groups);
	const char *names[64];
	char shorts[64] = "";
	size_t n_names = 0;
	size_t n_shorts = 0;

	for (size_t g = 0; g < n; g++) {
		for (size_t i = 0; i < groups[g].n; i++) {
			const struct option_row *row = &groups[g].rows[i];

			check_text(row->help);
			assert_true(
			    (row->arg == NULL) == (row->type == OPT_FLAG));
			for (size_t k = 0; k < n_names; k++)
				assert_string_not_equal(names[k],
				    row->long_name);
			names[n_names++] = row->long_name;
			if (row->short_name == 0)
				continue;
			assert_null(strchr(shorts, row->short_name));
			shorts[n_shorts++] = row->short_name;
		}
	}
}

static void
test_command_rows(void **state)
{
	size_t n;
	const struct command *const *all = cmd_all(&n);

	(void)state;
	check_rows(NULL);
	for (size_t i = 0; i < n; i++) {
		check_text(all[i]->summary);
		assert_ptr_equal(cmd_find(all[i]->name), all[i]);
		check_rows(all[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_command_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
