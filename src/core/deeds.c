#include "deeds.h"

#include <errno.h>
#include <string.h>

#include "path.h"
#include "record.h"

#define DEEDS_NAME "deeds"
#define DEEDS_MAGIC "skillshare-deeds 1"
#define DEED_WORD "deed"
#define DEED_FIELDS 6
#define ADVICE                                                                 \
	"restore it, or move it away (log then lacks what cannot be undone)"

void
deeds_release(struct deeds *deeds)
{
	free(deeds->items);
	arena_release(&deeds->arena);
	*deeds = (struct deeds){ 0 };
}

static void
add(struct deeds *deeds, const struct deed *deed)
{
	deeds->items = xgrow(deeds->items, deeds->n, sizeof(*deeds->items));
	deeds->items[deeds->n++] = *deed;
}

/* ---- reading ------------------------------------------------------------- */

static bool
read_deed(const struct record_reader *r, struct deeds *out)
{
	struct deed deed = { 0 };
	uint64_t when = 0;

	if (r->n_fields != DEED_FIELDS ||
	    strcmp(r->fields[0], DEED_WORD) != 0 ||
	    !record_u64(r, 1, INT64_MAX, &when) ||
	    !record_u64(r, 2, UINT64_MAX - 1, &deed.after))
		return false;
	deed.when = (int64_t)when;
	deed.command = arena_strdup(&out->arena, r->fields[3]);
	deed.what = arena_strdup(&out->arena, r->fields[4]);
	deed.why = arena_strdup(&out->arena, r->fields[5]);
	add(out, &deed);
	return true;
}

struct error *
deeds_read(const struct state *state, struct deeds *out)
{
	AUTO_RECORD_READER struct record_reader r = { .fd = -1 };
	AUTO_FREE char *shown = path_join(state->path, DEEDS_NAME);
	bool more = true;

	if (state->fd == -1)
		return NULL;
	struct error *err =
	    record_open(&r, state->fd, DEEDS_NAME, shown, DEEDS_MAGIC);
	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* there was none yet */
		return NULL;
	}
	while (err == NULL) {
		err = record_next(&r, &more);
		if (err != NULL || !more)
			break;
		if (!read_deed(&r, out))
			err = record_damage(&r);
	}
	return record_advise(err, ADVICE);
}

const struct deed *
deeds_since(const struct deeds *deeds, uint64_t run)
{
	const struct deed *last =
	    deeds->n > 0 ? &deeds->items[deeds->n - 1] : NULL;

	return last != NULL && last->after >= run ? last : NULL;
}

/* ---- writing ------------------------------------------------------------- */

static void
write_deed(struct record_writer *w, const struct deed *deed)
{
	record_field(w, DEED_WORD);
	record_number(w, (uint64_t)deed->when);
	record_number(w, deed->after);
	record_field(w, deed->command);
	record_field(w, deed->what);
	record_field(w, deed->why);
	record_end(w);
}

struct error *
deeds_add(const struct state *state, const struct deed *deed,
    const struct config_keep *keep)
{
	AUTO_DEEDS struct deeds deeds = { 0 };
	struct record_writer w;
	struct deed last = *deed;
	uint64_t next = 0;
	struct error *err = deeds_read(state, &deeds);

	if (err == NULL)
		err = state_next_run(state, &next);
	if (err != NULL)
		return err;
	last.after = next - 1;
	add(&deeds, &last);
	record_create(&w, state->fd, DEEDS_NAME, DEEDS_MAGIC);
	for (size_t i = 0; i < deeds.n; i++) {
		const struct deed *d = &deeds.items[i];
		bool is_young = d->when >= config_keep_since(keep, last.when) &&
				deeds.n - i <= keep->count;

		if (is_young || i + 1 == deeds.n)
			write_deed(&w, d);
	}
	return record_publish(&w, state->fd, DEEDS_NAME);
}
