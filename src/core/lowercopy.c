#include "lowercopy.h"

#include <fcntl.h>

#include "copyedit.h"
#include "host.h"
#include "lower.h"
#include "path.h"
#include "tree.h"

#define MANIFEST_MODE 0644U
#define DIR_MODE 0755U

/* ---- staging ------------------------------------------------------------- */

/* A copy to be made; in the transaction's arena. */
struct copy_plan {
	const char *name; /* in a directory of them */
	const char *abs;
	struct copysum sum; /* that it must have */
	const struct ignore *ignore;
};

/* A directory of them. */
struct copies_plan {
	struct copy_plan *copies;
	size_t n;
	const char *manifest; /* the text of its file */
	size_t len;
};

static struct error *
build_copy(void *payload, int dir_fd, const char *name)
{
	const struct copy_plan *plan = payload;
	AUTO_COPYTREE struct copytree tree = { 0 };
	AUTO_CLOSE int fd = -1;
	struct digest digest;
	struct error *err = fs_open_dir(plan->abs, &fd);

	if (err == NULL)
		err = copytree_list(fd, plan->abs, plan->ignore, &tree);
	if (err == NULL)
		err = copytree_copy(fd, &tree, dir_fd, name, &digest);
	if (err == NULL && !digest_equal(&digest, &plan->sum.digest))
		err = error_new(ERR_CONFLICT,
		    "%s changed while it was being copied: run again when it "
		    "rests",
		    plan->abs);
	return err;
}

static struct error *
build_copies(void *payload, int slots_fd, const char *name)
{
	const struct copies_plan *plan = payload;
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_mkdir(slots_fd, name, DIR_MODE);

	if (err == NULL)
		err = fs_open_dir_at(slots_fd, name, &fd);
	for (size_t i = 0; err == NULL && i < plan->n; i++)
		err = build_copy(&plan->copies[i], fd, plan->copies[i].name);
	if (err != NULL || plan->n == 0)
		return err;
	return fs_create_file(fd, MANIFEST_NAME, plan->manifest, plan->len,
	    MANIFEST_MODE);
}

MUST_USE static struct error *
plan_copy(const struct skill *skill, struct copyseen *copies,
    struct copy_plan *out)
{
	*out = (struct copy_plan){
		.abs = skill->abs,
		.ignore = copyseen_ignore(copies),
	};
	return copyseen_sum(copies, skill->abs, &out->sum);
}

struct error *
lowercopy_item(struct txn *txn, uint16_t place, const struct skill *skill,
    struct copyseen *copies, uint32_t *slot_out)
{
	struct copy_plan *plan = arena_alloc(&txn->arena, sizeof(*plan));
	struct error *err = plan_copy(skill, copies, plan);

	if (err == NULL)
		*slot_out = txn_item_build(txn, place, build_copy, plan);
	return err;
}

struct error *
lowercopy_item_all(struct txn *txn, uint16_t place,
    const struct lowercopy_skill *skills, size_t n, struct copyseen *copies,
    uint32_t *slot_out)
{
	struct arena *arena = &txn->arena;
	AUTO_MANIFEST struct manifest manifest = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct copies_plan *plan = arena_alloc(arena, sizeof(*plan));
	const char **names = arena_alloc(arena, (n + 1) * sizeof(*names));

	plan->copies = arena_alloc(arena, (n + 1) * sizeof(*plan->copies));
	plan->n = n;
	for (size_t i = 0; i < n; i++) {
		struct copy_plan *copy = &plan->copies[i];
		struct error *err = plan_copy(skills[i].skill, copies, copy);

		copy->name = skills[i].name;
		names[i] = copy->name;
		if (err != NULL)
			return err;
		manifest_put_copy(&manifest, copy->name, &copy->sum.digest,
		    copy->sum.mtime_ns);
		manifest_put_modes(&manifest, copy->name, &copy->sum.modes);
	}
	manifest_write(&manifest, host_now(), &text);
	plan->manifest = arena_strndup(arena, strbuf_str(&text), text.len);
	plan->len = text.len;
	*slot_out = txn_item_build(txn, place, build_copies, plan);
	txn_item_shows(txn, names, n);
	return NULL;
}

/* ---- an edit taken back -------------------------------------------------- */

static struct error *
build_edit(void *payload, int slots_fd, const char *name)
{
	const struct lowercopy_edit *edit = payload;
	AUTO_FREE char *dir = path_dir(edit->skill_abs);
	AUTO_CLOSE int from_fd = -1;
	AUTO_CLOSE int fd = -1;
	AUTO_CLOSE int copy_fd = -1;
	struct error *err = fs_open_dir(dir, &from_fd);

	if (err == NULL)
		err = tree_copy(from_fd, path_base(edit->skill_abs), slots_fd,
		    name, NULL);
	if (err == NULL)
		err = fs_open_dir_at(slots_fd, name, &fd);
	if (err == NULL)
		err = fs_open_dir(edit->copy_abs, &copy_fd);
	return err != NULL ? err
			   : copyedit_apply(fd, copy_fd, edit->copy_abs,
				 edit->ignore, edit->digest);
}

uint32_t
lowercopy_item_edit(struct txn *txn, uint16_t place,
    const struct lowercopy_edit *edit)
{
	struct arena *arena = &txn->arena;
	struct lowercopy_edit *kept = arena_alloc(arena, sizeof(*kept));
	struct digest *digest = arena_alloc(arena, sizeof(*digest));

	*digest = *edit->digest;
	*kept = (struct lowercopy_edit){
		.skill_abs = arena_strdup(arena, edit->skill_abs),
		.copy_abs = arena_strdup(arena, edit->copy_abs),
		.digest = digest,
		.ignore = edit->ignore,
	};
	return txn_item_build(txn, place, build_edit, kept);
}

/* ---- what gives way ------------------------------------------------------ */

struct error *
lowercopy_check(const char *dir, const char *name, const struct digest *digest,
    const struct ignore *ignore)
{
	AUTO_FREE char *abs = path_join(dir, name);
	AUTO_CLOSE int dir_fd = -1;
	AUTO_CLOSE int fd = -1;
	struct digest now;
	struct error *err = fs_open_dir(dir, &dir_fd);

	if (err == NULL)
		err = fs_open_dir_at(dir_fd, name, &fd);
	if (err == NULL)
		err = copytree_sum(fd, abs, ignore, &now);
	if (err == NULL && !digest_equal(&now, digest))
		err = error_new(ERR_CONFLICT,
		    "%s was edited while the run was at work: run it again",
		    abs);
	return err;
}

struct error *
lowercopy_before(struct txn *txn, const struct lowercopy_old *old,
    const struct ignore *ignore, struct thing *out)
{
	AUTO_CLOSE int dir_fd = -1;
	struct fs_stat st = { 0 };
	struct tree_sum sum = { 0 };
	struct error *err = fs_open_dir(old->dir, &dir_fd);

	/*
	 * The tree's digest first: an edit before it shows in the content,
	 * one after it when the operation looks at what it displaced.
	 */
	if (err == NULL)
		err = fs_stat(dir_fd, old->name, &st);
	if (err == NULL)
		err = tree_digest(dir_fd, old->name, &sum);
	if (err == NULL)
		err = lowercopy_check(old->dir, old->name, old->digest, ignore);
	if (err != NULL)
		return err;
	bool loosened = lower_loosen(txn, old->place, old->name, &st);
	struct digest *kept = arena_alloc(&txn->arena, sizeof(*kept));
	*kept = sum.digest;
	*out = (struct thing){
		.kind = FS_DIR,
		.id = fs_id_of(&st),
		.digest = loosened ? NULL : kept,
	};
	return NULL;
}

/* ---- the manifest -------------------------------------------------------- */

/* The file as it is, if it still says what was seen. */
MUST_USE static struct error *
look_again(const struct observed_target *target, struct fs_stat *st,
    struct tree_sum *sum)
{
	AUTO_MANIFEST struct manifest now = { 0 };
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_open_dir(target->dir, &fd);

	if (err == NULL)
		err = fs_stat(fd, MANIFEST_NAME, st);
	if (err == NULL)
		err = tree_digest(fd, MANIFEST_NAME, sum);
	if (err == NULL)
		err = manifest_read(fd, target->dir, &now);
	if (err == NULL && !manifest_equal(&now, &target->manifest))
		err = error_new(ERR_CONFLICT,
		    "%s/%s changed while the run was at work: run it again",
		    target->dir, MANIFEST_NAME);
	return err;
}

struct error *
lowercopy_manifest(struct txn *txn, uint16_t place,
    const struct observed_target *target, const struct manifest *next)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	bool was_there = target->manifest.root != NULL;
	struct thing before = { .kind = FS_FILE };
	struct fs_stat st = { 0 };
	struct tree_sum sum = { 0 };

	if (manifest_equal(next, &target->manifest) ||
	    (!was_there && manifest_is_empty(next)))
		return NULL;
	if (was_there) {
		struct error *err = look_again(target, &st, &sum);

		if (err != NULL)
			return err;
		before.id = fs_id_of(&st);
		before.digest = &sum.digest;
	}
	if (manifest_is_empty(next)) {
		txn_take(txn, place, MANIFEST_NAME, &before);
		return NULL;
	}
	manifest_write(next, host_now(), &text);
	const char *bytes =
	    arena_strndup(&txn->arena, strbuf_str(&text), text.len);
	uint32_t slot = txn_item_file(txn, place, bytes, text.len,
	    was_there ? st.mode : MANIFEST_MODE);
	if (was_there) {
		txn_item_keep_mode(txn, slot);
		txn_swap(txn, place, MANIFEST_NAME, slot, &before);
	} else {
		txn_put(txn, place, MANIFEST_NAME, slot);
	}
	return NULL;
}
