#include <string.h>

#include "cmd.h"
#include "json.h"
#include "notshown.h"
#include "patchview.h"
#include "planview.h"
#include "session.h"

struct diff_options {
	struct option_list targets;
	bool exit_code;
	bool patch;
	bool no_pager;
};

static const struct option_row rows[] = {
	{ OPT_LIST, "target", 0, offsetof(struct diff_options, targets), "NAME",
	    "show this target, as the argument does", HINT_TARGET },
	{ OPT_FLAG, "exit-code", 0, offsetof(struct diff_options, exit_code),
	    NULL, "exit with 1 if there is a difference", HINT_NONE },
	{ OPT_FLAG, "patch", 'p', offsetof(struct diff_options, patch), NULL,
	    "show the text of what differs, as a patch of the source",
	    HINT_NONE },
	{ OPT_FLAG, "no-pager", 0, offsetof(struct diff_options, no_pager),
	    NULL, "show it without a pager", HINT_NONE },
};

/* One line of a diff. */
struct line {
	char mark;
	const char *name;
	const char *text; /* in the report's memory */
	const char *kind; /* for JSON */
	bool differs;     /* counts as a difference */
};

struct lines {
	struct line *items;
	size_t n;
};

static void
add_line(struct lines *lines, struct line line)
{
	lines->items = xgrow(lines->items, lines->n, sizeof(*lines->items));
	lines->items[lines->n++] = line;
}

/* ---- what differs -------------------------------------------------------- */

static const char *
counts_text(struct report *r, const char *what, const struct tree_diff *diff)
{
	return report_text(r, "(%s: +%llu -%llu ~%llu files)", what,
	    (unsigned long long)diff->added, (unsigned long long)diff->removed,
	    (unsigned long long)diff->changed);
}

/* What cannot be read may differ: nobody knows. */
static struct line
unread_line(struct report *r, const struct observed_entry *e, const char *kind)
{
	return (struct line){ '!', e->name,
		report_text(r, "(cannot be read: %s)", e->problem), kind,
		true };
}

/* A real directory with the name of a skill. */
static struct line
local_line(struct report *r, const struct observed_entry *e)
{
	if (e->problem != NULL)
		return unread_line(r, e, "local_unreadable");
	if (e->content == CONTENT_SAME)
		return (struct line){ '=', e->name,
			"(a local copy with the same content)", "local_same",
			false };
	return (struct line){ '~', e->name,
		counts_text(r, "different content", e->diff), "local_different",
		true };
}

/* What stays because somebody edited it, or because it is not ours. */
static struct line
conflict_line(struct report *r, const struct observed_entry *e)
{
	if (e->problem != NULL)
		return unread_line(r, e, "unreadable_copy");
	if (e->seen == SEEN_COPY_EDITED)
		return (struct line){ '~', e->name,
			e->diff != NULL ? counts_text(r, "edited here", e->diff)
					: "(edited here, not in source)",
			"edited_copy", true };
	return (struct line){ '!', e->name,
		e->text != NULL
		    ? report_text(r, "(a link to %s is in the way)", e->text)
		    : "(a file is in the way)",
		"conflict", false };
}

static struct line
held_line(struct report *r, const struct plan_target *t,
    const struct plan_entry *e)
{
	const char *why = plan_uncopied(t, e);

	if (why != NULL)
		return (struct line){ '!', e->name,
			report_text(r, "(cannot be copied: %s)", why),
			"uncopied", true };
	return (struct line){ '!', e->name,
		"(kept until the source is in order)", "held", false };
}

/* Nothing is there, or the right link to what cannot be shown. */
static struct line
unseen_line(struct report *r, const struct plan_target *t,
    const struct plan_entry *e)
{
	if (e->action == ACT_HELD)
		return held_line(r, t, e);
	return (struct line){ '+', e->name, "(in source, not in target)",
		"missing", true };
}

/* What is ours and goes: the skill is gone, or not for this target. */
static struct line
gone_line(struct report *r, const struct plan_target *t,
    const struct plan_entry *e)
{
	const char *why = notshown_gone(r, t, e);

	if (why == NULL)
		return (struct line){ '-', e->name,
			"(in target, not in source)", "orphan", true };
	return (struct line){ '-', e->name, why, "not_wanted", true };
}

static struct line
seen_line(struct report *r, const struct plan_target *t,
    const struct plan_entry *e)
{
	const struct observed_entry *seen = &t->seen->entries[e->seen];

	switch (e->action) {
	case ACT_REMOVE:
		return gone_line(r, t, e);
	case ACT_RELINK:
		return (struct line){ '~', e->name,
			report_text(r, "(our link leads to %s)", seen->text),
			"stale_link", true };
	case ACT_LOCAL:
		return local_line(r, seen);
	case ACT_CONFLICT:
		return conflict_line(r, seen);
	case ACT_UPDATE:
		if (seen->diff == NULL)
			return (struct line){ '~', e->name,
				"(our copy: same content, other file modes)",
				"outdated_copy", true };
		return (struct line){ '~', e->name,
			counts_text(r, "a copy of another version", seen->diff),
			"outdated_copy", true };
	case ACT_TO_LINK:
		return (struct line){ '~', e->name,
			"(our copy; this mode makes it a link)", "copy_to_link",
			true };
	case ACT_TO_COPY:
		return (struct line){ '~', e->name,
			report_text(r,
			    "(our link leads to %s; this mode makes "
			    "it a copy)",
			    seen->text),
			"link_to_copy", true };
	case ACT_HELD:
		return held_line(r, t, e);
	case ACT_COPY:
	case ACT_LINK:
	case ACT_REPLACE:
	case ACT_NONE:
	case ACT_COUNT:
		break;
	}
	BUG("action %d of %s", (int)e->action, e->name);
}

/* Merge mode: the plan's entries, and the local skills it only counts. */
static void
collect_entries(struct report *r, const struct plan_target *t,
    struct lines *lines)
{
	size_t k = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct plan_entry *e = &t->entries[i];

		add_line(lines, e->seen == NO_SKILL ? unseen_line(r, t, e)
						    : seen_line(r, t, e));
	}
	/* Both lists are in order: the planned of the seen come up in turn. */
	for (size_t i = 0; i < t->seen->n; i++) {
		const struct observed_entry *seen = &t->seen->entries[i];

		while (k < t->n && (t->entries[k].seen == NO_SKILL ||
				       t->entries[k].seen < i))
			k++;
		if (seen->seen == SEEN_LOCAL &&
		    (k == t->n || t->entries[k].seen != i))
			add_line(lines, (struct line){ '-', seen->name,
					    "(local, in target, not in source)",
					    "local_only", false });
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct line *x = a;
	const struct line *y = b;

	return strcmp(x->name, y->name);
}

/* The target's own place is not what its mode asks for. */
static void
collect_place(struct report *r, const struct plan_target *t,
    struct lines *lines)
{
	const char *text = NULL;

	switch (t->place) {
	case PLACE_KEEP:
	case PLACE_MAKE:
		return;
	case PLACE_LINK:
		text = "(not linked to the source)";
		break;
	case PLACE_RELINK:
		text = report_text(r, "(a link to %s)", t->seen->text);
		break;
	case PLACE_TO_LINK:
		text = "(a directory; symlink mode makes it a link)";
		break;
	case PLACE_TO_DIR:
		text = plan_want(t->config->mode) == WANT_COPY
			   ? "(a link; copy mode makes it a directory of "
			     "copies)"
			   : "(a link; merge mode makes it a directory of "
			     "links)";
		break;
	}
	add_line(lines,
	    (struct line){ '~', t->config->path, text, "place", true });
}

static void
collect(struct report *r, const struct plan_target *t, struct lines *lines)
{
	collect_place(r, t, lines);
	if (t->config->mode == MODE_SYMLINK || t->place == PLACE_TO_DIR)
		return;
	size_t first = lines->n;
	collect_entries(r, t, lines);
	if (lines->n - first > 1)
		qsort(lines->items + first, lines->n - first,
		    sizeof(*lines->items), by_name);
}

/* ---- telling ------------------------------------------------------------- */

static void
tell_target(struct report *r, const struct plan_target *t,
    const struct plan_target *real, const struct lines *lines)
{
	AUTO_TABLE struct report_table table = {
		.n_columns = 2,
		.indent = 2,
		.gap = 4,
	};
	size_t differing = 0;

	report_heading(r, "Diff: source ↔ %s", t->config->name);
	if (real->refusal != NULL) {
		report_mark(r, MARK_ERROR, "%s %s", t->config->path,
		    real->refusal);
		for (size_t i = 0; i < real->n_obstacles; i++)
			report_line(r, "    %s", real->obstacles[i]);
		return;
	}
	for (size_t i = 0; i < lines->n; i++) {
		const struct line *line = &lines->items[i];

		report_table_add(&table,
		    report_text(r, "%c %s", line->mark, line->name));
		report_table_add(&table, line->text);
		differing += line->differs || line->mark == '!';
	}
	report_table_print(r, &table);
	if (differing == 0)
		report_ok(r, "in sync");
	notshown_brief(r, t);
}

/* ---- patches ------------------------------------------------------------- */

/* A diff on its way out. */
struct telling {
	struct session *session;
	bool wants_patch;
	bool is_short;             /* a patch could not be made */
	struct error *interrupted; /* no further patch is made */
	json_t *targets;           /* NULL: as text */
};

/* The directory that differs from the skill of its name, or NULL. */
static const struct observed_entry *
find_changed(const struct observed_target *t, const struct line *line)
{
	const struct observed_entry *e = observed_find(t, line->name);

	return line->mark == '~' && e != NULL && e->diff != NULL ? e : NULL;
}

/* False: there is no patch for this line, or none can be made (told). */
static bool
make_patch(struct telling *telling, const struct plan_target *real,
    const struct line *line, struct strbuf *patch)
{
	const struct observed_entry *e = find_changed(real->seen, line);

	if (!telling->wants_patch || e == NULL || telling->interrupted != NULL)
		return false;
	struct error *err = patchview_make(telling->session, real, e, patch);
	if (err == NULL)
		return true;
	if (error_code(err) == ERR_INTERRUPTED) {
		telling->interrupted = err;
		return false;
	}
	report_warn(telling->session->ctx->report, "%s/%s: no patch: %s",
	    real->config->name, e->name, error_msg(err));
	error_free(err); /* told; the exit code says so */
	telling->is_short = true;
	return false;
}

static void
tell_patches(struct telling *telling, const struct plan_target *real,
    const struct lines *lines)
{
	struct report *r = telling->session->ctx->report;

	for (size_t i = 0; i < lines->n; i++) {
		AUTO_STRBUF struct strbuf patch = { 0 };

		/* Who left the pager waits for no more. */
		if (ferror(report_setup_of(r)->out) != 0)
			return;
		if (!make_patch(telling, real, &lines->items[i], &patch))
			continue;
		if (strbuf_str(&patch)[0] != '\n')
			report_gap(r);
		patchview_tell(r, &patch);
	}
}

/* ---- JSON ---------------------------------------------------------------- */

static json_t *
lines_json(struct telling *telling, const struct plan_target *real,
    const struct lines *lines)
{
	json_t *array = json_array();

	for (size_t i = 0; i < lines->n; i++) {
		AUTO_STRBUF struct strbuf patch = { 0 };
		const char mark[] = { lines->items[i].mark, '\0' };
		json_t *object = json_object();

		json_put_text(object, "mark", mark);
		json_put_text(object, "name", lines->items[i].name);
		json_put_text(object, "kind", lines->items[i].kind);
		json_put_text(object, "detail", lines->items[i].text);
		if (make_patch(telling, real, &lines->items[i], &patch))
			json_put(object, "patch", patchview_json(&patch));
		json_add(array, object);
	}
	return array;
}

/* Tells one target and returns whether it differs. */
static bool
diff_target(struct telling *telling, const struct plan_target *t)
{
	struct session *s = telling->session;
	struct report *r = s->ctx->report;
	const struct plan_target *real = planview_real(s->plan, t);
	struct lines lines = { 0 };
	bool differs = false;

	if (real->refusal == NULL)
		collect(r, real, &lines);
	for (size_t i = 0; i < lines.n; i++)
		differs |= lines.items[i].differs;
	if (telling->targets == NULL) {
		tell_target(r, t, real, &lines);
		tell_patches(telling, real, &lines);
	} else {
		json_t *object = json_object();

		json_put_text(object, "name", t->config->name);
		json_put_text(object, "path", t->config->path);
		json_put_text(object, "error", real->refusal);
		json_put_bool(object, "differs", differs);
		json_put(object, "entries", lines_json(telling, real, &lines));
		json_put(object, "not_shown", notshown_json(t));
		json_add(telling->targets, object);
	}
	free(lines.items);
	return differs;
}

/* Tells all of them and returns whether one differs. */
static bool
diff_targets(struct telling *telling)
{
	struct session *s = telling->session;
	struct report *r = s->ctx->report;
	bool differs = false;

	if (s->ctx->common.json)
		telling->targets = json_array();
	for (size_t i = 0; i < s->plan->n; i++) {
		if (i > 0)
			report_gap(r);
		differs |= diff_target(telling, &s->plan->targets[i]);
	}
	if (s->plan->n == 0)
		report_info(r,
		    "No targets; add one: skillshare target add <name>");
	if (telling->targets != NULL) {
		json_t *document = json_document();

		json_put_bool(document, "differs", differs);
		json_put(document, "targets", telling->targets);
		json_print(r, document);
	}
	return differs;
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	const struct diff_options *opts = ctx->opts;
	AUTO_SESSION struct session s = { 0 };
	const struct session_flags flags = {
		.observe = OBSERVE_LOCAL | OBSERVE_CONTENT,
		.plan = PLAN_LOOK,
	};
	size_t n = ctx->args.n + opts->targets.n;
	AUTO_FREE const char **names = xcalloc(n, sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = i < ctx->args.n
			       ? ctx->args.items[i]
			       : opts->targets.items[i - ctx->args.n];
	struct error *err = session_open(&s, ctx);
	if (err == NULL)
		err = session_plan(&s, names, n, flags);
	if (err != NULL)
		return err;
	session_tell_problems(&s, false);

	struct telling telling = {
		.session = &s,
		.wants_patch = opts->patch,
	};
	struct pager pager = { 0 };
	if (opts->patch && !opts->no_pager)
		err = patchview_page(ctx, &pager);
	if (err != NULL)
		return err;
	bool differs = diff_targets(&telling);
	pager_end(&pager);
	if (telling.interrupted != NULL)
		return telling.interrupted;
	if ((differs && opts->exit_code) || telling.is_short)
		*exit_out = EXIT_NOT_AS_ASKED;
	if (plan_has_refusals(s.plan))
		*exit_out = EXIT_PARTLY;
	return NULL;
}

const struct command cmd_diff = {
	.name = "diff",
	.summary = "show what differs between source and targets",
	.help = "Shows what the next sync would find: + in the source and not "
		"in the target, - in the target and not in the source, ~ "
		"different. Local skills are listed and are no difference. "
		"With --patch, the text of what is different follows: from "
		"the source to the target, as patch -p1 takes it in the "
		"source. Reads only.",
	.args = "[target...]",
	.max_args = SIZE_MAX,
	.hint = HINT_TARGET,
	.flags = CMD_CONFIG | CMD_REPORTS,
	.opts = rows,
	.n_opts = ARRAY_LEN(rows),
	.opts_size = sizeof(struct diff_options),
	.run = run,
};
