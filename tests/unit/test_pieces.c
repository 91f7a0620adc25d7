/*
 * A directory displaced by pieces, and back. The program runs itself again to
 * die in the middle: at each call, also in the directories below, which an
 * EXDEV that is made up sends the same way.
 */
#include "pieces.h"

#include <signal.h>

#include "content.h"
#include "proc.h"
#include "scratch.h"
#include "signals.h"

#define ENTRY "e"
#define MAX_CALLS 200

/* In the environment of the program that is to die: its part, and where. */
#define PART_ENV "TEST_PIECES_PART"
#define DIR_ENV "TEST_PIECES_DIR"

struct bench {
	const struct scratch *s;
	int dir_fd;
	int slots_fd;
	struct fs_id id; /* of the entry */
};

static const char *const files[] = { "a", "d/x", "d/sub/y", "ro/z" };

/* Last, since what is made in a directory changes its time. */
static const struct {
	const char *rel;
	mode_t mode;
} dirs[] = {
	{ "d/sub", 0750 },
	{ "d/empty", 0755 },
	{ "d", 0711 },
	{ "ro", 0555 },
	{ "", 0755 },
};

static char *
in_entry(const char *rel)
{
	return rel[0] == '\0' ? xstrdup(ENTRY) : xasprintf(ENTRY "/%s", rel);
}

/* A fresh tree to displace, and empty slots. */
static void
bench_open(struct bench *b, const struct scratch *s)
{
	struct fs_stat st;

	assert_ok(tree_remove(s->fd, "t"));
	assert_ok(tree_remove(s->fd, "slots"));
	*b = (struct bench){ .s = s };
	b->dir_fd = put_dir(s->fd, "t");
	b->slots_fd = put_dir(s->fd, "slots");
	for (size_t i = ARRAY_LEN(dirs); i > 0; i--) {
		AUTO_FREE char *path = in_entry(dirs[i - 1].rel);

		if (kind_at(b->dir_fd, path) == FS_ABSENT && i != 1)
			assert_ok(fs_mkdir(b->dir_fd, path, 0755));
	}
	assert_ok(fs_mkdir(b->dir_fd, ENTRY "/d/sub", 0755));
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_FREE char *path = in_entry(files[i]);

		put_file(b->dir_fd, path, files[i]);
	}
	assert_ok(fs_symlink("/nowhere", b->dir_fd, ENTRY "/link"));
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO_FREE char *path = in_entry(dirs[i].rel);

		assert_ok(content_set_mtime(b->dir_fd, path,
		    (int64_t)(1000 + i) * 1000000000));
		assert_ok(fs_chmod(b->dir_fd, path, dirs[i].mode));
	}
	assert_ok(fs_stat(b->dir_fd, ENTRY, &st));
	b->id = fs_id_of(&st);
}

static void
bench_close(struct bench *b)
{
	(void)close(b->dir_fd);
	(void)close(b->slots_fd);
}

static struct pieces
pieces_of(const struct bench *b)
{
	return (struct pieces){
		.dir_fd = b->dir_fd,
		.name = ENTRY,
		.id = b->id,
		.slots_fd = b->slots_fd,
		.to = "0",
	};
}

static struct digest
digest_at(int fd, const char *name)
{
	struct tree_sum sum = { 0 };

	assert_ok(tree_digest(fd, name, &sum));
	return sum.digest;
}

/* Is the tree, at name in fd, as bench_open() made it? */
static void
assert_same(int fd, const char *name, const struct digest *digest)
{
	const struct digest now = digest_at(fd, name);

	if (!digest_equal(&now, digest))
		fail_msg("%s is not what it was", name);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", name, dirs[i].rel);
		struct fs_stat st;

		assert_ok(fs_stat(fd, path, &st));
		if (st.mtime_ns != (int64_t)(1000 + i) * 1000000000)
			fail_msg("%s has another time", path);
	}
}

/* What is in the slots. */
static size_t
count_slots(const struct bench *b)
{
	AUTO_FS_LIST struct fs_list list = { 0 };

	assert_ok(fs_list(b->slots_fd, "slots", &list));
	return list.n;
}

static void
assert_back(const struct bench *b, const struct digest *digest)
{
	const struct pieces p = pieces_of(b);
	bool is_left = true;

	assert_ok(pieces_back(&p, "7", &is_left));
	assert_false(is_left);
	/* It had come to its end: what is there then is the caller's. */
	if (kind_at(b->slots_fd, "0") == FS_DIR)
		assert_ok(
		    fs_rename_noreplace(b->slots_fd, "0", b->dir_fd, ENTRY));
	assert_same(b->dir_fd, ENTRY, digest);
	assert_int_equal(count_slots(b), 0);
}

/* ---- without a death ---------------------------------------------------- */

static void
test_taken(void **state)
{
	struct bench b;

	become_nobody(*state);
	bench_open(&b, *state);
	const struct pieces p = pieces_of(&b);
	const struct digest before = digest_at(b.dir_fd, ENTRY);

	assert_ok(pieces_take(&p));
	assert_int_equal(kind_at(b.dir_fd, ENTRY), FS_ABSENT);
	assert_int_equal(count_slots(&b), 1);
	assert_same(b.slots_fd, "0", &before);
	assert_back(&b, &before);
	bench_close(&b);
	become_root();
}

static void
test_another(void **state)
{
	struct bench b;

	bench_open(&b, *state);
	const struct digest before = digest_at(b.dir_fd, ENTRY);
	struct pieces p = pieces_of(&b);

	p.id.ino++;
	assert_code(pieces_take(&p), ERR_CONFLICT);
	assert_back(&b, &before);
	p = pieces_of(&b);
	p.name = ENTRY "/link";
	assert_code(pieces_take(&p), ERR_CONFLICT);
	assert_back(&b, &before);
	bench_close(&b);
}

/* A directory of somebody else's could not be made anew as it is. */
static void
test_owner(void **state)
{
	struct bench b;

	if (geteuid() != 0) {
		skip(); /* nobody else's can be made */
		return;
	}
	become_nobody(*state);
	bench_open(&b, *state);
	become_root();
	assert_int_equal(fchownat(b.dir_fd, ENTRY "/d/sub", 1, 1, 0), 0);
	assert_int_equal(fchmodat(b.dir_fd, ENTRY "/d/sub", 0755, 0), 0);
	const struct digest before = digest_at(b.dir_fd, ENTRY);
	const struct pieces p = pieces_of(&b);

	become_nobody(*state);
	assert_sys(pieces_take(&p), EPERM);
	assert_int_equal(kind_at(b.dir_fd, ENTRY "/d/sub/y"), FS_FILE);
	become_root();
	assert_back(&b, &before);
	bench_close(&b);
}

/* ---- deaths ------------------------------------------------------------- */

/* The program again, which is to do that with the fault; false: it lived. */
static bool
dies(const struct bench *b, const char *part, const char *fault)
{
	AUTO_STRBUF struct strbuf self = { 0 };
	AUTO_PROC_RESULT struct proc_result r = { 0 };
	AUTO_FREE char *part_env = xasprintf(PART_ENV "=%s", part);
	AUTO_FREE char *dir_env = xasprintf(DIR_ENV "=%s", b->s->path);
	AUTO_FREE char *fault_env = xasprintf("SKILLSHARE_FAULT=%s", fault);
	const char *const env[] = { part_env, dir_env, fault_env, NULL };

	assert_ok(fs_read_link(AT_FDCWD, "/proc/self/exe", &self));
	const char *const argv[] = { strbuf_str(&self), NULL };
	const struct proc_spec run = { .argv = argv, .env_set = env };
	assert_ok(proc_run(&run, &r));
	return r.exit_code > 128;
}

/* What the program does that is to die. */
static int
play(const char *part)
{
	AUTO_CLOSE int fd = -1;
	struct bench b = { 0 };
	struct fs_stat st = { 0 };
	bool is_left = false;
	struct error *err = fs_open_dir(getenv(DIR_ENV), &fd);

	if (err == NULL)
		err = fs_open_dir_at(fd, "t", &b.dir_fd);
	if (err == NULL)
		err = fs_open_dir_at(fd, "slots", &b.slots_fd);
	if (err == NULL)
		err = fs_stat(b.dir_fd, ENTRY, &st);
	b.id = fs_id_of(&st);
	const struct pieces p = pieces_of(&b);
	if (err == NULL)
		err = strcmp(part, "take") == 0
			  ? pieces_take(&p)
			  : pieces_back(&p, "7", &is_left);
	error_free(err); /* the one who waits looks at the disk */
	return 0;
}

static bool
skips_without_faults(void)
{
#ifdef SKILLSHARE_FAULT_POINTS
	return false;
#else
	skip();
	return true;
#endif
}

/* Dies at each call, one of them having failed; how many there were. */
static int
die_everywhere(const struct scratch *s, int refused)
{
	for (int at = refused + 1; at < MAX_CALLS; at++) {
		AUTO_FREE char *fault = xasprintf("%d:EXDEV,%d:KILL",
		    refused == 0 ? MAX_CALLS : refused, at);
		struct bench b;

		bench_open(&b, s);
		const struct digest before = digest_at(b.dir_fd, ENTRY);
		bool died = dies(&b, "take", fault);
		assert_back(&b, &before);
		bench_close(&b);
		if (!died)
			return at - 1;
	}
	fail_msg("it does not come to an end");
	return 0;
}

static void
test_deaths(void **state)
{
	if (skips_without_faults())
		return;
	int n = die_everywhere(*state, 0);
	int more = 0;

	for (int refused = 1; refused <= n; refused++)
		more += die_everywhere(*state, refused) > n;
	/* Directories, and nothing else, go by pieces themselves. */
	assert_int_equal(more, 2);
}

/* Each way back dies one call later than the one before, until one lives. */
static void
test_deaths_back(void **state)
{
	bool died = true;

	if (skips_without_faults())
		return;
	for (int at = 1; died && at < MAX_CALLS; at++) {
		AUTO_FREE char *fault = xasprintf("%d:KILL", at);
		bool died_back = true;
		struct bench b;

		bench_open(&b, *state);
		const struct digest before = digest_at(b.dir_fd, ENTRY);
		died = dies(&b, "take", fault);
		for (int n = 1; died_back && n < MAX_CALLS; n++) {
			AUTO_FREE char *back = xasprintf("%d:KILL", n);

			died_back = dies(&b, "back", back);
		}
		assert_false(died_back);
		assert_back(&b, &before);
		bench_close(&b);
	}
	assert_false(died);
}

/* ---- and somebody meanwhile --------------------------------------------- */

enum deed {
	IT_IS_GONE,
	A_FILE_IS_THERE,
	ANOTHER_IS_THERE,
	FILES_ARE_BACK, /* the names are taken that were moved away */
	DEEDS
};

static void
meddle(const struct bench *b, enum deed deed)
{
	struct fs_stat st;

	if (deed != FILES_ARE_BACK)
		assert_ok(tree_remove(b->dir_fd, ENTRY));
	if (deed == A_FILE_IS_THERE)
		put_file(b->dir_fd, ENTRY, "theirs");
	if (deed == ANOTHER_IS_THERE) {
		(void)close(put_dir(b->dir_fd, ENTRY));
		put_file(b->dir_fd, ENTRY "/a", "theirs");
	}
	for (size_t i = 0; deed == FILES_ARE_BACK && i < ARRAY_LEN(files);
	     i++) {
		AUTO_FREE char *path = in_entry(files[i]);
		AUTO_FREE char *up =
		    xstrndup(path, (size_t)(strrchr(path, '/') - path));

		assert_ok(fs_stat(b->dir_fd, up, &st));
		if (st.kind == FS_DIR && kind_at(b->dir_fd, path) == FS_ABSENT)
			put_file(b->dir_fd, path, "theirs");
	}
}

/* How many files below fd hold this. */
static size_t
count_texts(int fd, const char *text)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t n = 0;

	assert_ok(fs_list(fd, "", &list));
	for (size_t i = 0; i < list.n; i++) {
		AUTO_CLOSE int sub_fd = -1;
		AUTO_STRBUF struct strbuf got = { 0 };
		const char *name = list.entries[i].name;

		if (list.entries[i].kind == FS_DIR) {
			assert_ok(fs_open_dir_at(fd, name, &sub_fd));
			n += count_texts(sub_fd, text);
		} else if (list.entries[i].kind == FS_FILE) {
			assert_ok(fs_read_file(fd, name, 100, &got));
			n += strcmp(strbuf_str(&got), text) == 0;
		}
	}
	return n;
}

/* Nothing of ours is mixed into theirs, and what came back is as it was. */
static void
assert_entry(const struct bench *b, enum deed deed)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct fs_stat st;

	assert_ok(fs_stat(b->dir_fd, ENTRY, &st));
	if (st.kind != FS_DIR)
		return;
	assert_int_equal(st.mode, 0755);
	assert_ok(fs_open_dir_at(b->dir_fd, ENTRY, &fd));
	assert_ok(fs_list(fd, ENTRY, &list));
	if (deed == ANOTHER_IS_THERE)
		assert_int_equal(list.n, 1);
}

static void
test_meanwhile(void **state)
{
	if (skips_without_faults())
		return;
	for (int deed = 0; deed < DEEDS; deed++) {
		bool died = true;

		for (int at = 1; died && at < MAX_CALLS; at++) {
			AUTO_FREE char *fault = xasprintf("%d:KILL", at);
			size_t had[ARRAY_LEN(files)];
			bool is_left = false;
			struct bench b;

			bench_open(&b, *state);
			const struct pieces p = pieces_of(&b);
			died = dies(&b, "take", fault);
			if (kind_at(b.dir_fd, ENTRY) == FS_DIR ||
			    deed != FILES_ARE_BACK)
				meddle(&b, (enum deed)deed);
			for (size_t i = 0; i < ARRAY_LEN(files); i++)
				had[i] = count_texts(b.s->fd, files[i]);
			size_t theirs = count_texts(b.dir_fd, "theirs");
			assert_ok(pieces_back(&p, "7", &is_left));
			for (size_t i = 0; i < ARRAY_LEN(files); i++)
				assert_int_equal(had[i],
				    count_texts(b.s->fd, files[i]));
			assert_int_equal(theirs,
			    count_texts(b.dir_fd, "theirs"));
			assert_entry(&b, (enum deed)deed);
			assert_int_equal(is_left,
			    kind_at(b.slots_fd, "7") == FS_DIR);
			assert_int_equal(count_slots(&b),
			    is_left || kind_at(b.slots_fd, "0") == FS_DIR);
			bench_close(&b);
		}
		assert_false(died);
	}
}

static void
test_signal(void **state)
{
	struct bench b;

	bench_open(&b, *state);
	const struct pieces p = pieces_of(&b);
	const struct digest before = digest_at(b.dir_fd, ENTRY);

	signals_install();
	assert_int_equal(raise(SIGINT), 0);
	assert_code(pieces_take(&p), ERR_INTERRUPTED);
	assert_back(&b, &before);
	bench_close(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("what is taken by pieces is what it was, times too",
		    test_taken),
		IN_SCRATCH("another directory, or a link, is a conflict",
		    test_another),
		IN_SCRATCH("somebody else's directory is refused before the "
			   "first step",
		    test_owner),
		IN_SCRATCH("a death at any call is taken back", test_deaths),
		IN_SCRATCH("deaths on the way back are taken back",
		    test_deaths_back),
		IN_SCRATCH("what somebody did meanwhile is not lost",
		    test_meanwhile),
		/* Last: a signal that came stays. */
		IN_SCRATCH("Ctrl-C stops it, and it goes back", test_signal),
	};
	const char *part = getenv(PART_ENV);

	return part != NULL ? play(part)
			    : cmocka_run_group_tests(tests, NULL, NULL);
}
