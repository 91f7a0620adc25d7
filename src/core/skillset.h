/*
 * The skills of a source as a value: what discover() found, and what is odd
 * about it.
 */
#ifndef SKILLSET_H
#define SKILLSET_H

#include "arena.h"
#include "fs.h"
#include "ignore.h"
#include "strmap.h"

enum skill_state {
	SKILL_OK,
	SKILL_COLLIDES,   /* another skill has the same entry name */
	SKILL_UNREADABLE, /* its SKILL.md cannot be read by us */
	SKILL_TOO_LONG,   /* its entry name is no file name: over 255 bytes */
	SKILL_DISABLED    /* by a rule; its SKILL.md was not read */
};

struct skill {
	const char *entry;       /* its name in a target */
	const char *rel;         /* where it is below the source */
	const char *abs;         /* the text of its link: source + "/" + rel */
	const char *name;        /* front matter's, or NULL */
	const char *description; /* only with DISCOVER_TEXTS, else NULL */
	const struct ignore_rule *rule; /* SKILL_DISABLED: by which */
	/* Front matter's targets, ended by NULL; NULL: all. */
	const char *const *only_for;
	enum skill_state state;
	uint32_t look; /* its directory in what the run saw (sourceseen.h) */
	bool is_link;  /* a link directly in the source */
};

enum problem_kind {
	PROBLEM_FRONT_MATTER, /* odd, but the skill can be used */
	PROBLEM_SAME_NAME,    /* two skills with one front-matter name */
	PROBLEM_COLLISION,
	PROBLEM_UNREADABLE,
	PROBLEM_TOO_LONG,
	PROBLEM_TOO_DEEP
};

struct problem {
	enum problem_kind kind;
	const char *rel;  /* file or directory below the source */
	unsigned line;    /* 0: none */
	const char *text; /* the sentence without the place */
};

struct tracked_repo {
	const char *name; /* first-level directory, "_…" */
	size_t n_skills;  /* without disabled ones */
};

struct skillset {
	struct arena arena;
	const char *source;      /* as the config spells it, absolute */
	const char *source_real; /* the same directory without links */
	uint64_t source_dev;     /* for this run's comparisons */
	struct fs_id source_id;
	/* Sorted by entry; of one entry the disabled last; then by rel. */
	struct skill *skills;
	size_t n;
	struct strmap by_entry;  /* entry -> index of the first with it */
	struct ignore **ignores; /* the source's, and those of repositories */
	size_t n_ignores;
	struct problem *problems; /* sorted by rel, line */
	size_t n_problems;
	struct tracked_repo *repos; /* sorted */
	size_t n_repos;
	bool is_complete; /* every part could be read: absence is proven */
};

/* The name in a target of what is at rel: a/b -> a__b. In the arena. */
const char *skillset_entry(struct arena *arena, const char *rel);

/*
 * The rules that hold for what is at rel: those of the source, with those of
 * the tracked repository before them.
 */
const struct ignore *
skillset_ignore(const struct skillset *set, const char *rel);

/* That of a source which does not exist yet: no skill. */
struct skillset *skillset_none(const char *source);

/* How many skills can be shown: those in SKILL_OK. */
size_t skillset_usable(const struct skillset *set);

/* How many skills there are but for the disabled ones. */
size_t skillset_enabled(const struct skillset *set);

/* How many skills are in that state. */
size_t skillset_count(const struct skillset *set, enum skill_state state);

/* The skill with that entry name, or NULL. Of colliding ones the first. */
const struct skill *
skillset_find(const struct skillset *set, const char *entry);

/*
 * The skill that a link of that text, read in any directory, leads to if it
 * is absolute and spelled like ours; or NULL. The skill may be disabled.
 */
const struct skill *
skillset_find_link(const struct skillset *set, const char *text);

/* ---- for discover() ---- */

/* What is odd at rel, copied. */
void skillset_add_problem(struct skillset *set, enum problem_kind kind,
    const char *rel, unsigned line, const char *text);

/*
 * Once all skills and problems are in it: sorts them, and finds skills whose
 * names in a target are the same (neither is shown by guess) or whose front
 * matter's names are.
 */
void skillset_settle(struct skillset *set);

void skillset_free(struct skillset *set);

#endif
