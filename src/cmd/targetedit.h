/*
 * Edits of a target in the config, each as one transaction: a part of
 * cmd_target.c. With --dry-run they only tell. The target itself is changed
 * by the next sync.
 */
#ifndef TARGETEDIT_H
#define TARGETEDIT_H

#include "cmd.h"
#include "confedit.h"
#include "json.h"
#include "strbuf.h"

/* The patterns to add to its lists and to take out of them. */
struct target_filters {
	struct option_list add_include;
	struct option_list remove_include;
	struct option_list add_exclude;
	struct option_list remove_exclude;
};

bool target_has_filters(const struct target_filters *filters);

MUST_USE struct error *target_edit_filters(struct context *ctx,
    const struct config_target *t, const struct target_filters *filters);

MUST_USE struct error *target_edit_mode(struct context *ctx,
    const struct config_target *t, enum mode mode);

/* What every edit begins with; in lends text. */
MUST_USE struct error *target_read_config(const struct context *ctx,
    struct strbuf *text, struct confedit_input *in);

/* {"name", "path", "mode"}; the caller's. */
json_t *target_json(const char *name, const char *path, enum mode mode);

/* The document of an edit: what has been changed, or would be. */
void
target_print_change(const struct context *ctx, json_t *target, bool changed);

#endif
