/*
 * Makes a snapshot of targets: looks, copies what no snapshot has, links
 * what one has, publishes all of it by one rename.
 *
 * If the process dies here: an .incomplete-<token> stands in the backups
 * directory; nobody lists it and the next snapshot clears it.
 */
#ifndef SNAPMAKE_H
#define SNAPMAKE_H

#include "observe.h"
#include "retention.h"
#include "snapshot.h"

enum {
	SNAPMAKE_DRY_RUN = 1, /* say what would be; write nothing */
	SNAPMAKE_LAY_OUT = 2, /* a real tree for every entry: backup */
	SNAPMAKE_SOURCE = 4   /* hold what the source has, shown yet or not: a
				 run is about to show it */
};

struct snapmake_request {
	const struct skillset *set;
	const struct sourceseen *seen; /* that set is of; or NULL */
	const struct observed *observed;
	const bool *chosen;  /* one for each observed target; NULL: all */
	const char *command; /* as a person would type it */
	enum snapshot_kind kind;
	unsigned flags;
	const struct retention *keep; /* NULL: nothing is cleaned up */
};

enum snapmake_outcome {
	SNAPMAKE_NOT_CHOSEN,
	SNAPMAKE_MADE,      /* it is in the snapshot */
	SNAPMAKE_UNCHANGED, /* since the snapshot named in since */
	SNAPMAKE_LINK,      /* the target is a link: nothing of its own */
	SNAPMAKE_ABSENT,    /* it does not exist */
	SNAPMAKE_EMPTY,
	SNAPMAKE_FAILED /* see error: it is not in the snapshot */
};

struct snapmake_target {
	enum snapmake_outcome outcome;
	uint64_t n_skills;
	uint64_t size_bytes;
	const char *since; /* lent from the snapshots */
	struct error *error;
};

struct snapmake_result {
	char *name;                      /* NULL: no snapshot was needed */
	char *path;                      /* of it, absolute */
	struct snapmake_target *targets; /* as observed */
	size_t n_targets;
	uint64_t copied_files; /* content that no snapshot had */
	uint64_t copied_bytes;
	/* Sentences: a shown skill that could not be held, a stored file that
	   was damaged and is stored afresh. */
	char **warnings;
	size_t n_warnings;
	struct retention_result removed;
	struct error *late; /* trouble with cleaning up afterwards; owned */
};
#define AUTO_SNAPMAKE_RESULT CLEANUP(snapmake_result_release)

/*
 * all is changed: the new snapshot is in it, what was cleaned up is not.
 * ERR_BUSY: another run works in this directory. On error no snapshot was
 * made. A target that cannot be read fails alone. What changes while it is
 * being read is tried again some times, then it fails by name.
 */
MUST_USE struct error *snapmake(struct snapshots *all,
    const struct snapmake_request *request, struct snapmake_result *out);
void snapmake_result_release(struct snapmake_result *result);

#endif
