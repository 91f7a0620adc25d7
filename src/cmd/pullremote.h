/*
 * pull --remote: the remote's commits come into the source, and then all
 * targets are synced.
 */
#ifndef PULLREMOTE_H
#define PULLREMOTE_H

#include "cmd.h"
#include "remotemerge.h"

struct pull_request {
	enum merge_take take;
	unsigned merge_flags; /* remotemerge.h */
};

/* As a command's run(). */
MUST_USE struct error *pull_remote(struct context *ctx,
    const struct pull_request *request, enum exit_code *exit_out);

#endif
