/*
 * What should not be pushed by accident: private keys, tokens, huge files.
 */
#ifndef PUSHBRAKE_H
#define PUSHBRAKE_H

#include "error.h"

#define PUSH_MAX_BYTES ((uint64_t)50 * 1024 * 1024)

/* Larger files are not searched for tokens. */
#define PUSH_SEARCH_BYTES ((size_t)4 * 1024 * 1024)

/*
 * Why the file abs should not be pushed: half a sentence ("looks like a
 * private key"), lent, static; NULL if nothing speaks against it, or it is
 * no file.
 */
MUST_USE struct error *push_hazard(const char *abs, const char **reason_out);

/* The same of a text alone. */
const char *push_hazard_in(const char *text, size_t len);

#endif
