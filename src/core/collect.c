#include "collect.h"

#include <fcntl.h>
#include <string.h>

#include "lower.h"
#include "lowercopy.h"
#include "path.h"
#include "tree.h"

void
collection_release(struct collection *collection)
{
	free(collection->items);
	arena_release(&collection->arena);
	*collection = (struct collection){ 0 };
}

static bool
is_change(enum collect_verdict v)
{
	return v == COLLECT_TAKE || v == COLLECT_LINK || v == COLLECT_REPLACE;
}

bool
collect_is_copy(const struct collect_item *item)
{
	return item->target->config->mode == MODE_COPY;
}

/* Is the item listed in its target's manifest, before or after? */
static bool
changes_manifest(const struct collect_item *item)
{
	return is_change(item->verdict) &&
	       (collect_is_copy(item) || seen_is_copy(item->entry->seen));
}

static int
by_name(const void *a, const void *b)
{
	const struct collect_item *x = a;
	const struct collect_item *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0
		   ? order
		   : strcmp(x->target->config->name, y->target->config->name);
}

/* ---- judging --------------------------------------------------------------
 */

static void
block(struct collect_item *item, enum collect_verdict verdict,
    const char *reason)
{
	item->verdict = verdict;
	item->reason = reason;
}

/* A name that no skill has: is its place in the source free? */
MUST_USE static struct error *
judge_new(const struct skillset *set, struct collect_item *item)
{
	AUTO_FREE char *abs = path_join(set->source_real, item->name);
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(AT_FDCWD, abs, &st);

	item->verdict = COLLECT_TAKE;
	if (err == NULL && st.kind != FS_ABSENT)
		block(item, COLLECT_BLOCKED,
		    "the source has something of that name that is no skill");
	return err;
}

static void
judge_known(const struct skill *skill, struct collect_item *item,
    unsigned flags)
{
	/* The source has still what the target's version was made from. */
	bool is_edit =
	    item->entry->seen == SEEN_COPY_EDITED && item->entry->is_base_there;

	if (item->entry->is_origin)
		block(item, COLLECT_BLOCKED,
		    "the source's skill is a link to it");
	else if (view_holds(item->target->view, item->entry->skill))
		block(item, COLLECT_BLOCKED,
		    "the source's skill of that name is not in order");
	else if (!view_shows(item->target->view, item->entry->skill))
		block(item, COLLECT_BLOCKED,
		    "the source has a skill of that name that is not to be "
		    "shown here");
	else if (item->entry->content == CONTENT_SAME)
		item->verdict = COLLECT_LINK;
	else if (!is_edit && (flags & COLLECT_FORCE) == 0)
		item->verdict = COLLECT_DIFFERS;
	else if (skill->is_link)
		block(item, COLLECT_BLOCKED,
		    "the source's skill is a link and is not replaced");
	else
		item->verdict = COLLECT_REPLACE;
}

MUST_USE static struct error *
same_content(const struct collect_item *a, const struct collect_item *b,
    bool *out)
{
	AUTO_CLOSE int a_fd = -1;
	AUTO_CLOSE int b_fd = -1;
	struct tree_diff diff = { 0 };
	struct error *err = fs_open_dir(a->target->dir, &a_fd);

	if (err == NULL)
		err = fs_open_dir(b->target->dir, &b_fd);
	if (err == NULL)
		err = tree_compare(a_fd, a->name, b_fd, b->name, &diff);
	*out = diff.added + diff.removed + diff.changed == 0;
	return err;
}

/* The item whose content the source takes, of n with one name, or NULL. */
static const struct collect_item *
leader(const struct collect_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (items[i].verdict == COLLECT_TAKE ||
		    items[i].verdict == COLLECT_REPLACE)
			return &items[i];
	}
	return NULL;
}

/*
 * n items have one name. If the source takes one's content, all that become
 * its link must have the same: else nobody can say which is meant.
 */
MUST_USE static struct error *
judge_rivals(struct collect_item *items, size_t n)
{
	const struct collect_item *lead = leader(items, n);
	bool same = true;

	for (size_t i = 0; lead != NULL && same && i < n; i++) {
		if (&items[i] == lead || !is_change(items[i].verdict))
			continue;
		struct error *err = same_content(lead, &items[i], &same);
		if (err != NULL)
			return err;
	}
	for (size_t i = 0; !same && i < n; i++) {
		if (is_change(items[i].verdict))
			block(&items[i], COLLECT_CONFLICT,
			    "the targets have different contents: pull from "
			    "the one that is meant");
	}
	return NULL;
}

MUST_USE static struct error *
read_whole(const char *abs)
{
	struct tree_sum sum = { 0 };

	return tree_digest(AT_FDCWD, abs, &sum);
}

/*
 * Names of which one group is made: what cannot be read, or replaced, is found
 * before, so that it does not hold back the others.
 */
MUST_USE static struct error *
try_item(const struct skillset *set, const struct collect_item *item)
{
	AUTO_FREE char *abs = path_join(item->target->dir, item->name);
	struct error *err = read_whole(abs);

	if (err != NULL || item->verdict != COLLECT_REPLACE)
		return err;
	const struct skill *skill = &set->skills[item->entry->skill];
	AUTO_FREE char *dir = path_dir(skill->abs);
	AUTO_CLOSE int fd = -1;
	err = read_whole(skill->abs);
	if (err == NULL)
		err = fs_open_dir(dir, &fd);
	if (err == NULL && !fs_is_writable_dir(fd))
		err = error_new(ERR_REFUSED, "%s is not writable", dir);
	return err;
}

MUST_USE static struct error *
judge_item(const struct skillset *set, struct collect_item *item,
    unsigned flags)
{
	const struct observed_entry *e = item->entry;
	struct error *err = NULL;

	if (e->problem != NULL)
		return error_new(ERR_REFUSED, "%s", e->problem);
	if (!e->has_skill_file) {
		item->verdict = COLLECT_NO_SKILL;
		return NULL;
	}
	if (e->skill == NO_SKILL)
		err = judge_new(set, item);
	else
		judge_known(&set->skills[e->skill], item, flags);
	return err == NULL && changes_manifest(item) ? try_item(set, item)
						     : err;
}

static void
add_locals(struct collection *c, const struct observed_target *t)
{
	/* In another place of the list the same directory is judged already. */
	if (t->kind != PLACE_DIR || t->overlap != OVERLAP_NONE ||
	    t->same_as != NO_TARGET)
		return;
	for (size_t i = 0; i < t->n; i++) {
		if (t->entries[i].seen != SEEN_LOCAL &&
		    t->entries[i].seen != SEEN_COPY_EDITED)
			continue;
		c->items = xgrow(c->items, c->n, sizeof(*c->items));
		c->items[c->n++] = (struct collect_item){
			.name = t->entries[i].name,
			.target = t,
			.entry = &t->entries[i],
		};
	}
}

size_t
collection_name_end(const struct collection *c, size_t first)
{
	size_t end = first + 1;

	while (
	    end < c->n && strcmp(c->items[end].name, c->items[first].name) == 0)
		end++;
	return end;
}

/* One that cannot be judged is left, and holds back no other. */
static void
block_by(struct collection *c, size_t first, size_t end, struct error *err)
{
	if (err == NULL)
		return;
	const char *reason = arena_strdup(&c->arena, error_msg(err));
	error_free(err); /* told with the item */
	for (size_t i = first; i < end; i++)
		block(&c->items[i], COLLECT_BLOCKED, reason);
}

void
collect_judge(const struct skillset *set, const struct observed *observed,
    unsigned flags, struct collection *out)
{
	struct collection c = { 0 };
	size_t end;

	for (size_t i = 0; i < observed->n; i++)
		add_locals(&c, &observed->targets[i]);
	if (c.n > 1)
		qsort(c.items, c.n, sizeof(*c.items), by_name);
	for (size_t i = 0; i < c.n; i++)
		block_by(&c, i, i + 1, judge_item(set, &c.items[i], flags));
	for (size_t i = 0; i < c.n; i = end) {
		end = collection_name_end(&c, i);
		block_by(&c, i, end, judge_rivals(&c.items[i], end - i));
	}
	for (size_t i = 0; i < c.n; i++)
		c.is_one_group |= changes_manifest(&c.items[i]);
	*out = c;
}

/* ---- lowering ------------------------------------------------------------ */

/* What a target's manifest is to say in the end. */
struct listing {
	const struct observed_target *target;
	struct manifest manifest;
};

struct taking {
	struct txn *txn;
	const struct skillset *set;
	struct copyseen *copies;
	struct listing *listings;
	size_t n_listings;
};

/* The target's version goes into the source, under a new name. */
MUST_USE static struct error *
lower_take(const struct taking *t, const struct collect_item *item)
{
	AUTO_FREE char *abs = path_join(item->target->dir, item->name);
	uint16_t place = 0;
	struct error *err =
	    lower_place(t->txn, t->set->source_real, t->set->source_id, &place);

	if (err == NULL)
		txn_put(t->txn, place, item->name,
		    txn_item_copy(t->txn, place, abs));
	return err;
}

/* A local skill, by force: the source's version is whatever it is by then. */
MUST_USE static struct error *
lower_replace_by(const struct taking *t, const struct collect_item *item,
    const struct lowercopy_old *old)
{
	AUTO_FREE char *abs = path_join(item->target->dir, item->name);
	AUTO_FREE char *old_abs = path_join(old->dir, old->name);
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(AT_FDCWD, old_abs, &st);

	if (err != NULL)
		return err;
	(void)lower_loosen(t->txn, old->place, old->name, &st);
	const struct thing before = { .kind = FS_DIR, .id = fs_id_of(&st) };
	txn_swap(t->txn, old->place, old->name,
	    txn_item_copy(t->txn, old->place, abs), &before);
	return NULL;
}

/* An edited copy: its files, with what no copy has of the source's. */
MUST_USE static struct error *
lower_replace_by_edit(const struct taking *t, const struct collect_item *item,
    const struct lowercopy_old *old)
{
	const struct ignore *ignore = copyseen_ignore(t->copies);
	AUTO_FREE char *abs = path_join(item->target->dir, item->name);
	AUTO_FREE char *old_abs = path_join(old->dir, old->name);
	const struct lowercopy_edit edit = { old_abs, abs, item->entry->digest,
		ignore };
	struct thing before = { 0 };
	struct copysum sum = { 0 };
	struct lowercopy_old as_seen = *old;
	struct error *err = copyseen_sum(t->copies,
	    t->set->skills[item->entry->skill].abs, &sum);

	as_seen.digest = &sum.digest;
	if (err == NULL)
		err = lowercopy_before(t->txn, &as_seen, ignore, &before);
	if (err == NULL)
		txn_swap(t->txn, old->place, old->name,
		    lowercopy_item_edit(t->txn, old->place, &edit), &before);
	return err;
}

/* The target's version goes into the source, in the place of its own. */
MUST_USE static struct error *
lower_replace(const struct taking *t, const struct collect_item *item)
{
	const struct skill *skill = &t->set->skills[item->entry->skill];
	AUTO_FREE char *skill_abs = path_join(t->set->source_real, skill->rel);
	AUTO_FREE char *dir = path_dir(skill_abs);
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct lowercopy_old old = { .dir = dir, .name = path_base(skill_abs) };
	struct error *err = fs_open_dir(dir, &fd);

	if (err == NULL)
		err = fs_stat_fd(fd, dir, &st);
	if (err == NULL)
		err = lower_source_place(t->txn, t->set->source_real, dir,
		    fs_id_of(&st), &old.place);
	if (err != NULL)
		return err;
	return item->entry->seen == SEEN_COPY_EDITED
		   ? lower_replace_by_edit(t, item, &old)
		   : lower_replace_by(t, item, &old);
}

/* The original becomes the link: it must be what was copied. */
MUST_USE static struct error *
lower_original(const struct taking *t, const struct collect_item *item)
{
	const char *text =
	    item->entry->skill != NO_SKILL
		? t->set->skills[item->entry->skill].abs
		: arena_join(&t->txn->arena, t->set->source, item->name);
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct tree_sum sum = { 0 };
	uint16_t place = 0;
	struct error *err = fs_open_dir(item->target->dir, &fd);

	if (err == NULL)
		err = fs_stat(fd, item->name, &st);
	if (err == NULL)
		err = tree_digest(fd, item->name, &sum);
	if (err == NULL)
		err = lower_place(t->txn, item->target->dir,
		    item->target->dir_id, &place);
	if (err != NULL)
		return err;
	bool loosened = lower_loosen(t->txn, place, item->name, &st);
	const struct thing before = {
		.kind = FS_DIR,
		.id = fs_id_of(&st),
		.digest = loosened ? NULL : &sum.digest,
	};
	txn_swap(t->txn, place, item->name, txn_item_link(t->txn, place, text),
	    &before);
	txn_look(t->txn);
	return NULL;
}

static struct manifest *
manifest_of(struct taking *t, const struct observed_target *target)
{
	for (size_t i = 0; i < t->n_listings; i++) {
		if (t->listings[i].target == target)
			return &t->listings[i].manifest;
	}
	t->listings = xgrow(t->listings, t->n_listings, sizeof(*t->listings));
	t->listings[t->n_listings] =
	    (struct listing){ target, manifest_copy(&target->manifest) };
	return &t->listings[t->n_listings++].manifest;
}

/* The original stays, and is listed with what it is now; or becomes a link. */
MUST_USE static struct error *
lower_item(struct taking *t, const struct collect_item *item)
{
	AUTO_FREE char *abs = path_join(item->target->dir, item->name);
	struct copysum sum = { 0 };

	if (!collect_is_copy(item)) {
		if (seen_is_copy(item->entry->seen))
			manifest_remove(manifest_of(t, item->target),
			    item->name);
		return lower_original(t, item);
	}
	struct error *err = copyseen_sum(t->copies, abs, &sum);
	if (err == NULL)
		manifest_put_copy(manifest_of(t, item->target), item->name,
		    &sum.digest, sum.mtime_ns);
	return err;
}

/* All items of one name: the source first, then each original. */
MUST_USE static struct error *
lower_name(struct taking *t, const struct collect_item *items, size_t n)
{
	const struct collect_item *lead = leader(items, n);
	struct error *err = NULL;

	if (lead != NULL && lead->verdict == COLLECT_TAKE)
		err = lower_take(t, lead);
	else if (lead != NULL)
		err = lower_replace(t, lead);
	for (size_t i = 0; err == NULL && i < n; i++) {
		if (is_change(items[i].verdict))
			err = lower_item(t, &items[i]);
	}
	return err;
}

static bool
any_change(const struct collect_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (is_change(items[i].verdict))
			return true;
	}
	return false;
}

MUST_USE static struct error *
lower_listings(const struct taking *t)
{
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < t->n_listings; i++) {
		const struct listing *l = &t->listings[i];
		uint16_t place = 0;

		err = lower_place(t->txn, l->target->dir, l->target->dir_id,
		    &place);
		if (err == NULL)
			err = lowercopy_manifest(t->txn, place, l->target,
			    &l->manifest);
	}
	return err;
}

/* A manifest lists all names of its target: they go together or not at all. */
MUST_USE static struct error *
lower_together(struct taking *t, const struct collection *c)
{
	struct error *err = NULL;
	size_t end;

	for (size_t i = 0; err == NULL && i < c->n; i = end) {
		end = collection_name_end(c, i);
		if (any_change(&c->items[i], end - i))
			err = lower_name(t, &c->items[i], end - i);
	}
	return err != NULL ? err : lower_listings(t);
}

void
collect_lower(struct txn *txn, const struct skillset *set,
    struct copyseen *copies, const struct collection *c)
{
	struct taking t = { .txn = txn, .set = set, .copies = copies };
	size_t end;

	if (c->is_one_group) {
		txn_group(txn, "pull", NULL);
		txn_fail(txn, lower_together(&t, c));
	}
	for (size_t i = 0; !c->is_one_group && i < c->n; i = end) {
		end = collection_name_end(c, i);
		if (!any_change(&c->items[i], end - i))
			continue;
		txn_group(txn, c->items[i].name,
		    end - i == 1 ? c->items[i].target->config->path : NULL);
		txn_fail(txn, lower_name(&t, &c->items[i], end - i));
	}
	for (size_t i = 0; i < t.n_listings; i++)
		manifest_release(&t.listings[i].manifest);
	free(t.listings);
}

void
collect_settle(struct collection *c, size_t chosen)
{
	for (size_t i = 0; i < c->n; i++) {
		struct collect_item *item = &c->items[i];

		if (item->verdict != COLLECT_CONFLICT ||
		    strcmp(item->name, c->items[chosen].name) != 0)
			continue;
		item->verdict = i == chosen ? COLLECT_TAKE : COLLECT_DIFFERS;
	}
}

void
collect_lower_copies(struct txn *txn, uint16_t place,
    const struct collection *c)
{
	size_t end;

	for (size_t i = 0; i < c->n; i = end) {
		end = collection_name_end(c, i);
		const struct collect_item *lead = leader(&c->items[i], end - i);
		if (lead == NULL)
			continue;
		AUTO_FREE char *abs = path_join(lead->target->dir, lead->name);
		txn_put(txn, place, lead->name, txn_item_copy(txn, place, abs));
	}
}
