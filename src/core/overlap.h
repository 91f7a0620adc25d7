/*
 * Does a target lie in the source, or the source in it? Judged by device
 * and inode of every directory above, so that links, bind mounts and
 * spellings make no difference.
 */
#ifndef OVERLAP_H
#define OVERLAP_H

#include "discover.h"

enum overlap {
	OVERLAP_NONE,
	OVERLAP_SAME,
	OVERLAP_INSIDE,
	OVERLAP_AROUND
};

struct overlap_judge;

/* set must outlive the judge. */
struct overlap_judge *overlap_judge_new(const struct skillset *set);

/* Of an existing directory: abs without links, st what fs_stat_fd() said. */
enum overlap overlap_of(struct overlap_judge *judge, const char *abs,
    const struct fs_stat *st);

/* Is abs, a directory without links, the source or somewhere in it? */
bool overlap_is_inside(struct overlap_judge *judge, const char *abs);

void overlap_judge_free(struct overlap_judge *judge);

#endif
