/* Running the program, and the judgements that every suite shares. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "fs.h"
#include "path.h"
#include "suite.h"

#define RUN_SECONDS 60 /* then it hangs */
#define MAX_OUTPUT_BYTES ((size_t)1 << 20)
#define MAX_WORDS 16
#define REPORTS_A_TEST 5
#define SANITIZER_EXIT 99

void
bail_out(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	printf("Bail out! %s\n", text);
	(void)fflush(stdout);
	_exit(1);
}

void
check_ok(struct error *err, const char *file, int line)
{
	if (err != NULL)
		bail_out("%s:%d: %s", file, line, error_msg(err));
}

/* ---- running ------------------------------------------------------------ */

const char *
scenario_faults(const struct scenario *sc)
{
	if ((sc->flags & NO_EXCHANGE) == 0)
		return "";
	return (sc->flags & NO_NOREPLACE) != 0
		   ? ",exchange:EINVAL,noreplace:EINVAL"
		   : ",exchange:EINVAL";
}

static void
split_words(char *words, const struct suite *s, const char **argv)
{
	size_t n = 0;

	while (s->wrap != NULL && s->wrap[n] != NULL) {
		argv[n] = s->wrap[n];
		n++;
	}
	argv[n++] = s->program;
	while (words != NULL && *words != '\0') {
		if (n == MAX_WORDS - 1)
			bail_out("too many words in a command");
		argv[n++] = strsep(&words, " ");
	}
	argv[n] = NULL;
}

/* The command, "@oldest" being the oldest snapshot; yours. */
static char *
with_snapshot(const struct suite *s, const char *command)
{
	const char *at = strstr(command, "@oldest");

	if (at == NULL)
		return xstrdup(command);
	AUTO_FREE char *name = home_oldest_snapshot(s);
	if (name == NULL)
		bail_out("%s: there is no snapshot", command);
	return xasprintf("%.*s%s", (int)(at - command), command, name);
}

/* An empty file for an output of the run. */
static void
redirect(posix_spawn_file_actions_t *actions, int fd, const char *path)
{
	if (posix_spawn_file_actions_addopen(actions, fd, path,
		O_WRONLY | O_CREAT | O_TRUNC, 0600) != 0)
		bail_out("posix_spawn_file_actions_addopen");
}

pid_t
run_start(const struct suite *s, const char *command, const char *fault)
{
	AUTO_FREE char *words = with_snapshot(s, command);
	AUTO_FREE char *home = xasprintf("HOME=%s", s->home);
	AUTO_FREE char *spec =
	    xasprintf("SKILLSHARE_FAULT=%s", fault != NULL ? fault : "");
	AUTO_FREE char *count =
	    xasprintf("SKILLSHARE_FAULT_COUNT=%s/count", s->dir);
	AUTO_FREE char *out = path_join(s->dir, "out");
	AUTO_FREE char *err = path_join(s->dir, "err");
	char *kept[4] = { NULL };
	static const char *const names[] = { "PATH", "ASAN_OPTIONS",
		"UBSAN_OPTIONS", "LSAN_OPTIONS" };
	const char *argv[MAX_WORDS];
	const char *env[MAX_WORDS] = { home, spec, count, "LC_ALL=C.UTF-8",
		"TZ=UTC0" };
	size_t n_env = 5;
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	split_words(words, s, argv);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value == NULL)
			continue;
		kept[i] = xasprintf("%s=%s", names[i], value);
		env[n_env++] = kept[i];
	}
	(void)posix_spawn_file_actions_init(&actions);
	redirect(&actions, STDOUT_FILENO, out);
	redirect(&actions, STDERR_FILENO, err);
	/* exec takes them as they are and changes nothing. */
	union {
		const char **lent;
		char **as_exec_wants;
	} args = { .lent = argv }, vars = { .lent = env };
	int rc = posix_spawnp(&pid, argv[0], &actions, NULL, args.as_exec_wants,
	    vars.as_exec_wants);
	if (rc != 0)
		bail_out("%s cannot be run: %s", s->program, strerror(rc));
	(void)posix_spawn_file_actions_destroy(&actions);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		free(kept[i]);
	return pid;
}

static void
read_output(const struct suite *s, const char *name, struct strbuf *out)
{
	AUTO_FREE char *path = path_join(s->dir, name);
	struct error *err = fs_read_file(AT_FDCWD, path, MAX_OUTPUT_BYTES, out);

	if (!error_is_sys(err, ENOENT))
		CHECK_OK(err);
	else
		error_free(err); /* no call was counted */
}

bool
run_is_stopped(pid_t pid)
{
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOWAIT) == -1)
		bail_out("waitid: %s", strerror(errno));
	return info.si_code == CLD_STOPPED;
}

void
run_end(const struct suite *s, pid_t pid, struct outcome *out)
{
	AUTO_STRBUF struct strbuf count = { 0 };
	int status = 0;

	*out = (struct outcome){ .code = -1 };
	(void)alarm(RUN_SECONDS);
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			bail_out("waitpid: %s", strerror(errno));
		(void)kill(pid, SIGABRT); /* it hangs */
	}
	(void)alarm(0);
	if (WIFEXITED(status))
		out->code = WEXITSTATUS(status);
	else
		out->signal = WTERMSIG(status);
	read_output(s, "out", &out->out);
	read_output(s, "err", &out->err);
	read_output(s, "count", &count);
	if (count.len > 0 && count.s[count.len - 1] == '\n')
		strbuf_truncate(&count, count.len - 1);
	if (!parse_u64(strbuf_str(&count), UINT64_MAX, &out->calls))
		out->calls = 0;
}

void
run_program(const struct suite *s, const char *command, const char *fault,
    struct outcome *out)
{
	run_end(s, run_start(s, command, fault), out);
}

void
run_unhurt(const struct suite *s, const struct scenario *sc,
    const char *command, struct outcome *out)
{
	const char *faults = scenario_faults(sc);

	run_program(s, command, faults[0] == ',' ? faults + 1 : NULL, out);
}

void
outcome_release(struct outcome *outcome)
{
	strbuf_release(&outcome->out);
	strbuf_release(&outcome->err);
}

/* ---- the tests ---------------------------------------------------------- */

void
test_begin(struct suite *s)
{
	s->test++;
	s->reported = 0;
	s->points = 0;
	s->at = "";
}

static void
test_line(struct suite *s, const char *skip, const char *text)
{
	printf("%sok %u - %s%s\n", s->reported > 0 ? "not " : "", s->test, text,
	    skip);
	(void)fputs(strbuf_str(&s->said), stdout);
	(void)fflush(stdout);
	strbuf_release(&s->said);
	s->failures += s->reported > 0;
	s->all_points += s->points;
}

void
test_end(struct suite *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	test_line(s, "", text);
}

void
test_skip(struct suite *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	test_begin(s);
	test_line(s, " # SKIP needs root, to mount", text);
}

void
complain(struct suite *s, const char *fmt, ...)
{
	va_list ap;

	if (s->reported++ >= REPORTS_A_TEST)
		return;
	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	strbuf_printf(&s->said, "# %s: ", s->at);
	for (const char *p = text; *p != '\0'; p++) {
		strbuf_add_char(&s->said, *p);
		if (*p == '\n' && p[1] != '\0')
			strbuf_add(&s->said, "#     ");
	}
	if (s->said.s[s->said.len - 1] != '\n')
		strbuf_add_char(&s->said, '\n');
}

/* ---- judging ------------------------------------------------------------ */

static void
check_errors(struct suite *s, const struct outcome *o)
{
	const char *line = strbuf_str(&o->err);

	while (*line != '\0') {
		size_t len = strcspn(line, "\n");

		bool is_known = strncmp(line, "skillshare: ", 12) == 0 ||
				strncmp(line, "! ", 2) == 0 ||
				strncmp(line, "✗ ", strlen("✗ ")) == 0;
		if (!is_known)
			complain(s, "an error that is not one line:\n%s",
			    strbuf_str(&o->err));
		line += len + (line[len] == '\n');
	}
}

void
check_sane(struct suite *s, const struct outcome *o)
{
	if (o->signal != 0)
		complain(s, "killed by signal %d\n%s", o->signal,
		    strbuf_str(&o->err));
	else if (o->code > 4)
		complain(s, "exit code %d%s\n%s", o->code,
		    o->code == SANITIZER_EXIT ? " (a sanitizer's)" : "",
		    strbuf_str(&o->err));
	else if (o->code != 0 && o->err.len == 0 && o->out.len == 0)
		complain(s, "exit code %d, and not a word", o->code);
	check_errors(s, o);
}

/* The first line that differs, of a and of b. */
static void
show_difference(struct suite *s, const char *what, const struct snap *now,
    const struct snap *then)
{
	for (size_t i = 0; i < now->n_units; i++) {
		const char *a = strbuf_str(&now->units[i]);
		const char *b = strbuf_str(&then->units[i]);

		while (*a != '\0' && strncmp(a, b, strcspn(a, "\n") + 1) == 0) {
			size_t len = strcspn(a, "\n") + 1;

			a += len;
			b += len;
		}
		if (strcmp(a, b) == 0)
			continue;
		complain(s, "not %s\nis: %.*s\nnot: %.*s", what,
		    (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
		return;
	}
}

/* Is each unit as before or as after? */
static bool
is_each_whole(const struct reference *ref, const struct snap *now)
{
	for (size_t i = 0; i < now->n_units; i++) {
		const char *is = strbuf_str(&now->units[i]);

		if (strcmp(is, strbuf_str(&ref->before.units[i])) != 0 &&
		    strcmp(is, strbuf_str(&ref->after.units[i])) != 0)
			return false;
	}
	return true;
}

bool
check_whole(struct suite *s, const struct reference *ref,
    const struct snap *now)
{
	char lost[DIGEST_HEX_LEN + 1];

	if (!snap_has_all(&ref->before, now, lost))
		complain(s, "a file's bytes are nowhere: %s", lost);
	if (snap_equal(now, &ref->before))
		return false;
	if (snap_equal(now, &ref->after))
		return true;
	if (ref->is_apart && is_each_whole(ref, now))
		return false;
	show_difference(s, "as before", now, &ref->before);
	show_difference(s, "as after", now, &ref->after);
	return false;
}

bool
check_units(struct suite *s, const struct reference *ref,
    const struct scenario *sc, const struct snap *now, int code)
{
	size_t n_before = 0;
	size_t n_after = 0;

	if ((sc->flags & SNAPSHOTS) != 0) {
		if (code == sc->code &&
		    now->n_snapshots != ref->after.n_snapshots)
			complain(s, "exit code %d and %zu snapshots, not %zu",
			    code, now->n_snapshots, ref->after.n_snapshots);
		return check_whole(s, ref, now);
	}

	for (size_t i = 0; i < now->n_units; i++) {
		const char *is = strbuf_str(&now->units[i]);
		const char *before = strbuf_str(&ref->before.units[i]);
		const char *after = strbuf_str(&ref->after.units[i]);

		if (strcmp(before, after) == 0 && strcmp(is, before) == 0)
			continue;
		if (strcmp(is, before) == 0)
			n_before++;
		else if (strcmp(is, after) == 0)
			n_after++;
		else
			return check_whole(s, ref, now);
	}
	bool is_told = code == 4 || (ref->is_apart && code == 1);
	if (n_before > 0 && n_after > 0 && !is_told)
		complain(s, "partly done, and exit code %d", code);
	if (n_before == 0 && code != sc->code && !is_told)
		complain(s, "done, and exit code %d, not %d", code, sc->code);
	if (n_after == 0 && code == 0)
		complain(s, "nothing done, and exit code 0");
	return n_before == 0;
}

/* What is called a snapshot is a whole one. */
static void
check_snapshots(struct suite *s, const struct scenario *sc)
{
	AUTO_OUTCOME struct outcome o = { 0 };

	run_unhurt(s, sc, "backup --verify", &o);
	check_sane(s, &o);
	if (o.code != 0)
		complain(s, "backup --verify: exit code %d\n%s%s", o.code,
		    strbuf_str(&o.out), strbuf_str(&o.err));
}

void
check_recovers(struct suite *s, const struct scenario *sc, struct snap *now_out)
{
	AUTO_OUTCOME struct outcome o = { 0 };

	run_unhurt(s, sc, "recover", &o);
	check_sane(s, &o);
	if (o.code != 0)
		complain(s, "recover: exit code %d\n%s", o.code,
		    strbuf_str(&o.err));
	if ((sc->flags & SNAPSHOTS) != 0)
		check_snapshots(s, sc);
	snap_take(s, sc, now_out);
}

void
check_again(struct suite *s, const struct reference *ref,
    const struct scenario *sc, bool is_after)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_SNAP struct snap now = { 0 };

	if (is_after && (sc->flags & ONCE) != 0)
		return;
	run_unhurt(s, sc, sc->command, &o);
	check_sane(s, &o);
	if (o.code != sc->code)
		complain(s, "%s again: exit code %d, not %d\n%s%s", sc->command,
		    o.code, sc->code, strbuf_str(&o.err), strbuf_str(&o.out));
	snap_take(s, sc, &now);
	if (!snap_equal(&now, &ref->after))
		show_difference(s, "as after (the command again)", &now,
		    &ref->after);
	if (now.litter.len > 0)
		complain(s, "left in the end:\n%s", strbuf_str(&now.litter));
}

void
reference_take(struct suite *s, const struct scenario *sc,
    struct reference *out)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	char lost[DIGEST_HEX_LEN + 1];

	*out = (struct reference){ .is_apart = (sc->flags & APART) != 0 };
	s->at = "unhurt";
	home_make(s, sc);
	snap_take(s, sc, &out->before);
	run_unhurt(s, sc, sc->command, &o);
	out->calls = o.calls;
	snap_take(s, sc, &out->after);
	check_sane(s, &o);
	if (o.code != sc->code)
		complain(s, "%s: exit code %d\n%s%s", sc->command, o.code,
		    strbuf_str(&o.out), strbuf_str(&o.err));
	if ((sc->flags & SNAPSHOTS) != 0
		? out->before.n_snapshots == out->after.n_snapshots
		: snap_equal(&out->before, &out->after))
		complain(s, "%s changed nothing\n%s", sc->command,
		    strbuf_str(&o.out));
	if (!snap_has_all(&out->before, &out->after, lost))
		complain(s, "a file's bytes are nowhere: %s", lost);
	if (out->after.litter.len > 0)
		complain(s, "left behind:\n%s", strbuf_str(&out->after.litter));
}

void
reference_release(struct reference *ref)
{
	snap_release(&ref->before);
	snap_release(&ref->after);
}

/* ---- all of them -------------------------------------------------------- */

static void
mount_all(const struct suite *s, const struct scenario *sc)
{
	for (size_t i = 0; i < ARRAY_LEN(sc->mounts); i++) {
		if (sc->mounts[i] == NULL)
			break;
		AUTO_FREE char *abs = path_join(s->home, sc->mounts[i]);

		CHECK_OK(fs_mkdirs(abs, 0755));
		if (mount("tmpfs", abs, "tmpfs", 0, "mode=755") == -1)
			bail_out("mount %s: %s", abs, strerror(errno));
	}
}

static void
unmount_all(const struct suite *s, const struct scenario *sc)
{
	for (size_t i = ARRAY_LEN(sc->mounts); i > 0; i--) {
		if (sc->mounts[i - 1] == NULL)
			continue;
		AUTO_FREE char *abs = path_join(s->home, sc->mounts[i - 1]);

		if (umount2(abs, MNT_DETACH) == -1)
			bail_out("umount %s: %s", abs, strerror(errno));
	}
}

static void
one_scenario(struct suite *s, const struct scenario *sc,
    void (*fn)(struct suite *s, const struct scenario *sc))
{
	if (s->only != NULL && strstr(sc->name, s->only) == NULL)
		return;
	if ((sc->mounts[0] != NULL && !s->can_mount) ||
	    ((sc->flags & LOWER) != 0 && !s->can_overlay)) {
		test_skip(s, "%s", sc->name);
		return;
	}
	home_empty(s);
	mount_all(s, sc);
	fn(s, sc);
	unmount_all(s, sc);
	if ((sc->flags & LOWER) != 0)
		home_uncover(s);
}

void
each_scenario(struct suite *s,
    void (*fn)(struct suite *s, const struct scenario *sc))
{
	for (size_t i = 0; i < n_scenarios; i++)
		one_scenario(s, &scenarios[i], fn);
}

const struct scenario *
scenario_named(const char *name)
{
	for (size_t i = 0; i < n_scenarios; i++) {
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	}
	bail_out("no scenario is called %s", name);
}

void
each_named(struct suite *s, const char *const *names, size_t n,
    void (*fn)(struct suite *s, const struct scenario *sc))
{
	for (size_t i = 0; i < n; i++)
		one_scenario(s, scenario_named(names[i]), fn);
}
