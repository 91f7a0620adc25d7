#include "copyjudge.h"

#include "path.h"

static const struct digest *
keep_digest(const struct copyjudge *j, const struct digest *digest)
{
	struct digest *kept = arena_alloc(j->arena, sizeof(*kept));

	*kept = *digest;
	return kept;
}

/* From the skill to the copy, as far as copies hold what a skill has. */
MUST_USE static struct error *
compare_copy(const struct copyjudge *j, int dir_fd, struct observed_entry *e)
{
	const char *abs = j->set->skills[e->skill].abs;
	const struct ignore *ignore = copyseen_ignore(j->copies);
	AUTO_COPYTREE struct copytree skill = { 0 };
	AUTO_COPYTREE struct copytree copy = { 0 };
	AUTO_CLOSE int skill_fd = -1;
	AUTO_CLOSE int copy_fd = -1;
	struct tree_diff diff = { 0 };
	struct error *err = fs_open_dir(abs, &skill_fd);

	if (err == NULL)
		err = fs_open_dir_at(dir_fd, e->name, &copy_fd);
	if (err == NULL)
		err = copytree_list(skill_fd, abs, ignore, &skill);
	if (err == NULL)
		err = copytree_list(copy_fd, e->name, ignore, &copy);
	if (err == NULL)
		err = copytree_compare(skill_fd, &skill, copy_fd, &copy, &diff);
	if (err != NULL)
		return err;
	e->content = CONTENT_DIFFERENT;
	e->diff = arena_alloc(j->arena, sizeof(*e->diff));
	*e->diff = diff;
	return NULL;
}

/*
 * The content is the skill's. A chmod in the skill since the copy was made
 * makes it one of another version; one in the copy is the user's, and is let
 * be. Where it is not known what the modes were then, only what can be run
 * counts: the Go program's copies, and a umask, may have others.
 */
static void
judge_modes(const struct observed_target *t, const struct copysum *now,
    const struct copysum *source, struct observed_entry *e)
{
	struct digest then;
	bool is_known = manifest_modes(&t->manifest, e->name, &then);
	bool has_moved = is_known
			     ? !digest_equal(&then, &source->modes) &&
				   !digest_equal(&now->modes, &source->modes)
			     : !digest_equal(&now->runs, &source->runs);

	e->seen = has_moved ? SEEN_COPY_OUTDATED : SEEN_COPY_CURRENT;
	e->is_unlisted =
	    is_known && !has_moved && !digest_equal(&then, &source->modes);
}

struct error *
copyjudge(const struct copyjudge *j, const struct observed_target *t,
    int dir_fd, const struct digest *listed, struct observed_entry *e)
{
	AUTO_FREE char *abs = path_join(t->dir, e->name);
	struct copysum now = { 0 };
	struct copysum source = { 0 };
	struct error *err = copyseen_sum(j->copies, abs, &now);

	if (err != NULL)
		return err;
	bool is_as_listed = digest_equal(&now.digest, listed);
	e->listed = keep_digest(j, listed);
	e->digest = keep_digest(j, &now.digest);
	e->seen = is_as_listed ? SEEN_COPY_OUTDATED : SEEN_COPY_EDITED;
	if (e->skill == NO_SKILL || !view_knows(t->view, e->skill))
		return NULL;
	err = copyseen_sum(j->copies, j->set->skills[e->skill].abs, &source);
	if (err != NULL) {
		error_free(err); /* of the skill, not of the copy: told there */
		return NULL;
	}
	e->is_base_there = digest_equal(&source.digest, listed);
	if (digest_equal(&now.digest, &source.digest)) {
		judge_modes(t, &now, &source, e);
		e->is_unlisted |= !is_as_listed;
		e->content = CONTENT_SAME;
		return NULL;
	}
	return (j->flags & OBSERVE_CONTENT) != 0 ? compare_copy(j, dir_fd, e)
						 : NULL;
}

const char **
copyjudge_skills(const struct copyjudge *j, const struct view *view)
{
	size_t n = j->set->n;
	const char **reasons =
	    arena_alloc(j->arena, (n + 1) * sizeof(*reasons));

	for (uint32_t i = 0; i < n; i++) {
		struct copysum sum;

		if (!view_shows(view, i))
			continue;
		struct error *err =
		    copyseen_sum(j->copies, j->set->skills[i].abs, &sum);
		if (err == NULL)
			continue;
		reasons[i] = arena_strdup(j->arena, error_msg(err));
		error_free(err); /* told with the skill */
	}
	return reasons;
}

enum edit_pull
copyjudge_pull(const struct view *view, const struct observed_entry *e)
{
	if (e->problem != NULL || e->is_origin || !e->has_skill_file ||
	    e->is_name_taken)
		return EDIT_LEFT;
	if (e->skill == NO_SKILL)
		return EDIT_TAKEN;
	if (!view_shows(view, e->skill) || view->set->skills[e->skill].is_link)
		return EDIT_LEFT;
	return e->is_base_there ? EDIT_TAKEN : EDIT_BY_FORCE;
}
