/*
 * backup --list and backup --verify: what only reads.
 */
#ifndef BACKUPLIST_H
#define BACKUPLIST_H

#include "cmd.h"
#include "snapshot.h"

/* "512 B", "2.1 MB". Lent, as long as the report. */
const char *backup_size(struct report *r, uint64_t bytes);

/* All snapshots, or those that hold one of the names. */
MUST_USE struct error *backup_list(struct context *ctx, struct snapshots *all,
    const struct option_list *names, enum exit_code *exit_out);

MUST_USE struct error *backup_verify(struct context *ctx,
    const struct snapshots *all, enum exit_code *exit_out);

#endif
