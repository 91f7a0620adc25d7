#include "lower.h"

#include "world.h"

#define SKILL "---\nname: x\ndescription: d\n---\n"

/* The operations in words, one a line; the scratch directory is "%". */
static char *
said(const struct world *w, const struct txn *txn)
{
	static const char *const ops[OP_COUNT] = { "mkdir", "link", "put",
		"take", "swap", "chmod" };
	static const char *const items[] = { "link", "file", "copy", "links",
		"build" };
	struct strbuf sb = { 0 };
	size_t home = strlen(w->s->path);

	for (size_t i = 0; i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];
		const struct item *item =
		    op->slot == NO_SLOT ? NULL : txn_item(txn, op->slot);

		strbuf_printf(&sb, "%s%s %%%s %s", i > 0 ? "\n" : "",
		    ops[op->kind], txn->places[op->place].dir + home, op->name);
		if (item != NULL)
			strbuf_printf(&sb, " by %s", items[item->kind]);
		if (op->look)
			strbuf_add(&sb, " look");
	}
	return sb.s == NULL ? xstrdup("") : strbuf_detach(&sb);
}

static void
assert_lowered(struct world *w, unsigned flags, const char *text)
{
	world_look(w, flags);
	w->txn = txn_new("test");
	lower_plan(w->txn, w->plan, w->copies);
	AUTO_FREE char *got = said(w, w->txn);
	assert_string_equal(got, text);
	for (size_t i = 0; i < w->txn->n_groups; i++)
		assert_null(w->txn->groups[i].error);
}

static void
test_merge(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/fresh", SKILL);
	world_skill(w, "source/moved", SKILL);
	world_skill(w, "source/own", SKILL);
	world_skill(w, "source/right", SKILL);
	world_skill(w, "t/own", "own version");
	world_link(w, "t/moved", "%/source/old/moved");
	world_link(w, "t/gone", "%/source/gone");
	world_link(w, "t/right", "%/source/right");
	world_target(w, "t", MODE_MERGE);
	assert_lowered(w, 0,
	    "link %/t fresh look\n"
	    "take %/t gone\n"
	    "swap %/t moved by link look");
	assert_string_equal(w->txn->groups[0].name, "t0");
	assert_string_equal(w->txn->ops[1].before->text,
	    w->observed->targets[0].entries[0].text);
	assert_lowered(w, PLAN_FORCE,
	    "link %/t fresh look\n"
	    "take %/t gone\n"
	    "swap %/t moved by link look\n"
	    "swap %/t own by link look");
	assert_int_equal(w->txn->ops[3].before->kind, FS_DIR);
	assert_true(w->txn->ops[3].before->id.ino != 0);
}

static void
test_in_step(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/right", SKILL);
	world_mkdirs(w, "t");
	world_link(w, "t/right", "%/source/right");
	world_target(w, "t", MODE_MERGE);
	assert_lowered(w, 0, "");
	assert_int_equal(w->txn->n_groups, 0);
}

static void
test_absent(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/pdf", SKILL);
	world_target(w, "a/b", MODE_MERGE);
	world_target(w, "c/d", MODE_SYMLINK);
	assert_lowered(w, 0,
	    "mkdir % a\n"
	    "mkdir %/a b\n"
	    "link %/a/b pdf look\n"
	    "mkdir % c\n"
	    "link %/c d");
	assert_false(w->txn->groups[0].look_is_root);
	assert_true(w->txn->groups[1].look_is_root);
	/* Staging is where the first directory is that exists. */
	for (size_t i = 0; i < w->txn->n_places; i++) {
		AUTO_FREE char *dir = path_dir(w->txn->places[i].staging);
		assert_string_equal(dir, w->s->path);
	}
}

static void
test_conversions(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/pdf", SKILL);
	world_skill(w, "t/local", SKILL);
	world_link(w, "t/pdf", "%/source/pdf");
	world_link(w, "u", "%/source");
	world_target(w, "t", MODE_SYMLINK);
	world_target(w, "u", MODE_MERGE);
	assert_lowered(w, 0,
	    "put %/source local by copy\n"
	    "swap % t by link\n"
	    "swap % u by links look");
	/* Whatever an agent writes there meanwhile must not be hidden. */
	assert_non_null(w->txn->ops[1].before->digest);
	assert_string_equal(w->txn->ops[2].before->text, w->source);
	assert_int_equal(txn_item(w->txn, w->txn->ops[2].slot)->n_names, 1);
}

/* A directory without u+w cannot change its parent. */
static void
test_loosen(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/own", SKILL);
	world_skill(w, "t/own", "own version");
	assert_ok(fs_chmod(w->s->fd, "t/own", 0555));
	world_target(w, "t", MODE_MERGE);
	assert_lowered(w, PLAN_FORCE,
	    "chmod %/t own\n"
	    "swap %/t own by link look");
	assert_int_equal(w->txn->ops[0].old_mode, 0555);
	assert_int_equal(w->txn->ops[0].mode, 0755);
}

/* What is gone since the plan is the group's error, not the run's. */
static void
test_gone(void **state)
{
	struct world *w = *state;

	world_skill(w, "source/a", SKILL);
	world_mkdirs(w, "t");
	world_target(w, "t", MODE_MERGE);
	world_look(w, 0);
	assert_ok(fs_rmdir(w->s->fd, "t"));
	w->txn = txn_new("test");
	lower_plan(w->txn, w->plan, w->copies);
	assert_int_equal(w->txn->n_groups, 1);
	assert_non_null(w->txn->groups[0].error);
	assert_true(w->txn->groups[0].is_unstaged);
}

static void
check_file(struct world *w, const char *rel, const char *text)
{
	AUTO_FREE char *abs = path_join(w->s->path, rel);

	txn_free(w->txn);
	w->txn = txn_new("test");
	txn_group(w->txn, "config", NULL);
	assert_ok(lower_file(w->txn, abs, "bytes", 5));
	AUTO_FREE char *got = said(w, w->txn);
	assert_string_equal(got, text);
	assert_int_equal(w->txn->items[0].len, 5);
}

static void
test_file(void **state)
{
	struct world *w = *state;
	AUTO_FREE char *loop = path_join(w->s->path, "loop");

	check_file(w, "new", "put % new by file");
	assert_int_equal(w->txn->items[0].mode, 0644);
	check_file(w, "a/b/new",
	    "mkdir % a\n"
	    "mkdir %/a b\n"
	    "put %/a/b new by file");
	assert_ok(fs_create_file(w->s->fd, "old", "x", 1, 0600));
	check_file(w, "old", "swap % old by file");
	assert_int_equal(w->txn->items[0].mode, 0600);
	assert_int_equal(w->txn->ops[0].before->kind, FS_FILE);
	assert_non_null(w->txn->ops[0].before->digest);
	world_mkdirs(w, "dotfiles");
	world_link(w, "link", "dotfiles/second");
	world_link(w, "dotfiles/second", "../old");
	check_file(w, "link", "swap % old by file");
	world_link(w, "loop", "loop");
	assert_code(lower_file(w->txn, loop, "x", 1), ERR_CONFIG);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_WORLD("each action is one operation", test_merge),
		IN_WORLD("a target in step needs none", test_in_step),
		IN_WORLD("what is absent is made from the top", test_absent),
		IN_WORLD("a place is swapped as a whole", test_conversions),
		IN_WORLD("a directory that cannot move is loosened first",
		    test_loosen),
		IN_WORLD("a target that went is an error of its own",
		    test_gone),
		IN_WORLD("a file is put, or swapped where its links lead",
		    test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
