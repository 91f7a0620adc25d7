#include "snapremove.h"

#include <errno.h>
#include <string.h>

#include "going.h"
#include "host.h"
#include "path.h"
#include "signals.h"
#include "snapfile.h"
#include "snapstore.h"
#include "tree.h"

#define INCOMPLETE ".incomplete-"
#define DELETING ".deleting-"

/* ---- what dead runs left ------------------------------------------------- */

static bool
is_token(const char *text)
{
	return strlen(text) == HOST_TOKEN_LEN &&
	       strspn(text, "0123456789abcdef") == HOST_TOKEN_LEN;
}

static bool
is_dead(const char *name)
{
	size_t incomplete = sizeof(INCOMPLETE) - 1;
	size_t deleting = sizeof(DELETING) - 1;

	return (strncmp(name, INCOMPLETE, incomplete) == 0 &&
		   is_token(name + incomplete)) ||
	       (strncmp(name, DELETING, deleting) == 0 &&
		   snapshot_is_name(name + deleting));
}

static bool
is_sign(const char *entry)
{
	const char *name = going_of(entry);

	return name != NULL && snapshot_is_name(name);
}

struct error *
snapshots_clear_dead(const struct snapshots *all)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_list(all->fd, all->dir, &list);

	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const char *name = list.entries[i].name;

		if (list.entries[i].kind == FS_DIR && is_dead(name))
			err = tree_remove(all->fd, name);
		else if (list.entries[i].kind == FS_DIR && is_sign(name))
			err = going_end(all->fd, going_of(name));
	}
	return err;
}

/* ---- moving -------------------------------------------------------------- */

struct removal {
	struct snapshots *all;
	const bool *goes;
	struct strmap held; /* versions that remaining ones hold */
	struct strmap
	    needed; /* version -> the oldest remaining that needs it */
	struct snapstore store;
	bool *is_changed; /* manifests to write */
};

static bool
remains(const struct removal *m, size_t i)
{
	const struct snapshot *s = m->all->items[i];

	return !m->goes[i] && !s->is_plain && s->damage == NULL;
}

static void
need(struct removal *m, const char *version, size_t i)
{
	if (version != NULL)
		(void)strmap_put(&m->needed, version, (uint32_t)i);
}

/* From the oldest on: the first to need a version gets it. */
static void
index_remaining(struct removal *m)
{
	for (size_t i = m->all->n; i-- > 0;) {
		const struct snapshot *s = m->all->items[i];

		if (!remains(m, i))
			continue;
		for (size_t k = 0; k < s->n_trees; k++)
			(void)strmap_put(&m->held, s->trees[k].version, 0);
		for (size_t k = 0; k < s->n_skills; k++)
			need(m, s->skills[k].version, i);
		for (size_t t = 0; t < s->n_targets; t++) {
			for (size_t k = 0; k < s->targets[t].n_own; k++)
				need(m, s->targets[t].own[k].version, i);
		}
	}
}

static bool
has_where(const struct snapshot *s, const char *where)
{
	for (size_t i = 0; i < s->n_trees; i++) {
		if (strcmp(s->trees[i].where, where) == 0)
			return true;
	}
	return false;
}

/* "source/pdf", or "source/pdf~2" where another version has that. */
static const char *
free_where(struct snapshot *s, const char *name)
{
	const char *where = arena_join(&s->arena, SNAPSHOT_SOURCE, name);

	for (unsigned i = 2; has_where(s, where); i++)
		where = arena_printf(&s->arena, "%s/%s~%u", SNAPSHOT_SOURCE,
		    name, i);
	return where;
}

MUST_USE static struct error *
open_source(const struct snapshot *s, int *fd_out)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = snapshot_open_dir(s, &fd);

	if (err != NULL)
		return err;
	err = fs_mkdir(fd, SNAPSHOT_SOURCE, 0755);
	if (error_is_sys(err, EEXIST)) {
		error_free(err); /* as it mostly is */
		err = NULL;
	}
	return err != NULL ? err : fs_open_dir_at(fd, SNAPSHOT_SOURCE, fd_out);
}

/* In the arena of s: the one it comes from goes. */
static void
add_tree(struct snapshot *s, const struct snap_tree *from, const char *where,
    const struct snap_nodes *nodes)
{
	struct snap_tree tree = *from;

	tree.version = arena_strdup(&s->arena, from->version);
	tree.where = where;
	tree.n = nodes->n;
	tree.nodes = arena_alloc(&s->arena, nodes->n * sizeof(*tree.nodes));
	for (size_t i = 0; i < nodes->n; i++) {
		struct snap_node *node = &tree.nodes[i];

		*node = nodes->items[i];
		node->rel = arena_strdup(&s->arena, node->rel);
		node->text = arena_strdup(&s->arena, node->text);
	}
	s->trees = xgrow(s->trees, s->n_trees, sizeof(*s->trees));
	s->trees[s->n_trees++] = tree;
}

MUST_USE static struct error *
move_tree(struct removal *m, const struct snapshot *from,
    const struct snap_tree *tree, struct snapshot *to)
{
	AUTO_CLOSE int fd = -1;
	AUTO_SNAP_NODES struct snap_nodes nodes = { 0 };
	const char *where = free_where(to, path_base(tree->where));
	const char *name = path_base(where);
	bool done = false;

	struct error *err = open_source(to, &fd);
	if (err == NULL)
		err = tree_remove(fd, name); /* of a removal that died */
	if (err == NULL)
		err = snapstore_lay(&m->store, tree, fd, name, &nodes, &done);
	if (err != NULL)
		return err;
	if (!done)
		return error_new(ERR_DAMAGE,
		    "%s/%s is damaged, and the backup %s needs it: nothing "
		    "was removed; skillshare backup --verify tells more",
		    from->path, tree->where, to->name);
	add_tree(to, tree, where, &nodes);
	return NULL;
}

/* Each version once, though several of those that go may hold it. */
MUST_USE static struct error *
move_needed(struct removal *m)
{
	struct snapshots *all = m->all;
	struct error *err = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct snapshot *s = all->items[i];

		for (size_t k = 0; m->goes[i] && k < s->n_trees; k++) {
			const struct snap_tree *tree = &s->trees[k];
			uint32_t to = 0;

			if (!strmap_get(&m->needed, tree->version, &to) ||
			    !strmap_put(&m->held, tree->version, 0))
				continue;
			err = move_tree(m, s, tree, all->items[to]);
			if (err == NULL)
				err = signals_check();
			if (err != NULL)
				return err;
			m->is_changed[to] = true;
		}
	}
	return NULL;
}

/* The moved trees are on the disk before a manifest names them. */
MUST_USE static struct error *
write_changed(struct removal *m)
{
	struct error *err = fs_sync_fs(m->all->fd, m->all->dir);

	for (size_t i = 0; err == NULL && i < m->all->n; i++) {
		AUTO_CLOSE int fd = -1;

		if (!m->is_changed[i])
			continue;
		err = snapshot_open_dir(m->all->items[i], &fd);
		if (err == NULL)
			err = snapfile_write(m->all->items[i], fd);
	}
	return err;
}

MUST_USE static struct error *
move(struct removal *m)
{
	bool is_changed = false;
	struct error *err = snapstore_init(&m->store, m->all, INCOMPLETE);

	/* One that cannot be read may need anything: nothing goes then. */
	for (size_t i = 0; err == NULL && i < m->all->n; i++)
		err = m->all->items[i]->is_plain
			  ? NULL
			  : snapshots_load(m->all->items[i]);
	if (err != NULL)
		return err;
	index_remaining(m);
	err = move_needed(m);
	for (size_t i = 0; i < m->all->n; i++)
		is_changed |= m->is_changed[i];
	return err == NULL && is_changed ? write_changed(m) : err;
}

/* ---- removing ------------------------------------------------------------ */

MUST_USE static struct error *
remove_one(struct snapshots *all, struct snapshot *s)
{
	AUTO_FREE char *name = xstrdup(s->name);
	AUTO_FREE char *dead = xasprintf("%s%s", DELETING, name);
	struct error *err = fs_rename_noreplace(all->fd, name, all->fd, dead);

	if (error_is_sys(err, EXDEV)) {
		error_free(err); /* in a lower layer of an overlay */
		err = going_begin(all->fd, name);
		if (err != NULL)
			return err;
		snapshots_forget(all, s);
		return going_end(all->fd, name);
	}
	if (err != NULL)
		return err;
	snapshots_forget(all, s);
	return tree_remove(all->fd, dead);
}

struct error *
snapshots_remove(struct snapshots *all, const bool *goes)
{
	struct removal m = {
		.all = all,
		.goes = goes,
		.is_changed = xcalloc(all->n + 1, sizeof(bool)),
	};
	AUTO_FREE struct snapshot **dead =
	    xcalloc(all->n + 1, sizeof(struct snapshot *));
	size_t n = 0;

	/* The oldest first. */
	for (size_t i = all->n; i-- > 0;) {
		if (goes[i])
			dead[n++] = all->items[i];
	}
	struct error *err = snapshots_clear_dead(all);
	if (err == NULL)
		err = move(&m);
	for (size_t i = 0; err == NULL && i < n; i++) {
		err = signals_check();
		if (err == NULL)
			err = remove_one(all, dead[i]);
	}
	snapshots_index(all);
	strmap_release(&m.held);
	strmap_release(&m.needed);
	snapstore_release(&m.store);
	free(m.is_changed);
	return err;
}
