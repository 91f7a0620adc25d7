#include "targetshow.h"

#include <string.h>

#include "json.h"
#include "notshown.h"
#include "planview.h"
#include "session.h"

/* A name in the target, and where what it shows comes from. */
struct row {
	const char *name;
	const char *kind; /* for JSON */
	const char *from;
};

struct rows {
	struct row *items;
	size_t n;
};

static void
add_row(struct rows *rows, struct row row)
{
	rows->items = xgrow(rows->items, rows->n, sizeof(*rows->items));
	rows->items[rows->n++] = row;
}

static int
by_name(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;

	return strcmp(x->name, y->name);
}

static struct row
entry_row(struct report *r, const struct observed_entry *e)
{
	switch (e->seen) {
	case SEEN_LINK_WRONG:
		return (struct row){ e->name, "stale_link",
			report_text(r, "our link, to %s", e->text) };
	case SEEN_LINK_FOREIGN:
		return (struct row){ e->name, "foreign_link",
			report_text(r, "a link to %s", e->text) };
	case SEEN_LINK_RIGHT:
		return (struct row){ e->name, "right_link",
			report_text(r, "our link, to %s", e->text) };
	case SEEN_COPY_CURRENT:
		return (
		    struct row){ e->name, "copy", "a copy of the source's" };
	case SEEN_COPY_OUTDATED:
		return (struct row){ e->name, "outdated_copy",
			e->skill == NO_SKILL
			    ? "a copy; the source has it no more"
			    : "a copy; the source has another version" };
	case SEEN_COPY_EDITED:
		return (struct row){ e->name, "edited_copy",
			e->problem != NULL ? "a copy that cannot be read"
					   : "a copy that was edited here" };
	case SEEN_LOCAL:
		return (struct row){ e->name, "local", "local" };
	case SEEN_FILE:
		return (struct row){ e->name, "file", "a file" };
	case SEEN_ABSENT:
	case SEEN_COUNT:
		break;
	}
	BUG("%s is seen as %d", e->name, (int)e->seen);
}

static void
collect(struct report *r, const struct session *s,
    const struct observed_target *t, struct rows *rows)
{
	bool whole = t->kind == PLACE_LINK_RIGHT;

	for (uint32_t i = 0; i < s->set->n; i++) {
		const struct skill *skill = &s->set->skills[i];

		if (whole || t->right[i])
			add_row(rows,
			    (struct row){ whole ? skill->rel
						: view_name(t->view, i),
				"source",
				report_text(r, "source (%s)", skill->rel) });
	}
	for (size_t i = 0; i < t->n; i++)
		add_row(rows, entry_row(r, &t->entries[i]));
	if (rows->n > 1)
		qsort(rows->items, rows->n, sizeof(*rows->items), by_name);
}

static void
tell_patterns(struct report *r, const char *label,
    const struct config_patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		report_line(r, "  %s: %s", label, patterns->items[i]);
}

static void
tell(const struct session *s, const struct plan_target *t,
    const struct rows *rows)
{
	AUTO_TABLE struct report_table table = {
		.n_columns = 2,
		.indent = 2,
		.gap = 2,
	};
	struct report *r = s->ctx->report;

	report_heading(r, "Target: %s", t->config->name);
	report_line(r, "  Path:  %s", t->config->path);
	report_line(r, "  Mode:  %s", config_mode_name(t->config->mode));
	if (t->config->naming != NAMING_FLAT)
		report_line(r, "  Names: %s",
		    config_naming_name(t->config->naming));
	tell_patterns(r, "Include", &t->config->include);
	tell_patterns(r, "Exclude", &t->config->exclude);
	report_line(r, "  State: %s", planview_state(r, s->plan, t));
	if (t->refusal != NULL)
		report_mark(r, MARK_ERROR, "%s %s", t->config->path,
		    t->refusal);
	if (rows->n > 0)
		report_gap(r);
	for (size_t i = 0; i < rows->n; i++) {
		report_table_add(&table,
		    report_text(r, "%s", rows->items[i].name));
		report_table_add(&table, rows->items[i].from);
	}
	report_table_print(r, &table);
	notshown_list(r, t);
	if (t->config->mode == MODE_SYMLINK)
		notshown_warn(r, t);
}

static void
print_json(const struct session *s, const struct plan_target *t,
    const struct rows *rows)
{
	json_t *document = json_document();
	json_t *target = planview_json(s->plan, t);
	json_t *entries = json_array();

	for (size_t i = 0; i < rows->n; i++) {
		json_t *entry = json_object();

		json_put_text(entry, "name", rows->items[i].name);
		json_put_text(entry, "kind", rows->items[i].kind);
		json_add(entries, entry);
	}
	json_put_text(target, "state",
	    planview_state(s->ctx->report, s->plan, t));
	json_put(target, "entries", entries);
	json_put(target, "not_shown", notshown_json(t));
	json_put(document, "target", target);
	json_print(s->ctx->report, document);
}

struct error *
target_show(struct context *ctx, const struct config_target *target)
{
	AUTO_SESSION struct session s = { 0 };
	const struct session_flags flags = {
		.observe = OBSERVE_FOR_MODE,
		.plan = PLAN_LOOK,
	};
	struct rows rows = { 0 };
	struct error *err = session_open_reader(&s, ctx);

	if (err == NULL)
		err = session_plan(&s, &target->name, 1, flags);
	if (err != NULL)
		return err;
	collect(ctx->report, &s, s.plan->targets[0].seen, &rows);
	if (ctx->common.json)
		print_json(&s, &s.plan->targets[0], &rows);
	else
		tell(&s, &s.plan->targets[0], &rows);
	free(rows.items);
	return NULL;
}
