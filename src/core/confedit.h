/*
 * Edits of the config's text that keep all the rest of it byte for byte:
 * comments, order, quotes, line ends. Pure: text in, text out.
 *
 * After each edit the text is read again and must be the old tree with that
 * one change; else the edit is given up as ERR_CONFIG with the line that a
 * person has to edit. `out` gets the new text, and is untouched on error.
 */
#ifndef CONFEDIT_H
#define CONFEDIT_H

#include "error.h"
#include "strbuf.h"

struct confedit_input {
	const char *path; /* of the config, for messages */
	const char *text;
	size_t len;
};

struct confedit_target {
	const char *name;
	const char *path; /* as the user writes it, or NULL: the agent's */
	const char *mode; /* or NULL: the config's */
};

/*
 * Adds a target behind the others, in the form that they have (flat or
 * `skills:`). ERR_REFUSED: there is one of that name; ERR_USAGE: nothing may
 * be called that.
 */
MUST_USE struct error *confedit_target_add(const struct confedit_input *in,
    const struct confedit_target *target, struct strbuf *out);

/*
 * Removes a target, with the comments on its lines and those below it that
 * are indented deeper than its name. ERR_NOT_FOUND: there is none.
 */
MUST_USE struct error *confedit_target_remove(const struct confedit_input *in,
    const char *name, struct strbuf *out);

/* Sets a target's own mode. ERR_NOT_FOUND: there is no such target. */
MUST_USE struct error *confedit_target_mode(const struct confedit_input *in,
    const char *name, const char *mode, struct strbuf *out);

/*
 * Adds a whole new config to out. source as the user writes it; both it and
 * mode may be NULL, for the default.
 */
void confedit_new(const char *source, const char *mode,
    const struct confedit_target *targets, size_t n_targets,
    struct strbuf *out);

#endif
