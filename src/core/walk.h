/*
 * What discover() works on; for discover.c, which goes from directory to
 * directory, and walkskill.c, which takes in what is a skill.
 */
#ifndef WALK_H
#define WALK_H

#include "discover.h"
#include "strbuf.h"

struct walk {
	struct skillset *set;
	struct sourceseen *seen; /* or NULL */
	unsigned flags;
	int source_fd;
	struct strbuf rel;      /* of the directory in hand */
	struct strbuf head;     /* of the SKILL.md in hand, used again */
	struct arena scratch;   /* of one front matter */
	struct ignore *ignore;  /* of the part of the source we are in */
	bool is_hidden_unknown; /* a file of rules here cannot be read */
	struct tracked_repo
	    *repo; /* the tracked repository we are in, or NULL */
};

/* A directory being walked; opened only if something of it must be read. */
struct spot {
	struct spot *above;           /* what it is in; NULL: it is open */
	const char *name;             /* in above */
	int fd;                       /* -1: not opened */
	const struct source_dir *old; /* what is known of its path, or NULL */
	struct fs_stat st; /* before it was read; FS_ABSENT: not known */
	uint32_t at;       /* its place in what this run keeps */
};

/* Opens the spot, and for that what it is in. */
MUST_USE struct error *walk_open(struct spot *spot);

/* A part of the source that we could not look at: absence proves nothing. */
void walk_add_gap(struct walk *walk, const char *rel, struct error *err);

/* The same, unless nothing there was to be shown anyway. */
void walk_add_unreadable(struct walk *walk, const char *rel, struct error *err);

/* The directory walk->rel holds a SKILL.md of that kind: takes it in. */
void walk_take_skill(struct walk *walk, struct spot *spot, enum fs_kind kind);

/* A link directly in the source, that may lead to a skill. */
void walk_take_link(struct walk *walk, const char *name);

#endif
