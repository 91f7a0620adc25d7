/*
 * The files that disable skills: .skillignore and .skillignore.local, at the
 * top of the source and of each tracked repository.
 */
#ifndef SKILLIGNORE_H
#define SKILLIGNORE_H

#include "error.h"
#include "ignore.h"

#define SKILLIGNORE_NAME ".skillignore"

/*
 * Adds the rules of both files in dir_fd, which is the directory base below
 * the source ("" for the source itself). Absent ones have no rules. The user's
 * own may be links to anywhere (dotfile managers), those of a repository must
 * be files. On an error *file_out is the one that cannot be read (static).
 */
MUST_USE struct error *skillignore_read(int dir_fd, const char *base,
    struct ignore *ignore, const char **file_out);

#endif
