/*
 * A YAML text as a tree to read: values with their places in the text, so
 * that an editor can splice bytes there. One document, at most 1 MiB, 64
 * levels and 100,000 values; no key twice in a map; keys are plain text.
 * Aliases stay aliases, so no text grows by being read.
 */
#ifndef YAMLTREE_H
#define YAMLTREE_H

#include "arena.h"
#include "error.h"
#include "strbuf.h"

#define YAMLTREE_MAX_BYTES ((size_t)1024 * 1024)

enum ynode_kind {
	YNODE_SCALAR,
	YNODE_LIST,
	YNODE_MAP,
	YNODE_ALIAS
};

struct ynode {
	enum ynode_kind kind;
	bool is_plain;        /* a scalar without quotes, | or > */
	bool is_flow;         /* a collection in [] or {} */
	const char *text;     /* of a scalar; "" for the rest */
	const char *anchor;   /* its own, or the alias's name; or NULL */
	const char *tag;      /* or NULL */
	size_t start;         /* bytes from the text's begin, anchor included */
	size_t end;           /* of a block collection: its last child's */
	unsigned line;        /* from 1 */
	unsigned column;      /* in characters, from 1 */
	struct ynode *first;  /* child; in a map key, value, key, value, … */
	struct ynode *next;   /* sibling */
	struct ynode *last;   /* child */
	struct ynode *target; /* what an alias stands for */
	size_t n;             /* items of a list, pairs of a map */
};

/* Why a text is no tree. */
struct yaml_fault {
	unsigned line;    /* from 1 */
	unsigned column;  /* from 1 */
	const char *what; /* in the arena, half a sentence */
};

/*
 * Reads text into the arena. A byte-order mark and CRLF are fine; *root is
 * NULL for a text of nothing but comments. False: *fault says why.
 */
MUST_USE bool yamltree_read(struct arena *arena, const char *text, size_t len,
    struct ynode **root, struct yaml_fault *fault);

/* The same; ERR_CONFIG "path:line:column: what" if it cannot be read. */
MUST_USE struct error *yamltree_parse(struct arena *arena, const char *path,
    const char *text, size_t len, struct ynode **root);

/* ERR_CONFIG that names the place of a node. */
MUST_USE PRINTF_LIKE(3, 4) struct error *yamltree_error(const char *path,
    const struct ynode *at, const char *fmt, ...);

/* What an alias stands for; every other node, and NULL, is itself. */
struct ynode *ynode_resolve(struct ynode *node);

/* Nothing, ~ or null; NULL counts too. Aliases are resolved. */
bool ynode_is_null(const struct ynode *node);

/* The key's node (its value is key->next), or NULL. map is a map. */
struct ynode *ynode_key(const struct ynode *map, const char *key);

/* The key's value with aliases resolved, or NULL. map is a map, or NULL. */
struct ynode *ynode_get(const struct ynode *map, const char *key);

/*
 * Do both mean the same, in the same order? A node made by ynode_scalar()
 * equals any string of that text, however it is quoted.
 */
bool ynode_equal(const struct ynode *a, const struct ynode *b);

/* New nodes, for saying what an edit should lead to. */
struct ynode *ynode_scalar(struct arena *arena, const char *text);
struct ynode *ynode_map(struct arena *arena);
void ynode_map_add(struct ynode *map, struct ynode *key, struct ynode *value);

/* Puts value in the place of the one that key, a key of map, has. */
void ynode_map_set(struct ynode *map, struct ynode *key, struct ynode *value);

/* Takes the key and its value out of map; key is one of its keys. */
void ynode_map_remove(struct ynode *map, const struct ynode *key);

/* Adds text, quoted where YAML, in blocks or in {}, could misread it. */
void yaml_add_scalar(struct strbuf *out, const char *text);

#endif
