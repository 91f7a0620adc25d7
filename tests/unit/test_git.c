#include "git.h"

#include "path.h"
#include "proc.h"
#include "scratch.h"

/* Runs a line of git words in dir, a directory below the scratch one. */
static void
git(const struct scratch *s, const char *dir, const char *line)
{
	AUTO_FREE char *words = xstrdup(line);
	AUTO_FREE char *abs = path_join(s->path, dir);
	const char *argv[16] = { "git" };
	size_t n = 1;
	AUTO_PROC_RESULT struct proc_result r = { 0 };

	for (char *rest = words; rest != NULL && n < ARRAY_LEN(argv) - 1;)
		argv[n++] = strsep(&rest, " ");
	const struct proc_spec spec = { .argv = argv, .dir = abs };
	assert_ok(proc_run(&spec, &r));
	if (r.exit_code != 0)
		fail_msg("git %s: %s", line, strbuf_str(&r.err));
}

static void
git_all(const struct scratch *s, const char *dir, const char *lines)
{
	AUTO_FREE char *copy = xstrdup(lines);

	for (char *rest = copy; rest != NULL;)
		git(s, dir, strsep(&rest, "\n"));
}

/* "repo": one commit of "file" and "sub/file", pushed to "remote.git". */
static void
make_repo(const struct scratch *s)
{
	(void)close(put_dir(s->fd, "remote.git"));
	(void)close(put_dir(s->fd, "repo"));
	(void)close(put_dir(s->fd, "repo/sub"));
	put_file(s->fd, "repo/file", "text\ntext\ntext\n");
	put_file(s->fd, "repo/sub/file", "other\nother\nother\n");
	git(s, "remote.git", "init -q --bare -b main");
	git_all(s, "repo",
	    "init -q -b main\nadd .\ncommit -q -m one\n"
	    "remote add origin ../remote.git\npush -q -u origin main");
}

static void
look(const struct scratch *s, const char *dir, struct git_status *out)
{
	AUTO_FREE char *abs = path_join(s->path, dir);

	assert_ok(git_status(abs, 0, out));
}

static void
assert_says(const struct scratch *s, const char *what, const char *dir,
    const char *text)
{
	struct git_status status;

	look(s, dir, &status);
	AUTO_FREE char *said = git_status_text(&status);
	if (strcmp(said, text) != 0)
		fail_msg("%s: %s", what, said);
	git_status_release(&status);
}

static void
change_file(const struct scratch *s, const char *name, const char *text)
{
	if (kind_at(s->fd, name) == FS_FILE)
		assert_ok(fs_unlink(s->fd, name));
	put_file(s->fd, name, text);
}

static void
test_states(void **state)
{
	static const struct {
		const char *what;
		const char *git;  /* in repo, before; or NULL */
		const char *file; /* written then, or NULL */
		const char *git_after;
		const char *text;
	} rows[] = {
		{ "clean", NULL, NULL, NULL, "clean (remote: origin)" },
		{ "changed", NULL, "repo/file", NULL,
		    "1 file changed (remote: origin)" },
		{ "staged", NULL, "repo/file", "add .",
		    "1 file changed (remote: origin)" },
		{ "two changed", "rm -q --cached file", NULL, NULL,
		    "2 files changed (remote: origin)" },
		{ "untracked", NULL, "repo/new\n name", NULL,
		    "1 file changed (remote: origin)" },
		{ "renamed", "mv file name", NULL, NULL,
		    "1 file changed (remote: origin)" },
		{ "renamed and changed", "mv file name", "repo/sub/file", NULL,
		    "2 files changed (remote: origin)" },
		{ "removed", "rm -q file", NULL, NULL,
		    "1 file changed (remote: origin)" },
		{ "ahead", NULL, "repo/new", "add .\ncommit -q -m two",
		    "1 commit ahead (remote: origin)" },
		{ "two ahead",
		    "commit -q --allow-empty -m two\n"
		    "commit -q --allow-empty -m three",
		    NULL, NULL, "2 commits ahead (remote: origin)" },
		{ "behind",
		    "commit -q --allow-empty -m two\npush -q\n"
		    "reset -q --hard HEAD~1",
		    NULL, NULL, "1 behind (remote: origin)" },
		{ "both, and changed",
		    "commit -q --allow-empty -m two\npush -q\n"
		    "reset -q --hard HEAD~1\n"
		    "commit -q --allow-empty -m three",
		    "repo/file", NULL,
		    "1 file changed, 1 commit ahead, 1 behind "
		    "(remote: origin)" },
		{ "detached", "checkout -q --detach", NULL, NULL,
		    "clean (remote: origin)" },
		{ "no upstream", "branch -q --unset-upstream", NULL, NULL,
		    "clean (remote: origin)" },
		{ "no remote", "remote remove origin", NULL, NULL,
		    "clean, no remote" },
		{ "another remote's name", "remote rename origin backup", NULL,
		    NULL, "clean (remote: backup)" },
	};
	struct scratch *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make_repo(s);
		if (rows[i].git != NULL)
			git_all(s, "repo", rows[i].git);
		if (rows[i].file != NULL)
			change_file(s, rows[i].file, "changed\n");
		if (rows[i].git_after != NULL)
			git_all(s, "repo", rows[i].git_after);
		assert_says(s, rows[i].what, "repo", rows[i].text);
		assert_ok(tree_remove(s->fd, "repo"));
		assert_ok(tree_remove(s->fd, "remote.git"));
	}
}

static void
test_values(void **state)
{
	const struct scratch *s = *state;
	struct git_status status;

	make_repo(s);
	look(s, "repo", &status);
	assert_true(status.is_repository);
	assert_true(status.has_remote);
	assert_true(status.has_upstream);
	assert_string_equal(status.branch, "main");
	assert_string_equal(status.remote, "origin");
	git_status_release(&status);
	git(s, "repo", "checkout -q --detach");
	look(s, "repo", &status);
	assert_null(status.branch);
	assert_false(status.has_upstream);
	git_status_release(&status);
}

static void
test_subdirectory(void **state)
{
	const struct scratch *s = *state;

	make_repo(s);
	change_file(s, "repo/file", "changed\n");
	assert_says(s, "changed above", "repo/sub", "clean (remote: origin)");
	change_file(s, "repo/sub/file", "changed\n");
	assert_says(s, "changed in it", "repo/sub",
	    "1 file changed (remote: origin)");
	assert_says(s, "all", "repo", "2 files changed (remote: origin)");
}

static void
test_no_repository(void **state)
{
	const struct scratch *s = *state;

	(void)close(put_dir(s->fd, "plain"));
	assert_says(s, "plain", "plain", "not a git repository");
	(void)close(put_dir(s->fd, "new"));
	git(s, "new", "init -q -b main");
	assert_says(s, "no commit", "new", "clean, no remote");
	put_file(s->fd, "new/file", "text");
	assert_says(s, "no commit yet", "new", "1 file changed, no remote");
}

/* Something that git takes for damage is an error in its words. */
static void
test_broken(void **state)
{
	const struct scratch *s = *state;
	AUTO_FREE char *dir = path_join(s->path, "broken");
	struct git_status status;

	(void)close(put_dir(s->fd, "broken"));
	put_file(s->fd, "broken/.git", "gitdir: /nowhere\n");
	assert_code(git_status(dir, 0, &status), ERR_REFUSED);
}

/* A command that the repository names runs only in the user's own. */
static void
test_foreign(void **state)
{
	const struct scratch *s = *state;
	AUTO_FREE char *dir = path_join(s->path, "repo");
	AUTO_FREE char *hook = path_join(s->path, "hook");
	AUTO_FREE char *text =
	    xasprintf("#!/bin/sh\n: >'%s/ran'\nexit 1\n", s->path);
	AUTO_FREE char *line = xasprintf("config core.fsmonitor %s", hook);
	struct git_status status;

	make_repo(s);
	assert_ok(fs_create_file(s->fd, "hook", text, strlen(text), 0755));
	git(s, "repo", line);
	assert_ok(git_status(dir, GIT_FOREIGN, &status));
	git_status_release(&status);
	assert_int_equal(kind_at(s->fd, "ran"), FS_ABSENT);
	assert_ok(git_status(dir, 0, &status));
	git_status_release(&status);
	assert_int_equal(kind_at(s->fd, "ran"), FS_FILE);
}

/* Readers do not write: git's index stays as it is. */
static void
test_reads_only(void **state)
{
	const struct scratch *s = *state;
	struct tree_sum before = { 0 };
	struct tree_sum after = { 0 };
	struct fs_stat index_before = { 0 };
	struct fs_stat index_after = { 0 };
	struct git_status status;

	make_repo(s);
	/* A new inode and time: git would like to note that in its index. */
	change_file(s, "repo/file", "text\ntext\ntext\n");
	assert_ok(fs_stat(s->fd, "repo/.git/index", &index_before));
	assert_ok(tree_digest(s->fd, "repo", &before));
	look(s, "repo", &status);
	git_status_release(&status);
	assert_ok(fs_stat(s->fd, "repo/.git/index", &index_after));
	assert_ok(tree_digest(s->fd, "repo", &after));
	assert_true(
	    fs_id_equal(fs_id_of(&index_before), fs_id_of(&index_after)));
	assert_true(digest_equal(&before.digest, &after.digest));
}

static void
test_not_installed(void **state)
{
	const struct scratch *s = *state;
	AUTO_FREE char *dir = path_join(s->path, "repo");
	AUTO_FREE char *path = xstrdup(getenv("PATH"));
	struct git_status status;

	make_repo(s);
	assert_int_equal(setenv("PATH", s->path, 1), 0);
	struct error *err = git_status(dir, 0, &status);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_code(err, ERR_NOT_FOUND);
}

static int
setup(void **state)
{
	static const char *const env[][2] = {
		{ "GIT_CONFIG_GLOBAL", "/dev/null" },
		{ "GIT_CONFIG_SYSTEM", "/dev/null" },
		{ "GIT_AUTHOR_NAME", "A" },
		{ "GIT_AUTHOR_EMAIL", "a@example.org" },
		{ "GIT_COMMITTER_NAME", "A" },
		{ "GIT_COMMITTER_EMAIL", "a@example.org" },
	};

	if (scratch_setup(state) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(env); i++)
		assert_int_equal(setenv(env[i][0], env[i][1], 1), 0);
	return 0;
}

static bool
has_git(void)
{
	static const char *const argv[] = { "git", "--version", NULL };
	const struct proc_spec spec = { .argv = argv };
	AUTO_PROC_RESULT struct proc_result r = { 0 };
	AUTO_ERROR struct error *err = proc_run(&spec, &r);

	return err == NULL && r.exit_code == 0;
}

#define WITH_GIT(sentence, fn)                                                 \
	{                                                                      \
		(sentence), (fn), setup, scratch_teardown, NULL                \
	}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_GIT("the state is said in few words", test_states),
		WITH_GIT("branch, upstream and remote are known", test_values),
		WITH_GIT("only what is below the directory counts",
		    test_subdirectory),
		WITH_GIT("a directory may be no repository, or an empty one",
		    test_no_repository),
		WITH_GIT("a broken repository is an error", test_broken),
		WITH_GIT("nothing of a foreign repository is executed",
		    test_foreign),
		WITH_GIT("asking writes nothing", test_reads_only),
		WITH_GIT("without git that is said", test_not_installed),
	};

	if (!has_git()) {
		print_message("1..0 # SKIP git is not installed\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
