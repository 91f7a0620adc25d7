/*
 * Runs that died: before each of their operations, before and after the
 * commit. The same operations as a run's, up to there, then recovery.
 */
#include "journal.h"
#include "recover.h"
#include "world.h"

#define SKILL "---\nname: x\ndescription: d\n---\n"

/* A target with all that a run can meet, and another that is absent. */
static int
setup(void **state)
{
	if (world_setup(state) != 0)
		return -1;
	struct world *w = *state;

	world_skill(w, "source/fresh", SKILL);
	world_skill(w, "source/moved", SKILL);
	world_skill(w, "source/own", SKILL);
	world_skill(w, "t/own", "own version");
	world_link(w, "t/moved", "%/source/old/moved");
	world_link(w, "t/gone", "%/source/gone");
	world_skill(w, "u/local", "to be taken");
	world_skill(w, "app/skills/own", "in an agent's own directory");
	world_target(w, "t", MODE_MERGE);
	world_target(w, "u", MODE_SYMLINK);
	world_target(w, "app/skills", MODE_MERGE);
	world_target(w, "deep/v", MODE_MERGE);
	return 0;
}

static struct digest
world_digest(struct world *w)
{
	static const char *const names[] = { "source", "t", "u", "app" };
	struct digest_state sum;

	digest_init(&sum);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct tree_sum tree = { 0 };

		assert_ok(tree_digest(w->s->fd, names[i], &tree));
		digest_add(&sum, &tree.digest, sizeof(tree.digest));
	}
	digest_add_str(&sum,
	    kind_at(w->s->fd, "deep") == FS_ABSENT ? "-" : "deep");
	return digest_final(&sum);
}

enum progress {
	BEGUN,    /* staged, no plan */
	PLANNED,  /* and so many operations */
	OUTCOME,  /* all of them, not committed */
	COMMITTED /* not settled */
};

/* A run that dies there. The lock is let go of, as by a death. */
static void
die_at(struct world *w, enum progress progress, size_t n_ops)
{
	AUTO_CLOSE int run_fd = -1;
	AUTO_HANDS struct hands h = HANDS_NONE;

	world_look(w, PLAN_FORCE);
	w->txn = txn_new("skillshare sync --force");
	lower_plan(w->txn, w->plan, w->copies);
	assert_ok(state_next_run(w->state, &w->txn->number));
	assert_ok(state_make_run(w->state, w->txn->number, &run_fd));
	assert_ok(journal_write_begin(run_fd, w->txn, &w->state->host));
	stage_items(w->txn);
	if (progress >= PLANNED)
		assert_ok(journal_write_plan(run_fd, w->txn, &w->state->host));
	for (size_t i = 0; progress >= PLANNED && i < w->txn->n_ops; i++) {
		if (i == n_ops)
			break;
		assert_ok(hands_open(&h, w->txn, w->txn->ops[i].place));
		assert_ok(perform(&h, &w->txn->ops[i]));
	}
	if (progress >= OUTCOME)
		assert_ok(journal_write_outcome(run_fd, w->txn));
	if (progress == COMMITTED)
		assert_ok(state_advance(w->state, RUN_OPEN, w->txn->number));
	world_forget(w);
}

static size_t
count_ops(struct world *w)
{
	world_look(w, PLAN_FORCE);
	w->txn = txn_new("skillshare sync");
	lower_plan(w->txn, w->plan, w->copies);
	size_t n = w->txn->n_ops;
	world_forget(w);
	return n;
}

/* Recovers as the next writer does. */
static void
recover(struct world *w, unsigned flags, struct recovery *out)
{
	*out = (struct recovery){ 0 };
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	assert_ok(recover_all(w->state, flags, out));
}

static void
assert_recovered(struct world *w, enum recovered_how how)
{
	struct recovery r;

	recover(w, 0, &r);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.runs[0].how, how);
	assert_string_equal(r.runs[0].command, "skillshare sync --force");
	assert_int_equal(r.n_blocked, 0);
	assert_int_equal(r.aside.n, 0);
	recovery_release(&r);
	/* And again: there is nothing left to do. */
	assert_ok(recover_all(w->state, 0, &r));
	assert_int_equal(r.n, 0);
	recovery_release(&r);
	assert_no_staging(w, ".");
	world_forget(w);
}

static void
test_each_operation(void **state)
{
	struct world *w = *state;
	struct digest before = world_digest(w);
	size_t n = count_ops(w);

	assert_in_range(n, 8, 100);
	for (size_t i = 0; i <= n; i++) {
		die_at(w, PLANNED, i);
		assert_recovered(w, RECOVERED_BACK);
		struct digest after = world_digest(w);
		if (!digest_equal(&before, &after))
			fail_msg("after %zu of %zu operations", i, n);
	}
}

static void
test_before_the_plan(void **state)
{
	struct world *w = *state;
	struct digest before = world_digest(w);

	die_at(w, BEGUN, 0);
	assert_recovered(w, RECOVERED_BACK);
	struct digest after = world_digest(w);
	assert_true(digest_equal(&before, &after));
}

static void
test_before_the_commit(void **state)
{
	struct world *w = *state;
	struct digest before = world_digest(w);

	die_at(w, OUTCOME, SIZE_MAX);
	assert_recovered(w, RECOVERED_BACK);
	struct digest after = world_digest(w);
	assert_true(digest_equal(&before, &after));
}

static void
test_after_the_commit(void **state)
{
	struct world *w = *state;

	die_at(w, COMMITTED, SIZE_MAX);
	assert_recovered(w, RECOVERED_FORWARD);
	assert_link(w->s->fd, "u", w->source);
	assert_int_equal(kind_at(w->s->fd, "t/own"), FS_LINK);
	assert_int_equal(kind_at(w->s->fd, "t/gone"), FS_ABSENT);
	world_look(w, 0);
	struct run_list list = { 0 };
	assert_ok(state_runs(w->state, RUN_DONE, &list));
	assert_int_equal(list.n, 1);
	run_list_release(&list);
}

/* What somebody did since is kept, and named. */
static void
test_changed_since(void **state)
{
	struct world *w = *state;
	struct recovery r;

	die_at(w, PLANNED, SIZE_MAX);
	assert_ok(fs_unlink(w->s->fd, "t/own"));
	put_file(w->s->fd, "t/own", "somebody's");
	recover(w, 0, &r);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.aside.n, 1);
	assert_file(w->s->fd, "t/own/SKILL.md", "own version");
	assert_file(AT_FDCWD, r.aside.paths[0], "somebody's");
	recovery_release(&r);
	assert_no_staging(w, ".");
}

static void
test_unreachable(void **state)
{
	struct world *w = *state;
	struct recovery r;

	die_at(w, PLANNED, SIZE_MAX);
	assert_ok(fs_rename_noreplace(w->s->fd, "t", w->s->fd, "unmounted"));
	recover(w, 0, &r);
	assert_int_equal(r.n, 0);
	assert_int_equal(r.n_blocked, 1);
	assert_int_equal(r.blocked[0].number, 1);
	recovery_release(&r);
	world_forget(w);
	assert_ok(fs_rename_noreplace(w->s->fd, "unmounted", w->s->fd, "t"));
	assert_recovered(w, RECOVERED_BACK);
}

/*
 * Somebody moved the directory around a target, and with it the staging
 * directory; the target itself may have come back without it.
 */
static void
test_parent_moved(void **state)
{
	struct world *w = *state;
	struct digest before = world_digest(w);

	for (int is_target_back = 0; is_target_back < 2; is_target_back++) {
		struct recovery r;

		die_at(w, PLANNED, SIZE_MAX);
		assert_ok(fs_rename(w->s->fd, "app", w->s->fd, "moved"));
		if (is_target_back) {
			assert_ok(fs_mkdir(w->s->fd, "app", 0755));
			assert_ok(fs_rename(w->s->fd, "moved/skills", w->s->fd,
			    "app/skills"));
		}
		recover(w, 0, &r);
		assert_int_equal(r.n, 0);
		assert_int_equal(r.n_blocked, 1);
		assert_non_null(strstr(r.blocked[0].reason,
		    "what the run displaced is now in "));
		assert_non_null(
		    strstr(r.blocked[0].reason, "/moved/.skillshare-"));
		recovery_release(&r);
		world_forget(w);
		if (is_target_back) {
			assert_ok(fs_rename(w->s->fd, "app/skills", w->s->fd,
			    "moved/skills"));
			assert_ok(fs_rmdir(w->s->fd, "app"));
		}
		assert_ok(fs_rename(w->s->fd, "moved", w->s->fd, "app"));
		assert_recovered(w, RECOVERED_BACK);
		struct digest after = world_digest(w);
		assert_true(digest_equal(&before, &after));
	}
}

/* Given up, each staging directory is named, also one that was moved. */
static void
test_abandoned_names(void **state)
{
	struct world *w = *state;
	struct recovery r = { 0 };

	die_at(w, PLANNED, SIZE_MAX);
	assert_ok(fs_rename(w->s->fd, "app", w->s->fd, "moved"));
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	assert_ok(recover_abandon(w->state, 1, &r));
	assert_int_equal(r.left.there.n, 1);
	assert_int_equal(r.left.moved.n, 1);
	assert_int_equal(r.left.gone.n, 0);
	assert_non_null(strstr(r.left.moved.paths[0], "/moved/.skillshare-"));
	recovery_release(&r);
	assert_file(w->s->fd, "moved/skills/own/SKILL.md", SKILL);
}

/* Its plan is removed by hand: what is staged is not discarded. */
static void
test_lost_plan(void **state)
{
	struct world *w = *state;
	struct recovery r = { 0 };

	die_at(w, PLANNED, SIZE_MAX);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	assert_ok(fs_unlink(w->state->fd, "open/1/plan"));
	AUTO_ERROR struct error *err = recover_all(w->state, 0, &r);
	assert_int_equal(error_code(err), ERR_DAMAGE);
	assert_non_null(strstr(error_msg(err), "open/1/plan is missing"));
	assert_non_null(strstr(error_msg(err), "/.skillshare-"));
	recovery_release(&r);
	assert_ok(recover_abandon(w->state, 1, &r));
	assert_int_equal(r.left.there.n, 2);
	recovery_release(&r);
}

static void
test_another_machine(void **state)
{
	struct world *w = *state;
	AUTO_CLOSE int run_fd = -1;
	struct recovery r;

	die_at(w, BEGUN, 0);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	assert_ok(state_open_run(w->state, RUN_OPEN, 1, &run_fd));
	struct journal j = { 0 };
	const struct host_id other = { .machine = "another" };
	assert_ok(journal_read(run_fd, "/r", &j));
	assert_ok(journal_write_begin(run_fd, j.txn, &other));
	journal_release(&j);
	world_forget(w);
	recover(w, 0, &r);
	assert_int_equal(r.n, 0);
	assert_int_equal(r.n_blocked, 1);
	recovery_release(&r);
	world_forget(w);
	recover(w, RECOVER_HERE, &r);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.n_blocked, 0);
	recovery_release(&r);
}

static void
test_damage(void **state)
{
	struct world *w = *state;
	AUTO_CLOSE int run_fd = -1;
	struct digest before;
	struct recovery r = { 0 };

	die_at(w, PLANNED, SIZE_MAX);
	before = world_digest(w);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	assert_ok(state_open_run(w->state, RUN_OPEN, 1, &run_fd));
	assert_ok(
	    fs_write_atomic(run_fd, "plan", "skillshare-plan 1\n", 18, 0600));
	assert_code(recover_all(w->state, 0, &r), ERR_DAMAGE);
	recovery_release(&r);
	struct digest after = world_digest(w);
	assert_true(digest_equal(&before, &after));

	/* Given up, it stands in nobody's way; once. */
	assert_ok(recover_abandon(w->state, 1, &r));
	assert_int_equal(r.runs[0].how, RECOVERED_ABANDONED);
	recovery_release(&r);
	assert_code(recover_abandon(w->state, 1, &r), ERR_NOT_FOUND);
	assert_ok(recover_all(w->state, 0, &r));
	assert_int_equal(r.n, 0);
	AUTO_FREE char *kept = path_join(w->state->path, "abandoned/1/plan");
	assert_int_equal(kind_at(AT_FDCWD, kept), FS_FILE);
}

static void
test_look(void **state)
{
	struct world *w = *state;
	size_t n = 7;
	uint64_t number = 0;
	char *command = NULL;

	assert_ok(state_open(&w->env, &w->state));
	assert_ok(recover_look(w->state, &n, &number, &command));
	assert_int_equal(n, 0);
	assert_null(command);
	die_at(w, PLANNED, 3);
	assert_ok(state_open(&w->env, &w->state));
	assert_ok(recover_look(w->state, &n, &number, &command));
	assert_int_equal(n, 1);
	assert_int_equal(number, 1);
	assert_string_equal(command, "skillshare sync --force");
	free(command);
}

#define WITH_TARGETS(sentence, fn)                                             \
	{                                                                      \
		(sentence), (fn), setup, world_teardown, NULL                  \
	}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_TARGETS("a death after any operation is taken back",
		    test_each_operation),
		WITH_TARGETS("a death before the plan leaves nothing",
		    test_before_the_plan),
		WITH_TARGETS("a death before the commit is taken back",
		    test_before_the_commit),
		WITH_TARGETS("a death after the commit is finished",
		    test_after_the_commit),
		WITH_TARGETS("what somebody did since is kept",
		    test_changed_since),
		WITH_TARGETS("a place that is not there is waited for",
		    test_unreachable),
		WITH_TARGETS("a parent that was moved away is waited for",
		    test_parent_moved),
		WITH_TARGETS("a run that is given up names where bytes may be",
		    test_abandoned_names),
		WITH_TARGETS("a plan that is gone discards nothing",
		    test_lost_plan),
		WITH_TARGETS("another machine's run is left, unless asked",
		    test_another_machine),
		WITH_TARGETS("a damaged journal changes nothing", test_damage),
		WITH_TARGETS("readers see an unfinished run", test_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
