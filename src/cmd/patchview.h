/*
 * diff --patch: what differs in one entry, as text for people, programs and
 * JSON, and the pager that shows it.
 */
#ifndef PATCHVIEW_H
#define PATCHVIEW_H

#include "json.h"
#include "pager.h"
#include "patch.h"
#include "session.h"

/* Adds the patch from the skill to what the target has of its name. */
MUST_USE struct error *
patchview_make(const struct session *s, const struct plan_target *t,
    const struct observed_entry *e, struct strbuf *out);

/* As patch.h says in a pipe; on a terminal safe, and in colours. */
void patchview_tell(struct report *r, const struct strbuf *patch);

/* A string; a NUL in it is the text \x00. */
json_t *patchview_json(const struct strbuf *patch);

/*
 * Starts the pager that git would use, if the report goes to a terminal; else,
 * and where it is "cat" or "", none.
 */
MUST_USE struct error *
patchview_page(const struct context *ctx, struct pager *out);

#endif
