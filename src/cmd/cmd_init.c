#include <fcntl.h>
#include <string.h>

#include "change.h"
#include "cmd.h"
#include "confedit.h"
#include "fs.h"
#include "initgit.h"
#include "initplan.h"
#include "newtarget.h"

#define AT(member) offsetof(struct init_options, member)

static const struct option_row rows[] = {
	{ OPT_STRING, "source", 0, AT(source), "PATH",
	    "the directory of the skills; made if it is not there", HINT_PATH },
	{ OPT_LIST, "targets", 0, AT(targets), "NAMES",
	    "add these agents, separated by commas", HINT_AGENT },
	{ OPT_FLAG, "all-targets", 0, AT(all_targets), NULL,
	    "add every agent found on this machine (the default)", HINT_NONE },
	{ OPT_FLAG, "no-targets", 0, AT(no_targets), NULL, "add no target",
	    HINT_NONE },
	{ OPT_STRING, "mode", 0, AT(mode), "MODE",
	    "mode of the targets: merge (the default), symlink, copy",
	    HINT_MODE },
	{ OPT_LIST, "copy-from", 0, AT(copy_from), "NAME|PATH",
	    "copy the skills of an agent or directory into the source",
	    HINT_AGENT },
	{ OPT_FLAG, "no-copy", 0, AT(no_copy), NULL,
	    "copy none (the default where nothing is asked)", HINT_NONE },
	{ OPT_FLAG, "discover", 0, AT(discover), NULL,
	    "add agents that appeared since to the config there is",
	    HINT_NONE },
	{ OPT_LIST, "select", 0, AT(select), "NAMES",
	    "with --discover, add only these", HINT_AGENT },
	{ OPT_FLAG, "git", 0, AT(git), NULL,
	    "make a git repository of the source", HINT_NONE },
	{ OPT_FLAG, "no-git", 0, AT(no_git), NULL,
	    "make no git repository (the default)", HINT_NONE },
	{ OPT_STRING, "remote", 0, AT(remote), "URL",
	    "make a repository with this remote, and bring what it has",
	    HINT_NONE },
	{ OPT_FLAG, "yes", 'y', AT(yes), NULL, "ask nothing, on a terminal too",
	    HINT_NONE },
};

/* ---- a new config ---------------------------------------------------- */

MUST_USE static struct error *
run_new(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_BIRTH struct birth birth = { 0 };
	const struct init_options *opts = ctx->opts;
	struct report *r = ctx->report;
	struct error *err;

	err = birth_refuse_existing(&ctx->env);
	if (err == NULL)
		err = init_plan(ctx, &birth);
	if (err == NULL && !ctx->common.dry_run)
		err = birth_make(ctx, &birth);
	if (err != NULL)
		return err;
	/* Whoever was asked has agreed to what is left out. */
	if (opts->copy_from.n > 0 && adoption_is_partial(&birth.adoption))
		*exit_out = EXIT_NOT_AS_ASKED;
	report_heading(r, "Initializing skillshare");
	if (ctx->common.dry_run) {
		report_dry_run(r);
		birth_tell(ctx, &birth, TELL_DRY_RUN);
		return NULL;
	}
	birth_tell(ctx, &birth, TELL_DONE);
	birth_tell_next(r, &birth);
	if (!birth.makes_git)
		return NULL;
	/* The run that made it may have read it, for how long runs are kept. */
	if (ctx->config == NULL)
		err = config_load(&ctx->env, &ctx->config);
	if (err == NULL)
		err = init_git(ctx, birth.remote, exit_out);
	if (err != NULL)
		*exit_out = cmd_exit_code_after(error_code(err));
	return err;
}

/* ---- agents that appeared since -------------------------------------- */

static void
report_chosen(struct context *ctx, const struct chosen *chosen)
{
	struct report *r = ctx->report;

	for (size_t i = 0; i < chosen->n; i++) {
		const struct newtarget *t = &chosen->items[i];

		if (ctx->common.dry_run)
			report_line(r, "would add target %s (%s)", t->name,
			    t->abs);
		else
			report_ok(r, "Target: %s (%s)", t->name, t->abs);
	}
}

/* The config's text with all the chosen targets. */
MUST_USE static struct error *
add_chosen(const struct config *config, const struct chosen *chosen,
    const struct strbuf *old, struct strbuf *text)
{
	struct error *err;

	strbuf_add_mem(text, strbuf_str(old), old->len);
	for (size_t i = 0; i < chosen->n; i++) {
		struct confedit_input in = {
			.path = config->path,
			.text = strbuf_str(text),
			.len = text->len,
		};
		struct confedit_target target = {
			.name = chosen->items[i].name,
			.path = chosen->items[i].text,
		};
		struct strbuf next = { 0 };

		err = confedit_target_add(&in, &target, &next);
		if (err != NULL) {
			strbuf_release(&next);
			return err;
		}
		strbuf_release(text);
		*text = next;
	}
	return NULL;
}

MUST_USE static struct error *
run_discover(struct context *ctx)
{
	AUTO_CHOSEN struct chosen chosen = { 0 };
	AUTO_STRBUF struct strbuf old = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	bool asked = false;
	struct error *err;

	err = config_load(&ctx->env, &ctx->config);
	if (err != NULL)
		return err;
	err = fs_read_file(AT_FDCWD, ctx->config->path, CONFIG_MAX_BYTES, &old);
	if (err != NULL)
		return err;
	err = init_plan_discover(ctx, &chosen, &asked);
	if (err != NULL)
		return err;
	if (ctx->common.dry_run)
		report_dry_run(ctx->report);
	if (chosen.n == 0) {
		report_info(ctx->report, asked
					     ? "No agent was added"
					     : "No new agents on this machine");
		return NULL;
	}
	err = add_chosen(ctx->config, &chosen, &old, &text);
	if (err != NULL)
		return err;
	if (!ctx->common.dry_run) {
		err = change_config(ctx, &old, strbuf_str(&text));
		if (err != NULL)
			return err;
	}
	report_chosen(ctx, &chosen);
	if (!ctx->common.dry_run)
		report_info(ctx->report, "Run: skillshare sync");
	return NULL;
}

/* ---- options --------------------------------------------------------- */

MUST_USE static struct error *
check_options(const struct init_options *opts)
{
	int choices = (opts->targets.n > 0 ? 1 : 0) +
		      (opts->all_targets ? 1 : 0) + (opts->no_targets ? 1 : 0);
	enum mode mode;

	if (choices > 1)
		return error_new(ERR_USAGE,
		    "init: only one of --targets, --all-targets and "
		    "--no-targets can be given");
	if (opts->select.n > 0 && !opts->discover)
		return error_new(ERR_USAGE,
		    "init: --select goes with --discover only");
	if (opts->copy_from.n > 0 && opts->no_copy)
		return error_new(ERR_USAGE,
		    "init: either --copy-from or --no-copy, not both");
	if (opts->discover &&
	    (choices > 0 || opts->source != NULL || opts->mode != NULL ||
		opts->git || opts->remote != NULL || opts->copy_from.n > 0))
		return error_new(ERR_USAGE,
		    "init: --discover goes with --select only");
	if (opts->no_git && (opts->git || opts->remote != NULL))
		return error_new(ERR_USAGE,
		    "init: --no-git goes with neither --git nor --remote");
	if (opts->source != NULL && *opts->source == '\0')
		return error_new(ERR_USAGE, "init: --source is empty");
	if (opts->mode != NULL)
		return newtarget_mode(opts->mode, &mode);
	return NULL;
}

/* --git and --remote may come later, to a config that there is. */
MUST_USE static struct error *
is_addition(const struct context *ctx, bool *out)
{
	const struct init_options *opts = ctx->opts;
	struct fs_stat st = { 0 };
	struct error *err = fs_stat_follow(AT_FDCWD, ctx->env.config_path, &st);

	*out = err == NULL && st.kind != FS_ABSENT &&
	       (opts->git || opts->remote != NULL) && opts->source == NULL &&
	       opts->mode == NULL && opts->targets.n == 0 &&
	       !opts->all_targets && !opts->no_targets &&
	       opts->copy_from.n == 0 && !opts->no_copy;
	return err;
}

MUST_USE static struct error *
run_addition(struct context *ctx, enum exit_code *exit_out)
{
	const struct init_options *opts = ctx->opts;
	struct error *err = config_load(&ctx->env, &ctx->config);

	return err != NULL ? err : init_git(ctx, opts->remote, exit_out);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const struct init_options *opts = ctx->opts;
	bool adds = false;
	struct error *err = check_options(opts);

	if (err == NULL && opts->remote != NULL)
		err = init_git_check_url(opts->remote);
	if (err == NULL)
		err = is_addition(ctx, &adds);
	if (err != NULL)
		return err;
	if (adds)
		return run_addition(ctx, exit_out);
	if (opts->discover)
		return run_discover(ctx);
	return run_new(ctx, exit_out);
}

const struct command cmd_init = {
	.name = "init",
	.summary = "make the source and the config",
	.help = "Finds the agents on this machine, then makes the source and a "
		"config with those agents as targets. An agent is found if its "
		"directory of skills, or the parent of that, exists. On a "
		"terminal it asks what no option says; nothing is written "
		"before the last answer. A config "
		"that is there is never replaced; --discover adds to it the "
		"agents that appeared since, --git makes a repository of the "
		"source, and --remote brings the skills of another machine.",
	.args = "",
	.flags = CMD_HOME | CMD_WRITES,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct init_options),
	.run = run,
};
