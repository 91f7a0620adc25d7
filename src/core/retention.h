/*
 * Which snapshots go: the older ones, where age, number or size is more than
 * the config allows. The newest snapshot of each target stays, and so do
 * plain ones and damaged ones.
 */
#ifndef RETENTION_H
#define RETENTION_H

#include "config.h"
#include "snapshot.h"

struct retention {
	struct config_keep limits;
	int64_t now; /* seconds since the epoch */
};

enum retention_reason {
	RETENTION_DAYS,  /* older than keep_days */
	RETENTION_COUNT, /* more than keep_count newer ones of each target */
	RETENTION_SIZE   /* all take more than keep_mb */
};

struct retention_item {
	char *name;
	enum retention_reason reason;
};

struct retention_result {
	struct retention_item *items; /* the oldest first */
	size_t n;
};

/* What would go. May load manifests. */
MUST_USE struct error *retention_plan(const struct snapshots *all,
    const struct retention *keep, struct retention_result *out);

/*
 * Removes what retention_plan() says, and what dead runs left; *out is what
 * went, on error too. all
 * forgets them. The caller holds the directory's lock (snapshots_lock()).
 */
MUST_USE struct error *retention_apply(struct snapshots *all,
    const struct retention *keep, struct retention_result *out);

void retention_result_release(struct retention_result *result);

#endif
