#include "remoteunit.h"

#include <string.h>

#define SUBMODULE "160000"
#define LINK "120000"
#define NOTHING "000000"
#define MODE_LEN 6

void
units_release(struct unit_list *list)
{
	free(list->changes);
	free(list->units);
	strmap_release(&list->old_paths);
	strmap_release(&list->new_paths);
	arena_release(&list->arena);
	*list = (struct unit_list){ 0 };
}

/* ---- what the commits hold ----------------------------------------------- */

/* The file, and all the directories that it is in. */
static void
add_path(struct unit_list *list, struct strmap *map, const char *path)
{
	(void)strmap_put(map, arena_strdup(&list->arena, path), 0);
	for (const char *s = strchr(path, '/'); s != NULL;
	     s = strchr(s + 1, '/')) {
		AUTO_FREE char *dir = xstrndup(path, (size_t)(s - path));
		uint32_t seen = 0;

		if (!strmap_get(map, dir, &seen))
			(void)strmap_put(map, arena_strdup(&list->arena, dir),
			    0);
	}
}

MUST_USE static struct error *
read_tree(const struct git_repo *repo, const char *commit,
    struct unit_list *list, struct strmap *map)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err = git_call(&repo->git,
	    GIT_ARGS("ls-tree", "-r", "-z", "--name-only", "--full-tree",
		commit),
	    NULL, &text);

	if (err != NULL)
		return err;
	const char *s = strbuf_str(&text);
	for (const char *end = s + text.len; s < end; s += strlen(s) + 1)
		add_path(list, map, s);
	return NULL;
}

/* ---- what changes -------------------------------------------------------- */

/* ":<old mode> <new mode> <old> <new> <letter>", then the path. */
MUST_USE static struct error *
read_change(struct unit_list *list, const char *line, const char *path)
{
	const char *old_mode = line + 1;
	const char *new_mode = old_mode + MODE_LEN + 1;
	const char *old = new_mode + MODE_LEN + 1;
	size_t oid_len = strcspn(old, " ");

	if (strncmp(old_mode, SUBMODULE, MODE_LEN) == 0 ||
	    strncmp(new_mode, SUBMODULE, MODE_LEN) == 0)
		return error_new(ERR_REFUSED,
		    "%s is a submodule, and it changes: pull it with git pull "
		    "and git submodule update, then run skillshare sync",
		    path);
	list->changes =
	    xgrow(list->changes, list->n_changes, sizeof(*list->changes));
	list->changes[list->n_changes++] = (struct unit_change){
		.path = arena_strdup(&list->arena, path),
		.object =
		    arena_strndup(&list->arena, old + oid_len + 1, oid_len),
		.was = strncmp(old_mode, NOTHING, MODE_LEN) != 0,
		.is = strncmp(new_mode, NOTHING, MODE_LEN) != 0,
		.is_link = strncmp(new_mode, LINK, MODE_LEN) == 0,
	};
	return NULL;
}

MUST_USE static struct error *
read_changes(const struct git_repo *repo, const char *from, const char *to,
    struct unit_list *list)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_FREE char *empty = NULL;
	struct error *err = NULL;

	if (from == NULL) {
		err = git_ask(&repo->git,
		    GIT_ARGS("hash-object", "-t", "tree", "/dev/null"), &empty);
		from = empty;
	}
	if (err == NULL && from != NULL)
		err = git_call(&repo->git,
		    GIT_ARGS("diff-tree", "-r", "-z", "--raw", "--no-renames",
			"--no-relative", "--ignore-submodules=none", from, to),
		    NULL, &text);
	const char *s = strbuf_str(&text);
	const char *end = s + text.len;
	while (err == NULL && s < end) {
		const char *path = s + strlen(s) + 1;

		if (*s != ':' || path >= end)
			return error_new(ERR_REFUSED,
			    "git diff-tree said what we do not understand");
		err = read_change(list, s, path);
		s = path + strlen(path) + 1;
	}
	return err;
}

/* ---- units --------------------------------------------------------------- */

static bool
has_skill(const struct unit_list *list, const char *dir)
{
	AUTO_FREE char *file = xasprintf("%s/SKILL.md", dir);
	uint32_t ignored = 0;

	return strmap_get(&list->old_paths, file, &ignored) ||
	       strmap_get(&list->new_paths, file, &ignored);
}

/* The outermost skill below the source that path is in, or path itself. */
static char *
unit_path(const struct git_repo *repo, const struct unit_list *list,
    const char *path)
{
	size_t prefix_len = strlen(repo->prefix);

	if (strncmp(path, repo->prefix, prefix_len) != 0)
		return xstrdup(path);
	for (size_t len = prefix_len; path[len] != '\0';) {
		len += strcspn(path + len, "/");
		AUTO_FREE char *dir = xstrndup(path, len);

		if (has_skill(list, dir))
			return STEAL_PTR(dir);
		len += path[len] == '/';
	}
	return xstrdup(path);
}

/* The outermost of the units that path is or lies in. */
static char *
outermost(const struct strmap *paths, const char *path)
{
	uint32_t ignored = 0;

	for (const char *s = strchr(path, '/'); s != NULL;
	     s = strchr(s + 1, '/')) {
		AUTO_FREE char *dir = xstrndup(path, (size_t)(s - path));

		if (strmap_get(paths, dir, &ignored))
			return STEAL_PTR(dir);
	}
	return xstrdup(path);
}

static uint32_t
add_unit(struct unit_list *list, struct strmap *at, const char *path)
{
	uint32_t index = 0;
	uint32_t ignored = 0;

	if (strmap_get(at, path, &index))
		return index;
	list->units = xgrow(list->units, list->n, sizeof(*list->units));
	list->units[list->n] = (struct unit){
		.path = arena_strdup(&list->arena, path),
		.was = strmap_get(&list->old_paths, path, &ignored),
		.is = strmap_get(&list->new_paths, path, &ignored),
	};
	(void)strmap_put(at, list->units[list->n].path, (uint32_t)list->n);
	return (uint32_t)list->n++;
}

static void
cut(const struct git_repo *repo, struct unit_list *list)
{
	AUTO_STRMAP struct strmap first = { 0 };
	AUTO_STRMAP struct strmap at = { 0 };
	AUTO_FREE const char **paths =
	    xcalloc(list->n_changes + 1, sizeof(*paths));

	for (size_t i = 0; i < list->n_changes; i++) {
		AUTO_FREE char *path =
		    unit_path(repo, list, list->changes[i].path);

		paths[i] = arena_strdup(&list->arena, path);
		(void)strmap_put(&first, paths[i], 0);
	}
	/* Where a file becomes a directory, both are one unit. */
	for (size_t i = 0; i < list->n_changes; i++) {
		AUTO_FREE char *path = outermost(&first, paths[i]);

		list->changes[i].unit = add_unit(list, &at, path);
	}
}

struct error *
units_make(const struct git_repo *repo, const char *from, const char *to,
    struct unit_list *out)
{
	struct unit_list list = { 0 };
	struct error *err = NULL;

	if (from != NULL)
		err = read_tree(repo, from, &list, &list.old_paths);
	if (err == NULL)
		err = read_tree(repo, to, &list, &list.new_paths);
	if (err == NULL)
		err = read_changes(repo, from, to, &list);
	if (err != NULL) {
		units_release(&list);
		return err;
	}
	cut(repo, &list);
	*out = list;
	return NULL;
}
