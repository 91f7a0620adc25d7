#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "fault.h"
#include "host.h"
#include "path.h"
#include "sys.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* ---- looking -------------------------------------------------------- */

struct error *
fs_open_dir(const char *abs, int *fd_out)
{
	int fd = open(abs, DIR_FLAGS);

	if (fd == -1)
		return error_errno("open", abs);
	*fd_out = fd;
	return NULL;
}

struct error *
fs_open_dir_at(int dir_fd, const char *name, int *fd_out)
{
	int fd = openat(dir_fd, name, DIR_FLAGS | O_NOFOLLOW);

	if (fd == -1)
		return error_errno("open", name);
	*fd_out = fd;
	return NULL;
}

/* A file as content: what would block or never end is refused. */
static struct error *
check_regular(int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return error_errno("look at", name);
	if (S_ISREG(st.st_mode))
		return NULL;
	errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return error_errno("open", name);
}

/*
 * Part by part, following no link, where the kernel cannot hold a name of
 * several parts beneath dir_fd. Sets errno.
 */
static int
open_by_parts(int dir_fd, const char *name)
{
	AUTO_CLOSE int at = -1;

	for (;;) {
		size_t len = strcspn(name, "/");
		AUTO_FREE char *part = xstrndup(name, len);

		if (!path_is_name(part)) {
			errno = ELOOP;
			return -1;
		}
		if (name[len] == '\0')
			return sys_open_beneath(at, part);
		int next = openat(at == -1 ? dir_fd : at, part,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next == -1)
			return -1;
		base_close_fd(&at);
		at = next;
		name += len + 1;
	}
}

struct error *
fs_open_file_at(int dir_fd, const char *name, int *fd_out)
{
	AUTO_CLOSE int fd = sys_open_beneath(dir_fd, name);

	if (fd == -1 && errno == ELOOP && strchr(name, '/') != NULL)
		fd = open_by_parts(dir_fd, name);
	if (fd == -1)
		return error_errno("open", name);
	struct error *err = check_regular(fd, name);
	if (err != NULL)
		return err;
	*fd_out = STEAL_FD(fd);
	return NULL;
}

struct error *
fs_open_listed_at(int dir_fd, const char *name, int *fd_out)
{
	int fd = openat(dir_fd, name,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return error_errno("open", name);
	*fd_out = fd;
	return NULL;
}

struct error *
fs_stat(int dir_fd, const char *name, struct fs_stat *out)
{
	if (sys_stat(dir_fd, name, SYS_NOFOLLOW, out) == 0)
		return NULL;
	if (errno != ENOENT)
		return error_errno("look at", name);
	*out = (struct fs_stat){ .kind = FS_ABSENT };
	return NULL;
}

struct error *
fs_stat_follow(int dir_fd, const char *name, struct fs_stat *out)
{
	if (sys_stat(dir_fd, name, SYS_FOLLOW, out) == 0)
		return NULL;
	if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		return error_errno("look at", name);
	*out = (struct fs_stat){ .kind = FS_ABSENT };
	return NULL;
}

struct error *
fs_stat_fd(int fd, const char *shown, struct fs_stat *out)
{
	if (sys_stat(fd, "", SYS_NOFOLLOW, out) == -1)
		return error_errno("look at", shown);
	return NULL;
}

struct fs_id
fs_id_of(const struct fs_stat *st)
{
	return (struct fs_id){ .ino = st->ino, .btime_ns = st->btime_ns };
}

bool
fs_id_equal(struct fs_id a, struct fs_id b)
{
	return a.ino == b.ino && a.btime_ns == b.btime_ns;
}

bool
fs_id_is(int fd, struct fs_id id, const struct fs_stat *st)
{
	return fs_id_equal(id, fs_id_of(st)) ||
	       (id.ino == st->ino && id.btime_ns < st->btime_ns &&
		   sys_copies_up(fd));
}

struct error *
fs_fd_path(int fd, char **out)
{
	AUTO_STRBUF struct strbuf path = { 0 };
	struct fs_stat by_fd, by_path;

	if (sys_fd_path(fd, &path) == -1)
		return error_errno("find the path of", "an open directory");
	const char *s = strbuf_str(&path);
	struct error *err = fs_stat_fd(fd, s, &by_fd);
	if (err != NULL)
		return err;
	if (s[0] == '/') {
		err = fs_stat(AT_FDCWD, s, &by_path);
		if (err != NULL)
			return err;
		if (by_path.ino == by_fd.ino && by_path.dev == by_fd.dev) {
			*out = strbuf_detach(&path);
			return NULL;
		}
	}
	/* Deleted, or out of our sight: the text is no path to it. */
	errno = ENOENT;
	return error_errno("find the path of", s);
}

struct error *
fs_read_link(int dir_fd, const char *name, struct strbuf *text)
{
	char buf[PATH_MAX];
	ssize_t len = readlinkat(dir_fd, name, buf, sizeof(buf));

	if (len == (ssize_t)sizeof(buf)) {
		errno = ENAMETOOLONG;
		len = -1;
	}
	if (len == -1)
		return error_errno("read the link", name);
	strbuf_truncate(text, 0);
	strbuf_add_mem(text, buf, (size_t)len);
	return NULL;
}

struct error *
fs_read_file(int dir_fd, const char *name, size_t max_bytes, struct strbuf *out)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_CLOSE int fd =
	    openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char buf[65536];
	ssize_t len;

	if (fd == -1)
		return error_errno("open", name);
	struct error *err = check_regular(fd, name);
	if (err != NULL)
		return err;
	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		if ((size_t)len > max_bytes - text.len)
			return error_new(ERR_REFUSED,
			    "%s is larger than %zu bytes", name, max_bytes);
		strbuf_add_mem(&text, buf, (size_t)len);
	}
	if (len == -1)
		return error_errno("read", name);
	strbuf_release(out);
	*out = text;
	text = (struct strbuf){ 0 };
	return NULL;
}

struct error *
fs_can_read(int dir_fd, const char *name)
{
	if (faccessat(dir_fd, name, R_OK, AT_EACCESS) == -1)
		return error_errno("read", name);
	return NULL;
}

bool
fs_is_writable_dir(int dir_fd)
{
	return faccessat(dir_fd, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

bool
fs_crosses(int from_fd, int to_fd)
{
	char token[HOST_TOKEN_LEN + 1];
	char name[HOST_TOKEN_LEN + 32];
	struct fs_stat from, to;

	host_token(token);
	(void)snprintf(name, sizeof(name), ".skillshare-absent-%s", token);
	if (sys_rename_noreplace(from_fd, name, to_fd, name) == -1 &&
	    errno == EXDEV)
		return true;
	/* Subvolumes look for the name first: only their numbers differ. */
	if (sys_stat(from_fd, "", SYS_NOFOLLOW, &from) == -1 ||
	    sys_stat(to_fd, "", SYS_NOFOLLOW, &to) == -1)
		return true;
	return from.dev != to.dev;
}

void
fs_free_space(int fd, uint64_t *bytes_out, uint64_t *inodes_out)
{
	struct statvfs vfs;

	*bytes_out = UINT64_MAX;
	*inodes_out = UINT64_MAX;
	if (fstatvfs(fd, &vfs) == -1)
		return;
	if (vfs.f_blocks != 0)
		*bytes_out = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	/* btrfs and others have no fixed number of inodes: 0 in all. */
	if (vfs.f_files != 0)
		*inodes_out = vfs.f_favail;
}

void
fs_traits(int fd, struct fs_traits *out)
{
	sys_traits(fd, out);
}

bool
fs_keeps_times(int fd)
{
	return sys_keeps_times(fd);
}

bool
fs_keeps_modes(int fd)
{
	return sys_keeps_times(fd);
}

/* ---- changing -------------------------------------------------------- */

struct error *
fs_mkdir(int dir_fd, const char *name, mode_t mode)
{
	if (fault_before("mkdir") || mkdirat(dir_fd, name, mode) == -1)
		return error_errno("make the directory", name);
	fault_after("mkdir");
	return NULL;
}

struct error *
fs_symlink(const char *text, int dir_fd, const char *name)
{
	if (fault_before("symlink") || symlinkat(text, dir_fd, name) == -1)
		return error_errno("make the link", name);
	fault_after("symlink");
	return NULL;
}

/* Then a death was between the two steps that follow. */
static bool
is_same_file(int a_fd, const char *a, int b_fd, const char *b)
{
	struct fs_stat x, y;

	return sys_stat(a_fd, a, SYS_NOFOLLOW, &x) == 0 &&
	       sys_stat(b_fd, b, SYS_NOFOLLOW, &y) == 0 && x.ino == y.ino &&
	       x.dev == y.dev;
}

/*
 * Where the file system knows no NOREPLACE. A file: a second link, which
 * refuses a taken name, and the first unlinked. A directory, or where there
 * are no links: look, then rename. An empty directory or a file that comes
 * to stand at the new name between the two is replaced; nothing can help it.
 */
static struct error *
rename_noreplace_slowly(int from_fd, const char *from, int to_fd,
    const char *to)
{
	struct fs_stat st;
	struct error *err = fs_stat(from_fd, from, &st);

	if (err != NULL)
		return err;
	if (st.kind == FS_ABSENT) {
		errno = ENOENT;
		return error_errno("rename", from);
	}
	if (st.kind == FS_FILE || st.kind == FS_LINK) {
		AUTO_ERROR struct error *linked =
		    fs_hard_link(from_fd, from, to_fd, to);
		if (linked == NULL) {
			err = fs_unlink(from_fd, from);
			if (err != NULL)
				goto undo;
			return NULL;
		}
		if (error_is_sys(linked, EEXIST))
			return is_same_file(from_fd, from, to_fd, to)
				   ? fs_unlink(from_fd, from)
				   : STEAL_PTR(linked);
	}
	err = fs_stat(to_fd, to, &st);
	if (err != NULL)
		return err;
	if (st.kind != FS_ABSENT) {
		errno = EEXIST;
		return error_errno("rename to", to);
	}
	return fs_rename(from_fd, from, to_fd, to);

undo:
	error_free(fs_unlink(to_fd, to)); /* the first error is the one */
	return err;
}

struct error *
fs_rename_noreplace(int from_fd, const char *from, int to_fd, const char *to)
{
	if (!fault_before("noreplace") &&
	    sys_rename_noreplace(from_fd, from, to_fd, to) == 0) {
		fault_after("noreplace");
		return NULL;
	}
	if (errno == EINVAL || errno == ENOSYS)
		return rename_noreplace_slowly(from_fd, from, to_fd, to);
	return error_errno("rename", errno == EEXIST ? to : from);
}

struct error *
fs_rename(int from_fd, const char *from, int to_fd, const char *to)
{
	if (fault_before("rename") || renameat(from_fd, from, to_fd, to) == -1)
		return error_errno("rename", from);
	fault_after("rename");
	return NULL;
}

struct error *
fs_exchange(int a_fd, const char *a, int b_fd, const char *b)
{
	if (fault_before("exchange") || sys_exchange(a_fd, a, b_fd, b) == -1)
		return error_errno("exchange", b);
	fault_after("exchange");
	return NULL;
}

struct error *
fs_unlink(int dir_fd, const char *name)
{
	if (fault_before("unlink") || unlinkat(dir_fd, name, 0) == -1)
		return error_errno("remove", name);
	fault_after("unlink");
	return NULL;
}

struct error *
fs_rmdir(int dir_fd, const char *name)
{
	if (fault_before("rmdir") || unlinkat(dir_fd, name, AT_REMOVEDIR) == -1)
		return error_errno("remove", name);
	fault_after("rmdir");
	return NULL;
}

struct error *
fs_chmod(int dir_fd, const char *name, mode_t mode)
{
	if (fault_before("chmod") ||
	    fchmodat(dir_fd, name, mode, AT_SYMLINK_NOFOLLOW) == -1)
		return error_errno("change the mode of", name);
	fault_after("chmod");
	return NULL;
}

struct error *
fs_chmod_fd(int fd, const char *shown, mode_t mode)
{
	if (fault_before("chmod") || fchmod(fd, mode) == -1)
		return error_errno("change the mode of", shown);
	fault_after("chmod");
	return NULL;
}

struct error *
fs_chown_fd(int fd, const char *shown, uid_t uid, gid_t gid)
{
	if (fault_before("chown") || fchown(fd, uid, gid) == -1)
		return error_errno("change the owner of", shown);
	fault_after("chown");
	return NULL;
}

struct error *
fs_hard_link(int from_fd, const char *from, int to_fd, const char *to)
{
	if (fault_before("link") || linkat(from_fd, from, to_fd, to, 0) == -1)
		return error_errno("make the hard link", to);
	fault_after("link");
	return NULL;
}
