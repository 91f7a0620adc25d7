#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "doctorpart.h"
#include "fs.h"
#include "origin.h"
#include "path.h"

/* Deeper than discover() goes. */
#define MAX_DEPTH 64

/* ---- what discover() says ------------------------------------------------ */

/* A skill that is not shown, or would be shown by guess. */
static void
add_problem(struct exam *e, const struct problem *p)
{
	const char *abs = exam_path(e, e->set->source, p->rel);
	struct fs_stat link = { 0 };
	struct fs_stat file = { 0 };
	struct finding *f = exam_find(e, DOCTOR_ERROR, "%s", p->text);

	f->path = abs;
	f->line = p->line;
	if (p->kind == PROBLEM_COLLISION) {
		AUTO_FREE char *other = xasprintf("%s-2", abs);
		f->command = exam_command(e, exam_command(e, "mv", abs), other);
	}
	if (p->kind != PROBLEM_UNREADABLE)
		return;
	AUTO_ERROR struct error *err = fs_stat(AT_FDCWD, abs, &link);
	if (err == NULL)
		err = fs_stat_follow(AT_FDCWD, abs, &file);
	if (err == NULL && link.kind == FS_LINK && file.kind == FS_ABSENT)
		f->command = exam_command(e, "rm", abs);
	else if (err == NULL)
		f->command = exam_command(e, "chmod -R u+rX", abs);
}

static void
look_at_problems(struct exam *e)
{
	const struct skillset *set = e->set;
	struct finding *f;

	for (size_t i = 0; i < set->n_problems; i++) {
		const struct problem *p = &set->problems[i];

		/* Those are of a skill's front matter: exam_skills(). */
		if (p->kind != PROBLEM_FRONT_MATTER &&
		    p->kind != PROBLEM_SAME_NAME)
			add_problem(e, p);
	}
	if (!set->is_complete) {
		f = exam_find(e, DOCTOR_WARNING,
		    "a part of the source cannot be read: until then, nothing "
		    "is removed from any target");
		f->path = set->source;
	}
}

/* ---- links and permissions ----------------------------------------------- */

static void look_below(struct exam *e, int fd, const char *abs, unsigned depth);

static void
look_at_directory(struct exam *e, int dir_fd, const char *name, const char *abs,
    unsigned depth)
{
	AUTO_CLOSE int fd = -1;
	AUTO_ERROR struct error *err = fs_open_dir_at(dir_fd, name, &fd);

	/* What cannot be opened is discover()'s to tell, if it matters. */
	if (err == NULL && depth < MAX_DEPTH)
		look_below(e, fd, abs, depth + 1);
}

static void
look_at_link(struct exam *e, int dir_fd, const char *name, const char *abs)
{
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat_follow(dir_fd, name, &st);

	if (err != NULL || st.kind != FS_ABSENT)
		return;
	struct finding *f = exam_find(e, DOCTOR_WARNING,
	    "a link in a skill leads nowhere: an agent that follows it finds "
	    "nothing");
	f->path = exam_text(e, "%s", abs);
	f->command = exam_command(e, "rm", abs);
}

static void
look_below(struct exam *e, int fd, const char *abs, unsigned depth)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat_fd(fd, abs, &st);

	if (err == NULL && (st.mode & 01002) == 0002) {
		struct finding *f = exam_find(e, DOCTOR_WARNING,
		    "everybody on this machine may change what your agents are "
		    "told");
		f->path = exam_text(e, "%s", abs);
		f->command = exam_command(e, "chmod -R o-w", abs);
	}
	if (err == NULL)
		err = fs_list(fd, abs, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const struct fs_entry *entry = &list.entries[i];

		if ((entry->kind != FS_LINK && entry->kind != FS_DIR) ||
		    strcmp(entry->name, ".git") == 0)
			continue;
		AUTO_FREE char *below = path_join(abs, entry->name);
		/* Links directly in the source are discover()'s. */
		if (entry->kind == FS_LINK && depth > 0)
			look_at_link(e, fd, entry->name, below);
		else if (entry->kind == FS_DIR)
			look_at_directory(e, fd, entry->name, below, depth);
	}
}

static void
look_at_rights(struct exam *e)
{
	AUTO_CLOSE int fd = -1;
	const char *source = e->set->source;
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_open_dir(source, &fd);

	if (err == NULL)
		err = fs_stat_fd(fd, source, &st);
	if (err == NULL && !fs_is_writable_dir(fd)) {
		struct finding *f = exam_find(e, DOCTOR_WARNING,
		    "the source cannot be written: pull, new and "
		    "pull --remote will fail");
		f->path = source;
		if (st.uid == geteuid() && (st.mode & 0200) == 0)
			f->command = exam_command(e, "chmod u+w", source);
	}
	if (err == NULL)
		look_below(e, fd, source, 0);
}

/* Torn notes are not none: who installed these skills may take them for new. */
static void
look_at_origins(struct exam *e)
{
	AUTO_ORIGINS struct origins origins = { 0 };

	origins_read(e->set, &origins);
	for (size_t i = 0; i < origins.n_warnings; i++) {
		const struct origin_warning *w = &origins.warnings[i];
		struct finding *f = exam_find(e, DOCTOR_WARNING,
		    "where skills came from is noted here, but not to be "
		    "understood: %s",
		    w->text);

		f->path = exam_path(e, e->set->source, w->file);
	}
}

/* ---- all of it ----------------------------------------------------------- */

static void
tell_count(struct exam *e)
{
	const struct skillset *set = e->set;
	size_t usable = skillset_usable(set);
	struct finding *f;

	if (usable > 0)
		f = exam_find(e, DOCTOR_OK, "%zu skill%s", usable,
		    usable == 1 ? "" : "s");
	else
		f = exam_find(e, DOCTOR_WARNING,
		    "the source holds no skill: take those of your agents, or "
		    "make one with skillshare new");
	f->path = set->source;
	if (usable == 0)
		f->command = "skillshare pull --all";
	for (size_t i = 0; i < set->n_repos; i++) {
		f = exam_find(e, DOCTOR_OK, "tracked repository: %zu skill%s",
		    set->repos[i].n_skills,
		    set->repos[i].n_skills == 1 ? "" : "s");
		f->path = exam_path(e, set->source, set->repos[i].name);
	}
}

void
exam_source(struct exam *e)
{
	if (e->config == NULL) {
		(void)exam_find(e, DOCTOR_INFO,
		    "without a config it is not known where the source is");
		return;
	}
	AUTO_ERROR struct error *err =
	    discover(e->config->source, NULL, DISCOVER_TEXTS, &e->set);
	if (err != NULL) {
		struct fs_stat st = { 0 };
		AUTO_ERROR struct error *unseen =
		    fs_stat(AT_FDCWD, e->config->source, &st);
		struct finding *f =
		    exam_find(e, DOCTOR_ERROR, "%s", error_msg(err));

		f->path = e->config->source;
		if (unseen == NULL && st.kind == FS_ABSENT)
			f->command =
			    exam_command(e, "mkdir -p", e->config->source);
		return;
	}
	tell_count(e);
	look_at_problems(e);
	look_at_rights(e);
	look_at_origins(e);
}
