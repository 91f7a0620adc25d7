#include "snapworld.h"

#include <poll.h>

/* ---- making -------------------------------------------------------------- */

static void
a_backup_is_a_plain_tree_of_our_own_files(void **state)
{
	struct world w;
	AUTO_FREE char *root = NULL;

	furnish(&w, *state);
	backup(&w);
	assert_int_equal(w.result.targets[0].outcome, SNAPMAKE_MADE);
	assert_int_equal(w.result.targets[0].n_skills, 2);
	assert_int_equal(w.result.targets[0].size_bytes, 5 + 3 + 4 + 5);
	assert_int_equal(w.result.targets[1].outcome, SNAPMAKE_ABSENT);
	root = xasprintf("config/backups/%s/a", w.result.name);
	AUTO_FREE char *file = xasprintf("%s/pdf/SKILL.md", root);
	assert_file(w.scratch->fd, file, "pdf 1");
	assert_int_equal(stat_made(&w, "a/pdf/SKILL.md").mode, 0444);
	assert_int_equal(stat_made(&w, "a/pdf/bin/run").mode, 0555);
	assert_int_equal(stat_made(&w, "a/notes.txt").kind, FS_FILE);
	assert_int_equal(stat_made(&w, "a/.hidden").kind, FS_ABSENT);
	assert_int_equal(stat_made(&w, "").mode, 0700);
	/* Live files are never linked to; the folder holds the content. */
	assert_int_equal(stat_of(&w, "source/pdf/SKILL.md").nlink, 1);
	assert_int_equal(stat_made(&w, "a/pdf/SKILL.md").nlink, 1);
	assert_int_equal(stat_made(&w, SNAPSHOT_SOURCE).kind, FS_ABSENT);
	forget(&w);
}

static void
nothing_new_makes_no_snapshot(void **state)
{
	struct world w;

	furnish(&w, *state);
	backup(&w);
	AUTO_FREE char *first = xstrdup(w.result.name);
	for (int i = 0; i < 2; i++) {
		backup(&w);
		assert_null(w.result.name);
		assert_int_equal(w.result.targets[0].outcome,
		    SNAPMAKE_UNCHANGED);
		assert_string_equal(w.result.targets[0].since, first);
		assert_int_equal(w.all.n, 1);
	}
	/* The content is as it was, though all must be read again. */
	put(&w, "source/pdf/SKILL.md", "pdf 1");
	put(&w, "a/mine/SKILL.md", "mine");
	backup(&w);
	assert_null(w.result.name);
	/* One made before a run has all but the layout. */
	make(&w, SNAPSHOT_AUTOMATIC, 0);
	assert_null(w.result.name);
	forget(&w);
}

static void
a_change_stores_only_what_is_new(void **state)
{
	static const struct {
		const char *what;
		const char *rel;
		const char *text;
		uint64_t copied;
	} rows[] = {
		{ "a skill's file", "source/pdf/SKILL.md", "pdf 2", 1 },
		{ "a local skill's file", "a/mine/more", "more", 1 },
		{ "a new entry", "a/other/SKILL.md", "other", 1 },
		{ "content that is known", "a/copy/SKILL.md", "pdf 1", 0 },
		{ "same size, same name", "a/notes.txt", "NOTES", 1 },
	};
	struct world w;

	furnish(&w, *state);
	backup(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *before = xstrdup(w.all.items[0]->name);

		put(&w, rows[i].rel, rows[i].text);
		backup(&w);
		if (w.result.copied_files != rows[i].copied)
			fail_msg("%s: %u files copied", rows[i].what,
			    (unsigned)w.result.copied_files);
		/* Two in a second have two names, in order. */
		assert_true(strcmp(w.result.name, before) > 0);
		assert_true(w.all.items[0]->sequence > i + 1);
	}
	assert_true(stat_made(&w, "a/pdf/bin/run").nlink > 5);
	forget(&w);
}

static void
the_name_is_later_than_all_others(void **state)
{
	struct world w;

	furnish(&w, *state);
	put(&w, "config/backups/2999-12-31_23-59-59/a/old/SKILL.md", "old");
	backup(&w);
	assert_string_equal(w.result.name, "3000-01-01_00-00-00");
	forget(&w);
}

static void
a_shown_skill_is_held_once(void **state)
{
	struct world w;
	const struct snap_tree *tree = NULL;

	furnish(&w, *state);
	put(&w, "b/x", "x");
	link_skill(&w, "b", "pdf");
	make(&w, SNAPSHOT_AUTOMATIC, 0);
	assert_int_equal(stat_made(&w, "source/pdf/SKILL.md").nlink, 1);
	assert_int_equal(stat_made(&w, "a/pdf").kind, FS_ABSENT);
	assert_int_equal(stat_made(&w, "a/mine/SKILL.md").kind, FS_FILE);
	AUTO_FREE char *first = xstrdup(w.result.name);

	put(&w, "a/more.txt", "more");
	make(&w, SNAPSHOT_AUTOMATIC, 0);
	assert_non_null(w.result.name);
	assert_int_equal(w.result.targets[1].outcome, SNAPMAKE_UNCHANGED);
	assert_int_equal(stat_made(&w, "source").kind, FS_ABSENT);
	assert_int_equal(stat_made(&w, "b").kind, FS_ABSENT);
	const char *version = w.all.items[0]->skills[0].version;
	const struct snapshot *holder =
	    snapshots_holding(&w.all, version, &tree);
	assert_string_equal(holder->name, first);
	assert_string_equal(tree->where, "source/pdf");
	forget(&w);
}

static void
a_dry_run_writes_nothing(void **state)
{
	struct world w;

	furnish(&w, *state);
	make(&w, SNAPSHOT_MANUAL, SNAPMAKE_LAY_OUT | SNAPMAKE_DRY_RUN);
	assert_null(w.result.name);
	assert_int_equal(w.result.targets[0].outcome, SNAPMAKE_MADE);
	assert_int_equal(stat_of(&w, "config/backups").kind, FS_ABSENT);
	forget(&w);
}

static void
what_cannot_be_read_fails_its_target_alone(void **state)
{
	struct world w;

	furnish(&w, *state);
	put(&w, "b/fine/SKILL.md", "fine");
	put(&w, "a/mine/secret", "secret");
	AUTO_FREE char *secret = path_in(&w, "a/mine/secret");
	AUTO_FREE char *config = path_in(&w, "config");
	assert_int_equal(chmod(secret, 0), 0);
	look(&w);
	if (geteuid() == 0)
		assert_int_equal(chown(config, NOBODY, (gid_t)-1), 0);
	become_nobody(w.scratch);
	const struct snapmake_request request = {
		.set = w.set,
		.observed = w.observed,
		.command = "test",
		.kind = SNAPSHOT_MANUAL,
	};
	struct error *err = snapmake(&w.all, &request, &w.result);
	become_root();
	assert_ok(err);
	assert_int_equal(w.result.targets[0].outcome, SNAPMAKE_FAILED);
	assert_non_null(strstr(error_msg(w.result.targets[0].error), secret));
	assert_int_equal(w.result.targets[1].outcome, SNAPMAKE_MADE);
	assert_int_equal(stat_made(&w, "a").kind, FS_ABSENT);
	assert_int_equal(stat_made(&w, "b/fine/SKILL.md").kind, FS_FILE);
	forget(&w);
}

/* ---- back again ---------------------------------------------------------- */

static void
an_entry_comes_back_with_modes_and_times(void **state)
{
	static const char *const rels[] = { "", "/SKILL.md", "/bin", "/bin/run",
		"/link" };
	struct world w;

	furnish(&w, *state);
	assert_ok(fs_symlink("SKILL.md", w.scratch->fd, "source/pdf/link"));
	AUTO_FREE char *file = path_in(&w, "source/pdf/SKILL.md");
	AUTO_FREE char *bin = path_in(&w, "source/pdf/bin");
	const struct timespec times[2] = { { .tv_sec = 1 },
		{ .tv_sec = 1000000000, .tv_nsec = 123456789 } };
	assert_int_equal(chmod(file, 0604), 0);
	assert_int_equal(chmod(bin, 0500), 0);
	assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, bin, times, 0), 0);
	backup(&w);
	assert_ok(fs_rename(w.scratch->fd, "source/pdf", w.scratch->fd, "was"));

	assert_ok(export_entry(&w, w.all.items[0], "pdf", "back"));
	for (size_t i = 0; i < ARRAY_LEN(rels); i++) {
		AUTO_FREE char *was = xasprintf("was%s", rels[i]);
		AUTO_FREE char *back = xasprintf("back%s", rels[i]);
		struct fs_stat x = stat_of(&w, was);
		struct fs_stat y = stat_of(&w, back);

		assert_int_equal(x.kind, y.kind);
		assert_int_equal(x.mode, y.mode);
		assert_int_equal(x.mtime_ns, y.mtime_ns);
	}
	assert_file(w.scratch->fd, "back/bin/run", "run");
	assert_int_equal(stat_of(&w, "back/SKILL.md").nlink, 1);
	assert_ok(export_entry(&w, w.all.items[0], "notes.txt", "file"));
	assert_file(w.scratch->fd, "file", "notes");
	forget(&w);
}

static void
what_was_just_made_can_be_used(void **state)
{
	struct world w;

	furnish(&w, *state);
	/* Old enough for the cache to be trusted. */
	(void)poll(NULL, 0, 100);
	backup(&w);
	put(&w, "source/pdf/more", "more");
	put(&w, "a/mine/more", "more");
	backup(&w);
	for (size_t i = 0; i < w.all.n; i++) {
		AUTO_FREE char *pdf = xasprintf("pdf-%zu", i);
		AUTO_FREE char *mine = xasprintf("mine-%zu", i);

		assert_ok(export_entry(&w, w.all.items[i], "pdf", pdf));
		assert_ok(export_entry(&w, w.all.items[i], "mine", mine));
		AUTO_FREE char *more = xasprintf("%s/more", mine);
		assert_int_equal(stat_of(&w, more).kind,
		    i == 0 ? FS_FILE : FS_ABSENT);
	}
	forget(&w);
}

static void
a_version_comes_from_whoever_holds_it(void **state)
{
	struct world w;

	furnish(&w, *state);
	make(&w, SNAPSHOT_AUTOMATIC, 0);
	put(&w, "a/more.txt", "more");
	make(&w, SNAPSHOT_AUTOMATIC, 0);
	assert_ok(tree_remove(w.scratch->fd, "source"));
	assert_int_equal(w.all.n, 2);
	assert_ok(export_entry(&w, w.all.items[0], "pdf", "back"));
	assert_file(w.scratch->fd, "back/SKILL.md", "pdf 1");
	forget(&w);
}

static void
damage_is_named_and_stored_afresh(void **state)
{
	struct world w;
	struct snapcheck_result check;

	furnish(&w, *state);
	backup(&w);
	AUTO_FREE char *first = xstrdup(w.result.name);
	put(&w, "a/more.txt", "more");
	backup(&w);
	assert_ok(snapcheck(&w.all, NULL, NULL, &check));
	assert_int_equal(check.n, 0);
	assert_int_equal(check.n_snapshots, 2);
	assert_int_equal(check.n_files, 5);
	snapcheck_release(&check);

	damage(&w, first, "a/mine/SKILL.md");
	assert_ok(snapcheck(&w.all, NULL, NULL, &check));
	assert_int_equal(check.n, 1);
	assert_non_null(strstr(check.items[0].path, "/a/mine/SKILL.md"));
	assert_int_equal(check.items[0].n_snapshots, 2);
	snapcheck_release(&check);
	assert_code(export_entry(&w, w.all.items[0], "mine", "back"),
	    ERR_DAMAGE);

	put(&w, "a/even.txt", "even");
	backup(&w);
	assert_int_equal(w.result.n_warnings, 1);
	assert_non_null(strstr(w.result.warnings[0], "stored afresh"));
	assert_ok(export_entry(&w, w.all.items[0], "mine", "again"));
	assert_file(w.scratch->fd, "again/SKILL.md", "mine");
	/* An older one gives it back now, too. */
	assert_ok(export_entry(&w, w.all.items[1], "mine", "older"));
	assert_file(w.scratch->fd, "older/SKILL.md", "mine");
	forget(&w);
}

static void
a_missing_file_is_named(void **state)
{
	struct world w;
	struct snapcheck_result check;

	furnish(&w, *state);
	make(&w, SNAPSHOT_AUTOMATIC, 0);
	AUTO_FREE char *file =
	    xasprintf("config/backups/%s/source/pdf/bin/run", w.result.name);
	assert_ok(fs_unlink(w.scratch->fd, file));
	assert_ok(snapcheck(&w.all, NULL, NULL, &check));
	assert_int_equal(check.n, 1);
	assert_string_equal(check.items[0].problem, "is missing");
	snapcheck_release(&check);
	forget(&w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("a backup is a plain tree of our own files",
		    a_backup_is_a_plain_tree_of_our_own_files),
		IN_SCRATCH("nothing new makes no snapshot",
		    nothing_new_makes_no_snapshot),
		IN_SCRATCH("a change stores only what is new",
		    a_change_stores_only_what_is_new),
		IN_SCRATCH("the name is later than all others",
		    the_name_is_later_than_all_others),
		IN_SCRATCH("a shown skill is held once",
		    a_shown_skill_is_held_once),
		IN_SCRATCH("a dry run writes nothing",
		    a_dry_run_writes_nothing),
		IN_SCRATCH("what cannot be read fails its target alone",
		    what_cannot_be_read_fails_its_target_alone),
		IN_SCRATCH("an entry comes back with modes and times",
		    an_entry_comes_back_with_modes_and_times),
		IN_SCRATCH("what was just made can be used",
		    what_was_just_made_can_be_used),
		IN_SCRATCH("a version comes from whoever holds it",
		    a_version_comes_from_whoever_holds_it),
		IN_SCRATCH("damage is named and stored afresh",
		    damage_is_named_and_stored_afresh),
		IN_SCRATCH("a missing file is named", a_missing_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
