#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "error.h"

static void
test_errno(void **state)
{
	(void)state;
	errno = EACCES;
	AUTO_ERROR struct error *err = error_errno("open", "a/b");
	assert_int_equal(error_code(err), ERR_SYS);
	assert_int_equal(error_sys(err), EACCES);
	assert_true(error_is_sys(err, EACCES));
	assert_false(error_is_sys(err, ENOENT));
	AUTO_FREE char *want = xasprintf("open a/b: %s", strerror(EACCES));
	assert_string_equal(error_msg(err), want);
}

static void
test_new(void **state)
{
	AUTO_ERROR struct error *err = error_new(ERR_BUSY, "%s is %d", "x", 3);

	(void)state;
	assert_int_equal(error_code(err), ERR_BUSY);
	assert_int_equal(error_sys(err), 0);
	assert_false(error_is_sys(err, 0));
	assert_string_equal(error_msg(err), "x is 3");
}

static void
test_wrap(void **state)
{
	(void)state;
	errno = ENOSPC;
	AUTO_ERROR struct error *err = error_errno("write", "f");
	AUTO_FREE char *inner = xstrdup(error_msg(err));
	AUTO_FREE char *want = xasprintf("target claude: %s", inner);
	struct error *same = error_wrap(err, "target %s", "claude");
	assert_ptr_equal(same, err);
	assert_string_equal(error_msg(err), want);
	assert_true(error_is_sys(err, ENOSPC));
}

static void
test_percent(void **state)
{
	AUTO_ERROR struct error *err = error_new(ERR_CONFIG, "%s", "100%n");

	(void)state;
	err = error_wrap(err, "%s", "%s%s");
	assert_string_equal(error_msg(err), "%s%s: 100%n");
}

static void
test_null(void **state)
{
	(void)state;
	error_free(NULL);
	assert_false(error_is_sys(NULL, 0));
	assert_false(error_is_sys(NULL, ENOENT));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "a system error keeps errno, operation and path", test_errno,
		    NULL, NULL, NULL },
		{ "any other error has a code and no errno", test_new, NULL,
		    NULL, NULL },
		{ "context goes before the text, and the code stays", test_wrap,
		    NULL, NULL, NULL },
		{ "a percent sign from the disk is no format", test_percent,
		    NULL, NULL, NULL },
		{ "no error can be freed and is no system error", test_null,
		    NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
