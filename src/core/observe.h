/*
 * What is on disk: each target's own place, and each entry in it. Looks,
 * never writes. One listing for a directory, one readlink for a link.
 */
#ifndef OBSERVE_H
#define OBSERVE_H

#include "arena.h"
#include "config.h"
#include "copyseen.h"
#include "desired.h"
#include "discover.h"
#include "error.h"
#include "manifest.h"
#include "overlap.h"
#include "roots.h"
#include "stamps.h"
#include "tree.h"

/* What an entry is; rows of the plan table. */
enum seen {
	SEEN_ABSENT,
	SEEN_LINK_RIGHT, /* ours, to the skill of its name */
	/* Ours, to something else, to nothing, or to what is not shown here. */
	SEEN_LINK_WRONG,
	SEEN_LINK_FOREIGN, /* somebody else's */
	/* Real directories that the manifest lists with a digest: */
	SEEN_COPY_CURRENT,  /* with the content of the skill of its name */
	SEEN_COPY_OUTDATED, /* as listed; the skill has moved on, or is gone */
	/* Changed here since it was copied, or (see problem) not to be read. */
	SEEN_COPY_EDITED,
	SEEN_LOCAL, /* any other real directory */
	SEEN_FILE,  /* a file, or what else is no directory or link */
	SEEN_COUNT
};

/* What the target's own path is. */
enum place_kind {
	PLACE_ABSENT,
	PLACE_DIR,           /* a directory, perhaps through a foreign link */
	PLACE_LINK_RIGHT,    /* a link that leads to the source */
	PLACE_LINK_STALE,    /* ours, to an old source or to one now missing */
	PLACE_LINK_FOREIGN,  /* a link to another directory (symlink mode) */
	PLACE_LINK_DANGLING, /* somebody else's, to nothing */
	PLACE_NO_DIR,        /* a file or the like */
	PLACE_BROKEN         /* cannot be looked at: see problem */
};

enum content {
	CONTENT_UNKNOWN,
	CONTENT_SAME,
	CONTENT_DIFFERENT
};

/* How a directory's links were learned, and whether its times will do next. */
enum trust {
	TRUST_NOT,  /* read, and its times are too young to go by */
	TRUST_NEXT, /* read; if nothing changes, need not be the next time */
	TRUST_KEPT  /* not read: the same as when a stamp was kept */
};

#define NO_SKILL UINT32_MAX
#define NO_TARGET UINT32_MAX

struct observed_entry {
	const char *name;
	const char *text; /* of a link, else NULL */
	uint32_t skill;   /* the skill with that name here, shown or not, or
			     NO_SKILL */
	/*
	 * Never SEEN_ABSENT; SEEN_LINK_RIGHT only in copy mode, where right
	 * links are no better than others.
	 */
	enum seen seen;
	enum content content; /* of a real directory that a skill has the
				 name of, with OBSERVE_CONTENT */
	bool has_skill_file;  /* an edited copy with SKILL.md, or, with
				 OBSERVE_LOCAL, any real directory */
	/*
	 * The same whose name no skill has, but something else in the source
	 * has it.
	 */
	bool is_name_taken;
	/*
	 * A local directory that the skill of its name is a link to (or into,
	 * or around): the agent has it, and a link here would be a loop.
	 */
	bool is_origin;
	/* SEEN_COPY_CURRENT, but the manifest has another digest for it. */
	bool is_unlisted;
	/* SEEN_COPY_…: the skill still is what this was copied from. */
	bool is_base_there;
	struct tree_diff *diff; /* with content: from skill to local */
	/* SEEN_COPY_…: what it is now, and what the manifest says. */
	const struct digest *digest;
	const struct digest *listed;
	/*
	 * Why a real directory could not be read or compared, or NULL: then
	 * nobody knows what is in it, and the fields above say little.
	 */
	const char *problem;
};

struct observed_target {
	const struct config_target *config;
	const struct view *view; /* what it is to show */
	enum place_kind kind;
	const char *dir;  /* PLACE_DIR: where it really is */
	const char *text; /* of the target's own link, else NULL */
	/*
	 * The nearest directory above the target that exists, without links,
	 * and what is below it: "" is never; "skills", or ".claude/skills".
	 */
	const char *parent;
	const char *rest;
	uint64_t dir_dev;    /* of dir, for this run */
	struct fs_id dir_id; /* of dir */
	int64_t mtime_ns;    /* of dir */
	int64_t ctime_ns;    /* of dir */
	enum trust trust;
	struct fs_id parent_id; /* of parent */
	enum overlap overlap;   /* with the source */
	bool is_mount;          /* dir is a mount point */
	bool is_writable;       /* dir, or parent where dir is absent */
	uint32_t same_as;    /* an earlier target that is the same directory */
	const char *problem; /* PLACE_BROKEN, else NULL */
	/*
	 * Which skills that are to be here, or held, have their right link:
	 * one bool a skill.
	 */
	bool *right;
	size_t n_right;
	struct observed_entry *entries; /* all others but dot-entries, sorted */
	size_t n;
	const char **hidden; /* dot-entries, sorted, without our manifest */
	size_t n_hidden;
	/*
	 * Copy mode: why a skill that is to be here cannot be copied, or NULL;
	 * one a skill. Other modes: NULL.
	 */
	const char **uncopied;
	struct manifest manifest; /* PLACE_DIR: what it says, if it is there */
};

struct observed {
	struct arena arena;
	struct desired *desired;         /* has the views of the targets */
	struct observed_target *targets; /* as in the config, or as asked */
	size_t n;
};

enum {
	OBSERVE_LOCAL = 1,   /* has_skill_file of local directories */
	OBSERVE_CONTENT = 2, /* compare local directories with skills */
	/* Both of these where the mode's conversion needs them. */
	OBSERVE_FOR_MODE = 4,
	OBSERVE_TRUST = 8, /* find out which stamps may be kept */
	/*
	 * Leave the manifest aside: no directory is a copy of ours, all are
	 * local. For these, by.copies may be NULL.
	 */
	OBSERVE_UNLISTED = 16
};

/* What the looking goes by. */
struct observe_by {
	const struct skillset *set;
	const struct roots *roots;
	/* Spare the links of directories that nobody touched; or NULL. */
	const struct stamps *stamps;
	struct copyseen *copies; /* spare reading what did not change */
};

/*
 * Looks at the n given targets. What cannot be looked at is PLACE_BROKEN
 * with the reason; nothing here is an error of the whole.
 */
struct observed *observe(const struct config_target *const *targets, size_t n,
    const struct observe_by *by, unsigned flags);

/* Is it a real directory? */
bool seen_is_dir(enum seen seen);

/* Is it a copy of ours, edited or not? */
bool seen_is_copy(enum seen seen);

/* The entry of that name among the others, or NULL: absent, or a right link. */
const struct observed_entry *
observed_find(const struct observed_target *target, const char *name);

void observed_free(struct observed *observed);

#endif
