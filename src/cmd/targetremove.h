/*
 * `target remove <name>` and `target remove --all`, a part of cmd_target.c.
 */
#ifndef TARGETREMOVE_H
#define TARGETREMOVE_H

#include "cmd.h"

/* names: what to remove; n 0: all targets. As a command's run(). */
MUST_USE struct error *
target_remove(struct context *ctx, const char *const *names, size_t n);

#endif
