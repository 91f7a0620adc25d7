#include "remotelower.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fs.h"
#include "gitfile.h"
#include "gitref.h"
#include "lower.h"
#include "path.h"
#include "remotestage.h"
#include "tree.h"

#define DIR_MODE 0777U
#define INDEX "index"

struct remote_move {
	struct remote_stage stage;
};

struct lowering {
	struct txn *txn;
	const struct remote_move_request *request;
	struct remote_move *move;
	const char *beside;  /* where staging directories go */
	struct strmap taken; /* absolute paths that go; in the txn's arena */
};

void
remote_move_free(struct remote_move *move)
{
	if (move == NULL)
		return;
	free(move->stage.parts);
	free(move);
}

/* ---- places -------------------------------------------------------------- */

/*
 * Staging goes into the git directory, where neither agents nor git look; the
 * work tree's top where that is another file system.
 */
MUST_USE static struct error *
choose_staging(struct lowering *l)
{
	const struct git_repo *repo = l->request->repo;
	AUTO_CLOSE int git_fd = -1;
	AUTO_CLOSE int source_fd = -1;
	struct error *err = fs_open_dir(repo->git_dir, &git_fd);

	if (err == NULL)
		err = fs_open_dir(repo->source, &source_fd);
	if (err == NULL)
		l->beside =
		    fs_crosses(git_fd, source_fd) ? repo->top : repo->git_dir;
	return err;
}

/* The place for a directory of the work tree, made where it is missing. */
MUST_USE static struct error *
place_of(struct lowering *l, const char *dir, uint16_t *out)
{
	struct fs_stat st = { 0 };
	uint16_t parent = 0;

	for (size_t i = 0; i < l->txn->n_places; i++) {
		if (strcmp(l->txn->places[i].dir, dir) == 0) {
			*out = (uint16_t)i;
			return NULL;
		}
	}
	struct error *err = fs_stat(AT_FDCWD, dir, &st);
	if (err == NULL && st.kind == FS_ABSENT) {
		AUTO_FREE char *above = path_dir(dir);

		err = place_of(l, above, &parent);
		if (err == NULL)
			txn_mkdir(l->txn, parent, path_base(dir), DIR_MODE);
	} else if (err == NULL && st.kind != FS_DIR) {
		err = error_new(ERR_CONFLICT,
		    "%s is no directory, and a file from the remote would be "
		    "in it: move it away",
		    dir);
	}
	if (err == NULL)
		*out = txn_place(l->txn, dir, fs_id_of(&st), l->beside, true);
	return err;
}

/* ---- units --------------------------------------------------------------- */

/* What stands there now, as it must be found again when it is displaced. */
MUST_USE static struct error *
look_at_live(struct lowering *l, const char *abs, struct thing *out)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct fs_stat st = { 0 };
	struct tree_sum sum = { 0 };
	struct error *err = fs_stat(AT_FDCWD, abs, &st);

	if (err == NULL && st.kind == FS_LINK)
		err = fs_read_link(AT_FDCWD, abs, &text);
	else if (err == NULL && st.kind != FS_ABSENT)
		err = tree_digest(AT_FDCWD, abs, &sum);
	if (err != NULL)
		return err;
	*out = (struct thing){ .kind = st.kind };
	if (st.kind == FS_LINK) {
		out->text = arena_strdup(&l->txn->arena, strbuf_str(&text));
	} else if (st.kind != FS_ABSENT) {
		struct digest *d = arena_alloc(&l->txn->arena, sizeof(*d));

		*d = sum.digest;
		out->digest = d;
		out->id = fs_id_of(&st);
	}
	return NULL;
}

/* The unit as a link alone, or NULL. */
static const struct unit_change *
link_change(const struct lowering *l, uint32_t unit)
{
	const struct unit_list *units = l->request->units;

	for (size_t i = 0; i < units->n_changes; i++) {
		const struct unit_change *c = &units->changes[i];

		if (c->unit == unit && c->is && c->is_link &&
		    strcmp(c->path, units->units[unit].path) == 0)
			return c;
	}
	return NULL;
}

MUST_USE static struct error *
add_item(struct lowering *l, uint16_t place, uint32_t unit,
    const struct thing *live, uint32_t *slot_out)
{
	struct remote_stage *stage = &l->move->stage;
	const struct unit_change *link = link_change(l, unit);
	AUTO_STRBUF struct strbuf text = { 0 };

	if (link != NULL) {
		struct error *err = git_call(&l->request->repo->git,
		    GIT_ARGS("cat-file", "blob", link->object), NULL, &text);

		if (err == NULL)
			*slot_out =
			    txn_item_link(l->txn, place, strbuf_str(&text));
		return err;
	}
	stage->parts[unit] = (struct stage_part){
		.stage = stage,
		.unit = unit,
		.copies = live->kind == FS_DIR,
	};
	stage->n_left++;
	*slot_out = txn_item_build(l->txn, place, remote_stage_unit,
	    &stage->parts[unit]);
	return NULL;
}

/* Is everything in the directory git's, as the old commit has it? */
MUST_USE static struct error *
holds_only_tracked(const struct lowering *l, const char *path, bool *out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_FREE char *abs = path_join(l->request->repo->top, path);
	uint32_t ignored = 0;
	struct error *err = fs_open_dir_at(AT_FDCWD, abs, &fd);

	if (err == NULL)
		err = fs_list(fd, abs, &list);
	for (size_t i = 0; err == NULL && *out && i < list.n; i++) {
		AUTO_FREE char *sub = path_join(path, list.entries[i].name);

		*out = strmap_get(&l->request->units->old_paths, sub, &ignored);
		if (*out && list.entries[i].kind == FS_DIR)
			err = holds_only_tracked(l, sub, out);
	}
	return err;
}

MUST_USE static struct error *
take_unit(struct lowering *l, uint16_t place, const char *abs,
    const struct thing *live)
{
	txn_take(l->txn, place, path_base(abs), live);
	(void)strmap_put(&l->taken, arena_strdup(&l->txn->arena, abs), 0);
	return NULL;
}

MUST_USE static struct error *
lower_unit(struct lowering *l, uint32_t index)
{
	const struct unit *unit = &l->request->units->units[index];
	AUTO_FREE char *abs = path_join(l->request->repo->top, unit->path);
	AUTO_FREE char *dir = path_dir(abs);
	struct thing live = { 0 };
	struct fs_stat st = { 0 };
	uint16_t place = 0;
	uint32_t slot = 0;
	bool goes = !unit->is;
	struct error *err = look_at_live(l, abs, &live);
	bool is_blocked = error_is_sys(err, ENOTDIR);

	if (is_blocked) {
		error_free(err); /* said in the user's words */
		err = NULL;
	}
	if (err == NULL && !unit->was &&
	    (is_blocked || (live.kind != FS_ABSENT && live.kind != FS_DIR)))
		return error_new(ERR_CONFLICT,
		    "%s comes from the remote, and something that git does "
		    "not track stands in its place: move it away, or "
		    "skillshare push it first",
		    unit->path);
	if (err == NULL)
		err = place_of(l, dir, &place);
	if (err == NULL && goes && live.kind == FS_DIR)
		err = holds_only_tracked(l, unit->path, &goes);
	if (err == NULL)
		err = fs_stat(AT_FDCWD, abs, &st);
	if (err != NULL || (goes && live.kind == FS_ABSENT))
		return err;
	if (lower_loosen(l->txn, place, path_base(abs), &st))
		live.digest = NULL;
	if (goes)
		return take_unit(l, place, abs, &live);
	err = add_item(l, place, index, &live, &slot);
	if (err == NULL && live.kind == FS_ABSENT)
		txn_put(l->txn, place, path_base(abs), slot);
	else if (err == NULL)
		txn_swap(l->txn, place, path_base(abs), slot, &live);
	return err;
}

/* Does everything in the directory go? */
MUST_USE static struct error *
is_emptied(const struct lowering *l, const char *dir, bool *out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	uint32_t ignored = 0;
	struct error *err = fs_open_dir(dir, &fd);

	if (err == NULL)
		err = fs_list(fd, dir, &list);
	*out = err == NULL;
	for (size_t i = 0; *out && i < list.n; i++) {
		AUTO_FREE char *abs = path_join(dir, list.entries[i].name);

		*out = strmap_get(&l->taken, abs, &ignored);
	}
	return err;
}

/* As git does: a directory goes with the last file in it. */
MUST_USE static struct error *
take_emptied(struct lowering *l, const char *path)
{
	const struct git_repo *repo = l->request->repo;
	const struct thing empty = { .kind = FS_DIR, .is_empty = true };
	AUTO_FREE char *rel = path_dir(path);
	uint32_t ignored = 0;

	while (strcmp(rel, ".") != 0) {
		AUTO_FREE char *abs = path_join(repo->top, rel);
		AUTO_FREE char *above = path_dir(abs);
		uint16_t place = 0;
		bool goes = false;

		if (path_below(abs, repo->source) != NULL ||
		    strmap_get(&l->taken, abs, &ignored) ||
		    strmap_get(&l->request->units->new_paths, rel, &ignored))
			return NULL;
		struct error *err = is_emptied(l, abs, &goes);
		if (err == NULL && goes)
			err = place_of(l, above, &place);
		if (err != NULL || !goes)
			return err;
		err = take_unit(l, place, abs, &empty);
		if (err != NULL)
			return err;
		char *up = path_dir(rel);
		free(rel);
		rel = up;
	}
	return NULL;
}

MUST_USE static struct error *
lower_units(struct lowering *l)
{
	const struct unit_list *units = l->request->units;
	uint32_t ignored = 0;
	struct error *err = NULL;

	for (uint32_t i = 0; err == NULL && i < units->n; i++)
		err = lower_unit(l, i);
	for (uint32_t i = 0; err == NULL && i < units->n; i++) {
		AUTO_FREE char *abs =
		    path_join(l->request->repo->top, units->units[i].path);

		if (strmap_get(&l->taken, abs, &ignored))
			err = take_emptied(l, units->units[i].path);
	}
	return err;
}

/* ---- the repository ------------------------------------------------------ */

MUST_USE static struct error *
add_index(struct lowering *l, uint16_t place, struct thing *before)
{
	struct remote_stage *stage = &l->move->stage;
	AUTO_FREE char *index = path_join(l->request->repo->git_dir, INDEX);
	struct error *err = look_at_live(l, index, before);

	if (err != NULL)
		return err;
	stage->has_index = before->kind == FS_FILE;
	stage->git_place = place;
	stage->index_slot =
	    txn_item_build(l->txn, place, remote_stage_index, stage);
	return NULL;
}

static void
lower_ref(struct lowering *l, uint16_t place, const char *ref, const char *to,
    const char *from)
{
	AUTO_FREE char *zeros = ref_zeros(to);
	AUTO_FREE char *text =
	    xasprintf("%s %s %s", ref, to, from != NULL ? from : zeros);

	txn_ref(l->txn, place, text);
}

MUST_USE static struct error *
lower_all(struct lowering *l)
{
	const struct remote_move_request *request = l->request;
	AUTO_FREE char *branch =
	    xasprintf("refs/heads/%s", request->repo->branch);
	struct thing index = { 0 };
	uint16_t place = 0;
	struct error *err = choose_staging(l);

	if (err == NULL)
		err = git_file_lock(l->txn, request->repo->git_dir, INDEX,
		    request->repo->top, &place);
	if (err == NULL)
		err = add_index(l, place, &index);
	if (err == NULL)
		err = lower_units(l);
	if (err != NULL)
		return err;
	uint32_t slot = l->move->stage.index_slot;
	if (index.kind == FS_FILE)
		txn_swap(l->txn, place, INDEX, slot, &index);
	else
		txn_put(l->txn, place, INDEX, slot);
	if (request->extra_ref != NULL)
		lower_ref(l, place, request->extra_ref, request->extra_commit,
		    NULL);
	lower_ref(l, place, branch, request->commit, request->repo->head);
	git_file_unlock(l->txn, place, INDEX);
	return NULL;
}

struct error *
remote_lower(struct txn *txn, const struct remote_move_request *request,
    struct remote_move **out)
{
	struct remote_move *move = xcalloc(1, sizeof(*move));
	struct lowering l = { .txn = txn, .request = request, .move = move };

	move->stage = (struct remote_stage){
		.repo = request->repo,
		.units = request->units,
		.commit = request->commit,
		.txn = txn,
		.parts =
		    xcalloc(request->units->n + 1, sizeof(*move->stage.parts)),
	};
	txn_group(txn, "source", NULL);
	struct error *err = lower_all(&l);
	strmap_release(&l.taken);
	if (err != NULL) {
		remote_move_free(move);
		return err;
	}
	*out = move;
	return NULL;
}
