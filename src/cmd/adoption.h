/*
 * Skills that there were before the source: which of them a new source takes
 * as copies, from agents and from other directories. Judged as pull judges
 * them (collect.h), but the originals stay as they are.
 */
#ifndef ADOPTION_H
#define ADOPTION_H

#include "cmd.h"
#include "collect.h"

/* Where skills come from. Strings in the arena of the run. */
struct adoption {
	struct config_target *origins; /* as if they were targets */
	size_t n;
	struct skillset *set;      /* of the source, from here on known */
	struct observed *observed; /* the origins */
	struct collection skills;
};
#define AUTO_ADOPTION CLEANUP(adoption_release)

/* Adds a directory under the name that output calls it by. */
void adoption_add(struct adoption *a, const char *name, const char *abs);

/*
 * Adds what a person names: an agent, or a directory by its path. ERR_USAGE:
 * it is neither.
 */
MUST_USE struct error *
adoption_add_named(struct context *ctx, const char *text, struct adoption *a);

/*
 * Judges the skills of all origins beside the source, which may not exist
 * yet. ERR_NOT_FOUND, ERR_REFUSED: an origin that cannot be one.
 */
MUST_USE struct error *
adoption_judge(struct adoption *a, const char *source, bool source_exists);

/* How many skills the source takes. */
size_t adoption_count(const struct adoption *a);

/* Is something of what was asked for left out? */
bool adoption_is_partial(const struct adoption *a);

/* In which of its three tellings a plan is told. */
enum telling {
	TELL_DIALOGUE, /* before a person agrees, on standard error */
	TELL_DRY_RUN,
	TELL_DONE
};

/* A line of a telling; a warning is one in each of them. */
void adoption_put(struct report *r, enum telling how, enum report_mark mark,
    const char *text);

/* A line for each skill: what becomes of it, or became. */
void
adoption_tell(const struct adoption *a, struct report *r, enum telling how);

/* How many skills an agent's directory holds itself; 0 for none. */
size_t adoption_skills_in(const char *abs);

void adoption_release(struct adoption *a);

#endif
