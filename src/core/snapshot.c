#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "going.h"
#include "lock.h"
#include "path.h"
#include "skill.h"
#include "snapfile.h"

bool
snapshot_is_name(const char *name)
{
	static const char form[] = "0000-00-00_00-00-00";

	if (strlen(name) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		bool is_digit = name[i] >= '0' && name[i] <= '9';

		if (form[i] == '0' ? !is_digit : name[i] != form[i])
			return false;
	}
	return true;
}

void
snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n_targets; i++) {
		free(s->targets[i].shown);
		free(s->targets[i].own);
		free(s->targets[i].hidden);
	}
	free(s->targets);
	free(s->trees);
	free(s->skills);
	arena_release(&s->arena);
	free(s);
}

/* ---- all of them --------------------------------------------------------- */

void
snapshots_index(struct snapshots *all)
{
	strmap_release(&all->by_version);
	all->n_holders = 0;
	for (size_t i = 0; i < all->n; i++) {
		struct snapshot *s = all->items[i];

		for (size_t k = 0; k < s->n_trees && s->damage == NULL; k++) {
			const struct snap_tree *tree = &s->trees[k];

			if (!strmap_put(&all->by_version, tree->version,
				(uint32_t)all->n_holders))
				continue;
			all->holders = xgrow(all->holders, all->n_holders,
			    sizeof(*all->holders));
			all->holders[all->n_holders++] =
			    (struct snapshot_holder){ s, tree };
		}
	}
}

/* What can be told by its sequence, what is damaged, what has no manifest. */
static int
class_of(const struct snapshot *s)
{
	if (s->is_plain)
		return 2;
	return s->damage != NULL ? 1 : 0;
}

static int
compare_snapshots(const void *a, const void *b)
{
	const struct snapshot *x = *(struct snapshot *const *)a;
	const struct snapshot *y = *(struct snapshot *const *)b;

	if (class_of(x) != class_of(y))
		return class_of(x) - class_of(y);
	if (class_of(x) == 0 && x->sequence != y->sequence)
		return x->sequence > y->sequence ? -1 : 1;
	return strcmp(y->name, x->name);
}

/* No manifest: each directory with a name for a target is one. */
MUST_USE static struct error *
read_plain(struct snapshot *s, int fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_list(fd, s->path, &list);

	if (err != NULL)
		return err;
	s->is_plain = true;
	s->is_loaded = true;
	for (size_t i = 0; i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];

		if (e->kind != FS_DIR || config_name_problem(e->name) != NULL)
			continue;
		s->targets =
		    xgrow(s->targets, s->n_targets, sizeof(*s->targets));
		s->targets[s->n_targets++] = (struct snapshot_target){
			.name = arena_strdup(&s->arena, e->name),
			.is_laid_out = true,
		};
	}
	return NULL;
}

/* *out is NULL where a directory went while we looked. */
MUST_USE static struct error *
read_one(int dir_fd, const char *dir, const char *name, bool may_be_ours,
    struct snapshot **out)
{
	AUTO_CLOSE int fd = -1;
	struct snapshot *s = xcalloc(1, sizeof(*s));

	s->name = arena_strdup(&s->arena, name);
	s->path = arena_join(&s->arena, dir, name);
	AUTO_ERROR struct error *err = fs_open_dir_at(dir_fd, name, &fd);
	if (error_is_sys(err, ENOENT)) {
		snapshot_free(s);
		*out = NULL;
		return NULL;
	}
	if (err == NULL && may_be_ours)
		err = snapfile_read_head(s, fd);
	if (err == NULL ? !may_be_ours : error_is_sys(err, ENOENT)) {
		error_free(err); /* it has no manifest */
		err = read_plain(s, fd);
	}
	/* One that cannot be read does not hide the others. */
	if (err != NULL)
		s->damage = arena_strdup(&s->arena, error_msg(err));
	*out = s;
	return NULL;
}

MUST_USE static struct error *
read_dir(struct snapshots *all, int fd, const char *dir, bool may_be_ours)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_list(fd, dir, &list);

	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];
		struct snapshot *s = NULL;

		if (e->kind != FS_DIR || !snapshot_is_name(e->name) ||
		    going_has(&list, e->name))
			continue;
		err = read_one(fd, dir, e->name, may_be_ours, &s);
		if (err != NULL || s == NULL)
			continue;
		all->items = xgrow(all->items, all->n, sizeof(*all->items));
		all->items[all->n++] = s;
	}
	return err;
}

/* An absent directory is *fd_out -1. */
MUST_USE static struct error *
open_if_there(const char *dir, int *fd_out)
{
	struct error *err = fs_open_dir(dir, fd_out);

	if (!error_is_sys(err, ENOENT))
		return err;
	error_free(err); /* there are no backups here */
	*fd_out = -1;
	return NULL;
}

struct error *
snapshots_open(const char *config_dir, const char *data_home,
    const struct ignore *ignore, struct snapshots *out)
{
	AUTO_SNAPSHOTS struct snapshots all = { .fd = -1, .ignore = ignore };
	AUTO_CLOSE int other_fd = -1;
	AUTO_FREE char *other = path_join(data_home, "skillshare/backups");

	all.dir = path_join(config_dir, "backups");
	struct error *err = open_if_there(all.dir, &all.fd);
	if (err == NULL && all.fd != -1)
		err = read_dir(&all, all.fd, all.dir, true);
	if (err == NULL && strcmp(other, all.dir) != 0)
		err = open_if_there(other, &other_fd);
	if (err == NULL && other_fd != -1)
		err = read_dir(&all, other_fd, other, false);
	if (err != NULL)
		return err;
	if (all.n > 1)
		qsort(all.items, all.n, sizeof(struct snapshot *),
		    compare_snapshots);
	snapshots_index(&all);
	*out = all;
	all = (struct snapshots){ .fd = -1 };
	return NULL;
}

void
snapshots_close(struct snapshots *all)
{
	for (size_t i = 0; i < all->n; i++)
		snapshot_free(all->items[i]);
	free(all->items);
	free(all->dir);
	free(all->holders);
	strmap_release(&all->by_version);
	base_close_fd(&all->fd);
	*all = (struct snapshots){ .fd = -1 };
}

void
snapshots_add(struct snapshots *all, struct snapshot *s)
{
	all->items = xgrow(all->items, all->n, sizeof(*all->items));
	memmove(all->items + 1, all->items, all->n * sizeof(*all->items));
	all->items[0] = s;
	all->n++;
	snapshots_index(all);
}

void
snapshots_forget(struct snapshots *all, struct snapshot *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (all->items[i] != s)
			all->items[kept++] = all->items[i];
	}
	all->n = kept;
	snapshot_free(s);
	snapshots_index(all);
}

struct error *
snapshots_lock(const struct snapshots *all, int *fd_out)
{
	struct lock lock = LOCK_NONE;
	struct error *err = lock_take_dir(all->fd, all->dir, &lock);

	if (err != NULL && error_code(err) == ERR_BUSY)
		return err;
	/* Some network file systems have no flock: our own lock must do. */
	error_free(err);
	*fd_out = lock.fd;
	return NULL;
}

struct snapshot *
snapshots_holding(const struct snapshots *all, const char *version,
    const struct snap_tree **tree_out)
{
	uint32_t i = 0;

	if (!strmap_get(&all->by_version, version, &i))
		return NULL;
	if (tree_out != NULL)
		*tree_out = all->holders[i].tree;
	return all->holders[i].snapshot;
}

/* ---- finding ------------------------------------------------------------- */

struct snapshot_target *
snapshot_target(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < s->n_targets; i++) {
		if (strcmp(s->targets[i].name, name) == 0)
			return &s->targets[i];
	}
	return NULL;
}

MUST_USE static struct error *
find_named(const struct snapshots *all, const char *target, const char *name,
    struct snapshot **out)
{
	const struct snapshot *other = NULL;

	for (size_t i = 0; i < all->n; i++) {
		struct snapshot *s = all->items[i];

		if (strcmp(s->name, name) != 0)
			continue;
		/* Also whether it holds the target is told by its digest. */
		struct error *err = snapshots_load(s);
		if (err != NULL)
			return err;
		if (snapshot_target(s, target) != NULL) {
			*out = s;
			return NULL;
		}
		other = s;
	}
	return error_new(ERR_NOT_FOUND,
	    other != NULL ? "the backup %s does not hold %s; skillshare backup "
			    "--list shows what each holds"
			  : "there is no backup %s of %s; skillshare backup "
			    "--list shows all",
	    name, target);
}

/* The one to take, going by what the heads say. */
static struct snapshot *
newest_of(const struct snapshots *all, const char *target)
{
	for (size_t i = 0; i < all->n; i++) {
		struct snapshot *s = all->items[i];

		if (s->damage == NULL && s->kind != SNAPSHOT_BEFORE_RESTORE &&
		    snapshot_target(s, target) != NULL)
			return s;
	}
	return NULL;
}

/*
 * The first that cannot be read of those that may be the one that is meant:
 * newer than found (NULL: all) by their place or by their name. A head says
 * what it says without proof, so each of these is read to its digest.
 */
static const struct snapshot *
damaged_before(const struct snapshots *all, const struct snapshot *found)
{
	bool is_past = false;

	for (size_t i = 0; i < all->n; i++) {
		struct snapshot *s = all->items[i];

		is_past = is_past || s == found;
		if (is_past && strcmp(s->name, found->name) <= 0)
			continue;
		AUTO_ERROR struct error *err = snapshots_load(s);
		if (err != NULL)
			return s;
	}
	return NULL;
}

struct error *
snapshots_find(const struct snapshots *all, const char *target,
    const char *from, struct snapshot **out)
{
	if (from != NULL)
		return find_named(all, target, from, out);
	struct snapshot *found = newest_of(all, target);
	const struct snapshot *damaged = damaged_before(all, found);
	if (damaged != NULL && found != NULL)
		return error_new(ERR_DAMAGE,
		    "a newer backup cannot be read (%s); restore %s --from %s "
		    "takes the newest that can",
		    damaged->damage, target, found->name);
	if (damaged != NULL)
		return error_new(ERR_DAMAGE, "the backup %s cannot be read: %s",
		    damaged->path, damaged->damage);
	if (found == NULL)
		return error_new(ERR_NOT_FOUND,
		    "there is no backup of %s in %s; skillshare backup %s "
		    "makes one",
		    target, all->dir, target);
	*out = found;
	return NULL;
}

/* ---- one of them --------------------------------------------------------- */

struct error *
snapshot_open_dir(const struct snapshot *s, int *fd_out)
{
	AUTO_CLOSE int dir_fd = -1;
	AUTO_FREE char *dir = path_dir(s->path);
	struct error *err = fs_open_dir(dir, &dir_fd);

	if (err == NULL)
		err = fs_open_dir_at(dir_fd, s->name, fd_out);
	return err != NULL ? error_wrap(err, "the backup %s", s->path) : NULL;
}

struct error *
snapshot_open_below(int fd, const char *rel, int *fd_out)
{
	AUTO_CLOSE int at = -1;
	struct error *err = fs_open_dir_at(fd, ".", &at);

	while (err == NULL && rel[0] != '\0') {
		size_t len = strcspn(rel, "/");
		AUTO_FREE char *name = xstrndup(rel, len);
		int next = -1;

		err = fs_open_dir_at(at, name, &next);
		base_close_fd(&at);
		at = next;
		rel += len + (rel[len] == '/');
	}
	if (err == NULL)
		*fd_out = STEAL_FD(at);
	return err;
}

struct error *
snapshots_load(struct snapshot *s)
{
	AUTO_CLOSE int fd = -1;

	if (s->damage != NULL)
		return error_new(ERR_DAMAGE, "the backup %s cannot be read: %s",
		    s->path, s->damage);
	if (s->is_loaded)
		return NULL;
	struct error *err = snapshot_open_dir(s, &fd);
	if (err == NULL)
		err = snapfile_read_rest(s, fd);
	if (err != NULL)
		s->damage = arena_strdup(&s->arena, error_msg(err));
	return err;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct snapshot_entry *x = a;
	const struct snapshot_entry *y = b;

	return strcmp(x->name, y->name);
}

MUST_USE static struct error *
plain_entries(struct snapshot *s, const char *target,
    struct snapshot_entry **out, size_t *n_out)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_CLOSE int root_fd = -1;
	AUTO_CLOSE int fd = -1;
	AUTO_FREE struct snapshot_entry *entries = NULL;
	size_t n = 0;

	struct error *err = snapshot_open_dir(s, &root_fd);
	if (err == NULL)
		err = fs_open_dir_at(root_fd, target, &fd);
	if (err == NULL)
		err = fs_list(fd, target, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];
		bool is_link = e->kind == FS_LINK;

		if (e->name[0] == '.')
			continue;
		if (is_link)
			err = fs_read_link(fd, e->name, &text);
		entries = xgrow(entries, n, sizeof(*entries));
		entries[n++] = (struct snapshot_entry){
			.name = arena_strdup(&s->arena, e->name),
			.text = is_link
				    ? arena_strdup(&s->arena, strbuf_str(&text))
				    : NULL,
		};
	}
	if (err != NULL)
		return error_wrap(err, "the backup %s", s->path);
	*out = STEAL_PTR(entries);
	*n_out = n;
	return NULL;
}

struct error *
snapshot_entries(struct snapshot *s, const char *target,
    struct snapshot_entry **out, size_t *n_out)
{
	const struct snapshot_target *t = snapshot_target(s, target);
	struct snapshot_entry *entries = NULL;
	size_t n = 0;

	if (t == NULL || !s->is_loaded)
		BUG("entries of what is not loaded");
	if (s->is_plain)
		return plain_entries(s, target, out, n_out);
	for (size_t i = 0; i < t->n_shown; i++) {
		for (uint32_t k = t->shown[i].first; k <= t->shown[i].last;
		     k++) {
			entries = xgrow(entries, n, sizeof(*entries));
			entries[n++] = s->skills[k];
		}
	}
	for (size_t i = 0; i < t->n_own; i++) {
		entries = xgrow(entries, n, sizeof(*entries));
		entries[n++] = t->own[i];
	}
	if (n > 1)
		qsort(entries, n, sizeof(*entries), compare_entries);
	*out = entries;
	*n_out = n;
	return NULL;
}

/* ---- measuring a plain one ----------------------------------------------- */

MUST_USE static struct error *
measure_dir(int dir_fd, const char *name, uint64_t *bytes)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir_at(dir_fd, name, &fd);

	if (err == NULL)
		err = fs_list(fd, name, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];

		if (e->kind == FS_DIR)
			err = measure_dir(fd, e->name, bytes);
		else if (e->kind == FS_FILE)
			err = fs_stat(fd, e->name, &st);
		if (err == NULL && e->kind == FS_FILE)
			*bytes += st.size_bytes;
	}
	return err;
}

struct error *
snapshot_measure(const struct snapshot *s, const char *target,
    uint64_t *skills_out, uint64_t *bytes_out)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_CLOSE int root_fd = -1;
	AUTO_CLOSE int fd = -1;
	uint64_t skills = 0, bytes = 0;

	struct error *err = snapshot_open_dir(s, &root_fd);
	if (err == NULL)
		err = measure_dir(root_fd, target, &bytes);
	if (err == NULL)
		err = fs_open_dir_at(root_fd, target, &fd);
	if (err == NULL)
		err = fs_list(fd, target, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		AUTO_FREE char *file =
		    path_join(list.entries[i].name, SKILL_FILE);
		struct fs_stat st = { 0 };

		if (list.entries[i].kind != FS_DIR)
			continue;
		err = fs_stat(fd, file, &st);
		skills += st.kind == FS_FILE;
	}
	if (err != NULL)
		return error_wrap(err, "the backup %s", s->path);
	*skills_out = skills;
	*bytes_out = bytes;
	return NULL;
}
