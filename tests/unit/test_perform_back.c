/*
 * The way back when somebody, or a death, came between.
 */
#include "bench.h"

struct later_row {
	const char *act;
	enum what by_somebody;
	enum what then;   /* stands there after taking back */
	const char *kept; /* a path in the kept slot, or NULL: nothing */
};

static void
assert_kept(struct bench *b, const struct later_row *r)
{
	char slot[SLOT_NAME_MAX];

	if (b->kept.n != (r->kept != NULL))
		fail_msg("%s, then %d: %zu kept", r->act, (int)r->by_somebody,
		    b->kept.n);
	if (r->kept == NULL)
		return;
	slot_name(b->kept.items[0].slot, slot);
	AUTO_FREE char *path = xasprintf("%s%s", slot, r->kept);
	assert_string_equal(b->kept.items[0].name, ENTRY);
	if (kind_at(b->h.slots_fd, path) == FS_ABSENT)
		fail_msg("%s, then %d: %s is not kept", r->act,
		    (int)r->by_somebody, path);
}

/* Somebody was there between the operation and its way back. */
static void
test_surprised_after(void **state)
{
	static const struct later_row rows[] = {
		{ "mkdir", NOTHING, NOTHING, NULL },
		{ "mkdir", A_FILE, A_FILE, NULL },
		{ "mkdir", A_DIR, A_DIR, NULL },
		{ "mkdir", A_LINK, A_LINK, NULL },
		{ "link", NOTHING, NOTHING, NULL },
		{ "link", A_FILE, A_FILE, NULL },
		{ "link", A_DIR, A_DIR, NULL },
		{ "link", A_LINK, A_LINK, NULL },
		{ "put a link", NOTHING, NOTHING, NULL },
		{ "put a link", A_FILE, A_FILE, NULL },
		{ "put a copy", NOTHING, NOTHING, NULL },
		{ "put a copy", A_FILE, A_FILE, NULL },
		{ "put a copy", A_DIR, A_DIR, NULL },
		{ "put a copy", A_FILE_MORE, NOTHING, "/more" },
		{ "put a file", A_FILE, A_FILE, NULL },
		{ "take a link", A_FILE, A_FILE, "" },
		{ "take a directory", A_FILE, A_FILE, "/mine" },
		{ "take a directory", AN_EMPTY, AN_EMPTY, "/mine" },
		{ "take a file", A_LINK, A_LINK, "" },
		{ "swap a link for a link", NOTHING, OLD_LINK, NULL },
		{ "swap a link for a link", A_FILE, OLD_LINK, "" },
		{ "swap a link for a link", A_DIR, OLD_LINK, "/mine" },
		{ "swap a directory for a link", NOTHING, A_DIR, NULL },
		{ "swap a directory for a link", A_LINK, A_DIR, "" },
		{ "swap a directory for a link", A_FILE, A_DIR, "" },
		{ "swap a link for a directory of links", A_FILE_MORE, OLD_LINK,
		    "/more" },
		{ "swap a link for a directory of links", NOTHING, OLD_LINK,
		    NULL },
		{ "swap a directory for a copy", A_FILE_MORE, A_DIR, "/more" },
		{ "swap a directory for a copy", AN_EMPTY, A_DIR, "" },
	};

	for (const struct later_row *r = rows; r < rows + ARRAY_LEN(rows);
	     r++) {
		struct bench b;
		AUTO_CLOSE int model_fd = -1;

		bench_open(&b, *state);
		assert_ok(fs_open_dir_at(b.s->fd, "t2", &model_fd));
		put_entry(model_fd, r->then);
		struct op *op = build(&b, act_named(r->act));
		assert_ok(perform(&b.h, op));
		put_entry(b.dir_fd, r->by_somebody);
		take_back(&b, op);
		if (!same_digest(digest_at(b.s->fd, "t2"),
			digest_at(b.s->fd, "t")))
			fail_msg("%s, then %d: not what should be there",
			    r->act, (int)r->by_somebody);
		assert_kept(&b, r);
		bench_close(&b);
	}
}

/* A death between two renames, or while the way back looks at a link. */
static void
test_half_way(void **state)
{
	static const struct {
		const char *act;
		const char *from, *to; /* in slots; NULL: the entry */
		const char *from2;
	} rows[] = {
		{ "swap a directory for a link", NULL, "0.out", NULL },
		{ "swap a directory for a link", NULL, "0.out", "0" },
		{ "swap a link for a link", NULL, "0.out", NULL },
		{ "swap a link for a link", NULL, "0.out", "0" },
		{ "swap a link for a directory of links", NULL, "0.out", "0" },
		{ "swap a file for a file", NULL, "0.out", "0" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bench b;

		bench_open(&b, *state);
		struct op *op = build(&b, act_named(rows[i].act));
		struct digest before = digest_at(b.s->fd, "t");

		assert_ok(fs_rename_noreplace(b.dir_fd, ENTRY, b.h.slots_fd,
		    rows[i].to));
		if (rows[i].from2 != NULL)
			assert_ok(fs_rename_noreplace(b.h.slots_fd,
			    rows[i].from2, b.dir_fd, ENTRY));
		take_back(&b, op);
		assert_true(same_digest(before, digest_at(b.s->fd, "t")));
		assert_int_equal(b.kept.n, 0);
		assert_int_equal(kind_at(b.h.slots_fd, "0.out"), FS_ABSENT);
		bench_close(&b);
	}
}

/*
 * Displaced by pieces (pieces.h), and a death between them: all of it goes
 * back, but for what somebody has taken the name of meanwhile.
 */
static void
test_in_pieces(void **state)
{
	static const struct {
		const char *act;
		const char *to;
	} rows[] = {
		{ "take a directory", "0" },
		{ "swap a directory for a link", "0.out" },
		{ "swap a directory for a copy", "0.out" },
	};

	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		bool is_taken = i % 2 == 1;
		struct bench b;

		bench_open(&b, *state);
		struct op *op = build(&b, act_named(rows[i / 2].act));
		const struct digest before = digest_at(b.s->fd, "t");
		AUTO_FREE char *part = xasprintf("%s.part", rows[i / 2].to);
		AUTO_FREE char *was = xasprintf("%s.was", rows[i / 2].to);
		AUTO_FREE char *moved = xasprintf("%s/mine", part);

		(void)close(put_dir(b.h.slots_fd, was));
		(void)close(put_dir(b.h.slots_fd, part));
		assert_ok(fs_rename_noreplace(b.dir_fd, ENTRY "/mine",
		    b.h.slots_fd, moved));
		if (is_taken)
			put_file(b.dir_fd, ENTRY "/mine", "theirs");
		take_back(&b, op);
		assert_int_equal(b.kept.n, is_taken);
		if (is_taken) {
			char slot[SLOT_NAME_MAX];

			slot_name(b.kept.items[0].slot, slot);
			AUTO_FREE char *kept = xasprintf("%s/mine", slot);
			assert_file(b.h.slots_fd, kept, "mine");
			assert_file(b.dir_fd, ENTRY "/mine", "theirs");
		} else {
			assert_true(
			    same_digest(before, digest_at(b.s->fd, "t")));
		}
		assert_int_equal(kind_at(b.h.slots_fd, was), FS_ABSENT);
		assert_int_equal(kind_at(b.h.slots_fd, part), FS_ABSENT);
		bench_close(&b);
	}
}

static void
test_half_back(void **state)
{
	struct bench b;

	bench_open(&b, *state);
	struct op *op = build(&b, act_named("link"));
	struct digest before = digest_at(b.s->fd, "t");
	AUTO_CLOSE int slots_fd = -1;

	assert_ok(perform(&b.h, op));
	take_back(&b, op); /* makes the slots that a link does without */
	op->state = OP_PENDING;
	assert_ok(perform(&b.h, op));
	assert_ok(fs_open_dir(b.txn->places[0].slots, &slots_fd));
	assert_ok(fs_rename_noreplace(b.dir_fd, ENTRY, slots_fd, "0"));
	take_back(&b, op);
	assert_true(same_digest(before, digest_at(b.s->fd, "t")));
	assert_int_equal(kind_at(slots_fd, "0"), FS_ABSENT);
	bench_close(&b);
}

/* Staging is removed last: without it an operation was taken back. */
static void
test_no_slots(void **state)
{
	struct bench b;

	bench_open(&b, *state);
	struct op *op = build(&b, act_named("swap a directory for a link"));
	struct digest before = digest_at(b.s->fd, "t");

	hands_close(&b.h);
	assert_ok(stage_discard(b.txn));
	assert_ok(hands_open(&b.h, b.txn, 0));
	assert_int_equal(b.h.slots_fd, -1);
	take_back(&b, op);
	assert_true(same_digest(before, digest_at(b.s->fd, "t")));
	bench_close(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		ON_BENCH("what somebody did since stays or is kept",
		    test_surprised_after),
		ON_BENCH("a death between two renames is put right",
		    test_half_way),
		ON_BENCH("what is in pieces is whole again, or kept",
		    test_in_pieces),
		ON_BENCH("a death on the way back of a link is put right",
		    test_half_back),
		ON_BENCH("without staging there is nothing to take back",
		    test_no_slots),
		{ "all the same where two names cannot be exchanged",
		    test_without_exchange, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
