/*
 * A file in a git directory, changed as git changes it: under its lock
 * "<file>.lock", which one operation of the transaction puts there and a later
 * one takes away. Staging goes into the directory of the file, one level
 * deeper, where git does not look.
 *
 * If the process dies here: the lock stays until the next writer takes the
 * run back, or finishes it.
 */
#ifndef GITFILE_H
#define GITFILE_H

#include "error.h"
#include "txn.h"

/*
 * Adds the lock of the file name in dir (absolute); *place_out is the place of
 * dir. top is the work tree, for messages. ERR_BUSY: git holds the lock.
 */
MUST_USE struct error *git_file_lock(struct txn *txn, const char *dir,
    const char *name, const char *top, uint16_t *place_out);
void git_file_unlock(struct txn *txn, uint16_t place, const char *name);

/*
 * Adds the exchange of the file abs, under its lock, by what build makes
 * (txn.h); *place_out is where it is. A link is followed, as git does.
 * ERR_BUSY: git holds the lock; the group fails with ERR_CONFLICT if the file
 * is another one by then.
 */
MUST_USE struct error *git_file_lower(struct txn *txn, const char *abs,
    const char *top, item_builder *build, void *payload, uint16_t *place_out);

#endif
