#include <errno.h>
#include <string.h>

#include "content.h"
#include "path.h"
#include "snapshot.h"
#include "tree.h"

/* Set-id bits are for an owner, whom snapshots do not keep. */
#define MODE_BITS ((mode_t)01777)

/* A snapshot that holds the version; all have the same nodes in one order. */
struct holder {
	struct snapshot *s;
	const struct snap_tree *tree;
};

struct export
{
	const struct snapshots *all;
	const char *version;
	struct holder *holders; /* heap */
	size_t n;
	bool is_all; /* no other snapshot holds it */
	struct snapshot_to *to;
	struct content_held *file; /* heap; the small one in hand */
	struct strbuf path;        /* of a stored file */
	struct strbuf rel;         /* of what is made, as the hash has it */
	struct snap_cursor cursor;
};

static const struct snap_tree *
find_tree(const struct snapshot *s, const char *version)
{
	for (size_t i = 0; i < s->n_trees; i++) {
		if (strcmp(s->trees[i].version, version) == 0)
			return &s->trees[i];
	}
	return NULL;
}

/* A snapshot whose manifest is damaged holds nothing. */
MUST_USE static struct error *
add_holder(struct export *x, struct snapshot *s, const struct snap_tree *tree)
{
	struct error *err = snapshots_load(s);

	if (err != NULL && error_code(err) != ERR_DAMAGE)
		return err;
	if (err != NULL) {
		error_free(err); /* backup --verify tells */
		return NULL;
	}
	x->holders = xgrow(x->holders, x->n, sizeof(*x->holders));
	x->holders[x->n++] = (struct holder){ s, tree };
	return NULL;
}

/* One is enough, as long as all of it is sound. */
MUST_USE static struct error *
find_holder(struct export *x)
{
	const struct snap_tree *tree = NULL;
	struct snapshot *s = snapshots_holding(x->all, x->version, &tree);

	return s != NULL && s->damage == NULL ? add_holder(x, s, tree) : NULL;
}

MUST_USE static struct error *
find_others(struct export *x)
{
	const struct snapshot *first = x->n > 0 ? x->holders[0].s : NULL;
	struct error *err = NULL;

	x->is_all = true;
	for (size_t i = 0; err == NULL && i < x->all->n; i++) {
		struct snapshot *s = x->all->items[i];
		const struct snap_tree *tree = s != first && s->damage == NULL
						   ? find_tree(s, x->version)
						   : NULL;

		if (tree != NULL)
			err = add_holder(x, s, tree);
	}
	return err;
}

/* ---- one file ------------------------------------------------------------ */

/*
 * By its whole path below the backups directory; what stands there is known
 * by its digest.
 */
MUST_USE static struct error *
open_held(struct export *x, const struct holder *h,
    const struct snap_node *node, int *fd_out)
{
	strbuf_truncate(&x->path, 0);
	strbuf_add(&x->path, h->s->name);
	strbuf_add_char(&x->path, '/');
	strbuf_add(&x->path, h->tree->where);
	if (node->rel[0] != '\0')
		strbuf_add_char(&x->path, '/');
	strbuf_add(&x->path, node->rel);
	return fs_open_file_at(x->all->fd, strbuf_str(&x->path), fd_out);
}

static bool
is_of_key(const struct digest *digest, const char *key)
{
	char hex[DIGEST_HEX_LEN + 1];

	digest_hex(digest, hex);
	return strncmp(hex, key, DIGEST_HEX_LEN) == 0;
}

/* Copied, and compared then. */
MUST_USE static struct error *
export_large(struct export *x, int fd, const struct snap_node *node,
    const struct content_to *to, bool *done_out)
{
	struct digest digest;
	struct error *err =
	    content_read(fd, to->name, node->size_bytes, to, &digest);

	if (err != NULL)
		return err;
	if (!is_of_key(&digest, node->text))
		return fs_unlink(to->dir_fd, to->name);
	*done_out = true;
	return x->to->hash != NULL
		   ? tree_hash_read(x->to->hash, strbuf_str(&x->rel),
			 to->dir_fd, to->name)
		   : NULL;
}

/* Compared in memory, and written out of it. */
MUST_USE static struct error *
export_small(struct export *x, int fd, const struct snap_node *node,
    const struct content_to *to, bool *done_out)
{
	struct digest digest;
	struct fs_stat st = { 0 };
	struct error *err =
	    content_hold(fd, to->name, node->size_bytes, x->file, &digest);

	if (err != NULL && error_code(err) == ERR_CONFLICT) {
		error_free(err); /* larger than it was stored */
		return NULL;
	}
	if (err != NULL || !is_of_key(&digest, node->text))
		return err;
	err = content_write(x->file, to, &st);
	if (err != NULL)
		return err;
	*done_out = true;
	if (x->to->hash != NULL)
		tree_hash_file(x->to->hash, strbuf_str(&x->rel), to->mode,
		    x->file->bytes, x->file->len);
	return NULL;
}

/* *done_out is false, and nothing stands at name, if this copy is not it. */
MUST_USE static struct error *
export_from(struct export *x, const struct holder *h, size_t at, int to_fd,
    const char *name, bool *done_out)
{
	const struct snap_node *node = &h->tree->nodes[at];
	AUTO_CLOSE int fd = -1;
	const struct content_to to = { to_fd, name, node->mode & MODE_BITS,
		node->mtime_ns, &x->to->clones, false };

	struct error *err = open_held(x, h, node, &fd);
	if (err != NULL) {
		error_free(err); /* missing here: another may have it */
		return NULL;
	}
	return node->size_bytes <= CONTENT_HELD_MAX && !x->to->clones
		   ? export_small(x, fd, node, &to, done_out)
		   : export_large(x, fd, node, &to, done_out);
}

MUST_USE static struct error *
export_file(struct export *x, size_t node, int to_fd, const char *name)
{
	struct error *err = NULL;
	bool done = false;

	for (size_t i = 0; err == NULL && i < x->n && !done; i++) {
		err = export_from(x, &x->holders[i], node, to_fd, name, &done);
		if (err == NULL && !done && !x->is_all)
			err = find_others(x);
	}
	if (err != NULL || done)
		return err;
	const struct holder *first = &x->holders[0];
	const struct snap_node *said = &first->tree->nodes[node];
	return error_new(ERR_DAMAGE,
	    "%s/%s%s%s is damaged or missing in every backup that holds it; "
	    "skillshare backup --verify tells more",
	    first->s->path, first->tree->where, said->rel[0] != '\0' ? "/" : "",
	    said->rel);
}

/* ---- the tree ------------------------------------------------------------ */

MUST_USE static struct error *
export_dir(struct export *x, const struct snap_node *node, int to_fd,
    const char *name)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_mkdir(to_fd, name, 0700);

	if (err == NULL)
		err = fs_open_dir_at(to_fd, name, &fd);
	if (err != NULL)
		return err;
	if (x->to->hash != NULL)
		tree_hash_dir(x->to->hash, strbuf_str(&x->rel),
		    node->mode & MODE_BITS);
	snap_cursor_push(&x->cursor, STEAL_FD(fd), node);
	return NULL;
}

MUST_USE static struct error *
export_link(struct export *x, const struct snap_node *node, int to_fd,
    const char *name)
{
	struct error *err = fs_symlink(node->text, to_fd, name);

	if (err != NULL)
		return err;
	if (x->to->hash != NULL)
		tree_hash_link(x->to->hash, strbuf_str(&x->rel), node->text);
	return content_set_mtime(to_fd, name, node->mtime_ns);
}

/* All is in it: its own mode and time stay now. */
static struct error *
finish_dir(void *payload, const struct snap_level *level)
{
	struct error *err = fs_chmod_fd(level->fd, level->node->rel,
	    level->node->mode & MODE_BITS);

	(void)payload;
	return err != NULL
		   ? err
		   : content_set_mtime(level->fd, ".", level->node->mtime_ns);
}

MUST_USE static struct error *
export_node(struct export *x, size_t i, int to_fd, const char *name)
{
	const struct snap_node *node = &x->holders[0].tree->nodes[i];

	strbuf_truncate(&x->rel, 0);
	strbuf_add(&x->rel, x->to->name);
	if (i > 0)
		strbuf_add_char(&x->rel, '/');
	strbuf_add(&x->rel, node->rel);
	switch (node->kind) {
	case FS_DIR:
		return export_dir(x, node, to_fd, name);
	case FS_FILE:
		return export_file(x, i, to_fd, name);
	case FS_LINK:
		return export_link(x, node, to_fd, name);
	case FS_ABSENT:
	case FS_OTHER:
		return NULL; /* sockets and the like are not held */
	}
	BUG("kind %d", (int)node->kind);
}

MUST_USE static struct error *
export_tree(struct export *x)
{
	const struct snap_tree *tree = x->holders[0].tree;
	struct error *err = NULL;

	x->cursor = (struct snap_cursor){ .leave = finish_dir };
	for (size_t i = 0; err == NULL && i < tree->n; i++) {
		int dir_fd = x->to->fd;

		if (i > 0)
			err = snap_cursor_to(&x->cursor, &tree->nodes[i],
			    &dir_fd);
		if (err == NULL)
			err = export_node(x, i, dir_fd,
			    i > 0 ? path_base(tree->nodes[i].rel)
				  : x->to->name);
	}
	if (err == NULL)
		return snap_cursor_end(&x->cursor);
	snap_cursor_drop(&x->cursor);
	return err;
}

MUST_USE static struct error *
export_plain(const struct snapshot *s, const char *target, const char *name,
    const struct snapshot_to *to)
{
	AUTO_CLOSE int root_fd = -1;
	AUTO_CLOSE int fd = -1;
	struct error *err = snapshot_open_dir(s, &root_fd);

	if (err == NULL)
		err = fs_open_dir_at(root_fd, target, &fd);
	if (err == NULL)
		err = tree_copy(fd, name, to->fd, to->name, NULL);
	return err != NULL || to->hash == NULL
		   ? err
		   : tree_hash_read(to->hash, to->name, to->fd, to->name);
}

struct error *
snapshots_export(const struct snapshots *all, struct snapshot *s,
    const char *target, const struct snapshot_entry *entry,
    struct snapshot_to *to)
{
	struct export x = {
		.all = all,
		.version = entry->version,
		.to = to,
	};
	struct error *err = NULL;

	if (s->is_plain)
		return export_plain(s, target, entry->name, to);
	x.file = xmalloc(sizeof(*x.file));
	if (x.version != NULL)
		err = find_holder(&x);
	if (x.version != NULL && err == NULL && x.n == 0)
		err = find_others(&x);
	if (err == NULL && x.n == 0)
		err = error_new(ERR_NOT_FOUND,
		    "no backup holds %s/%s as it was in %s", target,
		    entry->name, s->name);
	else if (err == NULL)
		err = export_tree(&x);
	strbuf_release(&x.path);
	strbuf_release(&x.rel);
	free(x.file);
	free(x.holders);
	return err;
}
