/*
 * Questions to a person, one at a time: the question on standard error, the
 * answer a line from a descriptor. Works on anything that can be read; that
 * it is a terminal is for the caller to ask.
 */
#ifndef PROMPT_H
#define PROMPT_H

#include "error.h"
#include "report.h"

/* A person who was not understood so often is not asked any more. */
#define PROMPT_TRIES 5

struct prompt {
	struct report *report; /* shows questions, and what was wrong */
	int fd;                /* where answers come from */
};

/*
 * Takes an answer, without blanks around it. An error is shown, and the
 * question asked again.
 */
typedef struct error *prompt_taker(void *payload, const char *answer);

struct question {
	const char *text;
	const char *usual; /* shown in brackets; what Enter stands for */
	prompt_taker *take;
	void *payload; /* of take; lent */
};

/* Are standard input and standard error a terminal? */
bool prompt_is_possible(void);

/*
 * Asks until take has no objection. ERR_REFUSED: the input ended, or none of
 * PROMPT_TRIES answers would do; ERR_INTERRUPTED: SIGINT or SIGTERM.
 */
MUST_USE struct error *
prompt_ask(const struct prompt *p, const struct question *q);

/* A question for yes or no; the same errors. */
MUST_USE struct error *
prompt_yes(const struct prompt *p, const char *text, bool usual, bool *out);

#endif
