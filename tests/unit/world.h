/*
 * For tests of the whole way: a source, targets and a state in a scratch
 * directory; looked at, planned and synced as the program does it.
 */
#ifndef WORLD_H
#define WORLD_H

#include "apply.h"
#include "lower.h"
#include "path.h"
#include "plan.h"
#include "scratch.h"

#define WORLD_TARGETS 8

/* A row for cmocka: the sentence that fn proves, in a world of its own. */
#define IN_WORLD(sentence, fn)                                                 \
	{                                                                      \
		(sentence), (fn), world_setup, world_teardown, NULL            \
	}

struct world {
	struct scratch *s;
	struct host_env env;
	char *source;
	struct config_target configs[WORLD_TARGETS];
	const struct config_target *targets[WORLD_TARGETS];
	size_t n_targets;
	struct arena arena;
	/* What world_look() saw. */
	struct state *state;
	struct skillset *set;
	struct roots roots;
	struct copyseen *copies;
	struct observed *observed;
	struct plan *plan;
	/* What world_sync() did. */
	struct txn *txn;
	struct aside aside;
	uint64_t seed; /* of a world made by chance */
};

static inline int
world_setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	void *scratch = NULL;

	if (scratch_setup(&scratch) != 0)
		return -1;
	w->s = scratch;
	w->env.home = xstrdup(w->s->path);
	w->env.state_home = path_join(w->s->path, "state");
	w->env.config_path = path_join(w->s->path, "config.yaml");
	w->source = path_join(w->s->path, "source");
	(void)close(put_dir(w->s->fd, "source"));
	*state = w;
	return 0;
}

/* Lets go of what was seen, and of the lock. */
static inline void
world_forget(struct world *w)
{
	txn_free(STEAL_PTR(w->txn));
	plan_free(STEAL_PTR(w->plan));
	observed_free(STEAL_PTR(w->observed));
	copyseen_free(STEAL_PTR(w->copies));
	roots_release(&w->roots);
	skillset_free(STEAL_PTR(w->set));
	state_close(STEAL_PTR(w->state));
	aside_release(&w->aside);
}

static inline int
world_teardown(void **state)
{
	struct world *w = *state;
	void *scratch = w->s;

	world_forget(w);
	free(w->env.home);
	free(w->env.state_home);
	free(w->env.config_path);
	free(w->source);
	arena_release(&w->arena);
	free(w);
	return scratch_teardown(&scratch);
}

/* Makes the directory rel and what is missing above it. */
static inline void
world_mkdirs(struct world *w, const char *rel)
{
	AUTO_FREE char *abs = path_join(w->s->path, rel);

	assert_ok(fs_mkdirs(abs, 0755));
}

/* A skill at rel below the scratch directory, with that front matter. */
static inline void
world_skill(struct world *w, const char *rel, const char *text)
{
	AUTO_FREE char *file = path_join(rel, "SKILL.md");

	world_mkdirs(w, rel);
	put_file(w->s->fd, file, text);
}

/* text, but for a leading "%", which becomes the scratch directory. */
static inline void
world_link(struct world *w, const char *rel, const char *text)
{
	AUTO_FREE char *abs = xasprintf("%s%s",
	    text[0] == '%' ? w->s->path : "", text + (text[0] == '%'));

	assert_ok(fs_symlink(abs, w->s->fd, rel));
}

static inline struct config_target *
world_target(struct world *w, const char *rel, enum mode mode)
{
	struct config_target *t = &w->configs[w->n_targets];

	*t = (struct config_target){
		.name = arena_printf(&w->arena, "t%zu", w->n_targets),
		.path = arena_printf(&w->arena, "%s/%s", w->s->path, rel),
		.mode = mode,
		.line = 1,
	};
	w->targets[w->n_targets++] = t;
	return t;
}

/* Discovers, observes and plans anew, as the one writer. */
static inline void
world_look(struct world *w, unsigned flags)
{
	world_forget(w);
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	assert_ok(discover(w->source, NULL, DISCOVER_TEXTS, &w->set));
	assert_ok(state_roots(w->state, w->set->source, w->set->source_real,
	    &w->roots));
	w->copies = copyseen_load(w->state, NULL);
	const struct observe_by by = { w->set, &w->roots, NULL, w->copies };
	w->observed = observe(w->targets, w->n_targets, &by, OBSERVE_FOR_MODE);
	w->plan = plan_compute(w->set, w->observed, flags);
}

/* Carries the plan of world_look() out. The state has its roots by then. */
static inline void
world_apply(struct world *w)
{
	const struct apply_options options = { 0 };
	struct error *late = NULL;

	w->txn = txn_new("skillshare sync");
	assert_ok(state_keep_roots(w->state, &w->roots));
	lower_plan(w->txn, w->plan, w->copies);
	assert_ok(apply(w->state, w->txn, &options, &w->aside, &late));
	assert_ok(late);
}

static inline void
world_sync(struct world *w, unsigned flags)
{
	world_look(w, flags);
	world_apply(w);
}

/* No staging directory is left in the directory rel. */
static inline void
assert_no_staging(const struct world *w, const char *rel)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_FREE char *abs = path_join(w->s->path, rel);

	assert_ok(fs_open_dir(abs, &fd));
	assert_ok(fs_list(fd, rel, &list));
	for (size_t i = 0; i < list.n; i++) {
		if (strncmp(list.entries[i].name, ".skillshare", 11) == 0)
			fail_msg("%s/%s is left", rel, list.entries[i].name);
	}
}

#endif
