#include "confsplice.h"

#include <string.h>

/* A place that the text does not have. */
#define NOWHERE SIZE_MAX

/* ---- places in the old text -------------------------------------------- */

static size_t
line_start(const struct splice *e, size_t at)
{
	while (at > 0 && e->in->text[at - 1] != '\n')
		at--;
	return at;
}

/* Behind the line's end. */
static size_t
line_end(const struct splice *e, size_t at)
{
	while (at < e->in->len && e->in->text[at] != '\n')
		at++;
	return at < e->in->len ? at + 1 : at;
}

static size_t
skip_blanks(const struct splice *e, size_t at)
{
	while (at < e->in->len &&
	       (e->in->text[at] == ' ' || e->in->text[at] == '\t'))
		at++;
	return at;
}

/* Is there nothing but blanks between the line's start and at? */
static bool
begins_line(const struct splice *e, size_t at)
{
	return skip_blanks(e, line_start(e, at)) >= at;
}

/* Behind the colon of a key, or NOWHERE if it does not follow the key. */
static size_t
after_colon(const struct splice *e, const struct ynode *key)
{
	size_t at = skip_blanks(e, key->end);

	return at < e->in->len && e->in->text[at] == ':' ? at + 1 : NOWHERE;
}

size_t
splice_indent(const struct ynode *node)
{
	return node->column - 1;
}

size_t
splice_entry_end(const struct splice *e, const struct ynode *key)
{
	const char *text = e->in->text;
	size_t at = key->next->end > key->end ? key->next->end : key->end;

	/* A text in | or > ends at the start of some later line. */
	while (at > key->end && strchr(" \t\r\n", text[at - 1]) != NULL)
		at--;
	size_t end = line_end(e, at);
	size_t next = end;
	while (next < e->in->len) {
		size_t first = skip_blanks(e, next);
		char c = first < e->in->len ? text[first] : '\n';

		if (c == '#' && first - next > splice_indent(key))
			end = line_end(e, first);
		else if (c != '\n' && c != '\r')
			break;
		next = line_end(e, first);
	}
	return end;
}

/* Behind the comma that follows at in a {}, or NOWHERE. */
static size_t
after_comma(const struct splice *e, size_t at)
{
	while (at < e->in->len && e->in->text[at] != ',') {
		if (e->in->text[at] == '#')
			at = line_end(e, at);
		else if (strchr(" \t\r\n", e->in->text[at]) != NULL)
			at++;
		else
			return NOWHERE;
	}
	return at < e->in->len ? at + 1 : NOWHERE;
}

/* ---- splicing ----------------------------------------------------------- */

/* Splices run from the text's end to its start, so old places stay right. */
static void
replace(struct splice *e, size_t start, size_t end, const char *s)
{
	strbuf_splice(&e->text, start, end - start, s, strlen(s));
}

void
splice_insert_lines(struct splice *e, size_t at, const char *lines)
{
	replace(e, at, at, lines);
	if (at > 0 && e->in->text[at - 1] != '\n')
		replace(e, at, at, e->eol);
}

void
splice_insert_flow(struct splice *e, const struct ynode *map, const char *pair)
{
	if (map->n == 0) {
		replace(e, map->end - 1, map->end - 1, pair);
		return;
	}
	replace(e, map->last->end, map->last->end, pair);
	replace(e, map->last->end, map->last->end, ", ");
}

bool
splice_value(struct splice *e, const struct ynode *key, const char *s)
{
	const struct ynode *value = key->next;

	if (value->end > value->start) {
		replace(e, value->start, value->end, s);
		return true;
	}
	size_t at = after_colon(e, key);
	if (at == NOWHERE)
		return false;
	replace(e, at, at, s);
	replace(e, at, at, " ");
	return true;
}

bool
splice_value_lines(struct splice *e, const struct ynode *key, const char *lines)
{
	const struct ynode *value = key->next;
	size_t start = after_colon(e, key);

	if (start == NOWHERE || skip_blanks(e, start) < value->start)
		return false;
	size_t end = value->end > start ? value->end : start;
	splice_insert_lines(e, line_end(e, end), lines);
	if (value->end > value->start)
		replace(e, start, end, "");
	return true;
}

/* ---- the frame of every edit -------------------------------------------- */

static size_t
find_step(const struct ynode *root)
{
	if (root == NULL || root->kind != YNODE_MAP)
		return SPLICE_STEP;
	for (const struct ynode *key = root->first; key != NULL;
	     key = key->next->next) {
		const struct ynode *value = key->next;

		if (value->kind == YNODE_MAP && !value->is_flow &&
		    value->first != NULL && value->first->column > key->column)
			return value->first->column - key->column;
	}
	return SPLICE_STEP;
}

void
splice_release(struct splice *e)
{
	arena_release(&e->arena);
	strbuf_release(&e->text);
}

struct error *
splice_begin(struct splice *e, const struct confedit_input *in)
{
	const char *nl = memchr(in->text, '\n', in->len);
	bool is_crlf = nl != NULL && nl > in->text && nl[-1] == '\r';

	*e = (struct splice){ .in = in, .line = 1 };
	struct error *err =
	    yamltree_parse(&e->arena, in->path, in->text, in->len, &e->root);
	if (err != NULL) {
		splice_release(e);
		return err;
	}
	strbuf_add_mem(&e->text, in->text, in->len);
	e->eol = is_crlf ? "\r\n" : "\n";
	e->step = find_step(e->root);
	return NULL;
}

struct error *
splice_end(struct splice *e, bool is_done, struct strbuf *out)
{
	struct ynode *now = NULL;
	struct yaml_fault fault;
	struct error *err = NULL;

	if (is_done &&
	    yamltree_read(&e->arena, strbuf_str(&e->text), e->text.len, &now,
		&fault) &&
	    ynode_equal(e->root, now)) {
		strbuf_release(out);
		*out = e->text;
		e->text = (struct strbuf){ 0 };
	} else {
		err = error_new(ERR_CONFIG,
		    "%s:%u: this is written in a way that the program does "
		    "not edit: change it by hand",
		    e->in->path, e->line);
	}
	splice_release(e);
	return err;
}

/* ---- removing ----------------------------------------------------------- */

bool
splice_remove_lines(struct splice *e, const struct ynode *parent,
    const struct ynode *key)
{
	size_t colon = after_colon(e, parent);

	if (colon == NOWHERE || !begins_line(e, key->start))
		return false;
	replace(e, line_start(e, key->start), splice_entry_end(e, key), "");
	if (parent->next->n == 1)
		replace(e, colon, colon, " {}");
	return true;
}

bool
splice_remove_pair(struct splice *e, const struct ynode *map,
    const struct ynode *key)
{
	const struct ynode *before = NULL; /* the value before key */
	size_t start = key->start;
	size_t end = key->next->end > key->end ? key->next->end : key->end;
	size_t own_comma = after_comma(e, end);

	for (const struct ynode *k = map->first; k != key; k = k->next->next)
		before = k->next;
	if (own_comma != NOWHERE)
		end = skip_blanks(e, own_comma);
	size_t rest = skip_blanks(e, end);
	bool ends_line =
	    rest < e->in->len && strchr("#\r\n", e->in->text[rest]) != NULL;
	if (ends_line && begins_line(e, start)) {
		start = line_start(e, start);
		end = line_end(e, end);
	}
	replace(e, start, end, "");
	if (own_comma == NOWHERE && before != NULL) {
		size_t comma = after_comma(e, before->end);

		if (comma == NOWHERE)
			return false;
		/* The blanks too, unless they part a comment from a value. */
		size_t next = skip_blanks(e, comma);
		replace(e, comma - 1, next == key->start ? start : comma, "");
	}
	return true;
}

/* ---- lists -------------------------------------------------------------- */

/* Is the item all of its line, behind one dash? */
static bool
is_own_line(const struct splice *e, const struct ynode *item)
{
	const char *text = e->in->text;
	size_t at = skip_blanks(e, line_start(e, item->start));

	if (text[at] != '-' || skip_blanks(e, at + 1) != item->start ||
	    memchr(text + item->start, '\n', item->end - item->start) != NULL)
		return false;
	at = skip_blanks(e, item->end);
	return at == e->in->len || strchr("#\r\n", text[at]) != NULL;
}

bool
splice_add_item(struct splice *e, const struct ynode *list, const char *s)
{
	const struct ynode *last = list->last;
	size_t start = line_start(e, last->start);
	AUTO_STRBUF struct strbuf line = { 0 };

	if (!is_own_line(e, last))
		return false;
	strbuf_add_mem(&line, e->in->text + start, last->start - start);
	strbuf_add(&line, s);
	strbuf_add(&line, e->eol);
	splice_insert_lines(e, line_end(e, last->end), strbuf_str(&line));
	return true;
}

bool
splice_remove_item(struct splice *e, const struct ynode *item)
{
	if (!is_own_line(e, item))
		return false;
	replace(e, line_start(e, item->start), line_end(e, item->end), "");
	return true;
}

static bool
has_hash(const struct splice *e, size_t start, size_t end)
{
	return start < end &&
	       memchr(e->in->text + start, '#', end - start) != NULL;
}

bool
splice_remove_flow_item(struct splice *e, const struct ynode *list,
    const struct ynode *item)
{
	const struct ynode *before = NULL;
	size_t start = item->start;
	size_t end = item->end;

	for (const struct ynode *n = list->first; n != item; n = n->next)
		before = n;
	if (item->next != NULL)
		end = item->next->start;
	else if (before != NULL)
		start = before->end;
	else
		end = list->end - 1;
	/* A comment between the items is somebody's. */
	if (has_hash(e, start, item->start) || has_hash(e, item->end, end))
		return false;
	replace(e, start, end, "");
	return true;
}
