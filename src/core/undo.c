#include "undo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "fs.h"
#include "gitref.h"
#include "path.h"
#include "strmap.h"
#include "thing.h"
#include "tree.h"

/* ---- the log ------------------------------------------------------------- */

void
run_log_release(struct run_log *log)
{
	for (size_t i = 0; i < log->n; i++)
		free(log->runs[i].command);
	free(log->runs);
	free(log->undone_by);
	*log = (struct run_log){ 0 };
}

MUST_USE static struct error *
read_summary(const struct state *state, uint64_t number,
    struct run_summary *out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *shown = state_run_path(state, RUN_DONE, number);
	struct error *err = state_open_run(state, RUN_DONE, number, &fd);

	return err != NULL ? err : journal_read_summary(fd, shown, out);
}

MUST_USE static struct error *
read_run(const struct state *state, uint64_t number, struct journal *out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *shown = state_run_path(state, RUN_DONE, number);
	struct error *err = state_open_run(state, RUN_DONE, number, &fd);

	return err != NULL ? err : journal_read(fd, shown, out);
}

static size_t
find_run(const struct run_log *log, uint64_t number)
{
	for (size_t i = 0; i < log->n; i++) {
		if (log->runs[i].number == number)
			return i;
	}
	return log->n;
}

struct error *
undo_log(const struct state *state, struct run_log *out)
{
	struct run_log log = { 0 };
	struct run_list list = { 0 };
	struct error *err = state_runs(state, RUN_DONE, &list);

	log.runs = xcalloc(list.n, sizeof(*log.runs));
	log.undone_by = xcalloc(list.n, sizeof(*log.undone_by));
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		struct run_summary *run = &log.runs[log.n];

		err = read_summary(state, list.numbers[i], run);
		if (err != NULL)
			break;
		log.n++;
	}
	/* An undo is younger than what it undoes, and may be undone itself. */
	for (size_t i = log.n; i > 0; i--) {
		const struct run_summary *run = &log.runs[i - 1];
		size_t of = find_run(&log, run->undoes);

		if (log.undone_by[i - 1] == 0 && of < log.n)
			log.undone_by[of] = run->number;
	}
	run_list_release(&list);
	if (err != NULL) {
		run_log_release(&log);
		return err;
	}
	*out = log;
	return NULL;
}

struct error *
undo_retain(const struct state *state, const struct config_keep *keep,
    int64_t now)
{
	struct run_list list = { 0 };
	struct error *err = state_runs(state, RUN_DONE, &list);

	/* From the oldest on: the first that is young enough ends it. */
	for (size_t i = 0; err == NULL && i + 1 < list.n; i++) {
		struct run_summary run = { 0 };
		uint64_t after = list.n - i;

		if (after <= keep->count) {
			err = read_summary(state, list.numbers[i], &run);
			free(run.command);
			if (err != NULL ||
			    run.when >= config_keep_since(keep, now))
				break;
		}
		err = state_drop_run(state, RUN_DONE, list.numbers[i]);
	}
	run_list_release(&list);
	return err;
}

uint64_t
undo_latest(const struct run_log *log)
{
	for (size_t i = log->n; i > 0; i--) {
		if (log->runs[i - 1].undoes == 0 && log->undone_by[i - 1] == 0)
			return log->runs[i - 1].number;
	}
	return 0;
}

/* ---- inverting ----------------------------------------------------------- */

struct inverter {
	const struct state *state;
	const struct run_log *log;
	const struct txn *old;
	struct txn *txn;
	struct undo *undo;
	int dir_fd;         /* of old place in hand, or -1 */
	uint16_t old_place; /* which one that is */
	uint16_t place;     /* the same directory in the new transaction */
	/*
	 * Of the new operations: how many are taken out of a directory, and
	 * what is put, both by path.
	 */
	struct strmap taken;
	struct strmap put;
	size_t n_known; /* operations that these two know of */
};

static void
add_changed(struct inverter *v, const struct op *op)
{
	struct undo *undo = v->undo;

	undo->changed =
	    xgrow(undo->changed, undo->n_changed, sizeof(*undo->changed));
	undo->changed[undo->n_changed++] =
	    arena_join(&v->txn->arena, v->old->places[op->place].dir, op->name);
}

/* Did that run put something in the place of dir? */
static bool
puts_dir(const struct txn *txn, const char *dir)
{
	AUTO_FREE char *above = path_dir(dir);

	for (size_t i = 0; i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];

		if (op->state == OP_DONE &&
		    (op->kind == OP_PUT || op->kind == OP_SWAP) &&
		    strcmp(op->name, path_base(dir)) == 0 &&
		    strcmp(txn->places[op->place].dir, above) == 0)
			return true;
	}
	return false;
}

/*
 * A directory that gave way and came back, as a restore or a link for all was
 * undone, is another one. It will do if a run since then put it there: each
 * entry in it is judged by what it is.
 */
MUST_USE static struct error *
check_place(const struct inverter *v, const char *dir)
{
	for (size_t i = v->log->n; i > 0; i--) {
		uint64_t number = v->log->runs[i - 1].number;
		struct journal later = { 0 };

		if (number <= v->old->number)
			break;
		struct error *err = read_run(v->state, number, &later);
		if (err != NULL)
			return err;
		bool is_put = puts_dir(later.txn, dir);
		journal_release(&later);
		if (is_put)
			return NULL;
	}
	return error_new(ERR_CONFLICT, "%s is not the directory that it was",
	    dir);
}

/*
 * Opens the operation's place, once for operations in a row. A directory
 * that is gone (dir_fd -1) may be one that this undo brings back first.
 */
MUST_USE static struct error *
open_place(struct inverter *v, const struct op *op)
{
	const struct place *p = &v->old->places[op->place];
	struct fs_stat st = { 0 };

	if (v->dir_fd != -1 && v->old_place == op->place)
		return NULL;
	base_close_fd(&v->dir_fd);
	v->dir_fd = -1;
	struct error *err = fs_open_dir(p->dir, &v->dir_fd);
	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* invert_op() judges what that means */
		err = NULL;
	} else if (err == NULL) {
		err = fs_stat_fd(v->dir_fd, p->dir, &st);
	}
	if (err == NULL && v->dir_fd != -1 && p->id.ino != 0 &&
	    !fs_id_is(v->dir_fd, p->id, &st))
		err = check_place(v, p->dir);
	if (err != NULL)
		return err;
	/* Staged where the run was: never in a directory that it made. */
	AUTO_FREE char *beside = path_dir(p->staging);
	v->place = txn_place(v->txn, p->dir, fs_id_of(&st), beside,
	    strcmp(p->slots, p->staging) != 0);
	v->old_place = op->place;
	return NULL;
}

/* What the run left at the entry. */
static struct thing
left_there(const struct inverter *v, const struct op *op)
{
	const struct item *item =
	    op->slot == NO_SLOT ? NULL : txn_item(v->old, op->slot);

	if (op->kind == OP_LINK)
		return (struct thing){ .kind = FS_LINK, .text = op->text };
	if (item == NULL) /* TAKE */
		return (struct thing){ .kind = FS_ABSENT };
	/* By content: an undo in between brought back a copy of it. */
	struct thing left = thing_of_item(item, true);
	left.id = (struct fs_id){ 0 };
	return left;
}

/* What is stored must be what was displaced, where the plan knows that. */
MUST_USE static struct error *
check_stored(const struct inverter *v, const struct op *op, const char *abs)
{
	struct tree_sum sum = { 0 };

	if (op->before->digest == NULL)
		return NULL;
	struct error *err = tree_digest(AT_FDCWD, abs, &sum);
	if (err == NULL && !digest_equal(&sum.digest, op->before->digest))
		err = error_new(ERR_DAMAGE,
		    "%s is not as skillshare left it: nothing was changed "
		    "(what is left of it can be copied to %s/%s by hand)",
		    abs, v->txn->places[v->place].dir, op->name);
	return err;
}

/*
 * An item that brings back what the operation displaced. The store's copy is
 * copied, not moved: it must outlive a failure of this run.
 */
MUST_USE static struct error *
bring_back(struct inverter *v, const struct op *op, uint32_t *slot_out)
{
	AUTO_FREE char *run =
	    state_run_path(v->state, RUN_DONE, v->old->number);
	AUTO_FREE char *abs = xasprintf("%s/store/%u", run, op->slot);
	struct fs_stat st = { 0 };

	if (op->before->kind == FS_LINK) {
		*slot_out = txn_item_link(v->txn, v->place, op->before->text);
		return NULL;
	}
	struct error *err = fs_stat(AT_FDCWD, abs, &st);
	if (err == NULL && st.kind == FS_ABSENT)
		err = error_new(ERR_NOT_FOUND,
		    "what run %" PRIu64 " displaced at %s is not kept any more",
		    v->old->number, op->name);
	if (err == NULL)
		err = check_stored(v, op, abs);
	if (err == NULL)
		*slot_out = txn_item_copy(v->txn, v->place, abs);
	return err;
}

/* The operations added since the last time, by path. */
static void
know_ops(struct inverter *v)
{
	struct txn *txn = v->txn;

	for (; v->n_known < txn->n_ops; v->n_known++) {
		const struct op *op = &txn->ops[v->n_known];
		const char *dir = txn->places[op->place].dir;

		if (op->kind == OP_TAKE)
			strmap_count(&v->taken, dir);
		else if (op->kind == OP_PUT)
			(void)strmap_put(&v->put,
			    arena_join(&txn->arena, dir, op->name), 0);
	}
}

/* Does a directory hold nothing but what this undo takes out of it? */
MUST_USE static struct error *
is_left_alone(struct inverter *v, const struct op *op, bool *out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_FREE char *abs =
	    path_join(v->old->places[op->place].dir, op->name);
	struct error *err = fs_open_dir_at(v->dir_fd, op->name, &fd);
	uint32_t ours = 0;

	if (err == NULL)
		err = fs_list(fd, op->name, &list);
	know_ops(v);
	(void)strmap_get(&v->taken, abs, &ours);
	*out = err == NULL && list.n == ours;
	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* gone: nothing to take away */
		err = NULL;
	}
	return err;
}

MUST_USE static struct error *
invert_ref(struct inverter *v, const struct op *op)
{
	AUTO_REF_MOVE struct ref_move move = { 0 };
	bool stands = false;
	struct error *err =
	    ref_move_stands(v->old->places[op->place].dir, op->text, &stands);

	if (err != NULL)
		return err;
	if (!stands) {
		add_changed(v, op);
		return NULL;
	}
	(void)ref_move_parse(op->text, &move);
	AUTO_FREE char *back = ref_move_back_text(&move);
	txn_ref(v->txn, v->place, back);
	return NULL;
}

/* The last ref that the run moved in this place, or NULL. */
static const struct op *
find_ref(const struct inverter *v, const struct op *op)
{
	for (size_t i = v->old->n_ops; i > 0; i--) {
		const struct op *ref = &v->old->ops[i - 1];

		if (ref->kind == OP_REF && ref->place == op->place)
			return ref;
	}
	return NULL;
}

/*
 * git's index: every look of git's may write it anew, so it is what it was if
 * nothing is staged. The way back expects the bytes of now.
 */
MUST_USE static struct error *
is_index_left(struct inverter *v, const struct op *op, struct thing *now,
    bool *out)
{
	const struct op *ref = find_ref(v, op);
	AUTO_REF_MOVE struct ref_move move = { 0 };
	struct tree_sum sum = { 0 };

	if (ref == NULL || strcmp(op->name, "index") != 0 ||
	    !ref_move_parse(ref->text, &move))
		return thing_is_at(v->dir_fd, op->name, now, out);
	struct error *err = tree_digest(v->dir_fd, op->name, &sum);
	if (err == NULL)
		err = ref_index_is(v->old->places[op->place].dir, move.to, out);
	if (err != NULL)
		return err;
	struct digest *kept = arena_alloc(&v->txn->arena, sizeof(*kept));
	*kept = sum.digest;
	now->digest = kept;
	return NULL;
}

/* Will this undo itself put something there, before it comes to op? */
static bool
is_put_before(struct inverter *v, const struct op *op)
{
	AUTO_FREE char *abs = path_join(v->txn->places[v->place].dir, op->name);
	uint32_t any = 0;

	know_ops(v);
	return strmap_get(&v->put, abs, &any);
}

/* The inverse, if the entry is as the run left it: now. */
MUST_USE static struct error *
invert_entry(struct inverter *v, const struct op *op, struct thing *now)
{
	bool same = false;
	uint32_t slot = NO_SLOT;
	struct error *err = NULL;

	if (v->dir_fd != -1)
		err = is_index_left(v, op, now, &same);
	if (err == NULL && v->dir_fd != -1 && !same) {
		add_changed(v, op);
		return NULL;
	}
	if (err == NULL && (op->kind == OP_TAKE || op->kind == OP_SWAP) &&
	    !(op->kind == OP_TAKE && op->before->kind == FS_LINK))
		err = bring_back(v, op, &slot);
	if (err != NULL)
		return err;
	if (op->kind == OP_LINK || op->kind == OP_PUT)
		txn_take(v->txn, v->place, op->name, now);
	else if (op->kind == OP_SWAP)
		txn_swap(v->txn, v->place, op->name, slot, now);
	else if (slot == NO_SLOT)
		txn_link(v->txn, v->place, op->name, op->before->text);
	else
		txn_put(v->txn, v->place, op->name, slot);
	return NULL;
}

MUST_USE static struct error *
invert_op(struct inverter *v, const struct op *op)
{
	struct thing now = left_there(v, op);
	bool same = false;
	struct error *err = open_place(v, op);

	if (err != NULL)
		return err;
	if (v->dir_fd == -1 && op->kind != OP_TAKE) {
		add_changed(v, op);
		return NULL;
	}
	if (op->kind == OP_MKDIR ||
	    (op->kind == OP_PUT && now.kind == FS_DIR)) {
		const struct thing empty = { .kind = FS_DIR, .is_empty = true };

		err = is_left_alone(v, op, &same);
		if (err == NULL && same)
			txn_take(v->txn, v->place, op->name, &empty);
		if (err != NULL || same || op->kind == OP_MKDIR)
			return err;
	}
	if (op->kind == OP_REF)
		return invert_ref(v, op);
	if (op->kind == OP_CHMOD) {
		txn_chmod(v->txn, v->place, op->name, op->old_mode, op->mode);
		return NULL;
	}
	/* A run may take away again what it put: a lock. */
	if (op->kind == OP_PUT && is_put_before(v, op)) {
		const struct thing any = { .kind = now.kind };

		txn_take(v->txn, v->place, op->name, &any);
		return NULL;
	}
	return invert_entry(v, op, &now);
}

MUST_USE static struct error *
invert(struct inverter *v)
{
	const struct txn *old = v->old;
	struct error *err = NULL;

	for (size_t i = old->n_ops; err == NULL && i > 0; i--) {
		if (old->ops[i - 1].state == OP_DONE)
			err = invert_op(v, &old->ops[i - 1]);
	}
	base_close_fd(&v->dir_fd);
	strmap_release(&v->taken);
	strmap_release(&v->put);
	return err;
}

struct error *
undo_lower(const struct state *state, const struct run_log *log,
    uint64_t number, struct txn *txn, struct undo *out)
{
	size_t at = find_run(log, number);

	if (at == log->n)
		return error_new(ERR_NOT_FOUND,
		    "there is no run %" PRIu64 " (skillshare log shows them)",
		    number);
	if (log->undone_by[at] != 0)
		return error_new(ERR_NOT_FOUND,
		    "run %" PRIu64 " is undone already, by run %" PRIu64,
		    number, log->undone_by[at]);
	struct error *err = read_run(state, number, &out->journal);
	if (err != NULL)
		return err;

	struct inverter v = {
		.state = state,
		.log = log,
		.old = out->journal.txn,
		.txn = txn,
		.undo = out,
		.dir_fd = -1,
	};
	txn->undoes = number;
	txn_group(txn, "undo", NULL);
	return invert(&v);
}

void
undo_release(struct undo *undo)
{
	journal_release(&undo->journal);
	free(undo->changed);
	*undo = (struct undo){ 0 };
}
