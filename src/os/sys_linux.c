#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

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
ns_of(struct statx_timestamp t)
{
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

int
sys_stat(int dir_fd, const char *name, enum sys_follow follow,
    struct fs_stat *out)
{
	struct statx stx;
	int flags = AT_NO_AUTOMOUNT;

	if (follow == SYS_NOFOLLOW)
		flags |= AT_SYMLINK_NOFOLLOW;
	if (name[0] == '\0')
		flags |= AT_EMPTY_PATH;
	if (statx(dir_fd, name, flags, STATX_BASIC_STATS | STATX_BTIME, &stx) ==
	    -1)
		return -1;
	*out = (struct fs_stat){
		.kind = kind_of(stx.stx_mode),
		.is_mount_root =
		    (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
		.mode = stx.stx_mode & 07777,
		.dev = makedev(stx.stx_dev_major, stx.stx_dev_minor),
		.ino = stx.stx_ino,
		.nlink = stx.stx_nlink,
		.size_bytes = stx.stx_size,
		.allocated_bytes = stx.stx_blocks * 512,
		.mtime_ns = ns_of(stx.stx_mtime),
		.ctime_ns = ns_of(stx.stx_ctime),
		.btime_ns = (stx.stx_mask & STATX_BTIME) != 0
				? ns_of(stx.stx_btime)
				: 0,
		.uid = stx.stx_uid,
		.gid = stx.stx_gid,
	};
	return 0;
}

/*
 * Before Linux 5.6, and where a container filters what it does not know:
 * with one part and no link followed there is no way out of dir_fd.
 */
static int
open_name(int dir_fd, const char *name, int flags)
{
	if (strchr(name, '/') != NULL || strcmp(name, "..") == 0) {
		errno = ELOOP;
		return -1;
	}
	return openat(dir_fd, name, flags | O_NOFOLLOW);
}

int
sys_open_beneath(int dir_fd, const char *name)
{
	static const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	/* EAGAIN: something was renamed meanwhile and ".." cannot be judged. */
	for (int tries = 0; tries < 16; tries++) {
		fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
		if (fd != -1 || errno != EAGAIN)
			break;
	}
	if (fd == -1 && (errno == ENOSYS || errno == EPERM))
		return open_name(dir_fd, name, flags);
	return (int)fd;
}

/* As the kernel writes it; readdir() would open and look once more. */
struct kernel_dirent {
	uint64_t ino;
	int64_t next;
	uint16_t size_bytes;
	uint8_t type;
	char name[];
};

int
sys_list(int dir_fd, sys_name_taker *take, void *payload)
{
	_Alignas(struct kernel_dirent) char buf[32 * 1024];
	long len;

	while ((len = syscall(SYS_getdents64, dir_fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < len;) {
			const struct kernel_dirent *de =
			    (const void *)(buf + at);

			take(payload, de->name, sys_kind_of_type(de->type));
			at += de->size_bytes;
		}
	}
	return (int)len;
}

int
sys_rename_noreplace(int from_fd, const char *from, int to_fd, const char *to)
{
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to,
	    RENAME_NOREPLACE);
}

int
sys_exchange(int a_fd, const char *a, int b_fd, const char *b)
{
	return (int)syscall(SYS_renameat2, a_fd, a, b_fd, b, RENAME_EXCHANGE);
}

int
sys_fd_path(int fd, struct strbuf *path)
{
	char proc[64];
	char text[PATH_MAX];

	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	ssize_t len = readlink(proc, text, sizeof(text));
	if (len == -1)
		return -1;
	if ((size_t)len == sizeof(text)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strbuf_add_mem(path, text, (size_t)len);
	return 0;
}

bool
sys_copies_up(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

/* linux/magic.h has these not, or not in every version. */
#define MAGIC_BCACHEFS 0xca451a4eUL
#define MAGIC_CEPH 0x00c36400UL
#define MAGIC_CIFS 0xff534d42UL
#define MAGIC_EXFAT 0x2011bab0UL
#define MAGIC_FUSE 0x65735546UL
#define MAGIC_SMB2 0xfe534d42UL
#define MAGIC_ZFS 0x2fc12fc1UL

static const struct {
	unsigned long magic;
	struct fs_traits traits;
} traits[] = {
	{ BTRFS_SUPER_MAGIC, { "btrfs", false, FS_CAN, FS_CAN, FS_CAN } },
	{ EXT4_SUPER_MAGIC, { "ext4", false, FS_CAN, FS_CAN, FS_CANNOT } },
	{ F2FS_SUPER_MAGIC, { "f2fs", false, FS_CAN, FS_CAN, FS_CANNOT } },
	{ MAGIC_BCACHEFS, { "bcachefs", false, FS_CAN, FS_CAN, FS_CAN } },
	{ MAGIC_CEPH, { "ceph", true, FS_CAN, FS_CANNOT, FS_CANNOT } },
	{ MAGIC_CIFS, { "cifs", true, FS_CAN_UNKNOWN, FS_CANNOT, FS_CANNOT } },
	{ MAGIC_EXFAT, { "exfat", false, FS_CANNOT, FS_CANNOT, FS_CANNOT } },
	{ MAGIC_FUSE,
	    { "fuse", false, FS_CAN_UNKNOWN, FS_CAN_UNKNOWN, FS_CANNOT } },
	{ MAGIC_SMB2, { "smb", true, FS_CAN_UNKNOWN, FS_CANNOT, FS_CANNOT } },
	{ MAGIC_ZFS, { "zfs", false, FS_CAN, FS_CAN_UNKNOWN, FS_CAN_UNKNOWN } },
	{ MSDOS_SUPER_MAGIC,
	    { "vfat", false, FS_CANNOT, FS_CAN_UNKNOWN, FS_CANNOT } },
	{ NFS_SUPER_MAGIC, { "nfs", true, FS_CAN, FS_CANNOT, FS_CANNOT } },
	{ OVERLAYFS_SUPER_MAGIC,
	    { "overlay", false, FS_CAN, FS_CAN, FS_CAN_UNKNOWN } },
	{ TMPFS_MAGIC, { "tmpfs", false, FS_CAN, FS_CAN, FS_CANNOT } },
	{ V9FS_MAGIC, { "9p", true, FS_CAN_UNKNOWN, FS_CANNOT, FS_CANNOT } },
	{ XFS_SUPER_MAGIC, { "xfs", false, FS_CAN, FS_CAN, FS_CAN_UNKNOWN } },
};

void
sys_traits(int fd, struct fs_traits *out)
{
	struct statfs fs;

	*out = (struct fs_traits){ 0 };
	if (fstatfs(fd, &fs) == -1)
		return;
	for (size_t i = 0; i < ARRAY_LEN(traits); i++) {
		/* f_type is signed on some machines: 32 bits count. */
		if (traits[i].magic == ((unsigned long)fs.f_type & 0xffffffff))
			*out = traits[i].traits;
	}
}

bool
sys_keeps_times(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) == -1)
		return false;
	switch (fs.f_type) {
	case BTRFS_SUPER_MAGIC:
	case EXT4_SUPER_MAGIC: /* and ext2, ext3 */
	case F2FS_SUPER_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case XFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

size_t
sys_processors(void)
{
	cpu_set_t set;

	/* It fails where there are more than a set holds. */
	return sched_getaffinity(0, sizeof(set), &set) == 0
		   ? (size_t)CPU_COUNT(&set)
		   : 1;
}

int
sys_sync(int fd)
{
	return fsync(fd);
}

int
sys_sync_fs(int fd)
{
	return syncfs(fd);
}

int
sys_create_clone(int from_fd, int dir_fd, const char *name, bool *cloned_out)
{
	int fd = openat(dir_fd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd != -1)
		*cloned_out = ioctl(fd, FICLONE, from_fd) == 0;
	return fd;
}

ssize_t
sys_copy_range(int from_fd, int to_fd, size_t len)
{
	return copy_file_range(from_fd, NULL, to_fd, NULL, len, 0);
}

ssize_t
sys_list_attrs(int fd, char *buf, size_t size_bytes)
{
	return flistxattr(fd, buf, size_bytes);
}

ssize_t
sys_get_attr(int fd, const char *name, void *buf, size_t size_bytes)
{
	return fgetxattr(fd, name, buf, size_bytes);
}

int
sys_set_attr(int fd, const char *name, const void *value, size_t len)
{
	return fsetxattr(fd, name, value, len, 0);
}

bool
sys_attrs_have_no_classes(void)
{
	return false;
}

int
sys_pipe(int fds[2])
{
	return pipe2(fds, O_CLOEXEC);
}

/* The first line of a small file of the system. */
static void
read_id(const char *path, char *out, size_t size_bytes)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd == -1 ? -1 : read(fd, out, size_bytes - 1);

	out[len > 0 ? len : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

void
sys_machine_id(char *out, size_t size_bytes)
{
	read_id("/etc/machine-id", out, size_bytes);
	/* What systemd leaves in an image until its first start. */
	if (strcmp(out, "uninitialized") == 0)
		out[0] = '\0';
}

void
sys_boot_id(char *out, size_t size_bytes)
{
	read_id("/proc/sys/kernel/random/boot_id", out, size_bytes);
}
