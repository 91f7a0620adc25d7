#include <string.h>

#include "change.h"
#include "cmd.h"
#include "confedit.h"
#include "newtarget.h"
#include "targetedit.h"
#include "targetremove.h"
#include "targetshow.h"

struct target_options {
	const char *mode;
	bool names;
	bool all;
	struct target_filters filters;
};

#define AT(member) offsetof(struct target_options, member)

static const struct option_row rows[] = {
	{ OPT_STRING, "mode", 0, AT(mode), "MODE",
	    "merge (a link for each skill), copy (a copy of each) or symlink "
	    "(one link)",
	    HINT_MODE },
	{ OPT_LIST, "add-include", 0, AT(filters.add_include), "PATTERN",
	    "show only the skills that match one of the patterns to include",
	    HINT_NONE },
	{ OPT_LIST, "add-exclude", 0, AT(filters.add_exclude), "PATTERN",
	    "do not show the skills that match", HINT_NONE },
	{ OPT_LIST, "remove-include", 0, AT(filters.remove_include), "PATTERN",
	    "take a pattern out of those to include", HINT_NONE },
	{ OPT_LIST, "remove-exclude", 0, AT(filters.remove_exclude), "PATTERN",
	    "take a pattern out of those to exclude", HINT_NONE },
	{ OPT_FLAG, "names", 0, AT(names), NULL,
	    "with list, print the names only, one a line", HINT_NONE },
	{ OPT_FLAG, "all", 0, AT(all), NULL, "with remove, remove all of them",
	    HINT_NONE },
};

/* ---- list ------------------------------------------------------------ */

static void
print_names(const struct config *config)
{
	/* A shell reads these as words: nothing but what a name may be. */
	for (size_t i = 0; i < config->n_targets; i++)
		if (config_name_problem(config->targets[i].name) == NULL)
			(void)printf("%s\n", config->targets[i].name);
}

static void
print_list_json(struct context *ctx)
{
	json_t *document = json_document();
	json_t *list = json_array();

	for (size_t i = 0; i < ctx->config->n_targets; i++) {
		const struct config_target *t = &ctx->config->targets[i];
		json_t *object = target_json(t->name, t->path, t->mode);

		json_add(list, object);
	}
	json_put(document, "targets", list);
	json_print(ctx->report, document);
}

static void
target_list(struct context *ctx)
{
	static const size_t widths[] = { 8, 8, 0 };
	AUTO_TABLE struct report_table table = {
		.n_columns = 3,
		.indent = 2,
		.gap = 2,
		.min_widths = widths,
	};
	struct report *r = ctx->report;

	report_heading(r, "Targets");
	for (size_t i = 0; i < ctx->config->n_targets; i++) {
		const struct config_target *t = &ctx->config->targets[i];

		report_table_add(&table, t->name);
		report_table_add(&table, config_mode_name(t->mode));
		report_table_add(&table, report_path(r, t->path));
	}
	report_table_print(r, &table);
	if (ctx->config->n_targets == 0)
		report_info(r,
		    "No targets; add one: skillshare target add <name>");
}

static void
run_list(struct context *ctx)
{
	const struct target_options *opts = ctx->opts;

	if (opts->names)
		print_names(ctx->config);
	else if (ctx->common.json)
		print_list_json(ctx);
	else
		target_list(ctx);
}

/* ---- add ------------------------------------------------------------- */

/* Two names for one directory work, but few want that. */
static void
warn_of_twin(struct context *ctx, const struct newtarget *new)
{
	for (size_t i = 0; i < ctx->config->n_targets; i++) {
		const struct config_target *t = &ctx->config->targets[i];

		if (strcmp(t->path, new->abs) == 0)
			report_warn(ctx->report,
			    "%s is the directory of target %s, too", new->abs,
			    t->name);
	}
}

static void
report_added(struct context *ctx, const struct newtarget *new, enum mode mode)
{
	struct report *r = ctx->report;

	warn_of_twin(ctx, new);
	if (ctx->common.json) {
		target_print_change(ctx, target_json(new->name, new->abs, mode),
		    true);
	} else if (ctx->common.dry_run) {
		report_line(r, "would add target %s (%s)", new->name, new->abs);
	} else {
		report_ok(r, "Added target: %s (%s)", new->name, new->abs);
		report_info(r, "Run: skillshare sync");
	}
}

MUST_USE static struct error *
run_add(struct context *ctx)
{
	const struct target_options *opts = ctx->opts;
	const struct option_list *args = &ctx->args;
	AUTO_STRBUF struct strbuf old = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct confedit_input in;
	struct confedit_target edit;
	struct newtarget new;
	enum mode mode = ctx->config->mode;
	struct error *err;

	if (opts->mode != NULL) {
		err = newtarget_mode(opts->mode, &mode);
		if (err != NULL)
			return err;
	}
	if (config_find(ctx->config, args->items[1]) != NULL)
		return error_new(ERR_REFUSED,
		    "target %s is in %s already; skillshare target %s shows it",
		    args->items[1], ctx->config->path, args->items[1]);
	err = newtarget_judge(&ctx->env, ctx->config->source, args->items[1],
	    args->n > 2 ? args->items[2] : NULL, &ctx->arena, &new);
	if (err != NULL)
		return err;
	err = target_read_config(ctx, &old, &in);
	if (err != NULL)
		return err;
	edit = (struct confedit_target){ new.name, new.text, opts->mode };
	err = confedit_target_add(&in, &edit, &text);
	if (err != NULL)
		return err;
	if (ctx->common.dry_run) {
		report_dry_run(ctx->report);
	} else {
		err = change_config(ctx, &old, strbuf_str(&text));
		if (err != NULL)
			return err;
	}
	report_added(ctx, &new, mode);
	return NULL;
}

/* ---- one target ------------------------------------------------------ */

MUST_USE static struct error *
find_target(struct context *ctx, const struct config_target **out)
{
	const char *name = ctx->args.items[0];
	AUTO_FREE const char **names =
	    xcalloc(ctx->config->n_targets + 1, sizeof(*names));
	const char *nearest;

	*out = config_find(ctx->config, name);
	if (*out != NULL)
		return NULL;
	for (size_t i = 0; i < ctx->config->n_targets; i++)
		names[i] = ctx->config->targets[i].name;
	nearest = options_nearest(name, names, ctx->config->n_targets);
	if (nearest != NULL)
		return error_new(ERR_NOT_FOUND,
		    "no target %s in %s (did you mean %s?)", name,
		    ctx->config->path, nearest);
	return error_new(ERR_NOT_FOUND,
	    "no target %s in %s; skillshare target add %s adds it", name,
	    ctx->config->path, name);
}

MUST_USE static struct error *
run_one(struct context *ctx)
{
	const struct target_options *opts = ctx->opts;
	const struct config_target *t;
	enum mode mode;
	struct error *err;

	err = find_target(ctx, &t);
	if (err != NULL)
		return err;
	if (target_has_filters(&opts->filters))
		return target_edit_filters(ctx, t, &opts->filters);
	if (opts->mode == NULL)
		return target_show(ctx, t);
	err = newtarget_mode(opts->mode, &mode);
	return err != NULL ? err : target_edit_mode(ctx, t, mode);
}

/* ---- which of them --------------------------------------------------- */

MUST_USE static struct error *
check_options(const struct target_options *opts, const char *what)
{
	bool is_list = strcmp(what, "list") == 0;
	bool is_remove = strcmp(what, "remove") == 0;

	if (opts->names && !is_list)
		return error_new(ERR_USAGE,
		    "target: --names goes with list only");
	if (opts->mode != NULL && (is_list || is_remove))
		return error_new(ERR_USAGE,
		    "target: --mode goes with a target, not with %s", what);
	if (target_has_filters(&opts->filters) &&
	    (is_list || is_remove || strcmp(what, "add") == 0 ||
		opts->mode != NULL))
		return error_new(ERR_USAGE,
		    "target: filters are changed by themselves: skillshare "
		    "target <name> --add-include PATTERN");
	if (opts->all && !is_remove)
		return error_new(ERR_USAGE,
		    "target: --all goes with remove only");
	return NULL;
}

/* The dispatcher counts for the longest of the forms; this for each. */
MUST_USE static struct error *
check_count(const struct option_list *args, size_t max)
{
	if (args->n <= max)
		return NULL;
	return error_new(ERR_USAGE, "target %s: unexpected argument %s",
	    args->items[0], args->items[max]);
}

MUST_USE static struct error *
run_remove(struct context *ctx)
{
	const struct target_options *opts = ctx->opts;
	size_t n = ctx->args.n - 1;

	if (opts->all == (n > 0))
		return error_new(ERR_USAGE,
		    "target remove: say which target, or --all for all of "
		    "them");
	return target_remove(ctx, ctx->args.items + 1, n);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const char *what = ctx->args.items[0];
	bool is_add = strcmp(what, "add") == 0;
	struct error *err;

	(void)exit_out;
	err = check_options(ctx->opts, what);
	if (err != NULL)
		return err;
	if (strcmp(what, "remove") == 0)
		return run_remove(ctx);
	err = check_count(&ctx->args, is_add ? 3 : 1);
	if (err != NULL)
		return err;
	if (is_add && ctx->args.n < 2)
		return error_new(ERR_USAGE,
		    "target add: missing argument: <name>");
	if (is_add)
		return run_add(ctx);
	if (strcmp(what, "list") != 0)
		return run_one(ctx);
	run_list(ctx);
	return NULL;
}

const struct command cmd_target = {
	.name = "target",
	.summary = "list, show, add or change targets",
	.help = "A target is the directory in which an agent looks for "
		"skills. Shows one target, adds one, or changes its mode or "
		"its filters. "
		"The path of a known agent need not be given; any other must "
		"exist. The config file is edited in place, and the next sync "
		"carries the change out. remove makes real copies of what a "
		"target shows, so that its agent keeps its skills, and takes "
		"the target out of the config.",
	.args = "list\n"
		"<name>\n"
		"add <name> [<path>]\n"
		"remove <name>...",
	.min_args = 1,
	.max_args = SIZE_MAX,
	.hint = HINT_TARGET_COMMAND,
	.flags = CMD_CONFIG | CMD_WRITES | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct target_options),
	.run = run,
};
