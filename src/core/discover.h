/*
 * What skills the source holds: one walk of it, each directory read once, of
 * each SKILL.md only the head.
 *
 * Hidden directories are not entered, links not followed, with one
 * exception: a link directly in the source that leads to a directory with a
 * SKILL.md is a skill, and nothing is looked for below it.
 */
#ifndef DISCOVER_H
#define DISCOVER_H

#include "arena.h"
#include "error.h"
#include "fs.h"
#include "strmap.h"

/* Deeper below the source nothing is looked for. */
#define DISCOVER_MAX_DEPTH 64

enum skill_state {
	SKILL_OK,
	SKILL_COLLIDES,   /* another skill has the same entry name */
	SKILL_UNREADABLE, /* its SKILL.md cannot be read by us */
	SKILL_TOO_LONG    /* its entry name is no file name: over 255 bytes */
};

struct skill {
	const char *entry;       /* its name in a target */
	const char *rel;         /* where it is below the source */
	const char *abs;         /* the text of its link: source + "/" + rel */
	const char *name;        /* front matter's, or NULL */
	const char *description; /* only with DISCOVER_TEXTS, else NULL */
	enum skill_state state;
	bool is_link; /* a link directly in the source */
};

enum problem_kind {
	PROBLEM_FRONT_MATTER, /* odd, but the skill can be used */
	PROBLEM_SAME_NAME,    /* two skills with one front-matter name */
	PROBLEM_COLLISION,
	PROBLEM_UNREADABLE,
	PROBLEM_TOO_LONG,
	PROBLEM_TOO_DEEP,
	PROBLEM_NOT_HEEDED /* it asks for what this version cannot do */
};

struct problem {
	enum problem_kind kind;
	const char *rel;  /* file or directory below the source */
	unsigned line;    /* 0: none */
	const char *text; /* the sentence without the place */
};

struct tracked_repo {
	const char *name; /* first-level directory, "_…" */
	size_t n_skills;
};

struct skillset {
	struct arena arena;
	const char *source;      /* as the config spells it, absolute */
	const char *source_real; /* the same directory without links */
	uint64_t source_dev;     /* for this run's comparisons */
	struct fs_id source_id;
	struct skill *skills; /* sorted by entry, then rel */
	size_t n;
	struct strmap by_entry;   /* entry -> index of the first with it */
	struct problem *problems; /* sorted by rel, line */
	size_t n_problems;
	struct tracked_repo *repos; /* sorted */
	size_t n_repos;
	bool is_complete; /* every part could be read: absence is proven */
};

enum {
	DISCOVER_TEXTS = 1
};

/*
 * Reads the source. An unreadable part is a problem in the value; only the
 * source itself missing, no directory or unreadable is an error (ERR_CONFIG).
 */
MUST_USE struct error *
discover(const char *source, unsigned flags, struct skillset **out);

/* The name in a target of what is at rel: a/b -> a__b. In the arena. */
const char *discover_entry(struct arena *arena, const char *rel);

/* That of a source which does not exist yet: no skill. */
struct skillset *skillset_none(const char *source);

/* How many skills can be shown: those in SKILL_OK. */
size_t skillset_usable(const struct skillset *set);

/* The skill with that entry name, or NULL. Of colliding ones the first. */
const struct skill *
skillset_find(const struct skillset *set, const char *entry);

void skillset_free(struct skillset *set);

#endif
