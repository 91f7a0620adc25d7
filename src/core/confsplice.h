/*
 * Splices into a YAML text, at the places that its tree names: the tools of
 * confedit.h. All take places of the old text and must therefore be called
 * from its end to its start.
 */
#ifndef CONFSPLICE_H
#define CONFSPLICE_H

#include "confedit.h"
#include "yamltree.h"

/* Columns of indentation in a file that shows none. */
#define SPLICE_STEP 2

/* One edit: the old text, the new one, and the tree that it must give. */
struct splice {
	const struct confedit_input *in;
	struct arena arena;
	struct ynode *root; /* of the old text, then as it should become */
	struct strbuf text; /* the new one */
	const char *eol;    /* as the file has it */
	size_t step;        /* columns of indentation, as the file has them */
	unsigned line;      /* for a person who must do it by hand, from 1 */
};

/* Reads the text; ERR_CONFIG if it cannot be, with nothing to release. */
MUST_USE struct error *
splice_begin(struct splice *e, const struct confedit_input *in);

/*
 * Hands the new text to out if is_done and it reads as e->root; else
 * ERR_CONFIG. Releases e.
 */
MUST_USE struct error *
splice_end(struct splice *e, bool is_done, struct strbuf *out);
void splice_release(struct splice *e);

/* Columns before a node. */
size_t splice_indent(const struct ynode *node);

/*
 * Behind the last line of a block's entry. Comments below it belong to it if
 * they are indented deeper than its key.
 */
size_t splice_entry_end(const struct splice *e, const struct ynode *key);

/* Puts whole lines before the one that starts at that byte, or at the end. */
void splice_insert_lines(struct splice *e, size_t at, const char *lines);

/* Puts "key: value" behind the last pair of a map in {}. */
void
splice_insert_flow(struct splice *e, const struct ynode *map, const char *pair);

/* ---- false: not written in a way that these can change ----------------- */

/* Puts s in the place of a key's value, which may be empty. */
MUST_USE bool
splice_value(struct splice *e, const struct ynode *key, const char *s);

/* Puts block lines in the place of a value of nothing, ~ or {}. */
MUST_USE bool splice_value_lines(struct splice *e, const struct ynode *key,
    const char *lines);

/* Takes an entry out of the block that is parent's value; {} if the last. */
MUST_USE bool splice_remove_lines(struct splice *e, const struct ynode *parent,
    const struct ynode *key);

/* Takes a pair out of a {}, and its line if nothing else is on it. */
MUST_USE bool splice_remove_pair(struct splice *e, const struct ynode *map,
    const struct ynode *key);

/* Puts "- s" behind the last item of a block list that has one. */
MUST_USE bool
splice_add_item(struct splice *e, const struct ynode *list, const char *s);

/* Takes an item's line out of a block list that has more. */
MUST_USE bool splice_remove_item(struct splice *e, const struct ynode *item);

/* Takes an item, with a comma, out of a list in []; false at a comment. */
bool splice_remove_flow_item(struct splice *e, const struct ynode *list,
    const struct ynode *item);

#endif
