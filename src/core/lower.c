#include "lower.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lowercopy.h"
#include "path.h"
#include "tree.h"

#define DIR_MODE 0755U
#define FILE_MODE 0644U
#define OWNER_WRITES 0200U
#define MAX_LINKS 40

/*
 * Staging goes beside the directory, where agents do not look; into it, and
 * one level deeper, where the parent cannot be written or a rename between
 * the two would cross file systems.
 */
MUST_USE static struct error *
place_beside(struct txn *txn, const char *dir, struct fs_id id, const char *top,
    uint16_t *place_out)
{
	AUTO_FREE char *parent = path_dir(top);
	AUTO_CLOSE int parent_fd = -1;
	AUTO_CLOSE int dir_fd = -1;
	struct error *err = fs_open_dir(dir, &dir_fd);

	if (err == NULL)
		err = fs_open_dir(parent, &parent_fd);
	if (err != NULL)
		return err;
	bool inside = top[1] == '\0' || !fs_is_writable_dir(parent_fd) ||
		      fs_crosses(parent_fd, dir_fd);
	*place_out = txn_place(txn, dir, id, inside ? dir : parent, inside);
	return NULL;
}

struct error *
lower_place(struct txn *txn, const char *dir, struct fs_id id,
    uint16_t *place_out)
{
	return place_beside(txn, dir, id, dir, place_out);
}

struct error *
lower_source_place(struct txn *txn, const char *source_real, const char *dir,
    struct fs_id id, uint16_t *place_out)
{
	return place_beside(txn, dir, id, source_real, place_out);
}

bool
lower_loosen(struct txn *txn, uint16_t place, const char *name,
    const struct fs_stat *st)
{
	if (st->kind != FS_DIR || (st->mode & OWNER_WRITES) != 0)
		return false;
	txn_chmod(txn, place, name, st->mode | OWNER_WRITES, st->mode);
	return true;
}

/*
 * The directories of rest ("a/b" or "") below parent, which exists: one MKDIR
 * each. Returns the last one's place.
 */
static uint16_t
make_chain(struct txn *txn, const char *parent, struct fs_id parent_id,
    const char *rest)
{
	const struct fs_id made = { 0 };
	AUTO_FREE char *dir = xstrdup(parent);
	/* No agent looks into the directory above its own: stage there. */
	uint16_t place = txn_place(txn, parent, parent_id, parent, false);

	while (*rest != '\0') {
		AUTO_FREE char *name = xstrndup(rest, strcspn(rest, "/"));
		char *sub = path_join(dir, name);

		txn_mkdir(txn, place, name, DIR_MODE);
		place = txn_place(txn, sub, made, parent, false);
		free(dir);
		dir = sub;
		rest += strlen(name);
		rest += *rest == '/';
	}
	return place;
}

struct error *
lower_mkdirs(struct txn *txn, const char *abs, uint16_t *place_out)
{
	AUTO_FREE char *top = xstrdup(abs);
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *real = NULL;
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir(top, &fd);

	while (error_is_sys(err, ENOENT) && top[1] != '\0') {
		char *up = path_dir(top);

		error_free(err); /* absent: look one higher */
		free(top);
		top = up;
		err = fs_open_dir(top, &fd);
	}
	if (err == NULL)
		err = fs_fd_path(fd, &real);
	if (err == NULL)
		err = fs_stat_fd(fd, top, &st);
	if (err != NULL)
		return err;
	*place_out = make_chain(txn, real, fs_id_of(&st), path_below(top, abs));
	return NULL;
}

struct error *
lower_resolve(const char *abs, char **out)
{
	AUTO_FREE char *path = xstrdup(abs);

	for (int i = 0; i < MAX_LINKS; i++) {
		AUTO_STRBUF struct strbuf text = { 0 };
		AUTO_FREE char *dir = path_dir(path);
		struct error *err = fs_read_link(AT_FDCWD, path, &text);

		if (error_is_sys(err, EINVAL) || error_is_sys(err, ENOENT)) {
			error_free(err); /* no link: this is the file */
			*out = STEAL_PTR(path);
			return NULL;
		}
		if (err != NULL)
			return err;
		free(path);
		path = path_absolute(dir, strbuf_str(&text));
	}
	return error_new(ERR_CONFIG, "%s is a loop of links", abs);
}

struct error *
lower_file_item(struct txn *txn, uint16_t place, const char *path,
    uint32_t slot)
{
	struct fs_stat st = { 0 };
	struct tree_sum sum = { 0 };
	struct error *err = fs_stat(AT_FDCWD, path, &st);

	if (err == NULL && st.kind == FS_FILE)
		err = tree_digest(AT_FDCWD, path, &sum);
	if (err != NULL)
		return err;
	const struct thing before = {
		.kind = FS_FILE,
		.id = fs_id_of(&st),
		.digest = &sum.digest,
	};
	if (st.kind == FS_FILE)
		txn_swap(txn, place, path_base(path), slot, &before);
	else
		txn_put(txn, place, path_base(path), slot);
	return NULL;
}

struct error *
lower_file(struct txn *txn, const char *abs, const char *bytes, size_t len)
{
	AUTO_FREE char *path = NULL;
	struct fs_stat st = { 0 };
	uint16_t place = 0;
	struct error *err = lower_resolve(abs, &path);

	if (err != NULL)
		return err;
	AUTO_FREE char *dir = path_dir(path);
	err = lower_mkdirs(txn, dir, &place);
	if (err == NULL)
		err = fs_stat(AT_FDCWD, path, &st);
	if (err != NULL)
		return err;
	unsigned mode = st.kind == FS_FILE ? st.mode & 07777 : FILE_MODE;
	uint32_t slot = txn_item_file(txn, place, bytes, len, mode);
	if (st.kind == FS_FILE)
		txn_item_keep_mode(txn, slot);
	return lower_file_item(txn, place, path, slot);
}

/* ---- the plan ------------------------------------------------------------ */

struct lowering {
	struct txn *txn;
	const struct plan *plan;
	const struct plan_target *target;
	struct copyseen *copies;
	/* What the target's manifest is to say in the end. */
	struct manifest *manifest;
};

static const char *
skill_entry(const struct lowering *l, const struct plan_entry *e)
{
	return view_name(l->target->seen->view, e->skill);
}

static const char *
skill_link(const struct lowering *l, const struct plan_entry *e)
{
	return l->plan->set->skills[e->skill].abs;
}

static const struct skill *
skill_of(const struct lowering *l, const struct plan_entry *e)
{
	return &l->plan->set->skills[e->skill];
}

static bool
shows_copies(const struct lowering *l)
{
	return plan_want(l->target->config->mode) == WANT_COPY;
}

/*
 * What gives way: a link, a copy that must still be unedited, or what --force
 * displaces, whose content goes to the store as it then is.
 */
MUST_USE static struct error *
displaced(const struct lowering *l, uint16_t place, const struct plan_entry *e,
    struct thing *out)
{
	const struct observed_entry *seen = &l->target->seen->entries[e->seen];
	const char *dir = l->target->seen->dir;
	AUTO_FREE char *abs = path_join(dir, e->name);
	struct fs_stat st = { 0 };

	if (seen->text != NULL) {
		*out = (struct thing){ .kind = FS_LINK, .text = seen->text };
		return NULL;
	}
	if (seen->seen == SEEN_COPY_CURRENT ||
	    seen->seen == SEEN_COPY_OUTDATED) {
		const struct lowercopy_old old = { place, dir, e->name,
			seen->digest };

		return lowercopy_before(l->txn, &old,
		    copyseen_ignore(l->copies), out);
	}
	struct error *err = fs_stat(AT_FDCWD, abs, &st);
	if (err != NULL)
		return err;
	*out = (struct thing){ .kind = st.kind, .id = fs_id_of(&st) };
	(void)lower_loosen(l->txn, place, e->name, &st);
	return NULL;
}

/* A copy of the skill, where nothing is or in the place of what is there. */
MUST_USE static struct error *
lower_copy(const struct lowering *l, uint16_t place, const struct plan_entry *e)
{
	struct thing before = { 0 };
	struct copysum sum = { 0 };
	uint32_t slot = 0;
	struct error *err = NULL;

	if (e->seen != NO_SKILL)
		err = displaced(l, place, e, &before);
	if (err == NULL)
		err = copyseen_sum(l->copies, skill_of(l, e)->abs, &sum);
	if (err == NULL)
		err = lowercopy_item(l->txn, place, skill_of(l, e), l->copies,
		    &slot);
	if (err != NULL)
		return err;
	if (e->seen != NO_SKILL)
		txn_swap(l->txn, place, e->name, slot, &before);
	else
		txn_put(l->txn, place, e->name, slot);
	txn_look(l->txn);
	manifest_put_copy(l->manifest, e->name, &sum.digest, sum.mtime_ns);
	manifest_put_modes(l->manifest, e->name, &sum.modes);
	return NULL;
}

/* What is a copy of ours by the manifest is one no more. */
static void
unlist(const struct lowering *l, const struct plan_entry *e)
{
	if (seen_is_copy(l->target->seen->entries[e->seen].seen))
		manifest_remove(l->manifest, e->name);
}

MUST_USE static struct error *
lower_entry(const struct lowering *l, uint16_t place,
    const struct plan_entry *e)
{
	struct thing before = { 0 };
	struct error *err;

	if (e->action == ACT_REPLACE && shows_copies(l))
		return lower_copy(l, place, e);
	switch (e->action) {
	case ACT_LINK:
		txn_link(l->txn, place, skill_entry(l, e), skill_link(l, e));
		txn_look(l->txn);
		return NULL;
	case ACT_COPY:
	case ACT_UPDATE:
	case ACT_TO_COPY:
		return lower_copy(l, place, e);
	case ACT_RELINK:
	case ACT_TO_LINK:
	case ACT_REPLACE:
		err = displaced(l, place, e, &before);
		if (err != NULL)
			return err;
		txn_swap(l->txn, place, e->name,
		    txn_item_link(l->txn, place, skill_link(l, e)), &before);
		txn_look(l->txn);
		unlist(l, e);
		return NULL;
	case ACT_REMOVE:
		err = displaced(l, place, e, &before);
		if (err != NULL)
			return err;
		txn_take(l->txn, place, e->name, &before);
		unlist(l, e);
		return NULL;
	case ACT_NONE:
	case ACT_LOCAL:
	case ACT_CONFLICT:
	case ACT_HELD:
		return NULL;
	case ACT_COUNT:
		break;
	}
	BUG("action %d", (int)e->action);
}

/* Copies that have the source's content by another way than ours. */
MUST_USE static struct error *
relist(const struct lowering *l)
{
	const struct observed_target *seen = l->target->seen;

	for (size_t i = 0; i < seen->n; i++) {
		const struct observed_entry *e = &seen->entries[i];
		struct copysum sum = { 0 };

		if (!e->is_unlisted)
			continue;
		struct error *err = copyseen_sum(l->copies,
		    l->plan->set->skills[e->skill].abs, &sum);
		if (err != NULL)
			return err;
		manifest_put_copy(l->manifest, e->name, e->digest,
		    sum.mtime_ns);
		manifest_put_modes(l->manifest, e->name, &sum.modes);
	}
	return NULL;
}

MUST_USE static struct error *
lower_entries(const struct lowering *l, uint16_t place)
{
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < l->target->n; i++)
		err = lower_entry(l, place, &l->target->entries[i]);
	if (err == NULL && l->target->relists)
		err = relist(l);
	return err != NULL ? err
			   : lowercopy_manifest(l->txn, place, l->target->seen,
				 l->manifest);
}

/* Local skills whose name is free go into the source first. */
MUST_USE static struct error *
lower_taken(const struct lowering *l)
{
	const struct skillset *set = l->plan->set;
	uint16_t source = 0;
	struct error *err;

	if (l->target->counts.taken == 0)
		return NULL;
	err = lower_place(l->txn, set->source_real, set->source_id, &source);
	for (size_t i = 0; err == NULL && i < l->target->n; i++) {
		const struct plan_entry *e = &l->target->entries[i];
		AUTO_FREE char *abs = path_join(l->target->seen->dir, e->name);

		if (e->action == ACT_LOCAL)
			txn_put(l->txn, source, e->name,
			    txn_item_copy(l->txn, source, abs));
	}
	return err;
}

/* All copies go with the directory: none may have been edited since. */
MUST_USE static struct error *
check_copies(const struct lowering *l)
{
	const struct observed_target *seen = l->target->seen;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < seen->n; i++) {
		const struct observed_entry *e = &seen->entries[i];

		if (seen_is_copy(e->seen))
			err = lowercopy_check(seen->dir, e->name, e->digest,
			    copyseen_ignore(l->copies));
	}
	return err;
}

MUST_USE static struct error *
lower_to_link(const struct lowering *l, uint16_t parent, const char *name)
{
	const struct observed_target *seen = l->target->seen;
	AUTO_CLOSE int fd = -1;
	struct tree_sum sum = { 0 };
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir(seen->parent, &fd);

	/* What an agent writes from here on must not vanish behind the link. */
	if (err == NULL)
		err = fs_stat(fd, name, &st);
	if (err == NULL)
		err = tree_digest(fd, name, &sum);
	if (err == NULL)
		err = check_copies(l);
	if (err == NULL)
		err = lower_taken(l);
	if (err != NULL)
		return err;
	bool loosened = lower_loosen(l->txn, parent, name, &st);
	const struct thing before = {
		.kind = FS_DIR,
		.id = seen->dir_id,
		.digest = loosened ? NULL : &sum.digest,
	};
	txn_swap(l->txn, parent, name,
	    txn_item_link(l->txn, parent, l->plan->set->source), &before);
	return NULL;
}

MUST_USE static struct error *
lower_to_copies(const struct lowering *l, uint16_t parent, const char *name)
{
	const struct plan_target *t = l->target;
	const struct thing before = { .kind = FS_LINK, .text = t->seen->text };
	AUTO_FREE struct lowercopy_skill *skills =
	    xcalloc(t->n, sizeof(*skills));
	uint32_t slot = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->entries[i].action == ACT_COPY)
			skills[n++] = (struct lowercopy_skill){
				skill_of(l, &t->entries[i]),
				skill_entry(l, &t->entries[i]),
			};
	}
	struct error *err =
	    lowercopy_item_all(l->txn, parent, skills, n, l->copies, &slot);
	if (err != NULL)
		return err;
	txn_swap(l->txn, parent, name, slot, &before);
	txn_look(l->txn);
	return NULL;
}

static void
lower_to_links(const struct lowering *l, uint16_t parent, const char *name)
{
	struct arena *arena = &l->txn->arena;
	const struct plan_target *t = l->target;
	const char **names = arena_alloc(arena, (t->n + 1) * sizeof(*names));
	const char **texts = arena_alloc(arena, (t->n + 1) * sizeof(*texts));
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->entries[i].action != ACT_LINK)
			continue;
		names[n] = skill_entry(l, &t->entries[i]);
		texts[n++] = skill_link(l, &t->entries[i]);
	}
	const struct thing before = { .kind = FS_LINK, .text = t->seen->text };
	txn_swap(l->txn, parent, name,
	    txn_item_links(l->txn, parent, names, texts, n), &before);
	txn_look(l->txn);
}

/* Changes of the target's own place, in the directory above it. */
MUST_USE static struct error *
lower_root(const struct lowering *l)
{
	const struct observed_target *seen = l->target->seen;
	AUTO_FREE char *above = path_dir(seen->rest);
	const char *name = path_base(seen->rest);
	const char *source = l->plan->set->source;
	const struct thing link = { .kind = FS_LINK, .text = seen->text };
	uint16_t parent = make_chain(l->txn, seen->parent, seen->parent_id,
	    strcmp(above, ".") == 0 ? "" : above);
	struct error *err = NULL;

	switch (l->target->place) {
	case PLACE_LINK:
		txn_link(l->txn, parent, name, source);
		break;
	case PLACE_RELINK:
		txn_swap(l->txn, parent, name,
		    txn_item_link(l->txn, parent, source), &link);
		break;
	case PLACE_TO_LINK:
		err = lower_to_link(l, parent, name);
		break;
	case PLACE_TO_DIR:
		if (shows_copies(l))
			return lower_to_copies(l, parent, name);
		lower_to_links(l, parent, name);
		return NULL;
	case PLACE_KEEP:
	case PLACE_MAKE:
		BUG("place %d", (int)l->target->place);
	}
	txn_look_root(l->txn);
	return err;
}

MUST_USE static struct error *
lower_target(const struct lowering *l)
{
	const struct observed_target *seen = l->target->seen;
	uint16_t place = 0;
	struct error *err;

	switch (l->target->place) {
	case PLACE_KEEP:
		err = lower_place(l->txn, seen->dir, seen->dir_id, &place);
		return err != NULL ? err : lower_entries(l, place);
	case PLACE_MAKE:
		place = make_chain(l->txn, seen->parent, seen->parent_id,
		    seen->rest);
		return lower_entries(l, place);
	case PLACE_LINK:
	case PLACE_RELINK:
	case PLACE_TO_LINK:
	case PLACE_TO_DIR:
		return lower_root(l);
	}
	BUG("place %d", (int)l->target->place);
}

void
lower_plan(struct txn *txn, const struct plan *plan, struct copyseen *copies)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_target *t = &plan->targets[i];
		AUTO_MANIFEST struct manifest manifest =
		    manifest_copy(&t->seen->manifest);
		const struct lowering l = { txn, plan, t, copies, &manifest };

		if (!plan_target_changes(t))
			continue;
		txn_group(txn, t->config->name, t->config->path);
		txn_fail(txn, lower_target(&l));
	}
}
