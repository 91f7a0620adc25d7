#include "gitrun.h"

#include <errno.h>
#include <string.h>

#define LOCAL_SECONDS 120 /* hooks and signing take their time */
#define NETWORK_SECONDS 300
#define ANSWER_BYTES ((size_t)256 * 1024 * 1024)
#define MANY_BYTES ((size_t)64 * 1024) /* of words in one call */

static unsigned
limit_seconds(const struct git *git)
{
	const char *text = getenv("SKILLSHARE_GIT_TIMEOUT");
	uint64_t seconds = 0;

	if ((git->flags & GIT_NETWORK) == 0)
		return LOCAL_SECONDS;
	if (text != NULL && parse_u64(text, UINT16_MAX, &seconds) &&
	    seconds > 0)
		return (unsigned)seconds;
	return NETWORK_SECONDS;
}

struct words {
	const char **items;
	size_t n;
};

static void
add_words(struct words *words, const char *const *more)
{
	for (; more != NULL && *more != NULL; more++) {
		words->items =
		    xgrow(words->items, words->n, sizeof(*words->items));
		words->items[words->n++] = *more;
	}
	words->items = xgrow(words->items, words->n, sizeof(*words->items));
	words->items[words->n] = NULL;
}

/* What is in the user's environment must not lead git elsewhere. */
static const char *const base_env[] = { "LC_ALL=C", "GIT_TERMINAL_PROMPT=0",
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE",
	"GIT_PREFIX", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS",
	"GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", NULL };

MUST_USE static struct error *
run_words(const struct git *git, const struct words *words,
    struct proc_result *result)
{
	AUTO_FREE char *git_dir =
	    xasprintf("GIT_DIR=%s", git->git_dir != NULL ? git->git_dir : "");
	AUTO_FREE char *work_tree = xasprintf("GIT_WORK_TREE=%s",
	    git->work_tree != NULL ? git->work_tree : "");
	AUTO_FREE char *index = xasprintf("GIT_INDEX_FILE=%s",
	    git->index != NULL ? git->index : "");
	struct words env = { 0 };

	add_words(&env, base_env);
	if (git->git_dir != NULL)
		add_words(&env, GIT_ARGS(git_dir));
	if (git->work_tree != NULL)
		add_words(&env, GIT_ARGS(work_tree));
	if (git->index != NULL)
		add_words(&env, GIT_ARGS(index));
	if ((git->flags & GIT_WRITES) == 0)
		add_words(&env, GIT_ARGS("GIT_OPTIONAL_LOCKS=0"));
	const struct proc_spec spec = {
		.argv = words->items,
		.dir = git->dir,
		.env_set = env.items,
		.timeout_ms = limit_seconds(git) * 1000,
		.max_out_bytes = ANSWER_BYTES,
		.is_step = (git->flags & GIT_STEP) != 0,
	};
	struct error *err = proc_run(&spec, result);
	free(env.items);
	return err;
}

/* The word after settings: "fetch" of "-c a=b fetch". */
static const char *
verb_of(const char *const *args)
{
	while (args[0] != NULL && args[1] != NULL && strcmp(args[0], "-c") == 0)
		args += 2;
	return args[0];
}

struct error *
git_run(const struct git *git, const char *const *args,
    struct proc_result *result)
{
	struct words words = { 0 };

	add_words(&words, GIT_ARGS("git", "-c", "protocol.ext.allow=never",
			      "-c", "core.quotePath=false"));
	if ((git->flags & GIT_FOREIGN) != 0)
		add_words(&words, GIT_ARGS("-c", "core.fsmonitor=false", "-c",
				      "core.hooksPath=/dev/null"));
	add_words(&words, args);

	struct error *err = run_words(git, &words, result);
	free(words.items);
	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* said in the user's words */
		return error_new(ERR_NOT_FOUND, "git is not installed");
	}
	if (err == NULL && result->timed_out)
		return error_new(ERR_REFUSED,
		    "git %s did not end within %u seconds, so it was stopped%s",
		    verb_of(args), limit_seconds(git),
		    (git->flags & GIT_NETWORK) != 0
			? " (SKILLSHARE_GIT_TIMEOUT sets another limit)"
			: "");
	return err;
}

/* ---- what went wrong ----------------------------------------------------- */

void
git_mask(struct strbuf *out, const char *text)
{
	for (;;) {
		const char *url = strstr(text, "://");

		if (url == NULL)
			break;
		url += 3;
		strbuf_add_mem(out, text, (size_t)(url - text));
		const char *at = NULL;
		for (const char *p = url;
		     *p != '\0' && strchr("/ \t\n'\"", *p) == NULL; p++) {
			if (*p == '@')
				at = p;
		}
		if (at != NULL)
			strbuf_add(out, "***");
		text = at != NULL ? at : url;
	}
	strbuf_add(out, text);
}

#define NO_WAY_THERE "the remote cannot be reached: is the network up?"
#define NOT_LET_IN                                                             \
	"the remote does not accept the credentials that git has (skillshare " \
	"cannot ask for a password: use a credential helper or an ssh agent)"
#define NOBODY                                                                  \
	"git does not know who you are: git config --global user.name \"…\" " \
	"and git config --global user.email \"…\""

/* From what git says to what it means; the first that fits. */
static const struct {
	const char *said;
	const char *meaning;
} meanings[] = {
	{ "Could not resolve host", NO_WAY_THERE },
	{ "Temporary failure in name resolution", NO_WAY_THERE },
	{ "Name or service not known", NO_WAY_THERE },
	{ "Connection refused", NO_WAY_THERE },
	{ "Connection timed out", NO_WAY_THERE },
	{ "Operation timed out", NO_WAY_THERE },
	{ "Network is unreachable", NO_WAY_THERE },
	{ "No route to host", NO_WAY_THERE },
	{ "Failed to connect", NO_WAY_THERE },
	{ "Authentication failed", NOT_LET_IN },
	{ "Permission denied (", NOT_LET_IN },
	{ "could not read Username", NOT_LET_IN },
	{ "could not read Password", NOT_LET_IN },
	{ "terminal prompts disabled", NOT_LET_IN },
	{ "Host key verification failed", NOT_LET_IN },
	{ "returned error: 401", NOT_LET_IN },
	{ "returned error: 403", NOT_LET_IN },
	{ "Please tell me who you are", NOBODY },
	{ "unable to auto-detect email address", NOBODY },
	{ "empty ident name", NOBODY },
	{ "gpg failed to sign", "git could not sign the commit" },
	{ "does not appear to be a git repository",
	    "there is no repository at the remote's address: git remote -v "
	    "shows it" },
	{ "Repository not found",
	    "there is no repository at the remote's address: git remote -v "
	    "shows it" },
	{ "repository not exported",
	    "there is no repository at the remote's address: git remote -v "
	    "shows it" },
	{ "transport 'ext' not allowed",
	    "the remote's address would run a command: not allowed" },
	{ "dubious ownership",
	    "the repository belongs to another user: git config --global "
	    "--add safe.directory <its path> allows it" },
	{ "index.lock': File exists",
	    "another git is at work in the source: try again when it is done" },
	{ "hung up unexpectedly", "the connection to the remote broke off" },
	{ "early EOF", "the connection to the remote broke off" },
	{ "RPC failed", "the connection to the remote broke off" },
};

/* The last line that is not empty. */
static char *
last_line(const char *text)
{
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '\n')
		len--;
	size_t start = len;
	while (start > 0 && text[start - 1] != '\n')
		start--;
	return xstrndup(text + start, len - start);
}

struct error *
git_failure(const struct git *git, const char *verb,
    const struct proc_result *result)
{
	AUTO_STRBUF struct strbuf said = { 0 };

	git_mask(&said, strbuf_str(&result->err));
	if (git->said != NULL) {
		strbuf_add(git->said, strbuf_str(&said));
		if (said.len > 0 && strbuf_str(&said)[said.len - 1] != '\n')
			strbuf_add_char(git->said, '\n');
	}
	for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
		if (strstr(strbuf_str(&said), meanings[i].said) != NULL)
			return error_new(ERR_REFUSED, "%s",
			    meanings[i].meaning);
	}
	AUTO_FREE char *last = last_line(strbuf_str(&said));
	return error_new(ERR_REFUSED, "git %s: %s (exit code %d)", verb,
	    last[0] != '\0' ? last : "it said nothing", result->exit_code);
}

/* ---- calls --------------------------------------------------------------- */

struct error *
git_call(const struct git *git, const char *const *args,
    const char *const *more, struct strbuf *out)
{
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	struct words words = { 0 };

	add_words(&words, args);
	add_words(&words, more);
	struct error *err = git_run(git, words.items, &result);
	free(words.items);
	if (err == NULL && result.exit_code != 0)
		err = git_failure(git, verb_of(args), &result);
	if (err != NULL || out == NULL)
		return err;
	strbuf_release(out);
	*out = result.out;
	result.out = (struct strbuf){ 0 };
	return NULL;
}

struct error *
git_call_many(const struct git *git, const char *const *args,
    const char *const *many, size_t n)
{
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < n;) {
		struct words words = { 0 };
		size_t bytes = 0;

		for (; i < n && (bytes == 0 || bytes < MANY_BYTES); i++) {
			add_words(&words, GIT_ARGS(many[i]));
			bytes += strlen(many[i]) + 1;
		}
		err = git_call(git, args, words.items, NULL);
		free(words.items);
	}
	return err;
}

struct error *
git_ask(const struct git *git, const char *const *args, char **out)
{
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	struct error *err = git_run(git, args, &result);

	if (err != NULL)
		return err;
	const char *line = strbuf_str(&result.out);
	*out =
	    result.exit_code == 0 ? xstrndup(line, strcspn(line, "\n")) : NULL;
	return NULL;
}

struct error *
git_is(const struct git *git, const char *const *args, bool *out)
{
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	struct error *err = git_run(git, args, &result);

	if (err == NULL && result.exit_code != 0 && result.exit_code != 1)
		err = git_failure(git, verb_of(args), &result);
	if (err == NULL)
		*out = result.exit_code == 0;
	return err;
}
