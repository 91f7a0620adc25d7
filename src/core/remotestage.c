#include "remotestage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fs.h"
#include "path.h"
#include "perform.h"
#include "tree.h"

#define CHECKOUT "checkout"
#define DIR_MODE 0777U /* as git makes them: subject to the umask */

/* ---- the index ----------------------------------------------------------- */

struct error *
remote_stage_index(void *payload, int slots_fd, const char *name)
{
	const struct remote_stage *s = payload;
	AUTO_CLOSE int git_fd = -1;
	AUTO_FREE char *slots = NULL;
	struct error *err = fs_open_dir(s->repo->git_dir, &git_fd);

	if (err == NULL && s->has_index)
		err = tree_copy(git_fd, "index", slots_fd, name, NULL);
	if (err == NULL)
		err = fs_fd_path(slots_fd, &slots);
	if (err != NULL)
		return err;
	AUTO_FREE char *index = path_join(slots, name);
	struct git git = s->repo->git;
	git.dir = s->repo->top;
	git.git_dir = s->repo->git_dir;
	git.work_tree = s->repo->top;
	git.index = index;
	return git_call(&git,
	    GIT_ARGS("-c", "core.splitIndex=false", "-c",
		"core.fsmonitor=false", "read-tree", "-i", "-m", s->commit),
	    NULL, NULL);
}

/* ---- going down without following links ---------------------------------- */

/*
 * Opens the directory that rel is in, below fd; *base_out is its last part.
 * make: missing ones are made. A link on the way is no directory.
 */
MUST_USE static struct error *
open_parent(int fd, const char *rel, bool make, int *parent_out,
    const char **base_out)
{
	AUTO_CLOSE int at = -1;
	struct error *err = fs_open_dir_at(fd, ".", &at);

	while (err == NULL && strchr(rel, '/') != NULL) {
		AUTO_FREE char *part = xstrndup(rel, strcspn(rel, "/"));
		int next = -1;

		err = fs_open_dir_at(at, part, &next);
		if (make && error_is_sys(err, ENOENT)) {
			error_free(err); /* the first file in it */
			err = fs_mkdir(at, part, DIR_MODE);
			if (err == NULL)
				err = fs_open_dir_at(at, part, &next);
		}
		base_close_fd(&at);
		at = next;
		rel += strlen(part) + 1;
	}
	if (err != NULL)
		return err;
	*parent_out = STEAL_FD(at);
	*base_out = rel;
	return NULL;
}

/* Removes the directories above rel that are empty now. */
MUST_USE static struct error *
prune_above(int fd, const char *rel)
{
	AUTO_FREE char *dir = path_dir(rel);

	while (strcmp(dir, ".") != 0) {
		AUTO_CLOSE int parent_fd = -1;
		const char *base = NULL;
		struct error *err =
		    open_parent(fd, dir, false, &parent_fd, &base);

		if (err == NULL)
			err = fs_rmdir(parent_fd, base);
		if (error_is_sys(err, ENOTEMPTY) || error_is_sys(err, EEXIST)) {
			error_free(err); /* something else is in it */
			return NULL;
		}
		if (err != NULL)
			return err;
		char *up = path_dir(dir);
		free(dir);
		dir = up;
	}
	return NULL;
}

/* ---- a unit -------------------------------------------------------------- */

/* The path of a change below its unit; "" for the unit itself. */
static const char *
below_unit(const struct remote_stage *s, const struct unit_change *change)
{
	const char *rel =
	    change->path + strlen(s->units->units[change->unit].path);

	return rel + (*rel == '/');
}

MUST_USE static struct error *
remove_old(int unit_fd, const char *rel)
{
	AUTO_CLOSE int parent_fd = -1;
	const char *base = NULL;
	struct error *err = open_parent(unit_fd, rel, false, &parent_fd, &base);

	if (err == NULL)
		err = fs_unlink(parent_fd, base);
	return err != NULL ? err : prune_above(unit_fd, rel);
}

static struct error *
in_the_way(const char *path)
{
	return error_new(ERR_CONFLICT,
	    "%s comes from the remote, and something that git does not track "
	    "stands in its place: move it away, or skillshare push it first",
	    path);
}

/* From the checkout to its place in the staged unit. */
MUST_USE static struct error *
add_new(int slots_fd, int unit_fd, const struct unit_change *change,
    const char *rel)
{
	AUTO_CLOSE int parent_fd = -1;
	AUTO_FREE char *from = path_join(CHECKOUT, change->path);
	const char *base = NULL;
	struct error *err = open_parent(unit_fd, rel, true, &parent_fd, &base);

	if (error_is_sys(err, ENOTDIR) || error_is_sys(err, ELOOP)) {
		error_free(err); /* said in the user's words */
		return in_the_way(change->path);
	}
	if (err == NULL)
		err = fs_rename_noreplace(slots_fd, from, parent_fd, base);
	if (error_is_sys(err, EEXIST)) {
		error_free(err); /* said in the user's words */
		err = in_the_way(change->path);
	}
	return err;
}

/* Every change of the unit that is not the unit itself. */
MUST_USE static struct error *
change_files(const struct stage_part *part, int slots_fd, int unit_fd)
{
	const struct unit_list *units = part->stage->units;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < units->n_changes; i++) {
		const struct unit_change *c = &units->changes[i];
		const char *rel = below_unit(part->stage, c);

		if (c->unit == part->unit && c->was && part->copies &&
		    *rel != '\0')
			err = remove_old(unit_fd, rel);
	}
	for (size_t i = 0; err == NULL && i < units->n_changes; i++) {
		const struct unit_change *c = &units->changes[i];
		const char *rel = below_unit(part->stage, c);

		if (c->unit == part->unit && c->is && *rel != '\0')
			err = add_new(slots_fd, unit_fd, c, rel);
	}
	return err;
}

MUST_USE static struct error *
copy_live(const struct stage_part *part, int slots_fd, const char *name)
{
	const struct remote_stage *s = part->stage;
	AUTO_FREE char *abs =
	    path_join(s->repo->top, s->units->units[part->unit].path);
	AUTO_FREE char *dir = path_dir(abs);
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_open_dir(dir, &fd);

	return err != NULL
		   ? err
		   : tree_copy(fd, path_base(abs), slots_fd, name, NULL);
}

/* Is the new unit one file, and not a directory? */
static bool
is_file(const struct stage_part *part)
{
	const struct unit_list *units = part->stage->units;

	for (size_t i = 0; i < units->n_changes; i++) {
		const struct unit_change *c = &units->changes[i];

		if (c->unit == part->unit && c->is &&
		    *below_unit(part->stage, c) == '\0')
			return true;
	}
	return false;
}

MUST_USE static struct error *
build_dir(const struct stage_part *part, int slots_fd, const char *name)
{
	AUTO_CLOSE int unit_fd = -1;
	struct error *err = part->copies ? copy_live(part, slots_fd, name)
					 : fs_mkdir(slots_fd, name, DIR_MODE);

	if (err == NULL)
		err = fs_open_dir_at(slots_fd, name, &unit_fd);
	if (err == NULL)
		err = change_files(part, slots_fd, unit_fd);
	return err;
}

MUST_USE static struct error *
build(const struct stage_part *part, int slots_fd, const char *name)
{
	const struct unit *unit = &part->stage->units->units[part->unit];
	AUTO_FREE char *from = path_join(CHECKOUT, unit->path);
	struct error *err = NULL;

	if (!is_file(part))
		return build_dir(part, slots_fd, name);
	/* A directory that becomes a file must hold nothing else. */
	if (part->copies) {
		err = build_dir(part, slots_fd, name);
		if (err == NULL)
			err = fs_rmdir(slots_fd, name);
		if (error_is_sys(err, ENOTEMPTY) || error_is_sys(err, EEXIST)) {
			error_free(err); /* said in the user's words */
			err = in_the_way(unit->path);
		}
	}
	return err != NULL
		   ? err
		   : fs_rename_noreplace(slots_fd, from, slots_fd, name);
}

/* ---- the checkout -------------------------------------------------------- */

MUST_USE static struct error *
check_out(struct remote_stage *s, int slots_fd)
{
	AUTO_FREE const char **paths =
	    xcalloc(s->units->n_changes + 1, sizeof(*paths));
	AUTO_FREE char *slots = NULL;
	char slot[SLOT_NAME_MAX];
	size_t n = 0;
	struct error *err = fs_mkdir(slots_fd, CHECKOUT, 0700);

	if (err == NULL)
		err = fs_fd_path(slots_fd, &slots);
	if (err != NULL)
		return err;
	for (size_t i = 0; i < s->units->n_changes; i++) {
		if (s->units->changes[i].is)
			paths[n++] = s->units->changes[i].path;
	}
	AUTO_FREE char *tree = path_join(slots, CHECKOUT);
	AUTO_FREE char *index = path_join(s->txn->places[s->git_place].slots,
	    slot_name(s->index_slot, slot));
	struct git git = s->repo->git;
	git.dir = tree;
	git.git_dir = s->repo->git_dir;
	git.work_tree = tree;
	git.index = index;
	s->has_checkout = true;
	return git_call_many(&git,
	    GIT_ARGS("-c", "core.fsmonitor=false", "checkout-index", "--quiet",
		"--"),
	    paths, n);
}

struct error *
remote_stage_unit(void *payload, int slots_fd, const char *name)
{
	struct stage_part *part = payload;
	struct remote_stage *s = part->stage;
	struct error *err = NULL;

	if (!s->has_checkout)
		err = check_out(s, slots_fd);
	if (err == NULL)
		err = build(part, slots_fd, name);
	s->n_left--;
	if (err == NULL && s->n_left > 0)
		return NULL;
	struct error *gone = tree_remove(slots_fd, CHECKOUT);
	if (err == NULL)
		return gone;
	error_free(gone); /* the first is told */
	return err;
}
