#include "initplan.h"

#include <string.h>
#include <unistd.h>

#include "git.h"
#include "initgit.h"
#include "path.h"
#include "prompt.h"

#define SEPARATORS ", \t"

struct plan_of {
	struct context *ctx;
	const struct init_options *opts;
	struct birth *birth;
	struct prompt prompt;
	bool may_ask;
	bool asked; /* then it ends with the question for consent */
};

static bool
may_ask(const struct context *ctx)
{
	const struct init_options *opts = ctx->opts;

	return !opts->yes && !ctx->common.dry_run && prompt_is_possible();
}

/* ---- what there is ------------------------------------------------------- */

static void
tell_agents(struct report *r, const struct chosen *found)
{
	for (size_t i = 0; i < found->n; i++) {
		const struct newtarget *t = &found->items[i];

		report_say(r, "  %-10s %s (%s)", t->name, t->abs,
		    report_count(r, adoption_skills_in(t->abs), "skill",
			"skills"));
	}
	if (found->n == 0)
		report_say(r, "  no agent whose directory we know");
}

static bool
is_repository(const char *dir)
{
	struct git_status status = { 0 };
	AUTO_ERROR struct error *err = git_status(dir, 0, &status);
	/* Where git cannot say, it is offered, and says it then. */
	bool is = err == NULL && status.is_repository;

	git_status_release(&status);
	return is;
}

static void
tell_source(struct report *r, const char *source)
{
	struct skillset *set = NULL;
	AUTO_ERROR struct error *err = discover(source, NULL, 0, &set);

	if (err == NULL)
		report_say(r, "  %-10s %s (%s%s)", "source", source,
		    report_count(r, set->n, "skill", "skills"),
		    is_repository(source) ? ", in a git repository" : "");
	skillset_free(set);
}

static void
tell_found(struct plan_of *p, const char *source)
{
	struct report *r = p->prompt.report;
	AUTO_CHOSEN struct chosen found = { 0 };

	chosen_found(p->ctx, source, CHOSEN_SILENT, &found);
	report_say(r, "One directory of skills, the source, for all agents.");
	report_say(r, "Found on this machine:");
	tell_agents(r, &found);
	tell_source(r, source);
	report_say(r, "Enter takes what is in brackets. Nothing is written "
		      "before the last answer.");
}

/* ---- asking -------------------------------------------------------------- */

/* Before the first question: what there is. */
static void
open_dialogue(struct plan_of *p)
{
	AUTO_FREE char *usual = birth_usual_source(&p->ctx->env);

	if (!p->asked)
		tell_found(p,
		    p->birth->source != NULL ? p->birth->source : usual);
	p->asked = true;
}

MUST_USE static struct error *
ask(struct plan_of *p, const char *text, const char *usual, prompt_taker *take)
{
	const struct question q = {
		.text = text,
		.usual = usual,
		.take = take,
		.payload = p,
	};

	open_dialogue(p);
	return prompt_ask(&p->prompt, &q);
}

MUST_USE static struct error *
ask_yes(struct plan_of *p, const char *text, bool usual, bool *out)
{
	open_dialogue(p);
	return prompt_yes(&p->prompt, text, usual, out);
}

/* ---- source, targets, mode ----------------------------------------------- */

MUST_USE static struct error *
take_source(void *payload, const char *answer)
{
	struct plan_of *p = payload;

	return birth_set_source(p->ctx, answer, p->birth);
}

MUST_USE static struct error *
decide_source(struct plan_of *p)
{
	AUTO_FREE char *usual = birth_usual_source(&p->ctx->env);
	AUTO_FREE char *shown = path_shorten_home(p->ctx->env.home, usual);

	if (p->opts->source != NULL)
		return birth_set_source(p->ctx, p->opts->source, p->birth);
	if (!p->may_ask)
		return birth_set_source(p->ctx, usual, p->birth);
	return ask(p, "Directory of the skills", shown, take_source);
}

/* The words of an answer, between commas and blanks. */
static struct option_list
words_of(struct arena *arena, const char *answer)
{
	struct option_list list = {
		.items = arena_alloc(arena,
		    (strlen(answer) + 1) * sizeof(*list.items)),
	};

	while (*answer != '\0') {
		size_t len = strcspn(answer, SEPARATORS);

		if (len > 0)
			list.items[list.n++] =
			    arena_printf(arena, "%.*s", (int)len, answer);
		answer += len;
		answer += strspn(answer, SEPARATORS);
	}
	return list;
}

/* "all", "none" or names. */
MUST_USE static struct error *
choose_said(struct context *ctx, const char *source, const char *answer,
    struct chosen *chosen)
{
	struct option_list names = words_of(&ctx->arena, answer);

	chosen_release(chosen);
	if (strcmp(answer, "none") == 0)
		return NULL;
	if (strcmp(answer, "all") != 0)
		return chosen_named(ctx, source, &names, chosen);
	chosen_found(ctx, source, CHOSEN_TELLS, chosen);
	return NULL;
}

MUST_USE static struct error *
take_targets(void *payload, const char *answer)
{
	struct plan_of *p = payload;

	return choose_said(p->ctx, p->birth->source, answer, &p->birth->chosen);
}

MUST_USE static struct error *
decide_targets(struct plan_of *p)
{
	struct birth *birth = p->birth;
	AUTO_CHOSEN struct chosen found = { 0 };

	if (p->opts->no_targets)
		return NULL;
	if (p->opts->targets.n > 0)
		return chosen_named(p->ctx, birth->source, &p->opts->targets,
		    &birth->chosen);
	if (p->opts->all_targets || !p->may_ask) {
		chosen_found(p->ctx, birth->source, CHOSEN_TELLS,
		    &birth->chosen);
		return NULL;
	}
	chosen_found(p->ctx, birth->source, CHOSEN_SILENT, &found);
	return ask(p, "Agents to show them to (all, none, or names)",
	    found.n > 0 ? "all" : "none", take_targets);
}

MUST_USE static struct error *
take_mode(void *payload, const char *answer)
{
	struct plan_of *p = payload;
	enum mode mode;
	struct error *err = newtarget_mode(answer, &mode);

	if (err == NULL && mode != MODE_MERGE)
		p->birth->mode = config_mode_name(mode);
	return err;
}

MUST_USE static struct error *
decide_mode(struct plan_of *p)
{
	p->birth->mode = p->opts->mode;
	if (p->opts->mode != NULL || !p->may_ask || p->birth->chosen.n == 0)
		return NULL;
	return ask(p,
	    "Mode: merge (a link for each skill), symlink (one for all) or "
	    "copy",
	    config_mode_name(MODE_MERGE), take_mode);
}

/* ---- skills that there are ----------------------------------------------- */

/* Offers what the chosen agents have; each then is an origin. */
MUST_USE static struct error *
offer_copies(struct plan_of *p)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct report *r = p->prompt.report;
	const struct chosen *chosen = &p->birth->chosen;
	struct adoption *a = &p->birth->adoption;
	bool yes = false;

	for (size_t i = 0; i < chosen->n; i++) {
		size_t n = adoption_skills_in(chosen->items[i].abs);

		if (n == 0)
			continue;
		strbuf_printf(&text, "%s%s from %s",
		    text.len > 0 ? ", " : "Copy ",
		    report_count(r, n, "skill", "skills"),
		    chosen->items[i].name);
		adoption_add(a, chosen->items[i].name, chosen->items[i].abs);
	}
	if (a->n == 0)
		return NULL;
	strbuf_add(&text, " into the source?");
	struct error *err = ask_yes(p, strbuf_str(&text), true, &yes);
	if (err == NULL && !yes)
		adoption_release(a);
	return err;
}

/* A name that two places have in different versions. */
struct rivals {
	struct collection *skills;
	const char *name;
};

MUST_USE static struct error *
take_rival(void *payload, const char *answer)
{
	struct rivals *rivals = payload;
	struct collection *c = rivals->skills;

	if (strcmp(answer, "none") == 0)
		return NULL;
	for (size_t i = 0; i < c->n; i++) {
		if (c->items[i].verdict == COLLECT_CONFLICT &&
		    strcmp(c->items[i].name, rivals->name) == 0 &&
		    strcmp(c->items[i].target->config->name, answer) == 0) {
			collect_settle(c, i);
			return NULL;
		}
	}
	return error_new(ERR_USAGE, "%s has no version of %s", answer,
	    rivals->name);
}

MUST_USE static struct error *
ask_rivals(struct plan_of *p, const char *name)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct collection *c = &p->birth->adoption.skills;
	struct rivals rivals = { c, name };

	strbuf_printf(&text, "%s differs in ", name);
	for (size_t i = 0, n = 0; i < c->n; i++) {
		if (c->items[i].verdict == COLLECT_CONFLICT &&
		    strcmp(c->items[i].name, name) == 0)
			strbuf_printf(&text, "%s%s", n++ > 0 ? ", " : "",
			    c->items[i].target->config->name);
	}
	strbuf_add(&text, ". Copy the version of");
	const struct question q = {
		.text = strbuf_str(&text),
		.usual = "none",
		.take = take_rival,
		.payload = &rivals,
	};
	open_dialogue(p);
	return prompt_ask(&p->prompt, &q);
}

MUST_USE static struct error *
settle_rivals(struct plan_of *p)
{
	struct collection *c = &p->birth->adoption.skills;
	struct error *err = NULL;
	const char *last = "";

	for (size_t i = 0; err == NULL && i < c->n; i++) {
		if (c->items[i].verdict != COLLECT_CONFLICT ||
		    strcmp(c->items[i].name, last) == 0)
			continue;
		last = c->items[i].name;
		err = ask_rivals(p, last);
	}
	return err;
}

MUST_USE static struct error *
decide_copies(struct plan_of *p)
{
	const struct option_list *from = &p->opts->copy_from;
	struct birth *birth = p->birth;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < from->n; i++)
		err = adoption_add_named(p->ctx, from->items[i],
		    &birth->adoption);
	if (err == NULL && from->n == 0 && !p->opts->no_copy && p->may_ask)
		err = offer_copies(p);
	if (err != NULL || birth->adoption.n == 0)
		return err;
	err = adoption_judge(&birth->adoption, birth->source,
	    !birth->makes_source);
	if (err == NULL && p->may_ask)
		err = settle_rivals(p);
	return err;
}

/* ---- git ----------------------------------------------------------------- */

MUST_USE static struct error *
take_remote(void *payload, const char *answer)
{
	struct plan_of *p = payload;
	struct error *err;

	p->birth->remote = NULL;
	if (strcmp(answer, "none") == 0)
		return NULL;
	err = init_git_check_url(answer);
	if (err == NULL)
		p->birth->remote = arena_strdup(&p->ctx->arena, answer);
	return err;
}

MUST_USE static struct error *
decide_git(struct plan_of *p)
{
	struct birth *birth = p->birth;
	struct error *err;

	birth->remote = p->opts->remote;
	birth->makes_git = p->opts->git || p->opts->remote != NULL;
	if (!p->may_ask || p->opts->no_git || birth->remote != NULL)
		return NULL;
	if (!birth->makes_git) {
		if (!birth->makes_source && is_repository(birth->source))
			return NULL;
		err = ask_yes(p, "Make a git repository of the source?", false,
		    &birth->makes_git);
		if (err != NULL || !birth->makes_git)
			return err;
	}
	return ask(p,
	    "Address of its remote, with the skills of other "
	    "machines",
	    "none", take_remote);
}

/* ---- all of it ----------------------------------------------------------- */

MUST_USE static struct error *
agree(struct plan_of *p)
{
	bool yes = false;
	struct error *err;

	report_say(p->prompt.report, "%s", "");
	birth_tell(p->ctx, p->birth, TELL_DIALOGUE);
	err = ask_yes(p, "Go ahead?", true, &yes);
	if (err == NULL && !yes)
		err = error_new(ERR_REFUSED, "not agreed to");
	return err;
}

static struct plan_of
begin(struct context *ctx, struct birth *birth)
{
	return (struct plan_of){
		.ctx = ctx,
		.opts = ctx->opts,
		.birth = birth,
		.prompt = { ctx->report, STDIN_FILENO },
		.may_ask = may_ask(ctx),
	};
}

struct error *
init_plan(struct context *ctx, struct birth *birth)
{
	struct plan_of p = begin(ctx, birth);
	struct error *err = decide_source(&p);

	if (err == NULL)
		err = decide_targets(&p);
	if (err == NULL)
		err = decide_mode(&p);
	if (err == NULL)
		err = decide_copies(&p);
	if (err == NULL)
		err = decide_git(&p);
	if (err == NULL && p.asked)
		err = agree(&p);
	if (err != NULL && p.asked)
		err = error_wrap(err, "nothing was written");
	return err;
}

/* What the question about new agents is answered into. */
struct discovery {
	struct context *ctx;
	struct chosen *chosen;
};

MUST_USE static struct error *
take_discovered(void *payload, const char *answer)
{
	struct discovery *d = payload;

	return choose_said(d->ctx, d->ctx->config->source, answer, d->chosen);
}

struct error *
init_plan_discover(struct context *ctx, struct chosen *chosen, bool *asked_out)
{
	const struct init_options *opts = ctx->opts;
	const char *source = ctx->config->source;
	struct prompt prompt = { ctx->report, STDIN_FILENO };
	struct discovery d = { ctx, chosen };
	const struct question q = {
		.text = "Add which of them (all, none, or names)",
		.usual = "all",
		.take = take_discovered,
		.payload = &d,
	};
	struct error *err;

	if (opts->select.n > 0)
		return chosen_named(ctx, source, &opts->select, chosen);
	chosen_found(ctx, source, CHOSEN_TELLS, chosen);
	if (chosen->n == 0 || !may_ask(ctx))
		return NULL;
	report_say(ctx->report, "New agents on this machine:");
	tell_agents(ctx->report, chosen);
	*asked_out = true;
	err = prompt_ask(&prompt, &q);
	return err != NULL ? error_wrap(err, "nothing was written") : NULL;
}
