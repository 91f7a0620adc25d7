#include "snapmake.h"

#include <errno.h>
#include <string.h>

#include "host.h"
#include "path.h"
#include "signals.h"
#include "snapremove.h"
#include "snapwork.h"
#include "tree.h"

static void
warn(struct snapwork *w, char *text)
{
	struct snapmake_result *out = w->out;

	out->warnings =
	    xgrow(out->warnings, out->n_warnings, sizeof(*out->warnings));
	out->warnings[out->n_warnings++] = text;
}

/* ---- the place ----------------------------------------------------------- */

/* Makes and opens .incomplete-<token>; clears what dead runs left. */
MUST_USE static struct error *
begin(struct snapwork *w)
{
	char token[HOST_TOKEN_LEN + 1];
	struct error *err = NULL;

	if (w->all->fd == -1) {
		err = fs_mkdirs(w->all->dir, 0700);
		if (err == NULL)
			err = fs_open_dir(w->all->dir, &w->all->fd);
	}
	if (err == NULL)
		err = snapshots_lock(w->all, &w->lock_fd);
	if (err == NULL)
		err = snapshots_clear_dead(w->all);
	if (err != NULL)
		return err;
	host_token(token);
	AUTO_FREE char *name = xasprintf(".incomplete-%s", token);
	err = fs_mkdir(w->all->fd, name, 0700);
	if (err != NULL)
		return err;
	w->staging = STEAL_PTR(name);
	err = fs_open_dir_at(w->all->fd, w->staging, &w->staging_fd);
	if (err == NULL)
		err = snapstore_init(&w->store, w->all, w->staging);
	return err;
}

MUST_USE static struct error *
make_folder(struct snapwork *w, const char *folder)
{
	struct error *err =
	    fs_open_dir_at(w->staging_fd, folder, &w->folder_fd);

	if (!error_is_sys(err, ENOENT))
		return err;
	error_free(err); /* the first to come here */
	w->n_dirs++;
	err = fs_mkdir(w->staging_fd, folder, 0755);
	if (err == NULL)
		err = fs_open_dir_at(w->staging_fd, folder, &w->folder_fd);
	return err;
}

/*
 * The folder of a place, made if need be. Lent, *name_out from where and
 * *fd_out until the next call: most places come folder by folder.
 */
MUST_USE static struct error *
open_folder(struct snapwork *w, const char *where, int *fd_out,
    const char **name_out)
{
	AUTO_FREE char *folder = path_dir(where);
	struct error *err = NULL;

	if (w->folder == NULL || strcmp(w->folder, folder) != 0) {
		base_close_fd(&w->folder_fd);
		w->folder_fd = -1;
		free(w->folder);
		w->folder = NULL;
		err = make_folder(w, folder);
		if (err == NULL)
			w->folder = STEAL_PTR(folder);
	}
	*fd_out = w->folder_fd;
	*name_out = path_base(where);
	return err;
}

/* ---- trees in the snapshot ----------------------------------------------- */

/* The nodes of a copy at where become a tree for the manifest. */
static struct snap_tree
held_tree(struct snapwork *w, const struct snap_tree *tree, const char *where,
    const struct snap_nodes *nodes)
{
	struct snap_tree held = *tree;
	size_t bytes = nodes->n * sizeof(*nodes->items);

	held.where = where;
	held.n = nodes->n;
	held.nodes = arena_alloc(&w->s->arena, bytes);
	memcpy(held.nodes, nodes->items, bytes);
	return held;
}

/* Some texts are the cache's, which goes before the snapshot does. */
static void
own_texts(struct snapshot *s, struct snap_tree *tree)
{
	tree->version = arena_strdup(&s->arena, tree->version);
	for (size_t i = 0; i < tree->n; i++) {
		struct snap_node *node = &tree->nodes[i];

		node->rel = arena_strdup(&s->arena, node->rel);
		node->text = arena_strdup(&s->arena, node->text);
	}
}

static void
count_dirs(struct snapwork *w, const struct snap_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		w->n_dirs += tree->nodes[i].kind == FS_DIR;
}

/* A copy stays in the snapshot; its version may be there already. */
static void
keep_tree(struct snapwork *w, const struct snap_tree *held)
{
	struct snapshot *s = w->s;

	count_dirs(w, held);
	if (!strmap_put(&w->versions, held->version, (uint32_t)s->n_trees))
		return;
	s->trees = xgrow(s->trees, s->n_trees, sizeof(*s->trees));
	s->trees[s->n_trees++] = *held;
	own_texts(s, &s->trees[s->n_trees - 1]);
}

/* Trouble of the whole, not of one tree. */
static bool
is_grave(const struct error *err)
{
	return error_code(err) == ERR_INTERRUPTED ||
	       error_is_sys(err, ENOSPC) || error_is_sys(err, EDQUOT) ||
	       error_is_sys(err, EROFS) || error_is_sys(err, EIO) ||
	       error_is_sys(err, EMFILE);
}

/* What was seen of a live tree before, with its nodes; or NULL. */
static const struct snap_tree *
seen_tree(struct snapwork *w, const struct snapwork_live *live)
{
	return snapseen_tree(&w->seen,
	    snapseen_find(&w->seen, live->path, w->now_s));
}

/* Reads a live tree into *tree, with a copy to where on the way. */
MUST_USE static struct error *
copy_live(struct snapwork *w, const struct snapwork_live *live,
    const char *where, struct snap_tree *tree, struct snap_tree *held)
{
	const struct snap_live at = snapwork_at(w, live);
	struct snap_copy_to to = { .store = &w->store };

	struct error *err = open_folder(w, where, &to.dir_fd, &to.name);
	if (err == NULL)
		err =
		    snapscan(&at, seen_tree(w, live), &to, &w->s->arena, tree);
	if (err == NULL) {
		*held = held_tree(w, tree, where, &to.held);
		snapstore_add(&w->store, held);
	}
	snap_nodes_release(&to.held);
	return err;
}

/*
 * Only the version that no snapshot has stays under source/; in a folder that
 * is laid out others are what is to be there.
 */
MUST_USE static struct error *
settle_shown(struct snapwork *w, struct snapwork_live *live, bool is_laid)
{
	uint32_t i = 0;

	live->is_laid = is_laid;
	if (snapshots_holding(w->all, live->tree.version, NULL) == NULL &&
	    !strmap_get(&w->versions, live->tree.version, &i)) {
		keep_tree(w, &live->held);
		return NULL;
	}
	if (is_laid) {
		count_dirs(w, &live->held);
		live->held = (struct snap_tree){ 0 };
		return NULL;
	}
	int fd = -1;
	const char *name = NULL;
	struct error *err = open_folder(w, live->where, &fd, &name);
	if (err == NULL)
		err = tree_remove(fd, name);
	live->held = (struct snap_tree){ 0 };
	return err;
}

/* What became of reading a live tree; takes err over unless it is grave. */
MUST_USE static struct error *
note_read(struct snapwork *w, struct snapwork_live *live, struct error *err)
{
	if (err != NULL && is_grave(err))
		return err;
	live->is_read = err == NULL;
	if (err == NULL) {
		snapseen_put(&w->seen, live->path, &live->tree, w->now_s);
		return NULL;
	}
	live->tree = (struct snap_tree){ 0 };
	live->error = err;
	if (live->dir_fd == -1)
		warn(w, xstrdup(error_msg(err)));
	else
		w->targets[live->target].is_short = true;
	return NULL;
}

/* Reads without a copy: what was seen before is often known still. */
MUST_USE static struct error *
read_live(struct snapwork *w, struct snapwork_live *live)
{
	const struct snap_live at = snapwork_at(w, live);

	return note_read(w, live,
	    snapscan(&at, seen_tree(w, live), NULL, &w->s->arena, &live->tree));
}

MUST_USE static struct error *
stage_live(struct snapwork *w, struct snapwork_live *live)
{
	const char *where = snapwork_place(w, live);
	bool is_laid = where != live->where;
	struct error *err = w->staging == NULL ? begin(w) : NULL;

	if (err != NULL)
		return err;
	live->where = where;
	err = note_read(w, live,
	    copy_live(w, live, live->where, &live->tree, &live->held));
	if (err != NULL || live->error != NULL)
		return err;
	return live->dir_fd == -1 ? settle_shown(w, live, is_laid) : NULL;
}

/* Everything that is not known, or held nowhere; of targets, or shown. */
MUST_USE static struct error *
read_stale(struct snapwork *w, bool is_shown)
{
	bool is_dry = (w->request->flags & SNAPMAKE_DRY_RUN) != 0;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < w->n_lives; i++) {
		struct snapwork_live *live = &w->lives[i];

		if ((live->dir_fd == -1) != is_shown)
			continue;
		bool was_seen =
		    snapseen_find(&w->seen, live->path, w->now_s) != NULL;
		if (!live->is_read && (is_dry || was_seen))
			err = read_live(w, live);
		if (err == NULL && !is_dry && live->error == NULL &&
		    snapwork_is_stale(w, live))
			err = stage_live(w, live);
	}
	return err;
}

/* ---- laying out ---------------------------------------------------------- */

/* A part of what was to be at where is stored nowhere: read it again. */
MUST_USE static struct error *
relay_at(struct snapwork *w, const struct snapwork_live *live,
    const char *where)
{
	struct snap_tree held = { 0 };
	struct snap_tree tree = { 0 };
	const char *name = NULL;
	int fd = -1;

	struct error *err = open_folder(w, where, &fd, &name);
	if (err == NULL)
		err = tree_remove(fd, name);
	if (err == NULL)
		err = copy_live(w, live, where, &tree, &held);
	if (err != NULL)
		return err;
	if (strcmp(tree.version, live->tree.version) != 0)
		return error_new(ERR_CONFLICT,
		    "%s changed while it was being read; run again when it "
		    "rests",
		    live->path);
	keep_tree(w, &held);
	return NULL;
}

/*
 * A copy of a known version at where, out of what is stored; what is not
 * there any more is read from the live tree again.
 */
MUST_USE static struct error *
lay_at(struct snapwork *w, const struct snapwork_live *live, const char *where)
{
	AUTO_SNAP_NODES struct snap_nodes nodes = { 0 };
	const struct snap_tree *tree =
	    live->tree.nodes != NULL ? &live->tree : seen_tree(w, live);
	struct snap_tree held = { 0 };
	const char *name = NULL;
	bool done = false;
	uint32_t i = 0;
	int fd = -1;

	struct error *err = open_folder(w, where, &fd, &name);
	if (err != NULL)
		return err;
	bool is_new = !strmap_get(&w->versions, live->tree.version, &i);
	if (tree != NULL)
		err = snapstore_lay(&w->store, tree, fd, name,
		    is_new ? &nodes : NULL, &done);
	if (err != NULL)
		return err;
	if (!done)
		return relay_at(w, live, where);
	if (is_new) {
		held = held_tree(w, tree, where, &nodes);
		keep_tree(w, &held);
	} else {
		count_dirs(w, tree);
	}
	return NULL;
}

MUST_USE static struct error *
lay_link(struct snapwork *w, const struct snapwork_target *t, const char *name,
    const struct snapwork_live *live)
{
	if (live == NULL || live->tree.version == NULL)
		return NULL;
	const char *where =
	    arena_join(&w->s->arena, t->seen->config->name, name);
	return live->is_laid && strcmp(where, live->where) == 0
		   ? NULL
		   : lay_at(w, live, where);
}

MUST_USE static struct error *
lay_target(struct snapwork *w, const struct snapwork_target *t)
{
	bool lays_out = (w->request->flags & SNAPMAKE_LAY_OUT) != 0;
	const struct skillset *set = w->request->set;
	struct error *err = signals_check();

	for (size_t i = 0; err == NULL && i < t->seen->n; i++) {
		const struct snapwork_live *live = snapwork_live_of(w, t, i);
		bool is_real = live != NULL && live->dir_fd != -1;

		if (is_real && live->held.n > 0)
			keep_tree(w, &live->held);
		else if (is_real)
			err = lay_at(w, live, live->where);
		else if (lays_out)
			err = lay_link(w, t, t->seen->entries[i].name, live);
	}
	for (size_t i = 0; lays_out && err == NULL && i < set->n; i++) {
		if (t->seen->right[i])
			err = lay_link(w, t,
			    view_name(t->seen->view, (uint32_t)i),
			    snapwork_live_of_skill(w, i));
	}
	return err;
}

/* ---- all of it ----------------------------------------------------------- */

static bool
is_any_made(struct snapwork *w)
{
	for (size_t i = 0; i < w->n_targets; i++) {
		if (w->targets[i].out->outcome == SNAPMAKE_MADE)
			return true;
	}
	/* A skill whose version no snapshot has. */
	for (size_t i = 0; i < w->request->set->n; i++) {
		const struct snapwork_live *live = snapwork_live_of_skill(w, i);

		if (live != NULL && live->held.n > 0)
			return true;
	}
	return false;
}

MUST_USE static struct error *
make(struct snapwork *w)
{
	struct error *err = w->staging == NULL ? begin(w) : NULL;

	for (size_t i = 0; err == NULL && i < w->n_targets; i++) {
		const struct snapwork_target *t = &w->targets[i];

		if (t->out->outcome == SNAPMAKE_MADE)
			err = lay_target(w, t);
		else
			err = tree_remove(w->staging_fd, t->seen->config->name);
	}
	if (err != NULL)
		return err;
	/* What was staged there may all have been known: then it is empty. */
	error_free(fs_rmdir(w->staging_fd, SNAPSHOT_SOURCE));
	snapwork_fill(w);
	err = snapwork_publish(w);
	w->out->copied_files = w->store.copied_files;
	w->out->copied_bytes = w->store.copied_bytes;
	for (size_t i = 0; i < w->store.n_warnings; i++)
		warn(w, xstrdup(w->store.warnings[i]));
	return err;
}

/* After the fact: a cache to keep, old snapshots to remove. */
MUST_USE static struct error *
tidy(struct snapwork *w)
{
	struct error *err = NULL;

	if (w->all->fd != -1)
		err = snapseen_save(&w->seen, w->all->fd, w->now_s);
	if (err != NULL || w->out->name == NULL)
		return err;
	snapshots_add(w->all, STEAL_PTR(w->s));
	if (w->request->keep != NULL)
		err =
		    retention_apply(w->all, w->request->keep, &w->out->removed);
	return err;
}

struct error *
snapmake(struct snapshots *all, const struct snapmake_request *request,
    struct snapmake_result *out)
{
	struct snapwork w = {
		.all = all,
		.request = request,
		.out = out,
		.s = xcalloc(1, sizeof(*w.s)),
		.now_s = host_now(),
		.source_fd = -1,
		.lock_fd = -1,
		.staging_fd = -1,
		.folder_fd = -1,
		.store = { .fd = -1 },
	};
	bool is_dry = (request->flags & SNAPMAKE_DRY_RUN) != 0;

	*out = (struct snapmake_result){ 0 };
	snapseen_load(&w.seen, all->fd, all->ignore);
	snapwork_gather(&w);
	snapwork_look(&w);
	/* What is really in a target first: it says if the target can be had.
	 */
	struct error *err = read_stale(&w, false);
	if (err == NULL)
		err = read_stale(&w, true);
	if (err == NULL) {
		snapwork_decide(&w);
		if (!is_dry && is_any_made(&w))
			err = make(&w);
	}
	/* What was not published goes; err, if any, is what to tell. */
	if (w.staging != NULL)
		error_free(tree_remove(all->fd, w.staging));
	if (err == NULL && !is_dry)
		out->late = tidy(&w);
	snapwork_release(&w);
	if (err != NULL)
		snapmake_result_release(out);
	return err;
}

void
snapmake_result_release(struct snapmake_result *result)
{
	for (size_t i = 0; i < result->n_targets; i++)
		error_free(result->targets[i].error);
	free(result->targets);
	for (size_t i = 0; i < result->n_warnings; i++)
		free(result->warnings[i]);
	free(result->warnings);
	free(result->name);
	free(result->path);
	retention_result_release(&result->removed);
	error_free(result->late);
	*result = (struct snapmake_result){ 0 };
}
