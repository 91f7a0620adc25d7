/*
 * `pull <target>` and `pull --all`: skills back from agents, a part of
 * cmd_pull.c.
 */
#ifndef PULLTARGET_H
#define PULLTARGET_H

#include "cmd.h"

enum {
	PULL_ALL = 1,
	PULL_FORCE = 2
};

/*
 * Pulls from the targets in ctx->args, from all of them, or, with neither,
 * from the only one there is (ERR_USAGE with the list if there are more). As
 * a command's run().
 */
MUST_USE struct error *
pull_target(struct context *ctx, unsigned flags, enum exit_code *exit_out);

#endif
