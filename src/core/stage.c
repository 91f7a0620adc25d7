#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "path.h"
#include "stagefind.h"
#include "tree.h"

void
aside_release(struct aside *aside)
{
	for (size_t i = 0; i < aside->n; i++)
		free(aside->paths[i]);
	free(aside->paths);
	*aside = (struct aside){ 0 };
}

void
aside_add(struct aside *aside, char *path)
{
	aside->paths = xgrow(aside->paths, aside->n, sizeof(*aside->paths));
	aside->paths[aside->n++] = path;
}

/* ---- making ------------------------------------------------------------- */

bool
stage_is_needed(const struct txn *txn)
{
	for (size_t i = 0; i < txn->n_ops; i++) {
		if (txn->ops[i].slot != NO_SLOT)
			return true;
	}
	return false;
}

/* The directory of slots of a place, made at first need. */
MUST_USE static struct error *
open_slots(const struct place *p, int *fd_out)
{
	struct error *err = fs_open_dir(p->slots, fd_out);

	if (!error_is_sys(err, ENOENT))
		return err;
	error_free(err); /* the first to need it makes it */
	err = fs_mkdirs(p->slots, 0700);
	return err != NULL ? err : fs_open_dir(p->slots, fd_out);
}

MUST_USE static struct error *
make_links(int slots_fd, const char *slot, const struct item *item)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_mkdir(slots_fd, slot, 0755);

	if (err == NULL)
		err = fs_open_dir_at(slots_fd, slot, &fd);
	for (size_t i = 0; err == NULL && i < item->n_names; i++)
		err = fs_symlink(item->texts[i], fd, item->names[i]);
	return err;
}

MUST_USE static struct error *
make_file(int slots_fd, const char *slot, const struct item *item)
{
	return item->is_mode_whole ? fs_create_file_as(slots_fd, slot,
					 item->bytes, item->len, item->mode)
				   : fs_create_file(slots_fd, slot, item->bytes,
					 item->len, item->mode);
}

MUST_USE static struct error *
make_copy(int slots_fd, const char *slot, struct item *item)
{
	AUTO_CLOSE int from_fd = -1;
	AUTO_FREE char *dir = path_dir(item->abs);
	struct tree_sum sum = { 0 };
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir(dir, &from_fd);

	if (err == NULL)
		err = tree_copy(from_fd, path_base(item->abs), slots_fd, slot,
		    &sum);
	if (err == NULL)
		err = fs_stat(slots_fd, slot, &st);
	/* A directory that its owner may not write cannot leave its slot. */
	if (err == NULL && st.kind == FS_DIR && (st.mode & 0200) == 0) {
		err = fs_chmod(slots_fd, slot, st.mode | 0200);
		if (err == NULL)
			err = tree_digest(slots_fd, slot, &sum);
	}
	item->digest = sum.digest;
	return err;
}

MUST_USE static struct error *
stage_item(const struct txn *txn, struct item *item)
{
	AUTO_CLOSE int slots_fd = -1;
	char slot[SLOT_NAME_MAX];
	struct fs_stat st = { 0 };
	struct tree_sum sum = { 0 };
	struct error *err = open_slots(&txn->places[item->place], &slots_fd);

	if (err != NULL)
		return err;
	slot_name(item->slot, slot);
	switch (item->kind) {
	case ITEM_LINK:
		err = fs_symlink(item->text, slots_fd, slot);
		break;
	case ITEM_FILE:
		err = make_file(slots_fd, slot, item);
		break;
	case ITEM_COPY:
		err = make_copy(slots_fd, slot, item);
		break;
	case ITEM_LINKS:
		err = make_links(slots_fd, slot, item);
		break;
	case ITEM_BUILD:
		err = item->build(item->payload, slots_fd, slot);
		break;
	}
	if (err == NULL && item->told != NULL) {
		item->digest = *item->told;
	} else if (err == NULL && item->kind != ITEM_COPY) {
		err = tree_digest(slots_fd, slot, &sum);
		item->digest = sum.digest;
	}
	if (err == NULL)
		err = fs_stat(slots_fd, slot, &st);
	if (err != NULL)
		return err;
	item->is_staged = true;
	item->is_file = st.kind == FS_FILE;
	item->id = fs_id_of(&st);
	return NULL;
}

/* A TAKE needs the slots of its place, though nothing is put into them. */
MUST_USE static struct error *
stage_empty_slots(const struct txn *txn, const struct group *g)
{
	uint32_t seen = UINT32_MAX;

	for (size_t i = 0; i < g->n_ops; i++) {
		const struct op *op = &txn->ops[g->first_op + i];
		AUTO_CLOSE int fd = -1;

		if (op->slot == NO_SLOT || op->place == seen)
			continue;
		struct error *err = open_slots(&txn->places[op->place], &fd);
		if (err != NULL)
			return err;
		seen = op->place;
	}
	return NULL;
}

/* The plan will not name these slots: they must be empty before it is. */
static void
unstage(const struct txn *txn, const struct group *g)
{
	for (size_t i = 0; i < g->n_items; i++) {
		struct item *item = &txn->items[g->first_item + i];
		AUTO_CLOSE int fd = -1;
		char slot[SLOT_NAME_MAX];
		struct error *err =
		    fs_open_dir(txn->places[item->place].slots, &fd);

		if (err == NULL)
			err = tree_remove(fd, slot_name(item->slot, slot));
		error_free(err); /* the group's error came first; what stays
				    is named when staging is removed */
		item->is_staged = false;
	}
}

void
stage_items(struct txn *txn)
{
	for (size_t i = 0; i < txn->n_groups; i++) {
		struct group *g = &txn->groups[i];

		if (g->error != NULL)
			continue;
		g->error = stage_empty_slots(txn, g);
		for (size_t k = 0; g->error == NULL && k < g->n_items; k++)
			g->error =
			    stage_item(txn, &txn->items[g->first_item + k]);
		g->is_unstaged = g->error != NULL;
		if (g->is_unstaged)
			unstage(txn, g);
	}
}

/* ---- syncing ------------------------------------------------------------ */

/* Syncs the file system of abs, unless its device is in the n seen. */
MUST_USE static struct error *
sync_once(const char *abs, uint64_t *seen, size_t *n)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir(abs, &fd);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* nothing was made there */
		return NULL;
	}
	if (err == NULL)
		err = fs_stat_fd(fd, abs, &st);
	if (err != NULL)
		return err;
	for (size_t i = 0; i < *n; i++) {
		if (seen[i] == st.dev)
			return NULL;
	}
	seen[(*n)++] = st.dev;
	return fs_sync_fs(fd, abs);
}

struct error *
stage_sync(const struct txn *txn)
{
	AUTO_FREE uint64_t *seen = xcalloc(txn->n_places, sizeof(*seen));
	size_t n = 0;
	struct error *err = NULL;
	uint32_t last = UINT32_MAX;

	for (size_t i = 0; err == NULL && i < txn->n_items; i++) {
		if (!txn->items[i].is_staged || txn->items[i].place == last)
			continue;
		last = txn->items[i].place;
		err = sync_once(txn->places[last].slots, seen, &n);
	}
	return err;
}

struct error *
stage_sync_places(const struct txn *txn)
{
	AUTO_FREE uint64_t *seen = xcalloc(txn->n_places, sizeof(*seen));
	size_t n = 0;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < txn->n_places; i++)
		err = sync_once(txn->places[i].dir, seen, &n);
	return err;
}

/* ---- removing ----------------------------------------------------------- */

/* rmdir of what may be gone already; what is not empty is left and named. */
MUST_USE static struct error *
rmdir_staging(const char *abs, struct aside *aside)
{
	struct error *err = fs_rmdir(AT_FDCWD, abs);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* gone already */
		return NULL;
	}
	if (error_is_sys(err, ENOTEMPTY) || error_is_sys(err, EEXIST)) {
		error_free(err); /* somebody put something there: named */
		aside_add(aside, xstrdup(abs));
		return NULL;
	}
	return err;
}

MUST_USE static struct error *
remove_staging(const struct txn *txn, struct aside *aside)
{
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < txn->n_places; i++) {
		const struct place *p = &txn->places[i];

		if (strcmp(p->slots, p->staging) != 0)
			err = rmdir_staging(p->slots, aside);
		if (err == NULL)
			err = rmdir_staging(p->staging, aside);
	}
	return err;
}

struct error *
stage_discard(const struct txn *txn)
{
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < txn->n_places; i++) {
		AUTO_CLOSE int fd = -1;
		const char *staging = txn->places[i].staging;
		AUTO_FREE char *parent = path_dir(staging);

		err = fs_open_dir(parent, &fd);
		if (error_is_sys(err, ENOENT)) {
			error_free(err); /* a directory that was not made */
			err = NULL;
			continue;
		}
		if (err == NULL)
			err = tree_remove(fd, path_base(staging));
	}
	return err;
}

/* ---- settling ----------------------------------------------------------- */

/*
 * Across file systems: copied under another name, verified, synced. What is
 * at to already was copied so before a death.
 */
MUST_USE static struct error *
copy_across(int from_fd, const char *from, int to_fd, const char *to)
{
	struct tree_sum copied = { 0 };
	struct tree_sum stored = { 0 };
	struct fs_stat st = { 0 };
	AUTO_FREE char *tmp = xasprintf(".%s.tmp", to);
	struct error *err = fs_stat(to_fd, to, &st);

	if (err != NULL || st.kind != FS_ABSENT)
		return err;
	err = tree_remove(to_fd, tmp);
	if (err == NULL)
		err = tree_copy(from_fd, from, to_fd, tmp, &copied);
	if (err == NULL)
		err = fs_sync_fs(to_fd, tmp);
	if (err == NULL)
		err = tree_digest(to_fd, tmp, &stored);
	if (err == NULL && !digest_equal(&copied.digest, &stored.digest))
		err = error_new(ERR_DAMAGE,
		    "the copy of %s is not what was copied: it is kept where "
		    "it is",
		    from);
	if (err == NULL)
		err = fs_rename_noreplace(to_fd, tmp, to_fd, to);
	return err != NULL ? err : fs_sync(to_fd, to);
}

/* Moves name to a new name in another directory, perhaps far away. */
MUST_USE static struct error *
move_tree(int from_fd, const char *from, int to_fd, const char *to)
{
	struct error *err = fs_rename_noreplace(from_fd, from, to_fd, to);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* moved before a death */
		return NULL;
	}
	if (!error_is_sys(err, EXDEV))
		return err;
	error_free(err); /* it cannot be renamed there */
	err = copy_across(from_fd, from, to_fd, to);
	return err != NULL ? err : tree_remove(from_fd, from);
}

MUST_USE static struct error *
open_store(int run_fd, int *fd_out)
{
	struct error *err = fs_mkdir(run_fd, "store", 0700);

	if (error_is_sys(err, EEXIST)) {
		error_free(err); /* made before */
		err = NULL;
	}
	return err != NULL ? err : fs_open_dir_at(run_fd, "store", fd_out);
}

/* Somebody may have taken the staging directory away: it must be stored. */
MUST_USE static struct error *
check_stored(const struct hands *h, int store_fd, const char *slot)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(store_fd, slot, &st);

	if (err == NULL && st.kind == FS_ABSENT)
		err = error_new(ERR_UNREACHABLE,
		    "%s was taken away, with what the run displaced",
		    h->txn->places[h->place].staging);
	return err;
}

/* What a done operation displaced leaves its slot. */
MUST_USE static struct error *
settle_op(const struct hands *h, const struct op *op, int run_fd, int *store_fd)
{
	char slot[SLOT_NAME_MAX];
	struct error *err = NULL;

	slot_name(op->slot, slot);
	if (op->before->kind == FS_LINK) {
		if (h->slots_fd == -1)
			return NULL;
		err = fs_unlink(h->slots_fd, slot);
		if (error_is_sys(err, ENOENT)) {
			error_free(err); /* dropped before a death */
			err = NULL;
		}
		return err;
	}
	if (*store_fd == -1)
		err = open_store(run_fd, store_fd);
	if (err == NULL && h->slots_fd != -1)
		err = move_tree(h->slots_fd, slot, *store_fd, slot);
	return err != NULL ? err : check_stored(h, *store_fd, slot);
}

/*
 * An item that was not used, or was taken back. What else is in its slot is
 * left, and with it the staging directory.
 */
MUST_USE static struct error *
clear_item(const struct hands *h, const struct item *item)
{
	char slot[SLOT_NAME_MAX];
	bool is_item = false;

	if (!item->is_staged || h->slots_fd == -1)
		return NULL;
	struct error *err = perform_holds_item(h, item, &is_item);
	if (err != NULL || !is_item)
		return err;
	return tree_remove(h->slots_fd, slot_name(item->slot, slot));
}

static bool
is_displacing(const struct op *op)
{
	return op->state == OP_DONE &&
	       (op->kind == OP_TAKE || op->kind == OP_SWAP);
}

/* Removes the items of groups that failed. */
MUST_USE static struct error *
clear_failed_groups(const struct txn *txn)
{
	AUTO_HANDS struct hands h = HANDS_NONE;

	for (size_t i = 0; i < txn->n_items; i++) {
		const struct item *item = &txn->items[i];

		if (txn->groups[item->group].error == NULL)
			continue;
		struct error *err = hands_open_slots(&h, txn, item->place);
		if (err == NULL)
			err = clear_item(&h, item);
		if (err != NULL)
			return err;
	}
	return NULL;
}

struct error *
stage_settle(const struct txn *txn, int run_fd, struct aside *aside)
{
	AUTO_HANDS struct hands h = HANDS_NONE;
	AUTO_CLOSE int store_fd = -1;
	bool is_missing = false;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];

		if (!is_displacing(op))
			continue;
		err = hands_open_slots(&h, txn, op->place);
		is_missing = is_missing || h.slots_fd == -1;
		if (err == NULL)
			err = settle_op(&h, op, run_fd, &store_fd);
	}
	if (err == NULL)
		err = clear_failed_groups(txn);
	if (err == NULL)
		err = remove_staging(txn, aside);
	if (err == NULL && is_missing)
		stage_name_moved(txn, aside);
	return err;
}

struct error *
stage_put_aside(const struct txn *txn, const struct state *state,
    const struct kept_list *kept, struct aside *aside)
{
	AUTO_HANDS struct hands h = HANDS_NONE;
	AUTO_CLOSE int kept_fd = -1;
	AUTO_FREE char *dir = path_join(state->path, "kept");
	struct error *err = NULL;

	if (kept->n == 0)
		return NULL;
	err = fs_mkdirs(dir, 0700);
	if (err == NULL)
		err = fs_open_dir(dir, &kept_fd);
	for (size_t i = 0; err == NULL && i < kept->n; i++) {
		const struct kept *k = &kept->items[i];
		AUTO_FREE char *path = xasprintf("%s/%" PRIu64 "-%u-%s", dir,
		    txn->number, k->slot, k->name);
		char slot[SLOT_NAME_MAX];

		err = hands_open_slots(&h, txn, k->place);
		if (err == NULL)
			err = move_tree(h.slots_fd, slot_name(k->slot, slot),
			    kept_fd, path_base(path));
		if (err == NULL)
			aside_add(aside, STEAL_PTR(path));
	}
	return err;
}

struct error *
stage_clear(const struct txn *txn, struct aside *aside)
{
	AUTO_HANDS struct hands h = HANDS_NONE;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < txn->n_items; i++) {
		err = hands_open_slots(&h, txn, txn->items[i].place);
		if (err == NULL)
			err = clear_item(&h, &txn->items[i]);
	}
	return err != NULL ? err : remove_staging(txn, aside);
}
