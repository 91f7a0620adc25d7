/*
 * For tests that touch the disk: a directory of their own, gone afterwards.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "fs.h"
#include "tree.h"

/* A row for cmocka: the sentence that fn proves, in a directory of its own. */
#define IN_SCRATCH(sentence, fn)                                               \
	{                                                                      \
		(sentence), (fn), scratch_setup, scratch_teardown, NULL        \
	}

struct scratch {
	char *path; /* absolute, without links */
	int fd;
};

#define NOBODY 65534

static inline void
assert_ok(struct error *err)
{
	if (err != NULL)
		fail_msg("%s", error_msg(err));
}

static inline void
assert_sys(struct error *err, int sys)
{
	if (err == NULL)
		fail_msg("no error, but expected: %s", strerror(sys));
	if (!error_is_sys(err, sys))
		fail_msg("expected %s, got: %s", strerror(sys), error_msg(err));
	error_free(err);
}

static inline void
assert_code(struct error *err, enum error_code code)
{
	if (err == NULL)
		fail_msg("no error, but expected code %d", (int)code);
	if (error_code(err) != code)
		fail_msg("expected code %d, got: %s", (int)code,
		    error_msg(err));
	error_free(err);
}

static inline int
scratch_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct scratch *s = xcalloc(1, sizeof(*s));
	AUTO_FREE char *made = xasprintf("%s/skillshare-unit-XXXXXX",
	    tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");

	if (mkdtemp(made) == NULL)
		return -1;
	assert_ok(fs_open_dir(made, &s->fd));
	assert_ok(fs_fd_path(s->fd, &s->path));
	/* For those tests that become somebody else. */
	assert_int_equal(fchmod(s->fd, 0755), 0);
	*state = s;
	return 0;
}

static inline int
scratch_teardown(void **state)
{
	struct scratch *s = *state;
	AUTO_FREE char *parent_path = xasprintf("%s/..", s->path);
	AUTO_CLOSE int parent_fd = -1;

	assert_ok(fs_open_dir(parent_path, &parent_fd));
	assert_ok(tree_remove(parent_fd, strrchr(s->path, '/') + 1));
	(void)close(s->fd);
	free(s->path);
	free(s);
	return 0;
}

static inline void
put_file(int dir_fd, const char *name, const char *text)
{
	assert_ok(fs_create_file(dir_fd, name, text, strlen(text), 0644));
}

/* In the place of what is there. */
static inline void
put_bytes(int dir_fd, const char *name, const char *bytes, size_t len)
{
	AUTO_CLOSE int fd = openat(dir_fd, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
}

/* Makes a directory; returns it open. */
static inline int
put_dir(int dir_fd, const char *name)
{
	int fd;

	assert_ok(fs_mkdir(dir_fd, name, 0755));
	assert_ok(fs_open_dir_at(dir_fd, name, &fd));
	return fd;
}

static inline enum fs_kind
kind_at(int dir_fd, const char *name)
{
	struct fs_stat st;

	assert_ok(fs_stat(dir_fd, name, &st));
	return st.kind;
}

static inline void
assert_file(int dir_fd, const char *name, const char *text)
{
	AUTO_STRBUF struct strbuf got = { 0 };

	assert_ok(fs_read_file(dir_fd, name, 1 << 20, &got));
	assert_string_equal(strbuf_str(&got), text);
}

static inline void
assert_link(int dir_fd, const char *name, const char *text)
{
	AUTO_STRBUF struct strbuf got = { 0 };

	assert_ok(fs_read_link(dir_fd, name, &got));
	assert_string_equal(strbuf_str(&got), text);
}

/*
 * Root may do everything, which hides what others may not: gives up its
 * rights, if it has them, until become_root(). Skips where it cannot.
 */
static inline void
become_nobody(struct scratch *s)
{
	if (geteuid() != 0)
		return;
	if (fchown(s->fd, NOBODY, (gid_t)-1) == -1 || seteuid(NOBODY) == -1)
		skip();
}

static inline void
become_root(void)
{
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

#endif
