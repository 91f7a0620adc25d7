/*
 * Removing snapshots. A version that a remaining one needs moves into the
 * oldest of those before its holder goes.
 *
 * If the process dies here: a snapshot has more trees than its manifest says
 * (the next removal replaces them), or .deleting-<name> stands there and the
 * next snapshot or removal clears it.
 */
#ifndef SNAPREMOVE_H
#define SNAPREMOVE_H

#include "error.h"
#include "snapshot.h"

/*
 * Removes the items for which goes is set, none of them plain or damaged; all
 * forgets each that is gone. ERR_DAMAGE: something that must stay cannot be
 * moved, and nothing was removed. The caller holds the directory's lock.
 */
MUST_USE struct error *
snapshots_remove(struct snapshots *all, const bool *goes);

/* Removes what dead runs left. The caller holds the directory's lock. */
MUST_USE struct error *snapshots_clear_dead(const struct snapshots *all);

#endif
