#include "options.h"

#include <string.h>

#define WIDTH 80
#define LABEL_MAX 30 /* a longer label gets a line of its own */
#define WORD_MAX 64  /* what is longer is no slip of the finger */

/* What options_parse() works on. */
struct parse {
	const struct option_set *set;
	const char *const *argv;
	size_t n;
	size_t at; /* the next string */
	struct arena *arena;
	struct option_list args;
};

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Edits from a to b, where swapping two neighbours is one edit. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0];
	size_t *above = rows[1];
	size_t *row = rows[2];
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return SIZE_MAX;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = before;

		before = above;
		above = row;
		row = oldest;
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t swap = SIZE_MAX;

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				swap = before[j - 2] + 1;
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
			    above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
			row[j] = swap < row[j] ? swap : row[j];
		}
	}
	return row[b_len];
}

const char *
options_nearest(const char *word, const char *const *items, size_t n)
{
	size_t len = strlen(word);
	size_t best = (len + 2) / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t distance = edit_distance(word, items[i]);

		if (len > 1 && strncmp(word, items[i], len) == 0)
			distance = 1;
		if (distance < best && distance < strlen(items[i])) {
			best = distance;
			nearest = items[i];
		}
	}
	return nearest;
}

/* The row and, in *values_out, the values of its group; NULL if none. */
static const struct option_row *
find_row(const struct option_set *set, const char *name, size_t len,
    void **values_out)
{
	for (size_t g = 0; g < set->n; g++) {
		const struct option_group *group = &set->groups[g];

		for (size_t i = 0; i < group->n; i++) {
			const char *own = group->rows[i].long_name;

			if (strlen(own) != len || memcmp(own, name, len) != 0)
				continue;
			*values_out = group->values;
			return &group->rows[i];
		}
	}
	return NULL;
}

static const struct option_row *
find_short(const struct option_set *set, char name, void **values_out)
{
	for (size_t g = 0; g < set->n; g++) {
		const struct option_group *group = &set->groups[g];

		for (size_t i = 0; i < group->n; i++) {
			if (group->rows[i].short_name != name)
				continue;
			*values_out = group->values;
			return &group->rows[i];
		}
	}
	return NULL;
}

static struct error *
unknown_option(struct parse *p, const char *name, size_t len)
{
	const char *typed = arena_strndup(p->arena, name, len);
	AUTO_FREE const char **names = NULL;
	const char *nearest;
	size_t n = 0;

	for (size_t g = 0; g < p->set->n; g++) {
		const struct option_group *group = &p->set->groups[g];

		for (size_t i = 0; i < group->n; i++) {
			names = xgrow(names, n, sizeof(*names));
			names[n++] = group->rows[i].long_name;
		}
	}
	nearest = options_nearest(typed, names, n);
	if (nearest == NULL)
		return error_new(ERR_USAGE, "unknown option --%s", typed);
	return error_new(ERR_USAGE, "unknown option --%s (did you mean --%s?)",
	    typed, nearest);
}

static void
list_add(struct option_list *list, const char *item)
{
	list->items = xgrow(list->items, list->n, sizeof(*list->items));
	list->items[list->n++] = item;
}

/* Lists grow in the arena: their owner has nothing to free. */
static void
list_add_split(struct arena *arena, struct option_list *list, const char *value)
{
	size_t n = list->n + 1;
	const char **items;

	for (const char *c = value; *c != '\0'; c++)
		n += *c == ',' ? 1 : 0;
	items = arena_alloc(arena, n * sizeof(*items));
	if (list->n > 0)
		memcpy(items, list->items, list->n * sizeof(*items));
	list->items = items;
	while (true) {
		size_t len = strcspn(value, ",");

		items[list->n++] = arena_strndup(arena, value, len);
		if (value[len] == '\0')
			return;
		value += len + 1;
	}
}

static void
store(struct parse *p, const struct option_row *row, void *values,
    const char *value)
{
	char *place = (char *)values + row->offset;

	switch (row->type) {
	case OPT_FLAG:
		*(bool *)(void *)place = true;
		break;
	case OPT_STRING:
		*(const char **)(void *)place = value;
		break;
	case OPT_LIST:
		list_add_split(p->arena, (struct option_list *)(void *)place,
		    value);
		break;
	}
}

MUST_USE static struct error *
next_value(struct parse *p, const struct option_row *row, const char **out)
{
	if (p->at == p->n)
		return error_new(ERR_USAGE, "option --%s needs a value (%s)",
		    row->long_name, row->arg);
	*out = p->argv[p->at++];
	return NULL;
}

MUST_USE static struct error *
parse_long(struct parse *p, const char *name)
{
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	void *values = NULL;
	const struct option_row *row = find_row(p->set, name, len, &values);
	struct error *err;

	if (row == NULL)
		return unknown_option(p, name, len);
	if (row->type == OPT_FLAG && value != NULL)
		return error_new(ERR_USAGE, "option --%s takes no value",
		    row->long_name);
	if (row->type != OPT_FLAG && value == NULL) {
		err = next_value(p, row, &value);
		if (err != NULL)
			return err;
	}
	store(p, row, values, value);
	return NULL;
}

MUST_USE static struct error *
parse_shorts(struct parse *p, const char *names)
{
	for (; *names != '\0'; names++) {
		void *values = NULL;
		const struct option_row *row =
		    find_short(p->set, *names, &values);
		const char *value = names + 1;
		struct error *err;

		/* A byte of a longer character is shown with the rest of it. */
		if (row == NULL && (*names & 0x80) != 0)
			return error_new(ERR_USAGE, "unknown option -%s",
			    names);
		if (row == NULL)
			return error_new(ERR_USAGE, "unknown option -%c",
			    *names);
		if (row->type == OPT_FLAG) {
			store(p, row, values, NULL);
			continue;
		}
		if (*value == '\0') {
			err = next_value(p, row, &value);
			if (err != NULL)
				return err;
		}
		store(p, row, values, value);
		return NULL;
	}
	return NULL;
}

MUST_USE static struct error *
parse_one(struct parse *p, const char *word)
{
	if (strncmp(word, "--", 2) == 0)
		return parse_long(p, word + 2);
	if (word[0] == '-' && word[1] != '\0')
		return parse_shorts(p, word + 1);
	list_add(&p->args, word);
	return NULL;
}

MUST_USE static struct error *
parse_all(struct parse *p)
{
	while (p->at < p->n) {
		const char *word = p->argv[p->at++];
		struct error *err;

		if (strcmp(word, "--") == 0)
			break;
		err = parse_one(p, word);
		if (err != NULL)
			return err;
	}
	while (p->at < p->n)
		list_add(&p->args, p->argv[p->at++]);
	return NULL;
}

struct error *
options_parse(const struct option_set *set, const char *const *argv, size_t n,
    struct arena *arena, struct option_list *args_out)
{
	struct parse p = { .set = set, .argv = argv, .n = n, .arena = arena };
	AUTO_FREE const char **items = NULL;
	struct error *err;

	err = parse_all(&p);
	items = p.args.items;
	if (err != NULL)
		return err;
	args_out->n = p.args.n;
	args_out->items = NULL;
	if (p.args.n > 0) {
		args_out->items = arena_alloc(arena, p.args.n * sizeof(*items));
		memcpy(args_out->items, items, p.args.n * sizeof(*items));
	}
	return NULL;
}

static void
add_spaces(struct strbuf *out, size_t n)
{
	strbuf_printf(out, "%*s", (int)n, "");
}

/* Adds words from column on; each further line begins after indent spaces. */
static void
wrap_from(struct strbuf *out, const char *text, size_t column, size_t indent)
{
	bool first = true;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (!first && column + 1 + len > WIDTH) {
			strbuf_add_char(out, '\n');
			add_spaces(out, indent);
			column = indent;
			first = true;
		}
		if (!first) {
			strbuf_add_char(out, ' ');
			column++;
		}
		strbuf_add_mem(out, text, len);
		column += len;
		text += len;
		text += strspn(text, " ");
		first = false;
	}
	strbuf_add_char(out, '\n');
}

void
options_wrap(struct strbuf *out, const char *text, size_t indent)
{
	add_spaces(out, indent);
	wrap_from(out, text, indent, indent);
}

static char *
row_label(const struct option_row *row)
{
	struct strbuf label = { 0 };

	if (row->short_name != 0)
		strbuf_printf(&label, "-%c, ", row->short_name);
	else
		strbuf_add(&label, "    ");
	strbuf_printf(&label, "--%s", row->long_name);
	if (row->arg != NULL)
		strbuf_printf(&label, " %s", row->arg);
	return strbuf_detach(&label);
}

static size_t
label_width(const struct option_set *set)
{
	size_t width = 0;

	for (size_t g = 0; g < set->n; g++) {
		for (size_t i = 0; i < set->groups[g].n; i++) {
			AUTO_FREE char *label =
			    row_label(&set->groups[g].rows[i]);
			size_t len = strlen(label);

			if (len <= LABEL_MAX && len > width)
				width = len;
		}
	}
	return width;
}

void
options_help(const struct option_set *set, struct strbuf *out)
{
	size_t indent = 2 + label_width(set) + 2;

	for (size_t g = 0; g < set->n; g++) {
		for (size_t i = 0; i < set->groups[g].n; i++) {
			const struct option_row *row = &set->groups[g].rows[i];
			AUTO_FREE char *label = row_label(row);
			size_t used = 2 + strlen(label);

			strbuf_printf(out, "  %s", label);
			if (used + 2 > indent) {
				strbuf_add_char(out, '\n');
				used = 0;
			}
			add_spaces(out, indent - used);
			wrap_from(out, row->help, indent, indent);
		}
	}
}
