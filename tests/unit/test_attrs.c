#include "attrs.h"

#include "copytree.h"
#include "scratch.h"
#include "sys.h"

#define OURS "user.skillshare.test"
#define ACL "system.posix_acl_access"

/*
 * Version 2, then tag, permissions and id of each entry: the owner may read
 * and write, user 1 read, the group nothing, mask read, others nothing.
 */
static const unsigned char acl[] = {
	2, 0, 0, 0,                          /* version */
	1, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,  /* owner */
	2, 0, 4, 0, 1, 0, 0, 0,              /* user 1 */
	4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,  /* group */
	16, 0, 4, 0, 0xff, 0xff, 0xff, 0xff, /* mask */
	32, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* others */
};

static int
open_at(const struct scratch *s, const char *name)
{
	int fd = openat(s->fd, name, O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	return fd;
}

/* Sets it, or skips the test where this file system has no such thing. */
static void
set_or_skip(int fd, const char *name, const void *value, size_t len)
{
	if (sys_set_attr(fd, name, value, len) == -1) {
		if (errno != ENOTSUP)
			fail_msg("%s: %s", name, strerror(errno));
		skip();
	}
}

static void
assert_attr(int fd, const char *name, const void *value, size_t len)
{
	char got[256];

	assert_int_equal(sys_get_attr(fd, name, got, sizeof(got)), len);
	assert_memory_equal(got, value, len);
}

static void
test_none(void **state)
{
	const struct scratch *s = *state;
	char names[256];

	put_file(s->fd, "a", "x");
	put_file(s->fd, "b", "x");
	AUTO_CLOSE int a_fd = open_at(s, "a");
	AUTO_CLOSE int b_fd = open_at(s, "b");
	ssize_t before = sys_list_attrs(b_fd, names, sizeof(names));

	assert_ok(attrs_copy(a_fd, b_fd, "a"));
	assert_int_equal(sys_list_attrs(b_fd, names, sizeof(names)), before);
}

static void
test_tree(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int dir_fd = put_dir(s->fd, "a");
	struct tree_sum sum;

	put_file(dir_fd, "f", "x");
	AUTO_CLOSE int file_fd = open_at(s, "a/f");
	set_or_skip(file_fd, OURS, "1\0", 2);
	set_or_skip(dir_fd, OURS, "", 0);
	/* The last word on modes is the mode's: 0400 shuts writers out. */
	assert_ok(fs_chmod(dir_fd, "f", 0400));

	assert_ok(tree_copy(s->fd, "a", s->fd, "b", &sum));
	AUTO_CLOSE int copy_fd = open_at(s, "b");
	AUTO_CLOSE int copy_file_fd = open_at(s, "b/f");
	assert_attr(copy_fd, OURS, "", 0);
	assert_attr(copy_file_fd, OURS, "1\0", 2);
}

static void
test_acl(void **state)
{
	const struct scratch *s = *state;
	struct fs_stat st;

	put_file(s->fd, "f", "x");
	AUTO_CLOSE int fd = open_at(s, "f");
	set_or_skip(fd, ACL, acl, sizeof(acl));
	assert_ok(tree_copy(s->fd, "f", s->fd, "copy", NULL));
	AUTO_CLOSE int copy_fd = open_at(s, "copy");
	assert_attr(copy_fd, ACL, acl, sizeof(acl));
	assert_ok(fs_stat(s->fd, "copy", &st));
	assert_int_equal(st.mode, 0640);
}

/* A skill's copy is made by other means. */
static void
test_skill(void **state)
{
	const struct scratch *s = *state;
	AUTO_COPYTREE struct copytree tree = { 0 };
	struct digest digest;
	AUTO_CLOSE int dir_fd = put_dir(s->fd, "a");
	AUTO_CLOSE int sub_fd = put_dir(dir_fd, "sub");

	put_file(sub_fd, "f", "x");
	AUTO_CLOSE int file_fd = open_at(s, "a/sub/f");
	set_or_skip(file_fd, OURS, "1\0", 2);
	set_or_skip(sub_fd, OURS, "sub", 3);
	set_or_skip(dir_fd, OURS, "", 0);
	assert_ok(fs_chmod(sub_fd, "f", 0400));
	assert_ok(copytree_list(dir_fd, "a", NULL, &tree));
	assert_ok(copytree_copy(dir_fd, &tree, s->fd, "b", &digest));
	AUTO_CLOSE int copy_fd = open_at(s, "b");
	AUTO_CLOSE int copy_sub_fd = open_at(s, "b/sub");
	AUTO_CLOSE int copy_file_fd = open_at(s, "b/sub/f");
	assert_attr(copy_fd, OURS, "", 0);
	assert_attr(copy_sub_fd, OURS, "sub", 3);
	assert_attr(copy_file_fd, OURS, "1\0", 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("what has no attributes gives none", test_none),
		IN_SCRATCH("a copied tree has the attributes of its user",
		    test_tree),
		IN_SCRATCH("a skill's copy has them as well", test_skill),
		IN_SCRATCH("a copied file has the ACL, and its mode", test_acl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
