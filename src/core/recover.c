#include "recover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "journal.h"
#include "path.h"
#include "stage.h"

void
recovery_release(struct recovery *recovery)
{
	for (size_t i = 0; i < recovery->n; i++)
		free(recovery->runs[i].command);
	free(recovery->runs);
	for (size_t i = 0; i < recovery->n_blocked; i++) {
		struct blocked *b = &recovery->blocked[i];

		for (size_t k = 0; k < b->n_dirs; k++)
			free(b->dirs[k]);
		free(b->dirs);
		free(b->reason);
	}
	free(recovery->blocked);
	aside_release(&recovery->aside);
	whereabouts_release(&recovery->left);
	*recovery = (struct recovery){ 0 };
}

static void
add_run(struct recovery *out, uint64_t number, const char *command,
    enum recovered_how how)
{
	out->runs = xgrow(out->runs, out->n, sizeof(*out->runs));
	out->runs[out->n++] = (struct recovered){
		.number = number,
		.command = xstrdup(command),
		.how = how,
	};
}

/* Why a run must wait, and where what it displaced is meanwhile; yours. */
static char *
why_blocked(const struct txn *txn, const struct error *err)
{
	struct whereabouts found;
	char *why = NULL;

	stage_find(txn, &found);
	if (found.moved.n > 0)
		why = xasprintf("%s; what the run displaced is now in %s: move "
				"the directory around that back",
		    error_msg(err), found.moved.paths[0]);
	else if (found.gone.n > 0)
		why = xasprintf("%s; what the run displaced went with %s: move "
				"or mount the directory around that back",
		    error_msg(err), found.gone.paths[0]);
	else
		why = xstrdup(error_msg(err));
	whereabouts_release(&found);
	return why;
}

/* Notes why a run must wait; err is taken over. */
static void
add_blocked(struct recovery *out, uint64_t number, const struct txn *txn,
    struct error *err)
{
	out->blocked =
	    xgrow(out->blocked, out->n_blocked, sizeof(*out->blocked));
	struct blocked *b = &out->blocked[out->n_blocked++];

	*b = (struct blocked){
		.number = number,
		.reason = why_blocked(txn, err),
		.dirs = xcalloc(txn->n_places, sizeof(*b->dirs)),
		.n_dirs = txn->n_places,
	};
	for (size_t i = 0; i < txn->n_places; i++)
		b->dirs[i] = xstrdup(txn->places[i].dir);
	error_free(err); /* told with the run that it blocks */
}

static bool
is_blocked(const struct blocked *b, const char *dir)
{
	for (size_t i = 0; i < b->n_dirs; i++) {
		if (strcmp(b->dirs[i], dir) == 0)
			return true;
	}
	return false;
}

void
recover_block(const struct recovery *recovery, struct txn *txn)
{
	for (size_t i = 0; recovery->n_blocked > 0 && i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];
		struct group *g = &txn->groups[op->group];

		for (size_t k = 0; k < recovery->n_blocked; k++) {
			const struct blocked *b = &recovery->blocked[k];

			if (g->error != NULL ||
			    !is_blocked(b, txn->places[op->place].dir))
				continue;
			g->is_unstaged = true;
			g->error = error_new(ERR_UNREACHABLE,
			    "waits for run %" PRIu64 ", which could not be "
			    "put right",
			    b->number);
		}
	}
}

MUST_USE static struct error *
check_machine(const struct state *state, const struct journal *j,
    unsigned flags)
{
	if ((flags & RECOVER_HERE) != 0 || j->machine[0] == '\0' ||
	    strcmp(j->machine, state->host.machine) == 0)
		return NULL;
	return error_new(ERR_UNREACHABLE,
	    "it was begun on another machine: recover it there, or with "
	    "skillshare recover --here");
}

MUST_USE static struct error *
take_ops_back(const struct state *state, struct journal *j, int run_fd,
    struct recovery *out)
{
	struct txn *txn = j->txn;

	/* Unless it was noted: each may have been done. */
	for (size_t i = 0; !j->has_outcome && i < txn->n_ops; i++)
		txn->ops[i].state = OP_DONE;
	struct error *err = apply_back(state, txn, 0, txn->n_ops, &out->aside);
	if (err == NULL)
		err = stage_sync_places(txn);
	return err != NULL ? err : journal_mark_back(run_fd);
}

/* Before the commit: back. */
MUST_USE static struct error *
take_back(const struct state *state, struct journal *j, int run_fd,
    uint64_t number, struct recovery *out)
{
	struct txn *txn = j->txn;
	struct error *err = NULL;

	if (!j->has_plan)
		err = stage_discard(txn);
	else if (!j->is_back)
		err = take_ops_back(state, j, run_fd, out);
	if (err == NULL && j->has_plan)
		err = stage_clear(txn, &out->aside);
	if (err == NULL)
		stage_name_moved(txn, &out->aside);
	if (err == NULL)
		err = state_drop_run(state, RUN_OPEN, number);
	/* A run that had not begun to stage is not worth a word. */
	if (err == NULL && txn->n_places > 0)
		add_run(out, number, txn->command, RECOVERED_BACK);
	return err;
}

/* After the commit: forward. */
MUST_USE static struct error *
finish(const struct state *state, struct journal *j, int run_fd,
    uint64_t number, struct recovery *out)
{
	AUTO_FREE char *shown = state_run_path(state, RUN_COMMITTED, number);
	struct error *err = NULL;

	/* Without it nobody knows which slots hold what is the user's. */
	if (j->has_plan && !j->has_outcome)
		err = error_new(ERR_DAMAGE,
		    "%s/outcome is missing, and was there: nothing was changed",
		    shown);
	if (err == NULL)
		err = stage_settle(j->txn, run_fd, &out->aside);
	if (err == NULL)
		err = state_advance(state, RUN_COMMITTED, number);
	if (err == NULL)
		add_run(out, number, j->txn->command, RECOVERED_FORWARD);
	return err;
}

MUST_USE static struct error *
recover_run(const struct state *state, enum run_stage stage, uint64_t number,
    unsigned flags, struct recovery *out)
{
	AUTO_CLOSE int run_fd = -1;
	AUTO_FREE char *shown = state_run_path(state, stage, number);
	struct journal j = { 0 };
	struct error *err = state_open_run(state, stage, number, &run_fd);

	if (err == NULL)
		err = journal_read(run_fd, shown, &j);
	if (err != NULL)
		return err;
	err = check_machine(state, &j, flags);
	if (err == NULL && stage == RUN_OPEN)
		err = take_back(state, &j, run_fd, number, out);
	else if (err == NULL)
		err = finish(state, &j, run_fd, number, out);
	if (err != NULL && error_code(err) == ERR_UNREACHABLE) {
		add_blocked(out, number, j.txn, err);
		err = NULL;
	}
	journal_release(&j);
	if (err != NULL)
		err = error_wrap(err,
		    "run %" PRIu64 " was not finished and cannot be put right "
		    "(skillshare recover --abandon %" PRIu64 " gives it up)",
		    number, number);
	return err;
}

MUST_USE static struct error *
recover_stage(const struct state *state, enum run_stage stage, unsigned flags,
    struct recovery *out)
{
	struct run_list list = { 0 };
	struct error *err = state_runs(state, stage, &list);

	/* The last first: it may have worked on what an earlier one left. */
	for (size_t i = list.n; err == NULL && i > 0; i--)
		err =
		    recover_run(state, stage, list.numbers[i - 1], flags, out);
	run_list_release(&list);
	return err;
}

struct error *
recover_all(const struct state *state, unsigned flags, struct recovery *out)
{
	struct error *err = recover_stage(state, RUN_OPEN, flags, out);

	if (err == NULL)
		err = recover_stage(state, RUN_COMMITTED, flags, out);
	return err;
}

MUST_USE static struct error *
find_left(int dir_fd, const char *dir, const char *name, struct recovery *out)
{
	AUTO_CLOSE int run_fd = -1;
	AUTO_FREE char *shown = path_join(dir, name);
	struct error *err = fs_sync(dir_fd, dir);

	if (err == NULL)
		err = fs_open_dir_at(dir_fd, name, &run_fd);
	if (err != NULL)
		return err;
	struct txn *txn = journal_read_places(run_fd, shown);
	stage_find(txn, &out->left);
	txn_free(txn);
	return NULL;
}

struct error *
recover_abandon(const struct state *state, uint64_t n, struct recovery *out)
{
	AUTO_FREE char *dir = path_join(state->path, "abandoned");
	AUTO_FREE char *to = xasprintf("%" PRIu64, n);
	AUTO_CLOSE int dir_fd = -1;
	struct error *err = fs_mkdirs(dir, 0700);

	if (err == NULL)
		err = fs_open_dir(dir, &dir_fd);
	for (enum run_stage s = RUN_OPEN; err == NULL && s < RUN_DONE; s++) {
		err = state_abandon_run(state, s, n, dir_fd);
		if (err == NULL) {
			add_run(out, n, "", RECOVERED_ABANDONED);
			return find_left(dir_fd, dir, to, out);
		}
		if (error_is_sys(err, ENOENT)) {
			error_free(err); /* not in this stage */
			err = NULL;
		}
	}
	return err != NULL ? err
			   : error_new(ERR_NOT_FOUND,
				 "there is no unfinished run %" PRIu64, n);
}

struct error *
recover_look(const struct state *state, size_t *n_out, uint64_t *number_out,
    char **command_out)
{
	size_t n = 0;

	for (enum run_stage s = RUN_OPEN; s < RUN_DONE; s++) {
		AUTO_CLOSE int run_fd = -1;
		struct run_list list = { 0 };
		struct journal j = { 0 };
		struct error *err = state_runs(state, s, &list);

		if (err != NULL)
			return err;
		size_t here = list.n;
		uint64_t number = here > 0 ? list.numbers[0] : 0;
		run_list_release(&list);
		n += here;
		if (here == 0 || n > here)
			continue;
		AUTO_FREE char *shown = state_run_path(state, s, number);
		err = state_open_run(state, s, number, &run_fd);
		if (err == NULL)
			err = journal_read(run_fd, shown, &j);
		if (err != NULL)
			return err;
		*number_out = number;
		*command_out = xstrdup(j.txn->command);
		journal_release(&j);
	}
	*n_out = n;
	return NULL;
}
