/*
 * Operations, done and taken back.
 */
#include "bench.h"

static void
assert_done(const struct bench *b, const struct act *act)
{
	struct fs_stat st = { 0 };

	assert_ok(fs_stat(b->dir_fd, ENTRY, &st));
	if (st.kind != act->after)
		fail_msg("%s: kind %d", act->what, (int)st.kind);
	if (act->op == OP_MKDIR)
		assert_int_equal(st.mode, 0750);
	else if (act->op == OP_CHMOD)
		assert_int_equal(st.mode, 0700);
	else if (act->after == FS_LINK)
		assert_link(b->dir_fd, ENTRY, "/new");
	else if (act->after == FS_FILE)
		assert_file(b->dir_fd, ENTRY, "new");
	else if (act->item == ITEM_LINKS)
		assert_link(b->dir_fd, ENTRY "/b", "/s/b");
	else if (act->item == ITEM_COPY)
		assert_file(b->dir_fd, ENTRY "/SKILL.md", "model");
}

static void
test_and_back(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		struct bench b;

		bench_open(&b, *state);
		struct op *op = build(&b, &acts[i]);
		struct digest before = digest_at(b.s->fd, "t");

		take_back(&b, op);
		if (!same_digest(before, digest_at(b.s->fd, "t")))
			fail_msg("%s: back, but not done", acts[i].what);
		op->state = OP_PENDING;
		assert_ok(perform(&b.h, op));
		assert_int_equal(op->state, OP_DONE);
		assert_done(&b, &acts[i]);
		for (int times = 0; times < 3; times++) {
			take_back(&b, op);
			if (!same_digest(before, digest_at(b.s->fd, "t")))
				fail_msg("%s: back %d", acts[i].what, times);
		}
		op->state = OP_PENDING;
		assert_ok(perform(&b.h, op));
		assert_done(&b, &acts[i]);
		assert_int_equal(b.kept.n, 0);
		bench_close(&b);
	}
}

/* OP_ALREADY and OP_BACK are not asked of the disk. */
static void
test_not_ours(void **state)
{
	static const enum op_state states[] = { OP_ALREADY, OP_BACK };

	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct bench b;

		bench_open(&b, *state);
		struct op *op = build(&b, act_named("link"));
		put_entry(b.dir_fd, OUR_LINK);
		op->state = states[i];
		assert_ok(perform_back(&b.h, op, &b.kept));
		assert_int_equal(op->state, states[i]);
		assert_link(b.dir_fd, ENTRY, "/new");
		bench_close(&b);
	}
}

struct surprise_row {
	const char *act;
	enum what by_somebody;
	enum op_state state; /* OP_ALREADY: no error */
};

/* Somebody was there between the plan and the operation. */
static void
test_surprised_before(void **state)
{
	static const struct surprise_row rows[] = {
		{ "mkdir", A_FILE, OP_PENDING },
		{ "mkdir", A_LINK, OP_PENDING },
		{ "mkdir", A_DIR, OP_ALREADY },
		{ "link", A_FILE, OP_PENDING },
		{ "link", A_DIR, OP_PENDING },
		{ "link", A_LINK, OP_PENDING },
		{ "link", OUR_LINK, OP_ALREADY },
		{ "put a link", A_FILE, OP_PENDING },
		{ "put a link", OUR_LINK, OP_PENDING },
		{ "put a copy", AN_EMPTY, OP_PENDING },
		{ "put a file", A_FILE, OP_PENDING },
		{ "take a link", NOTHING, OP_PENDING },
		{ "take a link", A_LINK, OP_PENDING },
		{ "take a link", A_DIR, OP_PENDING },
		{ "take a directory", A_DIR, OP_PENDING },
		{ "take a directory", A_FILE_MORE, OP_PENDING },
		{ "take a file", OLD_LINK, OP_PENDING },
		{ "swap a link for a link", NOTHING, OP_PENDING },
		{ "swap a link for a link", A_LINK, OP_PENDING },
		{ "swap a link for a link", A_FILE, OP_PENDING },
		{ "swap a link for a link", A_DIR, OP_PENDING },
		{ "swap a directory for a link", A_FILE_MORE, OP_PENDING },
		{ "swap a directory for a link", A_LINK, OP_PENDING },
		{ "swap a link for a directory of links", A_FILE, OP_PENDING },
		{ "swap a file for a file", NOTHING, OP_PENDING },
		{ "swap a file for a file", A_DIR, OP_PENDING },
	};

	for (const struct surprise_row *r = rows; r < rows + ARRAY_LEN(rows);
	     r++) {
		struct bench b;

		bench_open(&b, *state);
		struct op *op = build(&b, act_named(r->act));
		put_entry(b.dir_fd, r->by_somebody);
		struct digest theirs = digest_at(b.s->fd, "t");
		AUTO_ERROR struct error *err = perform(&b.h, op);
		bool is_conflict =
		    err != NULL && error_code(err) == ERR_CONFLICT;

		if (is_conflict != (r->state == OP_PENDING) ||
		    op->state != r->state)
			fail_msg("%s, but %d: state %d", r->act,
			    (int)r->by_somebody, (int)op->state);
		if (!same_digest(theirs, digest_at(b.s->fd, "t")))
			fail_msg("%s, but %d: it is changed", r->act,
			    (int)r->by_somebody);
		assert_ok(perform_back(&b.h, op, &b.kept));
		if (!same_digest(theirs, digest_at(b.s->fd, "t")))
			fail_msg("%s, but %d: not as it was", r->act,
			    (int)r->by_somebody);
		assert_int_equal(b.kept.n, 0);
		bench_close(&b);
	}
}

static void
test_place(void **state)
{
	const struct scratch *s = *state;
	struct bench b;

	bench_open(&b, s);
	(void)build(&b, act_named("mkdir"));
	hands_close(&b.h);
	assert_ok(fs_rename_noreplace(s->fd, "t", s->fd, "moved"));
	assert_code(hands_open(&b.h, b.txn, 0), ERR_UNREACHABLE);
	(void)close(put_dir(s->fd, "t"));
	assert_code(hands_open(&b.h, b.txn, 0), ERR_UNREACHABLE);
	assert_ok(fs_rmdir(s->fd, "t"));
	assert_ok(fs_symlink("moved", s->fd, "t"));
	assert_ok(hands_open(&b.h, b.txn, 0)); /* the same, by another way */
	hands_close(&b.h);
	/* One that the run makes is known by where it is. */
	b.txn->places[0].id = (struct fs_id){ 0 };
	assert_code(hands_open(&b.h, b.txn, 0), ERR_UNREACHABLE);
	assert_ok(fs_unlink(s->fd, "t"));
	assert_ok(hands_open(&b.h, b.txn, 0));
	assert_int_equal(b.h.dir_fd, -1);
	take_back(&b, &b.txn->ops[0]);
	bench_close(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_BENCH("each operation is done and taken back, and again",
		    test_and_back),
		ON_BENCH("what was so before is not taken back", test_not_ours),
		ON_BENCH("what is not as planned is given back and a conflict",
		    test_surprised_before),
		ON_BENCH("a place is the directory that the plan saw",
		    test_place),
		{ "all the same where two names cannot be exchanged",
		    test_without_exchange, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
