#include "collect.h"

#include <fcntl.h>
#include <string.h>

#include "lower.h"
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
judge_known(const struct skillset *set, struct collect_item *item,
    unsigned flags)
{
	const struct skill *skill = &set->skills[item->entry->skill];

	if (item->entry->is_origin)
		block(item, COLLECT_BLOCKED,
		    "the source's skill is a link to it");
	else if (skill->state != SKILL_OK)
		block(item, COLLECT_BLOCKED,
		    "the source's skill of that name is not in order");
	else if (item->entry->content == CONTENT_SAME)
		item->verdict = COLLECT_LINK;
	else if ((flags & COLLECT_FORCE) == 0)
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
judge_item(const struct skillset *set, struct collect_item *item,
    unsigned flags)
{
	if (!item->entry->has_skill_file) {
		item->verdict = COLLECT_NO_SKILL;
		return NULL;
	}
	if (item->entry->skill == NO_SKILL)
		return judge_new(set, item);
	judge_known(set, item, flags);
	return NULL;
}

static void
add_locals(struct collection *c, const struct observed_target *t)
{
	/* In another place of the list the same directory is judged already. */
	if (t->kind != PLACE_DIR || t->overlap != OVERLAP_NONE ||
	    t->same_as != NO_TARGET)
		return;
	for (size_t i = 0; i < t->n; i++) {
		if (t->entries[i].seen != SEEN_LOCAL)
			continue;
		c->items = xgrow(c->items, c->n, sizeof(*c->items));
		c->items[c->n++] = (struct collect_item){
			.name = t->entries[i].name,
			.target = t,
			.entry = &t->entries[i],
		};
	}
}

/* One past the last item with the name of the one at first. */
static size_t
end_of_name(const struct collection *c, size_t first)
{
	size_t end = first + 1;

	while (
	    end < c->n && strcmp(c->items[end].name, c->items[first].name) == 0)
		end++;
	return end;
}

struct error *
collect_judge(const struct skillset *set, const struct observed *observed,
    unsigned flags, struct collection *out)
{
	struct collection c = { 0 };
	struct error *err = NULL;

	for (size_t i = 0; i < observed->n; i++)
		add_locals(&c, &observed->targets[i]);
	if (c.n > 1)
		qsort(c.items, c.n, sizeof(*c.items), by_name);
	for (size_t i = 0; err == NULL && i < c.n; i++)
		err = judge_item(set, &c.items[i], flags);
	for (size_t i = 0; err == NULL && i < c.n; i = end_of_name(&c, i))
		err = judge_rivals(&c.items[i], end_of_name(&c, i) - i);
	if (err != NULL) {
		collection_release(&c);
		return err;
	}
	*out = c;
	return NULL;
}

/* ---- lowering -------------------------------------------------------------
 */

struct taking {
	struct txn *txn;
	const struct skillset *set;
	const char *text; /* of the link that replaces the original */
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

/* The target's version goes into the source, in the place of its own. */
MUST_USE static struct error *
lower_replace(const struct taking *t, const struct collect_item *item)
{
	const struct skill *skill = &t->set->skills[item->entry->skill];
	AUTO_FREE char *skill_abs = path_join(t->set->source_real, skill->rel);
	AUTO_FREE char *dir = path_dir(skill_abs);
	AUTO_FREE char *abs = path_join(item->target->dir, item->name);
	AUTO_CLOSE int fd = -1;
	struct fs_stat dir_st = { 0 };
	struct fs_stat st = { 0 };
	uint16_t place = 0;
	struct error *err = fs_open_dir(dir, &fd);

	if (err == NULL)
		err = fs_stat_fd(fd, dir, &dir_st);
	if (err == NULL)
		err = fs_stat(fd, path_base(skill_abs), &st);
	if (err == NULL)
		err = lower_source_place(t->txn, t->set->source_real, dir,
		    fs_id_of(&dir_st), &place);
	if (err != NULL)
		return err;
	(void)lower_loosen(t->txn, place, path_base(skill_abs), &st);
	const struct thing before = { .kind = FS_DIR, .id = fs_id_of(&st) };
	txn_swap(t->txn, place, path_base(skill_abs),
	    txn_item_copy(t->txn, place, abs), &before);
	return NULL;
}

/* The original becomes the link: it must be what was copied. */
MUST_USE static struct error *
lower_original(const struct taking *t, const struct collect_item *item)
{
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
	txn_swap(t->txn, place, item->name,
	    txn_item_link(t->txn, place, t->text), &before);
	txn_look(t->txn);
	return NULL;
}

/* All items of one name: the source first, then each original. */
MUST_USE static struct error *
lower_name(struct txn *txn, const struct skillset *set,
    const struct collect_item *items, size_t n)
{
	const struct taking t = {
		.txn = txn,
		.set = set,
		.text = items[0].entry->skill != NO_SKILL
			    ? set->skills[items[0].entry->skill].abs
			    : arena_printf(&txn->arena, "%s/%s", set->source,
				  items[0].name),
	};
	struct error *err = NULL;

	const struct collect_item *lead = leader(items, n);

	if (lead != NULL && lead->verdict == COLLECT_TAKE)
		err = lower_take(&t, lead);
	else if (lead != NULL)
		err = lower_replace(&t, lead);
	for (size_t i = 0; err == NULL && i < n; i++) {
		if (is_change(items[i].verdict))
			err = lower_original(&t, &items[i]);
	}
	return err;
}

void
collect_lower(struct txn *txn, const struct skillset *set,
    const struct collection *c)
{
	size_t end;

	for (size_t i = 0; i < c->n; i = end) {
		bool changes = false;

		end = end_of_name(c, i);
		for (size_t k = i; k < end; k++)
			changes |= is_change(c->items[k].verdict);
		if (!changes)
			continue;
		txn_group(txn, c->items[i].name,
		    end - i == 1 ? c->items[i].target->config->path : NULL);
		txn_fail(txn, lower_name(txn, set, &c->items[i], end - i));
	}
}
