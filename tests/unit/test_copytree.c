#include "copytree.h"

#include "copyedit.h"
#include "ignore.h"
#include "scratch.h"

/* ---- by other means ------------------------------------------------------ */

struct part {
	const char *rel;
	const char *text; /* a link's after an empty text of its own */
	bool is_link;
};

static void
assert_digest(int dir_fd, const char *name, const struct part *parts)
{
	AUTO_CLOSE int fd = -1;
	struct digest_state state;
	struct digest got;
	char wanted_hex[DIGEST_HEX_LEN + 1];
	char hex[DIGEST_HEX_LEN + 1];

	digest_init(&state);
	for (const struct part *p = parts; p->rel != NULL; p++) {
		digest_add_str(&state, p->rel);
		if (p->is_link)
			digest_add_str(&state, "");
		digest_add_str(&state, p->text);
	}
	struct digest wanted = digest_final(&state);
	digest_hex(&wanted, wanted_hex);
	assert_ok(fs_open_dir_at(dir_fd, name, &fd));
	assert_ok(copytree_sum(fd, name, NULL, &got));
	digest_hex(&got, hex);
	assert_string_equal(hex, wanted_hex);
}

static struct digest
digest_by(int dir_fd, const char *name, const struct ignore *ignore)
{
	AUTO_CLOSE int fd = -1;
	struct digest digest;

	assert_ok(fs_open_dir_at(dir_fd, name, &fd));
	assert_ok(copytree_sum(fd, name, ignore, &digest));
	return digest;
}

static struct digest
digest_at(int dir_fd, const char *name)
{
	return digest_by(dir_fd, name, NULL);
}

static void
assert_same(int a_fd, const char *a, int b_fd, const char *b)
{
	struct digest a_digest = digest_at(a_fd, a);
	struct digest b_digest = digest_at(b_fd, b);

	assert_true(digest_equal(&a_digest, &b_digest));
}

/* Copies name to to, both in dir_fd. */
static struct error *
copy_by(int dir_fd, const char *name, const char *to,
    const struct ignore *ignore)
{
	AUTO_CLOSE int fd = -1;
	AUTO_COPYTREE struct copytree tree = { 0 };

	struct digest written;
	struct digest read;

	assert_ok(fs_open_dir_at(dir_fd, name, &fd));
	assert_ok(copytree_list(fd, name, ignore, &tree));
	struct error *err = copytree_copy(fd, &tree, dir_fd, to, &written);
	if (err != NULL)
		return err;
	AUTO_CLOSE int copied_fd = -1;
	assert_ok(fs_open_dir_at(dir_fd, to, &copied_fd));
	assert_ok(copytree_sum(copied_fd, to, NULL, &read));
	assert_true(digest_equal(&written, &read));
	return NULL;
}

static struct error *
copy(int dir_fd, const char *name, const char *to)
{
	return copy_by(dir_fd, name, to, NULL);
}

/* ---- listing and digest -------------------------------------------------- */

static void
test_order(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "skill");
	AUTO_CLOSE int sub = put_dir(fd, "a");
	static const struct part parts[] = {
		{ "SKILL.md", "text", false },
		{ "a-b", "1", false },
		{ "a.txt", "2", false },
		{ "a/b", "3", false },
		{ "b", "", false },
		{ 0 },
	};

	put_file(fd, "SKILL.md", "text");
	put_file(fd, "b", "");
	put_file(fd, "a.txt", "2");
	put_file(fd, "a-b", "1");
	put_file(sub, "b", "3");
	assert_digest(s->fd, "skill", parts);
}

static void
test_left_out(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "skill");
	AUTO_CLOSE int git = put_dir(fd, ".git");
	AUTO_CLOSE int cache = put_dir(fd, "__pycache__");
	AUTO_CLOSE int deep = put_dir(fd, "deep");
	static const char rules[] = "**/.DS_Store\n**/.git/**\n"
				    "__pycache__/\n*.log\n!kept.log\n";
	AUTO_IGNORE struct ignore ignore = { 0 };
	AUTO_COPYTREE struct copytree tree = { 0 };
	static const struct part parts[] = {
		{ "SKILL.md", "text", false },
		{ "deep/.git", "a file", false },
		{ "deep/kept.log", "kept", false },
		{ 0 },
	};

	put_file(fd, "SKILL.md", "text");
	put_file(fd, ".DS_Store", "x");
	put_file(git, "HEAD", "x");
	put_file(cache, "x.pyc", "x");
	(void)close(put_dir(deep, "empty"));
	put_file(deep, ".git", "a file");
	put_file(deep, "x.log", "x");
	put_file(deep, "kept.log", "kept");
	assert_int_equal(mkfifoat(fd, "pipe", 0600), 0);
	ignore_add_text(&ignore, "rules", "", rules, strlen(rules));
	assert_ok(copytree_list(fd, "skill", &ignore, &tree));
	struct digest digest;
	assert_ok(copytree_copy(fd, &tree, s->fd, "copy", &digest));
	assert_digest(s->fd, "copy", parts);
	AUTO_CLOSE int copied = -1;
	assert_ok(fs_open_dir_at(s->fd, "copy", &copied));
	assert_int_equal(kind_at(copied, "pipe"), FS_ABSENT);
	assert_int_equal(kind_at(copied, ".git"), FS_ABSENT);
	assert_int_equal(kind_at(copied, "deep/empty"), FS_ABSENT);
}

/* Without openat2, as under valgrind, no link is followed: it stays one. */
static bool
follows_links(const struct scratch *s)
{
	AUTO_CLOSE int fd = -1;

	put_file(s->fd, "probe", "");
	assert_ok(fs_symlink("probe", s->fd, "probe-link"));
	AUTO_ERROR struct error *err =
	    fs_open_file_at(s->fd, "probe-link", &fd);
	return !error_is_sys(err, ELOOP);
}

static void
test_links(void **state)
{
	const struct scratch *s = *state;

	if (!follows_links(s))
		skip();
	AUTO_CLOSE int fd = put_dir(s->fd, "skill");
	AUTO_CLOSE int sub = put_dir(fd, "sub");
	AUTO_FREE char *abs = xasprintf("%s/secret", s->path);
	const struct part parts[] = {
		{ "abs", abs, true },
		{ "chain", "text", false },
		{ "dangling", "nowhere", true },
		{ "dir", "sub", true },
		{ "file", "text", false },
		{ "loop", "loop", true },
		{ "out", "../secret", true },
		{ "sub/up", "text", false },
		{ 0 },
	};

	put_file(s->fd, "secret", "secret");
	put_file(fd, "file", "text");
	assert_ok(fs_symlink("../file", sub, "up"));
	assert_ok(fs_symlink("sub/up", fd, "chain"));
	assert_ok(fs_symlink("sub", fd, "dir"));
	assert_ok(fs_symlink("nowhere", fd, "dangling"));
	assert_ok(fs_symlink("loop", fd, "loop"));
	assert_ok(fs_symlink("../secret", fd, "out"));
	assert_ok(fs_symlink(abs, fd, "abs"));
	assert_digest(s->fd, "skill", parts);
	assert_ok(copy(s->fd, "skill", "copy"));
	assert_digest(s->fd, "copy", parts);
	AUTO_CLOSE int copied = -1;
	assert_ok(fs_open_dir_at(s->fd, "copy", &copied));
	assert_int_equal(kind_at(copied, "chain"), FS_FILE);
	assert_link(copied, "out", "../secret");
	assert_link(copied, "dir", "sub");
}

static void
test_link_is_no_file(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int a = put_dir(s->fd, "a");
	AUTO_CLOSE int b = put_dir(s->fd, "b");

	assert_ok(fs_symlink("nowhere", a, "x"));
	put_file(b, "x", "nowhere");
	struct digest a_digest = digest_at(s->fd, "a");
	struct digest b_digest = digest_at(s->fd, "b");
	assert_false(digest_equal(&a_digest, &b_digest));
}

static struct digest
fingerprint(int dir_fd, const char *name)
{
	AUTO_CLOSE int fd = -1;
	AUTO_COPYTREE struct copytree tree = { 0 };

	assert_ok(fs_open_dir_at(dir_fd, name, &fd));
	assert_ok(copytree_list(fd, name, NULL, &tree));
	return tree.fingerprint;
}

/* Times that nothing but a change can have brought about. */
static void
test_fingerprint(void **state)
{
	static const struct timespec long_ago[2] = { { 1, 1 }, { 1, 1 } };
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "skill");

	put_file(fd, "file", "1");
	put_file(fd, "other", "1");
	assert_ok(fs_symlink("file", fd, "link"));
	for (int i = 0; i < 6; i++) {
		struct digest before = fingerprint(s->fd, "skill");
		struct digest again = fingerprint(s->fd, "skill");

		assert_true(digest_equal(&before, &again));
		switch (i) {
		case 0:
			assert_int_equal(utimensat(fd, "file", long_ago, 0), 0);
			break;
		case 1:
			assert_ok(fs_chmod(fd, "file", 0600));
			break;
		case 2:
			assert_ok(fs_unlink(fd, "other"));
			break;
		case 3:
			put_file(fd, "new", "");
			break;
		case 4:
			assert_ok(fs_rename(fd, "new", fd, "file"));
			break;
		default:
			assert_ok(fs_unlink(fd, "link"));
			assert_ok(fs_symlink("./file", fd, "link"));
			break;
		}
		again = fingerprint(s->fd, "skill");
		if (digest_equal(&before, &again))
			fail_msg("change %d is not seen", i);
	}
}

static void
test_deep(void **state)
{
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "skill");
	AUTO_COPYTREE struct copytree tree = { 0 };
	int at = dup(fd);

	for (int i = 0; i < 260; i++) {
		int sub = put_dir(at, "d");

		(void)close(at);
		at = sub;
	}
	put_file(at, "file", "");
	(void)close(at);
	assert_code(copytree_list(fd, "skill", NULL, &tree), ERR_REFUSED);
}

/* ---- copy ---------------------------------------------------------------- */

static void
test_copy(void **state)
{
	static const struct timespec long_ago[2] = { { 5, 6 }, { 7, 8 } };
	const struct scratch *s = *state;
	AUTO_CLOSE int fd = put_dir(s->fd, "skill");
	AUTO_CLOSE int sub = put_dir(fd, "sub");
	AUTO_CLOSE int copied = -1;
	struct fs_stat st;

	put_file(sub, "file", "text");
	put_file(fd, "run", "text");
	assert_ok(fs_chmod(fd, "run", 0755));
	assert_ok(fs_chmod(sub, "file", 04600));
	assert_int_equal(utimensat(fd, "run", long_ago, 0), 0);
	assert_int_equal(futimens(sub, long_ago), 0);
	assert_ok(fs_chmod(fd, "sub", 0550));
	assert_ok(fs_chmod(s->fd, "skill", 0555));
	assert_ok(copy(s->fd, "skill", "copy"));
	assert_same(s->fd, "skill", s->fd, "copy");
	assert_ok(fs_open_dir_at(s->fd, "copy", &copied));
	assert_ok(fs_stat(copied, "run", &st));
	assert_int_equal(st.mode, 0755);
	assert_int_equal(st.mtime_ns, 7000000008);
	assert_ok(fs_stat(copied, "sub/file", &st));
	assert_int_equal(st.mode, 0600);
	assert_ok(fs_stat(copied, "sub", &st));
	assert_int_equal(st.mode, 0550);
	assert_int_equal(st.mtime_ns, 7000000008);
	assert_ok(fs_stat(s->fd, "copy", &st));
	assert_int_equal(st.mode, 0755);
	assert_sys(copy(s->fd, "skill", "copy"), EEXIST);
}

static void
test_compare(void **state)
{
	const struct scratch *s = *state;

	if (!follows_links(s))
		skip();
	AUTO_CLOSE int a_fd = put_dir(s->fd, "a");
	AUTO_CLOSE int b_fd = put_dir(s->fd, "b");
	AUTO_CLOSE int a_sub = put_dir(a_fd, "sub");
	AUTO_COPYTREE struct copytree a = { 0 };
	AUTO_COPYTREE struct copytree b = { 0 };
	struct tree_diff diff;

	put_file(a_fd, "same", "1");
	put_file(b_fd, "same", "1");
	assert_ok(fs_symlink("same", a_fd, "link"));
	put_file(b_fd, "link", "1");
	put_file(a_fd, "content", "1");
	put_file(b_fd, "content", "2");
	put_file(a_sub, "gone", "");
	put_file(b_fd, "new", "");
	assert_ok(copytree_list(a_fd, "a", NULL, &a));
	assert_ok(copytree_list(b_fd, "b", NULL, &b));
	assert_ok(copytree_compare(a_fd, &a, b_fd, &b, &diff));
	assert_int_equal(diff.changed, 1);
	assert_int_equal(diff.removed, 1);
	assert_int_equal(diff.added, 1);
}

/* ---- an edit taken back -------------------------------------------------- */

static void
test_edit(void **state)
{
	const struct scratch *s = *state;

	if (!follows_links(s))
		skip();
	AUTO_CLOSE int fd = put_dir(s->fd, "skill");
	AUTO_CLOSE int git = put_dir(fd, ".git");
	AUTO_CLOSE int sub = put_dir(fd, "sub");
	AUTO_CLOSE int going = put_dir(fd, "going");
	AUTO_CLOSE int cached = put_dir(fd, "cached");
	AUTO_CLOSE int cache = put_dir(cached, "__pycache__");
	AUTO_CLOSE int copied = -1;
	AUTO_IGNORE struct ignore ignore = { 0 };

	ignore_add_text(&ignore, "rules", "", "**/.git/**\n__pycache__/\n", 24);
	put_file(git, "HEAD", "x");
	put_file(cache, "x.pyc", "x");
	put_file(cached, "x", "x");
	put_file(sub, "file", "old");
	put_file(going, "file", "x");
	put_file(fd, "turns", "x");
	assert_ok(fs_symlink("sub/file", fd, "follows"));
	assert_ok(fs_symlink("/etc", fd, "etc"));
	assert_ok(copy_by(s->fd, "skill", "copy", &ignore));
	assert_ok(fs_open_dir_at(s->fd, "copy", &copied));

	/* Nothing is edited: nothing changes. */
	struct digest same = digest_by(s->fd, "copy", &ignore);
	struct digest before = fingerprint(s->fd, "skill");
	assert_ok(copyedit_apply(fd, copied, "copy", &ignore, &same));
	struct digest after = fingerprint(s->fd, "skill");
	assert_true(digest_equal(&before, &after));

	assert_ok(fs_unlink(copied, "sub/file"));
	put_file(copied, "sub/file", "new");
	assert_ok(tree_remove(copied, "going"));
	assert_ok(tree_remove(copied, "cached"));
	assert_ok(fs_unlink(copied, "turns"));
	assert_ok(fs_unlink(copied, "etc"));
	AUTO_CLOSE int etc = put_dir(copied, "etc");
	put_file(etc, "passwd", "mine");
	AUTO_CLOSE int turned = put_dir(copied, "turns");
	put_file(turned, "deep", "x");
	struct digest wanted = digest_by(s->fd, "copy", &ignore);
	assert_ok(copyedit_apply(fd, copied, "copy", &ignore, &wanted));
	struct digest taken = digest_by(s->fd, "skill", &ignore);
	assert_true(digest_equal(&taken, &wanted));
	assert_file(git, "HEAD", "x");
	assert_file(cache, "x.pyc", "x");
	assert_int_equal(kind_at(fd, "going"), FS_ABSENT);
	assert_int_equal(kind_at(fd, "etc"), FS_DIR);
	/* It led to what was edited; the copy of it was not. */
	assert_file(fd, "follows", "old");
	assert_file(sub, "file", "new");
	assert_code(copyedit_apply(fd, copied, "copy", &ignore, &same),
	    ERR_CONFLICT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH("the digest goes by the bytes of paths", test_order),
		IN_SCRATCH("what no skill needs is left out", test_left_out),
		IN_SCRATCH("a link is followed beneath the skill only",
		    test_links),
		IN_SCRATCH("a link that stays is no file of its text",
		    test_link_is_no_file),
		IN_SCRATCH("a fingerprint tells of each change",
		    test_fingerprint),
		IN_SCRATCH("too deep is refused", test_deep),
		IN_SCRATCH("modes and times are copied", test_copy),
		IN_SCRATCH("what differs is counted", test_compare),
		IN_SCRATCH("an edit is taken, and what no copy has stays",
		    test_edit),
	};

	return cmocka_run_group_tests_name("copytree", tests, NULL, NULL);
}
