#include "stagefind.h"

#include <fcntl.h>
#include <string.h>

#include "path.h"

/* What cannot be looked at is as good as not there. */
static bool
is_dir_at(int dir_fd, const char *name)
{
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat(dir_fd, name, &st);

	return err == NULL && st.kind == FS_DIR;
}

/* Did the run put anything into slots of that place? */
static bool
has_used_slots(const struct txn *txn, uint16_t place)
{
	for (size_t i = 0; i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];

		if (op->place == place && op->slot != NO_SLOT &&
		    op->state != OP_PENDING &&
		    !txn->groups[op->group].is_unstaged)
			return true;
	}
	return false;
}

struct error *
stage_is_whole(const struct txn *txn, uint16_t place)
{
	const struct place *p = &txn->places[place];

	if (!has_used_slots(txn, place) || is_dir_at(AT_FDCWD, p->slots))
		return NULL;
	return error_new(ERR_UNREACHABLE, "%s was taken away", p->staging);
}

static bool
aside_has(const struct aside *aside, const char *path)
{
	for (size_t i = 0; i < aside->n; i++) {
		if (strcmp(aside->paths[i], path) == 0)
			return true;
	}
	return false;
}

/* Where it is if the directory around it was only renamed, yours; or NULL. */
static char *
find_beside(const char *staging)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_FREE char *parent = path_dir(staging);
	AUTO_FREE char *around = path_dir(parent);
	AUTO_ERROR struct error *err = fs_open_dir(around, &fd);

	if (err == NULL)
		err = fs_list(fd, around, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		AUTO_FREE char *rel =
		    path_join(list.entries[i].name, path_base(staging));

		if (list.entries[i].kind == FS_DIR && is_dir_at(fd, rel))
			return path_join(around, rel);
	}
	return NULL;
}

/* Has the place slots? Where no operations are known, it may. */
static bool
has_slots(const struct txn *txn, size_t place)
{
	for (size_t i = 0; i < txn->n_ops; i++) {
		if (txn->ops[i].place == place && txn->ops[i].slot != NO_SLOT)
			return true;
	}
	return txn->n_ops == 0;
}

void
stage_find(const struct txn *txn, struct whereabouts *out)
{
	*out = (struct whereabouts){ 0 };
	for (size_t i = 0; i < txn->n_places; i++) {
		const char *staging = txn->places[i].staging;
		struct aside *to = &out->there;
		char *path = NULL;

		if (!has_slots(txn, i))
			continue;
		if (is_dir_at(AT_FDCWD, staging)) {
			path = xstrdup(staging);
		} else {
			path = find_beside(staging);
			to = path != NULL ? &out->moved : &out->gone;
		}
		if (path == NULL)
			path = xstrdup(staging);
		if (aside_has(to, path))
			free(path);
		else
			aside_add(to, path);
	}
}

void
stage_name_moved(const struct txn *txn, struct aside *aside)
{
	struct whereabouts found;

	stage_find(txn, &found);
	for (size_t i = 0; i < found.moved.n; i++)
		aside_add(aside, xstrdup(found.moved.paths[i]));
	whereabouts_release(&found);
}

void
whereabouts_release(struct whereabouts *whereabouts)
{
	aside_release(&whereabouts->there);
	aside_release(&whereabouts->moved);
	aside_release(&whereabouts->gone);
}
