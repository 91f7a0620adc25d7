#include "newtarget.h"

#include <fcntl.h>
#include <string.h>

#include "agents.h"
#include "fs.h"
#include "options.h"
#include "path.h"

struct error *
newtarget_mode(const char *text, enum mode *out)
{
	enum mode mode;

	if (!config_mode_parse(text, &mode))
		return error_new(ERR_USAGE,
		    "%s is no mode; there are merge, symlink and copy", text);
	*out = mode;
	return NULL;
}

struct error *
newtarget_unknown(const char *name)
{
	AUTO_FREE const char **names = NULL;
	const struct agent *agents;
	const char *nearest;
	size_t n;

	if (*name == '\0')
		return error_new(ERR_USAGE, "the name of an agent is empty");
	agents = agents_all(&n);
	names = xcalloc(n, sizeof(*names));
	for (size_t i = 0; i < n; i++)
		names[i] = agents[i].name;
	nearest = options_nearest(name, names, n);
	if (nearest == NULL)
		return error_new(ERR_USAGE, "%s is not a known agent", name);
	return error_new(ERR_USAGE,
	    "%s is not a known agent (did you mean %s?)", name, nearest);
}

/*
 * path without links, as far as it exists; the rest as it is. Yours.
 */
MUST_USE static struct error *
real_path(const char *abs, char **out)
{
	AUTO_FREE char *dir = xstrdup(abs);
	AUTO_FREE char *real = NULL;
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct error *err;

	while (true) {
		char *up;

		err = fs_stat_follow(AT_FDCWD, dir, &st);
		if (err != NULL)
			return err;
		if (st.kind == FS_DIR || dir[1] == '\0')
			break;
		up = path_dir(dir);
		free(dir);
		dir = up;
	}
	err = fs_open_dir(dir, &fd);
	if (err != NULL)
		return err;
	err = fs_fd_path(fd, &real);
	if (err != NULL)
		return err;
	*out = path_join(real, path_below(dir, abs));
	return NULL;
}

MUST_USE static struct error *
check_overlap(const char *source, const char *name, const char *abs)
{
	AUTO_FREE char *real_source = NULL;
	AUTO_FREE char *real = NULL;
	AUTO_FREE char *a = NULL;
	AUTO_FREE char *b = NULL;
	struct error *err;

	err = real_path(source, &real_source);
	if (err != NULL)
		return err;
	err = real_path(abs, &real);
	if (err != NULL)
		return err;
	a = path_normal(real_source);
	b = path_normal(real);
	if (path_below(a, b) == NULL && path_below(b, a) == NULL)
		return NULL;
	return error_new(ERR_REFUSED,
	    "target %s: %s and the source %s overlap; a target must be a "
	    "directory apart from the source",
	    name, abs, source);
}

/* A custom target must exist; an agent's directory is made by sync. */
MUST_USE static struct error *
check_directory(const char *name, const char *abs, bool must_exist)
{
	struct fs_stat st = { 0 };
	struct error *err;

	err = fs_stat_follow(AT_FDCWD, abs, &st);
	if (err != NULL)
		return error_wrap(err, "target %s", name);
	if (st.kind == FS_DIR || (st.kind == FS_ABSENT && !must_exist))
		return NULL;
	if (st.kind == FS_ABSENT)
		return error_new(ERR_NOT_FOUND,
		    "target %s: %s does not exist; make the directory first",
		    name, abs);
	return error_new(ERR_REFUSED, "target %s: %s is not a directory", name,
	    abs);
}

MUST_USE static struct error *
check_name(const char *name, const struct agent *agent, const char *path)
{
	const char *problem = config_name_problem(name);

	if (problem != NULL)
		return error_new(ERR_USAGE, "target name %s %s", name, problem);
	if (agent == NULL && path == NULL)
		return error_wrap(newtarget_unknown(name),
		    "give the path of target %s", name);
	if (path != NULL && *path == '\0')
		return error_new(ERR_USAGE, "target %s: the path is empty",
		    name);
	return NULL;
}

struct error *
newtarget_judge(const struct host_env *env, const char *source,
    const char *name, const char *path, struct arena *arena,
    struct newtarget *out)
{
	const struct agent *agent = agents_find(name);
	AUTO_FREE char *expanded = NULL;
	AUTO_FREE char *abs = NULL;
	AUTO_FREE char *text = NULL;
	struct error *err;

	err = check_name(name, agent, path);
	if (err != NULL)
		return err;
	expanded =
	    path_expand_home(env->home, path != NULL ? path : agent->path);
	abs = path_absolute(env->cwd, expanded);
	err = check_directory(name, abs, path != NULL);
	if (err != NULL)
		return err;
	err = check_overlap(source, name, abs);
	if (err != NULL)
		return err;
	text = path_shorten_home(env->home, abs);
	out->name = arena_strdup(arena, name);
	out->abs = arena_strdup(arena, abs);
	out->text = arena_strdup(arena, text);
	if (path == NULL)
		out->text = NULL;
	return NULL;
}
