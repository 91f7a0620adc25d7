/*
 * What `sync` does, for the commands that end with it.
 */
#ifndef SYNCRUN_H
#define SYNCRUN_H

#include "cmd.h"
#include "json.h"

struct sync_request {
	const char *const *names; /* of targets; n 0: all */
	size_t n;
	unsigned plan_flags; /* plan.h */
};

/*
 * Syncs and tells, as a command's run(). With --json nothing is printed:
 * *document_out is the document, the caller's.
 */
MUST_USE struct error *
sync_run(struct context *ctx, const struct sync_request *request,
    json_t **document_out, enum exit_code *exit_out);

#endif
