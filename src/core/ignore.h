/*
 * What a list of patterns leaves out, by the rules of gitignore(5): a pure
 * value, made from texts, asked about paths; it never looks at a disk.
 *
 * The last rule that matches decides; "!" takes a path in again; a "/" at
 * the begin or in the middle ties a pattern to its file's directory; one at
 * the end means directories alone. What lies below a directory that is left
 * out is left out, whatever rules say of itself.
 */
#ifndef IGNORE_H
#define IGNORE_H

#include "arena.h"

/* A larger file of patterns than this should not be read. */
#define IGNORE_MAX_BYTES ((size_t)1024 * 1024)

struct ignore_rule {
	const char *file; /* as given, for messages */
	unsigned line;    /* in it, from 1 */
	const char *text; /* as written, without the blanks at its end */
	bool takes_in;    /* begins with "!": not left out after all */

	/* How it is matched. */
	const char *base;    /* what it is relative to; "" for the top */
	const char *pattern; /* for glob_match() */
	size_t literal_len;  /* of pattern, before anything special in it */
	bool dirs_only;
	bool is_anchored; /* the whole path below base, not its last part */
};

/* A zeroed struct has no rule: it leaves nothing out. */
struct ignore {
	struct arena arena;
	struct ignore_rule *rules; /* in the order in which they were added */
	size_t n;
};
#define AUTO_IGNORE CLEANUP(ignore_release)

/*
 * Adds the rules of a file's text: a byte-order mark, CRLF, comments, empty
 * lines and blanks at the end of a line are what they are to git. The rules
 * hold below the directory base ("" or "a/b"); file is only for messages.
 * Nothing here can fail: a malformed pattern is a rule that never matches.
 */
void ignore_add_text(struct ignore *ignore, const char *file, const char *base,
    const char *text, size_t len);

/* Adds one pattern, taken as it is: it may begin with "#" or end in blanks. */
void ignore_add(struct ignore *ignore, const char *file, const char *base,
    unsigned line, const char *pattern);

/*
 * The rule that decides about this very path ("a/b/c", relative to the top,
 * no slash at its ends), without a look at the directories above; or NULL.
 * For a walk that does not enter what is left out.
 */
const struct ignore_rule *
ignore_match(const struct ignore *ignore, const char *rel, bool is_dir);

/* The rule by which rel, or a directory above it, is left out, or NULL. */
const struct ignore_rule *
ignore_excludes(const struct ignore *ignore, const char *rel, bool is_dir);

void ignore_release(struct ignore *ignore);

#endif
