/*
 * From what is to become of each entry to the few operations that make it
 * so. Looks at the disk only for what an operation must expect there.
 */
#ifndef LOWER_H
#define LOWER_H

#include "copyseen.h"
#include "error.h"
#include "plan.h"
#include "txn.h"

/*
 * Adds a group for each target that the plan changes. plan, its skillset, its
 * config and copies' ignore rules must outlive txn: names are lent. A target
 * that cannot be looked at any more becomes a group with its error.
 */
void
lower_plan(struct txn *txn, const struct plan *plan, struct copyseen *copies);

/*
 * The place for an existing directory (absolute, without links): staging
 * goes beside it, or into it where that cannot be.
 */
MUST_USE struct error *lower_place(struct txn *txn, const char *dir,
    struct fs_id id, uint16_t *place_out);

/*
 * The place for a directory in the source: staging goes beside the source,
 * out of the way of git and of every walk through it.
 */
MUST_USE struct error *
lower_source_place(struct txn *txn, const char *source_real, const char *dir,
    struct fs_id id, uint16_t *place_out);

/*
 * A directory that its owner may not write cannot be moved to another
 * parent: adds a CHMOD before it is displaced, if name (of which st tells) is
 * one, and returns true. Its digest changes with it; undo gives it its mode
 * back.
 */
bool lower_loosen(struct txn *txn, uint16_t place, const char *name,
    const struct fs_stat *st);

/*
 * Adds operations that make the directory abs and what is missing above it;
 * *place_out is the place that abs will be. What is there already is fine.
 */
MUST_USE struct error *
lower_mkdirs(struct txn *txn, const char *abs, uint16_t *place_out);

/*
 * Where the file abs is, if it is a link: the path that the last link leads
 * to. Links in the directories stay. ERR_CONFIG: they lead in a circle.
 */
MUST_USE struct error *lower_resolve(const char *abs, char **out);

/*
 * Adds the exchange of the file path, which is in place, for the item in slot;
 * where there is none the item is put there. Another thing at that path is a
 * conflict when it is done.
 */
MUST_USE struct error *lower_file_item(struct txn *txn, uint16_t place,
    const char *path, uint32_t slot);

/*
 * Adds operations that make abs a file of these bytes, exchanged with the old
 * one if there is one, whose mode is kept. A link is followed, so that it
 * stays one. The directory of abs must exist, or be made by lower_mkdirs()
 * in the same group.
 */
MUST_USE struct error *
lower_file(struct txn *txn, const char *abs, const char *bytes, size_t len);

#endif
