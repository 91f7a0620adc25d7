/*
 * Patterns of file names, as git reads them: ? is one byte and * any number
 * of them, neither a slash; [a-z], [!a-z], [^a-z] and [[:alpha:]] are one
 * byte of a set, never a slash; \ takes the next byte as it is. Double stars
 * that are a whole part are any number of parts: at the begin or in the
 * middle also none, at the end at least one.
 */
#ifndef GLOB_H
#define GLOB_H

#include "base.h"

/* A longer pattern than this, in bytes, matches nothing. */
#define GLOB_MAX_BYTES 4096

/*
 * Does the whole of text match? Takes at most about the product of both
 * lengths, whatever the pattern.
 */
bool glob_match(const char *pattern, const char *text);

/*
 * Why the pattern cannot match anything, as half a sentence ("has a [ without
 * its ]"), or NULL. Lent, static.
 */
const char *glob_problem(const char *pattern);

/* How many bytes at its begin stand for themselves alone. */
size_t glob_literal_len(const char *pattern);

#endif
