#include "remotemerge.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "fs.h"
#include "host.h"
#include "path.h"

#define EXIT_GIT_USAGE 129
#define RENAMES "merge.directoryRenames=true"

void
remote_merge_release(struct remote_merge *merge)
{
	for (size_t i = 0; i < merge->n_conflicts; i++)
		free(merge->conflicts[i]);
	free(merge->conflicts);
	free(merge->commit);
	*merge = (struct remote_merge){ 0 };
}

/* One line of a conflict: "<mode> <object> <stage>\t<path>". */
struct stage_line {
	const char *text; /* lent */
	const char *path; /* within it */
	char stage;       /* '1' the common one, '2' ours, '3' theirs */
};

struct merging {
	const struct git_repo *repo;
	const struct merge_request *request;
	struct strbuf text; /* what merge-tree said */
	const char *tree;   /* within it */
	struct stage_line *lines;
	size_t n;
};

static void
merging_release(struct merging *m)
{
	strbuf_release(&m->text);
	free(m->lines);
}

static void
read_lines(struct merging *m)
{
	const char *s = strbuf_str(&m->text);
	const char *end = s + m->text.len;

	m->tree = s;
	for (s += strlen(s) + 1; s < end && *s != '\0'; s += strlen(s) + 1) {
		const char *tab = strchr(s, '\t');

		if (tab == NULL || tab == s)
			continue;
		m->lines = xgrow(m->lines, m->n, sizeof(*m->lines));
		m->lines[m->n++] = (struct stage_line){
			.text = s,
			.path = tab + 1,
			.stage = tab[-1],
		};
	}
}

MUST_USE static struct error *
merge_trees(struct merging *m, bool *is_clean_out)
{
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	const struct git_repo *repo = m->repo;
	bool unrelated = (m->request->flags & MERGE_UNRELATED) != 0;
	/* A new file goes with a skill that the other side renamed. */
	struct error *err = git_run(&repo->git,
	    unrelated ? GIT_ARGS("-c", "core.fsync=all", "-c", RENAMES,
			    "merge-tree", "--write-tree", "-z", "--no-messages",
			    "--allow-unrelated-histories", repo->head,
			    m->request->theirs)
		      : GIT_ARGS("-c", "core.fsync=all", "-c", RENAMES,
			    "merge-tree", "--write-tree", "-z", "--no-messages",
			    repo->head, m->request->theirs),
	    &result);

	if (err != NULL)
		return err;
	if (result.exit_code == EXIT_GIT_USAGE)
		return error_new(ERR_REFUSED,
		    "both sides have changes, and to merge them without "
		    "touching the source takes git 2.38 or newer");
	if (strstr(strbuf_str(&result.err), "unrelated histories") != NULL)
		return error_new(ERR_REFUSED,
		    "the source and %s have no commit in common: they were "
		    "begun apart (skillshare init --remote URL joins them)",
		    m->request->shown);
	if (result.exit_code != 0 && result.exit_code != 1)
		return git_failure(&repo->git, "merge-tree", &result);
	*is_clean_out = result.exit_code == 0;
	m->text = result.out;
	result.out = (struct strbuf){ 0 };
	read_lines(m);
	return NULL;
}

/*
 * Where a file and a directory have one name, the file's is made another:
 * "x~<commit>". The name that it had; yours.
 */
static char *
real_path(const struct merging *m, const char *path, bool *is_aside_out)
{
	AUTO_FREE char *ours = xasprintf("~%s", m->repo->head);
	AUTO_FREE char *theirs = xasprintf("~%s", m->request->theirs);
	const char *at = strstr(path, ours);

	if (at == NULL)
		at = strstr(path, theirs);
	*is_aside_out = at != NULL;
	return at != NULL ? xstrndup(path, (size_t)(at - path)) : xstrdup(path);
}

static void
list_conflicts(const struct merging *m, struct remote_merge *out)
{
	for (size_t i = 0; i < m->n; i++) {
		bool is_aside = false;
		char *path = real_path(m, m->lines[i].path, &is_aside);
		size_t n = out->n_conflicts;

		/* The lines of one path stand in a row. */
		if (n > 0 && strcmp(out->conflicts[n - 1], path) == 0) {
			free(path);
			continue;
		}
		out->conflicts =
		    xgrow(out->conflicts, n, sizeof(*out->conflicts));
		out->conflicts[out->n_conflicts++] = path;
	}
}

/* ---- settling conflicts by taking one side ------------------------------- */

/* Takes the conflicting paths out of the index, whatever they are there. */
MUST_USE static struct error *
drop_lines(const struct merging *m, const struct git *git)
{
	AUTO_FREE const char **paths = xcalloc(m->n + 1, sizeof(*paths));

	for (size_t i = 0; i < m->n; i++)
		paths[i] = m->lines[i].path;
	return git_call_many(git,
	    GIT_ARGS("update-index", "--force-remove", "--"), paths, m->n);
}

MUST_USE static struct error *
add_lines(const struct merging *m, const struct git *git)
{
	char side = m->request->take == MERGE_TAKE_THEIRS ? '3' : '2';
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < m->n; i++) {
		const struct stage_line *line = &m->lines[i];
		size_t mode_len = strcspn(line->text, " ");
		size_t oid_len = strcspn(line->text + mode_len + 1, " ");
		bool is_aside = false;
		AUTO_FREE char *path = real_path(m, line->path, &is_aside);
		AUTO_FREE char *info = xasprintf("%.*s,%.*s,%s", (int)mode_len,
		    line->text, (int)oid_len, line->text + mode_len + 1, path);

		if (line->stage == side)
			err = git_call(git,
			    GIT_ARGS("update-index", "--add", "--replace",
				"--cacheinfo", info),
			    NULL, NULL);
	}
	return err;
}

MUST_USE static struct error *
write_settled(const struct merging *m, const struct git *git,
    struct strbuf *tree)
{
	struct error *err =
	    git_call(git, GIT_ARGS("read-tree", m->tree), NULL, NULL);

	if (err == NULL)
		err = drop_lines(m, git);
	if (err == NULL)
		err = add_lines(m, git);
	if (err == NULL)
		err = git_call(git,
		    GIT_ARGS("-c", "core.fsync=all", "write-tree"), NULL, tree);
	return err;
}

MUST_USE static struct error *
settle(const struct merging *m, struct strbuf *tree)
{
	char token[HOST_TOKEN_LEN + 1];
	host_token(token);
	AUTO_FREE char *index =
	    xasprintf("%s/skillshare-%s", m->repo->git_dir, token);
	struct git git = m->repo->git;

	git.dir = m->repo->top;
	git.index = index;
	struct error *err = write_settled(m, &git, tree);
	struct error *gone = fs_unlink(AT_FDCWD, index);
	error_free(gone); /* a file of ours that nothing reads again */
	return err;
}

/* ---- the commit ---------------------------------------------------------- */

MUST_USE static struct error *
commit_tree(const struct merging *m, const char *tree, char **out)
{
	const struct git *git = &m->repo->git;
	AUTO_FREE char *message = xasprintf("Merge %s", m->request->shown);
	AUTO_FREE char *sign = NULL;
	AUTO_STRBUF struct strbuf commit = { 0 };
	struct error *err = git_ask(git,
	    GIT_ARGS("config", "--type=bool", "--get", "commit.gpgSign"),
	    &sign);

	if (err != NULL)
		return err;
	bool signs = sign != NULL && strcmp(sign, "true") == 0;
	err = git_call(git,
	    GIT_ARGS("-c", "core.fsync=all", "commit-tree", tree, "-p",
		m->repo->head, "-p", m->request->theirs, "-m", message,
		signs ? "-S" : "--no-gpg-sign"),
	    NULL, &commit);
	if (err == NULL)
		*out = xstrndup(strbuf_str(&commit),
		    strcspn(strbuf_str(&commit), "\n"));
	return err;
}

MUST_USE static struct error *
merge_sides(struct merging *m, struct remote_merge *out)
{
	AUTO_STRBUF struct strbuf settled = { 0 };
	bool is_clean = false;
	struct error *err = merge_trees(m, &is_clean);

	if (err != NULL)
		return err;
	list_conflicts(m, out);
	out->is_merge = true;
	if (is_clean)
		return commit_tree(m, m->tree, &out->commit);
	if (m->request->take == MERGE_TAKE_NONE)
		return NULL;
	err = settle(m, &settled);
	if (err != NULL)
		return err;
	AUTO_FREE char *tree =
	    xstrndup(strbuf_str(&settled), strcspn(strbuf_str(&settled), "\n"));
	return commit_tree(m, tree, &out->commit);
}

struct error *
remote_merge_make(const struct git_repo *repo,
    const struct merge_request *request, struct remote_merge *out)
{
	struct merging m = { .repo = repo, .request = request };
	struct remote_merge merge = { 0 };
	enum remote_relation relation = REMOTE_SAME;
	struct error *err = remote_relate(repo, request->theirs, &relation);

	if (err == NULL && relation == REMOTE_DIVERGED)
		err = merge_sides(&m, &merge);
	else if (err == NULL)
		merge.commit = xstrdup(
		    relation == REMOTE_AHEAD ? request->theirs : repo->head);
	merging_release(&m);
	if (err != NULL) {
		remote_merge_release(&merge);
		return err;
	}
	*out = merge;
	return NULL;
}
