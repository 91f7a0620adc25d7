#include "adoption.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "agents.h"
#include "newtarget.h"
#include "path.h"
#include "skill.h"

void
adoption_release(struct adoption *a)
{
	collection_release(&a->skills);
	observed_free(a->observed);
	skillset_free(a->set);
	free(a->origins);
	*a = (struct adoption){ 0 };
}

/* ---- where from ---------------------------------------------------------- */

void
adoption_add(struct adoption *a, const char *name, const char *abs)
{
	for (size_t i = 0; i < a->n; i++) {
		if (strcmp(a->origins[i].path, abs) == 0)
			return;
	}
	a->origins = xgrow(a->origins, a->n, sizeof(*a->origins));
	a->origins[a->n++] = (struct config_target){
		.name = name,
		.path = abs,
		.mode = MODE_MERGE,
	};
}

struct error *
adoption_add_named(struct context *ctx, const char *text, struct adoption *a)
{
	const struct agent *agent = agents_find(text);
	AUTO_FREE char *expanded =
	    path_expand_home(ctx->env.home, agent != NULL ? agent->path : text);
	AUTO_FREE char *abs = path_absolute(ctx->env.cwd, expanded);
	const char *kept = arena_strdup(&ctx->arena, abs);
	struct fs_stat st = { 0 };

	if (*text == '\0')
		return newtarget_unknown(text);
	if (agent == NULL && strchr(text, '/') == NULL) {
		AUTO_ERROR struct error *err =
		    fs_stat_follow(AT_FDCWD, abs, &st);

		/* A word that is no directory here was meant as an agent. */
		if (err != NULL || st.kind != FS_DIR)
			return newtarget_unknown(text);
	}
	adoption_add(a, agent != NULL ? agent->name : kept, kept);
	return NULL;
}

MUST_USE static struct error *
count_skills(const char *abs, size_t *n_out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_open_dir(abs, &fd);

	if (err == NULL)
		err = fs_list(fd, abs, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++) {
		const struct fs_entry *e = &list.entries[i];
		AUTO_FREE char *file = path_join(e->name, SKILL_FILE);
		struct fs_stat st = { 0 };

		if (e->kind != FS_DIR || e->name[0] == '.')
			continue;
		err = fs_stat(fd, file, &st);
		*n_out += st.kind != FS_ABSENT;
	}
	return err;
}

size_t
adoption_skills_in(const char *abs)
{
	size_t n = 0;

	/* What cannot be looked at is not offered; naming it says why. */
	error_free(count_skills(abs, &n));
	return n;
}

/* ---- judging ------------------------------------------------------------- */

MUST_USE static struct error *
check_origin(const struct observed_target *t, const char *source)
{
	const char *abs = t->config->path;
	AUTO_FREE char *file = path_join(abs, SKILL_FILE);
	struct fs_stat st = { 0 };
	struct error *err;

	if (t->overlap != OVERLAP_NONE || t->kind == PLACE_LINK_RIGHT)
		return error_new(ERR_REFUSED,
		    "--copy-from: %s and the source %s overlap", abs, source);
	if (t->kind == PLACE_ABSENT || t->kind == PLACE_LINK_DANGLING)
		return error_new(ERR_NOT_FOUND,
		    "--copy-from: %s does not exist", abs);
	if (t->kind == PLACE_BROKEN)
		return error_new(ERR_REFUSED, "--copy-from: %s %s", abs,
		    t->problem);
	if (t->kind != PLACE_DIR)
		return error_new(ERR_REFUSED,
		    "--copy-from: %s is not a directory", abs);
	err = fs_stat_follow(AT_FDCWD, file, &st);
	if (err == NULL && st.kind != FS_ABSENT)
		err = error_new(ERR_REFUSED,
		    "--copy-from: %s is a skill itself: give the directory "
		    "that it is in",
		    abs);
	return err;
}

struct error *
adoption_judge(struct adoption *a, const char *source, bool source_exists)
{
	AUTO_FREE const struct config_target **origins =
	    xcalloc(a->n + 1, sizeof(*origins));
	const struct roots no_roots = { 0 };
	struct error *err = NULL;

	for (size_t i = 0; i < a->n; i++)
		origins[i] = &a->origins[i];
	if (source_exists)
		err = discover(source, NULL, 0, &a->set);
	else
		a->set = skillset_none(source);
	if (err != NULL)
		return err;
	/* What an earlier installation copied there is a skill like others. */
	const struct observe_by by = { .set = a->set, .roots = &no_roots };
	a->observed = observe(origins, a->n, &by,
	    OBSERVE_LOCAL | OBSERVE_CONTENT | OBSERVE_UNLISTED);
	for (size_t i = 0; err == NULL && i < a->n; i++)
		err = check_origin(&a->observed->targets[i], source);
	if (err == NULL)
		collect_judge(a->set, a->observed, 0, &a->skills);
	return err;
}

size_t
adoption_count(const struct adoption *a)
{
	size_t n = 0;

	for (size_t i = 0, end; i < a->skills.n; i = end) {
		bool taken = false;

		end = collection_name_end(&a->skills, i);
		for (size_t k = i; k < end; k++)
			taken |= a->skills.items[k].verdict == COLLECT_TAKE;
		n += taken;
	}
	return n;
}

bool
adoption_is_partial(const struct adoption *a)
{
	for (size_t i = 0; i < a->skills.n; i++) {
		enum collect_verdict v = a->skills.items[i].verdict;

		if (v == COLLECT_DIFFERS || v == COLLECT_CONFLICT ||
		    v == COLLECT_BLOCKED)
			return true;
	}
	return false;
}

/* ---- telling ------------------------------------------------------------- */

void
adoption_put(struct report *r, enum telling how, enum report_mark mark,
    const char *text)
{
	if (how == TELL_DIALOGUE && mark == MARK_WARN)
		report_warn(r, "%s", text);
	else if (how == TELL_DIALOGUE)
		report_say(r, "%s", text);
	else if (how == TELL_DRY_RUN && mark == MARK_OK)
		report_line(r, "%s", text);
	else
		report_mark(r, mark, "%s", text);
}

/* Why a skill is not taken: half a sentence. */
static const char *
reason_left(struct report *r, const struct collect_item *item)
{
	const struct tree_diff *diff = item->entry->diff;

	switch (item->verdict) {
	case COLLECT_LINK:
		return "the source has it already";
	case COLLECT_NO_SKILL:
		return "it has no SKILL.md";
	case COLLECT_CONFLICT:
		return "another place has a different version";
	case COLLECT_BLOCKED:
		return item->reason;
	case COLLECT_DIFFERS:
		if (diff == NULL)
			return "another version was chosen";
		return report_text(r,
		    "the source has different content (+%" PRIu64 " -%" PRIu64
		    " ~%" PRIu64 " files)",
		    diff->added, diff->removed, diff->changed);
	case COLLECT_TAKE:
	case COLLECT_REPLACE:
		break;
	}
	BUG("verdict %d", (int)item->verdict);
}

static void
tell_left(struct report *r, const struct collect_item *item, enum telling how)
{
	bool is_trouble =
	    item->verdict != COLLECT_LINK && item->verdict != COLLECT_NO_SKILL;

	adoption_put(r, how, is_trouble ? MARK_WARN : MARK_INFO,
	    report_text(r, "%s: not taken from %s, %s", item->name,
		item->target->config->name, reason_left(r, item)));
}

/* The items [i, end) have one name; those taken have one content. */
static void
tell_name(const struct adoption *a, struct report *r, size_t i, size_t end,
    enum telling how)
{
	AUTO_STRBUF struct strbuf from = { 0 };

	for (size_t k = i; k < end; k++) {
		const struct collect_item *item = &a->skills.items[k];

		if (item->verdict == COLLECT_TAKE)
			strbuf_printf(&from, "%s%s", from.len > 0 ? ", " : "",
			    item->target->config->name);
	}
	if (from.len > 0)
		adoption_put(r, how, MARK_OK,
		    report_text(r, "%s %s (from %s)",
			how == TELL_DONE ? "Skill:" : "would take skill",
			a->skills.items[i].name, strbuf_str(&from)));
	for (size_t k = i; k < end; k++) {
		if (a->skills.items[k].verdict != COLLECT_TAKE)
			tell_left(r, &a->skills.items[k], how);
	}
}

void
adoption_tell(const struct adoption *a, struct report *r, enum telling how)
{
	for (size_t i = 0, end; i < a->skills.n; i = end) {
		end = collection_name_end(&a->skills, i);
		tell_name(a, r, i, end, how);
	}
}
