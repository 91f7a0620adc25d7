/*
 * What snapmake() works on; for snapwork.c, snapmake.c and snappublish.c
 * alone. snapwork.c only looks: what do the targets show, is it known, has it
 * changed?
 */
#ifndef SNAPWORK_H
#define SNAPWORK_H

#include "snapmake.h"
#include "snapscan.h"

#define NO_LIVE UINT32_MAX

/* A tree that the snapshot is to name: an entry, or a skill shown. */
struct snapwork_live {
	int dir_fd;            /* of the target; -1: it is opened by path */
	const char *name;      /* of an entry, in dir_fd */
	uint32_t target;       /* of an entry */
	uint32_t skill;        /* that right links show, or NO_LIVE */
	const char *path;      /* absolute */
	const char *where;     /* of a copy of its own, below the snapshot */
	struct snap_tree tree; /* version NULL: not known; nodes NULL: they are
				  in the cache still */
	struct snap_tree held; /* the copy at where; n 0: there is none */
	bool is_read;          /* tree is what is there now */
	bool is_laid;          /* its version stands at where */
	bool is_held; /* no version to hold, or a snapshot from before does */
	struct error *error; /* it cannot be read */
};

/* What a target shows by right links. */
struct snapwork_shown {
	struct digest digest; /* of names, texts and versions */
	uint64_t n_skills;
	uint64_t size_bytes;
};

struct snapwork_target {
	const struct observed_target *seen;
	struct snapmake_target *out;
	int fd;          /* of its directory, -1: not to be backed up */
	uint32_t *lives; /* one for each observed entry, or NO_LIVE; heap */
	struct snapwork_shown shown; /* once all is read */
	const char *state;           /* the same */
	bool is_short; /* an entry could not be read: no folder of it stays */
};

struct snapwork {
	struct snapshots *all;
	const struct snapmake_request *request;
	struct snapmake_result *out;
	struct snapshot *s; /* being made; its arena has all strings */
	int64_t now_s;
	struct snap_seen seen;
	struct snapwork_live *lives;
	size_t n_lives;
	int source_fd;                   /* of the set's source, or -1 */
	uint32_t *skill_lives;           /* one for each skill, or NO_LIVE */
	struct strmap wheres;            /* that are taken */
	struct snapwork_target *targets; /* as observed */
	size_t n_targets;
	int lock_fd;
	char *staging; /* its name in the backups directory, or NULL */
	int staging_fd;
	char *folder; /* the one in there that was opened last, or NULL */
	int folder_fd;
	struct snapstore store;
	struct strmap versions; /* of the trees of s */
	uint64_t n_dirs;        /* made */
};

/* Finds out what there is to look at. */
void snapwork_gather(struct snapwork *w);

/* Looks which of it is as it was, and then known. */
void snapwork_look(struct snapwork *w);

/*
 * Where a tree is to be staged: what a link shows, in the first folder that is
 * to be laid out with it, once what is really in the targets has been read.
 */
const char *
snapwork_place(struct snapwork *w, const struct snapwork_live *live);

/* As the scan wants it. */
struct snap_live
snapwork_at(const struct snapwork *w, const struct snapwork_live *live);

/* Must the tree be read (and copied) to know or to hold it? */
bool
snapwork_is_stale(const struct snapwork *w, const struct snapwork_live *live);

/* The tree that an entry, or a skill (seen from anywhere), is; or NULL. */
struct snapwork_live *snapwork_live_of(struct snapwork *w,
    const struct snapwork_target *t, size_t entry);
struct snapwork_live *snapwork_live_of_skill(struct snapwork *w, size_t skill);

/*
 * After all was read: outcome, state and counts of each target. One whose
 * state is that of its newest snapshot is unchanged.
 */
void snapwork_decide(struct snapwork *w);

/* snappublish.c: the manifest's content, once all trees are laid. */
void snapwork_fill(struct snapwork *w);

/*
 * Writes the manifest, syncs, and gives the staging directory its name:
 * result's name and path. After an error the staging directory may be gone
 * (then the snapshot is there).
 */
MUST_USE struct error *snapwork_publish(struct snapwork *w);

void snapwork_release(struct snapwork *w);

#endif
