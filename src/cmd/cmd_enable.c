#include "cmd.h"
#include "toggle.h"

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	(void)exit_out;
	return toggle_run(ctx, true);
}

const struct command cmd_enable = {
	.name = "enable",
	.summary = "show disabled skills again",
	.help = "Takes the line out of the source's .skillignore that "
		"disables the skill, or adds one that enables it where "
		"another rule disables more than this skill. The next sync "
		"shows it. Skills are named by entry or by path.",
	.args = "<name> ...",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.run = run,
};
