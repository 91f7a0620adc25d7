/* The home of a scenario: made, emptied, and looked at as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs.h"
#include "manifest.h"
#include "path.h"
#include "suite.h"

/* Where we keep what is ours: the state, and the snapshots. */
#define OUR_PLACES ".local:" BACKUPS
#define MAX_FILE_BYTES ((size_t)1 << 20)

/* Every scenario has these: three skills, one of them in a group. */
static const struct entry source[] = {
	{ 'f', "skills/pdf/SKILL.md", "---\nname: pdf\ndescription: d\n---\n" },
	{ 'f', "skills/pdf/run.sh", "#!/bin/sh\n" },
	{ 'f', "skills/web/SKILL.md", "---\nname: web\ndescription: d\n---\n" },
	{ 'f', "skills/git/SKILL.md", "---\nname: git\ndescription: d\n---\n" },
	{ 0 },
};

/* ---- making ------------------------------------------------------------- */

/* Also what is not writable; a mount point stays, empty. */
static void
remove_at(int dir_fd, const char *name, bool is_top)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
		return;
	CHECK_OK(fs_open_dir_at(dir_fd, name, &fd));
	if (fchmod(fd, 0700) == -1)
		bail_out("%s: %s", name, strerror(errno));
	CHECK_OK(fs_list(fd, name, &list));
	for (size_t i = 0; i < list.n; i++)
		remove_at(fd, list.entries[i].name, false);
	if (!is_top && unlinkat(dir_fd, name, AT_REMOVEDIR) == -1 &&
	    errno != EBUSY && errno != ENOTEMPTY)
		bail_out("%s cannot be removed: %s", name, strerror(errno));
}

void
home_empty(const struct suite *s)
{
	remove_at(AT_FDCWD, s->home, true);
}

void
home_remove(const char *abs)
{
	remove_at(AT_FDCWD, abs, false);
}

/* '@' becomes the home. */
static char *
expand(const struct suite *s, const char *text)
{
	struct strbuf out = { 0 };

	for (; *text != '\0'; text++) {
		if (*text == '@')
			strbuf_add(&out, s->home);
		else
			strbuf_add_char(&out, *text);
	}
	strbuf_add(&out, "");
	return strbuf_detach(&out);
}

static void
make_file(const char *abs, const char *text)
{
	AUTO_CLOSE int fd =
	    open(abs, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t len = strlen(text);

	if (fd == -1 || write(fd, text, len) != (ssize_t)len)
		bail_out("%s cannot be written", abs);
}

static void
make_entry(const struct suite *s, const struct entry *e)
{
	AUTO_FREE char *abs = path_join(s->home, e->path);
	AUTO_FREE char *parent = path_dir(abs);
	AUTO_FREE char *text = expand(s, e->text != NULL ? e->text : e->path);

	CHECK_OK(fs_mkdirs(parent, 0755));
	switch (e->kind) {
	case 'd':
		CHECK_OK(fs_mkdirs(abs, 0755));
		break;
	case 'r':
		CHECK_OK(fs_chmod(AT_FDCWD, abs, 0555));
		break;
	case 'f':
		make_file(abs, text);
		break;
	case 'l':
		CHECK_OK(fs_symlink(text, AT_FDCWD, abs));
		break;
	case 'x':
		remove_at(AT_FDCWD, abs, false);
		break;
	default:
		BUG("entry %s of kind %c", e->path, e->kind);
	}
}

void
home_entries(const struct suite *s, const struct entry *entries)
{
	for (; entries != NULL && entries->kind != 0; entries++)
		make_entry(s, entries);
}

/* Words for a shell, in the home; their output is theirs. */
static void
run_shell(const struct suite *s, const char *words)
{
	AUTO_FREE char *line =
	    xasprintf("cd '%s' && export GIT_CONFIG_GLOBAL=/dev/null && { %s; "
		      "}",
		s->home, words);
	int status = system(line);

	if (status != 0)
		bail_out("status %d of: %s", status, line);
}

bool
home_cover(const struct suite *s)
{
	AUTO_FREE char *upper = path_join(s->dir, "upper");
	AUTO_FREE char *work = path_join(s->dir, "work");
	AUTO_FREE char *options =
	    xasprintf("lowerdir=%s,upperdir=%s,workdir=%s,redirect_dir=off",
		s->home, upper, work);

	home_remove(upper);
	home_remove(work);
	CHECK_OK(fs_mkdirs(upper, 0755));
	CHECK_OK(fs_mkdirs(work, 0755));
	return mount("overlay", s->home, "overlay", 0, options) == 0;
}

void
home_uncover(const struct suite *s)
{
	/* Not mounted is fine: the first time. */
	if (umount2(s->home, MNT_DETACH) == -1 && errno != EINVAL)
		bail_out("umount %s: %s", s->home, strerror(errno));
}

void
home_make(const struct suite *s, const struct scenario *sc)
{
	const struct entry config = { 'f', ".config/skillshare/config.yaml",
		sc->config };

	if ((sc->flags & LOWER) != 0)
		home_uncover(s);
	home_empty(s);
	home_entries(s, source);
	home_entries(s, sc->home);
	if (sc->config != NULL)
		make_entry(s, &config);
	for (const char *line = sc->prepare; line != NULL && *line != '\0';) {
		AUTO_OUTCOME struct outcome o = { 0 };
		size_t len = strcspn(line, "\n");
		AUTO_FREE char *command = xstrndup(line, len);

		if (strncmp(command, "$ ", 2) == 0)
			run_shell(s, command + 2);
		else
			run_unhurt(s, sc, command, &o);
		if (o.code != 0)
			bail_out("%s: prepare: %s: exit code %d: %s", sc->name,
			    command, o.code, strbuf_str(&o.err));
		line += len + (line[len] == '\n');
	}
	home_entries(s, sc->person);
	if ((sc->flags & LOWER) != 0 && !home_cover(s))
		bail_out("overlay on %s: %s", s->home, strerror(errno));
}

/* ---- looking ------------------------------------------------------------ */

struct walk {
	const struct suite *s;
	const struct scenario *sc; /* or NULL */
	struct snap *snap;
	bool is_unstaged; /* leave staging directories out */
};

/* Is rel, or what it is in, one of the paths that ':' separates? */
static bool
is_in(const char *paths, const char *rel)
{
	while (*paths != '\0') {
		size_t len = strcspn(paths, ":");

		if (strncmp(paths, rel, len) == 0 &&
		    (rel[len] == '\0' || rel[len] == '/'))
			return true;
		paths += len + (paths[len] == ':');
	}
	return false;
}

static struct strbuf *
unit_of(const struct walk *w, const char *rel)
{
	size_t i = 0;

	while (w->sc != NULL && i < MAX_UNITS && w->sc->units[i] != NULL) {
		if (is_in(w->sc->units[i], rel))
			return &w->snap->units[i];
		i++;
	}
	return &w->snap->units[i];
}

/* Does the name show that we were interrupted in what we did there? */
static bool
is_litter(const char *rel)
{
	const char *name = path_base(rel);
	bool is_temporary = strstr(name, ".tmp") != NULL ||
			    strncmp(name, ".incomplete-", 12) == 0 ||
			    strncmp(name, ".deleting-", 10) == 0 ||
			    strncmp(name, ".going-", 7) == 0;

	if (strcmp(name, MANIFEST_NAME) == 0)
		return false;
	if (!is_in(OUR_PLACES, rel))
		return is_temporary || strncmp(name, ".skillshare-", 12) == 0;
	return is_temporary || strstr(rel, "/open/") != NULL ||
	       strstr(rel, "/committed/") != NULL;
}

/* What is stored for the user, not our own books nor what is half made. */
static bool
is_stored(const char *rel)
{
	if (strstr(rel, "/.skillshare-") != NULL ||
	    strstr(rel, "/..skillshare-") != NULL ||
	    strstr(rel, "/.incomplete-") != NULL)
		return false;
	return strstr(rel, "/store/") != NULL ||
	       strstr(rel, "/kept/") != NULL ||
	       strstr(rel, "/backups/") != NULL;
}

/* What a manifest lists, without when: that comes last, in each order. */
static void
drop_times(struct strbuf *bytes)
{
	const char *text = strbuf_str(bytes);
	const char *times = strstr(text, "\"mtimes\"");

	if (times != NULL)
		strbuf_truncate(bytes, (size_t)(times - text));
}

/* A run that replaced one keeps it under a number. */
static bool
is_manifest(const char *rel, const char *text)
{
	static const char start[] = "{\n  \"managed\": {";

	return strcmp(path_base(rel), MANIFEST_NAME) == 0 ||
	       (strstr(rel, "/store/") != NULL &&
		   strncmp(text, start, strlen(start)) == 0);
}

static void
see_file(struct walk *w, int dir_fd, const char *rel, struct strbuf *line)
{
	const char *name = path_base(rel);
	AUTO_STRBUF struct strbuf bytes = { 0 };
	char hex[DIGEST_HEX_LEN + 1];

	CHECK_OK(fs_read_file(dir_fd, name, MAX_FILE_BYTES, &bytes));
	bool is_ours = is_manifest(rel, strbuf_str(&bytes));
	if (is_ours)
		drop_times(&bytes);
	struct digest d = digest_of(strbuf_str(&bytes), bytes.len);
	digest_hex(&d, hex);
	strbuf_add(line, hex);
	if ((is_in(OUR_PLACES, rel) && !is_stored(rel)) || is_ours)
		return;
	w->snap->files =
	    xgrow(w->snap->files, w->snap->n_files, sizeof(*w->snap->files));
	w->snap->files[w->snap->n_files++] = d;
}

/* A repository is what git says of it. */
static void
see_git(struct walk *w, const char *rel)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_FREE char *file = path_join(w->s->dir, "git");
	AUTO_FREE char *words = xasprintf(
	    "d='%s'; case $d in .git|*/.git) w=${d%%.git} ;; *) w=; esac\n"
	    "export GIT_OPTIONAL_LOCKS=0\n"
	    "{ git --git-dir=\"$d\" log --branches --format='%%T %%s'\n"
	    "git --git-dir=\"$d\" fsck --no-dangling --no-progress\n"
	    "cat \"$d/config\" \"$d/HEAD\"\n"
	    "[ -z \"$w\" ] || git -C \"$w\" status --porcelain -uall | cut "
	    "-c4- | sort\n"
	    "find \"$d\" -name '*.lock'; } >'%s' 2>&1",
	    rel, file);

	run_shell(w->s, words);
	CHECK_OK(fs_read_file(AT_FDCWD, file, MAX_FILE_BYTES, &text));
	strbuf_printf(unit_of(w, rel), "%s", strbuf_str(&text));
}

/* Not what only has such a name, nor a copy in a snapshot. */
static bool
is_repository(int dir_fd, const char *rel)
{
	const char *name = path_base(rel);
	AUTO_FREE char *objects = path_join(name, "objects");
	size_t len = strlen(name);
	struct fs_stat st = { 0 };

	if (len < 4 || strcmp(name + len - 4, ".git") != 0 ||
	    is_in(OUR_PLACES, rel))
		return false;
	CHECK_OK(fs_stat(dir_fd, objects, &st));
	return st.kind == FS_DIR;
}

static void
see_dir(struct walk *w, int fd, const char *rel)
{
	static const char kinds[] = {
		[FS_ABSENT] = '-',
		[FS_FILE] = 'f',
		[FS_DIR] = 'd',
		[FS_LINK] = 'l',
		[FS_OTHER] = 'o',
	};
	AUTO_FS_LIST struct fs_list list = { 0 };

	CHECK_OK(fs_list(fd, rel, &list));
	for (size_t i = 0; i < list.n; i++) {
		const char *name = list.entries[i].name;
		AUTO_FREE char *sub = path_join(rel, name);
		AUTO_STRBUF struct strbuf line = { 0 };
		AUTO_STRBUF struct strbuf text = { 0 };
		AUTO_CLOSE int sub_fd = -1;
		struct fs_stat st;

		if (w->is_unstaged && strncmp(name, ".skillshare-", 12) == 0 &&
		    strcmp(name, MANIFEST_NAME) != 0)
			continue;
		CHECK_OK(fs_stat(fd, name, &st));
		strbuf_printf(&line, "%c %04o %s ", kinds[st.kind],
		    (unsigned)st.mode, sub);
		if (st.kind == FS_FILE)
			see_file(w, fd, sub, &line);
		if (st.kind == FS_LINK) {
			CHECK_OK(fs_read_link(fd, name, &text));
			strbuf_add(&line, strbuf_str(&text));
		}
		if (is_litter(sub))
			strbuf_printf(&w->snap->litter, "%s\n", sub);
		if (!is_in(OUR_PLACES, sub))
			strbuf_printf(unit_of(w, sub), "%s\n",
			    strbuf_str(&line));
		if (st.kind != FS_DIR)
			continue;
		if (is_repository(fd, sub)) {
			see_git(w, sub);
			continue;
		}
		w->snap->n_snapshots +=
		    strcmp(rel, BACKUPS) == 0 && name[0] != '.';
		CHECK_OK(fs_open_dir_at(fd, name, &sub_fd));
		see_dir(w, sub_fd, sub);
	}
}

static void
see_home(const struct suite *s, struct walk *w)
{
	AUTO_CLOSE int fd = -1;

	*w->snap = (struct snap){ .n_units = 1 };
	for (size_t i = 0; w->sc != NULL && i < MAX_UNITS; i++)
		w->snap->n_units += w->sc->units[i] != NULL;
	CHECK_OK(fs_open_dir(s->home, &fd));
	see_dir(w, fd, "");
}

void
snap_take(const struct suite *s, const struct scenario *sc, struct snap *out)
{
	struct walk w = { .s = s, .sc = sc, .snap = out };

	see_home(s, &w);
}

void
snap_take_unstaged(const struct suite *s, struct snap *out)
{
	struct walk w = { .s = s, .snap = out, .is_unstaged = true };

	see_home(s, &w);
}

char *
home_oldest_snapshot(const struct suite *s)
{
	AUTO_FREE char *dir = path_join(s->home, BACKUPS);
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };

	CHECK_OK(fs_open_dir(dir, &fd));
	CHECK_OK(fs_list(fd, dir, &list));
	for (size_t i = 0; i < list.n; i++) {
		if (list.entries[i].name[0] != '.')
			return xstrdup(list.entries[i].name);
	}
	return NULL;
}

void
snap_release(struct snap *snap)
{
	for (size_t i = 0; i < snap->n_units; i++)
		strbuf_release(&snap->units[i]);
	free(snap->files);
	strbuf_release(&snap->litter);
	*snap = (struct snap){ 0 };
}

bool
snap_equal(const struct snap *a, const struct snap *b)
{
	for (size_t i = 0; i < a->n_units; i++) {
		if (strcmp(strbuf_str(&a->units[i]),
			strbuf_str(&b->units[i])) != 0)
			return false;
	}
	return true;
}

bool
snap_has_all(const struct snap *before, const struct snap *after,
    char lost_out[DIGEST_HEX_LEN + 1])
{
	for (size_t i = 0; i < before->n_files; i++) {
		bool found = false;

		for (size_t k = 0; !found && k < after->n_files; k++)
			found =
			    digest_equal(&before->files[i], &after->files[k]);
		if (!found) {
			digest_hex(&before->files[i], lost_out);
			return false;
		}
	}
	return true;
}
