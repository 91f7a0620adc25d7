#include "observe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "dirjudge.h"
#include "fs.h"
#include "path.h"
#include "strbuf.h"

struct look {
	struct arena *arena;
	const struct skillset *set;
	const struct roots *roots;
	const struct stamps *stamps; /* or NULL */
	struct copyseen *copies;
	struct overlap_judge *judge;
	unsigned flags;
	struct strbuf text; /* of the link in hand, used again */
};

PRINTF_LIKE(3, 4)
static void
set_broken(struct look *look, struct observed_target *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	t->kind = PLACE_BROKEN;
	t->problem = arena_strdup(look->arena, text);
}

static void
set_broken_by(struct look *look, struct observed_target *t, struct error *err)
{
	set_broken(look, t, "cannot be looked at: %s", error_msg(err));
	error_free(err); /* told as the target's problem */
}

/*
 * Opens the directory *path, or the nearest above it that exists, which is
 * *path then. *in_the_way is what is no directory on the way there, if so.
 */
MUST_USE static struct error *
open_nearest(char **path, int *fd_out, char **in_the_way)
{
	struct error *err = fs_open_dir(*path, fd_out);

	while (error_is_sys(err, ENOENT) || error_is_sys(err, ENOTDIR)) {
		bool is_blocked = error_is_sys(err, ENOTDIR);
		char *up = path_dir(*path);

		error_free(err); /* no directory: look one higher */
		free(*in_the_way);
		*in_the_way = is_blocked ? xstrdup(*path) : NULL;
		free(*path);
		*path = up;
		err = fs_open_dir(*path, fd_out);
	}
	return err;
}

/*
 * Opens the nearest existing directory above the target and names the rest.
 * False, with t broken, if what is in the way is no directory.
 */
static bool
open_parent(struct look *look, struct observed_target *t, int *fd_out)
{
	const char *path = t->config->path;
	AUTO_FREE char *parent = path_dir(path);
	AUTO_FREE char *in_the_way = NULL;
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *real = NULL;
	struct fs_stat st = { 0 };
	struct error *err = open_nearest(&parent, &fd, &in_the_way);

	if (err == NULL)
		err = fs_fd_path(fd, &real);
	if (err == NULL)
		err = fs_stat_fd(fd, parent, &st);
	if (err == NULL && in_the_way != NULL) {
		set_broken(look, t,
		    "lies below %s, which is no directory: move that away",
		    in_the_way);
		return false;
	}
	if (err != NULL) {
		set_broken_by(look, t, err);
		return false;
	}
	t->parent = arena_strdup(look->arena, real);
	t->parent_id = fs_id_of(&st);
	t->rest = path + strlen(parent) + (parent[1] != '\0');

	/* What is missing must be missing, not a link that leads nowhere. */
	if (strchr(t->rest, '/') != NULL) {
		AUTO_FREE char *first =
		    xstrndup(t->rest, strcspn(t->rest, "/"));

		err = fs_stat(fd, first, &st);
		if (err != NULL) {
			set_broken_by(look, t, err);
			return false;
		}
		if (st.kind != FS_ABSENT) {
			set_broken(look, t,
			    "lies below %s/%s, a link that leads nowhere: "
			    "mend or remove that link",
			    parent, first);
			return false;
		}
	}
	*fd_out = STEAL_FD(fd);
	return true;
}

static bool
is_right_link(const struct look *look, const struct observed_target *t,
    const struct skill *skill, const char *text)
{
	if (strcmp(text, skill->abs) == 0)
		return true;

	AUTO_FREE char *abs = path_absolute(t->dir, text);
	if (strcmp(abs, skill->abs) == 0)
		return true;
	const char *below = path_below(look->set->source_real, abs);
	return below != NULL && strcmp(below, skill->rel) == 0;
}

static struct observed_entry *
add_entry(struct look *look, struct observed_target *t, const char *name,
    uint32_t skill)
{
	t->entries = xgrow(t->entries, t->n, sizeof(*t->entries));
	struct observed_entry *e = &t->entries[t->n++];

	*e = (struct observed_entry){
		.name = skill != NO_SKILL ? view_name(t->view, skill)
					  : arena_strdup(look->arena, name),
		.skill = skill,
	};
	return e;
}

/*
 * A link that leads nowhere and that the manifest lists was put there by a
 * tool of our name, for a source that we never knew.
 */
MUST_USE static struct error *
find_listed_link(const struct observed_target *t, int dir_fd,
    struct observed_entry *e)
{
	struct digest digest;
	struct fs_stat st = { 0 };

	if (manifest_find(&t->manifest, e->name, &digest) != MANIFEST_LINK)
		return NULL;
	struct error *err = fs_stat_follow(dir_fd, e->name, &st);
	if (err == NULL && st.kind == FS_ABSENT)
		e->seen = SEEN_LINK_WRONG;
	return err;
}

MUST_USE static struct error *
look_at_link(struct look *look, struct observed_target *t, int dir_fd,
    const char *name, uint32_t skill)
{
	struct error *err = fs_read_link(dir_fd, name, &look->text);

	if (err != NULL)
		return err;
	const char *text = strbuf_str(&look->text);
	bool is_right = skill != NO_SKILL &&
			is_right_link(look, t, &look->set->skills[skill], text);
	bool is_wanted = is_right && (view_shows(t->view, skill) ||
					 view_holds(t->view, skill));
	if (is_wanted && t->config->mode != MODE_COPY) {
		t->right[skill] = true;
		t->n_right++;
		return NULL;
	}
	struct observed_entry *e = add_entry(look, t, name, skill);
	e->text = arena_strdup(look->arena, text);
	e->seen = is_wanted                              ? SEEN_LINK_RIGHT
		  : roots_own(look->roots, t->dir, text) ? SEEN_LINK_WRONG
							 : SEEN_LINK_FOREIGN;
	if (e->seen == SEEN_LINK_FOREIGN)
		return find_listed_link(t, dir_fd, e);
	return NULL;
}

bool
seen_is_copy(enum seen seen)
{
	return seen == SEEN_COPY_CURRENT || seen == SEEN_COPY_OUTDATED ||
	       seen == SEEN_COPY_EDITED;
}

bool
seen_is_dir(enum seen seen)
{
	return seen == SEEN_LOCAL || seen_is_copy(seen);
}

/* Before the others, which it judges; not read where the listing lacks it. */
MUST_USE static struct error *
look_at_manifest(struct observed_target *t, int dir_fd,
    const struct fs_entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(entries[i].name, MANIFEST_NAME) == 0)
			return manifest_read(dir_fd, t->config->path,
			    &t->manifest);
	}
	return NULL;
}

static void
look_at_hidden(struct look *look, struct observed_target *t, const char *name)
{
	if (strcmp(name, MANIFEST_NAME) == 0)
		return;
	t->hidden = xgrow(t->hidden, t->n_hidden, sizeof(*t->hidden));
	t->hidden[t->n_hidden++] = arena_strdup(look->arena, name);
}

MUST_USE static struct error *
look_at_entries(struct look *look, struct observed_target *t, int dir_fd,
    const struct fs_entry *entries, size_t n)
{
	unsigned flags = look->flags;
	size_t at = 0;
	struct error *err = (flags & OBSERVE_UNLISTED) != 0
				? NULL
				: look_at_manifest(t, dir_fd, entries, n);

	if ((flags & OBSERVE_FOR_MODE) != 0 && t->config->mode == MODE_SYMLINK)
		flags |= OBSERVE_LOCAL | OBSERVE_CONTENT;
	const struct copyjudge by = { look->arena, look->set, look->copies,
		flags };
	for (size_t i = 0; err == NULL && i < n; i++) {
		const char *name = entries[i].name;
		uint32_t skill = NO_SKILL;

		if (name[0] == '.') {
			look_at_hidden(look, t, name);
			continue;
		}
		(void)view_seek(t->view, &at, name, &skill);
		if (entries[i].kind == FS_LINK)
			err = look_at_link(look, t, dir_fd, name, skill);
		else if (entries[i].kind == FS_DIR)
			dirjudge(&by, t, dir_fd,
			    add_entry(look, t, name, skill));
		else
			add_entry(look, t, name, skill)->seen = SEEN_FILE;
	}
	return err;
}

/*
 * Untouched since a stamp was kept: the links are as they were. Of the
 * others that was never all: a local directory may have changed within.
 */
MUST_USE static struct error *
look_by_stamp(struct look *look, struct observed_target *t, int dir_fd,
    const struct stamp *stamp)
{
	uint32_t skill;

	t->trust = TRUST_KEPT;
	memcpy(t->right, look->stamps->was, look->set->n * sizeof(*t->right));
	for (size_t i = 0; i < stamp->n_others; i++) {
		if (strmap_get(&look->set->by_entry, stamp->others[i].name,
			&skill))
			t->right[skill] = false;
	}
	for (size_t i = 0; i < look->set->n; i++)
		t->n_right += t->right[i];
	return look_at_entries(look, t, dir_fd, stamp->others, stamp->n_others);
}

MUST_USE static struct error *
look_inside(struct look *look, struct observed_target *t, int dir_fd,
    const struct fs_stat *st)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	/*
	 * In copy mode a right link is an entry like others; and a stamp does
	 * not know the target's own choice of skills.
	 */
	bool is_stamped = t->config->mode != MODE_COPY && t->view->is_plain;
	const struct stamp *stamp =
	    is_stamped ? stamps_find(look->stamps, t->dir, st) : NULL;

	if (stamp != NULL)
		return look_by_stamp(look, t, dir_fd, stamp);
	if (is_stamped && (look->flags & OBSERVE_TRUST) != 0 &&
	    stamps_are_sure(dir_fd, st))
		t->trust = TRUST_NEXT;
	struct error *err = fs_list_new(dir_fd, t->config->path, &list);
	if (err != NULL)
		return err;
	return look_at_entries(look, t, dir_fd, list.entries, list.n);
}

/* The target is a directory, or in merge mode a link to one. */
static void
look_at_dir(struct look *look, struct observed_target *t)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *real = NULL;
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir(t->config->path, &fd);

	if (err == NULL)
		err = fs_fd_path(fd, &real);
	if (err == NULL)
		err = fs_stat_fd(fd, t->config->path, &st);
	if (err != NULL) {
		set_broken_by(look, t, err);
		return;
	}
	t->kind = PLACE_DIR;
	t->dir = arena_strdup(look->arena, real);
	t->dir_id = fs_id_of(&st);
	t->dir_dev = st.dev;
	t->mtime_ns = st.mtime_ns;
	t->ctime_ns = st.ctime_ns;
	t->is_mount = st.is_mount_root;
	t->is_writable = fs_is_writable_dir(fd);
	t->overlap = overlap_of(look->judge, t->dir, &st);
	if (t->overlap != OVERLAP_NONE)
		return;
	err = look_inside(look, t, fd, &st);
	if (err != NULL)
		set_broken_by(look, t, err);
}

/* The target itself is a link. */
MUST_USE static struct error *
look_at_own_link(struct look *look, struct observed_target *t, int parent_fd)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_read_link(parent_fd, t->rest, &look->text);

	if (err != NULL)
		return err;
	t->text = arena_strdup(look->arena, strbuf_str(&look->text));
	err = fs_stat_follow(parent_fd, t->rest, &st);
	if (err != NULL)
		return err;

	const struct skillset *set = look->set;
	if (st.kind == FS_DIR && st.dev == set->source_dev &&
	    st.ino == set->source_id.ino)
		t->kind = PLACE_LINK_RIGHT;
	else if (roots_is_root(look->roots, t->parent, t->text))
		t->kind = PLACE_LINK_STALE;
	else if (st.kind == FS_ABSENT)
		t->kind = PLACE_LINK_DANGLING;
	else if (st.kind != FS_DIR)
		t->kind = PLACE_NO_DIR;
	else if (t->config->mode == MODE_SYMLINK)
		t->kind = PLACE_LINK_FOREIGN;
	else
		look_at_dir(look, t);
	return NULL;
}

static void
look_at_target(struct look *look, struct observed_target *t)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };

	t->right = arena_alloc(look->arena, look->set->n * sizeof(*t->right));
	if (t->config->path[1] == '\0') {
		set_broken(look, t,
		    "is the root directory, which is no target");
		return;
	}
	if (!open_parent(look, t, &fd))
		return;
	t->is_writable = fs_is_writable_dir(fd);
	if (overlap_is_inside(look->judge, t->parent)) {
		t->overlap = OVERLAP_INSIDE;
		return;
	}
	if (strchr(t->rest, '/') != NULL)
		return; /* its parent is absent, and so is it */

	struct error *err = fs_stat(fd, t->rest, &st);
	if (err == NULL && st.kind == FS_LINK)
		err = look_at_own_link(look, t, fd);
	else if (err == NULL && st.kind == FS_DIR)
		look_at_dir(look, t);
	else if (err == NULL && st.kind != FS_ABSENT)
		t->kind = PLACE_NO_DIR;
	if (err != NULL)
		set_broken_by(look, t, err);
}

/* A copy has all of a skill: is there one that cannot be read in full? */
static void
look_for_uncopied(struct look *look, struct observed_target *t)
{
	const struct copyjudge by = { look->arena, look->set, look->copies,
		look->flags };

	if (t->config->mode == MODE_COPY && t->kind != PLACE_BROKEN &&
	    t->overlap == OVERLAP_NONE && (look->flags & OBSERVE_UNLISTED) == 0)
		t->uncopied = copyjudge_skills(&by, t->view);
}

static bool
is_same_place(const struct observed_target *a, const struct observed_target *b)
{
	if (a->parent == NULL || b->parent == NULL)
		return false;
	if (a->kind == PLACE_DIR && b->kind == PLACE_DIR &&
	    a->dir_dev == b->dir_dev && fs_id_equal(a->dir_id, b->dir_id))
		return true;
	return strcmp(a->rest, b->rest) == 0 &&
	       strcmp(a->parent, b->parent) == 0;
}

struct observed *
observe(const struct config_target *const *targets, size_t n,
    const struct observe_by *by, unsigned flags)
{
	struct observed *observed = xcalloc(1, sizeof(*observed));
	struct look look = {
		.arena = &observed->arena,
		.set = by->set,
		.roots = by->roots,
		.stamps = by->stamps,
		.copies = by->copies,
		.judge = overlap_judge_new(by->set),
		.flags = flags,
	};

	observed->desired = desired_new(by->set, targets, n);
	observed->targets = xcalloc(n, sizeof(*observed->targets));
	observed->n = n;
	for (size_t i = 0; i < n; i++) {
		struct observed_target *t = &observed->targets[i];

		t->config = targets[i];
		t->view = observed->desired->views[i];
		t->same_as = NO_TARGET;
		look_at_target(&look, t);
		look_for_uncopied(&look, t);
		for (size_t k = 0; k < i && t->same_as == NO_TARGET; k++) {
			if (is_same_place(&observed->targets[k], t))
				t->same_as = (uint32_t)k;
		}
	}
	overlap_judge_free(look.judge);
	strbuf_release(&look.text);
	return observed;
}

static int
by_entry_name(const void *name, const void *entry)
{
	return strcmp(name, ((const struct observed_entry *)entry)->name);
}

const struct observed_entry *
observed_find(const struct observed_target *t, const char *name)
{
	return t->n == 0 ? NULL
			 : bsearch(name, t->entries, t->n, sizeof(*t->entries),
			       by_entry_name);
}

void
observed_free(struct observed *observed)
{
	if (observed == NULL)
		return;
	for (size_t i = 0; i < observed->n; i++) {
		free(observed->targets[i].entries);
		free(observed->targets[i].hidden);
		manifest_release(&observed->targets[i].manifest);
	}
	free(observed->targets);
	desired_free(observed->desired);
	arena_release(&observed->arena);
	free(observed);
}
