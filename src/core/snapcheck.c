#include "snapcheck.h"

#include <string.h>

#include "content.h"
#include "path.h"
#include "signals.h"
#include "tree.h"

/* A stored file, read once. */
struct inode {
	char hex[DIGEST_HEX_LEN + 1];
	size_t item; /* that tells of it, + 1; 0: it is sound so far */
};

struct check {
	const struct snapshots *all;
	struct snapcheck_result *out;
	struct arena arena;
	struct strmap by_ino; /* -> index of inodes */
	struct inode *inodes;
	size_t n;
	/* The snapshot in hand: */
	const struct snapshot *s;
	int fd;
	struct strmap trees;  /* version -> index */
	struct strmap wheres; /* that are checked */
};

/* ---- telling ------------------------------------------------------------- */

static void
add_snapshot(struct snapcheck_item *item, const char *name)
{
	for (size_t i = 0; i < item->n_snapshots; i++) {
		if (strcmp(item->snapshots[i], name) == 0)
			return;
	}
	item->snapshots =
	    xgrow(item->snapshots, item->n_snapshots, sizeof(*item->snapshots));
	item->snapshots[item->n_snapshots++] = xstrdup(name);
}

/* rel "" is the place itself. */
static size_t
tell(struct check *c, const char *where, const char *rel, const char *problem)
{
	struct snapcheck_result *out = c->out;

	out->items = xgrow(out->items, out->n, sizeof(*out->items));
	out->items[out->n] = (struct snapcheck_item){
		.path = xasprintf("%s/%s%s%s", c->s->path, where,
		    rel[0] != '\0' ? "/" : "", rel),
		.problem = xstrdup(problem),
	};
	add_snapshot(&out->items[out->n], c->s->name);
	return ++out->n;
}

/* ---- one node ------------------------------------------------------------ */

/* The root of a tree is called as its place is. */
static const char *
name_of(const char *where, const struct snap_node *node)
{
	return path_base(node->rel[0] != '\0' ? node->rel : where);
}

/* Reads a file that was not met under another name. */
MUST_USE static struct error *
read_inode(struct check *c, int dir_fd, const char *name,
    const struct fs_stat *st, struct inode **out)
{
	AUTO_CLOSE int fd = -1;
	const char *key =
	    arena_printf(&c->arena, "%llx", (unsigned long long)st->ino);
	struct digest digest;
	uint32_t i = 0;

	if (strmap_get(&c->by_ino, key, &i)) {
		*out = &c->inodes[i];
		return NULL;
	}
	struct error *err = fs_open_file_at(dir_fd, name, &fd);
	if (err == NULL)
		err = content_read(fd, name, st->size_bytes, NULL, &digest);
	if (err != NULL)
		return err;
	c->out->n_files++;
	c->out->size_bytes += st->size_bytes;
	c->inodes = xgrow(c->inodes, c->n, sizeof(*c->inodes));
	c->inodes[c->n] = (struct inode){ 0 };
	digest_hex(&digest, c->inodes[c->n].hex);
	(void)strmap_put(&c->by_ino, key, (uint32_t)c->n);
	*out = &c->inodes[c->n++];
	return NULL;
}

static void
check_file(struct check *c, int dir_fd, const char *where,
    const struct snap_node *node, const struct fs_stat *st)
{
	const char *name = name_of(where, node);
	struct inode *inode = NULL;
	AUTO_ERROR struct error *err = read_inode(c, dir_fd, name, st, &inode);

	if (err != NULL) {
		AUTO_FREE char *problem =
		    xasprintf("cannot be read: %s", error_msg(err));
		(void)tell(c, where, node->rel, problem);
		return;
	}
	if (strncmp(inode->hex, node->text, DIGEST_HEX_LEN) == 0)
		return;
	if (inode->item == 0)
		inode->item = tell(c, where, node->rel,
		    "its content has changed since it was stored");
	add_snapshot(&c->out->items[inode->item - 1], c->s->name);
}

static void
check_link(struct check *c, int dir_fd, const char *name, const char *where,
    const struct snap_node *node)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_ERROR struct error *err = fs_read_link(dir_fd, name, &text);

	if (err != NULL || strcmp(strbuf_str(&text), node->text) != 0)
		(void)tell(c, where, node->rel,
		    "the link is not as it was stored");
}

/* *fd_out is a directory's, to go on in, or -1. */
static void
check_node(struct check *c, int dir_fd, const char *where,
    const struct snap_node *node, int *fd_out)
{
	const char *name = name_of(where, node);
	struct fs_stat st = { 0 };

	if (node->kind == FS_OTHER)
		return;
	AUTO_ERROR struct error *err = fs_stat(dir_fd, name, &st);
	if (err != NULL || st.kind == FS_ABSENT) {
		(void)tell(c, where, node->rel, "is missing");
	} else if (st.kind != node->kind) {
		(void)tell(c, where, node->rel,
		    "is of another kind than was stored");
	} else if (st.kind == FS_FILE) {
		check_file(c, dir_fd, where, node, &st);
	} else if (st.kind == FS_LINK) {
		check_link(c, dir_fd, name, where, node);
	} else {
		err = fs_open_dir_at(dir_fd, name, fd_out);
		if (err != NULL)
			(void)tell(c, where, node->rel, "cannot be opened");
	}
}

/* ---- a tree -------------------------------------------------------------- */

/* Is the node below a directory that could not be gone into? */
static bool
is_below(const struct snap_node *node, const struct snap_node *lost)
{
	if (lost == NULL)
		return false;
	size_t len = strlen(lost->rel);
	return len == 0 || (strncmp(node->rel, lost->rel, len) == 0 &&
			       node->rel[len] == '/');
}

MUST_USE static struct error *
check_tree(struct check *c, const struct snap_tree *tree, const char *where)
{
	AUTO_CLOSE int root_fd = -1;
	AUTO_FREE char *folder = path_dir(where);
	struct snap_cursor cursor = { 0 };
	const struct snap_node *lost = NULL;

	if (!strmap_put(&c->wheres, where, 0))
		return NULL;
	struct error *err = snapshot_open_below(c->fd, folder, &root_fd);
	if (err != NULL) {
		error_free(err); /* told */
		(void)tell(c, where, "", "is missing");
		return NULL;
	}
	for (size_t i = 0; err == NULL && i < tree->n; i++) {
		const struct snap_node *node = &tree->nodes[i];
		int dir_fd = root_fd, fd = -1;

		if (is_below(node, lost))
			continue;
		if (i > 0)
			err = snap_cursor_to(&cursor, node, &dir_fd);
		if (err != NULL)
			break;
		check_node(c, dir_fd, where, node, &fd);
		if (fd != -1)
			snap_cursor_push(&cursor, fd, node);
		else if (node->kind == FS_DIR)
			lost = node;
		err = signals_check();
	}
	snap_cursor_drop(&cursor);
	return err;
}

/* A version laid out in a target's folder, if this snapshot has its nodes. */
MUST_USE static struct error *
check_entry(struct check *c, const struct snapshot_target *t,
    const struct snapshot_entry *e)
{
	uint32_t i = 0;

	if ((e->text != NULL && !t->is_laid_out) || e->version == NULL ||
	    !strmap_get(&c->trees, e->version, &i))
		return NULL;
	const struct snap_tree *tree = &c->s->trees[i];
	const char *where = arena_join(&c->arena, t->name, e->name);
	/* Where the snapshot holds it, it has been checked. */
	return strcmp(where, tree->where) != 0 ? check_tree(c, tree, where)
					       : NULL;
}

MUST_USE static struct error *
check_target(struct check *c, const struct snapshot_target *t)
{
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < t->n_own; i++)
		err = check_entry(c, t, &t->own[i]);
	for (size_t i = 0; err == NULL && i < t->n_shown; i++) {
		const struct snapshot_range *range = &t->shown[i];

		for (uint32_t k = range->first; err == NULL && k <= range->last;
		     k++)
			err = check_entry(c, t, &c->s->skills[k]);
	}
	return err;
}

/* ---- all ----------------------------------------------------------------- */

/* The path is told before the problem, which begins with it as often as not. */
static void
tell_manifest(struct check *c, const char *problem)
{
	AUTO_FREE char *path = path_join(c->s->path, SNAPSHOT_MANIFEST);
	size_t len = strlen(path);

	if (strncmp(problem, path, len) != 0 || problem[len] != ':') {
		(void)tell(c, SNAPSHOT_MANIFEST, "", problem);
		return;
	}
	const char *rest = problem + len + 1;
	AUTO_FREE char *short_one = xasprintf("%s%s",
	    rest[0] == ' ' ? "" : "line ", rest + (rest[0] == ' '));
	(void)tell(c, SNAPSHOT_MANIFEST, "", short_one);
}

MUST_USE static struct error *
check_snapshot(struct check *c, struct snapshot *s)
{
	AUTO_CLOSE int fd = -1;

	c->s = s;
	AUTO_ERROR struct error *err = snapshots_load(s);
	if (err == NULL)
		err = snapshot_open_dir(s, &fd);
	if (err != NULL) {
		tell_manifest(c,
		    s->damage != NULL ? s->damage : error_msg(err));
		return NULL;
	}
	c->fd = fd;
	for (size_t i = 0; i < s->n_trees; i++)
		(void)strmap_put(&c->trees, s->trees[i].version, (uint32_t)i);
	for (size_t i = 0; err == NULL && i < s->n_trees; i++)
		err = check_tree(c, &s->trees[i], s->trees[i].where);
	for (size_t i = 0; err == NULL && i < s->n_targets; i++)
		err = check_target(c, &s->targets[i]);
	strmap_release(&c->trees);
	strmap_release(&c->wheres);
	return STEAL_PTR(err);
}

struct error *
snapcheck(const struct snapshots *all,
    void (*progress)(void *payload, uint64_t done, uint64_t total),
    void *payload, struct snapcheck_result *out)
{
	struct check c = { .all = all, .out = out, .fd = -1 };
	struct error *err = NULL;

	*out = (struct snapcheck_result){ 0 };
	for (size_t i = 0; err == NULL && i < all->n; i++) {
		if (progress != NULL)
			progress(payload, i, all->n);
		out->n_plain += all->items[i]->is_plain;
		if (all->items[i]->is_plain)
			continue;
		out->n_snapshots++;
		err = check_snapshot(&c, all->items[i]);
	}
	strmap_release(&c.by_ino);
	free(c.inodes);
	arena_release(&c.arena);
	if (err != NULL)
		snapcheck_release(out);
	return err;
}

void
snapcheck_release(struct snapcheck_result *result)
{
	for (size_t i = 0; i < result->n; i++) {
		struct snapcheck_item *item = &result->items[i];

		free(item->path);
		free(item->problem);
		for (size_t k = 0; k < item->n_snapshots; k++)
			free(item->snapshots[k]);
		free(item->snapshots);
	}
	free(result->items);
	*result = (struct snapcheck_result){ 0 };
}
