#include "copyseen.h"

#include <string.h>

#include "host.h"
#include "record.h"
#include "stamps.h"
#include "strmap.h"

#define SEEN_NAME "copies"
#define SEEN_MAGIC "skillshare-copies 1"

struct seen_tree {
	const char *abs;
	struct digest fingerprint;
	struct copysum sum;
	bool is_asked; /* in this run: all of it is of now */
	bool is_sure;  /* its times were old enough to go by */
};

struct copyseen {
	struct arena arena;
	const struct ignore *ignore;
	struct seen_tree *trees;
	size_t n;
	struct strmap by_abs;
	bool is_changed;
};

/* ---- reading ------------------------------------------------------------- */

static struct seen_tree *
add(struct copyseen *seen, const char *abs)
{
	seen->trees = xgrow(seen->trees, seen->n, sizeof(*seen->trees));
	struct seen_tree *tree = &seen->trees[seen->n];

	*tree = (struct seen_tree){ .abs = arena_strdup(&seen->arena, abs) };
	if (!strmap_put(&seen->by_abs, tree->abs, (uint32_t)seen->n))
		BUG("%s twice", abs);
	seen->n++;
	return tree;
}

static bool
read_line(struct copyseen *seen, const struct record_reader *r)
{
	struct digest fingerprint;
	struct digest digest;
	uint32_t i;

	if (r->n_fields != 4 || strcmp(r->fields[0], "tree") != 0 ||
	    !digest_parse(r->fields[2], &fingerprint) ||
	    !digest_parse(r->fields[3], &digest) ||
	    strmap_get(&seen->by_abs, r->fields[1], &i))
		return false;
	struct seen_tree *tree = add(seen, r->fields[1]);
	tree->fingerprint = fingerprint;
	tree->sum.digest = digest;
	tree->is_sure = true;
	return true;
}

static bool
read_all(struct copyseen *seen, const struct state *state)
{
	AUTO_RECORD_READER struct record_reader r = { .fd = -1 };
	bool more = true;
	bool good = true;
	struct error *err =
	    record_open(&r, state->fd, SEEN_NAME, SEEN_NAME, SEEN_MAGIC);

	while (err == NULL && good && more) {
		err = record_next(&r, &more);
		if (err == NULL && more)
			good = read_line(seen, &r);
	}
	good = good && err == NULL;
	error_free(err); /* a cache: without it all is read */
	return good;
}

static void
forget(struct copyseen *seen)
{
	free(seen->trees);
	seen->trees = NULL;
	seen->n = 0;
	strmap_release(&seen->by_abs);
	arena_release(&seen->arena);
}

struct copyseen *
copyseen_load(const struct state *state, const struct ignore *ignore)
{
	struct copyseen *seen = xcalloc(1, sizeof(*seen));

	seen->ignore = ignore;
	if (state != NULL && state->fd != -1 && !read_all(seen, state))
		forget(seen);
	return seen;
}

const struct ignore *
copyseen_ignore(const struct copyseen *seen)
{
	return seen->ignore;
}

void
copyseen_free(struct copyseen *seen)
{
	if (seen == NULL)
		return;
	forget(seen);
	free(seen);
}

/* ---- asking -------------------------------------------------------------- */

/*
 * Of links the mode says nothing. That of the directory itself is as a copy
 * has it.
 */
static void
sum_modes(const struct copytree *tree, struct copysum *sum)
{
	const uint32_t root = tree->mode | COPY_OWNER_BITS;
	struct digest_state modes;
	struct digest_state runs;

	digest_init(&modes);
	digest_init(&runs);
	digest_add(&modes, &root, sizeof(root));
	for (size_t i = 0; i < tree->n; i++) {
		const struct copynode *node = &tree->nodes[i];
		const uint32_t mode = node->mode;

		if (node->kind == FS_LINK)
			continue;
		digest_add_str(&modes, node->rel);
		digest_add(&modes, &mode, sizeof(mode));
		if (node->kind == FS_FILE && (mode & COPY_RUN_BIT) != 0)
			digest_add_str(&runs, node->rel);
	}
	sum->modes = digest_final(&modes);
	sum->runs = digest_final(&runs);
}

/* The listing comes before the content: what changes in between is noticed. */
MUST_USE static struct error *
look(struct copyseen *seen, const char *abs, struct seen_tree *known)
{
	AUTO_COPYTREE struct copytree tree = { 0 };
	AUTO_CLOSE int fd = -1;
	struct digest digest;
	int64_t now_ns = host_now_ns();
	struct error *err = fs_open_dir(abs, &fd);

	if (err == NULL)
		err = copytree_list(fd, abs, seen->ignore, &tree);
	if (err != NULL)
		return err;
	known->is_asked = true;
	known->sum.mtime_ns = tree.mtime_ns;
	sum_modes(&tree, &known->sum);
	if (known->is_sure &&
	    digest_equal(&known->fingerprint, &tree.fingerprint))
		return NULL;
	err = copytree_digest(fd, &tree, &digest);
	if (err != NULL)
		return err;
	known->fingerprint = tree.fingerprint;
	known->sum.digest = digest;
	known->is_sure = stamps_time_is_sure(fd, tree.newest_ns, now_ns);
	seen->is_changed |= known->is_sure;
	return NULL;
}

struct error *
copyseen_sum(struct copyseen *seen, const char *abs, struct copysum *out)
{
	struct seen_tree fresh = { .abs = abs };
	uint32_t i = 0;
	bool is_known = strmap_get(&seen->by_abs, abs, &i);
	struct seen_tree *tree = is_known ? &seen->trees[i] : &fresh;

	if (!tree->is_asked) {
		struct error *err = look(seen, abs, tree);

		if (err != NULL)
			return err;
	}
	*out = tree->sum;
	if (!is_known) {
		tree = add(seen, abs);
		fresh.abs = tree->abs;
		*tree = fresh;
	}
	return NULL;
}

/* ---- writing ------------------------------------------------------------- */

struct error *
copyseen_keep(struct copyseen *seen, const struct state *state, bool is_all)
{
	struct record_writer w;

	if (!seen->is_changed)
		return NULL;
	record_create(&w, state->fd, SEEN_NAME, SEEN_MAGIC);
	for (size_t i = 0; i < seen->n; i++) {
		const struct seen_tree *tree = &seen->trees[i];
		char hex[DIGEST_HEX_LEN + 1];

		if (!tree->is_sure || (is_all && !tree->is_asked))
			continue;
		record_field(&w, "tree");
		record_field(&w, tree->abs);
		digest_hex(&tree->fingerprint, hex);
		record_field(&w, hex);
		digest_hex(&tree->sum.digest, hex);
		record_field(&w, hex);
		record_end(&w);
	}
	return record_publish_cache(&w, state->fd, SEEN_NAME);
}
