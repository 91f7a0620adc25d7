#include "patchview.h"

#include <string.h>

#include "gitrun.h"

struct error *
patchview_make(const struct session *s, const struct plan_target *t,
    const struct observed_entry *e, struct strbuf *out)
{
	AUTO_CLOSE int skill_fd = -1;
	AUTO_CLOSE int place_fd = -1;
	AUTO_CLOSE int entry_fd = -1;
	const struct skill *skill = &s->set->skills[e->skill];
	struct error *err = fs_open_dir(skill->abs, &skill_fd);

	if (err == NULL)
		err = fs_open_dir(t->seen->dir, &place_fd);
	if (err == NULL)
		err = fs_open_dir_at(place_fd, e->name, &entry_fd);
	if (err != NULL)
		return err;
	const struct patch_request request = {
		.from = { "source", skill_fd },
		.to = { t->config->name, entry_fd },
		.rel = skill->rel,
		.ignore =
		    seen_is_copy(e->seen) ? &s->ctx->config->ignore : NULL,
	};
	return patch_make(&request, out);
}

/* By its first byte alone: no line of a content begins with these letters. */
static enum report_hue
hue_of(char first, bool *in_head)
{
	if (first == 'd')
		*in_head = true;
	else if (first == '@')
		*in_head = false;
	if (first == '@')
		return HUE_PLACE;
	if (*in_head)
		return HUE_HEAD;
	return first == '+' ? HUE_NEW : first == '-' ? HUE_OLD : HUE_PLAIN;
}

void
patchview_tell(struct report *r, const struct strbuf *patch)
{
	const char *at = strbuf_str(patch);
	const char *end = at + patch->len;
	bool in_head = false;

	while (at < end) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((nl != NULL ? nl : end) - at);

		report_text_line(r, hue_of(*at, &in_head), at, len);
		at += len + 1;
	}
}

json_t *
patchview_json(const struct strbuf *patch)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	const char *at = strbuf_str(patch);
	const char *end = at + patch->len;

	while (at < end) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));
		size_t len = (size_t)((nul != NULL ? nul : end) - at);

		strbuf_add_mem(&text, at, len);
		if (nul != NULL)
			strbuf_add(&text, "\\x00");
		at += len + (nul != NULL);
	}
	return json_text(strbuf_str(&text));
}

/* Asked at the root: the settings of no repository have a say. */
MUST_USE static struct error *
find_pager(char **out)
{
	const struct git git = { .dir = "/" };
	const char *own = getenv("PAGER");
	struct error *err = git_ask(&git, GIT_ARGS("var", "GIT_PAGER"), out);

	if (err != NULL && error_code(err) == ERR_NOT_FOUND) {
		error_free(err); /* no git: what it would have done */
		err = NULL;
	}
	if (err == NULL && *out == NULL)
		*out = xstrdup(own != NULL ? own : "less");
	return err;
}

struct error *
patchview_page(const struct context *ctx, struct pager *out)
{
	const struct report_setup *setup = report_setup_of(ctx->report);
	AUTO_FREE char *command = NULL;

	if (!setup->term.out.is_tty || setup->quiet || setup->json)
		return NULL;
	struct error *err = find_pager(&command);
	if (err != NULL)
		return err;
	if (command[0] == '\0' || strcmp(command, "cat") == 0)
		return NULL;
	return pager_start(command, out);
}
