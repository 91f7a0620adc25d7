#include "perform.h"

#include <errno.h>
#include <string.h>

#include "gitref.h"
#include "pieces.h"
#include "thing.h"
#include "tree.h"

/*
 * Beside slot N: N.out holds what was displaced while a file system without
 * exchange is between its two renames.
 */
#define SLOT_OUT ".out"

void
kept_release(struct kept_list *list)
{
	free(list->items);
	*list = (struct kept_list){ 0 };
}

static void
keep(struct kept_list *list, const struct hands *h, const struct op *op,
    uint32_t slot)
{
	list->items = xgrow(list->items, list->n, sizeof(*list->items));
	list->items[list->n++] = (struct kept){
		.name = op->name,
		.place = h->place,
		.slot = slot,
	};
}

MUST_USE static struct error *
surprise(const struct op *op)
{
	return error_new(ERR_CONFLICT,
	    "%s changed while the run was at work: run it again", op->name);
}

/* A slot that nothing else uses. */
static uint32_t
spare_slot(const struct hands *h, const struct op *op)
{
	return h->txn->n_slots + (uint32_t)(op - h->txn->ops);
}

static struct pieces
pieces_of(const struct hands *h, const struct op *op, const char *to)
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
	const struct pieces pieces = pieces_of(h, op, to);
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
		return err;
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

/* The way back: what we put, and what it displaced, can be renamed. */
MUST_USE static struct error *
exchange(struct hands *h, const char *slot, const char *name)
{
	AUTO_FREE char *out = xasprintf("%s" SLOT_OUT, slot);
	struct error *err = fs_exchange(h->slots_fd, slot, h->dir_fd, name);

	if (!error_is_sys(err, EINVAL) && !error_is_sys(err, ENOSYS))
		return err;
	error_free(err); /* this file system cannot: by two renames */
	err = fs_rename_noreplace(h->dir_fd, name, h->slots_fd, out);
	return err != NULL ? err : put_for_out(h, slot, out, name);
}

/* As exchange(), also where the entry can only be displaced by pieces. */
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
		return err;
	err = thing_is_at(h->slots_fd, slot, &now, &same);
	if (err == NULL && same)
		return NULL;
	if (err == NULL)
		err = surprise(op);

	struct error *back = exchange(h, slot, op->name);
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

/* ---- taking back -------------------------------------------------------- */

MUST_USE static struct error *
back_mkdir(struct hands *h, const struct op *op)
{
	struct error *err = fs_rmdir(h->dir_fd, op->name);

	if (error_is_sys(err, ENOENT) || error_is_sys(err, ENOTEMPTY) ||
	    error_is_sys(err, EEXIST) || error_is_sys(err, ENOTDIR)) {
		error_free(err); /* somebody uses it, or took it away */
		err = NULL;
	}
	return err;
}

/*
 * The way back must not need room: on a full disk the link is unlinked where
 * it is, right after the look at it. That frees room for the next one's
 * staging directory.
 */
static bool
is_full(const struct error *err)
{
	return error_is_sys(err, ENOSPC) || error_is_sys(err, EDQUOT);
}

/* Looks at what was taken into the slot look: ours is dropped. */
MUST_USE static struct error *
drop_link(struct hands *h, const struct op *op, uint32_t look_slot,
    struct kept_list *kept)
{
	const struct thing thing = { .kind = FS_LINK, .text = op->text };
	char look[SLOT_NAME_MAX];
	bool ours = false;
	struct error *err =
	    thing_is_at(h->slots_fd, slot_name(look_slot, look), &thing, &ours);

	if (err != NULL)
		return err;
	if (ours)
		return fs_unlink(h->slots_fd, look);

	/* Somebody put another thing there under our hands: give it back. */
	err = fs_rename_noreplace(h->slots_fd, look, h->dir_fd, op->name);
	if (error_is_sys(err, EEXIST)) {
		error_free(err); /* and it was taken again: keep it */
		keep(kept, h, op, look_slot);
		return NULL;
	}
	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* nothing was in the look */
		return NULL;
	}
	return err;
}

MUST_USE static struct error *
back_link(struct hands *h, const struct op *op, struct kept_list *kept)
{
	const struct thing thing = { .kind = FS_LINK, .text = op->text };
	/* To look at the link undisturbed. */
	uint32_t look_slot = spare_slot(h, op);
	char look[SLOT_NAME_MAX];
	bool ours = false;
	struct error *err = thing_is_at(h->dir_fd, op->name, &thing, &ours);

	/* Not there or not ours, unless a death left it where we look. */
	if (err != NULL || (!ours && h->slots_fd == -1))
		return err;
	if (ours) {
		err = hands_need_slots(h);
		if (err == NULL)
			err = fs_rename_noreplace(h->dir_fd, op->name,
			    h->slots_fd, slot_name(look_slot, look));
		if (is_full(err)) {
			error_free(err); /* no room to look: unlink in place */
			return fs_unlink(h->dir_fd, op->name);
		}
		if (error_is_sys(err, ENOENT)) {
			error_free(err); /* just gone: nothing to take back */
			return NULL;
		}
	}
	return err != NULL ? err : drop_link(h, op, look_slot, kept);
}

MUST_USE static struct error *
back_put(struct hands *h, const struct op *op, struct kept_list *kept)
{
	const struct item *item = txn_item(h->txn, op->slot);
	const struct thing whole = thing_of_item(item, true);
	const struct thing self = thing_of_item(item, false);
	char slot[SLOT_NAME_MAX];
	struct fs_stat st = { 0 };
	bool same = false;
	struct error *err =
	    fs_stat(h->slots_fd, slot_name(op->slot, slot), &st);

	if (err != NULL || st.kind != FS_ABSENT)
		return err; /* still in its slot: it was not done */
	err = thing_is_at(h->dir_fd, op->name, &self, &same);
	if (err != NULL || !same)
		return err; /* gone, or somebody else's by now */
	err = fs_rename_noreplace(h->dir_fd, op->name, h->slots_fd, slot);
	if (err != NULL)
		return err;
	err = thing_is_at(h->slots_fd, slot, &whole, &same);
	if (err == NULL && !same)
		keep(kept, h, op, op->slot);
	return err;
}

/* The slot's content goes back to its name, or is kept if that is taken. */
MUST_USE static struct error *
give_back(struct hands *h, const struct op *op, const char *slot,
    struct kept_list *kept)
{
	struct error *err =
	    fs_rename_noreplace(h->slots_fd, slot, h->dir_fd, op->name);

	if (error_is_sys(err, EEXIST)) {
		error_free(err); /* taken by somebody since */
		keep(kept, h, op, op->slot);
		err = NULL;
	}
	return err;
}

/* Death, or an error, while the entry was displaced to that by pieces. */
MUST_USE static struct error *
mend_pieces(struct hands *h, const struct op *op, const char *to,
    struct kept_list *kept)
{
	const struct pieces pieces = pieces_of(h, op, to);
	char spare[SLOT_NAME_MAX];
	bool is_left = false;

	if (op->before->kind != FS_DIR)
		return NULL;
	struct error *err =
	    pieces_back(&pieces, slot_name(spare_slot(h, op), spare), &is_left);
	if (err == NULL && is_left)
		keep(kept, h, op, spare_slot(h, op));
	return err;
}

MUST_USE static struct error *
back_take(struct hands *h, const struct op *op, struct kept_list *kept)
{
	char slot[SLOT_NAME_MAX];
	struct fs_stat st = { 0 };
	struct error *err = mend_pieces(h, op, slot_name(op->slot, slot), kept);

	if (err == NULL)
		err = fs_stat(h->slots_fd, slot, &st);
	if (err != NULL || st.kind == FS_ABSENT)
		return err; /* the slot is empty: it was not done */
	return give_back(h, op, slot, kept);
}

/*
 * Death among the renames of exchange_by_renames(). Where a rename is a link
 * and an unlink, one thing may have both names: the same rename ends it.
 */
MUST_USE static struct error *
mend_renames(struct hands *h, const struct op *op, const char *slot,
    struct kept_list *kept)
{
	AUTO_FREE char *out = xasprintf("%s" SLOT_OUT, slot);
	struct fs_stat out_st = { 0 };
	struct fs_stat slot_st = { 0 };
	struct fs_stat name_st = { 0 };
	struct error *err = mend_pieces(h, op, out, kept);

	if (err == NULL)
		err = fs_stat(h->slots_fd, out, &out_st);
	if (err != NULL || out_st.kind == FS_ABSENT)
		return err;
	err = fs_stat(h->slots_fd, slot, &slot_st);
	if (err == NULL)
		err = fs_stat(h->dir_fd, op->name, &name_st);
	if (err != NULL)
		return err;
	if (slot_st.kind != FS_ABSENT &&
	    fs_id_equal(fs_id_of(&slot_st), fs_id_of(&name_st))) {
		err =
		    fs_rename_noreplace(h->slots_fd, slot, h->dir_fd, op->name);
		if (err != NULL)
			return err;
	} else if (slot_st.kind != FS_ABSENT &&
		   !fs_id_equal(fs_id_of(&slot_st), fs_id_of(&out_st))) {
		/* The item is in its slot: back before the first rename. */
		err =
		    fs_rename_noreplace(h->slots_fd, out, h->dir_fd, op->name);
		if (!error_is_sys(err, EEXIST))
			return err;
		/* Somebody took the name: as if all had been done, then. */
		error_free(err);
		err = tree_remove(h->slots_fd, slot);
		if (err != NULL)
			return err;
	}
	/* It is in place: on to after the last. */
	return fs_rename_noreplace(h->slots_fd, out, h->slots_fd, slot);
}

MUST_USE static struct error *
back_swap(struct hands *h, const struct op *op, struct kept_list *kept)
{
	const struct item *item = txn_item(h->txn, op->slot);
	const struct thing whole = thing_of_item(item, true);
	const struct thing self = thing_of_item(item, false);
	char slot[SLOT_NAME_MAX];
	struct fs_stat st = { 0 };
	bool same = false;
	struct error *err =
	    mend_renames(h, op, slot_name(op->slot, slot), kept);

	if (err == NULL)
		err = thing_is_at(h->slots_fd, slot, &self, &same);
	if (err != NULL || same)
		return err; /* the item is in its slot: it was not done */
	err = fs_stat(h->slots_fd, slot, &st);
	if (err != NULL || st.kind == FS_ABSENT)
		return err; /* staging was being cleared: it was taken back */
	err = exchange(h, slot, op->name);
	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* what we had put was taken away since */
		return give_back(h, op, slot, kept);
	}
	if (err != NULL)
		return err;
	/* What comes back must be what we put; else it is somebody's work. */
	err = thing_is_at(h->slots_fd, slot, &whole, &same);
	if (err == NULL && !same)
		keep(kept, h, op, op->slot);
	return err;
}

/* Another mode than ours, or a thing that has none: it was not done. */
MUST_USE static struct error *
back_chmod(struct hands *h, const struct op *op)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(h->dir_fd, op->name, &st);

	if (err != NULL || (st.kind != FS_DIR && st.kind != FS_FILE) ||
	    st.mode != op->mode)
		return err;
	return fs_chmod(h->dir_fd, op->name, op->old_mode);
}

struct error *
perform_back(struct hands *h, struct op *op, struct kept_list *kept)
{
	struct error *err = NULL;

	if (op->state == OP_ALREADY || op->state == OP_BACK)
		return NULL;
	/*
	 * Staging is removed last: without it nothing is left to take back,
	 * nor in a directory that was never made.
	 */
	if (h->dir_fd == -1 || (op->slot != NO_SLOT && h->slots_fd == -1)) {
		op->state = OP_BACK;
		return NULL;
	}
	switch (op->kind) {
	case OP_MKDIR:
		err = back_mkdir(h, op);
		break;
	case OP_LINK:
		err = back_link(h, op, kept);
		break;
	case OP_PUT:
		err = back_put(h, op, kept);
		break;
	case OP_TAKE:
		err = back_take(h, op, kept);
		break;
	case OP_SWAP:
		err = back_swap(h, op, kept);
		break;
	case OP_CHMOD:
		err = back_chmod(h, op);
		break;
	case OP_REF:
		err = ref_move_back(h->txn->places[h->place].dir, op->text);
		break;
	case OP_COUNT:
		BUG("operation %d", (int)op->kind);
	}
	if (err == NULL)
		op->state = OP_BACK;
	return err;
}
