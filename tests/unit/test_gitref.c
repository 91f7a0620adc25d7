#include "gitref.h"

#include "gitrun.h"
#include "path.h"
#include "scratch.h"

#define A "1111111111111111111111111111111111111111"
#define B "2222222222222222222222222222222222222222"

static const struct {
	const char *sentence;
	const char *text;
	bool is_move;
} rows[] = {
	{ "a move", "refs/heads/main " A " " B, true },
	{ "a commit is missing", "refs/heads/main " A, false },
	{ "a commit is too short", "refs/heads/main " A " 22", false },
	{ "a commit has other letters", "refs/heads/main " A " -d", false },
	{ "no ref", "HEAD " A " " B, false },
	{ "an option", "--stdin " A " " B, false },
	{ "a word too many", "refs/heads/main " A " " B " " A, false },
	{ "nothing", "", false },
};

static void
reads_only_moves(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_REF_MOVE struct ref_move move = { 0 };

		if (ref_move_parse(rows[i].text, &move) != rows[i].is_move)
			fail_msg("%s", rows[i].sentence);
		if (!rows[i].is_move)
			continue;
		AUTO_FREE char *back = ref_move_back_text(&move);
		assert_string_equal(back, "refs/heads/main " B " " A);
	}
}

static void
hides_credentials(void **state)
{
	AUTO_STRBUF struct strbuf out = { 0 };

	(void)state;
	git_mask(&out,
	    "fatal: 'https://me:pa@ss@host/x.git/': no, ssh://git@host/y, "
	    "https://host/a@b, mail me@host");
	assert_string_equal(strbuf_str(&out),
	    "fatal: 'https://***@host/x.git/': no, ssh://***@host/y, "
	    "https://host/a@b, mail me@host");
}

/* A repository with the commits one and two; returned as hex. */
struct repo {
	char *git_dir;
	char *one;
	char *two;
};

static char *
commit(const struct git *git, const char *message)
{
	char *oid = NULL;

	assert_ok(git_call(git,
	    GIT_ARGS("commit", "-q", "--allow-empty", "-m", message), NULL,
	    NULL));
	assert_ok(git_ask(git, GIT_ARGS("rev-parse", "HEAD"), &oid));
	return oid;
}

static struct repo
make_repo(const struct scratch *s)
{
	const struct git git = { .dir = s->path, .flags = GIT_WRITES };
	struct repo repo = { .git_dir = path_join(s->path, ".git") };

	assert_ok(
	    git_call(&git, GIT_ARGS("init", "-q", "-b", "main"), NULL, NULL));
	repo.one = commit(&git, "one");
	repo.two = commit(&git, "two");
	return repo;
}

static void
release(struct repo *repo)
{
	free(repo->git_dir);
	free(repo->one);
	free(repo->two);
}

static bool
stands(const struct repo *repo, const char *text)
{
	bool out = false;

	assert_ok(ref_move_stands(repo->git_dir, text, &out));
	return out;
}

static void
moves_and_moves_back(void **state)
{
	struct repo repo = make_repo(*state);
	AUTO_FREE char *text =
	    xasprintf("refs/heads/main %s %s", repo.one, repo.two);

	assert_false(stands(&repo, text));
	assert_ok(ref_move(repo.git_dir, text));
	assert_true(stands(&repo, text));
	assert_code(ref_move(repo.git_dir, text), ERR_CONFLICT);
	assert_ok(ref_move_back(repo.git_dir, text));
	assert_false(stands(&repo, text));
	assert_ok(ref_move_back(repo.git_dir, text));
	release(&repo);
}

static void
makes_and_removes(void **state)
{
	struct repo repo = make_repo(*state);
	AUTO_FREE char *zeros = ref_zeros(repo.one);
	AUTO_FREE char *text =
	    xasprintf("refs/heads/new %s %s", repo.one, zeros);

	assert_ok(ref_move(repo.git_dir, text));
	assert_true(stands(&repo, text));
	assert_code(ref_move(repo.git_dir, text), ERR_CONFLICT);
	assert_ok(ref_move_back(repo.git_dir, text));
	assert_false(stands(&repo, text));
	release(&repo);
}

static void
leaves_what_moved_on(void **state)
{
	const struct scratch *s = *state;
	const struct git git = { .dir = s->path, .flags = GIT_WRITES };
	struct repo repo = make_repo(s);
	AUTO_FREE char *text =
	    xasprintf("refs/heads/main %s %s", repo.one, repo.two);
	AUTO_FREE char *now = NULL;

	assert_ok(ref_move(repo.git_dir, text));
	AUTO_FREE char *three = commit(&git, "three");
	assert_code(ref_move_back(repo.git_dir, text), ERR_CONFLICT);
	assert_ok(git_ask(&git, GIT_ARGS("rev-parse", "main"), &now));
	assert_string_equal(now, three);
	release(&repo);
}

static void
stays_absent(void **state)
{
	struct repo repo = make_repo(*state);
	AUTO_FREE char *none = ref_stays_absent("refs/heads/none");
	AUTO_FREE char *main_branch = ref_stays_absent("refs/heads/main");
	bool stands = false;

	assert_ok(ref_move(repo.git_dir, none));
	assert_ok(ref_move_stands(repo.git_dir, none, &stands));
	assert_true(stands);
	assert_code(ref_move(repo.git_dir, main_branch), ERR_CONFLICT);
	assert_ok(ref_move_stands(repo.git_dir, main_branch, &stands));
	assert_false(stands);
	/* Nothing moved: the way back leaves what came to be. */
	assert_ok(ref_move_back(repo.git_dir, main_branch));
	assert_ok(ref_move_stands(repo.git_dir, main_branch, &stands));
	assert_false(stands);
	release(&repo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_only_moves),
		cmocka_unit_test(hides_credentials),
		IN_SCRATCH("a ref moves, once, and back", moves_and_moves_back),
		IN_SCRATCH("a ref comes to be and goes", makes_and_removes),
		IN_SCRATCH("a ref that somebody moved on stays",
		    leaves_what_moved_on),
		IN_SCRATCH("a ref that is to stay absent", stays_absent),
	};

	return cmocka_run_group_tests_name("gitref", tests, NULL, NULL);
}
