#include "copytree.h"

#include <errno.h>
#include <string.h>

#include "attrs.h"
#include "content.h"
#include "ignore.h"
#include "path.h"
#include "reach.h"
#include "strbuf.h"

/* A copy is another file: what its mode lets others become stays behind. */
#define MODE_BITS ((mode_t)0777)

/* ---- listing ------------------------------------------------------------- */

struct walk {
	struct copytree *tree;
	const struct ignore *ignore; /* or NULL */
	int root_fd;
	struct strbuf rel;
	int depth;
};

MUST_USE static struct error *walk_dir(struct walk *w, int fd);

static void
note_times(struct copytree *tree, const struct fs_stat *st)
{
	if (st->mtime_ns > tree->newest_ns)
		tree->newest_ns = st->mtime_ns;
	if (st->ctime_ns > tree->newest_ns)
		tree->newest_ns = st->ctime_ns;
}

/* What tells, without a look inside, that this is still the same. */
static struct digest
mark_of(const char *rel, const struct fs_stat *st)
{
	const uint64_t numbers[] = { st->kind, st->mode, st->ino,
		st->size_bytes, (uint64_t)st->mtime_ns,
		(uint64_t)st->ctime_ns };
	struct digest_state state;

	digest_init(&state);
	digest_add_str(&state, rel);
	digest_add(&state, numbers, sizeof(numbers));
	return digest_final(&state);
}

static struct copynode *
add_node(struct walk *w, const struct fs_stat *st)
{
	struct copytree *tree = w->tree;

	tree->nodes = xgrow(tree->nodes, tree->n, sizeof(*tree->nodes));
	struct copynode *node = &tree->nodes[tree->n++];

	*node = (struct copynode){
		.rel = arena_strdup(&tree->arena, strbuf_str(&w->rel)),
		.kind = st->kind,
		.mode = st->mode & MODE_BITS,
		.size_bytes = st->kind == FS_FILE ? st->size_bytes : 0,
		.mtime_ns = st->mtime_ns,
		.mark = mark_of(strbuf_str(&w->rel), st),
	};
	note_times(tree, st);
	return node;
}

/* Does the link lead to something else than a file beneath the skill? */
static bool
leads_elsewhere(const struct error *err)
{
	static const int reasons[] = { ENOENT, ELOOP, EXDEV, EISDIR, ENOTDIR,
		EINVAL, ENXIO };

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (error_is_sys(err, reasons[i]))
			return true;
	}
	return false;
}

MUST_USE static struct error *
add_link(struct walk *w, int dir_fd, const char *name, const struct fs_stat *st)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_CLOSE int fd = -1;
	struct fs_stat to = { 0 };
	struct copynode *node = add_node(w, st);
	struct error *err =
	    fs_open_file_at(w->root_fd, strbuf_str(&w->rel), &fd);

	if (leads_elsewhere(err)) {
		error_free(err); /* it stays a link */
		err = fs_read_link(dir_fd, name, &text);
		node->text = arena_strdup(&w->tree->arena, strbuf_str(&text));
		return err;
	}
	if (err == NULL)
		err = fs_stat_fd(fd, strbuf_str(&w->rel), &to);
	if (err != NULL)
		return err;
	node->is_followed = true;
	node->kind = FS_FILE;
	node->mode = to.mode & MODE_BITS;
	node->size_bytes = to.size_bytes;
	node->mtime_ns = to.mtime_ns;
	/* Both what the link says and what it leads to may change. */
	const struct digest marks[] = { node->mark, mark_of(node->rel, &to) };
	node->mark = digest_of(marks, sizeof(marks));
	note_times(w->tree, &to);
	return NULL;
}

/* A directory with nothing in it that is copied is not copied itself. */
MUST_USE static struct error *
add_dir(struct walk *w, int dir_fd, const char *name, const struct fs_stat *st)
{
	AUTO_CLOSE int fd = -1;
	struct copytree *tree = w->tree;
	int64_t newest_ns = tree->newest_ns;

	if (w->depth == TREE_DEPTH_MAX)
		return error_new(ERR_REFUSED,
		    "%s is deeper than %d directories", strbuf_str(&w->rel),
		    TREE_DEPTH_MAX);
	(void)add_node(w, st);
	size_t n = tree->n;
	struct error *err = fs_open_dir_at(dir_fd, name, &fd);
	if (err == NULL)
		err = walk_dir(w, fd);
	if (err == NULL && tree->n == n) {
		tree->n--;
		tree->newest_ns = newest_ns;
	}
	return err;
}

static bool
is_left_out(const struct walk *w, const struct fs_entry *entry)
{
	if (w->ignore == NULL)
		return false;
	const struct ignore_rule *rule =
	    ignore_match(w->ignore, strbuf_str(&w->rel), entry->kind == FS_DIR);
	return rule != NULL && !rule->takes_in;
}

MUST_USE static struct error *
walk_entry(struct walk *w, int dir_fd, const struct fs_entry *entry)
{
	struct fs_stat st = { 0 };

	if (is_left_out(w, entry))
		return NULL;
	struct error *err = fs_stat(dir_fd, entry->name, &st);
	if (err != NULL)
		return err;
	switch (st.kind) {
	case FS_FILE:
		(void)add_node(w, &st);
		return NULL;
	case FS_LINK:
		return add_link(w, dir_fd, entry->name, &st);
	case FS_DIR:
		return add_dir(w, dir_fd, entry->name, &st);
	case FS_ABSENT: /* gone since it was listed */
	case FS_OTHER:  /* holds nothing that a skill could be made of */
		return NULL;
	}
	BUG("kind %d", (int)st.kind);
}

MUST_USE static struct error *
walk_dir(struct walk *w, int fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t mark = w->rel.len;
	/* The directory itself may have been listed before. */
	struct error *err = fd == w->root_fd
				? fs_list(fd, strbuf_str(&w->rel), &list)
				: fs_list_new(fd, strbuf_str(&w->rel), &list);

	w->depth++;
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		strbuf_printf(&w->rel, "%s%s", mark > 0 ? "/" : "",
		    list.entries[i].name);
		err = walk_entry(w, fd, &list.entries[i]);
		strbuf_truncate(&w->rel, mark);
	}
	w->depth--;
	return err;
}

static int
by_rel(const void *a, const void *b)
{
	const struct copynode *x = a;
	const struct copynode *y = b;

	return strcmp(x->rel, y->rel);
}

/* Sorts, and sums up what was seen of each node. */
static void
seal(struct copytree *tree)
{
	struct digest_state state;

	if (tree->n > 1)
		qsort(tree->nodes, tree->n, sizeof(*tree->nodes), by_rel);
	digest_init(&state);
	for (size_t i = 0; i < tree->n; i++) {
		const struct copynode *node = &tree->nodes[i];

		digest_add(&state, node->mark.bytes, sizeof(node->mark.bytes));
		if (node->kind == FS_FILE && node->mtime_ns > tree->mtime_ns)
			tree->mtime_ns = node->mtime_ns;
	}
	tree->fingerprint = digest_final(&state);
}

struct error *
copytree_list(int dir_fd, const char *shown, const struct ignore *ignore,
    struct copytree *out)
{
	struct copytree tree = { 0 };
	struct walk w = {
		.tree = &tree,
		.ignore = ignore,
		.root_fd = dir_fd,
	};
	struct fs_stat st = { 0 };
	struct error *err = fs_stat_fd(dir_fd, shown, &st);

	tree.shown = arena_strdup(&tree.arena, shown);
	tree.mode = st.mode & MODE_BITS;
	if (err == NULL)
		err = walk_dir(&w, dir_fd);
	strbuf_release(&w.rel);
	if (err != NULL) {
		copytree_release(&tree);
		return error_wrap(err, "%s", shown);
	}
	seal(&tree);
	*out = tree;
	return NULL;
}

void
copytree_release(struct copytree *tree)
{
	free(tree->nodes);
	arena_release(&tree->arena);
	*tree = (struct copytree){ 0 };
}

/* ---- opening nodes ------------------------------------------------------- */

MUST_USE static struct error *
open_node(struct reach *r, const struct copynode *node, int *fd_out)
{
	AUTO_CLOSE int fd = -1;
	int dir_fd = -1;
	struct fs_stat st = { 0 };

	if (node->is_followed)
		return fs_open_file_at(r->root_fd, node->rel, fd_out);
	struct error *err = reach_dir_of(r, node->rel, &dir_fd);
	if (err == NULL)
		err = fs_open_listed_at(dir_fd, path_base(node->rel), &fd);
	if (err == NULL)
		err = fs_stat_fd(fd, node->rel, &st);
	if (err != NULL)
		return err;
	if (st.kind != FS_FILE)
		return error_new(ERR_CONFLICT,
		    "%s was replaced while it was being read; run again when "
		    "it rests",
		    node->rel);
	*fd_out = STEAL_FD(fd);
	return NULL;
}

struct error *
copytree_open(int dir_fd, const struct copynode *node, int *fd_out)
{
	AUTO_REACH struct reach r = REACH(dir_fd);

	return open_node(&r, node, fd_out);
}

/* ---- digest -------------------------------------------------------------- */

MUST_USE static struct error *
add_content(struct reach *r, const struct copynode *node,
    struct digest_state *state)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = open_node(r, node, &fd);

	digest_add_str(state, node->rel);
	if (err == NULL)
		err = content_add(fd, node->rel, node->size_bytes, state);
	digest_add(state, "", 1);
	return err;
}

static void
add_link_text(struct digest_state *state, const struct copynode *node)
{
	digest_add_str(state, node->rel);
	digest_add_str(state, "");
	digest_add_str(state, node->text);
}

struct error *
copytree_digest(int dir_fd, const struct copytree *tree, struct digest *out)
{
	AUTO_REACH struct reach r = REACH(dir_fd);
	struct digest_state state;
	struct error *err = NULL;

	digest_init(&state);
	for (size_t i = 0; err == NULL && i < tree->n; i++) {
		const struct copynode *node = &tree->nodes[i];

		if (node->kind == FS_FILE) {
			err = add_content(&r, node, &state);
		} else if (node->kind == FS_LINK) {
			add_link_text(&state, node);
		}
	}
	if (err != NULL)
		return error_wrap(err, "%s", tree->shown);
	*out = digest_final(&state);
	return NULL;
}

struct error *
copytree_sum(int dir_fd, const char *shown, const struct ignore *ignore,
    struct digest *out)
{
	AUTO_COPYTREE struct copytree tree = { 0 };
	struct error *err = copytree_list(dir_fd, shown, ignore, &tree);

	return err != NULL ? err : copytree_digest(dir_fd, &tree, out);
}

/* ---- copy ---------------------------------------------------------------- */

struct copying {
	struct reach from;
	struct reach to;
	struct digest_state state; /* of what was written */
	bool clones;               /* may be tried */
};

MUST_USE static struct error *
copy_file(struct copying *c, const struct copynode *node, int dir_fd)
{
	const struct content_to to = {
		.dir_fd = dir_fd,
		.name = path_base(node->rel),
		.mode = node->mode,
		.mtime_ns = node->mtime_ns,
		.clones = &c->clones,
		.attrs = true,
	};
	AUTO_CLOSE int fd = -1;
	struct error *err = open_node(&c->from, node, &fd);

	digest_add_str(&c->state, node->rel);
	if (err == NULL)
		err = content_copy(fd, node->rel, node->size_bytes, &to,
		    &c->state);
	digest_add(&c->state, "", 1);
	return err;
}

MUST_USE static struct error *
copy_node(struct copying *c, const struct copynode *node)
{
	const char *name = path_base(node->rel);
	int dir_fd = -1;
	struct error *err = reach_dir_of(&c->to, node->rel, &dir_fd);

	if (err != NULL)
		return err;
	if (node->kind == FS_DIR)
		return fs_mkdir(dir_fd, name, COPY_OWNER_BITS);
	if (node->kind != FS_LINK)
		return copy_file(c, node, dir_fd);
	add_link_text(&c->state, node);
	err = fs_symlink(node->text, dir_fd, name);
	return err != NULL ? err
			   : content_set_mtime(dir_fd, name, node->mtime_ns);
}

MUST_USE static struct error *
copy_attrs(int from_dir_fd, int to_dir_fd, const char *name)
{
	AUTO_CLOSE int from_fd = -1;
	AUTO_CLOSE int to_fd = -1;
	struct error *err = fs_open_dir_at(from_dir_fd, name, &from_fd);

	if (err == NULL)
		err = fs_open_dir_at(to_dir_fd, name, &to_fd);
	return err != NULL ? err : attrs_copy(from_fd, to_fd, name);
}

/* Last of all, the innermost first: it may take the right to go in. */
MUST_USE static struct error *
finish_dir(struct reach *from, struct reach *to, const struct copynode *node)
{
	const char *name = path_base(node->rel);
	int from_fd = -1;
	int dir_fd = -1;
	struct error *err = reach_dir_of(from, node->rel, &from_fd);

	if (err == NULL)
		err = reach_dir_of(to, node->rel, &dir_fd);
	if (err == NULL)
		err = copy_attrs(from_fd, dir_fd, name);
	if (err == NULL)
		err = fs_chmod(dir_fd, name, node->mode);
	return err != NULL ? err
			   : content_set_mtime(dir_fd, name, node->mtime_ns);
}

struct error *
copytree_copy(int dir_fd, const struct copytree *tree, int to_fd,
    const char *name, struct digest *out)
{
	AUTO_CLOSE int root_fd = -1;
	struct error *err = fs_mkdir(to_fd, name, COPY_OWNER_BITS);

	if (err == NULL)
		err = fs_open_dir_at(to_fd, name, &root_fd);
	if (err != NULL)
		return err;
	struct copying c = {
		.from = REACH(dir_fd),
		.to = REACH(root_fd),
		.clones = true,
	};
	digest_init(&c.state);
	for (size_t i = 0; err == NULL && i < tree->n; i++)
		err = copy_node(&c, &tree->nodes[i]);
	for (size_t i = tree->n; err == NULL && i > 0; i--) {
		if (tree->nodes[i - 1].kind == FS_DIR)
			err = finish_dir(&c.from, &c.to, &tree->nodes[i - 1]);
	}
	if (err == NULL)
		err = attrs_copy(dir_fd, root_fd, tree->shown);
	if (err == NULL)
		err = fs_chmod(to_fd, name, tree->mode | COPY_OWNER_BITS);
	reach_release(&c.from);
	reach_release(&c.to);
	if (err != NULL)
		return error_wrap(err, "%s", tree->shown);
	*out = digest_final(&c.state);
	return NULL;
}

struct error *
copytree_link_text(int dir_fd, const struct copynode *node, struct strbuf *text)
{
	AUTO_REACH struct reach r = REACH(dir_fd);
	int at_fd = -1;
	struct error *err = reach_dir_of(&r, node->rel, &at_fd);

	return err != NULL ? err
			   : fs_read_link(at_fd, path_base(node->rel), text);
}

/* ---- compare ------------------------------------------------------------- */

MUST_USE static struct error *
same_node(struct reach *in_a, const struct copynode *a, struct reach *in_b,
    const struct copynode *b, bool *out)
{
	AUTO_CLOSE int a_fd = -1;
	AUTO_CLOSE int b_fd = -1;
	struct digest a_digest;
	struct digest b_digest;

	*out = a->kind == b->kind && a->size_bytes == b->size_bytes;
	if (!*out || a->kind == FS_DIR)
		return NULL;
	if (a->kind == FS_LINK) {
		*out = strcmp(a->text, b->text) == 0;
		return NULL;
	}
	struct error *err = open_node(in_a, a, &a_fd);
	if (err == NULL)
		err = open_node(in_b, b, &b_fd);
	if (err == NULL)
		err =
		    content_read(a_fd, a->rel, a->size_bytes, NULL, &a_digest);
	if (err == NULL)
		err =
		    content_read(b_fd, b->rel, b->size_bytes, NULL, &b_digest);
	*out = err == NULL && digest_equal(&a_digest, &b_digest);
	return err;
}

struct error *
copytree_same(int a_fd, const struct copynode *a, int b_fd,
    const struct copynode *b, bool *out)
{
	AUTO_REACH struct reach in_a = REACH(a_fd);
	AUTO_REACH struct reach in_b = REACH(b_fd);

	return same_node(&in_a, a, &in_b, b, out);
}

bool
copytree_meet(const struct copytree *a, const struct copytree *b,
    struct copymeet *m)
{
	if (m->next_a == a->n && m->next_b == b->n)
		return false;
	int order = m->next_a == a->n   ? 1
		    : m->next_b == b->n ? -1
					: strcmp(a->nodes[m->next_a].rel,
					      b->nodes[m->next_b].rel);

	m->a = order <= 0 ? &a->nodes[m->next_a++] : NULL;
	m->b = order >= 0 ? &b->nodes[m->next_b++] : NULL;
	return true;
}

struct error *
copytree_compare(int a_fd, const struct copytree *a, int b_fd,
    const struct copytree *b, struct tree_diff *out)
{
	AUTO_REACH struct reach in_a = REACH(a_fd);
	AUTO_REACH struct reach in_b = REACH(b_fd);
	struct tree_diff diff = { 0 };
	struct copymeet m = { 0 };

	while (copytree_meet(a, b, &m)) {
		bool same = false;

		if (m.a != NULL && m.b != NULL) {
			struct error *err =
			    same_node(&in_a, m.a, &in_b, m.b, &same);
			if (err != NULL)
				return err;
			diff.changed += !same;
		} else if (m.a != NULL) {
			diff.removed += m.a->kind != FS_DIR;
		} else if (m.b != NULL) {
			diff.added += m.b->kind != FS_DIR;
		}
	}
	*out = diff;
	return NULL;
}
