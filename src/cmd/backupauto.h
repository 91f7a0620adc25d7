/*
 * The snapshot that is made before a run changes targets.
 */
#ifndef BACKUPAUTO_H
#define BACKUPAUTO_H

#include "session.h"
#include "snapmake.h"

/*
 * Makes a snapshot of the chosen observed targets (NULL: all of them) and
 * keeps to the config's retention. What cannot be held is a warning; without
 * the snapshot itself the run must not go on: that is an error. all is opened
 * by the caller, or NULL.
 */
MUST_USE struct error *backup_before(const struct session *s,
    struct snapshots *all, const bool *chosen, enum snapshot_kind kind);

/*
 * Where the last version of a skill is held, as an absolute path; yours, or
 * NULL: no snapshot holds one. all is open.
 */
char *backup_last_version(const struct snapshots *all, const char *entry);

/* backup_before() for the targets that the plan changes, if it writes. */
MUST_USE struct error *backup_changing(const struct session *s);

#endif
