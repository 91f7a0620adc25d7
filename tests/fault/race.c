/* Others are at work in the same directories while the program is. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "fs.h"
#include "path.h"
#include "suite.h"

#define OUTSIDE "outside"

/* ---- many at once ------------------------------------------------------- */

#define LANES 50

static void
many_runs(struct suite *s, const struct scenario *sc)
{
	/* NULL: the scenario's. Readers may meet what was not done yet. */
	static const char *const commands[] = { NULL, "status", NULL, "diff",
		"recover" };
	AUTO_REFERENCE struct reference ref = { 0 };
	AUTO_SNAP struct snap now = { 0 };
	struct suite lanes[LANES];
	pid_t pids[LANES];

	test_begin(s);
	reference_take(s, sc, &ref);
	home_make(s, sc);
	for (size_t i = 0; i < LANES; i++) {
		lanes[i] = *s;
		lanes[i].dir = xasprintf("%s/lane-%zu", s->dir, i);
		CHECK_OK(fs_mkdirs(lanes[i].dir, 0755));
		pids[i] = run_start(&lanes[i],
		    commands[i % 5] != NULL ? commands[i % 5] : sc->command,
		    NULL);
	}
	for (size_t i = 0; i < LANES; i++) {
		const char *command = commands[i % 5];
		AUTO_OUTCOME struct outcome o = { 0 };

		s->at = command != NULL ? command : sc->command;
		run_end(&lanes[i], pids[i], &o);
		check_sane(s, &o);
		if (command == NULL && o.code != sc->code)
			complain(s, "exit code %d\n%s", o.code,
			    strbuf_str(&o.err));
		if (command != NULL && o.code > 1)
			complain(s, "exit code %d\n%s", o.code,
			    strbuf_str(&o.err));
		free(lanes[i].dir);
		s->points++;
	}
	snap_take(s, sc, &now);
	if (!check_whole(s, &ref, &now) || now.litter.len > 0)
		complain(s, "not as after one run\n%s",
		    strbuf_str(&now.litter));
	test_end(s, "%s: %d runs at once", sc->name, LANES);
}

/* ---- one change between two calls --------------------------------------- */

/* What another process does. Each leaves bytes that must not be lost. */
struct meddling {
	const char *name;
	/* from is renamed to to, if it is there; then these are made. */
	const char *from;
	const char *to;
	const struct entry *entries;
};

static const struct entry new_entry[] = {
	{ 'f', ".claude/skills/web/SKILL.md", "made meanwhile\n" },
	{ 0 },
};

static const struct entry link_outside[] = {
	{ 'l', ".claude/skills", "@/" OUTSIDE },
	{ 0 },
};

static const struct entry parent_made_anew[] = {
	{ 'f', ".claude/precious", "made meanwhile\n" },
	{ 0 },
};

static const struct entry parent_outside[] = {
	{ 'l', ".claude", "@/" OUTSIDE },
	{ 0 },
};

static const struct entry notes[] = {
	{ 'f', ".claude/skills/mine/new notes", "made meanwhile\n" },
	{ 'f', ".claude/skills/web/new notes", "made meanwhile, too\n" },
	{ 0 },
};

static const struct meddling meddlings[] = {
	{ "an entry is made anew", ".claude/skills/web", ".claude/old-web",
	    new_entry },
	{ "an entry is taken away", ".claude/skills/web", ".claude/old-web",
	    NULL },
	{ "the target becomes a link", ".claude/skills", ".claude/away",
	    link_outside },
	{ "the target is taken away", ".claude/skills", ".claude/away", NULL },
	{ "the target's parent is made anew", ".claude", "away",
	    parent_made_anew },
	{ "the target's parent becomes a link", ".claude", "away",
	    parent_outside },
	{ "notes are written", NULL, NULL, notes },
	{ "a skill is taken away", "skills/web", "old-web", NULL },
};

static void
meddle(const struct suite *s, const struct meddling *m)
{
	if (m->from != NULL) {
		AUTO_FREE char *from = path_join(s->home, m->from);
		AUTO_FREE char *to = path_join(s->home, m->to);

		if (rename(from, to) == -1)
			return; /* nothing there now */
	}
	for (const struct entry *e = m->entries; e != NULL && e->kind != 0;
	     e++) {
		AUTO_FREE char *abs = path_join(s->home, e->path);
		AUTO_FREE char *dir = path_dir(abs);
		struct fs_stat st;

		/* Not through a link of ours into the source. */
		CHECK_OK(fs_stat(AT_FDCWD, dir, &st));
		if (m->from == NULL && st.kind != FS_DIR)
			continue;
		const struct entry one[] = { *e, { 0 } };
		home_entries(s, one);
	}
}

/* An empty staging directory has nothing to lose. */
static bool
is_empty_dir(const struct suite *s, const char *rel)
{
	AUTO_FREE char *abs = path_join(s->home, rel);
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct fs_stat st = { 0 };

	CHECK_OK(fs_stat(AT_FDCWD, abs, &st));
	if (st.kind != FS_DIR)
		return false;
	CHECK_OK(fs_open_dir(abs, &fd));
	CHECK_OK(fs_list(fd, abs, &list));
	return list.n == 0;
}

/*
 * What lies about must have been named, in so many words; also a staging
 * directory that somebody took away with its parent.
 */
static void
check_named(struct suite *s, const struct snap *now, const struct strbuf *said)
{
	const char *line = strbuf_str(&now->litter);

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");
		AUTO_FREE char *path = xstrndup(line, len);

		if (path_base(path)[0] == '.' && !is_empty_dir(s, path) &&
		    strstr(strbuf_str(said), path) == NULL)
			complain(s, "left behind, and not named: %s\n%s", path,
			    strbuf_str(said));
		line += len + (line[len] == '\n');
	}
}

static void
check_outside(struct suite *s)
{
	AUTO_FREE char *abs = path_join(s->home, OUTSIDE);
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	CHECK_OK(fs_open_dir(abs, &fd));
	CHECK_OK(fs_list(fd, abs, &list));
	for (size_t i = 0; i < list.n; i++) {
		if (strcmp(list.entries[i].name, "theirs") != 0)
			complain(s, "written outside: %s",
			    list.entries[i].name);
	}
}

static void
run_and_note(struct suite *s, const struct scenario *sc, const char *command,
    struct strbuf *said)
{
	AUTO_OUTCOME struct outcome o = { 0 };

	run_unhurt(s, sc, command, &o);
	check_sane(s, &o);
	strbuf_add(said, strbuf_str(&o.out));
	strbuf_add(said, strbuf_str(&o.err));
}

/* False: the command has no n-th call. */
static bool
meddle_at(struct suite *s, const struct scenario *sc, const struct meddling *m,
    uint64_t n)
{
	static const struct entry outside[] = {
		{ 'f', OUTSIDE "/theirs", "not to be touched\n" },
		{ 0 },
	};
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_SNAP struct snap before = { 0 };
	AUTO_SNAP struct snap meddled = { 0 };
	AUTO_SNAP struct snap now = { 0 };
	AUTO_STRBUF struct strbuf said = { 0 };
	AUTO_FREE char *fault =
	    xasprintf("%" PRIu64 ":STOP%s", n, scenario_faults(sc));
	AUTO_FREE char *at =
	    xasprintf("before call %" PRIu64 " %s", n, m->name);
	char lost[DIGEST_HEX_LEN + 1];

	s->at = at;
	home_make(s, sc);
	home_entries(s, outside);
	snap_take(s, NULL, &before);
	pid_t pid = run_start(s, sc->command, fault);
	bool is_stopped = run_is_stopped(pid);
	if (is_stopped)
		meddle(s, m);
	snap_take_unstaged(s, &meddled);
	if (is_stopped)
		(void)kill(pid, SIGCONT);
	run_end(s, pid, &o);
	check_sane(s, &o);
	strbuf_add(&said, strbuf_str(&o.out));
	strbuf_add(&said, strbuf_str(&o.err));
	run_and_note(s, sc, "recover", &said);
	/* What comes to stand there before the run has a plan is in the plan.
	 */
	if (strstr(strbuf_str(&meddled.litter), "/open/") != NULL)
		check_outside(s);
	run_and_note(s, sc, "sync", &said);
	snap_take(s, NULL, &now);
	if (!snap_has_all(&before, &now, lost) ||
	    !snap_has_all(&meddled, &now, lost))
		complain(s, "a file's bytes are nowhere: %s\n%s", lost,
		    strbuf_str(&said));
	check_named(s, &now, &said);
	s->points++;
	s->at = "";
	return is_stopped;
}

static void
meddle_scenario(struct suite *s, const struct scenario *sc)
{
	uint64_t step = s->is_long ? 1 : 4;

	test_begin(s);
	for (size_t i = 0; i < ARRAY_LEN(meddlings); i++) {
		/* The meddlings take turns at the calls. */
		for (uint64_t n = 1 + i % step;
		     meddle_at(s, sc, &meddlings[i], n); n += step)
			;
	}
	test_end(s, "%s: %zu changes by others", sc->name, s->points);
}

void
suite_race(struct suite *s)
{
	static const char *const many[] = { "first sync of three targets",
		"sync --force" };
	static const char *const meddled[] = { "sync --force",
		"sync --force without exchange", "sync prunes, relinks, links",
		"merge to symlink, local skills into the source",
		"symlink to merge", "first sync of three targets",
		"pull of a target's local skills", "undo of a forced sync",
		"copies updated, made and pruned" };

	each_named(s, many, ARRAY_LEN(many), many_runs);
	each_named(s, meddled, ARRAY_LEN(meddled), meddle_scenario);
}
