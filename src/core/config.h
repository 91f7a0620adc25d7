/*
 * The config file as a value. Loading never writes, never guesses: what
 * cannot be understood is ERR_CONFIG with file, line and column.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "arena.h"
#include "error.h"
#include "host.h"
#include "ignore.h"

/* A config larger than this is refused. */
#define CONFIG_MAX_BYTES ((size_t)1024 * 1024)

enum mode {
	MODE_MERGE,
	MODE_SYMLINK,
	MODE_COPY
};

/* What an entry of a target is called. */
enum naming {
	NAMING_FLAT,    /* the skill's path, a/b -> a__b */
	NAMING_STANDARD /* the front matter's name, if it is usable */
};

/* Patterns for glob_match(), each without a problem. */
struct config_patterns {
	const char **items;
	size_t n;
};

struct config_target {
	const char *name;
	const char *path;      /* absolute and normal */
	const char *path_text; /* as written, or NULL: from the agents' table */
	enum mode mode;        /* the target's own, else the config's */
	enum naming naming;    /* the same */
	struct config_patterns include; /* none: every skill */
	struct config_patterns exclude;
	unsigned line; /* where it stands, from 1 */
};

/* How long something is kept; each limit at least 1. */
struct config_keep {
	uint64_t days;
	uint64_t count; /* snapshots of a target; runs that can be undone */
	uint64_t mb;    /* backup only: of allocated bytes, in all */
};

struct config {
	struct arena arena;
	const char *path;   /* of the file, absolute, as the user names it */
	const char *dir;    /* that path's directory */
	const char *source; /* absolute and normal; $SKILLSHARE_SOURCE wins */
	enum mode mode;     /* default mode of a target */
	struct config_keep backup_keep; /* default: 30 days, 10, 500 MB */
	struct config_keep undo_keep;   /* default: 30 days, 100 */
	/*
	 * Files that copies and backups leave out, as paths relative to the
	 * skill's directory; where the config says nothing, the default.
	 */
	struct ignore ignore;
	struct config_target *targets; /* sorted by name */
	size_t n_targets;
};

/* What undo_keep is without a config. */
extern const struct config_keep config_undo_keep_default;

/* What is older goes; both in seconds since the epoch. */
static inline int64_t
config_keep_since(const struct config_keep *keep, int64_t now)
{
	return now - (int64_t)keep->days * 24 * 60 * 60;
}

/* "merge", "symlink", "copy". */
const char *config_mode_name(enum mode mode);
bool config_mode_parse(const char *text, enum mode *out);

/* "flat", "standard". */
const char *config_naming_name(enum naming naming);
bool config_naming_parse(const char *text, enum naming *out);

/*
 * May a target be called that? NULL if so, else the reason as half a
 * sentence ("must start with a letter"). Lent, static.
 */
const char *config_name_problem(const char *name);

/*
 * Loads env->config_path. ERR_CONFIG: absent ("no config at …: run
 * skillshare init"), unreadable, not YAML, or a value of the wrong shape.
 */
MUST_USE struct error *
config_load(const struct host_env *env, struct config **out);

/* The same from text in memory; path is for messages and relative paths. */
MUST_USE struct error *config_parse(const struct host_env *env,
    const char *path, const char *text, size_t len, struct config **out);

/* Lent, or NULL. */
const struct config_target *
config_find(const struct config *config, const char *name);

void config_free(struct config *config);

#endif
