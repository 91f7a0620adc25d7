#include "pieces.h"

#include <errno.h>

#include "attrs.h"
#include "content.h"
#include "signals.h"
#include "tree_part.h"

#define OWNER_RWX ((mode_t)0700)
#define OWNER_WRITES ((mode_t)0200)

#define PART ".part"
#define WAS ".was"

static struct tree_at
begin_at(const struct pieces *p)
{
	return (struct tree_at){
		.depth_max = TREE_COPY_DEPTH_MAX,
		.root = p->name,
	};
}

/* Its owner may not write it, so that nothing can be moved out of or into it,
 * nor itself to another parent. */
static bool
is_tight(const struct fs_stat *st)
{
	return st->kind == FS_DIR && (st->mode & OWNER_WRITES) == 0;
}

MUST_USE static struct error *
loosen(const struct tree_at *at, int fd)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat_fd(fd, tree_shown(at), &st);

	if (err != NULL || !is_tight(&st))
		return err;
	return fs_chmod_fd(fd, tree_shown(at), st.mode | OWNER_WRITES);
}

/*
 * The directory to_fd gets owner, attributes, time and mode of from_fd, of
 * which st tells; an owner that we may not give is an error.
 */
MUST_USE static struct error *
make_alike(const struct tree_at *at, int from_fd, int to_fd,
    const struct fs_stat *st)
{
	struct fs_stat made = { 0 };
	struct error *err = fs_stat_fd(to_fd, tree_shown(at), &made);
	bool is_owned = made.uid == st->uid && made.gid == st->gid;

	if (err != NULL || (is_owned && made.mode == st->mode &&
			       made.mtime_ns == st->mtime_ns))
		return err;
	if (!is_owned)
		err = fs_chown_fd(to_fd, tree_shown(at), st->uid, st->gid);
	if (err == NULL)
		err = attrs_copy(from_fd, to_fd, tree_shown(at));
	if (err == NULL)
		err = content_set_mtime(to_fd, ".", st->mtime_ns);
	/* Last: it may forbid the rest. */
	return err != NULL ? err : fs_chmod_fd(to_fd, tree_shown(at), st->mode);
}

/* ---- taking ------------------------------------------------------------- */

MUST_USE static struct error *
note_dir(struct tree_at *at, int from_fd, int to_fd, const char *to);

MUST_USE static struct error *
note_entry(struct tree_at *at, int from_fd, const char *name, uint64_t dev,
    int was_fd)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(from_fd, name, &st);

	if (err == NULL)
		err = tree_check_not_mounted(at, &st, dev);
	if (err != NULL || st.kind != FS_DIR)
		return err;
	err = tree_open(at, from_fd, name, FS_DIR, &fd);
	return err != NULL ? err : note_dir(at, fd, was_fd, name);
}

/* Makes an empty directory like from_fd at to, with those in it. */
MUST_USE static struct error *
note_dir(struct tree_at *at, int from_fd, int to_fd, const char *to)
{
	AUTO_CLOSE int was_fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct fs_stat st = { 0 };
	size_t mark;
	struct error *err = fs_stat_fd(from_fd, tree_shown(at), &st);

	if (err == NULL)
		err = fs_mkdir(to_fd, to, OWNER_RWX);
	if (err == NULL)
		err = fs_open_dir_at(to_fd, to, &was_fd);
	if (err == NULL)
		err = fs_list(from_fd, tree_shown(at), &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const char *name = list.entries[i].name;

		err = tree_enter(at, name, &mark);
		if (err == NULL)
			err = note_entry(at, from_fd, name, st.dev, was_fd);
		if (err == NULL)
			tree_leave(at, mark);
	}
	return err != NULL ? err : make_alike(at, from_fd, was_fd, &st);
}

/* A directory, what it was, and where its pieces go. */
struct ends {
	int from_fd;
	int was_fd;
	int part_fd;
};

/* The emptied directory; not another one that came to stand there. */
MUST_USE static struct error *
remove_emptied(const struct tree_at *at, int fd, int dir_fd, const char *name)
{
	struct fs_stat by_fd = { 0 };
	struct fs_stat by_name = { 0 };
	struct error *err = fs_stat_fd(fd, tree_shown(at), &by_fd);

	if (err == NULL)
		err = fs_stat(dir_fd, name, &by_name);
	if (err == NULL && by_name.ino != by_fd.ino) {
		errno = ENOENT;
		err = error_errno("find", tree_shown(at));
	}
	return err != NULL ? err : fs_rmdir(dir_fd, name);
}

MUST_USE static struct error *
move_entry(struct tree_at *at, const struct ends *ends, const char *name);

/*
 * Moves what is in from_fd into a new directory part, in part_dir_fd, which
 * then is like it.
 */
MUST_USE static struct error *
move_content(struct tree_at *at, int from_fd, int was_fd, int part_dir_fd,
    const char *part)
{
	AUTO_CLOSE int part_fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct fs_stat st = { 0 };
	size_t mark;
	struct error *err = fs_mkdir(part_dir_fd, part, OWNER_RWX);

	if (err == NULL)
		err = fs_open_dir_at(part_dir_fd, part, &part_fd);
	if (err == NULL)
		err = fs_list(from_fd, tree_shown(at), &list);
	const struct ends ends = { from_fd, was_fd, part_fd };
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		err = signals_check();
		if (err == NULL)
			err = tree_enter(at, list.entries[i].name, &mark);
		if (err == NULL)
			err = move_entry(at, &ends, list.entries[i].name);
		if (err == NULL)
			tree_leave(at, mark);
	}
	if (err == NULL)
		err = fs_stat_fd(was_fd, tree_shown(at), &st);
	return err != NULL ? err : make_alike(at, was_fd, part_fd, &st);
}

MUST_USE static struct error *
move_dir(struct tree_at *at, const struct ends *ends, const char *name)
{
	AUTO_CLOSE int from_fd = -1;
	AUTO_CLOSE int was_fd = -1;
	struct error *err =
	    tree_open(at, ends->from_fd, name, FS_DIR, &from_fd);

	if (err == NULL)
		err = tree_open(at, ends->was_fd, name, FS_DIR, &was_fd);
	if (err == NULL)
		err = move_content(at, from_fd, was_fd, ends->part_fd, name);
	return err != NULL ? err
			   : remove_emptied(at, from_fd, ends->from_fd, name);
}

MUST_USE static struct error *
move_entry(struct tree_at *at, const struct ends *ends, const char *name)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(ends->from_fd, name, &st);

	if (err == NULL && is_tight(&st))
		err = fs_chmod(ends->from_fd, name, st.mode | OWNER_WRITES);
	if (err != NULL)
		return err;
	err = fs_rename_noreplace(ends->from_fd, name, ends->part_fd, name);
	if (st.kind == FS_DIR && error_is_sys(err, EXDEV)) {
		error_free(err); /* in a lower layer, too */
		return move_dir(at, ends, name);
	}
	if (err == NULL && is_tight(&st))
		err = fs_chmod(ends->part_fd, name, st.mode);
	return err;
}

/* In the words of the plan; at is where the error was. */
static struct error *
explain(const struct tree_at *at, struct error *err)
{
	struct error *told = err;

	if (error_is_sys(err, ENOENT) || error_is_sys(err, ENOTDIR) ||
	    error_is_sys(err, ELOOP) || error_is_sys(err, EEXIST) ||
	    error_is_sys(err, ENOTEMPTY))
		told = error_new(ERR_CONFLICT,
		    "%s changed while the run was at work: run it again",
		    tree_shown(at));
	else if (error_is_sys(err, EXDEV) || error_is_sys(err, EBUSY))
		told = error_new(ERR_REFUSED,
		    "%s cannot be moved, for it is mounted, or on another "
		    "file system: unmount it, and run this again",
		    tree_shown(at));
	if (told != err)
		error_free(err); /* told in other words */
	return told;
}

/* What is opened, not what has the name, is looked at and emptied. */
MUST_USE static struct error *
check_is_it(const struct tree_at *at, const struct pieces *p, int fd)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat_fd(fd, p->name, &st);

	if (err == NULL && p->id.ino != 0 && !fs_id_is(fd, p->id, &st)) {
		errno = ENOENT;
		err = error_errno("find", p->name);
	}
	return err != NULL ? err : tree_check_not_mounted(at, &st, st.dev);
}

struct error *
pieces_take(const struct pieces *p)
{
	AUTO_CLOSE int from_fd = -1;
	AUTO_CLOSE int was_fd = -1;
	AUTO_FREE char *part = xasprintf("%s" PART, p->to);
	AUTO_FREE char *was = xasprintf("%s" WAS, p->to);
	struct tree_at at = begin_at(p);
	struct error *err = fs_open_dir_at(p->dir_fd, p->name, &from_fd);

	if (err == NULL)
		err = check_is_it(&at, p, from_fd);
	if (err == NULL)
		err = note_dir(&at, from_fd, p->slots_fd, was);
	if (err == NULL)
		err = fs_open_dir_at(p->slots_fd, was, &was_fd);
	if (err == NULL)
		err = move_content(&at, from_fd, was_fd, p->slots_fd, part);
	if (err == NULL)
		err = remove_emptied(&at, from_fd, p->dir_fd, p->name);
	if (err == NULL)
		err =
		    fs_rename_noreplace(p->slots_fd, part, p->slots_fd, p->to);
	if (err == NULL)
		err = tree_remove(p->slots_fd, was);
	if (err != NULL)
		err = explain(&at, err);
	strbuf_release(&at.rel);
	return err;
}

/* ---- taking back -------------------------------------------------------- */

/* True, without the error: what stays in a directory is somebody's matter. */
static bool
is_not_empty(struct error **err)
{
	if (!error_is_sys(*err, ENOTEMPTY) && !error_is_sys(*err, EEXIST))
		return false;
	error_free(STEAL_PTR(*err)); /* the caller knows what that means */
	return true;
}

/* Directories below to_fd get the modes and times that they had. */
MUST_USE static struct error *
restore_dirs(struct tree_at *at, int was_fd, int to_fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct fs_stat st = { 0 };
	size_t mark;
	struct error *err = fs_stat_fd(was_fd, tree_shown(at), &st);

	if (err == NULL)
		err = fs_list(was_fd, tree_shown(at), &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		AUTO_CLOSE int sub_was_fd = -1;
		AUTO_CLOSE int sub_fd = -1;
		const char *name = list.entries[i].name;

		err = tree_enter(at, name, &mark);
		if (err == NULL)
			err = tree_open(at, was_fd, name, FS_DIR, &sub_was_fd);
		if (err == NULL)
			err = tree_open(at, to_fd, name, FS_DIR, &sub_fd);
		if (err == NULL)
			err = restore_dirs(at, sub_was_fd, sub_fd);
		else if (error_is_sys(err, ENOENT) ||
			 error_is_sys(err, ENOTDIR) ||
			 error_is_sys(err, ELOOP)) {
			error_free(err); /* it stayed in the pieces, or went */
			err = NULL;
		}
		if (err == NULL)
			tree_leave(at, mark);
	}
	return err != NULL ? err : make_alike(at, was_fd, to_fd, &st);
}

MUST_USE static struct error *
give_entry(struct tree_at *at, int part_fd, const char *name, int to_fd);

/* What somebody has taken the name of stays in part_fd. */
MUST_USE static struct error *
give_content(struct tree_at *at, int part_fd, int to_fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t mark;
	struct error *err = loosen(at, part_fd);

	if (err == NULL)
		err = loosen(at, to_fd);
	if (err == NULL)
		err = fs_list(part_fd, tree_shown(at), &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		err = tree_enter(at, list.entries[i].name, &mark);
		if (err == NULL)
			err = give_entry(at, part_fd, list.entries[i].name,
			    to_fd);
		if (err == NULL)
			tree_leave(at, mark);
	}
	return err;
}

MUST_USE static struct error *
give_dir(struct tree_at *at, int part_fd, const char *name, int to_fd)
{
	AUTO_CLOSE int sub_part_fd = -1;
	AUTO_CLOSE int sub_fd = -1;
	struct error *err = tree_open(at, part_fd, name, FS_DIR, &sub_part_fd);

	if (err == NULL)
		err = tree_open(at, to_fd, name, FS_DIR, &sub_fd);
	if (err == NULL)
		err = give_content(at, sub_part_fd, sub_fd);
	if (err == NULL)
		err = fs_rmdir(part_fd, name);
	return is_not_empty(&err) ? NULL : err;
}

MUST_USE static struct error *
give_entry(struct tree_at *at, int part_fd, const char *name, int to_fd)
{
	struct fs_stat st = { 0 };
	struct fs_stat there = { 0 };
	struct error *err = fs_stat(part_fd, name, &st);

	if (err == NULL)
		err = fs_stat(to_fd, name, &there);
	if (err != NULL)
		return err;
	if (st.kind == FS_DIR && there.kind == FS_DIR)
		return give_dir(at, part_fd, name, to_fd);
	if (is_tight(&st))
		err = fs_chmod(part_fd, name, st.mode | OWNER_WRITES);
	if (err == NULL)
		err = fs_rename_noreplace(part_fd, name, to_fd, name);
	return is_not_empty(&err) ? NULL : err;
}

/* The pieces go back into the directory that they are of. */
MUST_USE static struct error *
give_to(struct tree_at *at, const struct pieces *p, int part_fd, int was_fd)
{
	AUTO_CLOSE int to_fd = -1;
	struct error *err = fs_open_dir_at(p->dir_fd, p->name, &to_fd);

	if (err == NULL)
		err = give_content(at, part_fd, to_fd);
	return err != NULL ? err : restore_dirs(at, was_fd, to_fd);
}

/* False also for a directory that somebody put in its place. */
static bool
is_still_it(const struct pieces *p, const struct fs_stat *st)
{
	return st->kind == FS_DIR &&
	       (p->id.ino == 0 || fs_id_is(p->dir_fd, p->id, st));
}

/* *left_out: not all of it could go back. */
MUST_USE static struct error *
give_back(struct tree_at *at, const struct pieces *p, const char *part,
    int was_fd, bool *left_out)
{
	AUTO_CLOSE int part_fd = -1;
	struct fs_stat there = { 0 };
	struct error *err = fs_open_dir_at(p->slots_fd, part, &part_fd);

	if (err == NULL)
		err = fs_stat(p->dir_fd, p->name, &there);
	if (err != NULL)
		return err;
	if (is_still_it(p, &there)) {
		err = give_to(at, p, part_fd, was_fd);
		if (err == NULL)
			err = fs_rmdir(p->slots_fd, part);
		*left_out = is_not_empty(&err);
		return err;
	}
	/* The emptied one is gone: what was made like it takes its place. */
	err = restore_dirs(at, was_fd, part_fd);
	if (err == NULL)
		err =
		    fs_rename_noreplace(p->slots_fd, part, p->dir_fd, p->name);
	*left_out = is_not_empty(&err);
	return err;
}

struct error *
pieces_back(const struct pieces *p, const char *left, bool *left_out)
{
	AUTO_CLOSE int was_fd = -1;
	AUTO_FREE char *part = xasprintf("%s" PART, p->to);
	AUTO_FREE char *was = xasprintf("%s" WAS, p->to);
	struct tree_at at = begin_at(p);
	struct fs_stat st = { 0 };
	bool is_left = false;
	struct error *err = fs_stat(p->slots_fd, part, &st);

	if (err == NULL && st.kind == FS_DIR) {
		err = fs_open_dir_at(p->slots_fd, was, &was_fd);
		if (err == NULL)
			err = give_back(&at, p, part, was_fd, &is_left);
		if (err == NULL && is_left)
			err = fs_rename_noreplace(p->slots_fd, part,
			    p->slots_fd, left);
	}
	if (err == NULL)
		err = tree_remove(p->slots_fd, was);
	if (err == NULL)
		err = fs_stat(p->slots_fd, left, &st);
	if (err == NULL)
		*left_out = st.kind != FS_ABSENT;
	strbuf_release(&at.rel);
	return err;
}
