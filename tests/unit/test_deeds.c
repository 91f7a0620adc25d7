#include "deeds.h"

#include <unistd.h>

#include "world.h"

#define DAY ((int64_t)24 * 60 * 60)

static const struct config_keep keep = { .days = 30, .count = 3 };

static void
open_writer(struct world *w)
{
	world_forget(w);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
}

static void
add(const struct world *w, int64_t when, const char *what)
{
	const struct deed deed = {
		.when = when,
		.command = "push",
		.what = what,
		.why = "a reason\nof two\tlines",
	};

	assert_ok(deeds_add(w->state, &deed, &keep));
}

static void
test_none(void **state)
{
	struct world *w = *state;
	AUTO_DEEDS struct deeds deeds = { 0 };

	assert_ok(state_open(&w->env, &w->state));
	assert_ok(deeds_read(w->state, &deeds));
	assert_int_equal(deeds.n, 0);
	assert_null(deeds_since(&deeds, 0));
	open_writer(w);
	assert_ok(deeds_read(w->state, &deeds));
	assert_int_equal(deeds.n, 0);
}

static void
test_order(void **state)
{
	struct world *w = *state;
	AUTO_DEEDS struct deeds deeds = { 0 };
	AUTO_CLOSE int fd = -1;

	open_writer(w);
	add(w, 5 * DAY, "first");
	assert_ok(state_make_run(w->state, 7, &fd));
	add(w, 5 * DAY, "second");
	assert_ok(deeds_read(w->state, &deeds));
	assert_int_equal(deeds.n, 2);
	assert_string_equal(deeds.items[0].what, "first");
	assert_int_equal(deeds.items[0].after, 0);
	assert_int_equal(deeds.items[1].after, 7);
	assert_int_equal(deeds.items[1].when, 5 * DAY);
	assert_string_equal(deeds.items[1].command, "push");
	assert_string_equal(deeds.items[1].why, "a reason\nof two\tlines");
	assert_ptr_equal(deeds_since(&deeds, 7), &deeds.items[1]);
	assert_null(deeds_since(&deeds, 8));
}

static void
test_retention(void **state)
{
	struct world *w = *state;

	open_writer(w);
	add(w, 1 * DAY, "old");
	add(w, 20 * DAY, "young");
	add(w, 40 * DAY, "now");
	AUTO_DEEDS struct deeds by_age = { 0 };
	assert_ok(deeds_read(w->state, &by_age));
	assert_int_equal(by_age.n, 2);
	assert_string_equal(by_age.items[0].what, "young");
	add(w, 40 * DAY, "again");
	add(w, 40 * DAY, "and again");
	AUTO_DEEDS struct deeds by_count = { 0 };
	assert_ok(deeds_read(w->state, &by_count));
	assert_int_equal(by_count.n, 3);
	assert_string_equal(by_count.items[0].what, "now");
	assert_string_equal(by_count.items[2].what, "and again");
}

/* No deed is forgotten or made up: a file that is not ours stops it. */
static void
test_damage(void **state)
{
	struct world *w = *state;
	AUTO_STRBUF struct strbuf good = { 0 };

	open_writer(w);
	add(w, DAY, "first");
	add(w, DAY, "second");
	assert_ok(fs_read_file(w->state->fd, "deeds", 4096, &good));
	for (size_t at = 0; at < good.len; at++) {
		AUTO_FREE char *bad = xstrdup(strbuf_str(&good));
		const struct deed third = { .command = "c",
			.what = "w",
			.why = "y" };
		AUTO_DEEDS struct deeds deeds = { 0 };
		AUTO_STRBUF struct strbuf left = { 0 };

		bad[at] ^= 1;
		put_bytes(w->state->fd, "deeds", bad, good.len);
		AUTO_ERROR struct error *err = deeds_read(w->state, &deeds);
		assert_non_null(err);
		assert_int_equal(error_code(err), ERR_DAMAGE);
		assert_non_null(strstr(error_msg(err), "/deeds"));
		AUTO_ERROR struct error *refused =
		    deeds_add(w->state, &third, &keep);
		assert_non_null(refused);
		assert_ok(fs_read_file(w->state->fd, "deeds", 4096, &left));
		assert_memory_equal(strbuf_str(&left), bad, good.len);
		put_bytes(w->state->fd, "deeds", strbuf_str(&good), at);
		AUTO_ERROR struct error *cut = deeds_read(w->state, &deeds);
		assert_non_null(cut);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD("a state without any", test_none),
		IN_WORLD("each has its place among the runs", test_order),
		IN_WORLD("they go by age and by count", test_retention),
		IN_WORLD("each flip and each cut is damage", test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
