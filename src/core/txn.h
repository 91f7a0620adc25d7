/*
 * A transaction as a value: what is to be done, in operations that are each
 * atomic and each have an inverse. Made by lowering a plan (or by undo, or
 * by a command that edits a file), written into the journal, carried out by
 * apply. Journal, recovery and undo know operations only.
 *
 *   op      before -> after                        inverse
 *   MKDIR   absent -> directory                    rmdir if empty
 *   LINK    absent -> link                         take, check, drop
 *   PUT     slot -> absent name                    TAKE
 *   TAKE    entry -> empty slot                    PUT
 *   SWAP    slot and entry change places           SWAP
 *   CHMOD   old mode -> new mode                   old mode
 *   REF     compare-and-swap of a git ref          the reverse
 *
 * A place is a directory that operations work in; beside it, on the same
 * file system, is its staging directory with numbered slots. An item is what
 * a slot holds before the first operation. A group is all or nothing: a
 * target, usually; groups fail one by one, the others go on.
 */
#ifndef TXN_H
#define TXN_H

#include "arena.h"
#include "digest.h"
#include "error.h"
#include "fs.h"

enum op_kind {
	OP_MKDIR,
	OP_LINK,
	OP_PUT,
	OP_TAKE,
	OP_SWAP,
	OP_CHMOD,
	OP_REF,
	OP_COUNT
};

enum op_state {
	OP_PENDING, /* not done, or not known */
	OP_DONE,
	OP_ALREADY, /* it was so before: not ours to take back */
	OP_BACK     /* done and taken back */
};

#define NO_SLOT UINT32_MAX

/* What an operation expects to displace, or what it puts in place. */
struct thing {
	enum fs_kind kind;
	const char *text;            /* of a link */
	struct fs_id id;             /* of a directory or file; {0,0}: any */
	const struct digest *digest; /* of a directory or file, or NULL: any */
	bool is_empty;               /* a directory with nothing in it */
};

struct op {
	/* Small fields in bits: there may be a million of these. */
	enum op_kind kind : 4;
	enum op_state state : 3;
	unsigned look : 1;      /* a link to look through afterwards */
	unsigned mode : 12;     /* CHMOD: new mode; MKDIR: of the directory */
	unsigned old_mode : 12; /* CHMOD */
	uint16_t place;
	uint16_t group;
	uint32_t slot;              /* PUT, TAKE, SWAP; else NO_SLOT */
	const char *name;           /* one component */
	const char *text;           /* LINK: of the link; REF: gitref.h */
	const struct thing *before; /* TAKE, SWAP: what is displaced */
};

enum item_kind {
	ITEM_LINK,  /* a link with text */
	ITEM_FILE,  /* a file with bytes */
	ITEM_COPY,  /* a copy of the tree at abs */
	ITEM_LINKS, /* a directory of links */
	ITEM_BUILD  /* whatever a function of the command makes */
};

/*
 * Makes name in the directory slots_fd; on error what it made is removed by
 * the caller. The payload belongs to whoever built the transaction.
 */
typedef struct error *
item_builder(void *payload, int slots_fd, const char *name);

struct item {
	enum item_kind kind;
	uint32_t slot;
	uint16_t place;
	uint16_t group;
	const char *text;  /* LINK */
	const char *bytes; /* FILE */
	size_t len;        /* FILE, bytes */
	mode_t mode;       /* FILE; without the umask's bits, unless: */
	bool is_mode_whole;
	const char *abs; /* COPY: from where */
	/* LINKS, and of BUILD what is to be looked through in it: */
	const char *const *names; /* or NULL */
	size_t n_names;
	const char *const *texts; /* LINKS */
	item_builder *build;      /* BUILD */
	void *payload;            /* BUILD; lent */
	/* BUILD: where its builder leaves the digest; NULL: it does not. */
	const struct digest *told;
	/* Known once staged: */
	bool is_staged;
	bool is_file; /* a regular file, not a directory */
	struct fs_id id;
	struct digest digest; /* of what was staged */
};

struct place {
	const char *dir;     /* absolute, without links */
	const char *staging; /* absolute; made only if a slot is needed */
	const char *slots;   /* the directory of slots: staging, or below it */
	struct fs_id id; /* of dir; {0,0}: a directory that this run makes */
};

struct group {
	const char *name;      /* the target's name, "config", ... */
	const char *look_path; /* where an agent looks, or NULL */
	size_t first_op;
	size_t n_ops;
	size_t first_item;
	size_t n_items;
	bool is_unstaged;    /* failed before the plan: not in the journal */
	bool look_is_root;   /* look_path itself is the link that was made */
	struct error *error; /* why it was taken back; owned; NULL: done */
	/* Names whose link is there but shows no SKILL.md; owned array. */
	const char **unseen;
	size_t n_unseen;
};

struct txn {
	struct arena arena;
	const char *command; /* as a person would type it */
	uint64_t number;     /* given when it begins; 0 before */
	int64_t when;        /* seconds since the epoch, when it begins */
	uint64_t undoes;     /* the run that it takes back, or 0 */
	char token[20];
	struct place *places;
	size_t n_places;
	struct group *groups;
	size_t n_groups;
	struct op *ops;
	size_t n_ops;
	struct item *items;
	size_t n_items;
	uint32_t n_slots;
};

struct txn *txn_new(const char *command);
void txn_free(struct txn *txn);

/* ---- building: strings are copied unless "lent" is said -------------- */

/* Begins the next group; what follows belongs to it. */
void txn_group(struct txn *txn, const char *name, const char *look_path);

/*
 * The place for dir (absolute, without links), made once each. beside says
 * where its staging directory goes: a directory on the same file system.
 * deep: slots one level deeper, for a staging directory that agents scan.
 */
uint16_t txn_place(struct txn *txn, const char *dir, struct fs_id id,
    const char *beside, bool deep);

void
txn_mkdir(struct txn *txn, uint16_t place, const char *name, unsigned mode);

/* name and text are lent: the source of 10,000 skills has them already. */
void
txn_link(struct txn *txn, uint16_t place, const char *name, const char *text);
void txn_put(struct txn *txn, uint16_t place, const char *name, uint32_t slot);
void txn_take(struct txn *txn, uint16_t place, const char *name,
    const struct thing *before);
void txn_swap(struct txn *txn, uint16_t place, const char *name, uint32_t slot,
    const struct thing *before);

void txn_chmod(struct txn *txn, uint16_t place, const char *name, unsigned mode,
    unsigned old_mode);

/* The place is the git directory; text as gitref.h has it. */
void txn_ref(struct txn *txn, uint16_t place, const char *text);

/* The operation added last makes something to look through afterwards. */
void txn_look(struct txn *txn);

/* The group's look_path itself is what is made. */
void txn_look_root(struct txn *txn);

/* The group cannot be built: err is its error, and it is not begun. */
void txn_fail(struct txn *txn, struct error *err);

/* Each returns the slot that the item will be staged in. */
uint32_t txn_item_link(struct txn *txn, uint16_t place, const char *text);
uint32_t txn_item_file(struct txn *txn, uint16_t place, const char *bytes,
    size_t len, mode_t mode);

/* It takes the place of a file that has its mode: the umask does not count. */
void txn_item_keep_mode(struct txn *txn, uint32_t slot);
uint32_t txn_item_copy(struct txn *txn, uint16_t place, const char *abs);

/* names and texts: lent arrays of lent strings. */
uint32_t txn_item_links(struct txn *txn, uint16_t place,
    const char *const *names, const char *const *texts, size_t n);

uint32_t txn_item_build(struct txn *txn, uint16_t place, item_builder *build,
    void *payload);

/*
 * The item added last will be a directory that shows these skills: to be
 * looked through afterwards. names is a lent array of lent strings.
 */
void txn_item_shows(struct txn *txn, const char *const *names, size_t n);

/*
 * Whoever builds the item added last leaves tree_digest() of it there, lent:
 * it is not read for that.
 */
void txn_item_tells(struct txn *txn, const struct digest *digest);

/* ---- asking ---------------------------------------------------------- */

/* The item of a slot, or NULL. Items are in the order of their slots. */
struct item *txn_item(const struct txn *txn, uint32_t slot);

/* How many operations are in that state. */
size_t txn_count(const struct txn *txn, enum op_state state);

#endif
