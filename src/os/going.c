#include "going.h"

#include <string.h>

#include "tree.h"

#define SIGN ".going-"

static char *
sign_for(const char *name)
{
	return xasprintf(SIGN "%s", name);
}

struct error *
going_begin(int dir_fd, const char *name)
{
	AUTO_FREE char *sign = sign_for(name);
	struct error *err = fs_mkdir(dir_fd, sign, 0700);

	/* Before a part of it is gone. */
	return err != NULL ? err : fs_sync(dir_fd, sign);
}

struct error *
going_end(int dir_fd, const char *name)
{
	AUTO_FREE char *sign = sign_for(name);
	struct error *err = tree_remove(dir_fd, name);

	return err != NULL ? err : tree_remove(dir_fd, sign);
}

const char *
going_of(const char *entry)
{
	const size_t len = sizeof(SIGN) - 1;

	return strncmp(entry, SIGN, len) == 0 ? entry + len : NULL;
}

bool
going_has(const struct fs_list *list, const char *name)
{
	/* Dotted names come first in a list. */
	for (size_t i = 0; i < list->n && list->entries[i].name[0] == '.';
	     i++) {
		const char *of = going_of(list->entries[i].name);

		if (of != NULL && strcmp(of, name) == 0)
			return true;
	}
	return false;
}
