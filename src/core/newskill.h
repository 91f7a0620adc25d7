/*
 * A skill that is to be: may it be called that, and what its SKILL.md says.
 * It comes into the source whole, in one operation: its directory, and those
 * above it that are missing, are staged with the file in them.
 */
#ifndef NEWSKILL_H
#define NEWSKILL_H

#include "discover.h"
#include "error.h"
#include "txn.h"

/* Of a description, in bytes. */
#define NEWSKILL_TEXT_MAX 1024

/* In the arena of the call. */
struct newskill {
	const char *rel;   /* below the source: "group/name" */
	const char *name;  /* the last part, and the front matter's name */
	const char *entry; /* in a target: "group__name" */
	const char *file;  /* the SKILL.md, absolute */
	const char *text;  /* what it holds */
	const char *repo;  /* the tracked repository that it is in, or NULL */
	const char *dir;   /* what exists already, absolute, without links */
	struct fs_id dir_id;
	const char *rest; /* what is made in dir: "name", "group/name" */
};

/*
 * Judges rel beside the skills of set. description NULL: a sentence that asks
 * for one. ERR_USAGE: a name or description that cannot be, with a name that
 * can. ERR_CONFLICT: the place or the entry is taken. ERR_REFUSED: a
 * directory on the way is a link, and would not be looked into, or cannot be
 * written.
 */
MUST_USE struct error *
newskill_judge(const struct skillset *set, const char *rel,
    const char *description, struct arena *arena, struct newskill *out);

/* Adds a group that makes it. new and set must outlive txn. */
void newskill_lower(struct txn *txn, const struct skillset *set,
    struct newskill *new);

#endif
