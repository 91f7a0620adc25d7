/*
 * What a sync will do: a value made from two values. Pure: no file system,
 * no clock, no environment, no terminal. `--dry-run`, `status` and `diff`
 * print it, `sync` carries it out: they cannot disagree.
 */
#ifndef PLAN_H
#define PLAN_H

#include "discover.h"
#include "observe.h"

/* What the source asks of an entry; columns of the plan table. */
enum want {
	WANT_NOTHING,
	WANT_LINK,
	WANT_COPY,
	WANT_COUNT
};

/* What is to become of an entry. doc/plan-table.md has the reasons. */
enum action {
	ACT_NONE,     /* as it should be, or not ours and in nobody's way */
	ACT_LINK,     /* nothing there: link it */
	ACT_RELINK,   /* our link says something else: put the right one */
	ACT_COPY,     /* nothing there: copy it */
	ACT_UPDATE,   /* our copy, unedited: put the new version */
	ACT_TO_LINK,  /* our copy, unedited, becomes a link */
	ACT_TO_COPY,  /* our link becomes a copy */
	ACT_REMOVE,   /* our link to, or copy of, what is no skill any more */
	ACT_REPLACE,  /* --force: takes the place of what is there */
	ACT_LOCAL,    /* a real directory has the skill's name: it stays */
	ACT_CONFLICT, /* what is there is somebody's, or edited: it stays, a
			 warning */
	/*
	 * The source cannot say what it wants, or it cannot be copied: what
	 * is there stays, and where nothing is nothing is made.
	 */
	ACT_HELD,
	ACT_COUNT
};

/* What is to become of the target's own place. */
enum place_action {
	PLACE_KEEP,
	PLACE_MAKE,    /* the directory, and missing ones above it */
	PLACE_LINK,    /* symlink mode: link where nothing is */
	PLACE_RELINK,  /* symlink mode: our stale link, or with --force any */
	PLACE_TO_LINK, /* a directory becomes the link */
	PLACE_TO_DIR   /* the link becomes a directory of links, or copies */
};

struct plan_entry {
	const char *name; /* lent from skillset or observed */
	uint32_t skill;   /* or NO_SKILL */
	uint32_t seen;    /* index into observed entries, or NO_SKILL */
	enum action action;
};

struct plan_counts {
	size_t linked; /* right links there after the run */
	size_t copied; /* copies of the source's version there after it */
	size_t local;
	size_t updated;
	size_t pruned;
	size_t conflicts; /* edited ones, too */
	size_t edited;    /* copies that stay because they were edited */
	size_t held;
	size_t uncopied; /* of these, skills that cannot be copied */
	size_t taken;    /* local skills that go into the source */
};

struct plan_target {
	const struct config_target *config;
	const struct observed_target *seen;
	uint32_t same_as;    /* planned there, or NO_TARGET */
	const char *refusal; /* this target fails: why; else NULL */
	enum place_action place;
	/*
	 * Every name with something to do or to say, sorted; right links and
	 * local entries that no skill has the name of are only counted.
	 */
	struct plan_entry *entries;
	size_t n;
	struct plan_counts counts;
	/* A current copy has another digest in the manifest: it is corrected.
	 */
	bool relists;
	/*
	 * PLACE_TO_LINK that cannot be: what stands in the way, a sentence
	 * each ("notes: a file"); the target is refused.
	 */
	const char **obstacles;
	size_t n_obstacles;
};

enum plan_brake {
	BRAKE_NONE,
	BRAKE_EMPTY_SOURCE, /* no skill at all, and links would go */
	BRAKE_MASS_PRUNE    /* more than ten and more than half of one target */
};

struct plan {
	struct arena arena;
	const struct skillset *set;
	struct plan_target *targets;
	size_t n;
	enum plan_brake brake;
	uint32_t brake_target; /* the first that trips it */
	bool prunes_held;      /* the source is incomplete: nothing is pruned */
};

enum {
	PLAN_FORCE = 1,
	PLAN_ALLOW_MASS_PRUNE = 2,
	PLAN_LOOK =
	    4 /* only to be shown: what cannot be written is no matter */
};

/* One cell of the table. */
enum action plan_decide(enum seen seen, enum want want);

/* The second table: what --force makes of what the first says. */
enum action plan_force(enum seen seen, enum want want, enum action action);

/* Why the entry's skill cannot be copied, if it is held for that; or NULL. */
const char *
plan_uncopied(const struct plan_target *t, const struct plan_entry *e);

/* Does the action change anything in a target that is a directory? */
bool action_is_change(enum action action);

/* What a target of that mode shows a skill as. */
enum want plan_want(enum mode mode);

/* set and observed must outlive the plan. */
struct plan *plan_compute(const struct skillset *set,
    const struct observed *observed, unsigned flags);

/* Would apply change anything? */
bool plan_is_empty(const struct plan *plan);
bool plan_target_changes(const struct plan_target *t);

/* Does something not come to be as asked (exit 1)? */
bool plan_has_conflicts(const struct plan *plan);

/* Any target that fails (exit 4)? */
bool plan_has_refusals(const struct plan *plan);

void plan_free(struct plan *plan);

#endif
