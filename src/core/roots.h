/*
 * Every source path that was ever in use: links that lie below one of them
 * are ours. The links themselves need no ledger.
 */
#ifndef ROOTS_H
#define ROOTS_H

#include "base.h"

struct roots {
	char **paths; /* absolute, normal; the current source first */
	size_t n;
};

/* Adds a copy of path, unless it is there or is "/". */
void roots_add(struct roots *roots, const char *path);

/*
 * Is a link in the directory dir (absolute) with that text ours: does it
 * lie below a root, or is it one? Judged as text.
 */
bool roots_own(const struct roots *roots, const char *dir, const char *text);

/* Is it exactly one of the roots? */
bool
roots_is_root(const struct roots *roots, const char *dir, const char *text);

void roots_release(struct roots *roots);

#endif
