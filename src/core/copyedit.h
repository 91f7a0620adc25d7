/*
 * An edited copy taken back: the skill gets the copy's files, and keeps what
 * no copy has, such as what is ignored, and links that still say the same.
 */
#ifndef COPYEDIT_H
#define COPYEDIT_H

#include "copytree.h"

/*
 * Makes the directory skill_fd, which nobody else works in, have the content
 * of copy_fd, whose content digest is wanted. ERR_CONFLICT if that is not
 * what it comes to: the copy changed meanwhile. Its directories keep their
 * modes, but for its own, which its owner may write. On error it is half done.
 */
MUST_USE struct error *
copyedit_apply(int skill_fd, int copy_fd, const char *shown,
    const struct ignore *ignore, const struct digest *wanted);

#endif
