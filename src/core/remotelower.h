/*
 * From the commit that pull --remote goes to, to one group of operations:
 * git's index.lock, every unit at one stroke each, the index, the branch, and
 * the lock away again. git itself never writes the live work tree.
 *
 *   staged: a copy of the live unit, without the files that change, and with
 *   the new ones as git checks them out (filters, line ends, modes) into a
 *   directory of ours; and an index of ours that has the new commit.
 *
 * If the process dies here: as any transaction; recovery takes it back, the
 * branch and index.lock too. Until the run commits, the user's own git meets
 * index.lock.
 */
#ifndef REMOTELOWER_H
#define REMOTELOWER_H

#include "error.h"
#include "gitrepo.h"
#include "remoteunit.h"
#include "txn.h"

struct remote_move;

/* What is asked for; all lent, must outlive the transaction. */
struct remote_move_request {
	const struct git_repo *repo;
	const struct unit_list *units;
	const char *commit;    /* to go to */
	const char *extra_ref; /* a branch to make on the way, or NULL */
	const char *extra_commit;
};

/*
 * Adds the group "source" to txn. ERR_CONFLICT: something stands where an
 * incoming file would; ERR_BUSY: another git is at work. *out belongs to the
 * caller, and must outlive txn.
 */
MUST_USE struct error *remote_lower(struct txn *txn,
    const struct remote_move_request *request, struct remote_move **out);
void remote_move_free(struct remote_move *move);

#endif
