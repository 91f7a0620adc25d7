#include <string.h>

#include "agents.h"
#include "cmd.h"

/* The shell asks the program itself; an error of it is no candidate. */
#define ASK_TARGETS "skillshare target list --names 2>/dev/null"

static void
add_word(struct strbuf *out, const char *word)
{
	if (out->len > 0)
		strbuf_add_char(out, ' ');
	strbuf_add(out, word);
}

/* The words that a hint stands for, as far as the program knows them now. */
static char *
hint_words(enum option_hint hint)
{
	struct strbuf out = { 0 };
	const struct command *const *commands;
	const struct agent *agents;
	size_t n;

	switch (hint) {
	case HINT_NONE:
	case HINT_PATH:
	case HINT_TARGET:
		break;
	case HINT_TARGET_COMMAND:
		strbuf_add(&out, "list add");
		break;
	case HINT_MODE:
		strbuf_add(&out, "merge symlink");
		break;
	case HINT_SHELL:
		strbuf_add(&out, "bash zsh fish");
		break;
	case HINT_COMMAND:
		commands = cmd_all(&n);
		for (size_t i = 0; i < n; i++) {
			add_word(&out, commands[i]->name);
			if (commands[i]->alias != NULL)
				add_word(&out, commands[i]->alias);
		}
		break;
	case HINT_AGENT:
		agents = agents_all(&n);
		for (size_t i = 0; i < n; i++)
			add_word(&out, agents[i].name);
		break;
	}
	return strbuf_detach(&out);
}

static bool
asks_targets(enum option_hint hint)
{
	return hint == HINT_TARGET || hint == HINT_TARGET_COMMAND;
}

/* Calls add() for each option of a command; NULL: those before one. */
static void
for_each_row(struct strbuf *out, const struct command *command,
    void (*add)(struct strbuf *out, const struct command *command,
	const struct option_row *row))
{
	struct option_group groups[CMD_GROUPS_MAX];
	size_t n = cmd_option_groups(command, NULL, NULL, groups);

	for (size_t g = 0; g < n; g++)
		for (size_t i = 0; i < groups[g].n; i++)
			add(out, command, &groups[g].rows[i]);
}

/* ---- bash ----------------------------------------------------------- */

static void
bash_add_words(struct strbuf *out, enum option_hint hint)
{
	AUTO_FREE char *words = hint_words(hint);

	if (asks_targets(hint))
		strbuf_printf(out, "words=\"%s $(" ASK_TARGETS ")\"", words);
	else
		strbuf_printf(out, "words='%s'", words);
}

/* A pattern for the command by either name. */
static void
bash_add_pattern(struct strbuf *out, const struct command *command,
    const char *rest)
{
	strbuf_printf(out, "\t%s:%s", command->name, rest);
	if (command->alias != NULL)
		strbuf_printf(out, " | %s:%s", command->alias, rest);
	strbuf_add(out, ") ");
}

static void
bash_add_value(struct strbuf *out, const struct command *command,
    const struct option_row *row)
{
	AUTO_FREE char *rest = NULL;

	if (row->arg == NULL)
		return;
	rest = xasprintf("--%s:*", row->long_name);
	bash_add_pattern(out, command, rest);
	bash_add_words(out, row->hint);
	strbuf_add(out, " ;;\n");
}

static void
bash_add_option(struct strbuf *out, const struct command *command,
    const struct option_row *row)
{
	(void)command;
	strbuf_printf(out, "--%s ", row->long_name);
}

static void
bash_add_command(struct strbuf *out, const struct command *command)
{
	for_each_row(out, command, bash_add_value);
	bash_add_pattern(out, command, "*:-*");
	strbuf_add(out, "words='");
	for_each_row(out, command, bash_add_option);
	strbuf_add(out, "' ;;\n");
	bash_add_pattern(out, command, "*");
	bash_add_words(out, command->hint);
	strbuf_add(out, " ;;\n");
}

/* The case is over COMMAND:WORD-BEFORE:WORD; a value needs only two. */
static void
add_bash(struct strbuf *out)
{
	size_t n;
	const struct command *const *all = cmd_all(&n);

	strbuf_add(out,
	    "# shellcheck shell=bash\n"
	    "_skillshare()\n"
	    "{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} i line words=''\n"
	    "\tlocal prev=${COMP_WORDS[COMP_CWORD - 1]} command=''\n"
	    "\tif [[ $cur = '=' ]]; then\n"
	    "\t\tcur=''\n"
	    "\telif [[ $prev = '=' ]]; then\n"
	    "\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	    "\tfi\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tif [[ ${COMP_WORDS[i]} != -* ]]; then\n"
	    "\t\t\tcommand=${COMP_WORDS[i]}\n"
	    "\t\t\tbreak\n"
	    "\t\tfi\n"
	    "\tdone\n"
	    "\tcase $command:$prev:$cur in\n"
	    "\t:*:-*) words='");
	for_each_row(out, NULL, bash_add_option);
	strbuf_add(out, "' ;;\n\t:*) ");
	bash_add_words(out, HINT_COMMAND);
	strbuf_add(out, " ;;\n");
	for (size_t i = 0; i < n; i++)
		bash_add_command(out, all[i]);
	strbuf_add(out, "\tesac\n"
			"\tCOMPREPLY=()\n"
			"\twhile IFS= read -r line; do\n"
			"\t\tCOMPREPLY+=(\"$line\")\n"
			"\tdone < <(compgen -W \"$words\" -- \"$cur\")\n"
			"}\n"
			"complete -o default -F _skillshare skillshare\n");
}

/* ---- zsh ------------------------------------------------------------ */

/* What may stand there, as _arguments wants it. */
static void
zsh_add_words(struct strbuf *out, enum option_hint hint)
{
	AUTO_FREE char *words = hint_words(hint);

	if (hint == HINT_PATH)
		strbuf_add(out, "_files");
	else if (asks_targets(hint))
		strbuf_printf(out, "_skillshare_targets %s", words);
	else
		strbuf_printf(out, "(%s)", words);
}

static void
zsh_add_row(struct strbuf *out, const struct command *command,
    const struct option_row *row)
{
	const char *equals = row->arg != NULL ? "=" : "";

	(void)command;
	strbuf_add(out, " \\\n\t\t\t");
	if (row->short_name != 0)
		strbuf_printf(out, "'(-%c --%s)'{-%c,--%s%s}'", row->short_name,
		    row->long_name, row->short_name, row->long_name, equals);
	else
		strbuf_printf(out, "'--%s%s", row->long_name, equals);
	strbuf_printf(out, "[%s]", row->help);
	if (row->arg != NULL) {
		strbuf_printf(out, ":%s:", row->arg);
		zsh_add_words(out, row->hint);
	}
	strbuf_add_char(out, '\'');
}

static void
zsh_add_command(struct strbuf *out, const struct command *command)
{
	strbuf_printf(out, "\t%s", command->name);
	if (command->alias != NULL)
		strbuf_printf(out, "|%s", command->alias);
	strbuf_add(out, ")\n\t\t_arguments");
	for_each_row(out, command, zsh_add_row);
	if (command->max_args > 0) {
		strbuf_add(out, " \\\n\t\t\t'*:argument:");
		zsh_add_words(out, command->hint);
		strbuf_add_char(out, '\'');
	}
	strbuf_add(out, " ;;\n");
}

static void
add_zsh(struct strbuf *out)
{
	size_t n;
	const struct command *const *all = cmd_all(&n);

	strbuf_add(out, "#compdef skillshare\n"
			"_skillshare_targets() {\n"
			"\tlocal -a names\n"
			"\tnames=($@ ${(f)\"$(" ASK_TARGETS ")\"})\n"
			"\tcompadd -a names\n"
			"}\n"
			"_skillshare_commands() {\n"
			"\tlocal -a names\n"
			"\tnames=(\n");
	for (size_t i = 0; i < n; i++)
		strbuf_printf(out, "\t\t'%s:%s'\n", all[i]->name,
		    all[i]->summary);
	strbuf_add(out, "\t)\n"
			"\t_describe command names\n"
			"}\n"
			"_skillshare() {\n"
			"\tlocal curcontext=$curcontext state line\n"
			"\tlocal -A opt_args\n"
			"\t_arguments -C");
	for_each_row(out, NULL, zsh_add_row);
	strbuf_add(out, " \\\n"
			"\t\t\t'1:command:_skillshare_commands' \\\n"
			"\t\t\t'*::argument:->argument'\n"
			"\t[[ $state == argument ]] || return\n"
			"\tcase $words[1] in\n");
	for (size_t i = 0; i < n; i++)
		zsh_add_command(out, all[i]);
	strbuf_add(out, "\tesac\n"
			"}\n"
			"if [[ $funcstack[1] == _skillshare ]]; then\n"
			"\t_skillshare \"$@\"\n"
			"else\n"
			"\tcompdef _skillshare skillshare\n"
			"fi\n");
}

/* ---- fish ----------------------------------------------------------- */

static void
fish_add_when(struct strbuf *out, const struct command *command)
{
	strbuf_add(out, "complete -c skillshare -n ");
	if (command == NULL)
		strbuf_add(out, "__fish_use_subcommand");
	else if (command->alias == NULL)
		strbuf_printf(out, "'__fish_seen_subcommand_from %s'",
		    command->name);
	else
		strbuf_printf(out, "'__fish_seen_subcommand_from %s %s'",
		    command->name, command->alias);
}

static void
fish_add_words(struct strbuf *out, enum option_hint hint)
{
	AUTO_FREE char *words = hint_words(hint);

	if (hint == HINT_PATH)
		strbuf_add(out, " -F");
	else if (asks_targets(hint))
		strbuf_printf(out, " -a '%s (" ASK_TARGETS ")'", words);
	else if (*words != '\0')
		strbuf_printf(out, " -a '%s'", words);
}

static void
fish_add_row(struct strbuf *out, const struct command *command,
    const struct option_row *row)
{
	fish_add_when(out, command);
	strbuf_printf(out, " -l %s", row->long_name);
	if (row->short_name != 0)
		strbuf_printf(out, " -s %c", row->short_name);
	if (row->arg != NULL) {
		strbuf_add(out, row->hint == HINT_PATH ? " -r" : " -x");
		fish_add_words(out, row->hint);
	}
	strbuf_printf(out, " -d '%s'\n", row->help);
}

static void
add_fish(struct strbuf *out)
{
	size_t n;
	const struct command *const *all = cmd_all(&n);

	strbuf_add(out, "complete -c skillshare -f\n");
	for_each_row(out, NULL, fish_add_row);
	for (size_t i = 0; i < n; i++) {
		fish_add_when(out, NULL);
		strbuf_printf(out, " -a %s -d '%s'\n", all[i]->name,
		    all[i]->summary);
	}
	for (size_t i = 0; i < n; i++) {
		for_each_row(out, all[i], fish_add_row);
		if (all[i]->hint == HINT_NONE)
			continue;
		fish_add_when(out, all[i]);
		fish_add_words(out, all[i]->hint);
		strbuf_add_char(out, '\n');
	}
}

static const struct shell {
	const char *name;
	void (*add)(struct strbuf *out);
} shells[] = {
	{ "bash", add_bash },
	{ "zsh", add_zsh },
	{ "fish", add_fish },
};

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_STRBUF struct strbuf script = { 0 };
	const char *name = ctx->args.items[0];

	(void)exit_out;
	for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
		if (strcmp(shells[i].name, name) != 0)
			continue;
		shells[i].add(&script);
		(void)fputs(strbuf_str(&script), stdout);
		return NULL;
	}
	return error_new(ERR_USAGE,
	    "completion: no script for %s; there is one for bash, zsh and fish",
	    name);
}

const struct command cmd_completion = {
	.name = "completion",
	.summary = "print a completion script for a shell",
	.help = "Prints the completion script for bash, zsh or fish. Load it "
		"from the start-up file of the shell, as in "
		"source <(skillshare completion bash).",
	.args = "<shell>",
	.min_args = 1,
	.max_args = 1,
	.hint = HINT_SHELL,
	.run = run,
};
