/*
 * Where skills came from, as the Go program of this name noted when it
 * installed them: `.metadata.json` at the source's root, before that
 * `.skillshare-meta.json` in each skill, before that `registry.yaml`. Of
 * several the newest counts. They are read and never written, and the names in
 * them are compared, never used as paths.
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include "arena.h"
#include "skillset.h"
#include "strmap.h"

/* The texts of a note: X(ID, key in the files and in our JSON). */
#define ORIGIN_TEXTS(X)                                                        \
	X(SOURCE, "source")                                                    \
	X(KIND, "kind")                                                        \
	X(TYPE, "type")                                                        \
	X(GROUP, "group")                                                      \
	X(BRANCH, "branch")                                                    \
	X(INTO, "into")                                                        \
	X(INSTALLED_AT, "installed_at")                                        \
	X(REPO_URL, "repo_url")                                                \
	X(SUBDIR, "subdir")                                                    \
	X(VERSION, "version")

enum origin_text {
#define ORIGIN_ENUM(id, key) ORIGIN_##id,
	ORIGIN_TEXTS(ORIGIN_ENUM)
#undef ORIGIN_ENUM
	ORIGIN_TEXT_COUNT
};

struct origin {
	const char *file; /* that says so, below the source */
	/* Credentials in URLs are masked; NULL: it does not say. */
	const char *texts[ORIGIN_TEXT_COUNT];
	bool is_tracked;
};

struct origin_warning {
	const char *file; /* below the source */
	const char *text; /* with the place, if there is one */
};

/* A zeroed struct has none. */
struct origins {
	struct arena arena;
	struct origin *items;
	size_t n;
	struct strmap by_rel; /* path below the source -> index */
	struct origin_warning *warnings;
	size_t n_warnings;
};
#define AUTO_ORIGINS CLEANUP(origins_release)

/*
 * Reads the files of a source. Nothing here fails: what cannot be read or
 * understood is a warning, and the rest counts.
 */
void origins_read(const struct skillset *set, struct origins *out);

/* The parts of it: one file's text. A path that is known stays as it is. */
void origins_add_metadata(struct origins *origins, const char *file,
    const char *text, size_t len);
void origins_add_skill(struct origins *origins, const char *rel,
    const char *file, const char *text, size_t len);
void origins_add_registry(struct origins *origins, const char *file,
    const char *text, size_t len);

/*
 * Of what is at rel, or of what it is in: a tracked repository is noted as a
 * whole. NULL: nothing is noted.
 */
const struct origin *
origins_find(const struct origins *origins, const char *rel);

/* The key of a text. */
const char *origin_text_name(enum origin_text text);

void origins_release(struct origins *origins);

#endif
