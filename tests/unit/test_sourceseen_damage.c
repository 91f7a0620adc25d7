/*
 * A memory that is damaged, is of something else, or says what is not so: the
 * source is what it is without memory, or at least nothing is read that is
 * not there.
 */
#include "packed.h"
#include "seenworld.h"

/* Of grp.h, which has a struct group as txn.h has. */
int setgroups(size_t n, const gid_t *groups);

#define MEMORY "source"
#define MAGIC "skillshare-source 1\n"
#define NOT_TRUE "not-true"

/* ---- a small source that has rested -------------------------------------- */

struct fixture {
	struct world *w;
	struct strbuf good; /* the memory of w->source */
};

static void
put_source(struct world *w, const char *source)
{
	static const struct {
		const char *rel;
		const char *text;
	} skills[] = {
		{ "a",
		    "---\nname: a\ndescription: d\ntargets: [t0, t1]\n---\n" },
		{ "b", "---\nname: b\ndescription: d\n---\n" },
		{ "b/c", "---\nname: [\n---\n" },
		{ "b-d", "---\ntargets: []\n---\n" },
		{ ".h/o", "---\nname: o\ndescription: d\n---\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(skills); i++) {
		AUTO_FREE char *rel = path_join(source, skills[i].rel);

		world_skill(w, rel, skills[i].text);
	}
	AUTO_FREE char *empty = path_join(source, "e");
	AUTO_FREE char *link = path_join(source, "lk");
	world_mkdirs(w, empty);
	world_link(w, link, ".h/o");
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	void *world = NULL;

	if (world_setup(&world) != 0)
		return -1;
	f->w = world;
	put_source(f->w, "source");
	put_source(f->w, "other");
	world_link(f->w, "way", "source");
	assert_ok(state_open_writer(&f->w->env, f->w->source, &f->w->state));
	rest();
	keep_anew(f->w->source, f->w->state);
	assert_ok(fs_read_file(f->w->state->fd, MEMORY, 1 << 20, &f->good));
	assert_ok(discover(f->w->source, NULL, 0, &f->w->set));
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	void *world = f->w;

	strbuf_release(&f->good);
	free(f);
	return world_teardown(&world);
}

/* With those bytes for a memory: must nothing be known of the source? */
static void
assert_unknown(struct fixture *f, const char *what, size_t at,
    const char *bytes, size_t len)
{
	struct world *w = f->w;
	AUTO_FREE char *step = xasprintf("%s, %zu", what, at);
	struct sourceseen *seen = sourceseen_new(w->state, false);
	struct skillset *got = NULL;

	put_bytes(w->state->fd, MEMORY, bytes, len);
	assert_ok(discover(w->source, seen, 0, &got));
	assert_number(step, "what is known", 0,
	    seen->old.n + seen->old.n_links);
	assert_same_set(step, w->set, got);
	skillset_free(got);
	sourceseen_free(seen);
}

/* How many directories of source are known from the good memory. */
static size_t
count_known(struct fixture *f, const char *source)
{
	struct world *w = f->w;
	struct sourceseen *seen = sourceseen_new(w->state, false);

	put_bytes(w->state->fd, MEMORY, f->good.s, f->good.len);
	assert_same_as_unseen(source, source, seen, 0);
	size_t n = seen->old.n;
	sourceseen_free(seen);
	return n;
}

/* ---- damage -------------------------------------------------------------- */

static void
test_flips(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *bad = xmalloc(f->good.len);

	/* Those of the head, and one in some of the others. */
	for (size_t at = 0; at < f->good.len; at += at < 128 ? 1 : 5) {
		memcpy(bad, f->good.s, f->good.len);
		bad[at] = (char)((unsigned char)bad[at] ^ (1U << (at % 8)));
		assert_unknown(f, "flip", at, bad, f->good.len);
	}
}

static void
test_cuts(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *longer = xcalloc(1, f->good.len + 64);

	for (size_t at = 0; at < f->good.len; at += at < 128 ? 1 : 5)
		assert_unknown(f, "cut", at, f->good.s, at);
	assert_unknown(f, "cut", f->good.len - 1, f->good.s, f->good.len - 1);
	memcpy(longer, f->good.s, f->good.len);
	assert_unknown(f, "longer", 1, longer, f->good.len + 1);
	assert_unknown(f, "longer", 64, longer, f->good.len + 64);
}

static void
test_other_magic(void **state)
{
	static const char *const others[] = { "skillshare-source 2\n",
		"skillshare-source 1 ", "skillshare-seen 1\n", "", "\n" };
	struct fixture *f = *state;

	assert_memory_equal(f->good.s, MAGIC, strlen(MAGIC));
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		AUTO_STRBUF struct strbuf bad = { 0 };

		strbuf_add(&bad, others[i]);
		strbuf_add_mem(&bad, f->good.s + strlen(MAGIC),
		    f->good.len - strlen(MAGIC));
		assert_unknown(f, "magic", i, bad.s, bad.len);
	}
}

/* ---- what it is of ------------------------------------------------------- */

static void
test_other_source(void **state)
{
	struct fixture *f = *state;
	struct world *w = f->w;
	AUTO_FREE char *other = path_join(w->s->path, "other");
	AUTO_FREE char *way = path_join(w->s->path, "way");

	assert_true(count_known(f, w->source) > 0);
	assert_int_equal(count_known(f, other), 0);
	/* The same directory by another name: links would have other texts. */
	assert_int_equal(count_known(f, way), 0);

	/* One name that leads elsewhere now. */
	keep_anew(way, w->state);
	struct sourceseen *seen = sourceseen_new(w->state, false);
	assert_same_as_unseen("way", way, seen, 0);
	assert_true(seen->old.n > 0);
	sourceseen_free(seen);
	assert_ok(fs_unlink(w->s->fd, "way"));
	world_link(w, "way", "other");
	seen = sourceseen_new(w->state, false);
	assert_same_as_unseen("way", way, seen, 0);
	assert_int_equal(seen->old.n, 0);
	sourceseen_free(seen);
}

static void
test_other_user(void **state)
{
	struct fixture *f = *state;
	struct world *w = f->w;

	if (geteuid() != 0)
		skip();
	/* Who could read the memory of another. */
	put_bytes(w->state->fd, MEMORY, f->good.s, f->good.len);
	assert_ok(fs_chmod(w->state->fd, MEMORY, 0644));
	assert_ok(fs_chmod_fd(w->state->fd, "state", 0755));
	become_nobody(w->s);
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *unread =
	    fs_read_file(w->state->fd, MEMORY, 1 << 20, &text);
	struct sourceseen *seen = sourceseen_new(w->state, false);
	struct skillset *got = NULL;
	struct error *err = discover(w->source, seen, 0, &got);
	become_root();
	assert_ok(unread);
	assert_ok(err);
	assert_same_set("another user", w->set, got);
	assert_int_equal(seen->old.n, 0);
	skillset_free(got);
	sourceseen_free(seen);
	assert_true(count_known(f, w->source) > 0);
}

/* What a group of ours could read we may not any more. */
static void
test_other_groups(void **state)
{
	struct fixture *f = *state;
	gid_t old[64];
	const gid_t other[] = { 1234 };
	int n = getgroups((int)ARRAY_LEN(old), old);

	if (geteuid() != 0 || n == -1)
		skip();
	assert_true(count_known(f, f->w->source) > 0);
	assert_int_equal(setgroups(ARRAY_LEN(other), other), 0);
	size_t known = count_known(f, f->w->source);
	assert_int_equal(setgroups((size_t)n, old), 0);
	assert_int_equal(known, 0);
	assert_true(count_known(f, f->w->source) > 0);
}

/* Another version may understand the same front matter otherwise. */
static void
test_other_version(void **state)
{
	const size_t head = strlen(MAGIC) + sizeof(uint64_t) + DIGEST_BYTES;
	struct fixture *f = *state;
	const struct digest old =
	    sourceseen_seed(f->w->set, SKILLSHARE_VERSION "-before");
	AUTO_STRBUF struct strbuf text = { 0 };

	assert_true(count_known(f, f->w->source) > 0);
	strbuf_add(&text, MAGIC);
	size_t begin = packed_begin(&text);
	strbuf_add_mem(&text, f->good.s + head, f->good.len - head);
	packed_end(&text, begin, &old);
	assert_int_equal(text.len, f->good.len);
	assert_unknown(f, "version", 0, text.s, text.len);
}

/* ---- what it says -------------------------------------------------------- */

/* As in sourceseen.c. */
struct list_head {
	uint64_t n_dirs;
	uint64_t n_links;
};

struct dir_head {
	struct source_mark mark;
	uint32_t n_below;
	uint16_t file_kind;
	uint8_t is_sure;
	uint8_t has_file;
};

struct file_head {
	struct source_mark mark;
	uint64_t n_targets;
	uint32_t problem_line;
	uint16_t has_name;
	uint8_t has_problem;
	uint8_t has_targets;
};

/*
 * A memory of the source, of "a" and "b" below it and of the link: what it
 * says beside the truth is added to that, or in place of it if not NULL.
 */
struct craft {
	const char *what;
	uint64_t n_dirs;
	uint64_t n_links;
	uint32_t top_below;
	uint32_t a_below;
	uint16_t a_kind;
	uint64_t n_targets;
	const char *top;
	const char *a;
	const char *b;
	const char *link;
};

static struct source_mark
mark_at(struct world *w, const char *rel)
{
	AUTO_FREE char *at = path_join("source", rel);
	struct fs_stat st;

	assert_ok(fs_stat(w->s->fd, at, &st));
	return (struct source_mark){
		.ino = st.ino,
		.size_bytes = st.kind == FS_FILE ? st.size_bytes : 0,
		.mtime_ns = st.mtime_ns,
		.ctime_ns = st.ctime_ns,
	};
}

static void
craft_dir(struct world *w, struct strbuf *out, const struct dir_head *head,
    const char *rel, const char *told)
{
	struct dir_head full = *head;

	full.mark = mark_at(w, rel);
	full.is_sure = 1;
	strbuf_add_mem(out, &full, sizeof(full));
	packed_add_text(out, told != NULL ? told : rel);
}

/* What is in the chunk. */
static void
craft_content(struct world *w, const struct craft *c, struct strbuf *out)
{
	const struct list_head list = { 3 + c->n_dirs, 1 + c->n_links };
	const struct dir_head top = { .n_below = 3 + c->top_below };
	const struct dir_head a = {
		.n_below = 1 + c->a_below,
		.file_kind = (uint16_t)(FS_FILE + c->a_kind),
		.has_file = 1,
	};
	const struct dir_head b = { .n_below = 1, .file_kind = FS_FILE };
	const struct file_head file = {
		.mark = mark_at(w, "a/SKILL.md"),
		.n_targets = 2 + c->n_targets,
		.problem_line = 4,
		.has_name = 1,
		.has_problem = 1,
		.has_targets = 1,
	};

	strbuf_add_mem(out, &list, sizeof(list));
	craft_dir(w, out, &top, "", c->top);
	craft_dir(w, out, &a, "a", c->a);
	strbuf_add_mem(out, &file, sizeof(file));
	packed_add_text(out, NOT_TRUE);
	packed_add_text(out, "a problem");
	packed_add_text(out, "t7");
	packed_add_text(out, "t8");
	craft_dir(w, out, &b, "b", c->b);
	packed_add_text(out, c->link != NULL ? c->link : "lk");
}

/* A memory of that content with the right digest. */
static void
seal(struct fixture *f, const char *content, size_t len, struct strbuf *out)
{
	const struct skillset *set = f->w->set;
	const struct digest seed = sourceseen_seed(set, SKILLSHARE_VERSION);
	strbuf_truncate(out, 0);
	strbuf_add(out, MAGIC);
	size_t begin = packed_begin(out);
	strbuf_add_mem(out, content, len);
	packed_end(out, begin, &seed);
}

static void
craft(struct fixture *f, const struct craft *c, struct strbuf *out)
{
	AUTO_STRBUF struct strbuf content = { 0 };

	craft_content(f->w, c, &content);
	seal(f, content.s, content.len, out);
}

/* Else the rows below would prove nothing; and what is known is not read. */
static void
test_believed(void **state)
{
	static const struct craft truth = { .what = "as it is" };
	struct fixture *f = *state;
	struct world *w = f->w;
	AUTO_STRBUF struct strbuf text = { 0 };
	struct sourceseen *seen = sourceseen_new(w->state, false);
	struct skillset *set = NULL;

	craft(f, &truth, &text);
	put_bytes(w->state->fd, MEMORY, text.s, text.len);
	assert_ok(discover(w->source, seen, 0, &set));
	assert_int_equal(seen->old.n, 3);
	assert_int_equal(set->n, 3); /* nothing is below b by this */
	const struct skill *a = skillset_find(set, "a");
	assert_non_null(a);
	assert_string_equal(a->name, NOT_TRUE);
	assert_string_equal(a->only_for[0], "t7");
	assert_string_equal(a->only_for[1], "t8");
	assert_null(a->only_for[2]);
	assert_int_equal(set->n_problems, 1);
	assert_string_equal(set->problems[0].rel, "a/SKILL.md");
	assert_string_equal(set->problems[0].text, "a problem");
	assert_int_equal(set->problems[0].line, 4);
	const struct skill *b = skillset_find(set, "b");
	assert_non_null(b);
	assert_string_equal(b->name, "b"); /* was read */
	assert_non_null(skillset_find(set, "lk"));
	skillset_free(set);
	sourceseen_free(seen);
}

static void
test_untrue(void **state)
{
	static const struct craft rows[] = {
		{ .what = "more directories", .n_dirs = 1 },
		{ .what = "fewer directories", .n_dirs = UINT64_MAX },
		{ .what = "no directory", .n_dirs = UINT64_MAX - 2 },
		{ .what = "directories without number",
		    .n_dirs = UINT32_MAX - 10 },
		{ .what = "as many as are not seen", .n_dirs = NOT_SEEN - 3 },
		{ .what = "all directories", .n_dirs = UINT64_MAX - 3 },
		{ .what = "more links", .n_links = 1 },
		{ .what = "no link", .n_links = UINT64_MAX },
		{ .what = "all links", .n_links = UINT64_MAX - 1 },
		{ .what = "more below the source", .top_below = 1 },
		{ .what = "all below the source", .top_below = UINT32_MAX - 3 },
		{ .what = "more below a", .a_below = 2 },
		{ .what = "all below a", .a_below = UINT32_MAX - 1 },
		{ .what = "nothing below a, not even a",
		    .a_below = UINT32_MAX },
		{ .what = "no kind", .a_kind = 100 },
		{ .what = "the kind behind the last",
		    .a_kind = FS_OTHER + 1 - FS_FILE },
		{ .what = "more targets", .n_targets = 1 },
		{ .what = "fewer targets", .n_targets = UINT64_MAX },
		{ .what = "all targets", .n_targets = UINT64_MAX - 2 },
		{ .what = "targets that no memory holds",
		    .n_targets = UINT64_MAX / 8 },
		{ .what = "a name for the source", .top = "a" },
		{ .what = "the directory above", .a = ".." },
		{ .what = "out of the source", .a = "../x" },
		{ .what = "out of the source and back", .a = "b/../../x" },
		{ .what = "absolute", .a = "/etc" },
		{ .what = "the root", .b = "/" },
		{ .what = "the source again", .b = "" },
		{ .what = "here", .b = "." },
		{ .what = "a slash at the end", .b = "b/" },
		{ .what = "a link further down", .link = "a/b" },
		{ .what = "a link out", .link = ".." },
		{ .what = "an absolute link", .link = "/etc" },
		{ .what = "a link without a name", .link = "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF struct strbuf text = { 0 };

		craft(f, &rows[i], &text);
		assert_unknown(f, rows[i].what, i, text.s, text.len);
	}
}

/* So many that their count, in bytes, is a small number again. */
static void
test_untrue_count(void **state)
{
	static const struct craft rows[] = {
		{ .what = "a count in bytes that is 0",
		    .n_targets = UINT64_MAX - 2 },
		{ .what = "a count in bytes that is small",
		    .n_targets = UINT64_MAX / 8 },
	};
	struct fixture *f = *state;
	const size_t n_texts = (size_t)1 << 20;
	AUTO_FREE char *texts = xcalloc(n_texts, 1); /* all empty */

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF struct strbuf content = { 0 };
		AUTO_STRBUF struct strbuf text = { 0 };

		craft_content(f->w, &rows[i], &content);
		strbuf_add_mem(&content, texts, n_texts);
		seal(f, content.s, content.len, &text);
		assert_unknown(f, rows[i].what, i, text.s, text.len);
	}
}

/* Texts without their NUL, heads that are not whole, and more than all. */
static void
test_untrue_end(void **state)
{
	static const struct craft truth = { .what = "as it is" };
	struct fixture *f = *state;
	AUTO_STRBUF struct strbuf content = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };

	craft_content(f->w, &truth, &content);
	for (size_t len = 0; len < content.len; len++) {
		seal(f, content.s, len, &text);
		assert_unknown(f, "an end", len, text.s, text.len);
	}
	strbuf_add_char(&content, '\0');
	seal(f, content.s, content.len, &text);
	assert_unknown(f, "no end", 1, text.s, text.len);
	/* A second chunk. */
	seal(f, content.s, content.len - 1, &text);
	AUTO_STRBUF struct strbuf twice = { 0 };
	strbuf_add_mem(&twice, text.s, text.len);
	strbuf_add_mem(&twice, text.s + strlen(MAGIC),
	    text.len - strlen(MAGIC));
	assert_unknown(f, "twice", 2, twice.s, twice.len);
}

/* Only who writes the state could say that: nobody comes to harm by it. */
static void
test_harmless(void **state)
{
	static const struct craft rows[] = {
		{ .what = "what is not there", .b = "nowhere/x" },
		{ .what = "through a file", .b = "a/SKILL.md/x" },
		{ .what = "the same again", .b = "a" },
		{ .what = "hidden", .b = ".h" },
		{ .what = "in no order", .a = "z" },
		{ .what = "nothing below the source", .top_below = UINT32_MAX },
		{ .what = "b below a", .a_below = 1 },
		{ .what = "SKILL.md is a link", .a_kind = FS_LINK - FS_FILE },
		{ .what = "SKILL.md is a directory",
		    .a_kind = FS_DIR - FS_FILE },
		{ .what = "no such link", .link = "nowhere" },
		{ .what = "a directory for a link", .link = "b" },
	};
	struct fixture *f = *state;
	struct world *w = f->w;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF struct strbuf text = { 0 };
		struct sourceseen *seen = sourceseen_new(w->state, true);
		struct skillset *set = NULL;

		craft(f, &rows[i], &text);
		put_bytes(w->state->fd, MEMORY, text.s, text.len);
		assert_ok(discover(w->source, seen, 0, &set));
		assert_number(rows[i].what, "what is known", 3, seen->old.n);
		/* Nothing that was named is out of the source. */
		for (size_t k = 0; k < set->n; k++)
			assert_true(path_rel_is_safe(set->skills[k].rel));
		skillset_free(set);
		sourceseen_free(seen);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_TURN("a flip leaves nothing known", test_flips),
		IN_TURN("a cut leaves nothing known", test_cuts),
		IN_TURN("another format is not read", test_other_magic),
		IN_TURN("nothing is known of another source",
		    test_other_source),
		IN_TURN("what one user read is not another's", test_other_user),
		IN_TURN("nor what was read in other groups", test_other_groups),
		IN_TURN("nor what another version read", test_other_version),
		IN_TURN("what is known is not read", test_believed),
		IN_TURN("what cannot be is not believed", test_untrue),
		IN_TURN("a count is not believed", test_untrue_count),
		IN_TURN("it ends where it ends", test_untrue_end),
		IN_TURN("what is not so does no harm", test_harmless),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
