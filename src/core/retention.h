/*
 * Which snapshots go, and their going. A version that a remaining snapshot
 * needs moves into the oldest of those before its holder goes. The newest
 * snapshot of each target stays, and so do plain ones and damaged ones.
 *
 * If the process dies here: a snapshot has more trees than its manifest says
 * (the next cleanup replaces them), or .deleting-<name> stands there and the
 * next snapshot or cleanup removes it.
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
	uint64_t freed_bytes; /* allocated, that nothing else needs */
};

struct retention_result {
	struct retention_item *items; /* the oldest first */
	size_t n;
	uint64_t kept_bytes; /* allocated, of what remains; a bound from above
				where the limit is far */
};

/* What would go. */
MUST_USE struct error *retention_plan(const struct snapshots *all,
    const struct retention *keep, struct retention_result *out);

/*
 * Removes what retention_plan() says, one snapshot after the other; *out is
 * what went, on error too. all forgets them.
 */
MUST_USE struct error *retention_apply(struct snapshots *all,
    const struct retention *keep, struct retention_result *out);

/* Removes what dead runs left; the caller holds the directory's lock. */
MUST_USE struct error *retention_clear_dead(const struct snapshots *all);

void retention_result_release(struct retention_result *result);

#endif
