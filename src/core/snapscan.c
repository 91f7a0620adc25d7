#include "snapscan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "content.h"
#include "host.h"
#include "ignore.h"
#include "path.h"
#include "signals.h"
#include "tree.h"

#define TRIES 4
#define FIRST_PAUSE_MS 20

/*
 * A file changed within one tick of the clock that stamped it looks as it
 * did: what is younger than some ticks is read again next time. Some file
 * systems count in seconds, or in twos.
 */
#define TICKS_NS ((int64_t)50 * 1000000)
#define COARSE_TICKS_NS ((int64_t)2000 * 1000000)

struct scan {
	const struct snap_live *live;
	const struct snap_tree *old; /* or NULL */
	struct strmap by_rel;        /* of old's nodes */
	struct snap_copy_to *to;     /* or NULL */
	struct arena *arena;
	struct snap_nodes nodes;
	struct strbuf rel;
	struct strbuf to_path; /* below to->dir_fd, of what rel is */
	int depth;
	int64_t start_ns;
	bool is_told; /* the error names the path already */
};

MUST_USE static struct error *
scan_entry(struct scan *scan, int dir_fd, const char *name, enum fs_kind kind);

/* ---- the same as before? ------------------------------------------------- */

static bool
is_unchanged(const struct snap_node *old, const struct fs_stat *st)
{
	return old->stamp_ns != 0 && old->kind == st->kind &&
	       old->ino == st->ino && old->stamp_ns == st->ctime_ns &&
	       old->mtime_ns == st->mtime_ns &&
	       (st->kind != FS_FILE || old->size_bytes == st->size_bytes);
}

/* The name to look at by; from nearby there are fewer on the way. */
static const char *
way_to(const struct snap_live *live, int *dir_fd_out)
{
	if (live->dir_fd != -1) {
		*dir_fd_out = live->dir_fd;
		return live->name;
	}
	*dir_fd_out = live->near != NULL ? live->near_fd : AT_FDCWD;
	return live->near != NULL ? live->near : live->path;
}

bool
snapscan_is_same(const struct snap_live *live, const struct snap_seen_root *old)
{
	bool is_by_path = live->dir_fd == -1;
	struct snap_seen_nodes nodes = { .root = old };
	struct source_looks looks = live->looks;
	AUTO_STRBUF struct strbuf path = { 0 };
	struct snap_node node;
	int dir_fd = -1;

	strbuf_add(&path, way_to(live, &dir_fd));
	size_t mark = path.len;
	/* One call a node, and no directory opened: "<root>/." follows a link
	   at the root, as the name alone does not. */
	while (snapseen_next(&nodes, &node)) {
		bool is_root = nodes.n == 1;
		struct fs_stat st = { 0 };
		struct error *err = NULL;

		if (!source_looks_take(&looks, node.rel, node.kind, &st)) {
			strbuf_truncate(&path, mark);
			if (!is_root || is_by_path)
				strbuf_add_char(&path, '/');
			strbuf_add(&path,
			    is_root && is_by_path ? "." : node.rel);
			err = fs_stat(dir_fd, strbuf_str(&path), &st);
		}
		bool same = err == NULL && is_unchanged(&node, &st);
		error_free(err); /* means no; reading it says what is wrong */
		if (!same)
			return false;
	}
	return nodes.n == old->tree.n;
}

/* ---- reading ------------------------------------------------------------- */

static int64_t
stamp_of(const struct scan *scan, const struct fs_stat *st)
{
	int64_t ticks =
	    st->ctime_ns % 1000000000 == 0 ? COARSE_TICKS_NS : TICKS_NS;

	return st->ctime_ns < scan->start_ns - ticks ? st->ctime_ns : 0;
}

/* Lent until the next node is added. */
static struct snap_node *
add_node(struct scan *scan, const struct fs_stat *st)
{
	struct snap_node *node = snap_nodes_add(&scan->nodes);

	*node = (struct snap_node){
		.rel = arena_strdup(scan->arena, strbuf_str(&scan->rel)),
		.text = "",
		.size_bytes = st->kind == FS_FILE ? st->size_bytes : 0,
		.mtime_ns = st->mtime_ns,
		.ino = st->ino,
		.stamp_ns = stamp_of(scan, st),
		.mode = st->mode,
		.kind = st->kind,
	};
	return node;
}

static void
add_held(struct scan *scan, const struct snap_node *node)
{
	if (scan->to != NULL)
		*snap_nodes_add(&scan->to->held) = *node;
}

static struct error *
changed(void)
{
	return error_new(ERR_CONFLICT,
	    "changed while it was being read; run again when it rests");
}

MUST_USE static struct error *
check_same(int fd, const char *name, const struct fs_stat *st)
{
	struct fs_stat now = { 0 };
	struct error *err = fs_stat_fd(fd, name, &now);

	if (err != NULL)
		return err;
	return now.size_bytes == st->size_bytes &&
		       now.mtime_ns == st->mtime_ns &&
		       now.ctime_ns == st->ctime_ns
		   ? NULL
		   : changed();
}

/*
 * A write in progress has stamped the file when it began: of a young file the
 * stamps prove nothing, so it is read once more.
 */
MUST_USE static struct error *
check_young(struct scan *scan, int fd, const char *name,
    const struct snap_node *node)
{
	struct digest digest;

	if (node->stamp_ns != 0)
		return NULL;
	struct error *err =
	    content_read(fd, name, node->size_bytes, NULL, &digest);
	if (err != NULL)
		return err;
	const char *key = snap_key(scan->arena, &digest, node->mode);
	return strcmp(key, node->text) == 0 ? NULL : changed();
}

/* The key is what was read, wherever the copy comes from. */
MUST_USE static struct error *
read_opened(struct scan *scan, int fd, const char *name,
    const struct fs_stat *st)
{
	struct snap_node *node = add_node(scan, st);
	struct snap_node held = *node;
	struct digest digest;
	struct error *err;

	if (scan->to == NULL) {
		err = content_read(fd, name, st->size_bytes, NULL, &digest);
		if (err == NULL)
			held.text = snap_key(scan->arena, &digest, node->mode);
	} else {
		err = snapstore_copy(scan->to->store, fd, scan->to->dir_fd,
		    strbuf_str(&scan->to_path), &held, scan->arena);
	}
	node->text = held.text;
	if (err == NULL)
		err = check_young(scan, fd, name, node);
	if (err == NULL)
		err = check_same(fd, name, st);
	if (err != NULL)
		return err;
	add_held(scan, &held);
	return NULL;
}

/* A file that rested while it was held in memory. */
MUST_USE static struct error *
keep_held(struct scan *scan, int fd, const struct fs_stat *st)
{
	struct snap_node *node = add_node(scan, st);
	struct snap_node held = *node;
	struct error *err = snapstore_keep(scan->to->store, fd,
	    scan->to->dir_fd, strbuf_str(&scan->to_path), &held, scan->arena);

	node->text = held.text;
	if (err == NULL)
		add_held(scan, &held);
	return err;
}

/*
 * One look after the read is enough where times come from our own clock: what
 * has not changed since before the scan has not while it was read.
 */
static bool
has_rested(const struct scan *scan, int fd, const struct fs_stat *st)
{
	struct snapstore *store = scan->to->store;

	return st->size_bytes == store->held->len && stamp_of(scan, st) != 0 &&
	       snapstore_is_timed(store, fd, st->dev);
}

/* What a listing or a look said to be a file. */
MUST_USE static struct error *
read_file(struct scan *scan, int dir_fd, const char *name)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	/* A clone is made later: then the looks are around that. */
	bool is_held = scan->to != NULL && !scan->to->store->clones;

	struct error *err = fs_open_listed_at(dir_fd, name, &fd);
	if (err == NULL && is_held)
		err = content_hold_some(fd, name, scan->to->store->held);
	if (err == NULL)
		err = fs_stat_fd(fd, name, &st);
	if (err == NULL && st.kind != FS_FILE)
		err = changed();
	if (err != NULL)
		return err;
	return is_held && has_rested(scan, fd, &st)
		   ? keep_held(scan, fd, &st)
		   : read_opened(scan, fd, name, &st);
}

MUST_USE static struct error *
scan_file(struct scan *scan, int dir_fd, const char *name,
    const struct fs_stat *st)
{
	const char *rel = strbuf_str(&scan->rel);
	bool is_linked = false;
	uint32_t i = 0;

	if (scan->old == NULL || !strmap_get(&scan->by_rel, rel, &i) ||
	    !is_unchanged(&scan->old->nodes[i], st))
		return read_file(scan, dir_fd, name);
	struct snap_node node = *add_node(scan, st);
	node.text = scan->old->nodes[i].text;
	scan->nodes.items[scan->nodes.n - 1].text = node.text;
	if (scan->to == NULL)
		return NULL;
	struct error *err = snapstore_link(scan->to->store, scan->to->dir_fd,
	    strbuf_str(&scan->to_path), &node, &is_linked);
	if (err != NULL)
		return err;
	if (!is_linked) {
		scan->nodes.n--;
		return read_file(scan, dir_fd, name);
	}
	add_held(scan, &node);
	return NULL;
}

MUST_USE static struct error *
scan_link(struct scan *scan, int dir_fd, const char *name,
    const struct fs_stat *st)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct snap_node *node = add_node(scan, st);
	struct error *err = fs_read_link(dir_fd, name, &text);

	if (err != NULL)
		return err;
	node->text = arena_strdup(scan->arena, strbuf_str(&text));
	add_held(scan, node);
	return scan->to != NULL ? fs_symlink(node->text, scan->to->dir_fd,
				      strbuf_str(&scan->to_path))
				: NULL;
}

/* By the config's rules, of which the last that matches decides. */
static bool
is_left_out(const struct scan *scan, enum fs_kind kind)
{
	const struct ignore *ignore = scan->live->ignore;

	if (ignore == NULL || ignore->n == 0)
		return false;
	const struct ignore_rule *rule =
	    ignore_match(ignore, strbuf_str(&scan->rel), kind == FS_DIR);
	return rule != NULL && !rule->takes_in;
}

/* The entries of the open directory that rel is of. */
MUST_USE static struct error *
scan_entries(struct scan *scan, int fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t mark = scan->rel.len;
	size_t to_mark = scan->to_path.len;
	struct error *err = fs_list_new(fd, strbuf_str(&scan->rel), &list);

	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];

		if (mark > 0)
			strbuf_add_char(&scan->rel, '/');
		strbuf_add(&scan->rel, e->name);
		if (is_left_out(scan, e->kind)) {
			strbuf_truncate(&scan->rel, mark);
			continue;
		}
		strbuf_add_char(&scan->to_path, '/');
		strbuf_add(&scan->to_path, e->name);
		err = scan_entry(scan, fd, e->name, e->kind);
		if (err == NULL) /* else it says where */
			strbuf_truncate(&scan->rel, mark);
		strbuf_truncate(&scan->to_path, to_mark);
	}
	return err;
}

/*
 * The directory fd, just opened. Its copy goes by names from the folder on:
 * nobody else knows of what is being built.
 */
MUST_USE static struct error *
scan_opened(struct scan *scan, int fd, const char *name)
{
	struct fs_stat st = { 0 };

	if (scan->depth == TREE_DEPTH_MAX)
		return error_new(ERR_REFUSED, "is nested deeper than %d levels",
		    TREE_DEPTH_MAX);
	struct error *err = fs_stat_fd(fd, name, &st);
	if (err == NULL && scan->to != NULL)
		err = fs_mkdir(scan->to->dir_fd, strbuf_str(&scan->to_path),
		    0755);
	if (err == NULL)
		err = signals_check();
	if (err != NULL)
		return err;
	add_held(scan, add_node(scan, &st));
	scan->depth++;
	err = scan_entries(scan, fd);
	scan->depth--;
	return err != NULL ? err : check_same(fd, name, &st);
}

MUST_USE static struct error *
scan_dir(struct scan *scan, int dir_fd, const char *name)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_open_dir_at(dir_fd, name, &fd);

	return err != NULL ? err : scan_opened(scan, fd, name);
}

/* kind is what the list of the directory says, or FS_ABSENT. */
MUST_USE static struct error *
scan_entry(struct scan *scan, int dir_fd, const char *name, enum fs_kind kind)
{
	struct fs_stat st = { 0 };

	/* It is opened and looked at anyway. */
	if (kind == FS_FILE && scan->old == NULL)
		return read_file(scan, dir_fd, name);
	if (kind == FS_DIR)
		return scan_dir(scan, dir_fd, name);
	struct error *err = fs_stat(dir_fd, name, &st);
	if (err != NULL)
		return err;
	switch (st.kind) {
	case FS_ABSENT:
		return changed();
	case FS_FILE:
		return scan_file(scan, dir_fd, name, &st);
	case FS_DIR:
		return scan_dir(scan, dir_fd, name);
	case FS_LINK:
		return scan_link(scan, dir_fd, name, &st);
	case FS_OTHER:
		add_held(scan, add_node(scan, &st));
		return NULL;
	}
	BUG("kind %d", (int)st.kind);
}

/* ---- trying -------------------------------------------------------------- */

MUST_USE static struct error *
scan_root(struct scan *scan)
{
	const struct snap_live *live = scan->live;
	AUTO_CLOSE int fd = -1;

	if (live->dir_fd != -1)
		return scan_entry(scan, live->dir_fd, live->name, FS_ABSENT);
	struct error *err = fs_open_dir(live->path, &fd);
	scan->is_told = err != NULL; /* and that says the path */
	return err != NULL ? err : scan_opened(scan, fd, live->path);
}

MUST_USE static struct error *
try_once(struct scan *scan)
{
	struct snap_copy_to *to = scan->to;

	snap_nodes_release(&scan->nodes);
	strbuf_truncate(&scan->rel, 0);
	strbuf_truncate(&scan->to_path, 0);
	scan->depth = 0;
	scan->start_ns = host_now_ns();
	if (to != NULL) {
		snap_nodes_release(&to->held);
		strbuf_add(&scan->to_path, to->name);
	}
	struct error *err = scan_root(scan);
	if (err != NULL && to != NULL)
		error_free(tree_remove(to->dir_fd, to->name)); /* err counts */
	return err;
}

static bool
may_pass(const struct error *err)
{
	return error_code(err) == ERR_CONFLICT || error_is_sys(err, ENOENT) ||
	       error_is_sys(err, ENOTDIR) || error_is_sys(err, ELOOP) ||
	       error_is_sys(err, EISDIR) || error_is_sys(err, ESPIPE);
}

struct error *
snapscan(const struct snap_live *live, const struct snap_tree *old,
    struct snap_copy_to *to, struct arena *arena, struct snap_tree *tree)
{
	struct scan scan = {
		.live = live,
		.old = old,
		.to = to,
		.arena = arena,
	};
	int pause_ms = FIRST_PAUSE_MS;

	for (size_t i = 0; old != NULL && i < old->n; i++)
		(void)strmap_put(&scan.by_rel, old->nodes[i].rel, (uint32_t)i);
	struct error *err = try_once(&scan);
	for (int i = 1; err != NULL && may_pass(err) && i < TRIES; i++) {
		error_free(err); /* somebody writes there: in a moment */
		(void)poll(NULL, 0, pause_ms);
		pause_ms *= 3;
		err = try_once(&scan);
	}
	if (err == NULL) {
		snap_tree_seal(tree, &scan.nodes, arena);
		tree->where = live->path;
	} else if (error_code(err) != ERR_INTERRUPTED && !scan.is_told) {
		err = error_wrap(err, "%s%s%s", live->path,
		    scan.rel.len > 0 ? "/" : "", strbuf_str(&scan.rel));
	}
	snap_nodes_release(&scan.nodes);
	strbuf_release(&scan.rel);
	strbuf_release(&scan.to_path);
	strmap_release(&scan.by_rel);
	return err;
}
