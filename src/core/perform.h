/*
 * One operation on disk, and its inverse. An operation acts first and looks
 * at what it displaced afterwards: looking first is a race. What it did not
 * expect it gives back, and is ERR_CONFLICT.
 *
 * If the process dies here: each operation is one atomic call, and which side
 * of it we are on is read off our own slot, not off the user's entry. Where
 * the file system cannot exchange it is two, and a directory in a lower layer
 * of an overlay is displaced by many (pieces.h): perform_back() tells apart how
 * far it came.
 */
#ifndef PERFORM_H
#define PERFORM_H

#include "error.h"
#include "txn.h"

/* The open descriptors of a place; -1: not open. */
struct hands {
	const struct txn *txn;
	uint16_t place;
	int dir_fd;
	int slots_fd;
};
#define AUTO_HANDS CLEANUP(hands_close)
#define HANDS_NONE ((struct hands){ .dir_fd = -1, .slots_fd = -1 })

/*
 * Opens a place's directory: ERR_UNREACHABLE if it is absent or another
 * directory has its path; one that the run was to make may be absent (dir_fd
 * is -1). A hands for the same place is left as it is, so a
 * loop over operations opens each place once in a row.
 */
MUST_USE struct error *
hands_open(struct hands *h, const struct txn *txn, uint16_t place);

/* Only the slots, for tidying up: the directory itself may be gone. */
MUST_USE struct error *
hands_open_slots(struct hands *h, const struct txn *txn, uint16_t place);

/* Makes them at need: a first link needs no staging, its way back does. */
MUST_USE struct error *hands_need_slots(struct hands *h);
void hands_close(struct hands *h);

/* Something of the user's that could not go back to where it was. */
struct kept {
	const char *name; /* of the entry, in the transaction */
	uint16_t place;
	uint32_t slot; /* it is in this slot of the place */
};
struct kept_list {
	struct kept *items;
	size_t n;
};
void kept_release(struct kept_list *list);

/*
 * Does the operation: op->state becomes OP_DONE or OP_ALREADY. On error
 * nothing has changed, unless op->state is OP_DONE: perform_back() is to
 * follow. EEXIST and what else is not as planned: ERR_CONFLICT.
 * ERR_INTERRUPTED between the pieces of a directory.
 */
MUST_USE struct error *perform(struct hands *h, struct op *op);

/*
 * Takes the operation back, if the disk says that it was done (op->state is
 * not asked, unless it is OP_ALREADY or OP_BACK); op->state becomes OP_BACK.
 * Can be done again after a death. What is not ours any more stays or is
 * kept in its slot, and is added to kept.
 */
MUST_USE struct error *
perform_back(struct hands *h, struct op *op, struct kept_list *kept);

/* Does the item's slot hold the item, and nothing that was put there? */
MUST_USE struct error *
perform_holds_item(const struct hands *h, const struct item *item, bool *out);

/* "slot" as a name; buf is returned. */
#define SLOT_NAME_MAX 16
const char *slot_name(uint32_t slot, char buf[SLOT_NAME_MAX]);

#endif
