/*
 * Child processes: no shell, a session and process group of their own, no
 * terminal to ask on, a time limit for the group.
 */
#ifndef PROC_H
#define PROC_H

#include "error.h"
#include "strbuf.h"

struct proc_spec {
	const char *const *argv; /* argv[0] is looked for in PATH; NULL-ended */
	const char *dir;         /* absolute working directory, or NULL */
	const char *const *env_set; /* "NAME=value" over ours, NULL-ended, or
				       NULL; "NAME" alone unsets */
	unsigned timeout_ms;        /* 0: none */
	size_t max_out_bytes;       /* more is ERR_REFUSED; 0: 16 MiB */
	const int *keep_fds; /* at least 3 each, ended by -1: stay open for the
				child under their numbers; or NULL */
	bool is_step; /* part of what a signal must find done or undone: a
			 pending one waits for its end */
};

struct proc_result {
	int exit_code; /* 128 + n for a death by signal n */
	bool timed_out;
	struct strbuf out; /* all of stdout */
	struct strbuf err; /* all of stderr */
};
#define AUTO_PROC_RESULT CLEANUP(proc_result_release)

/*
 * Runs to the end with /dev/null as input, reading both outputs together. A
 * non-zero exit is no error here. ENOENT: no such program; ERR_NOT_FOUND: dir
 * is no place to run in. What it left in the background is not waited for. On a
 * time-out or a pending SIGINT/SIGTERM (signals.h) the whole group is ended;
 * the latter is ERR_INTERRUPTED. result is initialised here and released by the
 * caller.
 */
MUST_USE struct error *
proc_run(const struct proc_spec *spec, struct proc_result *result);
void proc_result_release(struct proc_result *result);

#endif
