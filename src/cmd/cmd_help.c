#include "cmd.h"

struct help_options {
	bool all_options;
};

static const struct option_row rows[] = {
	{ OPT_FLAG, "all-options", 0,
	    offsetof(struct help_options, all_options), NULL,
	    "print every option of every command, one a line, for scripts",
	    HINT_NONE },
};

/* "command --option -o VALUE", tab-separated; "-" for what there is not. */
static void
print_rows(const struct command *command)
{
	struct option_group groups[CMD_GROUPS_MAX];
	size_t n = cmd_option_groups(command, NULL, NULL, groups);

	for (size_t g = 0; g < n; g++) {
		for (size_t i = 0; i < groups[g].n; i++) {
			const struct option_row *row = &groups[g].rows[i];
			char short_name[] = { '-', row->short_name, '\0' };

			(void)printf("%s\t--%s\t%s\t%s\n",
			    command != NULL ? command->name : "-",
			    row->long_name, short_name,
			    row->arg != NULL ? row->arg : "-");
		}
	}
}

static void
print_all_rows(void)
{
	size_t n;
	const struct command *const *all = cmd_all(&n);

	print_rows(NULL);
	for (size_t i = 0; i < n; i++)
		print_rows(all[i]);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const struct help_options *opts = ctx->opts;
	AUTO_STRBUF struct strbuf text = { 0 };

	(void)exit_out;
	if (opts->all_options && ctx->args.n > 0)
		return error_new(ERR_USAGE,
		    "help: --all-options takes no command");
	if (opts->all_options) {
		print_all_rows();
		return NULL;
	}
	if (ctx->args.n == 0) {
		cmd_overview(&text);
	} else {
		const struct command *command = cmd_find(ctx->args.items[0]);

		if (command == NULL)
			return cmd_unknown(ctx->args.items[0]);
		cmd_help_text(command, &text);
	}
	(void)fputs(strbuf_str(&text), stdout);
	return NULL;
}

const struct command cmd_help = {
	.name = "help",
	.summary = "show help, in general or for a command",
	.help = "Prints the list of commands, or what COMMAND --help prints.",
	.args = "[command]",
	.max_args = 1,
	.hint = HINT_COMMAND,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct help_options),
	.run = run,
};
