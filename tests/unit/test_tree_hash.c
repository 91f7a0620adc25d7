#include <signal.h>
#include <stdio.h>

#include "scratch.h"

#define LARGE ((size_t)150000)

static void
assert_is_digest_of(struct tree_hash *hash, int dir_fd, const char *name)
{
	struct tree_sum read = { 0 };
	struct tree_sum told = tree_hash_final(hash);

	assert_ok(tree_digest(dir_fd, name, &read));
	assert_true(digest_equal(&told.digest, &read.digest));
	assert_int_equal(told.files, read.files);
	assert_int_equal(told.size_bytes, read.size_bytes);
}

static void
make(int dir_fd, struct tree_hash *hash, const char *rel, const char *bytes,
    size_t len, mode_t mode)
{
	assert_ok(fs_create_file(dir_fd, rel, bytes, len, 0600));
	assert_ok(fs_chmod(dir_fd, rel, mode));
	tree_hash_file(hash, rel, mode, bytes, len);
}

/* "a" before "a/f" before "a.md": by directories, not by bytes of paths. */
static void
test_told(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "made");
	AUTO_FREE char *large = xcalloc(LARGE, 1);
	struct tree_hash hash;

	/* Text at both ends: a block of zeros is between them. */
	memcpy(large, "begin", 5);
	memcpy(large + LARGE - 3, "end", 3);
	tree_hash_init(&hash);
	tree_hash_dir(&hash, "", 0755);
	assert_ok(fs_mkdir(fd, "a", 0700));
	tree_hash_dir(&hash, "a", 0700);
	make(fd, &hash, "a/f", "text\n", 5, 0640);
	assert_ok(fs_symlink("a/f", fd, "a-link"));
	tree_hash_link(&hash, "a-link", "a/f");
	make(fd, &hash, "a.md", "", 0, 0444);
	make(fd, &hash, "large", large, LARGE, 0755);
	make(fd, &hash, "zeros", large + 100, 1000, 0644);
	assert_is_digest_of(&hash, s->fd, "made");
}

static void
test_read(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "made");
	struct tree_hash hash;

	tree_hash_init(&hash);
	tree_hash_dir(&hash, "", 0755);
	assert_ok(fs_mkdir(fd, "a", 0755));
	assert_ok(fs_mkdir(fd, "a/sub", 0755));
	put_file(fd, "a/sub/f", "text\n");
	assert_ok(fs_symlink("nowhere", fd, "a/to"));
	assert_ok(tree_hash_read(&hash, "a", fd, "a"));
	make(fd, &hash, "b", "b\n", 2, 0644);
	assert_is_digest_of(&hash, s->fd, "made");
	assert_sys(tree_hash_read(&hash, "c", fd, "c"), ENOENT);
}

/* Each thing that a reader could see tells. */
static void
test_differs(void **state)
{
	const struct scratch *s = *state;
	static const struct {
		const char *rel;
		mode_t mode;
		const char *bytes;
	} others[] = {
		{ "f", 0644, "other" },
		{ "f", 0755, "text!" },
		{ "g", 0644, "text!" },
		{ "f", 0644, "text" },
	};
	struct tree_sum sum = { 0 };
	AUTO_CLOSE int fd = put_dir(s->fd, "made");

	put_file(fd, "f", "text!");
	assert_ok(tree_digest(s->fd, "made", &sum));
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct tree_hash hash;

		tree_hash_init(&hash);
		tree_hash_dir(&hash, "", 0755);
		tree_hash_file(&hash, others[i].rel, others[i].mode,
		    others[i].bytes, strlen(others[i].bytes));
		struct tree_sum told = tree_hash_final(&hash);
		assert_false(digest_equal(&told.digest, &sum.digest));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("a tree told as it is made has its digest",
		    test_told),
		IN_SCRATCH("a part of it may be read", test_read),
		IN_SCRATCH("what differs has another digest", test_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
