/*
 * The kernel's own calls fail, by strace: also those that only look, and in
 * a program without fault points.
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

#define MAX_TRACE_BYTES ((size_t)1 << 22)
#define MAX_CALLS 200

/* What the program exits with where a part of it was not done. */
#define EXIT_PARTLY 4

/*
 * A .skillignore that cannot be looked at is told, and holds back what it may
 * hide: then 1 is as good as "a part of it".
 */
static int
judged_code(const struct outcome *o)
{
	bool is_told = strstr(strbuf_str(&o->err), "/.skillignore") != NULL;

	return o->code == 1 && is_told ? EXIT_PARTLY : o->code;
}

/* False: there was no n-th call of that name. */
static bool
inject_at(struct suite *s, const struct scenario *sc,
    const struct reference *ref, const char *call, uint64_t n)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_SNAP struct snap now = { 0 };
	AUTO_STRBUF struct strbuf trace = { 0 };
	AUTO_FREE char *file = path_join(s->dir, "trace");
	AUTO_FREE char *inject =
	    xasprintf("inject=%s:error=EIO:when=%" PRIu64, call, n);
	const char *const wrap[] = { "strace", "-o", file, "-e", inject, NULL };
	char lost[DIGEST_HEX_LEN + 1];

	s->at = inject;
	home_make(s, sc);
	s->wrap = wrap;
	run_unhurt(s, sc, sc->command, &o);
	s->wrap = NULL;
	CHECK_OK(fs_read_file(AT_FDCWD, file, MAX_TRACE_BYTES, &trace));
	if (strstr(strbuf_str(&trace), "(INJECTED)") == NULL)
		return false;
	check_sane(s, &o);
	check_recovers(s, sc, &now);
	if (!snap_has_all(&ref->before, &now, lost))
		complain(s, "a file's bytes are nowhere: %s", lost);
	check_again(s, ref, sc, check_units(s, ref, sc, &now, judged_code(&o)));
	s->points++;
	s->at = "";
	return true;
}

static void
inject_scenario(struct suite *s, const struct scenario *sc)
{
	static const char *const calls[] = { "renameat2", "renameat",
		"symlinkat", "mkdirat", "unlinkat", "fsync", "syncfs",
		"ftruncate", "fchmod", "utimensat", "readlinkat", "statx" };
	AUTO_REFERENCE struct reference ref = { 0 };

	test_begin(s);
	reference_take(s, sc, &ref);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		for (uint64_t n = 1; n < MAX_CALLS; n++) {
			if (!inject_at(s, sc, &ref, calls[i], n))
				break;
		}
	}
	if (s->points == 0)
		complain(s, "no call failed: does strace inject here?");
	test_end(s, "%s: %zu system calls fail", sc->name, s->points);
}

static bool
has_strace(const struct suite *s)
{
	static const char *const wrap[] = { "strace", "-o", "/dev/null", NULL };
	struct suite probe = *s;
	AUTO_OUTCOME struct outcome o = { 0 };

	probe.wrap = wrap;
	run_program(&probe, "version", NULL, &o);
	return o.code == 0;
}

void
suite_inject(struct suite *s)
{
	static const char *const names[] = { "sync --force",
		"merge to symlink, local skills into the source" };

	/* Under a tracer leaks cannot be looked for. */
	AUTO_FREE char *options = xasprintf("%s:detect_leaks=0",
	    getenv("ASAN_OPTIONS") != NULL ? getenv("ASAN_OPTIONS") : "");
	(void)setenv("ASAN_OPTIONS", options, 1);
	if (!has_strace(s)) {
		test_begin(s);
		test_end(s, "system calls fail # SKIP needs strace");
		return;
	}
	each_named(s, names, ARRAY_LEN(names), inject_scenario);
}
