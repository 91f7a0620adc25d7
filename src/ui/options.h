/*
 * Options as rows: parsing, --help and completion come from the same table,
 * so that none of them can forget an option.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "arena.h"
#include "error.h"
#include "strbuf.h"

enum option_type {
	OPT_FLAG,   /* sets a bool */
	OPT_STRING, /* sets a const char *; the last one wins */
	OPT_LIST    /* adds to a struct option_list; splits at commas */
};

/* What a shell may offer for a value or an argument. */
enum option_hint {
	HINT_NONE,
	HINT_TARGET,         /* a target of the config */
	HINT_TARGET_COMMAND, /* the same, or what "target" can do */
	HINT_AGENT,          /* an agent that the program knows */
	HINT_MODE,
	HINT_COMMAND,
	HINT_SHELL,
	HINT_PATH
};

struct option_list {
	const char **items; /* in the arena of the parse */
	size_t n;
};

struct option_row {
	enum option_type type;
	const char *long_name; /* without the dashes */
	char short_name;       /* or 0 */
	size_t offset;         /* of the value in the values of its group */
	const char *arg;       /* "MODE"; NULL for a flag */
	const char *help;      /* no full stop, and none of ' " [ ] $ ` \ */
	enum option_hint hint;
};

/* Rows and the struct that their offsets are in (zeroed = not given). */
struct option_group {
	const struct option_row *rows;
	size_t n;
	void *values; /* NULL where only help or completion is wanted */
};

struct option_set {
	const struct option_group *groups;
	size_t n;
};

/*
 * Parses argv (n strings, the command's name not among them), which must live
 * as long as the values. "--" ends options; they may stand after arguments;
 * "-" is an argument. *args_out gets the arguments in order. ERR_USAGE: an
 * unknown option (the text has the nearest one), a value missing or too much.
 * Values set before the error stay set.
 */
MUST_USE struct error *
options_parse(const struct option_set *set, const char *const *argv, size_t n,
    struct arena *arena, struct option_list *args_out);

/* Adds the option part of a --help text, at most 80 columns wide. */
void options_help(const struct option_set *set, struct strbuf *out);

/* Adds text, broken at spaces to 80 columns, each line after indent spaces. */
void options_wrap(struct strbuf *out, const char *text, size_t indent);

/*
 * The item nearest to word by edits (insert, delete, replace, swap two
 * neighbours), or NULL if all are too far to be what was meant. Lent.
 */
const char *
options_nearest(const char *word, const char *const *items, size_t n);

#endif
