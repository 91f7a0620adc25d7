#include "lock.h"

#include <signal.h>
#include <sys/wait.h>

#include "scratch.h"

static void
test_take(void **state)
{
	const struct scratch *s = *state;
	struct lock a = LOCK_NONE, b = LOCK_NONE;
	struct fs_stat st;

	assert_ok(lock_take(s->fd, "lock", &a));
	assert_ok(fs_stat(s->fd, "lock", &st));
	assert_int_equal(st.mode, 0600);
	assert_code(lock_take(s->fd, "lock", &b), ERR_BUSY);
	assert_int_equal(b.fd, -1);
	lock_release(&a);
	assert_int_equal(a.fd, -1);
	lock_release(&a);
	assert_ok(lock_take(s->fd, "lock", &b));
	lock_release(&b);
}

static void
test_content(void **state)
{
	const struct scratch *s = *state;
	struct lock lock = LOCK_NONE;
	struct fs_stat before, after;

	put_file(s->fd, "lock", "old note\n");
	assert_ok(fs_stat(s->fd, "lock", &before));
	assert_ok(lock_take(s->fd, "lock", &lock));
	lock_release(&lock);
	assert_ok(fs_stat(s->fd, "lock", &after));
	assert_int_equal(before.mtime_ns, after.mtime_ns);
	assert_int_equal(before.ctime_ns, after.ctime_ns);
	assert_file(s->fd, "lock", "old note\n");
}

static void
test_probe(void **state)
{
	const struct scratch *s = *state;
	struct lock lock = LOCK_NONE;
	bool is_held = true;
	AUTO_FREE char *absent = NULL;
	AUTO_FREE char *living = NULL;
	AUTO_FREE char *shorter = NULL;
	AUTO_FREE char *dead = NULL;

	assert_ok(lock_probe(s->fd, "lock", &is_held, &absent));
	assert_false(is_held);
	assert_string_equal(absent, "");
	assert_int_equal(kind_at(s->fd, "lock"), FS_ABSENT);

	assert_ok(lock_take(s->fd, "lock", &lock));
	assert_ok(lock_note(&lock, "pid 12 on host runs sync"));
	assert_ok(lock_probe(s->fd, "lock", &is_held, &living));
	assert_true(is_held);
	assert_string_equal(living, "pid 12 on host runs sync");
	assert_ok(lock_note(&lock, "short"));
	assert_ok(lock_probe(s->fd, "lock", &is_held, &shorter));
	assert_string_equal(shorter, "short");
	assert_file(s->fd, "lock", "short\n");

	lock_release(&lock);
	assert_ok(lock_probe(s->fd, "lock", &is_held, &dead));
	assert_false(is_held);
	assert_string_equal(dead, "");
	assert_ok(lock_probe(s->fd, "lock", &is_held, NULL));
}

static void
test_probe_lets_go(void **state)
{
	const struct scratch *s = *state;
	struct lock lock = LOCK_NONE;
	bool is_held = false;

	put_file(s->fd, "lock", "");
	assert_ok(fs_chmod(s->fd, "lock", 0444));
	assert_ok(lock_probe(s->fd, "lock", &is_held, NULL));
	assert_false(is_held);
	assert_ok(fs_chmod(s->fd, "lock", 0644));
	assert_ok(lock_take(s->fd, "lock", &lock));
	/* Asking from this very process does not let the lock go either. */
	assert_ok(lock_probe(s->fd, "lock", &is_held, NULL));
	assert_true(is_held);
	assert_ok(lock_probe(s->fd, "lock", &is_held, NULL));
	assert_true(is_held);
	lock_release(&lock);
}

static void
test_link(void **state)
{
	const struct scratch *s = *state;
	struct lock lock = LOCK_NONE;

	put_file(s->fd, "f", "user's");
	assert_ok(fs_symlink("f", s->fd, "lock"));
	assert_sys(lock_take(s->fd, "lock", &lock), ELOOP);
	assert_file(s->fd, "f", "user's");
}

static void
test_dir(void **state)
{
	const struct scratch *s = *state;
	struct lock a = LOCK_NONE, b = LOCK_NONE;

	assert_ok(lock_take_dir(s->fd, "source", &a));
	assert_code(lock_take_dir(s->fd, "source", &b), ERR_BUSY);
	lock_release(&a);
	assert_ok(lock_take_dir(s->fd, "source", &b));
	lock_release(&b);
	assert_int_equal(kind_at(s->fd, "."), FS_DIR); /* fd is still open */
}

static void
hold_in_child(const struct scratch *s, int ready_fd)
{
	struct lock lock = LOCK_NONE;
	struct error *err = lock_take(s->fd, "lock", &lock);

	(void)!write(ready_fd, err == NULL ? "y" : "n", 1);
	for (;;)
		(void)pause();
}

static void
test_dead_holder(void **state)
{
	const struct scratch *s = *state;
	struct lock lock = LOCK_NONE;
	bool is_held = false;
	char ready = 'n';
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0)
		hold_in_child(s, fds[1]);
	assert_int_equal(read(fds[0], &ready, 1), 1);
	assert_int_equal(ready, 'y');
	assert_ok(lock_probe(s->fd, "lock", &is_held, NULL));
	assert_true(is_held);
	assert_code(lock_take(s->fd, "lock", &lock), ERR_BUSY);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_ok(lock_take(s->fd, "lock", &lock));
	lock_release(&lock);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("a lock is held by one", test_take),
		IN_SCRATCH("taking a lock changes nothing in its file",
		    test_content),
		IN_SCRATCH("a probe tells a living holder from a dead note",
		    test_probe),
		IN_SCRATCH("a probe needs no right to write and lets nothing "
			   "go",
		    test_probe_lets_go),
		IN_SCRATCH("a link in the lock's place is refused", test_link),
		IN_SCRATCH("a directory can be locked, its descriptor stays",
		    test_dir),
		IN_SCRATCH("a dead holder holds nothing", test_dead_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
