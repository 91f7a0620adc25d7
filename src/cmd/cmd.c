#include "cmd.h"

#include <errno.h>
#include <string.h>

#include "gitrun.h"
#include "json.h"
#include "signals.h"

static const struct command *const commands[] = {
#define CMD_ADDRESS(name) &cmd_##name,
	CMD_LIST(CMD_ADDRESS)
#undef CMD_ADDRESS
};

#define COMMON(member) offsetof(struct common_options, member)

/* clang-format off */
static const struct option_row global_rows[] = {
	{ OPT_FLAG, "help", 'h', COMMON(help), NULL,
	  "show this help", HINT_NONE },
	{ OPT_FLAG, "version", 'v', COMMON(version), NULL,
	  "show the version", HINT_NONE },
	{ OPT_FLAG, "no-color", 0, COMMON(no_color), NULL,
	  "no colours, even on a terminal", HINT_NONE },
};

static const struct option_row common_rows[] = {
	{ OPT_FLAG, "quiet", 'q', COMMON(quiet), NULL,
	  "print nothing but warnings and errors", HINT_NONE },
	{ OPT_FLAG, "no-color", 0, COMMON(no_color), NULL,
	  "no colours, even on a terminal", HINT_NONE },
	{ OPT_FLAG, "help", 'h', COMMON(help), NULL,
	  "show this help", HINT_NONE },
};

static const struct option_row dry_run_row = {
	OPT_FLAG, "dry-run", 'n', COMMON(dry_run), NULL,
	"show what would be done, and change nothing", HINT_NONE
};

static const struct option_row json_row = {
	OPT_FLAG, "json", 0, COMMON(json), NULL,
	"print one JSON document instead of text", HINT_NONE
};
/* clang-format on */

/* A run from its command line to its exit code. */
struct run {
	struct context ctx;
	const char *const *argv; /* after the command's name */
	size_t n;
};

const struct command *const *
cmd_all(size_t *n_out)
{
	*n_out = ARRAY_LEN(commands);
	return commands;
}

const struct command *
cmd_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const char *alias = commands[i]->alias;

		if (strcmp(commands[i]->name, name) == 0 ||
		    (alias != NULL && strcmp(alias, name) == 0))
			return commands[i];
	}
	return NULL;
}

struct error *
cmd_unknown(const char *name)
{
	const char *names[2 * ARRAY_LEN(commands)];
	const char *nearest;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		names[n++] = commands[i]->name;
		if (commands[i]->alias != NULL)
			names[n++] = commands[i]->alias;
	}
	nearest = options_nearest(name, names, n);
	if (nearest == NULL)
		return error_new(ERR_USAGE,
		    "unknown command %s (skillshare help lists them)", name);
	return error_new(ERR_USAGE, "unknown command %s (did you mean %s?)",
	    name, nearest);
}

enum exit_code
cmd_exit_code(enum error_code code)
{
	switch (code) {
	case ERR_USAGE:
		return EXIT_USAGE;
	case ERR_CONFIG:
	case ERR_BUSY:
	case ERR_DAMAGE:
	case ERR_UNREACHABLE:
	case ERR_SYS: /* a full disk, no permission: everything was put back */
		return EXIT_NOT_STARTED;
	case ERR_INTERRUPTED:
		return EXIT_INTERRUPTED;
	case ERR_CONFLICT:
	case ERR_REFUSED:
	case ERR_NOT_FOUND:
		return EXIT_NOT_AS_ASKED;
	}
	BUG("no exit code for error code %d", (int)code);
}

enum exit_code
cmd_exit_code_after(enum error_code code)
{
	enum exit_code exit_code = cmd_exit_code(code);

	return exit_code == EXIT_NOT_STARTED ? EXIT_NOT_AS_ASKED : exit_code;
}

size_t
cmd_option_groups(const struct command *command, void *opts,
    struct common_options *common, struct option_group groups[CMD_GROUPS_MAX])
{
	size_t n = 0;

	if (command == NULL) {
		groups[n++] = (struct option_group){ global_rows,
			ARRAY_LEN(global_rows), common };
		return n;
	}
	if (command->n_opts > 0)
		groups[n++] = (struct option_group){ command->opts,
			command->n_opts, opts };
	if ((command->flags & CMD_WRITES) != 0)
		groups[n++] = (struct option_group){ &dry_run_row, 1, common };
	if ((command->flags & CMD_REPORTS) != 0)
		groups[n++] = (struct option_group){ &json_row, 1, common };
	groups[n++] = (struct option_group){ common_rows,
		ARRAY_LEN(common_rows), common };
	return n;
}

/* One line for each way to call the command. */
static void
add_usage(const struct command *command, struct strbuf *out)
{
	const char *args = command->args;
	const char *lead = "Usage:";

	do {
		size_t len = strcspn(args, "\n");

		strbuf_printf(out, "%-6s skillshare %s [options]%s%.*s\n", lead,
		    command->name, len > 0 ? " " : "", (int)len, args);
		args += len;
		args += *args == '\n' ? 1 : 0;
		lead = "";
	} while (*args != '\0');
}

void
cmd_help_text(const struct command *command, struct strbuf *out)
{
	struct option_group groups[CMD_GROUPS_MAX];
	struct option_set set = { groups, 0 };

	set.n = cmd_option_groups(command, NULL, NULL, groups);
	add_usage(command, out);
	strbuf_add_char(out, '\n');
	options_wrap(out, command->help, 0);
	if (command->alias != NULL)
		strbuf_printf(out, "\nAlso called: %s\n", command->alias);
	strbuf_add(out, "\nOptions:\n");
	options_help(&set, out);
}

void
cmd_overview(struct strbuf *out)
{
	struct option_group groups[CMD_GROUPS_MAX];
	struct option_set set = { groups, 0 };

	set.n = cmd_option_groups(NULL, NULL, NULL, groups);
	strbuf_add(out, "Usage: skillshare COMMAND [options] [arguments]\n\n");
	options_wrap(out,
	    "Keeps one directory of skills, the source, and makes it appear "
	    "in the directories of all your agents, the targets.",
	    0);
	strbuf_add(out, "\nCommands:\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		strbuf_printf(out, "  %-12s %s\n", commands[i]->name,
		    commands[i]->summary);
	strbuf_add(out, "\nOptions:\n");
	options_help(&set, out);
	strbuf_add(out,
	    "\nskillshare COMMAND --help says more about a command.\n");
}

MUST_USE static struct error *
check_args(const struct command *command, const struct option_list *args)
{
	AUTO_FREE char *ways = NULL;

	if (args->n > command->max_args)
		return error_new(ERR_USAGE, "%s: unexpected argument %s",
		    command->name, args->items[command->max_args]);
	if (args->n >= command->min_args)
		return NULL;
	ways = xstrdup(command->args);
	for (char *c = strchr(ways, '\n'); c != NULL; c = strchr(c, '\n'))
		*c = '|';
	return error_new(ERR_USAGE, "%s: missing argument: %s", command->name,
	    ways);
}

/* Also where the command line could not be read to its end. */
static bool
asks_for_json(const struct run *run)
{
	if ((run->ctx.command->flags & CMD_REPORTS) == 0)
		return false;
	for (size_t i = 0; i < run->n; i++) {
		if (strcmp(run->argv[i], "--") == 0)
			return false;
		if (strcmp(run->argv[i], "--json") == 0)
			return true;
	}
	return false;
}

static struct report *
new_report(const struct common_options *common)
{
	struct report_setup setup = {
		.out = stdout,
		.err = stderr,
		.term = term_detect(common->no_color),
		.quiet = common->quiet,
		.json = common->json,
	};

	return report_new(&setup);
}

/*
 * The command line in one string, for the log and for messages, which other
 * people may get to see: without the passwords of URLs.
 */
static const char *
typed_line(struct run *run)
{
	AUTO_STRBUF struct strbuf line = { 0 };

	strbuf_add(&line, run->ctx.command->name);
	for (size_t i = 0; i < run->n; i++) {
		strbuf_add_char(&line, ' ');
		git_mask(&line, run->argv[i]);
	}
	return arena_strdup(&run->ctx.arena, strbuf_str(&line));
}

MUST_USE static struct error *
read_command_line(struct run *run)
{
	struct context *ctx = &run->ctx;
	struct option_group groups[CMD_GROUPS_MAX];
	struct option_set set = { groups, 0 };
	void *opts = arena_alloc(&ctx->arena, ctx->command->opts_size + 1);
	struct error *err;

	ctx->opts = opts;
	set.n = cmd_option_groups(ctx->command, opts, &ctx->common, groups);
	err = options_parse(&set, run->argv, run->n, &ctx->arena, &ctx->args);
	if (err != NULL || ctx->common.help)
		return err;
	return check_args(ctx->command, &ctx->args);
}

/* What the command's flags ask for. */
MUST_USE static struct error *
prepare(struct context *ctx)
{
	struct error *err;

	if ((ctx->command->flags & (CMD_HOME | CMD_CONFIG)) == 0)
		return NULL;
	err = host_env_read(&ctx->env);
	if (err != NULL)
		return err;
	report_set_home(ctx->report, ctx->env.home);
	if (ctx->env.home_is_foreign)
		report_warn(ctx->report,
		    "Running as root in a home that is not root's (%s): what "
		    "is made here will belong to root",
		    ctx->env.home);
	if ((ctx->command->flags & CMD_CONFIG) == 0)
		return NULL;
	return config_load(&ctx->env, &ctx->config);
}

static void
print_help(const struct command *command)
{
	AUTO_STRBUF struct strbuf text = { 0 };

	cmd_help_text(command, &text);
	(void)fputs(strbuf_str(&text), stdout);
}

/* The exit code for err, after saying it. */
static enum exit_code
fail(struct report *r, const struct error *err)
{
	report_failure(r, error_msg(err));
	if (report_is_json(r) && !report_has_document(r)) {
		json_t *document = json_document();

		json_put(document, "error", json_error_of(err));
		json_print(r, document);
	}
	return cmd_exit_code(error_code(err));
}

static enum exit_code
run_command(struct run *run)
{
	AUTO_ERROR struct error *err = NULL;
	struct context *ctx = &run->ctx;
	enum exit_code code = EXIT_DONE;

	ctx->line = typed_line(run);
	err = read_command_line(run);
	if (err != NULL)
		ctx->common.json = asks_for_json(run);
	ctx->report = new_report(&ctx->common);
	if (err == NULL && ctx->common.help) {
		print_help(ctx->command);
		return EXIT_DONE;
	}
	if (err == NULL)
		err = prepare(ctx);
	if (err == NULL)
		err = ctx->command->run(ctx, &code);
	if (err != NULL) {
		enum exit_code from_error = fail(ctx->report, err);

		code = code == EXIT_DONE ? from_error : code;
	}
	return code;
}

static void
run_release(struct run *run)
{
	report_free(run->ctx.report);
	config_free(run->ctx.config);
	host_env_release(&run->ctx.env);
	arena_release(&run->ctx.arena);
}

/* For mistakes before there is a command. */
static enum exit_code
fail_early(const struct common_options *common, const struct error *err)
{
	struct report *r = new_report(common);
	enum exit_code code = fail(r, err);

	report_free(r);
	return code;
}

/* Reads the options before the command; *used_out is how many. */
MUST_USE static struct error *
read_globals(const char *const *argv, size_t n, struct common_options *common,
    size_t *used_out)
{
	struct arena arena = { 0 };
	struct option_group groups[CMD_GROUPS_MAX];
	struct option_set set = { groups, 0 };
	struct option_list none = { 0 };
	struct error *err;
	size_t used = 0;

	while (used < n && argv[used][0] == '-')
		used++;
	set.n = cmd_option_groups(NULL, NULL, common, groups);
	err = options_parse(&set, argv, used, &arena, &none);
	arena_release(&arena);
	*used_out = used;
	return err;
}

static enum exit_code
dispatch(const char *const *argv, size_t n)
{
	AUTO_ERROR struct error *err = NULL;
	AUTO_STRBUF struct strbuf text = { 0 };
	struct common_options common = { 0 };
	struct run run = { 0 };
	enum exit_code code;
	size_t used = 0;

	err = read_globals(argv, n, &common, &used);
	if (err != NULL)
		return fail_early(&common, err);
	if (common.help || common.version || used == n) {
		if (common.version && !common.help)
			cmd_version_text(&text);
		else
			cmd_overview(&text);
		(void)fputs(strbuf_str(&text), stdout);
		return common.help || common.version ? EXIT_DONE : EXIT_USAGE;
	}
	run.ctx.command = cmd_find(argv[used]);
	if (run.ctx.command == NULL) {
		err = cmd_unknown(argv[used]);
		return fail_early(&common, err);
	}
	run.ctx.common = common;
	run.argv = argv + used + 1;
	run.n = n - used - 1;
	code = run_command(&run);
	run_release(&run);
	return code;
}

/* A reader that went away wants no message, but it was not all said. */
static enum exit_code
finish_output(enum exit_code code)
{
	bool is_bad = fflush(stdout) != 0;
	int sys = is_bad ? errno : 0;

	if (!is_bad && ferror(stdout) == 0)
		return code;
	if (sys != EPIPE)
		(void)fprintf(stderr,
		    "skillshare: standard output: not everything could be "
		    "written%s%s\n",
		    sys != 0 ? ": " : "", sys != 0 ? strerror(sys) : "");
	return code == EXIT_DONE ? EXIT_NOT_AS_ASKED : code;
}

int
cmd_main(const char *const *argv, size_t n)
{
	signals_install();
	return (int)finish_output(dispatch(argv, n));
}
