#include "yamltree.h"

#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "strmap.h"

#define MAX_DEPTH 64
#define MAX_NODES 100000

/* The start of a node that no text holds. */
#define NOWHERE SIZE_MAX

struct anchor {
	struct anchor *next;
	struct ynode *node;
};

/*
 * One reading. libyaml counts characters, an editor needs bytes: at_bytes and
 * at_chars are one place in both, moved to wherever the next mark points.
 */
struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	struct yaml_fault *fault;
	const char *text;
	size_t len;
	size_t at_bytes;
	size_t at_chars;
	struct ynode *open[MAX_DEPTH]; /* collections around us */
	size_t depth;
	size_t n_nodes;
	struct anchor *anchors; /* latest first */
	struct ynode *root;
	size_t n_documents;
};

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t
byte_of(struct reader *r, const yaml_mark_t *mark)
{
	while (r->at_chars < mark->index && r->at_bytes < r->len) {
		do
			r->at_bytes++;
		while (r->at_bytes < r->len &&
		       is_continuation(r->text[r->at_bytes]));
		r->at_chars++;
	}
	while (r->at_chars > mark->index) {
		do
			r->at_bytes--;
		while (is_continuation(r->text[r->at_bytes]));
		r->at_chars--;
	}
	return r->at_bytes;
}

static bool
fault_at(struct reader *r, unsigned line, unsigned column, const char *what)
{
	*r->fault =
	    (struct yaml_fault){ line, column, arena_strdup(r->arena, what) };
	return false;
}

static bool
fault_mark(struct reader *r, const yaml_mark_t *mark, const char *what)
{
	return fault_at(r, (unsigned)mark->line + 1, (unsigned)mark->column + 1,
	    what);
}

/* The reader's own errors have no mark but the number of a byte. */
static bool
fault_byte(struct reader *r, size_t byte, const char *what)
{
	unsigned line = 1;
	unsigned column = 1;

	for (size_t i = 0; i < byte && i < r->len; i++) {
		if (r->text[i] == '\n') {
			line++;
			column = 1;
		} else if (!is_continuation(r->text[i])) {
			column++;
		}
	}
	return fault_at(r, line, column, what);
}

static bool
fault_parser(struct reader *r, size_t bom_len)
{
	const yaml_parser_t *p = &r->parser;

	if (p->error == YAML_MEMORY_ERROR)
		BUG("libyaml is out of memory");
	if (p->error == YAML_READER_ERROR)
		return fault_byte(r, p->problem_offset + bom_len,
		    p->problem_value == 0 ? "a NUL byte is in the text"
		    : p->problem_value > 0 && p->problem_value < 0x20
			? "a control character is in the text"
			: "the text is not UTF-8");
	/* What misses its end is better shown where it begins. */
	bool is_at_end =
	    p->context != NULL && byte_of(r, &p->problem_mark) == r->len;
	return fault_mark(r, is_at_end ? &p->context_mark : &p->problem_mark,
	    p->problem != NULL ? p->problem : "this is not YAML");
}

static struct ynode *
find_anchor(const struct reader *r, const char *name)
{
	for (const struct anchor *a = r->anchors; a != NULL; a = a->next)
		if (strcmp(a->node->anchor, name) == 0)
			return a->node;
	return NULL;
}

static void
set_properties(struct reader *r, struct ynode *node, const char *anchor,
    const char *tag)
{
	if (tag != NULL)
		node->tag = arena_strdup(r->arena, tag);
	if (anchor == NULL)
		return;
	struct anchor *a = arena_alloc(r->arena, sizeof(*a));
	node->anchor = arena_strdup(r->arena, anchor);
	*a = (struct anchor){ r->anchors, node };
	r->anchors = a;
}

static void
append_child(struct ynode *parent, struct ynode *node)
{
	if (parent->last != NULL)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
}

/* Hangs node into the collection around it. */
static bool
place(struct reader *r, struct ynode *node, const yaml_mark_t *mark)
{
	if (++r->n_nodes > MAX_NODES)
		return fault_mark(r, mark, "more than 100000 values");
	if (r->depth == 0) {
		r->root = node;
		return true;
	}
	struct ynode *parent = r->open[r->depth - 1];
	bool is_key = parent->kind == YNODE_MAP && parent->n % 2 == 0;
	if (is_key && node->kind != YNODE_SCALAR)
		return fault_mark(r, mark, "a key must be plain text");
	parent->n++;
	append_child(parent, node);
	return true;
}

static struct ynode *
node_new(struct reader *r, enum ynode_kind kind, const yaml_event_t *event)
{
	struct ynode *node = arena_alloc(r->arena, sizeof(*node));

	node->kind = kind;
	node->text = "";
	node->start = byte_of(r, &event->start_mark);
	node->end = byte_of(r, &event->end_mark);
	node->line = (unsigned)event->start_mark.line + 1;
	node->column = (unsigned)event->start_mark.column + 1;
	return node;
}

static bool
on_scalar(struct reader *r, const yaml_event_t *event)
{
	struct ynode *node = node_new(r, YNODE_SCALAR, event);
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (memchr(value, '\0', len) != NULL)
		return fault_mark(r, &event->start_mark,
		    "a NUL character is in the value");
	node->text = arena_strndup(r->arena, value, len);
	node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	set_properties(r, node, (const char *)event->data.scalar.anchor,
	    (const char *)event->data.scalar.tag);
	return place(r, node, &event->start_mark);
}

static bool
on_alias(struct reader *r, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct ynode *node = node_new(r, YNODE_ALIAS, event);

	node->anchor = arena_strdup(r->arena, name);
	node->target = find_anchor(r, name);
	if (node->target == NULL)
		return fault_mark(r, &event->start_mark,
		    arena_printf(r->arena, "no anchor &%s is before *%s", name,
			name));
	return place(r, node, &event->start_mark);
}

static bool
on_start(struct reader *r, const yaml_event_t *event)
{
	bool is_map = event->type == YAML_MAPPING_START_EVENT;
	struct ynode *node =
	    node_new(r, is_map ? YNODE_MAP : YNODE_LIST, event);

	if (r->depth == MAX_DEPTH)
		return fault_mark(r, &event->start_mark,
		    "nested more than 64 levels deep");
	if (is_map) {
		node->is_flow =
		    event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
		set_properties(r, node,
		    (const char *)event->data.mapping_start.anchor,
		    (const char *)event->data.mapping_start.tag);
	} else {
		node->is_flow = event->data.sequence_start.style ==
				YAML_FLOW_SEQUENCE_STYLE;
		set_properties(r, node,
		    (const char *)event->data.sequence_start.anchor,
		    (const char *)event->data.sequence_start.tag);
	}
	if (!place(r, node, &event->start_mark))
		return false;
	r->open[r->depth++] = node;
	return true;
}

static bool
check_keys(struct reader *r, const struct ynode *map)
{
	AUTO_STRMAP struct strmap seen = { 0 };

	for (const struct ynode *key = map->first; key != NULL;
	     key = key->next->next)
		if (!strmap_put(&seen, key->text, 0))
			return fault_at(r, key->line, key->column,
			    arena_printf(r->arena, "the key %s is here twice",
				key->text));
	return true;
}

static bool
on_end(struct reader *r, const yaml_event_t *event)
{
	struct ynode *node = r->open[--r->depth];

	/* A block's own end reaches into the comments that follow it. */
	if (node->is_flow)
		node->end = byte_of(r, &event->end_mark);
	else if (node->last != NULL)
		node->end = node->last->end;
	if (node->kind != YNODE_MAP)
		return true;
	node->n /= 2;
	return check_keys(r, node);
}

static bool
on_event(struct reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(r, event);
	case YAML_ALIAS_EVENT:
		return on_alias(r, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return on_start(r, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(r, event);
	case YAML_DOCUMENT_START_EVENT:
		if (++r->n_documents > 1)
			return fault_mark(r, &event->start_mark,
			    "a second document begins here");
		return true;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return true;
	}
	return true;
}

static bool
read_events(struct reader *r, size_t bom_len)
{
	bool ok = true;
	bool done = false;

	while (ok && !done) {
		yaml_event_t event;

		if (yaml_parser_parse(&r->parser, &event) == 0)
			return fault_parser(r, bom_len);
		ok = on_event(r, &event);
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return ok;
}

bool
yamltree_read(struct arena *arena, const char *text, size_t len,
    struct ynode **root, struct yaml_fault *fault)
{
	struct reader r = { .arena = arena,
		.fault = fault,
		.text = text,
		.len = len };

	if (len > YAMLTREE_MAX_BYTES)
		return fault_at(&r, 1, 1, "the text is larger than 1 MiB");
	size_t bom_len =
	    len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	r.at_bytes = bom_len;
	if (yaml_parser_initialize(&r.parser) == 0)
		BUG("libyaml is out of memory");
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser,
	    (const unsigned char *)text + bom_len, len - bom_len);
	bool ok = read_events(&r, bom_len);
	yaml_parser_delete(&r.parser);
	if (ok)
		*root = r.root;
	return ok;
}

struct error *
yamltree_parse(struct arena *arena, const char *path, const char *text,
    size_t len, struct ynode **root)
{
	struct yaml_fault fault;

	if (yamltree_read(arena, text, len, root, &fault))
		return NULL;
	return error_new(ERR_CONFIG, "%s:%u:%u: %s", path, fault.line,
	    fault.column, fault.what);
}

struct error *
yamltree_error(const char *path, const struct ynode *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *what = xvasprintf(fmt, ap);
	va_end(ap);
	return error_new(ERR_CONFIG, "%s:%u:%u: %s", path, at->line, at->column,
	    what);
}

struct ynode *
ynode_resolve(struct ynode *node)
{
	return node != NULL && node->kind == YNODE_ALIAS ? node->target : node;
}

bool
ynode_is_null(const struct ynode *node)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

	if (node != NULL && node->kind == YNODE_ALIAS)
		node = node->target;
	if (node == NULL)
		return true;
	if (node->kind != YNODE_SCALAR || !node->is_plain || node->tag != NULL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(nulls); i++)
		if (strcmp(node->text, nulls[i]) == 0)
			return true;
	return false;
}

struct ynode *
ynode_key(const struct ynode *map, const char *key)
{
	for (struct ynode *k = map->first; k != NULL; k = k->next->next)
		if (strcmp(k->text, key) == 0)
			return k;
	return NULL;
}

struct ynode *
ynode_get(const struct ynode *map, const char *key)
{
	struct ynode *found = map != NULL ? ynode_key(map, key) : NULL;

	return found != NULL ? ynode_resolve(found->next) : NULL;
}

static bool
same_or_both_null(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/* Would a string of our own making be read as this scalar? */
static bool
is_string(const struct ynode *node)
{
	return !ynode_is_null(node) && node->tag == NULL &&
	       node->anchor == NULL;
}

bool
ynode_equal(const struct ynode *a, const struct ynode *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->kind != b->kind || a->n != b->n || strcmp(a->text, b->text) != 0)
		return false;
	if (a->kind == YNODE_SCALAR && a->start == NOWHERE)
		return is_string(b);
	if (a->kind == YNODE_SCALAR && b->start == NOWHERE)
		return is_string(a);
	if (a->is_plain != b->is_plain ||
	    !same_or_both_null(a->anchor, b->anchor) ||
	    !same_or_both_null(a->tag, b->tag))
		return false;
	const struct ynode *y = b->first;
	for (const struct ynode *x = a->first; x != NULL; x = x->next) {
		if (!ynode_equal(x, y))
			return false;
		y = y->next;
	}
	return true;
}

static struct ynode *
made(struct arena *arena, enum ynode_kind kind, const char *text)
{
	struct ynode *node = arena_alloc(arena, sizeof(*node));

	node->kind = kind;
	node->text = arena_strdup(arena, text);
	node->start = NOWHERE;
	node->end = NOWHERE;
	return node;
}

struct ynode *
ynode_scalar(struct arena *arena, const char *text)
{
	return made(arena, YNODE_SCALAR, text);
}

struct ynode *
ynode_map(struct arena *arena)
{
	return made(arena, YNODE_MAP, "");
}

void
ynode_map_add(struct ynode *map, struct ynode *key, struct ynode *value)
{
	append_child(map, key);
	append_child(map, value);
	map->n++;
}

void
ynode_map_set(struct ynode *map, struct ynode *key, struct ynode *value)
{
	value->next = key->next->next;
	if (map->last == key->next)
		map->last = value;
	key->next = value;
}

void
ynode_map_remove(struct ynode *map, const struct ynode *key)
{
	struct ynode *before = NULL;

	for (struct ynode *k = map->first; k != key; k = k->next->next)
		before = k->next;
	if (before != NULL)
		before->next = key->next->next;
	else
		map->first = key->next->next;
	if (map->last == key->next)
		map->last = before;
	map->n--;
}

/* ---- writing ------------------------------------------------------------ */

static bool
is_plain_safe(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on",
		"off", "null", "y", "n" };
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789/_.-~+@";
	bool is_start = (text[0] >= 'a' && text[0] <= 'z') ||
			(text[0] >= 'A' && text[0] <= 'Z') || text[0] == '/' ||
			(text[0] == '~' && text[1] == '/');

	if (!is_start || text[strspn(text, safe)] != '\0')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(words[i], text) == 0)
			return false;
	return true;
}

void
yaml_add_scalar(struct strbuf *out, const char *text)
{
	if (is_plain_safe(text)) {
		strbuf_add(out, text);
		return;
	}
	strbuf_add_char(out, '"');
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\')
			strbuf_add_char(out, '\\');
		if (c < 0x20 || c == 0x7f)
			strbuf_printf(out, "\\x%02x", c);
		else
			strbuf_add_char(out, *p);
	}
	strbuf_add_char(out, '"');
}
