#include "newskill.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "escape.h"
#include "lower.h"
#include "path.h"
#include "skill.h"
#include "yamltree.h"

#define DIR_MODE 0755U
#define FILE_MODE 0644U

/* ---- names --------------------------------------------------------------- */

/* Why agents would not take a directory or skill of that name, or NULL. */
static const char *
part_problem(const char *part)
{
	size_t len = strlen(part);

	if (len == 0)
		return "a part of it is empty";
	if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
		return "it must lie below the source";
	if (strspn(part, SKILL_NAME_CHARS) != len)
		return "only a to z, 0 to 9 and - are allowed in a name";
	if (len > SKILL_NAME_MAX)
		return "a name has at most 64 characters";
	if (part[0] == '-' || part[len - 1] == '-')
		return "a name neither begins nor ends with -";
	if (strstr(part, "--") != NULL)
		return "a name has no two - in a row";
	return NULL;
}

/* Adds the nearest name that can be: "My Skill" gives my-skill. */
static void
add_nearest(struct strbuf *out, const char *part)
{
	size_t start = out->len;

	for (const char *c = part; *c != '\0'; c++) {
		char lower = (char)tolower((unsigned char)*c);

		if (*c != '-' && lower != '\0' &&
		    strchr(SKILL_NAME_CHARS, lower) != NULL)
			strbuf_add_char(out, lower);
		else if (out->len > start &&
			 strbuf_str(out)[out->len - 1] != '-')
			strbuf_add_char(out, '-');
	}
	if (out->len > start + SKILL_NAME_MAX)
		strbuf_truncate(out, start + SKILL_NAME_MAX);
	while (out->len > start && strbuf_str(out)[out->len - 1] == '-')
		strbuf_truncate(out, out->len - 1);
}

/* The same of a whole path, without the parts that come to nothing. */
static char *
nearest(const char *rel)
{
	struct strbuf out = { 0 };

	while (*rel != '\0') {
		AUTO_FREE char *part = xstrndup(rel, strcspn(rel, "/"));
		size_t before = out.len;

		rel += strlen(part);
		rel += *rel == '/';
		if (before > 0)
			strbuf_add_char(&out, '/');
		size_t start = out.len;
		add_nearest(&out, part);
		if (out.len == start)
			strbuf_truncate(&out, before);
	}
	return strbuf_detach(&out);
}

MUST_USE static struct error *
bad_name(const char *rel, const char *problem)
{
	AUTO_FREE char *other = nearest(rel);

	/* Of letters that we do not have, too little would be left. */
	for (const char *c = rel; *c != '\0'; c++) {
		if (((unsigned char)*c & 0x80) != 0)
			other[0] = '\0';
	}
	if (other == NULL || other[0] == '\0')
		return error_new(ERR_USAGE,
		    "\"%s\" cannot be the name of a skill: %s", rel, problem);
	return error_new(ERR_USAGE,
	    "\"%s\" cannot be the name of a skill: %s (did you mean %s?)", rel,
	    problem, other);
}

/* ---- where it goes ------------------------------------------------------- */

/* A directory that a person made may have any name that is walked through. */
static bool
is_group(const char *part, const struct fs_stat *st)
{
	return st->kind == FS_DIR && part[0] != '.';
}

/* All parts of what is to be made. */
MUST_USE static struct error *
check_parts(const char *rel, const char *rest)
{
	for (;;) {
		AUTO_FREE char *part = xstrndup(rest, strcspn(rest, "/"));
		const char *problem = part_problem(part);

		if (problem != NULL)
			return bad_name(rel, problem);
		rest += strlen(part);
		if (*rest == '\0')
			return NULL;
		rest++;
	}
}

/* Finds new->dir and new->rest: how much of the way exists. */
MUST_USE static struct error *
find_place(const struct skillset *set, struct arena *arena,
    struct newskill *new)
{
	AUTO_FREE char *dir = xstrdup(set->source_real);
	const char *rest = new->rel;

	new->dir_id = set->source_id;
	for (;;) {
		AUTO_FREE char *part = xstrndup(rest, strcspn(rest, "/"));
		const char *problem = part_problem(part);
		bool is_last = rest[strlen(part)] == '\0';
		struct fs_stat st = { 0 };

		/* What can be no file at all is not even looked for. */
		if (!path_is_name(part) || strlen(part) > NAME_MAX)
			return bad_name(new->rel, problem);
		AUTO_FREE char *sub = path_join(dir, part);
		struct error *err = fs_stat(AT_FDCWD, sub, &st);
		if (err != NULL)
			return err;
		if (problem != NULL && (is_last || !is_group(part, &st)))
			return bad_name(new->rel, problem);
		if (st.kind == FS_ABSENT)
			break;
		if (is_last)
			return error_new(ERR_CONFLICT,
			    "%s is there already: choose another name", sub);
		if (st.kind == FS_LINK)
			return error_new(ERR_REFUSED,
			    "%s is a link: skills below it would not be found",
			    sub);
		if (st.kind != FS_DIR)
			return error_new(ERR_CONFLICT,
			    "%s is no directory: choose another name", sub);
		new->dir_id = fs_id_of(&st);
		free(dir);
		dir = STEAL_PTR(sub);
		rest += strlen(part) + 1;
	}
	new->dir = arena_strdup(arena, dir);
	new->rest = rest;
	return check_parts(new->rel, rest);
}

/* Said here: further down it would be a rename that was not allowed. */
MUST_USE static struct error *
check_writable(const char *dir)
{
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_open_dir(dir, &fd);

	if (err == NULL && !fs_is_writable_dir(fd))
		err = error_new(ERR_REFUSED,
		    "%s cannot be written: nothing can be made in it", dir);
	return err;
}

MUST_USE static struct error *
check_entry(const struct skillset *set, const struct newskill *new)
{
	const struct skill *other = skillset_find(set, new->entry);

	if (other != NULL)
		return error_new(ERR_CONFLICT,
		    "%s would be %s in a target, as %s is: choose another name",
		    new->rel, new->entry, other->rel);
	if (strlen(new->entry) > NAME_MAX)
		return error_new(ERR_USAGE,
		    "%s: its name in a target would be longer than 255 bytes",
		    new->rel);
	size_t depth = 0;
	for (const char *c = new->rel; *c != '\0'; c++)
		depth += *c == '/';
	if (depth > DISCOVER_MAX_DEPTH)
		return error_new(ERR_USAGE,
		    "%s: too deep, it would not be found there", new->rel);
	return NULL;
}

static const char *
repo_of(const struct skillset *set, const char *rel)
{
	size_t len = strcspn(rel, "/");

	for (size_t i = 0; i < set->n_repos; i++) {
		const char *name = set->repos[i].name;

		if (strlen(name) == len && strncmp(name, rel, len) == 0)
			return name;
	}
	return NULL;
}

/* ---- what it says -------------------------------------------------------- */

MUST_USE static struct error *
check_description(const char *text)
{
	AUTO_FREE char *shown = escape_shown(text);

	if (text[strspn(text, " ")] == '\0')
		return error_new(ERR_USAGE,
		    "the description is empty: say what the skill does and "
		    "when an agent should use it");
	if (strlen(text) > NEWSKILL_TEXT_MAX)
		return error_new(ERR_USAGE,
		    "the description has more than %d bytes: agents do not "
		    "read further",
		    NEWSKILL_TEXT_MAX);
	/* What may be shown as it is, is text and nothing else. */
	if (strcmp(shown, text) != 0)
		return error_new(ERR_USAGE,
		    "the description holds a line break, a control character "
		    "or what is not UTF-8: give it as one line of text");
	return NULL;
}

static void
add_quoted(struct strbuf *out, const char *text)
{
	strbuf_add_char(out, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, *c);
	}
	strbuf_add_char(out, '"');
}

static const char *
skill_text(struct arena *arena, const char *name, const char *description)
{
	AUTO_STRBUF struct strbuf out = { 0 };

	if (description == NULL)
		description = "(Replace this: what the skill does, and when an "
			      "agent should use it.)";
	strbuf_add(&out, "---\nname: ");
	yaml_add_scalar(&out, name);
	strbuf_add(&out, "\ndescription: ");
	add_quoted(&out, description);
	strbuf_printf(&out,
	    "\n---\n\n# %s\n\n"
	    "(Replace this: what the agent should know and do, step by "
	    "step.)\n\n"
	    "## Steps\n\n"
	    "1. (The first thing to do.)\n\n"
	    "## Examples\n\n"
	    "(What a person asks, and what a good answer looks like.)\n",
	    name);
	return arena_strdup(arena, strbuf_str(&out));
}

/* ---- judging and lowering ------------------------------------------------ */

struct error *
newskill_judge(const struct skillset *set, const char *rel,
    const char *description, struct arena *arena, struct newskill *out)
{
	struct newskill new = { .rel = arena_strdup(arena, rel) };
	struct error *err = find_place(set, arena, &new);

	if (err != NULL)
		return err;
	new.name = path_base(new.rel);
	new.entry = skillset_entry(arena, new.rel);
	err = check_entry(set, &new);
	if (err == NULL)
		err = check_writable(new.dir);
	if (err == NULL && description != NULL)
		err = check_description(description);
	if (err != NULL)
		return err;
	new.file =
	    arena_printf(arena, "%s/%s/" SKILL_FILE, set->source, new.rel);
	new.text = skill_text(arena, new.name, description);
	new.repo = repo_of(set, new.rel);
	*out = new;
	return NULL;
}

/* An item_builder: the directories of rest, and the file in the last. */
MUST_USE static struct error *
build(void *payload, int slots_fd, const char *slot)
{
	const struct newskill *new = payload;
	const char *more = strchr(new->rest, '/');
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_mkdir(slots_fd, slot, DIR_MODE);

	if (err == NULL)
		err = fs_open_dir_at(slots_fd, slot, &fd);
	while (err == NULL && more != NULL) {
		AUTO_FREE char *part =
		    xstrndup(more + 1, strcspn(more + 1, "/"));
		int sub_fd = -1;

		more = strchr(more + 1, '/');
		err = fs_mkdir(fd, part, DIR_MODE);
		if (err == NULL)
			err = fs_open_dir_at(fd, part, &sub_fd);
		if (err == NULL) {
			base_close_fd(&fd);
			fd = sub_fd;
		}
	}
	if (err == NULL)
		err = fs_create_file(fd, SKILL_FILE, new->text,
		    strlen(new->text), FILE_MODE);
	return err;
}

void
newskill_lower(struct txn *txn, const struct skillset *set,
    struct newskill *new)
{
	AUTO_FREE char *top = xstrndup(new->rest, strcspn(new->rest, "/"));
	uint16_t place = 0;
	struct error *err;

	txn_group(txn, new->entry, NULL);
	err = lower_source_place(txn, set->source_real, new->dir, new->dir_id,
	    &place);
	if (err == NULL)
		txn_put(txn, place, top,
		    txn_item_build(txn, place, build, new));
	txn_fail(txn, err);
}
