/*
 * backup --list and backup --verify: what only reads.
 */
#ifndef BACKUPLIST_H
#define BACKUPLIST_H

#include "cmd.h"
#include "snapshot.h"

/* All snapshots, or those that hold one of the names. */
MUST_USE struct error *backup_list(struct context *ctx, struct snapshots *all,
    const struct option_list *names, enum exit_code *exit_out);

MUST_USE struct error *backup_verify(struct context *ctx,
    const struct snapshots *all, enum exit_code *exit_out);

#endif
