#include "prompt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "strbuf.h"

/* A person whose answers are in a pipe, and what is shown to them. */
struct talk {
	struct prompt prompt;
	FILE *err_file;
	char *err;
	size_t err_len;
};

static void
begin(struct talk *t, const char *answers, size_t len)
{
	int ends[2];

	*t = (struct talk){ 0 };
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], answers, len), (ssize_t)len);
	assert_int_equal(close(ends[1]), 0);
	t->err_file = open_memstream(&t->err, &t->err_len);
	assert_non_null(t->err_file);
	const struct report_setup setup = {
		.out = t->err_file,
		.err = t->err_file,
		.term = { .out = { .utf8 = true }, .err = { .utf8 = true } },
		.quiet = true,
	};
	t->prompt = (struct prompt){ report_new(&setup), ends[0] };
}

static void
end(struct talk *t, const char *shown)
{
	assert_int_equal(fclose(t->err_file), 0);
	assert_string_equal(t->err, shown);
	report_free(t->prompt.report);
	assert_int_equal(close(t->prompt.fd), 0);
	free(t->err);
}

static void
check_yes(const char *answers, bool usual, bool expected, const char *shown)
{
	struct talk t;
	bool yes = !expected;

	begin(&t, answers, strlen(answers));
	assert_null(prompt_yes(&t.prompt, "Well?", usual, &yes));
	assert_int_equal(yes, expected);
	end(&t, shown);
}

static void
test_yes(void **state)
{
	(void)state;
	check_yes("\n", true, true, "Well? [Y/n] ");
	check_yes("\n", false, false, "Well? [y/N] ");
	check_yes("n\n", true, false, "Well? [Y/n] ");
	check_yes("  YES \t\n", false, true, "Well? [y/N] ");
	check_yes("no\r\n", true, false, "Well? [Y/n] ");
	check_yes("maybe\ny\n", false, true,
	    "Well? [y/N] ! please answer y or n\nWell? [y/N] ");
}

static struct error *
take_word(void *payload, const char *answer)
{
	struct strbuf *out = payload;

	if (strcmp(answer, "bad") == 0 || strchr(answer, '\033') != NULL)
		return error_new(ERR_USAGE, "not %s", answer);
	strbuf_add(out, answer);
	return NULL;
}

static struct error *
ask_word(struct talk *t, struct strbuf *out)
{
	const struct question q = {
		.text = "Which?",
		.usual = "usual",
		.take = take_word,
		.payload = out,
	};

	return prompt_ask(&t->prompt, &q);
}

static void
test_answers(void **state)
{
	AUTO_STRBUF struct strbuf out = { 0 };
	struct talk t;

	(void)state;
	begin(&t, "two words\n\nrest", 15);
	assert_null(ask_word(&t, &out));
	assert_null(ask_word(&t, &out));
	assert_string_equal(strbuf_str(&out), "two wordsusual");
	end(&t, "Which? [usual] Which? [usual] ");
}

/* What a person types, or pastes, cannot drive their terminal. */
static void
test_escapes(void **state)
{
	AUTO_STRBUF struct strbuf out = { 0 };
	struct talk t;

	(void)state;
	begin(&t, "\033[2J\nx\n", 7);
	assert_null(ask_word(&t, &out));
	end(&t, "Which? [usual] ! not \\x1b[2J\nWhich? [usual] ");
}

static void
test_tries(void **state)
{
	AUTO_STRBUF struct strbuf out = { 0 };
	struct talk t;
	struct error *err;
	const char *shown = "Which? [usual] ! not bad\n"
			    "Which? [usual] ! not bad\n"
			    "Which? [usual] ! not bad\n"
			    "Which? [usual] ! not bad\n"
			    "Which? [usual] ! not bad\n";

	(void)state;
	begin(&t, "bad\nbad\nbad\nbad\nbad\nx\n", 22);
	err = ask_word(&t, &out);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERR_REFUSED);
	error_free(err);
	end(&t, shown);
}

/* An answer that breaks off is not taken for one that was given. */
static void
test_end(void **state)
{
	AUTO_STRBUF struct strbuf out = { 0 };
	struct talk t;
	struct error *err;

	(void)state;
	begin(&t, "half", 4);
	err = ask_word(&t, &out);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERR_REFUSED);
	assert_non_null(strstr(error_msg(err), "ended"));
	error_free(err);
	assert_int_equal(out.len, 0);
	end(&t, "Which? [usual] \n");
}

/* Neither a zero byte nor a whole file pasted cuts an answer short. */
static void
test_odd(void **state)
{
	AUTO_STRBUF struct strbuf out = { 0 };
	AUTO_STRBUF struct strbuf in = { 0 };
	struct talk t;

	(void)state;
	strbuf_add_mem(&in, "a\0b\n", 4);
	for (int i = 0; i < 5000; i++)
		strbuf_add_char(&in, 'a');
	strbuf_add(&in, "\nx\n");
	begin(&t, strbuf_str(&in), in.len);
	assert_null(ask_word(&t, &out));
	assert_string_equal(strbuf_str(&out), "x");
	end(&t, "Which? [usual] ! this is no answer\n"
		"Which? [usual] ! this is no answer\n"
		"Which? [usual] ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_yes),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_tries),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
