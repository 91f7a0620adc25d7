/*
 * Is all that snapshots hold as it was stored? Every stored file is read
 * once, whatever its number of names.
 */
#ifndef SNAPCHECK_H
#define SNAPCHECK_H

#include "snapshot.h"

struct snapcheck_item {
	char *path;       /* absolute: a file, or a manifest */
	char *problem;    /* "its content has changed", ... */
	char **snapshots; /* names of all that share it, sorted */
	size_t n_snapshots;
};

struct snapcheck_result {
	struct snapcheck_item *items;
	size_t n;
	uint64_t n_snapshots; /* looked at */
	uint64_t n_files;     /* read */
	uint64_t size_bytes;  /* read */
	uint64_t n_plain;     /* snapshots without digests, not checked */
};

/* progress may be NULL. ERR_INTERRUPTED. Loads all manifests. */
MUST_USE struct error *snapcheck(const struct snapshots *all,
    void (*progress)(void *payload, uint64_t done, uint64_t total),
    void *payload, struct snapcheck_result *out);
void snapcheck_release(struct snapcheck_result *result);

#endif
