/*
 * One writer. An open-file-description lock (F_OFD_SETLK) on a file of ours;
 * flock where the system has none. It goes with the descriptor: a dead
 * holder holds nothing, and children do not inherit it (O_CLOEXEC).
 *
 * Calling sequence: lock_take() - lock_note() once there is something to
 * say - work - lock_release(). If the process dies here: the kernel lets
 * the lock go, the note stays and is told from a living one by lock_probe().
 */
#ifndef LOCK_H
#define LOCK_H

#include "error.h"

struct lock {
	int fd; /* -1: not held */
	bool is_noted;
	int64_t mtime_ns; /* of the file before the note */
};
#define LOCK_NONE ((struct lock){ .fd = -1 })

/*
 * Takes the lock on the file name in dir_fd, made if absent (0600); its
 * content and times are not touched. ERR_BUSY at once if another holds it.
 */
MUST_USE struct error *
lock_take(int dir_fd, const char *name, struct lock *out);

/*
 * As lock_take() but flock on an open directory; fd stays yours. EBADF,
 * ENOLCK or EOPNOTSUPP: this file system cannot lock a directory (NFS).
 */
MUST_USE struct error *
lock_take_dir(int fd, const char *shown, struct lock *out);

/*
 * Writes who holds it, one line for messages only. lock_release() takes the
 * note away and gives the file its old time back: a run that changes nothing
 * leaves no trace.
 */
MUST_USE struct error *lock_note(struct lock *lock, const char *text);

/*
 * Is the lock held by anybody? Needs no right to write. *note_out, if not
 * NULL, is the holder's line, or that it says nothing (yours; "" if nobody
 * holds it). An absent file: not held.
 */
MUST_USE struct error *
lock_probe(int dir_fd, const char *name, bool *held_out, char **note_out);

void lock_release(struct lock *lock);

#endif
