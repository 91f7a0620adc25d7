/*
 * pull --remote: the remote's commits come into the source, and then all
 * targets are synced.
 */
#ifndef PULLREMOTE_H
#define PULLREMOTE_H

#include "cmd.h"
#include "remotemerge.h"

/* As a command's run(). */
MUST_USE struct error *pull_remote(struct context *ctx, enum merge_take take,
    enum exit_code *exit_out);

#endif
