#include "birth.h"

#include <fcntl.h>
#include <string.h>

#include "change.h"
#include "confedit.h"
#include "gitrun.h"
#include "path.h"

void
birth_release(struct birth *birth)
{
	adoption_release(&birth->adoption);
	chosen_release(&birth->chosen);
}

/* ---- deciding ------------------------------------------------------------ */

struct error *
birth_refuse_existing(const struct host_env *env)
{
	struct fs_stat st = { 0 };
	struct error *err;

	err = fs_stat(AT_FDCWD, env->config_path, &st);
	if (err != NULL)
		return err;
	if (st.kind == FS_ABSENT)
		return NULL;
	return error_new(ERR_CONFIG,
	    "there is a config already: %s; to add agents that appeared since: "
	    "skillshare init --discover",
	    env->config_path);
}

char *
birth_usual_source(const struct host_env *env)
{
	AUTO_FREE char *dir = path_dir(env->config_path);

	if (env->source != NULL)
		return xstrdup(env->source);
	return path_join(dir, "skills");
}

struct error *
birth_set_source(struct context *ctx, const char *text, struct birth *birth)
{
	AUTO_FREE char *expanded = path_expand_home(ctx->env.home, text);
	AUTO_FREE char *abs = path_absolute(ctx->env.cwd, expanded);
	struct fs_stat st = { 0 };
	struct error *err;

	err = fs_stat_follow(AT_FDCWD, abs, &st);
	if (err != NULL)
		return err;
	if (st.kind != FS_DIR && st.kind != FS_ABSENT)
		return error_new(ERR_REFUSED,
		    "source %s is not a directory; choose another with "
		    "--source",
		    abs);
	birth->source = arena_strdup(&ctx->arena, abs);
	birth->makes_source = st.kind == FS_ABSENT;
	return NULL;
}

/* ---- making -------------------------------------------------------------- */

/* The text of the config. Yours. */
static char *
config_text(const struct context *ctx, const struct birth *birth)
{
	const struct chosen *chosen = &birth->chosen;
	AUTO_FREE char *dir = path_dir(ctx->env.config_path);
	AUTO_FREE char *usual = path_join(dir, "skills");
	AUTO_FREE char *shown = path_shorten_home(ctx->env.home, birth->source);
	AUTO_FREE struct confedit_target *targets =
	    xcalloc(chosen->n + 1, sizeof(*targets));
	struct strbuf text = { 0 };

	for (size_t i = 0; i < chosen->n; i++)
		targets[i] = (struct confedit_target){
			.name = chosen->items[i].name,
			.path = chosen->items[i].text,
		};
	confedit_new(strcmp(birth->source, usual) != 0 ? shown : NULL,
	    birth->mode, targets, chosen->n, &text);
	return strbuf_detach(&text);
}

struct error *
birth_make(struct context *ctx, const struct birth *birth)
{
	AUTO_FREE char *text = config_text(ctx, birth);
	const struct change_start start = {
		.source = birth->source,
		.makes_source = birth->makes_source,
		.taken = &birth->adoption.skills,
		.config_text = text,
	};

	return change_begin(ctx, &start);
}

/* ---- telling ------------------------------------------------------------- */

static void
tell_plan(struct context *ctx, const struct birth *birth, enum telling how)
{
	struct report *r = ctx->report;

	if (birth->makes_source)
		adoption_put(r, how, MARK_OK,
		    report_text(r, "would make source %s", birth->source));
	adoption_put(r, how, MARK_OK,
	    report_text(r, "would make config %s", ctx->env.config_path));
	for (size_t i = 0; i < birth->chosen.n; i++)
		adoption_put(r, how, MARK_OK,
		    report_text(r, "would add target %s (%s)",
			birth->chosen.items[i].name,
			birth->chosen.items[i].abs));
	adoption_tell(&birth->adoption, r, how);
	if (!birth->makes_git && birth->remote == NULL)
		return;
	adoption_put(r, how, MARK_OK,
	    "would make a git repository of the source");
	if (birth->remote != NULL) {
		AUTO_STRBUF struct strbuf shown = { 0 };

		git_mask(&shown, birth->remote);
		adoption_put(r, how, MARK_OK,
		    report_text(r,
			"would add the remote %s and bring what it "
			"has",
			strbuf_str(&shown)));
	}
}

void
birth_tell(struct context *ctx, const struct birth *birth, enum telling how)
{
	struct report *r = ctx->report;

	if (how != TELL_DONE) {
		tell_plan(ctx, birth, how);
		return;
	}
	report_ok(r, "Source: %s%s", birth->source,
	    birth->makes_source ? " (new)" : "");
	report_ok(r, "Config: %s", ctx->env.config_path);
	for (size_t i = 0; i < birth->chosen.n; i++)
		report_ok(r, "Target: %s (%s)", birth->chosen.items[i].name,
		    birth->chosen.items[i].abs);
	adoption_tell(&birth->adoption, r, how);
}

void
birth_tell_next(struct report *r, const struct birth *birth)
{
	bool is_link = birth->mode != NULL &&
		       strcmp(birth->mode, config_mode_name(MODE_SYMLINK)) == 0;

	report_gap(r);
	if (adoption_count(&birth->adoption) > 0) {
		report_info(r, "The originals stay where they are.");
		if (birth->chosen.n > 0 && is_link)
			report_info(r,
			    "sync puts one link to the source in the "
			    "place of each directory");
		else if (birth->chosen.n > 0)
			report_info(r, "sync keeps them as local; to put the "
				       "source's there: skillshare pull --all");
	}
	if (birth->chosen.n == 0)
		report_info(r,
		    "No targets; add one: skillshare target add <name>");
	else
		report_info(r, "Run: skillshare sync");
}
