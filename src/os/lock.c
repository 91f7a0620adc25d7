#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "fs.h"

#define NOTE_MAX_BYTES 1024

/* Sets the lock at once or not at all. */
static int
set_lock(int fd)
{
#ifdef F_OFD_SETLK
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &whole);
#else
	return flock(fd, LOCK_EX | LOCK_NB);
#endif
}

/* 1: another holds it, 0: nobody does, -1: errno. */
static int
ask_lock(int fd)
{
#ifdef F_OFD_SETLK
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_GETLK, &whole) == -1)
		return -1;
	return whole.l_type != F_UNLCK;
#else
	/* Let go as fd is closed: flock() cannot ask without taking. */
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return 0;
	return errno == EWOULDBLOCK ? 1 : -1;
#endif
}

static struct error *
busy_or_errno(const char *name)
{
	if (errno == EAGAIN || errno == EACCES || errno == EWOULDBLOCK)
		return error_new(ERR_BUSY, "%s is locked by another run", name);
	return error_errno("lock", name);
}

struct error *
lock_take(int dir_fd, const char *name, struct lock *out)
{
	AUTO_CLOSE int fd = -1;

	if (!fault_before("open"))
		fd = openat(dir_fd, name,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return error_errno("open", name);
	fault_after("open");
	if (set_lock(fd) == -1)
		return busy_or_errno(name);
	out->fd = STEAL_FD(fd);
	return NULL;
}

struct error *
lock_take_dir(int fd, const char *shown, struct lock *out)
{
	/* Not dup(): that would share one lock with whoever else has fd. */
	AUTO_CLOSE int own_fd =
	    openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (own_fd == -1)
		return error_errno("open", shown);
	if (flock(own_fd, LOCK_EX | LOCK_NB) == -1)
		return busy_or_errno(shown);
	out->fd = STEAL_FD(own_fd);
	return NULL;
}

struct error *
lock_note(struct lock *lock, const char *text)
{
	AUTO_FREE char *line = xasprintf("%s\n", text);
	size_t len = strlen(line);
	struct fs_stat st = { 0 };
	struct error *err = fs_stat_fd(lock->fd, "the lock", &st);

	if (err != NULL)
		return err;
	if (!lock->is_noted)
		lock->mtime_ns = st.mtime_ns;
	lock->is_noted = true;

	/* Written over the last holder's, then cut: never empty between. */
	if (fault_before("write") ||
	    pwrite(lock->fd, line, len, 0) != (ssize_t)len)
		return error_errno("write", "the lock's note");
	fault_after("write");
	if (fault_before("truncate") || ftruncate(lock->fd, (off_t)len) == -1)
		return error_errno("truncate", "the lock's note");
	fault_after("truncate");
	return NULL;
}

static char *
read_note(int fd)
{
	char text[NOTE_MAX_BYTES];
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	len = (ssize_t)strcspn(text, "\n");
	/* Its first moment and its last have none. */
	return len > 0 ? xstrndup(text, (size_t)len)
		       : xstrdup("it does not say which");
}

struct error *
lock_probe(int dir_fd, const char *name, bool *held_out, char **note_out)
{
	AUTO_CLOSE int fd = openat(dir_fd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1 && errno != ENOENT)
		return error_errno("open", name);
	int held = fd == -1 ? 0 : ask_lock(fd);
	if (held == -1)
		return error_errno("look at the lock", name);
	*held_out = held == 1;
	if (note_out != NULL)
		*note_out = held == 1 ? read_note(fd) : xstrdup("");
	return NULL;
}

/* What cannot be taken away is written over by the next holder. */
static void
remove_note(const struct lock *lock)
{
	const struct timespec times[] = {
		{ .tv_nsec = UTIME_OMIT },
		{
		    .tv_sec = (time_t)(lock->mtime_ns / 1000000000),
		    .tv_nsec = (long)(lock->mtime_ns % 1000000000),
		},
	};

	if (fault_before("truncate") || ftruncate(lock->fd, 0) == -1)
		return;
	fault_after("truncate");
	(void)futimens(lock->fd, times);
}

void
lock_release(struct lock *lock)
{
	if (lock->fd != -1 && lock->is_noted)
		remove_note(lock);
	lock->is_noted = false;
	base_close_fd(&lock->fd);
	lock->fd = -1;
}
