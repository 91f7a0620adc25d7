#include "gitref.h"

#include <string.h>

#include "gitrun.h"

#define OID_MIN 40
#define OID_MAX 64

static bool
is_oid(const char *s)
{
	size_t len = strspn(s, "0123456789abcdef");

	return s[len] == '\0' && (len == OID_MIN || len == OID_MAX);
}

void
ref_move_release(struct ref_move *move)
{
	free(move->ref);
	free(move->to);
	free(move->from);
	*move = (struct ref_move){ 0 };
}

bool
ref_move_parse(const char *text, struct ref_move *out)
{
	const char *first = strchr(text, ' ');
	const char *second = first != NULL ? strchr(first + 1, ' ') : NULL;

	if (second == NULL || strncmp(text, "refs/", 5) != 0)
		return false;
	struct ref_move move = {
		.ref = xstrndup(text, (size_t)(first - text)),
		.to = xstrndup(first + 1, (size_t)(second - first) - 1),
		.from = xstrdup(second + 1),
	};
	if (!is_oid(move.to) || !is_oid(move.from)) {
		ref_move_release(&move);
		return false;
	}
	*out = move;
	return true;
}

char *
ref_move_back_text(const struct ref_move *move)
{
	return xasprintf("%s %s %s", move->ref, move->from, move->to);
}

char *
ref_zeros(const char *like)
{
	size_t len = like != NULL ? strlen(like) : OID_MIN;
	char *zeros = xmalloc(len + 1);

	memset(zeros, '0', len);
	zeros[len] = '\0';
	return zeros;
}

char *
ref_stays_absent(const char *ref)
{
	AUTO_FREE char *zeros = ref_zeros(NULL);

	return xasprintf("%s %s %s", ref, zeros, zeros);
}

static bool
is_still(const struct ref_move *move)
{
	return strcmp(move->to, move->from) == 0;
}

static bool
is_zeros(const char *oid)
{
	return oid[strspn(oid, "0")] == '\0';
}

static struct git
git_at(const char *git_dir)
{
	return (struct git){
		.dir = git_dir,
		.git_dir = git_dir,
		.flags = GIT_WRITES | GIT_STEP,
	};
}

/* Where the ref is; zeros where it is not. */
MUST_USE static struct error *
where_is(const struct git *git, const struct ref_move *move, char **out)
{
	struct error *err = git_ask(git,
	    GIT_ARGS("rev-parse", "--quiet", "--verify", move->ref), out);

	if (err == NULL && *out == NULL)
		*out = ref_zeros(move->to);
	return err;
}

MUST_USE static struct error *
update(const struct git *git, const char *ref, const char *to, const char *from)
{
	const char *const *args =
	    is_zeros(to)
		? GIT_ARGS("update-ref", "-d", ref, from)
		: GIT_ARGS("-c", "core.fsync=all", "update-ref",
		      "--create-reflog", "-m", "skillshare", ref, to, from);
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	struct error *err = git_run(git, args, &result);

	if (err == NULL && result.exit_code != 0) {
		AUTO_ERROR struct error *said =
		    git_failure(git, "update-ref", &result);
		err = error_new(ERR_CONFLICT,
		    "the branch could not be moved: %s", error_msg(said));
	}
	return err;
}

MUST_USE static struct error *
check_still(const struct git *git, const struct ref_move *move)
{
	AUTO_FREE char *now = NULL;
	struct error *err = where_is(git, move, &now);

	if (err != NULL || strcmp(now, move->to) == 0)
		return err;
	return error_new(ERR_CONFLICT, "%s has moved to %s: run it again",
	    move->ref, now);
}

struct error *
ref_move(const char *git_dir, const char *text)
{
	const struct git git = git_at(git_dir);
	AUTO_REF_MOVE struct ref_move move = { 0 };

	if (!ref_move_parse(text, &move))
		BUG("REF %s", text);
	if (is_still(&move))
		return check_still(&git, &move);
	struct error *err = update(&git, move.ref, move.to, move.from);
	if (err == NULL)
		return NULL;
	/* Stopped at its time limit, it may have moved it all the same. */
	AUTO_FREE char *now = NULL;
	struct error *unknown = where_is(&git, &move, &now);
	if (unknown == NULL && strcmp(now, move.to) == 0 &&
	    error_code(err) == ERR_REFUSED) {
		error_free(err); /* it did */
		return NULL;
	}
	error_free(unknown); /* the first is told */
	return err;
}

struct error *
ref_move_back(const char *git_dir, const char *text)
{
	const struct git git = git_at(git_dir);
	AUTO_REF_MOVE struct ref_move move = { 0 };
	AUTO_FREE char *now = NULL;

	if (!ref_move_parse(text, &move))
		BUG("REF %s", text);
	if (is_still(&move))
		return NULL;
	struct error *err = where_is(&git, &move, &now);
	if (err != NULL || strcmp(now, move.from) == 0)
		return err;
	if (strcmp(now, move.to) != 0)
		return error_new(ERR_CONFLICT,
		    "%s has moved on to %s since: it stays there", move.ref,
		    now);
	return update(&git, move.ref, move.from, move.to);
}

struct error *
ref_move_stands(const char *git_dir, const char *text, bool *out)
{
	const struct git git = git_at(git_dir);
	AUTO_REF_MOVE struct ref_move move = { 0 };
	AUTO_FREE char *now = NULL;

	if (!ref_move_parse(text, &move))
		BUG("REF %s", text);
	struct error *err = where_is(&git, &move, &now);
	if (err == NULL)
		*out = strcmp(now, move.to) == 0;
	return err;
}

struct error *
ref_index_is(const char *git_dir, const char *commit, bool *out)
{
	struct git git = git_at(git_dir);

	git.flags = 0;
	return git_is(&git,
	    GIT_ARGS("diff-index", "--cached", "--quiet", commit, "--"), out);
}
