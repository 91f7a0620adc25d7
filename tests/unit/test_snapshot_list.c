#include "snapworld.h"

#include "record.h"

/* ---- reading ------------------------------------------------------------- */

static void
names_of_snapshots(void **state)
{
	static const struct {
		const char *name;
		bool is_one;
	} rows[] = {
		{ "2026-01-20_15-30-00", true },
		{ "2026-01-20_15-30-0", false },
		{ "2026-01-20_15-30-000", false },
		{ "2026-01-20 15-30-00", false },
		{ "2026-01-20_15-30-0x", false },
		{ ".incomplete-0123456789abcdef", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(snapshot_is_name(rows[i].name),
		    rows[i].is_one);
}

static void
the_newest_that_restore_did_not_make_is_found(void **state)
{
	struct world w;
	struct snapshot *s = NULL;

	furnish(&w, *state);
	look(&w);
	assert_code(snapshots_find(&w.all, "a", NULL, &s), ERR_NOT_FOUND);
	backup(&w);
	AUTO_FREE char *first = xstrdup(w.result.name);
	put(&w, "a/more.txt", "more");
	make(&w, SNAPSHOT_BEFORE_RESTORE, 0);
	AUTO_FREE char *second = xstrdup(w.result.name);
	assert_ok(snapshots_find(&w.all, "a", NULL, &s));
	assert_string_equal(s->name, first);
	assert_ok(snapshots_find(&w.all, "a", second, &s));
	assert_string_equal(s->name, second);
	assert_code(snapshots_find(&w.all, "b", second, &s), ERR_NOT_FOUND);
	assert_code(snapshots_find(&w.all, "a", "2000-01-01_00-00-00", &s),
	    ERR_NOT_FOUND);
	forget(&w);
}

static void
plain_snapshots_are_found_in_both_places(void **state)
{
	struct world w;
	struct snapshot *s = NULL;
	uint64_t skills = 0, bytes = 0;

	furnish(&w, *state);
	put(&w, "config/backups/2026-01-02_00-00-00/a/one/SKILL.md", "one");
	put(&w, "data/skillshare/backups/2026-01-01_00-00-00/a/two/SKILL.md",
	    "two two");
	put(&w, "data/skillshare/backups/2026-01-01_00-00-00/a/file", "f");
	look(&w);
	assert_int_equal(w.all.n, 2);
	assert_ok(snapshots_find(&w.all, "a", NULL, &s));
	assert_string_equal(s->name, "2026-01-02_00-00-00");
	assert_ok(snapshots_find(&w.all, "a", "2026-01-01_00-00-00", &s));
	assert_true(s->is_plain);
	assert_ok(snapshot_measure(s, "a", &skills, &bytes));
	assert_int_equal(skills, 1);
	assert_int_equal(bytes, 8);
	assert_ok(export_entry(&w, s, "two", "back"));
	assert_file(w.scratch->fd, "back/SKILL.md", "two two");
	/* Ours come first, whatever the clock says. */
	backup(&w);
	assert_ok(snapshots_find(&w.all, "a", NULL, &s));
	assert_false(s->is_plain);
	forget(&w);
}

static void
a_damaged_manifest_hides_no_other_snapshot(void **state)
{
	struct world w;
	struct snapshot *s = NULL;

	furnish(&w, *state);
	backup(&w);
	AUTO_FREE char *first = xstrdup(w.result.name);
	put(&w, "a/more.txt", "more");
	backup(&w);
	AUTO_FREE char *second = xstrdup(w.result.name);
	damage(&w, second, SNAPSHOT_MANIFEST);
	look(&w);
	assert_int_equal(w.all.n, 2);
	/* The newest is what was asked for: an older one is no answer. */
	assert_code(snapshots_find(&w.all, "a", NULL, &s), ERR_DAMAGE);
	assert_code(snapshots_find(&w.all, "a", second, &s), ERR_DAMAGE);
	assert_ok(snapshots_find(&w.all, "a", first, &s));
	assert_string_equal(s->name, first);
	/* Nothing leads back to it, and none of it is lost. */
	backup(&w);
	assert_true(strcmp(w.result.name, second) > 0);
	assert_int_equal(w.all.n, 3);
	forget(&w);
}

/* A manifest with a right digest that no program of ours would write. */
static void
write_manifest(const struct world *w, const char *where, const char *rel)
{
	AUTO_FREE char *dir = path_in(w, "config/backups/2030-01-01_00-00-00");
	AUTO_CLOSE int fd = -1;
	struct record_writer r;
	char hex[DIGEST_HEX_LEN + 1];
	const struct digest digest = digest_of("", 0);
	const char *const lines[][9] = {
		{ "snapshot", "9", "1", "manual", "0", "x" },
		{ "held", hex, where, "2", "1", "1" },
		{ "tree", "0" },
		{ "d", "", "493", "1", "0", "", "1", "1" },
		{ "f", rel, "420", "1", "1", hex, "1", "1" },
	};

	digest_hex(&digest, hex);
	assert_ok(fs_mkdirs(dir, 0755));
	assert_ok(fs_open_dir(dir, &fd));
	record_create(&r, fd, SNAPSHOT_MANIFEST, "skillshare-snapshot 1");
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		for (size_t k = 0; lines[i][k] != NULL; k++)
			record_field(&r, lines[i][k]);
		record_end(&r);
	}
	assert_ok(record_publish(&r, fd, SNAPSHOT_MANIFEST));
}

static void
names_in_a_manifest_stay_below_the_snapshot(void **state)
{
	static const struct {
		const char *where;
		const char *rel;
		bool is_sound;
	} rows[] = {
		{ "source/x", "a", true },
		{ "source/../../x", "a", false },
		{ "/etc", "a", false },
		{ "", "a", false },
		{ "source/x", "../a", false },
		{ "source/x", "/a", false },
		{ "source/x", "a/../../b", false },
		{ "source/x", "a//b", false },
		{ "source/x", "", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w = { .scratch = *state, .all = { .fd = -1 } };

		write_manifest(&w, rows[i].where, rows[i].rel);
		look(&w);
		assert_int_equal(w.all.n, 1);
		if (rows[i].is_sound)
			assert_ok(snapshots_load(w.all.items[0]));
		else
			assert_code(snapshots_load(w.all.items[0]), ERR_DAMAGE);
		forget(&w);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("names of snapshots", names_of_snapshots),
		IN_SCRATCH("the newest that restore did not make is found",
		    the_newest_that_restore_did_not_make_is_found),
		IN_SCRATCH("plain snapshots are found in both places",
		    plain_snapshots_are_found_in_both_places),
		IN_SCRATCH("a damaged manifest hides no other snapshot",
		    a_damaged_manifest_hides_no_other_snapshot),
		IN_SCRATCH("names in a manifest stay below the snapshot",
		    names_in_a_manifest_stay_below_the_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
