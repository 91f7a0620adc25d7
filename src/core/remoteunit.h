/*
 * What changes between two commits, cut into units that move as a whole: the
 * outermost skill that a change lies in, or a single file outside skills.
 */
#ifndef REMOTEUNIT_H
#define REMOTEUNIT_H

#include "arena.h"
#include "error.h"
#include "gitrepo.h"
#include "strmap.h"

struct unit_change {
	const char *path;   /* below top */
	const char *object; /* the new content, where there is one */
	bool was;           /* the old commit has it */
	bool is;            /* the new one has it */
	bool is_link;       /* as a link */
	uint32_t unit;
};

struct unit {
	const char *path; /* below top */
	bool was;         /* the old commit has something there */
	bool is;          /* the new one has */
};

struct unit_list {
	struct arena arena;
	struct unit_change *changes; /* sorted by path */
	size_t n_changes;
	struct unit *units; /* none lies in another */
	size_t n;
	struct strmap old_paths; /* files, and directories above them */
	struct strmap new_paths;
};
#define AUTO_UNITS CLEANUP(units_release)

/*
 * from NULL: there is no commit yet. ERR_REFUSED: a submodule would change.
 */
MUST_USE struct error *units_make(const struct git_repo *repo, const char *from,
    const char *to, struct unit_list *out);
void units_release(struct unit_list *list);

#endif
