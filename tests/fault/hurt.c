/* Deaths and errors at each changing call, of a command and its recovery. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

/* The command again after each of these many points: it is the dear part. */
#define AGAIN_EACH 4
#define MAX_DEATHS 400
#define SLOW_STEP 7 /* the steps of what is dear in a short run */

/* From one call to the next that is tried. */
static uint64_t
step_of(const struct suite *s, const struct scenario *sc)
{
	bool is_sample = (sc->flags & SLOW) != 0 && !s->is_long;

	return s->step * (is_sample ? SLOW_STEP : 1);
}

static void
check_has_points(struct suite *s, const struct reference *ref)
{
	if (ref->calls == 0)
		complain(s,
		    "no call was counted: has the program fault points?");
}

/* ---- deaths ------------------------------------------------------------- */

/* Makes the home anew and kills the command at its n-th call. */
static void
die_at(struct suite *s, const struct scenario *sc, uint64_t n,
    const char *effect)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_FREE char *fault =
	    xasprintf("%" PRIu64 ":%s%s", n, effect, scenario_faults(sc));

	home_make(s, sc);
	run_program(s, sc->command, fault, &o);
	/* A snapshot's calls depend on the clock: it may have come to its end.
	 */
	if (o.signal != SIGKILL && (o.code != sc->code || o.calls >= n))
		complain(s, "was to die, but: exit code %d, signal %d\n%s",
		    o.code, o.signal, strbuf_str(&o.err));
}

static void
settle(struct suite *s, const struct reference *ref, const struct scenario *sc,
    bool again)
{
	AUTO_SNAP struct snap now = { 0 };

	check_recovers(s, sc, &now);
	bool is_after = check_whole(s, ref, &now);
	if (again)
		check_again(s, ref, sc, is_after);
}

static void
kill_scenario(struct suite *s, const struct scenario *sc)
{
	AUTO_REFERENCE struct reference ref = { 0 };

	test_begin(s);
	reference_take(s, sc, &ref);
	check_has_points(s, &ref);
	for (uint64_t n = 1;; n += step_of(s, sc)) {
		/*
		 * Dead after a call is dead before the next one: only after
		 * the last there is no next.
		 */
		bool is_last = n > ref.calls;
		AUTO_FREE char *at = xasprintf("%s %" PRIu64,
		    is_last ? "dead after" : "dead before",
		    is_last ? ref.calls : n);

		s->at = at;
		die_at(s, sc, is_last ? ref.calls : n,
		    is_last ? "AFTER" : "KILL");
		settle(s, &ref, sc, is_last || n % AGAIN_EACH == 0);
		s->points++;
		s->at = "";
		if (is_last)
			break;
	}
	test_end(s, "%s: %zu deaths", sc->name, s->points);
}

void
suite_kill(struct suite *s)
{
	each_scenario(s, kill_scenario);
}

/* ---- errors ------------------------------------------------------------- */

static void
fail_at(struct suite *s, const struct scenario *sc, const struct reference *ref,
    uint64_t n, const char *effect)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_FREE char *fault =
	    xasprintf("%" PRIu64 ":%s%s", n, effect, scenario_faults(sc));
	AUTO_SNAP struct snap now = { 0 };
	AUTO_SNAP struct snap later = { 0 };
	char lost[DIGEST_HEX_LEN + 1];

	s->at = fault;
	home_make(s, sc);
	run_program(s, sc->command, fault, &o);
	check_sane(s, &o);
	/*
	 * One error is no reason to leave anything behind without a word; but
	 * for half a snapshot, which the next one sweeps away.
	 */
	snap_take(s, sc, &now);
	if (now.litter.len > 0 &&
	    strstr(strbuf_str(&now.litter), "/.incomplete-") == NULL &&
	    strstr(strbuf_str(&now.litter), "/.deleting-") == NULL &&
	    strstr(strbuf_str(&now.litter), BACKUPS "/.going-") == NULL &&
	    strstr(strbuf_str(&o.err), "tidied up") == NULL &&
	    strstr(strbuf_str(&o.err), "was not possible") == NULL)
		complain(s, "left behind:\n%s%s", strbuf_str(&now.litter),
		    strbuf_str(&o.err));
	check_recovers(s, sc, &later);
	if (!snap_has_all(&ref->before, &later, lost))
		complain(s, "a file's bytes are nowhere: %s", lost);
	bool is_after = check_units(s, ref, sc, &later, o.code);
	if (n % AGAIN_EACH == 0)
		check_again(s, ref, sc, is_after);
	s->points++;
	s->at = "";
}

static void
errors_scenario(struct suite *s, const struct scenario *sc)
{
	/* By turns; all of them at each call in a long run. */
	static const char *const effects[] = { "EIO", "ENOSPC", "EACCES",
		"EXDEV", "SHORT", "EROFS", "EINVAL" };
	const size_t n_turns = 5;
	AUTO_REFERENCE struct reference ref = { 0 };

	test_begin(s);
	reference_take(s, sc, &ref);
	check_has_points(s, &ref);
	for (uint64_t n = 1; n <= ref.calls; n += step_of(s, sc)) {
		const char *turn = effects[n % n_turns];

		for (size_t i = 0; s->is_long && i < ARRAY_LEN(effects); i++)
			fail_at(s, sc, &ref, n, effects[i]);
		if (s->is_long)
			continue;
		fail_at(s, sc, &ref, n, turn);
		/* Only a write can be cut short: to other calls it is nothing.
		 */
		if (strcmp(turn, "SHORT") == 0)
			fail_at(s, sc, &ref, n, effects[0]);
	}
	test_end(s, "%s: %zu errors", sc->name, s->points);
}

void
suite_errors(struct suite *s)
{
	each_scenario(s, errors_scenario);
}

/* ---- recovery ----------------------------------------------------------- */

/*
 * After a death at n: recovery dies at its first call, the next one gets an
 * error at its second, the next dies at its third ... until one completes.
 */
static void
hurt_recovery(struct suite *s, const struct scenario *sc,
    const struct reference *ref, uint64_t n)
{
	bool is_done = false;

	die_at(s, sc, n, "KILL");
	for (uint64_t m = 1; !is_done && m < MAX_DEATHS; m++) {
		AUTO_OUTCOME struct outcome o = { 0 };
		AUTO_FREE char *fault = xasprintf("%" PRIu64 ":%s%s", m,
		    m % 2 == 1 ? "KILL" : "EIO", scenario_faults(sc));

		run_program(s, "recover", fault, &o);
		is_done = o.signal == 0 && o.calls < m;
		if (o.signal != SIGKILL)
			check_sane(s, &o);
		s->points++;
	}
	if (!is_done)
		complain(s, "recovery never comes to an end");
	settle(s, ref, sc, n % AGAIN_EACH == 0);
}

/* The whole square: recovery dies at m after a death at n. */
static void
hurt_recovery_once(struct suite *s, const struct scenario *sc,
    const struct reference *ref, uint64_t n)
{
	bool is_done = false;

	for (uint64_t m = 1; !is_done && m < MAX_DEATHS; m++) {
		AUTO_OUTCOME struct outcome o = { 0 };
		AUTO_FREE char *fault =
		    xasprintf("%" PRIu64 ":KILL%s", m, scenario_faults(sc));

		die_at(s, sc, n, "KILL");
		run_program(s, "recover", fault, &o);
		is_done = o.signal == 0;
		settle(s, ref, sc, false);
		s->points++;
	}
}

static void
recovery_scenario(struct suite *s, const struct scenario *sc)
{
	AUTO_REFERENCE struct reference ref = { 0 };

	if ((sc->flags & DEEP) == 0 && !s->is_long)
		return;
	test_begin(s);
	reference_take(s, sc, &ref);
	check_has_points(s, &ref);
	/* Where recovery copies across, each of its deaths is dear. */
	uint64_t step = s->is_long || sc->mounts[0] == NULL ? 1 : 3;
	for (uint64_t n = 1; n <= ref.calls; n += step * s->step) {
		AUTO_FREE char *at =
		    xasprintf("recovery of dead before %" PRIu64, n);

		s->at = at;
		hurt_recovery(s, sc, &ref, n);
		if (s->is_long && (sc->flags & DEEP) != 0)
			hurt_recovery_once(s, sc, &ref, n);
		s->at = "";
	}
	test_end(s, "%s: recovery hurt %zu times", sc->name, s->points);
}

void
suite_recovery(struct suite *s)
{
	each_scenario(s, recovery_scenario);
}
