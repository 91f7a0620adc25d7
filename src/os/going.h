/*
 * A directory that is to go at one stroke, where no rename can take its name
 * away first: an overlay renames none that is in a lower layer (in the image
 * of a container). A sign beside it, ".going-NAME", says that it is none any
 * more; then it is removed, and the sign last.
 *
 * If the process dies here: who lists the names leaves it out, and the next
 * writer ends it (going_of(), going_end()).
 */
#ifndef GOING_H
#define GOING_H

#include "error.h"
#include "fs.h"

/* Makes the sign for name, on the disk when this returns. */
MUST_USE struct error *going_begin(int dir_fd, const char *name);

/* Removes what is left of name, and the sign. */
MUST_USE struct error *going_end(int dir_fd, const char *name);

/* The name that an entry is the sign for, lent; NULL: it is no sign. */
const char *going_of(const char *entry);

/* Is there a sign for name in the list? */
bool going_has(const struct fs_list *list, const char *name);

#endif
