#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "deeds.h"
#include "doctorpart.h"
#include "fs.h"
#include "journal.h"
#include "path.h"
#include "recover.h"
#include "strmap.h"

#define STAGING_PREFIX ".skillshare-"

/* What is known of staging directories, and where was looked. */
struct staging {
	struct strmap known; /* absolute paths that a journal names */
	struct strmap seen;  /* directories that were looked into */
};

/* ---- the directory ------------------------------------------------------- */

static void
look_at_directory(struct exam *e)
{
	const char *path = exam_text(e, "%s", e->state->path);
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err =
	    fs_stat_fd(e->state->fd, e->state->path, &st);
	struct finding *f = NULL;

	if (err != NULL) {
		f = exam_find(e, DOCTOR_ERROR, "%s", error_msg(err));
	} else if (st.uid != geteuid()) {
		f = exam_find(e, DOCTOR_ERROR,
		    "the state directory is another user's (a run with sudo?): "
		    "no command that writes will work");
		f->command =
		    exam_command(e, "sudo chown -R \"$(id -u)\"", path);
	} else if ((st.mode & 0700) != 0700) {
		f = exam_find(e, DOCTOR_ERROR,
		    "the state directory is closed to you: no command that "
		    "writes will work");
		f->command = exam_command(e, "chmod 700", path);
	} else if ((st.mode & 0077) != 0) {
		f = exam_find(e, DOCTOR_WARNING,
		    "others can look into the state directory");
		f->command = exam_command(e, "chmod 700", path);
	}
	if (f != NULL)
		f->path = path;
}

/* ---- runs ---------------------------------------------------------------- */

static void
know_places(struct staging *staging, const struct txn *txn)
{
	for (size_t i = 0; i < txn->n_places; i++)
		(void)strmap_put(&staging->known, txn->places[i].staging, 0);
}

static void
tell_unread(struct exam *e, enum run_stage stage, uint64_t number,
    const char *path, const struct error *err)
{
	struct finding *f = exam_find(e, DOCTOR_ERROR, "%s", error_msg(err));
	AUTO_FREE char *aside = xasprintf("%s.damaged", path);

	f->path = path;
	if (error_code(err) == ERR_DAMAGE)
		f->command =
		    stage == RUN_DONE
			? exam_command(e, exam_command(e, "mv", path), aside)
			: exam_text(e, "skillshare recover --abandon %" PRIu64,
			      number);
}

/* Every file of the run is read, and its digest checked. */
static void
look_at_run(struct exam *e, struct staging *staging, enum run_stage stage,
    uint64_t number)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *shown = state_run_path(e->state, stage, number);
	const char *path = exam_text(e, "%s", shown);
	struct journal j = { 0 };
	AUTO_ERROR struct error *err =
	    state_open_run(e->state, stage, number, &fd);

	if (err == NULL)
		err = journal_read(fd, path, &j);
	if (err != NULL) {
		tell_unread(e, stage, number, path, err);
		return;
	}
	if (stage != RUN_DONE) {
		know_places(staging, j.txn);
		struct finding *f = exam_find(e, DOCTOR_WARNING,
		    "run %" PRIu64 "%s%s did not finish: the next command "
		    "that writes puts it right",
		    number, j.txn->command[0] != '\0' ? ": " : "",
		    j.txn->command);
		f->path = path;
		f->command = "skillshare recover";
	}
	journal_release(&j);
}

/* How many runs are finished. */
static size_t
look_at_runs(struct exam *e, struct staging *staging, bool is_at_work)
{
	size_t n_done = 0;

	for (enum run_stage s = RUN_OPEN; s < RUN_STAGE_COUNT; s++) {
		struct run_list list = { 0 };
		AUTO_ERROR struct error *err = state_runs(e->state, s, &list);

		if (err != NULL)
			exam_find(e, DOCTOR_ERROR, "%s", error_msg(err))->path =
			    exam_text(e, "%s", e->state->path);
		/* What a run at work has in hand changes while it is read. */
		for (size_t i = 0; i < list.n && (s == RUN_DONE || !is_at_work);
		     i++)
			look_at_run(e, staging, s, list.numbers[i]);
		if (s == RUN_DONE)
			n_done = list.n;
		run_list_release(&list);
	}
	return n_done;
}

/* ---- what runs left ------------------------------------------------------ */

static bool
is_staging_name(const char *name)
{
	size_t len = strlen(STAGING_PREFIX);

	return strncmp(name, STAGING_PREFIX, len) == 0 &&
	       strlen(name + len) == HOST_TOKEN_LEN &&
	       strspn(name + len, "0123456789abcdef") == HOST_TOKEN_LEN;
}

static void
look_for_staging(struct exam *e, struct staging *staging, const char *dir)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	if (dir == NULL ||
	    !strmap_put(&staging->seen, exam_text(e, "%s", dir), 0))
		return;
	AUTO_ERROR struct error *err = fs_open_dir(dir, &fd);
	if (err == NULL)
		err = fs_list(fd, dir, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		uint32_t unused = 0;
		const char *path = exam_path(e, dir, list.entries[i].name);

		if (list.entries[i].kind != FS_DIR ||
		    !is_staging_name(list.entries[i].name) ||
		    strmap_get(&staging->known, path, &unused))
			continue;
		struct finding *f = exam_find(e, DOCTOR_WARNING,
		    "a working directory of a run that no journal here knows: "
		    "look into it before you remove it");
		f->path = path;
		f->command = exam_command(e, "ls -lAR", path);
	}
}

/* Beside and in each directory that runs work in. */
static void
look_for_leftovers(struct exam *e, struct staging *staging)
{
	for (size_t i = 0; e->observed != NULL && i < e->observed->n; i++) {
		const struct observed_target *o = &e->observed->targets[i];

		look_for_staging(e, staging, o->parent);
		look_for_staging(e, staging, o->dir);
		if (o->dir != NULL) {
			AUTO_FREE char *above = path_dir(o->dir);
			look_for_staging(e, staging, above);
		}
	}
	if (e->set != NULL) {
		AUTO_FREE char *above = path_dir(e->set->source_real);
		look_for_staging(e, staging, above);
		look_for_staging(e, staging, e->set->source_real);
	}
	if (e->config != NULL)
		look_for_staging(e, staging, e->config->dir);
}

static void
look_at_kept(struct exam *e, const char *name, const char *what)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_STRBUF struct strbuf names = { 0 };
	const char *path = exam_path(e, e->state->path, name);
	AUTO_ERROR struct error *err = fs_open_dir(path, &fd);

	if (err == NULL)
		err = fs_list(fd, path, &list);
	if (err != NULL || list.n == 0)
		return; /* most often there is none */
	for (size_t i = 0; i < list.n; i++)
		exam_name(&names, i, list.entries[i].name);
	exam_names_end(&names, list.n);
	struct finding *f = exam_find(e, DOCTOR_INFO,
	    "%s (%s): it stays until you remove it", what, strbuf_str(&names));
	f->path = path;
	f->command = exam_command(e, "ls -lA", path);
}

/* ---- all of it ----------------------------------------------------------- */

/* Is another run at work? */
static bool
look_at_lock(struct exam *e)
{
	AUTO_FREE char *holder = NULL;
	AUTO_ERROR struct error *err = state_holder(e->state, &holder);

	if (err != NULL)
		exam_find(e, DOCTOR_ERROR, "%s", error_msg(err))->path =
		    exam_text(e, "%s", e->state->path);
	if (holder != NULL)
		(void)exam_find(e, DOCTOR_INFO, "a run is at work (%s)",
		    holder);
	return holder != NULL;
}

static void
tell_damaged(struct exam *e, const char *name, const struct error *err)
{
	if (err == NULL)
		return;
	const char *path = exam_path(e, e->state->path, name);
	AUTO_FREE char *aside = xasprintf("%s.damaged", path);
	struct finding *f = exam_find(e, DOCTOR_ERROR, "%s", error_msg(err));

	f->path = path;
	f->command = exam_command(e, exam_command(e, "mv", path), aside);
}

static void
look_at_files(struct exam *e)
{
	struct roots roots = { 0 };
	AUTO_DEEDS struct deeds deeds = { 0 };
	AUTO_ERROR struct error *in_roots =
	    state_roots(e->state, "/", "/", &roots);
	AUTO_ERROR struct error *in_deeds = deeds_read(e->state, &deeds);

	tell_damaged(e, "roots", in_roots);
	tell_damaged(e, "deeds", in_deeds);
	roots_release(&roots);
}

void
exam_state(struct exam *e)
{
	struct staging staging = { 0 };
	AUTO_ERROR struct error *err = NULL;

	if (e->state == NULL)
		err = state_open(e->env, &e->state);
	if (err != NULL) {
		exam_find(e, DOCTOR_ERROR, "the state cannot be read: %s",
		    error_msg(err))
		    ->path = e->env->state_home;
		return;
	}
	if (e->state->fd == -1) {
		(void)exam_find(e, DOCTOR_OK, "nothing has been run yet");
		look_for_leftovers(e, &staging);
	} else {
		size_t before = e->out->n;
		bool is_at_work = look_at_lock(e);

		look_at_directory(e);
		look_at_files(e);
		size_t n_done = look_at_runs(e, &staging, is_at_work);
		if (!is_at_work)
			look_for_leftovers(e, &staging);
		if (e->out->n == before)
			(void)exam_find(e, DOCTOR_OK,
			    "%zu finished run%s, each of its files as it was "
			    "written",
			    n_done, n_done == 1 ? "" : "s");
		look_at_kept(e, "kept",
		    "what could not go back to its place is kept");
		look_at_kept(e, "abandoned", "runs that were given up");
	}
	strmap_release(&staging.known);
	strmap_release(&staging.seen);
}
