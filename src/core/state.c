#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "digest.h"
#include "fs.h"
#include "going.h"
#include "path.h"
#include "rootsfile.h"
#include "tree.h"

#define KEY_LEN 16
#define LOCK_NAME "lock"

static const char *const stage_names[RUN_STAGE_COUNT] = {
	[RUN_OPEN] = "open",
	[RUN_COMMITTED] = "committed",
	[RUN_DONE] = "done",
};

static struct state *
state_new(const struct host_env *env)
{
	struct state *state = xcalloc(1, sizeof(*state));
	struct digest d = digest_of(env->config_path, strlen(env->config_path));
	char hex[DIGEST_HEX_LEN + 1];

	digest_hex(&d, hex);
	state->path =
	    xasprintf("%s/skillshare/%.*s", env->state_home, KEY_LEN, hex);
	state->home = xstrdup(env->home);
	state->fd = -1;
	state->lock = LOCK_NONE;
	state->source_lock = LOCK_NONE;
	host_id_read(&state->host);
	return state;
}

void
state_close(struct state *state)
{
	if (state == NULL)
		return;
	lock_release(&state->source_lock);
	lock_release(&state->lock);
	base_close_fd(&state->fd);
	free(state->path);
	free(state->home);
	free(state);
}

struct error *
state_open(const struct host_env *env, struct state **out)
{
	struct state *state = state_new(env);
	struct error *err = fs_open_dir(state->path, &state->fd);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* no run has written yet */
		err = NULL;
	}
	if (err != NULL) {
		state_close(state);
		return err;
	}
	*out = state;
	return NULL;
}

/* The directories; what exists is left alone. */
MUST_USE static struct error *
make_layout(const struct state *state)
{
	for (size_t i = 0; i < RUN_STAGE_COUNT; i++) {
		struct error *err = fs_mkdir(state->fd, stage_names[i], 0700);

		if (error_is_sys(err, EEXIST)) {
			error_free(err); /* made by an earlier run */
			err = NULL;
		}
		if (err != NULL)
			return err;
	}
	return NULL;
}

/* The run that an entry of a stage is the sign for, that it is going. */
static bool
parse_going(const char *entry, uint64_t *out)
{
	const char *name = going_of(entry);

	return name != NULL && parse_u64(name, UINT64_MAX - 1, out);
}

/* What state_drop_run() had renamed and not yet removed. */
MUST_USE static struct error *
remove_dropped(const struct state *state, const char *stage)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_open_dir_at(state->fd, stage, &fd);

	if (err == NULL)
		err = fs_list(fd, stage, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const char *name = list.entries[i].name;
		uint64_t n = 0;

		if (name[0] == '.' && parse_u64(name + 1, UINT64_MAX - 1, &n))
			err = tree_remove(fd, name);
		else if (parse_going(name, &n))
			err = going_end(fd, going_of(name));
	}
	return err;
}

/* Under the lock: what a dead run was writing is nobody's any more. */
MUST_USE static struct error *
remove_temporaries(const struct state *state)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_list(state->fd, state->path, &list);

	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];

		if (e->kind == FS_FILE && e->name[0] == '.' &&
		    strstr(e->name, ".tmp") != NULL)
			err = fs_unlink(state->fd, e->name);
	}
	for (size_t i = 0; err == NULL && i < RUN_STAGE_COUNT; i++)
		err = remove_dropped(state, stage_names[i]);
	return err;
}

/* Under the lock: the note for people, what the key stands for. */
MUST_USE static struct error *
note_config(const struct state *state, const char *config_path)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(state->fd, "config", &st);

	if (err != NULL || st.kind != FS_ABSENT)
		return err;
	AUTO_FREE char *line = xasprintf("%s\n", config_path);
	return fs_write_atomic(state->fd, "config", line, strlen(line), 0600);
}

/* ERR_BUSY in words that name the holder. */
static struct error *
busy(const struct state *state, struct error *err)
{
	AUTO_FREE char *note = NULL;
	struct error *probe = state_holder(state, &note);

	if (probe != NULL) {
		error_free(err); /* the probe's trouble says more */
		return probe;
	}
	error_free(err); /* said again, with the holder's name */
	return error_new(ERR_BUSY, "another run is at work (%s)",
	    note != NULL && note[0] != '\0' ? note : "it has not begun");
}

MUST_USE static struct error *
take_locks(struct state *state, const char *source)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = lock_take(state->fd, LOCK_NAME, &state->lock);

	if (err != NULL)
		return error_code(err) == ERR_BUSY ? busy(state, err) : err;
	if (source == NULL)
		return NULL;
	err = fs_open_dir(source, &fd);
	if (err != NULL) {
		error_free(err); /* discover() says it in the config's words */
		return NULL;
	}
	err = lock_take_dir(fd, source, &state->source_lock);
	if (err == NULL)
		return NULL;
	bool is_busy = error_code(err) == ERR_BUSY;
	/* Some network file systems have no flock: our own lock must do. */
	error_free(err);
	if (!is_busy)
		return NULL;
	return error_new(ERR_BUSY,
	    "another run is at work on %s, with another config or in a "
	    "container",
	    source);
}

struct error *
state_open_writer(const struct host_env *env, const char *source,
    struct state **out)
{
	struct state *state = state_new(env);
	struct error *err = fs_mkdirs(state->path, 0700);

	if (err == NULL)
		err = fs_open_dir(state->path, &state->fd);
	if (err == NULL)
		err = make_layout(state);
	if (err == NULL)
		err = take_locks(state, source);
	if (err == NULL)
		err = remove_temporaries(state);
	if (err == NULL)
		err = note_config(state, env->config_path);
	if (err != NULL) {
		state_close(state);
		return err;
	}
	*out = state;
	return NULL;
}

struct error *
state_holder(const struct state *state, char **note_out)
{
	bool held = false;
	AUTO_FREE char *note = NULL;

	if (state->fd == -1) {
		*note_out = NULL;
		return NULL;
	}
	struct error *err = lock_probe(state->fd, LOCK_NAME, &held, &note);
	if (err != NULL)
		return err;
	*note_out = held ? STEAL_PTR(note) : NULL;
	return NULL;
}

void
state_note(struct state *state, const char *command)
{
	AUTO_FREE char *note = xasprintf("pid %ld on %s: %s", state->host.pid,
	    state->host.name, command);

	error_free(lock_note(&state->lock, note)); /* it is only a note */
}

/* ---- runs -------------------------------------------------------------- */

char *
state_run_path(const struct state *state, enum run_stage stage, uint64_t n)
{
	return xasprintf("%s/%s/%" PRIu64, state->path, stage_names[stage], n);
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

MUST_USE static struct error *
open_stage(const struct state *state, enum run_stage stage, int *fd_out)
{
	return fs_open_dir_at(state->fd, stage_names[stage], fd_out);
}

/* goes_too: also those with a sign, which are none any more. */
MUST_USE static struct error *
list_runs(const struct state *state, enum run_stage stage, bool goes_too,
    struct run_list *out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	*out = (struct run_list){ 0 };
	if (state->fd == -1)
		return NULL;
	struct error *err = open_stage(state, stage, &fd);
	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* no run has written yet */
		return NULL;
	}
	if (err != NULL)
		return err;
	err = fs_list(fd, stage_names[stage], &list);
	if (err != NULL)
		return err;
	for (size_t i = 0; i < list.n; i++) {
		const char *name = list.entries[i].name;
		uint64_t n = 0;

		if (!parse_u64(name, UINT64_MAX - 1, &n) &&
		    !(goes_too && parse_going(name, &n)))
			continue;
		if (!goes_too && going_has(&list, name))
			continue;
		out->numbers =
		    xgrow(out->numbers, out->n, sizeof(*out->numbers));
		out->numbers[out->n++] = n;
	}
	if (out->n > 1)
		qsort(out->numbers, out->n, sizeof(*out->numbers), by_number);
	return NULL;
}

struct error *
state_runs(const struct state *state, enum run_stage stage,
    struct run_list *out)
{
	return list_runs(state, stage, false, out);
}

void
run_list_release(struct run_list *list)
{
	free(list->numbers);
	*list = (struct run_list){ 0 };
}

struct error *
state_next_run(const struct state *state, uint64_t *out)
{
	uint64_t highest = 0;

	for (enum run_stage s = RUN_OPEN; s < RUN_STAGE_COUNT; s++) {
		struct run_list list = { 0 };
		struct error *err = list_runs(state, s, true, &list);

		if (err != NULL)
			return err;
		if (list.n > 0 && list.numbers[list.n - 1] > highest)
			highest = list.numbers[list.n - 1];
		run_list_release(&list);
	}
	*out = highest + 1;
	return NULL;
}

struct error *
state_make_run(const struct state *state, uint64_t n, int *fd_out)
{
	AUTO_CLOSE int fd = -1;
	char name[24];
	struct error *err = open_stage(state, RUN_OPEN, &fd);

	if (err != NULL)
		return err;
	(void)snprintf(name, sizeof(name), "%" PRIu64, n);
	err = fs_mkdir(fd, name, 0700);
	if (err != NULL)
		return err;
	return fs_open_dir_at(fd, name, fd_out);
}

struct error *
state_open_run(const struct state *state, enum run_stage stage, uint64_t n,
    int *fd_out)
{
	AUTO_CLOSE int fd = -1;
	char name[24];
	struct error *err = open_stage(state, stage, &fd);

	if (err != NULL)
		return err;
	(void)snprintf(name, sizeof(name), "%" PRIu64, n);
	return fs_open_dir_at(fd, name, fd_out);
}

/* A run in a lower layer of an overlay, which cannot be renamed. */
MUST_USE static struct error *
copy_run(int from_fd, const char *name, int to_fd)
{
	AUTO_FREE char *tmp = xasprintf(".%s", name);
	struct error *err = tree_remove(to_fd, tmp);

	if (err == NULL)
		err = tree_copy(from_fd, name, to_fd, tmp, NULL);
	if (err == NULL)
		err = fs_sync_fs(to_fd, tmp);
	return err != NULL ? err : fs_rename_noreplace(to_fd, tmp, to_fd, name);
}

struct error *
state_abandon_run(const struct state *state, enum run_stage stage, uint64_t n,
    int to_fd)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *name = xasprintf("%" PRIu64, n);
	struct error *err = open_stage(state, stage, &fd);

	if (err == NULL)
		err = fs_rename_noreplace(fd, name, to_fd, name);
	if (!error_is_sys(err, EXDEV))
		return err;
	error_free(err); /* not in one call, then */
	err = copy_run(fd, name, to_fd);
	return err != NULL ? err : state_drop_run(state, stage, n);
}

/* What has committed only has to be tidied up: a copy will do for that. */
MUST_USE static struct error *
finish_by_copy(const struct state *state, uint64_t n, int from_fd, int to_fd)
{
	AUTO_FREE char *name = xasprintf("%" PRIu64, n);
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(to_fd, name, &st);

	if (err == NULL && st.kind == FS_ABSENT)
		err = copy_run(from_fd, name, to_fd);
	return err != NULL ? err : state_drop_run(state, RUN_COMMITTED, n);
}

struct error *
state_advance(const struct state *state, enum run_stage from, uint64_t n)
{
	AUTO_CLOSE int from_fd = -1;
	AUTO_CLOSE int to_fd = -1;
	AUTO_FREE char *name = xasprintf("%" PRIu64, n);
	enum run_stage to = from + 1;
	struct error *err = open_stage(state, from, &from_fd);

	if (err == NULL)
		err = open_stage(state, to, &to_fd);
	if (err == NULL)
		err = fs_rename_noreplace(from_fd, name, to_fd, name);
	/* Both are there where a death came after the copy. */
	if (from == RUN_COMMITTED &&
	    (error_is_sys(err, EXDEV) || error_is_sys(err, EEXIST))) {
		error_free(err); /* in a lower layer of an overlay */
		err = finish_by_copy(state, n, from_fd, to_fd);
	}
	if (err == NULL)
		err = fs_sync(to_fd, stage_names[to]);
	return err != NULL ? err : fs_sync(from_fd, stage_names[from]);
}

struct error *
state_drop_run(const struct state *state, enum run_stage stage, uint64_t n)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *name = xasprintf("%" PRIu64, n);
	AUTO_FREE char *dropped = xasprintf(".%s", name);
	struct error *err = open_stage(state, stage, &fd);

	if (err == NULL)
		err = tree_remove(fd, dropped);
	if (err == NULL)
		err = fs_rename_noreplace(fd, name, fd, dropped);
	if (error_is_sys(err, EXDEV)) {
		error_free(err); /* in a lower layer of an overlay */
		err = going_begin(fd, name);
		return err != NULL ? err : going_end(fd, name);
	}
	return err != NULL ? err : tree_remove(fd, dropped);
}

/* ---- roots ------------------------------------------------------------- */

MUST_USE static struct error *
read_roots(const struct state *state, struct roots *out, bool *is_old_out)
{
	const struct rootsfile file = { state->fd, state->path, state->home };

	return state->fd == -1 ? NULL : rootsfile_read(&file, out, is_old_out);
}

struct error *
state_roots(const struct state *state, const char *source,
    const char *source_real, struct roots *out)
{
	struct roots roots = { 0 };
	bool is_old = false;

	roots_add(&roots, source);
	roots_add(&roots, source_real);
	struct error *err = read_roots(state, &roots, &is_old);
	if (err != NULL) {
		roots_release(&roots);
		return err;
	}
	*out = roots;
	return NULL;
}

struct error *
state_keep_roots(const struct state *state, const struct roots *roots)
{
	const struct rootsfile file = { state->fd, state->path, state->home };
	struct roots kept = { 0 };
	bool is_old = false;
	struct error *err = read_roots(state, &kept, &is_old);

	if (err != NULL) {
		roots_release(&kept);
		return err;
	}
	size_t before = kept.n;
	for (size_t i = 0; i < roots->n; i++)
		roots_add(&kept, roots->paths[i]);
	if (kept.n > before || is_old)
		err = rootsfile_write(&file, &kept);
	roots_release(&kept);
	return err;
}
