/*
 * What differs between two directories as unified text, from the first to
 * the second, in the form that git writes and that `patch -p1` and `git apply`
 * read. The lines come from the diff program: it has no settings, runs
 * nothing, and is given open files and not names. Nothing outside the two
 * directories is read, and no link is followed out of them.
 */
#ifndef PATCH_H
#define PATCH_H

#include "error.h"
#include "ignore.h"
#include "strbuf.h"

struct patch_side {
	const char *label; /* the first part of the names: "source" */
	int dir_fd;
};

/* All lent. */
struct patch_request {
	struct patch_side from;
	struct patch_side to;
	const char *rel; /* what follows the labels: where the skill is below
			    the source */
	/*
	 * For a copy: what copies leave out; links that lead to a file of the
	 * skill count as that file. NULL: .git and .DS_Store are left out, as
	 * by tree_compare(), and links are links.
	 */
	const struct ignore *ignore;
};

/*
 * Adds the patch to out; nothing where nothing differs. Files in byte order of
 * their names; a binary file (a NUL in its first 8 KiB) and one of more than
 * 4 MiB are only named, in lines that programs skip. Odd names are in quotes,
 * as git writes them. ERR_NOT_FOUND: there is no diff program. On error a part
 * may have been added.
 */
MUST_USE struct error *
patch_make(const struct patch_request *request, struct strbuf *out);

#endif
