#include <fcntl.h>
#include <string.h>

#include "agents.h"
#include "doctorpart.h"
#include "fs.h"
#include "path.h"
#include "skill.h"

/* As many names as still fit a command. */
#define EXCLUDES_MAX 10
#define GLOB_CHARS "*?[]{}\\!"

/* A directory that agents read, and the skills that can be read in it. */
struct seen_dir {
	uint64_t dev;
	uint64_t ino;
	const char *path;
	const char **names; /* sorted; heap */
	size_t n;
};

/* Directories as they are met, each read once. */
struct sight {
	struct exam *e;
	struct seen_dir *views;
	size_t n;
};

/* The directories that one agent reads: indexes of views. */
struct search_path {
	size_t *views;
	size_t n;
};

/* ---- directories --------------------------------------------------------- */

static bool
can_read_skill(int dir_fd, const char *rel)
{
	AUTO_FREE char *file = path_join(rel, SKILL_FILE);
	AUTO_ERROR struct error *err = fs_can_read(dir_fd, file);

	return err == NULL;
}

static void
read_view(struct exam *e, struct seen_dir *view, int fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_ERROR struct error *err = fs_list(fd, view->path, &list);

	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const char *name = list.entries[i].name;

		if (name[0] == '.' || list.entries[i].kind == FS_FILE ||
		    !can_read_skill(fd, name))
			continue;
		view->names = xgrow(view->names, view->n, sizeof(*view->names));
		view->names[view->n++] = exam_text(e, "%s", name);
	}
}

/* False if there is no such directory. */
static bool
find_view(struct sight *sight, const char *path, size_t *out)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_open_dir(path, &fd);

	if (err == NULL)
		err = fs_stat_fd(fd, path, &st);
	if (err != NULL)
		return false;
	for (size_t i = 0; i < sight->n; i++) {
		if (sight->views[i].dev == st.dev &&
		    sight->views[i].ino == st.ino) {
			*out = i;
			return true;
		}
	}
	sight->views = xgrow(sight->views, sight->n, sizeof(*sight->views));
	struct seen_dir *view = &sight->views[sight->n];
	*view = (struct seen_dir){
		.dev = st.dev,
		.ino = st.ino,
		.path = exam_text(sight->e, "%s", path),
	};
	read_view(sight->e, view, fd);
	*out = sight->n++;
	return true;
}

static void
add_to_path(struct sight *sight, struct search_path *path, const char *dir)
{
	AUTO_FREE char *abs = path_expand_home(sight->e->env->home, dir);
	size_t view = 0;

	if (!find_view(sight, abs, &view))
		return;
	for (size_t i = 0; i < path->n; i++) {
		if (path->views[i] == view)
			return;
	}
	path->views = xgrow(path->views, path->n, sizeof(*path->views));
	path->views[path->n++] = view;
}

/* first: where its target is, or NULL. */
static struct search_path
search_path_of(struct sight *sight, const struct agent *agent,
    const char *first)
{
	struct search_path path = { 0 };
	const char *at = agent->also_scans;

	if (first != NULL)
		add_to_path(sight, &path, first);
	add_to_path(sight, &path, agent->path);
	while (*at != '\0') {
		size_t len = strcspn(at, ",");
		AUTO_FREE char *dir = xstrndup(at, len);

		add_to_path(sight, &path, dir);
		at += len + (at[len] == ',');
	}
	return path;
}

/* ---- each wanted skill --------------------------------------------------- */

static void
tell_linked_file(struct exam *e, const struct config_target *t,
    const struct skill *skill)
{
	AUTO_FREE char *rel = path_join(skill->rel, SKILL_FILE);
	struct finding *f = exam_find(e, DOCTOR_WARNING,
	    "follows links to directories, but not a SKILL.md that is a link: "
	    "it does not see %s",
	    skill->entry);
	const char *path = exam_path(e, e->set->source, rel);
	AUTO_FREE char *copy = xasprintf("%s.new", path);
	const char *made =
	    exam_command(e, exam_command(e, "cp -L", path), copy);

	f->target = t->name;
	f->path = path;
	f->command = exam_text(e, "%s && %s", made,
	    exam_command(e, exam_command(e, "mv", copy), path));
}

static bool
is_linked_file(int dir_fd, const char *rel)
{
	AUTO_FREE char *file = path_join(rel, SKILL_FILE);
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat(dir_fd, file, &st);

	return err == NULL && st.kind == FS_LINK;
}

/* Is the skill there, as a right link or as a copy of ours? */
static bool
is_shown(const struct observed_target *o, uint32_t i)
{
	const struct observed_entry *e;

	if (o->right[i])
		return true;
	e = observed_find(o, view_name(o->view, i));
	return e != NULL && seen_is_copy(e->seen);
}

/* Opens every wanted skill as the agent does: through the target's path. */
static void
look_through(struct exam *e, const struct plan_target *t)
{
	AUTO_CLOSE int fd = -1;
	AUTO_STRBUF struct strbuf unseen = { 0 };
	const struct view *view = t->seen->view;
	const struct config_target *config = t->config;
	const struct agent *agent = agents_find(config->name);
	bool is_whole = config->mode == MODE_SYMLINK;
	size_t n_seen = 0, n_unseen = 0, n_wanted = view->n_shown;
	AUTO_ERROR struct error *err = fs_open_dir(config->path, &fd);

	if (err != NULL)
		return; /* told with the targets */
	for (uint32_t i = 0; i < e->set->n; i++) {
		const struct skill *skill = &e->set->skills[i];
		const char *rel = is_whole ? skill->rel : view_name(view, i);

		if (!view_shows(view, i))
			continue;
		if (!can_read_skill(fd, rel)) {
			if (is_whole || is_shown(t->seen, i))
				exam_name(&unseen, n_unseen++, skill->entry);
			continue;
		}
		if (agent != NULL &&
		    (agents_blind(agent) & AGENT_BLIND_LINKED_FILE) != 0 &&
		    is_linked_file(fd, rel))
			tell_linked_file(e, config, skill);
		else
			n_seen++;
	}
	exam_names_end(&unseen, n_unseen);
	struct finding *f =
	    n_unseen > 0
		? exam_find(e, DOCTOR_ERROR,
		      "%zu skill%s cannot be read through this path: %s",
		      n_unseen, n_unseen == 1 ? "" : "s", strbuf_str(&unseen))
		: exam_find(e, n_seen == n_wanted ? DOCTOR_OK : DOCTOR_INFO,
		      "%zu of %zu skill%s can be read here", n_seen, n_wanted,
		      n_wanted == 1 ? "" : "s");
	f->target = config->name;
	f->path = config->path;
	if (n_unseen > 0)
		f->command = exam_command(e, "chmod -R u+rX", e->set->source);
}

/* ---- twice --------------------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
has_name(const struct seen_dir *view, const char *name)
{
	return view->n > 0 && bsearch(&name, view->names, view->n,
				  sizeof(*view->names), compare_names) != NULL;
}

/* Is name in one of the first n directories of the path? */
static bool
is_before(const struct sight *sight, const struct search_path *path, size_t n,
    const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (has_name(&sight->views[path->views[i]], name))
			return true;
	}
	return false;
}

/* Is the name in the target an entry of ours, that a filter can take out? */
static bool
is_ours(const struct plan_target *t, const char *name)
{
	const struct view *view = t->seen->view;
	size_t at = 0;
	uint32_t skill = 0;

	return t->config->mode != MODE_SYMLINK &&
	       strpbrk(name, GLOB_CHARS ",") == NULL &&
	       view_seek(view, &at, name, &skill) && view_shows(view, skill) &&
	       is_shown(t->seen, skill);
}

/*
 * A target that leaves out what the agent has from elsewhere; NULL where that
 * is all that it shows, so that it need not be a target, or where filters
 * cannot do it.
 */
static const char *
mend_by_filter(struct exam *e, const struct plan_target *t,
    const char *const *names, size_t n)
{
	AUTO_STRBUF struct strbuf list = { 0 };
	const char *target = t->config->name;

	if (n >= t->seen->view->n_shown || n > EXCLUDES_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (!is_ours(t, names[i]))
			return NULL;
		strbuf_printf(&list, "%s%s", i > 0 ? "," : "", names[i]);
	}
	const char *verb =
	    exam_text(e, "skillshare target %s --add-exclude", target);
	return exam_text(e, "%s && skillshare sync %s",
	    exam_command(e, verb, strbuf_str(&list)), target);
}

/* What the agent has from directory a of its path, and again from b. */
static void
tell_twice(struct sight *sight, const struct plan_target *t,
    const struct search_path *path, size_t a, size_t b)
{
	struct exam *e = sight->e;
	const char *mend = NULL;
	const struct seen_dir *first = &sight->views[path->views[a]];
	const struct seen_dir *second = &sight->views[path->views[b]];
	AUTO_FREE const char **twice = xcalloc(second->n + 1, sizeof(*twice));
	AUTO_STRBUF struct strbuf names = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < second->n; i++) {
		const char *name = second->names[i];

		if (!has_name(first, name) || is_before(sight, path, a, name))
			continue;
		exam_name(&names, n, name);
		twice[n++] = name;
	}
	exam_names_end(&names, n);
	if (n == 0)
		return;
	/* In its own directory they can be spared: it reads the other one. */
	if (a == 0)
		mend = mend_by_filter(e, t, twice, n);
	bool all_go = a == 0 && mend == NULL;
	if (all_go)
		mend = exam_text(e, "skillshare target remove %s",
		    t->config->name);
	struct finding *f = exam_find(e, DOCTOR_WARNING,
	    "reads this directory too, and so sees %zu skill%s twice, here and "
	    "in %s: %s%s",
	    n, n == 1 ? "" : "s", first->path, strbuf_str(&names),
	    all_go ? " (it needs no target of its own; the copies that stay "
		     "there can go, too)"
		   : "");
	f->target = t->config->name;
	f->path = second->path;
	f->command = mend;
}

static void
look_for_twice(struct sight *sight, const struct plan_target *t)
{
	const struct agent *agent = agents_find(t->config->name);

	if (agent == NULL)
		return;
	struct search_path path = search_path_of(sight, agent, t->config->path);
	for (size_t b = 1; b < path.n; b++) {
		for (size_t a = 0; a < b; a++)
			tell_twice(sight, t, &path, a, b);
	}
	free(path.views);
}

/* ---- others -------------------------------------------------------------- */

static bool
is_configured(const struct exam *e, const struct agent *agent)
{
	for (size_t i = 0; i < e->config->n_targets; i++) {
		if (agents_find(e->config->targets[i].name) == agent)
			return true;
	}
	return false;
}

/* Agents that are no targets and read the directory of one. */
static void
tell_others(struct sight *sight, const struct config_target *t)
{
	AUTO_STRBUF struct strbuf names = { 0 };
	size_t n_agents = 0, n = 0, own = 0;
	const struct agent *agents = agents_all(&n_agents);

	if (!find_view(sight, t->path, &own))
		return;
	for (size_t i = 0; i < n_agents; i++) {
		if (is_configured(sight->e, &agents[i]))
			continue;
		struct search_path path =
		    search_path_of(sight, &agents[i], NULL);
		for (size_t k = 0; k < path.n; k++) {
			if (path.views[k] == own)
				exam_name(&names, n++, agents[i].name);
		}
		free(path.views);
	}
	exam_names_end(&names, n);
	if (n == 0)
		return;
	struct finding *f = exam_find(sight->e, DOCTOR_INFO,
	    "is also read by %s", strbuf_str(&names));
	f->target = t->name;
	f->path = t->path;
}

void
exam_sight(struct exam *e)
{
	struct sight sight = { .e = e };

	if (e->plan == NULL)
		return;
	for (size_t i = 0; i < e->plan->n; i++) {
		const struct plan_target *t = &e->plan->targets[i];

		if (t->refusal != NULL)
			continue; /* told with the targets */
		if (t->same_as == NO_TARGET)
			look_through(e, t);
		look_for_twice(&sight, t);
		if (t->same_as == NO_TARGET)
			tell_others(&sight, t->config);
	}
	for (size_t i = 0; i < sight.n; i++)
		free(sight.views[i].names);
	free(sight.views);
}
