#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/clonefile.h>
#include <sys/mount.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/stdio.h>
#include <sys/sysctl.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <uuid/uuid.h>

static enum fs_kind
kind_of(mode_t mode)
{
	if (S_ISREG(mode))
		return FS_FILE;
	if (S_ISDIR(mode))
		return FS_DIR;
	return S_ISLNK(mode) ? FS_LINK : FS_OTHER;
}

static int64_t
ns_of(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A root of a mount has a parent on another device. */
static bool
is_mount_root(int dir_fd, const char *name, const struct stat *st)
{
	struct stat parent;

	if (!S_ISDIR(st->st_mode) || name[0] == '\0' ||
	    strchr(name, '/') != NULL || fstat(dir_fd, &parent) == -1)
		return false;
	return parent.st_dev != st->st_dev;
}

int
sys_stat(int dir_fd, const char *name, enum sys_follow follow,
    struct fs_stat *out)
{
	struct stat st;
	int rc = name[0] == '\0'
		     ? fstat(dir_fd, &st)
		     : fstatat(dir_fd, name, &st,
			   follow == SYS_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0);

	if (rc == -1)
		return -1;
	*out = (struct fs_stat){
		.kind = kind_of(st.st_mode),
		.is_mount_root = is_mount_root(dir_fd, name, &st),
		.mode = st.st_mode & 07777,
		.dev = (uint64_t)st.st_dev,
		.ino = st.st_ino,
		.nlink = st.st_nlink,
		.size_bytes = (uint64_t)st.st_size,
		.allocated_bytes = (uint64_t)st.st_blocks * 512,
		.mtime_ns = ns_of(st.st_mtimespec),
		.ctime_ns = ns_of(st.st_ctimespec),
		.btime_ns = ns_of(st.st_birthtimespec),
		.uid = st.st_uid,
		.gid = st.st_gid,
	};
	return 0;
}

int
sys_open_beneath(int dir_fd, const char *name)
{
	if (strchr(name, '/') != NULL || strcmp(name, "..") == 0) {
		errno = ELOOP;
		return -1;
	}
	return openat(dir_fd, name,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
}

int
sys_list(int dir_fd, sys_name_taker *take, void *payload)
{
	int fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *de;

	if (dir == NULL) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	errno = 0;
	while ((de = readdir(dir)) != NULL) {
		take(payload, de->d_name, sys_kind_of_type(de->d_type));
		errno = 0;
	}
	int cause = errno;
	(void)closedir(dir);
	errno = cause;
	return cause == 0 ? 0 : -1;
}

/* What Linux calls EINVAL is ENOTSUP here. */
static int
rename_with(int from_fd, const char *from, int to_fd, const char *to,
    unsigned flags)
{
	int rc = renameatx_np(from_fd, from, to_fd, to, flags);

	if (rc == -1 && errno == ENOTSUP)
		errno = EINVAL;
	return rc;
}

int
sys_rename_noreplace(int from_fd, const char *from, int to_fd, const char *to)
{
	return rename_with(from_fd, from, to_fd, to, RENAME_EXCL);
}

int
sys_exchange(int a_fd, const char *a, int b_fd, const char *b)
{
	return rename_with(a_fd, a, b_fd, b, RENAME_SWAP);
}

int
sys_fd_path(int fd, struct strbuf *path)
{
	char text[MAXPATHLEN];

	if (fcntl(fd, F_GETPATH, text) == -1)
		return -1;
	strbuf_add(path, text);
	return 0;
}

bool
sys_copies_up(int fd)
{
	(void)fd;
	return false;
}

void
sys_traits(int fd, struct fs_traits *out)
{
	struct statfs fs;

	*out = (struct fs_traits){ 0 };
	if (fstatfs(fd, &fs) == -1)
		return;
	out->is_network = (fs.f_flags & MNT_LOCAL) == 0;
	if (strcmp(fs.f_fstypename, "apfs") == 0)
		*out =
		    (struct fs_traits){ "apfs", false, FS_CAN, FS_CAN, FS_CAN };
	else if (strcmp(fs.f_fstypename, "hfs") == 0)
		*out = (struct fs_traits){ "hfs", false, FS_CAN, FS_CAN_UNKNOWN,
			FS_CANNOT };
}

bool
sys_keeps_times(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && strcmp(fs.f_fstypename, "apfs") == 0;
}

size_t
sys_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? (size_t)n : 1;
}

int
sys_sync(int fd)
{
	/* fsync() stops at the drive's cache; not all file systems go on. */
	return fcntl(fd, F_FULLFSYNC) == -1 ? fsync(fd) : 0;
}

int
sys_sync_fs(int fd)
{
	/* All file systems: to write out, then the drive of this one. */
	sync();
	return sys_sync(fd);
}

int
sys_create_clone(int from_fd, int dir_fd, const char *name, bool *cloned_out)
{
	*cloned_out =
	    fclonefileat(from_fd, dir_fd, name, CLONE_NOOWNERCOPY) == 0;
	if (!*cloned_out)
		return openat(dir_fd, name,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* The clone has the mode of its source, which may shut us out. */
	if (fchmodat(dir_fd, name, 0600, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	return openat(dir_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
}

ssize_t
sys_copy_range(int from_fd, int to_fd, size_t len)
{
	(void)from_fd;
	(void)to_fd;
	(void)len;
	errno = ENOSYS;
	return -1;
}

ssize_t
sys_list_attrs(int fd, char *buf, size_t size_bytes)
{
	return flistxattr(fd, buf, size_bytes, 0);
}

ssize_t
sys_get_attr(int fd, const char *name, void *buf, size_t size_bytes)
{
	return fgetxattr(fd, name, buf, size_bytes, 0, 0);
}

int
sys_set_attr(int fd, const char *name, const void *value, size_t len)
{
	return fsetxattr(fd, name, value, len, 0, 0);
}

bool
sys_attrs_have_no_classes(void)
{
	return true;
}

int
sys_pipe(int fds[2])
{
	if (pipe(fds) == -1)
		return -1;
	for (int i = 0; i < 2; i++)
		(void)fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	return 0;
}

void
sys_machine_id(char *out, size_t size_bytes)
{
	const struct timespec wait = { .tv_sec = 1 };
	uuid_t id;
	uuid_string_t text;

	out[0] = '\0';
	if (gethostuuid(id, &wait) == -1)
		return;
	uuid_unparse_lower(id, text);
	(void)strlcpy(out, text, size_bytes);
}

void
sys_boot_id(char *out, size_t size_bytes)
{
	if (sysctlbyname("kern.bootsessionuuid", out, &size_bytes, NULL, 0) ==
	    -1)
		out[0] = '\0';
}
