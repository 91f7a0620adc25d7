/*
 * Edits of a target's lists `include` and `exclude` in the config's text, with
 * the promises of confedit.h.
 */
#ifndef CONFFILTER_H
#define CONFFILTER_H

#include "confedit.h"

enum conffilter_kind {
	CONFFILTER_ADD,
	CONFFILTER_REMOVE
};

struct conffilter_edit {
	enum conffilter_kind kind;
	const char *list; /* "include" or "exclude" */
	const char *pattern;
};

/*
 * Adds a pattern behind those of the list, which is made at need where the
 * target has its settings, or takes one out; with the last one a list in lines
 * goes, with the comments in it, and one in [] goes empty. A pattern that is
 * there already is no error, and out gets the text as it is. ERR_NOT_FOUND: no
 * such target, or no such pattern to remove.
 */
MUST_USE struct error *conffilter_edit(const struct confedit_input *in,
    const char *target, const struct conffilter_edit *edit, struct strbuf *out);

#endif
