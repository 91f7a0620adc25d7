/*
 * usage: driver kill | errors | recovery | damage | full |
 *        race | inject
 *
 * Runs one of the suites (suite.h) over the program SKILLSHARE, which must be
 * built with fault points, in a directory below TMPDIR. FAULT_LONG=1: every
 * error at every call, and the like. FAULT_ONLY=WORD: only the scenarios with
 * that word in their name.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "path.h"
#include "suite.h"

static const struct {
	const char *name;
	void (*run)(struct suite *s);
} suites[] = {
	{ "kill", suite_kill },
	{ "errors", suite_errors },
	{ "recovery", suite_recovery },
	{ "damage", suite_damage },
	{ "full", suite_full },
	{ "race", suite_race },
	{ "inject", suite_inject },
};

static void
on_alarm(int signal)
{
	(void)signal; /* waitpid() returns */
}

static void
setup(struct suite *s)
{
	const char *tmp = getenv("TMPDIR");
	const char *is_long = getenv("FAULT_LONG");
	struct sigaction action = { .sa_handler = on_alarm };

	(void)umask(022);
	(void)sigaction(SIGALRM, &action, NULL);
	s->program = getenv("SKILLSHARE");
	if (s->program == NULL)
		bail_out("SKILLSHARE is not set");
	s->only = getenv("FAULT_ONLY");
	s->is_long = is_long != NULL && strcmp(is_long, "1") == 0;
	s->dir = xasprintf("%s/fault-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(s->dir) == NULL)
		bail_out("%s: %s", s->dir, strerror(errno));
	s->home = path_join(s->dir, "home");
	if (mkdir(s->home, 0755) == -1)
		bail_out("%s: %s", s->home, strerror(errno));
	/* Mounts that nobody else sees, and that end with us. */
	s->can_mount = unshare(CLONE_NEWNS) == 0 &&
		       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void
teardown(struct suite *s)
{
	home_remove(s->dir);
	free(s->home);
	free(s->dir);
}

int
main(int argc, char **argv)
{
	struct suite s = { .at = "" };

	for (size_t i = 0; argc == 2 && i < ARRAY_LEN(suites); i++) {
		if (strcmp(argv[1], suites[i].name) != 0)
			continue;
		setup(&s);
		suites[i].run(&s);
		teardown(&s);
		printf("# %s: %zu points in %u tests\n1..%u\n", argv[1],
		    s.all_points, s.test, s.test);
		return s.failures > 0;
	}
	(void)fprintf(stderr, "usage: driver SUITE\n");
	return 2;
}
