/*
 * Letting a target go: each of our links becomes a real copy of what it
 * shows, so that the agent keeps what it had. Local skills stay.
 */
#ifndef DEPART_H
#define DEPART_H

#include "error.h"
#include "observe.h"
#include "txn.h"

struct departure {
	size_t copied;  /* links that become real directories */
	size_t dropped; /* links that show nothing: taken away */
	size_t local;   /* real directories that stay */
	size_t kept;    /* our copies, which stay as real directories */
	bool whole;     /* the target itself was one link */
	bool shared;    /* another target is the same directory: it stays */
	/* Needed until the transaction is applied; one for a whole target. */
	struct source_copy *copy;
};

/*
 * Adds the operations for one target to the group begun last. A target that
 * cannot be looked at is an error; one that is absent needs none.
 */
MUST_USE struct error *depart_lower(struct txn *txn, const struct skillset *set,
    const struct observed_target *target, struct departure *out);
void departure_release(struct departure *departure);

#endif
