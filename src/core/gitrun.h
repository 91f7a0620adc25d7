/*
 * The git program, run without a shell: the user's own credentials, signing
 * and hooks work as they do by hand; questions on the terminal do not, since
 * a child of ours has none. Its words are read in the C locale.
 */
#ifndef GITRUN_H
#define GITRUN_H

#include "error.h"
#include "proc.h"
#include "strbuf.h"

enum {
	GIT_FOREIGN = 1, /* a repository that is not the user's own: nothing
			    of it is executed */
	GIT_NETWORK = 2, /* talks to a remote: a longer time limit */
	GIT_WRITES = 4,  /* may take git's locks and run hooks */
	GIT_STEP = 8     /* a step of a transaction: Ctrl-C waits for it */
};

/* Where git runs. All lent. */
struct git {
	const char *dir;       /* absolute */
	const char *git_dir;   /* NULL: found from dir */
	const char *work_tree; /* NULL: found from dir */
	const char *index;     /* NULL: its own */
	struct strbuf *said;   /* NULL, or gets what git says when it fails;
				  credentials in URLs are masked */
	unsigned flags;
};

/* The arguments of one call. */
#define GIT_ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/*
 * Runs "git args…". A non-zero exit is no error. ERR_NOT_FOUND: git is not
 * installed; ERR_REFUSED: it took too long. The caller releases result.
 */
MUST_USE struct error *git_run(const struct git *git, const char *const *args,
    struct proc_result *result);

/*
 * The same, with more words after args; both end with NULL. A non-zero exit
 * is git_failure(). Output replaces the content of out (or is dropped if that
 * is NULL).
 */
MUST_USE struct error *git_call(const struct git *git, const char *const *args,
    const char *const *more, struct strbuf *out);

/* git_call() for many words: in as many calls as the system needs. */
MUST_USE struct error *git_call_many(const struct git *git,
    const char *const *args, const char *const *many, size_t n);

/*
 * A question with an answer of one line: *out is it, or NULL where git exits
 * with anything but 0 ("no such ref"). Yours.
 */
MUST_USE struct error *
git_ask(const struct git *git, const char *const *args, char **out);

/* A question that git answers by its exit code: 0 is true, 1 is false. */
MUST_USE struct error *
git_is(const struct git *git, const char *const *args, bool *out);

/*
 * What a failed call means, in one sentence (ERR_REFUSED): network,
 * credentials, identity, ... or "git <verb>: <its last line>". Adds all that
 * it said to git->said.
 */
struct error *git_failure(const struct git *git, const char *verb,
    const struct proc_result *result);

/* Adds text with the credentials in its URLs masked. */
void git_mask(struct strbuf *out, const char *text);

#endif
