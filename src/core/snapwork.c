#include "snapwork.h"

#include <string.h>

#include "crew.h"
#include "path.h"
#include "skill.h"

/* To look at in a row. */
#define TREES_A_PART 32

/* ---- what there is ------------------------------------------------------- */

/* "source/pdf", or "source/pdf~2" where that is taken. */
static const char *
free_where(struct snapwork *w, const char *folder, const char *name)
{
	const char *where = arena_join(&w->s->arena, folder, name);

	for (unsigned i = 2; !strmap_put(&w->wheres, where, 0); i++)
		where = arena_printf(&w->s->arena, "%s/%s~%u", folder, name, i);
	return where;
}

static uint32_t
add_live(struct snapwork *w, struct snapwork_live live)
{
	w->lives = xgrow(w->lives, w->n_lives, sizeof(*w->lives));
	w->lives[w->n_lives] = live;
	return (uint32_t)w->n_lives++;
}

/* The skills that a target shows; without one, all that can be shown. */
static void
gather_skills(struct snapwork *w, const struct observed_target *seen)
{
	const struct skillset *set = w->request->set;

	for (size_t i = 0; i < set->n; i++) {
		bool is_asked = seen != NULL ? seen->right[i]
					     : set->skills[i].state == SKILL_OK;

		if (!is_asked || w->skill_lives[i] != NO_LIVE)
			continue;
		w->skill_lives[i] =
		    add_live(w, (struct snapwork_live){
				    .dir_fd = -1,
				    .skill = (uint32_t)i,
				    .path = set->skills[i].abs,
				    .where = free_where(w, SNAPSHOT_SOURCE,
					set->skills[i].entry),
				});
	}
}

/*
 * Of links that are not right: ours are held, if they show a skill; others
 * belong to somebody else and may lead to anything: only for a person who
 * asks for a backup.
 */
static bool
is_link_held(const struct snapwork *w, const struct snapwork_target *t,
    const struct observed_entry *e)
{
	struct fs_stat st = { 0 };

	if (e->seen == SEEN_LINK_FOREIGN &&
	    (w->request->flags & SNAPMAKE_LAY_OUT) == 0)
		return false;
	AUTO_FREE char *file = path_join(e->name, SKILL_FILE);
	AUTO_ERROR struct error *err = fs_stat_follow(t->fd, file, &st);
	return err == NULL && st.kind == FS_FILE;
}

static uint32_t
gather_entry(struct snapwork *w, const struct snapwork_target *t,
    const struct observed_entry *e)
{
	struct snapwork_live live = {
		.dir_fd = -1,
		.name = e->name,
		.target = (uint32_t)(t - w->targets),
		.skill = NO_LIVE,
		.path = arena_join(&w->s->arena, t->seen->dir, e->name),
	};

	switch (e->seen) {
	case SEEN_COPY_CURRENT:
	case SEEN_COPY_OUTDATED:
	case SEEN_COPY_EDITED:
	case SEEN_LOCAL:
	case SEEN_FILE:
		live.dir_fd = t->fd;
		live.where = free_where(w, t->seen->config->name, e->name);
		return add_live(w, live);
	case SEEN_LINK_RIGHT:
	case SEEN_LINK_WRONG:
	case SEEN_LINK_FOREIGN:
		if (!is_link_held(w, t, e))
			return NO_LIVE;
		live.where = free_where(w, SNAPSHOT_SOURCE, e->name);
		return add_live(w, live);
	case SEEN_ABSENT:
	case SEEN_COUNT:
		break;
	}
	return NO_LIVE;
}

static void
gather_target(struct snapwork *w, struct snapwork_target *t)
{
	const struct observed_target *seen = t->seen;

	gather_skills(w, seen);
	t->lives = xcalloc(seen->n + 1, sizeof(*t->lives));
	for (size_t i = 0; i < seen->n; i++)
		t->lives[i] = gather_entry(w, t, &seen->entries[i]);
}

/* What can be said before anything is looked at. */
static void
open_target(struct snapwork_target *t)
{
	const struct observed_target *seen = t->seen;

	switch (seen->kind) {
	case PLACE_DIR:
		t->out->outcome = SNAPMAKE_EMPTY;
		if (seen->n_right == 0 && seen->n == 0)
			return;
		t->out->error = fs_open_dir(seen->dir, &t->fd);
		t->out->outcome =
		    t->out->error != NULL ? SNAPMAKE_FAILED : SNAPMAKE_MADE;
		return;
	case PLACE_ABSENT:
		t->out->outcome = SNAPMAKE_ABSENT;
		return;
	case PLACE_LINK_RIGHT:
	case PLACE_LINK_STALE:
	case PLACE_LINK_FOREIGN:
	case PLACE_LINK_DANGLING:
		t->out->outcome = SNAPMAKE_LINK;
		return;
	case PLACE_NO_DIR:
	case PLACE_BROKEN:
		t->out->outcome = SNAPMAKE_FAILED;
		t->out->error =
		    seen->problem != NULL
			? error_new(ERR_REFUSED, "%s", seen->problem)
			: error_new(ERR_REFUSED, "%s is not a directory",
			      seen->config->path);
		return;
	}
}

void
snapwork_gather(struct snapwork *w)
{
	const struct observed *observed = w->request->observed;
	const bool *chosen = w->request->chosen;
	size_t n_skills = w->request->set->n;

	/* Only a shorter way: without it the whole path leads there. */
	error_free(fs_open_dir(w->request->set->source_real, &w->source_fd));
	w->skill_lives = xcalloc(n_skills + 1, sizeof(*w->skill_lives));
	for (size_t i = 0; i < n_skills; i++)
		w->skill_lives[i] = NO_LIVE;
	w->n_targets = observed->n;
	w->targets = xcalloc(observed->n + 1, sizeof(*w->targets));
	w->out->n_targets = observed->n;
	w->out->targets = xcalloc(observed->n + 1, sizeof(*w->out->targets));
	for (size_t i = 0; i < observed->n; i++) {
		struct snapwork_target *t = &w->targets[i];

		*t = (struct snapwork_target){
			.seen = &observed->targets[i],
			.out = &w->out->targets[i],
			.fd = -1,
		};
		if (chosen != NULL && !chosen[i])
			continue;
		open_target(t);
		if (t->fd != -1)
			gather_target(w, t);
	}
	if ((w->request->flags & SNAPMAKE_SOURCE) != 0)
		gather_skills(w, NULL);
}

struct snapwork_live *
snapwork_live_of(struct snapwork *w, const struct snapwork_target *t,
    size_t entry)
{
	uint32_t i = t->lives[entry];

	return i != NO_LIVE ? &w->lives[i] : NULL;
}

struct snapwork_live *
snapwork_live_of_skill(struct snapwork *w, size_t skill)
{
	uint32_t i = w->skill_lives[skill];

	return i != NO_LIVE ? &w->lives[i] : NULL;
}

/* ---- looking ------------------------------------------------------------- */

struct snap_live
snapwork_at(const struct snapwork *w, const struct snapwork_live *live)
{
	const struct snapmake_request *request = w->request;
	const struct skill *skill =
	    live->skill != NO_LIVE ? &request->set->skills[live->skill] : NULL;

	return (struct snap_live){
		.dir_fd = live->dir_fd,
		.name = live->name,
		.path = live->path,
		.ignore = w->all->ignore,
		.near = skill != NULL && w->source_fd != -1 ? skill->rel : NULL,
		.near_fd = w->source_fd,
		.looks = sourceseen_looks(request->seen,
		    skill != NULL ? skill->look : NOT_SEEN),
	};
}

struct looking {
	struct snapwork *w;
	const struct snap_seen_root **olds; /* of each live, or NULL */
};

static void
look_at(void *payload, size_t first, size_t last)
{
	const struct looking *l = payload;

	for (size_t i = first; i < last; i++) {
		struct snapwork_live *live = &l->w->lives[i];
		const struct snap_live at = snapwork_at(l->w, live);
		const struct snap_seen_root *old = l->olds[i];

		/* What cannot be looked at is read: that says what is wrong. */
		if (old != NULL && snapscan_is_same(&at, old)) {
			live->tree = old->tree;
			live->is_read = true;
		}
	}
}

void
snapwork_look(struct snapwork *w)
{
	AUTO_FREE const struct snap_seen_root **olds =
	    xcalloc(w->n_lives, sizeof(*olds));
	struct looking looking = { w, olds };

	for (size_t i = 0; i < w->n_lives; i++)
		olds[i] = snapseen_find(&w->seen, w->lives[i].path, w->now_s);
	crew_run(w->n_lives, TREES_A_PART, look_at, &looking);
}

/* The name by which the target shows it through a link, or NULL. */
static const char *
shown_as(const struct snapwork *w, size_t target,
    const struct snapwork_live *live)
{
	const struct observed_target *seen = w->targets[target].seen;

	if (live->skill == NO_LIVE)
		return live->target == target ? live->name : NULL;
	return seen->right[live->skill] ? view_name(seen->view, live->skill)
					: NULL;
}

const char *
snapwork_place(struct snapwork *w, const struct snapwork_live *live)
{
	if ((w->request->flags & SNAPMAKE_LAY_OUT) == 0 || live->dir_fd != -1)
		return live->where;
	for (size_t i = 0; i < w->n_targets; i++) {
		const struct snapwork_target *t = &w->targets[i];
		const char *name =
		    t->fd != -1 && !t->is_short ? shown_as(w, i, live) : NULL;

		if (name != NULL)
			return arena_join(&w->s->arena, t->seen->config->name,
			    name);
	}
	return live->where;
}

bool
snapwork_is_stale(const struct snapwork *w, const struct snapwork_live *live)
{
	return !live->is_read || live->tree.version == NULL ||
	       snapshots_holding(w->all, live->tree.version, NULL) == NULL;
}

/* ---- deciding ------------------------------------------------------------ */

static void
add_state(struct digest_state *state, const char *what, const char *name,
    const char *text, const struct snapwork_live *live)
{
	bool is_known = live != NULL && live->tree.version != NULL;

	digest_add_str(state, what);
	digest_add_str(state, name);
	digest_add_str(state, text != NULL ? text : "");
	digest_add_str(state, is_known ? live->tree.version : "-");
}

static uint64_t
size_of(const struct snapwork_live *live)
{
	return live != NULL && live->tree.version != NULL
		   ? live->tree.size_bytes
		   : 0;
}

/* The same as a target before it, in the views of which most targets are. */
static const struct snapwork_target *
find_alike(const struct snapwork *w, const struct snapwork_target *t)
{
	size_t n = w->request->set->n;

	for (const struct snapwork_target *k = w->targets; k < t; k++) {
		if (k->state != NULL && k->seen->view == t->seen->view &&
		    memcmp(k->seen->right, t->seen->right,
			n * sizeof(*t->seen->right)) == 0)
			return k;
	}
	return NULL;
}

static void
work_out_shown(struct snapwork *w, struct snapwork_target *t)
{
	const struct skillset *set = w->request->set;
	const struct observed_target *seen = t->seen;
	const struct snapwork_target *alike = find_alike(w, t);
	struct digest_state state;

	if (alike != NULL) {
		t->shown = alike->shown;
		return;
	}
	digest_init(&state);
	for (size_t i = 0; i < set->n; i++) {
		const struct snapwork_live *live;

		if (!seen->right[i])
			continue;
		live = snapwork_live_of_skill(w, i);
		add_state(&state, "link", view_name(seen->view, (uint32_t)i),
		    set->skills[i].abs, live);
		t->shown.n_skills++;
		t->shown.size_bytes += size_of(live);
	}
	t->shown.digest = digest_final(&state);
}

static void
work_out_state(struct snapwork *w, struct snapwork_target *t)
{
	const struct observed_target *seen = t->seen;
	struct digest_state state;
	char hex[DIGEST_HEX_LEN + 1];

	work_out_shown(w, t);
	t->out->n_skills = t->shown.n_skills;
	t->out->size_bytes = t->shown.size_bytes;
	digest_init(&state);
	digest_add_str(&state, seen->config->path);
	digest_add(&state, t->shown.digest.bytes,
	    sizeof(t->shown.digest.bytes));
	for (size_t i = 0; i < seen->n; i++) {
		const struct observed_entry *e = &seen->entries[i];
		const struct snapwork_live *live = snapwork_live_of(w, t, i);

		/* What a foreign link shows is no part of the target. */
		add_state(&state, e->text != NULL ? "link" : "real", e->name,
		    e->text, e->seen != SEEN_LINK_FOREIGN ? live : NULL);
		t->out->n_skills += live != NULL && live->tree.is_skill;
		t->out->size_bytes += size_of(live);
	}
	for (size_t i = 0; i < seen->n_hidden; i++)
		add_state(&state, "hidden", seen->hidden[i], NULL, NULL);
	struct digest digest = digest_final(&state);
	digest_hex(&digest, hex);
	t->state = arena_strdup(&w->s->arena, hex);
}

/* Its first entry that could not be read, or NULL. */
static struct snapwork_live *
find_failed(struct snapwork *w, const struct snapwork_target *t)
{
	for (size_t i = 0; i < t->seen->n; i++) {
		struct snapwork_live *live = snapwork_live_of(w, t, i);

		if (live != NULL && live->dir_fd != -1 && live->error != NULL)
			return live;
	}
	return NULL;
}

/* Of each tree once, however many targets show it. */
static void
find_held(struct snapwork *w)
{
	for (size_t i = 0; i < w->n_lives; i++) {
		struct snapwork_live *live = &w->lives[i];

		live->is_held =
		    live->tree.version == NULL ||
		    snapshots_holding(w->all, live->tree.version, NULL) != NULL;
	}
}

static bool
is_held(const struct snapwork_live *live)
{
	return live == NULL || live->is_held;
}

/* Does a snapshot from before hold each version that the target shows? */
static bool
is_all_held(struct snapwork *w, const struct snapwork_target *t)
{
	for (size_t i = 0; i < w->request->set->n; i++) {
		if (t->seen->right[i] && !is_held(snapwork_live_of_skill(w, i)))
			return false;
	}
	for (size_t i = 0; i < t->seen->n; i++) {
		if (!is_held(snapwork_live_of(w, t, i)))
			return false;
	}
	return true;
}

/*
 * The snapshot that has the target as it is now, or NULL: the newest that a
 * restore would take.
 */
static const struct snapshot *
find_same(struct snapwork *w, const struct snapwork_target *t)
{
	bool lays_out = (w->request->flags & SNAPMAKE_LAY_OUT) != 0;
	bool is_restore = w->request->kind == SNAPSHOT_BEFORE_RESTORE;

	for (size_t i = 0; i < w->all->n; i++) {
		const struct snapshot *s = w->all->items[i];
		const struct snapshot_target *old;

		if (s->is_plain || s->damage != NULL ||
		    (s->kind == SNAPSHOT_BEFORE_RESTORE && !is_restore))
			continue;
		old = snapshot_target(s, t->seen->config->name);
		if (old == NULL)
			continue;
		if (strcmp(old->state, t->state) != 0 ||
		    (lays_out && !old->is_laid_out) || !is_all_held(w, t))
			return NULL;
		return s;
	}
	return NULL;
}

void
snapwork_decide(struct snapwork *w)
{
	find_held(w);
	for (size_t i = 0; i < w->n_targets; i++) {
		struct snapwork_target *t = &w->targets[i];

		if (t->fd == -1)
			continue;
		struct snapwork_live *failed = find_failed(w, t);
		if (failed != NULL) {
			t->out->outcome = SNAPMAKE_FAILED;
			t->out->error = error_new(error_code(failed->error),
			    "%s", error_msg(failed->error));
			continue;
		}
		work_out_state(w, t);
		const struct snapshot *same = find_same(w, t);
		t->out->outcome =
		    same != NULL ? SNAPMAKE_UNCHANGED : SNAPMAKE_MADE;
		t->out->since = same != NULL ? same->name : NULL;
	}
}

void
snapwork_release(struct snapwork *w)
{
	for (size_t i = 0; i < w->n_lives; i++)
		error_free(w->lives[i].error);
	free(w->lives);
	for (size_t i = 0; i < w->n_targets; i++) {
		base_close_fd(&w->targets[i].fd);
		free(w->targets[i].lives);
	}
	free(w->targets);
	free(w->skill_lives);
	strmap_release(&w->wheres);
	strmap_release(&w->versions);
	snapseen_release(&w->seen);
	snapstore_release(&w->store);
	base_close_fd(&w->source_fd);
	base_close_fd(&w->folder_fd);
	free(w->folder);
	base_close_fd(&w->staging_fd);
	base_close_fd(&w->lock_fd);
	free(w->staging);
	snapshot_free(w->s);
}
