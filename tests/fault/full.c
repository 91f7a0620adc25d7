/* A disk that is really full: blocks and inodes run out, one after another. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "error.h"
#include "fs.h"
#include "path.h"
#include "suite.h"

#define MAX_EXTRA 200

/* Lets the file system at abs grow by so much, or (UINT64_MAX) at will. */
static void
limit(const char *abs, bool is_inodes, uint64_t extra)
{
	struct statvfs vfs;

	if (statvfs(abs, &vfs) == -1)
		bail_out("%s: %s", abs, strerror(errno));
	uint64_t used =
	    is_inodes ? vfs.f_files - vfs.f_ffree : vfs.f_blocks - vfs.f_bfree;
	uint64_t most = extra == UINT64_MAX ? 100000 : used + extra;

	/* None at all would mean that there is no limit. */
	most += most == 0;
	AUTO_FREE char *options = xasprintf("%s=%" PRIu64,
	    is_inodes ? "nr_inodes" : "nr_blocks", most);

	if (mount("tmpfs", abs, "tmpfs", MS_REMOUNT, options) == -1)
		bail_out("remount %s: %s", abs, strerror(errno));
}

/* One run with so much space; true if it could do all. */
static bool
run_with(struct suite *s, const struct scenario *sc,
    const struct reference *ref, const char *abs, const char *what,
    uint64_t extra)
{
	AUTO_OUTCOME struct outcome o = { 0 };
	AUTO_SNAP struct snap now = { 0 };
	bool is_inodes = strcmp(what, "inodes") == 0;
	AUTO_FREE char *at = xasprintf("%" PRIu64 " %s left", extra, what);

	s->at = at;
	home_make(s, sc);
	limit(abs, is_inodes, extra);
	run_unhurt(s, sc, sc->command, &o);
	limit(abs, is_inodes, UINT64_MAX);
	check_sane(s, &o);
	check_recovers(s, sc, &now);
	bool is_after = check_units(s, ref, sc, &now, o.code);
	check_again(s, ref, sc, is_after);
	s->points++;
	s->at = "";
	return o.code == sc->code && o.err.len == 0;
}

static void
full_at(struct suite *s, const struct scenario *sc, const char *rel)
{
	static const char *const kinds[] = { "inodes", "blocks" };
	AUTO_FREE char *abs = path_join(s->home, rel);

	test_begin(s);
	home_empty(s);
	CHECK_OK(fs_mkdirs(abs, 0755));
	if (mount("tmpfs", abs, "tmpfs", 0, "mode=755,size=400M") == -1)
		bail_out("mount %s: %s", abs, strerror(errno));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		AUTO_REFERENCE struct reference ref = { 0 };
		uint64_t extra = 0;

		reference_take(s, sc, &ref);
		while (extra < MAX_EXTRA &&
		       !run_with(s, sc, &ref, abs, kinds[i], extra))
			extra++;
		if (extra == 0 || extra == MAX_EXTRA)
			complain(s, "with %" PRIu64 " %s", extra, kinds[i]);
	}
	home_empty(s);
	if (umount2(abs, MNT_DETACH) == -1)
		bail_out("umount %s: %s", abs, strerror(errno));
	test_end(s, "%s: %s full, %zu times", sc->name,
	    rel[0] == '\0' ? "the disk" : rel, s->points);
}

static void
full_scenario(struct suite *s, const struct scenario *sc)
{
	if (!s->can_mount) {
		test_skip(s, "%s: a full disk", sc->name);
		return;
	}
	full_at(s, sc, "");
	full_at(s, sc, ".local/state");
}

void
suite_full(struct suite *s)
{
	static const char *const names[] = { "sync --force",
		"merge to symlink, local skills into the source", "target add",
		"target remove", "pull of a target's local skills" };

	each_named(s, names, ARRAY_LEN(names), full_scenario);
}
