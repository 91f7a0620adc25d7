/*
 * A skill's front matter: the YAML between the first two "---" lines of its
 * SKILL.md, read as its author meant it.
 */
#ifndef SKILL_H
#define SKILL_H

#include "arena.h"
#include "error.h"

/* What makes a directory a skill. */
#define SKILL_FILE "SKILL.md"

/* A name by the standard: 1 to SKILL_NAME_MAX of these. */
#define SKILL_NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define SKILL_NAME_MAX 64

/* More front matter than this is none. */
#define SKILL_HEAD_MAX_BYTES ((size_t)64 * 1024)

struct skill_meta {
	const char *name;           /* in the arena, or NULL */
	const char *description;    /* in the arena, or NULL */
	const char *const *targets; /* NULL: every target; else names */
	size_t n_targets;
	const char *problem;   /* NULL, or why the front matter is odd */
	unsigned problem_line; /* from 1; 0 with no problem */
};

/*
 * Reads the front matter in the first bytes of a SKILL.md. Cannot fail: what
 * is not YAML is read line by line ("key: value"), and said in problem. text
 * may be cut anywhere after SKILL_HEAD_MAX_BYTES; it need not be UTF-8.
 */
void skill_meta_parse(const char *text, size_t len, struct arena *arena,
    struct skill_meta *out);

#endif
