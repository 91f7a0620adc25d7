#include <string.h>

#include "path.h"
#include "snapscan.h"

#define SEEN_NAME ".skillshare-seen"
#define MAGIC "skillshare-seen 1"
#define NODES_MAX 100000000
#define KEEP_SECONDS ((int64_t)30 * 24 * 60 * 60)

static void
add_root(struct snap_seen *seen, const char *path, struct snap_tree tree,
    int64_t used_s)
{
	uint32_t i = 0;

	if (!strmap_get(&seen->by_path, path, &i)) {
		seen->roots = xgrow(seen->roots, seen->n, sizeof(*seen->roots));
		i = (uint32_t)seen->n++;
		(void)strmap_put(&seen->by_path, path, i);
	}
	seen->roots[i] = (struct snap_seen_root){ path, tree, used_s };
}

MUST_USE static struct error *
read_root(struct snap_seen *seen, struct record_reader *r)
{
	struct snap_tree tree = { 0 };
	uint64_t n = 0, is_skill = 0, used = 0;
	bool more = true;

	if (r->n_fields != 7 || strcmp(r->fields[0], "root") != 0 ||
	    !record_u64(r, 3, NODES_MAX, &n) ||
	    !record_u64(r, 4, UINT64_MAX, &tree.size_bytes) ||
	    !record_u64(r, 5, 1, &is_skill) ||
	    !record_u64(r, 6, INT64_MAX, &used))
		return record_damage(r);
	tree.is_skill = is_skill != 0;
	tree.where = arena_strdup(&seen->arena, r->fields[1]);
	tree.version = arena_strdup(&seen->arena, r->fields[2]);
	tree.nodes = arena_alloc(&seen->arena, n * sizeof(*tree.nodes));
	for (tree.n = 0; tree.n < n; tree.n++) {
		struct error *err = record_next(r, &more);
		if (err == NULL && !more)
			err = record_damage(r);
		if (err == NULL)
			err = snap_node_read(r, &seen->arena,
			    &tree.nodes[tree.n]);
		if (err != NULL)
			return err;
	}
	add_root(seen, tree.where, tree, (int64_t)used);
	return NULL;
}

void
snapseen_load(struct snap_seen *seen, int fd)
{
	struct record_reader r = { .fd = -1 };
	bool more = true;

	*seen = (struct snap_seen){ 0 };
	if (fd == -1)
		return;
	struct error *err = record_open(&r, fd, SEEN_NAME, SEEN_NAME, MAGIC);
	if (err == NULL)
		err = record_next(&r, &more);
	while (err == NULL && more) {
		err = read_root(seen, &r);
		if (err == NULL)
			err = record_next(&r, &more);
	}
	record_close(&r);
	if (err != NULL) {
		error_free(err); /* a cache: everything is read again */
		snapseen_release(seen);
	}
}

const struct snap_tree *
snapseen_find(struct snap_seen *seen, const char *path, int64_t now_s)
{
	uint32_t i = 0;

	if (!strmap_get(&seen->by_path, path, &i))
		return NULL;
	seen->roots[i].used_s = now_s;
	return &seen->roots[i].tree;
}

void
snapseen_put(struct snap_seen *seen, const char *path,
    const struct snap_tree *tree, int64_t now_s)
{
	add_root(seen, arena_strdup(&seen->arena, path), *tree, now_s);
	seen->is_changed = true;
}

struct error *
snapseen_save(struct snap_seen *seen, int fd, int64_t now_s)
{
	struct record_writer w;

	if (!seen->is_changed)
		return NULL;
	record_create(&w, fd, SEEN_NAME, MAGIC);
	for (size_t i = 0; i < seen->n; i++) {
		const struct snap_seen_root *root = &seen->roots[i];
		const struct snap_tree *tree = &root->tree;

		if (root->used_s < now_s - KEEP_SECONDS)
			continue;
		record_field(&w, "root");
		record_field(&w, root->path);
		record_field(&w, tree->version);
		record_number(&w, tree->n);
		record_number(&w, tree->size_bytes);
		record_number(&w, tree->is_skill);
		record_number(&w, (uint64_t)root->used_s);
		record_end(&w);
		for (size_t k = 0; k < tree->n; k++)
			snap_node_write(&w, &tree->nodes[k]);
	}
	return record_publish(&w, fd, SEEN_NAME);
}

void
snapseen_release(struct snap_seen *seen)
{
	strmap_release(&seen->by_path);
	free(seen->roots);
	arena_release(&seen->arena);
	*seen = (struct snap_seen){ 0 };
}
