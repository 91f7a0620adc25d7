/*
 * `target <name>`: one target with all that its agent sees, a part of
 * cmd_target.c.
 */
#ifndef TARGETSHOW_H
#define TARGETSHOW_H

#include "cmd.h"

MUST_USE struct error *
target_show(struct context *ctx, const struct config_target *target);

#endif
