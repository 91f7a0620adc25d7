/*
 * The operation REF: a branch moves from one commit to another, or comes to
 * be, or goes, by git's own compare-and-swap. Its text in a transaction is
 * "<ref> <to> <from>"; a commit of zeros stands for no ref. With the same
 * commit twice nothing moves: the ref must be there, for undo, too.
 */
#ifndef GITREF_H
#define GITREF_H

#include "error.h"
#include "txn.h"

struct ref_move {
	char *ref; /* "refs/heads/main" */
	char *to;
	char *from;
};
#define AUTO_REF_MOVE CLEANUP(ref_move_release)

/* False unless text is a REF's. */
bool ref_move_parse(const char *text, struct ref_move *out);
void ref_move_release(struct ref_move *move);

/* The text of the way back; yours. */
char *ref_move_back_text(const struct ref_move *move);

/* As many zeros as a commit of this length has; yours. */
char *ref_zeros(const char *like);

/* The text of "there is no such ref, and none comes to be"; yours. */
char *ref_stays_absent(const char *ref);

/*
 * Moves it in the repository git_dir. ERR_CONFLICT: the ref is not at from.
 * Back: a ref that is at from already is fine; one that is at neither was
 * moved by somebody since, which is ERR_CONFLICT.
 */
MUST_USE struct error *ref_move(const char *git_dir, const char *text);
MUST_USE struct error *ref_move_back(const char *git_dir, const char *text);

/* Is the ref where the move put it? */
MUST_USE struct error *
ref_move_stands(const char *git_dir, const char *text, bool *out);

/*
 * Does the index of the repository hold just what the commit has, nothing
 * staged? Asked by undo: the bytes of an index change with every look at it.
 */
MUST_USE struct error *
ref_index_is(const char *git_dir, const char *commit, bool *out);

#endif
