#include "discover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "path.h"
#include "skill.h"
#include "skillignore.h"
#include "strbuf.h"

struct walk {
	struct skillset *set;
	unsigned flags;
	struct strbuf rel;      /* of the directory in hand */
	struct strbuf head;     /* of the SKILL.md in hand, used again */
	struct arena scratch;   /* of one front matter */
	struct ignore *ignore;  /* of the part of the source we are in */
	bool is_hidden_unknown; /* a file of rules here cannot be read */
	struct tracked_repo
	    *repo; /* the tracked repository we are in, or NULL */
};

/* A part of the source that we could not look at: absence proves nothing. */
static void
add_gap(struct walk *walk, const char *rel, struct error *err)
{
	walk->set->is_complete = false;
	skillset_add_problem(walk->set, PROBLEM_UNREADABLE, rel, 0,
	    error_msg(err));
	error_free(err); /* told as a problem of the source */
}

/* The same, unless nothing there was to be shown anyway. */
static void
add_unreadable(struct walk *walk, const char *rel, struct error *err)
{
	if (ignore_excludes(walk->ignore, rel, true) == NULL)
		add_gap(walk, rel, err);
	else
		error_free(err); /* of what is disabled */
}

static struct skill *
new_skill(struct walk *walk, const char *rel)
{
	struct skillset *set = walk->set;

	set->skills = xgrow(set->skills, set->n, sizeof(*set->skills));
	struct skill *skill = &set->skills[set->n++];
	const char *abs = arena_printf(&set->arena, "%s/%s", set->source, rel);

	*skill = (struct skill){
		.abs = abs,
		.rel = abs + strlen(set->source) + 1,
		.state = SKILL_OK,
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
read_head(int dir_fd, enum fs_kind kind, struct strbuf *head)
{
	AUTO_CLOSE int fd = -1;
	char buf[4096];
	struct error *err = kind == FS_FILE
				? fs_open_listed_at(dir_fd, SKILL_FILE, &fd)
				: fs_open_file_at(dir_fd, SKILL_FILE, &fd);

	if (err != NULL)
		return err;
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

/* Is err the refusal of a link out of dir_fd that an agent could read? */
static bool
leads_out(int dir_fd, const struct error *err)
{
	if (!error_is_sys(err, EXDEV) && !error_is_sys(err, ELOOP))
		return false;
	AUTO_ERROR struct error *unread = fs_can_read(dir_fd, SKILL_FILE);
	return unread == NULL;
}

static const char *const *
copy_list(struct arena *arena, const char *const *items, size_t n)
{
	const char **copy = arena_alloc(arena, (n + 1) * sizeof(*copy));

	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, items[i]);
	return copy;
}

/* The directory dir_fd holds a SKILL.md of that kind: take it in. */
static void
take_skill(struct walk *walk, int dir_fd, enum fs_kind kind)
{
	const char *rel = strbuf_str(&walk->rel);
	struct skill *skill = add_skill(walk, rel);
	AUTO_FREE char *file = path_join(rel, SKILL_FILE);

	if (skill == NULL)
		return;
	struct error *err = read_head(dir_fd, kind, &walk->head);
	if (leads_out(dir_fd, err)) {
		error_free(err); /* the agents may follow it, we do not */
		skillset_add_problem(walk->set, PROBLEM_FRONT_MATTER, file, 0,
		    "is a link out of the skill's directory: not read here");
		return;
	}
	if (err != NULL) {
		if (skill->state == SKILL_OK)
			skill->state = SKILL_UNREADABLE;
		add_unreadable(walk, file, err);
		return;
	}

	struct skill_meta meta = { 0 };
	skill_meta_parse(strbuf_str(&walk->head), walk->head.len,
	    &walk->scratch, &meta);
	if (meta.name != NULL)
		skill->name = arena_strdup(&walk->set->arena, meta.name);
	if (meta.description != NULL && (walk->flags & DISCOVER_TEXTS) != 0)
		skill->description =
		    arena_strdup(&walk->set->arena, meta.description);
	if (meta.targets != NULL)
		skill->only_for =
		    copy_list(&walk->set->arena, meta.targets, meta.n_targets);
	if (meta.problem != NULL)
		skillset_add_problem(walk->set, PROBLEM_FRONT_MATTER, file,
		    meta.problem_line, meta.problem);
	arena_release(&walk->scratch);
}

/* What SKILL.md is in that directory. */
static enum fs_kind
kind_of_skill_file(const struct fs_list *list)
{
	size_t low = 0;
	size_t high = list->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(list->entries[mid].name, SKILL_FILE);

		if (order == 0)
			return list->entries[mid].kind;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return FS_ABSENT;
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

/* A link directly in the source, that may lead to a skill. */
static void
take_link(struct walk *walk, int source_fd, const char *name)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	AUTO_FREE char *abs = path_join(walk->set->source_real, name);
	struct error *err = fs_stat_follow(source_fd, name, &st);

	if (err != NULL) {
		add_unreadable(walk, name, err);
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
		add_unreadable(walk, name, err);
		return;
	}
	err = fs_stat_follow(fd, SKILL_FILE, &st);
	if (err != NULL) {
		add_unreadable(walk, name, err);
		return;
	}
	if (st.kind != FS_FILE)
		return;

	strbuf_truncate(&walk->rel, 0);
	strbuf_add(&walk->rel, name);
	take_skill(walk, fd, FS_LINK);
	walk->set->skills[walk->set->n - 1].is_link = true;
}

static bool
is_tracked_repo(int dir_fd)
{
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat(dir_fd, ".git", &st);

	return err == NULL && st.kind != FS_ABSENT;
}

/* ---- what is disabled ---------------------------------------------------- */

/* Rules that cannot be read: what they hide must not be shown. */
static void
read_rules(struct walk *walk, int dir_fd, const char *base,
    struct ignore *ignore)
{
	const char *name = NULL;
	struct error *err = skillignore_read(dir_fd, base, ignore, &name);

	if (err == NULL)
		return;
	AUTO_FREE char *file = path_join(base, name);
	walk->is_hidden_unknown = true;
	add_gap(walk, file, err);
}

static struct ignore *
add_ignore(struct walk *walk)
{
	struct skillset *set = walk->set;
	struct ignore *ignore = xcalloc(1, sizeof(*ignore));

	set->ignores =
	    xgrow(set->ignores, set->n_ignores, sizeof(*set->ignores));
	set->ignores[set->n_ignores++] = ignore;
	return ignore;
}

/* A repository's own rules, and behind them the source's, which so win. */
static void
enter_repo(struct walk *walk, int dir_fd, const char *name)
{
	struct skillset *set = walk->set;
	struct ignore own = { 0 };

	set->repos = xgrow(set->repos, set->n_repos, sizeof(*set->repos));
	walk->repo = &set->repos[set->n_repos++];
	*walk->repo = (struct tracked_repo){
		.name = arena_strdup(&set->arena, name),
	};
	/* One that is disabled as a whole has nothing to say. */
	if (ignore_excludes(walk->ignore, name, true) == NULL)
		read_rules(walk, dir_fd, name, &own);
	if (own.n > 0) {
		const struct ignore *top = walk->ignore;

		walk->ignore = add_ignore(walk);
		*walk->ignore = own;
		for (size_t i = 0; i < top->n; i++)
			ignore_add(walk->ignore, top->rules[i].file, "",
			    top->rules[i].line, top->rules[i].text);
	}
}

/* ---- the walk ------------------------------------------------------------ */

static void walk_dir(struct walk *walk, int dir_fd, unsigned depth);

/* The directory name in dir_fd: opened, walked, and walk->rel as before. */
static void
walk_sub(struct walk *walk, int dir_fd, const char *name, unsigned depth)
{
	AUTO_CLOSE int fd = -1;
	size_t len = walk->rel.len;
	struct error *err = fs_open_dir_at(dir_fd, name, &fd);

	if (len > 0)
		strbuf_add_char(&walk->rel, '/');
	strbuf_add(&walk->rel, name);
	if (err != NULL) {
		add_unreadable(walk, strbuf_str(&walk->rel), err);
	} else if (depth > DISCOVER_MAX_DEPTH) {
		walk->set->is_complete = false;
		skillset_add_problem(walk->set, PROBLEM_TOO_DEEP,
		    strbuf_str(&walk->rel), 0,
		    "nested too deep: not looked into");
	} else {
		struct ignore *ignore = walk->ignore;
		bool was_unknown = walk->is_hidden_unknown;

		if (depth == 1 && name[0] == '_' && is_tracked_repo(fd))
			enter_repo(walk, fd, name);
		walk_dir(walk, fd, depth);
		if (depth == 1)
			walk->repo = NULL;
		walk->ignore = ignore;
		walk->is_hidden_unknown = was_unknown;
	}
	strbuf_truncate(&walk->rel, len);
}

static void
walk_dir(struct walk *walk, int dir_fd, unsigned depth)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	const char *rel = strbuf_str(&walk->rel);
	struct error *err = fs_list_new(dir_fd, depth == 0 ? "." : rel, &list);

	if (err != NULL) {
		add_unreadable(walk, depth == 0 ? "." : rel, err);
		return;
	}
	/* A directory of that name makes no skill. */
	enum fs_kind kind = kind_of_skill_file(&list);
	if (depth > 0 && kind != FS_ABSENT && kind != FS_DIR)
		take_skill(walk, dir_fd, kind);
	for (size_t i = 0; i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];

		if (e->name[0] == '.')
			continue;
		if (e->kind == FS_DIR)
			walk_sub(walk, dir_fd, e->name, depth + 1);
		else if (e->kind == FS_LINK && depth == 0)
			take_link(walk, dir_fd, e->name);
		if (depth == 0)
			strbuf_truncate(&walk->rel, 0);
	}
}

MUST_USE static struct error *
open_source(struct skillset *set, int *fd_out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *real = NULL;
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir(set->source, &fd);

	if (err != NULL) {
		bool absent = error_is_sys(err, ENOENT);
		struct error *told = error_new(ERR_CONFIG,
		    absent ? "the source %s does not exist: create it, or "
			     "correct \"source\" in the config"
			   : "the source %s cannot be used: %s",
		    set->source, error_msg(err));
		error_free(err); /* told in the words of the config */
		return told;
	}
	err = fs_stat_fd(fd, set->source, &st);
	if (err != NULL)
		return err;
	err = fs_fd_path(fd, &real);
	if (err != NULL)
		return err;
	set->source_real = arena_strdup(&set->arena, real);
	set->source_dev = st.dev;
	set->source_id = fs_id_of(&st);
	*fd_out = STEAL_FD(fd);
	return NULL;
}

struct error *
discover(const char *source, unsigned flags, struct skillset **out)
{
	AUTO_CLOSE int fd = -1;
	struct skillset *set = xcalloc(1, sizeof(*set));
	struct walk walk = { .set = set, .flags = flags };

	set->is_complete = true;
	set->source = arena_strdup(&set->arena, source);
	struct error *err = open_source(set, &fd);
	if (err != NULL) {
		skillset_free(set);
		return err;
	}

	walk.ignore = add_ignore(&walk);
	read_rules(&walk, fd, "", walk.ignore);
	walk_dir(&walk, fd, 0);
	skillset_settle(set);
	strbuf_release(&walk.rel);
	strbuf_release(&walk.head);
	arena_release(&walk.scratch);
	*out = set;
	return NULL;
}
