#include "prompt.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "signals.h"
#include "strbuf.h"

#define YES_USUAL "Y/n"
#define NO_USUAL "y/N"
#define ANSWER_MAX_BYTES 4096
/* A signal between the look at the flag and the wait is seen after this. */
#define LOOK_AGAIN_MS 200

bool
prompt_is_possible(void)
{
	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

/* One byte, so that nothing is read that belongs to what comes next. */
MUST_USE static struct error *
read_byte(int fd, char *out, bool *ended_out)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n;

	for (;;) {
		struct error *err = signals_check();

		if (err != NULL)
			return err;
		if (poll(&wait, 1, LOOK_AGAIN_MS) <= 0)
			continue;
		n = read(fd, out, 1);
		if (n != -1 || errno != EINTR)
			break;
	}
	if (n == -1)
		return error_errno("read", "the answer");
	*ended_out = n == 0;
	return NULL;
}

/* A line without its end. */
MUST_USE static struct error *
read_line(const struct prompt *p, struct strbuf *line)
{
	bool ended = false;
	char c = '\0';

	for (;;) {
		struct error *err = read_byte(p->fd, &c, &ended);

		if (err == NULL && ended)
			err = error_new(ERR_REFUSED,
			    "the input ended where an answer was needed");
		if (err != NULL) {
			report_say(p->report, "%s", "");
			return err;
		}
		if (c == '\n')
			return NULL;
		if (line->len <= ANSWER_MAX_BYTES)
			strbuf_add_char(line, c);
	}
}

/* The answer without blanks around it. */
static const char *
trimmed(struct strbuf *line)
{
	const char *start = strbuf_str(line);

	while (line->len > 0 && strchr(" \t\r", line->s[line->len - 1]) != NULL)
		strbuf_truncate(line, line->len - 1);
	start += strspn(start, " \t\r");
	return start;
}

MUST_USE static struct error *
judge(const struct question *q, struct strbuf *line)
{
	const char *answer;

	if (line->len > ANSWER_MAX_BYTES ||
	    strlen(strbuf_str(line)) != line->len)
		return error_new(ERR_USAGE, "this is no answer");
	answer = trimmed(line);
	return q->take(q->payload, *answer != '\0' ? answer : q->usual);
}

struct error *
prompt_ask(const struct prompt *p, const struct question *q)
{
	for (int i = 0; i < PROMPT_TRIES; i++) {
		AUTO_STRBUF struct strbuf line = { 0 };
		struct error *err;

		report_ask(p->report, "%s [%s]", q->text, q->usual);
		err = read_line(p, &line);
		if (err != NULL)
			return err;
		err = judge(q, &line);
		if (err == NULL)
			return NULL;
		report_warn(p->report, "%s", error_msg(err));
		error_free(err); /* told: ask again */
	}
	return error_new(ERR_REFUSED,
	    "no answer in %d that could be used: give it as an option",
	    PROMPT_TRIES);
}

MUST_USE static struct error *
take_yes(void *payload, const char *answer)
{
	bool *out = payload;
	static const struct {
		const char *word;
		bool yes;
	} words[] = {
		{ "y", true },
		{ "yes", true },
		{ "n", false },
		{ "no", false },
	};

	if (strcmp(answer, YES_USUAL) == 0 || strcmp(answer, NO_USUAL) == 0)
		return NULL; /* Enter: *out is what is usual */
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcasecmp(answer, words[i].word) == 0) {
			*out = words[i].yes;
			return NULL;
		}
	}
	return error_new(ERR_USAGE, "please answer y or n");
}

struct error *
prompt_yes(const struct prompt *p, const char *text, bool usual, bool *out)
{
	bool yes = usual;
	const struct question q = {
		.text = text,
		.usual = usual ? YES_USUAL : NO_USUAL,
		.take = take_yes,
		.payload = &yes,
	};
	struct error *err = prompt_ask(p, &q);

	if (err == NULL)
		*out = yes;
	return err;
}
