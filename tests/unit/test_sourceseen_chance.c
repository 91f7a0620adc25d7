/*
 * Sources made by chance, each from its seed: whatever happens to them, what
 * is read with a memory, of whatever age, is what is read without.
 *
 * usage: test_sourceseen_chance [FIRST [LAST]], seeds; by default three
 */
#include <stdio.h>
#include <sys/stat.h>

#include "dice.h"
#include "seenworld.h"

#define SEEDS_BY_DEFAULT 3
#define MAX_SEEDS 1000
#define ROUNDS 2 /* with a rest before each */
#define STEPS 180

/* One source, with the state that remembers it. */
struct play {
	uint64_t seed;
	struct chance c;
	char *source;
	int fd; /* of it */
	struct state *state;
	const char *did; /* the step in hand */
	char rel[64];    /* of what it was done to */
	char other[64];
};

/* ---- names --------------------------------------------------------------- */

/* What is at "x" is hidden from what is at "x-y", and so on. */
static const char *const tops[] = { "a", "a-b", "a b", "b", "c", "_r", "_s",
	".h", "lk", "d", "e", "f", "g", "h" };
static const char *const subs[] = { "x", "x-y", "y", "_z", ".g", "SKILL" };

/* A path that may be there or not, of one to three parts. */
static void
any_rel(struct chance *c, char out[64])
{
	const char *top = tops[below(c, ARRAY_LEN(tops))];
	const char *sub = subs[below(c, ARRAY_LEN(subs))];

	switch (below(c, 5)) {
	case 0:
	case 1:
		(void)snprintf(out, 64, "%s", top);
		break;
	case 2:
	case 3:
		(void)snprintf(out, 64, "%s/%s", top, sub);
		break;
	default:
		(void)snprintf(out, 64, "%s/%s/p", top, sub);
		break;
	}
}

/* A front matter; some are of the same length. */
static char *
any_front(struct chance *c)
{
	static const char *const more[] = { "", "", "", "targets: [t0]\n",
		"targets: [t1]\n", "targets: []\n", "targets: [t0, \"t 2\"]\n",
		"metadata:\n  targets: [t3]\n", "targets: {a: b}\n",
		"broken: [\n", ": :\n\t-\n" };

	if (odds(c, 8))
		return xstrdup(odds(c, 50) ? "" : "no front matter\n");
	if (odds(c, 5)) /* longer than what is read at once */
		return xasprintf("---\nname: n%u\nlong: %05000u\n%s---\n",
		    below(c, 9), 7U, more[below(c, ARRAY_LEN(more))]);
	return xasprintf("---\nname: n%u\ndescription: d\n%s---\n",
	    below(c, 90), more[below(c, ARRAY_LEN(more))]);
}

/* ---- what happens -------------------------------------------------------- */

/*
 * Each may find nothing to do it to, or not be allowed to: then nothing has
 * changed, and that is compared, too.
 */
static void
ignore_error(struct error *err)
{
	error_free(err); /* there was no such thing */
}

static void
join_file(char out[80], const char *rel, const char *name)
{
	(void)snprintf(out, 80, "%s/%s", rel, name);
}

/* Text in place of what name has, with the time that it had. */
static void
put_back(const struct play *p, const char *name, const char *text)
{
	struct stat st;
	AUTO_CLOSE int fd = openat(p->fd, name,
	    O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &st) == -1)
		return;
	assert_ok(fs_write(fd, name, text, strlen(text)));
	const struct timespec times[2] = { st.st_atim, st.st_mtim };
	assert_int_equal(futimens(fd, times), 0);
}

static void
edit(struct play *p)
{
	AUTO_FREE char *text = any_front(&p->c);
	char file[80];

	p->did = "SKILL.md is edited, its time put back";
	join_file(file, p->rel, SKILL_FILE);
	put_back(p, file, text);
}

static void
edit_by_rename(struct play *p)
{
	AUTO_FREE char *text = any_front(&p->c);
	char tmp[80];
	char file[80];

	p->did = "SKILL.md is replaced by a rename";
	join_file(tmp, p->rel, "SKILL.tmp");
	join_file(file, p->rel, SKILL_FILE);
	ignore_error(fs_create_file(p->fd, tmp, text, strlen(text), 0644));
	ignore_error(fs_rename(p->fd, tmp, p->fd, file));
	(void)unlinkat(p->fd, tmp, 0);
}

static void
make_dir(struct play *p)
{
	AUTO_FREE char *abs = path_join(p->source, p->rel);
	AUTO_FREE char *text = any_front(&p->c);
	char file[80];

	p->did = "a directory is made";
	ignore_error(fs_mkdirs(abs, 0755));
	join_file(file, p->rel, SKILL_FILE);
	if (odds(&p->c, 75))
		ignore_error(
		    fs_create_file(p->fd, file, text, strlen(text), 0644));
}

static void delete (struct play *p)
{
	AUTO_FREE char *above = path_dir(p->rel);
	AUTO_CLOSE int fd = -1;

	p->did = "it is deleted";
	struct error *err = fs_open_dir_at(p->fd, above, &fd);
	if (err == NULL)
		err = tree_remove(fd, path_base(p->rel));
	ignore_error(err);
}

static void
move(struct play *p)
{
	p->did = "it is moved";
	ignore_error(fs_rename_noreplace(p->fd, p->rel, p->fd, p->other));
}

static void
swap(struct play *p)
{
	p->did = "two change places";
	ignore_error(fs_exchange(p->fd, p->rel, p->fd, p->other));
}

/* The name of what goes; what comes there may be just like it. */
static void
make_way(struct play *p)
{
	char away[32];

	(void)snprintf(away, sizeof(away), ".away%u", below(&p->c, 8));
	if (odds(&p->c, 50))
		ignore_error(tree_remove(p->fd, away));
	ignore_error(fs_rename_noreplace(p->fd, p->rel, p->fd, away));
}

static void
move_in_its_place(struct play *p)
{
	make_way(p);
	move(p);
	ignore_error(fs_rename_noreplace(p->fd, p->other, p->fd, p->rel));
	p->did = "it is moved away, another to its name";
}

static void
link_in_its_place(struct play *p)
{
	AUTO_FREE char *text = xasprintf("%s/%s", p->source, p->other);

	p->did = "it is moved away, a link to another to its name";
	make_way(p);
	ignore_error(
	    fs_symlink(odds(&p->c, 20) ? "nowhere" : text, p->fd, p->rel));
}

static void
link_to_what_was(struct play *p)
{
	AUTO_FREE char *text = xasprintf("%s/.was", p->source);

	p->did = "it is moved, a link to it to its name";
	ignore_error(tree_remove(p->fd, ".was"));
	ignore_error(fs_rename_noreplace(p->fd, p->rel, p->fd, ".was"));
	ignore_error(fs_symlink(text, p->fd, p->rel));
}

static void
file_in_its_place(struct play *p)
{
	p->did = "it is moved away, a file to its name";
	make_way(p);
	ignore_error(fs_create_file(p->fd, p->rel, "f\n", 2, 0644));
}

/* What an agent may read is ours to read, or not. */
static void
forbid(struct play *p)
{
	static const mode_t modes[] = { 0, 0400, 0100, 0755, 0755, 0755 };
	mode_t mode = modes[below(&p->c, ARRAY_LEN(modes))];
	char file[80];

	p->did = "its mode is changed";
	join_file(file, p->rel, SKILL_FILE);
	ignore_error(fs_chmod(p->fd, odds(&p->c, 60) ? p->rel : file, mode));
}

/* SKILL.md is something else, or gone. */
static void
other_kind(struct play *p)
{
	AUTO_FREE char *out = xasprintf("%s/%s/SKILL.md", p->source, p->other);
	char file[80];
	char of_other[80];

	p->did = "SKILL.md is something else";
	join_file(file, p->rel, SKILL_FILE);
	join_file(of_other, p->other, SKILL_FILE);
	if (unlinkat(p->fd, file, 0) == -1)
		(void)unlinkat(p->fd, file, AT_REMOVEDIR);
	switch (below(&p->c, 7)) {
	case 0:
		ignore_error(fs_mkdir(p->fd, file, 0755));
		break;
	case 1:
		ignore_error(fs_symlink("notes.md", p->fd, file));
		break;
	case 2:
		ignore_error(fs_symlink(out, p->fd, file));
		break;
	case 3:
		ignore_error(fs_symlink("nowhere", p->fd, file));
		break;
	case 4: /* one file by two names */
		ignore_error(fs_hard_link(p->fd, of_other, p->fd, file));
		break;
	case 5:
		(void)mkfifoat(p->fd, file, 0644);
		break;
	default:
		break;
	}
}

/* A file beside SKILL.md: it is gone if it was there. */
static void
add_notes(struct play *p)
{
	struct stat st;
	char file[80];

	p->did = "a file comes or goes, the directory's time is put back";
	if (fstatat(p->fd, p->rel, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	join_file(file, p->rel, "notes.md");
	if (unlinkat(p->fd, file, 0) == -1)
		ignore_error(fs_create_file(p->fd, file,
		    "---\nname: notes\n---\n", 20, 0644));
	const struct timespec times[2] = { st.st_atim, st.st_mtim };
	(void)utimensat(p->fd, p->rel, times, AT_SYMLINK_NOFOLLOW);
}

static void
other_rules(struct play *p)
{
	static const char *const files[] = { ".skillignore", ".skillignore",
		".skillignore.local", "_r/.skillignore", "_r/.skillignore",
		"_s/.skillignore.local" };
	static const char *const rules[] = { "", "", "", "a\n", "x\n",
		"*\n!x\n", "/b\n", "_r\n", "x-y/\n", "!x\n", "# none\n",
		"a/x\nlk\n" };
	const char *file = files[below(&p->c, ARRAY_LEN(files))];
	const char *text = rules[below(&p->c, ARRAY_LEN(rules))];

	p->did = "the rules are other ones";
	if (unlinkat(p->fd, file, 0) == -1)
		(void)unlinkat(p->fd, file, AT_REMOVEDIR);
	if (odds(&p->c, 5)) /* cannot be read: all is hidden */
		ignore_error(fs_mkdir(p->fd, file, 0755));
	else if (odds(&p->c, 70))
		ignore_error(
		    fs_create_file(p->fd, file, text, strlen(text), 0644));
}

static void
track(struct play *p)
{
	const char *git = odds(&p->c, 50) ? "_r/.git" : "_s/.git";

	p->did = "a repository is one, or none";
	if (unlinkat(p->fd, git, AT_REMOVEDIR) == -1)
		ignore_error(fs_mkdir(p->fd, git, 0755));
}

static void
nothing(struct play *p)
{
	p->did = "nothing";
}

typedef void happening(struct play *p);
static happening *const happenings[] = { edit, edit, edit, edit_by_rename,
	make_dir, make_dir, make_dir, make_dir, make_dir, make_dir, delete,
	move, move, swap, swap, move_in_its_place, link_in_its_place,
	link_to_what_was, file_in_its_place, forbid, forbid, other_kind,
	add_notes, add_notes, other_rules, track, nothing };

static void
happen(struct play *p)
{
	any_rel(&p->c, p->rel);
	any_rel(&p->c, p->other);
	happenings[below(&p->c, ARRAY_LEN(happenings))](p);
}

/* ---- what must hold ------------------------------------------------------ */

/* What is handed on, and what is kept, is what the disk says. */
static void
assert_marks(const struct play *p, const char *step,
    const struct sourceseen *seen)
{
	for (size_t i = 0; i < seen->now.n; i++) {
		const struct source_dir *dir = &seen->now.dirs[i];
		struct fs_stat st = { 0 };

		if (!dir->is_marked)
			continue;
		assert_ok(fs_stat(p->fd, i > 0 ? dir->rel : ".", &st));
		assert_number(step, dir->rel, dir->mark.ino, st.ino);
		assert_int_equal(dir->mark.ctime_ns, st.ctime_ns);
		assert_int_equal(dir->mark.mtime_ns, st.mtime_ns);
		if (dir->file == NULL)
			continue;
		char file[80];
		join_file(file, i > 0 ? dir->rel : ".", SKILL_FILE);
		assert_ok(fs_stat(p->fd, file, &st));
		assert_number(step, file, dir->file->mark.ino, st.ino);
		assert_int_equal(dir->file->mark.size_bytes, st.size_bytes);
		assert_int_equal(dir->file->mark.ctime_ns, st.ctime_ns);
	}
}

/* The memory is of an earlier step; sometimes what is seen takes its place. */
static void
compare(struct play *p, unsigned round, unsigned i)
{
	AUTO_FREE char *step = xasprintf("seed %llu, round %u, step %u: %s: "
					 "%s, %s",
	    (unsigned long long)p->seed, round, i, p->did, p->rel, p->other);
	struct sourceseen *seen = sourceseen_new(p->state, odds(&p->c, 50));
	unsigned flags = odds(&p->c, 10) ? DISCOVER_TEXTS : 0;
	struct skillset *want = NULL;
	struct skillset *got = NULL;

	assert_ok(discover(p->source, NULL, flags, &want));
	assert_ok(discover(p->source, seen, flags, &got));
	assert_same_set(step, want, got);
	if (seen->keeps)
		assert_marks(p, step, seen);
	if (seen->keeps && odds(&p->c, 20)) {
		seen->n_new += ENOUGH_MARKS;
		assert_ok(sourceseen_keep(seen));
	}
	skillset_free(want);
	skillset_free(got);
	sourceseen_free(seen);
}

static void
begin(struct play *p, struct world *w, uint64_t seed)
{
	AUTO_FREE char *name = xasprintf("s%llu", (unsigned long long)seed);
	AUTO_FREE char *config = xasprintf("%s/%s.yaml", w->s->path, name);
	struct host_env env = w->env;

	*p = (struct play){
		.seed = seed,
		.c = { .state = seed * UINT64_C(0x9e3779b97f4a7c15) },
	};
	p->source = path_join(w->s->path, name);
	p->fd = put_dir(w->s->fd, name);
	env.config_path = config; /* each has a state of its own */
	assert_ok(state_open_writer(&env, p->source, &p->state));
	for (unsigned i = 0; i < 100; i++)
		happen(p);
}

/* What happens wears it down: there are many directories again. */
static void
fill(struct play *p)
{
	for (size_t i = 0; i < ARRAY_LEN(tops); i++) {
		bool is_dir = kind_at(p->fd, tops[i]) == FS_DIR;

		if (is_dir)
			ignore_error(fs_chmod(p->fd, tops[i], 0755));
		else if (odds(&p->c, 70))
			ignore_error(tree_remove(p->fd, tops[i]));
	}
	for (unsigned i = 0; i < 300; i++) {
		any_rel(&p->c, p->rel);
		make_dir(p);
	}
}

static void
end(struct play *p)
{
	state_close(p->state);
	(void)close(p->fd);
	free(p->source);
}

static uint64_t first_seed = 1;
static uint64_t last_seed = SEEDS_BY_DEFAULT;

static void
test_by_chance(void **state)
{
	struct world *w = *state;
	size_t n = (size_t)(last_seed - first_seed) + 1;
	AUTO_FREE struct play *plays = xcalloc(n, sizeof(*plays));

	become_nobody(w->s); /* so that modes are of use */
	for (size_t i = 0; i < n; i++)
		begin(&plays[i], w, first_seed + i);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < n; i++)
			fill(&plays[i]);
		rest();
		for (size_t i = 0; i < n; i++)
			keep_anew(plays[i].source, plays[i].state);
		for (unsigned step = 0; step < STEPS; step++) {
			for (size_t i = 0; i < n; i++) {
				compare(&plays[i], round, step);
				happen(&plays[i]);
			}
		}
	}
	for (size_t i = 0; i < n; i++)
		end(&plays[i]);
}

static int
teardown(void **state)
{
	become_root();
	return world_teardown(state);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		{ "what is read with a memory is what is read without",
		    test_by_chance, world_setup, teardown, NULL },
	};

	if (argc > 1 && parse_u64(argv[1], MAX_SEEDS, &first_seed))
		last_seed = first_seed;
	if (argc > 2 && !parse_u64(argv[2], first_seed + MAX_SEEDS, &last_seed))
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
