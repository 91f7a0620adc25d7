#include "copyseen.h"

#include "record.h"
#include "world.h"

static const struct timespec long_ago[2] = { { 1, 1 }, { 1, 1 } };

static void
begin(struct world *w)
{
	world_skill(w, "source/a", "text\n");
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	w->copies = copyseen_load(w->state, NULL);
}

static struct copysum
sum_of(struct world *w)
{
	AUTO_FREE char *abs = path_join(w->source, "a");
	struct copysum sum = { 0 };

	assert_ok(copyseen_sum(w->copies, abs, &sum));
	return sum;
}

static void
keep_and_load(struct world *w)
{
	assert_ok(copyseen_keep(w->copies, w->state, true));
	copyseen_free(w->copies);
	w->copies = copyseen_load(w->state, NULL);
}

static void
test_once(void **state)
{
	struct world *w = *state;

	begin(w);
	struct copysum first = sum_of(w);
	put_file(w->s->fd, "source/a/more", "more");
	struct copysum second = sum_of(w);
	assert_memory_equal(&first, &second, sizeof(first));
	keep_and_load(w);
	struct copysum third = sum_of(w);
	assert_false(digest_equal(&first.digest, &third.digest));
}

/* Young times are not gone by: nothing is kept of them. */
static void
test_young(void **state)
{
	struct world *w = *state;

	begin(w);
	(void)sum_of(w);
	assert_ok(copyseen_keep(w->copies, w->state, true));
	assert_int_equal(kind_at(w->state->fd, "copies"), FS_ABSENT);
}

/* A cache that says of the tree, as it is now, what no reading would. */
static struct digest
keep_untrue(struct world *w)
{
	AUTO_FREE char *abs = path_join(w->source, "a");
	AUTO_CLOSE int fd = -1;
	AUTO_COPYTREE struct copytree tree = { 0 };
	struct digest untrue = { { 1, 2, 3 } };
	struct record_writer writer;
	char hex[DIGEST_HEX_LEN + 1];

	assert_ok(fs_open_dir(abs, &fd));
	assert_ok(copytree_list(fd, abs, NULL, &tree));
	record_create(&writer, w->state->fd, "copies", "skillshare-copies 1");
	record_field(&writer, "tree");
	record_field(&writer, abs);
	digest_hex(&tree.fingerprint, hex);
	record_field(&writer, hex);
	digest_hex(&untrue, hex);
	record_field(&writer, hex);
	record_end(&writer);
	assert_ok(record_publish(&writer, w->state->fd, "copies"));
	copyseen_free(w->copies);
	w->copies = copyseen_load(w->state, NULL);
	return untrue;
}

static void
test_kept(void **state)
{
	struct world *w = *state;

	begin(w);
	struct copysum real = sum_of(w);
	struct digest untrue = keep_untrue(w);
	struct copysum kept = sum_of(w);
	assert_true(digest_equal(&kept.digest, &untrue));
	assert_int_equal(kept.mtime_ns, real.mtime_ns);
	/* Nothing new: nothing is written. */
	assert_ok(fs_unlink(w->state->fd, "copies"));
	keep_and_load(w);
	assert_int_equal(kind_at(w->state->fd, "copies"), FS_ABSENT);

	/* Only its time, and yet it is read. */
	(void)keep_untrue(w);
	assert_int_equal(utimensat(w->s->fd, "source/a/SKILL.md", long_ago, 0),
	    0);
	struct copysum touched = sum_of(w);
	assert_true(digest_equal(&real.digest, &touched.digest));
	assert_int_equal(touched.mtime_ns, 1000000001);
}

static void
test_damaged(void **state)
{
	static const char *const texts[] = { "", "skillshare-copies 1\n",
		"skillshare-copies 1\ntree\t/a\n" };
	struct world *w = *state;

	begin(w);
	struct copysum sum = sum_of(w);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		put_file(w->state->fd, "copies", texts[i]);
		copyseen_free(w->copies);
		w->copies = copyseen_load(w->state, NULL);
		struct copysum again = sum_of(w);
		assert_memory_equal(&sum, &again, sizeof(sum));
		assert_ok(fs_unlink(w->state->fd, "copies"));
	}
}

static void
test_absent(void **state)
{
	struct world *w = *state;
	struct copysum sum;

	begin(w);
	assert_sys(copyseen_sum(w->copies, "/nowhere/at/all", &sum), ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD("each tree is looked at once a run", test_once),
		IN_WORLD("times that are young are not believed", test_young),
		IN_WORLD("what has not changed is not read again", test_kept),
		IN_WORLD("a damaged cache is as good as none", test_damaged),
		IN_WORLD("what is not there is an error", test_absent),
	};

	return cmocka_run_group_tests_name("copyseen", tests, NULL, NULL);
}
