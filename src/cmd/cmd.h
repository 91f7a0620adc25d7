/*
 * The commands: one table, and what each of them is given. The dispatcher
 * parses options, reads the environment, loads the config, and turns errors
 * into text and exit codes; a command does only what its name says.
 */
#ifndef CMD_H
#define CMD_H

#include "arena.h"
#include "config.h"
#include "error.h"
#include "host.h"
#include "options.h"
#include "report.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_NOT_AS_ASKED = 1, /* it ran, and something is not as asked */
	EXIT_USAGE = 2,
	EXIT_NOT_STARTED = 3, /* nothing was done */
	EXIT_PARTLY = 4,      /* some targets failed, the others were done */
	EXIT_INTERRUPTED = 130
};

enum command_flags {
	CMD_HOME = 1 << 0,   /* needs ctx->env */
	CMD_CONFIG = 1 << 1, /* needs ctx->config; implies CMD_HOME */
	CMD_WRITES = 1 << 2, /* offers -n, --dry-run */
	CMD_REPORTS = 1 << 3 /* offers --json */
};

/* The options that the dispatcher adds to a command's own. */
struct common_options {
	bool help;
	bool version; /* only before a command */
	bool no_color;
	bool quiet;
	bool dry_run; /* CMD_WRITES */
	bool json;    /* CMD_REPORTS */
};

struct context {
	const struct command *command;
	const char *line; /* as it was typed: "sync --force claude" */
	struct common_options common;
	const void *opts;        /* the command's own options struct */
	struct option_list args; /* within the command's min and max */
	struct report *report;
	struct host_env env;   /* CMD_HOME, else zero */
	struct config *config; /* CMD_CONFIG, else NULL */
	struct arena arena;    /* lives as long as the run */
};

struct command {
	const char *name;
	const char *alias;   /* a second name, or NULL */
	const char *summary; /* a few words, spelled as an option's help */
	const char *help;    /* a paragraph for --help */
	/*
	 * "[target...]", or ""; where there are several ways to call the
	 * command, each on a line.
	 */
	const char *args;
	size_t min_args;
	size_t max_args;       /* SIZE_MAX: any number */
	enum option_hint hint; /* of the arguments */
	unsigned flags;        /* enum command_flags */
	const struct option_row *opts;
	size_t n_opts;
	size_t opts_size; /* of the options struct, in bytes */
	/*
	 * *exit_out is EXIT_DONE before the call. With an error it may stay
	 * so: the error's code then decides (cmd_exit_code()); else it stands.
	 * With --json a command that prints its document returns no error.
	 */
	struct error *(*run)(struct context *ctx, enum exit_code *exit_out);
};

/*
 * The one list of commands, in the order that help prints: X(name) stands
 * for a `const struct command cmd_<name>` in cmd_<name>.c.
 */
#define CMD_LIST(X)                                                            \
	X(init)                                                                \
	X(target)                                                              \
	X(new)                                                                 \
	X(enable)                                                              \
	X(disable)                                                             \
	X(sync)                                                                \
	X(status)                                                              \
	X(diff)                                                                \
	X(pull)                                                                \
	X(push)                                                                \
	X(list)                                                                \
	X(backup)                                                              \
	X(restore)                                                             \
	X(log)                                                                 \
	X(undo)                                                                \
	X(recover)                                                             \
	X(doctor)                                                              \
	X(completion)                                                          \
	X(help)                                                                \
	X(version)

#define CMD_DECLARE(name) extern const struct command cmd_##name;
CMD_LIST(CMD_DECLARE)
#undef CMD_DECLARE

const struct command *const *cmd_all(size_t *n_out);

/* By name or alias; NULL if there is none. */
const struct command *cmd_find(const char *name);

/* ERR_USAGE for a name that cmd_find() does not know, with the nearest one. */
MUST_USE struct error *cmd_unknown(const char *name);

/* How a run that ended with this error exits. */
enum exit_code cmd_exit_code(enum error_code code);

/*
 * The same of one that had done something before, which stands: the code is
 * none that says that nothing was done.
 */
enum exit_code cmd_exit_code_after(enum error_code code);

/*
 * Fills groups with the options of a command, the common ones last, and
 * returns how many groups there are. command NULL: the options that stand
 * before a command. The values may be NULL.
 */
#define CMD_GROUPS_MAX 4
size_t cmd_option_groups(const struct command *command, void *opts,
    struct common_options *common, struct option_group groups[CMD_GROUPS_MAX]);

/* Adds all of what COMMAND --help prints. */
void cmd_help_text(const struct command *command, struct strbuf *out);

/* Adds what the program prints when it is called without a command. */
void cmd_overview(struct strbuf *out);

/* Adds "skillshare X.Y.Z" and a newline. */
void cmd_version_text(struct strbuf *out);

/*
 * The whole program: argv without its first string. Prints everything that
 * is to be printed, flushes, and returns the exit code.
 */
int cmd_main(const char *const *argv, size_t n);

#endif
