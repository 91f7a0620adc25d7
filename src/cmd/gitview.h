/*
 * What git said, told: for the commands that run it.
 */
#ifndef GITVIEW_H
#define GITVIEW_H

#include "report.h"
#include "session.h"
#include "strbuf.h"

/* Every line on standard error, as "git: …", whole. */
void gitview_said(struct report *r, const struct strbuf *said);

/* For log: a commit was made, which is git's to take back. */
void gitview_keep_commit(const struct session *s);

/* "origin/main". Lent, as long as the report. */
struct remote;
const char *gitview_branch(struct report *r, const struct remote *remote);

#endif
