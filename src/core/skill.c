#include "skill.h"

#include <string.h>

#include "yamltree.h"

/* A piece of the text. */
struct span {
	const char *s;
	size_t len;
};

/* One reading; line numbers are those of the file. */
struct reading {
	struct arena *arena;
	struct skill_meta *out;
	unsigned first_line; /* of the head, after its "---" */
};

static void
set_problem(struct reading *r, unsigned line, const char *what)
{
	if (r->out->problem != NULL)
		return;
	r->out->problem = what;
	r->out->problem_line = line;
}

/* NUL too: no text may begin with it. */
static bool
is_blank(char c)
{
	return c == '\0' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span
trim(struct span in)
{
	while (in.len > 0 && is_blank(in.s[0])) {
		in.s++;
		in.len--;
	}
	while (in.len > 0 && is_blank(in.s[in.len - 1]))
		in.len--;
	return in;
}

/* Cuts the first line, its end included, off rest. */
static struct span
next_line(struct span *rest)
{
	const char *nl = memchr(rest->s, '\n', rest->len);
	size_t len = nl != NULL ? (size_t)(nl - rest->s) + 1 : rest->len;
	struct span line = { rest->s, len };

	rest->s += len;
	rest->len -= len;
	return line;
}

static bool
span_is(struct span in, const char *s)
{
	return in.len == strlen(s) && memcmp(in.s, s, in.len) == 0;
}

/* "---" from the first column on, with nothing but blanks behind it. */
static bool
is_fence(struct span line)
{
	return line.len >= 3 && line.s[0] == '-' && span_is(trim(line), "---");
}

static size_t
indent_of(struct span line)
{
	size_t n = 0;

	while (n < line.len && line.s[n] == ' ')
		n++;
	return n;
}

/* Length of the key that the line begins with at that column, or 0. */
static size_t
key_len_at(struct span line, size_t indent)
{
	size_t i = indent;

	if (indent_of(line) != indent)
		return 0;
	while (i < line.len &&
	       (line.s[i] == '-' || line.s[i] == '_' || line.s[i] == '.' ||
		   (line.s[i] >= '0' && line.s[i] <= '9') ||
		   (line.s[i] >= 'a' && line.s[i] <= 'z') ||
		   (line.s[i] >= 'A' && line.s[i] <= 'Z')))
		i++;
	if (i == indent || i == line.len || line.s[i] != ':')
		return 0;
	if (i + 1 < line.len && !is_blank(line.s[i + 1]))
		return 0;
	return i - indent;
}

/* ---- values from YAML ------------------------------------------------- */

/* Adds a name to the targets unless there is none but a list's dash. */
static void
add_target(struct reading *r, const char **names, struct span name)
{
	struct span bare = trim(name);

	if (bare.len > 0 && !span_is(bare, "-"))
		names[r->out->n_targets++] =
		    arena_strndup(r->arena, bare.s, bare.len);
}

/* Splits at any of the separators; no name is no target. */
static void
set_targets_split(struct reading *r, struct span in, const char *separators)
{
	const char **names =
	    arena_alloc(r->arena, (in.len / 2 + 1) * sizeof(*names));

	r->out->n_targets = 0;
	while (in.len > 0) {
		size_t n = 0;
		while (n < in.len && strchr(separators, in.s[n]) == NULL)
			n++;
		add_target(r, names, (struct span){ in.s, n });
		n += n < in.len;
		in.s += n;
		in.len -= n;
	}
	r->out->targets = names;
}

static void
set_targets(struct reading *r, const struct ynode *key)
{
	const struct ynode *value = ynode_resolve(key->next);
	unsigned line = r->first_line + key->line - 1;

	if (ynode_is_null(value))
		return;
	if (value->kind == YNODE_SCALAR) {
		set_targets_split(r,
		    (struct span){ value->text, strlen(value->text) }, ",");
		return;
	}
	if (value->kind == YNODE_LIST && value->n == 0)
		return;
	const char **names =
	    arena_alloc(r->arena, (value->n + 1) * sizeof(*names));
	r->out->targets = names;
	r->out->n_targets = 0;
	if (value->kind != YNODE_LIST) {
		/* Meant for some agents, so better for none than for all. */
		set_problem(r, line, "targets is not a list of names");
		return;
	}
	for (struct ynode *item = value->first; item != NULL;
	     item = item->next) {
		const struct ynode *name = ynode_resolve(item);

		if (name->kind == YNODE_SCALAR)
			add_target(r, names,
			    (struct span){ name->text, strlen(name->text) });
		else
			set_problem(r, line, "targets is not a list of names");
	}
}

static void
set_text(struct reading *r, const struct ynode *key, const char *problem,
    const char **out)
{
	const struct ynode *value = ynode_resolve(key->next);

	if (ynode_is_null(value))
		return;
	if (value->kind != YNODE_SCALAR) {
		set_problem(r, r->first_line + key->line - 1, problem);
		return;
	}
	struct span text =
	    trim((struct span){ value->text, strlen(value->text) });
	if (text.len > 0)
		*out = arena_strndup(r->arena, text.s, text.len);
}

static void
take_map(struct reading *r, const struct ynode *map)
{
	for (const struct ynode *key = map->first; key != NULL;
	     key = key->next->next) {
		if (strcmp(key->text, "name") == 0)
			set_text(r, key, "name is not a text", &r->out->name);
		else if (strcmp(key->text, "description") == 0)
			set_text(r, key, "description is not a text",
			    &r->out->description);
		else if (strcmp(key->text, "targets") == 0)
			set_targets(r, key);
	}
	const struct ynode *metadata = ynode_get(map, "metadata");
	const struct ynode *targets =
	    metadata != NULL && metadata->kind == YNODE_MAP
		? ynode_key(metadata, "targets")
		: NULL;
	if (targets != NULL)
		set_targets(r, targets);
}

/* ---- the plainest of YAML ---------------------------------------------- */

#define PLAIN_KEYS 8
#define PLAIN_KEY_MAX_BYTES ((size_t)64)

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A value that means what stands there, to any reader of YAML. */
static bool
is_plain(struct span value)
{
	static const char *const nulls[] = { "null", "Null", "NULL" };

	if (value.len == 0 || !is_letter(value.s[0]) ||
	    value.s[value.len - 1] == ':')
		return false;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.s[i];
		char next = i + 1 < value.len ? value.s[i + 1] : '\0';

		if (c < ' ' || c > '~' || (c == ':' && next == ' ') ||
		    (c == ' ' && next == '#'))
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(nulls); i++) {
		if (span_is(value, nulls[i]))
			return false;
	}
	return true;
}

/* Cuts a line "key: value" off rest; false if it is anything else. */
static bool
next_plain(struct span *rest, struct span *key, struct span *value)
{
	struct span line = next_line(rest);
	size_t len = key_len_at(line, 0);

	if (line.s[line.len - 1] == '\n')
		line.len--;
	if (len == 0 || len > PLAIN_KEY_MAX_BYTES || !is_letter(line.s[0]) ||
	    line.len < len + 2 || line.s[len + 1] != ' ')
		return false;
	*key = (struct span){ line.s, len };
	*value = (struct span){ line.s + len + 2, line.len - len - 2 };
	while (value->len > 0 && value->s[0] == ' ') {
		value->s++;
		value->len--;
	}
	while (value->len > 0 && value->s[value->len - 1] == ' ')
		value->len--;
	return is_plain(*value);
}

/*
 * Nine heads of ten are a few lines "key: value" with nothing to interpret:
 * a YAML parser would take ten times as long to say the same. False, and
 * nothing taken, of any other head.
 */
static bool
take_plain(struct reading *r, struct span head)
{
	struct span keys[PLAIN_KEYS];
	struct span name = { 0 };
	struct span description = { 0 };
	size_t n = 0;

	while (head.len > 0) {
		struct span value;

		if (n == PLAIN_KEYS || !next_plain(&head, &keys[n], &value))
			return false;
		for (size_t i = 0; i < n; i++) {
			if (keys[i].len == keys[n].len &&
			    memcmp(keys[i].s, keys[n].s, keys[n].len) == 0)
				return false;
		}
		if (span_is(keys[n], "targets") || span_is(keys[n], "metadata"))
			return false;
		if (span_is(keys[n], "name"))
			name = value;
		else if (span_is(keys[n], "description"))
			description = value;
		n++;
	}
	if (name.len > 0)
		r->out->name = arena_strndup(r->arena, name.s, name.len);
	if (description.len > 0)
		r->out->description =
		    arena_strndup(r->arena, description.s, description.len);
	return n > 0;
}

/* ---- what is not YAML, line by line ------------------------------------ */

/*
 * Cuts the next key at that column, with the lines that follow it up to the
 * next key there, off rest; lines before it are dropped. *line counts on.
 * False if there is none.
 */
static bool
next_entry(struct span *rest, size_t indent, unsigned *line, struct span *entry)
{
	*entry = (struct span){ 0 };
	while (rest->len > 0) {
		struct span ahead = *rest;
		struct span first = next_line(&ahead);
		bool is_key = key_len_at(first, indent) > 0;

		if (is_key && entry->len > 0)
			return true;
		if (is_key)
			entry->s = first.s;
		if (entry->s != NULL)
			entry->len += first.len;
		else
			(*line)++;
		*rest = ahead;
	}
	return entry->len > 0;
}

static unsigned
count_lines(struct span in)
{
	unsigned n = 0;

	while (in.len > 0) {
		(void)next_line(&in);
		n++;
	}
	return n;
}

/* Takes |, > and the quotes away. */
static struct span
bare_value(struct span in)
{
	struct span v = trim(in);

	if (v.len > 0 && (v.s[0] == '|' || v.s[0] == '>')) {
		while (v.len > 0 && strchr("|>+-", v.s[0]) != NULL) {
			v.s++;
			v.len--;
		}
		return trim(v);
	}
	if (v.len > 0 && (v.s[0] == '"' || v.s[0] == '\'')) {
		char quote = v.s[0];

		v.s++;
		v.len--;
		if (v.len > 0 && v.s[v.len - 1] == quote)
			v.len--;
	}
	return trim(v);
}

/* The value's lines up to a blank one, in one line. */
static const char *
raw_text(struct reading *r, struct span value)
{
	struct span rest = bare_value(value);
	char *text = arena_alloc(r->arena, rest.len + 2);
	size_t len = 0;

	while (rest.len > 0) {
		struct span line = trim(next_line(&rest));

		if (line.len == 0)
			break;
		if (len > 0)
			text[len++] = ' ';
		memcpy(text + len, line.s, line.len);
		len += line.len;
	}
	return len > 0 ? text : NULL;
}

static void
take_entry(struct reading *r, struct span entry, size_t indent, unsigned line);

/* Of broken metadata, what stands at its targets. */
static void
take_metadata(struct reading *r, struct span body, unsigned line)
{
	struct span entry;
	struct span ahead = body;
	size_t indent = indent_of(next_line(&ahead));

	while (indent > 0 && next_entry(&body, indent, &line, &entry)) {
		if (span_is((struct span){ entry.s + indent,
				key_len_at(entry, indent) },
			"targets"))
			take_entry(r, entry, indent, line);
		line += count_lines(entry);
	}
}

/* Takes one key with its value: as YAML, else as it looks. */
static void
take_entry(struct reading *r, struct span entry, size_t indent, unsigned line)
{
	struct ynode *root = NULL;
	struct yaml_fault fault;
	size_t key_len = key_len_at(entry, indent);
	struct span key = { entry.s + indent, key_len };
	struct span value = { key.s + key_len + 1,
		entry.len - indent - key_len - 1 };

	if (yamltree_read(r->arena, entry.s, entry.len, &root, &fault) &&
	    root != NULL && root->kind == YNODE_MAP) {
		r->first_line = line;
		take_map(r, root);
	} else if (span_is(key, "name")) {
		r->out->name = raw_text(r, value);
	} else if (span_is(key, "description")) {
		r->out->description = raw_text(r, value);
	} else if (span_is(key, "targets")) {
		set_targets_split(r, value, " \t\r\n,[]\"'");
	} else if (span_is(key, "metadata")) {
		(void)next_line(&entry);
		take_metadata(r, entry, line + 1);
	}
}

static void
take_lines(struct reading *r, struct span head)
{
	static const char *const wanted[] = { "name", "description", "targets",
		"metadata" };
	unsigned line = r->first_line;
	struct span entry;

	while (next_entry(&head, 0, &line, &entry)) {
		struct span key = { entry.s, key_len_at(entry, 0) };

		for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
			if (span_is(key, wanted[i]))
				take_entry(r, entry, 0, line);
		line += count_lines(entry);
	}
}

/* Says what is wrong with the head, for the one mistake that many make. */
static void
explain_fault(struct reading *r, struct span head,
    const struct yaml_fault *fault)
{
	struct span line = next_line(&head);
	unsigned at = r->first_line + fault->line - 1;

	for (unsigned i = 1; i < fault->line; i++)
		line = next_line(&head);
	size_t key_len = key_len_at(line, 0);
	struct span value = { line.s + key_len, line.len - key_len };
	bool has_colon = key_len > 0 && value.len > 3 &&
			 memmem(value.s + 1, value.len - 1, ": ", 2) != NULL;
	if (has_colon && strchr("\"'[{|>", trim(value).s[0]) == NULL)
		set_problem(r, at,
		    arena_printf(r->arena,
			"the value of %.*s holds a colon: put it in quotes",
			(int)key_len, line.s));
	else
		set_problem(r, at,
		    arena_printf(r->arena, "not YAML: %s", fault->what));
}

/* ---- the head --------------------------------------------------------- */

/* Lines that look like YAML, for a head without an end. */
static struct span
guess_head(struct span rest)
{
	struct span head = { rest.s, 0 };

	while (rest.len > 0) {
		struct span line = next_line(&rest);
		char c = line.s[0];

		if (trim(line).len == 0 ||
		    (key_len_at(line, 0) == 0 && c != ' ' && c != '\t' &&
			c != '-' && c != '#'))
			break;
		head.len += line.len;
	}
	return head;
}

/* Finds the head, without its fences. False if there is none. */
static bool
find_head(struct reading *r, struct span text, struct span *head)
{
	unsigned n_blank = 0;
	struct span line = next_line(&text);

	while (text.len > 0 && trim(line).len == 0) {
		line = next_line(&text);
		n_blank++;
	}
	if (!is_fence(line)) {
		set_problem(r, 1, "no front matter");
		return false;
	}
	if (n_blank > 0)
		set_problem(r, 1, "blank lines before the front matter");
	r->first_line = n_blank + 2;
	struct span rest = text;
	while (rest.len > 0) {
		const char *start = rest.s;

		if (is_fence(next_line(&rest))) {
			*head =
			    (struct span){ text.s, (size_t)(start - text.s) };
			return true;
		}
	}
	set_problem(r, n_blank + 1, "no --- ends the front matter");
	*head = guess_head(text);
	return true;
}

static void
take_yaml(struct reading *r, struct span head)
{
	struct ynode *root = NULL;
	struct yaml_fault fault;

	if (!yamltree_read(r->arena, head.s, head.len, &root, &fault)) {
		explain_fault(r, head, &fault);
		take_lines(r, head);
	} else if (root != NULL && root->kind == YNODE_MAP) {
		take_map(r, root);
	} else if (!ynode_is_null(root)) {
		set_problem(r, r->first_line, "not a map of keys and values");
	}
}

void
skill_meta_parse(const char *text, size_t len, struct arena *arena,
    struct skill_meta *out)
{
	struct reading r = { .arena = arena, .out = out };
	struct span all = { text,
		len < SKILL_HEAD_MAX_BYTES ? len : SKILL_HEAD_MAX_BYTES };
	struct span head;

	*out = (struct skill_meta){ 0 };
	if (all.len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		all.s += 3;
		all.len -= 3;
	}
	if (!find_head(&r, all, &head))
		return;
	unsigned first_line = r.first_line;
	if (!take_plain(&r, head))
		take_yaml(&r, head);
	if (out->name == NULL)
		set_problem(&r, first_line - 1, "no name");
	if (out->description == NULL)
		set_problem(&r, first_line - 1, "no description");
}
