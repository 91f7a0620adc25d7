#include "apply.h"

#include <fcntl.h>
#include <string.h>

#include "host.h"
#include "journal.h"
#include "path.h"
#include "signals.h"
#include "stage.h"
#include "stagefind.h"
#include "strbuf.h"

struct applier {
	const struct state *state;
	struct txn *txn;
	const struct apply_options *options;
	int run_fd;
	struct aside *aside;
	size_t n_done;
};

struct error *
apply_back(const struct state *state, struct txn *txn, size_t first, size_t n,
    struct aside *aside)
{
	AUTO_HANDS struct hands h = HANDS_NONE;
	struct kept_list kept = { 0 };
	uint32_t whole = UINT32_MAX; /* the place whose slots are there */
	struct error *err = NULL;

	for (size_t i = n; i > 0; i--) {
		struct op *op = &txn->ops[first + i - 1];
		struct error *one;

		/* Never begun: what is there is not ours to judge. */
		if (op->state == OP_PENDING ||
		    txn->groups[op->group].is_unstaged)
			continue;
		/* First of all: taking a link back would make it anew. */
		one =
		    op->place == whole ? NULL : stage_is_whole(txn, op->place);
		if (one == NULL) {
			whole = op->place;
			one = hands_open(&h, txn, op->place);
		}
		if (one == NULL)
			one = perform_back(&h, op, &kept);
		if (err == NULL)
			err = one;
		else
			error_free(one); /* the first is told */
		/* A place that is not there keeps no other from going back. */
		if (err != NULL && error_code(err) != ERR_UNREACHABLE)
			break;
	}
	struct error *aside_err = stage_put_aside(txn, state, &kept, aside);
	kept_release(&kept);
	if (err == NULL)
		return aside_err;
	error_free(aside_err); /* the first is told */
	return err;
}

/* ---- the operations ------------------------------------------------------ */

MUST_USE static struct error *
do_ops(struct applier *a, struct group *g)
{
	AUTO_HANDS struct hands h = HANDS_NONE;

	for (size_t i = 0; i < g->n_ops; i++) {
		struct op *op = &a->txn->ops[g->first_op + i];
		struct error *err = signals_check();

		if (err == NULL)
			err = hands_open(&h, a->txn, op->place);
		if (err == NULL)
			err = perform(&h, op);
		if (err != NULL)
			return err;
		a->n_done++;
		if (a->options->progress != NULL && a->n_done % 256 == 0)
			a->options->progress(a->options->payload, a->n_done,
			    a->txn->n_ops);
	}
	return NULL;
}

/*
 * A group that fails is taken back and has its error; the run goes on. What
 * is returned ends the run: an interruption, or a way back that is closed.
 */
MUST_USE static struct error *
do_group(struct applier *a, struct group *g)
{
	struct error *err = do_ops(a, g);

	if (err == NULL)
		return NULL;
	if (error_code(err) == ERR_INTERRUPTED)
		return err;
	struct error *back =
	    apply_back(a->state, a->txn, g->first_op, g->n_ops, a->aside);
	if (back == NULL) {
		g->error = err;
		return NULL;
	}
	back = error_wrap(back, "%s: %s; and taking it back", g->name,
	    error_msg(err));
	error_free(err); /* told together with what it led to */
	return back;
}

/* ---- looking through ----------------------------------------------------- */

static void
add_unseen(struct group *g, const char *name)
{
	g->unseen = xgrow(g->unseen, g->n_unseen, sizeof(*g->unseen));
	g->unseen[g->n_unseen++] = name;
}

/* Can the skill be read by the way that the agent goes? */
static void
look_at(struct group *g, int look_fd, const char *name, struct strbuf *rel)
{
	strbuf_truncate(rel, 0);
	strbuf_add(rel, name);
	strbuf_add(rel, "/SKILL.md");
	AUTO_ERROR struct error *err = fs_can_read(look_fd, strbuf_str(rel));
	if (err != NULL)
		add_unseen(g, name);
}

static void
look_through(const struct txn *txn, struct group *g)
{
	AUTO_CLOSE int fd = -1;
	AUTO_STRBUF struct strbuf rel = { 0 };

	if (g->look_path == NULL || g->error != NULL)
		return;
	AUTO_ERROR struct error *err = fs_open_dir(g->look_path, &fd);
	if (err != NULL) {
		add_unseen(g, path_base(g->look_path));
		return;
	}
	for (size_t i = 0; i < g->n_ops; i++) {
		const struct op *op = &txn->ops[g->first_op + i];
		const struct item *item =
		    op->slot == NO_SLOT ? NULL : txn_item(txn, op->slot);

		if (!op->look)
			continue;
		if (item == NULL || item->names == NULL) {
			look_at(g, fd, op->name, &rel);
			continue;
		}
		for (size_t k = 0; k < item->n_names; k++)
			look_at(g, fd, item->names[k], &rel);
	}
}

/* ---- the run ------------------------------------------------------------- */

MUST_USE static struct error *
begin(struct applier *a)
{
	struct txn *txn = a->txn;
	struct error *err = state_next_run(a->state, &txn->number);

	txn->when = host_now();
	if (err == NULL)
		err = state_make_run(a->state, txn->number, &a->run_fd);
	if (err == NULL && stage_is_needed(txn))
		err = journal_write_begin(a->run_fd, txn, &a->state->host);
	if (err != NULL)
		err = error_wrap(err, "journal in %s", a->state->path);
	return err;
}

MUST_USE static struct error *
prepare(struct applier *a)
{
	struct error *err = signals_check();

	if (err == NULL) {
		stage_items(a->txn);
		err = signals_check();
	}
	if (err == NULL)
		err = stage_sync(a->txn);
	if (err != NULL)
		return err;
	err = journal_write_plan(a->run_fd, a->txn, &a->state->host);
	if (err != NULL)
		err = error_wrap(err, "journal in %s", a->state->path);
	return err;
}

MUST_USE static struct error *
carry_out(struct applier *a)
{
	struct txn *txn = a->txn;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < txn->n_groups; i++) {
		if (txn->groups[i].error == NULL)
			err = do_group(a, &txn->groups[i]);
	}
	for (size_t i = 0; err == NULL && i < txn->n_groups; i++)
		look_through(txn, &txn->groups[i]);
	if (err == NULL)
		err = stage_sync_places(txn);
	return err;
}

static bool
all_failed(const struct txn *txn)
{
	for (size_t i = 0; i < txn->n_groups; i++) {
		if (txn->groups[i].error == NULL)
			return false;
	}
	return true;
}

/* Ends a run of which nothing is to remain. */
MUST_USE static struct error *
drop(struct applier *a)
{
	struct error *err = journal_mark_back(a->run_fd);

	if (err == NULL)
		err = stage_clear(a->txn, a->aside);
	if (err == NULL)
		stage_name_moved(a->txn, a->aside);
	if (err == NULL)
		err = state_drop_run(a->state, RUN_OPEN, a->txn->number);
	a->txn->number = 0;
	return err;
}

/* An error before the commit: everything goes back. */
static struct error *
take_back(struct applier *a, struct error *cause)
{
	struct error *err =
	    apply_back(a->state, a->txn, 0, a->txn->n_ops, a->aside);

	/* On disk, before the journal that could do it again goes. */
	if (err == NULL)
		err = stage_sync_places(a->txn);
	if (err == NULL)
		err = drop(a);
	if (err == NULL && error_code(cause) == ERR_INTERRUPTED) {
		struct error *said = error_new(ERR_INTERRUPTED,
		    "%s: what the run had done was put back", error_msg(cause));
		error_free(cause); /* said with what followed */
		return said;
	}
	if (err == NULL)
		return cause;
	struct error *told = error_new(error_code(cause),
	    "%s; taking the run back was not possible (%s): the next run "
	    "tries again, or: skillshare recover",
	    error_msg(cause), error_msg(err));
	error_free(cause);
	error_free(err); /* both are told in one */
	return told;
}

/*
 * The commit. The rename decides: an error after it (of a sync) is not one
 * to go back for.
 */
MUST_USE static struct error *
commit(struct applier *a, struct error **late_out)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = journal_write_outcome(a->run_fd, a->txn);

	if (err != NULL)
		return err;
	err = state_advance(a->state, RUN_OPEN, a->txn->number);
	if (err == NULL)
		return NULL;
	AUTO_ERROR struct error *absent =
	    state_open_run(a->state, RUN_COMMITTED, a->txn->number, &fd);
	if (absent != NULL)
		return err;
	*late_out = err;
	return NULL;
}

static struct error *
settle(struct applier *a)
{
	struct error *err = stage_settle(a->txn, a->run_fd, a->aside);

	if (err == NULL)
		err = state_advance(a->state, RUN_COMMITTED, a->txn->number);
	return err;
}

struct error *
apply(const struct state *state, struct txn *txn,
    const struct apply_options *options, struct aside *aside,
    struct error **late_out)
{
	struct applier a = {
		.state = state,
		.txn = txn,
		.options = options,
		.run_fd = -1,
		.aside = aside,
	};

	*late_out = NULL;
	struct error *err = begin(&a);
	if (err == NULL)
		err = prepare(&a);
	if (err == NULL)
		err = carry_out(&a);
	if (err == NULL && all_failed(txn))
		err = drop(&a);
	else if (err == NULL)
		err = commit(&a, late_out);
	if (err != NULL && a.run_fd != -1)
		err = take_back(&a, err);
	else if (err == NULL && txn->number != 0) {
		struct error *late = settle(&a);

		if (*late_out == NULL)
			*late_out = late;
		else
			error_free(late); /* the first is told */
	}
	base_close_fd(&a.run_fd);
	return err;
}
