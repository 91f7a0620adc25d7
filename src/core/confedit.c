#include "confedit.h"

#include <string.h>

#include "config.h"
#include "confsplice.h"
#include "yamltree.h"

/* ---- writing ---------------------------------------------------------- */

/* "{path: …, mode: …}" with what there is of the two. */
static void
add_flow_settings(struct strbuf *out, const char *path, const char *mode)
{
	strbuf_add_char(out, '{');
	if (path != NULL) {
		strbuf_add(out, "path: ");
		yaml_add_scalar(out, path);
	}
	if (mode != NULL) {
		strbuf_add(out, path != NULL ? ", mode: " : "mode: ");
		yaml_add_scalar(out, mode);
	}
	strbuf_add_char(out, '}');
}

static void
add_flow_target(struct strbuf *out, const struct confedit_target *t,
    bool is_nested)
{
	yaml_add_scalar(out, t->name);
	strbuf_add(out, is_nested ? ": {skills: " : ": ");
	add_flow_settings(out, t->path, t->mode);
	if (is_nested)
		strbuf_add_char(out, '}');
}

/* How block lines are to look. */
struct layout {
	size_t indent; /* of the first */
	size_t step;
	const char *eol;
};

/* A line at that many steps; value may be NULL. */
static void
add_line(struct strbuf *out, const struct layout *at, size_t depth,
    const char *key, const char *value)
{
	for (size_t i = 0; i < at->indent + depth * at->step; i++)
		strbuf_add_char(out, ' ');
	yaml_add_scalar(out, key);
	strbuf_add_char(out, ':');
	if (value != NULL) {
		strbuf_add_char(out, ' ');
		yaml_add_scalar(out, value);
	}
	strbuf_add(out, at->eol);
}

static void
add_block_target(struct strbuf *out, const struct layout *at, size_t depth,
    const struct confedit_target *t, bool is_nested)
{
	add_line(out, at, depth, t->name, NULL);
	if (t->path == NULL && t->mode == NULL) {
		strbuf_splice(out, out->len - strlen(at->eol), 0, " {}", 3);
		return;
	}
	if (is_nested)
		add_line(out, at, ++depth, "skills", NULL);
	if (t->path != NULL)
		add_line(out, at, depth + 1, "path", t->path);
	if (t->mode != NULL)
		add_line(out, at, depth + 1, "mode", t->mode);
}

/* The key `targets` if its value is a map, else NULL. */
static struct ynode *
find_targets(struct splice *e)
{
	if (e->root == NULL || e->root->kind != YNODE_MAP)
		return NULL;
	struct ynode *key = ynode_key(e->root, "targets");
	if (key == NULL)
		return NULL;
	e->line = key->line;
	return key->next->kind == YNODE_MAP ? key : NULL;
}

/* Ends an edit that cannot be, with its error. */
static struct error *
edit_refuse(struct splice *e, struct error *err)
{
	splice_release(e);
	return err;
}

/* ---- adding -------------------------------------------------------------- */

/* Do the targets have their settings in `skills:`? The first map says. */
static bool
is_nested_form(const struct ynode *targets)
{
	for (const struct ynode *key = targets->first; key != NULL;
	     key = key->next->next)
		if (key->next->kind == YNODE_MAP && key->next->n > 0)
			return ynode_key(key->next, "skills") != NULL;
	return false;
}

static struct ynode *
settings_node(struct arena *arena, const char *path, const char *mode)
{
	struct ynode *map = ynode_map(arena);

	if (path != NULL)
		ynode_map_add(map, ynode_scalar(arena, "path"),
		    ynode_scalar(arena, path));
	if (mode != NULL)
		ynode_map_add(map, ynode_scalar(arena, "mode"),
		    ynode_scalar(arena, mode));
	return map;
}

/* Adds what the target is to be to the expected tree. */
static void
expect_target(struct splice *e, struct ynode *targets,
    const struct confedit_target *t, bool is_nested)
{
	struct ynode *value = settings_node(&e->arena, t->path, t->mode);

	if (is_nested) {
		struct ynode *outer = ynode_map(&e->arena);

		ynode_map_add(outer, ynode_scalar(&e->arena, "skills"), value);
		value = outer;
	}
	ynode_map_add(targets, ynode_scalar(&e->arena, t->name), value);
}

/* There is no key `targets` at all. */
static bool
add_first(struct splice *e, const struct confedit_target *t)
{
	AUTO_STRBUF struct strbuf s = { 0 };
	struct layout at = { 0, e->step, e->eol };
	struct ynode *targets = ynode_map(&e->arena);

	if (ynode_is_null(e->root)) {
		e->root = ynode_map(&e->arena);
	} else if (e->root->kind != YNODE_MAP) {
		return false;
	} else if (e->root->is_flow) {
		strbuf_add(&s, "targets: {");
		add_flow_target(&s, t, false);
		strbuf_add_char(&s, '}');
		splice_insert_flow(e, e->root, strbuf_str(&s));
	} else {
		at.indent = splice_indent(e->root->first);
	}
	if (!e->root->is_flow) {
		add_line(&s, &at, 0, "targets", NULL);
		add_block_target(&s, &at, 1, t, false);
		splice_insert_lines(e, e->in->len, strbuf_str(&s));
	}
	expect_target(e, targets, t, false);
	ynode_map_add(e->root, ynode_scalar(&e->arena, "targets"), targets);
	return true;
}

/* `targets:` holds nothing, or {}. */
static bool
add_to_nothing(struct splice *e, struct ynode *key,
    const struct confedit_target *t)
{
	AUTO_STRBUF struct strbuf s = { 0 };
	bool is_done;

	if (e->root->is_flow) {
		strbuf_add_char(&s, '{');
		add_flow_target(&s, t, false);
		strbuf_add_char(&s, '}');
		is_done = splice_value(e, key, strbuf_str(&s));
	} else {
		struct layout at = { splice_indent(key), e->step, e->eol };

		add_block_target(&s, &at, 1, t, false);
		is_done = splice_value_lines(e, key, strbuf_str(&s));
	}
	struct ynode *targets = ynode_map(&e->arena);
	expect_target(e, targets, t, false);
	ynode_map_set(e->root, key, targets);
	return is_done;
}

/* Behind the other targets. */
static bool
add_to_map(struct splice *e, struct ynode *targets,
    const struct confedit_target *t)
{
	AUTO_STRBUF struct strbuf s = { 0 };
	bool is_nested = is_nested_form(targets);

	/* An empty target is written {}, which is of both forms. */
	if (t->path == NULL && t->mode == NULL)
		is_nested = false;
	if (targets->is_flow) {
		add_flow_target(&s, t, is_nested);
		splice_insert_flow(e, targets, strbuf_str(&s));
	} else {
		struct layout at = { splice_indent(targets->first), e->step,
			e->eol };
		const struct ynode *key = targets->first;

		while (key->next->next != NULL)
			key = key->next->next;
		add_block_target(&s, &at, 0, t, is_nested);
		splice_insert_lines(e, splice_entry_end(e, key),
		    strbuf_str(&s));
	}
	expect_target(e, targets, t, is_nested);
	return true;
}

struct error *
confedit_target_add(const struct confedit_input *in,
    const struct confedit_target *target, struct strbuf *out)
{
	struct splice e;
	const char *problem = config_name_problem(target->name);

	if (problem != NULL)
		return error_new(ERR_USAGE, "the target name %s %s",
		    target->name, problem);
	struct error *err = splice_begin(&e, in);
	if (err != NULL)
		return err;
	struct ynode *key = find_targets(&e);
	bool is_done = false;
	if (key != NULL && ynode_key(key->next, target->name) != NULL)
		return edit_refuse(&e,
		    error_new(ERR_REFUSED, "the target %s is in %s already",
			target->name, in->path));
	bool is_map = e.root != NULL && e.root->kind == YNODE_MAP;
	struct ynode *any = is_map ? ynode_key(e.root, "targets") : NULL;
	if (any == NULL)
		is_done = add_first(&e, target);
	else if (any->next->kind != YNODE_ALIAS &&
		 (ynode_is_null(any->next) ||
		     (key != NULL && key->next->n == 0 &&
			 memchr(in->text + key->next->start, '\n',
			     key->next->end - key->next->start) == NULL)))
		is_done = add_to_nothing(&e, any, target);
	else if (key != NULL)
		is_done = add_to_map(&e, key->next, target);
	return splice_end(&e, is_done, out);
}

/* ---- removing ------------------------------------------------------------ */

/* The target's key, and the key of the targets around it; or NULL. */
static struct ynode *
find_target(struct splice *e, const char *name, struct ynode **targets_out)
{
	struct ynode *targets = find_targets(e);
	struct ynode *key =
	    targets != NULL ? ynode_key(targets->next, name) : NULL;

	if (key == NULL)
		return NULL;
	e->line = key->line;
	*targets_out = targets;
	return key;
}

static struct error *
not_found(struct splice *e, const char *name)
{
	return edit_refuse(e, error_new(ERR_NOT_FOUND, "no target %s is in %s",
				  name, e->in->path));
}

struct error *
confedit_target_remove(const struct confedit_input *in, const char *name,
    struct strbuf *out)
{
	struct splice e;
	struct ynode *targets = NULL;
	struct error *err = splice_begin(&e, in);

	if (err != NULL)
		return err;
	struct ynode *key = find_target(&e, name, &targets);
	if (key == NULL)
		return not_found(&e, name);
	bool is_done = targets->next->is_flow
			   ? splice_remove_pair(&e, targets->next, key)
			   : splice_remove_lines(&e, targets, key);
	ynode_map_remove(targets->next, key);
	return splice_end(&e, is_done, out);
}

/* ---- the mode -------------------------------------------------------------
 */

/* Gives key, whose value is nothing or a path, a map with the mode. */
static bool
mode_to_new_map(struct splice *e, struct ynode *map, struct ynode *key,
    const char *mode)
{
	AUTO_STRBUF struct strbuf s = { 0 };
	const struct ynode *value = key->next;
	const char *path = ynode_is_null(value) ? NULL : value->text;
	bool is_done;

	if (map->is_flow || value->end > value->start) {
		add_flow_settings(&s, path, mode);
		is_done = splice_value(e, key, strbuf_str(&s));
	} else {
		struct layout at = { splice_indent(key), e->step, e->eol };

		add_line(&s, &at, 1, "mode", mode);
		is_done = splice_value_lines(e, key, strbuf_str(&s));
	}
	ynode_map_set(map, key, settings_node(&e->arena, path, mode));
	return is_done;
}

static bool
mode_to_map(struct splice *e, struct ynode *map, const char *mode)
{
	AUTO_STRBUF struct strbuf s = { 0 };
	struct ynode *value = ynode_scalar(&e->arena, mode);
	struct ynode *key = ynode_key(map, "mode");

	if (key != NULL) {
		bool is_done;

		yaml_add_scalar(&s, mode);
		is_done = splice_value(e, key, strbuf_str(&s));
		ynode_map_set(map, key, value);
		return is_done;
	}
	if (map->is_flow) {
		strbuf_add(&s, "mode: ");
		yaml_add_scalar(&s, mode);
		splice_insert_flow(e, map, strbuf_str(&s));
	} else {
		struct layout at = { splice_indent(map->first), e->step,
			e->eol };
		const struct ynode *last = map->first;

		while (last->next->next != NULL)
			last = last->next->next;
		add_line(&s, &at, 0, "mode", mode);
		splice_insert_lines(e, splice_entry_end(e, last),
		    strbuf_str(&s));
	}
	ynode_map_add(map, ynode_scalar(&e->arena, "mode"), value);
	return true;
}

static bool
set_mode(struct splice *e, struct ynode *targets, struct ynode *key,
    const char *mode)
{
	struct ynode *target = key->next;

	if (target->kind == YNODE_SCALAR)
		return mode_to_new_map(e, targets, key, mode);
	if (target->kind != YNODE_MAP)
		return false;
	struct ynode *skills = ynode_key(target, "skills");
	if (skills == NULL || (ynode_key(target, "mode") != NULL &&
				  (skills->next->kind != YNODE_MAP ||
				      ynode_key(skills->next, "mode") == NULL)))
		return mode_to_map(e, target, mode);
	if (skills->next->kind == YNODE_MAP)
		return mode_to_map(e, skills->next, mode);
	if (skills->next->kind == YNODE_SCALAR && ynode_is_null(skills->next))
		return mode_to_new_map(e, target, skills, mode);
	return false;
}

struct error *
confedit_target_mode(const struct confedit_input *in, const char *name,
    const char *mode, struct strbuf *out)
{
	struct splice e;
	struct ynode *targets = NULL;
	struct error *err = splice_begin(&e, in);

	if (err != NULL)
		return err;
	struct ynode *key = find_target(&e, name, &targets);
	if (key == NULL)
		return not_found(&e, name);
	bool is_done = set_mode(&e, targets->next, key, mode);
	return splice_end(&e, is_done, out);
}

/* ---- a new file -----------------------------------------------------------
 */

void
confedit_new(const char *source, const char *mode,
    const struct confedit_target *targets, size_t n_targets, struct strbuf *out)
{
	static const struct layout at = { 0, SPLICE_STEP, "\n" };

	strbuf_add(out,
	    "# The skills in `source` are linked into the directory of every\n"
	    "# target by `skillshare sync`. All keys: man skillshare-config\n");
	if (source != NULL)
		add_line(out, &at, 0, "source", source);
	if (mode != NULL) {
		strbuf_add(out,
		    "# merge: a link for each skill, local skills stay;\n"
		    "# symlink: the directory itself is a link to the "
		    "source\n");
		add_line(out, &at, 0, "mode", mode);
	}
	add_line(out, &at, 0, "targets", NULL);
	if (n_targets == 0)
		strbuf_splice(out, out->len - 1, 0, " {}", 3);
	for (size_t i = 0; i < n_targets; i++)
		add_block_target(out, &at, 1, &targets[i], false);
}
