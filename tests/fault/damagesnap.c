/*
 * Damage to snapshots: `backup --verify` names the file, and `restore` does
 * not believe it.
 */
#include <fcntl.h>
#include <string.h>

#include "damage.h"
#include "error.h"
#include "fs.h"
#include "path.h"

#define MANIFEST ".skillshare-snapshot"

static const struct entry source_edited[] = {
	{ 'f', "skills/pdf/SKILL.md", "---\nname: pdf\ndescription: e\n---\n" },
	{ 0 },
};

/* The newest snapshot of a home made just now; yours. */
static char *
find_snapshot(const struct suite *s)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_FREE char *dir = path_join(s->home, BACKUPS);

	CHECK_OK(fs_open_dir(dir, &fd));
	CHECK_OK(fs_list(fd, dir, &list));
	for (size_t i = list.n; i > 0; i--) {
		if (list.entries[i - 1].name[0] != '.')
			return path_join(dir, list.entries[i - 1].name);
	}
	bail_out("no snapshot in %s", dir);
}

/* `backup --verify` names it, and `restore` does not believe it. */
static void
check_unbelieved(struct suite *s, const struct damage *d, const char *what,
    size_t at)
{
	AUTO_OUTCOME struct outcome verify = { 0 };
	AUTO_OUTCOME struct outcome restore = { 0 };
	AUTO_STRBUF struct strbuf before = { 0 };
	AUTO_STRBUF struct strbuf after = { 0 };
	AUTO_STRBUF struct strbuf said = { 0 };
	AUTO_FREE char *where =
	    xasprintf("%s: %s at %zu", path_base(d->abs), what, at);
	const char *named = strstr(d->abs, BACKUPS "/");

	s->at = where;
	see_all(s, &before);
	run_unhurt(s, d->sc, "backup --verify", &verify);
	check_sane(s, &verify);
	strbuf_add(&said, strbuf_str(&verify.out));
	strbuf_add(&said, strbuf_str(&verify.err));
	const char *first = strstr(strbuf_str(&said), named);
	if (verify.code == 0 || first == NULL ||
	    strstr(first + 1, named) != NULL)
		complain(s, "verify: exit code %d, or not named once\n%s",
		    verify.code, strbuf_str(&said));
	run_unhurt(s, d->sc, d->command, &restore);
	check_sane(s, &restore);
	see_all(s, &after);
	if (restore.code == 0 ||
	    strstr(strbuf_str(&restore.err), named) == NULL ||
	    strcmp(strbuf_str(&before), strbuf_str(&after)) != 0)
		complain(s,
		    "restore: exit code %d, not named, or changed\n%s%s",
		    restore.code, strbuf_str(&restore.err),
		    strbuf_str(&restore.out));
	s->points++;
	s->at = "";
}

/*
 * The restore that refuses has made a snapshot of the present state before:
 * the home is made anew for each.
 */
static void
damage_content(struct suite *s, const struct scenario *sc, const char *rel,
    bool is_cut)
{
	AUTO_STRBUF struct strbuf whole = { 0 };

	home_make(s, sc);
	/* A skill that moved on: restore needs what the snapshot has of it. */
	home_entries(s, source_edited);
	AUTO_FREE char *dir = find_snapshot(s);
	AUTO_FREE char *content = path_join(dir, rel);
	const struct damage d = { sc, content, sc->command, NULL };
	CHECK_OK(fs_read_file(AT_FDCWD, content, MAX_FILE_BYTES, &whole));
	CHECK_OK(fs_chmod(AT_FDCWD, content, 0600));
	size_t at = whole.len / 2;
	whole.s[at] = (char)(whole.s[at] ^ 1);
	put_bytes(content, whole.s, is_cut ? at : whole.len);
	CHECK_OK(fs_chmod(AT_FDCWD, content, 0444));
	check_unbelieved(s, &d, is_cut ? "cut" : "a bit flipped", at);
}

void
damage_snapshot(struct suite *s, const struct scenario *sc)
{
	test_begin(s);
	home_make(s, sc);
	AUTO_FREE char *dir = find_snapshot(s);
	AUTO_FREE char *manifest = path_join(dir, MANIFEST);
	const struct damage d = { sc, manifest, sc->command, NULL };
	CHECK_OK(fs_chmod(AT_FDCWD, manifest, 0600));
	damage_file(s, &d, check_unbelieved);
	test_end(s, "%s: the newest manifest damaged in %zu ways", sc->name,
	    s->points);
}

void
damage_stored(struct suite *s, const struct scenario *sc)
{
	/* What the sync displaced; what was a link to a skill. */
	static const char *const files[] = { "claude/web/SKILL.md",
		"source/pdf/SKILL.md" };

	test_begin(s);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		damage_content(s, sc, files[i], true);
		damage_content(s, sc, files[i], false);
	}
	test_end(s, "%s: a stored file damaged in %zu ways", sc->name,
	    s->points);
}
