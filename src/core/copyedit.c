#include "copyedit.h"

#include <errno.h>
#include <string.h>

#include "content.h"

/* A link may lead to what only the first round corrects. */
#define ROUNDS 2

struct edit {
	int skill_fd;
	const struct copytree *skill;
	int copy_fd;
	const struct copytree *copy;
};

MUST_USE static struct error *
put_node(const struct edit *e, const struct copynode *node)
{
	AUTO_CLOSE int fd = -1;
	struct digest digest;

	if (node->kind == FS_DIR)
		return fs_mkdir(e->skill_fd, node->rel,
		    node->mode | COPY_OWNER_BITS);
	if (node->kind == FS_LINK)
		return fs_symlink(node->text, e->skill_fd, node->rel);
	const struct content_to to = {
		.dir_fd = e->skill_fd,
		.name = node->rel,
		.mode = node->mode,
		.mtime_ns = node->mtime_ns,
		.attrs = true,
	};
	struct error *err = copytree_open(e->copy_fd, node, &fd);
	return err != NULL ? err
			   : content_read(fd, node->rel, node->size_bytes, &to,
				 &digest);
}

/* A directory stays for what no copy has of it. */
MUST_USE static struct error *
drop_dir(const struct edit *e, const struct copynode *node)
{
	struct error *err = fs_rmdir(e->skill_fd, node->rel);

	if (error_is_sys(err, ENOTEMPTY) || error_is_sys(err, EEXIST)) {
		error_free(err); /* it holds what is ignored */
		return NULL;
	}
	return err;
}

/* Which nodes are the same in both, before any of them is touched. */
MUST_USE static struct error *
find_same(const struct edit *e, bool *in_skill, bool *in_copy)
{
	struct copymeet m = { 0 };

	while (copytree_meet(e->skill, e->copy, &m)) {
		bool same = false;

		if (m.a == NULL || m.b == NULL)
			continue;
		struct error *err =
		    copytree_same(e->skill_fd, m.a, e->copy_fd, m.b, &same);
		if (err != NULL)
			return err;
		/* Who may run it is all of a mode that an edit is about. */
		same =
		    same && (m.a->kind != FS_FILE ||
				((m.a->mode ^ m.b->mode) & COPY_RUN_BIT) == 0);
		in_skill[m.a - e->skill->nodes] = same;
		in_copy[m.b - e->copy->nodes] = same;
	}
	return NULL;
}

/* ---- closed directories --------------------------------------------------
 */

static bool
is_closed(const struct copynode *node)
{
	return node->kind == FS_DIR &&
	       (node->mode & COPY_OWNER_BITS) != COPY_OWNER_BITS;
}

/* What the skill has closed is to be written in all the same. */
MUST_USE static struct error *
open_dirs(int skill_fd, const struct copytree *skill)
{
	struct error *err =
	    fs_chmod_fd(skill_fd, skill->shown, skill->mode | COPY_OWNER_BITS);

	for (size_t i = 0; err == NULL && i < skill->n; i++) {
		if (is_closed(&skill->nodes[i]))
			err = fs_chmod(skill_fd, skill->nodes[i].rel,
			    skill->nodes[i].mode | COPY_OWNER_BITS);
	}
	return err;
}

/* And is closed again, the innermost first, if it is still there. */
MUST_USE static struct error *
close_dirs(int skill_fd, const struct copytree *skill)
{
	struct error *err = NULL;

	for (size_t i = skill->n; err == NULL && i > 0; i--) {
		const struct copynode *node = &skill->nodes[i - 1];
		struct fs_stat st = { 0 };

		if (!is_closed(node))
			continue;
		err = fs_stat(skill_fd, node->rel, &st);
		if (err == NULL && st.kind == FS_DIR)
			err = fs_chmod(skill_fd, node->rel, node->mode);
	}
	return err;
}

/* ---- the edit ------------------------------------------------------------
 */

MUST_USE static struct error *
apply_once(const struct edit *e)
{
	AUTO_FREE bool *stays = xcalloc(e->skill->n + 1, sizeof(*stays));
	AUTO_FREE bool *is_there = xcalloc(e->copy->n + 1, sizeof(*is_there));
	struct error *err = find_same(e, stays, is_there);

	/* From the end on: what is in a directory goes before it. */
	for (size_t i = e->skill->n; err == NULL && i > 0; i--) {
		const struct copynode *node = &e->skill->nodes[i - 1];

		if (!stays[i - 1])
			err = node->kind == FS_DIR
				  ? drop_dir(e, node)
				  : fs_unlink(e->skill_fd, node->rel);
	}
	for (size_t j = 0; err == NULL && j < e->copy->n; j++) {
		if (!is_there[j])
			err = put_node(e, &e->copy->nodes[j]);
	}
	return err;
}

struct error *
copyedit_apply(int skill_fd, int copy_fd, const char *shown,
    const struct ignore *ignore, const struct digest *wanted)
{
	AUTO_COPYTREE struct copytree copy = { 0 };
	AUTO_COPYTREE struct copytree before = { 0 };
	struct error *err = copytree_list(copy_fd, shown, ignore, &copy);

	if (err == NULL)
		err = copytree_list(skill_fd, shown, ignore, &before);
	if (err == NULL)
		err = open_dirs(skill_fd, &before);
	for (int round = 0; err == NULL && round < ROUNDS; round++) {
		AUTO_COPYTREE struct copytree skill = { 0 };

		err = copytree_list(skill_fd, shown, ignore, &skill);
		const struct edit e = { skill_fd, &skill, copy_fd, &copy };
		if (err == NULL)
			err = apply_once(&e);
	}
	if (err == NULL)
		err = close_dirs(skill_fd, &before);
	struct digest now;
	if (err == NULL)
		err = copytree_sum(skill_fd, shown, ignore, &now);
	if (err == NULL && !digest_equal(&now, wanted))
		err = error_new(ERR_CONFLICT,
		    "%s changed while it was being taken: run again when it "
		    "rests",
		    shown);
	return err;
}
