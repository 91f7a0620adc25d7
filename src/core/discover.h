/*
 * What skills the source holds: one walk of it, each directory read once, of
 * each SKILL.md only the head.
 *
 * Hidden directories are not entered, links not followed, with one
 * exception: a link directly in the source that leads to a directory with a
 * SKILL.md is a skill, and nothing is looked for below it.
 *
 * .skillignore and .skillignore.local disable skills, at the top of the
 * source and of each tracked repository. Those of the source are read last,
 * so that the user's word wins over what came with a repository.
 */
#ifndef DISCOVER_H
#define DISCOVER_H

#include "error.h"
#include "skillset.h"
#include "sourceseen.h"

/* Deeper below the source nothing is looked for. */
#define DISCOVER_MAX_DEPTH 64

enum {
	DISCOVER_TEXTS = 1
};

/*
 * Reads the source, but for what seen (or NULL) knows to be as it was; seen
 * is for this one call. An unreadable part is a problem in the value; only the
 * source itself missing, no directory or unreadable is an error (ERR_CONFIG).
 */
MUST_USE struct error *discover(const char *source, struct sourceseen *seen,
    unsigned flags, struct skillset **out);

#endif
