#include "skillignore.h"

#include <string.h>

#include "fs.h"
#include "path.h"

MUST_USE static struct error *
read_one(int dir_fd, const char *base, const char *name, struct ignore *ignore)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_FREE char *shown = path_join(base, name);
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(dir_fd, name, &st);

	if (err != NULL || st.kind == FS_ABSENT)
		return err;
	if (base[0] != '\0' && st.kind == FS_LINK)
		return error_new(ERR_REFUSED,
		    "is a link: the rules of a repository must be a file");
	err = fs_read_file(dir_fd, name, IGNORE_MAX_BYTES, &text);
	if (err == NULL)
		ignore_add_text(ignore, shown, base, strbuf_str(&text),
		    text.len);
	return err;
}

struct error *
skillignore_read(int dir_fd, const char *base, struct ignore *ignore,
    const char **file_out)
{
	static const char *const names[] = { SKILLIGNORE_NAME,
		SKILLIGNORE_LOCAL };
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < ARRAY_LEN(names); i++) {
		err = read_one(dir_fd, base, names[i], ignore);
		if (err != NULL)
			*file_out = names[i];
	}
	return err;
}

/* ---- edits --------------------------------------------------------------- */

/* The pattern that means the skill and nothing else. */
MUST_USE static struct error *
pattern_of(const struct skill *skill, struct strbuf *out)
{
	size_t len = strlen(skill->rel);

	if (strchr(skill->rel, '\n') != NULL || skill->rel[len - 1] == '\r')
		return error_new(ERR_REFUSED,
		    "%s: no line of a file can name it: rename it", skill->rel);
	strbuf_add_char(out, '/');
	for (size_t i = 0; i < len; i++) {
		bool is_last_space = i == len - 1 && skill->rel[i] == ' ';

		if (strchr("*?[\\", skill->rel[i]) != NULL || is_last_space)
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, skill->rel[i]);
	}
	return NULL;
}

/* The rules that hold for the skill once the source's file has this text. */
static const struct ignore_rule *
find_rule(const struct skillset *set, const struct skill *skill,
    const struct strbuf *text, struct ignore *scratch)
{
	const struct ignore *now = skillset_ignore(set, skill->rel);

	for (size_t i = 0; i < now->n; i++)
		if (now->rules[i].base[0] != '\0')
			ignore_add(scratch, now->rules[i].file,
			    now->rules[i].base, now->rules[i].line,
			    now->rules[i].text);
	ignore_add_text(scratch, SKILLIGNORE_NAME, "", strbuf_str(text),
	    text->len);
	for (size_t i = 0; i < now->n; i++)
		if (strcmp(now->rules[i].file, SKILLIGNORE_LOCAL) == 0)
			ignore_add(scratch, now->rules[i].file, "",
			    now->rules[i].line, now->rules[i].text);
	return ignore_excludes(scratch, skill->rel, true);
}

static bool
is_disabled(const struct skillset *set, const struct skill *skill,
    const struct strbuf *text)
{
	AUTO_IGNORE struct ignore scratch = { 0 };

	return find_rule(set, skill, text, &scratch) != NULL;
}

/* Takes out every line that is this one. */
static void
remove_line(struct strbuf *text, const char *line)
{
	size_t len = strlen(line);
	size_t at = 0;

	while (at < text->len) {
		const char *from = text->s + at;
		const char *end = memchr(from, '\n', text->len - at);
		size_t whole =
		    end != NULL ? (size_t)(end - from) + 1 : text->len - at;
		size_t cut = whole - (end != NULL);

		if (cut > 0 && from[cut - 1] == '\r')
			cut--;
		if (cut == len && memcmp(from, line, len) == 0)
			strbuf_splice(text, at, whole, "", 0);
		else
			at += whole;
	}
}

static void
add_line(struct strbuf *text, const char *mark, const char *line)
{
	bool is_crlf = strstr(strbuf_str(text), "\r\n") != NULL;
	const char *end = is_crlf ? "\r\n" : "\n";

	if (text->len > 0 && text->s[text->len - 1] != '\n')
		strbuf_add(text, end);
	strbuf_printf(text, "%s%s%s", mark, line, end);
}

struct error *
skillignore_disable(const struct skillset *set, const struct skill *skill,
    struct strbuf *text)
{
	AUTO_STRBUF struct strbuf line = { 0 };
	AUTO_FREE char *opposite = NULL;

	if (is_disabled(set, skill, text))
		return NULL;
	struct error *err = pattern_of(skill, &line);
	if (err != NULL)
		return err;
	opposite = xasprintf("!%s", strbuf_str(&line));
	remove_line(text, opposite);
	if (!is_disabled(set, skill, text))
		add_line(text, "", strbuf_str(&line));
	if (is_disabled(set, skill, text))
		return NULL;
	return error_new(ERR_REFUSED,
	    "%s: a rule of " SKILLIGNORE_LOCAL " enables it: edit that file",
	    skill->rel);
}

struct error *
skillignore_enable(const struct skillset *set, const struct skill *skill,
    struct strbuf *text)
{
	AUTO_STRBUF struct strbuf line = { 0 };
	AUTO_IGNORE struct ignore scratch = { 0 };

	if (!is_disabled(set, skill, text))
		return NULL;
	struct error *err = pattern_of(skill, &line);
	if (err != NULL)
		return err;
	remove_line(text, strbuf_str(&line));
	if (is_disabled(set, skill, text))
		add_line(text, "!", strbuf_str(&line));
	const struct ignore_rule *rule = find_rule(set, skill, text, &scratch);
	if (rule == NULL)
		return NULL;
	return error_new(ERR_REFUSED,
	    "%s is disabled by %s:%u: %s, which no line for it alone undoes: "
	    "edit that line",
	    skill->rel, rule->file, rule->line, rule->text);
}
