#include "journal.h"

#include <errno.h>

#include "fs.h"
#include "journalword.h"
#include "record.h"

static void
write_id(struct record_writer *w, struct fs_id id)
{
	record_number(w, id.ino);
	/* Births before 1970 do not occur on a machine that runs this. */
	record_number(w, (uint64_t)id.btime_ns);
}

static void
write_head(struct record_writer *w, const struct txn *txn,
    const struct host_id *host)
{
	record_field(w, "run");
	record_number(w, txn->number);
	record_number(w, (uint64_t)txn->when);
	record_number(w, txn->undoes);
	record_field(w, txn->token);
	record_field(w, txn->command);
	record_end(w);
	record_field(w, "host");
	record_field(w, host->machine);
	record_field(w, host->boot);
	record_end(w);
	for (size_t i = 0; i < txn->n_places; i++) {
		const struct place *p = &txn->places[i];

		record_field(w, "place");
		write_id(w, p->id);
		record_field(w, p->dir);
		record_field(w, p->staging);
		record_field(w, p->slots);
		record_end(w);
	}
}

static void
write_thing(struct record_writer *w, const struct thing *thing)
{
	char hex[DIGEST_HEX_LEN + 1] = "";

	if (thing->digest != NULL)
		digest_hex(thing->digest, hex);
	record_field(w,
	    thing->is_empty ? EMPTY_WORD : journal_kind_words[thing->kind]);
	write_id(w, thing->id);
	record_field(w, hex);
	record_field(w, thing->text != NULL ? thing->text : "");
}

static void
write_item(struct record_writer *w, const struct item *item)
{
	char hex[DIGEST_HEX_LEN + 1];

	digest_hex(&item->digest, hex);
	record_field(w, "item");
	record_number(w, item->slot);
	record_number(w, item->place);
	record_field(w, item->kind == ITEM_LINK ? "link"
			: item->is_file         ? "file"
						: "tree");
	write_id(w, item->id);
	record_field(w, hex);
	record_field(w, item->text != NULL ? item->text : "");
	record_end(w);
}

static void
write_op(struct record_writer *w, const struct op *op)
{
	record_field(w, journal_op_words[op->kind]);
	record_number(w, op->place);
	record_field(w, op->name);
	switch (op->kind) {
	case OP_MKDIR:
		record_number(w, op->mode);
		break;
	case OP_LINK:
	case OP_REF:
		record_field(w, op->text);
		break;
	case OP_PUT:
		record_number(w, op->slot);
		break;
	case OP_TAKE:
	case OP_SWAP:
		record_number(w, op->slot);
		write_thing(w, op->before);
		break;
	case OP_CHMOD:
		record_number(w, op->mode);
		record_number(w, op->old_mode);
		break;
	case OP_COUNT:
		BUG("operation %d", (int)op->kind);
	}
	record_end(w);
}

/* A mark is a name: it needs no room. A run that stages nothing has none. */
MUST_USE static struct error *
rename_mark(int run_fd, const char *from, const char *to)
{
	struct error *err = fs_rename(run_fd, from, run_fd, to);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* nothing was staged */
		return NULL;
	}
	return err != NULL ? err : fs_sync(run_fd, to);
}

struct error *
journal_mark_back(int run_fd)
{
	struct fs_stat plan = { 0 };
	struct error *err = rename_mark(run_fd, BEGUN_NAME, BACK_NAME);

	/* A death just after the plan: it is begin still. */
	if (err == NULL)
		err = fs_stat(run_fd, "plan", &plan);
	if (err == NULL && plan.kind == FS_FILE)
		err = rename_mark(run_fd, BEGIN_NAME, BACK_NAME);
	return err;
}

struct error *
journal_write_begin(int run_fd, const struct txn *txn,
    const struct host_id *host)
{
	struct record_writer w;

	record_create(&w, run_fd, BEGIN_NAME, BEGIN_MAGIC);
	write_head(&w, txn, host);
	return record_publish(&w, run_fd, BEGIN_NAME);
}

struct error *
journal_write_plan(int run_fd, const struct txn *txn,
    const struct host_id *host)
{
	struct record_writer w;

	record_create(&w, run_fd, "plan", PLAN_MAGIC);
	write_head(&w, txn, host);
	for (size_t i = 0; i < txn->n_groups; i++) {
		const struct group *g = &txn->groups[i];

		record_field(&w, "group");
		record_field(&w, g->name);
		record_field(&w, g->look_path != NULL ? g->look_path : "");
		record_end(&w);
		if (g->is_unstaged)
			continue; /* could not be staged: none of it is done */
		for (size_t k = 0; k < g->n_items; k++)
			write_item(&w, &txn->items[g->first_item + k]);
		for (size_t k = 0; k < g->n_ops; k++)
			write_op(&w, &txn->ops[g->first_op + k]);
	}
	struct error *err = record_publish(&w, run_fd, "plan");
	/* From here on a slot may hold what is the user's. */
	return err != NULL ? err : rename_mark(run_fd, BEGIN_NAME, BEGUN_NAME);
}

/* Counted once, so that log need not read every operation of every run. */
static void
write_sum(struct record_writer *w, const struct txn *txn)
{
	uint64_t made = 0;
	uint64_t removed = 0;
	uint64_t replaced = 0;

	for (size_t i = 0; i < txn->n_ops; i++) {
		enum op_kind kind = txn->ops[i].kind;

		if (txn->ops[i].state != OP_DONE)
			continue;
		made += kind == OP_MKDIR || kind == OP_LINK || kind == OP_PUT;
		removed += kind == OP_TAKE;
		replaced += kind == OP_SWAP;
	}
	record_field(w, "sum");
	record_number(w, made);
	record_number(w, removed);
	record_number(w, replaced);
	record_end(w);
}

struct error *
journal_write_outcome(int run_fd, const struct txn *txn)
{
	struct record_writer w;

	record_create(&w, run_fd, "outcome", OUTCOME_MAGIC);
	write_sum(&w, txn);
	for (size_t i = 0; i < txn->n_groups; i++) {
		if (txn->groups[i].error == NULL)
			continue;
		record_field(&w, "group");
		record_number(&w, i);
		record_field(&w, error_msg(txn->groups[i].error));
		record_end(&w);
	}
	size_t at = 0; /* of the operation in the plan as it was written */
	for (size_t i = 0; i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];

		if (txn->groups[op->group].is_unstaged)
			continue;
		if (op->state != OP_DONE) {
			record_field(&w, "op");
			record_number(&w, at);
			record_field(&w, journal_state_words[op->state]);
			record_end(&w);
		}
		at++;
	}
	return record_publish(&w, run_fd, "outcome");
}
