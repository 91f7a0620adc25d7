/*
 * The file "roots": every source path ever used, one a record, with a digest
 * (record.h): a path that is not quite what was written would make our links
 * foreign, or foreign ones ours. The form without a digest, of earlier
 * versions, is read still; the next write gives it one.
 */
#ifndef ROOTSFILE_H
#define ROOTSFILE_H

#include "error.h"
#include "roots.h"

struct rootsfile {
	int dir_fd;       /* where it is */
	const char *dir;  /* for messages */
	const char *home; /* for paths kept as "~/…" */
};

/*
 * Adds to *out. No file is no root and no error; *is_old_out: it has no
 * digest. ERR_DAMAGE if it is not as we left it: never "no roots".
 */
MUST_USE struct error *rootsfile_read(const struct rootsfile *file,
    struct roots *out, bool *is_old_out);

/* Published whole. */
MUST_USE struct error *
rootsfile_write(const struct rootsfile *file, const struct roots *roots);

#endif
