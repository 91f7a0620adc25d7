#include "gitconf.h"

#include <fcntl.h>
#include <string.h>

#include "fs.h"
#include "gitrun.h"
#include "lower.h"
#include "path.h"
#include "tree.h"

struct error *
git_config_find(const char *dir, char **out)
{
	const struct git git = { .dir = dir };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err = git_call(&git,
	    GIT_ARGS("rev-parse", "--git-common-dir"), NULL, &text);

	if (err != NULL)
		return err;
	AUTO_FREE char *line =
	    xstrndup(strbuf_str(&text), strcspn(strbuf_str(&text), "\n"));
	AUTO_FREE char *git_dir = path_absolute(dir, line);
	*out = path_join(git_dir, "config");
	return NULL;
}

/* Somebody may have been faster since the config was looked at. */
MUST_USE static struct error *
check_new(const struct git *git, const struct git_config_edit *edit,
    const char *copy)
{
	bool is_taken = false;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && !is_taken && i < edit->n; i++)
		err = git_is(git,
		    GIT_ARGS("config", "--file", copy, "--get-all",
			edit->settings[i].key),
		    &is_taken);
	if (err == NULL && is_taken)
		err = error_new(ERR_CONFLICT,
		    "%s was changed by somebody else just now: run the "
		    "command again",
		    edit->config);
	return err;
}

MUST_USE static struct error *
write_settings(const struct git_config_edit *edit, const char *copy,
    bool is_copy)
{
	const struct git git = {
		.dir = edit->dir,
		.said = edit->said,
		.flags = GIT_WRITES | GIT_STEP,
	};
	struct error *err = NULL;

	if (edit->is_new && is_copy)
		err = check_new(&git, edit, copy);
	for (size_t i = 0; err == NULL && i < edit->n; i++)
		err = git_call(&git,
		    GIT_ARGS("config", "--file", copy, edit->settings[i].key,
			edit->settings[i].value),
		    NULL, NULL);
	return err;
}

struct error *
git_config_build(void *payload, int slots_fd, const char *name)
{
	const struct git_config_edit *edit = payload;
	AUTO_FREE char *slots = NULL;
	AUTO_FREE char *config = NULL;
	struct fs_stat st = { 0 };
	struct error *err = fs_fd_path(slots_fd, &slots);

	if (err == NULL)
		err = lower_resolve(edit->config, &config);
	if (err == NULL)
		err = fs_stat(AT_FDCWD, config, &st);
	if (err == NULL && st.kind != FS_ABSENT)
		err = tree_copy(AT_FDCWD, config, slots_fd, name, NULL);
	if (err != NULL)
		return err;
	AUTO_FREE char *copy = path_join(slots, name);
	return write_settings(edit, copy, st.kind != FS_ABSENT);
}
