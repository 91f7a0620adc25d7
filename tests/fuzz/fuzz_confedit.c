/*
 * Every edit that is accepted reads as the old config with that one change,
 * and lines of comments stay. The first line says which edit: its first byte
 * the kind, the rest the name, and for edits of a list, behind a tab, the
 * pattern; what follows is the config.
 */
#include <string.h>

#include "conffilter.h"
#include "yamltree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct texts {
	struct arena arena;
	struct confedit_input in;
	const char *name;
	struct strbuf out;
	struct ynode *before;
	struct ynode *after;
};

static void
read_both(struct texts *t)
{
	struct yaml_fault fault;

	if (!yamltree_read(&t->arena, t->in.text, t->in.len, &t->before,
		&fault))
		BUG("the old text was edited: %s", fault.what);
	if (!yamltree_read(&t->arena, strbuf_str(&t->out), t->out.len,
		&t->after, &fault))
		BUG("the new text cannot be read: %s", fault.what);
}

/* What is around the targets is as it was. */
static void
check_rest(const struct texts *t)
{
	if (t->before == NULL || t->before->kind != YNODE_MAP)
		return;
	for (const struct ynode *key = t->before->first; key != NULL;
	     key = key->next->next) {
		const struct ynode *now = ynode_key(t->after, key->text);

		if (now == NULL)
			BUG("the key %s is gone", key->text);
		if (strcmp(key->text, "targets") != 0 &&
		    !ynode_equal(key->next, now->next))
			BUG("the key %s has changed", key->text);
	}
}

/* The other targets are as they were. */
static void
check_others(const struct texts *t)
{
	const struct ynode *before =
	    t->before != NULL && t->before->kind == YNODE_MAP
		? ynode_get(t->before, "targets")
		: NULL;
	const struct ynode *after = ynode_get(t->after, "targets");

	if (before == NULL || before->kind != YNODE_MAP)
		return;
	for (const struct ynode *key = before->first; key != NULL;
	     key = key->next->next) {
		const struct ynode *now = ynode_key(after, key->text);

		if (strcmp(key->text, t->name) == 0)
			continue;
		if (now == NULL || !ynode_equal(key->next, now->next))
			BUG("the target %s has changed", key->text);
	}
}

static void
check_mode(const struct texts *t, const char *mode)
{
	const struct ynode *target =
	    ynode_get(ynode_get(t->after, "targets"), t->name);
	const struct ynode *skills = ynode_get(target, "skills");
	const struct ynode *value = ynode_get(target, "mode");

	if (value == NULL || (skills != NULL && skills->kind == YNODE_MAP &&
				 ynode_get(skills, "mode") != NULL))
		value = ynode_get(skills, "mode");
	if (value == NULL || strcmp(value->text, mode) != 0)
		BUG("target %s has not the mode %s", t->name, mode);
}

static void
check_add(struct texts *t)
{
	const struct confedit_target target = { t->name, "~/a b", "symlink" };
	AUTO_ERROR struct error *err =
	    confedit_target_add(&t->in, &target, &t->out);

	if (err != NULL)
		return;
	read_both(t);
	check_rest(t);
	check_others(t);
	check_mode(t, "symlink");
	/* What was added can be taken away again, or that is refused. */
	struct confedit_input again = { "/c.yaml", strbuf_str(&t->out),
		t->out.len };
	struct strbuf out = { 0 };
	AUTO_ERROR struct error *remove_err =
	    confedit_target_remove(&again, t->name, &out);
	if (remove_err != NULL) {
		if (error_code(remove_err) != ERR_CONFIG)
			BUG("%s", error_msg(remove_err));
		return;
	}
	strbuf_release(&t->out);
	t->out = out;
	read_both(t);
	check_rest(t);
	check_others(t);
}

static void
check_remove(struct texts *t)
{
	AUTO_ERROR struct error *err =
	    confedit_target_remove(&t->in, t->name, &t->out);

	if (err != NULL)
		return;
	read_both(t);
	check_rest(t);
	check_others(t);
	if (t->out.len > t->in.len + 3)
		BUG("a removal made the text longer");
	if (ynode_key(ynode_get(t->after, "targets"), t->name) != NULL)
		BUG("the target %s is still there", t->name);
}

static void
check_set_mode(struct texts *t)
{
	AUTO_ERROR struct error *err =
	    confedit_target_mode(&t->in, t->name, "copy", &t->out);

	if (err != NULL)
		return;
	read_both(t);
	check_rest(t);
	check_others(t);
	check_mode(t, "copy");
}

/* ---- lists --------------------------------------------------------------- */

/* The key of the list, where the config is read from it; or NULL. */
static const struct ynode *
list_key(const struct ynode *root, const char *name, const char *list)
{
	const struct ynode *target =
	    ynode_get(ynode_get(root, "targets"), name);
	const struct ynode *skills = target != NULL && target->kind == YNODE_MAP
					 ? ynode_get(target, "skills")
					 : NULL;
	const struct ynode *key = NULL;

	if (skills != NULL && skills->kind == YNODE_MAP)
		key = ynode_key(skills, list);
	if (key == NULL && target != NULL && target->kind == YNODE_MAP)
		key = ynode_key(target, list);
	return key;
}

static const struct ynode *
first_item(const struct ynode *root, const char *name, const char *list)
{
	const struct ynode *key = list_key(root, name, list);

	return key != NULL && key->next->kind == YNODE_LIST ? key->next->first
							    : NULL;
}

/* The same pattern, however it is quoted. */
static bool
is_same_item(const struct ynode *a, const struct ynode *b)
{
	return a->kind == YNODE_SCALAR && b->kind == YNODE_SCALAR
		   ? strcmp(a->text, b->text) == 0
		   : ynode_equal(a, b);
}

/* Is b the items of a, but for one of that text, which comes last? */
static bool
is_longer_by(const struct ynode *a, const struct ynode *b, const char *text)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next) {
		if (!is_same_item(a, b))
			return false;
	}
	return a == NULL && b != NULL && b->next == NULL &&
	       b->kind == YNODE_SCALAR && strcmp(b->text, text) == 0;
}

/* Is b the items of a, but for the first one of that text? */
static bool
is_shorter_by(const struct ynode *a, const struct ynode *b, const char *text)
{
	bool is_met = false;

	for (; a != NULL; a = a->next) {
		if (!is_met && a->kind == YNODE_SCALAR &&
		    strcmp(a->text, text) == 0) {
			is_met = true;
			continue;
		}
		if (b == NULL || !is_same_item(a, b))
			return false;
		b = b->next;
	}
	return is_met && b == NULL;
}

static size_t
indent_of(const char *line, const char *end)
{
	size_t n = 0;

	while (line + n < end && line[n] == ' ')
		n++;
	return n;
}

/* Is the byte at that place part of a text, perhaps one of several lines? */
static bool
is_in_scalar(const struct ynode *node, size_t at)
{
	bool is_in =
	    node->kind == YNODE_SCALAR && at >= node->start && at < node->end;

	for (const struct ynode *n = node->first; !is_in && n != NULL;
	     n = n->next)
		is_in = is_in_scalar(n, at);
	return is_in;
}

/*
 * Each line that is a comment is there still, in the same order; but for those
 * that belong to gone, the key of a list that went.
 */
static void
check_comments(const struct texts *t, const struct ynode *gone)
{
	const char *end = t->in.text + t->in.len;
	const char *now = strbuf_str(&t->out);

	for (const char *line = t->in.text; line < end;) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((nl != NULL ? nl : end) - line);
		size_t indent = indent_of(line, line + len);
		size_t at = (size_t)(line - t->in.text) + indent;
		bool is_comment = indent < len && line[indent] == '#' &&
				  !is_in_scalar(t->before, at);
		bool goes = gone != NULL && at > gone->start &&
			    (at < gone->next->end || indent >= gone->column);

		if (is_comment && !goes) {
			const char *found = memmem(now,
			    (size_t)(t->out.s + t->out.len - now), line, len);

			if (found == NULL)
				BUG("the comment %.*s is gone", (int)len, line);
			now = found + len;
		}
		line += len + 1;
	}
}

static void
check_added(struct texts *t, const struct conffilter_edit *edit)
{
	const struct ynode *before = first_item(t->before, t->name, edit->list);
	const struct ynode *after = first_item(t->after, t->name, edit->list);
	const struct conffilter_edit back = { CONFFILTER_REMOVE, edit->list,
		edit->pattern };

	if (t->out.len == t->in.len &&
	    memcmp(t->out.s, t->in.text, t->in.len) == 0)
		return; /* it was there */
	if (!is_longer_by(before, after, edit->pattern))
		BUG("%s of %s has not got %s behind the others", edit->list,
		    t->name, edit->pattern);
	check_comments(t, NULL);
	/* What was added can be taken away again, or that is refused. */
	const struct confedit_input again = { "/c.yaml", strbuf_str(&t->out),
		t->out.len };
	AUTO_STRBUF struct strbuf out = { 0 };
	AUTO_ERROR struct error *err =
	    conffilter_edit(&again, t->name, &back, &out);
	if (err != NULL && error_code(err) != ERR_CONFIG)
		BUG("%s", error_msg(err));
}

static void
check_filter(struct texts *t, const struct conffilter_edit *edit)
{
	AUTO_ERROR struct error *err =
	    conffilter_edit(&t->in, t->name, edit, &t->out);

	if (err != NULL)
		return;
	read_both(t);
	check_rest(t);
	check_others(t);
	if (edit->kind == CONFFILTER_ADD) {
		check_added(t, edit);
		return;
	}
	const struct ynode *before = first_item(t->before, t->name, edit->list);
	const struct ynode *after = first_item(t->after, t->name, edit->list);
	if (!is_shorter_by(before, after, edit->pattern))
		BUG("%s of %s has not lost %s alone", edit->list, t->name,
		    edit->pattern);
	const struct ynode *key = list_key(t->before, t->name, edit->list);
	bool is_gone = list_key(t->after, t->name, edit->list) == NULL;
	check_comments(t, is_gone ? key : NULL);
}

/* The name ends where the pattern begins. */
static void
check_list(struct texts *t, char kind, char *name)
{
	char *tab = strchr(name, '\t');
	const struct conffilter_edit edit = {
		.kind = kind == 'i' || kind == 'x' ? CONFFILTER_ADD
						   : CONFFILTER_REMOVE,
		.list = kind == 'i' || kind == 'I' ? "include" : "exclude",
		.pattern = tab != NULL ? tab + 1 : "",
	};

	if (tab == NULL)
		return;
	*tab = '\0';
	check_filter(t, &edit);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *nl = size > 1 ? memchr(text, '\n', size) : NULL;

	if (nl == NULL || nl == text)
		return 0;
	AUTO_FREE char *name = xstrndup(text + 1, (size_t)(nl - text) - 1);
	struct texts t = { .name = name,
		.in = { "/c.yaml", nl + 1, size - (size_t)(nl + 1 - text) } };

	if (text[0] == 'a')
		check_add(&t);
	else if (text[0] == 'r')
		check_remove(&t);
	else if (text[0] == 'm')
		check_set_mode(&t);
	else if (strchr("ixIX", text[0]) != NULL && text[0] != '\0')
		check_list(&t, text[0], name);
	arena_release(&t.arena);
	strbuf_release(&t.out);
	return 0;
}
