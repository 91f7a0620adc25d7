#include "tree.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

#include "scratch.h"

#define MIB ((off_t)1024 * 1024)

static struct tree_sum
sum_of(int dir_fd, const char *name)
{
	struct tree_sum sum;

	assert_ok(tree_digest(dir_fd, name, &sum));
	return sum;
}

static void
assert_same_sum(struct tree_sum a, struct tree_sum b)
{
	assert_true(digest_equal(&a.digest, &b.digest));
	assert_int_equal(a.files, b.files);
	assert_int_equal(a.size_bytes, b.size_bytes);
}

static void
set_mtime(int dir_fd, const char *name, time_t s, long ns)
{
	const struct timespec times[2] = { { s, ns }, { s, ns } };

	assert_int_equal(utimensat(dir_fd, name, times, AT_SYMLINK_NOFOLLOW),
	    0);
}

/* A file of size bytes, with text at the offset and nothing elsewhere. */
static void
put_sparse(int dir_fd, const char *name, off_t size, off_t offset,
    const char *text)
{
	AUTO_CLOSE int fd = -1;

	assert_ok(fs_create(dir_fd, name, 0644, &fd));
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(pwrite(fd, text, strlen(text), offset), strlen(text));
}

/* One of everything that a skill may hold. */
static void
put_tree(int dir_fd, const char *name)
{
	AUTO_CLOSE int fd = put_dir(dir_fd, name);
	AUTO_CLOSE int sub_fd = put_dir(fd, "sub");
	AUTO_CLOSE int ro_fd = put_dir(fd, "read-only");

	(void)close(put_dir(fd, "empty"));
	put_file(fd, "SKILL.md", "---\nname: x\n---\n");
	put_file(fd, "nothing", "");
	put_file(fd, "run.sh", "#!/bin/sh\n");
	assert_ok(fs_chmod(fd, "run.sh", 0750));
	put_file(fd, "\377 odd\nname", "odd");
	assert_ok(fs_symlink("../../outside", fd, "dangling"));
	assert_ok(fs_symlink("SKILL.md", sub_fd, "link"));
	assert_ok(fs_symlink(".", sub_fd, "self"));
	put_file(ro_fd, "f", "in a read-only directory");
	assert_ok(fs_hard_link(ro_fd, "f", sub_fd, "same"));
	put_sparse(fd, "sparse", 10 * MIB + 5, 7 * MIB + 3, "data");
	set_mtime(ro_fd, "f", 1000000000, 123456789);
	set_mtime(sub_fd, "link", 1000000001, 1);
	assert_ok(fs_chmod(fd, "read-only", 0555));
	set_mtime(fd, "read-only", -5, 999999999);
	set_mtime(fd, "sub", 1000000002, 2);
	set_mtime(dir_fd, name, 1000000003, 3);
}

static void
assert_same_meta(int a_fd, int b_fd, const char *rel)
{
	struct fs_stat a, b;

	assert_ok(fs_stat(a_fd, rel, &a));
	assert_ok(fs_stat(b_fd, rel, &b));
	if (a.kind != b.kind || a.mode != b.mode || a.mtime_ns != b.mtime_ns ||
	    a.uid != b.uid || a.gid != b.gid || a.nlink != b.nlink)
		fail_msg("%s differs", rel);
}

static void
copy_and_check(const struct scratch *s, bool with_sum)
{
	static const char *const rels[] = { ".", "SKILL.md", "run.sh", "empty",
		"sub", "sub/link", "sub/self", "sub/same", "read-only",
		"read-only/f", "dangling", "nothing", "sparse" };
	AUTO_CLOSE int a_fd = -1;
	AUTO_CLOSE int b_fd = -1;
	struct tree_sum sum;
	struct fs_stat a, b;

	put_tree(s->fd, "a");
	assert_ok(tree_copy(s->fd, "a", s->fd, "b", with_sum ? &sum : NULL));
	if (with_sum)
		assert_same_sum(sum, sum_of(s->fd, "b"));
	assert_same_sum(sum_of(s->fd, "a"), sum_of(s->fd, "b"));
	assert_ok(fs_open_dir_at(s->fd, "a", &a_fd));
	assert_ok(fs_open_dir_at(s->fd, "b", &b_fd));
	for (size_t i = 0; i < ARRAY_LEN(rels); i++)
		assert_same_meta(a_fd, b_fd, rels[i]);
	assert_link(b_fd, "dangling", "../../outside");
	assert_file(b_fd, "\377 odd\nname", "odd");
	assert_ok(fs_stat(b_fd, "sub/same", &a));
	assert_ok(fs_stat(b_fd, "read-only/f", &b));
	assert_int_equal(a.ino, b.ino);
	assert_ok(fs_stat(a_fd, "read-only/f", &b));
	assert_int_not_equal(a.ino, b.ino);
	assert_ok(fs_stat(b_fd, "sparse", &b));
	assert_int_equal(b.size_bytes, 10 * MIB + 5);
	assert_true(b.allocated_bytes < 1 * MIB);
}

static void
test_copy(void **state)
{
	copy_and_check(*state, false);
}

static void
test_copy_sum(void **state)
{
	copy_and_check(*state, true);
}

static void
test_copy_leaves(void **state)
{
	const struct scratch *s = *state;
	struct tree_sum sum;

	put_file(s->fd, "f", "text");
	assert_ok(fs_symlink("f", s->fd, "l"));
	assert_ok(tree_copy(s->fd, "f", s->fd, "f2", &sum));
	assert_file(s->fd, "f2", "text");
	assert_int_equal(sum.files, 1);
	assert_int_equal(sum.size_bytes, 4);
	assert_same_sum(sum, sum_of(s->fd, "f"));
	assert_ok(tree_copy(s->fd, "l", s->fd, "l2", &sum));
	assert_link(s->fd, "l2", "f");
	assert_same_sum(sum, sum_of(s->fd, "l"));
}

static void
test_copy_refusals(void **state)
{
	const struct scratch *s = *state;
	struct tree_sum sum;
	static const char *const taken[] = { "file", "dir", "link" };

	(void)close(put_dir(s->fd, "a"));
	put_file(s->fd, "file", "old");
	(void)close(put_dir(s->fd, "dir"));
	assert_ok(fs_symlink("dir", s->fd, "link"));
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		assert_sys(tree_copy(s->fd, "a", s->fd, taken[i], NULL),
		    EEXIST);
		assert_sys(tree_copy(s->fd, "file", s->fd, taken[i], &sum),
		    EEXIST);
		assert_sys(tree_copy(s->fd, "link", s->fd, taken[i], &sum),
		    EEXIST);
	}
	assert_file(s->fd, "file", "old");
	assert_sys(tree_copy(s->fd, "absent", s->fd, "b", NULL), ENOENT);
	assert_int_equal(kind_at(s->fd, "b"), FS_ABSENT);
	struct error *err = tree_copy(AT_FDCWD, "/dev/null", s->fd, "b", &sum);
	assert_non_null(strstr(error_msg(err), "device"));
	assert_code(err, ERR_REFUSED);
	assert_int_equal(kind_at(s->fd, "b"), FS_ABSENT);
}

static void
test_copy_others(void **state)
{
	const struct scratch *s = *state;
	struct tree_sum sum;
	struct stat st;
	AUTO_CLOSE int fd = put_dir(s->fd, "a");

	assert_int_equal(mkfifoat(fd, "fifo", 0640), 0);
	assert_int_equal(mknodat(fd, "socket", S_IFSOCK | 0600, 0), 0);
	assert_ok(tree_copy(s->fd, "a", s->fd, "b", &sum));
	assert_same_sum(sum, sum_of(s->fd, "a"));
	assert_same_sum(sum, sum_of(s->fd, "b"));
	assert_int_equal(fstatat(s->fd, "b/fifo", &st, 0), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(fstatat(s->fd, "b/socket", &st, 0), 0);
	assert_true(S_ISSOCK(st.st_mode));
}

static void
test_unreadable(void **state)
{
	struct scratch *s = *state;
	struct tree_sum sum;
	struct tree_diff diff;

	become_nobody(s);
	AUTO_CLOSE int a_fd = put_dir(s->fd, "a");
	AUTO_CLOSE int b_fd = put_dir(a_fd, "b");
	AUTO_CLOSE int c_fd = put_dir(s->fd, "c");
	AUTO_CLOSE int d_fd = put_dir(c_fd, "b");
	put_file(b_fd, "secret", "x");
	put_file(d_fd, "secret", "y");
	assert_ok(fs_chmod(b_fd, "secret", 0));
	struct error *errs[] = {
		tree_digest(s->fd, "a", &sum),
		tree_copy(s->fd, "a", s->fd, "x", NULL),
		tree_copy(s->fd, "a", s->fd, "y", &sum),
		tree_compare(s->fd, "a", s->fd, "c", &diff),
	};
	for (size_t i = 0; i < ARRAY_LEN(errs); i++) {
		if (errs[i] == NULL ||
		    strstr(error_msg(errs[i]), "b/secret") == NULL)
			fail_msg("%zu: %s", i,
			    errs[i] == NULL ? "no error" : error_msg(errs[i]));
		assert_sys(errs[i], EACCES);
	}
	become_root();
}

static void
test_set_id(void **state)
{
	struct scratch *s = *state;
	struct tree_sum sum;
	struct fs_stat st;

	put_file(s->fd, "f", "x");
	assert_ok(fs_chmod(s->fd, "f", 04755));
	assert_ok(tree_copy(s->fd, "f", s->fd, "mine", &sum));
	assert_ok(fs_stat(s->fd, "mine", &st));
	assert_int_equal(st.mode, 04755);
	become_nobody(s);
	if (geteuid() == st.uid)
		return; /* there is nobody else to copy it */
	assert_ok(tree_copy(s->fd, "f", s->fd, "theirs", &sum));
	assert_ok(fs_stat(s->fd, "theirs", &st));
	assert_int_equal(st.mode, 0755);
	assert_same_sum(sum, sum_of(s->fd, "theirs"));
	become_root();
}

/* What one change does to the digest of put_tree(). */
static void
change_content(int fd)
{
	assert_ok(fs_write_atomic(fd, "nothing", "x", 1, 0644));
}

static void
change_mode(int fd)
{
	assert_ok(fs_chmod(fd, "run.sh", 0640));
}

static void
change_dir_mode(int fd)
{
	assert_ok(fs_chmod(fd, "empty", 0700));
}

static void
change_link(int fd)
{
	assert_ok(fs_unlink(fd, "dangling"));
	assert_ok(fs_symlink("../../elsewhere", fd, "dangling"));
}

static void
change_kind(int fd)
{
	assert_ok(fs_rmdir(fd, "empty"));
	assert_ok(fs_symlink("x", fd, "empty"));
}

static void
change_name(int fd)
{
	assert_ok(fs_rename(fd, "nothing", fd, "nothinG"));
}

static void
change_place(int fd)
{
	assert_ok(fs_rename(fd, "nothing", fd, "empty/nothing"));
}

static void
change_empty_dir(int fd)
{
	assert_ok(fs_rmdir(fd, "empty"));
}

static void
change_zeros(int fd)
{
	AUTO_CLOSE int file_fd = openat(fd, "sparse", O_WRONLY | O_CLOEXEC);

	assert_int_equal(ftruncate(file_fd, 10 * MIB + 6), 0);
}

static void
change_far_byte(int fd)
{
	AUTO_CLOSE int file_fd = openat(fd, "sparse", O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(file_fd, "x", 1, 9 * MIB), 1);
}

static void
test_digest_sees(void **state)
{
	const struct scratch *s = *state;
	static const struct {
		const char *what;
		void (*change)(int fd);
	} rows[] = {
		{ "a file's content", change_content },
		{ "a file's mode", change_mode },
		{ "a directory's mode", change_dir_mode },
		{ "a link's text", change_link },
		{ "another kind", change_kind },
		{ "another name", change_name },
		{ "another place", change_place },
		{ "an empty directory", change_empty_dir },
		{ "a zero more", change_zeros },
		{ "a byte in a hole", change_far_byte },
	};

	put_tree(s->fd, "a");
	struct tree_sum before = sum_of(s->fd, "a");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_CLOSE int fd = -1;
		assert_ok(tree_copy(s->fd, "a", s->fd, "b", NULL));
		assert_ok(fs_open_dir_at(s->fd, "b", &fd));
		rows[i].change(fd);
		struct tree_sum after = sum_of(s->fd, "b");
		if (digest_equal(&before.digest, &after.digest))
			fail_msg("%s is not seen", rows[i].what);
		assert_ok(tree_remove(s->fd, "b"));
	}
}

static void
test_digest_blind(void **state)
{
	const struct scratch *s = *state;
	AUTO_FREE char *zeros = xcalloc(1, 300000);
	AUTO_CLOSE int a_fd = put_dir(s->fd, "a");
	AUTO_CLOSE int b_fd = put_dir(s->fd, "b");

	zeros[250000] = 'x';
	put_sparse(a_fd, "f", 300000, 250000, "x");
	assert_ok(fs_create_file(b_fd, "f", zeros, 300000, 0644));
	put_file(a_fd, "one", "1");
	put_file(b_fd, "one", "1");
	assert_ok(fs_hard_link(a_fd, "one", a_fd, "two"));
	put_file(b_fd, "two", "1");
	set_mtime(a_fd, "one", 1, 1);
	set_mtime(s->fd, "a", 1, 1);
	assert_same_sum(sum_of(s->fd, "a"), sum_of(s->fd, "b"));
	struct tree_sum sum = sum_of(s->fd, "a");
	assert_int_equal(sum.files, 3);
	assert_int_equal(sum.size_bytes, 300002);
}

static void
test_huge_sparse(void **state)
{
	const struct scratch *s = *state;
	struct tree_sum sum;
	struct fs_stat st;

	put_sparse(s->fd, "a", 1024 * 1024 * MIB, 1024 * MIB - 2, "data");
	assert_ok(fs_stat(s->fd, "a", &st));
	if (st.allocated_bytes > 1024 * 1024)
		skip(); /* a file system without holes */
	assert_ok(tree_copy(s->fd, "a", s->fd, "b", &sum));
	assert_ok(tree_copy(s->fd, "a", s->fd, "c", NULL));
	assert_same_sum(sum, sum_of(s->fd, "c"));
	assert_ok(fs_stat(s->fd, "c", &st));
	assert_int_equal(st.size_bytes, 1024 * 1024 * MIB);
	assert_true(st.allocated_bytes < 1024 * 1024);
}

/* Makes name with n directories in one another; the last one stays open. */
static int
put_deep(int dir_fd, const char *name, int n)
{
	int fd = put_dir(dir_fd, name);

	for (int i = 0; i < n; i++) {
		int next_fd = put_dir(fd, "d");
		(void)close(fd);
		fd = next_fd;
	}
	return fd;
}

static void
test_deep(void **state)
{
	const struct scratch *s = *state;
	struct tree_sum sum;
	AUTO_CLOSE int fits_fd = put_deep(s->fd, "fits", 200);

	(void)close(put_deep(s->fd, "deep", 350));
	put_file(fits_fd, "f", "x");
	assert_ok(tree_copy(s->fd, "fits", s->fd, "copy", &sum));
	assert_same_sum(sum, sum_of(s->fd, "fits"));
	assert_ok(tree_remove(s->fd, "copy"));
	assert_code(tree_digest(s->fd, "deep", &sum), ERR_REFUSED);
	assert_code(tree_copy(s->fd, "deep", s->fd, "x", NULL), ERR_REFUSED);
	assert_code(tree_remove(s->fd, "deep"), ERR_REFUSED);
	/* Cut in two so that it can be removed afterwards. */
	AUTO_STRBUF struct strbuf half = { 0 };
	strbuf_add(&half, "deep");
	for (int i = 0; i < 175; i++)
		strbuf_add(&half, "/d");
	assert_ok(fs_rename(s->fd, strbuf_str(&half), s->fd, "half"));
}

static void
write_for_ever(int fd)
{
	for (uint64_t i = 0;; i++)
		(void)!pwrite(fd, &i, sizeof(i), 0);
}

static void
test_changing(void **state)
{
	const struct scratch *s = *state;
	AUTO_FREE char *bytes = xmalloc(4 * (size_t)MIB);
	AUTO_CLOSE int fd = -1;
	bool was_refused = false;

	memset(bytes, 'x', 4 * (size_t)MIB);
	assert_ok(fs_create(s->fd, "f", 0644, &fd));
	assert_ok(fs_write(fd, "f", bytes, 4 * (size_t)MIB));
	pid_t pid = fork();
	if (pid == 0)
		write_for_ever(fd);
	for (int i = 0; i < 500 && !was_refused; i++) {
		struct tree_sum sum;
		AUTO_ERROR struct error *err =
		    tree_copy(s->fd, "f", s->fd, "copy", &sum);
		if (err == NULL)
			assert_same_sum(sum, sum_of(s->fd, "copy"));
		else
			assert_int_equal(error_code(err), ERR_CONFLICT);
		was_refused = err != NULL;
		assert_ok(tree_remove(s->fd, "copy"));
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(was_refused);
}

static void
test_remove(void **state)
{
	struct scratch *s = *state;

	become_nobody(s);
	put_tree(s->fd, "a");
	AUTO_CLOSE int kept_fd = put_dir(s->fd, "kept");
	put_file(kept_fd, "f", "kept");
	assert_ok(fs_symlink("../kept", s->fd, "a/to-kept"));
	assert_ok(fs_chmod(s->fd, "a/sub", 0));
	assert_ok(fs_chmod(s->fd, "a/empty", 0));
	assert_ok(fs_chmod(s->fd, "a", 0500));
	assert_ok(tree_remove(s->fd, "a"));
	assert_int_equal(kind_at(s->fd, "a"), FS_ABSENT);
	assert_ok(tree_remove(s->fd, "a"));
	assert_ok(fs_symlink("kept", s->fd, "link"));
	assert_ok(tree_remove(s->fd, "link"));
	assert_int_equal(kind_at(s->fd, "link"), FS_ABSENT);
	assert_file(kept_fd, "f", "kept");
	become_root();
}

static void
test_remove_names(void **state)
{
	const struct scratch *s = *state;
	static const char *const rows[] = { "", ".", "..", "/", "a/b", "a/",
		"/tmp", "../x" };
	AUTO_CLOSE int fd = put_dir(s->fd, "a");

	put_file(fd, "b", "kept");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_code(tree_remove(s->fd, rows[i]), ERR_REFUSED);
	assert_file(fd, "b", "kept");
}

#ifdef __linux__

#define EXIT_SKIP 77

/* In a mount namespace of our own: 0 if the mount was refused. */
static int
remove_mounted(const struct scratch *s)
{
	AUTO_FREE char *mount_point = xasprintf("%s/a/sub", s->path);

	if (unshare(CLONE_NEWNS) == -1 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1)
		return EXIT_SKIP;
	(void)mount("none", "/", "none", MS_REC | MS_PRIVATE, "");
	if (mount("none", mount_point, "tmpfs", 0, "") == -1)
		return EXIT_SKIP;
	/* Opened before the mount, s->fd would still see what is below. */
	AUTO_CLOSE int fd = -1;
	AUTO_ERROR struct error *opened = fs_open_dir(s->path, &fd);
	if (opened != NULL)
		return 1;
	AUTO_ERROR struct error *err = tree_remove(fd, "a");
	if (err == NULL || error_code(err) != ERR_REFUSED)
		return 2;
	AUTO_CLOSE int a_fd = -1;
	AUTO_ERROR struct error *in_a = fs_open_dir_at(fd, "a", &a_fd);
	if (in_a != NULL)
		return 3;
	AUTO_ERROR struct error *root = tree_remove(a_fd, "sub");
	return root != NULL && error_code(root) == ERR_REFUSED ? 0 : 4;
}

static void
test_remove_mounts(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "a");
	int status;

	(void)close(put_dir(fd, "sub"));
	put_file(fd, "before", "kept");
	put_file(fd, "zlast", "kept");
	pid_t pid = fork();
	if (pid == 0)
		_exit(remove_mounted(s));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == EXIT_SKIP)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_file(fd, "before", "kept");
	assert_file(fd, "zlast", "kept");
}

#endif

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("a copy keeps kinds, modes, times, links and holes",
		    test_copy),
		IN_SCRATCH("a copy that is digested is the same copy",
		    test_copy_sum),
		IN_SCRATCH("a file or a link is a tree, too", test_copy_leaves),
		IN_SCRATCH("FIFOs and sockets are made anew", test_copy_others),
		IN_SCRATCH("a copy replaces nothing and copies no device",
		    test_copy_refusals),
		IN_SCRATCH("what cannot be read is named by its path",
		    test_unreadable),
		IN_SCRATCH("a set-id bit stays with its owner", test_set_id),
		IN_SCRATCH("the digest sees every change", test_digest_sees),
		IN_SCRATCH("the digest does not see holes, times and inodes",
		    test_digest_blind),
		IN_SCRATCH("a terabyte of nothing takes no time",
		    test_huge_sparse),
		IN_SCRATCH("what is nested too deeply is refused", test_deep),
		IN_SCRATCH("a file that changes is not copied torn",
		    test_changing),
		IN_SCRATCH("removing follows no link and minds no mode",
		    test_remove),
		IN_SCRATCH("only a name can be removed", test_remove_names),
#ifdef __linux__
		IN_SCRATCH("nothing mounted is removed", test_remove_mounts),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
