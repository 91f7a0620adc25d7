/*
 * A skill as a copy of it has it: its files, in byte order of their relative
 * paths, without what the config's `ignore` leaves out. A link that leads to
 * a file beneath the skill is copied as its content, since the agents that
 * need copies do not follow links. Any other link stays one: it is never
 * followed out of the skill. Directories are there for what is in them.
 *
 * The content digest is SHA-256 over the files in that order: of each the
 * path, a zero byte, the content, a zero byte. A link that stays one has an
 * empty text before its own, which no other program knows of.
 */
#ifndef COPYTREE_H
#define COPYTREE_H

#include "arena.h"
#include "digest.h"
#include "error.h"
#include "fs.h"
#include "tree.h"

struct ignore;

/* Of modes: what we need to move a directory, and what lets a file be run. */
#define COPY_OWNER_BITS ((mode_t)0700)
#define COPY_RUN_BIT ((mode_t)0100)

struct copynode {
	const char *rel;
	const char *text; /* of a link that stays one, else NULL */
	enum fs_kind kind;
	bool is_followed; /* a link, to be copied as the file it leads to */
	mode_t mode;
	uint64_t size_bytes;
	int64_t mtime_ns;
	struct digest mark; /* changes with identity, size, times and mode */
};

struct copytree {
	struct arena arena;
	const char *shown;      /* for messages */
	struct copynode *nodes; /* sorted by rel: a directory before what is
				   in it */
	size_t n;
	struct digest fingerprint; /* of all marks */
	int64_t newest_ns;         /* the last of all those times */
	int64_t mtime_ns;          /* of the files: the last */
	mode_t mode;               /* of the directory itself */
};
#define AUTO_COPYTREE CLEANUP(copytree_release)

/*
 * Lists the directory dir_fd, reading no content; shown is for messages.
 * Without ignore (NULL) nothing is left out. Deeper than 256 levels is
 * ERR_REFUSED.
 */
MUST_USE struct error *copytree_list(int dir_fd, const char *shown,
    const struct ignore *ignore, struct copytree *out);

/*
 * The content digest of what was listed. A file that has gone, or is none any
 * more, is an error; other changes since show in the digest.
 */
MUST_USE struct error *
copytree_digest(int dir_fd, const struct copytree *tree, struct digest *out);

/* Both at once. */
MUST_USE struct error *copytree_sum(int dir_fd, const char *shown,
    const struct ignore *ignore, struct digest *out);

/*
 * Makes name in to_fd (EEXIST if taken), a directory that holds what was
 * listed, with modes, times and what attrs.h copies; we may write the
 * directory itself, so that it can be moved. *out is the content digest of
 * what was written. On error a part may stand there. No sync.
 */
MUST_USE struct error *copytree_copy(int dir_fd, const struct copytree *tree,
    int to_fd, const char *name, struct digest *out);

/*
 * Opens a file of the tree that was listed; ERR_CONFLICT if it is no file any
 * more.
 */
MUST_USE struct error *
copytree_open(int dir_fd, const struct copynode *node, int *fd_out);

/* What a link of the tree says, also one that is_followed. */
MUST_USE struct error *copytree_link_text(int dir_fd,
    const struct copynode *node, struct strbuf *text);

/*
 * Two trees side by side: each relative path that one of them has, in order,
 * with its node in each. Begin with zeros.
 */
struct copymeet {
	const struct copynode *a; /* NULL: b alone has it */
	const struct copynode *b; /* NULL: a alone has it */
	size_t next_a;
	size_t next_b;
};
bool copytree_meet(const struct copytree *a, const struct copytree *b,
    struct copymeet *meet);

/* Have two nodes the same kind, and the same content or text? */
MUST_USE struct error *copytree_same(int a_fd, const struct copynode *a,
    int b_fd, const struct copynode *b, bool *out);

/* Which files differ, from a to b: by content and text alone. */
MUST_USE struct error *copytree_compare(int a_fd, const struct copytree *a,
    int b_fd, const struct copytree *b, struct tree_diff *out);

void copytree_release(struct copytree *tree);

#endif
