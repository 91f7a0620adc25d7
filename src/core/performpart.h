/*
 * What doing an operation and taking it back share; for perform.c and
 * performback.c alone.
 */
#ifndef PERFORMPART_H
#define PERFORMPART_H

#include "perform.h"
#include "pieces.h"

/*
 * Beside slot N: N.out holds what was displaced while a file system without
 * exchange is between its two renames.
 */
#define SLOT_OUT ".out"

/* The operation's entry, to be displaced to that name in the slots. */
struct pieces
perform_pieces(const struct hands *h, const struct op *op, const char *to);

/*
 * Slot and entry change places, in one call or by two renames. Not for what
 * can only be displaced by pieces.
 */
MUST_USE struct error *
perform_exchange(struct hands *h, const char *slot, const char *name);

#endif
