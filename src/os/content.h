/*
 * Regular files as content: read once, digested as sha256sum does, and on the
 * way copied if that is asked.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include <time.h>

#include "digest.h"
#include "error.h"
#include "fs.h"

/* Where a copy goes, and what it gets. */
struct content_to {
	int dir_fd;
	const char *name; /* EEXIST if taken */
	mode_t mode;      /* whatever the umask says */
	int64_t mtime_ns;
	/* NULL, or: may a clone be tried? False once there could be none. */
	bool *clones;
	bool attrs; /* and the user's extended attributes, and ACLs */
};

/*
 * Digest of what the open file from_fd holds; to NULL, or a copy of it is
 * made, by clone where the file system can. size_bytes is what the file has,
 * as far as is known: where a read ends just there it is not asked for more.
 * shown is for messages. On error nothing stands at to. No sync.
 */
MUST_USE struct error *content_read(int from_fd, const char *shown,
    uint64_t size_bytes, const struct content_to *to, struct digest *out);

/* The same copy; what is in it is added to state. */
MUST_USE struct error *
content_copy(int from_fd, const char *shown, uint64_t size_bytes,
    const struct content_to *to, struct digest_state *state);

/* A small file in memory, between being read and being written. */
#define CONTENT_HELD_MAX ((size_t)64 * 1024)
struct content_held {
	size_t len;
	char bytes[CONTENT_HELD_MAX];
};

/*
 * One read from the file's start on, of what fits. Whether that is all its
 * size says, to whoever looks at it afterwards.
 */
MUST_USE struct error *
content_hold_some(int from_fd, const char *shown, struct content_held *held);

/*
 * As content_read() without a copy, of a file of at most CONTENT_HELD_MAX
 * bytes. ERR_CONFLICT: it has grown beyond.
 */
MUST_USE struct error *content_hold(int from_fd, const char *shown,
    uint64_t size_bytes, struct content_held *held, struct digest *out);

/*
 * Writes what is held as a new file, which *st_out is then of. On error
 * nothing stands at to. No sync.
 */
MUST_USE struct error *content_write(const struct content_held *held,
    const struct content_to *to, struct fs_stat *st_out);

/* Adds what the open file fd holds to state, from its first byte on. */
MUST_USE struct error *content_add(int fd, const char *shown,
    uint64_t size_bytes, struct digest_state *state);

/* Of a file, directory or link, never through one. */
MUST_USE struct error *
content_set_mtime(int dir_fd, const char *name, int64_t mtime_ns);

struct timespec content_timespec(int64_t ns);

#endif
