/*
 * The fault suite: the program is hurt at each of its changing calls, in
 * every scenario of the table, and the whole home is looked at afterwards.
 *
 * To add a scenario, add a row to the table in scenarios.c: that is all. It
 * is then killed at every call, gets errors at every call, and has its
 * recovery killed as well.
 */
#ifndef SUITE_H
#define SUITE_H

#include <sys/types.h>

#include "digest.h"
#include "strbuf.h"

#define BACKUPS ".config/skillshare/backups"

/* ---- scenarios ---------------------------------------------------------- */

/*
 * What is made in the home: 'd' a directory, 'r' one without the right to
 * write, 'f' a file (text NULL: its path), 'l' a link; 'x': removed with all
 * below. Parents are made. In text, '@' stands for the home.
 */
struct entry {
	char kind; /* 0 ends a list */
	const char *path;
	const char *text;
};

#define MAX_UNITS 4

enum scenario_flags {
	NO_EXCHANGE = 1 << 0,  /* the file system cannot exchange two names */
	NO_NOREPLACE = 1 << 1, /* nor refuse to replace in a rename */
	DEEP = 1 << 2,         /* the recovery is hurt at each call, too */
	ONCE = 1 << 3,         /* done twice it is not what it was once */
	APART = 1 << 4, /* a death may leave some units done and others not */
	SNAPSHOTS = 1 << 5, /* what it changes are the snapshots */
	SLOW = 1 << 6,      /* by turns, but in a long run */
	LOWER = 1 << 7      /* all is in a lower layer of an overlay; root */
};

struct scenario {
	const char *name;
	const struct entry *home; /* beside the source of every scenario */
	const char *config;       /* of the config file, or NULL: none */
	/*
	 * Commands run unhurt, one a line, or words for a shell in the home
	 * behind "$ "; then what a person changes.
	 */
	const char *prepare;
	const struct entry *person;
	/* Words by blanks; "@oldest" is the name of the oldest snapshot. */
	const char *command;
	int code; /* of the command when nothing goes wrong */
	/*
	 * What may stay behind alone when a run goes wrong: the targets, where
	 * a run has several; ':' between paths that belong together. The rest
	 * is one more.
	 */
	const char *units[MAX_UNITS];
	/* Directories of file systems of their own; needs root. */
	const char *mounts[3];
	unsigned flags;
};

extern const struct scenario scenarios[];
extern const size_t n_scenarios;

/* ---- the home ----------------------------------------------------------- */

struct suite {
	char *dir;  /* of the suite: the home, outputs; absolute */
	char *home; /* "" below dir; without links */
	const char *program;
	bool is_long;            /* FAULT_LONG=1 */
	uint64_t step;           /* FAULT_STEP: only each so many-th call; 1 */
	const char *only;        /* FAULT_ONLY, or NULL */
	const char *const *wrap; /* words before the program, or NULL */
	bool can_mount;          /* we are in a mount namespace of our own */
	bool can_overlay;        /* and can mount an overlay there */
	unsigned test;           /* number of tests so far */
	unsigned failures;       /* tests that failed */
	struct strbuf said;      /* complaints of the test in hand */
	unsigned reported;       /* failures within the test in hand */
	const char *at;          /* the point in hand, for messages */
	const char *spec;        /* the fault in hand, for messages */
	size_t points;           /* tried in the test in hand */
	size_t all_points;
};

/* What the home looked like. */
struct snap {
	struct strbuf units[MAX_UNITS + 1]; /* of each unit, the rest last */
	size_t n_units;
	struct digest *files; /* of the user's regular files, stored ones too */
	size_t n_files;
	struct strbuf litter; /* staging directories and temporary files */
	size_t n_snapshots;
};
#define AUTO_SNAP CLEANUP(snap_release)

/*
 * The home as the scenario begins; the file systems are mounted already, but
 * for an overlay, which is mounted anew each time.
 */
void home_make(const struct suite *s, const struct scenario *sc);
/* Makes the home a lower layer, under an empty one; false: it cannot be. */
bool home_cover(const struct suite *s);
void home_uncover(const struct suite *s);
void home_entries(const struct suite *s, const struct entry *entries);
void home_empty(const struct suite *s);
void home_remove(const char *abs);

/* The scenario of that name, to do something else with. */
const struct scenario *scenario_named(const char *name);

/* Of the oldest snapshot; yours, or NULL. */
char *home_oldest_snapshot(const struct suite *s);

/*
 * scenario NULL: the home is one unit. A git repository is what git says of
 * it: the trees and messages of its branches, what is not committed, what fsck
 * finds; and its locks.
 */
void
snap_take(const struct suite *s, const struct scenario *sc, struct snap *out);
/* What is being staged is not the user's. */
void snap_take_unstaged(const struct suite *s, struct snap *out);
void snap_release(struct snap *snap);
bool snap_equal(const struct snap *a, const struct snap *b);

/* Is every file of before in after? Else *lost_out is a digest. */
bool snap_has_all(const struct snap *before, const struct snap *after,
    char lost_out[DIGEST_HEX_LEN + 1]);

/* ---- running ------------------------------------------------------------ */

struct outcome {
	int code;   /* of the exit, or -1 */
	int signal; /* that killed it, or 0 */
	struct strbuf out;
	struct strbuf err;
	uint64_t calls; /* changing calls */
};
#define AUTO_OUTCOME CLEANUP(outcome_release)

/* fault: as in fault.h, or NULL. */
void run_program(const struct suite *s, const char *command, const char *fault,
    struct outcome *out);
/* Unhurt, but on the file system of the scenario. */
void run_unhurt(const struct suite *s, const struct scenario *sc,
    const char *command, struct outcome *out);
/* In two steps, for who wants to meddle in between. */
pid_t run_start(const struct suite *s, const char *command, const char *fault);
/* False if it ended instead of stopping at the fault. */
bool run_is_stopped(pid_t pid);
void run_end(const struct suite *s, pid_t pid, struct outcome *out);
void outcome_release(struct outcome *outcome);

/* "", or ",exchange:EINVAL" and the like: to stand behind a fault. */
const char *scenario_faults(const struct scenario *sc);

/* ---- judging ------------------------------------------------------------ */

NORETURN PRINTF_LIKE(1, 2) void bail_out(const char *fmt, ...);
#define CHECK_OK(call) check_ok(call, __FILE__, __LINE__)
struct error;
void check_ok(struct error *err, const char *file, int line);

/* The test in hand fails; says so, with the point in hand. */
PRINTF_LIKE(2, 3) void complain(struct suite *s, const char *fmt, ...);

void test_begin(struct suite *s);
PRINTF_LIKE(2, 3) void test_end(struct suite *s, const char *fmt, ...);
PRINTF_LIKE(2, 3) void test_skip(struct suite *s, const char *fmt, ...);

/* No crash, no sanitizer's report, one line an error, a word if it failed. */
void check_sane(struct suite *s, const struct outcome *o);

/* What a scenario is when nothing goes wrong. */
struct reference {
	struct snap before;
	struct snap after;
	uint64_t calls;
	bool is_apart; /* the scenario's flag */
};
#define AUTO_REFERENCE CLEANUP(reference_release)
void reference_take(struct suite *s, const struct scenario *sc,
    struct reference *out);
void reference_release(struct reference *ref);

/* `recover`, which must go well; *now_out is what the home is then. */
void check_recovers(struct suite *s, const struct scenario *sc,
    struct snap *now_out);

/* Whole, before or after: nothing in between. True: after. */
bool check_whole(struct suite *s, const struct reference *ref,
    const struct snap *now);

/* Each unit by itself whole; the exit code says what it was. True: all after.
 */
bool check_units(struct suite *s, const struct reference *ref,
    const struct scenario *sc, const struct snap *now, int code);

/* The command again gives the after tree. */
void check_again(struct suite *s, const struct reference *ref,
    const struct scenario *sc, bool is_after);

/* One test of the scenario, with its file systems mounted, or skipped. */
void each_named(struct suite *s, const char *const *names, size_t n,
    void (*fn)(struct suite *s, const struct scenario *sc));

/* Runs fn for each scenario that can be run here. */
void each_scenario(struct suite *s,
    void (*fn)(struct suite *s, const struct scenario *sc));

/* ---- the suites --------------------------------------------------------- */

void suite_kill(struct suite *s);
void suite_errors(struct suite *s);
void suite_recovery(struct suite *s);
void suite_damage(struct suite *s);
void suite_full(struct suite *s);
void suite_race(struct suite *s);
void suite_inject(struct suite *s);

#endif
