#include "snapworld.h"

#include "host.h"
#include "snapremove.h"

#define DAY ((int64_t)24 * 60 * 60)

/* ---- cleaning up --------------------------------------------------------- */

static void
clean_up(struct world *w, struct config_keep limits, int64_t now,
    size_t n_removed)
{
	const struct retention keep = { .limits = limits, .now = now };
	struct retention_result planned, removed;

	look(w);
	assert_ok(retention_plan(&w->all, &keep, &planned));
	assert_ok(retention_apply(&w->all, &keep, &removed));
	assert_int_equal(removed.n, n_removed);
	assert_int_equal(planned.n, n_removed);
	for (size_t i = 0; i < planned.n; i++) {
		assert_string_equal(planned.items[i].name,
		    removed.items[i].name);
		assert_int_equal(planned.items[i].reason,
		    removed.items[i].reason);
	}
	retention_result_release(&planned);
	retention_result_release(&removed);
}

static void
age_and_number_limit_what_is_kept(void **state)
{
	static const struct {
		struct config_keep limits;
		int64_t later_s;
		size_t n_removed;
	} rows[] = {
		{ { 30, 10, 500 }, 0, 0 },
		{ { 30, 3, 500 }, 0, 1 },
		{ { 30, 3, 500 }, 0, 0 },
		{ { 30, 10, 500 }, 30 * DAY - 60, 0 },
		{ { 30, 10, 500 }, 31 * DAY, 2 },
		{ { 1, 1, 1 }, 400 * DAY, 0 },
	};
	struct world w;

	furnish(&w, *state);
	for (int i = 0; i < 4; i++) {
		AUTO_FREE char *rel = xasprintf("a/file-%d", i);

		put(&w, rel, rel);
		backup(&w);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		clean_up(&w, rows[i].limits, host_now() + rows[i].later_s,
		    rows[i].n_removed);
	assert_int_equal(w.all.n, 1);
	forget(&w);
}

static void
the_newest_of_each_target_stays(void **state)
{
	struct world w;

	furnish(&w, *state);
	put(&w, "b/x", "x");
	backup(&w);
	put(&w, "a/y", "y");
	backup(&w);
	put(&w, "a/z", "z");
	make(&w, SNAPSHOT_BEFORE_RESTORE, 0);
	/* b is in the first alone; the third is none that restore takes. */
	clean_up(&w, (struct config_keep){ 1, 1, 1 }, host_now() + 99 * DAY, 0);
	assert_int_equal(w.all.n, 3);
	forget(&w);
}

static void
size_counts_each_content_once(void **state)
{
	struct world w;
	AUTO_FREE char *big = xmalloc(600001);

	furnish(&w, *state);
	memset(big, 'x', 600000);
	big[600000] = '\0';
	put(&w, "a/big", big);
	backup(&w);
	put(&w, "a/more", "more");
	backup(&w);
	put(&w, "a/even", "even");
	backup(&w);
	clean_up(&w, (struct config_keep){ 30, 10, 1 }, host_now(), 0);
	big[0] = 'y';
	put(&w, "a/big", big);
	backup(&w);
	clean_up(&w, (struct config_keep){ 30, 10, 1 }, host_now(), 3);
	assert_int_equal(w.all.n, 1);
	forget(&w);
}

static void
a_version_that_is_needed_moves(void **state)
{
	struct world w;
	struct snapcheck_result check;

	furnish(&w, *state);
	make(&w, SNAPSHOT_AUTOMATIC, 0);
	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *rel = xasprintf("a/file-%d", i);

		put(&w, rel, rel);
		make(&w, SNAPSHOT_AUTOMATIC, 0);
	}
	AUTO_FREE char *oldest_left = xstrdup(w.all.items[1]->name);
	assert_ok(tree_remove(w.scratch->fd, "source"));
	clean_up(&w, (struct config_keep){ 30, 2, 500 }, host_now(), 1);
	look(&w); /* from the disk, not from memory */
	assert_int_equal(w.all.n, 2);
	AUTO_FREE char *moved =
	    xasprintf("config/backups/%s/source/pdf/SKILL.md", oldest_left);
	assert_file(w.scratch->fd, moved, "pdf 1");
	assert_ok(snapcheck(&w.all, NULL, NULL, &check));
	assert_int_equal(check.n, 0);
	snapcheck_release(&check);
	for (size_t i = 0; i < w.all.n; i++) {
		AUTO_FREE char *out = xasprintf("out-%zu", i);
		AUTO_FREE char *run = xasprintf("%s/bin/run", out);

		assert_ok(export_entry(&w, w.all.items[i], "pdf", out));
		assert_int_equal(stat_of(&w, run).mode, 0750);
	}
	forget(&w);
}

static void
what_dead_runs_left_is_cleared_and_nothing_else(void **state)
{
	static const struct {
		const char *name;
		enum fs_kind after;
	} rows[] = {
		{ ".incomplete-0123456789abcdef", FS_ABSENT },
		{ ".deleting-2026-01-20_15-30-00", FS_ABSENT },
		{ ".incomplete-mine", FS_DIR },
		{ ".deleting-mine", FS_DIR },
		{ "mine", FS_DIR },
	};
	struct world w;

	furnish(&w, *state);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *rel =
		    xasprintf("config/backups/%s/file", rows[i].name);

		put(&w, rel, "x");
	}
	look(&w);
	assert_int_equal(w.all.n, 0);
	backup(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *rel =
		    xasprintf("config/backups/%s", rows[i].name);

		assert_int_equal(stat_of(&w, rel).kind, rows[i].after);
	}
	forget(&w);
}

static void
two_do_not_work_in_one_directory(void **state)
{
	struct world w;
	AUTO_CLOSE int lock_fd = -1;

	furnish(&w, *state);
	backup(&w);
	put(&w, "a/more.txt", "more");
	look(&w);
	assert_ok(snapshots_lock(&w.all, &lock_fd));
	const struct snapmake_request request = {
		.set = w.set,
		.observed = w.observed,
		.command = "test",
		.kind = SNAPSHOT_MANUAL,
	};
	assert_code(snapmake(&w.all, &request, &w.result), ERR_BUSY);
	forget(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("age and number limit what is kept",
		    age_and_number_limit_what_is_kept),
		IN_SCRATCH("the newest of each target stays",
		    the_newest_of_each_target_stays),
		IN_SCRATCH("size counts each content once",
		    size_counts_each_content_once),
		IN_SCRATCH("a version that is needed moves",
		    a_version_that_is_needed_moves),
		IN_SCRATCH("what dead runs left is cleared and nothing else",
		    what_dead_runs_left_is_cleared_and_nothing_else),
		IN_SCRATCH("two do not work in one directory",
		    two_do_not_work_in_one_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
