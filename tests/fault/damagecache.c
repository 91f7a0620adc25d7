/*
 * Damage to what nothing hangs on: caches, marks that are believed by their
 * names, notes for people. Everybody says and does what they would without.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "damage.h"
#include "error.h"
#include "fs.h"
#include "path.h"

#define SKILLS_FOR_STAMPS 300

/* ---- caches -------------------------------------------------------------- */

/* What is younger is in no cache. */
#define SURE_AGE_US 2100000

/* What a command says that only looks. */
static void
hear(struct suite *s, const struct damage *d, struct strbuf *out)
{
	AUTO_OUTCOME struct outcome o = { 0 };

	run_unhurt(s, d->sc, d->command, &o);
	check_sane(s, &o);
	strbuf_printf(out, "%d\n%s%s", o.code, strbuf_str(&o.out),
	    strbuf_str(&o.err));
}

static void
damage_cache(struct suite *s, const struct damage *d)
{
	AUTO_STRBUF struct strbuf whole = { 0 };
	AUTO_STRBUF struct strbuf sound = { 0 };

	hear(s, d, &sound);
	CHECK_OK(fs_read_file(AT_FDCWD, d->abs, MAX_FILE_BYTES, &whole));
	size_t step = s->is_long ? 1 : whole.len / FLIPS_A_FILE + 1;
	for (size_t i = 0; i < whole.len; i += step) {
		AUTO_STRBUF struct strbuf said = { 0 };
		AUTO_FREE char *bytes = xmalloc(whole.len);
		bool is_cut = i / step % 2 == 1;
		AUTO_FREE char *where = xasprintf("%s: %s at %zu",
		    path_base(d->abs), is_cut ? "cut" : "a bit flipped", i);

		s->at = where;
		memcpy(bytes, whole.s, whole.len);
		bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
		put_bytes(d->abs, bytes, is_cut ? i : whole.len);
		hear(s, d, &said);
		if (strcmp(strbuf_str(&said), strbuf_str(&sound)) != 0)
			complain(s, "%s says another thing:\n%s", d->command,
			    strbuf_str(&said));
		s->points++;
		s->at = "";
	}
	put_bytes(d->abs, whole.s, whole.len);
}

/* And what it says where there is none. */
static void
lose_cache(struct suite *s, const struct damage *d)
{
	AUTO_STRBUF struct strbuf with = { 0 };
	AUTO_STRBUF struct strbuf without = { 0 };

	hear(s, d, &with);
	if (unlink(d->abs) == -1)
		bail_out("%s cannot be removed", d->abs);
	hear(s, d, &without);
	if (strcmp(strbuf_str(&with), strbuf_str(&without)) != 0)
		complain(s, "without %s %s says another thing:\n%s", d->abs,
		    d->command, strbuf_str(&without));
}

/* The command twice, so that the second finds at rest what it is to keep. */
static void
fill_caches(struct suite *s, const struct scenario *sc)
{
	AUTO_OUTCOME struct outcome first = { 0 };
	AUTO_OUTCOME struct outcome second = { 0 };

	run_unhurt(s, sc, sc->command, &first);
	(void)usleep(SURE_AGE_US);
	run_unhurt(s, sc, sc->command, &second);
}

/* Everybody says what they would say without the cache. */
static void
judge_caches(struct suite *s, const struct damage *caches, size_t n)
{
	for (size_t i = 0; i < n; i++)
		damage_cache(s, &caches[i]);
	for (size_t i = 0; i < n; i++)
		lose_cache(s, &caches[i]);
}

void
damage_caches(struct suite *s, const struct scenario *sc)
{
	AUTO_FREE char *seen = path_join(s->home, BACKUPS "/.skillshare-seen");

	test_begin(s);
	home_make(s, sc);
	fill_caches(s, sc);
	AUTO_FREE char *copies = state_file(s, "copies");
	const struct damage caches[] = {
		{ sc, copies, "diff --json", NULL },
		{ sc, seen, "backup --dry-run", NULL },
	};
	judge_caches(s, caches, ARRAY_LEN(caches));
	test_end(s, "%s: caches damaged in %zu ways", sc->name, s->points);
}

/* Of a small target, or a small source, nothing is kept. */
void
damage_stamps(struct suite *s, const struct scenario *sc)
{
	test_begin(s);
	home_make(s, sc);
	for (unsigned i = 0; i < SKILLS_FOR_STAMPS; i++) {
		AUTO_FREE char *path = xasprintf("skills/n%u/SKILL.md", i);
		const struct entry skill[] = { { 'f', path, NULL }, { 0 } };

		home_entries(s, skill);
	}
	fill_caches(s, sc);
	AUTO_FREE char *stamps = state_file(s, "stamps");
	AUTO_FREE char *source = state_file(s, "source");
	const struct damage caches[] = {
		{ sc, stamps, "status --json", NULL },
		{ sc, source, "status --json", NULL },
	};
	judge_caches(s, caches, ARRAY_LEN(caches));
	test_end(s, "%s: stamps and source damaged in %zu ways", sc->name,
	    s->points);
}

/* ---- what is believed by its name ---------------------------------------- */

#define BEGUN "open/1/begun"

/* A death of the command, then one of its recovery: in time for the file. */
static char *
die_with_mark(struct suite *s, const struct scenario *sc, const char *rel)
{
	for (uint64_t n = 1; n < MAX_DEATHS; n++) {
		AUTO_OUTCOME struct outcome o = { 0 };
		AUTO_FREE char *fault = xasprintf("%" PRIu64 ":KILL", n);
		AUTO_FREE char *begun = die_with_file(s, sc, BEGUN);

		if (strcmp(rel, BEGUN) == 0)
			return STEAL_PTR(begun);
		run_program(s, "recover", fault, &o);
		AUTO_FREE char *abs = state_file(s, rel);
		if (is_there(abs))
			return STEAL_PTR(abs);
	}
	bail_out("%s: there is never a %s", sc->name, rel);
}

/* Cut to nothing, cut in the middle, a bit flipped: the run is taken back. */
static void
recover_with_mark(struct suite *s, const struct scenario *sc, const char *rel,
    const struct reference *ref)
{
	for (int way = 0; way < 3; way++) {
		AUTO_STRBUF struct strbuf bytes = { 0 };
		AUTO_SNAP struct snap now = { 0 };
		AUTO_FREE char *abs = die_with_mark(s, sc, rel);
		AUTO_FREE char *where = xasprintf("%s: way %d", rel, way);

		s->at = where;
		CHECK_OK(fs_read_file(AT_FDCWD, abs, MAX_FILE_BYTES, &bytes));
		size_t middle = bytes.len / 2;
		bytes.s[middle] = (char)(bytes.s[middle] ^ 1);
		put_bytes(abs, bytes.s,
		    way == 0   ? 0
		    : way == 1 ? middle
			       : bytes.len);
		check_recovers(s, sc, &now);
		if (check_whole(s, ref, &now))
			complain(s, "not taken back");
		s->points++;
		s->at = "";
	}
}

void
damage_marks(struct suite *s, const struct scenario *sc)
{
	static const char *const files[] = { BEGUN, "open/1/back" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_REFERENCE struct reference ref = { 0 };

		test_begin(s);
		reference_take(s, sc, &ref);
		AUTO_FREE char *abs = die_with_mark(s, sc, files[i]);
		damage_cache(s,
		    &(struct damage){ sc, abs, "recover --dry-run", NULL });
		recover_with_mark(s, sc, files[i], &ref);
		test_end(s, "%s: %s damaged in %zu ways", sc->name, files[i],
		    s->points);
	}
}

/* ---- what is for people only --------------------------------------------- */

void
damage_notes(struct suite *s, const struct scenario *sc)
{
	/* What a dead run may have left there, and what it would not. */
	static const char *const notes[] = { "pid 1 on here: sync\n",
		"\033]0;title\a\377\n\n\tpid", "" };
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_STRBUF struct strbuf sound = { 0 };

	test_begin(s);
	home_make(s, sc);
	AUTO_FREE char *config = state_file(s, "config");
	AUTO_FREE char *lock = state_file(s, "lock");
	const struct damage of_config = { sc, config, "doctor", NULL };
	const struct damage of_lock = { sc, lock, "status", NULL };
	damage_cache(s, &of_config);
	lose_cache(s, &of_config);
	hear(s, &of_lock, &sound);
	for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
		AUTO_STRBUF struct strbuf said = { 0 };

		put_bytes(lock, notes[i], strlen(notes[i]));
		hear(s, &of_lock, &said);
		if (strcmp(strbuf_str(&said), strbuf_str(&sound)) != 0)
			complain(s, "status says another thing:\n%s",
			    strbuf_str(&said));
		s->points++;
	}
	put_bytes(lock, notes[1], strlen(notes[1]));
	run_unhurt(s, sc, sc->command, &o);
	check_sane(s, &o);
	if (o.code != sc->code)
		complain(s, "exit code %d\n%s", o.code, strbuf_str(&o.err));
	test_end(s, "%s: config and lock damaged in %zu ways", sc->name,
	    s->points);
}
