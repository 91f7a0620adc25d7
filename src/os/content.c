#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "sys.h"

#define BLOCK_BYTES ((size_t)64 * 1024)

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

/* to_fd -1: digest only. */
static struct error *
add_stream(int from_fd, const char *shown, int to_fd,
    struct digest_state *state)
{
	char buf[BLOCK_BYTES];
	off_t offset = 0;

	for (;;) {
		ssize_t n = pread(from_fd, buf, sizeof(buf), offset);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_errno("read", shown);
		if (n == 0)
			return NULL;
		digest_add(state, buf, (size_t)n);
		if (to_fd != -1) {
			struct error *err =
			    fs_write(to_fd, shown, buf, (size_t)n);
			if (err != NULL)
				return err;
		}
		offset += n;
	}
}

static struct error *
stream(int from_fd, const char *shown, int to_fd, struct digest *out)
{
	struct digest_state state;

	digest_init(&state);
	struct error *err = add_stream(from_fd, shown, to_fd, &state);
	if (err == NULL)
		*out = digest_final(&state);
	return err;
}

struct error *
content_add(int fd, const char *shown, struct digest_state *state)
{
	return add_stream(fd, shown, -1, state);
}

static struct error *
finish(int fd, const char *shown, const struct content_to *to)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		content_timespec(to->mtime_ns),
	};

	if (fault_before("chmod") || fchmod(fd, to->mode) == -1)
		return error_errno("change the mode of", shown);
	fault_after("chmod");
	if (fault_before("utimens") || futimens(fd, times) == -1)
		return error_errno("set the times of", shown);
	fault_after("utimens");
	return NULL;
}

struct error *
content_read(int from_fd, const char *shown, const struct content_to *to,
    struct digest *out)
{
	AUTO_CLOSE int to_fd = -1;
	struct digest digest;
	bool is_cloned = false;

	if (to == NULL)
		return stream(from_fd, shown, -1, out);
	if (!fault_before("open"))
		to_fd =
		    sys_create_clone(from_fd, to->dir_fd, to->name, &is_cloned);
	if (to_fd == -1)
		return error_errno("create", to->name);
	fault_after("open");
	/* What was cloned is read from the clone: nobody writes to that. */
	struct error *err = is_cloned ? stream(to_fd, shown, -1, &digest)
				      : stream(from_fd, shown, to_fd, &digest);
	if (err == NULL)
		err = finish(to_fd, shown, to);
	if (err != NULL)
		goto undo;
	*out = digest;
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
