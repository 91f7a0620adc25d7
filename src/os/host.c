#include "host.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "path.h"
#include "sys.h"

/* An unset and an empty variable are the same. */
static const char *
env_value(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* A base directory that is not absolute is to be ignored (XDG). */
static char *
env_base_dir(const char *name, const char *home, const char *below_home)
{
	const char *value = env_value(name);

	if (value != NULL && value[0] == '/')
		return path_normal(value);
	return path_join(home, below_home);
}

/* A path that the user gave, "~" included: a YAML or unit file has no shell. */
static char *
env_path(const char *name, const struct host_env *env)
{
	const char *value = env_value(name);

	if (value == NULL)
		return NULL;
	AUTO_FREE char *expanded = path_expand_home(env->home, value);
	return path_absolute(env->cwd, expanded);
}

static char *
find_home(void)
{
	const char *home = env_value("HOME");

	if (home == NULL || home[0] != '/') {
		const struct passwd *pw = getpwuid(geteuid());

		home = pw != NULL ? pw->pw_dir : NULL;
	}
	if (home == NULL || home[0] != '/')
		return NULL;
	return path_normal(home);
}

static char *
find_cwd(void)
{
	char cwd[4096];

	return xstrdup(
	    getcwd(cwd, sizeof(cwd)) != NULL && cwd[0] == '/' ? cwd : "/");
}

struct error *
host_env_read(struct host_env *out)
{
	struct host_env env = { 0 };

	env.home = find_home();
	if (env.home == NULL)
		return error_new(ERR_CONFIG,
		    "there is no home directory; set HOME to an absolute path");
	env.cwd = find_cwd();
	env.config_path = env_path("SKILLSHARE_CONFIG", &env);
	if (env.config_path == NULL) {
		AUTO_FREE char *dir =
		    env_base_dir("XDG_CONFIG_HOME", env.home, ".config");
		env.config_path = path_join(dir, "skillshare/config.yaml");
	}
	env.state_home =
	    env_base_dir("XDG_STATE_HOME", env.home, ".local/state");
	env.data_home = env_base_dir("XDG_DATA_HOME", env.home, ".local/share");
	env.source = env_path("SKILLSHARE_SOURCE", &env);
	env.no_color = env_value("NO_COLOR") != NULL;

	struct stat st;
	env.home_is_foreign =
	    geteuid() == 0 && stat(env.home, &st) == 0 && st.st_uid != 0;
	*out = env;
	return NULL;
}

void
host_env_release(struct host_env *env)
{
	free(env->home);
	free(env->config_path);
	free(env->state_home);
	free(env->data_home);
	free(env->source);
	free(env->cwd);
	*env = (struct host_env){ 0 };
}

void
host_id_read(struct host_id *out)
{
	*out = (struct host_id){ .pid = (long)getpid() };
	/* The last byte stays zero, however long the name. */
	if (gethostname(out->name, sizeof(out->name) - 1) == -1)
		(void)snprintf(out->name, sizeof(out->name), "localhost");
	sys_machine_id(out->machine, sizeof(out->machine));
	if (out->machine[0] == '\0')
		memcpy(out->machine, out->name, sizeof(out->machine));
	sys_boot_id(out->boot, sizeof(out->boot));
}

int64_t
host_now(void)
{
	return (int64_t)time(NULL);
}

int64_t
host_now_ns(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) == -1)
		BUG("no clock");
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
host_ticks_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		BUG("no monotonic clock");
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
host_stamp(int64_t when, char out[HOST_STAMP_LEN + 1])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(out, HOST_STAMP_LEN + 1, "%Y-%m-%d_%H-%M-%S", &tm) !=
		HOST_STAMP_LEN)
		BUG("the time %lld has no date of four digits",
		    (long long)when);
}

void
host_token(char out[HOST_TOKEN_LEN + 1])
{
	uint64_t random;

	if (getentropy(&random, sizeof(random)) == -1)
		BUG("the system has no random source");
	(void)snprintf(out, HOST_TOKEN_LEN + 1, "%016llx",
	    (unsigned long long)random);
}
