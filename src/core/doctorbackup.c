#include <string.h>

#include "doctorpart.h"
#include "fs.h"
#include "path.h"
#include "snapcheck.h"

/* Of the newest snapshot's content, no more is read than this. */
#define SAMPLE_MAX_BYTES ((uint64_t)64 * 1024 * 1024)

static uint64_t
held_bytes(const struct snapshot *s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->n_trees; i++)
		bytes += s->trees[i].size_bytes;
	return bytes;
}

/* Each manifest is read as a whole, with its digest. */
static struct snapshot *
look_at_manifests(struct exam *e, const struct snapshots *all, size_t *n_out)
{
	struct snapshot *newest = NULL;

	for (size_t i = 0; i < all->n; i++) {
		struct snapshot *s = all->items[i];

		if (s->is_plain)
			continue;
		++*n_out;
		AUTO_ERROR struct error *err = snapshots_load(s);
		if (err == NULL && newest == NULL)
			newest = s;
		if (err == NULL)
			continue;
		struct finding *f =
		    exam_find(e, DOCTOR_ERROR, "this backup cannot be used: %s",
			s->damage != NULL ? s->damage : error_msg(err));
		AUTO_FREE char *aside = xasprintf("%s.damaged", s->path);
		f->path = exam_text(e, "%s", s->path);
		f->command =
		    exam_command(e, exam_command(e, "mv", f->path), aside);
	}
	return newest;
}

/* The content of the newest one. True if it was read and is sound. */
static bool
look_at_content(struct exam *e, const struct snapshots *all, struct snapshot *s)
{
	struct snapshots sample = *all;
	struct snapcheck_result result = { 0 };

	sample.items = &s;
	sample.n = 1;
	e->stop = snapcheck(&sample, NULL, NULL, &result);
	for (size_t i = 0; e->stop == NULL && i < result.n; i++) {
		struct finding *f = exam_find(e, DOCTOR_ERROR,
		    "a file in the newest backup is not as it was stored: %s "
		    "(a new backup stores it again)",
		    result.items[i].problem);
		f->path = exam_text(e, "%s", result.items[i].path);
		f->command = "skillshare backup --verify";
	}
	bool is_sound = e->stop == NULL && result.n == 0;
	snapcheck_release(&result);
	return is_sound;
}

static void
look_at_snapshots(struct exam *e, const struct snapshots *all)
{
	size_t n = 0, before = e->out->n;
	struct snapshot *newest = look_at_manifests(e, all, &n);
	const char *dir = exam_text(e, "%s", all->dir);
	bool is_sample =
	    newest != NULL && held_bytes(newest) <= SAMPLE_MAX_BYTES;

	if (is_sample && !look_at_content(e, all, newest))
		return;
	if (e->out->n > before)
		return;
	if (n == 0)
		exam_find(e, DOCTOR_OK,
		    "no backup yet; sync makes one before "
		    "it changes anything")
		    ->path = dir;
	else if (is_sample)
		exam_find(e, DOCTOR_OK,
		    "%zu backup%s; every file that the newest holds is as it "
		    "was stored",
		    n, n == 1 ? "" : "s")
		    ->path = dir;
	else
		exam_find(e, DOCTOR_OK,
		    "%zu backup%s, each with its list in order; the newest is "
		    "too big to be read here (skillshare backup --verify does)",
		    n, n == 1 ? "" : "s")
		    ->path = dir;
}

/* What a run that died left there. */
static void
look_for_leftovers(struct exam *e, const struct snapshots *all)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_FREE char *holder = NULL;
	AUTO_ERROR struct error *err = fs_list(all->fd, all->dir, &list);
	AUTO_ERROR struct error *busy =
	    e->state != NULL ? state_holder(e->state, &holder) : NULL;

	if (busy != NULL || holder != NULL)
		return; /* perhaps they are at work */
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const char *name = list.entries[i].name;

		if (strncmp(name, ".incomplete-", 12) != 0 &&
		    strncmp(name, ".deleting-", 10) != 0)
			continue;
		struct finding *f = exam_find(e, DOCTOR_WARNING,
		    "left by a backup that did not finish: the next one clears "
		    "it");
		f->path = exam_path(e, all->dir, name);
		f->command = "skillshare backup";
	}
}

/* What the Go program left is read, and never changed. */
static void
look_at_plain(struct exam *e, const struct snapshots *all)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_FREE char *trash =
	    path_join(e->env->data_home, "skillshare/trash");
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->items[i]->is_plain;
	if (n > 0)
		exam_find(e, DOCTOR_INFO,
		    "%zu backup%s of an earlier program, without digests: "
		    "restore can read %s",
		    n, n == 1 ? "" : "s", n == 1 ? "it" : "them")
		    ->command = "skillshare backup --list";
	AUTO_ERROR struct error *err = fs_open_dir(trash, &fd);
	if (err == NULL)
		err = fs_list(fd, trash, &list);
	if (err != NULL || list.n == 0)
		return; /* most often there is none */
	struct finding *f = exam_find(e, DOCTOR_INFO,
	    "%zu thing%s in the trash of an earlier program, which is left "
	    "alone",
	    list.n, list.n == 1 ? "" : "s");
	f->path = exam_text(e, "%s", trash);
	f->command = exam_command(e, "ls -lA", trash);
}

void
exam_backups(struct exam *e)
{
	AUTO_SNAPSHOTS struct snapshots all = { .fd = -1 };
	AUTO_FREE char *config_dir = path_dir(e->env->config_path);
	AUTO_ERROR struct error *err =
	    snapshots_open(config_dir, e->env->data_home, NULL, &all);

	if (err != NULL) {
		exam_find(e, DOCTOR_ERROR, "the backups cannot be read: %s",
		    error_msg(err))
		    ->path = exam_path(e, config_dir, "backups");
		return;
	}
	look_at_snapshots(e, &all);
	if (e->stop != NULL)
		return;
	if (all.fd != -1)
		look_for_leftovers(e, &all);
	look_at_plain(e, &all);
}
