/*
 * The files that disable skills: .skillignore and .skillignore.local, at the
 * top of the source and of each tracked repository.
 */
#ifndef SKILLIGNORE_H
#define SKILLIGNORE_H

#include "error.h"
#include "ignore.h"
#include "skillset.h"
#include "strbuf.h"

#define SKILLIGNORE_NAME ".skillignore"
#define SKILLIGNORE_LOCAL ".skillignore.local"

/*
 * Adds the rules of both files in dir_fd, which is the directory base below
 * the source ("" for the source itself). Absent ones have no rules. The user's
 * own may be links to anywhere (dotfile managers), those of a repository must
 * be files. On an error *file_out is the one that cannot be read (static).
 */
MUST_USE struct error *skillignore_read(int dir_fd, const char *base,
    struct ignore *ignore, const char **file_out);

/*
 * Changes text, that of the source's .skillignore, so that the skill is
 * disabled or enabled by it, and keeps every other line. Nothing changes where
 * it is so already. ERR_REFUSED if no line there can do it, with the rule
 * that stands against it; text is then of no use.
 */
MUST_USE struct error *skillignore_disable(const struct skillset *set,
    const struct skill *skill, struct strbuf *text);
MUST_USE struct error *skillignore_enable(const struct skillset *set,
    const struct skill *skill, struct strbuf *text);

#endif
