/*
 * The user's pager between us and the terminal. Its command line is the
 * user's own word, from the environment or git's settings, and goes through
 * a shell as it does with git and man.
 */
#ifndef PAGER_H
#define PAGER_H

#include <sys/types.h>

#include "error.h"

struct pager {
	pid_t pid;    /* 0: none runs */
	int saved_fd; /* the terminal, while stdout leads to the pager */
};

/*
 * From here on, what is written to stdout goes to the pager, until
 * pager_end(). Nothing may be buffered in stdout that is not flushed here.
 * The pager is not told to be a step: Ctrl-C is for it, too. A command that
 * is not there is replaced by cat. On error stdout is as it was.
 */
MUST_USE struct error *pager_start(const char *command, struct pager *out);

/*
 * Waits until the user has left the pager; stdout is what it was. That it
 * left early is no error: what it did not read is dropped.
 */
void pager_end(struct pager *pager);

#endif
