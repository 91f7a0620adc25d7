#include "performpart.h"

#include <errno.h>

#include "gitref.h"
#include "thing.h"

MUST_USE static struct error *
surprise(const struct op *op)
{
	return error_new(ERR_CONFLICT,
	    "%s changed while the run was at work: run it again", op->name);
}

struct pieces
perform_pieces(const struct hands *h, const struct op *op, const char *to)
{
	return (struct pieces){
		.dir_fd = h->dir_fd,
		.name = op->name,
		.id = op->before->id,
		.slots_fd = h->slots_fd,
		.to = to,
	};
}

struct error *
perform_holds_item(const struct hands *h, const struct item *item, bool *out)
{
	const struct thing self = thing_of_item(item, false);
	char slot[SLOT_NAME_MAX];

	return thing_is_at(h->slots_fd, slot_name(item->slot, slot), &self,
	    out);
}

/* ---- doing -------------------------------------------------------------- */

MUST_USE static struct error *
do_mkdir(struct hands *h, struct op *op)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_mkdir(h->dir_fd, op->name, op->mode);

	op->state = OP_DONE;
	if (!error_is_sys(err, EEXIST))
		return err;
	error_free(err); /* fine, if it is a directory */
	op->state = OP_ALREADY;
	err = fs_stat(h->dir_fd, op->name, &st);
	if (err == NULL && st.kind != FS_DIR)
		err = surprise(op);
	return err;
}

MUST_USE static struct error *
do_link(struct hands *h, struct op *op)
{
	const struct thing thing = { .kind = FS_LINK, .text = op->text };
	bool same = false;
	struct error *err = fs_symlink(op->text, h->dir_fd, op->name);

	op->state = OP_DONE;
	if (!error_is_sys(err, EEXIST))
		return err;
	error_free(err); /* fine, if it is this very link */
	op->state = OP_ALREADY;
	err = thing_is_at(h->dir_fd, op->name, &thing, &same);
	if (err == NULL && !same)
		err = surprise(op);
	return err;
}

MUST_USE static struct error *
do_put(struct hands *h, struct op *op)
{
	char slot[SLOT_NAME_MAX];
	struct error *err = fs_rename_noreplace(h->slots_fd,
	    slot_name(op->slot, slot), h->dir_fd, op->name);

	op->state = OP_DONE;
	if (!error_is_sys(err, EEXIST))
		return err;
	error_free(err); /* said in the words of the plan */
	return surprise(op);
}

/*
 * Moves the entry to the slots. *now is what is then expected there: what is
 * taken by pieces, since it is in a lower layer of an overlay, is another
 * directory in the end, and was looked at on the way.
 */
MUST_USE static struct error *
displace(struct hands *h, struct op *op, const char *to, struct thing *now)
{
	const struct pieces pieces = perform_pieces(h, op, to);
	struct error *err =
	    fs_rename_noreplace(h->dir_fd, op->name, h->slots_fd, to);

	*now = *op->before;
	if (op->before->kind != FS_DIR || !error_is_sys(err, EXDEV))
		return err;
	error_free(err); /* not in one call, then */
	now->id = (struct fs_id){ 0 };
	op->state = OP_DONE; /* the way back looks how far it came */
	err = pieces_take(&pieces);
	if (err == NULL)
		return NULL;
	return error_wrap(err, "%s/%s", h->txn->places[h->place].dir, op->name);
}

/* What no rename moves, and the kernel says is busy. */
static struct error *
explain_busy(const struct hands *h, const struct op *op, struct error *err)
{
	if (!error_is_sys(err, EBUSY))
		return err;
	error_free(err); /* said in the words of the plan */
	return error_new(ERR_REFUSED,
	    "%s/%s is a mount point: unmount it, and run this again",
	    h->txn->places[h->place].dir, op->name);
}

MUST_USE static struct error *
do_take(struct hands *h, struct op *op)
{
	char slot[SLOT_NAME_MAX];
	struct thing now;
	bool same = false;
	struct error *err = displace(h, op, slot_name(op->slot, slot), &now);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* said in the words of the plan */
		return surprise(op);
	}
	if (err != NULL)
		return explain_busy(h, op, err);
	op->state = OP_DONE;
	err = thing_is_at(h->slots_fd, slot, &now, &same);
	if (err == NULL && same)
		return NULL;
	if (err == NULL)
		err = surprise(op);

	struct error *back =
	    fs_rename_noreplace(h->slots_fd, slot, h->dir_fd, op->name);
	if (back == NULL)
		op->state = OP_PENDING;
	error_free(back); /* it stays DONE: the group's way back tries again */
	return err;
}

/*
 * Where there is no exchange: two renames, with N.out as the sign of being
 * between them. Afterwards the slot holds what was displaced, as after an
 * exchange. This is the second of them.
 */
MUST_USE static struct error *
put_for_out(struct hands *h, const char *slot, const char *out,
    const char *name)
{
	struct error *err =
	    fs_rename_noreplace(h->slots_fd, slot, h->dir_fd, name);

	if (err == NULL)
		return fs_rename_noreplace(h->slots_fd, out, h->slots_fd, slot);

	struct error *back =
	    fs_rename_noreplace(h->slots_fd, out, h->dir_fd, name);
	error_free(back); /* perform_back() finds N.out and tries again */
	return err;
}

struct error *
perform_exchange(struct hands *h, const char *slot, const char *name)
{
	AUTO_FREE char *out = xasprintf("%s" SLOT_OUT, slot);
	struct error *err = fs_exchange(h->slots_fd, slot, h->dir_fd, name);

	if (!error_is_sys(err, EINVAL) && !error_is_sys(err, ENOSYS))
		return err;
	error_free(err); /* this file system cannot: by two renames */
	err = fs_rename_noreplace(h->dir_fd, name, h->slots_fd, out);
	return err != NULL ? err : put_for_out(h, slot, out, name);
}

/* As perform_exchange(), also where the entry can only be displaced by pieces.
 */
MUST_USE static struct error *
exchange_for(struct hands *h, struct op *op, const char *slot,
    struct thing *now)
{
	AUTO_FREE char *out = xasprintf("%s" SLOT_OUT, slot);
	struct error *err = fs_exchange(h->slots_fd, slot, h->dir_fd, op->name);

	*now = *op->before;
	if (!error_is_sys(err, EINVAL) && !error_is_sys(err, ENOSYS) &&
	    !error_is_sys(err, EXDEV))
		return err;
	error_free(err); /* not in one call, then */
	err = displace(h, op, out, now);
	return err != NULL ? err : put_for_out(h, slot, out, op->name);
}

MUST_USE static struct error *
do_swap(struct hands *h, struct op *op)
{
	char slot[SLOT_NAME_MAX];
	bool same = false;
	struct thing now;
	struct error *err =
	    exchange_for(h, op, slot_name(op->slot, slot), &now);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* said in the words of the plan */
		return surprise(op);
	}
	/* By two renames it may be half done: the way back looks for that. */
	op->state = OP_DONE;
	if (err != NULL)
		return explain_busy(h, op, err);
	err = thing_is_at(h->slots_fd, slot, &now, &same);
	if (err == NULL && same)
		return NULL;
	if (err == NULL)
		err = surprise(op);

	struct error *back = perform_exchange(h, slot, op->name);
	if (back == NULL)
		op->state = OP_PENDING;
	error_free(back); /* it stays DONE: the group's way back tries again */
	return err;
}

MUST_USE static struct error *
do_chmod(struct hands *h, struct op *op)
{
	struct error *err = fs_chmod(h->dir_fd, op->name, op->mode);

	op->state = OP_DONE;
	return err;
}

struct error *
perform(struct hands *h, struct op *op)
{
	struct error *err = NULL;

	switch (op->kind) {
	case OP_MKDIR:
		err = do_mkdir(h, op);
		break;
	case OP_LINK:
		err = do_link(h, op);
		break;
	case OP_PUT:
		err = do_put(h, op);
		break;
	case OP_TAKE:
		err = do_take(h, op);
		break;
	case OP_SWAP:
		err = do_swap(h, op);
		break;
	case OP_CHMOD:
		err = do_chmod(h, op);
		break;
	case OP_REF:
		err = ref_move(h->txn->places[h->place].dir, op->text);
		op->state = OP_DONE;
		break;
	case OP_COUNT:
		BUG("operation %d", (int)op->kind);
	}
	/* TAKE and SWAP that were not given back are the exception. */
	if (err != NULL && op->kind != OP_TAKE && op->kind != OP_SWAP)
		op->state = OP_PENDING;
	return err;
}
