#include <errno.h>

#include "gitref.h"
#include "performpart.h"
#include "thing.h"
#include "tree.h"

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

/* A slot that nothing else uses. */
static uint32_t
spare_slot(const struct hands *h, const struct op *op)
{
	return h->txn->n_slots + (uint32_t)(op - h->txn->ops);
}

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
	const struct pieces pieces = perform_pieces(h, op, to);
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
 * Death among the renames in place of an exchange. Where a rename is a link
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
	err = perform_exchange(h, slot, op->name);
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
