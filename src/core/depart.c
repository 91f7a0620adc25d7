#include "depart.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lower.h"
#include "lowercopy.h"
#include "path.h"
#include "tree.h"

/* What a whole target is to show as real directories. */
struct source_copy {
	char *abs; /* owned; the directory that the target's link shows */
};

void
departure_release(struct departure *departure)
{
	if (departure->copy != NULL)
		free(departure->copy->abs);
	free(departure->copy);
	departure->copy = NULL;
}

/* The directory that a link shows, without links; NULL: it shows nothing. */
MUST_USE static struct error *
resolve(const char *abs, char **out)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_open_dir(abs, &fd);

	if (error_is_sys(err, ENOENT) || error_is_sys(err, ENOTDIR) ||
	    error_is_sys(err, ELOOP)) {
		error_free(err); /* it shows no skill */
		return NULL;
	}
	return err != NULL ? err : fs_fd_path(fd, out);
}

/* ---- one link for each skill ----------------------------------------------
 */

MUST_USE static struct error *
depart_link(struct txn *txn, uint16_t place, const char *dir, const char *name,
    struct departure *out)
{
	AUTO_FREE char *abs = path_join(dir, name);
	AUTO_FREE char *shown = NULL;
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err = fs_read_link(AT_FDCWD, abs, &text);

	if (err == NULL)
		err = resolve(abs, &shown);
	if (err != NULL)
		return err;
	const struct thing before = {
		.kind = FS_LINK,
		.text = strbuf_str(&text),
	};
	if (shown == NULL) {
		txn_take(txn, place, name, &before);
		out->dropped++;
		return NULL;
	}
	txn_swap(txn, place, name, txn_item_copy(txn, place, shown), &before);
	txn_look(txn);
	out->copied++;
	return NULL;
}

MUST_USE static struct error *
depart_entries(struct txn *txn, const struct skillset *set,
    const struct observed_target *target, struct departure *out)
{
	uint16_t place = 0;
	struct error *err =
	    lower_place(txn, target->dir, target->dir_id, &place);

	for (size_t i = 0; err == NULL && i < set->n; i++) {
		if (target->right[i])
			err = depart_link(txn, place, target->dir,
			    view_name(target->view, (uint32_t)i), out);
	}
	for (size_t i = 0; err == NULL && i < target->n; i++) {
		const struct observed_entry *e = &target->entries[i];

		out->local += e->seen == SEEN_LOCAL;
		out->kept += seen_is_copy(e->seen);
		if (e->seen == SEEN_LINK_WRONG || e->seen == SEEN_LINK_RIGHT)
			err =
			    depart_link(txn, place, target->dir, e->name, out);
	}
	/* Nothing in there is ours any more. */
	const struct manifest none = { 0 };
	return err != NULL ? err
			   : lowercopy_manifest(txn, place, target, &none);
}

/* ---- one link for all ------------------------------------------------------
 */

/* The builder of a whole target: all of the source but git's own. */
static struct error *
build_copy(void *payload, int slots_fd, const char *name)
{
	const struct source_copy *copy = payload;
	AUTO_CLOSE int from_fd = -1;
	AUTO_CLOSE int to_fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_open_dir(copy->abs, &from_fd);

	if (err == NULL)
		err = fs_list(from_fd, copy->abs, &list);
	if (err == NULL)
		err = fs_mkdir(slots_fd, name, 0755);
	if (err == NULL)
		err = fs_open_dir_at(slots_fd, name, &to_fd);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const char *entry = list.entries[i].name;

		if (strcmp(entry, ".git") != 0)
			err = tree_copy(from_fd, entry, to_fd, entry, NULL);
	}
	return err;
}

MUST_USE static struct error *
depart_whole(struct txn *txn, const struct observed_target *target,
    struct departure *out)
{
	const struct thing before = { .kind = FS_LINK, .text = target->text };
	const char *name = target->rest;
	AUTO_FREE char *shown = NULL;
	uint16_t place = txn_place(txn, target->parent, target->parent_id,
	    target->parent, false);
	struct error *err = resolve(target->config->path, &shown);

	if (err != NULL)
		return err;
	out->whole = true;
	if (shown == NULL) {
		txn_take(txn, place, name, &before);
		out->dropped++;
		return NULL;
	}
	out->copy = xcalloc(1, sizeof(*out->copy));
	out->copy->abs = STEAL_PTR(shown);
	txn_swap(txn, place, name,
	    txn_item_build(txn, place, build_copy, out->copy), &before);
	txn_look_root(txn);
	out->copied++;
	return NULL;
}

struct error *
depart_lower(struct txn *txn, const struct skillset *set,
    const struct observed_target *target, struct departure *out)
{
	switch (target->kind) {
	case PLACE_LINK_RIGHT:
	case PLACE_LINK_STALE:
		return depart_whole(txn, target, out);
	case PLACE_DIR:
		if (target->overlap != OVERLAP_NONE)
			return NULL; /* nothing of ours is in there */
		return depart_entries(txn, set, target, out);
	case PLACE_BROKEN:
		return error_new(ERR_REFUSED, "%s cannot be looked at: %s",
		    target->config->name, target->problem);
	case PLACE_ABSENT:
	case PLACE_LINK_FOREIGN:
	case PLACE_LINK_DANGLING:
	case PLACE_NO_DIR:
		break;
	}
	return NULL;
}
