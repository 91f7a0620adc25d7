/*
 * enable and disable: skills by a line in the source's .skillignore, as one
 * transaction.
 */
#ifndef TOGGLE_H
#define TOGGLE_H

#include "cmd.h"

/*
 * The command for the skills that the arguments name, by entry or path. All
 * are found before anything is written; ERR_NOT_FOUND names the nearest one.
 */
MUST_USE struct error *toggle_run(struct context *ctx, bool enables);

#endif
