/*
 * What need not be looked at again: a link cannot be changed in place, so a
 * target that is the same directory with the same times holds the links that
 * it held. A file of the state directory says, of each target that a sync
 * found in order, its times and which names in it were no right links. It is
 * a cache: without it, or with a damaged one, every link is read.
 *
 * Times are believed only when they were two seconds old when looked at: the
 * clock of a file system may stand still for that long. And only on file
 * systems known to keep them.
 */
#ifndef STAMPS_H
#define STAMPS_H

#include "discover.h"
#include "fs.h"
#include "state.h"

struct observed;

struct stamp {
	const char *dir; /* without links */
	uint64_t dev;
	struct fs_id id;
	int64_t mtime_ns;
	int64_t ctime_ns;
	/* All names in it but right links, sorted, with what they were. */
	struct fs_entry *others;
	size_t n_others;
};

struct stamps {
	struct arena arena;
	/* Which skills were there then, with the same text for their link. */
	bool *was;
	/* Names that belonged to other skills then: links in every target. */
	struct fs_entry *gone;
	size_t n_gone;
	struct stamp *items;
	size_t n;
};

/* What the last sync found; nothing, if that cannot be known. */
void stamps_load(const struct state *state, const struct skillset *set,
    struct stamps *out);

/* The stamp of the directory dir, which st is of, if it is unchanged. */
const struct stamp *stamps_find(const struct stamps *stamps, const char *dir,
    const struct fs_stat *st);

/*
 * Is this stamp of a directory, looked at just now and before its names
 * were, one to go by later?
 */
bool stamps_are_sure(int dir_fd, const struct fs_stat *st);

/*
 * For a writer with nothing to do: keeps what was seen, if that spares the
 * next run enough. Targets that were not looked at lose their stamps.
 */
MUST_USE struct error *stamps_keep(const struct state *state,
    const struct skillset *set, const struct observed *observed);

/*
 * The rule itself: is last_ns, the youngest time of what was looked at after
 * looked_ns on the file system of fd, one to go by later?
 */
bool stamps_time_is_sure(int fd, int64_t last_ns, int64_t looked_ns);

/* The same where the file system is known to keep times. */
bool stamps_age_is_sure(int64_t last_ns, int64_t looked_ns);

void stamps_release(struct stamps *stamps);

#endif
