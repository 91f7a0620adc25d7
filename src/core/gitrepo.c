#include "gitrepo.h"

#include <fcntl.h>
#include <string.h>

#include "fs.h"
#include "path.h"

/* The next line of a text that is cut up; NULL at its end. */
static char *
take_line(char **text)
{
	char *line = *text;

	if (*line == '\0')
		return NULL;
	size_t len = strcspn(line, "\n");
	*text = line + len + (line[len] == '\n');
	line[len] = '\0';
	return line;
}

MUST_USE static struct error *
find_places(struct git_repo *repo)
{
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	struct error *err = git_run(&repo->git,
	    GIT_ARGS("rev-parse", "--show-toplevel", "--absolute-git-dir",
		"--show-prefix"),
	    &result);

	if (err != NULL)
		return err;
	if (strstr(strbuf_str(&result.err), "not a git repository") != NULL)
		return error_new(ERR_REFUSED,
		    "%s is not in a git repository: git init makes one there, "
		    "git remote add origin URL tells where to push",
		    repo->source);
	if (result.exit_code != 0)
		return git_failure(&repo->git, "rev-parse", &result);
	AUTO_FREE char *text = xstrdup(strbuf_str(&result.out));
	char *at = text;
	const char *top = take_line(&at);
	const char *git_dir = take_line(&at);
	const char *prefix = take_line(&at);
	if (top == NULL || git_dir == NULL)
		return error_new(ERR_REFUSED, "%s: git has no work tree here",
		    repo->source);
	repo->top = xstrdup(top);
	repo->git_dir = xstrdup(git_dir);
	repo->prefix = xstrdup(prefix != NULL ? prefix : "");
	return NULL;
}

struct error *
git_repo_head(struct git_repo *repo)
{
	char *head = NULL;
	struct error *err = git_ask(&repo->git,
	    GIT_ARGS("rev-parse", "--quiet", "--verify", "HEAD^{commit}"),
	    &head);

	if (err != NULL)
		return err;
	free(repo->head);
	repo->head = head;
	return NULL;
}

MUST_USE static struct error *
find_branch(struct git_repo *repo)
{
	struct error *err = git_ask(&repo->git,
	    GIT_ARGS("symbolic-ref", "--quiet", "--short", "HEAD"),
	    &repo->branch);

	if (err == NULL && repo->branch == NULL)
		return error_new(ERR_REFUSED,
		    "%s is on no branch (detached HEAD): git switch <branch> "
		    "goes back to one",
		    repo->top);
	return err != NULL ? err : git_repo_head(repo);
}

struct error *
git_repo_open(const char *source, struct git_repo *out)
{
	AUTO_CLOSE int fd = -1;

	*out = (struct git_repo){ 0 };
	struct error *err = fs_open_dir(source, &fd);
	if (err == NULL)
		err = fs_fd_path(fd, &out->source);
	if (err != NULL)
		return err;
	out->git = (struct git){
		.dir = out->source,
		.said = &out->said,
		.flags = GIT_WRITES,
	};
	err = find_places(out);
	return err != NULL ? err : find_branch(out);
}

void
git_repo_release(struct git_repo *repo)
{
	strbuf_release(&repo->said);
	free(repo->source);
	free(repo->top);
	free(repo->git_dir);
	free(repo->prefix);
	free(repo->branch);
	free(repo->head);
	*repo = (struct git_repo){ 0 };
}

/* What lies in the git directory in the middle of something. */
static const struct {
	const char *name;
	const char *what;
} unfinished[] = {
	{ "MERGE_HEAD", "merge" },
	{ "rebase-merge", "rebase" },
	{ "rebase-apply", "rebase" },
	{ "CHERRY_PICK_HEAD", "cherry-pick" },
	{ "REVERT_HEAD", "revert" },
	{ "BISECT_LOG", "bisect" },
};

struct error *
git_repo_check_idle(const struct git_repo *repo)
{
	for (size_t i = 0; i < ARRAY_LEN(unfinished); i++) {
		AUTO_FREE char *path =
		    path_join(repo->git_dir, unfinished[i].name);
		struct fs_stat st = { 0 };
		struct error *err = fs_stat(AT_FDCWD, path, &st);

		if (err != NULL)
			return err;
		if (st.kind != FS_ABSENT)
			return error_new(ERR_REFUSED,
			    "%s is in the middle of a %s: finish it with git, "
			    "or end it (git status says how)",
			    repo->top, unfinished[i].what);
	}
	return NULL;
}

/* ---- what has changed ---------------------------------------------------- */

/* The text after n more spaces. */
static const char *
skip_fields(const char *s, int n)
{
	for (; n > 0 && s != NULL; n--) {
		s = strchr(s, ' ');
		s = s != NULL ? s + 1 : NULL;
	}
	return s;
}

/* Of "1 XY sub mH mI mW hH hI path", in HEAD (H), index (I), work tree (W). */
static enum git_change_kind
kind_of(const char *line)
{
	const char *modes = skip_fields(line, 3);

	if (line[5] == 'S')
		return GIT_NESTED;
	if (modes != NULL && strncmp(modes, "000000 ", 7) == 0)
		return GIT_ADDED;
	if (line[3] == 'D' || (line[2] == 'D' && line[3] == '.'))
		return GIT_DELETED;
	return GIT_CHANGED;
}

static bool
read_change(const char *line, struct git_change *out)
{
	*out = (struct git_change){ 0 };
	if (line[0] == '1') {
		out->kind = kind_of(line);
		out->path = skip_fields(line, 8);
	} else if (line[0] == 'u') {
		out->kind = GIT_UNMERGED;
		out->path = skip_fields(line, 10);
	} else if (line[0] == '?') {
		out->kind = GIT_ADDED;
		out->is_untracked = true;
		out->path = line + 2;
	}
	return out->path != NULL;
}

static int
compare_changes(const void *a, const void *b)
{
	const struct git_change *x = a;
	const struct git_change *y = b;

	return strcmp(x->path, y->path);
}

static void
add_change(struct git_changes *list, struct git_change change)
{
	size_t len = strlen(change.path);

	/* Each file is named but for repositories, which git does not enter. */
	if (len > 0 && change.path[len - 1] == '/') {
		change.kind = GIT_NESTED;
		len--;
	}
	change.path = arena_strndup(&list->arena, change.path, len);
	list->items = xgrow(list->items, list->n, sizeof(*list->items));
	list->items[list->n++] = change;
}

MUST_USE static struct error *
read_changes(const struct git_repo *repo, const char *const *args,
    struct git_changes *out)
{
	struct git looking = repo->git;
	AUTO_STRBUF struct strbuf text = { 0 };

	looking.flags = 0;
	struct error *err = git_call(&looking, args, NULL, &text);
	if (err != NULL)
		return err;
	const char *s = strbuf_str(&text);
	const char *end = s + text.len;
	struct git_changes list = { 0 };
	for (; s < end; s += strlen(s) + 1) {
		struct git_change change;

		if (read_change(s, &change))
			add_change(&list, change);
	}
	if (list.n > 1)
		qsort(list.items, list.n, sizeof(*list.items), compare_changes);
	*out = list;
	return NULL;
}

struct error *
git_repo_changes(const struct git_repo *repo, struct git_changes *out)
{
	return read_changes(repo,
	    GIT_ARGS("status", "--porcelain=v2", "-z", "--no-renames",
		"--untracked-files=all", "--", "."),
	    out);
}

struct error *
git_repo_dirty(const struct git_repo *repo, char **path_out)
{
	AUTO_GIT_CHANGES struct git_changes changes = { 0 };
	struct error *err = read_changes(repo,
	    GIT_ARGS("status", "--porcelain=v2", "-z", "--no-renames",
		"--untracked-files=no", "--ignore-submodules=all"),
	    &changes);

	if (err == NULL)
		*path_out =
		    changes.n > 0 ? xstrdup(changes.items[0].path) : NULL;
	return err;
}

void
git_changes_release(struct git_changes *changes)
{
	free(changes->items);
	arena_release(&changes->arena);
	*changes = (struct git_changes){ 0 };
}

/* The commits that come from a remote may not be here yet. */
MUST_USE static struct error *
has_commit(const struct git_repo *repo, const char *oid, bool *out)
{
	AUTO_FREE char *type = NULL;
	struct error *err =
	    git_ask(&repo->git, GIT_ARGS("cat-file", "-t", oid), &type);

	if (err == NULL)
		*out = type != NULL && strcmp(type, "commit") == 0;
	return err;
}

struct error *
git_repo_is_ancestor(const struct git_repo *repo, const char *a, const char *b,
    bool *out)
{
	bool has_a = false;
	bool has_b = false;
	struct error *err = has_commit(repo, a, &has_a);

	if (err == NULL)
		err = has_commit(repo, b, &has_b);
	if (err != NULL)
		return err;
	if (has_a && has_b)
		return git_is(&repo->git,
		    GIT_ARGS("merge-base", "--is-ancestor", a, b), out);
	*out = false;
	return NULL;
}
