#include "cmd.h"
#include "plan.h"
#include "syncrun.h"

struct sync_options {
	bool force;
	bool allow_mass_prune;
};

static const struct option_row rows[] = {
	{ OPT_FLAG, "force", 0, offsetof(struct sync_options, force), NULL,
	    "replace local skills and foreign links that are in the way",
	    HINT_NONE },
	{ OPT_FLAG, "allow-mass-prune", 0,
	    offsetof(struct sync_options, allow_mass_prune), NULL,
	    "go on although most links of a target would be pruned",
	    HINT_NONE },
};

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const struct sync_options *opts = ctx->opts;
	const struct sync_request request = {
		.names = ctx->args.items,
		.n = ctx->args.n,
		.plan_flags =
		    (opts->force ? PLAN_FORCE : 0U) |
		    (opts->allow_mass_prune ? PLAN_ALLOW_MASS_PRUNE : 0U),
	};
	json_t *document = NULL;
	struct error *err = sync_run(ctx, &request, &document, exit_out);

	if (document != NULL)
		json_print(ctx->report, document);
	return err;
}

const struct command cmd_sync = {
	.name = "sync",
	.summary = "show the source in all targets",
	.help = "Makes every target show the skills of the source: a link for "
		"each skill beside what else is there (merge mode), or one "
		"link for all (symlink mode). Local skills, foreign links and "
		"files stay, unless --force says otherwise. The whole run is "
		"one transaction.",
	.args = "[target...]",
	.max_args = SIZE_MAX,
	.hint = HINT_TARGET,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct sync_options),
	.run = run,
};
