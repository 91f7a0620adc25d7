/*
 * usage: driver SUITE...
 *        (kill errors recovery damage full race inject)
 *
 * Runs suites (suite.h) over the program SKILLSHARE, which must be built with
 * fault points (but for inject), in a directory below TMPDIR. FAULT_LONG=1:
 * every error at every call, and the like. FAULT_STEP=N: only at each N-th
 * call. FAULT_ONLY=WORDS: only the scenarios with these in their name.
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
	const char *step = getenv("FAULT_STEP");
	struct sigaction action = { .sa_handler = on_alarm };

	(void)umask(022);
	(void)sigaction(SIGALRM, &action, NULL);
	s->program = getenv("SKILLSHARE");
	if (s->program == NULL)
		bail_out("SKILLSHARE is not set");
	s->only = getenv("FAULT_ONLY");
	if (step == NULL || !parse_u64(step, 1000, &s->step) || s->step == 0)
		s->step = 1;
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
	s->can_overlay = s->can_mount && home_cover(s);
	if (s->can_overlay)
		home_uncover(s);
}

static void
teardown(struct suite *s)
{
	home_remove(s->dir);
	free(s->home);
	free(s->dir);
}

static void
run_suite(struct suite *s, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
		if (strcmp(name, suites[i].name) != 0)
			continue;
		s->all_points = 0;
		suites[i].run(s);
		printf("# %s: %zu points\n", name, s->all_points);
		return;
	}
	bail_out("no suite is called %s", name);
}

int
main(int argc, char **argv)
{
	struct suite s = { .at = "" };

	setup(&s);
	for (int i = 1; i < argc; i++)
		run_suite(&s, argv[i]);
	teardown(&s);
	printf("1..%u\n", s.test);
	return s.failures > 0;
}
