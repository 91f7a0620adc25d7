/*
 * What a file or directory has beside its content, mode and times: extended
 * attributes, and the ACLs that Linux keeps as such.
 */
#ifndef ATTRS_H
#define ATTRS_H

#include "error.h"

/*
 * Gives the new file or directory to_fd the attributes of from_fd: those of
 * its user, and its ACLs. What belongs to the system (labels, capabilities)
 * is not a copy's to have. What the other file system cannot hold, or we may
 * not set, stays behind, as with `cp -a`. An ACL is to be copied before the
 * mode is set, which speaks last. One system call where there are none.
 */
MUST_USE struct error *attrs_copy(int from_fd, int to_fd, const char *shown);

#endif
