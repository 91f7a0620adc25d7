/*
 * init --git and --remote: the source becomes a repository, gets its remote,
 * and what the remote has comes into it as pull --remote brings it.
 */
#ifndef INITGIT_H
#define INITGIT_H

#include "cmd.h"

/*
 * ctx->config must be loaded. url NULL: only the repository is made. What is
 * in the source already is committed first and merged, never replaced. A new
 * repository, a remote for one that is there, and the name of a branch without
 * a commit are a run each; the commit is git's.
 *
 * If the process dies here: each of these is done or not; the same command
 * does the rest.
 */
MUST_USE struct error *
init_git(struct context *ctx, const char *url, enum exit_code *exit_out);

/* ERR_USAGE for an address that git would take for something else. */
MUST_USE struct error *init_git_check_url(const char *url);

#endif
