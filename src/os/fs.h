/*
 * The file system, one system call at a time: relative to an open directory,
 * never following a link unless the name says so, every error with its path.
 * Every call that changes something passes a fault point (fault.h).
 *
 * A name in error texts is the one passed in; callers wrap the directory
 * around it where a user could not guess it.
 */
#ifndef FS_H
#define FS_H

#include <sys/types.h>

#include "arena.h"
#include "error.h"
#include "strbuf.h"

enum fs_kind {
	FS_ABSENT,
	FS_FILE,
	FS_DIR,
	FS_LINK,
	FS_OTHER
};

/* What one name is; times in nanoseconds since the epoch. */
struct fs_stat {
	enum fs_kind kind;  /* FS_ABSENT: the rest is zero */
	bool is_mount_root; /* something is mounted here */
	mode_t mode;        /* permission bits only */
	uint64_t dev;       /* changes on remount: compare within a run only */
	uint64_t ino;
	uint64_t nlink;
	uint64_t size_bytes;
	uint64_t allocated_bytes;
	int64_t mtime_ns;
	int64_t ctime_ns;
	int64_t btime_ns; /* birth, 0 where the file system has none */
	uid_t uid;
	gid_t gid;
};

/* The same object: inode and birth time, which survive rename and remount. */
struct fs_id {
	uint64_t ino;
	int64_t btime_ns;
};

struct fs_entry {
	const char *name; /* in the list's arena */
	enum fs_kind kind;
};

/* The names in a directory, sorted by bytes, without "." and "..". */
struct fs_list {
	struct arena arena;
	struct fs_entry *entries;
	size_t n;
};
#define AUTO_FS_LIST CLEANUP(fs_list_release)

/* ---- looking -------------------------------------------------------- */

/* Opens a directory by path, following links. ENOTDIR, ENOENT, ... */
MUST_USE struct error *fs_open_dir(const char *abs, int *fd_out);

/* Opens a directory in dir_fd; a link in its place is ELOOP or ENOTDIR. */
MUST_USE struct error *
fs_open_dir_at(int dir_fd, const char *name, int *fd_out);

/*
 * Opens a regular file in dir_fd for reading. A link is followed only if
 * it stays beneath dir_fd (EXDEV); without openat2 every link is refused
 * (ELOOP, ENOTDIR). A FIFO or device does not block: it is
 * refused with EINVAL, a directory with EISDIR.
 */
MUST_USE struct error *
fs_open_file_at(int dir_fd, const char *name, int *fd_out);

/*
 * As fs_open_file_at(), of a name that a listing said is a regular file, and
 * without the second look: a link is refused (ELOOP); a directory that came
 * to stand there is EISDIR when it is read, and a FIFO is empty.
 */
MUST_USE struct error *
fs_open_listed_at(int dir_fd, const char *name, int *fd_out);

/* Without following; an absent name is FS_ABSENT and no error. */
MUST_USE struct error *
fs_stat(int dir_fd, const char *name, struct fs_stat *out);

/* Following links; FS_ABSENT also for a link that leads nowhere or loops. */
MUST_USE struct error *
fs_stat_follow(int dir_fd, const char *name, struct fs_stat *out);
MUST_USE struct error *
fs_stat_fd(int fd, const char *shown, struct fs_stat *out);
struct fs_id fs_id_of(const struct fs_stat *st);
bool fs_id_equal(struct fs_id a, struct fs_id b);

/*
 * Is st, of fd or of a name in it, what had this id? As fs_id_equal(), but
 * knows that in an overlay the first change of a thing gives it a new birth.
 */
bool fs_id_is(int fd, struct fs_id id, const struct fs_stat *st);

/*
 * Where an open directory is now, as an absolute path without links. ENOENT
 * if it was removed or is not to be seen from our root.
 */
MUST_USE struct error *fs_fd_path(int fd, char **out);

/* Replaces the content of text by what the link says. EINVAL: no link. */
MUST_USE struct error *
fs_read_link(int dir_fd, const char *name, struct strbuf *text);

/* Lists dir_fd, which stays open and whose position is not touched. */
MUST_USE struct error *
fs_list(int dir_fd, const char *shown, struct fs_list *out);

/*
 * The same of a descriptor that was opened for this and is not listed again:
 * its position moves to the end. Half the system calls.
 */
MUST_USE struct error *
fs_list_new(int new_fd, const char *shown, struct fs_list *out);
void fs_list_release(struct fs_list *list);

/*
 * Replaces the content of out by the file's; more than max_bytes is
 * ERR_REFUSED. Follows links (dir_fd may be AT_FDCWD with an absolute path).
 */
MUST_USE struct error *fs_read_file(int dir_fd, const char *name,
    size_t max_bytes, struct strbuf *out);

/*
 * Can name (followed) be opened for reading by us? One call. ENOENT, ELOOP,
 * EACCES, ... as opening it would say.
 */
MUST_USE struct error *fs_can_read(int dir_fd, const char *name);

/* May we create names in dir_fd? False also on a read-only file system. */
bool fs_is_writable_dir(int dir_fd);

/*
 * Would a rename from one directory to the other be refused because it
 * crosses file systems or mounts? Asked of the kernel by a rename of names
 * that do not exist: device numbers lie (bind mounts, subvolumes).
 */
bool fs_crosses(int from_fd, int to_fd);

/*
 * Bytes and inodes free for us on the file system of fd; UINT64_MAX if
 * unknown or without limit.
 */
void fs_free_space(int fd, uint64_t *bytes_out, uint64_t *inodes_out);

enum fs_can {
	FS_CAN_UNKNOWN,
	FS_CAN,
	FS_CANNOT
};

/* What a file system can do. */
struct fs_traits {
	const char *name; /* "ext4"; NULL: not known to us */
	bool is_network;
	enum fs_can link;     /* symbolic links */
	enum fs_can exchange; /* of two names, in one call */
	enum fs_can clone;    /* a file's content, shared until it changes */
};

/*
 * Of the file system of fd, by its kind: whether it exchanges names the
 * kernel tells only to who does it (it looks for the names first).
 */
void fs_traits(int fd, struct fs_traits *out);

/*
 * Do a directory's times on this file system tell of every change of a name
 * in it? Yes only of the local ones that are known to.
 */
bool fs_keeps_times(int fd);

/* Are modes there as they were given? Yes only of the same ones. */
bool fs_keeps_modes(int fd);

/* ---- changing: each one is atomic; modes are subject to the umask ---- */

MUST_USE struct error *fs_mkdir(int dir_fd, const char *name, mode_t mode);

/* EEXIST if the name is taken, whatever by. */
MUST_USE struct error *
fs_symlink(const char *text, int dir_fd, const char *name);

/*
 * EEXIST if to is taken; EXDEV and EBUSY where the two cannot be renamed.
 * Where the file system has no such rename, a file is linked and unlinked
 * (two steps), and a directory renamed after a look.
 */
MUST_USE struct error *
fs_rename_noreplace(int from_fd, const char *from, int to_fd, const char *to);

/* Replaces a file by a file (or a link); for our own files only. */
MUST_USE struct error *
fs_rename(int from_fd, const char *from, int to_fd, const char *to);

/* Both names change places. EINVAL or ENOSYS: this file system cannot. */
MUST_USE struct error *
fs_exchange(int a_fd, const char *a, int b_fd, const char *b);
MUST_USE struct error *fs_unlink(int dir_fd, const char *name);
MUST_USE struct error *fs_rmdir(int dir_fd, const char *name);

/* Of a directory or file, never through a link. */
MUST_USE struct error *fs_chmod(int dir_fd, const char *name, mode_t mode);
MUST_USE struct error *fs_chmod_fd(int fd, const char *shown, mode_t mode);
MUST_USE struct error *
fs_chown_fd(int fd, const char *shown, uid_t uid, gid_t gid);
MUST_USE struct error *
fs_hard_link(int from_fd, const char *from, int to_fd, const char *to);

/* ---- writing files --------------------------------------------------- */

/* Creates name (EEXIST if taken) with the content; no sync. */
MUST_USE struct error *fs_create_file(int dir_fd, const char *name,
    const void *data, size_t len, mode_t mode);

/* The same with that very mode, whatever the umask is. */
MUST_USE struct error *fs_create_file_as(int dir_fd, const char *name,
    const void *data, size_t len, mode_t mode);

/* Adds to the end of a file that is there, through no link; no sync. */
MUST_USE struct error *
fs_append(int dir_fd, const char *name, const void *data, size_t len);

/* Opens a new file for writing (EEXIST if taken). */
MUST_USE struct error *
fs_create(int dir_fd, const char *name, mode_t mode, int *fd_out);

/* The same; what a dead run of ours left at that name goes first. */
MUST_USE struct error *
fs_create_anew(int dir_fd, const char *name, mode_t mode, int *fd_out);

/* All of it, whatever write() takes at a time. */
MUST_USE struct error *
fs_write(int fd, const char *shown, const void *data, size_t len);

/*
 * Puts a file in place: temporary sibling, write, fsync, rename, fsync of the
 * directory. Readers see old or new, never a mix. On error the old file is
 * in place, unless only the directory's fsync went wrong.
 */
MUST_USE struct error *fs_write_atomic(int dir_fd, const char *name,
    const void *data, size_t len, mode_t mode);

MUST_USE struct error *fs_sync(int fd, const char *shown);

/* Everything written so far to the file system of fd reaches the disk. */
MUST_USE struct error *fs_sync_fs(int fd, const char *shown);

/* Makes abs and its missing parents; what exists is no error. */
MUST_USE struct error *fs_mkdirs(const char *abs, mode_t mode);

#endif
