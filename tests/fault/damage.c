/*
 * Damage to our own files, a bit or the tail at a time: an error that names
 * the file and changes nothing, never "there is nothing, so remove it".
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "damage.h"
#include "error.h"
#include "fs.h"
#include "path.h"

/* ---- finding files ------------------------------------------------------ */

bool
is_there(const char *abs)
{
	struct fs_stat st;

	CHECK_OK(fs_stat(AT_FDCWD, abs, &st));
	return st.kind != FS_ABSENT;
}

char *
state_file(const struct suite *s, const char *rel)
{
	AUTO_FREE char *dir = path_join(s->home, ".local/state/skillshare");
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	if (!is_there(dir))
		return NULL;
	CHECK_OK(fs_open_dir(dir, &fd));
	CHECK_OK(fs_list(fd, dir, &list));
	if (list.n == 0)
		return NULL;
	if (list.n != 1)
		bail_out("%zu states in %s", list.n, dir);
	return xasprintf("%s/%s/%s", dir, list.entries[0].name, rel);
}

void
put_bytes(const char *abs, const char *bytes, size_t len)
{
	AUTO_CLOSE int fd = open(abs, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd == -1 || write(fd, bytes, len) != (ssize_t)len)
		bail_out("%s cannot be written", abs);
}

/* ---- judging ------------------------------------------------------------ */

void
see_all(const struct suite *s, struct strbuf *out)
{
	AUTO_SNAP struct snap snap = { 0 };

	snap_take(s, NULL, &snap);
	strbuf_printf(out, "%s%s", strbuf_str(&snap.units[0]),
	    strbuf_str(&snap.litter));
}

void
check_refused(struct suite *s, const struct damage *d, const char *what,
    size_t at)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_STRBUF struct strbuf before = { 0 };
	AUTO_STRBUF struct strbuf after = { 0 };
	AUTO_FREE char *where =
	    xasprintf("%s: %s at %zu", path_base(d->abs), what, at);

	const char *named = d->named != NULL ? d->named : path_base(d->abs);

	s->at = where;
	see_all(s, &before);
	run_unhurt(s, d->sc, d->command, &o);
	see_all(s, &after);
	check_sane(s, &o);
	if (o.code != EXIT_NOTHING_DONE ||
	    strstr(strbuf_str(&o.err), named) == NULL)
		complain(s, "exit code %d, and the file not named\n%s%s",
		    o.code, strbuf_str(&o.err), strbuf_str(&o.out));
	if (strcmp(strbuf_str(&before), strbuf_str(&after)) != 0)
		complain(s, "something was changed:\n%s", strbuf_str(&after));
	s->points++;
	s->at = "";
}

void
damage_file(struct suite *s, const struct damage *d, damage_check *check)
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

char *
die_with_file(struct suite *s, const struct scenario *sc, const char *rel)
{
	for (uint64_t n = 1; n < MAX_DEATHS; n++) {
		AUTO_OUTCOME struct outcome o = { 0 };
		AUTO_FREE char *fault = xasprintf("%" PRIu64 ":KILL", n);

		home_make(s, sc);
		run_program(s, sc->command, fault, &o);
		AUTO_FREE char *abs = state_file(s, rel);
		if (abs != NULL && is_there(abs))
			return STEAL_PTR(abs);
	}
	bail_out("%s: there is never a %s", sc->name, rel);
}

static void
damage_journal(struct suite *s, const struct scenario *sc)
{
	static const char *const files[] = { "open/1/begin", "open/1/plan",
		"open/1/outcome", "committed/1/plan", "committed/1/outcome" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_REFERENCE struct reference ref = { 0 };
		AUTO_SNAP struct snap now = { 0 };

		test_begin(s);
		reference_take(s, sc, &ref);
		AUTO_FREE char *abs = die_with_file(s, sc, files[i]);
		const struct damage d = { sc, abs, "recover", NULL };
		damage_file(s, &d, check_refused);
		/* Whole again, it is as good as it was. */
		check_recovers(s, sc, &now);
		(void)check_whole(s, &ref, &now);
		test_end(s, "%s: %s damaged in %zu ways", sc->name, files[i],
		    s->points);
	}
}

/* ---- a file that somebody removed ---------------------------------------- */

static void
remove_file(const char *abs)
{
	if (unlink(abs) == -1)
		bail_out("%s cannot be removed", abs);
}

/* The run is given up: its bytes are somewhere, and it is said where. */
static void
check_abandoned(struct suite *s, const struct scenario *sc,
    const struct reference *ref)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_SNAP struct snap now = { 0 };
	AUTO_STRBUF struct strbuf said = { 0 };
	char lost[DIGEST_HEX_LEN + 1];

	run_unhurt(s, sc, "recover --abandon 1", &o);
	check_sane(s, &o);
	strbuf_add(&said, strbuf_str(&o.out));
	strbuf_add(&said, strbuf_str(&o.err));
	snap_take(s, NULL, &now);
	if (o.code != 0)
		complain(s, "not given up\n%s", strbuf_str(&said));
	if (!snap_has_all(&ref->before, &now, lost))
		complain(s, "a file's bytes are nowhere: %s", lost);
	for (const char *at = strbuf_str(&now.litter); *at != '\0';) {
		size_t len = strcspn(at, "\n");
		AUTO_FREE char *path = xstrndup(at, len);

		if (strncmp(path_base(path), ".skillshare-", 12) == 0 &&
		    strstr(strbuf_str(&said), path) == NULL)
			complain(s, "%s was not named\n%s", path,
			    strbuf_str(&said));
		at += len + (at[len] == '\n');
	}
}

/*
 * A death before call n, and then the file is gone: whatever the run had
 * displaced must not go with what it had staged. False: n was the last.
 */
static bool
lose_file_at(struct suite *s, const struct scenario *sc,
    const struct reference *ref, const char *rel, uint64_t n)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_SNAP struct snap before = { 0 };
	AUTO_SNAP struct snap after = { 0 };
	AUTO_FREE char *fault =
	    xasprintf("%" PRIu64 ":KILL%s", n, scenario_faults(sc));
	AUTO_FREE char *where = xasprintf("no %s after death %" PRIu64, rel, n);
	char lost[DIGEST_HEX_LEN + 1];

	s->at = where;
	home_make(s, sc);
	run_program(s, sc->command, fault, &o);
	if (o.signal == 0)
		return false;
	AUTO_FREE char *begun = state_file(s, "open/1/begun");
	AUTO_FREE char *abs = state_file(s, rel);
	if (abs == NULL || !is_there(abs))
		return true;
	/* Before it has begun, no slot holds what is the user's. */
	bool is_refused =
	    strstr(rel, "committed/") != NULL ||
	    (strcmp(path_base(rel), "plan") == 0 && is_there(begun));
	remove_file(abs);
	snap_take(s, NULL, &before);
	outcome_release(&o);
	run_unhurt(s, sc, "recover", &o);
	check_sane(s, &o);
	snap_take(s, NULL, &after);
	if (!snap_has_all(&ref->before, &after, lost))
		complain(s, "a file's bytes are nowhere: %s\n%s", lost,
		    strbuf_str(&o.out));
	s->points++;
	if (!is_refused)
		return true;
	if (o.code != EXIT_NOTHING_DONE ||
	    strstr(strbuf_str(&o.err), rel) == NULL ||
	    !snap_equal(&before, &after))
		complain(s, "exit code %d, or not named, or changed\n%s",
		    o.code, strbuf_str(&o.err));
	check_abandoned(s, sc, ref);
	return true;
}

static void
lose_files(struct suite *s, const struct scenario *sc)
{
	static const char *const files[] = { "open/1/plan", "open/1/begin",
		"open/1/begun", "committed/1/plan", "committed/1/outcome" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_REFERENCE struct reference ref = { 0 };

		test_begin(s);
		reference_take(s, sc, &ref);
		for (uint64_t n = 1; lose_file_at(s, sc, &ref, files[i], n);
		     n++)
			;
		if (s->points == 0)
			complain(s, "there is never a %s", files[i]);
		s->at = "";
		test_end(s, "%s: %s is lost, %zu times", sc->name, files[i],
		    s->points);
	}
}

/* ---- finished runs ------------------------------------------------------- */

/* A finished run: what undo reads. */
static void
damage_done(struct suite *s, const struct scenario *sc)
{
	static const char *const files[] = { "done/1/plan", "done/1/outcome" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		test_begin(s);
		home_make(s, sc);
		AUTO_FREE char *abs = state_file(s, files[i]);
		const struct damage d = { sc, abs, sc->command, NULL };
		damage_file(s, &d, check_refused);
		test_end(s, "%s: %s damaged in %zu ways", sc->name, files[i],
		    s->points);
	}
}

/* The first file below an absolute directory; yours. */
static char *
first_file(const char *dir)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	CHECK_OK(fs_open_dir(dir, &fd));
	CHECK_OK(fs_list(fd, dir, &list));
	for (size_t i = 0; i < list.n; i++) {
		AUTO_FREE char *abs = path_join(dir, list.entries[i].name);

		if (list.entries[i].kind == FS_FILE)
			return STEAL_PTR(abs);
		if (list.entries[i].kind == FS_DIR)
			return first_file(abs);
	}
	bail_out("no file in %s", dir);
}

/* What a run displaced, where its plan has the digest: undo reads it. */
static void
damage_store(struct suite *s, const struct scenario *sc)
{
	test_begin(s);
	home_make(s, sc);
	AUTO_FREE char *store = state_file(s, "done/2/store");
	AUTO_FREE char *abs = first_file(store);
	const struct damage d = { sc, abs, sc->command, "done/2/store/" };
	damage_file(s, &d, check_refused);
	test_end(s, "%s: what a run stored damaged in %zu ways", sc->name,
	    s->points);
}

/* ---- roots and the config ------------------------------------------------ */

static void
damage_roots(struct suite *s, const struct scenario *sc)
{
	test_begin(s);
	home_make(s, sc);
	AUTO_FREE char *abs = state_file(s, "roots");
	const struct damage d = { sc, abs, sc->command, NULL };
	damage_file(s, &d, check_refused);
	test_end(s, "%s: roots damaged in %zu ways", sc->name, s->points);
}

/* What cannot be undone: who reads it are log, and undo without a number. */
static void
damage_deeds(struct suite *s, const struct scenario *sc)
{
	AUTO_OUTCOME struct outcome o = { 0 };

	test_begin(s);
	home_make(s, sc);
	run_unhurt(s, sc, sc->command, &o);
	AUTO_FREE char *abs = state_file(s, "deeds");
	damage_file(s, &(struct damage){ sc, abs, "log", NULL }, check_refused);
	damage_file(s, &(struct damage){ sc, abs, "undo", NULL },
	    check_refused);
	test_end(s, "%s: deeds damaged in %zu ways", sc->name, s->points);
}

/* What is whole in another way may be read; nothing of anybody's may go. */
static void
check_harmless(struct suite *s, const struct damage *d, const char *what,
    size_t at)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_SNAP struct snap before = { 0 };
	AUTO_SNAP struct snap after = { 0 };
	AUTO_FREE char *where =
	    xasprintf("%s: %s at %zu", path_base(d->abs), what, at);
	AUTO_FREE char *foreign = path_join(s->home, ".claude/skills/theirs");
	char lost[DIGEST_HEX_LEN + 1];

	s->at = where;
	snap_take(s, NULL, &before);
	run_unhurt(s, d->sc, d->command, &o);
	snap_take(s, NULL, &after);
	check_sane(s, &o);
	if (o.code == EXIT_NOTHING_DONE &&
	    (strstr(strbuf_str(&o.err), "config") == NULL ||
		!snap_equal(&before, &after)))
		complain(s, "the file not named, or something changed\n%s",
		    strbuf_str(&o.err));
	if (!snap_has_all(&before, &after, lost) || !is_there(foreign))
		complain(s, "something foreign was removed\n%s",
		    strbuf_str(&o.out));
	s->points++;
	s->at = "";
}

/* A file that may be read in another way when it is damaged. */
static void
damage_readable(struct suite *s, const struct scenario *sc, const char *rel)
{
	AUTO_STRBUF struct strbuf whole = { 0 };
	AUTO_FREE char *abs = path_join(s->home, rel);
	const struct damage d = { sc, abs, sc->command, NULL };

	test_begin(s);
	home_make(s, sc);
	CHECK_OK(fs_read_file(AT_FDCWD, abs, MAX_FILE_BYTES, &whole));
	size_t step = s->is_long ? 1 : whole.len / FLIPS_A_FILE + 1;
	for (size_t i = 0; i < whole.len; i += step) {
		AUTO_FREE char *bytes = xmalloc(whole.len);

		home_make(s, sc);
		put_bytes(abs, whole.s, i);
		check_harmless(s, &d, "cut", i);
		memcpy(bytes, whole.s, whole.len);
		bytes[i] = (char)(bytes[i] ^ (1 << i % 8));
		home_make(s, sc);
		put_bytes(abs, bytes, whole.len);
		check_harmless(s, &d, "a bit flipped", i);
	}
	test_end(s, "%s: %s damaged in %zu ways", sc->name, path_base(rel),
	    s->points);
}

static void
damage_config(struct suite *s, const struct scenario *sc)
{
	damage_readable(s, sc, ".config/skillshare/config.yaml");
}

static void
damage_copies(struct suite *s, const struct scenario *sc)
{
	damage_readable(s, sc, ".claude/skills/.skillshare-manifest.json");
}

void
suite_damage(struct suite *s)
{
	static const char *const journal[] = { "sync --force" };
	static const char *const done[] = { "undo of a forced sync" };
	static const char *const store[] = {
		"undo of copies updated, made and pruned",
	};
	static const char *const deeds[] = { "backup --cleanup" };
	static const char *const restore[] = {
		"restore of what a forced sync displaced",
		"restore of a copy target, one copy edited"
	};
	static const char *const copies[] = {
		"copies updated, one of them edited"
	};
	static const char *const roots[] = { "sync after a sync" };

	each_named(s, journal, ARRAY_LEN(journal), damage_journal);
	each_named(s, journal, ARRAY_LEN(journal), lose_files);
	each_named(s, journal, ARRAY_LEN(journal), damage_marks);
	each_named(s, done, ARRAY_LEN(done), damage_done);
	each_named(s, store, ARRAY_LEN(store), damage_store);
	each_named(s, deeds, ARRAY_LEN(deeds), damage_deeds);
	each_named(s, roots, ARRAY_LEN(roots), damage_roots);
	each_named(s, roots, ARRAY_LEN(roots), damage_config);
	each_named(s, roots, ARRAY_LEN(roots), damage_notes);
	each_named(s, roots, ARRAY_LEN(roots), damage_stamps);
	each_named(s, copies, ARRAY_LEN(copies), damage_copies);
	each_named(s, restore, ARRAY_LEN(restore), damage_snapshot);
	each_named(s, restore, 1, damage_stored);
	each_named(s, copies, ARRAY_LEN(copies), damage_caches);
}
