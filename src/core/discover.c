#include "discover.h"

#include <errno.h>
#include <string.h>

#include "path.h"
#include "skillignore.h"
#include "walk.h"

struct error *
walk_open(struct spot *spot)
{
	if (spot->fd != -1)
		return NULL;
	if (spot->above == NULL)
		BUG("the source is not open");
	struct error *err = walk_open(spot->above);
	return err != NULL
		   ? err
		   : fs_open_dir_at(spot->above->fd, spot->name, &spot->fd);
}

void
walk_add_gap(struct walk *walk, const char *rel, struct error *err)
{
	walk->set->is_complete = false;
	skillset_add_problem(walk->set, PROBLEM_UNREADABLE, rel, 0,
	    error_msg(err));
	error_free(err); /* told as a problem of the source */
}

void
walk_add_unreadable(struct walk *walk, const char *rel, struct error *err)
{
	if (ignore_excludes(walk->ignore, rel, true) == NULL)
		walk_add_gap(walk, rel, err);
	else
		error_free(err); /* of what is disabled */
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

/* The directory at rel? */
static bool
is_tracked_repo(const struct walk *walk, const char *rel)
{
	AUTO_FREE char *git = path_join(rel, ".git");
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat(walk->source_fd, git, &st);

	return err == NULL && st.kind != FS_ABSENT;
}

/* ---- what is disabled ---------------------------------------------------- */

/* Rules that cannot be read: what they hide must not be shown. */
static void
read_rules(struct walk *walk, struct spot *spot, const char *base,
    struct ignore *ignore)
{
	const char *name = SKILLIGNORE_NAME;
	struct error *err = walk_open(spot);

	if (err == NULL)
		err = skillignore_read(spot->fd, base, ignore, &name);
	if (err == NULL)
		return;
	AUTO_FREE char *file = path_join(base, name);
	walk->is_hidden_unknown = true;
	walk_add_gap(walk, file, err);
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
enter_repo(struct walk *walk, struct spot *spot, const char *name)
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
		read_rules(walk, spot, name, &own);
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

static void walk_dir(struct walk *walk, struct spot *spot, unsigned depth);

static bool
is_same(const struct spot *spot)
{
	return spot->old != NULL && spot->old->is_same;
}

/* Unless it is as it was it is opened, to be read. */
MUST_USE static struct error *
look_at(struct walk *walk, struct spot *spot)
{
	const char *rel = strbuf_str(&walk->rel);

	if (is_same(spot))
		return NULL;
	struct error *err = walk_open(spot);
	/* Only to be kept: without it, it is read again the next time. */
	if (err == NULL && spot->at != NOT_SEEN)
		error_free(fs_stat_fd(spot->fd, rel, &spot->st));
	return err;
}

/* The directory that walk->rel is of now. */
static void
walk_spot(struct walk *walk, struct spot *spot, unsigned depth)
{
	const char *rel = strbuf_str(&walk->rel);
	struct ignore *ignore = walk->ignore;
	bool was_unknown = walk->is_hidden_unknown;
	struct error *err = look_at(walk, spot);

	if (err != NULL) {
		walk_add_unreadable(walk, rel, err);
		return;
	}
	if (depth > DISCOVER_MAX_DEPTH) {
		walk->set->is_complete = false;
		skillset_add_problem(walk->set, PROBLEM_TOO_DEEP, rel, 0,
		    "nested too deep: not looked into");
		return;
	}
	if (depth == 1 && rel[0] == '_' && is_tracked_repo(walk, rel))
		enter_repo(walk, spot, rel);
	walk_dir(walk, spot, depth);
	if (depth == 1)
		walk->repo = NULL;
	walk->ignore = ignore;
	walk->is_hidden_unknown = was_unknown;
}

/* The directory name in above: walked, and walk->rel as before. */
static void
walk_sub(struct walk *walk, struct spot *above, const char *name,
    const struct source_dir *old, unsigned depth)
{
	struct spot spot = {
		.above = above,
		.name = name,
		.fd = -1,
		.old = old,
	};
	size_t len = walk->rel.len;

	if (len > 0)
		strbuf_add_char(&walk->rel, '/');
	strbuf_add(&walk->rel, name);
	spot.at = sourceseen_enter(walk->seen, strbuf_str(&walk->rel));
	walk_spot(walk, &spot, depth);
	sourceseen_leave(walk->seen, spot.at);
	base_close_fd(&spot.fd);
	strbuf_truncate(&walk->rel, len);
}

static void
walk_link(struct walk *walk, const char *name)
{
	sourceseen_add_link(walk->seen, name);
	walk_take_link(walk, name);
}

/* A directory of that name makes no skill. */
static bool
is_skill(enum fs_kind file_kind, unsigned depth)
{
	return depth > 0 && file_kind != FS_ABSENT && file_kind != FS_DIR;
}

/* A directory that has the names that it had. */
static void
walk_same(struct walk *walk, struct spot *spot, unsigned depth)
{
	const struct source_list *known = &walk->seen->old;
	struct source_below below = sourceseen_below(walk->seen, spot->old);
	const struct source_dir *dir;

	sourceseen_same_dir(walk->seen, spot->at, spot->old);
	if (is_skill(spot->old->file_kind, depth))
		walk_take_skill(walk, spot, spot->old->file_kind);
	while ((dir = source_below_next(&below)) != NULL)
		walk_sub(walk, spot, path_base(dir->rel), dir, depth + 1);
	for (size_t i = 0; depth == 0 && i < known->n_links; i++)
		walk_link(walk, known->links[i]);
}

static void
walk_dir(struct walk *walk, struct spot *spot, unsigned depth)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct source_below below = sourceseen_below(walk->seen, spot->old);
	const char *rel = depth == 0 ? "." : strbuf_str(&walk->rel);

	if (is_same(spot)) {
		walk_same(walk, spot, depth);
		return;
	}
	struct error *err = fs_list_new(spot->fd, rel, &list);
	if (err != NULL) {
		walk_add_unreadable(walk, rel, err);
		return;
	}
	enum fs_kind kind = kind_of_skill_file(&list);
	sourceseen_read_dir(walk->seen, spot->at, &spot->st, kind);
	if (is_skill(kind, depth))
		walk_take_skill(walk, spot, kind);
	for (size_t i = 0; i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];

		if (e->name[0] == '.')
			continue;
		if (e->kind == FS_DIR)
			walk_sub(walk, spot, e->name,
			    source_below_find(&below, e->name), depth + 1);
		else if (e->kind == FS_LINK && depth == 0)
			walk_link(walk, e->name);
	}
}

MUST_USE static struct error *
open_source(struct skillset *set, struct spot *out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *real = NULL;
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
	err = fs_stat_fd(fd, set->source, &out->st);
	if (err == NULL)
		err = fs_fd_path(fd, &real);
	if (err != NULL)
		return err;
	set->source_real = arena_strdup(&set->arena, real);
	set->source_dev = out->st.dev;
	set->source_id = fs_id_of(&out->st);
	out->fd = STEAL_FD(fd);
	return NULL;
}

/* The source itself, which is open. */
static void
walk_source(struct walk *walk, struct spot *spot)
{
	struct sourceseen *seen = walk->seen;

	sourceseen_load(seen, walk->set, spot->fd);
	spot->old = sourceseen_top(seen);
	walk->source_fd = spot->fd;
	walk->ignore = add_ignore(walk);
	read_rules(walk, spot, "", walk->ignore);
	spot->at = sourceseen_enter(seen, "");
	walk_dir(walk, spot, 0);
	sourceseen_leave(seen, spot->at);
}

struct error *
discover(const char *source, struct sourceseen *seen, unsigned flags,
    struct skillset **out)
{
	struct skillset *set = xcalloc(1, sizeof(*set));
	struct walk walk = { .set = set, .seen = seen, .flags = flags };
	struct spot spot = { .fd = -1 };

	set->is_complete = true;
	set->source = arena_strdup(&set->arena, source);
	struct error *err = open_source(set, &spot);
	if (err != NULL) {
		skillset_free(set);
		return err;
	}
	walk_source(&walk, &spot);
	skillset_settle(set);
	base_close_fd(&spot.fd);
	strbuf_release(&walk.rel);
	strbuf_release(&walk.head);
	arena_release(&walk.scratch);
	*out = set;
	return NULL;
}
