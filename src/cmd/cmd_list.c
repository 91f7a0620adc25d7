#include <fnmatch.h>
#include <string.h>

#include "cmd.h"
#include "copytree.h"
#include "json.h"
#include "notshown.h"
#include "origin.h"
#include "planview.h"
#include "session.h"

/* Enough of a commit to know it by. */
#define VERSION_SHOWN 8

static const char *
state_name(enum skill_state state)
{
	switch (state) {
	case SKILL_OK:
		return "ok";
	case SKILL_COLLIDES:
		return "collides";
	case SKILL_UNREADABLE:
		return "unreadable";
	case SKILL_TOO_LONG:
		return "name_too_long";
	case SKILL_DISABLED:
		return "disabled";
	}
	BUG("state %d", (int)state);
}

static bool
is_asked(const struct context *ctx, const struct skill *skill)
{
	if (ctx->args.n == 0)
		return true;
	const char *pattern = ctx->args.items[0];
	return fnmatch(pattern, skill->entry, 0) == 0 ||
	       fnmatch(pattern, skill->rel, 0) == 0;
}

/* ---- what is known of a skill ---------------------------------------------
 */

struct weight {
	bool is_known;
	uint64_t files;
	uint64_t size_bytes;
};

/* As an agent has it: what copies leave out does not count. */
static struct weight
weigh(const struct session *s, const struct skill *skill)
{
	AUTO_CLOSE int fd = -1;
	AUTO_COPYTREE struct copytree tree = { 0 };
	struct weight w = { .is_known = true };
	struct error *err = fs_open_dir(skill->abs, &fd);

	if (err == NULL)
		err = copytree_list(fd, skill->abs, &s->ctx->config->ignore,
		    &tree);
	if (err != NULL) {
		report_warn(s->ctx->report, "%s: its size is not known: %s",
		    skill->rel, error_msg(err));
		error_free(err); /* a warning; the rest can be listed */
		return (struct weight){ 0 };
	}
	for (size_t i = 0; i < tree.n; i++) {
		w.files += tree.nodes[i].kind != FS_DIR;
		w.size_bytes += tree.nodes[i].kind == FS_FILE
				    ? tree.nodes[i].size_bytes
				    : 0;
	}
	return w;
}

static void
read_origins(const struct session *s, struct origins *out)
{
	origins_read(s->set, out);
	for (size_t i = 0; i < out->n_warnings; i++)
		report_warn(s->ctx->report, "%s/%s: %s", s->set->source,
		    out->warnings[i].file, out->warnings[i].text);
}

/* ---- as text --------------------------------------------------------------
 */

/* On one line, whatever it has of line ends and spaces. */
static const char *
one_line(struct report *r, const char *text)
{
	AUTO_STRBUF struct strbuf line = { 0 };
	static const char spaces[] = " \t\r\n";

	for (;;) {
		text += strspn(text, spaces);
		size_t len = strcspn(text, spaces);

		if (len == 0)
			break;
		if (line.len > 0)
			strbuf_add_char(&line, ' ');
		strbuf_add_mem(&line, text, len);
		text += len;
	}
	return report_text(r, "%s", strbuf_str(&line));
}

static const char *
description_of(struct report *r, const struct skill *skill)
{
	if (skill->state == SKILL_DISABLED)
		return report_text(r, "→ disabled by %s:%u: %s",
		    skill->rule->file, skill->rule->line, skill->rule->text);
	if (skill->state != SKILL_OK)
		return report_text(r, "✗ %s (%s)", state_name(skill->state),
		    skill->rel);
	return skill->description != NULL ? one_line(r, skill->description)
					  : "";
}

/* "" if nothing is noted. */
static const char *
origin_of(struct report *r, const struct origins *origins,
    const struct skill *skill)
{
	const struct origin *o = origins_find(origins, skill->rel);
	AUTO_STRBUF struct strbuf line = { 0 };

	if (o == NULL)
		return "";
	const char *from = o->texts[ORIGIN_SOURCE] != NULL
			       ? o->texts[ORIGIN_SOURCE]
			       : o->texts[ORIGIN_REPO_URL];
	if (from == NULL)
		return "";
	strbuf_printf(&line, "→ from %s", from);
	if (o->texts[ORIGIN_VERSION] != NULL)
		strbuf_printf(&line, ", %.*s", VERSION_SHOWN,
		    o->texts[ORIGIN_VERSION]);
	return report_text(r, "%s", strbuf_str(&line));
}

static void
add_row(struct report_table *table, const char *entry, const char *size,
    const char *text)
{
	report_table_add(table, entry);
	report_table_add(table, size);
	report_table_add(table, text);
}

static void
tell(const struct session *s, const struct notshown_where *where,
    const struct origins *origins)
{
	AUTO_TABLE struct report_table table = {
		.n_columns = 3,
		.indent = 2,
		.gap = 2,
		.ends_in_text = true,
	};
	struct report *r = s->ctx->report;
	size_t n = 0;
	size_t n_disabled = 0;
	uint64_t size_bytes = 0;

	report_heading(r, "Skills");
	for (size_t i = 0; i < s->set->n; i++) {
		const struct skill *skill = &s->set->skills[i];

		if (!is_asked(s->ctx, skill))
			continue;
		struct weight w = weigh(s, skill);
		const char *from = origin_of(r, origins, skill);

		bool is_on = skill->state != SKILL_DISABLED;

		n += is_on;
		n_disabled += !is_on;
		size_bytes += is_on ? w.size_bytes : 0;
		add_row(&table, report_text(r, "%s", skill->entry),
		    w.is_known ? report_size(r, w.size_bytes) : "?",
		    description_of(r, skill));
		if (from[0] != '\0')
			add_row(&table, "", "", from);
		notshown_rows(r, &table, where, (uint32_t)i);
	}
	report_table_print(r, &table);
	const char *count = report_count(r, n, "skill", "skills");
	const char *size = report_size(r, size_bytes);
	if (n + n_disabled == 0)
		report_info(r, "%s", count);
	else if (n_disabled == 0)
		report_info(r, "%s, %s", count, size);
	else
		report_info(r, "%s, %s, %zu disabled", count, size, n_disabled);
}

/* ---- as JSON --------------------------------------------------------------
 */

static json_t *
rule_json(const struct ignore_rule *rule)
{
	if (rule == NULL)
		return json_null();
	json_t *object = json_object();
	json_put_text(object, "file", rule->file);
	json_put_count(object, "line", rule->line);
	json_put_text(object, "pattern", rule->text);
	return object;
}

/* Null for a skill that is for every target. */
static json_t *
targets_json(const char *const *names)
{
	if (names == NULL)
		return json_null();
	json_t *list = json_array();
	for (; *names != NULL; names++)
		json_add(list, json_text(*names));
	return list;
}

static void
put_weight(json_t *object, const struct weight *w)
{
	if (w->is_known) {
		json_put_count(object, "files", w->files);
		json_put_count(object, "size_bytes", w->size_bytes);
	} else {
		json_put(object, "files", json_null());
		json_put(object, "size_bytes", json_null());
	}
}

/* Null where nothing is noted. */
static json_t *
origin_json(const struct origin *origin)
{
	if (origin == NULL)
		return json_null();
	json_t *object = json_object();
	json_put_text(object, "file", origin->file);
	for (size_t i = 0; i < ORIGIN_TEXT_COUNT; i++)
		json_put_text(object, origin_text_name((enum origin_text)i),
		    origin->texts[i]);
	json_put_bool(object, "tracked", origin->is_tracked);
	return object;
}

static void
print_json(const struct session *s, const struct notshown_where *where,
    const struct origins *origins)
{
	json_t *document = json_document();
	json_t *skills = json_array();

	json_put(document, "source", planview_source_json(s->set));
	for (size_t i = 0; i < s->set->n; i++) {
		const struct skill *skill = &s->set->skills[i];
		json_t *object;

		if (!is_asked(s->ctx, skill))
			continue;
		struct weight w = weigh(s, skill);

		object = json_object();
		json_put_text(object, "entry", skill->entry);
		json_put_text(object, "path", skill->abs);
		json_put_text(object, "name", skill->name);
		json_put_text(object, "description", skill->description);
		json_put_text(object, "state", state_name(skill->state));
		json_put(object, "disabled_by", rule_json(skill->rule));
		json_put(object, "targets", targets_json(skill->only_for));
		json_put(object, "not_in",
		    notshown_targets_json(where, (uint32_t)i));
		put_weight(object, &w);
		json_put(object, "origin",
		    origin_json(origins_find(origins, skill->rel)));
		json_add(skills, object);
	}
	json_put(document, "skills", skills);
	json_print(s->ctx->report, document);
}

static void
show(const struct session *s)
{
	const struct config *config = s->ctx->config;
	AUTO_ORIGINS struct origins origins = { 0 };
	AUTO_FREE const struct config_target **targets =
	    xcalloc(config->n_targets + 1, sizeof(*targets));

	for (size_t i = 0; i < config->n_targets; i++)
		targets[i] = &config->targets[i];
	struct desired *desired =
	    desired_new(s->set, targets, config->n_targets);
	const struct notshown_where where = { desired, targets };

	read_origins(s, &origins);
	if (s->ctx->common.json)
		print_json(s, &where, &origins);
	else
		tell(s, &where, &origins);
	desired_free(desired);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { .ctx = ctx };
	struct error *err =
	    discover(ctx->config->source, NULL, DISCOVER_TEXTS, &s.set);

	if (err != NULL)
		return err;
	session_tell_problems(&s, true);
	show(&s);
	if (skillset_usable(s.set) != skillset_enabled(s.set) ||
	    !s.set->is_complete)
		*exit_out = EXIT_NOT_AS_ASKED;
	return NULL;
}

const struct command cmd_list = {
	.name = "list",
	.summary = "list the skills of the source",
	.help = "Lists the skills of the source by the name that they have in "
		"a target, with all that is odd about them. A pattern such as "
		"*pdf* limits the list. Reads only.",
	.args = "[pattern]",
	.max_args = 1,
	.flags = CMD_CONFIG | CMD_REPORTS,
	.run = run,
};
