#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attrs.h"
#include "fault.h"
#include "sys.h"

#define BLOCK_BYTES CONTENT_HELD_MAX

struct timespec
content_timespec(int64_t ns)
{
	int64_t rest = ns % 1000000000;

	if (rest < 0)
		rest += 1000000000;
	return (struct timespec){
		.tv_sec = (time_t)((ns - rest) / 1000000000),
		.tv_nsec = (long)rest,
	};
}

/* One read at offset; *n_out is 0 at the end. */
static struct error *
read_at(int fd, const char *shown, char *buf, size_t len, off_t offset,
    size_t *n_out)
{
	ssize_t n;

	do
		n = pread(fd, buf, len, offset);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return error_errno("read", shown);
	*n_out = (size_t)n;
	return NULL;
}

/*
 * A read that got less than it asked for came to the end: of that its size is
 * the second witness, which a file that grows meanwhile does not have.
 */
static bool
is_end(size_t n, off_t offset, uint64_t size_bytes)
{
	return n == 0 ||
	       (n < BLOCK_BYTES && (uint64_t)offset + n == size_bytes);
}

/* to_fd -1: digest only. */
static struct error *
add_stream(int from_fd, const char *shown, uint64_t size_bytes, int to_fd,
    struct digest_state *state)
{
	char buf[BLOCK_BYTES];
	off_t offset = 0;
	size_t n = 0;

	do {
		struct error *err =
		    read_at(from_fd, shown, buf, sizeof(buf), offset, &n);
		if (err != NULL)
			return err;
		digest_add(state, buf, n);
		if (to_fd != -1) {
			err = fs_write(to_fd, shown, buf, n);
			if (err != NULL)
				return err;
		}
		offset += (off_t)n;
	} while (!is_end(n, offset - (off_t)n, size_bytes));
	return NULL;
}

struct error *
content_add(int fd, const char *shown, uint64_t size_bytes,
    struct digest_state *state)
{
	return add_stream(fd, shown, size_bytes, -1, state);
}

static struct error *
set_time(int fd, const char *shown, int64_t mtime_ns)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		content_timespec(mtime_ns),
	};

	if (fault_before("utimens") || futimens(fd, times) == -1)
		return error_errno("set the times of", shown);
	fault_after("utimens");
	return NULL;
}

/* A new file; *cloned_out: all of from_fd is in it. */
static struct error *
create(int from_fd, const struct content_to *to, int *fd_out, bool *cloned_out)
{
	int fd = -1;

	if (to->clones != NULL && !*to->clones)
		return fs_create(to->dir_fd, to->name, 0600, fd_out);
	if (!fault_before("open"))
		fd =
		    sys_create_clone(from_fd, to->dir_fd, to->name, cloned_out);
	if (fd == -1)
		return error_errno("create", to->name);
	fault_after("open");
	if (to->clones != NULL)
		*to->clones = *cloned_out;
	*fd_out = fd;
	return NULL;
}

struct error *
content_copy(int from_fd, const char *shown, uint64_t size_bytes,
    const struct content_to *to, struct digest_state *state)
{
	AUTO_CLOSE int to_fd = -1;
	bool is_cloned = false;
	struct error *err = create(from_fd, to, &to_fd, &is_cloned);
	if (err != NULL)
		return err;
	/* What was cloned is read from the clone: nobody writes to that. */
	if (is_cloned)
		err = add_stream(to_fd, shown, size_bytes, -1, state);
	else
		err = add_stream(from_fd, shown, size_bytes, to_fd, state);
	if (err == NULL && to->attrs)
		err = attrs_copy(from_fd, to_fd, shown);
	if (err == NULL)
		err = fs_chmod_fd(to_fd, shown, to->mode);
	if (err == NULL)
		err = set_time(to_fd, shown, to->mtime_ns);
	if (err != NULL)
		goto undo;
	return NULL;

undo:
	error_free(fs_unlink(to->dir_fd, to->name)); /* the first one counts */
	return err;
}

struct error *
content_read(int from_fd, const char *shown, uint64_t size_bytes,
    const struct content_to *to, struct digest *out)
{
	struct digest_state state;

	digest_init(&state);
	struct error *err =
	    to == NULL ? add_stream(from_fd, shown, size_bytes, -1, &state)
		       : content_copy(from_fd, shown, size_bytes, to, &state);
	if (err == NULL)
		*out = digest_final(&state);
	return err;
}

struct error *
content_hold_some(int from_fd, const char *shown, struct content_held *held)
{
	return read_at(from_fd, shown, held->bytes, sizeof(held->bytes), 0,
	    &held->len);
}

struct error *
content_hold(int from_fd, const char *shown, uint64_t size_bytes,
    struct content_held *held, struct digest *out)
{
	char beyond;
	size_t n = 0;

	struct error *err = content_hold_some(from_fd, shown, held);
	if (err == NULL && !is_end(held->len, 0, size_bytes))
		err = read_at(from_fd, shown, &beyond, 1, (off_t)held->len, &n);
	if (err == NULL && n > 0)
		err = error_new(ERR_CONFLICT, "%s grew while it was being read",
		    shown);
	if (err != NULL)
		return err;
	*out = digest_of(held->bytes, held->len);
	return NULL;
}

struct error *
content_write(const struct content_held *held, const struct content_to *to,
    struct fs_stat *st_out)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_create(to->dir_fd, to->name, to->mode, &fd);

	if (err != NULL)
		return err;
	err = fs_write(fd, to->name, held->bytes, held->len);
	if (err == NULL)
		err = set_time(fd, to->name, to->mtime_ns);
	if (err == NULL)
		err = fs_stat_fd(fd, to->name, st_out);
	if (err == NULL && st_out->mode != to->mode) /* the umask's doing */
		err = fs_chmod_fd(fd, to->name, to->mode);
	if (err != NULL)
		goto undo;
	return NULL;

undo:
	error_free(fs_unlink(to->dir_fd, to->name)); /* the first one counts */
	return err;
}

struct error *
content_set_mtime(int dir_fd, const char *name, int64_t mtime_ns)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		content_timespec(mtime_ns),
	};

	if (fault_before("utimens") ||
	    utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW) == -1)
		return error_errno("set the times of", name);
	fault_after("utimens");
	return NULL;
}
