#include "stamps.h"

#include <string.h>

#include "host.h"
#include "observe.h"
#include "record.h"

#define STAMPS_NAME "stamps"
#define STAMPS_MAGIC "skillshare-stamps 1"
#define SURE_AGE_NS ((int64_t)2 * 1000 * 1000 * 1000)
/* Fewer links are read faster than the file is written. */
#define WORTH_LINKS 256

/* ---- judging ------------------------------------------------------------- */

const struct stamp *
stamps_find(const struct stamps *stamps, const char *dir,
    const struct fs_stat *st)
{
	for (size_t i = 0; stamps != NULL && i < stamps->n; i++) {
		const struct stamp *stamp = &stamps->items[i];

		if (stamp->dev == st->dev &&
		    fs_id_equal(stamp->id, fs_id_of(st)) &&
		    stamp->mtime_ns == st->mtime_ns &&
		    stamp->ctime_ns == st->ctime_ns &&
		    strcmp(stamp->dir, dir) == 0)
			return stamp;
	}
	return NULL;
}

bool
stamps_age_is_sure(int64_t last_ns, int64_t looked_ns)
{
	return looked_ns - last_ns > SURE_AGE_NS;
}

bool
stamps_time_is_sure(int fd, int64_t last_ns, int64_t looked_ns)
{
	return stamps_age_is_sure(last_ns, looked_ns) && fs_keeps_times(fd);
}

bool
stamps_are_sure(int dir_fd, const struct fs_stat *st)
{
	int64_t last =
	    st->mtime_ns > st->ctime_ns ? st->mtime_ns : st->ctime_ns;

	return stamps_time_is_sure(dir_fd, last, host_now_ns());
}

/* ---- reading ------------------------------------------------------------- */

static bool
read_source(const struct record_reader *r, const struct skillset *set)
{
	return r->n_fields == 3 && strcmp(r->fields[0], "source") == 0 &&
	       strcmp(r->fields[1], set->source) == 0 &&
	       strcmp(r->fields[2], set->source_real) == 0;
}

/* A skill of then: is it still the one of its name? */
static bool
read_skill(const struct record_reader *r, const struct skillset *set,
    struct stamps *stamps)
{
	uint32_t i = 0;

	if (r->n_fields != 3)
		return false;
	if (strmap_get(&set->by_entry, r->fields[1], &i) &&
	    set->skills[i].state != SKILL_DISABLED &&
	    strcmp(set->skills[i].rel, r->fields[2]) == 0) {
		stamps->was[i] = true;
		return true;
	}
	stamps->gone =
	    xgrow(stamps->gone, stamps->n_gone, sizeof(*stamps->gone));
	stamps->gone[stamps->n_gone++] = (struct fs_entry){
		.name = arena_strdup(&stamps->arena, r->fields[1]),
		.kind = FS_ABSENT,
	};
	return true;
}

static bool
read_target(const struct record_reader *r, struct stamps *stamps)
{
	struct stamp stamp = { 0 };
	uint64_t times[3];

	if (r->n_fields != 7 || !record_u64(r, 2, UINT64_MAX, &stamp.dev) ||
	    !record_u64(r, 3, UINT64_MAX, &stamp.id.ino))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		if (!record_u64(r, 4 + i, INT64_MAX, &times[i]))
			return false;
	}
	stamp.dir = arena_strdup(&stamps->arena, r->fields[1]);
	stamp.id.btime_ns = (int64_t)times[0];
	stamp.mtime_ns = (int64_t)times[1];
	stamp.ctime_ns = (int64_t)times[2];
	stamps->items = xgrow(stamps->items, stamps->n, sizeof(*stamps->items));
	stamps->items[stamps->n++] = stamp;
	return true;
}

static bool
read_other(const struct record_reader *r, struct stamps *stamps)
{
	uint64_t kind = 0;

	if (r->n_fields != 3 || stamps->n == 0 ||
	    !record_u64(r, 1, FS_OTHER, &kind))
		return false;
	struct stamp *stamp = &stamps->items[stamps->n - 1];
	stamp->others =
	    xgrow(stamp->others, stamp->n_others, sizeof(*stamp->others));
	stamp->others[stamp->n_others++] = (struct fs_entry){
		.name = arena_strdup(&stamps->arena, r->fields[2]),
		.kind = (enum fs_kind)kind,
	};
	return true;
}

static bool
read_line(const struct record_reader *r, const struct skillset *set,
    struct stamps *stamps)
{
	if (strcmp(r->fields[0], "skill") == 0)
		return read_skill(r, set, stamps);
	if (strcmp(r->fields[0], "target") == 0)
		return read_target(r, stamps);
	return strcmp(r->fields[0], "other") == 0 && read_other(r, stamps);
}

/* Of one name, what was said of the target before what was of all. */
static int
by_name(const void *a, const void *b)
{
	const struct fs_entry *x = a;
	const struct fs_entry *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order
			  : (x->kind == FS_ABSENT) - (y->kind == FS_ABSENT);
}

/* Links to skills that are gone: others now, unless they were before. */
static void
add_gone(const struct stamps *stamps, struct stamp *stamp)
{
	size_t n = 0;

	for (size_t i = 0; i < stamps->n_gone; i++) {
		stamp->others = xgrow(stamp->others, stamp->n_others,
		    sizeof(*stamp->others));
		stamp->others[stamp->n_others++] = stamps->gone[i];
	}
	if (stamp->n_others > 1)
		qsort(stamp->others, stamp->n_others, sizeof(*stamp->others),
		    by_name);
	for (size_t i = 0; i < stamp->n_others; i++) {
		struct fs_entry e = stamp->others[i];

		if (n > 0 && strcmp(stamp->others[n - 1].name, e.name) == 0)
			continue;
		if (e.kind == FS_ABSENT)
			e.kind = FS_LINK;
		stamp->others[n++] = e;
	}
	stamp->n_others = n;
}

/* False if there is nothing to go by. */
static bool
read_all(const struct state *state, const struct skillset *set,
    struct stamps *stamps)
{
	AUTO_RECORD_READER struct record_reader r = { .fd = -1 };
	bool more = false;
	struct error *err =
	    record_open(&r, state->fd, STAMPS_NAME, STAMPS_NAME, STAMPS_MAGIC);

	if (err == NULL)
		err = record_next(&r, &more);
	bool good = err == NULL && more && read_source(&r, set);
	while (good) {
		err = record_next(&r, &more);
		if (err != NULL || !more)
			break;
		good = read_line(&r, set, stamps);
	}
	good = good && err == NULL;
	error_free(err); /* a cache: without it all is looked at */
	return good;
}

void
stamps_load(const struct state *state, const struct skillset *set,
    struct stamps *out)
{
	struct stamps stamps = { 0 };

	if (state->fd == -1)
		return;
	stamps.was = arena_alloc(&stamps.arena, set->n * sizeof(*stamps.was));
	if (!read_all(state, set, &stamps)) {
		stamps_release(&stamps);
		return;
	}
	for (size_t i = 0; i < stamps.n; i++)
		add_gone(&stamps, &stamps.items[i]);
	*out = stamps;
}

/* ---- writing ------------------------------------------------------------- */

/* Is there nothing more to say of t than its others? */
static bool
is_told_by_others(const struct observed_target *t, const struct skillset *set)
{
	size_t at = 0;

	for (size_t i = 0; i < set->n; i++) {
		const struct skill *skill = &set->skills[i];
		int order = -1;

		while (at < t->n &&
		       (order = strcmp(t->entries[at].name, skill->entry)) < 0)
			at++;
		bool is_other = at < t->n && order == 0;
		if (t->right[i] != (skill->state == SKILL_OK && !is_other))
			return false;
	}
	return true;
}

static bool
is_kept(const struct observed_target *t, const struct skillset *set)
{
	return t->kind == PLACE_DIR && t->trust != TRUST_NOT &&
	       t->view->is_plain && is_told_by_others(t, set);
}

static void
write_other(struct record_writer *w, enum fs_kind kind, const char *name)
{
	record_field(w, "other");
	record_number(w, kind);
	record_field(w, name);
	record_end(w);
}

static void
write_target(struct record_writer *w, const struct observed_target *t)
{
	record_field(w, "target");
	record_field(w, t->dir);
	record_number(w, t->dir_dev);
	record_number(w, t->dir_id.ino);
	record_number(w, (uint64_t)t->dir_id.btime_ns);
	record_number(w, (uint64_t)t->mtime_ns);
	record_number(w, (uint64_t)t->ctime_ns);
	record_end(w);
	/* Dot-entries are only named, whatever they are. */
	for (size_t i = 0; i < t->n_hidden; i++)
		write_other(w, FS_OTHER, t->hidden[i]);
	/* A change within it does not show in the directory's times. */
	if (t->manifest.root != NULL)
		write_other(w, FS_OTHER, MANIFEST_NAME);
	for (size_t i = 0; i < t->n; i++) {
		const struct observed_entry *e = &t->entries[i];

		write_other(w,
		    e->text != NULL        ? FS_LINK
		    : seen_is_dir(e->seen) ? FS_DIR
					   : FS_FILE,
		    e->name);
	}
}

/* Links that were read and need not be the next time. */
static size_t
count_spared(const struct skillset *set, const struct observed *observed)
{
	size_t n = 0;

	for (size_t i = 0; i < observed->n; i++) {
		const struct observed_target *t = &observed->targets[i];

		if (t->trust == TRUST_NEXT && is_kept(t, set))
			n += t->n_right;
	}
	return n;
}

struct error *
stamps_keep(const struct state *state, const struct skillset *set,
    const struct observed *observed)
{
	struct record_writer w;

	if (count_spared(set, observed) < WORTH_LINKS)
		return NULL;
	record_create(&w, state->fd, STAMPS_NAME, STAMPS_MAGIC);
	record_field(&w, "source");
	record_field(&w, set->source);
	record_field(&w, set->source_real);
	record_end(&w);
	for (size_t i = 0; i < set->n; i++) {
		if (set->skills[i].state != SKILL_OK)
			continue;
		record_field(&w, "skill");
		record_field(&w, set->skills[i].entry);
		record_field(&w, set->skills[i].rel);
		record_end(&w);
	}
	for (size_t i = 0; i < observed->n; i++) {
		if (is_kept(&observed->targets[i], set))
			write_target(&w, &observed->targets[i]);
	}
	return record_publish_cache(&w, state->fd, STAMPS_NAME);
}

void
stamps_release(struct stamps *stamps)
{
	for (size_t i = 0; i < stamps->n; i++)
		free(stamps->items[i].others);
	free(stamps->items);
	free(stamps->gone);
	arena_release(&stamps->arena);
	*stamps = (struct stamps){ 0 };
}
