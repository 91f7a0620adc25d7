#include <fnmatch.h>

#include "cmd.h"
#include "json.h"
#include "planview.h"
#include "session.h"

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

static void
tell(const struct session *s)
{
	AUTO_TABLE struct report_table table = {
		.n_columns = 2,
		.indent = 2,
		.gap = 2,
	};
	struct report *r = s->ctx->report;
	size_t n = 0;
	size_t n_disabled = 0;

	report_heading(r, "Skills");
	for (size_t i = 0; i < s->set->n; i++) {
		const struct skill *skill = &s->set->skills[i];

		if (!is_asked(s->ctx, skill))
			continue;
		n += skill->state != SKILL_DISABLED;
		n_disabled += skill->state == SKILL_DISABLED;
		report_table_add(&table, report_text(r, "%s", skill->entry));
		report_table_add(&table,
		    skill->state == SKILL_DISABLED
			? report_text(r, "→ disabled by %s:%u: %s",
			      skill->rule->file, skill->rule->line,
			      skill->rule->text)
		    : skill->state != SKILL_OK
			? report_text(r, "✗ %s (%s)", state_name(skill->state),
			      skill->rel)
		    : skill->entry == skill->rel
			? ""
			: report_text(r, "%s", skill->rel));
	}
	report_table_print(r, &table);
	const char *count = report_count(r, n, "skill", "skills");
	if (n_disabled > 0)
		report_info(r, "%s, %zu disabled", count, n_disabled);
	else
		report_info(r, "%s", count);
}

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
print_json(const struct session *s)
{
	json_t *document = json_document();
	json_t *skills = json_array();

	json_put(document, "source", planview_source_json(s->set));
	for (size_t i = 0; i < s->set->n; i++) {
		const struct skill *skill = &s->set->skills[i];
		json_t *object;

		if (!is_asked(s->ctx, skill))
			continue;
		object = json_object();
		json_put_text(object, "entry", skill->entry);
		json_put_text(object, "path", skill->abs);
		json_put_text(object, "name", skill->name);
		json_put_text(object, "description", skill->description);
		json_put_text(object, "state", state_name(skill->state));
		json_put(object, "disabled_by", rule_json(skill->rule));
		json_put(object, "targets", targets_json(skill->only_for));
		json_add(skills, object);
	}
	json_put(document, "skills", skills);
	json_print(s->ctx->report, document);
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_SESSION struct session s = { .ctx = ctx };
	struct error *err =
	    discover(ctx->config->source, DISCOVER_TEXTS, &s.set);

	if (err != NULL)
		return err;
	session_tell_problems(&s, true);
	if (ctx->common.json)
		print_json(&s);
	else
		tell(&s);
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
