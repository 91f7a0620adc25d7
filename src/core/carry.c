#include "carry.h"

#include <errno.h>
#include <string.h>

#include "content.h"
#include "fs.h"
#include "path.h"
#include "tree.h"

struct carry {
	const struct ignore *ignore;
	int new_fd; /* the new tree */
	struct strbuf rel;
	int depth;
	bool has_carried;
};

/* *fd_out stays -1 where something else stands. */
MUST_USE static struct error *
open_if_dir(int dir_fd, const char *name, int *fd_out)
{
	struct error *err = fs_open_dir_at(dir_fd, name, fd_out);

	if (error_is_sys(err, ENOENT) || error_is_sys(err, ENOTDIR) ||
	    error_is_sys(err, ELOOP)) {
		error_free(err); /* the answer is no */
		return NULL;
	}
	return err;
}

/*
 * The directory in the new tree that rel (with its last part) is in, made if
 * need be; *fd_out stays -1 where something else is in the way.
 */
MUST_USE static struct error *
open_parent(const struct carry *c, int *fd_out)
{
	const char *rel = strbuf_str(&c->rel);
	AUTO_CLOSE int at = -1;
	struct error *err = fs_open_dir_at(c->new_fd, ".", &at);
	const char *slash;

	while (err == NULL && at != -1 && (slash = strchr(rel, '/')) != NULL) {
		AUTO_FREE char *name = xstrndup(rel, (size_t)(slash - rel));
		struct fs_stat st = { 0 };
		int next = -1;

		err = fs_stat(at, name, &st);
		if (err == NULL && st.kind == FS_ABSENT)
			err = fs_mkdir(at, name, 0755);
		if (err == NULL)
			err = open_if_dir(at, name, &next);
		base_close_fd(&at);
		at = next;
		rel = slash + 1;
	}
	if (err == NULL)
		*fd_out = STEAL_FD(at);
	return err;
}

/* name in old_fd, which rel is of; its new directory stays as it looks. */
MUST_USE static struct error *
carry_one(struct carry *c, int old_fd, const char *name)
{
	AUTO_CLOSE int to_fd = -1;
	struct fs_stat there = { 0 };
	struct fs_stat dir = { 0 };
	struct error *err = open_parent(c, &to_fd);

	if (err == NULL && to_fd != -1)
		err = fs_stat(to_fd, name, &there);
	if (err != NULL || to_fd == -1 || there.kind != FS_ABSENT)
		return err;
	c->has_carried = true;
	err = fs_stat_fd(to_fd, strbuf_str(&c->rel), &dir);
	if (err == NULL && (dir.mode & 0700) != 0700)
		err = fs_chmod(to_fd, ".", dir.mode | 0700);
	if (err == NULL)
		err = tree_copy(old_fd, name, to_fd, name, NULL);
	if (err == NULL && (dir.mode & 0700) != 0700)
		err = fs_chmod(to_fd, ".", dir.mode);
	if (err == NULL)
		err = content_set_mtime(to_fd, ".", dir.mtime_ns);
	return err;
}

MUST_USE static struct error *
carry_dir(struct carry *c, int old_fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t mark = c->rel.len;

	if (c->depth == TREE_DEPTH_MAX)
		return error_new(ERR_REFUSED, "is nested deeper than %d levels",
		    TREE_DEPTH_MAX);
	struct error *err = fs_list_new(old_fd, strbuf_str(&c->rel), &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];
		AUTO_CLOSE int fd = -1;

		if (mark > 0)
			strbuf_add_char(&c->rel, '/');
		strbuf_add(&c->rel, e->name);
		const struct ignore_rule *rule = ignore_match(c->ignore,
		    strbuf_str(&c->rel), e->kind == FS_DIR);
		if (rule != NULL && !rule->takes_in) {
			err = carry_one(c, old_fd, e->name);
		} else if (e->kind == FS_DIR) {
			err = open_if_dir(old_fd, e->name, &fd);
			c->depth++;
			if (err == NULL && fd != -1)
				err = carry_dir(c, fd);
			c->depth--;
		}
		if (err == NULL) /* else it says where */
			strbuf_truncate(&c->rel, mark);
	}
	return err;
}

struct error *
carry_ignored(const struct ignore *ignore, int old_fd, int new_fd,
    const char *name, bool *carried_out)
{
	AUTO_CLOSE int old = -1;
	AUTO_CLOSE int new = -1;
	struct carry c = { .ignore = ignore };

	struct error *err = open_if_dir(old_fd, name, &old);
	if (err == NULL)
		err = open_if_dir(new_fd, name, &new);
	if (err != NULL || old == -1 || new == -1)
		return err;
	c.new_fd = new;
	err = carry_dir(&c, old);
	*carried_out = c.has_carried;
	if (err != NULL)
		err = error_wrap(err, "%s/%s", name, strbuf_str(&c.rel));
	strbuf_release(&c.rel);
	return err;
}
