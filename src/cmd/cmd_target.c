#include <fcntl.h>
#include <string.h>

#include "change.h"
#include "cmd.h"
#include "confedit.h"
#include "conffilter.h"
#include "fs.h"
#include "json.h"
#include "newtarget.h"
#include "targetremove.h"
#include "targetshow.h"

struct target_options {
	const char *mode;
	bool names;
	bool all;
	struct option_list add_include;
	struct option_list remove_include;
	struct option_list add_exclude;
	struct option_list remove_exclude;
};

#define AT(member) offsetof(struct target_options, member)

/* The options that edit a target's filters, and what each of them does. */
struct filter_row {
	size_t offset;
	enum conffilter_kind kind;
	const char *list;
};

static const struct filter_row filter_rows[] = {
	{ AT(add_include), CONFFILTER_ADD, "include" },
	{ AT(remove_include), CONFFILTER_REMOVE, "include" },
	{ AT(add_exclude), CONFFILTER_ADD, "exclude" },
	{ AT(remove_exclude), CONFFILTER_REMOVE, "exclude" },
};

static const struct option_row rows[] = {
	{ OPT_STRING, "mode", 0, AT(mode), "MODE",
	    "merge (a link for each skill), copy (a copy of each) or symlink "
	    "(one link)",
	    HINT_MODE },
	{ OPT_LIST, "add-include", 0, AT(add_include), "PATTERN",
	    "show only the skills that match one of the patterns to include",
	    HINT_NONE },
	{ OPT_LIST, "add-exclude", 0, AT(add_exclude), "PATTERN",
	    "do not show the skills that match", HINT_NONE },
	{ OPT_LIST, "remove-include", 0, AT(remove_include), "PATTERN",
	    "take a pattern out of those to include", HINT_NONE },
	{ OPT_LIST, "remove-exclude", 0, AT(remove_exclude), "PATTERN",
	    "take a pattern out of those to exclude", HINT_NONE },
	{ OPT_FLAG, "names", 0, AT(names), NULL,
	    "with list, print the names only, one a line", HINT_NONE },
	{ OPT_FLAG, "all", 0, AT(all), NULL, "with remove, remove all of them",
	    HINT_NONE },
};

MUST_USE static struct error *
read_config_text(struct context *ctx, struct strbuf *text,
    struct confedit_input *in)
{
	struct error *err;

	err = fs_read_file(AT_FDCWD, ctx->config->path, CONFIG_MAX_BYTES, text);
	if (err != NULL)
		return err;
	*in = (struct confedit_input){
		.path = ctx->config->path,
		.text = strbuf_str(text),
		.len = text->len,
	};
	return NULL;
}

static json_t *
target_json(const char *name, const char *path, enum mode mode)
{
	json_t *object = json_object();

	json_put_text(object, "name", name);
	json_put_text(object, "path", path);
	json_put_text(object, "mode", config_mode_name(mode));
	return object;
}

/* What has been changed, or would be. */
static void
print_change(struct context *ctx, json_t *target, bool changed)
{
	json_t *document = json_document();

	json_put_bool(document, "dry_run", ctx->common.dry_run);
	json_put_bool(document, "changed", changed);
	json_put(document, "target", target);
	json_print(ctx->report, document);
}

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
		print_change(ctx, target_json(new->name, new->abs, mode), true);
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
	err = read_config_text(ctx, &old, &in);
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

static void
report_mode(struct context *ctx, const struct config_target *t, enum mode mode)
{
	struct report *r = ctx->report;
	const char *word = config_mode_name(mode);

	if (ctx->common.json)
		print_change(ctx, target_json(t->name, t->path, mode),
		    mode != t->mode);
	else if (mode == t->mode)
		report_info(r, "%s: mode is %s already", t->name, word);
	else if (ctx->common.dry_run)
		report_line(r, "would set %s to mode %s", t->name, word);
	else
		report_ok(r, "%s: mode is now %s; run: skillshare sync",
		    t->name, word);
}

MUST_USE static struct error *
run_mode(struct context *ctx, const struct config_target *t, enum mode mode)
{
	AUTO_STRBUF struct strbuf old = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct confedit_input in;
	struct error *err;

	if (ctx->common.dry_run)
		report_dry_run(ctx->report);
	if (mode == t->mode)
		return NULL;
	err = read_config_text(ctx, &old, &in);
	if (err != NULL)
		return err;
	err = confedit_target_mode(&in, t->name, config_mode_name(mode), &text);
	if (err != NULL || ctx->common.dry_run)
		return err;
	return change_config(ctx, &old, strbuf_str(&text));
}

static const struct option_list *
patterns_of(const struct target_options *opts, const struct filter_row *row)
{
	return (const void *)((const char *)opts + row->offset);
}

static bool
has_filters(const struct target_options *opts)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(filter_rows); i++)
		n += patterns_of(opts, &filter_rows[i])->n;
	return n > 0;
}

/* One edit after the other, each of the text that the last one gave. */
MUST_USE static struct error *
edit_filters(struct context *ctx, const char *name, struct strbuf *text)
{
	const struct target_options *opts = ctx->opts;
	struct error *err = NULL;

	for (size_t i = 0; i < ARRAY_LEN(filter_rows); i++) {
		const struct filter_row *row = &filter_rows[i];
		const struct option_list *list = patterns_of(opts, row);

		for (size_t k = 0; err == NULL && k < list->n; k++) {
			const struct confedit_input in = {
				.path = ctx->config->path,
				.text = strbuf_str(text),
				.len = text->len,
			};
			const struct conffilter_edit edit = { row->kind,
				row->list, list->items[k] };
			struct strbuf next = { 0 };

			err = conffilter_edit(&in, name, &edit, &next);
			if (err != NULL)
				break;
			strbuf_release(text);
			*text = next;
		}
	}
	return err;
}

static void
report_patterns(struct context *ctx, const struct config_target *t,
    const char *list, const struct config_patterns *patterns)
{
	AUTO_STRBUF struct strbuf text = { 0 };

	for (size_t i = 0; i < patterns->n; i++) {
		strbuf_add(&text, i > 0 ? ", " : "");
		strbuf_add(&text, patterns->items[i]);
	}
	if (patterns->n > 0)
		report_info(ctx->report, "%s: %s: %s", t->name, list,
		    strbuf_str(&text));
}

static json_t *
patterns_json(const struct config_patterns *patterns)
{
	json_t *array = json_array();

	for (size_t i = 0; i < patterns->n; i++)
		json_add(array, json_text(patterns->items[i]));
	return array;
}

/* t is the target as it will be. */
static void
report_filters(struct context *ctx, const struct config_target *t, bool changed)
{
	struct report *r = ctx->report;

	if (ctx->common.json) {
		json_t *object = target_json(t->name, t->path, t->mode);

		json_put(object, "include", patterns_json(&t->include));
		json_put(object, "exclude", patterns_json(&t->exclude));
		print_change(ctx, object, changed);
		return;
	}
	if (!changed)
		report_info(r, "%s: the filters are so already", t->name);
	else if (ctx->common.dry_run)
		report_line(r, "would change the filters of %s", t->name);
	else
		report_ok(r, "%s: filters changed; run: skillshare sync",
		    t->name);
	report_patterns(ctx, t, "include", &t->include);
	report_patterns(ctx, t, "exclude", &t->exclude);
}

MUST_USE static struct error *
run_filters(struct context *ctx, const struct config_target *t)
{
	AUTO_STRBUF struct strbuf old = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct confedit_input in;
	struct config *now = NULL;
	struct error *err = read_config_text(ctx, &old, &in);

	if (err != NULL)
		return err;
	strbuf_add_mem(&text, strbuf_str(&old), old.len);
	err = edit_filters(ctx, t->name, &text);
	if (err == NULL)
		err = config_parse(&ctx->env, ctx->config->path,
		    strbuf_str(&text), text.len, &now);
	if (err != NULL)
		return err;
	bool changed = strcmp(strbuf_str(&old), strbuf_str(&text)) != 0;
	if (ctx->common.dry_run)
		report_dry_run(ctx->report);
	else if (changed)
		err = change_config(ctx, &old, strbuf_str(&text));
	if (err == NULL)
		report_filters(ctx, config_find(now, t->name), changed);
	config_free(now);
	return err;
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
	if (has_filters(opts))
		return run_filters(ctx, t);
	if (opts->mode == NULL)
		return target_show(ctx, t);
	err = newtarget_mode(opts->mode, &mode);
	if (err != NULL)
		return err;
	err = run_mode(ctx, t, mode);
	if (err != NULL)
		return err;
	report_mode(ctx, t, mode);
	return NULL;
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
	if (has_filters(opts) &&
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
