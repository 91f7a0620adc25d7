#include "remote.h"

#include <string.h>

#define FETCHED "refs/skillshare/fetched"
#define HEADS "refs/heads/"
#define ALL_HEADS "refs/heads/*"

void
remote_release(struct remote *remote)
{
	free(remote->name);
	free(remote->url);
	free(remote->branch);
	free(remote->upstream);
	free(remote->tip);
	*remote = (struct remote){ 0 };
}

/* The value of branch.<ours>.<key>, or NULL. */
MUST_USE static struct error *
branch_config(const struct git_repo *repo, const char *key, char **out)
{
	AUTO_FREE char *name = xasprintf("branch.%s.%s", repo->branch, key);

	return git_ask(&repo->git, GIT_ARGS("config", "--get", name), out);
}

/* "origin" if there is one, else the first. */
MUST_USE static struct error *
choose_remote(const struct git_repo *repo, char **out)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err =
	    git_call(&repo->git, GIT_ARGS("remote"), NULL, &text);

	if (err != NULL)
		return err;
	const char *names = strbuf_str(&text);
	if (names[0] == '\0')
		return error_new(ERR_REFUSED,
		    "%s has no remote: git remote add origin URL tells where "
		    "to push",
		    repo->top);
	for (const char *s = names; *s != '\0'; s += strcspn(s, "\n") + 1) {
		if (strncmp(s, "origin\n", 7) == 0)
			names = s;
	}
	*out = xstrndup(names, strcspn(names, "\n"));
	return NULL;
}

/* The address, or NULL; git must not take it for an option. */
MUST_USE static struct error *
find_url(const struct git_repo *repo, const char *name, char **out)
{
	if (name[0] == '-')
		return error_new(ERR_REFUSED,
		    "the remote's name begins with a dash: not used");
	struct error *err =
	    git_ask(&repo->git, GIT_ARGS("remote", "get-url", name), out);
	if (err == NULL && *out != NULL && (*out)[0] == '-')
		err = error_new(ERR_REFUSED,
		    "the address of %s begins with a dash: not used", name);
	return err;
}

struct error *
remote_find(const struct git_repo *repo, struct remote *out)
{
	struct remote remote = { 0 };
	AUTO_FREE char *merge = NULL;
	AUTO_FREE char *url = NULL;
	AUTO_STRBUF struct strbuf masked = { 0 };
	struct error *err = branch_config(repo, "remote", &remote.name);

	if (err == NULL && remote.name != NULL && remote.name[0] != '.') {
		err = branch_config(repo, "merge", &merge);
	} else if (err == NULL) {
		free(remote.name);
		remote.name = NULL;
		err = choose_remote(repo, &remote.name);
	}
	if (err == NULL && remote.name != NULL)
		err = find_url(repo, remote.name, &url);
	if (err != NULL) {
		remote_release(&remote);
		return err;
	}
	if (merge != NULL && strncmp(merge, HEADS, strlen(HEADS)) == 0)
		remote.upstream = xstrdup(merge + strlen(HEADS));
	git_mask(&masked, url != NULL ? url : remote.name);
	remote.url = strbuf_detach(&masked);
	*out = remote;
	return NULL;
}

/* ---- asking -------------------------------------------------------------- */

/* What ls-remote says: lines of "<commit>\t<ref>". */
struct answer {
	const char *text;
	char *head; /* the default branch, or NULL */
	size_t n_branches;
};

static char *
tip_of(const struct answer *a, const char *branch)
{
	AUTO_FREE char *end = xasprintf("\t" HEADS "%s\n", branch);
	const char *at = strstr(a->text, end);

	if (at == NULL)
		return NULL;
	const char *start = at;
	while (start > a->text && start[-1] != '\n')
		start--;
	return xstrndup(start, (size_t)(at - start));
}

static void
read_answer(struct answer *a)
{
	const char *only = NULL;

	for (const char *s = a->text; *s != '\0';) {
		size_t len = strcspn(s, "\n");
		const char *tab = memchr(s, '\t', len);

		if (strncmp(s, "ref: " HEADS, 5 + strlen(HEADS)) == 0 &&
		    tab != NULL && a->head == NULL)
			a->head = xstrndup(s + 5 + strlen(HEADS),
			    (size_t)(tab - s) - 5 - strlen(HEADS));
		else if (tab != NULL &&
			 strncmp(tab + 1, HEADS, strlen(HEADS)) == 0) {
			only = tab + 1 + strlen(HEADS);
			a->n_branches++;
		}
		s += len + (s[len] == '\n');
	}
	/* A default that was never pushed to: the one that was will do. */
	AUTO_FREE char *tip = a->head != NULL ? tip_of(a, a->head) : NULL;
	if (tip == NULL && a->n_branches == 1) {
		free(a->head);
		a->head = xstrndup(only, strcspn(only, "\n"));
	}
}

static void
choose_branch(const struct git_repo *repo, struct remote *remote,
    const struct answer *a)
{
	const char *const names[] = { remote->upstream, repo->branch, a->head };

	free(remote->branch);
	free(remote->tip);
	remote->branch = NULL;
	remote->tip = NULL;
	for (size_t i = 0; i < ARRAY_LEN(names) && remote->tip == NULL; i++) {
		if (names[i] == NULL)
			continue;
		remote->tip = tip_of(a, names[i]);
		/* What git has noted is not to be guessed otherwise. */
		if (remote->tip == NULL && i > 0)
			continue;
		remote->branch = xstrdup(names[i]);
		if (i == 0)
			return;
	}
	if (remote->branch == NULL)
		remote->branch = xstrdup(repo->branch);
}

struct error *
remote_ask(const struct git_repo *repo, struct remote *remote)
{
	struct git git = repo->git;
	AUTO_STRBUF struct strbuf text = { 0 };

	git.flags |= GIT_NETWORK;
	struct error *err = git_call(&git,
	    GIT_ARGS("ls-remote", "--symref", "--", remote->name, "HEAD",
		ALL_HEADS),
	    NULL, &text);
	if (err != NULL)
		return err;
	struct answer answer = { .text = strbuf_str(&text) };
	read_answer(&answer);
	choose_branch(repo, remote, &answer);
	free(answer.head);
	return NULL;
}

struct error *
remote_fetch(const struct git_repo *repo, const struct remote *remote,
    char **tip_out)
{
	struct git git = repo->git;
	AUTO_FREE char *refspec =
	    xasprintf("+" HEADS "%s:" FETCHED, remote->branch);

	git.flags |= GIT_NETWORK;
	struct error *err = git_call(&git,
	    GIT_ARGS("-c", "core.fsync=all", "fetch", "--quiet", "--no-auto-gc",
		"--no-recurse-submodules", "--", remote->name, refspec),
	    NULL, NULL);
	if (err != NULL)
		return err;
	char *tip = NULL;
	err = git_ask(&repo->git,
	    GIT_ARGS("rev-parse", "--verify", FETCHED "^{commit}"), &tip);
	if (err == NULL && tip == NULL)
		err = error_new(ERR_REFUSED, "%s: %s is not a commit",
		    remote->url, remote->branch);
	if (err == NULL)
		*tip_out = tip;
	return err;
}

struct error *
remote_relate(const struct git_repo *repo, const char *tip,
    enum remote_relation *out)
{
	bool has_ours = false;
	bool has_theirs = false;

	if (tip == NULL || repo->head == NULL) {
		*out = tip == NULL ? REMOTE_ABSENT : REMOTE_AHEAD;
		return NULL;
	}
	if (strcmp(tip, repo->head) == 0) {
		*out = REMOTE_SAME;
		return NULL;
	}
	struct error *err =
	    git_repo_is_ancestor(repo, tip, repo->head, &has_theirs);
	if (err == NULL && !has_theirs)
		err = git_repo_is_ancestor(repo, repo->head, tip, &has_ours);
	if (err != NULL)
		return err;
	*out = has_theirs ? REMOTE_BEHIND
	       : has_ours ? REMOTE_AHEAD
			  : REMOTE_DIVERGED;
	return NULL;
}

struct error *
remote_lacks_upstream(const struct git_repo *repo, const struct remote *remote,
    bool *out)
{
	AUTO_FREE char *ref =
	    xasprintf("refs/remotes/%s/%s", remote->name, remote->branch);

	*out = false;
	if (remote->upstream != NULL)
		return NULL;
	return git_is(&repo->git,
	    GIT_ARGS("rev-parse", "--quiet", "--verify", ref), out);
}
