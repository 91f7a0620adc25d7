/*
 * What backups leave out of a skill (the config's "ignore"), carried from a
 * tree that is to be replaced into the one that takes its place.
 */
#ifndef CARRY_H
#define CARRY_H

#include "error.h"
#include "ignore.h"

/*
 * Copies what ignore leaves out of the directory name in old_fd to the same
 * places of the directory name in new_fd, with the directories above it. What
 * is there already stays, and so does a file where a directory would have to
 * be: that is then not carried. Nothing to do if name is no directory in one
 * of them. *carried_out says whether there was anything. On error a part may
 * stand in the new one. No sync.
 */
MUST_USE struct error *carry_ignored(const struct ignore *ignore, int old_fd,
    int new_fd, const char *name, bool *carried_out);

#endif
