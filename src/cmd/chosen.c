#include "chosen.h"

#include <fcntl.h>
#include <string.h>

#include "agents.h"
#include "fs.h"
#include "path.h"

/* Many agents share ~/.agents/skills: this is the one that it is named for. */
#define SHARED_AGENT "universal"

static bool
is_chosen(const struct chosen *chosen, const char *name, const char *abs)
{
	for (size_t i = 0; i < chosen->n; i++)
		if (strcmp(chosen->items[i].name, name) == 0 ||
		    strcmp(chosen->items[i].abs, abs) == 0)
			return true;
	return false;
}

static bool
is_configured(const struct config *config, const char *name, const char *abs)
{
	if (config == NULL)
		return false;
	for (size_t i = 0; i < config->n_targets; i++)
		if (strcmp(config->targets[i].name, name) == 0 ||
		    strcmp(config->targets[i].path, abs) == 0)
			return true;
	return false;
}

static void
choose(struct chosen *chosen, const struct newtarget *new)
{
	chosen->items = xgrow(chosen->items, chosen->n, sizeof(*chosen->items));
	chosen->items[chosen->n++] = *new;
}

static bool
is_directory(const char *abs)
{
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat_follow(AT_FDCWD, abs, &st);

	return err == NULL && st.kind == FS_DIR;
}

/* An agent is here if its directory or that one's parent is. */
static bool
is_here(const char *abs)
{
	AUTO_FREE char *parent = path_dir(abs);

	return is_directory(abs) || is_directory(parent);
}

/* Chooses an agent if it is here and can be a target; else says why not. */
static void
consider(struct context *ctx, const char *source, const struct agent *agent,
    enum chosen_voice voice, struct chosen *chosen)
{
	AUTO_FREE char *abs = path_expand_home(ctx->env.home, agent->path);
	AUTO_ERROR struct error *err = NULL;
	struct newtarget new;

	if (!is_here(abs) || is_chosen(chosen, agent->name, abs) ||
	    is_configured(ctx->config, agent->name, abs))
		return;
	err = newtarget_judge(&ctx->env, source, agent->name, NULL, &ctx->arena,
	    &new);
	if (err == NULL)
		choose(chosen, &new);
	else if (voice == CHOSEN_TELLS)
		report_warn(ctx->report, "Left out %s", error_msg(err));
}

static int
by_name(const void *a, const void *b)
{
	const struct newtarget *first = a;
	const struct newtarget *second = b;

	return strcmp(first->name, second->name);
}

static void
sort(struct chosen *chosen)
{
	if (chosen->n > 1)
		qsort(chosen->items, chosen->n, sizeof(*chosen->items),
		    by_name);
}

void
chosen_found(struct context *ctx, const char *source, enum chosen_voice voice,
    struct chosen *chosen)
{
	size_t n;
	const struct agent *agents = agents_all(&n);

	consider(ctx, source, agents_find(SHARED_AGENT), voice, chosen);
	for (size_t i = 0; i < n; i++)
		consider(ctx, source, &agents[i], voice, chosen);
	sort(chosen);
}

struct error *
chosen_named(struct context *ctx, const char *source,
    const struct option_list *names, struct chosen *chosen)
{
	for (size_t i = 0; i < names->n; i++) {
		struct newtarget new;
		struct error *err;

		if (agents_find(names->items[i]) == NULL)
			return newtarget_unknown(names->items[i]);
		err = newtarget_judge(&ctx->env, source, names->items[i], NULL,
		    &ctx->arena, &new);
		if (err != NULL)
			return err;
		if (is_configured(ctx->config, new.name, new.abs))
			return error_new(ERR_REFUSED,
			    "%s (%s) is a target in %s already", new.name,
			    new.abs, ctx->env.config_path);
		if (!is_chosen(chosen, new.name, new.abs))
			choose(chosen, &new);
	}
	sort(chosen);
	return NULL;
}

void
chosen_release(struct chosen *chosen)
{
	free(chosen->items);
	*chosen = (struct chosen){ 0 };
}
