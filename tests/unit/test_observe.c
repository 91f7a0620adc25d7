#include "world.h"

#define SKILL "---\nname: x\ndescription: d\n---\n"

static const struct observed_entry *
entry_named(const struct observed_target *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->entries[i].name, name) == 0)
			return &t->entries[i];
	}
	return NULL;
}

/* Links in a target: which are ours, which are right. */
static void
test_links(void **state)
{
	static const struct {
		const char *what;
		const char *name, *text;
		enum seen seen;
	} rows[] = {
		{ "right", "pdf", "%/source/pdf", SEEN_LINK_RIGHT },
		{ "right, nested", "d__e", "%/source/d/e", SEEN_LINK_RIGHT },
		{ "right, by the real way", "pdf", "%/real/pdf",
		    SEEN_LINK_RIGHT },
		{ "right, relative", "pdf", "../source/pdf", SEEN_LINK_RIGHT },
		{ "right, relative by the real way", "pdf", "../real/pdf",
		    SEEN_LINK_RIGHT },
		{ "right, with slashes", "pdf", "%//source/./pdf/",
		    SEEN_LINK_RIGHT },
		{ "another skill", "pdf", "%/source/d/e", SEEN_LINK_WRONG },
		{ "the source", "pdf", "%/source", SEEN_LINK_WRONG },
		{ "no skill any more", "gone", "%/source/gone",
		    SEEN_LINK_WRONG },
		{ "a skill by another name", "other", "%/source/pdf",
		    SEEN_LINK_WRONG },
		{ "an old source", "pdf", "%/old/pdf", SEEN_LINK_WRONG },
		{ "foreign", "pdf", "%/elsewhere/pdf", SEEN_LINK_FOREIGN },
		{ "foreign, dangling", "pdf", "/nowhere", SEEN_LINK_FOREIGN },
		{ "foreign, relative", "pdf", "pdf2", SEEN_LINK_FOREIGN },
		{ "beside the source", "pdf", "%/source2/pdf",
		    SEEN_LINK_FOREIGN },
	};
	struct world *w = *state;
	AUTO_FREE char *old = path_join(w->s->path, "old");
	struct roots roots = { 0 };

	assert_ok(fs_rename_noreplace(w->s->fd, "source", w->s->fd, "real"));
	world_link(w, "source", "real");
	world_skill(w, "real/pdf", SKILL);
	world_skill(w, "real/d/e", SKILL);
	world_target(w, "t", MODE_MERGE);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	roots_add(&roots, old);
	assert_ok(state_keep_roots(w->state, &roots));
	roots_release(&roots);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *rel = path_join("t", rows[i].name);

		world_mkdirs(w, "t");
		world_link(w, rel, rows[i].text);
		world_look(w, 0);
		const struct observed_target *t = &w->observed->targets[0];
		const struct observed_entry *e = entry_named(t, rows[i].name);
		enum seen seen = e == NULL ? SEEN_LINK_RIGHT : e->seen;

		if (seen != rows[i].seen || t->n_right != (e == NULL))
			fail_msg("%s: %d", rows[i].what, (int)seen);
		assert_ok(tree_remove(w->s->fd, "t"));
	}
}

static void
test_kinds(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/pdf", SKILL);
	world_skill(w, "t/own", SKILL);
	world_mkdirs(w, "t/empty");
	world_mkdirs(w, "t/.dir");
	put_file(w->s->fd, "t/.file", "x");
	put_file(w->s->fd, "t/.skillshare-manifest.json", "{}");
	put_file(w->s->fd, "t/pdf", "x");
	assert_int_equal(mkfifoat(w->s->fd, "t/fifo", 0600), 0);
	world_target(w, "t", MODE_MERGE);
	world_look(w, 0);
	const struct observed_target *t = &w->observed->targets[0];

	assert_int_equal(t->kind, PLACE_DIR);
	assert_int_equal(t->n, 4);
	assert_string_equal(t->entries[0].name, "empty");
	assert_string_equal(t->entries[3].name, "pdf");
	assert_int_equal(entry_named(t, "empty")->seen, SEEN_LOCAL);
	assert_int_equal(entry_named(t, "own")->seen, SEEN_LOCAL);
	assert_int_equal(entry_named(t, "fifo")->seen, SEEN_FILE);
	assert_int_equal(entry_named(t, "pdf")->seen, SEEN_FILE);
	assert_int_equal(entry_named(t, "pdf")->skill, 0);
	assert_int_equal(entry_named(t, "own")->skill, NO_SKILL);
	assert_int_equal(t->n_hidden, 2);
	assert_string_equal(t->hidden[0], ".dir");
	assert_string_equal(t->hidden[1], ".file");
	assert_true(t->is_writable);
}

/* What the conversion to one link asks of local directories. */
static void
test_local(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/same", SKILL);
	world_skill(w, "source/other", SKILL);
	world_mkdirs(w, "source/taken");
	world_skill(w, "t/same", SKILL);
	world_skill(w, "t/other", "another text");
	put_file(w->s->fd, "t/other/more", "x");
	world_skill(w, "t/taken", SKILL);
	world_skill(w, "t/free", SKILL);
	world_mkdirs(w, "t/bare");
	world_target(w, "t", MODE_SYMLINK);
	world_look(w, 0);
	const struct observed_target *t = &w->observed->targets[0];
	const struct observed_entry *other = entry_named(t, "other");

	assert_int_equal(entry_named(t, "same")->content, CONTENT_SAME);
	assert_int_equal(other->content, CONTENT_DIFFERENT);
	assert_int_equal(other->diff->added, 1);
	assert_int_equal(other->diff->changed, 1);
	assert_int_equal(other->diff->removed, 0);
	assert_true(entry_named(t, "free")->has_skill_file);
	assert_false(entry_named(t, "free")->is_name_taken);
	assert_true(entry_named(t, "taken")->is_name_taken);
	assert_false(entry_named(t, "same")->is_name_taken);
	assert_false(entry_named(t, "bare")->has_skill_file);
}

static void
test_origin(void **state)
{
	struct world *w = *state;

	world_skill(w, "t/mine", SKILL);
	world_skill(w, "t/pack/inner", SKILL);
	world_skill(w, "t/other", SKILL);
	world_skill(w, "elsewhere", SKILL);
	world_link(w, "source/mine", "%/t/mine");
	world_link(w, "source/pack", "%/t/pack/inner");
	world_link(w, "source/other", "%/elsewhere");
	world_target(w, "t", MODE_MERGE);
	world_look(w, 0);
	const struct observed_target *t = &w->observed->targets[0];

	assert_true(entry_named(t, "mine")->is_origin);
	assert_true(entry_named(t, "pack")->is_origin);
	assert_false(entry_named(t, "other")->is_origin);
}

/* The target's own path. "@": what is made there. */
static void
test_places(void **state)
{
	static const struct {
		const char *what;
		const char *dir;  /* made, or NULL */
		const char *link; /* made at the path, or NULL */
		const char *path;
		enum mode mode;
		enum place_kind kind;
		const char *rest;
	} rows[] = {
		{ "absent", NULL, NULL, "t", MODE_MERGE, PLACE_ABSENT, "t" },
		{ "absent, with its parents", NULL, NULL, "a/b/c", MODE_MERGE,
		    PLACE_ABSENT, "a/b/c" },
		{ "a directory", "a/t", NULL, "a/t", MODE_MERGE, PLACE_DIR,
		    "t" },
		{ "a link to the source", NULL, "%/source", "t", MODE_SYMLINK,
		    PLACE_LINK_RIGHT, "t" },
		{ "a relative one", NULL, "source", "t", MODE_MERGE,
		    PLACE_LINK_RIGHT, "t" },
		{ "one through another", NULL, "%/to-source", "t", MODE_MERGE,
		    PLACE_LINK_RIGHT, "t" },
		{ "a link to an old source", NULL, "%/old", "t", MODE_MERGE,
		    PLACE_LINK_STALE, "t" },
		{ "a link to a directory, merge", "dotfiles", "%/dotfiles", "t",
		    MODE_MERGE, PLACE_DIR, "t" },
		{ "a link to a directory, symlink", "dotfiles", "%/dotfiles",
		    "t", MODE_SYMLINK, PLACE_LINK_FOREIGN, "t" },
		{ "a link to nothing", NULL, "%/absent", "t", MODE_MERGE,
		    PLACE_LINK_DANGLING, "t" },
		{ "a link into the source", NULL, "%/source/pdf", "t",
		    MODE_SYMLINK, PLACE_LINK_FOREIGN, "t" },
		{ "a link to a file", NULL, "%/file", "t", MODE_MERGE,
		    PLACE_NO_DIR, "t" },
		{ "a loop", NULL, "t", "t", MODE_MERGE, PLACE_LINK_DANGLING,
		    "t" },
		{ "a file", NULL, NULL, "file", MODE_MERGE, PLACE_NO_DIR,
		    "file" },
		{ "below a file", NULL, NULL, "file/t", MODE_MERGE,
		    PLACE_BROKEN, NULL },
		{ "below a dangling link", NULL, NULL, "lost/t", MODE_MERGE,
		    PLACE_BROKEN, NULL },
	};
	struct world *w = *state;
	AUTO_FREE char *old = path_join(w->s->path, "old");
	struct roots roots = { 0 };

	world_skill(w, "source/pdf", SKILL);
	put_file(w->s->fd, "file", "x");
	world_link(w, "to-source", "%/source");
	world_link(w, "lost", "%/absent");
	world_target(w, "", MODE_MERGE);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	roots_add(&roots, old);
	assert_ok(state_keep_roots(w->state, &roots));
	roots_release(&roots);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *path = path_join(w->s->path, rows[i].path);

		if (rows[i].dir != NULL)
			world_mkdirs(w, rows[i].dir);
		if (rows[i].link != NULL)
			world_link(w, rows[i].path, rows[i].link);
		w->configs[0].path = path;
		w->configs[0].mode = rows[i].mode;
		world_look(w, 0);
		const struct observed_target *t = &w->observed->targets[0];
		if (t->kind != rows[i].kind)
			fail_msg("%s: %d", rows[i].what, (int)t->kind);
		if (rows[i].rest != NULL)
			assert_string_equal(t->rest, rows[i].rest);
		assert_int_equal(t->problem == NULL, t->kind != PLACE_BROKEN);
		assert_ok(tree_remove(w->s->fd, "t"));
		assert_ok(tree_remove(w->s->fd, "a"));
		assert_ok(tree_remove(w->s->fd, "dotfiles"));
	}
}

static void
test_overlap(void **state)
{
	static const struct {
		const char *what;
		const char *path;
		enum overlap overlap;
	} rows[] = {
		{ "apart", "t", OVERLAP_NONE },
		{ "absent, apart", "absent", OVERLAP_NONE },
		{ "the source", "deep/source", OVERLAP_SAME },
		{ "inside", "deep/source/pdf", OVERLAP_INSIDE },
		{ "far inside", "deep/source/pdf/scripts", OVERLAP_INSIDE },
		{ "inside, absent", "deep/source/new", OVERLAP_INSIDE },
		{ "inside, absent with its parent", "deep/source/new/er",
		    OVERLAP_INSIDE },
		{ "around", "deep", OVERLAP_AROUND },
		{ "inside, through a link", "link/pdf", OVERLAP_INSIDE },
		{ "absent, through a link", "link/new", OVERLAP_INSIDE },
		{ "around, through a link", "up", OVERLAP_AROUND },
		{ "beside", "deep/source2", OVERLAP_NONE },
	};
	struct world *w = *state;

	free(w->source);
	w->source = path_join(w->s->path, "deep/source");
	world_skill(w, "deep/source/pdf", SKILL);
	world_mkdirs(w, "deep/source/pdf/scripts");
	world_mkdirs(w, "deep/source2");
	world_mkdirs(w, "t");
	world_link(w, "link", "%/deep/source");
	world_link(w, "up", "%/deep");
	world_target(w, "", MODE_MERGE);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *path = path_join(w->s->path, rows[i].path);

		w->configs[0].path = path;
		world_look(w, 0);
		enum overlap got = w->observed->targets[0].overlap;
		if (got != rows[i].overlap)
			fail_msg("%s: %d", rows[i].what, (int)got);
	}
}

static void
test_same_place(void **state)
{
	static const struct {
		const char *path;
		uint32_t same_as;
	} rows[] = {
		{ "t", NO_TARGET },
		{ "u", NO_TARGET },
		{ "t", 0 },
		{ "link-t", 0 },
		{ "new/x", NO_TARGET },
		{ "new/x", 4 },
		{ "link-here/new/x", 4 },
		{ "new/y", NO_TARGET },
	};
	struct world *w = *state;

	world_mkdirs(w, "t");
	world_mkdirs(w, "u");
	world_link(w, "link-t", "%/t");
	world_link(w, "link-here", ".");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		world_target(w, rows[i].path, MODE_MERGE);
	world_look(w, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t got = w->observed->targets[i].same_as;

		if (got != rows[i].same_as)
			fail_msg("%s, the %zuth: %u", rows[i].path, i, got);
	}
}

static void
test_root_directory(void **state)
{
	struct world *w = *state;

	world_target(w, "", MODE_MERGE);
	w->configs[0].path = "/";
	world_look(w, 0);
	assert_int_equal(w->observed->targets[0].kind, PLACE_BROKEN);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_WORLD("a link is ours and right by its text", test_links),
		IN_WORLD("each kind of entry is seen as what it is",
		    test_kinds),
		IN_WORLD("local directories are looked into for a link's sake",
		    test_local),
		IN_WORLD("the directory that a skill leads to is its origin",
		    test_origin),
		IN_WORLD("a target's own path is seen as what it is",
		    test_places),
		IN_WORLD("source and target may not hold each other",
		    test_overlap),
		IN_WORLD("two names of one directory are one", test_same_place),
		IN_WORLD("the root directory is no target",
		    test_root_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
