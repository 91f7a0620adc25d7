/*
 * What an operation expects to find: is it there? By kind, by the text of a
 * link, by identity, by content, as far as the expectation says.
 */
#ifndef THING_H
#define THING_H

#include "error.h"
#include "txn.h"

/* Is what stands at name in dir_fd the thing? An absent name is FS_ABSENT. */
MUST_USE struct error *
thing_is_at(int dir_fd, const char *name, const struct thing *thing, bool *out);

/* What an item is, in its slot or in place; digest optional. */
struct thing thing_of_item(const struct item *item, bool with_digest);

#endif
