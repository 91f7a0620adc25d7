#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "path.h"
#include "perform.h"

const char *
slot_name(uint32_t slot, char buf[SLOT_NAME_MAX])
{
	(void)snprintf(buf, SLOT_NAME_MAX, "%u", slot);
	return buf;
}

MUST_USE static struct error *
open_slots(struct hands *h)
{
	const struct place *p = &h->txn->places[h->place];
	struct error *err = fs_open_dir(p->slots, &h->slots_fd);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* nothing was staged for this place */
		return NULL;
	}
	return err;
}

/* Does the run displace the place itself, once it is done there? */
static bool
is_displaced(const struct txn *txn, const struct place *p)
{
	for (size_t i = 0; i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];

		if (op->before == NULL || op->before->kind != FS_DIR ||
		    strcmp(op->name, path_base(p->dir)) != 0)
			continue;
		AUTO_FREE char *abs =
		    path_join(txn->places[op->place].dir, op->name);
		if (strcmp(abs, p->dir) == 0)
			return true;
	}
	return false;
}

/*
 * The directory that the plan saw, by identity; one that this run made, by
 * where it is: somebody may have put a link in its place. So also one that it
 * displaced by pieces and put back, which is made anew.
 */
static bool
is_the_place(int dir_fd, const struct txn *txn, const struct place *p,
    const struct fs_stat *st)
{
	AUTO_FREE char *real = NULL;

	if (p->id.ino != 0 && fs_id_is(dir_fd, p->id, st))
		return true;
	if (p->id.ino != 0 && !is_displaced(txn, p))
		return false;
	AUTO_ERROR struct error *err = fs_fd_path(dir_fd, &real);
	return err == NULL && strcmp(real, p->dir) == 0;
}

struct error *
hands_open(struct hands *h, const struct txn *txn, uint16_t place)
{
	const struct place *p = &txn->places[place];
	struct fs_stat st = { 0 };

	if (h->dir_fd != -1 && h->txn == txn && h->place == place)
		return NULL;
	hands_close(h);
	struct error *err = fs_open_dir(p->dir, &h->dir_fd);
	if (p->id.ino == 0 && error_is_sys(err, ENOENT)) {
		error_free(err); /* the run died before it made it */
		h->txn = txn;
		h->place = place;
		return open_slots(h);
	}
	if (err == NULL)
		err = fs_stat_fd(h->dir_fd, p->dir, &st);
	if (err != NULL) {
		struct error *told = error_new(ERR_UNREACHABLE,
		    "%s cannot be reached: %s", p->dir, error_msg(err));
		error_free(err); /* told as the place's */
		return told;
	}
	if (!is_the_place(h->dir_fd, txn, p, &st)) {
		hands_close(h);
		return error_new(ERR_UNREACHABLE,
		    "%s is not the directory that it was", p->dir);
	}
	h->txn = txn;
	h->place = place;
	return open_slots(h);
}

struct error *
hands_open_slots(struct hands *h, const struct txn *txn, uint16_t place)
{
	if (h->slots_fd != -1 && h->txn == txn && h->place == place)
		return NULL;
	hands_close(h);
	h->txn = txn;
	h->place = place;
	return open_slots(h);
}

struct error *
hands_need_slots(struct hands *h)
{
	const struct place *p = &h->txn->places[h->place];

	if (h->slots_fd != -1)
		return NULL;
	struct error *err = fs_mkdirs(p->slots, 0700);
	return err != NULL ? err : open_slots(h);
}

void
hands_close(struct hands *h)
{
	base_close_fd(&h->dir_fd);
	base_close_fd(&h->slots_fd);
	h->dir_fd = -1;
	h->slots_fd = -1;
}
