#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gitref.h"
#include "journal.h"
#include "journalword.h"
#include "path.h"
#include "record.h"

#define UNCHANGED "nothing was changed"

static bool
read_id(const struct record_reader *r, size_t at, struct fs_id *out)
{
	uint64_t btime = 0;

	if (!record_u64(r, at, UINT64_MAX, &out->ino) ||
	    !record_u64(r, at + 1, INT64_MAX, &btime))
		return false;
	out->btime_ns = (int64_t)btime;
	return true;
}

static bool
find_name(const char *const *names, size_t n, const char *name, unsigned *out)
{
	for (unsigned i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool
read_run_line(const struct record_reader *r, struct txn *txn)
{
	uint64_t when = 0;

	/* Its token is what the names of the places are judged by. */
	if (r->n_fields != 6 || txn->n_places > 0 ||
	    !record_u64(r, 1, UINT64_MAX, &txn->number) ||
	    !record_u64(r, 2, INT64_MAX, &when) ||
	    !record_u64(r, 3, UINT64_MAX, &txn->undoes) ||
	    strlen(r->fields[4]) >= sizeof(txn->token))
		return false;
	txn->when = (int64_t)when;
	(void)snprintf(txn->token, sizeof(txn->token), "%s", r->fields[4]);
	txn->command = arena_strdup(&txn->arena, r->fields[5]);
	return true;
}

/*
 * Staging directories are removed by recovery: their names must be ours,
 * whatever a damaged or forged journal says.
 */
static bool
is_staging_of(const struct txn *txn, const char *staging, const char *slots)
{
	AUTO_FREE char *base = xasprintf(".skillshare-%s", txn->token);
	const char *below = path_below(staging, slots);

	return staging[0] == '/' && strcmp(path_base(staging), base) == 0 &&
	       below != NULL && (*below == '\0' || strcmp(below, "slots") == 0);
}

static bool
read_place_line(const struct record_reader *r, struct txn *txn)
{
	struct place p = { 0 };

	if (r->n_fields != 6 || !read_id(r, 1, &p.id) ||
	    r->fields[3][0] != '/' ||
	    !is_staging_of(txn, r->fields[4], r->fields[5]))
		return false;
	p.dir = arena_strdup(&txn->arena, r->fields[3]);
	p.staging = arena_strdup(&txn->arena, r->fields[4]);
	p.slots = arena_strdup(&txn->arena, r->fields[5]);
	txn->places = xgrow(txn->places, txn->n_places, sizeof(*txn->places));
	txn->places[txn->n_places++] = p;
	return true;
}

static bool
read_item_kind(const char *word, struct item *item)
{
	item->kind = strcmp(word, "link") == 0 ? ITEM_LINK : ITEM_COPY;
	item->is_file = strcmp(word, "file") == 0;
	return item->kind == ITEM_LINK || item->is_file ||
	       strcmp(word, "tree") == 0;
}

static bool
read_item_line(const struct record_reader *r, struct txn *txn)
{
	struct item item = { .is_staged = true };
	uint64_t slot = 0;
	uint64_t place = 0;

	if (r->n_fields != 8 || txn->n_groups == 0 || txn->n_places == 0 ||
	    !record_u64(r, 1, UINT32_MAX - 1, &slot) ||
	    !record_u64(r, 2, txn->n_places - 1, &place) ||
	    !read_item_kind(r->fields[3], &item) || !read_id(r, 4, &item.id) ||
	    !digest_parse(r->fields[6], &item.digest))
		return false;
	/* In the order of their slots: txn_item() relies on it. */
	if (txn->n_items > 0 && slot <= txn->items[txn->n_items - 1].slot)
		return false;
	item.slot = (uint32_t)slot;
	item.place = (uint16_t)place;
	item.group = (uint16_t)(txn->n_groups - 1);
	if (item.kind == ITEM_LINK)
		item.text = arena_strdup(&txn->arena, r->fields[7]);
	txn->items = xgrow(txn->items, txn->n_items, sizeof(*txn->items));
	txn->items[txn->n_items++] = item;
	txn->groups[txn->n_groups - 1].n_items++;
	if (item.slot >= txn->n_slots)
		txn->n_slots = item.slot + 1;
	return true;
}

static bool
read_thing(const struct record_reader *r, size_t at, struct txn *txn,
    struct op *op)
{
	struct thing *thing = arena_alloc(&txn->arena, sizeof(*thing));
	struct digest d;
	unsigned kind = 0;

	thing->is_empty =
	    r->n_fields == at + 5 && strcmp(r->fields[at], EMPTY_WORD) == 0;
	if (thing->is_empty)
		kind = FS_DIR;
	else if (r->n_fields != at + 5 ||
		 !find_name(journal_kind_words, JOURNAL_KINDS, r->fields[at],
		     &kind))
		return false;
	if (!read_id(r, at + 1, &thing->id))
		return false;
	thing->kind = (enum fs_kind)kind;
	if (r->fields[at + 3][0] != '\0') {
		struct digest *copy = arena_alloc(&txn->arena, sizeof(*copy));

		if (!digest_parse(r->fields[at + 3], &d))
			return false;
		*copy = d;
		thing->digest = copy;
	}
	if (thing->kind == FS_LINK)
		thing->text = arena_strdup(&txn->arena, r->fields[at + 4]);
	op->before = thing;
	return true;
}

static bool
read_slot(const struct record_reader *r, struct txn *txn, struct op *op)
{
	uint64_t slot = 0;

	if (!record_u64(r, 3, UINT32_MAX - 1, &slot))
		return false;
	op->slot = (uint32_t)slot;
	if (op->slot >= txn->n_slots)
		txn->n_slots = op->slot + 1;
	return true;
}

/* The fields after name, by the kind. */
static bool
read_op_tail(const struct record_reader *r, struct txn *txn, struct op *op)
{
	struct ref_move move = { 0 };
	uint64_t mode = 0;
	uint64_t old = 0;

	switch (op->kind) {
	case OP_MKDIR:
		if (r->n_fields != 4 || !record_u64(r, 3, 07777, &mode))
			return false;
		op->mode = mode & 07777;
		return true;
	case OP_LINK:
		if (r->n_fields != 4)
			return false;
		op->text = arena_strdup(&txn->arena, r->fields[3]);
		return true;
	case OP_PUT:
		return r->n_fields == 4 && read_slot(r, txn, op) &&
		       txn_item(txn, op->slot) != NULL;
	case OP_TAKE:
		return read_slot(r, txn, op) && read_thing(r, 4, txn, op);
	case OP_SWAP:
		return read_slot(r, txn, op) && read_thing(r, 4, txn, op) &&
		       txn_item(txn, op->slot) != NULL;
	case OP_CHMOD:
		if (r->n_fields != 5 || !record_u64(r, 3, 07777, &mode) ||
		    !record_u64(r, 4, 07777, &old))
			return false;
		op->mode = mode & 07777;
		op->old_mode = old & 07777;
		return true;
	case OP_REF:
		if (r->n_fields != 4 || !ref_move_parse(r->fields[3], &move))
			return false;
		ref_move_release(&move);
		op->text = arena_strdup(&txn->arena, r->fields[3]);
		return true;
	case OP_COUNT:
		break;
	}
	return false;
}

static bool
read_op_line(const struct record_reader *r, struct txn *txn)
{
	struct op op = { .slot = NO_SLOT };
	unsigned kind = 0;
	uint64_t place = 0;

	if (r->n_fields < 4 || txn->n_groups == 0 || txn->n_places == 0 ||
	    !find_name(journal_op_words, OP_COUNT, r->fields[0], &kind) ||
	    !record_u64(r, 1, txn->n_places - 1, &place) ||
	    !path_is_name(r->fields[2]))
		return false;
	op.kind = (enum op_kind)kind;
	op.place = (uint16_t)place;
	op.group = (uint16_t)(txn->n_groups - 1);
	op.name = arena_strdup(&txn->arena, r->fields[2]);
	if (!read_op_tail(r, txn, &op))
		return false;
	txn->ops = xgrow(txn->ops, txn->n_ops, sizeof(*txn->ops));
	txn->ops[txn->n_ops++] = op;
	txn->groups[txn->n_groups - 1].n_ops++;
	return true;
}

static bool
read_line(const struct record_reader *r, struct journal *j)
{
	struct txn *txn = j->txn;
	const char *what = r->fields[0];

	if (strcmp(what, "run") == 0)
		return read_run_line(r, txn);
	if (strcmp(what, "host") == 0) {
		if (r->n_fields != 3)
			return false;
		(void)snprintf(j->machine, sizeof(j->machine), "%s",
		    r->fields[1]);
		(void)snprintf(j->boot, sizeof(j->boot), "%s", r->fields[2]);
		return true;
	}
	if (strcmp(what, "place") == 0)
		return read_place_line(r, txn);
	if (strcmp(what, "group") == 0) {
		if (r->n_fields != 3)
			return false;
		txn_group(txn, r->fields[1],
		    r->fields[2][0] != '\0' ? r->fields[2] : NULL);
		return true;
	}
	if (strcmp(what, "item") == 0)
		return read_item_line(r, txn);
	return read_op_line(r, txn);
}

/* Reads begin or plan. An absent file is no error: *found_out is false. */
MUST_USE static struct error *
read_file(int run_fd, const char *name, const char *shown, const char *magic,
    struct journal *j)
{
	AUTO_RECORD_READER struct record_reader r;
	AUTO_FREE char *path = path_join(shown, name);
	bool more = true;
	struct error *err = record_open(&r, run_fd, name, path, magic);

	while (err == NULL) {
		err = record_next(&r, &more);
		if (err != NULL || !more)
			break;
		if (!read_line(&r, j))
			err = record_damage(&r);
	}
	return record_advise(err, UNCHANGED);
}

MUST_USE static struct error *
read_outcome(int run_fd, const char *shown, struct journal *j)
{
	AUTO_RECORD_READER struct record_reader r;
	AUTO_FREE char *path = path_join(shown, "outcome");
	struct txn *txn = j->txn;
	bool more = true;
	struct error *err =
	    record_open(&r, run_fd, "outcome", path, OUTCOME_MAGIC);

	if (err != NULL)
		return err;
	for (size_t i = 0; i < txn->n_ops; i++)
		txn->ops[i].state = OP_DONE;
	for (;;) {
		uint64_t at = 0;
		unsigned state = 0;

		err = record_next(&r, &more);
		if (err != NULL || !more)
			return err;
		if (strcmp(r.fields[0], "sum") == 0)
			continue; /* for log only */
		if (r.n_fields != 3 || !record_u64(&r, 1, SIZE_MAX, &at))
			return record_damage(&r);
		if (strcmp(r.fields[0], "group") == 0 && at < txn->n_groups &&
		    txn->groups[at].error == NULL) {
			txn->groups[at].error =
			    error_new(ERR_CONFLICT, "%s", r.fields[2]);
		} else if (strcmp(r.fields[0], "op") == 0 && at < txn->n_ops &&
			   find_name(journal_state_words, JOURNAL_STATES,
			       r.fields[2], &state)) {
			txn->ops[at].state = (enum op_state)(state & 3);
		} else {
			return record_damage(&r);
		}
	}
}

/* There was a plan: slots may hold what is the user's. */
static struct error *
lost_plan(const char *shown, const struct txn *txn)
{
	return error_new(ERR_DAMAGE,
	    "%s/plan is missing, and was there: nothing was changed; what the "
	    "run displaced may be in %s%s",
	    shown, txn->n_places > 0 ? txn->places[0].staging : "its targets",
	    txn->n_places > 1 ? " and the like" : "");
}

/* A run without a plan: what had begun? */
MUST_USE static struct error *
read_without_plan(int run_fd, const char *shown, struct journal *j)
{
	static const char *const names[] = { BEGUN_NAME, BACK_NAME,
		BEGIN_NAME };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct error *err =
		    read_file(run_fd, names[i], shown, BEGIN_MAGIC, j);

		if (!error_is_sys(err, ENOENT))
			return err == NULL && (j->is_begun || j->is_back)
				   ? lost_plan(shown, j->txn)
				   : err;
		error_free(err); /* not that far, or farther */
	}
	return NULL;
}

/* How far it came, by its mark. */
MUST_USE static struct error *
read_marks(int run_fd, struct journal *j)
{
	struct fs_stat begun = { 0 };
	struct fs_stat back = { 0 };
	struct error *err = fs_stat(run_fd, BEGUN_NAME, &begun);

	if (err == NULL)
		err = fs_stat(run_fd, BACK_NAME, &back);
	if (err != NULL)
		return err;
	j->is_begun = begun.kind != FS_ABSENT;
	j->is_back = back.kind != FS_ABSENT;
	return NULL;
}

struct error *
journal_read(int run_fd, const char *shown, struct journal *out)
{
	struct journal j = { .txn = txn_new("") };
	struct error *err = read_marks(run_fd, &j);

	if (err == NULL)
		err = read_file(run_fd, "plan", shown, PLAN_MAGIC, &j);
	j.has_plan = err == NULL;
	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* not published, or lost */
		err = read_without_plan(run_fd, shown, &j);
	}
	if (err == NULL && j.has_plan) {
		err = record_advise(read_outcome(run_fd, shown, &j), UNCHANGED);
		j.has_outcome = err == NULL;
		if (error_is_sys(err, ENOENT)) {
			error_free(err); /* died among its operations */
			err = NULL;
		}
	}
	if (err != NULL) {
		txn_free(j.txn);
		return err;
	}
	*out = j;
	return NULL;
}

struct txn *
journal_read_places(int run_fd, const char *shown)
{
	static const char *const names[] = { BEGUN_NAME, BACK_NAME,
		BEGIN_NAME };
	struct journal j = { 0 };
	AUTO_ERROR struct error *err = journal_read(run_fd, shown, &j);

	if (err == NULL)
		return j.txn;
	j.txn = txn_new("");
	for (size_t i = 0; i < ARRAY_LEN(names) && j.txn->n_places == 0; i++) {
		/* What cannot be read may be why the run is given up. */
		error_free(read_file(run_fd, names[i], shown, BEGIN_MAGIC, &j));
	}
	return j.txn;
}

MUST_USE static struct error *
read_plan_head(int run_fd, const char *shown, struct journal *j)
{
	AUTO_RECORD_READER struct record_reader r;
	AUTO_FREE char *path = path_join(shown, "plan");
	bool more = true;
	struct error *err = record_open(&r, run_fd, "plan", path, PLAN_MAGIC);

	while (err == NULL) {
		err = record_next(&r, &more);
		if (err != NULL || !more || strcmp(r.fields[0], "group") == 0)
			break;
		if (!read_line(&r, j))
			err = record_damage(&r);
	}
	return err;
}

MUST_USE static struct error *
read_sum(int run_fd, const char *shown, struct run_summary *out)
{
	AUTO_RECORD_READER struct record_reader r;
	AUTO_FREE char *path = path_join(shown, "outcome");
	bool more = true;
	struct error *err =
	    record_open(&r, run_fd, "outcome", path, OUTCOME_MAGIC);

	while (err == NULL) {
		err = record_next(&r, &more);
		if (err != NULL || !more)
			break;
		out->failed_groups += strcmp(r.fields[0], "group") == 0;
		if (strcmp(r.fields[0], "sum") == 0 &&
		    (!record_u64(&r, 1, UINT64_MAX, &out->made) ||
			!record_u64(&r, 2, UINT64_MAX, &out->removed) ||
			!record_u64(&r, 3, UINT64_MAX, &out->replaced)))
			err = record_damage(&r);
	}
	return err;
}

struct error *
journal_read_summary(int run_fd, const char *shown, struct run_summary *out)
{
	struct journal j = { .txn = txn_new("") };
	struct run_summary sum = { 0 };
	struct error *err = read_plan_head(run_fd, shown, &j);

	if (err == NULL)
		err = read_sum(run_fd, shown, &sum);
	if (err == NULL) {
		sum.number = j.txn->number;
		sum.when = j.txn->when;
		sum.undoes = j.txn->undoes;
		sum.command = xstrdup(j.txn->command);
		*out = sum;
	}
	journal_release(&j);
	return err;
}

void
journal_release(struct journal *journal)
{
	txn_free(journal->txn);
	journal->txn = NULL;
}
