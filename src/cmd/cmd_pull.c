#include "cmd.h"
#include "pulltarget.h"

struct pull_options {
	bool all;
	bool force;
};

static const struct option_row rows[] = {
	{ OPT_FLAG, "all", 0, offsetof(struct pull_options, all), NULL,
	    "pull from every target", HINT_NONE },
	{ OPT_FLAG, "force", 0, offsetof(struct pull_options, force), NULL,
	    "take the version of the target where the source has another",
	    HINT_NONE },
};

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const struct pull_options *opts = ctx->opts;

	return pull_target(ctx,
	    (opts->all ? PULL_ALL : 0U) | (opts->force ? PULL_FORCE : 0U),
	    exit_out);
}

const struct command cmd_pull = {
	.name = "pull",
	.alias = "collect",
	.summary = "take skills from targets into the source",
	.help = "Copies the local skills of a target into the source and puts "
		"a link in the place of each original, as one transaction. "
		"What the source has with other content is skipped, unless "
		"--force says otherwise.",
	.args = "[target...]",
	.max_args = SIZE_MAX,
	.hint = HINT_TARGET,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct pull_options),
	.run = run,
};
