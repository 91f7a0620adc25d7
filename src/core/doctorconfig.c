#include <fcntl.h>
#include <unistd.h>

#include "doctorpart.h"
#include "fs.h"
#include "path.h"

static void
look_at_home(struct exam *e)
{
	const char *home = e->env->home;
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat_follow(AT_FDCWD, home, &st);
	struct finding *f = NULL;

	if (err != NULL || st.kind != FS_DIR) {
		f = exam_find(e, DOCTOR_ERROR,
		    "the home directory does not exist");
		f->command = exam_command(e, "mkdir -p", home);
	} else if (e->env->home_is_foreign) {
		f = exam_find(e, DOCTOR_WARNING,
		    "you are root, and this home is another user's: what is "
		    "made here would belong to root");
		f->command = exam_text(e, "sudo -H -u '#%lu' skillshare doctor",
		    (unsigned long)st.uid);
	} else if (st.uid != geteuid()) {
		f = exam_find(e, DOCTOR_WARNING,
		    "the home directory is another user's");
	}
	if (f != NULL)
		f->path = home;
}

/* True if there is a file to be read. */
static bool
look_at_file(struct exam *e, struct fs_stat *link, struct fs_stat *file)
{
	const char *path = e->env->config_path;
	AUTO_ERROR struct error *err = fs_stat(AT_FDCWD, path, link);
	struct finding *f = NULL;

	if (err == NULL)
		err = fs_stat_follow(AT_FDCWD, path, file);
	if (err != NULL) {
		f = exam_find(e, DOCTOR_ERROR,
		    "the config cannot be looked at: %s", error_msg(err));
	} else if (link->kind == FS_ABSENT) {
		f = exam_find(e, DOCTOR_ERROR, "there is no config");
		f->command = "skillshare init";
	} else if (file->kind == FS_ABSENT) {
		f = exam_find(e, DOCTOR_ERROR,
		    "the config is a link that leads nowhere: bring back what "
		    "it leads to, or remove it and run skillshare init");
		f->command = exam_command(e, "rm", path);
	}
	if (f != NULL)
		f->path = path;
	return f == NULL;
}

void
exam_config(struct exam *e)
{
	const char *path = e->env->config_path;
	struct fs_stat link = { 0 };
	struct fs_stat file = { 0 };
	struct finding *f = NULL;

	look_at_home(e);
	if (!look_at_file(e, &link, &file))
		return;
	AUTO_ERROR struct error *err = config_load(e->env, &e->config);
	if (err != NULL) {
		f = exam_find(e, DOCTOR_ERROR, "%s", error_msg(err));
		f->command = exam_edit(e, path);
		f->path = path;
		return;
	}
	f = exam_find(e, DOCTOR_OK, "the config is in order%s",
	    link.kind == FS_LINK ? " (a link, which is followed)" : "");
	f->path = path;
	if ((file.mode & 0002) != 0) {
		f = exam_find(e, DOCTOR_WARNING,
		    "everybody on this machine may change the config");
		f->path = path;
		f->command = exam_command(e, "chmod o-w", path);
	}
	if (e->config->n_targets == 0) {
		f = exam_find(e, DOCTOR_WARNING,
		    "no agent is a target yet: nothing is shown anywhere");
		f->path = path;
		f->command = "skillshare init --discover";
	}
}
