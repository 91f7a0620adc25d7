/*
 * The agents we know: names, aliases, where each looks for skills.
 */
#ifndef AGENTS_H
#define AGENTS_H

#include "base.h"

struct agent {
	const char *name;
	const char *path;    /* of its skills, "~/…" */
	const char *aliases; /* comma-separated, or "" */
	const char
	    *also_scans; /* further directories, comma-separated, or "" */
};

/* All of them, sorted by name. */
const struct agent *agents_all(size_t *n_out);

/*
 * Links that an agent is known not to follow. Hardly any of them says what it
 * does; 0 is "nothing is known against it", not a promise.
 */
enum agent_blind {
	/* A directory that is a link it follows, a linked SKILL.md not. */
	AGENT_BLIND_LINKED_FILE = 1
};
unsigned agents_blind(const struct agent *agent);

/* By name or alias; NULL if unknown. */
const struct agent *agents_find(const char *name);

#endif
