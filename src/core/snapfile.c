#include "snapfile.h"

#include <string.h>

#include "path.h"
#include "record.h"

#define MAGIC "skillshare-snapshot 1"
#define TARGETS_MAX 100000
#define NODES_MAX 100000000

static const char *const kind_names[SNAPSHOT_KIND_COUNT] = {
	[SNAPSHOT_MANUAL] = "manual",
	[SNAPSHOT_AUTOMATIC] = "automatic",
	[SNAPSHOT_BEFORE_RESTORE] = "before_restore",
};

const char *
snapfile_kind_name(enum snapshot_kind kind)
{
	return kind_names[kind];
}

/* ---- writing ------------------------------------------------------------- */

static void
write_version(struct record_writer *w, const char *version)
{
	record_field(w, version != NULL ? version : "-");
}

static void
write_head(struct record_writer *w, const struct snapshot *s)
{
	record_field(w, "snapshot");
	record_number(w, s->sequence);
	record_number(w, (uint64_t)s->when);
	record_field(w, kind_names[s->kind]);
	record_number(w, s->own_bytes);
	record_field(w, s->command);
	record_end(w);
	for (size_t i = 0; i < s->n_targets; i++) {
		const struct snapshot_target *t = &s->targets[i];

		record_field(w, "target");
		record_field(w, t->name);
		record_field(w, t->path);
		record_field(w, config_mode_name(t->mode));
		record_number(w, t->is_laid_out);
		record_number(w, t->n_skills);
		record_number(w, t->size_bytes);
		record_field(w, t->state);
		record_end(w);
	}
	for (size_t i = 0; i < s->n_trees; i++) {
		const struct snap_tree *tree = &s->trees[i];

		record_field(w, "held");
		record_field(w, tree->version);
		record_field(w, tree->where);
		record_number(w, tree->n);
		record_number(w, tree->size_bytes);
		record_number(w, tree->is_skill);
		record_end(w);
	}
}

static void
write_target(struct record_writer *w, const struct snapshot_target *t)
{
	record_field(w, "in");
	record_field(w, t->name);
	record_end(w);
	for (size_t i = 0; i < t->n_shown; i++) {
		record_field(w, "shown");
		record_number(w, t->shown[i].first);
		record_number(w, t->shown[i].last);
		record_end(w);
	}
	for (size_t i = 0; i < t->n_own; i++) {
		const struct snapshot_entry *e = &t->own[i];

		record_field(w, e->text != NULL ? "link" : "real");
		record_field(w, e->name);
		if (e->text != NULL)
			record_field(w, e->text);
		write_version(w, e->version);
		record_end(w);
	}
	for (size_t i = 0; i < t->n_hidden; i++) {
		record_field(w, "hidden");
		record_field(w, t->hidden[i]);
		record_end(w);
	}
}

struct error *
snapfile_write(const struct snapshot *s, int dir_fd)
{
	struct record_writer w;

	record_create(&w, dir_fd, SNAPSHOT_MANIFEST, MAGIC);
	write_head(&w, s);
	for (size_t i = 0; i < s->n_skills; i++) {
		record_field(&w, "skill");
		record_field(&w, s->skills[i].name);
		record_field(&w, s->skills[i].text);
		write_version(&w, s->skills[i].version);
		record_end(&w);
	}
	for (size_t i = 0; i < s->n_targets; i++)
		write_target(&w, &s->targets[i]);
	for (size_t i = 0; i < s->n_trees; i++) {
		record_field(&w, "tree");
		record_number(&w, i);
		record_end(&w);
		for (size_t k = 0; k < s->trees[i].n; k++)
			snap_node_write(&w, &s->trees[i].nodes[k]);
	}
	return record_publish(&w, dir_fd, SNAPSHOT_MANIFEST);
}

/* ---- reading ------------------------------------------------------------- */

struct reading {
	struct record_reader r;
	struct snapshot *s;
	struct snapshot_target *target; /* after "in" */
	struct snap_tree *tree;         /* after "tree" */
	size_t n_nodes;                 /* of it so far */
	bool is_head_only;
	bool is_head_read; /* before: only what comes after is kept */
	bool is_begun;     /* the first line was there */
};

static const char *
field(struct reading *g, size_t i)
{
	return arena_strdup(&g->s->arena, g->r.fields[i]);
}

static bool
is_version(const char *text)
{
	return strlen(text) == DIGEST_HEX_LEN && snap_key_is_valid(text);
}

MUST_USE static struct error *
read_snapshot(struct reading *g)
{
	struct snapshot *s = g->s;
	uint64_t when = 0;
	size_t kind = 0;

	while (g->r.n_fields > 3 && kind < SNAPSHOT_KIND_COUNT &&
	       strcmp(kind_names[kind], g->r.fields[3]) != 0)
		kind++;
	if (g->r.n_fields != 6 || kind == SNAPSHOT_KIND_COUNT ||
	    !record_u64(&g->r, 1, UINT64_MAX, &s->sequence) ||
	    !record_u64(&g->r, 2, INT64_MAX, &when) ||
	    !record_u64(&g->r, 4, INT64_MAX, &s->own_bytes))
		return record_damage(&g->r);
	s->when = (int64_t)when;
	s->kind = (enum snapshot_kind)kind;
	s->command = field(g, 5);
	return NULL;
}

MUST_USE static struct error *
read_target(struct reading *g)
{
	struct snapshot *s = g->s;
	struct snapshot_target t = { 0 };
	uint64_t laid_out = 0;

	if (g->r.n_fields != 8 || s->n_targets == TARGETS_MAX ||
	    config_name_problem(g->r.fields[1]) != NULL ||
	    !config_mode_parse(g->r.fields[3], &t.mode) ||
	    !record_u64(&g->r, 4, 1, &laid_out) ||
	    !record_u64(&g->r, 5, UINT64_MAX, &t.n_skills) ||
	    !record_u64(&g->r, 6, UINT64_MAX, &t.size_bytes) ||
	    !is_version(g->r.fields[7]))
		return record_damage(&g->r);
	t.name = field(g, 1);
	t.path = field(g, 2);
	t.is_laid_out = laid_out != 0;
	t.state = field(g, 7);
	s->targets = xgrow(s->targets, s->n_targets, sizeof(*s->targets));
	s->targets[s->n_targets++] = t;
	return NULL;
}

MUST_USE static struct error *
read_held(struct reading *g)
{
	struct snapshot *s = g->s;
	struct snap_tree tree = { 0 };
	uint64_t n = 0, is_skill = 0;

	if (g->r.n_fields != 6 || !is_version(g->r.fields[1]) ||
	    !path_rel_is_safe(g->r.fields[2]) ||
	    !record_u64(&g->r, 3, NODES_MAX, &n) || n == 0 ||
	    !record_u64(&g->r, 4, UINT64_MAX, &tree.size_bytes) ||
	    !record_u64(&g->r, 5, 1, &is_skill))
		return record_damage(&g->r);
	tree.version = field(g, 1);
	tree.where = field(g, 2);
	tree.n = (size_t)n;
	tree.is_skill = is_skill != 0;
	s->trees = xgrow(s->trees, s->n_trees, sizeof(*s->trees));
	s->trees[s->n_trees++] = tree;
	return NULL;
}

/* Fields from the i-th on: text (of a link) and version. */
MUST_USE static struct error *
read_entry(struct reading *g, bool is_link, struct snapshot_entry *out)
{
	size_t at = is_link ? 3 : 2;

	if (g->r.n_fields != at + 1 || !path_is_name(g->r.fields[1]))
		return record_damage(&g->r);
	const char *version = g->r.fields[at];
	bool is_known = strcmp(version, "-") != 0;
	if (is_known ? !is_version(version) : !is_link)
		return record_damage(&g->r);
	*out = (struct snapshot_entry){
		.name = field(g, 1),
		.text = is_link ? field(g, 2) : NULL,
		.version = is_known ? field(g, at) : NULL,
	};
	return NULL;
}

MUST_USE static struct error *
read_skill(struct reading *g)
{
	struct snapshot *s = g->s;

	s->skills = xgrow(s->skills, s->n_skills, sizeof(*s->skills));
	struct error *err = read_entry(g, true, &s->skills[s->n_skills]);
	if (err == NULL)
		s->n_skills++;
	return err;
}

MUST_USE static struct error *
read_in(struct reading *g)
{
	g->target =
	    g->r.n_fields == 2 ? snapshot_target(g->s, g->r.fields[1]) : NULL;
	return g->target != NULL ? NULL : record_damage(&g->r);
}

MUST_USE static struct error *
read_own(struct reading *g)
{
	struct snapshot_target *t = g->target;
	bool is_link = strcmp(g->r.fields[0], "link") == 0;

	if (t == NULL)
		return record_damage(&g->r);
	t->own = xgrow(t->own, t->n_own, sizeof(*t->own));
	struct error *err = read_entry(g, is_link, &t->own[t->n_own]);
	if (err == NULL)
		t->n_own++;
	return err;
}

MUST_USE static struct error *
read_shown(struct reading *g)
{
	struct snapshot_target *t = g->target;
	uint64_t first = 0, last = 0;

	if (t == NULL || g->r.n_fields != 3 || g->s->n_skills == 0 ||
	    !record_u64(&g->r, 2, g->s->n_skills - 1, &last) ||
	    !record_u64(&g->r, 1, last, &first))
		return record_damage(&g->r);
	t->shown = xgrow(t->shown, t->n_shown, sizeof(*t->shown));
	t->shown[t->n_shown++] =
	    (struct snapshot_range){ (uint32_t)first, (uint32_t)last };
	return NULL;
}

MUST_USE static struct error *
read_hidden(struct reading *g)
{
	struct snapshot_target *t = g->target;

	if (t == NULL || g->r.n_fields != 2)
		return record_damage(&g->r);
	t->hidden = xgrow(t->hidden, t->n_hidden, sizeof(*t->hidden));
	t->hidden[t->n_hidden++] = field(g, 1);
	return NULL;
}

/* Are all nodes of the tree in hand read? */
static bool
is_tree_whole(const struct reading *g)
{
	return g->tree == NULL || g->n_nodes == g->tree->n;
}

MUST_USE static struct error *
read_tree(struct reading *g)
{
	size_t next = g->tree == NULL ? 0 : (size_t)(g->tree - g->s->trees) + 1;
	uint64_t number = 0;

	if (g->r.n_fields != 2 || !is_tree_whole(g) || next >= g->s->n_trees ||
	    !record_u64(&g->r, 1, next, &number) || number != next)
		return record_damage(&g->r);
	g->tree = &g->s->trees[next];
	g->tree->nodes =
	    arena_alloc(&g->s->arena, g->tree->n * sizeof(*g->tree->nodes));
	g->n_nodes = 0;
	return NULL;
}

MUST_USE static struct error *
read_node(struct reading *g)
{
	if (g->tree == NULL || g->n_nodes == g->tree->n)
		return record_damage(&g->r);
	struct snap_node *node = &g->tree->nodes[g->n_nodes];
	struct error *err = snap_node_read(&g->r, &g->s->arena, node);
	if (err != NULL)
		return err;
	/* The root, and nothing else, is "". */
	if ((node->rel[0] == '\0') != (g->n_nodes == 0))
		return record_damage(&g->r);
	g->n_nodes++;
	return NULL;
}

static const struct row {
	const char *word;
	struct error *(*read)(struct reading *g);
	bool is_head;
} rows[] = {
	{ "snapshot", read_snapshot, true },
	{ "target", read_target, true },
	{ "held", read_held, true },
	{ "skill", read_skill, false },
	{ "in", read_in, false },
	{ "shown", read_shown, false },
	{ "link", read_own, false },
	{ "real", read_own, false },
	{ "hidden", read_hidden, false },
	{ "tree", read_tree, false },
	{ "d", read_node, false },
	{ "f", read_node, false },
	{ "l", read_node, false },
	{ "o", read_node, false },
};

static const struct row *
find_row(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].word, word) == 0)
			return &rows[i];
	}
	return NULL;
}

/* Does the first line, and only that, say what this is? */
static bool
is_in_order(struct reading *g, const struct row *row)
{
	bool is_first = !g->is_begun;

	g->is_begun = true;
	return is_first == (row->read == read_snapshot);
}

/* Did the file end where it should? */
static bool
is_whole(const struct reading *g)
{
	size_t n_read =
	    g->tree == NULL ? 0 : (size_t)(g->tree - g->s->trees) + 1;

	return g->is_begun && is_tree_whole(g) &&
	       (g->is_head_only || n_read == g->s->n_trees);
}

MUST_USE static struct error *
read_lines(struct reading *g)
{
	bool more = true;
	struct error *err = record_next(&g->r, &more);

	while (err == NULL && more) {
		const struct row *row = find_row(g->r.fields[0]);

		if (row == NULL || !is_in_order(g, row))
			return record_damage(&g->r);
		if (!row->is_head && g->is_head_only)
			return NULL;
		if (!row->is_head || !g->is_head_read)
			err = row->read(g);
		if (err == NULL)
			err = record_next(&g->r, &more);
	}
	if (err == NULL && !is_whole(g))
		err = record_damage(&g->r);
	return err;
}

MUST_USE static struct error *
read_file(struct reading *g, int dir_fd)
{
	AUTO_FREE char *shown = path_join(g->s->path, SNAPSHOT_MANIFEST);
	struct error *err =
	    record_open(&g->r, dir_fd, SNAPSHOT_MANIFEST, shown, MAGIC);

	if (err == NULL)
		err = read_lines(g);
	record_close(&g->r);
	return err;
}

struct error *
snapfile_read_head(struct snapshot *s, int dir_fd)
{
	struct reading g = { .s = s, .is_head_only = true };

	return read_file(&g, dir_fd);
}

struct error *
snapfile_read_rest(struct snapshot *s, int dir_fd)
{
	struct reading g = { .s = s, .is_head_read = true };

	struct error *err = read_file(&g, dir_fd);
	s->is_loaded = err == NULL;
	return err;
}
