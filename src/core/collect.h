/*
 * Taking skills back from targets into the source: what is to become of each
 * local directory and of each edited copy, and the operations for it. Each
 * name is one group: the copy goes into the source and the original becomes
 * the link, or neither. In copy mode the original stays, as a managed copy;
 * where a manifest changes all names are one group, since it lists them all;
 * of these each was read once before, so that one that cannot be is left out.
 */
#ifndef COLLECT_H
#define COLLECT_H

#include "copyseen.h"
#include "error.h"
#include "observe.h"
#include "txn.h"

enum collect_verdict {
	COLLECT_TAKE, /* new to the source: copied there, then linked */
	COLLECT_LINK, /* the source has this content: linked */
	/*
	 * The source takes the target's version: by --force, or because it is
	 * an edit of what the source still has.
	 */
	COLLECT_REPLACE,
	COLLECT_DIFFERS,  /* the source has another content: skipped */
	COLLECT_CONFLICT, /* two targets have different contents: neither */
	COLLECT_BLOCKED,  /* the source has something else of that name */
	COLLECT_NO_SKILL  /* a directory without SKILL.md: left */
};

struct collect_item {
	const char *name;
	const struct observed_target *target;
	const struct observed_entry *entry;
	enum collect_verdict verdict;
	const char *reason; /* BLOCKED, CONFLICT: half a sentence, lent */
};

struct collection {
	struct arena arena;
	struct collect_item *items; /* sorted by name, then target */
	size_t n;
	bool is_one_group; /* a manifest changes */
};

enum {
	COLLECT_FORCE = 1
};

/*
 * Judges the local directories and edited copies of the observed targets,
 * which must have been looked at with OBSERVE_LOCAL | OBSERVE_CONTENT.
 * Compares contents on disk where two targets have one name. What cannot be
 * read is COLLECT_BLOCKED. set and observed must outlive it.
 */
void collect_judge(const struct skillset *set, const struct observed *observed,
    unsigned flags, struct collection *out);

/*
 * Adds a group for each name with something to do, or one for all. A name
 * that cannot be lowered becomes a group with its error.
 */
void collect_lower(struct txn *txn, const struct skillset *set,
    struct copyseen *copies, const struct collection *collection);

/* Does the item stay where it is, as a copy that the manifest lists? */
bool collect_is_copy(const struct collect_item *item);

/*
 * A person has said which item of a name in conflict is meant: that one is
 * taken, the others are skipped.
 */
void collect_settle(struct collection *collection, size_t chosen);

/*
 * Adds to the group in hand the copies of all that is new to the source,
 * whose place that is: each name once. The originals stay as they are.
 */
void collect_lower_copies(struct txn *txn, uint16_t place,
    const struct collection *collection);

/* One past the last item with the name of the one at first. */
size_t collection_name_end(const struct collection *collection, size_t first);

void collection_release(struct collection *collection);

#endif
