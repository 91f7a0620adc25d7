/*
 * What of the source need not be read again: a directory that has the
 * identity and the times that it had has the names that it had, and such a
 * SKILL.md its front matter; one look at each tells. A file of the state
 * directory keeps this between runs. It is a cache: without it, or with a
 * damaged one, all is read.
 *
 * Times are believed only when they were two seconds old when looked at, and
 * only on file systems known to keep them, as with stamps.h. What one user
 * could read is not believed for another, nor in other groups.
 *
 * What was looked at is also handed on: the backup of the same run need not
 * look at it a second time.
 */
#ifndef SOURCESEEN_H
#define SOURCESEEN_H

#include "arena.h"
#include "fs.h"
#include "skill.h"
#include "skillset.h"
#include "state.h"

/*
 * What one name was when it was looked at. An inode that was given to
 * something else has another ctime.
 */
struct source_mark {
	uint64_t ino;
	uint64_t size_bytes; /* of a file, else 0 */
	int64_t mtime_ns;
	int64_t ctime_ns;
};

struct source_file {
	struct source_mark mark;
	struct skill_meta meta; /* without the description */
	bool is_sure;           /* mark is one to go by in later runs */
	bool is_same;           /* of old: it still is as marked */
};

struct source_dir {
	const char *rel; /* below the source, "" for it */
	struct source_mark mark;
	struct source_file *file; /* its SKILL.md; NULL: not read */
	enum fs_kind file_kind;   /* what SKILL.md in it is, FS_ABSENT */
	uint32_t end;             /* index behind the last one below it */
	bool is_marked;           /* else only its name is known */
	bool is_sure;
	bool is_same;
};

/* Depth first and in byte order of names, as the source was walked. */
struct source_list {
	struct source_dir *dirs; /* heap; the first is the source */
	size_t n;
	const char **links; /* directly in the source; heap */
	size_t n_links;
};

#define NOT_SEEN UINT32_MAX

struct sourceseen {
	struct arena arena;
	const struct state *state;  /* lent */
	const struct skillset *set; /* lent: which source it is */
	int64_t start_ns;           /* before anything was looked at */
	struct strbuf text;         /* the file; old lends from it */
	struct source_list old;     /* of the file */
	struct source_list now;     /* of this run, if it keeps */
	size_t n_new;               /* marks to go by that old had not */
	bool keeps;
	bool is_timed; /* the source's file system keeps times */
};

/* keeps: what this run sees is for the next one, too. */
struct sourceseen *sourceseen_new(const struct state *state, bool keeps);

/*
 * What the file is of: it is damaged for another source, and for another user,
 * or the same one in other groups, who may not read the same. So it is for
 * another version of the program, which may understand front matter otherwise.
 */
struct digest sourceseen_seed(const struct skillset *set, const char *version);

/*
 * Reads what is known of the source of set, on which fd is open, and looks
 * which of it still is so; for discover(), which begins with this. set is
 * lent as long as anything is asked.
 */
void
sourceseen_load(struct sourceseen *seen, const struct skillset *set, int fd);

/* What is known of the source itself, or NULL; seen may be NULL. */
const struct source_dir *sourceseen_top(const struct sourceseen *seen);

/* What is known directly below a directory (NULL: nothing), in order. */
struct source_below {
	const struct source_list *list; /* lent */
	size_t at;
	size_t end;
};
struct source_below
sourceseen_below(const struct sourceseen *seen, const struct source_dir *dir);
const struct source_dir *source_below_next(struct source_below *below);

/* The one of that name, or NULL; names are asked for in order. */
const struct source_dir *
source_below_find(struct source_below *below, const char *name);

/*
 * The directory at rel, of which only the name is known so far: what is added
 * before sourceseen_leave() is below it. NOT_SEEN if this run keeps nothing,
 * which the functions below take and do nothing with.
 */
uint32_t sourceseen_enter(struct sourceseen *seen, const char *rel);

/* It is as it was: as old, but for its SKILL.md. */
void sourceseen_same_dir(struct sourceseen *seen, uint32_t i,
    const struct source_dir *old);

/* It was read after that look; FS_ABSENT: the look failed, and is not kept. */
void sourceseen_read_dir(struct sourceseen *seen, uint32_t i,
    const struct fs_stat *st, enum fs_kind file_kind);
void sourceseen_add_link(struct sourceseen *seen, const char *name);

/* Its SKILL.md, as it was, or read after that look. */
void sourceseen_same_file(struct sourceseen *seen, uint32_t i,
    struct source_file *old);
void sourceseen_read_file(struct sourceseen *seen, uint32_t i,
    const struct fs_stat *st, const struct skill_meta *meta);
void sourceseen_leave(struct sourceseen *seen, uint32_t i);

/*
 * What this run has seen of the directory dirs[0] and below, for who goes
 * through that in the order of a walk.
 */
struct source_looks {
	const struct source_dir *dirs; /* lent */
	size_t n;                      /* 0: it was not looked at */
	size_t at;                     /* the next that may be asked for */
};

/* Of the directory with that look of a skill; seen may be NULL. */
struct source_looks
sourceseen_looks(const struct sourceseen *seen, uint32_t look);

/*
 * Was rel, below that directory ("" for it), looked at, and was it of that
 * kind? *st then has what a mark has, else it is untouched.
 */
bool source_looks_take(struct source_looks *looks, const char *rel,
    enum fs_kind kind, struct fs_stat *st);

/*
 * For a writer: writes the file, if that spares the next run enough. If the
 * process dies here: the old one stands, or a torn one, which is damaged.
 */
MUST_USE struct error *sourceseen_keep(const struct sourceseen *seen);
void sourceseen_free(struct sourceseen *seen);

#endif
