#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "carry.h"
#include "host.h"
#include "lower.h"
#include "path.h"
#include "snapscan.h"
#include "tree.h"

void
restore_release(struct restore *restore)
{
	free(restore->held);
	free(restore->entries);
	snapseen_release(&restore->seen);
	arena_release(&restore->arena);
	*restore = (struct restore){ 0 };
}

/* ---- judging --------------------------------------------------------------
 */

static int
by_name(const void *a, const void *b)
{
	const struct restore_entry *x = a;
	const struct restore_entry *y = b;

	return strcmp(x->name, y->name);
}

static struct restore_entry *
add(struct restore *r, const char *name, enum restore_how how)
{
	r->entries = xgrow(r->entries, r->n, sizeof(*r->entries));
	struct restore_entry *e = &r->entries[r->n++];

	*e = (struct restore_entry){ .name = name, .how = how };
	r->n_links += how == RESTORE_LINK;
	r->n_trees += how == RESTORE_TREE;
	r->n_lost += how == RESTORE_LOST;
	return e;
}

/* What the entry's link led to, or else what is called so now. */
static const struct skill *
skill_of(const struct restore *r, const struct snapshot_entry *e)
{
	const struct skill *skill = skillset_find_link(r->set, e->text);

	return skill != NULL ? skill : view_find(r->target->view, e->name);
}

/*
 * Does the skill that the source has have that version? What a backup has
 * seen before, and is as it was, is not read again.
 */
MUST_USE static struct error *
has_version(struct restore *r, const struct skill *skill,
    const struct snapshot_entry *e, bool *out)
{
	struct snap_tree tree = { 0 };
	struct error *err = NULL;

	*out = false;
	if (skill == NULL || skill->state == SKILL_UNREADABLE)
		return NULL;
	const struct snap_live live = {
		.dir_fd = -1,
		.path = skill->abs,
		.ignore = r->all->ignore,
	};
	struct snap_seen_root *old =
	    snapseen_find(&r->seen, skill->abs, host_now());
	if (old != NULL && snapscan_is_same(&live, old))
		tree = old->tree;
	else
		err = snapscan(&live, snapseen_tree(&r->seen, old), NULL,
		    &r->arena, &tree);
	*out = err == NULL && strcmp(tree.version, e->version) == 0;
	return err;
}

MUST_USE static struct error *
judge_link(struct restore *r, const struct roots *roots,
    const struct snapshot_entry *e)
{
	const struct skill *skill = skill_of(r, e);
	bool same = false;
	struct error *err;

	/* Somebody else's link was theirs, wherever it leads by now. */
	if (!roots_own(roots, r->target->config->path, e->text)) {
		add(r, e->name, RESTORE_LINK)->text = e->text;
		return NULL;
	}
	/* It led nowhere then, too: there is nothing to bring back. */
	if (e->version == NULL)
		return NULL;
	err = has_version(r, skill, e, &same);
	if (err != NULL)
		return err;
	if (same)
		add(r, e->name, RESTORE_LINK)->text = skill->abs;
	else if (snapshots_holding(r->all, e->version, NULL) != NULL)
		add(r, e->name, RESTORE_TREE)->entry = e;
	else
		add(r, e->name, RESTORE_LOST);
	return NULL;
}

/*
 * Dot-entries stay as they are; so does what a plain snapshot left out: local
 * skills that it does not name, and right links.
 */
static void
carry_over(struct restore *r)
{
	const struct observed_target *t = r->target;
	const struct skillset *set = r->set;
	struct strmap named = { 0 };

	for (size_t i = 0; i < r->n; i++)
		(void)strmap_put(&named, r->entries[i].name, 0);
	for (size_t i = 0; i < t->n_hidden; i++)
		add(r, t->hidden[i], RESTORE_CARRIED);
	for (size_t i = 0; r->snapshot->is_plain && i < t->n; i++) {
		if (strmap_put(&named, t->entries[i].name, 0))
			add(r, t->entries[i].name, RESTORE_CARRIED);
	}
	for (size_t i = 0; r->snapshot->is_plain && i < set->n; i++) {
		const char *name = view_name(t->view, (uint32_t)i);

		if (t->kind == PLACE_DIR && t->right[i] &&
		    strmap_put(&named, name, 0))
			add(r, name, RESTORE_CARRIED);
	}
	strmap_release(&named);
}

struct error *
restore_judge(const struct snapshots *all, struct snapshot *snapshot,
    const struct skillset *set, const struct roots *roots,
    const struct observed_target *target, struct restore *out)
{
	struct restore r = {
		.all = all,
		.snapshot = snapshot,
		.set = set,
		.target = target,
	};
	size_t n = 0;
	struct error *err = NULL;

	snapseen_load(&r.seen, all->fd, all->ignore);
	if (!snapshot->is_plain)
		err = snapshots_load(snapshot);
	if (err == NULL)
		err = snapshot_entries(snapshot, target->config->name, &r.held,
		    &n);
	for (size_t i = 0; err == NULL && i < n; i++) {
		if (r.held[i].text != NULL)
			err = judge_link(&r, roots, &r.held[i]);
		else
			add(&r, r.held[i].name, RESTORE_TREE)->entry =
			    &r.held[i];
	}
	if (err != NULL) {
		restore_release(&r);
		return err;
	}
	carry_over(&r);
	if (r.n > 1)
		qsort(r.entries, r.n, sizeof(*r.entries), by_name);
	*out = r;
	return NULL;
}

/* ---- building -------------------------------------------------------------
 */

/* The new target, and what it replaces. */
struct building {
	const struct restore *r;
	int old_fd; /* -1: nothing */
	int new_fd;
	struct tree_hash hash; /* of the new one, so far */
	struct snapshot_to to; /* in it */
};

/* What backups leave out of it comes from what it is to replace. */
MUST_USE static struct error *
build_tree(struct building *b, const struct restore_entry *e)
{
	const struct restore *r = b->r;
	const struct ignore *ignore = r->all->ignore;
	const struct tree_hash before = b->hash;
	bool has_carried = false;

	b->to.name = e->name;
	struct error *err = snapshots_export(r->all, r->snapshot,
	    r->target->config->name, e->entry, &b->to);
	if (err == NULL && b->old_fd != -1 && ignore != NULL && ignore->n > 0)
		err = carry_ignored(ignore, b->old_fd, b->new_fd, e->name,
		    &has_carried);
	if (err != NULL || !has_carried)
		return err;
	b->hash = before;
	return tree_hash_read(&b->hash, e->name, b->new_fd, e->name);
}

MUST_USE static struct error *
build_entry(struct building *b, const struct restore_entry *e)
{
	struct error *err;

	switch (e->how) {
	case RESTORE_LINK:
		tree_hash_link(&b->hash, e->name, e->text);
		return fs_symlink(e->text, b->new_fd, e->name);
	case RESTORE_TREE:
		return build_tree(b, e);
	case RESTORE_CARRIED:
		err = tree_copy(b->old_fd, e->name, b->new_fd, e->name, NULL);
		return err != NULL ? err
				   : tree_hash_read(&b->hash, e->name,
					 b->new_fd, e->name);
	case RESTORE_LOST:
		break;
	}
	return NULL;
}

/* Is the restored tree a copy that a sync may go on with? */
MUST_USE static struct error *
list_copy(const struct restore *r, const struct restore_entry *e, int new_fd,
    struct manifest *manifest)
{
	const struct view *view = r->target->view;
	const struct skill *skill = view_find(view, e->name);
	AUTO_CLOSE int fd = -1;
	struct digest listed;
	struct digest now;
	struct copysum source = { 0 };
	enum manifest_kind kind = manifest_find(manifest, e->name, &listed);
	bool is_listed = kind == MANIFEST_COPY;
	bool may_be_listed =
	    r->target->config->mode == MODE_COPY && skill != NULL &&
	    view_knows(view, (uint32_t)(skill - view->set->skills));

	if (kind == MANIFEST_NONE && !may_be_listed)
		return NULL; /* nobody wants to know its digest */
	struct error *err = fs_open_dir_at(new_fd, e->name, &fd);
	if (error_is_sys(err, ENOTDIR)) {
		error_free(err); /* a file is no copy */
		manifest_remove(manifest, e->name);
		return NULL;
	}
	if (err == NULL)
		err =
		    copytree_sum(fd, e->name, copyseen_ignore(r->copies), &now);
	if (err != NULL || (is_listed && digest_equal(&now, &listed)))
		return err;
	if (is_listed)
		manifest_remove(manifest, e->name);
	if (!may_be_listed)
		return NULL;
	err = copyseen_sum(r->copies, skill->abs, &source);
	if (err == NULL && digest_equal(&now, &source.digest))
		manifest_put_copy(manifest, e->name, &now, source.mtime_ns);
	return err;
}

/* *made_out: copies are listed. */
MUST_USE static struct error *
build_manifest(const struct restore *r, int new_fd, bool *made_out)
{
	AUTO_MANIFEST struct manifest manifest =
	    manifest_copy(&r->target->manifest);
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < r->n; i++) {
		if (r->entries[i].how == RESTORE_TREE)
			err = list_copy(r, &r->entries[i], new_fd, &manifest);
	}
	if (err != NULL || manifest_is_empty(&manifest))
		return err;
	*made_out = true;
	manifest_write(&manifest, host_now(), &text);
	return fs_create_file(new_fd, MANIFEST_NAME, strbuf_str(&text),
	    text.len, 0644);
}

/*
 * What is built is known by its digest: from what was written, or else, where
 * that does not come in order or may not stay as it was given, read again.
 */
MUST_USE static struct error *
build_all(struct building *b, bool *is_hashed_out)
{
	const struct restore *r = b->r;
	struct fs_stat st = { 0 };
	bool has_manifest = false;
	struct error *err = fs_stat_fd(b->new_fd, "the new target", &st);

	tree_hash_init(&b->hash);
	tree_hash_dir(&b->hash, "", st.mode);
	for (size_t i = 0; err == NULL && i < r->n; i++)
		err = build_entry(b, &r->entries[i]);
	if (err == NULL)
		err = build_manifest(r, b->new_fd, &has_manifest);
	*is_hashed_out = !has_manifest && fs_keeps_modes(b->new_fd);
	return err;
}

/* The builder of the whole target. */
static struct error *
build(void *payload, int slots_fd, const char *name)
{
	struct restore *r = payload;
	AUTO_CLOSE int old_fd = -1;
	AUTO_CLOSE int new_fd = -1;
	struct tree_sum sum = { 0 };
	bool is_hashed = false;
	struct error *err = fs_mkdir(slots_fd, name, 0755);

	if (err == NULL)
		err = fs_open_dir_at(slots_fd, name, &new_fd);
	if (err == NULL && r->target->kind == PLACE_DIR)
		err = fs_open_dir(r->target->dir, &old_fd);
	if (err != NULL)
		return err;
	struct building b = {
		.r = r,
		.old_fd = old_fd,
		.new_fd = new_fd,
		.to = { .fd = new_fd, .clones = true },
	};
	b.to.hash = &b.hash;
	err = build_all(&b, &is_hashed);
	if (err == NULL && is_hashed)
		sum = tree_hash_final(&b.hash);
	else if (err == NULL)
		err = tree_digest(slots_fd, name, &sum);
	r->digest = sum.digest;
	return err;
}

/* Where the target really is: its directory above, and its name there. */
MUST_USE static struct error *
open_above(const struct observed_target *t, char **dir_out,
    struct fs_id *id_out, char **name_out)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };

	if (t->kind != PLACE_DIR) {
		*dir_out = xstrdup(t->parent);
		*id_out = t->parent_id;
		*name_out = xstrdup(t->rest);
		return NULL;
	}
	AUTO_FREE char *dir = path_dir(t->dir);
	struct error *err = fs_open_dir(dir, &fd);
	if (err == NULL)
		err = fs_stat_fd(fd, dir, &st);
	if (err != NULL)
		return err;
	*name_out = xstrdup(path_base(t->dir));
	*id_out = fs_id_of(&st);
	*dir_out = STEAL_PTR(dir);
	return NULL;
}

/* The target is absent: its directories are made, then it is put there. */
MUST_USE static struct error *
lower_absent(struct txn *txn, struct restore *r)
{
	AUTO_FREE char *above = path_dir(r->target->config->path);
	uint16_t place = 0;
	struct error *err = lower_mkdirs(txn, above, &place);

	if (err == NULL)
		txn_put(txn, place, path_base(r->target->config->path),
		    txn_item_build(txn, place, build, r));
	if (err == NULL)
		txn_item_tells(txn, &r->digest);
	return err;
}

struct error *
restore_lower(struct txn *txn, struct restore *r, struct copyseen *copies)
{
	const struct observed_target *t = r->target;
	AUTO_FREE char *dir = NULL;
	AUTO_FREE char *name = NULL;
	AUTO_CLOSE int fd = -1;
	struct fs_id id = { 0 };
	struct tree_sum sum = { 0 };
	struct thing before = { .kind = FS_LINK, .text = t->text };

	r->copies = copies;
	txn_group(txn, t->config->name, NULL);
	if (t->kind == PLACE_ABSENT)
		return lower_absent(txn, r);
	if (t->is_mount)
		return error_new(ERR_REFUSED,
		    "%s is a mount point and cannot be exchanged: copy from "
		    "%s by hand",
		    t->config->path, r->snapshot->path);
	struct error *err = open_above(t, &dir, &id, &name);
	if (err == NULL)
		err = fs_open_dir(dir, &fd);
	/* What an agent writes from here on must not be lost behind it. */
	if (err == NULL && t->kind == PLACE_DIR)
		err = tree_digest(fd, name, &sum);
	if (err != NULL)
		return err;
	if (t->kind == PLACE_DIR)
		before = (struct thing){
			.kind = FS_DIR,
			.id = t->dir_id,
			.digest = &sum.digest,
		};
	uint16_t place = txn_place(txn, dir, id, dir, false);
	txn_swap(txn, place, name, txn_item_build(txn, place, build, r),
	    &before);
	txn_item_tells(txn, &r->digest);
	return NULL;
}
