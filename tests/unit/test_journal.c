#include "journal.h"

#include "record.h"
#include "scratch.h"

#define NASTY "a\tb\nc\\d\r\xff\xfe\x80\x01 end\t"

static const struct host_id host = { .machine = "machine\t1", .boot = "boot" };

#define LONGEST_NAME 255

static void
set_staged(struct txn *txn, uint32_t slot, bool is_file)
{
	struct item *item = txn_item(txn, slot);

	item->is_staged = true;
	item->is_file = is_file;
	item->id = (struct fs_id){ 100 + slot, 1700000000 + slot };
	item->digest = digest_of(&slot, sizeof(slot));
}

/* A transaction with every operation, every item and hostile names. */
static struct txn *
make_txn(void)
{
	static const char *const names[] = { "x" };
	static const char *const texts[] = { "/s/x" };
	const struct digest digest = digest_of("content", 7);
	const struct thing link = { .kind = FS_LINK, .text = NASTY };
	const struct thing dir = { .kind = FS_DIR,
		.id = { 7, 8 },
		.digest = &digest };
	const struct thing file = { .kind = FS_FILE, .id = { UINT64_MAX, 0 } };
	const struct thing empty = { .kind = FS_DIR, .is_empty = true };
	struct txn *txn = txn_new("skillshare sync " NASTY);
	char longest[LONGEST_NAME + 1] = { 0 };

	for (size_t i = 0; i < LONGEST_NAME; i++)
		longest[i] = "\\\t\n\xff."[i % 5];
	txn->number = 12;
	txn->when = 1768923000;
	txn->undoes = 11;
	txn_group(txn, "claude", "/home/u/.claude/" NASTY);
	uint16_t deep =
	    txn_place(txn, "/a/" NASTY, (struct fs_id){ 1, 2 }, "/a", true);
	uint16_t top = txn_place(txn, "/", (struct fs_id){ 0 }, "/", false);
	uint32_t slot = txn_item_link(txn, deep, NASTY);
	set_staged(txn, slot, false);
	txn_swap(txn, deep, longest, slot, &link);
	slot = txn_item_file(txn, top, "bytes", 5, 0644);
	set_staged(txn, slot, true);
	txn_put(txn, top, NASTY, slot);
	txn_take(txn, deep, "taken", &dir);
	txn_take(txn, deep, "emptied", &empty);
	txn_group(txn, "unstaged", NULL);
	slot = txn_item_copy(txn, deep, "/b");
	txn_put(txn, deep, "not written", slot);
	txn_fail(txn, error_new(ERR_SYS, "no space " NASTY));
	txn_group(txn, NASTY, NULL);
	slot = txn_item_links(txn, top, names, texts, 1);
	set_staged(txn, slot, false);
	txn_swap(txn, top, "..x", slot, &file);
	txn_mkdir(txn, top, "made", 01755);
	txn_link(txn, top, "end", NASTY);
	txn_chmod(txn, top, " ", 0755, 0555);
	return txn;
}

static void
assert_same_places(const struct txn *a, const struct txn *b)
{
	assert_int_equal(a->n_places, b->n_places);
	for (size_t i = 0; i < a->n_places; i++) {
		assert_string_equal(a->places[i].dir, b->places[i].dir);
		assert_string_equal(a->places[i].staging, b->places[i].staging);
		assert_string_equal(a->places[i].slots, b->places[i].slots);
		assert_true(fs_id_equal(a->places[i].id, b->places[i].id));
	}
}

static void
assert_same_thing(const struct thing *a, const struct thing *b)
{
	if (a == NULL || b == NULL) {
		assert_ptr_equal(a, b);
		return;
	}
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->is_empty, b->is_empty);
	assert_true(fs_id_equal(a->id, b->id));
	assert_int_equal(a->text == NULL, b->text == NULL);
	if (a->text != NULL)
		assert_string_equal(a->text, b->text);
	assert_int_equal(a->digest == NULL, b->digest == NULL);
	if (a->digest != NULL)
		assert_true(digest_equal(a->digest, b->digest));
}

static void
assert_same_op(const struct op *a, const struct op *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->place, b->place);
	assert_int_equal(a->group, b->group);
	assert_int_equal(a->slot, b->slot);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->old_mode, b->old_mode);
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->text == NULL, b->text == NULL);
	if (a->text != NULL)
		assert_string_equal(a->text, b->text);
	assert_same_thing(a->before, b->before);
}

/* b has been read: it lacks what could not be staged. */
static void
assert_same_work(const struct txn *a, const struct txn *b)
{
	size_t at = 0;
	size_t n_items = 0;

	for (size_t i = 0; i < a->n_ops; i++) {
		if (!a->groups[a->ops[i].group].is_unstaged)
			assert_same_op(&a->ops[i], &b->ops[at++]);
	}
	assert_int_equal(at, b->n_ops);
	for (size_t i = 0; i < a->n_items; i++) {
		const struct item *x = &a->items[i];
		const struct item *y = txn_item(b, x->slot);

		if (a->groups[x->group].is_unstaged)
			continue;
		n_items++;
		assert_non_null(y);
		assert_true(y->is_staged);
		assert_int_equal(x->place, y->place);
		assert_int_equal(x->group, y->group);
		assert_int_equal(x->is_file, y->is_file);
		assert_int_equal(x->kind == ITEM_LINK, y->kind == ITEM_LINK);
		assert_true(fs_id_equal(x->id, y->id));
		assert_true(digest_equal(&x->digest, &y->digest));
	}
	assert_int_equal(n_items, b->n_items);
	assert_true(b->n_slots <= a->n_slots);
}

static void
test_plan(void **state)
{
	const struct scratch *s = *state;
	struct txn *txn = make_txn();
	struct journal j = { 0 };

	assert_ok(journal_write_plan(s->fd, txn, &host));
	assert_ok(journal_read(s->fd, "/r", &j));
	assert_true(j.has_plan);
	assert_false(j.has_outcome);
	assert_string_equal(j.machine, host.machine);
	assert_string_equal(j.boot, host.boot);
	assert_int_equal(j.txn->number, 12);
	assert_int_equal(j.txn->when, 1768923000);
	assert_int_equal(j.txn->undoes, 11);
	assert_string_equal(j.txn->command, txn->command);
	assert_string_equal(j.txn->token, txn->token);
	assert_same_places(txn, j.txn);
	assert_int_equal(j.txn->n_groups, txn->n_groups);
	for (size_t i = 0; i < txn->n_groups; i++)
		assert_string_equal(j.txn->groups[i].name, txn->groups[i].name);
	assert_string_equal(j.txn->groups[0].look_path,
	    txn->groups[0].look_path);
	assert_null(j.txn->groups[1].look_path);
	assert_same_work(txn, j.txn);
	assert_int_equal(txn_count(j.txn, OP_PENDING), j.txn->n_ops);
	journal_release(&j);
	txn_free(txn);
}

static void
test_begin(void **state)
{
	const struct scratch *s = *state;
	struct txn *txn = make_txn();
	struct journal j = { 0 };

	assert_ok(journal_read(s->fd, "/r", &j));
	assert_false(j.has_plan);
	assert_int_equal(j.txn->n_places, 0);
	journal_release(&j);
	assert_ok(journal_write_begin(s->fd, txn, &host));
	assert_ok(journal_read(s->fd, "/r", &j));
	assert_false(j.has_plan);
	assert_same_places(txn, j.txn);
	assert_int_equal(j.txn->n_ops, 0);
	assert_string_equal(j.txn->command, txn->command);
	journal_release(&j);
	txn_free(txn);
}

/* Also where a death came between the plan and the mark that it is there. */
static void
test_back(void **state)
{
	for (int i = 0; i < 4; i++) {
		bool has_plan = i % 2 == 1;
		bool is_begun = i / 2 == 1;
		struct scratch *s = *state;
		struct journal j = { 0 };
		struct txn *txn = make_txn();

		assert_ok(tree_remove(s->fd, "run"));
		AUTO_CLOSE int fd = put_dir(s->fd, "run");
		assert_ok(journal_write_begin(fd, txn, &host));
		if (has_plan)
			assert_ok(journal_write_plan(fd, txn, &host));
		if (has_plan && !is_begun)
			assert_ok(fs_rename(fd, "begun", fd, "begin"));
		assert_ok(journal_mark_back(fd));
		assert_ok(journal_read(fd, "run", &j));
		assert_int_equal(j.is_back, has_plan);
		journal_release(&j);
		txn_free(txn);
	}
}

static void
test_outcome(void **state)
{
	static const enum op_state states[] = { OP_DONE, OP_ALREADY, OP_BACK,
		OP_PENDING };
	const struct scratch *s = *state;
	struct txn *txn = make_txn();
	struct journal j = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < txn->n_ops; i++)
		txn->ops[i].state = states[i % ARRAY_LEN(states)];
	txn->groups[2].error = error_new(ERR_CONFLICT, "%s", NASTY);
	assert_ok(journal_write_plan(s->fd, txn, &host));
	assert_ok(journal_write_outcome(s->fd, txn));
	assert_ok(journal_read(s->fd, "/r", &j));
	assert_true(j.has_outcome);
	for (size_t i = 0; i < txn->n_ops; i++) {
		if (!txn->groups[txn->ops[i].group].is_unstaged)
			assert_int_equal(j.txn->ops[at++].state,
			    txn->ops[i].state);
	}
	assert_null(j.txn->groups[0].error);
	for (size_t i = 1; i < txn->n_groups; i++)
		assert_string_equal(error_msg(j.txn->groups[i].error),
		    error_msg(txn->groups[i].error));
	journal_release(&j);
	txn_free(txn);
}

static void
test_summary(void **state)
{
	const struct scratch *s = *state;
	struct txn *txn = make_txn();
	struct run_summary sum = { 0 };

	for (size_t i = 0; i < txn->n_ops; i++)
		txn->ops[i].state =
		    txn->ops[i].group == 1 ? OP_PENDING : OP_DONE;
	assert_sys(journal_read_summary(s->fd, "/r", &sum), ENOENT);
	assert_ok(journal_write_plan(s->fd, txn, &host));
	assert_ok(journal_write_outcome(s->fd, txn));
	assert_ok(journal_read_summary(s->fd, "/r", &sum));
	assert_int_equal(sum.number, 12);
	assert_int_equal(sum.when, 1768923000);
	assert_int_equal(sum.undoes, 11);
	assert_string_equal(sum.command, txn->command);
	assert_int_equal(sum.made, 3);
	assert_int_equal(sum.removed, 2);
	assert_int_equal(sum.replaced, 2);
	assert_int_equal(sum.failed_groups, 1);
	free(sum.command);
	txn_free(txn);
}

static void
assert_damaged(int dir_fd, const char *name, const char *what, size_t at)
{
	AUTO_FREE char *shown = xasprintf("/r/%s:", name);
	struct journal j = { 0 };
	AUTO_ERROR struct error *err = journal_read(dir_fd, "/r", &j);

	if (err == NULL || error_code(err) != ERR_DAMAGE ||
	    strncmp(error_msg(err), shown, strlen(shown)) != 0)
		fail_msg("%s at %zu of %s: %s", what, at, name,
		    err == NULL ? "no error" : error_msg(err));
}

/* Each byte of the file changed, and each beginning of it. */
static void
check_damage(int dir_fd, const char *name)
{
	AUTO_STRBUF struct strbuf good = { 0 };

	assert_ok(fs_read_file(dir_fd, name, 1 << 20, &good));
	AUTO_FREE char *bad = xstrndup(strbuf_str(&good), good.len);
	for (size_t at = 0; at < good.len; at++) {
		static const unsigned char flips[] = { 1, 2, 4, 8, 16, 32, 64,
			128, 255 };

		for (size_t i = 0; i < ARRAY_LEN(flips); i++) {
			bad[at] = (char)((unsigned char)good.s[at] ^ flips[i]);
			put_bytes(dir_fd, name, bad, good.len);
			assert_damaged(dir_fd, name, "flip", at);
		}
		bad[at] = '\0';
		put_bytes(dir_fd, name, bad, good.len);
		assert_damaged(dir_fd, name, "NUL", at);
		bad[at] = good.s[at];
		put_bytes(dir_fd, name, bad, at);
		assert_damaged(dir_fd, name, "cut", at);
	}
	put_bytes(dir_fd, name, bad, good.len);
}

static void
test_damage(void **state)
{
	const struct scratch *s = *state;
	struct txn *txn = make_txn();
	struct journal j = { 0 };

	assert_ok(journal_write_begin(s->fd, txn, &host));
	check_damage(s->fd, "begin");
	assert_ok(journal_write_plan(s->fd, txn, &host));
	check_damage(s->fd, "plan");
	for (size_t i = 0; i < txn->n_ops; i++)
		txn->ops[i].state = OP_DONE;
	assert_ok(journal_write_outcome(s->fd, txn));
	check_damage(s->fd, "outcome");
	assert_ok(journal_read(s->fd, "/r", &j));
	journal_release(&j);
	txn_free(txn);
}

/* Lines of the words in text, which a tab divides. */
static void
forge(int dir_fd, const char *name, const char *magic, const char *text)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *rest = copy;
	struct record_writer w;

	record_create(&w, dir_fd, name, magic);
	while (rest != NULL && *rest != '\0') {
		char *line = strsep(&rest, "\n");

		while (line != NULL)
			record_field(&w, strsep(&line, "\t"));
		record_end(&w);
	}
	assert_ok(record_publish(&w, dir_fd, name));
}

#define RUN "run\t1\t2\t0\ttok\tsync\nhost\tm\tb\n"
#define PLACE "place\t1\t2\t/a\t/.skillshare-tok\t/.skillshare-tok\n"
#define GROUP "group\tclaude\t\n"
#define HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ITEM "item\t0\t0\tlink\t1\t2\t" HASH "\t/s\n"
#define WHOLE RUN PLACE GROUP ITEM

struct forged_row {
	const char *what;
	const char *text;
	bool is_good;
};

/* Trailers all right: somebody who can compute one wrote these. */
static const struct forged_row forged[] = {
	{ "all there is", WHOLE "put\t0\tx\t0\n", true },
	{ "nothing", "", true },
	{ "slots inside",
	    RUN "place\t1\t2\t/a\t/.skillshare-tok\t"
		"/.skillshare-tok/slots\n",
	    true },
	{ "another's directory", RUN "place\t1\t2\t/a\t/home\t/home\n", false },
	{ "another token",
	    RUN "place\t1\t2\t/a\t/.skillshare-x\t/.skillshare-x\n", false },
	{ "below a staging directory",
	    RUN "place\t1\t2\t/a\t/.skillshare-tok/x\t"
		"/.skillshare-tok/x\n",
	    false },
	{ "slots elsewhere", RUN "place\t1\t2\t/a\t/.skillshare-tok\t/home\n",
	    false },
	{ "slots above", RUN "place\t1\t2\t/a\t/.skillshare-tok\t/\n", false },
	{ "slots beside",
	    RUN "place\t1\t2\t/a\t/.skillshare-tok\t"
		"/.skillshare-tok/slots/../../x\n",
	    false },
	{ "slots in a slot",
	    RUN "place\t1\t2\t/a\t/.skillshare-tok\t"
		"/.skillshare-tok/slots/0\n",
	    false },
	{ "a relative staging directory",
	    RUN "place\t1\t2\t/a\t.skillshare-tok\t.skillshare-tok\n", false },
	{ "a token with a slash",
	    "run\t1\t2\t0\tt/../x\tsync\n"
	    "place\t1\t2\t/a\t/.skillshare-t/../x\t"
	    "/.skillshare-t/../x\n",
	    false },
	{ "a second run", RUN PLACE "run\t1\t2\t0\ttok2\tsync\n", false },
	{ "a place before its run", PLACE RUN, false },
	{ "a relative place",
	    RUN "place\t1\t2\ta\t/.skillshare-tok\t/.skillshare-tok\n", false },
	{ "a long token", "run\t1\t2\t0\t01234567890123456789\tsync\n", false },
	{ "a negative number", "run\t-1\t2\t0\ttok\tsync\n", false },
	{ "a field less", "run\t1\t2\t0\ttok\n", false },
	{ "a field more", "run\t1\t2\t0\ttok\tsync\tx\n", false },
	{ "an unknown line", WHOLE "copy\t0\tx\t0\n", false },
	{ "a name above", WHOLE "link\t0\t..\t/s\n", false },
	{ "a name that is this", WHOLE "link\t0\t.\t/s\n", false },
	{ "a name with a slash", WHOLE "link\t0\ta/b\t/s\n", false },
	{ "no name", WHOLE "link\t0\t\t/s\n", false },
	{ "no such place", WHOLE "link\t1\tx\t/s\n", false },
	{ "no group yet", RUN PLACE "link\t0\tx\t/s\n", false },
	{ "no place yet", RUN GROUP "link\t0\tx\t/s\n", false },
	{ "put of no item", WHOLE "put\t0\tx\t1\n", false },
	{ "put of an item to come", RUN PLACE GROUP "put\t0\tx\t0\n" ITEM,
	    false },
	{ "swap of no item", WHOLE "swap\t0\tx\t1\tlink\t0\t0\t\t/s\n", false },
	{ "swap of an unknown kind", WHOLE "swap\t0\tx\t0\ttree\t0\t0\t\t/s\n",
	    false },
	{ "swap with half a digest",
	    WHOLE "swap\t0\tx\t0\tfile\t0\t0\tabcd\t\n", false },
	{ "take without an expectation", WHOLE "take\t0\tx\t1\n", false },
	{ "take from the slot that is none",
	    WHOLE "take\t0\tx\t4294967295\tlink\t0\t0\t\t/s\n", false },
	{ "a mode of too many bits", WHOLE "mkdir\t0\tx\t4096\n", false },
	{ "an old mode of too many bits", WHOLE "chmod\t0\tx\t493\t4096\n",
	    false },
	{ "an item twice", WHOLE ITEM, false },
	{ "an item of an unknown kind",
	    RUN PLACE GROUP "item\t0\t0\tdir\t1\t2\t" HASH "\t\n", false },
	{ "an item without a digest",
	    RUN PLACE GROUP "item\t0\t0\ttree\t1\t2\t\t\n", false },
	{ "an item in no place",
	    RUN PLACE GROUP "item\t0\t1\ttree\t1\t2\t" HASH "\t\n", false },
	{ "a birth that overflows",
	    RUN PLACE GROUP "item\t0\t0\ttree\t1\t9223372036854775808\t" HASH
			    "\t\n",
	    false },
};

static void
test_forged(void **state)
{
	const struct scratch *s = *state;

	for (const struct forged_row *r = forged;
	     r < forged + ARRAY_LEN(forged); r++) {
		struct journal j = { 0 };

		forge(s->fd, "plan", "skillshare-plan 1", r->text);
		if (!r->is_good) {
			assert_damaged(s->fd, "plan", r->what, 0);
			continue;
		}
		assert_ok(journal_read(s->fd, "/r", &j));
		journal_release(&j);
	}
}

static void
test_forged_outcome(void **state)
{
	static const struct forged_row rows[] = {
		{ "all there is",
		    "sum\t1\t0\t0\ngroup\t0\tno space\nop\t0\tback\n", true },
		{ "no such operation", "op\t1\tback\n", false },
		{ "no such state", "op\t0\tlost\n", false },
		{ "no such group", "group\t1\tno space\n", false },
		{ "a group twice", "group\t0\ta\ngroup\t0\ta\n", false },
		{ "an unknown line", "item\t0\tback\n", false },
		{ "a field more", "op\t0\tback\tx\n", false },
	};
	const struct scratch *s = *state;

	forge(s->fd, "plan", "skillshare-plan 1", WHOLE "put\t0\tx\t0\n");
	for (const struct forged_row *r = rows; r < rows + ARRAY_LEN(rows);
	     r++) {
		struct journal j = { 0 };

		forge(s->fd, "outcome", "skillshare-outcome 1", r->text);
		if (!r->is_good) {
			assert_damaged(s->fd, "outcome", r->what, 0);
			continue;
		}
		assert_ok(journal_read(s->fd, "/r", &j));
		assert_int_equal(j.txn->ops[0].state, OP_BACK);
		journal_release(&j);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("a plan comes back as it was written", test_plan),
		IN_SCRATCH("a beginning says where staging may be", test_begin),
		IN_SCRATCH("what was taken back says so, if there was a plan",
		    test_back),
		IN_SCRATCH("an outcome belongs to its operations",
		    test_outcome),
		IN_SCRATCH("a summary counts what was done", test_summary),
		IN_SCRATCH("each flip and each cut of a file is damage",
		    test_damage),
		IN_SCRATCH("a forged plan reaches nothing outside",
		    test_forged),
		IN_SCRATCH("a forged outcome is damage", test_forged_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
