#include <fcntl.h>
#include <string.h>

#include "agents.h"
#include "change.h"
#include "cmd.h"
#include "confedit.h"
#include "fs.h"
#include "initgit.h"
#include "newtarget.h"
#include "path.h"

/* Many agents share ~/.agents/skills: this is the one that it is named for. */
#define SHARED_AGENT "universal"

struct init_options {
	const char *source;
	const char *mode;
	struct option_list targets;
	struct option_list select;
	bool all_targets;
	bool no_targets;
	bool discover;
	const char *remote;
	bool git;
	bool no_git;
};

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
};

/* The targets that a run adds. */
struct chosen {
	struct newtarget *items; /* heap */
	size_t n;
};

/* What a fresh installation consists of. */
struct birth {
	const char *source; /* absolute */
	bool makes_source;
	const char *config_text;
};

/* ---- choosing -------------------------------------------------------- */

static bool
is_chosen(const struct chosen *chosen, const char *name, const char *abs)
{
	for (size_t i = 0; i < chosen->n; i++)
		if (strcmp(chosen->items[i].name, name) == 0 ||
		    strcmp(chosen->items[i].abs, abs) == 0)
			return true;
	return false;
}

static bool
is_configured(const struct config *config, const char *name, const char *abs)
{
	if (config == NULL)
		return false;
	for (size_t i = 0; i < config->n_targets; i++)
		if (strcmp(config->targets[i].name, name) == 0 ||
		    strcmp(config->targets[i].path, abs) == 0)
			return true;
	return false;
}

static void
choose(struct chosen *chosen, const struct newtarget *new)
{
	chosen->items = xgrow(chosen->items, chosen->n, sizeof(*chosen->items));
	chosen->items[chosen->n++] = *new;
}

static bool
is_directory(const char *abs)
{
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat_follow(AT_FDCWD, abs, &st);

	return err == NULL && st.kind == FS_DIR;
}

/* An agent is here if its directory or that one's parent is. */
static bool
is_here(const char *abs)
{
	AUTO_FREE char *parent = path_dir(abs);

	return is_directory(abs) || is_directory(parent);
}

/* Chooses an agent if it is here and can be a target; else says why not. */
static void
consider(struct context *ctx, const char *source, const struct agent *agent,
    struct chosen *chosen)
{
	AUTO_FREE char *abs = path_expand_home(ctx->env.home, agent->path);
	AUTO_ERROR struct error *err = NULL;
	struct newtarget new;

	if (!is_here(abs) || is_chosen(chosen, agent->name, abs) ||
	    is_configured(ctx->config, agent->name, abs))
		return;
	err = newtarget_judge(&ctx->env, source, agent->name, NULL, &ctx->arena,
	    &new);
	if (err != NULL)
		report_warn(ctx->report, "Left out %s", error_msg(err));
	else
		choose(chosen, &new);
}

static int
by_name(const void *a, const void *b)
{
	const struct newtarget *first = a;
	const struct newtarget *second = b;

	return strcmp(first->name, second->name);
}

static void
choose_found(struct context *ctx, const char *source, struct chosen *chosen)
{
	size_t n;
	const struct agent *agents = agents_all(&n);

	consider(ctx, source, agents_find(SHARED_AGENT), chosen);
	for (size_t i = 0; i < n; i++)
		consider(ctx, source, &agents[i], chosen);
}

/* Adds the agents of a list, all of which must be possible. */
MUST_USE static struct error *
choose_named(struct context *ctx, const char *source,
    const struct option_list *names, struct chosen *chosen)
{
	for (size_t i = 0; i < names->n; i++) {
		struct newtarget new;
		struct error *err;

		if (agents_find(names->items[i]) == NULL)
			return newtarget_unknown(names->items[i]);
		err = newtarget_judge(&ctx->env, source, names->items[i], NULL,
		    &ctx->arena, &new);
		if (err != NULL)
			return err;
		if (is_configured(ctx->config, new.name, new.abs))
			return error_new(ERR_REFUSED,
			    "%s (%s) is a target in %s already", new.name,
			    new.abs, ctx->env.config_path);
		if (!is_chosen(chosen, new.name, new.abs))
			choose(chosen, &new);
	}
	return NULL;
}

MUST_USE static struct error *
choose_targets(struct context *ctx, const char *source,
    const struct option_list *names, struct chosen *chosen)
{
	const struct init_options *opts = ctx->opts;
	struct error *err = NULL;

	if (opts->no_targets)
		return NULL;
	if (names->n > 0)
		err = choose_named(ctx, source, names, chosen);
	else
		choose_found(ctx, source, chosen);
	if (chosen->n > 0)
		qsort(chosen->items, chosen->n, sizeof(*chosen->items),
		    by_name);
	return err;
}

/* ---- a new config ---------------------------------------------------- */

MUST_USE static struct error *
refuse_existing(const struct host_env *env)
{
	struct fs_stat st = { 0 };
	struct error *err;

	err = fs_stat(AT_FDCWD, env->config_path, &st);
	if (err != NULL)
		return err;
	if (st.kind == FS_ABSENT)
		return NULL;
	return error_new(ERR_CONFIG,
	    "there is a config already: %s; to add agents that appeared since: "
	    "skillshare init --discover",
	    env->config_path);
}

static char *
default_source(const struct host_env *env)
{
	AUTO_FREE char *dir = path_dir(env->config_path);

	return path_join(dir, "skills");
}

static char *
wanted_source(const struct context *ctx)
{
	const struct init_options *opts = ctx->opts;
	AUTO_FREE char *expanded = NULL;

	if (opts->source != NULL) {
		expanded = path_expand_home(ctx->env.home, opts->source);
		return path_absolute(ctx->env.cwd, expanded);
	}
	if (ctx->env.source != NULL)
		return xstrdup(ctx->env.source);
	return default_source(&ctx->env);
}

MUST_USE static struct error *
check_source(const char *source, bool *makes_out)
{
	struct fs_stat st = { 0 };
	struct error *err;

	err = fs_stat_follow(AT_FDCWD, source, &st);
	if (err != NULL)
		return err;
	if (st.kind != FS_DIR && st.kind != FS_ABSENT)
		return error_new(ERR_REFUSED,
		    "source %s is not a directory; choose another with "
		    "--source",
		    source);
	*makes_out = st.kind == FS_ABSENT;
	return NULL;
}

/* The text of the config. Yours. */
static char *
config_text(const struct context *ctx, const char *source,
    const struct chosen *chosen)
{
	const struct init_options *opts = ctx->opts;
	AUTO_FREE char *usual = default_source(&ctx->env);
	AUTO_FREE char *shown = path_shorten_home(ctx->env.home, source);
	AUTO_FREE struct confedit_target *targets =
	    xcalloc(chosen->n + 1, sizeof(*targets));
	struct strbuf text = { 0 };

	for (size_t i = 0; i < chosen->n; i++)
		targets[i] = (struct confedit_target){
			.name = chosen->items[i].name,
			.path = chosen->items[i].text,
		};
	confedit_new(strcmp(source, usual) != 0 ? shown : NULL, opts->mode,
	    targets, chosen->n, &text);
	return strbuf_detach(&text);
}

static void
report_chosen(struct context *ctx, const struct chosen *chosen)
{
	const char *what = ctx->common.dry_run ? "would add target" : "Target:";
	struct report *r = ctx->report;

	for (size_t i = 0; i < chosen->n; i++) {
		const struct newtarget *t = &chosen->items[i];

		if (ctx->common.dry_run)
			report_line(r, "%s %s (%s)", what, t->name, t->abs);
		else
			report_ok(r, "%s %s (%s)", what, t->name, t->abs);
	}
}

static void
report_birth(struct context *ctx, const struct birth *birth,
    const struct chosen *chosen)
{
	const char *config = ctx->env.config_path;
	struct report *r = ctx->report;

	report_heading(r, "Initializing skillshare");
	if (ctx->common.dry_run) {
		report_dry_run(r);
		if (birth->makes_source)
			report_line(r, "would make source %s", birth->source);
		report_line(r, "would make config %s", config);
		report_chosen(ctx, chosen);
		return;
	}
	report_ok(r, "Source: %s%s", birth->source,
	    birth->makes_source ? " (new)" : "");
	report_ok(r, "Config: %s", config);
	report_chosen(ctx, chosen);
	report_gap(r);
	if (chosen->n == 0)
		report_info(r,
		    "No targets; add one: skillshare target add <name>");
	else
		report_info(r, "Run: skillshare sync");
}

MUST_USE static struct error *
run_new(struct context *ctx, struct chosen *chosen)
{
	const struct init_options *opts = ctx->opts;
	AUTO_FREE char *source = NULL;
	AUTO_FREE char *text = NULL;
	struct birth birth = { 0 };
	struct error *err;

	err = refuse_existing(&ctx->env);
	if (err != NULL)
		return err;
	source = wanted_source(ctx);
	birth.source = source;
	err = check_source(source, &birth.makes_source);
	if (err != NULL)
		return err;
	err = choose_targets(ctx, source, &opts->targets, chosen);
	if (err != NULL)
		return err;
	text = config_text(ctx, source, chosen);
	birth.config_text = text;
	if (!ctx->common.dry_run) {
		err =
		    change_begin(ctx, birth.makes_source ? source : NULL, text);
		if (err != NULL)
			return err;
	}
	report_birth(ctx, &birth, chosen);
	return NULL;
}

/* ---- agents that appeared since -------------------------------------- */

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
run_discover(struct context *ctx, struct chosen *chosen)
{
	const struct init_options *opts = ctx->opts;
	AUTO_STRBUF struct strbuf old = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err;

	err = config_load(&ctx->env, &ctx->config);
	if (err != NULL)
		return err;
	err = fs_read_file(AT_FDCWD, ctx->config->path, CONFIG_MAX_BYTES, &old);
	if (err != NULL)
		return err;
	err = choose_targets(ctx, ctx->config->source, &opts->select, chosen);
	if (err != NULL)
		return err;
	if (ctx->common.dry_run)
		report_dry_run(ctx->report);
	if (chosen->n == 0) {
		report_info(ctx->report, "No new agents on this machine");
		return NULL;
	}
	err = add_chosen(ctx->config, chosen, &old, &text);
	if (err != NULL)
		return err;
	if (!ctx->common.dry_run) {
		err = change_config(ctx, &old, strbuf_str(&text));
		if (err != NULL)
			return err;
	}
	report_chosen(ctx, chosen);
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
	if (opts->discover &&
	    (choices > 0 || opts->source != NULL || opts->mode != NULL ||
		opts->git || opts->remote != NULL))
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
	       !opts->all_targets && !opts->no_targets;
	return err;
}

MUST_USE static struct error *
run_git(struct context *ctx, enum exit_code *exit_out)
{
	const struct init_options *opts = ctx->opts;

	if (!opts->git && opts->remote == NULL)
		return NULL;
	if (ctx->config == NULL && ctx->common.dry_run) {
		report_line(ctx->report,
		    "would make a git repository of the source");
		return NULL;
	}
	if (ctx->config == NULL) {
		struct error *err = config_load(&ctx->env, &ctx->config);

		if (err != NULL)
			return err;
	}
	return init_git(ctx, opts->remote, exit_out);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const struct init_options *opts = ctx->opts;
	struct chosen chosen = { 0 };
	bool adds = false;
	struct error *err = check_options(opts);

	if (err == NULL && opts->remote != NULL)
		err = init_git_check_url(opts->remote);
	if (err == NULL)
		err = is_addition(ctx, &adds);
	if (err != NULL)
		return err;
	if (adds)
		err = config_load(&ctx->env, &ctx->config);
	else if (opts->discover)
		err = run_discover(ctx, &chosen);
	else
		err = run_new(ctx, &chosen);
	if (err == NULL)
		err = run_git(ctx, exit_out);
	free(chosen.items);
	return err;
}

const struct command cmd_init = {
	.name = "init",
	.summary = "make the source and the config",
	.help = "Finds the agents on this machine, then makes the source and a "
		"config with those agents as targets. An agent is found if its "
		"directory of skills, or the parent of that, exists. A config "
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
