/*
 * A target as a snapshot has it: built beside the target, verified, and put
 * in its place at one stroke.
 */
#ifndef RESTORE_H
#define RESTORE_H

#include "error.h"
#include "observe.h"
#include "snapscan.h"
#include "snapshot.h"
#include "txn.h"

enum restore_how {
	RESTORE_LINK,    /* a link again: the source has that content */
	RESTORE_TREE,    /* a real tree, from whichever snapshot holds it */
	RESTORE_CARRIED, /* not in the snapshot: stays as it is now */
	RESTORE_LOST     /* no snapshot holds what it showed: left out */
};

struct restore_entry {
	const char *name;
	const char *text; /* LINK: of the link */
	enum restore_how how;
	const struct snapshot_entry *entry; /* TREE */
};

struct restore {
	struct arena arena;
	const struct snapshots *all;
	struct snapshot *snapshot;
	const struct observed_target *target;
	struct snapshot_entry *held;   /* heap; what the snapshot has */
	struct restore_entry *entries; /* heap, sorted by name */
	size_t n;
	size_t n_links;
	size_t n_trees;
	size_t n_lost;
	const struct skillset *set;
	struct copyseen *copies;
	struct snap_seen seen; /* what backups know of the source */
	struct digest digest;  /* once built: tree_digest() of the target */
};

/*
 * Judges each entry: reads the source's skills to compare versions. all, the
 * snapshot, set, roots and target must outlive it.
 */
MUST_USE struct error *
restore_judge(const struct snapshots *all, struct snapshot *snapshot,
    const struct skillset *set, const struct roots *roots,
    const struct observed_target *target, struct restore *out);

/*
 * Adds the group; restore and copies must live until txn is applied. The
 * manifest keeps the copies that are what it says, or what the source has;
 * others count as local from then on, so that no sync puts another version in
 * their place.
 */
MUST_USE struct error *restore_lower(struct txn *txn, struct restore *restore,
    struct copyseen *copies);

void restore_release(struct restore *restore);

#endif
