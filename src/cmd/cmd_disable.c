#include "cmd.h"
#include "toggle.h"

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	(void)exit_out;
	return toggle_run(ctx, false);
}

const struct command cmd_disable = {
	.name = "disable",
	.summary = "show skills in no target",
	.help = "Adds a line for each skill to .skillignore in the source. The "
		"next sync removes its links. Skills are named by entry or by "
		"path; one in a tracked repository is disabled in the source, "
		"not in the repository.",
	.args = "<name> ...",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.run = run,
};
