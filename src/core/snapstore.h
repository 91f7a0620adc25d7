/*
 * Content stored once: a file that some snapshot has is one more hard link to
 * that, snapshot to snapshot, never to a live file. Our copies are 0444 or
 * 0555; one inode has one key.
 */
#ifndef SNAPSTORE_H
#define SNAPSTORE_H

#include "snapshot.h"

struct content_held;

/* A stored file: <base>/<where>/<rel> in the backups directory. */
struct snapstore_place {
	const char *base; /* NULL: turned out to be damaged */
	const char *where;
	const char *rel;
	uint64_t ino;
	uint64_t size_bytes;
	int64_t stamp_ns; /* its mtime */
	bool is_full;     /* it can have no more links */
	bool is_sound;    /* looked at in this run */
};

struct snapstore {
	int fd;               /* of the backups directory; lent */
	const char *dir;      /* its path; lent */
	const char *staging;  /* what is being built in fd; lent */
	struct strmap by_key; /* key -> index of places */
	struct snapstore_place *places;
	size_t n;
	struct content_held *held; /* of one small file; owned */
	bool clones;               /* may be tried */
	uint64_t timed_dev;        /* where times can be relied on, or 0 */
	uint64_t untimed_dev;      /* where they cannot, or 0 */
	struct strbuf path;        /* of the place in hand */
	uint64_t copied_files;
	uint64_t copied_bytes;
	char **warnings; /* of damaged files; owned */
	size_t n_warnings;
};

/*
 * Knows the content that the snapshots hold, all of which are loaded by
 * this; one that is damaged is left out. staging must outlive the store.
 */
MUST_USE struct error *snapstore_init(struct snapstore *store,
    const struct snapshots *all, const char *staging);
void snapstore_release(struct snapstore *store);

/* What is below staging/<where> can be linked from now on. Lent. */
void snapstore_add(struct snapstore *store, const struct snap_tree *held);

/*
 * Makes name in to_fd a link to the content of that key, or a copy of it
 * where the file has links enough. Sets ino and stamp_ns of held. *done_out
 * is false, and nothing stands at name, where no sound content is known.
 */
MUST_USE struct error *snapstore_link(struct snapstore *store, int to_fd,
    const char *name, struct snap_node *held, bool *done_out);

/*
 * Copies the open live file (held has its mode and mtime) to name in to_fd,
 * or links content that the store has. Sets text, ino and stamp_ns of held;
 * its key goes into arena.
 */
MUST_USE struct error *snapstore_copy(struct snapstore *store, int from_fd,
    int to_fd, const char *name, struct snap_node *held, struct arena *arena);

/* The same of a file that is in store->held, whole. */
MUST_USE struct error *snapstore_keep(struct snapstore *store, int from_fd,
    int to_fd, const char *name, struct snap_node *held, struct arena *arena);

/* Do the times on the file system of fd, which is dev, tell of every change? */
bool snapstore_is_timed(struct snapstore *store, int fd, uint64_t dev);

/*
 * Builds a tree with the nodes of tree at name in to_fd out of content that
 * the store has; held, unless NULL, gets its nodes (with the rels and texts
 * of tree, lent). *done_out is false where a part of it is nowhere:
 * something may stand at name then.
 */
MUST_USE struct error *
snapstore_lay(struct snapstore *store, const struct snap_tree *tree, int to_fd,
    const char *name, struct snap_nodes *held, bool *done_out);

#endif
