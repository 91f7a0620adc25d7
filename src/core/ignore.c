#include "ignore.h"

#include <string.h>

#include "glob.h"
#include "path.h"

void
ignore_add(struct ignore *ignore, const char *file, const char *base,
    unsigned line, const char *pattern)
{
	struct arena *arena = &ignore->arena;
	const char *text = arena_strdup(arena, pattern);
	const char *from = text;
	size_t len = strlen(text);
	struct ignore_rule rule = { .line = line, .text = text };

	if (*from == '!') {
		rule.takes_in = true;
		from++;
		len--;
	}
	if (len > 0 && from[len - 1] == '/') {
		rule.dirs_only = true;
		len--;
	}
	rule.is_anchored = memchr(from, '/', len) != NULL;
	if (len > 0 && *from == '/') {
		from++;
		len--;
	}
	/* Rules of one file follow each other and share its names. */
	const struct ignore_rule *last =
	    ignore->n > 0 ? &ignore->rules[ignore->n - 1] : NULL;
	rule.file = last != NULL && strcmp(last->file, file) == 0
			? last->file
			: arena_strdup(arena, file);
	rule.base = last != NULL && strcmp(last->base, base) == 0
			? last->base
			: arena_strdup(arena, base);
	rule.pattern =
	    from[len] == '\0' ? from : arena_strndup(arena, from, len);
	rule.literal_len = glob_literal_len(rule.pattern);
	ignore->rules = xgrow(ignore->rules, ignore->n, sizeof(rule));
	ignore->rules[ignore->n++] = rule;
}

/* The length without the spaces at its end, but for one behind a "\". */
static size_t
trimmed_len(const char *line)
{
	size_t len = 0;

	for (size_t i = 0; line[i] != '\0'; i++) {
		bool is_space = line[i] == ' ';

		if (line[i] == '\\' && line[i + 1] != '\0')
			i++;
		if (!is_space)
			len = i + 1;
	}
	return len;
}

static void
add_line(struct ignore *ignore, const char *file, const char *base,
    unsigned number, char *line)
{
	if (line[0] == '\0' || line[0] == '#')
		return;
	line[trimmed_len(line)] = '\0';
	if (line[0] != '\0')
		ignore_add(ignore, file, base, number, line);
}

void
ignore_add_text(struct ignore *ignore, const char *file, const char *base,
    const char *text, size_t len)
{
	unsigned number = 0;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t whole = end != NULL ? (size_t)(end - text) : len;
		size_t cut = whole;

		if (cut > 0 && text[cut - 1] == '\r')
			cut--;
		AUTO_FREE char *line = xstrndup(text, cut);
		add_line(ignore, file, base, ++number, line);
		whole += end != NULL;
		text += whole;
		len -= whole;
	}
}

/* What is left of rel below the rule's base, or NULL if it is not below. */
static const char *
below_base(const struct ignore_rule *rule, const char *rel)
{
	size_t len = strlen(rule->base);

	if (len == 0)
		return rel;
	return strncmp(rel, rule->base, len) == 0 && rel[len] == '/'
		   ? rel + len + 1
		   : NULL;
}

static bool
is_hit(const struct ignore_rule *rule, const char *rel, bool is_dir)
{
	const char *text = below_base(rule, rel);

	if (text == NULL || (rule->dirs_only && !is_dir))
		return false;
	if (!rule->is_anchored)
		text = path_base(text);
	/* Most rules are out after their first bytes. */
	if (strncmp(text, rule->pattern, rule->literal_len) != 0)
		return false;
	return glob_match(rule->pattern, text);
}

const struct ignore_rule *
ignore_match(const struct ignore *ignore, const char *rel, bool is_dir)
{
	for (size_t i = ignore->n; i-- > 0;)
		if (is_hit(&ignore->rules[i], rel, is_dir))
			return &ignore->rules[i];
	return NULL;
}

const struct ignore_rule *
ignore_excludes(const struct ignore *ignore, const char *rel, bool is_dir)
{
	if (ignore->n == 0)
		return NULL;
	for (const char *slash = strchr(rel, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		AUTO_FREE char *dir = xstrndup(rel, (size_t)(slash - rel));
		const struct ignore_rule *rule =
		    ignore_match(ignore, dir, true);

		if (rule != NULL && !rule->takes_in)
			return rule;
	}
	const struct ignore_rule *rule = ignore_match(ignore, rel, is_dir);
	return rule != NULL && !rule->takes_in ? rule : NULL;
}

void
ignore_release(struct ignore *ignore)
{
	free(ignore->rules);
	arena_release(&ignore->arena);
	*ignore = (struct ignore){ 0 };
}
