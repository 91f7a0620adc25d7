/*
 * What a person may add as a target: judged in one place for "target add"
 * and "init".
 */
#ifndef NEWTARGET_H
#define NEWTARGET_H

#include "arena.h"
#include "config.h"
#include "error.h"

/* A target that may be added. In the arena of the call. */
struct newtarget {
	const char *name;
	const char *abs;  /* where it is */
	const char *text; /* for the config; NULL: the agents' table has it */
};

/*
 * ERR_USAGE for what is no mode; ERR_REFUSED for one that this version does
 * not support yet.
 */
MUST_USE struct error *newtarget_mode(const char *text, enum mode *out);

/*
 * Judges a target by name and path (NULL: that of a known agent) beside a
 * source. ERR_USAGE: a name that cannot be, or no path where one is needed.
 * ERR_NOT_FOUND: a path that does not exist. ERR_REFUSED: a path that is no
 * directory, or that overlaps the source.
 */
MUST_USE struct error *newtarget_judge(const struct host_env *env,
    const char *source, const char *name, const char *path, struct arena *arena,
    struct newtarget *out);

/* ERR_USAGE: there is no agent of that name; the text has the nearest. */
MUST_USE struct error *newtarget_unknown(const char *name);

#endif
