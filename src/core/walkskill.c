#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "path.h"
#include "skill.h"
#include "walk.h"

static struct skill *
new_skill(struct walk *walk, const char *rel)
{
	struct skillset *set = walk->set;

	set->skills = xgrow(set->skills, set->n, sizeof(*set->skills));
	struct skill *skill = &set->skills[set->n++];
	const char *abs = arena_join(&set->arena, set->source, rel);

	*skill = (struct skill){
		.abs = abs,
		.rel = abs + strlen(set->source) + 1,
		.state = SKILL_OK,
		.look = NOT_SEEN,
	};
	/* Most skills are not nested: their entry name is their rel. */
	skill->entry = strchr(rel, '/') == NULL
			   ? skill->rel
			   : skillset_entry(&set->arena, rel);
	return skill;
}

/* Adds the skill at rel; NULL if it is disabled, and all is said with that. */
static struct skill *
add_skill(struct walk *walk, const char *rel)
{
	struct skill *skill = new_skill(walk, rel);

	skill->rule = ignore_excludes(walk->ignore, rel, true);
	if (skill->rule != NULL) {
		skill->state = SKILL_DISABLED;
		return NULL;
	}
	if (strlen(skill->entry) > NAME_MAX) {
		skill->state = SKILL_TOO_LONG;
		skillset_add_problem(walk->set, PROBLEM_TOO_LONG, rel, 0,
		    "its name in a target would be longer than 255 bytes: "
		    "shorten the names of its directories");
	}
	/* What is hidden must not be shown because we cannot know it. */
	if (walk->is_hidden_unknown)
		skill->state = SKILL_UNREADABLE;
	if (walk->repo != NULL)
		walk->repo->n_skills++;
	return skill;
}

MUST_USE static struct error *
read_head(int fd, struct strbuf *head)
{
	char buf[4096];

	strbuf_truncate(head, 0);
	while (head->len < SKILL_HEAD_MAX_BYTES) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_errno("read", SKILL_FILE);
		strbuf_add_mem(head, buf, (size_t)n);
		/* The front matter's end is nearly always in the first 4 KiB.
		 */
		if (n < (ssize_t)sizeof(buf) ||
		    strstr(strbuf_str(head) + 1, "\n---") != NULL)
			break;
	}
	return NULL;
}

/* The head of SKILL.md and a look before it, if this run keeps what it sees. */
MUST_USE static struct error *
open_head(struct walk *walk, struct spot *spot, enum fs_kind kind, int *fd_out,
    struct fs_stat *st)
{
	struct error *err = walk_open(spot);

	if (err == NULL)
		err = kind == FS_FILE
			  ? fs_open_listed_at(spot->fd, SKILL_FILE, fd_out)
			  : fs_open_file_at(spot->fd, SKILL_FILE, fd_out);
	if (err == NULL && spot->at != NOT_SEEN)
		error_free(fs_stat_fd(*fd_out, SKILL_FILE, st)); /* not kept */
	return err != NULL ? err : read_head(*fd_out, &walk->head);
}

/* Is err the refusal of a link out of dir_fd that an agent could read? */
static bool
leads_out(int dir_fd, const struct error *err)
{
	if (!error_is_sys(err, EXDEV) && !error_is_sys(err, ELOOP))
		return false;
	AUTO_ERROR struct error *unread = fs_can_read(dir_fd, SKILL_FILE);
	return unread == NULL;
}

/* What the front matter of its SKILL.md says. */
static void
take_meta(struct walk *walk, struct skill *skill, const struct skill_meta *meta)
{
	struct arena *arena = &walk->set->arena;

	if (meta->name != NULL)
		skill->name = arena_strdup(arena, meta->name);
	if (meta->description != NULL && (walk->flags & DISCOVER_TEXTS) != 0)
		skill->description = arena_strdup(arena, meta->description);
	if (meta->targets != NULL)
		skill->only_for =
		    arena_strdup_list(arena, meta->targets, meta->n_targets);
	if (meta->problem == NULL)
		return;
	AUTO_FREE char *file = path_join(skill->rel, SKILL_FILE);
	skillset_add_problem(walk->set, PROBLEM_FRONT_MATTER, file,
	    meta->problem_line, meta->problem);
}

static void
read_skill(struct walk *walk, struct spot *spot, enum fs_kind kind,
    struct skill *skill)
{
	AUTO_FREE char *file = path_join(skill->rel, SKILL_FILE);
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct skill_meta meta = { 0 };
	struct error *err = open_head(walk, spot, kind, &fd, &st);

	if (leads_out(spot->fd, err)) {
		error_free(err); /* the agents may follow it, we do not */
		skillset_add_problem(walk->set, PROBLEM_FRONT_MATTER, file, 0,
		    "is a link out of the skill's directory: not read here");
		return;
	}
	if (err != NULL) {
		if (skill->state == SKILL_OK)
			skill->state = SKILL_UNREADABLE;
		walk_add_unreadable(walk, file, err);
		return;
	}
	skill_meta_parse(strbuf_str(&walk->head), walk->head.len,
	    &walk->scratch, &meta);
	if (kind == FS_FILE)
		sourceseen_read_file(walk->seen, spot->at, &st, &meta);
	take_meta(walk, skill, &meta);
	arena_release(&walk->scratch);
}

/* What was known of its SKILL.md, if that is as it was. */
static struct source_file *
recall_skill(const struct walk *walk, const struct spot *spot,
    enum fs_kind kind)
{
	struct source_file *known = spot->old != NULL ? spot->old->file : NULL;

	/* What it says of itself at length is not kept. */
	return known != NULL && known->is_same && kind == FS_FILE &&
		       (walk->flags & DISCOVER_TEXTS) == 0
		   ? known
		   : NULL;
}

void
walk_take_skill(struct walk *walk, struct spot *spot, enum fs_kind kind)
{
	const char *rel = strbuf_str(&walk->rel);
	struct skill *skill = add_skill(walk, rel);

	if (skill == NULL)
		return;
	skill->look = spot->at;
	struct source_file *known = recall_skill(walk, spot, kind);
	if (known == NULL) {
		read_skill(walk, spot, kind, skill);
		return;
	}
	sourceseen_same_file(walk->seen, spot->at, known);
	take_meta(walk, skill, &known->meta);
}

/*
 * What a link leads to that leads nowhere now cannot be said: perhaps to a
 * skill on a disk that is not mounted. Its links in targets stay.
 */
static void
take_dangling(struct walk *walk, const char *name)
{
	struct skill *skill = add_skill(walk, name);

	walk->set->skills[walk->set->n - 1].is_link = true;
	if (skill == NULL)
		return;
	if (skill->state == SKILL_OK)
		skill->state = SKILL_UNREADABLE;
	skillset_add_problem(walk->set, PROBLEM_UNREADABLE, name, 0,
	    "is a link that leads nowhere: mend or remove it");
}

void
walk_take_link(struct walk *walk, const char *name)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	AUTO_FREE char *abs = path_join(walk->set->source_real, name);
	struct error *err = fs_stat_follow(walk->source_fd, name, &st);

	if (err != NULL) {
		walk_add_unreadable(walk, name, err);
		return;
	}
	if (st.kind == FS_ABSENT) {
		take_dangling(walk, name);
		return;
	}
	if (st.kind != FS_DIR)
		return;
	err = fs_open_dir(abs, &fd);
	if (err != NULL) {
		walk_add_unreadable(walk, name, err);
		return;
	}
	err = fs_stat_follow(fd, SKILL_FILE, &st);
	if (err != NULL) {
		walk_add_unreadable(walk, name, err);
		return;
	}
	if (st.kind != FS_FILE)
		return;

	struct spot spot = { .fd = fd, .at = NOT_SEEN };
	strbuf_truncate(&walk->rel, 0);
	strbuf_add(&walk->rel, name);
	walk_take_skill(walk, &spot, FS_LINK);
	strbuf_truncate(&walk->rel, 0);
	walk->set->skills[walk->set->n - 1].is_link = true;
}
