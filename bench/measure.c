/*
 * Runs a command and says what it took: "nanoseconds kilobytes exit-code".
 * A program of its own, because a child's peak memory begins with that of
 * its parent, and so that starting it costs both sides the same.
 *
 *   measure COMMAND [ARGUMENT...]   (its standard output goes to /dev/null)
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int
main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	pid_t pid;
	int status;

	if (argc < 2)
		errx(2, "usage: measure COMMAND [ARGUMENT...]");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	long long start = now_ns();
	int rc = posix_spawn(&pid, argv[1], &actions, NULL, argv + 1, environ);

	if (rc != 0 || wait4(pid, &status, 0, &usage) == -1)
		errx(1, "cannot run %s", argv[1]);
	printf("%lld %ld %d\n", now_ns() - start, usage.ru_maxrss,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 255);
	return 0;
}
