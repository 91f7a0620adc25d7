#include "backuplist.h"

#include <string.h>

#include "json.h"
#include "path.h"
#include "progress.h"
#include "snapcheck.h"
#include "snapfile.h"

/* ---- list ---------------------------------------------------------------- */

static bool
is_asked(const struct option_list *names, const char *target)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->items[i], target) == 0)
			return true;
	}
	return names->n == 0;
}

static bool
has_asked(const struct option_list *names, const struct snapshot *s)
{
	for (size_t i = 0; i < s->n_targets; i++) {
		if (is_asked(names, s->targets[i].name))
			return true;
	}
	return names->n == 0;
}

/* Of a plain one nobody wrote down what is in it. */
MUST_USE static struct error *
measure(struct snapshots *all, const struct option_list *names)
{
	for (size_t i = 0; i < all->n; i++) {
		struct snapshot *s = all->items[i];

		for (size_t k = 0; s->is_plain && k < s->n_targets; k++) {
			struct snapshot_target *t = &s->targets[k];
			struct error *err;

			if (!is_asked(names, t->name))
				continue;
			err = snapshot_measure(s, t->name, &t->n_skills,
			    &t->size_bytes);
			if (err != NULL)
				return err;
		}
	}
	return NULL;
}

static void
tell_snapshot(struct report *r, const struct snapshots *all,
    const struct snapshot *s, const struct option_list *names, size_t width)
{
	AUTO_FREE char *dir = path_dir(s->path);
	const size_t widths[] = { width, 0 };
	AUTO_TABLE struct report_table table = {
		.n_columns = 2,
		.indent = 4,
		.gap = 4,
		.min_widths = widths,
	};

	if (strcmp(dir, all->dir) == 0)
		report_line(r, "  %s/", s->name);
	else
		report_line(r, "  %s/    in %s", s->name, dir);
	if (s->damage != NULL) {
		report_mark(r, MARK_ERROR, "%s: %s", s->name, s->damage);
		return;
	}
	for (size_t i = 0; i < s->n_targets; i++) {
		const struct snapshot_target *t = &s->targets[i];

		if (!is_asked(names, t->name))
			continue;
		report_table_add(&table, report_text(r, "%s/", t->name));
		report_table_add(&table,
		    report_text(r, "%s, %s",
			report_count(r, t->n_skills, "skill", "skills"),
			report_size(r, t->size_bytes)));
	}
	/* Made for the source alone, before a run that changes that. */
	if (s->n_targets == 0) {
		report_table_add(&table, SNAPSHOT_SOURCE "/");
		report_table_add(&table,
		    report_count(r, s->n_trees, "skill", "skills"));
	}
	report_table_print(r, &table);
}

static void
tell(struct report *r, const struct snapshots *all,
    const struct option_list *names)
{
	size_t width = 0, shown = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct snapshot *s = all->items[i];

		for (size_t k = 0; k < s->n_targets; k++) {
			size_t len = strlen(s->targets[k].name) + 1;

			if (is_asked(names, s->targets[k].name) && len > width)
				width = len;
		}
	}
	report_heading(r, "Backups");
	for (size_t i = 0; i < all->n; i++) {
		if (!has_asked(names, all->items[i]))
			continue;
		tell_snapshot(r, all, all->items[i], names, width);
		shown++;
	}
	if (shown == 0)
		report_info(r, "No backups in %s; skillshare backup makes one",
		    all->dir);
}

static json_t *
snapshot_json(const struct snapshot *s, const struct option_list *names)
{
	json_t *object = json_object();
	json_t *targets = json_array();
	bool is_known = !s->is_plain && s->damage == NULL;

	json_put_text(object, "name", s->name);
	json_put_text(object, "path", s->path);
	json_put_text(object, "kind",
	    s->is_plain ? "plain"
	    : is_known  ? snapfile_kind_name(s->kind)
			: NULL);
	json_put(object, "time",
	    is_known ? json_integer((json_int_t)s->when) : json_null());
	json_put_text(object, "command", is_known ? s->command : NULL);
	json_put_text(object, "damage", s->damage);
	for (size_t i = 0; i < s->n_targets; i++) {
		const struct snapshot_target *t = &s->targets[i];
		json_t *target;

		if (!is_asked(names, t->name))
			continue;
		target = json_object();
		json_put_text(target, "name", t->name);
		json_put_text(target, "path", t->path);
		json_put_count(target, "skills", t->n_skills);
		json_put_count(target, "size_bytes", t->size_bytes);
		json_put_bool(target, "laid_out", t->is_laid_out);
		json_add(targets, target);
	}
	json_put(object, "targets", targets);
	return object;
}

static void
print_list(struct report *r, const struct snapshots *all,
    const struct option_list *names)
{
	json_t *document = json_document();
	json_t *backups = json_array();

	json_put_text(document, "path", all->dir);
	for (size_t i = 0; i < all->n; i++) {
		if (has_asked(names, all->items[i]))
			json_add(backups, snapshot_json(all->items[i], names));
	}
	json_put(document, "backups", backups);
	json_print(r, document);
}

struct error *
backup_list(struct context *ctx, struct snapshots *all,
    const struct option_list *names, enum exit_code *exit_out)
{
	struct error *err = measure(all, names);

	if (err != NULL)
		return err;
	for (size_t i = 0; i < all->n; i++) {
		if (all->items[i]->damage != NULL)
			*exit_out = EXIT_NOT_AS_ASKED;
	}
	if (ctx->common.json)
		print_list(ctx->report, all, names);
	else
		tell(ctx->report, all, names);
	return NULL;
}

/* ---- verify -------------------------------------------------------------- */

static void
tell_item(struct report *r, const struct snapcheck_item *item)
{
	AUTO_STRBUF struct strbuf names = { 0 };

	report_mark(r, MARK_ERROR, "%s: %s", item->path, item->problem);
	if (item->n_snapshots < 2)
		return;
	for (size_t i = 0; i < item->n_snapshots; i++) {
		strbuf_add(&names, i > 0 ? ", " : "");
		strbuf_add(&names, item->snapshots[i]);
	}
	report_info(r, "the same file is in %s", strbuf_str(&names));
}

static void
tell_check(struct report *r, const struct snapcheck_result *result)
{
	report_heading(r, "Verifying backups");
	for (size_t i = 0; i < result->n; i++)
		tell_item(r, &result->items[i]);
	if (result->n_plain > 0)
		report_info(r,
		    "%s without digests of another program: not verified",
		    report_count(r, result->n_plain, "backup", "backups"));
	const char *files = report_count(r, result->n_files, "file", "files");
	const char *backups =
	    report_count(r, result->n_snapshots, "backup", "backups");
	if (result->n == 0)
		report_ok(r, "%s: %s as they were stored (%s)", backups, files,
		    report_size(r, result->size_bytes));
	else
		report_mark(r, MARK_ERROR,
		    "%s of %s: %s; skillshare backup stores what is there now "
		    "afresh",
		    report_count(r, result->n, "problem", "problems"), backups,
		    files);
}

static void
print_check(struct report *r, const struct snapcheck_result *result)
{
	json_t *document = json_document();
	json_t *problems = json_array();

	json_put_count(document, "backups", result->n_snapshots);
	json_put_count(document, "not_verified", result->n_plain);
	json_put_count(document, "files", result->n_files);
	json_put_count(document, "size_bytes", result->size_bytes);
	for (size_t i = 0; i < result->n; i++) {
		const struct snapcheck_item *item = &result->items[i];
		json_t *object = json_object();
		json_t *names = json_array();

		json_put_text(object, "path", item->path);
		json_put_text(object, "problem", item->problem);
		for (size_t k = 0; k < item->n_snapshots; k++)
			json_add(names, json_text(item->snapshots[k]));
		json_put(object, "backups", names);
		json_add(problems, object);
	}
	json_put(document, "problems", problems);
	json_print(r, document);
}

static void
show_progress(void *payload, uint64_t done, uint64_t total)
{
	progress_step(payload, done, total);
}

struct error *
backup_verify(struct context *ctx, const struct snapshots *all,
    enum exit_code *exit_out)
{
	struct progress progress = { 0 };
	struct snapcheck_result result = { 0 };

	progress_start(&progress, ctx->report, "verifying");
	struct error *err = snapcheck(all, show_progress, &progress, &result);
	progress_end(&progress);
	if (err != NULL)
		return err;
	if (result.n > 0)
		*exit_out = EXIT_NOT_AS_ASKED;
	if (ctx->common.json)
		print_check(ctx->report, &result);
	else
		tell_check(ctx->report, &result);
	snapcheck_release(&result);
	return NULL;
}
