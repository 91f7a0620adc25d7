#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "fs.h"
#include "host.h"
#include "path.h"
#include "sys.h"

struct error *
fs_create(int dir_fd, const char *name, mode_t mode, int *fd_out)
{
	int fd = -1;

	if (!fault_before("open"))
		fd = openat(dir_fd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd == -1)
		return error_errno("create", name);
	fault_after("open");
	*fd_out = fd;
	return NULL;
}

struct error *
fs_create_anew(int dir_fd, const char *name, mode_t mode, int *fd_out)
{
	struct error *err = fs_create(dir_fd, name, mode, fd_out);

	if (!error_is_sys(err, EEXIST))
		return err;
	error_free(err); /* a dead run's: take its place */
	err = fs_unlink(dir_fd, name);
	return err != NULL ? err : fs_create(dir_fd, name, mode, fd_out);
}

struct error *
fs_write(int fd, const char *shown, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = -1;

		if (!fault_before("write"))
			n = write(fd, p, fault_write_len(len));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_errno("write", shown);
		fault_after("write");
		p += n;
		len -= (size_t)n;
	}
	return NULL;
}

/* A new file with this content, or none; is_synced: it is on the disk. */
static struct error *
create_whole(int dir_fd, const char *name, const void *data, size_t len,
    mode_t mode, bool is_synced)
{
	AUTO_CLOSE int fd = -1;

	struct error *err = fs_create(dir_fd, name, mode, &fd);
	if (err != NULL)
		return err;
	err = fs_write(fd, name, data, len);
	if (err == NULL && is_synced)
		err = fs_sync(fd, name);
	if (err != NULL)
		goto undo;
	return NULL;

undo:
	error_free(fs_unlink(dir_fd, name)); /* the first error is the one */
	return err;
}

struct error *
fs_create_file(int dir_fd, const char *name, const void *data, size_t len,
    mode_t mode)
{
	return create_whole(dir_fd, name, data, len, mode, false);
}

struct error *
fs_create_file_as(int dir_fd, const char *name, const void *data, size_t len,
    mode_t mode)
{
	struct fs_stat st = { 0 };
	struct error *err = create_whole(dir_fd, name, data, len, mode, false);

	if (err != NULL)
		return err;
	err = fs_stat(dir_fd, name, &st);
	/* Where modes cannot be set they are all the same. */
	if (err == NULL && st.mode != mode)
		err = fs_chmod(dir_fd, name, mode);
	if (err != NULL)
		error_free(fs_unlink(dir_fd, name)); /* the first is told */
	return err;
}

struct error *
fs_append(int dir_fd, const char *name, const void *data, size_t len)
{
	AUTO_CLOSE int fd =
	    openat(dir_fd, name, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1)
		return error_errno("open", name);
	return fs_write(fd, name, data, len);
}

struct error *
fs_write_atomic(int dir_fd, const char *name, const void *data, size_t len,
    mode_t mode)
{
	char token[HOST_TOKEN_LEN + 1];

	host_token(token);
	AUTO_FREE char *tmp = xasprintf(".%s.tmp-%s", name, token);
	struct error *err = create_whole(dir_fd, tmp, data, len, mode, true);
	if (err != NULL)
		return error_wrap(err, "write %s", name);
	err = fs_rename(dir_fd, tmp, dir_fd, name);
	if (err != NULL)
		goto undo;
	err = fs_sync(dir_fd, name);
	if (err != NULL)
		return error_wrap(err, "sync the directory of %s", name);
	return NULL;

undo:
	error_free(fs_unlink(dir_fd, tmp)); /* the first error is the one */
	return error_wrap(err, "write %s", name);
}

struct error *
fs_sync(int fd, const char *shown)
{
	if (fault_before("fsync") || sys_sync(fd) == -1)
		return error_errno("sync", shown);
	fault_after("fsync");
	return NULL;
}

struct error *
fs_sync_fs(int fd, const char *shown)
{
	if (fault_before("syncfs") || sys_sync_fs(fd) == -1)
		return error_errno("sync the file system of", shown);
	fault_after("syncfs");
	return NULL;
}

struct error *
fs_mkdirs(const char *abs, mode_t mode)
{
	struct fs_stat st;

	struct error *err = fs_stat_follow(AT_FDCWD, abs, &st);
	if (err != NULL || st.kind == FS_DIR)
		return err;
	AUTO_FREE char *parent = path_dir(abs);
	if (strcmp(parent, abs) != 0 && strcmp(parent, ".") != 0) {
		err = fs_mkdirs(parent, mode);
		if (err != NULL)
			return err;
	}
	AUTO_ERROR struct error *made = fs_mkdir(AT_FDCWD, abs, mode);
	if (!error_is_sys(made, EEXIST))
		return STEAL_PTR(made);
	/* Somebody was faster, or what stands there is no directory. */
	err = fs_stat_follow(AT_FDCWD, abs, &st);
	if (err != NULL || st.kind == FS_DIR)
		return err;
	return STEAL_PTR(made);
}
