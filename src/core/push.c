#include "push.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fs.h"
#include "path.h"
#include "pushbrake.h"

#define NAMES_SHOWN 6

static const char *
below_source(const struct git_repo *repo, const char *path)
{
	return path + strlen(repo->prefix);
}

/* ---- the message --------------------------------------------------------- */

static const struct git_change *
find_change(const struct git_changes *changes, const char *path)
{
	for (size_t i = 0; i < changes->n; i++) {
		if (strcmp(changes->items[i].path, path) == 0)
			return &changes->items[i];
	}
	return NULL;
}

/* What a change is told under: its outermost skill, else the file itself. */
struct subject {
	char *name; /* below the source */
	enum git_change_kind kind;
};

MUST_USE static struct error *
subject_of(const struct git_repo *repo, const struct git_changes *changes,
    const struct git_change *change, struct subject *out)
{
	const char *rel = below_source(repo, change->path);

	for (const char *s = strchr(rel, '/'); s != NULL;
	     s = strchr(s + 1, '/')) {
		AUTO_FREE char *name = xstrndup(rel, (size_t)(s - rel));
		AUTO_FREE char *path =
		    xasprintf("%s%s/SKILL.md", repo->prefix, name);
		AUTO_FREE char *abs = path_join(repo->top, path);
		const struct git_change *head = find_change(changes, path);
		struct fs_stat st = { 0 };
		struct error *err = fs_stat(AT_FDCWD, abs, &st);

		if (error_is_sys(err, ENOTDIR)) {
			error_free(err); /* a directory that is a file now */
			err = NULL;
		}
		if (err != NULL)
			return err;
		if (head == NULL && st.kind == FS_ABSENT)
			continue;
		out->name = STEAL_PTR(name);
		out->kind = head == NULL ? GIT_CHANGED : head->kind;
		return NULL;
	}
	out->name = xstrdup(rel);
	out->kind = change->kind;
	return NULL;
}

struct sentence {
	enum git_change_kind kind;
	const char *verb;
	struct strbuf names;
	size_t n;
};

static void
add_name(struct sentence *s, const char *name)
{
	if (s->n++ < NAMES_SHOWN)
		strbuf_printf(&s->names, "%s%s", s->n > 1 ? ", " : "", name);
}

/* "Update pdf, notes; add email; remove old". */
static char *
join_sentences(const struct sentence *all, size_t n)
{
	struct strbuf text = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (all[i].n == 0)
			continue;
		strbuf_printf(&text, "%s%s %s", text.len > 0 ? "; " : "",
		    all[i].verb, strbuf_str(&all[i].names));
		if (all[i].n > NAMES_SHOWN)
			strbuf_printf(&text, " and %zu more",
			    all[i].n - NAMES_SHOWN);
	}
	if (text.len == 0)
		return NULL;
	char *message = strbuf_detach(&text);
	message[0] = (char)(message[0] - 'a' + 'A');
	/* A name may hold anything but must not make a second line. */
	for (char *s = message; *s != '\0'; s++) {
		if (*s == '\n' || *s == '\r')
			*s = ' ';
	}
	return message;
}

MUST_USE static struct error *
make_message(const struct git_repo *repo, struct push_look *look)
{
	struct sentence all[] = {
		{ .kind = GIT_CHANGED, .verb = "update" },
		{ .kind = GIT_ADDED, .verb = "add" },
		{ .kind = GIT_DELETED, .verb = "remove" },
	};
	AUTO_FREE char *last = NULL;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < look->changes.n; i++) {
		const struct git_change *change = &look->changes.items[i];
		struct subject subject = { 0 };

		if (change->kind == GIT_NESTED)
			continue;
		err = subject_of(repo, &look->changes, change, &subject);
		if (err != NULL)
			break;
		/* The files of a skill stand in a row. */
		if (last == NULL || strcmp(last, subject.name) != 0) {
			for (size_t k = 0; k < ARRAY_LEN(all); k++) {
				if (all[k].kind == subject.kind)
					add_name(&all[k], subject.name);
			}
		}
		free(last);
		last = subject.name;
	}
	if (err == NULL)
		look->message = join_sentences(all, ARRAY_LEN(all));
	for (size_t k = 0; k < ARRAY_LEN(all); k++)
		strbuf_release(&all[k].names);
	return err;
}

/* ---- looking ------------------------------------------------------------- */

static bool
is_allowed(const char *rel, const char *const *allow, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(allow[i], rel) == 0 ||
		    strcmp(allow[i], path_base(rel)) == 0)
			return true;
	}
	return false;
}

static void
add_hazard(struct push_look *look, const char *rel, const char *reason)
{
	look->hazards =
	    xgrow(look->hazards, look->n_hazards, sizeof(*look->hazards));
	look->hazards[look->n_hazards++] = (struct push_hazard_item){
		.path = rel,
		.reason = reason,
	};
}

MUST_USE static struct error *
look_at(const struct git_repo *repo, const struct git_change *change,
    struct push_look *look)
{
	const char *rel = below_source(repo, change->path);
	AUTO_FREE char *abs = path_join(repo->top, change->path);
	const char *reason = NULL;

	if (change->kind == GIT_NESTED) {
		look->nested =
		    xgrow(look->nested, look->n_nested, sizeof(*look->nested));
		look->nested[look->n_nested++] = rel;
		return NULL;
	}
	if (change->kind == GIT_UNMERGED)
		return error_new(ERR_REFUSED,
		    "%s has a conflict of a merge that is not resolved: "
		    "resolve it with git",
		    change->path);
	look->n_files++;
	if (change->kind == GIT_DELETED)
		return NULL;
	struct error *err = push_hazard(abs, &reason);
	if (err == NULL && reason != NULL)
		add_hazard(look, rel, reason);
	return err;
}

struct error *
push_look(const struct git_repo *repo, const char *const *allow, size_t n_allow,
    struct push_look *out)
{
	struct push_look look = { 0 };
	struct error *err = git_repo_check_idle(repo);

	if (err == NULL)
		err = git_repo_changes(repo, &look.changes);
	for (size_t i = 0; err == NULL && i < look.changes.n; i++)
		err = look_at(repo, &look.changes.items[i], &look);
	if (err == NULL)
		err = make_message(repo, &look);
	if (err != NULL) {
		push_look_release(&look);
		return err;
	}
	size_t kept = 0;
	for (size_t i = 0; i < look.n_hazards; i++) {
		if (!is_allowed(look.hazards[i].path, allow, n_allow))
			look.hazards[kept++] = look.hazards[i];
	}
	look.n_hazards = kept;
	*out = look;
	return NULL;
}

void
push_look_release(struct push_look *look)
{
	git_changes_release(&look->changes);
	free(look->nested);
	free(look->hazards);
	free(look->message);
	*look = (struct push_look){ 0 };
}

/* ---- committing ---------------------------------------------------------- */

MUST_USE static struct error *
has_hook(const struct git_repo *repo, const char *name, bool *out)
{
	AUTO_FREE char *dir = NULL;
	struct fs_stat st = { 0 };
	struct error *err = git_ask(&repo->git,
	    GIT_ARGS("rev-parse", "--git-path", "hooks"), &dir);

	*out = false;
	if (err != NULL || dir == NULL)
		return err;
	AUTO_FREE char *hooks = path_absolute(repo->source, dir);
	AUTO_FREE char *hook = path_join(hooks, name);
	err = fs_stat_follow(AT_FDCWD, hook, &st);
	*out = err == NULL && st.kind == FS_FILE && (st.mode & 0111) != 0;
	return err;
}

/* err, or, if there are hooks that may be the reason, that. */
static struct error *
blame_hook(const struct git_repo *repo, const char *const *hooks,
    const char *what, struct error *err)
{
	for (; error_code(err) == ERR_REFUSED && *hooks != NULL; hooks++) {
		bool is_there = false;
		AUTO_ERROR struct error *unknown =
		    has_hook(repo, *hooks, &is_there);

		if (unknown != NULL || !is_there)
			continue;
		struct error *told = error_new(ERR_REFUSED,
		    "%s was refused, by the hook %s it seems (%s)", what,
		    *hooks, error_msg(err));
		error_free(err); /* told with the hook */
		return told;
	}
	return err;
}

struct pathspecs {
	char **items; /* NULL-ended */
	size_t n;
};

/* Everything below the source but the repositories in it. */
static void
make_pathspecs(const struct git_repo *repo, const struct push_look *look,
    struct pathspecs *out)
{
	out->items = xcalloc(look->n_nested + 2, sizeof(*out->items));
	out->items[out->n++] = xstrdup(".");
	for (size_t i = 0; i < look->n_nested; i++)
		out->items[out->n++] = xasprintf("%s%s%s",
		    ":(top,exclude,literal)", repo->prefix, look->nested[i]);
}

static void
pathspecs_release(struct pathspecs *specs)
{
	for (size_t i = 0; i < specs->n; i++)
		free(specs->items[i]);
	free(specs->items);
}

MUST_USE static struct error *
commit_paths(const struct git_repo *repo, const char *message,
    const char *const *specs)
{
	static const char *const hooks[] = { "pre-commit", "prepare-commit-msg",
		"commit-msg", NULL };
	static const char *const all[] = { NULL };
	bool is_same = false;
	struct error *err =
	    git_call(&repo->git, GIT_ARGS("add", "--all", "--"), specs, NULL);

	if (err == NULL && repo->head != NULL)
		err = git_is(&repo->git,
		    GIT_ARGS("diff", "--cached", "--quiet", "HEAD", "--", "."),
		    &is_same);
	if (err != NULL || is_same)
		return err;
	/* What the user has staged elsewhere in the work tree stays so. */
	err = git_call(&repo->git,
	    GIT_ARGS("commit", "--quiet", "--message", message, "--"),
	    repo->prefix[0] != '\0' ? specs : all, NULL);
	return err != NULL ? blame_hook(repo, hooks, "the commit", err) : NULL;
}

struct error *
push_commit(struct git_repo *repo, const struct push_look *look,
    const char *message, bool *made_out)
{
	struct pathspecs specs = { 0 };
	const char *const *words;

	if (look->n_files == 0)
		return NULL;
	struct error *err = git_call(&repo->git,
	    GIT_ARGS("var", "GIT_COMMITTER_IDENT"), NULL, NULL);
	if (err != NULL)
		return err;
	make_pathspecs(repo, look, &specs);
	memcpy(&words, &specs.items, sizeof(words));
	err = commit_paths(repo, message, words);
	*made_out = err == NULL;
	pathspecs_release(&specs);
	return err != NULL ? err : git_repo_head(repo);
}

/* ---- sending ------------------------------------------------------------- */

/* "(pre-receive hook declined)" of the line that begins with "!". */
static char *
refusal_in(const char *out)
{
	const char *line = strstr(out, "[remote rejected]");
	const char *open = line != NULL ? strchr(line, '(') : NULL;

	if (line == NULL)
		return NULL;
	return open == NULL ? xstrdup("without a reason")
			    : xstrndup(open + 1, strcspn(open + 1, ")\n"));
}

MUST_USE static struct error *
judge_push(const struct git_repo *repo, const struct remote *remote,
    const struct proc_result *result)
{
	static const char *const hooks[] = { "pre-push", NULL };
	const char *out = strbuf_str(&result->out);
	AUTO_FREE char *refusal = refusal_in(out);

	if (result->exit_code == 0)
		return NULL;
	struct error *err = git_failure(&repo->git, "push", result);
	if (strstr(out, "[rejected]") != NULL) {
		error_free(err); /* said in the user's words */
		return error_new(ERR_CONFLICT, "remote has changes");
	}
	if (refusal != NULL) {
		error_free(err); /* said with the remote's reason */
		return error_new(ERR_REFUSED,
		    "%s refused the push: %s (the commit is kept here)",
		    remote->name, refusal);
	}
	return strstr(out, "!\t") == NULL
		   ? blame_hook(repo, hooks, "the push", err)
		   : err;
}

MUST_USE static struct error *
check_arrived(const struct git_repo *repo, struct remote *remote)
{
	enum remote_relation relation = REMOTE_ABSENT;
	struct error *err = remote_ask(repo, remote);

	if (err == NULL)
		err = remote_relate(repo, remote->tip, &relation);
	if (err == NULL && relation != REMOTE_SAME)
		err = error_new(ERR_REFUSED,
		    "git says that it pushed, but %s of %s is at %s and not at "
		    "%s: look with git fetch and git log",
		    remote->branch, remote->name,
		    remote->tip != NULL ? remote->tip : "nothing", repo->head);
	return err;
}

struct error *
push_send(const struct git_repo *repo, struct remote *remote)
{
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	AUTO_FREE char *refspec = xasprintf("refs/heads/%s:refs/heads/%s",
	    repo->branch, remote->branch);
	struct git git = repo->git;

	git.flags |= GIT_NETWORK;
	struct error *err = git_run(&git,
	    remote->upstream != NULL
		? GIT_ARGS("push", "--porcelain", "--", remote->name, refspec)
		: GIT_ARGS("push", "--porcelain", "--set-upstream", "--",
		      remote->name, refspec),
	    &result);
	if (err == NULL)
		err = judge_push(repo, remote, &result);
	if (err != NULL)
		return err;
	/* The first push notes the upstream: ask for that very branch. */
	if (remote->upstream == NULL)
		remote->upstream = xstrdup(remote->branch);
	return check_arrived(repo, remote);
}

struct error *
push_count(const struct git_repo *repo, const struct remote *remote,
    uint64_t *out)
{
	AUTO_FREE char *without =
	    remote->tip != NULL ? xasprintf("^%s", remote->tip) : NULL;
	AUTO_FREE char *count = NULL;
	struct error *err = git_ask(&repo->git,
	    without != NULL
		? GIT_ARGS("rev-list", "--count", repo->head, without)
		: GIT_ARGS("rev-list", "--count", repo->head),
	    &count);

	if (err == NULL &&
	    (count == NULL || !parse_u64(count, UINT64_MAX, out)))
		*out = 0;
	return err;
}
