#include "conffilter.h"

#include <string.h>

#include "confsplice.h"

/* What the edit works on: a map of settings, and perhaps the list in it. */
struct where {
	struct ynode *map;        /* NULL: the target is a path, or nothing */
	struct ynode *parent_key; /* of map, or of what is to become one */
	struct ynode *parent;     /* the map that parent_key is in */
	struct ynode *key;        /* of the list, or NULL */
};

/* ---- lists as trees ------------------------------------------------------ */

static struct ynode *
new_list(struct arena *arena)
{
	struct ynode *list = arena_alloc(arena, sizeof(*list));

	*list = (struct ynode){ .kind = YNODE_LIST, .text = "" };
	return list;
}

static void
list_add(struct ynode *list, struct ynode *item)
{
	if (list->last != NULL)
		list->last->next = item;
	else
		list->first = item;
	list->last = item;
	list->n++;
}

static void
list_remove(struct ynode *list, const struct ynode *item)
{
	struct ynode *before = NULL;

	for (struct ynode *n = list->first; n != item; n = n->next)
		before = n;
	if (before != NULL)
		before->next = item->next;
	else
		list->first = item->next;
	if (list->last == item)
		list->last = before;
	list->n--;
}

static struct ynode *
list_find(const struct ynode *list, const char *text)
{
	for (struct ynode *n = list->first; n != NULL; n = n->next) {
		if (n->kind == YNODE_SCALAR && strcmp(n->text, text) == 0)
			return n;
	}
	return NULL;
}

/* ---- finding ------------------------------------------------------------- */

/* As the config is read: in `skills` if it has the list, else in the target. */
static bool
find_list(struct splice *e, const char *target, const char *list,
    struct where *out)
{
	struct ynode *targets = e->root != NULL && e->root->kind == YNODE_MAP
				    ? ynode_key(e->root, "targets")
				    : NULL;

	*out = (struct where){ 0 };
	if (targets == NULL || targets->next->kind != YNODE_MAP)
		return false;
	out->parent = targets->next;
	out->parent_key = ynode_key(targets->next, target);
	if (out->parent_key == NULL)
		return false;
	e->line = out->parent_key->line;
	if (out->parent_key->next->kind != YNODE_MAP)
		return true;
	out->map = out->parent_key->next;
	struct ynode *skills = ynode_key(out->map, "skills");
	out->key = ynode_key(out->map, list);
	if (skills == NULL || skills->next->kind != YNODE_MAP ||
	    (out->key != NULL && ynode_key(skills->next, list) == NULL))
		return true;
	*out = (struct where){
		.map = skills->next,
		.parent_key = skills,
		.parent = out->map,
		.key = ynode_key(skills->next, list),
	};
	return true;
}

/* ---- adding -------------------------------------------------------------- */

/* The target is a path or nothing yet: it becomes a map in {}. */
static bool
add_map(struct splice *e, const struct where *w, const char *list,
    struct ynode *value, const char *text)
{
	AUTO_STRBUF struct strbuf s = { 0 };
	const struct ynode *old = w->parent_key->next;
	struct ynode *map = ynode_map(&e->arena);

	if (old->kind != YNODE_SCALAR)
		return false;
	strbuf_add_char(&s, '{');
	if (!ynode_is_null(old)) {
		ynode_map_add(map, ynode_scalar(&e->arena, "path"),
		    ynode_scalar(&e->arena, old->text));
		strbuf_add(&s, "path: ");
		yaml_add_scalar(&s, old->text);
		strbuf_add(&s, ", ");
	}
	ynode_map_add(map, ynode_scalar(&e->arena, list), value);
	strbuf_printf(&s, "%s: %s}", list, text);
	bool is_done = splice_value(e, w->parent_key, strbuf_str(&s));
	ynode_map_set(w->parent, w->parent_key, map);
	return is_done;
}

/* The map has no such list yet. */
static void
add_key(struct splice *e, const struct where *w, const char *list,
    struct ynode *value, const char *text)
{
	AUTO_STRBUF struct strbuf s = { 0 };
	const struct ynode *last = w->map->first;

	if (w->map->is_flow) {
		strbuf_printf(&s, "%s: %s", list, text);
		splice_insert_flow(e, w->map, strbuf_str(&s));
	} else {
		while (last->next->next != NULL)
			last = last->next->next;
		strbuf_printf(&s, "%*s%s: %s%s",
		    (int)splice_indent(w->map->first), "", list, text, e->eol);
		splice_insert_lines(e, splice_entry_end(e, last),
		    strbuf_str(&s));
	}
	ynode_map_add(w->map, ynode_scalar(&e->arena, list), value);
}

/* item is quoted as it must be. */
static bool
add_item(struct splice *e, const struct where *w, const char *pattern,
    const char *item)
{
	struct ynode *list = w->key->next;
	bool is_done = true;

	if (list->kind != YNODE_LIST)
		return false;
	if (!list->is_flow && list->n > 0)
		is_done = splice_add_item(e, list, item);
	else
		splice_insert_flow(e, list, item);
	list_add(list, ynode_scalar(&e->arena, pattern));
	return is_done;
}

static bool
add_pattern(struct splice *e, const struct where *w,
    const struct conffilter_edit *edit)
{
	AUTO_STRBUF struct strbuf item = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	struct ynode *value = new_list(&e->arena);

	yaml_add_scalar(&item, edit->pattern);
	if (w->key != NULL && !ynode_is_null(w->key->next))
		return add_item(e, w, edit->pattern, strbuf_str(&item));
	strbuf_printf(&text, "[%s]", strbuf_str(&item));
	list_add(value, ynode_scalar(&e->arena, edit->pattern));
	if (w->key != NULL) {
		bool is_done = splice_value(e, w->key, strbuf_str(&text));

		ynode_map_set(w->map, w->key, value);
		return is_done;
	}
	if (w->map == NULL)
		return add_map(e, w, edit->list, value, strbuf_str(&text));
	add_key(e, w, edit->list, value, strbuf_str(&text));
	return true;
}

/* ---- removing ------------------------------------------------------------ */

static bool
remove_pattern(struct splice *e, const struct where *w, struct ynode *item)
{
	struct ynode *list = w->key->next;
	bool is_done;

	if (!list->is_flow && list->n == 1) {
		is_done = splice_remove_lines(e, w->parent_key, w->key);
		ynode_map_remove(w->map, w->key);
		return is_done;
	}
	is_done = list->is_flow ? splice_remove_flow_item(e, list, item)
				: splice_remove_item(e, item);
	list_remove(list, item);
	return is_done;
}

/* ---- the edit ------------------------------------------------------------ */

struct error *
conffilter_edit(const struct confedit_input *in, const char *target,
    const struct conffilter_edit *edit, struct strbuf *out)
{
	struct splice e;
	struct where w;
	struct ynode *item = NULL;
	struct error *err = splice_begin(&e, in);

	if (err != NULL)
		return err;
	if (!find_list(&e, target, edit->list, &w)) {
		splice_release(&e);
		return error_new(ERR_NOT_FOUND, "no target %s is in %s", target,
		    in->path);
	}
	if (w.key != NULL && w.key->next->kind == YNODE_LIST)
		item = list_find(w.key->next, edit->pattern);
	if (edit->kind == CONFFILTER_REMOVE && item == NULL) {
		splice_release(&e);
		return error_new(ERR_NOT_FOUND,
		    "%s of target %s has no pattern %s; skillshare target %s "
		    "shows what there is",
		    edit->list, target, edit->pattern, target);
	}
	bool is_done = true;
	if (edit->kind == CONFFILTER_REMOVE)
		is_done = remove_pattern(&e, &w, item);
	else if (item == NULL)
		is_done = add_pattern(&e, &w, edit);
	return splice_end(&e, is_done, out);
}
