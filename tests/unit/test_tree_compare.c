#include "tree.h"

#include "scratch.h"

static void
test_compare(void **state)
{
	const struct scratch *s = *state;
	static const struct timespec long_ago[2] = { { 1, 1 }, { 1, 1 } };
	struct tree_diff diff;
	AUTO_CLOSE int a_fd = put_dir(s->fd, "a");
	AUTO_CLOSE int b_fd = put_dir(s->fd, "b");
	AUTO_CLOSE int a_sub = put_dir(a_fd, "sub");
	AUTO_CLOSE int b_sub = put_dir(b_fd, "sub");

	assert_ok(tree_compare(s->fd, "a", s->fd, "b", &diff));
	assert_int_equal(diff.added + diff.removed + diff.changed, 0);

	/* The same, whatever else differs. */
	put_file(a_sub, "same", "1");
	put_file(b_sub, "same", "1");
	assert_ok(fs_chmod(a_sub, "same", 0600));
	assert_int_equal(futimens(a_sub, long_ago), 0);
	(void)close(put_dir(a_fd, "empty"));
	AUTO_CLOSE int git_fd = put_dir(b_sub, ".git");
	put_file(git_fd, "HEAD", "x");
	put_file(a_sub, ".DS_Store", "x");
	assert_ok(tree_compare(s->fd, "a", s->fd, "b", &diff));
	assert_int_equal(diff.added + diff.removed + diff.changed, 0);

	/* Changed: content, size, x bit, link text, kind. */
	put_file(a_fd, "content", "1");
	put_file(b_fd, "content", "2");
	put_file(a_fd, "size", "1");
	put_file(b_fd, "size", "12");
	put_file(a_fd, "x", "1");
	put_file(b_fd, "x", "1");
	assert_ok(fs_chmod(b_fd, "x", 0755));
	assert_ok(fs_symlink("1", a_fd, "link"));
	assert_ok(fs_symlink("2", b_fd, "link"));
	put_file(a_fd, "kind", "1");
	assert_ok(fs_symlink("1", b_fd, "kind"));
	assert_ok(tree_compare(s->fd, "a", s->fd, "b", &diff));
	assert_int_equal(diff.changed, 5);
	assert_int_equal(diff.added + diff.removed, 0);

	/* Only on one side; a file that became a directory of two. */
	put_file(a_sub, "only-a", "");
	AUTO_CLOSE int new_fd = put_dir(b_fd, "new");
	put_file(new_fd, "1", "");
	assert_ok(fs_symlink("x", new_fd, "2"));
	put_file(a_fd, "turned", "");
	AUTO_CLOSE int turned_fd = put_dir(b_fd, "turned");
	put_file(turned_fd, "1", "");
	put_file(turned_fd, "2", "");
	assert_ok(tree_compare(s->fd, "a", s->fd, "b", &diff));
	assert_int_equal(diff.changed, 5);
	assert_int_equal(diff.added, 4);
	assert_int_equal(diff.removed, 2);
	assert_ok(tree_compare(s->fd, "b", s->fd, "a", &diff));
	assert_int_equal(diff.added, 2);
	assert_int_equal(diff.removed, 4);
}

static void
test_compare_long(void **state)
{
	const struct scratch *s = *state;
	struct tree_diff diff;
	AUTO_FREE char *bytes = xcalloc(1, 100000);
	AUTO_CLOSE int a_fd = put_dir(s->fd, "a");
	AUTO_CLOSE int b_fd = put_dir(s->fd, "b");

	assert_ok(fs_create_file(a_fd, "f", bytes, 100000, 0644));
	assert_ok(fs_create_file(b_fd, "f", bytes, 100000, 0644));
	assert_ok(tree_compare(s->fd, "a", s->fd, "b", &diff));
	assert_int_equal(diff.changed, 0);
	bytes[99999] = 1;
	assert_ok(fs_write_atomic(b_fd, "f", bytes, 100000, 0644));
	assert_ok(tree_compare(s->fd, "a", s->fd, "b", &diff));
	assert_int_equal(diff.changed, 1);
	assert_sys(tree_compare(s->fd, "a", s->fd, "absent", &diff), ENOENT);
	assert_ok(fs_symlink("a", s->fd, "link"));
	AUTO_ERROR struct error *err =
	    tree_compare(s->fd, "link", s->fd, "b", &diff);
	assert_non_null(err);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("a comparison counts by relative path",
		    test_compare),
		IN_SCRATCH("a comparison reads to the last byte",
		    test_compare_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
