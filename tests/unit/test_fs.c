#include "scratch.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

static void
test_stat_kinds(void **state)
{
	const struct scratch *s = *state;
	static const struct {
		const char *name;
		enum fs_kind kind;
		enum fs_kind followed;
	} rows[] = {
		{ "file", FS_FILE, FS_FILE },
		{ "dir", FS_DIR, FS_DIR },
		{ "fifo", FS_OTHER, FS_OTHER },
		{ "absent", FS_ABSENT, FS_ABSENT },
		{ "to-file", FS_LINK, FS_FILE },
		{ "to-dir", FS_LINK, FS_DIR },
		{ "dangling", FS_LINK, FS_ABSENT },
		{ "loop", FS_LINK, FS_ABSENT },
		{ "through-file", FS_LINK, FS_ABSENT },
	};

	put_file(s->fd, "file", "x");
	assert_ok(fs_mkdir(s->fd, "dir", 0755));
	assert_int_equal(mkfifoat(s->fd, "fifo", 0600), 0);
	assert_ok(fs_symlink("file", s->fd, "to-file"));
	assert_ok(fs_symlink("dir", s->fd, "to-dir"));
	assert_ok(fs_symlink("nowhere", s->fd, "dangling"));
	assert_ok(fs_symlink("loop", s->fd, "loop"));
	assert_ok(fs_symlink("file/x", s->fd, "through-file"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fs_stat st;
		assert_ok(fs_stat(s->fd, rows[i].name, &st));
		if (st.kind != rows[i].kind)
			fail_msg("%s is %d", rows[i].name, (int)st.kind);
		assert_ok(fs_stat_follow(s->fd, rows[i].name, &st));
		if (st.kind != rows[i].followed)
			fail_msg("%s leads to %d", rows[i].name, (int)st.kind);
	}
}

static void
test_stat_values(void **state)
{
	const struct scratch *s = *state;
	static const struct timespec times[2] = { { 1, 5 }, { 1000, 7 } };
	struct fs_stat st, by_fd;
	struct stat want;

	put_file(s->fd, "f", "12345");
	assert_ok(fs_chmod(s->fd, "f", 04755));
	assert_int_equal(utimensat(s->fd, "f", times, 0), 0);
	assert_int_equal(fstatat(s->fd, "f", &want, 0), 0);
	assert_ok(fs_stat(s->fd, "f", &st));
	assert_int_equal(st.mode, 04755);
	assert_int_equal(st.size_bytes, 5);
	assert_int_equal(st.nlink, 1);
	assert_int_equal(st.ino, want.st_ino);
	assert_int_equal(st.dev, want.st_dev);
	assert_int_equal(st.uid, want.st_uid);
	assert_int_equal(st.gid, want.st_gid);
	assert_int_equal(st.mtime_ns, INT64_C(1000000000007));
	assert_true(st.ctime_ns > st.mtime_ns);
	assert_false(st.is_mount_root);

	AUTO_CLOSE int fd = -1;
	assert_ok(fs_open_file_at(s->fd, "f", &fd));
	assert_ok(fs_stat_fd(fd, "f", &by_fd));
	assert_true(fs_id_equal(fs_id_of(&st), fs_id_of(&by_fd)));
	put_file(s->fd, "g", "12345");
	assert_ok(fs_stat(s->fd, "g", &by_fd));
	assert_false(fs_id_equal(fs_id_of(&st), fs_id_of(&by_fd)));
}

static void
test_mount_root(void **state)
{
	struct fs_stat st;
	(void)state;
	AUTO_CLOSE int fd = -1;

	assert_ok(fs_open_dir("/", &fd));
	assert_ok(fs_stat(fd, "proc", &st));
	if (st.kind == FS_ABSENT)
		skip();
	assert_true(st.is_mount_root);
}

static void
test_open_dir(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int by_path = -1;
	int fd = -7;

	put_file(s->fd, "file", "");
	(void)close(put_dir(s->fd, "dir"));
	assert_ok(fs_symlink("dir", s->fd, "link"));
	AUTO_FREE char *linked = xasprintf("%s/link", s->path);
	assert_ok(fs_open_dir(linked, &by_path));
	assert_sys(fs_open_dir_at(s->fd, "file", &fd), ENOTDIR);
	assert_sys(fs_open_dir_at(s->fd, "absent", &fd), ENOENT);
	struct error *err = fs_open_dir_at(s->fd, "link", &fd);
	assert_true(error_is_sys(err, ELOOP) || error_is_sys(err, ENOTDIR));
	error_free(err);
	assert_int_equal(fd, -7);
}

static void
test_open_file(void **state)
{
	const struct scratch *s = *state;
	int fd = -7;
	AUTO_CLOSE int dir_fd = put_dir(s->fd, "dir");
	AUTO_CLOSE int inside = -1;

	put_file(s->fd, "secret", "outside");
	put_file(dir_fd, "file", "inside");
	assert_int_equal(mkfifoat(dir_fd, "fifo", 0600), 0);
	assert_ok(fs_symlink("file", dir_fd, "to-file"));
	assert_ok(fs_symlink("../secret", dir_fd, "out"));
	AUTO_FREE char *abs = xasprintf("%s/dir/file", s->path);
	assert_ok(fs_symlink(abs, dir_fd, "abs"));
	assert_ok(fs_symlink("/proc/self/fd/0", dir_fd, "magic"));

	assert_ok(fs_open_file_at(dir_fd, "file", &inside));
	assert_sys(fs_open_file_at(dir_fd, "fifo", &fd), EINVAL);
	assert_sys(fs_open_file_at(dir_fd, ".", &fd), EISDIR);
	assert_sys(fs_open_file_at(dir_fd, "absent", &fd), ENOENT);
	static const char *const out[] = { "out", "abs", "magic", "../secret" };
	for (size_t i = 0; i < ARRAY_LEN(out); i++) {
		struct error *err = fs_open_file_at(dir_fd, out[i], &fd);
		if (!error_is_sys(err, EXDEV) && !error_is_sys(err, ELOOP))
			fail_msg("%s led out of the directory", out[i]);
		error_free(err);
	}
	assert_int_equal(fd, -7);
#ifdef __linux__
	struct error *err = fs_open_file_at(dir_fd, "to-file", &fd);
	if (err == NULL)
		(void)close(fd);
	else
		assert_sys(err, ELOOP); /* a kernel without openat2 */
#endif
}

static void
test_fd_path(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "a (deleted)");
	AUTO_FREE char *path = NULL;
	AUTO_FREE char *want = xasprintf("%s/a (deleted)", s->path);
	AUTO_FREE char *moved = NULL;
	char *none = NULL;

	assert_ok(fs_fd_path(fd, &path));
	assert_string_equal(path, want);
	assert_ok(fs_rename(s->fd, "a (deleted)", s->fd, "b"));
	assert_ok(fs_fd_path(fd, &moved));
	assert_string_equal(strrchr(moved, '/'), "/b");
	assert_ok(fs_rmdir(s->fd, "b"));
	assert_sys(fs_fd_path(fd, &none), ENOENT);
	/* The kernel's words for it, made true by somebody else. */
	assert_ok(fs_mkdir(s->fd, "b (deleted)", 0755));
	assert_sys(fs_fd_path(fd, &none), ENOENT);
	assert_null(none);
}

static void
test_read_link(void **state)
{
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf text = { 0 };
	char longest[4096];

	memset(longest, 'x', sizeof(longest));
	longest[4000] = '\0';
	strbuf_add(&text, "before");
	assert_ok(fs_symlink("a\n../\377", s->fd, "l"));
	assert_ok(fs_read_link(s->fd, "l", &text));
	assert_string_equal(strbuf_str(&text), "a\n../\377");
	put_file(s->fd, "f", "");
	assert_sys(fs_read_link(s->fd, "f", &text), EINVAL);
	assert_sys(fs_read_link(s->fd, "absent", &text), ENOENT);
	assert_string_equal(strbuf_str(&text), "a\n../\377");
	if (symlinkat(longest, s->fd, "long") == 0) {
		assert_ok(fs_read_link(s->fd, "long", &text));
		assert_int_equal(text.len, 4000);
	}
}

static void
test_list(void **state)
{
	const struct scratch *s = *state;
	static const char *const names[] = { "", ".hidden", "B", "a", "a b",
		"a-b", "b", "fifo", "\303\244" };

	AUTO_CLOSE int fd = put_dir(s->fd, "d");
	for (int round = 0; round < 2; round++) {
		AUTO_FS_LIST struct fs_list list = { 0 };
		assert_ok(fs_list(fd, "d", &list));
		assert_int_equal(list.n, 0);
	}
	put_file(fd, "b", "");
	put_file(fd, "a", "");
	put_file(fd, "\303\244", "");
	assert_ok(fs_mkdir(fd, "B", 0755));
	assert_ok(fs_symlink("x", fd, "a-b"));
	put_file(fd, "a b", "");
	put_file(fd, ".hidden", "");
	assert_int_equal(mkfifoat(fd, "fifo", 0600), 0);
	/* Twice: the position of fd is not used up. */
	for (int round = 0; round < 2; round++) {
		AUTO_FS_LIST struct fs_list list = { 0 };
		assert_ok(fs_list(fd, "d", &list));
		assert_int_equal(list.n, ARRAY_LEN(names) - 1);
		for (size_t i = 0; i < list.n; i++)
			assert_string_equal(list.entries[i].name, names[i + 1]);
		assert_int_equal(list.entries[0].kind, FS_FILE);
		assert_int_equal(list.entries[1].kind, FS_DIR);
		assert_int_equal(list.entries[4].kind, FS_LINK);
		assert_int_equal(list.entries[6].kind, FS_OTHER);
	}
}

/* What came to stand where a listing saw a file neither blocks nor leads on. */
static void
test_open_listed(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int file = -1;
	AUTO_CLOSE int dir = -1;
	AUTO_CLOSE int fifo = -1;
	int none = -1;
	char byte;

	put_file(s->fd, "f", "x");
	assert_ok(fs_mkdir(s->fd, "d", 0755));
	assert_ok(fs_symlink("f", s->fd, "l"));
	assert_int_equal(mkfifoat(s->fd, "fifo", 0600), 0);
	assert_ok(fs_open_listed_at(s->fd, "f", &file));
	assert_int_equal(read(file, &byte, 1), 1);
	assert_ok(fs_open_listed_at(s->fd, "d", &dir));
	assert_int_equal(read(dir, &byte, 1), -1);
	assert_int_equal(errno, EISDIR);
	assert_ok(fs_open_listed_at(s->fd, "fifo", &fifo));
	assert_int_equal(read(fifo, &byte, 1), 0);
	assert_sys(fs_open_listed_at(s->fd, "l", &none), ELOOP);
	assert_sys(fs_open_listed_at(s->fd, "absent", &none), ENOENT);
	assert_int_equal(none, -1);
}

static void
test_list_many(void **state)
{
	const struct scratch *s = *state;
	AUTO_FS_LIST struct fs_list list = { 0 };
	char name[32];

	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "n%05d", 2999 - i);
		assert_ok(fs_symlink("x", s->fd, name));
	}
	assert_ok(fs_list(s->fd, "many", &list));
	assert_int_equal(list.n, 3000);
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "n%05d", i);
		assert_string_equal(list.entries[i].name, name);
	}
}

static void
test_read_file(void **state)
{
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_FREE char *large = xmalloc(100000);

	memset(large, 'y', 100000);
	assert_ok(fs_create_file(s->fd, "f", "ab\0cd", 5, 0644));
	assert_ok(fs_create_file(s->fd, "large", large, 100000, 0644));
	assert_ok(fs_create_file(s->fd, "empty", "", 0, 0644));
	assert_ok(fs_symlink("f", s->fd, "link"));
	strbuf_add(&text, "before");
	assert_ok(fs_read_file(s->fd, "link", 5, &text));
	assert_int_equal(text.len, 5);
	assert_memory_equal(strbuf_str(&text), "ab\0cd", 6);
	assert_code(fs_read_file(s->fd, "f", 4, &text), ERR_REFUSED);
	assert_code(fs_read_file(s->fd, "large", 99999, &text), ERR_REFUSED);
	assert_sys(fs_read_file(s->fd, ".", 5, &text), EISDIR);
	assert_sys(fs_read_file(s->fd, "absent", 5, &text), ENOENT);
	assert_int_equal(text.len, 5);
	assert_ok(fs_read_file(s->fd, "large", 100000, &text));
	assert_int_equal(text.len, 100000);
	assert_ok(fs_read_file(s->fd, "empty", 0, &text));
	assert_string_equal(strbuf_str(&text), "");
	AUTO_FREE char *abs = xasprintf("%s/f", s->path);
	assert_ok(fs_read_file(AT_FDCWD, abs, 5, &text));
	assert_int_equal(mkfifoat(s->fd, "fifo", 0600), 0);
	assert_sys(fs_read_file(s->fd, "fifo", 5, &text), EINVAL);
}

static void
test_rights(void **state)
{
	struct scratch *s = *state;

	become_nobody(s);
	put_file(s->fd, "yes", "");
	put_file(s->fd, "no", "");
	assert_ok(fs_symlink("no", s->fd, "link"));
	assert_ok(fs_symlink("nowhere", s->fd, "dangling"));
	assert_ok(fs_chmod(s->fd, "no", 0));
	assert_ok(fs_can_read(s->fd, "yes"));
	assert_sys(fs_can_read(s->fd, "no"), EACCES);
	assert_sys(fs_can_read(s->fd, "link"), EACCES);
	assert_sys(fs_can_read(s->fd, "dangling"), ENOENT);
	assert_true(fs_is_writable_dir(s->fd));
	assert_int_equal(fchmod(s->fd, 0555), 0);
	assert_false(fs_is_writable_dir(s->fd));
	assert_int_equal(fchmod(s->fd, 0755), 0);
	become_root();
}

static void
test_crosses(void **state)
{
	const struct scratch *s = *state;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_CLOSE int dir_fd = put_dir(s->fd, "d");
	AUTO_CLOSE int proc_fd = -1;

	assert_false(fs_crosses(s->fd, dir_fd));
	assert_false(fs_crosses(s->fd, s->fd));
	AUTO_ERROR struct error *err = fs_open_dir("/proc", &proc_fd);
	if (err == NULL)
		assert_true(fs_crosses(s->fd, proc_fd));
	assert_ok(fs_list(s->fd, "scratch", &list));
	assert_int_equal(list.n, 1); /* the question left nothing */
}

static void
test_free_space(void **state)
{
	const struct scratch *s = *state;
	uint64_t bytes = 0, inodes = 0;

	fs_free_space(s->fd, &bytes, &inodes);
	assert_true(bytes > 0);
	assert_true(inodes > 0);
	fs_free_space(-1, &bytes, &inodes);
	assert_true(bytes == UINT64_MAX);
	assert_true(inodes == UINT64_MAX);
}

static void
test_taken(void **state)
{
	const struct scratch *s = *state;
	int fd = -7;
	static const char *const taken[] = { "file", "dir", "dangling" };

	put_file(s->fd, "file", "old");
	assert_ok(fs_mkdir(s->fd, "dir", 0755));
	assert_ok(fs_symlink("nowhere", s->fd, "dangling"));
	put_file(s->fd, "mine", "mine");
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		const char *name = taken[i];
		assert_sys(fs_mkdir(s->fd, name, 0755), EEXIST);
		assert_sys(fs_symlink("x", s->fd, name), EEXIST);
		assert_sys(fs_create_file(s->fd, name, "new", 3, 0644), EEXIST);
		assert_sys(fs_create(s->fd, name, 0644, &fd), EEXIST);
		assert_sys(fs_hard_link(s->fd, "mine", s->fd, name), EEXIST);
		assert_sys(fs_rename_noreplace(s->fd, "mine", s->fd, name),
		    EEXIST);
	}
	assert_int_equal(fd, -7);
	assert_file(s->fd, "file", "old");
	assert_file(s->fd, "mine", "mine");
	assert_int_equal(kind_at(s->fd, "dir"), FS_DIR);
	assert_int_equal(kind_at(s->fd, "nowhere"), FS_ABSENT);
}

static void
test_renames(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int dir_fd = put_dir(s->fd, "dir");

	put_file(s->fd, "a", "a");
	assert_ok(fs_rename_noreplace(s->fd, "a", dir_fd, "b"));
	assert_int_equal(kind_at(s->fd, "a"), FS_ABSENT);
	assert_file(dir_fd, "b", "a");
	put_file(s->fd, "c", "c");
	assert_ok(fs_rename(s->fd, "c", dir_fd, "b"));
	assert_file(dir_fd, "b", "c");
	assert_sys(fs_rename(s->fd, "absent", dir_fd, "b"), ENOENT);
	assert_sys(fs_rename_noreplace(s->fd, "absent", dir_fd, "x"), ENOENT);
	assert_sys(fs_rename_noreplace(s->fd, "dir", dir_fd, "in-itself"),
	    EINVAL);
}

static void
test_exchange(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int dir_fd = put_dir(s->fd, "dir");
	AUTO_CLOSE int full_fd = put_dir(s->fd, "full");

	put_file(full_fd, "in", "in");
	assert_ok(fs_symlink("text", dir_fd, "link"));
	assert_ok(fs_exchange(s->fd, "full", dir_fd, "link"));
	assert_link(s->fd, "full", "text");
	assert_file(dir_fd, "link/in", "in");
	assert_sys(fs_exchange(s->fd, "full", dir_fd, "absent"), ENOENT);
	assert_link(s->fd, "full", "text");
}

static void
test_remove(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int dir_fd = put_dir(s->fd, "dir");

	put_file(dir_fd, "f", "");
	assert_ok(fs_symlink("dir", s->fd, "link"));
	assert_sys(fs_rmdir(s->fd, "dir"), ENOTEMPTY);
	assert_sys(fs_rmdir(s->fd, "link"), ENOTDIR);
	struct error *err = fs_unlink(s->fd, "dir");
	assert_true(error_is_sys(err, EISDIR) || error_is_sys(err, EPERM));
	error_free(err);
	assert_ok(fs_unlink(s->fd, "link"));
	assert_file(dir_fd, "f", "");
	assert_ok(fs_unlink(dir_fd, "f"));
	assert_ok(fs_rmdir(s->fd, "dir"));
	assert_sys(fs_unlink(s->fd, "link"), ENOENT);
}

static void
test_chmod(void **state)
{
	const struct scratch *s = *state;
	struct fs_stat st;

	put_file(s->fd, "f", "");
	assert_ok(fs_symlink("f", s->fd, "link"));
	assert_ok(fs_chmod(s->fd, "f", 0640));
	error_free(fs_chmod(s->fd, "link", 0777)); /* may or may not be one */
	assert_ok(fs_stat(s->fd, "f", &st));
	assert_int_equal(st.mode, 0640);
}

static void
test_write_atomic(void **state)
{
	const struct scratch *s = *state;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct fs_stat st;

	assert_ok(fs_write_atomic(s->fd, "f", "one", 3, 0600));
	assert_file(s->fd, "f", "one");
	assert_ok(fs_stat(s->fd, "f", &st));
	assert_int_equal(st.mode, 0600);
	assert_ok(fs_hard_link(s->fd, "f", s->fd, "old"));
	assert_ok(fs_write_atomic(s->fd, "f", "other", 5, 0600));
	assert_file(s->fd, "f", "other");
	assert_file(s->fd, "old", "one");
	assert_ok(fs_mkdir(s->fd, "dir", 0755));
	assert_sys(fs_write_atomic(s->fd, "dir", "x", 1, 0600), EISDIR);
	assert_ok(fs_list(s->fd, "scratch", &list));
	assert_int_equal(list.n, 3); /* and nothing temporary */
}

static void
test_write(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = -1;

	assert_ok(fs_create(s->fd, "f", 0644, &fd));
	assert_ok(fs_write(fd, "f", "ab", 2));
	assert_ok(fs_write(fd, "f", "", 0));
	assert_ok(fs_write(fd, "f", "cd", 2));
	assert_ok(fs_sync(fd, "f"));
	assert_ok(fs_sync_fs(s->fd, "scratch"));
	assert_file(s->fd, "f", "abcd");
	AUTO_CLOSE int full_fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (full_fd != -1)
		assert_sys(fs_write(full_fd, "full", "x", 1), ENOSPC);
}

static void
test_mkdirs(void **state)
{
	const struct scratch *s = *state;
	AUTO_FREE char *deep = xasprintf("%s/a/b/c", s->path);
	AUTO_FREE char *below_file = xasprintf("%s/f/x", s->path);
	AUTO_FREE char *file = xasprintf("%s/f", s->path);
	AUTO_FREE char *linked = xasprintf("%s/link/d", s->path);
	AUTO_FREE char *dangling = xasprintf("%s/dangling", s->path);

	assert_ok(fs_mkdirs(deep, 0755));
	assert_int_equal(kind_at(s->fd, "a/b/c"), FS_DIR);
	assert_ok(fs_mkdirs(deep, 0755));
	assert_ok(fs_mkdirs("/", 0755));
	put_file(s->fd, "f", "");
	assert_sys(fs_mkdirs(file, 0755), EEXIST);
	assert_sys(fs_mkdirs(below_file, 0755), EEXIST);
	assert_ok(fs_symlink("a/b", s->fd, "link"));
	assert_ok(fs_mkdirs(linked, 0755));
	assert_int_equal(kind_at(s->fd, "a/b/d"), FS_DIR);
	assert_ok(fs_symlink("nowhere", s->fd, "dangling"));
	assert_sys(fs_mkdirs(dangling, 0755), EEXIST);
	assert_int_equal(kind_at(s->fd, "nowhere"), FS_ABSENT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("a name is of one kind, what it leads to of another",
		    test_stat_kinds),
		IN_SCRATCH("modes, sizes, times and identity are told",
		    test_stat_values),
		IN_SCRATCH("a mount is seen as one", test_mount_root),
		IN_SCRATCH("a directory is opened by name, a link is not",
		    test_open_dir),
		IN_SCRATCH("a file is opened only inside its directory",
		    test_open_file),
		IN_SCRATCH("the path of a removed directory is an error",
		    test_fd_path),
		IN_SCRATCH("link texts are read as they are", test_read_link),
		IN_SCRATCH("a list is sorted by bytes and can be had again",
		    test_list),
		IN_SCRATCH("a listed file is opened without another look",
		    test_open_listed),
		IN_SCRATCH("a long list is whole", test_list_many),
		IN_SCRATCH("a file is read whole, up to its maximum",
		    test_read_file),
		IN_SCRATCH("what we may not do is known before", test_rights),
		IN_SCRATCH("mounts are crossed, directories are not",
		    test_crosses),
		IN_SCRATCH("free space is known, or known to be unknown",
		    test_free_space),
		IN_SCRATCH("nothing replaces what has the name already",
		    test_taken),
		IN_SCRATCH("renames move, and only rename replaces",
		    test_renames),
		IN_SCRATCH("an exchange swaps a full directory and a link",
		    test_exchange),
		IN_SCRATCH("removing takes the name, not what it leads to",
		    test_remove),
		IN_SCRATCH("a mode is never changed through a link",
		    test_chmod),
		IN_SCRATCH("a file is replaced whole, or not",
		    test_write_atomic),
		IN_SCRATCH("what is written follows what was written",
		    test_write),
		IN_SCRATCH("missing parents are made, links followed",
		    test_mkdirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
