#include "toggle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "json.h"
#include "lower.h"
#include "options.h"
#include "path.h"
#include "session.h"
#include "skillignore.h"

/* One that was asked for. */
struct toggled {
	const struct skill *skill;
	bool is_changed;
};

struct toggle {
	struct session *s;
	bool enables;
	struct toggled *items;
	size_t n;
	struct strbuf text; /* of the file, as it is to be */
	bool is_changed;
};

MUST_USE static struct error *
unknown(const struct skillset *set, const char *name)
{
	AUTO_FREE const char **names = xcalloc(set->n + 1, sizeof(*names));

	for (size_t i = 0; i < set->n; i++)
		names[i] = set->skills[i].entry;
	const char *nearest = options_nearest(name, names, set->n);
	if (nearest != NULL)
		return error_new(ERR_NOT_FOUND,
		    "no skill %s in %s (did you mean %s?)", name, set->source,
		    nearest);
	return error_new(ERR_NOT_FOUND,
	    "no skill %s in %s; skillshare list shows them", name, set->source);
}

/* By path first: of skills that collide only that tells which. */
static const struct skill *
find_skill(const struct skillset *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->skills[i].rel, name) == 0)
			return &set->skills[i];
	return skillset_find(set, name);
}

MUST_USE static struct error *
edit(struct toggle *t, struct toggled *item)
{
	AUTO_FREE char *old = xstrdup(strbuf_str(&t->text));
	struct error *err =
	    t->enables ? skillignore_enable(t->s->set, item->skill, &t->text)
		       : skillignore_disable(t->s->set, item->skill, &t->text);

	if (err != NULL)
		return err;
	item->is_changed = strcmp(old, strbuf_str(&t->text)) != 0;
	t->is_changed |= item->is_changed;
	return NULL;
}

/* The file as it is, and then as it is to be. */
MUST_USE static struct error *
judge(struct toggle *t, const char *path)
{
	const struct context *ctx = t->s->ctx;
	const struct skillset *set = t->s->set;
	struct error *err =
	    fs_read_file(AT_FDCWD, path, IGNORE_MAX_BYTES, &t->text);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* no file: no rule */
		err = NULL;
	}
	for (size_t i = 0; err == NULL && i < ctx->args.n; i++) {
		const char *name = ctx->args.items[i];
		const struct skill *skill = find_skill(set, name);

		if (skill == NULL)
			return unknown(set, name);
		t->items[t->n] = (struct toggled){ .skill = skill };
		err = edit(t, &t->items[t->n++]);
	}
	return err;
}

static void
tell(const struct toggle *t)
{
	struct report *r = t->s->ctx->report;
	const char *word = t->enables ? "enabled" : "disabled";

	for (size_t i = 0; i < t->n; i++) {
		const char *name = t->items[i].skill->rel;

		if (!t->items[i].is_changed)
			report_info(r, "%s: is %s already", name, word);
		else if (t->s->writes)
			report_ok(r, "%s: %s", name, word);
		else
			report_line(r, "would %s %s",
			    t->enables ? "enable" : "disable", name);
	}
	if (t->is_changed && t->s->writes)
		report_info(r, "To apply it: skillshare sync");
}

static void
print_json(const struct toggle *t, const struct txn *txn)
{
	json_t *document = json_document();
	json_t *skills = json_array();

	json_put_bool(document, "dry_run", !t->s->writes);
	json_put(document, "run",
	    txn->number != 0 ? json_integer((json_int_t)txn->number)
			     : json_null());
	for (size_t i = 0; i < t->n; i++) {
		json_t *object = json_object();

		json_put_text(object, "entry", t->items[i].skill->entry);
		json_put_text(object, "path", t->items[i].skill->abs);
		json_put_bool(object, "changed", t->items[i].is_changed);
		json_add(skills, object);
	}
	json_put(document, "skills", skills);
	json_print(t->s->ctx->report, document);
}

MUST_USE static struct error *
change(struct toggle *t, struct txn *txn)
{
	struct context *ctx = t->s->ctx;
	struct error *err = discover(ctx->config->source, NULL, 0, &t->s->set);

	if (err != NULL)
		return err;
	AUTO_FREE char *path =
	    path_join(t->s->set->source_real, SKILLIGNORE_NAME);
	err = judge(t, path);
	if (err != NULL)
		return err;
	if (!t->s->writes)
		report_dry_run(ctx->report);
	if (t->is_changed) {
		txn_group(txn, "source", NULL);
		err = lower_file(txn, path, strbuf_str(&t->text), t->text.len);
		if (err == NULL)
			err = session_apply(t->s, txn);
		if (err == NULL)
			err = STEAL_PTR(txn->groups[0].error);
	}
	return err;
}

struct error *
toggle_run(struct context *ctx, bool enables)
{
	AUTO_SESSION struct session s = { 0 };
	struct txn *txn = txn_new(ctx->line);
	struct toggle t = {
		.s = &s,
		.enables = enables,
		.items = xcalloc(ctx->args.n, sizeof(*t.items)),
	};
	struct error *err = session_open(&s, ctx);

	if (err == NULL)
		err = change(&t, txn);
	if (err == NULL && ctx->common.json)
		print_json(&t, txn);
	else if (err == NULL)
		tell(&t);
	strbuf_release(&t.text);
	free(t.items);
	txn_free(txn);
	return err;
}
