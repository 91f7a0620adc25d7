#include "targetedit.h"

#include <fcntl.h>
#include <string.h>

#include "change.h"
#include "conffilter.h"
#include "fs.h"

/* ---- what all of them have ---------------------------------------------- */

struct error *
target_read_config(const struct context *ctx, struct strbuf *text,
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

json_t *
target_json(const char *name, const char *path, enum mode mode)
{
	json_t *object = json_object();

	json_put_text(object, "name", name);
	json_put_text(object, "path", path);
	json_put_text(object, "mode", config_mode_name(mode));
	return object;
}

void
target_print_change(const struct context *ctx, json_t *target, bool changed)
{
	json_t *document = json_document();

	json_put_bool(document, "dry_run", ctx->common.dry_run);
	json_put_bool(document, "changed", changed);
	json_put(document, "target", target);
	json_print(ctx->report, document);
}

/* ---- the mode ----------------------------------------------------------- */

static void
report_mode(struct context *ctx, const struct config_target *t, enum mode mode)
{
	struct report *r = ctx->report;
	const char *word = config_mode_name(mode);

	if (ctx->common.json)
		target_print_change(ctx, target_json(t->name, t->path, mode),
		    mode != t->mode);
	else if (mode == t->mode)
		report_info(r, "%s: mode is %s already", t->name, word);
	else if (ctx->common.dry_run)
		report_line(r, "would set %s to mode %s", t->name, word);
	else
		report_ok(r, "%s: mode is now %s; run: skillshare sync",
		    t->name, word);
}

/* In the config, not yet in the target. */
MUST_USE static struct error *
change_mode(struct context *ctx, const struct config_target *t, enum mode mode)
{
	AUTO_STRBUF struct strbuf old = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct confedit_input in;
	struct error *err;

	if (ctx->common.dry_run)
		report_dry_run(ctx->report);
	if (mode == t->mode)
		return NULL;
	err = target_read_config(ctx, &old, &in);
	if (err != NULL)
		return err;
	err = confedit_target_mode(&in, t->name, config_mode_name(mode), &text);
	if (err != NULL || ctx->common.dry_run)
		return err;
	return change_config(ctx, &old, strbuf_str(&text));
}

struct error *
target_edit_mode(struct context *ctx, const struct config_target *t,
    enum mode mode)
{
	struct error *err = change_mode(ctx, t, mode);

	if (err == NULL)
		report_mode(ctx, t, mode);
	return err;
}

/* ---- the filters -------------------------------------------------------- */

/* The options that edit a target's filters, and what each of them does. */
struct filter_row {
	size_t offset;
	enum conffilter_kind kind;
	const char *list;
};

static const struct filter_row filter_rows[] = {
	{ offsetof(struct target_filters, add_include), CONFFILTER_ADD,
	    "include" },
	{ offsetof(struct target_filters, remove_include), CONFFILTER_REMOVE,
	    "include" },
	{ offsetof(struct target_filters, add_exclude), CONFFILTER_ADD,
	    "exclude" },
	{ offsetof(struct target_filters, remove_exclude), CONFFILTER_REMOVE,
	    "exclude" },
};

static const struct option_list *
patterns_of(const struct target_filters *filters, const struct filter_row *row)
{
	return (const void *)((const char *)filters + row->offset);
}

bool
target_has_filters(const struct target_filters *filters)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(filter_rows); i++)
		n += patterns_of(filters, &filter_rows[i])->n;
	return n > 0;
}

/* One edit after the other, each of the text that the last one gave. */
MUST_USE static struct error *
edit_filters(const struct context *ctx, const char *name,
    const struct target_filters *filters, struct strbuf *text)
{
	struct error *err = NULL;

	for (size_t i = 0; i < ARRAY_LEN(filter_rows); i++) {
		const struct filter_row *row = &filter_rows[i];
		const struct option_list *list = patterns_of(filters, row);

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
		target_print_change(ctx, object, changed);
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

struct error *
target_edit_filters(struct context *ctx, const struct config_target *t,
    const struct target_filters *filters)
{
	AUTO_STRBUF struct strbuf old = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct confedit_input in;
	struct config *now = NULL;
	struct error *err = target_read_config(ctx, &old, &in);

	if (err != NULL)
		return err;
	strbuf_add_mem(&text, strbuf_str(&old), old.len);
	err = edit_filters(ctx, t->name, filters, &text);
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
