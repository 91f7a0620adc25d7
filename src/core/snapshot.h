/*
 * The backups directory as a value: what snapshots there are, what each
 * holds, and building an entry from them again.
 *
 *   <config dir>/backups/                     0700
 *     <YYYY-MM-DD_HH-MM-SS>/                  a snapshot, 0700
 *       .skillshare-snapshot                  its manifest (snapfile.h)
 *       <target>/<entry>/...                  what was really there; with
 *                                             the command backup all of it
 *       source/<entry>/...                    skills shown through links,
 *                                             but for those laid out above
 *     .skillshare-seen                        a cache (snapscan.h)
 *     .incomplete-<token>/, .deleting-<name>/ of a run at work, or dead
 *
 * A version is a whole tree: the digest of its kinds, names, modes and
 * contents, as hex. An entry names the version that it is or shows; the
 * version itself is held by this snapshot or by another one.
 *
 * Directories without a manifest, here and below the data home, are plain
 * snapshots: those of the Go program. They are read, never changed.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "config.h"
#include "error.h"
#include "snaptree.h"
#include "strmap.h"

struct ignore;
struct tree_hash;

#define SNAPSHOT_MANIFEST ".skillshare-snapshot"
#define SNAPSHOT_SOURCE "source"

enum snapshot_kind {
	SNAPSHOT_MANUAL,         /* the command backup */
	SNAPSHOT_AUTOMATIC,      /* before a run that changes targets */
	SNAPSHOT_BEFORE_RESTORE, /* the same, of the command restore */
	SNAPSHOT_KIND_COUNT
};

struct snapshot_entry {
	const char *name;
	const char *text;    /* of a link; NULL: it was really there */
	const char *version; /* what it is or shows; NULL: not known */
};

/* Skills [first, last] of the snapshot are linked in the target. */
struct snapshot_range {
	uint32_t first;
	uint32_t last;
};

struct snapshot_target {
	const char *name;
	const char *path; /* where it was, absolute */
	enum mode mode;
	bool is_laid_out; /* its folder has a real tree for every entry */
	uint64_t n_skills;
	uint64_t size_bytes; /* of all that it showed */
	const char *state;   /* digest of all its entries, hex */
	/* Known once the snapshot is loaded: */
	struct snapshot_range *shown; /* heap */
	size_t n_shown;
	struct snapshot_entry *own; /* all other entries; heap */
	size_t n_own;
	const char **hidden; /* names of dot-entries; heap */
	size_t n_hidden;
};

struct snapshot {
	struct arena arena;
	const char *name; /* the directory's */
	const char *path; /* absolute */
	bool is_plain;    /* without a manifest: only targets' names known */
	bool is_loaded;
	const char *damage; /* why its manifest cannot be read, or NULL */
	uint64_t sequence;  /* "later" goes by this; 0: plain */
	int64_t when;       /* seconds since the epoch; 0: plain */
	enum snapshot_kind kind;
	const char *command; /* that made it, or NULL */
	uint64_t own_bytes;  /* allocated for directories and manifest */
	struct snapshot_target *targets;
	size_t n_targets;
	struct snap_tree *trees; /* held here; nodes once loaded */
	size_t n_trees;
	struct snapshot_entry *skills; /* once loaded: shown by some target */
	size_t n_skills;
};

struct snapshot_holder {
	struct snapshot *snapshot;
	const struct snap_tree *tree;
};

/* All snapshots: the newest first, plain ones after those with a manifest. */
struct snapshots {
	char *dir;                   /* absolute; may not exist */
	const struct ignore *ignore; /* what trees leave out; lent, or NULL */
	int fd;                      /* -1: it does not exist */
	struct snapshot **items;
	size_t n;
	struct strmap by_version; /* version -> index of holders */
	struct snapshot_holder *holders;
	size_t n_holders;
};
#define AUTO_SNAPSHOTS CLEANUP(snapshots_close)

/*
 * Looks at <config dir>/backups and at data_home/skillshare/backups. Of the
 * manifests only the heads are read. A manifest that is damaged is no error
 * here: the snapshot says so.
 */
MUST_USE struct error *snapshots_open(const char *config_dir,
    const char *data_home, const struct ignore *ignore, struct snapshots *out);
void snapshots_close(struct snapshots *all);
void snapshot_free(struct snapshot *s);

/*
 * For whoever changes something in the directory, which exists: one config
 * directory may have two configs and so two locks of runs. ERR_BUSY. Closing
 * *fd_out lets go; it is -1 where the file system has no such lock.
 */
MUST_USE struct error *snapshots_lock(const struct snapshots *all, int *fd_out);

/* After the trees of a snapshot have changed: what holds what. */
void snapshots_index(struct snapshots *all);

/* Puts a new one before all others; it is taken over. */
void snapshots_add(struct snapshots *all, struct snapshot *s);

/* Forgets and frees one of them. */
void snapshots_forget(struct snapshots *all, struct snapshot *s);

/* "2026-01-20_15-30-00": named as snapshots are? */
bool snapshot_is_name(const char *name);

/* Reads the rest of the manifest, if that is not done. ERR_DAMAGE. */
MUST_USE struct error *snapshots_load(struct snapshot *s);

/*
 * The snapshot to restore target from: the one named from, or (NULL) the
 * newest that was not made by restore. ERR_NOT_FOUND; ERR_DAMAGE, also where
 * one that cannot be read may be a newer one: a damaged manifest may say
 * another target, time or kind. Lent; perhaps not loaded yet.
 */
MUST_USE struct error *snapshots_find(const struct snapshots *all,
    const char *target, const char *from, struct snapshot **out);

/* Lent, or NULL. */
struct snapshot_target *
snapshot_target(const struct snapshot *s, const char *name);

/*
 * The entries of a target, sorted by name; array is yours, what it points to
 * is lent from s, which must be loaded, or be a plain one: then each entry is
 * real and has no version.
 */
MUST_USE struct error *snapshot_entries(struct snapshot *s, const char *target,
    struct snapshot_entry **out, size_t *n_out);

/*
 * The snapshot that holds that version, or NULL; *tree_out, unless NULL, is
 * its tree, whose "where" is the place below the snapshot's path.
 */
struct snapshot *snapshots_holding(const struct snapshots *all,
    const char *version, const struct snap_tree **tree_out);

/* Where entries are built again; the same for one after the other. */
struct snapshot_to {
	int fd;
	const char *name;
	/* NULL, or is told what is made, which is name in the tree. */
	struct tree_hash *hash;
	bool clones; /* may be tried: true at first */
};

/*
 * Builds an entry of a target as a real tree at a new name, with modes and
 * times, each file checked: from s, or from whichever snapshot holds the
 * version. ERR_NOT_FOUND: no snapshot does. ERR_DAMAGE names the file that
 * is wrong in all of them. On error a part may stand at the name. No sync.
 */
MUST_USE struct error *snapshots_export(const struct snapshots *all,
    struct snapshot *s, const char *target, const struct snapshot_entry *entry,
    struct snapshot_to *to);

/* Opens the snapshot's directory. */
MUST_USE struct error *snapshot_open_dir(const struct snapshot *s, int *fd_out);

/* Opens a directory some names below fd ("" for itself), through no link. */
MUST_USE struct error *
snapshot_open_below(int fd, const char *rel, int *fd_out);

/*
 * Skills and bytes of a target in a plain snapshot, which no manifest says:
 * walks its folder.
 */
MUST_USE struct error *snapshot_measure(const struct snapshot *s,
    const char *target, uint64_t *skills_out, uint64_t *bytes_out);

#endif
