/*
 * Worlds made by chance, each from its seed: whatever the source and the
 * targets are, and whatever they are to show by which names, a sync brings them
 * into step, touches nothing of others, loses no byte, and can be undone.
 *
 * usage: test_property [FIRST [LAST]], seeds; by default a hundred of them
 */
#include <stdio.h>

#include "chance.h"
#include "undo.h"

#define SEEDS_BY_DEFAULT 100
#define MAX_SEEDS 100000

/* ---- what happens between two syncs ------------------------------------- */

/* Somebody adds to SKILL.md of a skill, wherever it really is. */
static void
edit(struct world *w, struct chance *c, const char *dir, const char *name)
{
	AUTO_FREE char *file = xasprintf("%s/%s/SKILL.md", dir, name);
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *text = xasprintf("edit %u\n", c->files++);

	fd = openat(w->s->fd, file, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd != -1)
		assert_ok(fs_write(fd, file, text, strlen(text)));
}

static void
meddle(struct world *w, struct chance *c)
{
	AUTO_CLOSE int source_fd = -1;

	for (size_t i = 0; i < w->n_targets; i++) {
		struct config_target *t = &w->configs[i];

		if (odds(c, 40))
			t->mode = any_mode(c);
		if (odds(c, 30))
			filter(w, c, t);
		for (size_t k = 0; k < ARRAY_LEN(names); k++) {
			if (odds(c, 15))
				edit(w, c, t->path, names[k]);
		}
	}
	assert_ok(fs_open_dir(w->source, &source_fd));
	if (odds(c, 30))
		ignore_some(w, c);
	for (size_t k = 0; k < ARRAY_LEN(names); k++) {
		if (odds(c, 20))
			edit(w, c, "source", names[k]);
		else if (odds(c, 10))
			assert_ok(tree_remove(source_fd, names[k]));
	}
}

/* ---- what must hold ------------------------------------------------------ */

/* Digests of regular files, or of whole entries: a set in an arena. */
struct sums {
	struct arena arena;
	struct strmap map;
	const char **hexes; /* of the map */
	size_t n;
};

static void
sums_release(struct sums *sums)
{
	strmap_release(&sums->map);
	free(sums->hexes);
	arena_release(&sums->arena);
}

static const char *
hex_at(struct arena *arena, int dir_fd, const char *name)
{
	struct tree_sum sum = { 0 };
	char hex[DIGEST_HEX_LEN + 1];

	assert_ok(tree_digest(dir_fd, name, &sum));
	digest_hex(&sum.digest, hex);
	return arena_strdup(arena, hex);
}

/*
 * Every regular file below dir_fd, those of the state only if it is asked
 * for; no staging directory may be there.
 */
static void
add_files(struct sums *sums, int dir_fd, bool with_state)
{
	AUTO_FS_LIST struct fs_list list = { 0 };

	assert_ok(fs_list(dir_fd, ".", &list));
	for (size_t i = 0; i < list.n; i++) {
		const char *name = list.entries[i].name;
		AUTO_CLOSE int fd = -1;

		if (strcmp(name, MANIFEST_NAME) == 0)
			continue;
		if (strncmp(name, ".skillshare-", 12) == 0)
			fail_msg("%s is left", name);
		if (!with_state && strcmp(name, "state") == 0)
			continue;
		if (list.entries[i].kind == FS_FILE) {
			const char *hex = hex_at(&sums->arena, dir_fd, name);

			sums->hexes =
			    xgrow(sums->hexes, sums->n, sizeof(*sums->hexes));
			sums->hexes[sums->n++] = hex;
			(void)strmap_put(&sums->map, hex, 0);
		} else if (list.entries[i].kind == FS_DIR) {
			assert_ok(fs_open_dir_at(dir_fd, name, &fd));
			add_files(sums, fd, with_state);
		}
	}
}

/* Our own books change; what the user had is somewhere, stored or in place. */
static void
assert_all_files(struct world *w, struct sums *before)
{
	struct sums after = { 0 };

	add_files(&after, w->s->fd, true);
	for (size_t i = 0; i < before->n; i++) {
		uint32_t at = 0;

		if (!strmap_get(&after.map, before->hexes[i], &at))
			fail_msg("one of %zu files is lost", before->n);
	}
	sums_release(&after);
}

/* An entry that no sync without --force may change. */
struct untouched {
	const char *dir, *name, *hex;
};

struct untouched_list {
	struct arena arena;
	struct untouched *items;
	size_t n;
};

static void
add_untouched(struct untouched_list *list, int dir_fd, const char *dir,
    const char *name)
{
	list->items = xgrow(list->items, list->n, sizeof(*list->items));
	list->items[list->n++] = (struct untouched){
		.dir = arena_strdup(&list->arena, dir),
		.name = arena_strdup(&list->arena, name),
		.hex = hex_at(&list->arena, dir_fd, name),
	};
}

/* All of a refused target; of another what is local, edited, a file, foreign.
 */
static void
find_untouched(const struct plan *plan, struct untouched_list *list)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_target *t = &plan->targets[i];
		const struct observed_target *o = t->seen;
		AUTO_CLOSE int fd = -1;

		if (o->kind != PLACE_DIR || t->place == PLACE_TO_LINK)
			continue;
		assert_ok(fs_open_dir(o->dir, &fd));
		for (size_t k = 0; k < o->n_hidden; k++)
			add_untouched(list, fd, o->dir, o->hidden[k]);
		for (size_t k = 0; k < o->n; k++) {
			enum seen seen = o->entries[k].seen;

			if (t->refusal != NULL || seen == SEEN_LOCAL ||
			    seen == SEEN_COPY_EDITED || seen == SEEN_FILE ||
			    seen == SEEN_LINK_FOREIGN)
				add_untouched(list, fd, o->dir,
				    o->entries[k].name);
		}
	}
}

static void
assert_untouched(struct untouched_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct untouched *u = &list->items[i];
		AUTO_CLOSE int fd = -1;

		assert_ok(fs_open_dir(u->dir, &fd));
		if (strcmp(hex_at(&list->arena, fd, u->name), u->hex) != 0)
			fail_msg("%s/%s is changed", u->dir, u->name);
	}
	free(list->items);
	arena_release(&list->arena);
}

/* Has something that is not ours the name? */
static bool
is_taken(const struct observed_target *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++) {
		if (strcmp(o->entries[i].name, name) == 0)
			return o->entries[i].seen != SEEN_LINK_WRONG;
	}
	return false;
}

/*
 * Each skill that the target is to show is linked there, or something of others
 * has its name; none of the others is, but for what is held.
 */
static void
assert_linked(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_target *t = &plan->targets[i];

		if (t->refusal != NULL || t->same_as != NO_TARGET ||
		    t->config->mode == MODE_SYMLINK)
			continue;
		for (uint32_t k = 0; k < plan->set->n; k++) {
			const struct view *view = t->seen->view;
			const char *name = view_name(view, k);

			if (view_shows(view, k) && !t->seen->right[k] &&
			    !is_taken(t->seen, name))
				fail_msg("%s: %s is not linked",
				    t->config->name, name);
			if (t->seen->right[k] && !view_shows(view, k) &&
			    !view_holds(view, k))
				fail_msg("%s: %s is linked", t->config->name,
				    name);
		}
	}
}

static size_t
count_taken(const struct plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++)
		n += plan->targets[i].counts.taken;
	return n;
}

/* Two targets may give one skill to the source: the second must wait. */
static void
assert_groups_done(const struct txn *txn, size_t taken)
{
	for (size_t i = 0; i < txn->n_groups; i++) {
		const struct error *err = txn->groups[i].error;

		if (err != NULL &&
		    (taken < 2 || error_code(err) != ERR_CONFLICT))
			fail_msg("%s: %s", txn->groups[i].name, error_msg(err));
	}
}

/* Everything but the state. */
static struct digest
world_digest(struct world *w)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct digest_state sum;

	digest_init(&sum);
	assert_ok(fs_list(w->s->fd, ".", &list));
	for (size_t i = 0; i < list.n; i++) {
		struct tree_sum tree = { 0 };

		if (strcmp(list.entries[i].name, "state") == 0)
			continue;
		assert_ok(tree_digest(w->s->fd, list.entries[i].name, &tree));
		digest_add_str(&sum, list.entries[i].name);
		digest_add(&sum, &tree.digest, sizeof(tree.digest));
	}
	return digest_final(&sum);
}

/* Takes the last run back; true if the world is as it was before it. */
static bool
undo_gives(struct world *w, struct digest before)
{
	const struct apply_options options = { 0 };
	struct run_log log = { 0 };
	struct undo undo = { 0 };
	struct error *late = NULL;

	world_forget(w);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	assert_ok(undo_log(w->state, &log));
	w->txn = txn_new("skillshare undo");
	assert_ok(undo_lower(w->state, &log, undo_latest(&log), w->txn, &undo));
	assert_int_equal(undo.n_changed, 0);
	assert_ok(apply(w->state, w->txn, &options, &w->aside, &late));
	assert_ok(late);
	for (size_t i = 0; i < w->txn->n_groups; i++)
		assert_ok(STEAL_PTR(w->txn->groups[i].error));
	struct digest after = world_digest(w);
	world_forget(w);
	undo_release(&undo);
	run_log_release(&log);
	return digest_equal(&before, &after);
}

/* ---- one seed ------------------------------------------------------------ */

static void
sync_until_in_step(struct world *w, unsigned flags)
{
	size_t taken = 0;

	for (int round = 0; round < 4; round++) {
		struct sums files = { 0 };
		struct untouched_list untouched = { 0 };

		world_look(w, flags);
		if (plan_is_empty(w->plan)) {
			assert_linked(w->plan);
			return;
		}
		/* What one target gives to the source the others get next. */
		if (round > 0 && taken == 0)
			fail_msg("not in step after one run");
		taken = count_taken(w->plan);
		add_files(&files, w->s->fd, false);
		if ((flags & PLAN_FORCE) == 0)
			find_untouched(w->plan, &untouched);
		world_apply(w);
		assert_groups_done(w->txn, taken);
		assert_int_equal(w->aside.n, 0);
		assert_all_files(w, &files);
		assert_untouched(&untouched);
		sums_release(&files);
	}
	fail_msg("never in step");
}

/* One run, taken back, and then all that it takes. */
static void
sync_and_back(struct world *w, unsigned flags)
{
	struct digest before = world_digest(w);

	world_look(w, flags);
	bool is_done = plan_is_empty(w->plan);
	size_t taken = count_taken(w->plan);
	if (!is_done && taken < 2) {
		world_apply(w);
		assert_groups_done(w->txn, taken);
		if (!undo_gives(w, before))
			fail_msg("undo does not give what was before");
	}
	sync_until_in_step(w, flags);
	world_sync(w, flags);
	assert_int_equal(w->txn->n_ops, 0);
}

static void
test_seed(void **state)
{
	struct world *w = *state;
	struct chance c = { .state = w->seed * UINT64_C(0x9e3779b97f4a7c15) };

	make_world(w, &c);
	unsigned flags = odds(&c, 25) ? PLAN_FORCE : 0U;
	sync_and_back(w, flags);
	meddle(w, &c);
	sync_and_back(w, flags);
}

static int
setup(void **state)
{
	uint64_t seed = *(const uint64_t *)*state;

	if (world_setup(state) != 0)
		return -1;
	((struct world *)*state)->seed = seed;
	return 0;
}

int
main(int argc, char **argv)
{
	uint64_t first = 1;
	uint64_t last = SEEDS_BY_DEFAULT;

	if (argc > 1 && parse_u64(argv[1], MAX_SEEDS, &first))
		last = first;
	if (argc > 2 && !parse_u64(argv[2], first + MAX_SEEDS, &last))
		return 2;
	size_t n = (size_t)(last - first) + 1;
	AUTO_FREE struct CMUnitTest *tests = xcalloc(n, sizeof(*tests));
	AUTO_FREE uint64_t *seeds = xcalloc(n, sizeof(*seeds));
	struct arena arena = { 0 };

	for (size_t i = 0; i < n; i++) {
		seeds[i] = first + i;
		tests[i] = (struct CMUnitTest){
			.name = arena_printf(&arena,
			    "the world of seed %llu comes into step and back",
			    (unsigned long long)seeds[i]),
			.test_func = test_seed,
			.setup_func = setup,
			.teardown_func = world_teardown,
			.initial_state = &seeds[i],
		};
	}
	int failed = _cmocka_run_group_tests("property", tests, n, NULL, NULL);
	arena_release(&arena);
	return failed;
}
