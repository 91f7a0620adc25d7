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
};

/*
 * Digest of what the open file from_fd holds; to NULL, or a copy of it is
 * made, by clone where the file system can. shown is for messages. On error
 * nothing stands at to. No sync.
 */
MUST_USE struct error *content_read(int from_fd, const char *shown,
    const struct content_to *to, struct digest *out);

/* Adds what the open file fd holds to state, from its first byte on. */
MUST_USE struct error *
content_add(int fd, const char *shown, struct digest_state *state);

/* Of a file, directory or link, never through one. */
MUST_USE struct error *
content_set_mtime(int dir_fd, const char *name, int64_t mtime_ns);

struct timespec content_timespec(int64_t ns);

#endif
