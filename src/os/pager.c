#include "pager.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base.h"
#include "sys.h"

/* In the child, with the pipe as input; as git does, unless the user did. */
static void
become_pager(const char *command, int in_fd)
{
	AUTO_FREE char *line =
	    xasprintf("{ %s\n} || { [ $? -eq 127 ] && exec cat; }", command);
	sigset_t none;

	(void)sigemptyset(&none);
	if (dup2(in_fd, STDIN_FILENO) == -1 ||
	    signal(SIGPIPE, SIG_DFL) == SIG_ERR ||
	    sigprocmask(SIG_SETMASK, &none, NULL) == -1 ||
	    setenv("LESS", "FRX", 0) == -1 || setenv("LV", "-c", 0) == -1)
		return;
	(void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
}

struct error *
pager_start(const char *command, struct pager *out)
{
	AUTO_CLOSE int saved_fd = -1;
	AUTO_CLOSE int in_fd = -1;
	AUTO_CLOSE int out_fd = -1;
	int ends[2];

	if (fflush(stdout) != 0)
		return error_errno("write to", "standard output");
	if (sys_pipe(ends) == -1)
		return error_errno("make a pipe for", command);
	in_fd = ends[0];
	out_fd = ends[1];
	saved_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (saved_fd == -1)
		return error_errno("keep", "standard output");
	pid_t pid = fork();
	if (pid == 0) {
		become_pager(command, in_fd);
		_exit(127);
	}
	if (pid == -1 || dup2(out_fd, STDOUT_FILENO) == -1)
		return error_errno("start", command);
	out->pid = pid;
	out->saved_fd = STEAL_FD(saved_fd);
	return NULL;
}

/* What the pager did not want must not come out behind it. */
static void
drop_unread(void)
{
	AUTO_CLOSE int null_fd = -1;

	if (fflush(stdout) == 0)
		return;
	null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null_fd != -1 && dup2(null_fd, STDOUT_FILENO) != -1)
		(void)fflush(stdout);
	clearerr(stdout);
}

void
pager_end(struct pager *pager)
{
	int status;

	if (pager->pid == 0)
		return;
	drop_unread();
	clearerr(stdout);
	/* Closes our end of the pipe: the pager sees the end of the text. */
	if (dup2(pager->saved_fd, STDOUT_FILENO) == -1)
		(void)close(STDOUT_FILENO);
	while (waitpid(pager->pid, &status, 0) == -1 && errno == EINTR)
		continue;
	base_close_fd(&pager->saved_fd);
	*pager = (struct pager){ 0 };
}
