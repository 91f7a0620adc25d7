/*
 * What git said, told: for the commands that run it.
 */
#ifndef GITVIEW_H
#define GITVIEW_H

#include "gitrepo.h"
#include "report.h"

/* Every line on standard error, as "git: …", whole. */
void gitview_said(struct report *r, const struct git_repo *repo);

/* "origin/main". Lent, as long as the report. */
struct remote;
const char *gitview_branch(struct report *r, const struct remote *remote);

#endif
