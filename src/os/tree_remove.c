#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "path.h"
#include "sys.h"
#include "tree.h"
#include "tree_part.h"

/* To remove names from a directory we must read, write and search it. */
#define OWNER_RWX 0700

static struct error *
remove_entry(struct tree_at *at, int dir_fd, const char *name, uint64_t dev);

/* unlinkat(); what somebody else removed is gone as well. */
static struct error *
remove_name(const struct tree_at *at, int dir_fd, const char *name, int flags)
{
	const char *call = flags == AT_REMOVEDIR ? "rmdir" : "unlink";

	if (!fault_before(call) && unlinkat(dir_fd, name, flags) == 0) {
		fault_after(call);
		return NULL;
	}
	return errno == ENOENT ? NULL : error_errno("remove", tree_shown(at));
}

/* All entries are looked at before the first of them is removed. */
static struct error *
check_entries(struct tree_at *at, int fd, const struct fs_list *list,
    uint64_t dev)
{
	struct fs_stat st;
	size_t mark;

	for (size_t i = 0; i < list->n; i++) {
		const char *name = list->entries[i].name;
		struct error *err = tree_enter(at, name, &mark);
		if (err != NULL)
			return err;
		err = fs_stat(fd, name, &st);
		if (err == NULL && st.kind != FS_ABSENT)
			err = tree_check_not_mounted(at, &st, dev);
		if (err != NULL)
			return err;
		tree_leave(at, mark);
	}
	return NULL;
}

static struct error *
remove_content(struct tree_at *at, int fd, uint64_t dev)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t mark;

	struct error *err = fs_list_new(fd, tree_shown(at), &list);
	if (err != NULL)
		return err;
	err = check_entries(at, fd, &list, dev);
	if (err != NULL)
		return err;
	for (size_t i = 0; i < list.n; i++) {
		err = tree_enter(at, list.entries[i].name, &mark);
		if (err != NULL)
			return err;
		err = remove_entry(at, fd, list.entries[i].name, dev);
		if (err != NULL)
			return err;
		tree_leave(at, mark);
	}
	return NULL;
}

static struct error *
remove_dir(struct tree_at *at, int dir_fd, const char *name,
    const struct fs_stat *st)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat opened;

	/* Without the right to change the mode, what follows may yet work. */
	if ((st->mode & OWNER_RWX) != OWNER_RWX)
		error_free(fs_chmod(dir_fd, name, st->mode | OWNER_RWX));
	struct error *err = tree_open(at, dir_fd, name, FS_DIR, &fd);
	if (err != NULL)
		return err;
	err = fs_stat_fd(fd, tree_shown(at), &opened);
	if (err != NULL)
		return err;
	if (opened.ino != st->ino || opened.dev != st->dev)
		return error_new(ERR_CONFLICT,
		    "%s was replaced while it was being removed",
		    tree_shown(at));
	err = remove_content(at, fd, st->dev);
	if (err != NULL)
		return err;
	return remove_name(at, dir_fd, name, AT_REMOVEDIR);
}

static struct error *
remove_entry(struct tree_at *at, int dir_fd, const char *name, uint64_t dev)
{
	struct fs_stat st;

	struct error *err = fs_stat(dir_fd, name, &st);
	if (err != NULL || st.kind == FS_ABSENT)
		return err;
	err = tree_check_not_mounted(at, &st, dev);
	if (err != NULL)
		return err;
	if (st.kind == FS_DIR)
		return remove_dir(at, dir_fd, name, &st);
	return remove_name(at, dir_fd, name, 0);
}

struct error *
tree_remove(int dir_fd, const char *name)
{
	struct tree_at at = { .depth_max = TREE_REMOVE_DEPTH_MAX,
		.root = name };
	struct fs_stat parent;

	if (!path_is_name(name))
		return error_new(ERR_REFUSED,
		    "%s is not a name in a directory: nothing is removed",
		    name);
	struct error *err = fs_stat_fd(dir_fd, name, &parent);
	if (err != NULL)
		return err;
	err = remove_entry(&at, dir_fd, name, parent.dev);
	strbuf_release(&at.rel);
	return err;
}
