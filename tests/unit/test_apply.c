/*
 * From the source to the targets, the whole way: discover, observe, plan,
 * lower, apply.
 */
#include "world.h"

#define SKILL "---\nname: x\ndescription: d\n---\n"

static void
assert_in_step(struct world *w)
{
	world_look(w, 0);
	assert_true(plan_is_empty(w->plan));
	assert_no_staging(w, ".");
}

static size_t
count_runs(struct world *w, enum run_stage stage)
{
	struct run_list list = { 0 };

	assert_ok(state_runs(w->state, stage, &list));
	size_t n = list.n;
	run_list_release(&list);
	return n;
}

static void
test_first(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/pdf", SKILL);
	world_skill(w, "source/team/web", SKILL);
	world_target(w, ".claude/deep/skills", MODE_MERGE);
	world_target(w, "link/skills", MODE_SYMLINK);
	world_sync(w, 0);
	assert_int_equal(w->txn->number, 1);
	assert_int_equal(txn_count(w->txn, OP_DONE), w->txn->n_ops);
	AUTO_FREE char *pdf = path_join(w->source, "pdf");
	AUTO_FREE char *web = path_join(w->source, "team/web");
	assert_link(w->s->fd, ".claude/deep/skills/pdf", pdf);
	assert_link(w->s->fd, ".claude/deep/skills/team__web", web);
	assert_link(w->s->fd, "link/skills", w->source);
	assert_int_equal(count_runs(w, RUN_OPEN), 0);
	assert_int_equal(count_runs(w, RUN_COMMITTED), 0);
	assert_int_equal(count_runs(w, RUN_DONE), 1);
	for (size_t i = 0; i < w->txn->n_groups; i++)
		assert_int_equal(w->txn->groups[i].n_unseen, 0);
	assert_in_step(w);
}

/* What is not ours stays; what is, is corrected; what is gone, goes. */
static void
test_merge(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/fresh", SKILL);
	world_skill(w, "source/kept", SKILL);
	world_skill(w, "source/moved", SKILL);
	world_skill(w, "source/theirs", SKILL);
	world_skill(w, "source/own", SKILL);
	world_skill(w, "t/own", "own version");
	world_link(w, "t/kept", "%/source/kept");
	world_link(w, "t/moved", "%/source/old/moved");
	world_link(w, "t/gone", "%/source/gone");
	world_link(w, "t/theirs", "/elsewhere");
	put_file(w->s->fd, "t/README", "text");
	world_target(w, "t", MODE_MERGE);
	world_sync(w, 0);
	AUTO_FREE char *moved = path_join(w->source, "moved");
	assert_link(w->s->fd, "t/moved", moved);
	assert_int_equal(kind_at(w->s->fd, "t/fresh"), FS_LINK);
	assert_int_equal(kind_at(w->s->fd, "t/gone"), FS_ABSENT);
	assert_link(w->s->fd, "t/theirs", "/elsewhere");
	assert_file(w->s->fd, "t/own/SKILL.md", "own version");
	assert_file(w->s->fd, "t/README", "text");
	assert_in_step(w);
	assert_true(plan_has_conflicts(w->plan));
}

static void
test_force(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/own", SKILL);
	world_skill(w, "source/theirs", SKILL);
	world_skill(w, "source/file", SKILL);
	world_skill(w, "t/own", "own version");
	world_link(w, "t/theirs", "/elsewhere");
	put_file(w->s->fd, "t/file", "a file");
	world_target(w, "t", MODE_MERGE);
	world_sync(w, PLAN_FORCE);
	AUTO_FREE char *run = state_run_path(w->state, RUN_DONE, 1);
	AUTO_FREE char *store = path_join(run, "store");
	AUTO_CLOSE int store_fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	assert_int_equal(kind_at(w->s->fd, "t/own"), FS_LINK);
	assert_int_equal(kind_at(w->s->fd, "t/theirs"), FS_LINK);
	assert_file(w->s->fd, "t/file", "a file");
	/* What was displaced is in the run's store. */
	assert_ok(fs_open_dir(store, &store_fd));
	assert_ok(fs_list(store_fd, "store", &list));
	assert_int_equal(list.n, 1);
	AUTO_FREE char *file = path_join(list.entries[0].name, "SKILL.md");
	assert_file(store_fd, file, "own version");
	world_look(w, 0);
	assert_true(plan_is_empty(w->plan));
}

static void
test_to_link_and_back(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/pdf", SKILL);
	world_skill(w, "t/mine", "my own");
	world_link(w, "t/pdf", "%/source/pdf");
	world_target(w, "t", MODE_SYMLINK);
	world_sync(w, 0);
	assert_link(w->s->fd, "t", w->source);
	assert_file(w->s->fd, "source/mine/SKILL.md", "my own");
	assert_int_equal(kind_at(w->s->fd, "source/mine"), FS_DIR);
	assert_in_step(w);

	w->configs[0].mode = MODE_MERGE;
	world_sync(w, 0);
	AUTO_FREE char *mine = path_join(w->source, "mine");
	assert_int_equal(kind_at(w->s->fd, "t"), FS_DIR);
	assert_link(w->s->fd, "t/mine", mine);
	assert_int_equal(kind_at(w->s->fd, "t/pdf"), FS_LINK);
	assert_in_step(w);
}

/* What stands behind a dotfile manager's link is worked in, the link stays. */
static void
test_through_a_link(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/pdf", SKILL);
	world_mkdirs(w, "dotfiles/skills");
	world_link(w, "t", "%/dotfiles/skills");
	world_mkdirs(w, "dotfiles/agent");
	world_link(w, "agent", "dotfiles/agent");
	world_target(w, "t", MODE_MERGE);
	world_target(w, "agent/skills", MODE_MERGE);
	world_sync(w, 0);
	assert_int_equal(kind_at(w->s->fd, "t"), FS_LINK);
	assert_int_equal(kind_at(w->s->fd, "agent"), FS_LINK);
	assert_int_equal(kind_at(w->s->fd, "dotfiles/skills/pdf"), FS_LINK);
	assert_int_equal(kind_at(w->s->fd, "dotfiles/agent/skills/pdf"),
	    FS_LINK);
	assert_in_step(w);
	assert_no_staging(w, "dotfiles");
}

/* A target that changes after the plan fails alone, and is as it was then. */
static void
test_one_fails(void **state)
{
	struct world *w = *state;
	const struct apply_options options = { 0 };
	struct error *late = NULL;

	world_skill(w, "source/a", SKILL);
	world_skill(w, "source/z", SKILL);
	world_mkdirs(w, "t");
	world_target(w, "t", MODE_MERGE);
	world_target(w, "u", MODE_MERGE);
	world_look(w, 0);
	w->txn = txn_new("skillshare sync");
	lower_plan(w->txn, w->plan, w->copies);
	put_file(w->s->fd, "t/z", "just now");
	assert_ok(apply(w->state, w->txn, &options, &w->aside, &late));
	assert_ok(late);
	assert_non_null(w->txn->groups[0].error);
	assert_int_equal(error_code(w->txn->groups[0].error), ERR_CONFLICT);
	assert_null(w->txn->groups[1].error);
	assert_int_equal(w->txn->number, 1);
	assert_int_equal(kind_at(w->s->fd, "t/a"), FS_ABSENT);
	assert_file(w->s->fd, "t/z", "just now");
	assert_int_equal(kind_at(w->s->fd, "u/a"), FS_LINK);
	assert_no_staging(w, ".");
	assert_int_equal(count_runs(w, RUN_DONE), 1);
}

static void
test_all_fail(void **state)
{
	struct world *w = *state;
	const struct apply_options options = { 0 };
	struct error *late = NULL;

	world_skill(w, "source/a", SKILL);
	world_mkdirs(w, "t");
	world_target(w, "t", MODE_MERGE);
	world_look(w, 0);
	w->txn = txn_new("skillshare sync");
	lower_plan(w->txn, w->plan, w->copies);
	put_file(w->s->fd, "t/a", "just now");
	assert_ok(apply(w->state, w->txn, &options, &w->aside, &late));
	assert_ok(late);
	assert_int_equal(w->txn->number, 0);
	assert_int_equal(count_runs(w, RUN_OPEN), 0);
	assert_int_equal(count_runs(w, RUN_DONE), 0);
	assert_file(w->s->fd, "t/a", "just now");
}

/* A skill that was removed after the plan is linked, but not seen. */
static void
test_unseen(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/a", SKILL);
	world_skill(w, "source/b", SKILL);
	world_target(w, "t", MODE_MERGE);
	world_look(w, 0);
	assert_ok(fs_unlink(w->s->fd, "source/b/SKILL.md"));
	world_apply(w);
	assert_int_equal(w->txn->groups[0].n_unseen, 1);
	assert_string_equal(w->txn->groups[0].unseen[0], "b");
}

struct told {
	size_t calls;
	size_t last;
};

static void
note_progress(void *payload, size_t done, size_t total)
{
	struct told *told = payload;

	told->calls++;
	assert_true(done > told->last && done <= total);
	told->last = done;
}

static void
test_progress(void **state)
{
	struct world *w = *state;
	struct told told = { 0 };
	const struct apply_options options = { note_progress, &told };
	struct error *late = NULL;

	for (int i = 0; i < 600; i++) {
		AUTO_FREE char *rel = xasprintf("source/s%d", i);
		world_skill(w, rel, SKILL);
	}
	world_target(w, "t", MODE_MERGE);
	world_look(w, 0);
	w->txn = txn_new("skillshare sync");
	lower_plan(w->txn, w->plan, w->copies);
	assert_ok(apply(w->state, w->txn, &options, &w->aside, &late));
	assert_ok(late);
	assert_int_equal(told.calls, 2);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_WORLD("absent targets are made and linked", test_first),
		IN_WORLD("merge mode corrects what is ours and nothing else",
		    test_merge),
		IN_WORLD("--force displaces into the run's store", test_force),
		IN_WORLD("a directory becomes a link and a directory again",
		    test_to_link_and_back),
		IN_WORLD("links on the way to a target stay",
		    test_through_a_link),
		IN_WORLD("a target that fails is taken back alone",
		    test_one_fails),
		IN_WORLD("a run of which nothing remains has no number",
		    test_all_fail),
		IN_WORLD("a link that shows nothing is named", test_unseen),
		IN_WORLD("progress goes on", test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
