/*
 * A fresh installation: decided by options and answers, told, and made as one
 * transaction.
 */
#ifndef BIRTH_H
#define BIRTH_H

#include "adoption.h"
#include "chosen.h"
#include "cmd.h"

/* Strings in the arena of the run. */
struct birth {
	const char *source; /* absolute */
	bool makes_source;
	const char *mode; /* or NULL: the default */
	struct chosen chosen;
	struct adoption adoption;
	bool makes_git;
	const char *remote; /* or NULL */
};
#define AUTO_BIRTH CLEANUP(birth_release)

/* ERR_CONFIG: there is a config, which is never replaced. */
MUST_USE struct error *birth_refuse_existing(const struct host_env *env);

/* Where skills are unless a person says otherwise. Yours. */
char *birth_usual_source(const struct host_env *env);

/*
 * Sets the source, as a person writes it. ERR_REFUSED: something else than a
 * directory is there.
 */
MUST_USE struct error *
birth_set_source(struct context *ctx, const char *text, struct birth *birth);

/* Makes it. ERR_CONFLICT: something of it appeared meanwhile. */
MUST_USE struct error *
birth_make(struct context *ctx, const struct birth *birth);

/* A line for each thing made, or to be made. */
void
birth_tell(struct context *ctx, const struct birth *birth, enum telling how);

/* What becomes of the skills that were taken, and what to run. */
void birth_tell_next(struct report *r, const struct birth *birth);

void birth_release(struct birth *birth);

#endif
