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

static bool
is_there(const char *abs)
{
	struct fs_stat st;

	CHECK_OK(fs_stat(AT_FDCWD, abs, &st));
	return st.kind != FS_ABSENT;
}

/* <state home>/skillshare/<key>/rel, absolute; yours; NULL: no state yet. */
static char *
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
	for (uint64_t n = 1; n < 200; n++) {
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
		const struct damage d = { sc, abs, sc->command };
		damage_file(s, &d, check_refused);
		test_end(s, "%s: %s damaged in %zu ways", sc->name, files[i],
		    s->points);
	}
}

/* ---- roots and the config ------------------------------------------------ */

static void
damage_roots(struct suite *s, const struct scenario *sc)
{
	test_begin(s);
	home_make(s, sc);
	AUTO_FREE char *abs = state_file(s, "roots");
	const struct damage d = { sc, abs, sc->command };
	damage_file(s, &d, check_refused);
	test_end(s, "%s: roots damaged in %zu ways", sc->name, s->points);
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
	const struct damage d = { sc, abs, sc->command };

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

/* ---- snapshots ----------------------------------------------------------- */

#define BACKUPS ".config/skillshare/backups"
#define MANIFEST ".skillshare-snapshot"

/* The newest snapshot of a home made just now; yours. */
static char *
find_snapshot(const struct suite *s)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_FREE char *dir = path_join(s->home, BACKUPS);

	CHECK_OK(fs_open_dir(dir, &fd));
	CHECK_OK(fs_list(fd, dir, &list));
	for (size_t i = list.n; i > 0; i--) {
		if (list.entries[i - 1].name[0] != '.')
			return path_join(dir, list.entries[i - 1].name);
	}
	bail_out("no snapshot in %s", dir);
}

/* `backup --verify` names it, and `restore` does not believe it. */
static void
check_unbelieved(struct suite *s, const struct damage *d, const char *what,
    size_t at)
{
	AUTO_OUTCOME struct outcome verify = { 0 };
	AUTO_OUTCOME struct outcome restore = { 0 };
	AUTO_STRBUF struct strbuf before = { 0 };
	AUTO_STRBUF struct strbuf after = { 0 };
	AUTO_STRBUF struct strbuf said = { 0 };
	AUTO_FREE char *where =
	    xasprintf("%s: %s at %zu", path_base(d->abs), what, at);
	const char *named = strstr(d->abs, BACKUPS "/");

	s->at = where;
	see_all(s, &before);
	run_unhurt(s, d->sc, "backup --verify", &verify);
	check_sane(s, &verify);
	strbuf_add(&said, strbuf_str(&verify.out));
	strbuf_add(&said, strbuf_str(&verify.err));
	const char *first = strstr(strbuf_str(&said), named);
	if (verify.code == 0 || first == NULL ||
	    strstr(first + 1, named) != NULL)
		complain(s, "verify: exit code %d, or not named once\n%s",
		    verify.code, strbuf_str(&said));
	run_unhurt(s, d->sc, d->command, &restore);
	check_sane(s, &restore);
	see_all(s, &after);
	if (restore.code == 0 ||
	    strstr(strbuf_str(&restore.err), named) == NULL ||
	    strcmp(strbuf_str(&before), strbuf_str(&after)) != 0)
		complain(s,
		    "restore: exit code %d, not named, or changed\n%s%s",
		    restore.code, strbuf_str(&restore.err),
		    strbuf_str(&restore.out));
	s->points++;
	s->at = "";
}

/* The restore that refuses has made a snapshot of the present state before. */
static void
damage_content(struct suite *s, const struct scenario *sc, bool is_cut)
{
	AUTO_STRBUF struct strbuf whole = { 0 };

	home_make(s, sc);
	AUTO_FREE char *dir = find_snapshot(s);
	/* What the sync displaced: the target has it no more. */
	AUTO_FREE char *content = path_join(dir, "claude/web/SKILL.md");
	const struct damage d = { sc, content, sc->command };
	CHECK_OK(fs_read_file(AT_FDCWD, content, MAX_FILE_BYTES, &whole));
	CHECK_OK(fs_chmod(AT_FDCWD, content, 0600));
	size_t at = whole.len / 2;
	whole.s[at] = (char)(whole.s[at] ^ 1);
	put_bytes(content, whole.s, is_cut ? at : whole.len);
	CHECK_OK(fs_chmod(AT_FDCWD, content, 0444));
	check_unbelieved(s, &d, is_cut ? "cut" : "a bit flipped", at);
}

static void
damage_snapshot(struct suite *s, const struct scenario *sc)
{
	test_begin(s);
	home_make(s, sc);
	AUTO_FREE char *dir = find_snapshot(s);
	AUTO_FREE char *manifest = path_join(dir, MANIFEST);
	const struct damage d = { sc, manifest, sc->command };
	CHECK_OK(fs_chmod(AT_FDCWD, manifest, 0600));
	damage_file(s, &d, check_unbelieved);
	test_end(s, "%s: the newest manifest damaged in %zu ways", sc->name,
	    s->points);
}

static void
damage_stored(struct suite *s, const struct scenario *sc)
{
	test_begin(s);
	damage_content(s, sc, true);
	damage_content(s, sc, false);
	test_end(s, "%s: a stored file damaged in %zu ways", sc->name,
	    s->points);
}

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

/*
 * Everybody says what they would say without the cache. (Of a target this
 * small there are no stamps: tests/cli/budget.t damages those.)
 */
static void
damage_caches(struct suite *s, const struct scenario *sc)
{
	AUTO_FREE char *seen = path_join(s->home, BACKUPS "/.skillshare-seen");
	AUTO_OUTCOME struct outcome first = { 0 };
	AUTO_OUTCOME struct outcome second = { 0 };

	test_begin(s);
	home_make(s, sc);
	run_unhurt(s, sc, sc->command, &first);
	(void)usleep(SURE_AGE_US);
	run_unhurt(s, sc, sc->command, &second);
	AUTO_FREE char *state = state_file(s, "copies");
	damage_cache(s, &(struct damage){ sc, state, "diff --json" });
	damage_cache(s, &(struct damage){ sc, seen, "backup --dry-run" });
	test_end(s, "%s: caches damaged in %zu ways", sc->name, s->points);
}

void
suite_damage(struct suite *s)
{
	static const char *const journal[] = { "sync --force" };
	static const char *const done[] = { "undo of a forced sync" };
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
	each_named(s, done, ARRAY_LEN(done), damage_done);
	each_named(s, roots, ARRAY_LEN(roots), damage_roots);
	each_named(s, roots, ARRAY_LEN(roots), damage_config);
	each_named(s, copies, ARRAY_LEN(copies), damage_copies);
	each_named(s, restore, ARRAY_LEN(restore), damage_snapshot);
	each_named(s, restore, 1, damage_stored);
	each_named(s, copies, ARRAY_LEN(copies), damage_caches);
}
