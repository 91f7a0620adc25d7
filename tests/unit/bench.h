/*
 * For tests of single operations on a scratch tree: "t" is the place, beside
 * it is staging, and what somebody else does meanwhile is a row of a table.
 */
#ifndef BENCH_H
#define BENCH_H

#include "perform.h"
#include "proc.h"
#include "scratch.h"
#include "stage.h"

#define ENTRY "e"

enum what {
	NOTHING,
	A_FILE,     /* "mine" */
	A_DIR,      /* with a file "mine" in it */
	AN_EMPTY,   /* directory */
	A_LINK,     /* to /foreign */
	OLD_LINK,   /* to /old */
	OUR_LINK,   /* to /new: what LINK and ITEM_LINK make */
	A_FILE_MORE /* in the directory that is there */
};

struct bench {
	const struct scratch *s;
	int dir_fd; /* the place */
	struct txn *txn;
	struct hands h;
	struct kept_list kept;
};

/* What there is becomes that. */
static inline void
put_entry(int dir_fd, enum what what)
{
	if (what == A_FILE_MORE) {
		put_file(dir_fd, ENTRY "/more", "mine");
		return;
	}
	assert_ok(tree_remove(dir_fd, ENTRY));
	switch (what) {
	case A_FILE:
		put_file(dir_fd, ENTRY, "mine");
		break;
	case A_DIR:
		(void)close(put_dir(dir_fd, ENTRY));
		put_file(dir_fd, ENTRY "/mine", "mine");
		break;
	case AN_EMPTY:
		(void)close(put_dir(dir_fd, ENTRY));
		break;
	case A_LINK:
		assert_ok(fs_symlink("/foreign", dir_fd, ENTRY));
		break;
	case OLD_LINK:
		assert_ok(fs_symlink("/old", dir_fd, ENTRY));
		break;
	case OUR_LINK:
		assert_ok(fs_symlink("/new", dir_fd, ENTRY));
		break;
	case NOTHING:
	case A_FILE_MORE:
		break;
	}
}

static inline struct digest
digest_at(int dir_fd, const char *name)
{
	struct tree_sum sum = { 0 };

	assert_ok(tree_digest(dir_fd, name, &sum));
	return sum.digest;
}

static inline bool
same_digest(struct digest a, struct digest b)
{
	return digest_equal(&a, &b);
}

/* What the entry is now, as an operation is to expect it. */
static inline struct thing
thing_at(struct bench *b)
{
	struct digest *digest = arena_alloc(&b->txn->arena, sizeof(*digest));
	AUTO_STRBUF struct strbuf text = { 0 };
	struct fs_stat st = { 0 };

	assert_ok(fs_stat(b->dir_fd, ENTRY, &st));
	if (st.kind == FS_LINK) {
		assert_ok(fs_read_link(b->dir_fd, ENTRY, &text));
		return (struct thing){ .kind = FS_LINK,
			.text =
			    arena_strdup(&b->txn->arena, strbuf_str(&text)) };
	}
	*digest = digest_at(b->dir_fd, ENTRY);
	return (struct thing){ .kind = st.kind,
		.id = fs_id_of(&st),
		.digest = digest };
}

struct act {
	const char *what;
	enum op_kind op;
	enum what before;
	enum item_kind item; /* of PUT and SWAP */
	enum fs_kind after;
};

static const struct act acts[] = {
	{ "mkdir", OP_MKDIR, NOTHING, ITEM_LINK, FS_DIR },
	{ "link", OP_LINK, NOTHING, ITEM_LINK, FS_LINK },
	{ "put a link", OP_PUT, NOTHING, ITEM_LINK, FS_LINK },
	{ "put a file", OP_PUT, NOTHING, ITEM_FILE, FS_FILE },
	{ "put a copy", OP_PUT, NOTHING, ITEM_COPY, FS_DIR },
	{ "put a directory of links", OP_PUT, NOTHING, ITEM_LINKS, FS_DIR },
	{ "take a link", OP_TAKE, OLD_LINK, ITEM_LINK, FS_ABSENT },
	{ "take a file", OP_TAKE, A_FILE, ITEM_LINK, FS_ABSENT },
	{ "take a directory", OP_TAKE, A_DIR, ITEM_LINK, FS_ABSENT },
	{ "swap a link for a link", OP_SWAP, OLD_LINK, ITEM_LINK, FS_LINK },
	{ "swap a directory for a link", OP_SWAP, A_DIR, ITEM_LINK, FS_LINK },
	{ "swap a link for a directory of links", OP_SWAP, OLD_LINK, ITEM_LINKS,
	    FS_DIR },
	{ "swap a file for a file", OP_SWAP, A_FILE, ITEM_FILE, FS_FILE },
	{ "swap a directory for a copy", OP_SWAP, A_DIR, ITEM_COPY, FS_DIR },
	{ "chmod", OP_CHMOD, AN_EMPTY, ITEM_LINK, FS_DIR },
};

static inline const struct act *
act_named(const char *what)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		if (strcmp(acts[i].what, what) == 0)
			return &acts[i];
	}
	fail_msg("no act %s", what);
	return NULL;
}

static inline uint32_t
add_item(struct bench *b, uint16_t place, enum item_kind kind)
{
	static const char *const names[] = { "a", "b" };
	static const char *const texts[] = { "/s/a", "/s/b" };
	AUTO_FREE char *model = xasprintf("%s/model", b->s->path);

	switch (kind) {
	case ITEM_LINK:
		return txn_item_link(b->txn, place, "/new");
	case ITEM_FILE:
		return txn_item_file(b->txn, place, "new", 3, 0600);
	case ITEM_COPY:
		return txn_item_copy(b->txn, place, model);
	case ITEM_LINKS:
		return txn_item_links(b->txn, place, names, texts, 2);
	case ITEM_BUILD:
		break;
	}
	fail_msg("no such item");
	return NO_SLOT;
}

/* The operation, staged, as the first of its transaction. */
static inline struct op *
build(struct bench *b, const struct act *act)
{
	AUTO_FREE char *dir = xasprintf("%s/t", b->s->path);
	struct fs_stat st = { 0 };

	b->txn = txn_new("test");
	put_entry(b->dir_fd, act->before);
	assert_ok(fs_stat_fd(b->dir_fd, dir, &st));
	txn_group(b->txn, "t", NULL);
	uint16_t place =
	    txn_place(b->txn, dir, fs_id_of(&st), b->s->path, false);
	if (act->op == OP_MKDIR) {
		txn_mkdir(b->txn, place, ENTRY, 0750);
	} else if (act->op == OP_LINK) {
		txn_link(b->txn, place, ENTRY, "/new");
	} else if (act->op == OP_CHMOD) {
		txn_chmod(b->txn, place, ENTRY, 0700, 0755);
	} else if (act->op == OP_PUT) {
		txn_put(b->txn, place, ENTRY, add_item(b, place, act->item));
	} else {
		const struct thing before = thing_at(b);

		if (act->op == OP_TAKE)
			txn_take(b->txn, place, ENTRY, &before);
		else
			txn_swap(b->txn, place, ENTRY,
			    add_item(b, place, act->item), &before);
	}
	stage_items(b->txn);
	assert_ok(STEAL_PTR(b->txn->groups[0].error));
	assert_ok(hands_open(&b->h, b->txn, place));
	return &b->txn->ops[0];
}

static inline void
bench_open(struct bench *b, const struct scratch *s)
{
	*b = (struct bench){ .s = s, .h = HANDS_NONE };
	assert_ok(fs_open_dir_at(s->fd, "t", &b->dir_fd));
}

/* Nothing is left for the next act. */
static inline void
bench_close(struct bench *b)
{
	hands_close(&b->h);
	for (size_t i = 0; i < b->kept.n; i++) {
		AUTO_CLOSE int fd = -1;
		char slot[SLOT_NAME_MAX];

		assert_ok(fs_open_dir(b->txn->places[0].slots, &fd));
		assert_ok(
		    tree_remove(fd, slot_name(b->kept.items[i].slot, slot)));
	}
	assert_ok(stage_discard(b->txn));
	kept_release(&b->kept);
	txn_free(b->txn);
	(void)close(b->dir_fd);
}

/* Back, as recovery does it: it does not know what was done. */
static inline void
take_back(struct bench *b, struct op *op)
{
	op->state = OP_PENDING;
	assert_ok(perform_back(&b->h, op, &b->kept));
	assert_int_equal(op->state, OP_BACK);
}

/* The same program again, as on a file system that has no exchange. */
static inline void
test_without_exchange(void **state)
{
#ifdef SKILLSHARE_FAULT_POINTS
	static const char *const env[] = { "SKILLSHARE_FAULT=exchange:EINVAL",
		NULL };
	AUTO_STRBUF struct strbuf self = { 0 };
	AUTO_PROC_RESULT struct proc_result r = { 0 };

	(void)state;
	if (getenv("SKILLSHARE_FAULT") != NULL) {
		skip(); /* this is that program */
		return;
	}
	assert_ok(fs_read_link(AT_FDCWD, "/proc/self/exe", &self));
	const char *const argv[] = { strbuf_str(&self), NULL };
	const struct proc_spec run = { .argv = argv, .env_set = env };
	assert_ok(proc_run(&run, &r));
	if (r.exit_code != 0)
		fail_msg("%s%s", strbuf_str(&r.out), strbuf_str(&r.err));
#else
	(void)state;
	skip();
#endif
}

static inline int
setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	const struct scratch *s = *state;
	(void)close(put_dir(s->fd, "t"));
	(void)close(put_dir(s->fd, "t2"));
	(void)close(put_dir(s->fd, "model"));
	put_file(s->fd, "model/SKILL.md", "model");
	return 0;
}

#define ON_BENCH(sentence, fn)                                                 \
	{                                                                      \
		(sentence), (fn), setup, scratch_teardown, NULL                \
	}

#endif
