/*
 * The fault points read the environment once: each row runs this program
 * anew, as a worker that makes a directory and writes two files.
 */
#include "fault.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "proc.h"
#include "scratch.h"

/* mkdir; open, write; open, write; the exit code is the errno. */
static int
work(void)
{
	AUTO_CLOSE int fd = -1;

	AUTO_ERROR struct error *err = fs_mkdir(AT_FDCWD, "dir", 0755);
	if (err == NULL)
		err = fs_open_dir("dir", &fd);
	if (err == NULL)
		err = fs_create_file(fd, "one", "1111", 4, 0644);
	if (err == NULL)
		err = fs_create_file(fd, "two", "2222", 4, 0644);
	return err == NULL ? 0 : error_sys(err);
}

/* On a file system that knows no NOREPLACE, if the environment says so. */
static int
work_noreplace(void)
{
	static const struct {
		const char *from, *to;
		int sys;
	} rows[] = {
		{ "file", "new-file", 0 },
		{ "dir", "new-dir", 0 },
		{ "link", "new-link", 0 },
		{ "new-file", "taken", EEXIST },
		{ "new-dir", "taken", EEXIST },
		{ "new-dir", "new-file", EEXIST },
		{ "absent", "other", ENOENT },
		{ "absent", "taken", ENOENT },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_ERROR struct error *err = fs_rename_noreplace(AT_FDCWD,
		    rows[i].from, AT_FDCWD, rows[i].to);
		if ((err == NULL ? 0 : error_sys(err)) != rows[i].sys)
			return (int)i + 1;
	}
	return 0;
}

struct row {
	const char *spec;
	const char *calls; /* counted */
	int exit_code;
	bool has_dir, has_one, has_two;
};

static char *
find_ourselves(void)
{
	struct strbuf path = { 0 };

	assert_ok(fs_read_link(AT_FDCWD, "/proc/self/exe", &path));
	return strbuf_detach(&path);
}

static void
check(const struct scratch *s, const struct row *row)
{
	AUTO_FREE char *self = find_ourselves();
	const char *const argv[] = { self, "work", NULL };
	AUTO_FREE char *spec = xasprintf("SKILLSHARE_FAULT=%s", row->spec);
	AUTO_FREE char *count =
	    xasprintf("SKILLSHARE_FAULT_COUNT=%s/count", s->path);
	const char *const env[] = { spec, count, NULL };
	struct proc_spec run = { .argv = argv, .dir = s->path, .env_set = env };
	AUTO_PROC_RESULT struct proc_result r;

	assert_ok(proc_run(&run, &r));
	if (r.exit_code != row->exit_code)
		fail_msg("%s: exit code %d", row->spec, r.exit_code);
	if ((kind_at(s->fd, "dir") == FS_DIR) != row->has_dir ||
	    (kind_at(s->fd, "dir/one") == FS_FILE) != row->has_one ||
	    (kind_at(s->fd, "dir/two") == FS_FILE) != row->has_two)
		fail_msg("%s: not what should be there", row->spec);
	assert_file(s->fd, "count", row->calls);
	assert_ok(tree_remove(s->fd, "dir"));
	assert_ok(fs_unlink(s->fd, "count"));
}

static void
test_points(void **state)
{
	/* A file that cannot be written is unlinked: one call more. */
	static const struct row rows[] = {
		{ "", "5\n", 0, true, true, true },
		{ "1:EIO", "1\n", EIO, false, false, false },
		{ "1:KILL", "1\n", 128 + SIGKILL, false, false, false },
		{ "1:AFTER", "1\n", 128 + SIGKILL, true, false, false },
		{ "2:ENOSPC", "2\n", ENOSPC, true, false, false },
		{ "2:AFTER", "2\n", 128 + SIGKILL, true, true, false },
		{ "3:EIO", "4\n", EIO, true, false, false },
		{ "3:SHORT", "5\n", ENOSPC, true, false, false },
		{ "5:EIO", "6\n", EIO, true, true, false },
		{ "5:AFTER", "5\n", 128 + SIGKILL, true, true, true },
		{ "6:KILL", "5\n", 0, true, true, true },
		{ "write:EROFS", "4\n", EROFS, true, false, false },
		{ "rename:EIO", "5\n", 0, true, true, true },
		{ "rename:EIO,2:EDQUOT,3:KILL", "2\n", EDQUOT, true, false,
		    false },
		{ "write:EROFS,4:KILL", "4\n", 128 + SIGKILL, true, true,
		    false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(*state, &rows[i]);
}

static void
test_noreplace(void **state)
{
	AUTO_FREE char *self = find_ourselves();
	const char *const argv[] = { self, "noreplace", NULL };
	static const char *const env[] = { "SKILLSHARE_FAULT=noreplace:EINVAL",
		NULL };
	const struct scratch *s = *state;
	struct proc_spec run = { .argv = argv, .dir = s->path, .env_set = env };
	AUTO_PROC_RESULT struct proc_result r;

	put_file(s->fd, "file", "text");
	(void)close(put_dir(s->fd, "dir"));
	assert_ok(fs_symlink("nowhere", s->fd, "link"));
	put_file(s->fd, "taken", "taken");
	assert_ok(proc_run(&run, &r));
	assert_int_equal(r.exit_code, 0);
	assert_file(s->fd, "new-file", "text");
	assert_file(s->fd, "taken", "taken");
	assert_int_equal(kind_at(s->fd, "new-dir"), FS_DIR);
	assert_link(s->fd, "new-link", "nowhere");
	assert_int_equal(kind_at(s->fd, "file"), FS_ABSENT);
	assert_int_equal(kind_at(s->fd, "link"), FS_ABSENT);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("the call that is named fails, or is the last one",
		    test_points),
		IN_SCRATCH("without NOREPLACE a rename still replaces nothing",
		    test_noreplace),
	};

	if (argc == 2 && strcmp(argv[1], "work") == 0)
		return work();
	if (argc == 2 && strcmp(argv[1], "noreplace") == 0)
		return work_noreplace();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
