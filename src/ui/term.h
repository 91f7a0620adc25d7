/*
 * What standard output and standard error can show.
 */
#ifndef TERM_H
#define TERM_H

#include "base.h"

/* What the machine says; strings may be NULL. */
struct term_facts {
	bool out_is_tty;
	bool err_is_tty;
	bool no_color;    /* --no-color */
	unsigned columns; /* of the terminal; 0: unknown */
	const char *no_color_env;
	const char *term;
	const char *lc_all;
	const char *lc_ctype;
	const char *lang;
};

/* One stream. */
struct term_stream {
	bool is_tty;
	bool color;
	bool can_redraw; /* a terminal whose lines can be erased */
	bool utf8;       /* else ASCII stand-ins; a pipe is always UTF-8 */
};

struct term {
	struct term_stream out;
	struct term_stream err;
	unsigned columns; /* never 0 */
};

/* The rule, without asking anything. */
struct term term_decide(const struct term_facts *facts);

/* The rule applied to this process. */
struct term term_detect(bool no_color);

#endif
