#include "retention.h"

#include <string.h>

#include "snapremove.h"

#define MB_BYTES ((uint64_t)1000000)
#define BLOCK_BYTES ((uint64_t)4096)

enum fate {
	FATE_NONE, /* plain or damaged: not ours to judge */
	FATE_KEPT,
	FATE_GOES
};

/* What is to become of each snapshot, in the order of all->items. */
struct choice {
	const struct snapshots *all;
	const struct retention *keep;
	enum fate *fates; /* heap */
	enum retention_reason *reasons;
	bool *is_protected;
};

/* ---- counting ------------------------------------------------------------ */

/* Something that is counted by name: a target, a version, a content. */
struct stock {
	const struct snap_tree *tree; /* of a version; NULL: held nowhere */
	uint64_t bytes;               /* of a content */
	uint64_t n_users;
	size_t last_user; /* of a version: a snapshot's index + 1 */
};

struct stocks {
	struct strmap by_name; /* version or key -> index of items */
	struct stock *items;
	size_t n;
};

static struct stock *
stock_of(struct stocks *stocks, const char *name)
{
	uint32_t i = 0;

	if (!strmap_get(&stocks->by_name, name, &i)) {
		stocks->items =
		    xgrow(stocks->items, stocks->n, sizeof(*stocks->items));
		i = (uint32_t)stocks->n;
		stocks->items[stocks->n++] = (struct stock){ 0 };
		(void)strmap_put(&stocks->by_name, name, i);
	}
	return &stocks->items[i];
}

static void
stocks_release(struct stocks *stocks)
{
	strmap_release(&stocks->by_name);
	free(stocks->items);
}

/* ---- age and number ------------------------------------------------------ */

/*
 * What a snapshot is counted under. One that was made for the source alone
 * has no target, and "source" is none.
 */
static size_t
count_names(const struct snapshot *s)
{
	return s->n_targets > 0 ? s->n_targets : 1;
}

static const char *
name_at(const struct snapshot *s, size_t i)
{
	return s->n_targets > 0 ? s->targets[i].name : SNAPSHOT_SOURCE;
}

/* The newest of each target, and the newest that restore would take. */
static void
protect(struct choice *c)
{
	struct strmap newest = { 0 };
	struct strmap restorable = { 0 };

	for (size_t i = 0; i < c->all->n; i++) {
		const struct snapshot *s = c->all->items[i];

		for (size_t k = 0; c->fates[i] != FATE_NONE && k < s->n_targets;
		     k++) {
			const char *name = s->targets[k].name;

			if (strmap_put(&newest, name, 0) ||
			    (s->kind != SNAPSHOT_BEFORE_RESTORE &&
				strmap_put(&restorable, name, 0)))
				c->is_protected[i] = true;
			/* The newest may be the restorable one as well. */
			if (s->kind != SNAPSHOT_BEFORE_RESTORE)
				(void)strmap_put(&restorable, name, 0);
		}
	}
	strmap_release(&newest);
	strmap_release(&restorable);
}

static void
let_go(struct choice *c, size_t i, enum retention_reason reason)
{
	c->fates[i] = FATE_GOES;
	c->reasons[i] = reason;
}

static void
judge_age(struct choice *c)
{
	int64_t oldest = config_keep_since(&c->keep->limits, c->keep->now);

	for (size_t i = 0; i < c->all->n; i++) {
		if (c->fates[i] == FATE_KEPT && !c->is_protected[i] &&
		    c->all->items[i]->when < oldest)
			let_go(c, i, RETENTION_DAYS);
	}
}

/* One goes if none of its targets needs it to have its number. */
static void
judge_number(struct choice *c)
{
	struct stocks counts = { 0 };

	for (size_t i = 0; i < c->all->n; i++) {
		const struct snapshot *s = c->all->items[i];
		bool is_over = true;

		if (c->fates[i] != FATE_KEPT)
			continue;
		for (size_t k = 0; k < count_names(s); k++)
			is_over &=
			    stock_of(&counts, name_at(s, k))->n_users++ >=
			    c->keep->limits.count;
		if (is_over && !c->is_protected[i])
			let_go(c, i, RETENTION_COUNT);
	}
	stocks_release(&counts);
}

/* ---- size ---------------------------------------------------------------- */

struct sizes {
	struct stocks versions;
	struct stocks contents;
	uint64_t total_bytes;
};

/* The same for all contents of a tree: one user more or one less. */
static void
use_contents(struct sizes *sizes, const struct snap_tree *tree, bool is_more)
{
	for (size_t i = 0; tree != NULL && i < tree->n; i++) {
		const struct snap_node *node = &tree->nodes[i];
		struct stock *content;

		if (node->kind != FS_FILE)
			continue;
		content = stock_of(&sizes->contents, node->text);
		content->bytes = (node->size_bytes + BLOCK_BYTES - 1) /
				 BLOCK_BYTES * BLOCK_BYTES;
		if (is_more && content->n_users++ == 0)
			sizes->total_bytes += content->bytes;
		if (!is_more && --content->n_users == 0)
			sizes->total_bytes -= content->bytes;
	}
}

/* A snapshot's use of a version counts once; user is its index + 1. */
static void
use_version(struct sizes *sizes, const char *version, size_t user, bool is_more)
{
	struct stock *stock;

	if (version == NULL)
		return;
	stock = stock_of(&sizes->versions, version);
	if (stock->last_user == user)
		return;
	stock->last_user = user;
	if (is_more && stock->n_users++ == 0)
		use_contents(sizes, stock->tree, true);
	if (!is_more && --stock->n_users == 0)
		use_contents(sizes, stock->tree, false);
}

static void
use_snapshot(struct sizes *sizes, const struct snapshot *s, size_t user,
    bool is_more)
{
	for (size_t i = 0; i < s->n_trees; i++)
		use_version(sizes, s->trees[i].version, user, is_more);
	for (size_t i = 0; i < s->n_skills; i++)
		use_version(sizes, s->skills[i].version, user, is_more);
	for (size_t i = 0; i < s->n_targets; i++) {
		for (size_t k = 0; k < s->targets[i].n_own; k++)
			use_version(sizes, s->targets[i].own[k].version, user,
			    is_more);
	}
	sizes->total_bytes += is_more ? s->own_bytes : -s->own_bytes;
}

/* Not less than what remains takes, from the heads alone. */
static uint64_t
bound_bytes(const struct choice *c)
{
	struct strmap seen = { 0 };
	uint64_t bytes = 0;

	for (size_t i = 0; i < c->all->n; i++) {
		const struct snapshot *s = c->all->items[i];

		if (c->fates[i] == FATE_KEPT)
			bytes += s->own_bytes;
		for (size_t k = 0; c->fates[i] != FATE_NONE && k < s->n_trees;
		     k++) {
			const struct snap_tree *tree = &s->trees[k];

			if (strmap_put(&seen, tree->version, 0))
				bytes +=
				    tree->size_bytes + tree->n * BLOCK_BYTES;
		}
	}
	strmap_release(&seen);
	return bytes;
}

MUST_USE static struct error *
load_all(const struct choice *c)
{
	for (size_t i = 0; i < c->all->n; i++) {
		if (c->fates[i] == FATE_NONE)
			continue;
		struct error *err = snapshots_load(c->all->items[i]);
		if (err == NULL)
			continue;
		if (error_code(err) != ERR_DAMAGE)
			return err;
		error_free(err); /* backup --verify tells */
		c->fates[i] = FATE_NONE;
	}
	return NULL;
}

MUST_USE static struct error *
judge_size(struct choice *c)
{
	uint64_t limit_bytes = c->keep->limits.mb * MB_BYTES;
	struct sizes sizes = { 0 };

	if (bound_bytes(c) <= limit_bytes)
		return NULL;
	struct error *err = load_all(c);
	if (err != NULL)
		return err;
	for (size_t i = 0; i < c->all->n; i++) {
		const struct snapshot *s = c->all->items[i];

		for (size_t k = 0; c->fates[i] != FATE_NONE && k < s->n_trees;
		     k++)
			stock_of(&sizes.versions, s->trees[k].version)->tree =
			    &s->trees[k];
	}
	for (size_t i = 0; i < c->all->n; i++) {
		if (c->fates[i] == FATE_KEPT)
			use_snapshot(&sizes, c->all->items[i], i + 1, true);
	}
	for (size_t i = 0; i < sizes.versions.n; i++)
		sizes.versions.items[i].last_user = 0;
	for (size_t i = c->all->n;
	     i-- > 0 && sizes.total_bytes > limit_bytes;) {
		if (c->fates[i] != FATE_KEPT || c->is_protected[i])
			continue;
		let_go(c, i, RETENTION_SIZE);
		use_snapshot(&sizes, c->all->items[i], i + 1, false);
	}
	stocks_release(&sizes.versions);
	stocks_release(&sizes.contents);
	return NULL;
}

/* ---- choosing ------------------------------------------------------------ */

static void
choice_release(struct choice *c)
{
	free(c->fates);
	free(c->reasons);
	free(c->is_protected);
}

MUST_USE static struct error *
choose(struct choice *c, const struct snapshots *all,
    const struct retention *keep)
{
	*c = (struct choice){
		.all = all,
		.keep = keep,
		.fates = xcalloc(all->n + 1, sizeof(*c->fates)),
		.reasons = xcalloc(all->n + 1, sizeof(*c->reasons)),
		.is_protected = xcalloc(all->n + 1, sizeof(bool)),
	};
	for (size_t i = 0; i < all->n; i++) {
		const struct snapshot *s = all->items[i];

		c->fates[i] =
		    s->is_plain || s->damage != NULL ? FATE_NONE : FATE_KEPT;
	}
	protect(c);
	judge_age(c);
	judge_number(c);
	return judge_size(c);
}

static void
add_item(struct retention_result *out, const char *name,
    enum retention_reason reason)
{
	out->items = xgrow(out->items, out->n, sizeof(*out->items));
	out->items[out->n++] = (struct retention_item){ xstrdup(name), reason };
}

struct error *
retention_plan(const struct snapshots *all, const struct retention *keep,
    struct retention_result *out)
{
	struct choice c;
	struct error *err = choose(&c, all, keep);

	*out = (struct retention_result){ 0 };
	for (size_t i = all->n; err == NULL && i-- > 0;) {
		if (c.fates[i] == FATE_GOES)
			add_item(out, all->items[i]->name, c.reasons[i]);
	}
	choice_release(&c);
	return err;
}

static bool
is_there(const struct snapshots *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->items[i]->name, name) == 0)
			return true;
	}
	return false;
}

struct error *
retention_apply(struct snapshots *all, const struct retention *keep,
    struct retention_result *out)
{
	struct choice c;
	struct retention_result planned = { 0 };
	struct error *err = choose(&c, all, keep);
	AUTO_FREE bool *goes = xcalloc(all->n + 1, sizeof(*goes));

	*out = (struct retention_result){ 0 };
	for (size_t i = all->n; err == NULL && i-- > 0;) {
		goes[i] = c.fates[i] == FATE_GOES;
		if (goes[i])
			add_item(&planned, all->items[i]->name, c.reasons[i]);
	}
	choice_release(&c);
	if (err == NULL)
		err = planned.n > 0 ? snapshots_remove(all, goes)
				    : snapshots_clear_dead(all);
	for (size_t i = 0; i < planned.n; i++) {
		if (!is_there(all, planned.items[i].name))
			add_item(out, planned.items[i].name,
			    planned.items[i].reason);
	}
	retention_result_release(&planned);
	return err;
}

void
retention_result_release(struct retention_result *result)
{
	for (size_t i = 0; i < result->n; i++)
		free(result->items[i].name);
	free(result->items);
	*result = (struct retention_result){ 0 };
}
