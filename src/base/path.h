/*
 * Paths as text. Nothing here asks the disk: what a path means there may
 * change between two questions, what it says does not.
 */
#ifndef PATH_H
#define PATH_H

#include "base.h"

/* dir + "/" + name, with one slash between; dir "" gives name alone. */
char *path_join(const char *dir, const char *name);

/*
 * Normal form of an absolute path: no empty parts, no ".", ".." resolved
 * as text, no slash at the end but for "/" itself.
 */
char *path_normal(const char *abs);

/* dir joined with path unless that is absolute; then the normal form. */
char *path_absolute(const char *dir, const char *path);

/*
 * The part of path below dir ("b/c" for "/a/b/c" below "/a"; "" for dir
 * itself), or NULL if it is not below. Both absolute and normal. Lent.
 */
const char *path_below(const char *dir, const char *path);

/* The last part. Lent, within path. */
const char *path_base(const char *path);

/* All but the last part; "/" for "/a", "." for "a". */
char *path_dir(const char *path);

/* "~" and "~/x" with home in place of "~"; everything else is copied. */
char *path_expand_home(const char *home, const char *path);

/* "~/x" for what lies below home; everything else is copied. */
char *path_shorten_home(const char *home, const char *abs);

/* One component that is neither "", "." nor "..", and holds no slash. */
bool path_is_name(const char *name);

/* Names that stay below: "a", "a/b"; not "", "/a", "a/../b". */
bool path_rel_is_safe(const char *rel);

/* As strcmp(), for the order of a walk: depth first, names by bytes. */
int path_order(const char *a, const char *b);

#endif
