#include "strbuf.h"

#include <stdio.h>
#include <string.h>

static void
reserve(struct strbuf *sb, size_t more)
{
	size_t need = sb->len + more + 1;

	if (need <= sb->cap_bytes)
		return;
	size_t cap = sb->cap_bytes < 32 ? 32 : sb->cap_bytes * 2;
	if (cap < need)
		cap = need;
	sb->s = xreallocarray(sb->s, cap, 1);
	sb->cap_bytes = cap;
}

void
strbuf_splice(struct strbuf *sb, size_t at, size_t del_len, const void *p,
    size_t len)
{
	if (at > sb->len || del_len > sb->len - at)
		BUG("splice at %zu+%zu of %zu", at, del_len, sb->len);
	reserve(sb, len);
	memmove(sb->s + at + len, sb->s + at + del_len, sb->len - at - del_len);
	if (len > 0)
		memcpy(sb->s + at, p, len);
	sb->len += len - del_len;
	sb->s[sb->len] = '\0';
}

void
strbuf_add_mem(struct strbuf *sb, const void *p, size_t len)
{
	reserve(sb, len);
	if (len > 0)
		memcpy(sb->s + sb->len, p, len);
	sb->len += len;
	sb->s[sb->len] = '\0';
}

void
strbuf_add(struct strbuf *sb, const char *s)
{
	strbuf_add_mem(sb, s, strlen(s));
}

void
strbuf_add_char(struct strbuf *sb, char c)
{
	reserve(sb, 1);
	sb->s[sb->len++] = c;
	sb->s[sb->len] = '\0';
}

void
strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *s = xvasprintf(fmt, ap);
	va_end(ap);
	strbuf_add(sb, s);
}

void
strbuf_truncate(struct strbuf *sb, size_t len)
{
	if (len > sb->len)
		BUG("truncate %zu to %zu", sb->len, len);
	sb->len = len;
	if (sb->s != NULL)
		sb->s[len] = '\0';
}

const char *
strbuf_str(const struct strbuf *sb)
{
	return sb->s != NULL ? sb->s : "";
}

char *
strbuf_detach(struct strbuf *sb)
{
	reserve(sb, 0);
	sb->s[sb->len] = '\0';
	char *s = sb->s;
	*sb = (struct strbuf){ 0 };
	return s;
}

void
strbuf_release(struct strbuf *sb)
{
	free(sb->s);
	*sb = (struct strbuf){ 0 };
}
