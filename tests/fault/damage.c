/*
 * Damage to our own files, a bit or the tail at a time: an error that names
 * the file and changes nothing, never "there is nothing, so remove it".
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "fs.h"
#include "path.h"
#include "suite.h"

#define MAX_FILE_BYTES ((size_t)1 << 20)
#define FLIPS_A_FILE 40 /* in a short run */
#define EXIT_NOTHING_DONE 3

/* ---- finding files ------------------------------------------------------ */

/* <state home>/skillshare/<key>/rel, absolute; yours. */
static char *
state_file(const struct suite *s, const char *rel)
{
	AUTO_FREE char *dir = path_join(s->home, ".local/state/skillshare");
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	CHECK_OK(fs_open_dir(dir, &fd));
	CHECK_OK(fs_list(fd, dir, &list));
	if (list.n != 1)
		bail_out("%zu states in %s", list.n, dir);
	return xasprintf("%s/%s/%s", dir, list.entries[0].name, rel);
}

static bool
is_there(const char *abs)
{
	struct fs_stat st;

	CHECK_OK(fs_stat(AT_FDCWD, abs, &st));
	return st.kind != FS_ABSENT;
}

static void
put_bytes(const char *abs, const char *bytes, size_t len)
{
	AUTO_CLOSE int fd = open(abs, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd == -1 || write(fd, bytes, len) != (ssize_t)len)
		bail_out("%s cannot be written", abs);
}

/* ---- judging ------------------------------------------------------------ */

struct damage {
	const struct scenario *sc;
	const char *abs;     /* the file */
	const char *command; /* that reads it */
};

/* All that is in the home, our files included, but for the lock's note. */
static void
see_all(const struct suite *s, struct strbuf *out)
{
	AUTO_SNAP struct snap snap = { 0 };

	snap_take(s, NULL, &snap);
	strbuf_printf(out, "%s%s", strbuf_str(&snap.units[0]),
	    strbuf_str(&snap.litter));
}

static void
check_refused(struct suite *s, const struct damage *d, const char *what,
    size_t at)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_STRBUF struct strbuf before = { 0 };
	AUTO_STRBUF struct strbuf after = { 0 };
	AUTO_FREE char *where =
	    xasprintf("%s: %s at %zu", path_base(d->abs), what, at);

	s->at = where;
	see_all(s, &before);
	run_unhurt(s, d->sc, d->command, &o);
	see_all(s, &after);
	check_sane(s, &o);
	if (o.code != EXIT_NOTHING_DONE ||
	    strstr(strbuf_str(&o.err), path_base(d->abs)) == NULL)
		complain(s, "exit code %d, and the file not named\n%s%s",
		    o.code, strbuf_str(&o.err), strbuf_str(&o.out));
	if (strcmp(strbuf_str(&before), strbuf_str(&after)) != 0)
		complain(s, "something was changed:\n%s", strbuf_str(&after));
	s->points++;
	s->at = "";
}

/* Flips bits and cuts the tail off; the file is whole again afterwards. */
static void
damage_file(struct suite *s, const struct damage *d,
    void (*check)(struct suite *s, const struct damage *d, const char *what,
	size_t at))
{
	AUTO_STRBUF struct strbuf whole = { 0 };

	CHECK_OK(fs_read_file(AT_FDCWD, d->abs, MAX_FILE_BYTES, &whole));
	size_t step = s->is_long ? 1 : whole.len / FLIPS_A_FILE + 1;
	for (size_t i = 0; i < whole.len; i += step) {
		AUTO_FREE char *bytes = xmalloc(whole.len);

		put_bytes(d->abs, whole.s, i);
		check(s, d, "cut", i);
		memcpy(bytes, whole.s, whole.len);
		bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
		put_bytes(d->abs, bytes, whole.len);
		check(s, d, "a bit flipped", i);
		put_bytes(d->abs, whole.s, whole.len);
	}
}

/* ---- runs --------------------------------------------------------------- */

/* Kills the command at the first call at which the file is there. */
static char *
die_with_file(struct suite *s, const struct scenario *sc, const char *rel)
{
	for (uint64_t n = 6; n < 200; n++) {
		AUTO_OUTCOME struct outcome o = { 0 };
		AUTO_FREE char *fault = xasprintf("%" PRIu64 ":KILL", n);

		home_make(s, sc);
		run_program(s, sc->command, fault, &o);
		AUTO_FREE char *abs = state_file(s, rel);
		if (is_there(abs))
			return STEAL_PTR(abs);
	}
	bail_out("%s: there is never a %s", sc->name, rel);
}

static void
damage_journal(struct suite *s, const struct scenario *sc)
{
	static const char *const files[] = { "open/1/begin", "open/1/plan",
		"committed/1/plan", "committed/1/outcome" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_REFERENCE struct reference ref = { 0 };
		AUTO_SNAP struct snap now = { 0 };

		test_begin(s);
		reference_take(s, sc, &ref);
		AUTO_FREE char *abs = die_with_file(s, sc, files[i]);
		const struct damage d = { sc, abs, "recover" };
		damage_file(s, &d, check_refused);
		/* Whole again, it is as good as it was. */
		check_recovers(s, sc, &now);
		(void)check_whole(s, &ref, &now);
		test_end(s, "%s: %s damaged in %zu ways", sc->name, files[i],
		    s->points);
	}
}

/* A finished run: what undo reads. */
static void
damage_done(struct suite *s, const struct scenario *sc)
{
	static const char *const files[] = { "done/1/plan", "done/1/outcome" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		test_begin(s);
		home_make(s, sc);
		AUTO_FREE char *abs = state_file(s, files[i]);
		const struct damage d = { sc, abs, sc->command };
		damage_file(s, &d, check_refused);
		test_end(s, "%s: %s damaged in %zu ways", sc->name, files[i],
		    s->points);
	}
}

/* ---- roots -------------------------------------------------------------- */

/* What is whole in another way may be read; nothing foreign may go. */
static void
check_roots(struct suite *s, const struct damage *d, const char *what,
    size_t at)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_SNAP struct snap before = { 0 };
	AUTO_SNAP struct snap after = { 0 };
	AUTO_FREE char *where = xasprintf("roots: %s at %zu", what, at);
	AUTO_FREE char *foreign = path_join(s->home, ".claude/skills/theirs");
	char lost[DIGEST_HEX_LEN + 1];

	s->at = where;
	snap_take(s, NULL, &before);
	run_unhurt(s, d->sc, d->command, &o);
	snap_take(s, NULL, &after);
	check_sane(s, &o);
	if (o.code == EXIT_NOTHING_DONE &&
	    (strstr(strbuf_str(&o.err), "roots") == NULL ||
		!snap_equal(&before, &after)))
		complain(s, "the file not named, or something changed\n%s",
		    strbuf_str(&o.err));
	if (!snap_has_all(&before, &after, lost) || !is_there(foreign))
		complain(s, "something foreign was removed\n%s",
		    strbuf_str(&o.out));
	s->points++;
	s->at = "";
}

static void
damage_roots(struct suite *s, const struct scenario *sc)
{
	AUTO_FREE char *bytes = NULL;
	AUTO_STRBUF struct strbuf whole = { 0 };

	test_begin(s);
	home_make(s, sc);
	AUTO_FREE char *abs = state_file(s, "roots");
	CHECK_OK(fs_read_file(AT_FDCWD, abs, MAX_FILE_BYTES, &whole));
	for (size_t i = 0; i < whole.len; i++) {
		const struct damage d = { sc, abs, sc->command };

		home_make(s, sc);
		put_bytes(abs, whole.s, i);
		check_roots(s, &d, "cut", i);
		for (int bit = 0; bit < 8; bit += s->is_long ? 1 : 3) {
			home_make(s, sc);
			bytes = xmalloc(whole.len);
			memcpy(bytes, whole.s, whole.len);
			bytes[i] = (char)(bytes[i] ^ (1 << bit));
			put_bytes(abs, bytes, whole.len);
			free(STEAL_PTR(bytes));
			check_roots(s, &d, "a bit flipped", i);
		}
	}
	test_end(s, "%s: roots damaged in %zu ways", sc->name, s->points);
}

void
suite_damage(struct suite *s)
{
	static const char *const journal[] = { "sync --force" };
	static const char *const done[] = { "undo of a forced sync" };
	static const char *const roots[] = { "sync after a sync" };

	each_named(s, journal, ARRAY_LEN(journal), damage_journal);
	each_named(s, done, ARRAY_LEN(done), damage_done);
	each_named(s, roots, ARRAY_LEN(roots), damage_roots);
}
