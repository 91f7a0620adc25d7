/*
 * For tests of snapshots: a source, two targets and their backups.
 */
#ifndef SNAPWORLD_H
#define SNAPWORLD_H

#include <stdio.h>

#include "scratch.h"

#include "discover.h"
#include "observe.h"
#include "path.h"
#include "snapcheck.h"
#include "snapmake.h"

/* A source, two targets and the backups, all in the scratch directory. */
struct world {
	struct scratch *scratch;
	struct config *config;
	struct skillset *set;
	struct observed *observed;
	struct roots roots;
	struct snapshots all;
	struct snapmake_result result; /* of the last make() */
};

static inline char *
path_in(const struct world *w, const char *rel)
{
	return path_join(w->scratch->path, rel);
}

/* Writes rel, with everything above it. */
static inline void
put(const struct world *w, const char *rel, const char *text)
{
	AUTO_FREE char *path = path_in(w, rel);
	AUTO_FREE char *dir = path_dir(path);

	assert_ok(fs_mkdirs(dir, 0755));
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static inline void
link_skill(const struct world *w, const char *target, const char *skill)
{
	AUTO_FREE char *text =
	    xasprintf("%s/source/%s", w->scratch->path, skill);
	AUTO_FREE char *name = xasprintf("%s/%s", target, skill);

	assert_ok(fs_symlink(text, w->scratch->fd, name));
}

static inline struct fs_stat
stat_of(const struct world *w, const char *rel)
{
	struct fs_stat st;

	assert_ok(fs_stat(w->scratch->fd, rel, &st));
	return st;
}

/* rel below the snapshot that was made last. */
static inline struct fs_stat
stat_made(const struct world *w, const char *rel)
{
	AUTO_FREE char *whole =
	    xasprintf("config/backups/%s/%s", w->result.name, rel);

	return stat_of(w, whole);
}

static inline void
forget(struct world *w)
{
	snapmake_result_release(&w->result);
	snapshots_close(&w->all);
	observed_free(w->observed);
	roots_release(&w->roots);
	skillset_free(w->set);
	config_free(w->config);
	w->observed = NULL;
	w->set = NULL;
	w->config = NULL;
}

static inline void
look(struct world *w)
{
	AUTO_FREE char *home = path_in(w, "");
	AUTO_FREE char *dir = path_in(w, "config");
	AUTO_FREE char *file = path_in(w, "config/config.yaml");
	AUTO_FREE char *source = path_in(w, "source");
	AUTO_FREE char *data = path_in(w, "data");
	AUTO_FREE char *text = xasprintf("source: %s\ntargets:\n"
					 "  a: {path: %s/a}\n"
					 "  b: {path: %s/b}\n",
	    source, w->scratch->path, w->scratch->path);
	const struct host_env env = { .home = home, .cwd = home };
	const struct config_target *targets[2];

	forget(w);
	assert_ok(fs_mkdirs(dir, 0755));
	assert_ok(fs_mkdirs(source, 0755));
	assert_ok(config_parse(&env, file, text, strlen(text), &w->config));
	targets[0] = &w->config->targets[0];
	targets[1] = &w->config->targets[1];
	assert_ok(discover(source, NULL, 0, &w->set));
	roots_add(&w->roots, source);
	const struct observe_by by = { w->set, &w->roots, NULL, NULL };
	w->observed = observe(targets, 2, &by, 0);
	assert_ok(snapshots_open(dir, data, NULL, &w->all));
}

/* Looks, then makes a snapshot of that. */
static inline void
make(struct world *w, enum snapshot_kind kind, unsigned flags)
{
	look(w);
	const struct snapmake_request request = {
		.set = w->set,
		.observed = w->observed,
		.command = "test",
		.kind = kind,
		.flags = flags,
	};
	assert_ok(snapmake(&w->all, &request, &w->result));
	assert_null(w->result.late);
}

static inline void
backup(struct world *w)
{
	make(w, SNAPSHOT_MANUAL, SNAPMAKE_LAY_OUT);
}

/* pdf in the source, linked in a; a local skill, a file and a dot in a. */
static inline void
furnish(struct world *w, struct scratch *s)
{
	*w = (struct world){ .scratch = s, .all = { .fd = -1 } };
	put(w, "source/pdf/SKILL.md", "pdf 1");
	put(w, "source/pdf/bin/run", "run");
	put(w, "a/mine/SKILL.md", "mine");
	put(w, "a/notes.txt", "notes");
	put(w, "a/.hidden", "hidden");
	link_skill(w, "a", "pdf");
	AUTO_FREE char *run = path_in(w, "source/pdf/bin/run");
	assert_int_equal(chmod(run, 0750), 0);
}

/* Builds what the snapshot has of a's entry at the new name out. */
static inline struct error *
export_entry(struct world *w, struct snapshot *s, const char *name,
    const char *out)
{
	struct snapshot_entry *entries = NULL;
	size_t n = 0, found = SIZE_MAX;

	assert_ok(snapshots_load(s));
	assert_ok(snapshot_entries(s, "a", &entries, &n));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(entries[i].name, name) == 0)
			found = i;
	}
	assert_true(found < n);
	struct snapshot_to to = {
		.fd = w->scratch->fd,
		.name = out,
		.clones = true,
	};
	struct error *err =
	    snapshots_export(&w->all, s, "a", &entries[found], &to);
	free(entries);
	return err;
}

/* Overwrites a stored file of the snapshot, keeping inode and size. */
static inline void
damage(const struct world *w, const char *snapshot, const char *rel)
{
	AUTO_FREE char *path = xasprintf("%s/config/backups/%s/%s",
	    w->scratch->path, snapshot, rel);

	assert_int_equal(chmod(path, 0644), 0);
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	assert_true(fputs("XX", f) >= 0);
	assert_int_equal(fclose(f), 0);
}

#endif
