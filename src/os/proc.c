#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "host.h"
#include "signals.h"
#include "sys.h"

#define OUT_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define TICK_MS 100   /* how late we may see a signal or the child's end */
#define GRACE_MS 2000 /* from SIGTERM to SIGKILL */

extern char **environ;

struct child {
	pid_t pid; /* of its group, too */
	bool is_over;
	bool is_step; /* signals wait for its end */
	int fds[2];   /* its stdout and stderr, -1 at their end */
	struct strbuf *texts[2];
	size_t max_bytes;
};

static bool
is_same_name(const char *setting, const char *value)
{
	size_t len = strcspn(setting, "=");

	return strncmp(setting, value, len) == 0 && value[len] == '=';
}

static bool
is_set_anew(const char *const *env_set, const char *value)
{
	for (; *env_set != NULL; env_set++) {
		if (is_same_name(*env_set, value))
			return true;
	}
	return false;
}

/* Our environment with env_set over it. The strings are lent. */
static char **
make_env(const char *const *env_set)
{
	static const char *const nothing[] = { NULL };
	char **env = NULL;
	size_t n = 0;

	if (env_set == NULL)
		env_set = nothing;
	for (char **p = environ; *p != NULL; p++) {
		if (is_set_anew(env_set, *p))
			continue;
		env = xgrow(env, n, sizeof(*env));
		env[n++] = *p;
	}
	for (; *env_set != NULL; env_set++) {
		if (strchr(*env_set, '=') == NULL)
			continue;
		env = xgrow(env, n, sizeof(*env));
		/* exec takes char * but writes to none of them. */
		memcpy(&env[n++], env_set, sizeof(*env));
	}
	env = xgrow(env, n, sizeof(*env));
	env[n] = NULL;
	return env;
}

/* Why a child came to no exec: told through a pipe that an exec closes. */
struct failure {
	int sys;
	bool is_dir; /* it was the directory */
};

/*
 * Between fork and exec, in the child. A session of its own makes a group
 * that ends as one, and leaves no terminal to ask for a password on: a
 * question fails instead of waiting.
 */
static struct failure
become(const struct proc_spec *spec, char **env, const int fds[2])
{
	struct failure failure = { 0 };
	int in_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;
	char **argv;

	(void)sigemptyset(&none);
	if (setsid() == -1 || dup2(in_fd, STDIN_FILENO) == -1 ||
	    dup2(fds[0], STDOUT_FILENO) == -1 ||
	    dup2(fds[1], STDERR_FILENO) == -1 ||
	    signal(SIGPIPE, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_SETMASK, &none, NULL) == -1) {
		failure.sys = errno;
		return failure;
	}
	for (const int *fd = spec->keep_fds; fd != NULL && *fd != -1; fd++) {
		if (fcntl(*fd, F_SETFD, 0) == -1) {
			failure.sys = errno;
			return failure;
		}
	}
	failure.is_dir = spec->dir != NULL && chdir(spec->dir) == -1;
	if (!failure.is_dir) {
		environ = env;
		memcpy(&argv, &spec->argv, sizeof(argv));
		(void)execvp(argv[0], argv);
	}
	failure.sys = errno;
	return failure;
}

/* The descriptors are those for the child's stdout, stderr and failure. */
static struct error *
spawn(const struct proc_spec *spec, const int fds[3], pid_t *pid_out)
{
	AUTO_FREE char **env = make_env(spec->env_set);
	pid_t pid = fork();

	if (pid == -1)
		return error_errno("start", spec->argv[0]);
	if (pid == 0) {
		struct failure failure = become(spec, env, fds);
		(void)!write(fds[2], &failure, sizeof(failure));
		_exit(127);
	}
	*pid_out = pid;
	return NULL;
}

static int
reap(const struct child *child)
{
	int status;

	while (waitpid(child->pid, &status, 0) == -1) {
		if (errno != EINTR)
			BUG("the child %ld is not ours", (long)child->pid);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

/* Waits for the exec, or for the child to say why there is none. */
static struct error *
check_started(const struct proc_spec *spec, const struct child *child,
    int fail_fd)
{
	struct failure failure;
	ssize_t len;

	do
		len = read(fail_fd, &failure, sizeof(failure));
	while (len == -1 && errno == EINTR);
	if (len != (ssize_t)sizeof(failure))
		return NULL;
	(void)reap(child);
	if (failure.is_dir)
		return error_new(ERR_NOT_FOUND,
		    "%s cannot run in the directory %s: %s", spec->argv[0],
		    spec->dir, strerror(failure.sys));
	errno = failure.sys;
	return error_errno("run", spec->argv[0]);
}

static struct error *
make_pipe(const char *shown, int *read_fd, int *write_fd)
{
	int ends[2];

	if (sys_pipe(ends) == -1)
		return error_errno("make a pipe for", shown);
	*read_fd = ends[0];
	*write_fd = ends[1];
	return NULL;
}

static struct error *
start(const struct proc_spec *spec, struct child *child)
{
	const char *shown = spec->argv[0];
	AUTO_CLOSE int out_fd = -1;
	AUTO_CLOSE int err_fd = -1;
	AUTO_CLOSE int fail_fd = -1;
	AUTO_CLOSE int failed_fd = -1;

	struct error *err = make_pipe(shown, &child->fds[0], &out_fd);
	if (err != NULL)
		return err;
	err = make_pipe(shown, &child->fds[1], &err_fd);
	if (err != NULL)
		return err;
	err = make_pipe(shown, &failed_fd, &fail_fd);
	if (err != NULL)
		return err;
	err =
	    spawn(spec, (const int[]){ out_fd, err_fd, fail_fd }, &child->pid);
	if (err != NULL)
		return err;
	base_close_fd(&fail_fd);
	fail_fd = -1;
	return check_started(spec, child, failed_fd);
}

/* Without reaping: until that, its number and its group's are its own. */
static bool
has_ended(const struct child *child)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)child->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == child->pid;
}

/* Takes what is there; false once a text would be longer than it may be. */
static bool
take_output(struct child *child, size_t i)
{
	char buf[16384];
	ssize_t len = read(child->fds[i], buf, sizeof(buf));

	if (len == -1 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (len <= 0) {
		base_close_fd(&child->fds[i]);
		child->fds[i] = -1;
		return true;
	}
	if ((size_t)len > child->max_bytes - child->texts[i]->len)
		return false;
	strbuf_add_mem(child->texts[i], buf, (size_t)len);
	return true;
}

/*
 * Waits at most wait_ms for something to read, and reads it. is_quiet_out: it
 * waited in vain. poll() skips descriptors of -1. False: too much output.
 */
static bool
pump(struct child *child, int wait_ms, bool *is_quiet_out)
{
	struct pollfd polls[2] = {
		{ .fd = child->fds[0], .events = POLLIN },
		{ .fd = child->fds[1], .events = POLLIN },
	};
	int n = poll(polls, 2, wait_ms);

	*is_quiet_out = n == 0;
	for (size_t i = 0; n > 0 && i < 2; i++) {
		if (polls[i].revents != 0 && !take_output(child, i))
			return false;
	}
	return true;
}

/*
 * Reads until the child ended and its outputs did, or are quiet: what it
 * left running in the background may hold them open for ever.
 */
static struct error *
follow(struct child *child, unsigned timeout_ms, bool *timed_out)
{
	int64_t start_ms = host_ticks_ms();
	int wait_ms = 1;

	for (;;) {
		bool is_open = child->fds[0] != -1 || child->fds[1] != -1;
		bool is_quiet;

		if (!child->is_over)
			child->is_over = has_ended(child);
		if (child->is_over && !is_open)
			return NULL;
		/* With both closed nothing wakes us: look often at first. */
		if (!pump(child, is_open ? TICK_MS : wait_ms, &is_quiet))
			return error_new(ERR_REFUSED,
			    "the output is longer than %zu bytes",
			    child->max_bytes);
		if (!is_open && wait_ms < TICK_MS / 2)
			wait_ms *= 2;
		if (child->is_over && is_quiet)
			return NULL;
		struct error *err = child->is_step ? NULL : signals_check();
		if (err != NULL)
			return err;
		*timed_out = timeout_ms != 0 &&
			     host_ticks_ms() - start_ms >= (int64_t)timeout_ms;
		if (*timed_out)
			return NULL;
	}
}

/* Ends the group: asks first, and kills what is left of it. */
static void
end_group(struct child *child)
{
	int64_t start_ms = host_ticks_ms();

	(void)kill(-child->pid, SIGTERM);
	while (!has_ended(child) && host_ticks_ms() - start_ms < GRACE_MS)
		(void)poll(NULL, 0, 10);
	(void)kill(-child->pid, SIGKILL);
}

struct error *
proc_run(const struct proc_spec *spec, struct proc_result *result)
{
	*result = (struct proc_result){ 0 };
	struct child child = {
		.fds = { -1, -1 },
		.texts = { &result->out, &result->err },
		.is_step = spec->is_step,
		.max_bytes = spec->max_out_bytes != 0 ? spec->max_out_bytes
						      : OUT_MAX_BYTES,
	};

	/* Whatever the child changes: it is not begun, or comes to its end. */
	struct error *err = fault_before("spawn")
				? error_errno("start", spec->argv[0])
				: start(spec, &child);
	if (err == NULL) {
		err = follow(&child, spec->timeout_ms, &result->timed_out);
		if (err != NULL || result->timed_out)
			end_group(&child);
		result->exit_code = reap(&child);
		if (err != NULL)
			err = error_wrap(err, "%s", spec->argv[0]);
		fault_after("spawn");
	}
	base_close_fd(&child.fds[0]);
	base_close_fd(&child.fds[1]);
	return err;
}

void
proc_result_release(struct proc_result *result)
{
	strbuf_release(&result->out);
	strbuf_release(&result->err);
}
