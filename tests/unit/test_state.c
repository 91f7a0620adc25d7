#include "state.h"

#include "world.h"

static void
open_writer(struct world *w)
{
	world_forget(w);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
}

static void
test_reader(void **state)
{
	struct world *w = *state;
	struct run_list list = { 0 };
	struct roots roots = { 0 };
	char *note = NULL;
	uint64_t next = 0;

	assert_ok(state_open(&w->env, &w->state));
	assert_int_equal(w->state->fd, -1);
	assert_int_equal(kind_at(w->s->fd, "state"), FS_ABSENT);
	assert_ok(state_holder(w->state, &note));
	assert_null(note);
	assert_ok(state_runs(w->state, RUN_DONE, &list));
	assert_int_equal(list.n, 0);
	assert_ok(state_next_run(w->state, &next));
	assert_int_equal(next, 1);
	assert_ok(state_roots(w->state, w->source, w->source, &roots));
	assert_int_equal(roots.n, 1);
	roots_release(&roots);
}

static void
test_one_writer(void **state)
{
	struct world *w = *state;
	struct state *other = NULL;
	char *note = NULL;

	open_writer(w);
	state_note(w->state, "skillshare sync");
	AUTO_ERROR struct error *err =
	    state_open_writer(&w->env, w->source, &other);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERR_BUSY);
	assert_non_null(strstr(error_msg(err), "skillshare sync"));
	/* Readers never wait, and see who it is. */
	assert_ok(state_open(&w->env, &other));
	assert_ok(state_holder(other, &note));
	assert_non_null(note);
	free(note);
	state_close(other);
	world_forget(w);
	open_writer(w);
	assert_true(w->state->fd >= 0);
}

/* Two configs have two states, but one source. */
static void
test_one_source(void **state)
{
	struct world *w = *state;
	struct host_env env = w->env;
	AUTO_FREE char *config = path_join(w->s->path, "other.yaml");
	AUTO_FREE char *absent = path_join(w->s->path, "absent");
	struct state *other = NULL;

	env.config_path = config;
	open_writer(w);
	assert_code(state_open_writer(&env, w->source, &other), ERR_BUSY);
	assert_ok(state_open_writer(&env, absent, &other));
	assert_string_not_equal(other->path, w->state->path);
	state_close(other);
	assert_ok(state_open_writer(&env, NULL, &other));
	state_close(other);
	AUTO_FREE char *said = path_join(w->state->path, "config");
	AUTO_FREE char *line = xasprintf("%s\n", w->env.config_path);
	assert_file(AT_FDCWD, said, line);
}

static void
make_run(struct world *w, uint64_t n)
{
	AUTO_CLOSE int fd = -1;

	assert_ok(state_make_run(w->state, n, &fd));
	put_file(fd, "plan", "x");
}

static void
assert_runs(struct world *w, enum run_stage stage, uint64_t first, size_t n)
{
	struct run_list list = { 0 };

	assert_ok(state_runs(w->state, stage, &list));
	assert_int_equal(list.n, n);
	if (n > 0)
		assert_int_equal(list.numbers[0], first);
	run_list_release(&list);
}

static void
test_runs(void **state)
{
	struct world *w = *state;
	uint64_t next = 0;
	AUTO_CLOSE int fd = -1;

	open_writer(w);
	make_run(w, 10);
	make_run(w, 9);
	assert_runs(w, RUN_OPEN, 9, 2);
	assert_sys(state_make_run(w->state, 9, &fd), EEXIST);
	assert_ok(state_next_run(w->state, &next));
	assert_int_equal(next, 11);
	assert_ok(state_advance(w->state, RUN_OPEN, 10));
	assert_runs(w, RUN_OPEN, 9, 1);
	assert_runs(w, RUN_COMMITTED, 10, 1);
	assert_ok(state_advance(w->state, RUN_COMMITTED, 10));
	assert_runs(w, RUN_DONE, 10, 1);
	assert_ok(state_drop_run(w->state, RUN_OPEN, 9));
	assert_runs(w, RUN_OPEN, 0, 0);
	/* The highest counts, whatever stage it is in; other names do not. */
	AUTO_FREE char *odd = path_join(w->state->path, "done/12x");
	assert_ok(fs_mkdirs(odd, 0700));
	assert_ok(state_next_run(w->state, &next));
	assert_int_equal(next, 11);
	assert_sys(state_advance(w->state, RUN_OPEN, 9), ENOENT);
	assert_ok(state_open_run(w->state, RUN_DONE, 10, &fd));
	assert_file(fd, "plan", "x");
	AUTO_FREE char *path = state_run_path(w->state, RUN_DONE, 10);
	assert_int_equal(kind_at(AT_FDCWD, path), FS_DIR);
}

static void
test_roots(void **state)
{
	static const char *const paths[] = { "/plain", "/with\ttab",
		"/with\nnewline", "/with\\backslash", "/not\xff utf-8",
		"/~/x" };
	struct world *w = *state;
	AUTO_FREE char *home = path_join(w->s->path, "skills");
	AUTO_STRBUF struct strbuf text = { 0 };
	struct roots roots = { 0 };

	open_writer(w);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		roots_add(&roots, paths[i]);
	roots_add(&roots, home);
	assert_ok(state_keep_roots(w->state, &roots));
	assert_ok(state_keep_roots(w->state, &roots));
	roots_release(&roots);
	assert_ok(fs_read_file(w->state->fd, "roots", 1 << 20, &text));
	assert_non_null(strstr(strbuf_str(&text), "\nroot\t~/skills\n"));

	assert_ok(state_roots(w->state, "/now", "/really", &roots));
	assert_int_equal(roots.n, ARRAY_LEN(paths) + 3);
	assert_string_equal(roots.paths[0], "/now");
	assert_string_equal(roots.paths[1], "/really");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_string_equal(roots.paths[i + 2], paths[i]);
	assert_string_equal(roots.paths[ARRAY_LEN(paths) + 2], home);
	roots_release(&roots);
}

/* Never "no roots": that would make our links foreign. */
static void
test_damaged_roots(void **state)
{
	static const struct {
		const char *what;
		const char *text;
	} rows[] = {
		{ "empty", "" },
		{ "another magic", "skillshare-roots 3\n/a\n" },
		{ "no digest", "skillshare-roots 2\nroot\t/a\n" },
		{ "the old form with the new magic",
		    "skillshare-roots 2\n/a\n" },
		{ "a relative path", "skillshare-roots 1\na\n" },
		{ "a torn line", "skillshare-roots 1\n/a\n/b" },
		{ "a bad escape", "skillshare-roots 1\n/a\\x\n" },
		{ "an empty line", "skillshare-roots 1\n\n/a\n" },
	};
	struct world *w = *state;
	struct roots roots = { 0 };

	open_writer(w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_ok(fs_write_atomic(w->state->fd, "roots", rows[i].text,
		    strlen(rows[i].text), 0600));
		AUTO_ERROR struct error *err =
		    state_roots(w->state, "/now", "/now", &roots);
		if (err == NULL || error_code(err) != ERR_DAMAGE)
			fail_msg("%s: no damage", rows[i].what);
		assert_code(state_keep_roots(w->state, &roots), ERR_DAMAGE);
	}
	assert_ok(fs_write_atomic(w->state->fd, "roots",
	    "skillshare-roots 1\n/a\0\n", 23, 0600));
	assert_code(state_roots(w->state, "/now", "/now", &roots), ERR_DAMAGE);
}

/* Without a digest, as earlier versions wrote them: read, and given one. */
static void
test_old_roots(void **state)
{
	static const char old[] = "skillshare-roots 1\n~/skills\n/a\\tb\n";
	struct world *w = *state;
	struct roots roots = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };

	open_writer(w);
	assert_ok(
	    fs_write_atomic(w->state->fd, "roots", old, strlen(old), 0600));
	for (int turn = 0; turn < 2; turn++) {
		assert_ok(state_roots(w->state, "/now", "/now", &roots));
		assert_int_equal(roots.n, 3);
		assert_string_equal(roots.paths[2], "/a\tb");
		roots_release(&roots);
		roots = (struct roots){ 0 };
		assert_ok(state_keep_roots(w->state, &roots));
	}
	assert_ok(fs_read_file(w->state->fd, "roots", 1 << 20, &text));
	assert_non_null(
	    strstr(strbuf_str(&text), "skillshare-roots 2\nroot\t~/skills\n"
				      "root\t/a\\tb\nend\t"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_WORLD("a reader needs no state and makes none", test_reader),
		IN_WORLD("one writes at a time", test_one_writer),
		IN_WORLD("one source has one writer", test_one_source),
		IN_WORLD("a run goes from stage to stage", test_runs),
		IN_WORLD("the roots come back", test_roots),
		IN_WORLD("roots without a digest are read and get one",
		    test_old_roots),
		IN_WORLD("damaged roots are no empty roots",
		    test_damaged_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
