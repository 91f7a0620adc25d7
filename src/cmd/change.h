/*
 * Changing the config, as one transaction like every other change.
 */
#ifndef CHANGE_H
#define CHANGE_H

#include "cmd.h"
#include "error.h"
#include "strbuf.h"

/*
 * Replaces the config file's bytes old by new_text. ERR_CONFLICT if the file
 * does not hold old any more: somebody else edits it. With --dry-run nothing
 * happens.
 */
MUST_USE struct error *change_config(struct context *ctx,
    const struct strbuf *old, const char *new_text);

/*
 * Makes the source directory (NULL: it is there) and a new config of that
 * text. ERR_CONFLICT if a config appeared meanwhile.
 */
MUST_USE struct error *
change_begin(struct context *ctx, const char *source, const char *config_text);

#endif
