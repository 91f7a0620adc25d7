/*
 * Where the staging directories of a run are: a person may have moved the
 * directory around one, and then what the run displaced went with it. Only
 * looks.
 */
#ifndef STAGEFIND_H
#define STAGEFIND_H

#include "error.h"
#include "stage.h"
#include "txn.h"

/*
 * Are the slots of that place where they were made? ERR_UNREACHABLE, naming
 * the staging directory, if not.
 */
MUST_USE struct error *stage_is_whole(const struct txn *txn, uint16_t place);

struct whereabouts {
	struct aside there; /* where they were made */
	struct aside moved; /* found in a directory beside the one around */
	struct aside gone;  /* not found; where they were made */
};

/* Finds those of all places; release whereabouts. */
void stage_find(const struct txn *txn, struct whereabouts *out);
/* Adds to aside those of a run that has ended which were found moved. */
void stage_name_moved(const struct txn *txn, struct aside *aside);
void whereabouts_release(struct whereabouts *whereabouts);

#endif
