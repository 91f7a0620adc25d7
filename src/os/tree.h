/*
 * Whole trees: copy, digest, compare, remove. Links are never followed;
 * nothing outside the tree is read or written, whatever its names say. A name
 * may be "." but for tree_remove(). Errors name the path below the tree.
 * Deeper than TREE_DEPTH_MAX levels is ERR_REFUSED; removing goes a little
 * deeper.
 */
#ifndef TREE_H
#define TREE_H

#include "digest.h"
#include "error.h"
#include "fs.h"

/* Deeper trees are refused; core's own walks hold themselves to it. */
#define TREE_DEPTH_MAX 256

struct tree_sum {
	struct digest digest; /* of kinds, names, permission bits, contents */
	uint64_t files;       /* regular files and links */
	uint64_t size_bytes;  /* of the regular files */
};

struct tree_diff {
	uint64_t added;   /* files only in b */
	uint64_t removed; /* files only in a */
	uint64_t changed; /* content, link text, kind or x bit differs */
};

/*
 * Digest of what name (a directory, file or link) is: for each entry, depth
 * first and in byte order of names, its kind, path, permission bits, and
 * content or link text. Two trees with one digest are the same to every
 * reader but for times and owners; FIFOs, sockets and devices are all one
 * kind. sum_out may not be NULL. ENOENT if there is nothing of that name.
 */
MUST_USE struct error *
tree_digest(int dir_fd, const char *name, struct tree_sum *sum_out);

/*
 * The same digest of a tree while it is made, from what its maker writes,
 * where the file system keeps modes as they are given. Each entry is told
 * once, in the order of the digest; rel is "" for the tree itself.
 */
struct tree_hash {
	struct digest_state state;
	struct tree_sum sum;
};
void tree_hash_init(struct tree_hash *hash);
void tree_hash_dir(struct tree_hash *hash, const char *rel, mode_t mode);
void tree_hash_file(struct tree_hash *hash, const char *rel, mode_t mode,
    const char *bytes, size_t len);
void tree_hash_link(struct tree_hash *hash, const char *rel, const char *text);

/* All that name is, which is read for that: it is rel in the tree. */
MUST_USE struct error *tree_hash_read(struct tree_hash *hash, const char *rel,
    int dir_fd, const char *name);
struct tree_sum tree_hash_final(struct tree_hash *hash);

/*
 * Copies name to a new name as `cp -a` does: modes, times, links as links,
 * hard links within the tree and holes kept; owners where we may; by clone,
 * then copy_file_range, then read and write. EEXIST if to is taken. On
 * error a partial copy may stand at to: the caller's staging place is
 * removed as a whole. FIFOs and sockets are made anew; devices are
 * ERR_REFUSED. No sync. sum_out, if not NULL, gets tree_digest() of the copy,
 * computed from what was read; the copy is what this digest says or an error
 * is returned (a file or directory that changes under the copy is
 * ERR_CONFLICT). Set-id bits go where the owner cannot be kept, as with cp;
 * extended attributes and ACLs as in attrs.h.
 */
MUST_USE struct error *tree_copy(int from_fd, const char *from, int to_fd,
    const char *to, struct tree_sum *sum_out);

/*
 * What differs between the directories a and b: regular files and links by
 * relative path; empty directories do not count. ".git" and ".DS_Store" at
 * any depth are left out: no agent reads them.
 */
MUST_USE struct error *tree_compare(int a_fd, const char *a, int b_fd,
    const char *b, struct tree_diff *out);

/*
 * Removes name and all below it. Refuses (ERR_REFUSED) a name that is not
 * one component, and anything mounted in the tree, before removing anything
 * of that directory. What cannot be removed is an error, the rest may be gone.
 * Makes directories writable on the way. An absent name is success.
 */
MUST_USE struct error *tree_remove(int dir_fd, const char *name);

#endif
