#include <errno.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "path.h"
#include "signals.h"
#include "snapfile.h"
#include "snapwork.h"

#define NAME_TRIES 100

/* ---- the manifest -------------------------------------------------------- */

static const char *
copy_text(struct snapwork *w, const char *text)
{
	return text != NULL ? arena_strdup(&w->s->arena, text) : NULL;
}

static const char *
version_of(struct snapwork *w, const struct snapwork_live *live)
{
	return live != NULL ? copy_text(w, live->tree.version) : NULL;
}

/* Is it called in the target as in the others? */
static bool
is_flat_named(const struct snapwork *w, const struct snapwork_target *t,
    size_t skill)
{
	return strcmp(view_name(t->seen->view, (uint32_t)skill),
		   w->request->set->skills[skill].entry) == 0;
}

/* A skill that any target shows gets its number in the snapshot. */
static uint32_t
number_of_skill(struct snapwork *w, uint32_t *numbers, size_t skill)
{
	struct snapshot *s = w->s;
	const struct skill *from = &w->request->set->skills[skill];

	if (numbers[skill] == NO_LIVE) {
		numbers[skill] = (uint32_t)s->n_skills;
		s->skills = xgrow(s->skills, s->n_skills, sizeof(*s->skills));
		s->skills[s->n_skills++] = (struct snapshot_entry){
			.name = copy_text(w, from->entry),
			.text = copy_text(w, from->abs),
			.version =
			    version_of(w, snapwork_live_of_skill(w, skill)),
		};
	}
	return numbers[skill];
}

static void
fill_shown(struct snapwork *w, const struct snapwork_target *from,
    struct snapshot_target *t, uint32_t *numbers)
{
	for (size_t i = 0; i < w->request->set->n; i++) {
		if (!from->seen->right[i] || !is_flat_named(w, from, i))
			continue;
		uint32_t number = number_of_skill(w, numbers, i);
		if (t->n_shown > 0 &&
		    t->shown[t->n_shown - 1].last + 1 == number) {
			t->shown[t->n_shown - 1].last = number;
			continue;
		}
		t->shown = xgrow(t->shown, t->n_shown, sizeof(*t->shown));
		t->shown[t->n_shown++] =
		    (struct snapshot_range){ number, number };
	}
}

/* Right links that are called otherwise here are entries like others. */
static void
fill_renamed(struct snapwork *w, const struct snapwork_target *from,
    struct snapshot_target *t)
{
	const struct skillset *set = w->request->set;

	for (size_t i = 0; i < set->n; i++) {
		if (!from->seen->right[i] || is_flat_named(w, from, i))
			continue;
		t->own[t->n_own++] = (struct snapshot_entry){
			.name = copy_text(w,
			    view_name(from->seen->view, (uint32_t)i)),
			.text = copy_text(w, set->skills[i].abs),
			.version = version_of(w, snapwork_live_of_skill(w, i)),
		};
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct snapshot_entry *x = a;
	const struct snapshot_entry *y = b;

	return strcmp(x->name, y->name);
}

static void
fill_target(struct snapwork *w, const struct snapwork_target *from,
    struct snapshot_target *t, uint32_t *numbers)
{
	const struct observed_target *seen = from->seen;

	*t = (struct snapshot_target){
		.name = copy_text(w, seen->config->name),
		.path = copy_text(w, seen->config->path),
		.mode = seen->config->mode,
		.is_laid_out = (w->request->flags & SNAPMAKE_LAY_OUT) != 0,
		.n_skills = from->out->n_skills,
		.size_bytes = from->out->size_bytes,
		.state = from->state,
	};
	fill_shown(w, from, t, numbers);
	t->own = xcalloc(seen->n + seen->n_right + 1, sizeof(*t->own));
	for (; t->n_own < seen->n; t->n_own++) {
		const struct observed_entry *e = &seen->entries[t->n_own];

		t->own[t->n_own] = (struct snapshot_entry){
			.name = copy_text(w, e->name),
			.text = copy_text(w, e->text),
			.version =
			    version_of(w, snapwork_live_of(w, from, t->n_own)),
		};
	}
	fill_renamed(w, from, t);
	if (t->n_own > seen->n)
		qsort(t->own, t->n_own, sizeof(*t->own), by_name);
	t->hidden = xcalloc(seen->n_hidden + 1, sizeof(*t->hidden));
	for (; t->n_hidden < seen->n_hidden; t->n_hidden++)
		t->hidden[t->n_hidden] =
		    copy_text(w, seen->hidden[t->n_hidden]);
}

void
snapwork_fill(struct snapwork *w)
{
	size_t n_skills = w->request->set->n;
	AUTO_FREE uint32_t *numbers = xcalloc(n_skills + 1, sizeof(*numbers));
	struct snapshot *s = w->s;

	for (size_t i = 0; i < n_skills; i++)
		numbers[i] = NO_LIVE;
	for (size_t i = 0; i < w->all->n; i++) {
		if (w->all->items[i]->sequence > s->sequence)
			s->sequence = w->all->items[i]->sequence;
	}
	s->sequence++;
	s->when = w->now_s;
	s->kind = w->request->kind;
	s->command = copy_text(w, w->request->command);
	s->targets = xcalloc(w->n_targets + 1, sizeof(*s->targets));
	for (size_t i = 0; i < w->n_targets; i++) {
		if (w->targets[i].out->outcome == SNAPMAKE_MADE)
			fill_target(w, &w->targets[i],
			    &s->targets[s->n_targets++], numbers);
	}
	for (size_t i = 0; i < n_skills; i++) {
		if ((w->request->flags & SNAPMAKE_SOURCE) != 0 &&
		    snapwork_live_of_skill(w, i) != NULL)
			(void)number_of_skill(w, numbers, i);
	}
}

/* ---- publishing ---------------------------------------------------------- */

/* A second later than name, as calendars count. */
static char *
next_name(const char *name)
{
	char next[HOST_STAMP_LEN + 1];
	uint64_t parts[6];
	struct tm tm = { 0 };

	for (size_t i = 0, at = 0; i < ARRAY_LEN(parts); i++) {
		size_t len = i == 0 ? 4 : 2;
		AUTO_FREE char *digits = xstrndup(name + at, len);

		if (!parse_u64(digits, 9999, &parts[i]))
			BUG("%s is no name of a snapshot", name);
		at += len + 1;
	}
	tm.tm_year = (int)parts[0] - 1900;
	tm.tm_mon = (int)parts[1] - 1;
	tm.tm_mday = (int)parts[2];
	tm.tm_hour = (int)parts[3];
	tm.tm_min = (int)parts[4];
	tm.tm_sec = (int)parts[5];
	time_t t = timegm(&tm) + 1;
	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(next, sizeof(next), "%Y-%m-%d_%H-%M-%S", &tm) == 0)
		BUG("there is no second after %s", name);
	return xstrdup(next);
}

/* The later of now and a second after the last one. */
static char *
first_name(const struct snapwork *w)
{
	char now[HOST_STAMP_LEN + 1];
	const char *last = "";

	host_stamp(w->now_s, now);
	for (size_t i = 0; i < w->all->n; i++) {
		if (strcmp(w->all->items[i]->name, last) > 0)
			last = w->all->items[i]->name;
	}
	return strcmp(now, last) > 0 ? xstrdup(now) : next_name(last);
}

/* About what the file system gives to directories and manifest. */
MUST_USE static struct error *
measure_own(struct snapwork *w)
{
	const uint64_t line_bytes = 200;
	uint64_t lines = w->s->n_skills;
	struct fs_stat st = { 0 };
	struct error *err = fs_stat_fd(w->staging_fd, w->staging, &st);

	for (size_t i = 0; i < w->s->n_trees; i++)
		lines += w->s->trees[i].n;
	w->s->own_bytes =
	    (w->n_dirs + 1) * st.allocated_bytes + lines * line_bytes;
	return err;
}

struct error *
snapwork_publish(struct snapwork *w)
{
	struct snapshot *s = w->s;
	AUTO_FREE char *name = first_name(w);

	struct error *err = measure_own(w);
	if (err == NULL)
		err = snapfile_write(s, w->staging_fd);
	if (err == NULL)
		err = fs_sync_fs(w->staging_fd, w->all->dir);
	if (err == NULL)
		err = signals_check();
	if (err != NULL)
		return err;
	err = fs_rename_noreplace(w->all->fd, w->staging, w->all->fd, name);
	for (int i = 1; i < NAME_TRIES && error_is_sys(err, EEXIST); i++) {
		char *later = next_name(name);

		error_free(err); /* something that is no snapshot */
		free(name);
		name = later;
		err = fs_rename_noreplace(w->all->fd, w->staging, w->all->fd,
		    name);
	}
	if (err != NULL)
		return err;
	free(w->staging);
	w->staging = NULL; /* it has its name: nothing to clear */
	s->name = copy_text(w, name);
	s->path = arena_join(&s->arena, w->all->dir, name);
	s->is_loaded = true;
	w->out->name = STEAL_PTR(name);
	w->out->path = xstrdup(s->path);
	return fs_sync(w->all->fd, w->all->dir);
}
