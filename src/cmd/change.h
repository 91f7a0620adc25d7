/*
 * Changing a file or making one, as one transaction like every other change.
 */
#ifndef CHANGE_H
#define CHANGE_H

#include "cmd.h"
#include "collect.h"
#include "error.h"
#include "strbuf.h"
#include "txn.h"

struct session;

/*
 * Replaces the config file's bytes old by new_text. ERR_CONFLICT if the file
 * does not hold old any more: somebody else edits it. With --dry-run nothing
 * happens.
 */
MUST_USE struct error *change_config(struct context *ctx,
    const struct strbuf *old, const char *new_text);

/* What a new installation begins with. All lent. */
struct change_start {
	const char *source; /* absolute */
	bool makes_source;
	const struct collection *taken; /* skills to copy into it */
	const char *config_text;
};

/*
 * Makes the source directory, the copies in it and a new config: all of it
 * or nothing. ERR_CONFLICT if a config or a skill's name appeared meanwhile.
 */
MUST_USE struct error *
change_begin(struct context *ctx, const struct change_start *start);

/*
 * Makes name, which build builds beside it, in the directory dir: as one
 * transaction. ERR_CONFLICT if the name is taken.
 */
MUST_USE struct error *change_put(struct context *ctx, const char *dir,
    const char *name, item_builder *build, void *payload);

/*
 * Exchanges the file abs of the source's git repository, under git's lock, by
 * what build builds beside it (gitfile.h): as one transaction of a writer's
 * session. ref (or NULL) is a REF of its directory (gitref.h), done with it.
 * ERR_BUSY: git holds the lock; ERR_CONFLICT: somebody else changed the file.
 */
MUST_USE struct error *change_git_file(struct session *s, const char *abs,
    item_builder *build, void *payload, const char *ref);

#endif
