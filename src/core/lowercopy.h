/*
 * Copies of skills as operations: a copy is staged, and is what was planned or
 * the group fails; what gives way to it is the copy that nobody edited, or
 * the group fails; and the manifest changes in the same group.
 */
#ifndef LOWERCOPY_H
#define LOWERCOPY_H

#include "copyseen.h"
#include "error.h"
#include "observe.h"
#include "txn.h"

/* The item that is a copy of the skill, as copies says it is now. */
MUST_USE struct error *lowercopy_item(struct txn *txn, uint16_t place,
    const struct skill *skill, struct copyseen *copies, uint32_t *slot_out);

/*
 * A directory of copies, and the manifest that lists them: an item that takes
 * the place of a target's link to the whole source.
 */
struct lowercopy_skill {
	const struct skill *skill;
	const char *name; /* in the directory; lent */
};
MUST_USE struct error *lowercopy_item_all(struct txn *txn, uint16_t place,
    const struct lowercopy_skill *skills, size_t n, struct copyseen *copies,
    uint32_t *slot_out);

/*
 * The item that is the skill at skill_abs with the content of the edited copy
 * at copy_abs, whose digest is given.
 */
struct lowercopy_edit {
	const char *skill_abs;
	const char *copy_abs;
	const struct digest *digest;
	const struct ignore *ignore; /* lent until the transaction is applied */
};
uint32_t lowercopy_item_edit(struct txn *txn, uint16_t place,
    const struct lowercopy_edit *edit);

/*
 * Reads the copy name in dir again, whatever the cache says: ERR_CONFLICT if
 * its content is not that of digest any more.
 */
MUST_USE struct error *lowercopy_check(const char *dir, const char *name,
    const struct digest *digest, const struct ignore *ignore);

/*
 * What is displaced where the copy name in dir (absolute) gives way. It is
 * checked so first. May add a CHMOD, as lower_loosen().
 */
struct lowercopy_old {
	uint16_t place;
	const char *dir;
	const char *name;
	const struct digest *digest;
};
MUST_USE struct error *
lowercopy_before(struct txn *txn, const struct lowercopy_old *old,
    const struct ignore *ignore, struct thing *out);

/*
 * Makes the target's manifest say next: put there, exchanged, or taken away
 * with the last copy. Nothing to do where it says that already.
 */
MUST_USE struct error *lowercopy_manifest(struct txn *txn, uint16_t place,
    const struct observed_target *target, const struct manifest *next);

#endif
