#include "proc.h"

#include <signal.h>
#include <stdio.h>

#include "host.h"
#include "scratch.h"
#include "signals.h"

#define SH(script)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		"sh", "-c", (script), NULL                                     \
	}

static void
test_outputs(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = { .argv =
				      SH("echo out; echo err >&2; exit 3") };

	(void)state;
	assert_ok(proc_run(&spec, &r));
	assert_int_equal(r.exit_code, 3);
	assert_false(r.timed_out);
	assert_string_equal(strbuf_str(&r.out), "out\n");
	assert_string_equal(strbuf_str(&r.err), "err\n");
}

static void
test_arguments(void **state)
{
	static const char *const argv[] = { "printf", "%s|", "a b", "$HOME",
		"*", "'", NULL };
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = { .argv = argv };

	(void)state;
	assert_ok(proc_run(&spec, &r));
	assert_string_equal(strbuf_str(&r.out), "a b|$HOME|*|'|");
}

static void
test_large(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	/* Both at once, more than a pipe holds. */
	struct proc_spec spec = {
		.argv = SH("i=0; while [ $i -lt 2000 ]; do i=$((i+1)); "
			   "printf %0100d $i; printf %0100d $i >&2; done"),
	};

	(void)state;
	assert_ok(proc_run(&spec, &r));
	assert_int_equal(r.out.len, 200000);
	assert_int_equal(r.err.len, 200000);
}

static void
test_too_large(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = {
		.argv = SH("while :; do echo 0123456789; done"),
		.max_out_bytes = 1000,
	};

	(void)state;
	assert_code(proc_run(&spec, &r), ERR_REFUSED);
	assert_true(r.out.len <= 1000);
}

static void
test_missing(void **state)
{
	static const char *const argv[] = { "no-such-program-of-ours", NULL };
	/* A directory in PATH that we may not search would be EACCES. */
	static const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
	AUTO_PROC_RESULT struct proc_result r;
	AUTO_PROC_RESULT struct proc_result in_dir;
	struct proc_spec spec = { .argv = argv, .env_set = env };
	struct proc_spec dir_spec = { .argv = SH(":"), .dir = "/no/such/dir" };

	(void)state;
	assert_sys(proc_run(&spec, &r), ENOENT);
	assert_code(proc_run(&dir_spec, &in_dir), ERR_NOT_FOUND);
}

static void
test_dir_and_env(void **state)
{
	static const char *const env[] = { "SKILLSHARE_A=new", "SKILLSHARE_B",
		"SKILLSHARE_D=", NULL };
	const struct scratch *s = *state;
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = {
		.argv = SH("pwd; echo \"$SKILLSHARE_A-${SKILLSHARE_B-unset}-"
			   "$SKILLSHARE_C-${SKILLSHARE_D-unset}\""),
		.dir = s->path,
		.env_set = env,
	};

	assert_int_equal(setenv("SKILLSHARE_A", "old", 1), 0);
	assert_int_equal(setenv("SKILLSHARE_B", "old", 1), 0);
	assert_int_equal(setenv("SKILLSHARE_C", "kept", 1), 0);
	assert_ok(proc_run(&spec, &r));
	AUTO_FREE char *want = xasprintf("%s\nnew-unset-kept-\n", s->path);
	assert_string_equal(strbuf_str(&r.out), want);
}

static void
test_input(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = { .argv = SH("cat; echo end") };

	(void)state;
	assert_ok(proc_run(&spec, &r));
	assert_string_equal(strbuf_str(&r.out), "end\n");
}

static void
test_inherits_nothing(void **state)
{
	const struct scratch *s = *state;
	AUTO_PROC_RESULT struct proc_result r;
	char script[80];

	/* The scratch directory is open in us, and in no child. */
	(void)snprintf(script, sizeof(script),
	    "[ -e /proc/self/fd/%d ] && echo open; echo end", s->fd);
	struct proc_spec spec = { .argv = SH(script) };
	assert_ok(proc_run(&spec, &r));
	assert_string_equal(strbuf_str(&r.out), "end\n");
}

static void
test_signal_death(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = { .argv = SH("kill -9 $$") };

	(void)state;
	assert_ok(proc_run(&spec, &r));
	assert_int_equal(r.exit_code, 128 + SIGKILL);
}

static void
test_pipe_signal(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = { .argv = SH("kill -PIPE $$; echo ignored") };

	(void)state;
	signals_install(); /* ignores it here, not in children */
	assert_ok(proc_run(&spec, &r));
	assert_int_equal(r.exit_code, 128 + SIGPIPE);
}

static void
test_timeout(void **state)
{
	const struct scratch *s = *state;
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = {
		.argv = SH("(sleep 2; echo late >late) & echo early; sleep 60"),
		.dir = s->path,
		.timeout_ms = 300,
	};
	int64_t start_ms = host_ticks_ms();

	assert_ok(proc_run(&spec, &r));
	assert_true(r.timed_out);
	assert_int_equal(r.exit_code, 128 + SIGTERM);
	assert_string_equal(strbuf_str(&r.out), "early\n");
	assert_true(host_ticks_ms() - start_ms < 3000);
	/* Had the whole group not ended, its other half would write. */
	(void)sleep(3);
	assert_int_equal(kind_at(s->fd, "late"), FS_ABSENT);
}

static void
test_stubborn(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = {
		.argv = SH("trap '' TERM; while :; do sleep 0.1; done"),
		.timeout_ms = 200,
	};

	(void)state;
	assert_ok(proc_run(&spec, &r));
	assert_true(r.timed_out);
	assert_int_equal(r.exit_code, 128 + SIGKILL);
}

static void
test_background(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = { .argv = SH("echo done; sleep 30 & exit 0") };
	int64_t start_ms = host_ticks_ms();

	(void)state;
	assert_ok(proc_run(&spec, &r));
	assert_int_equal(r.exit_code, 0);
	assert_string_equal(strbuf_str(&r.out), "done\n");
	assert_true(host_ticks_ms() - start_ms < 5000);
}

static void
test_closed_outputs(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	struct proc_spec spec = {
		.argv = SH("exec >&- 2>&-; sleep 0.3; exit 4"),
	};

	(void)state;
	assert_ok(proc_run(&spec, &r));
	assert_int_equal(r.exit_code, 4);
}

/* Last: the flag that it raises stays. */
static void
test_interrupt(void **state)
{
	AUTO_PROC_RESULT struct proc_result r;
	char script[64];

	(void)state;
	(void)snprintf(script, sizeof(script), "kill -INT %ld; sleep 60",
	    (long)getpid());
	struct proc_spec spec = { .argv = SH(script) };
	signals_install();
	assert_null(signals_check());
	int64_t start_ms = host_ticks_ms();
	assert_code(proc_run(&spec, &r), ERR_INTERRUPTED);
	assert_true(host_ticks_ms() - start_ms < 10000);
	assert_int_equal(signals_pending(), SIGINT);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(signals_pending(), SIGINT); /* the first one */
	assert_code(signals_check(), ERR_INTERRUPTED);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "both outputs and the exit code are told", test_outputs, NULL,
		    NULL, NULL },
		{ "arguments go through no shell", test_arguments, NULL, NULL,
		    NULL },
		{ "long outputs block nobody", test_large, NULL, NULL, NULL },
		{ "endless output is refused and ended", test_too_large, NULL,
		    NULL, NULL },
		{ "a missing program is told from a missing directory",
		    test_missing, NULL, NULL, NULL },
		IN_SCRATCH("directory and environment are as asked",
		    test_dir_and_env),
		{ "there is nothing to read", test_input, NULL, NULL, NULL },
		IN_SCRATCH("a child has none of our descriptors",
		    test_inherits_nothing),
		{ "a death by signal is 128 and its number", test_signal_death,
		    NULL, NULL, NULL },
		{ "a child may die of a broken pipe", test_pipe_signal, NULL,
		    NULL, NULL },
		IN_SCRATCH("a time-out ends the whole group", test_timeout),
		{ "who ignores SIGTERM is killed", test_stubborn, NULL, NULL,
		    NULL },
		{ "what stays in the background is not waited for",
		    test_background, NULL, NULL, NULL },
		{ "who closes its outputs is waited for", test_closed_outputs,
		    NULL, NULL, NULL },
		{ "a signal to us ends the child, and the first one counts",
		    test_interrupt, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
