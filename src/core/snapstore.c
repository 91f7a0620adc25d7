#include "snapstore.h"

#include <errno.h>
#include <string.h>

#include "content.h"
#include "path.h"

static void
warn(struct snapstore *store, char *text)
{
	store->warnings =
	    xgrow(store->warnings, store->n_warnings, sizeof(*store->warnings));
	store->warnings[store->n_warnings++] = text;
}

/* The first place of a key stays, as long as it can be linked. */
static void
add_place(struct snapstore *store, const char *key,
    struct snapstore_place place)
{
	uint32_t i = 0;

	if (!strmap_get(&store->by_key, key, &i)) {
		store->places =
		    xgrow(store->places, store->n, sizeof(*store->places));
		(void)strmap_put(&store->by_key, key, (uint32_t)store->n);
		store->places[store->n++] = place;
	} else if (store->places[i].base == NULL || store->places[i].is_full) {
		store->places[i] = place;
	}
}

static void
add_tree(struct snapstore *store, const char *base,
    const struct snap_tree *held)
{
	for (size_t i = 0; i < held->n; i++) {
		const struct snap_node *node = &held->nodes[i];

		if (node->kind == FS_FILE)
			add_place(store, node->text,
			    (struct snapstore_place){
				.base = base,
				.where = held->where,
				.rel = node->rel,
				.ino = node->ino,
				.size_bytes = node->size_bytes,
				.stamp_ns = node->stamp_ns,
			    });
	}
}

struct error *
snapstore_init(struct snapstore *store, const struct snapshots *all,
    const char *staging)
{
	*store = (struct snapstore){
		.fd = all->fd,
		.dir = all->dir,
		.staging = staging,
		.held = xmalloc(sizeof(*store->held)),
		.clones = true,
	};
	for (size_t i = 0; i < all->n; i++) {
		struct snapshot *s = all->items[i];

		if (s->is_plain || s->damage != NULL)
			continue;
		struct error *err = snapshots_load(s);
		if (err != NULL && error_code(err) != ERR_DAMAGE)
			return err;
		for (size_t k = 0; err == NULL && k < s->n_trees; k++)
			add_tree(store, s->name, &s->trees[k]);
		error_free(err); /* damaged: backup --verify tells */
	}
	return NULL;
}

void
snapstore_release(struct snapstore *store)
{
	strmap_release(&store->by_key);
	free(store->places);
	free(store->held);
	strbuf_release(&store->path);
	for (size_t i = 0; i < store->n_warnings; i++)
		free(store->warnings[i]);
	free(store->warnings);
	*store = (struct snapstore){ .fd = -1 };
}

void
snapstore_add(struct snapstore *store, const struct snap_tree *held)
{
	add_tree(store, store->staging, held);
}

/* ---- linking ------------------------------------------------------------- */

static struct snapstore_place *
find_place(struct snapstore *store, const char *key)
{
	uint32_t i = 0;

	if (!strmap_get(&store->by_key, key, &i) ||
	    store->places[i].base == NULL)
		return NULL;
	return &store->places[i];
}

/* Lent until the next call. */
static const char *
place_path(struct snapstore *store, const struct snapstore_place *place)
{
	struct strbuf *path = &store->path;

	strbuf_truncate(path, 0);
	strbuf_add(path, place->base);
	strbuf_add_char(path, '/');
	strbuf_add(path, place->where);
	if (place->rel[0] != '\0')
		strbuf_add_char(path, '/');
	strbuf_add(path, place->rel);
	return strbuf_str(path);
}

/* Nothing of that key can be had here any more. */
static void
give_up(struct snapstore *store, struct snapstore_place *place, const char *why)
{
	const char *path = place_path(store, place);

	/* What we staged and dropped again was never anybody's. */
	if (strcmp(place->base, store->staging) != 0)
		warn(store, xasprintf("%s/%s %s; its content is stored afresh",
				store->dir, path, why));
	place->base = NULL;
}

/* Has the open file the content that held is of? */
MUST_USE static struct error *
is_sound(int fd, const char *shown, const struct snap_node *held, bool *out)
{
	struct digest digest;
	char hex[DIGEST_HEX_LEN + 1];
	struct error *err =
	    content_read(fd, shown, held->size_bytes, NULL, &digest);

	if (err != NULL)
		return err;
	digest_hex(&digest, hex);
	*out = strncmp(hex, held->text, DIGEST_HEX_LEN) == 0;
	return NULL;
}

/*
 * name is a new link to place. It is what the manifest says if inode, size
 * and time are; else its content decides. Once in a run is enough.
 */
MUST_USE static struct error *
check_linked(struct snapstore *store, struct snapstore_place *place, int to_fd,
    const char *name, struct snap_node *held, bool *sound_out)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct error *err;

	/* Nobody but us knows of what is being built. */
	if (place->is_sound || place->base == store->staging) {
		held->ino = place->ino;
		held->stamp_ns = place->stamp_ns;
		*sound_out = true;
		return NULL;
	}
	err = fs_stat(to_fd, name, &st);
	if (err != NULL)
		return err;
	bool sound = st.kind == FS_FILE;
	if (sound && (st.ino != place->ino || st.mtime_ns != place->stamp_ns ||
			 st.size_bytes != place->size_bytes)) {
		err = fs_open_file_at(to_fd, name, &fd);
		if (err == NULL)
			err = is_sound(fd, name, held, &sound);
		if (err != NULL)
			return err;
	}
	if (!sound) {
		give_up(store, place, "has changed since it was stored");
		*sound_out = false;
		return fs_unlink(to_fd, name);
	}
	place->ino = held->ino = st.ino;
	place->stamp_ns = held->stamp_ns = st.mtime_ns;
	place->is_sound = true;
	*sound_out = true;
	return NULL;
}

/* A second copy of a stored file that cannot have one more name. */
MUST_USE static struct error *
copy_stored(struct snapstore *store, struct snapstore_place *place, int to_fd,
    const char *name, struct snap_node *held, bool *done_out)
{
	AUTO_CLOSE int dir_fd = -1;
	AUTO_CLOSE int fd = -1;
	const char *path = place_path(store, place);
	AUTO_FREE char *dir = path_dir(path);
	const struct content_to to = { to_fd, name, snap_key_mode(held->text),
		place->stamp_ns, &store->clones, false };
	struct digest digest;
	struct fs_stat st = { 0 };
	char hex[DIGEST_HEX_LEN + 1];

	struct error *err = snapshot_open_below(store->fd, dir, &dir_fd);
	if (err == NULL)
		err = fs_open_file_at(dir_fd, path_base(path), &fd);
	if (err == NULL)
		err = content_read(fd, path, place->size_bytes, &to, &digest);
	if (err == NULL)
		err = fs_stat(to_fd, name, &st);
	if (err != NULL)
		return err;
	digest_hex(&digest, hex);
	if (strncmp(hex, held->text, DIGEST_HEX_LEN) != 0) {
		give_up(store, place, "has changed since it was stored");
		return fs_unlink(to_fd, name);
	}
	held->ino = st.ino;
	held->stamp_ns = st.mtime_ns;
	store->copied_files++;
	store->copied_bytes += held->size_bytes;
	*done_out = true;
	return NULL;
}

struct error *
snapstore_link(struct snapstore *store, int to_fd, const char *name,
    struct snap_node *held, bool *done_out)
{
	struct snapstore_place *place = find_place(store, held->text);

	*done_out = false;
	if (place == NULL)
		return NULL;
	AUTO_ERROR struct error *err =
	    fs_hard_link(store->fd, place_path(store, place), to_fd, name);
	if (err == NULL)
		return check_linked(store, place, to_fd, name, held, done_out);
	if (error_is_sys(err, ENOENT) || error_is_sys(err, ENOTDIR)) {
		give_up(store, place, "is missing");
		return NULL;
	}
	if (error_is_sys(err, EMLINK) || error_is_sys(err, EXDEV) ||
	    error_is_sys(err, EPERM)) {
		place->is_full = true;
		return copy_stored(store, place, to_fd, name, held, done_out);
	}
	return STEAL_PTR(err);
}

/* ---- copying ------------------------------------------------------------- */

/* What was copied, and where it can be linked from. */
static void
note_copy(struct snapstore *store, struct snap_node *held,
    const struct fs_stat *st)
{
	held->ino = st->ino;
	held->stamp_ns = st->mtime_ns;
	store->copied_files++;
	store->copied_bytes += st->size_bytes;
}

/* Copied first and compared then: such a file is hardly ever known. */
MUST_USE static struct error *
copy_large(struct snapstore *store, int from_fd, const struct content_to *to,
    struct snap_node *held, struct arena *arena)
{
	struct digest digest;
	struct fs_stat st = { 0 };
	bool is_linked = false;
	uint64_t size = held->size_bytes;

	struct error *err = content_read(from_fd, to->name, size, to, &digest);
	if (err != NULL)
		return err;
	held->text = snap_key(arena, &digest, held->mode);
	if (find_place(store, held->text) != NULL) {
		err = fs_unlink(to->dir_fd, to->name);
		if (err == NULL)
			err = snapstore_link(store, to->dir_fd, to->name, held,
			    &is_linked);
		if (err == NULL && !is_linked)
			err =
			    content_read(from_fd, to->name, size, to, &digest);
		if (err != NULL || is_linked)
			return err;
	}
	err = fs_stat(to->dir_fd, to->name, &st);
	if (err == NULL)
		note_copy(store, held, &st);
	return err;
}

/*
 * Read first: what is known becomes a link, and the rest is written out of
 * memory. Where the file system clones, the clone is what counts.
 */
MUST_USE static struct error *
keep_small(struct snapstore *store, int from_fd, const struct content_to *to,
    struct snap_node *held, struct arena *arena)
{
	struct digest digest = digest_of(store->held->bytes, store->held->len);
	struct fs_stat st = { 0 };
	bool is_linked = false;
	struct error *err;

	held->text = snap_key(arena, &digest, held->mode);
	err = snapstore_link(store, to->dir_fd, to->name, held, &is_linked);
	if (err != NULL || is_linked)
		return err;
	if (store->clones) {
		err = content_read(from_fd, to->name, held->size_bytes, to,
		    &digest);
		if (err != NULL)
			return err;
		held->text = snap_key(arena, &digest, held->mode);
		err = fs_stat(to->dir_fd, to->name, &st);
	} else {
		err = content_write(store->held, to, &st);
	}
	if (err == NULL)
		note_copy(store, held, &st);
	return err;
}

static struct content_to
to_of(struct snapstore *store, int to_fd, const char *name,
    const struct snap_node *held)
{
	return (struct content_to){ to_fd, name,
		(held->mode & 0111) != 0 ? 0555 : 0444, held->mtime_ns,
		&store->clones, false };
}

struct error *
snapstore_keep(struct snapstore *store, int from_fd, int to_fd,
    const char *name, struct snap_node *held, struct arena *arena)
{
	const struct content_to to = to_of(store, to_fd, name, held);

	return keep_small(store, from_fd, &to, held, arena);
}

struct error *
snapstore_copy(struct snapstore *store, int from_fd, int to_fd,
    const char *name, struct snap_node *held, struct arena *arena)
{
	const struct content_to to = to_of(store, to_fd, name, held);
	struct digest digest;

	if (held->size_bytes > CONTENT_HELD_MAX)
		return copy_large(store, from_fd, &to, held, arena);
	struct error *err =
	    content_hold(from_fd, name, held->size_bytes, store->held, &digest);
	return err != NULL ? err : keep_small(store, from_fd, &to, held, arena);
}

bool
snapstore_is_timed(struct snapstore *store, int fd, uint64_t dev)
{
	if (dev != store->timed_dev && dev != store->untimed_dev)
		*(fs_keeps_times(fd) ? &store->timed_dev
				     : &store->untimed_dev) = dev;
	return dev == store->timed_dev;
}

/* ---- whole trees --------------------------------------------------------- */

/* path goes by names alone: nobody else knows of what is being built. */
MUST_USE static struct error *
lay_node(struct snapstore *store, int to_fd, const char *path,
    struct snap_node *held, bool *done_out)
{
	*done_out = true;
	switch (held->kind) {
	case FS_DIR:
		return fs_mkdir(to_fd, path, 0755);
	case FS_FILE:
		return snapstore_link(store, to_fd, path, held, done_out);
	case FS_LINK:
		return fs_symlink(held->text, to_fd, path);
	case FS_ABSENT:
	case FS_OTHER:
		return NULL; /* named in the manifest, not stored */
	}
	BUG("kind %d", (int)held->kind);
}

struct error *
snapstore_lay(struct snapstore *store, const struct snap_tree *tree, int to_fd,
    const char *name, struct snap_nodes *held, bool *done_out)
{
	AUTO_STRBUF struct strbuf path = { 0 };
	struct error *err = NULL;
	bool done = true;

	strbuf_add(&path, name);
	size_t mark = path.len;
	for (size_t i = 0; err == NULL && done && i < tree->n; i++) {
		struct snap_node node = tree->nodes[i];

		strbuf_truncate(&path, mark);
		if (i > 0)
			strbuf_add_char(&path, '/');
		strbuf_add(&path, node.rel);
		err = lay_node(store, to_fd, strbuf_str(&path), &node, &done);
		if (err == NULL && done && held != NULL)
			*snap_nodes_add(held) = node;
	}
	*done_out = done;
	return err;
}
