/*
 * What a real directory in a target is: a copy of ours, or a local skill; and
 * as far as it is asked for, how it differs from the skill of its name. One
 * that cannot be read is judged by what is known of it, and is nobody else's
 * matter.
 */
#ifndef DIRJUDGE_H
#define DIRJUDGE_H

#include "copyjudge.h"

/* Fills in e, which is in the open directory dir_fd of t. */
void dirjudge(const struct copyjudge *j, const struct observed_target *t,
    int dir_fd, struct observed_entry *e);

#endif
