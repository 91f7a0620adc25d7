/*
 * More settings in the config of a git repository, written by git into a copy
 * that a transaction then puts in place (gitfile.h).
 */
#ifndef GITCONF_H
#define GITCONF_H

#include "error.h"
#include "strbuf.h"

struct git_setting {
	const char *key;
	const char *value;
};

/* All lent. */
struct git_config_edit {
	const char *dir;    /* in the work tree: git runs there */
	const char *config; /* the file, or a link to it; may be absent */
	const struct git_setting *settings;
	size_t n;
	bool is_new;         /* none of the keys may be in the file yet */
	struct strbuf *said; /* what git says when it fails */
};

/*
 * The config of the repository of dir, absolute: that of all its work trees.
 * Yours. ERR_REFUSED: there is no repository.
 */
MUST_USE struct error *git_config_find(const char *dir, char **out);

/*
 * Builder (txn.h); the payload is a git_config_edit. ERR_CONFLICT: is_new, and
 * one of the keys is there.
 */
MUST_USE struct error *
git_config_build(void *payload, int slots_fd, const char *name);

#endif
