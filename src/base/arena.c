#include "arena.h"

#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)32 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size_bytes;
	_Alignas(max_align_t) char data[];
};

static void *
arena_take(struct arena *a, size_t size_bytes, size_t align)
{
	size_t at = (a->used_bytes + align - 1) & ~(align - 1);

	if (a->head == NULL || at > a->head->size_bytes ||
	    size_bytes > a->head->size_bytes - at) {
		size_t room =
		    size_bytes > BLOCK_BYTES ? size_bytes : BLOCK_BYTES;
		struct arena_block *b = xmalloc(sizeof(*b) + room);

		b->next = a->head;
		b->size_bytes = room;
		a->head = b;
		at = 0;
	}
	a->used_bytes = at + size_bytes;
	return a->head->data + at;
}

void *
arena_alloc(struct arena *a, size_t size_bytes)
{
	void *p = arena_take(a, size_bytes, _Alignof(max_align_t));

	memset(p, 0, size_bytes);
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_take(a, len + 1, 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_join(struct arena *a, const char *dir, const char *name)
{
	size_t dir_len = strlen(dir);
	size_t name_len = strlen(name);
	char *path = arena_alloc(a, dir_len + 1 + name_len + 1);

	memcpy(path, dir, dir_len + 1);
	path[dir_len] = '/';
	memcpy(path + dir_len + 1, name, name_len + 1);
	return path;
}

const char *const *
arena_strdup_list(struct arena *a, const char *const *texts, size_t n)
{
	const char **copy = arena_alloc(a, (n + 1) * sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(a, texts[i]);
	return copy;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		BUG("format %s", fmt);

	char *s = arena_take(a, (size_t)len + 1, 1);
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return s;
}

void
arena_release(struct arena *a)
{
	struct arena_block *next;

	for (struct arena_block *b = a->head; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena){ 0 };
}
