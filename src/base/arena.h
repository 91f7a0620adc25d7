/*
 * An arena: many small pieces, one release. Each big value (config, skills,
 * observed, plan) owns one; its strings live there and are lent from there.
 */
#ifndef ARENA_H
#define ARENA_H

#include "base.h"

struct arena_block;
struct arena {
	struct arena_block *head;
	size_t used_bytes; /* of head */
};

/* A zeroed struct is an empty arena. Nothing here fails. */
void *arena_alloc(struct arena *a, size_t size_bytes); /* zeroed, aligned */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
/* A copy of the n texts, with a NULL behind them. */
const char *const *
arena_strdup_list(struct arena *a, const char *const *texts, size_t n);
/* dir, a slash, name. */
char *arena_join(struct arena *a, const char *dir, const char *name);
PRINTF_LIKE(2, 3) char *arena_printf(struct arena *a, const char *fmt, ...);

/* Frees all pieces; the arena is empty and usable afterwards. */
void arena_release(struct arena *a);

#endif
