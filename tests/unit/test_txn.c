#include "txn.h"

#include "scratch.h"

static void
test_places(void **state)
{
	const struct fs_id id = { 1, 2 };
	struct txn *txn = txn_new("test");

	(void)state;
	assert_int_equal(txn_place(txn, "/a/b", id, "/a", false), 0);
	assert_int_equal(txn_place(txn, "/c", id, "/", false), 1);
	assert_int_equal(txn_place(txn, "/d", id, "/d", true), 2);
	assert_int_equal(txn_place(txn, "/a/b", id, "/elsewhere", true), 0);
	assert_int_equal(txn->n_places, 3);
	AUTO_FREE char *beside = xasprintf("/a/.skillshare-%s", txn->token);
	AUTO_FREE char *top = xasprintf("/.skillshare-%s", txn->token);
	AUTO_FREE char *deep = xasprintf("/d/.skillshare-%s/slots", txn->token);
	assert_string_equal(txn->places[0].staging, beside);
	assert_string_equal(txn->places[0].slots, beside);
	assert_string_equal(txn->places[1].slots, top);
	assert_string_equal(txn->places[2].slots, deep);
	txn_free(txn);
}

static void
test_groups(void **state)
{
	const struct thing link = { .kind = FS_LINK, .text = "/old" };
	struct txn *txn = txn_new("test");

	(void)state;
	txn_group(txn, "a", "/a");
	uint16_t place =
	    txn_place(txn, "/a", (struct fs_id){ 1, 2 }, "/", false);
	txn_link(txn, place, "x", "/s/x");
	txn_look(txn);
	txn_take(txn, place, "y", &link);
	txn_group(txn, "b", NULL);
	txn_swap(txn, place, "z", txn_item_link(txn, place, "/s"), &link);
	txn_look_root(txn);
	assert_int_equal(txn->n_groups, 2);
	assert_int_equal(txn->groups[0].n_ops, 2);
	assert_int_equal(txn->groups[0].n_items, 0);
	assert_int_equal(txn->groups[1].first_op, 2);
	assert_int_equal(txn->groups[1].n_ops, 1);
	assert_int_equal(txn->groups[1].n_items, 1);
	assert_false(txn->groups[0].look_is_root);
	assert_true(txn->groups[1].look_is_root);
	assert_int_equal(txn->ops[0].look, 1);
	assert_int_equal(txn->ops[1].look, 0);
	/* The slot of what is taken is no item's. */
	assert_int_equal(txn->ops[0].slot, NO_SLOT);
	assert_null(txn_item(txn, txn->ops[1].slot));
	assert_ptr_equal(txn_item(txn, txn->ops[2].slot), &txn->items[0]);
	assert_null(txn_item(txn, NO_SLOT));
	assert_int_equal(txn_count(txn, OP_PENDING), 3);
	txn->ops[1].state = OP_DONE;
	assert_int_equal(txn_count(txn, OP_PENDING), 2);
	assert_int_equal(txn_count(txn, OP_DONE), 1);
	txn_free(txn);
}

/* All but what is said to be lent is copied. */
static void
test_copies(void **state)
{
	char name[] = "name";
	char text[] = "/text";
	struct digest digest = digest_of("x", 1);
	const struct thing thing = { .kind = FS_DIR, .digest = &digest };
	struct txn *txn = txn_new(name);

	(void)state;
	txn_group(txn, name, text);
	uint16_t place = txn_place(txn, text, (struct fs_id){ 0 }, text, true);
	uint32_t slot = txn_item_file(txn, place, text, 5, 0600);
	txn_put(txn, place, name, slot);
	txn_take(txn, place, name, &thing);
	memset(name, 'X', 4);
	memset(text, 'X', 5);
	memset(&digest, 0, sizeof(digest));
	assert_string_equal(txn->command, "name");
	assert_string_equal(txn->groups[0].name, "name");
	assert_string_equal(txn->groups[0].look_path, "/text");
	assert_string_equal(txn->places[0].dir, "/text");
	assert_string_equal(txn->ops[0].name, "name");
	assert_memory_equal(txn_item(txn, slot)->bytes, "/text", 5);
	const struct digest same = digest_of("x", 1);
	assert_true(digest_equal(txn->ops[1].before->digest, &same));
	txn_free(txn);
}

static void
test_fail(void **state)
{
	struct txn *txn = txn_new("test");

	(void)state;
	txn_group(txn, "a", NULL);
	txn_fail(txn, NULL);
	assert_false(txn->groups[0].is_unstaged);
	txn_fail(txn, error_new(ERR_SYS, "gone"));
	assert_true(txn->groups[0].is_unstaged);
	assert_string_equal(error_msg(txn->groups[0].error), "gone");
	txn_free(txn);
	txn_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "a place is made once, staging where it is said", test_places,
		    NULL, NULL, NULL },
		{ "what is added belongs to the last group", test_groups, NULL,
		    NULL, NULL },
		{ "strings and expectations are copied", test_copies, NULL,
		    NULL, NULL },
		{ "a group that cannot be built has its error", test_fail, NULL,
		    NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
