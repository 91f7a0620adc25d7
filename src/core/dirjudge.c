#include "dirjudge.h"

#include <fcntl.h>

#include "path.h"
#include "skill.h"

MUST_USE static struct error *
compare_content(const struct copyjudge *j, int dir_fd, struct observed_entry *e)
{
	AUTO_CLOSE int skill_fd = -1;
	struct tree_diff diff = { 0 };
	struct error *err =
	    fs_open_dir(j->set->skills[e->skill].abs, &skill_fd);

	if (err != NULL)
		return err;
	err = tree_compare(skill_fd, ".", dir_fd, e->name, &diff);
	if (err != NULL)
		return err;
	e->content = diff.added + diff.removed + diff.changed == 0
			 ? CONTENT_SAME
			 : CONTENT_DIFFERENT;
	e->diff = arena_alloc(j->arena, sizeof(*e->diff));
	*e->diff = diff;
	return NULL;
}

/* Does the skill, a link in the source, lead to this local directory? */
MUST_USE static struct error *
find_origin(const struct copyjudge *j, const struct observed_target *t,
    struct observed_entry *e)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *real = NULL;
	AUTO_FREE char *abs = path_join(t->dir, e->name);

	if (e->skill == NO_SKILL || !j->set->skills[e->skill].is_link)
		return NULL;
	struct error *err = fs_open_dir(j->set->skills[e->skill].abs, &fd);
	if (err == NULL)
		err = fs_fd_path(fd, &real);
	e->is_origin = err == NULL && (path_below(abs, real) != NULL ||
					  path_below(real, abs) != NULL);
	return err;
}

/* Is there something in the source where this local skill would go? */
MUST_USE static struct error *
find_taken(const struct copyjudge *j, struct observed_entry *e)
{
	AUTO_FREE char *abs = path_join(j->set->source_real, e->name);
	struct fs_stat st = { 0 };

	if (e->skill != NO_SKILL)
		return NULL;
	struct error *err = fs_stat(AT_FDCWD, abs, &st);
	e->is_name_taken = err == NULL && st.kind != FS_ABSENT;
	return err;
}

MUST_USE static struct error *
look_for_skill(const struct copyjudge *j, int dir_fd, struct observed_entry *e)
{
	AUTO_FREE char *file = path_join(e->name, SKILL_FILE);
	struct fs_stat st = { 0 };
	struct error *err = fs_stat_follow(dir_fd, file, &st);

	if (err != NULL)
		return err;
	e->has_skill_file = st.kind == FS_FILE;
	return find_taken(j, e);
}

MUST_USE static struct error *
look(const struct copyjudge *j, const struct observed_target *t, int dir_fd,
    const struct digest *listed, struct observed_entry *e)
{
	struct error *err = find_origin(j, t, e);

	if (err == NULL && (j->flags & OBSERVE_LOCAL) != 0)
		err = look_for_skill(j, dir_fd, e);
	if (err != NULL)
		return err;
	if (listed != NULL && !e->is_origin) {
		err = copyjudge(j, t, dir_fd, listed, e);
		/* Of an edit it is told whether pull takes it. */
		return err == NULL && e->seen == SEEN_COPY_EDITED
			   ? look_for_skill(j, dir_fd, e)
			   : err;
	}
	if (listed == NULL && (j->flags & OBSERVE_CONTENT) != 0 &&
	    e->skill != NO_SKILL)
		return compare_content(j, dir_fd, e);
	return NULL;
}

void
dirjudge(const struct copyjudge *j, const struct observed_target *t, int dir_fd,
    struct observed_entry *e)
{
	struct digest listed;
	bool is_listed =
	    manifest_find(&t->manifest, e->name, &listed) == MANIFEST_COPY;

	e->seen = SEEN_LOCAL;
	struct error *err = look(j, t, dir_fd, is_listed ? &listed : NULL, e);
	if (err == NULL)
		return;
	/* What cannot be read may be anything, edits among it. */
	if (is_listed)
		e->seen = SEEN_COPY_EDITED;
	e->problem = arena_strdup(j->arena, error_msg(err));
	error_free(err); /* told with the entry */
}
