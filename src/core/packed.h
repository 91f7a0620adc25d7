/*
 * Caches in the machine's own form: a line that names the format, then
 * chunks, each with its length and a digest. Numbers are as the machine has
 * them, texts end with NUL. What is damaged, or was made of something else
 * (the seed: another source, other rules), counts as absent; nothing of it is
 * told.
 */
#ifndef PACKED_H
#define PACKED_H

#include "digest.h"
#include "error.h"
#include "strbuf.h"

/* What is still to be read; lent. */
struct packed {
	const char *at;
	size_t len;
};

/* Next in it; false if there is not so much. A text is lent. */
bool packed_take(struct packed *rest, void *out, size_t len);
bool packed_take_text(struct packed *rest, const char **out);

/* Reads the file into text; empty if it is absent or of another format. */
struct packed packed_read(int dir_fd, const char *name, const char *magic,
    struct strbuf *text);

/* The next chunk; false at the end, and at what is damaged (len > 0). */
bool packed_chunk(struct packed *file, const struct digest *seed,
    struct packed *chunk);

/* A text with its NUL. */
void packed_add_text(struct strbuf *out, const char *text);

/* Begins a chunk: what is added to out is in it until its end. */
size_t packed_begin(struct strbuf *out);
void packed_end(struct strbuf *out, size_t begin, const struct digest *seed);

/*
 * Puts text in place of the file, unsynced. If the process dies here: the old
 * one stands, or after a power loss a torn one, which is damaged; and perhaps
 * a temporary ".name.tmp", which the next writer replaces.
 */
MUST_USE struct error *
packed_replace(int dir_fd, const char *name, const struct strbuf *text);

#endif
