/*
 * What each operating system does its own way: sys_linux.c, sys_darwin.c.
 * As system calls do, these return -1 and set errno. They pass no fault
 * points: their callers in this folder do.
 */
#ifndef SYS_H
#define SYS_H

#include <dirent.h>
#include <sys/types.h>

#include "fs.h"

enum sys_follow {
	SYS_NOFOLLOW,
	SYS_FOLLOW
};

/* Fills out; name "" means dir_fd itself. */
int sys_stat(int dir_fd, const char *name, enum sys_follow follow,
    struct fs_stat *out);

/*
 * Opens name for reading without blocking or leaving dir_fd. Where the
 * kernel cannot hold a link to that: ELOOP for a link.
 */
int sys_open_beneath(int dir_fd, const char *name);

/* kind is FS_ABSENT where the file system does not say. */
typedef void sys_name_taker(void *payload, const char *name, enum fs_kind kind);

/*
 * Hands over each name from dir_fd's position to its end, "." and ".."
 * included. After -1 some names may have been handed over.
 */
int sys_list(int dir_fd, sys_name_taker *take, void *payload);

/* EINVAL or ENOSYS where the file system or kernel cannot. */
int
sys_rename_noreplace(int from_fd, const char *from, int to_fd, const char *to);
int sys_exchange(int a_fd, const char *a, int b_fd, const char *b);

/* Adds the path that the kernel knows fd by; it may be out of date. */
int sys_fd_path(int fd, struct strbuf *path);

/* Is it an overlay: a thing is copied, and born again, when it is changed? */
bool sys_copies_up(int fd);

/* As fs_traits(). */
void sys_traits(int fd, struct fs_traits *out);

/* As fs_keeps_times(). */
bool sys_keeps_times(int fd);

/* How many processors this process may use; at least 1. */
size_t sys_processors(void);

/* What was written to fd, or to its file system, reaches the disk. */
int sys_sync(int fd);
int sys_sync_fs(int fd);

/*
 * Makes the file name (EEXIST if taken), as a clone of from_fd where the
 * file system can. Returns it open for reading and writing, 0600.
 */
int
sys_create_clone(int from_fd, int dir_fd, const char *name, bool *cloned_out);

/*
 * Copies up to len bytes within the kernel, at both positions; 0 at the end
 * of from_fd, -1 where it cannot: nothing was copied then.
 */
ssize_t sys_copy_range(int from_fd, int to_fd, size_t len);

/*
 * Extended attributes. The names, each with its NUL, one after the other;
 * buf NULL: how long they are. A name says its class ("user.…") where the
 * system has classes. ENOTSUP: no such thing on this file system.
 */
ssize_t sys_list_attrs(int fd, char *buf, size_t size_bytes);
ssize_t sys_get_attr(int fd, const char *name, void *buf, size_t size_bytes);
int sys_set_attr(int fd, const char *name, const void *value, size_t len);
bool sys_attrs_have_no_classes(void);

/* Both ends are closed in children. */
int sys_pipe(int fds[2]);

/* "" if unknown. */
void sys_machine_id(char *out, size_t size_bytes);
void sys_boot_id(char *out, size_t size_bytes);

/* What a directory entry's type says; FS_ABSENT: it says nothing. */
static inline enum fs_kind
sys_kind_of_type(unsigned char type)
{
	switch (type) {
	case DT_REG:
		return FS_FILE;
	case DT_DIR:
		return FS_DIR;
	case DT_LNK:
		return FS_LINK;
	case DT_UNKNOWN:
		return FS_ABSENT;
	default:
		return FS_OTHER;
	}
}

#endif
