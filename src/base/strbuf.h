/*
 * A string that grows. Always terminated; may hold any bytes.
 */
#ifndef STRBUF_H
#define STRBUF_H

#include "base.h"

struct strbuf {
	char *s; /* NULL only before the first byte; see strbuf_str() */
	size_t len;
	size_t cap_bytes;
};

#define AUTO_STRBUF CLEANUP(strbuf_release)

/* A zeroed struct is an empty buffer. Nothing here fails. */
void strbuf_add(struct strbuf *sb, const char *s);
void strbuf_add_mem(struct strbuf *sb, const void *p, size_t len);
void strbuf_add_char(struct strbuf *sb, char c);
PRINTF_LIKE(2, 3) void strbuf_printf(struct strbuf *sb, const char *fmt, ...);

/* Replaces the bytes [at, at + del_len) by len bytes of p. */
void strbuf_splice(struct strbuf *sb, size_t at, size_t del_len, const void *p,
    size_t len);

/* Cuts to len bytes; len must not exceed the length. */
void strbuf_truncate(struct strbuf *sb, size_t len);

/* Lent until the next change; "" for an empty buffer. */
const char *strbuf_str(const struct strbuf *sb);

/* The string becomes the caller's; the buffer is empty afterwards. */
char *strbuf_detach(struct strbuf *sb);

void strbuf_release(struct strbuf *sb);

#endif
