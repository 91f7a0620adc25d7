#include "host.h"

#include <pwd.h>
#include <time.h>

#include "scratch.h"

static void
clear_env(void)
{
	static const char *const names[] = { "SKILLSHARE_CONFIG",
		"SKILLSHARE_SOURCE", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
		"XDG_STATE_HOME", "NO_COLOR" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(unsetenv(names[i]), 0);
	assert_int_equal(setenv("HOME", "/h", 1), 0);
}

/* What one variable does to one member. */
struct env_row {
	const char *what;
	const char *name;
	const char *value;
	const char *want; /* NULL: the member is NULL */
};

static void
check_rows(const struct env_row *rows, size_t n, size_t offset)
{
	for (const struct env_row *row = rows; row < rows + n; row++) {
		struct host_env env;
		const char *got;

		clear_env();
		assert_int_equal(chdir("/"), 0);
		assert_int_equal(setenv(row->name, row->value, 1), 0);
		assert_ok(host_env_read(&env));
		memcpy(&got, (const char *)&env + offset, sizeof(got));
		if ((got == NULL) != (row->want == NULL) ||
		    (got != NULL && strcmp(got, row->want) != 0))
			fail_msg("%s: %s", row->what, got);
		host_env_release(&env);
	}
}

static void
test_config(void **state)
{
	static const struct env_row rows[] = {
		{ "by default", "HOME", "/h",
		    "/h/.config/skillshare/config.yaml" },
		{ "of XDG", "XDG_CONFIG_HOME", "/x",
		    "/x/skillshare/config.yaml" },
		{ "XDG must be absolute", "XDG_CONFIG_HOME", "x",
		    "/h/.config/skillshare/config.yaml" },
		{ "XDG is empty", "XDG_CONFIG_HOME", "",
		    "/h/.config/skillshare/config.yaml" },
		{ "named", "SKILLSHARE_CONFIG", "/c/../d.yaml", "/d.yaml" },
		{ "named from here", "SKILLSHARE_CONFIG", "c.yaml", "/c.yaml" },
		{ "named from home", "SKILLSHARE_CONFIG", "~/c.yaml",
		    "/h/c.yaml" },
		{ "named nothing", "SKILLSHARE_CONFIG", "",
		    "/h/.config/skillshare/config.yaml" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows),
	    offsetof(struct host_env, config_path));
}

static void
test_state_home(void **state)
{
	static const struct env_row rows[] = {
		{ "by default", "HOME", "/h/", "/h/.local/state" },
		{ "of XDG", "XDG_STATE_HOME", "/x/", "/x" },
		{ "XDG must be absolute", "XDG_STATE_HOME", "x",
		    "/h/.local/state" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows),
	    offsetof(struct host_env, state_home));
}

static void
test_data_home(void **state)
{
	static const struct env_row rows[] = {
		{ "by default", "HOME", "/h/", "/h/.local/share" },
		{ "of XDG", "XDG_DATA_HOME", "/x/", "/x" },
		{ "XDG must be absolute", "XDG_DATA_HOME", "x",
		    "/h/.local/share" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), offsetof(struct host_env, data_home));
}

static void
test_source(void **state)
{
	static const struct env_row rows[] = {
		{ "not set", "HOME", "/h", NULL },
		{ "empty", "SKILLSHARE_SOURCE", "", NULL },
		{ "absolute", "SKILLSHARE_SOURCE", "/s/", "/s" },
		{ "from here", "SKILLSHARE_SOURCE", "s", "/s" },
		{ "from home", "SKILLSHARE_SOURCE", "~/s", "/h/s" },
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows), offsetof(struct host_env, source));
}

static void
test_home(void **state)
{
	struct host_env env;
	const struct passwd *pw = getpwuid(geteuid());
	static const char *const none[] = { NULL, "", "relative" };

	(void)state;
	if (pw == NULL || pw->pw_dir[0] != '/') {
		skip();
		return;
	}
	AUTO_FREE char *want = xstrdup(pw->pw_dir);
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		clear_env();
		assert_int_equal(unsetenv("HOME"), 0);
		if (none[i] != NULL)
			assert_int_equal(setenv("HOME", none[i], 1), 0);
		assert_ok(host_env_read(&env));
		assert_string_equal(env.home, want);
		host_env_release(&env);
	}
}

static void
test_no_color(void **state)
{
	struct host_env env;
	static const struct {
		const char *value;
		bool want;
	} rows[] = { { "", false }, { "1", true }, { "0", true } };

	(void)state;
	clear_env();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(setenv("NO_COLOR", rows[i].value, 1), 0);
		assert_ok(host_env_read(&env));
		assert_int_equal(env.no_color, rows[i].want);
		host_env_release(&env);
	}
}

static void
test_foreign_home(void **state)
{
	const struct scratch *s = *state;
	struct host_env env;

	clear_env();
	assert_int_equal(setenv("HOME", s->path, 1), 0);
	assert_ok(host_env_read(&env));
	assert_false(env.home_is_foreign);
	host_env_release(&env);
	if (geteuid() != 0 || fchown(s->fd, NOBODY, NOBODY) == -1)
		return;
	assert_ok(host_env_read(&env));
	assert_true(env.home_is_foreign);
	host_env_release(&env);
}

static void
test_lost_cwd(void **state)
{
	const struct scratch *s = *state;
	struct host_env env;

	clear_env();
	assert_ok(fs_mkdir(s->fd, "d", 0755));
	AUTO_FREE char *dir = xasprintf("%s/d", s->path);
	assert_int_equal(chdir(dir), 0);
	assert_ok(host_env_read(&env));
	assert_string_equal(env.cwd, dir);
	host_env_release(&env);
	assert_ok(fs_rmdir(s->fd, "d"));
	assert_ok(host_env_read(&env));
	assert_string_equal(env.cwd, "/");
	host_env_release(&env);
	assert_int_equal(chdir("/"), 0);
}

static void
test_id(void **state)
{
	struct host_id a, b;

	(void)state;
	host_id_read(&a);
	host_id_read(&b);
	assert_true(a.machine[0] != '\0');
	assert_true(a.name[0] != '\0');
	assert_string_equal(a.machine, b.machine);
	assert_string_equal(a.boot, b.boot);
	assert_int_equal(a.pid, getpid());
	assert_null(strchr(a.machine, '\n'));
	assert_null(strchr(a.boot, '\n'));
}

static void
test_time(void **state)
{
	int64_t before_ms = host_ticks_ms();

	(void)state;
	assert_in_range(host_now(), 1700000000, INT64_C(32503680000));
	const struct timespec short_while = { .tv_nsec = 20000000 };
	(void)nanosleep(&short_while, NULL);
	assert_true(host_ticks_ms() - before_ms >= 19);
}

static void
test_stamp(void **state)
{
	char stamp[HOST_STAMP_LEN + 1];

	(void)state;
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	tzset();
	host_stamp(1768923000, stamp);
	assert_string_equal(stamp, "2026-01-20_15-30-00");
	assert_int_equal(setenv("TZ", "XXX-2", 1), 0);
	tzset();
	host_stamp(0, stamp);
	assert_string_equal(stamp, "1970-01-01_02-00-00");
}

static void
test_token(void **state)
{
	char a[HOST_TOKEN_LEN + 1], b[HOST_TOKEN_LEN + 1];

	(void)state;
	host_token(a);
	host_token(b);
	assert_int_equal(strspn(a, "0123456789abcdef"), HOST_TOKEN_LEN);
	assert_int_equal(strlen(a), HOST_TOKEN_LEN);
	assert_string_not_equal(a, b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "the config is named, of XDG, or below home", test_config,
		    NULL, NULL, NULL },
		{ "the state is of XDG or below home", test_state_home, NULL,
		    NULL, NULL },
		{ "the data are of XDG or below home", test_data_home, NULL,
		    NULL, NULL },
		{ "the source is absolute or not set", test_source, NULL, NULL,
		    NULL },
		{ "without HOME the password database is asked", test_home,
		    NULL, NULL, NULL },
		{ "NO_COLOR counts unless it is empty", test_no_color, NULL,
		    NULL, NULL },
		IN_SCRATCH("root over another's home is noticed",
		    test_foreign_home),
		IN_SCRATCH("a directory that is gone is no place to stand",
		    test_lost_cwd),
		{ "the machine has one identity", test_id, NULL, NULL, NULL },
		{ "time goes on", test_time, NULL, NULL, NULL },
		{ "a stamp is local time", test_stamp, NULL, NULL, NULL },
		{ "tokens are hex digits and differ", test_token, NULL, NULL,
		    NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
