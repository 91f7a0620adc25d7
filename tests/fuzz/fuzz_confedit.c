/*
 * Every edit that is accepted reads as the old config with that one change.
 * The first line says which edit: its first byte the kind, the rest the name;
 * what follows is the config.
 */
#include <string.h>

#include "confedit.h"
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
	arena_release(&t.arena);
	strbuf_release(&t.out);
	return 0;
}
