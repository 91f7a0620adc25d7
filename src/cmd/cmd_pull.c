#include <string.h>

#include "cmd.h"
#include "pullremote.h"
#include "pulltarget.h"

struct pull_options {
	bool remote;
	bool all;
	bool force;
	const char *take;
};

static const struct option_row rows[] = {
	{ OPT_FLAG, "remote", 0, offsetof(struct pull_options, remote), NULL,
	    "pull from the git remote of the source, then sync", HINT_NONE },
	{ OPT_STRING, "take", 0, offsetof(struct pull_options, take), "SIDE",
	    "with --remote: settle conflicts by the file of one side, theirs "
	    "or ours",
	    HINT_NONE },
	{ OPT_FLAG, "all", 0, offsetof(struct pull_options, all), NULL,
	    "pull from every target", HINT_NONE },
	{ OPT_FLAG, "force", 0, offsetof(struct pull_options, force), NULL,
	    "take the version of the target where the source has another",
	    HINT_NONE },
};

MUST_USE static struct error *
read_take(const char *text, enum merge_take *out)
{
	if (text == NULL)
		*out = MERGE_TAKE_NONE;
	else if (strcmp(text, "theirs") == 0)
		*out = MERGE_TAKE_THEIRS;
	else if (strcmp(text, "ours") == 0)
		*out = MERGE_TAKE_OURS;
	else
		return error_new(ERR_USAGE,
		    "pull: --take %s: the sides are theirs and ours", text);
	return NULL;
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const struct pull_options *opts = ctx->opts;
	struct pull_request request = { 0 };
	struct error *err = read_take(opts->take, &request.take);

	if (err != NULL)
		return err;
	if (opts->remote && (opts->all || opts->force || ctx->args.n > 0))
		return error_new(ERR_USAGE,
		    "pull: --remote pulls from the git remote: no target, "
		    "--all or --force goes with it");
	/* The way out of a conflict must not meet the next refusal. */
	if (request.take != MERGE_TAKE_NONE)
		request.merge_flags = MERGE_UNRELATED;
	if (opts->remote)
		return pull_remote(ctx, &request, exit_out);
	if (opts->take != NULL)
		return error_new(ERR_USAGE,
		    "pull: --take goes with --remote only");
	return pull_target(ctx,
	    (opts->all ? PULL_ALL : 0U) | (opts->force ? PULL_FORCE : 0U),
	    exit_out);
}

const struct command cmd_pull = {
	.name = "pull",
	.alias = "collect",
	.summary = "take skills from targets or the remote into the source",
	.help = "Copies the local skills of a target into the source and puts "
		"a link in the place of each original, as one transaction. "
		"What the source has with other content is skipped, unless "
		"--force says otherwise. With --remote, brings what is new on "
		"the git remote into the source, each skill at one stroke, and "
		"syncs; with conflicts nothing changes.",
	.args = "[target...]",
	.max_args = SIZE_MAX,
	.hint = HINT_TARGET,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct pull_options),
	.run = run,
};
