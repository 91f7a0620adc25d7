/*
 * Worlds made by chance, for test_property.c: the same one for the same seed,
 * on every machine.
 */
#ifndef CHANCE_H
#define CHANCE_H

#include "dice.h"
#include "world.h"

static const char *const names[] = { "a", "b", "c", "d__e", "d__f", "_repo",
	"_repo__x", "lk", "x", "y", "é \n", "-n", "a-name", "b-name" };

static const char *
any_name(struct chance *c)
{
	return names[below(c, ARRAY_LEN(names))];
}

static bool
is_absent(struct world *w, const char *rel)
{
	return kind_at(w->s->fd, rel) == FS_ABSENT;
}

/* Front matter: a name that may be another's or none, perhaps targets. */
static char *
any_text(struct chance *c, const char *rel)
{
	static const char *const targets[] = { "", "", "", "targets: [t0]\n",
		"targets: [t1, t2]\n", "targets: []\n",
		"metadata:\n  targets: [t0, t3]\n" };
	AUTO_FREE char *other = xasprintf("%c-name", 'a' + (int)below(c, 6));
	const char *name = path_base(rel);

	if (odds(c, 30))
		name = odds(c, 70) ? other : rel;
	return xasprintf("---\nname: \"%s\"\ndescription: %u\n%s---\n", name,
	    c->files++, targets[below(c, ARRAY_LEN(targets))]);
}

/* A skill at rel, or a directory that is none, perhaps with more in it. */
static void
make_skill(struct world *w, struct chance *c, const char *rel, bool is_skill)
{
	AUTO_FREE char *sub = path_join(rel, "scripts");
	AUTO_FREE char *file =
	    path_join(rel, is_skill ? "SKILL.md" : "notes.md");
	AUTO_FREE char *more = path_join(sub, "run.sh");
	AUTO_FREE char *text = any_text(c, rel);

	world_mkdirs(w, rel);
	if (!is_absent(w, file))
		return;
	put_file(w->s->fd, file, text);
	if (odds(c, 30) && is_absent(w, sub)) {
		AUTO_FREE char *other = xasprintf("run %u\n", c->files++);

		world_mkdirs(w, sub);
		put_file(w->s->fd, more, other);
	}
}

/* Rules that disable skills, or none; what was there is replaced. */
static void
ignore_some(struct world *w, struct chance *c)
{
	static const char *const rules[] = { "", "", "a\n", "d/\n", "*\n!b\n",
		"/c\n!c\n", "_repo/x\n", "*e\n" };

	const char *text = rules[below(c, ARRAY_LEN(rules))];

	put_bytes(w->s->fd, "source/.skillignore", text, strlen(text));
}

static void
make_source(struct world *w, struct chance *c)
{
	static const char *const rels[] = { "source/a", "source/b", "source/c",
		"source/d/e", "source/d/f", "source/d__e", "source/_repo/x",
		"source/_repo", "source/é \n", "source/-n",
		"source/.hidden/z" };

	world_mkdirs(w, "outside/lk");
	make_skill(w, c, "outside/lk", odds(c, 70));
	for (size_t i = 0; i < ARRAY_LEN(rels); i++) {
		if (odds(c, 45))
			make_skill(w, c, rels[i], odds(c, 85));
	}
	if (odds(c, 40))
		world_link(w, "source/lk", "%/outside/lk");
	if (odds(c, 20))
		world_link(w, "source/nowhere", "%/absent");
	if (odds(c, 30))
		put_file(w->s->fd, "source/README.md", "read me\n");
	ignore_some(w, c);
}

static void
make_link(struct world *w, struct chance *c, const char *rel, const char *name)
{
	static const char *const dirs[] = { "%/source", "%/source/old",
		"%/formerly", "%/outside", "/absent", "..", "../source" };
	AUTO_FREE char *text = path_join(dirs[below(c, ARRAY_LEN(dirs))], name);
	char *two = strstr(text, "__");

	/* d__e is d/e in the source. */
	if (two != NULL && odds(c, 70)) {
		*two = '/';
		memmove(two + 1, two + 2, strlen(two + 2) + 1);
	}
	world_link(w, rel, text);
}

static void
make_entry(struct world *w, struct chance *c, const char *dir, const char *name)
{
	AUTO_FREE char *rel = path_join(dir, name);
	AUTO_FREE char *text = xasprintf("file %u\n", c->files++);

	if (!is_absent(w, rel))
		return;
	switch (below(c, 8)) {
	case 0:
		put_file(w->s->fd, rel, text);
		break;
	case 1:
		make_skill(w, c, rel, false);
		break;
	case 2:
		make_skill(w, c, rel, true);
		break;
	default:
		make_link(w, c, rel, name);
		break;
	}
}

static void
fill_target(struct world *w, struct chance *c, const char *dir)
{
	unsigned n = below(c, 9);

	for (unsigned i = 0; i < n; i++)
		make_entry(w, c, dir, any_name(c));
	if (odds(c, 15))
		make_entry(w, c, dir, ".dot");
}

static enum mode
any_mode(struct chance *c)
{
	static const enum mode modes[] = { MODE_MERGE, MODE_MERGE, MODE_SYMLINK,
		MODE_COPY };

	return modes[below(c, ARRAY_LEN(modes))];
}

/* Some patterns, or none: most targets show all that there is. */
static struct config_patterns
any_patterns(struct world *w, struct chance *c)
{
	static const char *const patterns[] = { "a", "b*", "d__*", "d/e", "*",
		"[c-x]", "?", "_repo*", "none" };
	struct config_patterns out = { 0 };

	if (odds(c, 75))
		return out;
	out.items = arena_alloc(&w->arena, 2 * sizeof(*out.items));
	for (out.n = 0; out.n < 1 + below(c, 2); out.n++)
		out.items[out.n] = patterns[below(c, ARRAY_LEN(patterns))];
	return out;
}

/* What a target shows, and by which names. */
static void
filter(struct world *w, struct chance *c, struct config_target *t)
{
	t->include = any_patterns(w, c);
	t->exclude = any_patterns(w, c);
	t->naming = odds(c, 25) ? NAMING_STANDARD : NAMING_FLAT;
}

static void
make_target(struct world *w, struct chance *c, unsigned i)
{
	AUTO_FREE char *rel = xasprintf("t%u", i);
	AUTO_FREE char *deep = xasprintf("deep%u/a/b", i);
	AUTO_FREE char *real = xasprintf("dotfiles/t%u", i);
	AUTO_FREE char *parent = xasprintf("parent%u", i);
	AUTO_FREE char *below_parent = xasprintf("parent%u/skills", i);
	AUTO_FREE char *to = xasprintf("%%/dotfiles/t%u", i);
	enum mode mode = any_mode(c);
	const char *path = rel;

	world_mkdirs(w, real);
	switch (below(c, 10)) {
	case 0:
		path = deep; /* absent */
		break;
	case 1:
		world_link(w, rel, "%/source");
		break;
	case 2:
		world_link(w, rel, "%/formerly");
		break;
	case 3:
		world_link(w, rel, odds(c, 50) ? "/absent" : "%/outside");
		break;
	case 4:
		world_link(w, rel, to);
		fill_target(w, c, real);
		break;
	case 5:
		world_link(w, parent, to);
		path = below_parent; /* absent */
		break;
	case 6:
		if (odds(c, 30))
			put_file(w->s->fd, rel, "a file\n");
		break;
	default:
		world_mkdirs(w, rel);
		fill_target(w, c, rel);
		break;
	}
	filter(w, c, world_target(w, path, mode));
	if (odds(c, 10)) /* the same directory, or below it */
		world_target(w, odds(c, 50) ? path : "source/in", mode);
}

static void
make_world(struct world *w, struct chance *c)
{
	unsigned n = 1 + below(c, 4);

	make_source(w, c);
	for (unsigned i = 0; i < n; i++)
		make_target(w, c, i);
	/* A source that was in use once: links to it are ours. */
	assert_ok(state_open_writer(&w->env, w->source, &w->state));
	AUTO_FREE char *formerly = path_join(w->s->path, "formerly");
	struct roots roots = { 0 };
	roots_add(&roots, formerly);
	assert_ok(state_keep_roots(w->state, &roots));
	roots_release(&roots);
	world_forget(w);
}

#endif
