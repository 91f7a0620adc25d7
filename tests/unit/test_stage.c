#include "stage.h"

#include "world.h"

/* A transaction with one group, that works in "t". */
struct table {
	struct world *w;
	struct txn *txn;
	int dir_fd;
	uint16_t place;
};

static void
table_open(struct table *t, struct world *w, bool deep)
{
	AUTO_FREE char *dir = path_join(w->s->path, "t");
	struct fs_stat st = { 0 };

	*t = (struct table){ .w = w, .txn = txn_new("test") };
	if (kind_at(w->s->fd, "t") == FS_ABSENT)
		world_mkdirs(w, "t");
	assert_ok(fs_open_dir_at(w->s->fd, "t", &t->dir_fd));
	assert_ok(fs_stat_fd(t->dir_fd, dir, &st));
	t->txn->number = 4;
	txn_group(t->txn, "t", NULL);
	t->place = txn_place(t->txn, dir, fs_id_of(&st),
	    deep ? dir : w->s->path, deep);
}

static void
table_close(struct table *t)
{
	(void)close(t->dir_fd);
	txn_free(t->txn);
}

static int
open_slots(const struct table *t)
{
	int fd = -1;

	assert_ok(fs_open_dir(t->txn->places[t->place].slots, &fd));
	return fd;
}

static struct error *
build_file(void *payload, int slots_fd, const char *name)
{
	return fs_create_file(slots_fd, name, payload, strlen(payload), 0600);
}

static void
test_items(void **state)
{
	static const char *const names[] = { "a", "b" };
	static const char *const texts[] = { "/s/a", "/s/b" };
	static char built[] = "built";
	struct world *w = *state;

	world_skill(w, "model", "model");
	AUTO_FREE char *model = path_join(w->s->path, "model");
	for (int deep = 0; deep < 2; deep++) {
		struct table t;
		struct tree_sum sum = { 0 };
		struct aside aside = { 0 };

		table_open(&t, w, deep != 0);
		assert_false(stage_is_needed(t.txn));
		(void)txn_item_link(t.txn, t.place, "/s");
		(void)txn_item_file(t.txn, t.place, "text", 4, 0640);
		(void)txn_item_copy(t.txn, t.place, model);
		(void)txn_item_links(t.txn, t.place, names, texts, 2);
		txn_put(t.txn, t.place, "e",
		    txn_item_build(t.txn, t.place, build_file, built));
		assert_true(stage_is_needed(t.txn));
		stage_items(t.txn);
		assert_null(t.txn->groups[0].error);
		AUTO_CLOSE int slots_fd = open_slots(&t);
		assert_link(slots_fd, "0", "/s");
		assert_file(slots_fd, "1", "text");
		assert_file(slots_fd, "2/SKILL.md", "model");
		assert_link(slots_fd, "3/b", "/s/b");
		assert_file(slots_fd, "4", "built");
		for (size_t i = 0; i < t.txn->n_items; i++) {
			const struct item *item = &t.txn->items[i];
			char slot[SLOT_NAME_MAX];

			assert_true(item->is_staged);
			assert_int_equal(item->is_file, i == 1 || i == 4);
			slot_name(item->slot, slot);
			assert_ok(tree_digest(slots_fd, slot, &sum));
			assert_true(digest_equal(&sum.digest, &item->digest));
		}
		assert_ok(stage_sync(t.txn));
		assert_ok(stage_sync_places(t.txn));
		assert_ok(stage_clear(t.txn, &aside));
		assert_int_equal(aside.n, 0);
		assert_no_staging(w, ".");
		assert_no_staging(w, "t");
		table_close(&t);
	}
}

/* A group that cannot be staged leaves nothing; the next one goes on. */
static void
test_failure(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *absent = path_join(w->s->path, "absent");
	struct table t;

	table_open(&t, w, false);
	uint32_t link = txn_item_link(t.txn, t.place, "/s");
	uint32_t copy = txn_item_copy(t.txn, t.place, absent);
	txn_put(t.txn, t.place, "a", link);
	txn_put(t.txn, t.place, "b", copy);
	txn_group(t.txn, "second", NULL);
	uint32_t other = txn_item_link(t.txn, t.place, "/o");
	txn_put(t.txn, t.place, "c", other);
	stage_items(t.txn);
	assert_non_null(t.txn->groups[0].error);
	assert_true(t.txn->groups[0].is_unstaged);
	assert_null(t.txn->groups[1].error);
	AUTO_CLOSE int slots_fd = open_slots(&t);
	assert_int_equal(kind_at(slots_fd, "0"), FS_ABSENT);
	assert_link(slots_fd, "2", "/o");
	assert_ok(stage_discard(t.txn));
	assert_no_staging(w, ".");
	assert_ok(stage_discard(t.txn));
	table_close(&t);
}

/* TAKE of a link and a directory, SWAP of a file; all done. */
static void
displace(struct table *t)
{
	const struct thing link = { .kind = FS_LINK, .text = "/old" };
	const struct thing dir = { .kind = FS_DIR };
	const struct thing file = { .kind = FS_FILE };
	AUTO_HANDS struct hands h = HANDS_NONE;

	assert_ok(fs_symlink("/old", t->dir_fd, "link"));
	(void)close(put_dir(t->dir_fd, "dir"));
	put_file(t->dir_fd, "dir/mine", "mine");
	put_file(t->dir_fd, "file", "old");
	txn_take(t->txn, t->place, "link", &link);
	txn_take(t->txn, t->place, "dir", &dir);
	txn_swap(t->txn, t->place, "file",
	    txn_item_file(t->txn, t->place, "new", 3, 0644), &file);
	stage_items(t->txn);
	assert_null(t->txn->groups[0].error);
	assert_ok(hands_open(&h, t->txn, t->place));
	for (size_t i = 0; i < t->txn->n_ops; i++)
		assert_ok(perform(&h, &t->txn->ops[i]));
}

static void
check_settled(struct world *w, const char *run)
{
	AUTO_CLOSE int run_fd = -1;
	struct aside aside = { 0 };
	struct table t;

	table_open(&t, w, false);
	displace(&t);
	assert_ok(fs_open_dir(run, &run_fd));
	for (int times = 0; times < 2; times++) {
		assert_ok(stage_settle(t.txn, run_fd, &aside));
		assert_int_equal(aside.n, 0);
		assert_no_staging(w, ".");
		assert_int_equal(kind_at(run_fd, "store/0"), FS_ABSENT);
		assert_file(run_fd, "store/1/mine", "mine");
		assert_file(run_fd, "store/2", "old");
		assert_file(t.dir_fd, "file", "new");
	}
	table_close(&t);
}

static void
test_settle(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *run = path_join(w->s->path, "run");

	world_mkdirs(w, "run");
	check_settled(w, run);
}

/* The store may be on another file system: copied, verified, then removed. */
static void
test_settle_far(void **state)
{
	static const char *const tops[] = { "/dev/shm", "/tmp", "/var/tmp" };
	struct world *w = *state;
	struct stat here, there;

	assert_int_equal(fstat(w->s->fd, &here), 0);
	for (size_t i = 0; i < ARRAY_LEN(tops); i++) {
		AUTO_FREE char *run =
		    xasprintf("%s/skillshare-unit-XXXXXX", tops[i]);
		AUTO_CLOSE int top_fd = -1;

		if (stat(tops[i], &there) != 0 || here.st_dev == there.st_dev ||
		    mkdtemp(run) == NULL)
			continue;
		check_settled(w, run);
		assert_ok(fs_open_dir(tops[i], &top_fd));
		assert_ok(tree_remove(top_fd, path_base(run)));
		return;
	}
	skip(); /* one file system is all there is */
}

/* What somebody put among our slots is left, and named. */
static void
test_left(void **state)
{
	struct world *w = *state;
	struct aside aside = { 0 };
	struct table t;

	table_open(&t, w, true);
	(void)txn_item_link(t.txn, t.place, "/s");
	(void)txn_item_file(t.txn, t.place, "text", 4, 0644);
	stage_items(t.txn);
	AUTO_CLOSE int slots_fd = open_slots(&t);
	/* In place of an item, and beside the items. */
	assert_ok(fs_unlink(slots_fd, "1"));
	put_file(slots_fd, "1", "somebody's");
	put_file(slots_fd, "x", "somebody's too");
	assert_ok(stage_clear(t.txn, &aside));
	assert_int_equal(kind_at(slots_fd, "0"), FS_ABSENT);
	assert_file(slots_fd, "1", "somebody's");
	assert_file(slots_fd, "x", "somebody's too");
	assert_in_range(aside.n, 1, 2);
	assert_string_equal(aside.paths[0], t.txn->places[0].slots);
	aside_release(&aside);
	table_close(&t);
}

static void
test_put_aside(void **state)
{
	struct world *w = *state;
	struct aside aside = { 0 };
	struct kept kept[] = { { "e", 0, 0 } };
	struct kept_list list = { kept, 0 };
	struct table t;

	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	table_open(&t, w, false);
	(void)txn_item_file(t.txn, t.place, "text", 4, 0644);
	stage_items(t.txn);
	assert_ok(stage_put_aside(t.txn, w->state, &list, &aside));
	assert_int_equal(aside.n, 0);
	list.n = 1;
	assert_ok(stage_put_aside(t.txn, w->state, &list, &aside));
	assert_int_equal(aside.n, 1);
	assert_file(AT_FDCWD, aside.paths[0], "text");
	assert_string_equal(path_base(aside.paths[0]), "4-0-e");
	assert_ok(stage_discard(t.txn));
	aside_release(&aside);
	table_close(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_WORLD("each kind of item is staged and cleared", test_items),
		IN_WORLD("a group that cannot be staged fails alone",
		    test_failure),
		IN_WORLD("what was displaced goes to the store", test_settle),
		IN_WORLD("the store may be far away", test_settle_far),
		IN_WORLD("what is not ours stays in staging", test_left),
		IN_WORLD("what is kept is put aside and named", test_put_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
