#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agents.h"
#include "copyjudge.h"
#include "doctorpart.h"
#include "fs.h"
#include "path.h"

/* A finding about the target as a whole. */
PRINTF_LIKE(4, 5)
static struct finding *
find(struct exam *e, const struct config_target *t,
    enum doctor_severity severity, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	struct finding *f = exam_find(e, severity, "%s", text);
	f->target = t->name;
	f->path = t->path;
	return f;
}

static const char *
sync_command(struct exam *e, const struct config_target *t)
{
	return exam_text(e, "skillshare sync %s", t->name);
}

/* ---- the target's own place ---------------------------------------------- */

/* What mends a target that fails, if one command can. */
static const char *
mend_refusal(struct exam *e, const struct plan_target *t)
{
	const struct observed_target *o = t->seen;
	const char *name = t->config->name;
	const char *path = t->config->path;

	if (t->same_as != NO_TARGET)
		return exam_text(e, "skillshare target %s --mode %s", name,
		    config_mode_name(
			e->plan->targets[t->same_as].config->mode));
	if (o->overlap != OVERLAP_NONE)
		return exam_text(e, "skillshare target remove %s", name);
	switch (o->kind) {
	case PLACE_NO_DIR: {
		AUTO_FREE char *aside = xasprintf("%s.old", path);
		return exam_command(e, exam_command(e, "mv", path), aside);
	}
	case PLACE_LINK_DANGLING:
		return exam_command(e, "rm", path);
	case PLACE_LINK_FOREIGN:
		return exam_text(e, "skillshare sync --force %s", name);
	case PLACE_DIR:
		return t->config->mode == MODE_SYMLINK
			   ? exam_text(e, "skillshare target %s --mode merge",
				 name)
			   : NULL;
	case PLACE_ABSENT:
	case PLACE_LINK_RIGHT:
	case PLACE_LINK_STALE:
	case PLACE_BROKEN:
		return NULL;
	}
	BUG("place %d", (int)o->kind);
}

static void
tell_refusal(struct exam *e, const struct plan_target *t)
{
	AUTO_STRBUF struct strbuf names = { 0 };

	for (size_t i = 0; i < t->n_obstacles; i++)
		exam_name(&names, i, t->obstacles[i]);
	exam_names_end(&names, t->n_obstacles);
	struct finding *f = find(e, t->config, DOCTOR_ERROR, "%s%s%s",
	    t->refusal, names.len > 0 ? ": " : "", strbuf_str(&names));
	f->command = mend_refusal(e, t);
}

/* Is what cannot be written ours, and only closed by its mode? */
static const char *
mend_rights(struct exam *e, const struct observed_target *o)
{
	const char *dir = o->dir != NULL ? o->dir : o->parent;
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat(AT_FDCWD, dir, &st);

	if (err != NULL || st.uid != geteuid() || (st.mode & 0200) != 0)
		return NULL;
	return exam_command(e, "chmod u+w", dir);
}

static void
look_at_place(struct exam *e, const struct plan_target *t)
{
	const struct observed_target *o = t->seen;
	const struct agent *agent = agents_find(t->config->name);
	struct finding *f;

	if (!o->is_writable) {
		bool changes = plan_target_changes(t);

		f = find(e, t->config, changes ? DOCTOR_ERROR : DOCTOR_WARNING,
		    "cannot be written (no permission, or a read-only file "
		    "system): sync %s",
		    changes ? "fails here" : "will fail when there is news");
		f->command = mend_rights(e, o);
	}
	if (agent != NULL && o->rest != NULL && strchr(o->rest, '/') != NULL) {
		f = find(e, t->config, DOCTOR_INFO,
		    "%s seems not to be installed: there is no directory of "
		    "it yet",
		    agent->name);
		f->command = exam_text(e, "skillshare target remove %s",
		    t->config->name);
	}
	if (o->text != NULL && o->kind == PLACE_DIR)
		find(e, t->config, DOCTOR_INFO,
		    "is a link to a directory elsewhere, which is followed")
		    ->path = o->dir;
}

/* ---- its entries --------------------------------------------------------- */

/* The names with that action in one finding; how many they are. */
static size_t
names_of(const struct plan_target *t, enum action action, struct strbuf *names)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->entries[i].action == action)
			exam_name(names, n++, t->entries[i].name);
	}
	exam_names_end(names, n);
	return n;
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
tell_changes(struct exam *e, const struct plan_target *t)
{
	static const struct {
		enum action action;
		const char *one;
		const char *many;
	} rows[] = {
		{ ACT_LINK, "skill is not linked yet",
		    "skills are not linked yet" },
		{ ACT_COPY, "skill is not copied yet",
		    "skills are not copied yet" },
		{ ACT_RELINK, "link of ours leads to the wrong place",
		    "links of ours lead to the wrong place" },
		{ ACT_UPDATE, "copy is older than its skill",
		    "copies are older than their skills" },
		{ ACT_TO_LINK, "copy should be a link",
		    "copies should be links" },
		{ ACT_TO_COPY, "link should be a copy",
		    "links should be copies" },
		{ ACT_REMOVE, "entry of ours is for a skill that is gone",
		    "entries of ours are for skills that are gone" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_STRBUF struct strbuf names = { 0 };
		size_t n = names_of(t, rows[i].action, &names);

		if (n == 0 || t->place != PLACE_KEEP)
			continue;
		find(e, t->config, DOCTOR_WARNING, "%zu %s: %s", n,
		    n == 1 ? rows[i].one : rows[i].many, strbuf_str(&names))
		    ->command = sync_command(e, t->config);
	}
	if (t->place != PLACE_KEEP)
		find(e, t->config, DOCTOR_WARNING, "%s",
		    t->place == PLACE_MAKE ? "does not exist yet: sync makes it"
					   : "is not yet as its mode asks")
		    ->command = sync_command(e, t->config);
}

static void
tell_conflict(struct exam *e, const struct config_target *t,
    const struct observed_entry *entry)
{
	const char *path = exam_path(e, t->path, entry->name);
	struct finding *f;

	if (entry->seen == SEEN_COPY_EDITED && entry->problem == NULL)
		return; /* told together */
	if (entry->problem != NULL) {
		f = find(e, t, DOCTOR_ERROR, "a copy cannot be read: %s",
		    entry->problem);
		f->path = path;
		f->command = exam_command(e, "chmod -R u+rX", path);
		return;
	}
	AUTO_FREE char *aside = xasprintf("%s.old", path);
	const char *mend =
	    entry->text != NULL
		? exam_command(e, "rm", path)
		: exam_command(e, exam_command(e, "mv", path), aside);
	f = entry->text != NULL
		? find(e, t, DOCTOR_ERROR,
		      "a link of somebody else's, to %s, is in the way of a "
		      "skill",
		      entry->text)
		: find(e, t, DOCTOR_ERROR, "a file is in the way of a skill");

	f->path = path;
	f->command = exam_text(e, "%s && %s", mend, sync_command(e, t));
}

/* Copies edited here of which pull makes the same. */
static void
tell_edits(struct exam *e, const struct plan_target *t, enum edit_pull pull)
{
	static const char *const mends[] = {
		[EDIT_TAKEN] = "skillshare pull",
		[EDIT_BY_FORCE] = "skillshare diff --patch",
		[EDIT_LEFT] = "skillshare diff",
	};
	AUTO_STRBUF struct strbuf names = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct plan_entry *entry = &t->entries[i];
		const struct observed_entry *seen;

		if (entry->action != ACT_CONFLICT)
			continue;
		seen = &t->seen->entries[entry->seen];
		if (seen->seen == SEEN_COPY_EDITED && seen->problem == NULL &&
		    copyjudge_pull(t->seen->view, seen) == pull)
			exam_name(&names, n++, entry->name);
	}
	exam_names_end(&names, n);
	if (n == 0)
		return;
	struct finding *f = find(e, t->config, DOCTOR_WARNING,
	    "%zu cop%s edited here%s, which sync keeps as %s: %s", n,
	    n == 1 ? "y was" : "ies were",
	    pull == EDIT_BY_FORCE ? ", and in the source as well" : "",
	    n == 1 ? "it is" : "they are", strbuf_str(&names));
	f->command = exam_text(e, "%s %s", mends[pull], t->config->name);
}

/* What stays because it is somebody's, was edited, or cannot be read. */
static void
tell_conflicts(struct exam *e, const struct plan_target *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct plan_entry *entry = &t->entries[i];
		const char *why = plan_uncopied(t, entry);

		if (entry->action == ACT_CONFLICT)
			tell_conflict(e, t->config,
			    &t->seen->entries[entry->seen]);
		else if (why != NULL)
			find(e, t->config, DOCTOR_ERROR,
			    "%s cannot be copied: %s", entry->name, why)
			    ->command = exam_command(e, "chmod -R u+rX",
			    e->set->skills[entry->skill].abs);
	}
	for (enum edit_pull pull = EDIT_TAKEN; pull <= EDIT_LEFT; pull++)
		tell_edits(e, t, pull);
}

static void
tell_locals(struct exam *e, const struct plan_target *t)
{
	AUTO_STRBUF struct strbuf names = { 0 };
	size_t n = names_of(t, ACT_LOCAL, &names);

	if (n > 0)
		find(e, t->config, DOCTOR_INFO,
		    "%zu local skill%s stand%s in place of the source's: %s", n,
		    plural(n), n == 1 ? "s" : "", strbuf_str(&names))
		    ->command =
		    exam_text(e, "skillshare diff %s", t->config->name);
}

/* Others' links that are in nobody's way. */
static void
tell_foreign(struct exam *e, const struct plan_target *t)
{
	const struct observed_target *o = t->seen;
	AUTO_STRBUF struct strbuf names = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct observed_entry *entry = &o->entries[i];

		if (entry->seen != SEEN_LINK_FOREIGN ||
		    entry->skill != NO_SKILL)
			continue;
		const char *path = exam_path(e, o->dir, entry->name);
		struct fs_stat st = { 0 };
		AUTO_ERROR struct error *err =
		    fs_stat_follow(AT_FDCWD, path, &st);
		if (err != NULL || st.kind != FS_ABSENT) {
			exam_name(&names, n++, entry->name);
			continue;
		}
		struct finding *f = find(e, t->config, DOCTOR_WARNING,
		    "a link of somebody else's leads nowhere: %s", entry->text);
		f->path = path;
		f->command = exam_command(e, "rm", path);
	}
	exam_names_end(&names, n);
	if (n > 0)
		find(e, t->config, DOCTOR_INFO,
		    "%zu link%s of others, left alone: %s", n, plural(n),
		    strbuf_str(&names));
}

/* ---- one target ---------------------------------------------------------- */

static void
look_at_target(struct exam *e, const struct plan_target *t)
{
	const char *mode = config_mode_name(t->config->mode);
	size_t before =
	    e->out->counts[DOCTOR_WARNING] + e->out->counts[DOCTOR_ERROR];

	if (t->refusal != NULL) {
		tell_refusal(e, t);
		return;
	}
	if (t->same_as != NO_TARGET) {
		find(e, t->config, DOCTOR_INFO,
		    "is the same directory as %s: both are kept in step at "
		    "once",
		    e->plan->targets[t->same_as].config->name);
		return;
	}
	look_at_place(e, t);
	tell_changes(e, t);
	tell_conflicts(e, t);
	exam_filters(e, t);
	if (e->out->counts[DOCTOR_WARNING] + e->out->counts[DOCTOR_ERROR] ==
	    before) {
		if (t->config->mode == MODE_SYMLINK)
			find(e, t->config, DOCTOR_OK,
			    "symlink mode, a link to the source");
		else
			find(e, t->config, DOCTOR_OK,
			    "%s mode, %zu %s, %zu local", mode,
			    t->counts.linked + t->counts.copied,
			    t->config->mode == MODE_COPY ? "copied" : "linked",
			    t->counts.local);
	}
	tell_locals(e, t);
	if (t->seen->dir != NULL)
		tell_foreign(e, t);
}

static void
tell_brake(struct exam *e)
{
	if (e->plan->brake == BRAKE_NONE)
		return;
	struct finding *f = exam_find(e, DOCTOR_ERROR,
	    e->plan->brake == BRAKE_EMPTY_SOURCE
		? "the source is empty, and links would go: sync stops before "
		  "it changes anything (is a disk not mounted?)"
		: "most links of a target would go: sync stops before it "
		  "changes anything (see what would go)");
	f->target = e->plan->targets[e->plan->brake_target].config->name;
	f->command = "skillshare diff";
}

void
exam_targets(struct exam *e)
{
	if (e->config == NULL || e->set == NULL)
		return;
	AUTO_FREE const struct config_target **targets =
	    xcalloc(e->config->n_targets, sizeof(*targets));
	for (size_t i = 0; i < e->config->n_targets; i++)
		targets[i] = &e->config->targets[i];

	AUTO_ERROR struct error *err = state_open(e->env, &e->state);
	if (err == NULL)
		err = state_roots(e->state, e->set->source, e->set->source_real,
		    &e->roots);
	if (err != NULL) {
		/* Links to sources of the past then count as foreign. */
		roots_add(&e->roots, e->set->source);
		roots_add(&e->roots, e->set->source_real);
	}
	e->copies = copyseen_load(e->state, &e->config->ignore);
	const struct observe_by by = { e->set, &e->roots, NULL, e->copies };
	e->observed =
	    observe(targets, e->config->n_targets, &by, OBSERVE_FOR_MODE);
	e->plan = plan_compute(e->set, e->observed, PLAN_LOOK);
	tell_brake(e);
	for (size_t i = 0; i < e->plan->n; i++)
		look_at_target(e, &e->plan->targets[i]);
}
