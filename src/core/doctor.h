/*
 * What is wrong on this machine, where, and the command that mends it. Looks
 * at everything that the other commands work with, and writes nothing: it
 * works on a read-only file system, and without a config that can be read.
 *
 * What is judged is kept apart from how it is learned: what the checks find
 * is a value, which the command prints.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "arena.h"
#include "error.h"
#include "host.h"

enum doctor_severity {
	DOCTOR_OK,      /* as it should be */
	DOCTOR_INFO,    /* nothing is wrong; good to know */
	DOCTOR_WARNING, /* it works, but not as somebody would expect */
	DOCTOR_ERROR,   /* a skill is not seen, or a command would fail */
	DOCTOR_SEVERITY_COUNT
};

struct finding {
	const char *check; /* the name of its row */
	enum doctor_severity severity;
	const char *target;  /* the target that it is about, or NULL */
	const char *path;    /* absolute, or NULL */
	unsigned line;       /* in path, from 1; 0: none */
	const char *message; /* one sentence, with names from the disk in it */
	const char *command; /* for a POSIX shell; NULL: none can mend it */
	/* All of which the message names but some, or NULL. */
	const char *const *skills;
	size_t n_skills;
};

struct doctor {
	struct arena arena; /* of the strings */
	struct finding *items;
	size_t n;
	size_t counts[DOCTOR_SEVERITY_COUNT];
};
#define AUTO_DOCTOR CLEANUP(doctor_release)

/*
 * Makes all checks, in the order of their table; progress, which may be NULL,
 * is called before each. Trouble is a finding, never an
 * error: ERR_INTERRUPTED alone is.
 */
MUST_USE struct error *doctor_look(const struct host_env *env,
    void (*progress)(void *payload, size_t done, size_t total), void *payload,
    struct doctor *out);

/* The heading of the check of that name. */
const char *doctor_heading(const char *check);

/* "ok", "info", "warning", "error". */
const char *doctor_severity_name(enum doctor_severity severity);

void doctor_release(struct doctor *doctor);

#endif
