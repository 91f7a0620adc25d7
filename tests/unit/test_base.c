#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"

static void
test_parse_u64(void **state)
{
	static const struct {
		const char *what;
		const char *s;
		uint64_t max;
		bool is_ok;
		uint64_t value;
	} rows[] = {
		{ "zero", "0", 10, true, 0 },
		{ "leading zeros are digits", "007", 10, true, 7 },
		{ "the maximum itself", "10", 10, true, 10 },
		{ "one more than the maximum", "11", 10, false, 0 },
		{ "the largest of all", "18446744073709551615", UINT64_MAX,
		    true, UINT64_MAX },
		{ "one more than the largest", "18446744073709551616",
		    UINT64_MAX, false, 0 },
		{ "ten times too much", "99999999999999999999", UINT64_MAX,
		    false, 0 },
		{ "nothing", "", 10, false, 0 },
		{ "a sign", "-1", 10, false, 0 },
		{ "a plus", "+1", 10, false, 0 },
		{ "a space before", " 1", 10, false, 0 },
		{ "a letter after", "1x", 10, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t got = 42;
		bool is_ok = parse_u64(rows[i].s, rows[i].max, &got);
		uint64_t want = rows[i].is_ok ? rows[i].value : 42;
		if (is_ok != rows[i].is_ok || got != want)
			fail_msg("%s: %d, %llu", rows[i].what, is_ok,
			    (unsigned long long)got);
	}
}

static void
test_grow(void **state)
{
	uint32_t *a = NULL;
	size_t n = 0;

	(void)state;
	for (; n < 1000; n++) {
		a = xgrow(a, n, sizeof(*a));
		a[n] = (uint32_t)n;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_equal(a[i], i);
	free(a);
}

static void
test_zero_bytes(void **state)
{
	void *a = xmalloc(0);
	void *b = xcalloc(0, 0);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	free(a);
	free(b);
}

static void
test_strings(void **state)
{
	AUTO_FREE char *dup = xstrdup("abc");
	AUTO_FREE char *cut = xstrndup("abc", 2);
	AUTO_FREE char *printed = xasprintf("%s-%d", "x", 7);

	(void)state;
	assert_string_equal(dup, "abc");
	assert_string_equal(cut, "ab");
	assert_string_equal(printed, "x-7");
}

static void
test_steal(void **state)
{
	AUTO_FREE char *p = xstrdup("abc");
	AUTO_CLOSE int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int kept_fd;

	(void)state;
	AUTO_FREE char *q = STEAL_PTR(p);
	assert_null(p);
	assert_string_equal(q, "abc");
	{
		AUTO_CLOSE int inner_fd = STEAL_FD(fd);
		kept_fd = inner_fd;
		assert_int_equal(fd, -1);
		assert_int_not_equal(fcntl(kept_fd, F_GETFD), -1);
	}
	assert_int_equal(fcntl(kept_fd, F_GETFD), -1);
}

static void
bug_in_child(void)
{
	static const struct rlimit no_core = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(SIGABRT, SIG_DFL);
	(void)close(STDERR_FILENO);
	BUG("%d", 1);
}

static void
test_bug(void **state)
{
	int status;

	(void)state;
	pid_t pid = fork();
	if (pid == 0)
		bug_in_child();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "a number is digits and nothing else, and has a maximum",
		    test_parse_u64, NULL, NULL, NULL },
		{ "an array grows and keeps what is in it", test_grow, NULL,
		    NULL, NULL },
		{ "zero bytes are a piece of memory, too", test_zero_bytes,
		    NULL, NULL, NULL },
		{ "strings are copied, cut and printed", test_strings, NULL,
		    NULL, NULL },
		{ "what is stolen is released once, by the new owner",
		    test_steal, NULL, NULL, NULL },
		{ "a bug aborts", test_bug, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
