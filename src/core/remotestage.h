/*
 * The staged parts of pull --remote: units and index, as items of a
 * transaction that are built by git and by copying.
 */
#ifndef REMOTESTAGE_H
#define REMOTESTAGE_H

#include "error.h"
#include "gitrepo.h"
#include "remoteunit.h"
#include "txn.h"

struct stage_part {
	struct remote_stage *stage;
	uint32_t unit;
	bool copies; /* the live unit is a directory: what is not git's stays */
};

/*
 * What the builders share. The first unit checks all new files out into a
 * directory beside the slots; the last takes that away.
 */
struct remote_stage {
	const struct git_repo *repo;
	const struct unit_list *units;
	const char *commit;
	const struct txn *txn;
	uint16_t git_place;
	uint32_t index_slot;
	bool has_index; /* the repository has one */
	bool has_checkout;
	struct stage_part *parts; /* one a unit */
	size_t n_left;            /* units that are not built yet */
};

/* Builders (txn.h): the payload is the remote_stage, or a stage_part. */
MUST_USE struct error *
remote_stage_index(void *payload, int slots_fd, const char *name);
MUST_USE struct error *
remote_stage_unit(void *payload, int slots_fd, const char *name);

#endif
