#include "targetremove.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "backupauto.h"
#include "confedit.h"
#include "depart.h"
#include "json.h"
#include "lower.h"
#include "session.h"

struct removal {
	struct session session;
	const struct config_target **going;
	struct departure *departures; /* one for each that goes */
	size_t n;
	struct txn *txn;
	struct strbuf old;  /* the config as it is */
	struct strbuf text; /* as it will be */
};

static void
removal_release(struct removal *rm)
{
	txn_free(rm->txn);
	for (size_t i = 0; i < rm->n; i++)
		departure_release(&rm->departures[i]);
	free(rm->departures);
	free(rm->going);
	strbuf_release(&rm->old);
	strbuf_release(&rm->text);
	session_close(&rm->session);
}

static bool
is_going(const struct removal *rm, const struct config_target *t)
{
	for (size_t i = 0; i < rm->n; i++) {
		if (rm->going[i] == t)
			return true;
	}
	return false;
}

MUST_USE static struct error *
choose(struct removal *rm, const char *const *names, size_t n)
{
	const struct config *config = rm->session.ctx->config;
	size_t room = n > 0 ? n : config->n_targets;

	rm->going = xcalloc(room, sizeof(*rm->going));
	rm->departures = xcalloc(room, sizeof(*rm->departures));
	for (size_t i = 0; i < room; i++) {
		const struct config_target *t =
		    n > 0 ? config_find(config, names[i]) : &config->targets[i];

		if (t == NULL)
			return error_new(ERR_NOT_FOUND,
			    "no target %s in %s; skillshare target list shows "
			    "them",
			    names[i], config->path);
		if (!is_going(rm, t))
			rm->going[rm->n++] = t;
	}
	return NULL;
}

/* The first target that is the same directory. */
static const struct observed_target *
first_of(const struct observed *observed, const struct observed_target *t)
{
	return t->same_as == NO_TARGET ? t : &observed->targets[t->same_as];
}

/* Does a target that stays, or went before, have the same directory? */
static bool
is_shared(const struct removal *rm, const struct observed_target *t)
{
	const struct observed *observed = rm->session.observed;

	for (size_t i = 0; i < observed->n; i++) {
		const struct observed_target *other = &observed->targets[i];

		if (other == t ||
		    first_of(observed, other) != first_of(observed, t))
			continue;
		if (!is_going(rm, other->config) || other < t)
			return true;
	}
	return false;
}

MUST_USE static struct error *
lower_targets(struct removal *rm)
{
	const struct observed *observed = rm->session.observed;
	struct error *err = NULL;

	for (size_t i = 0; err == NULL && i < observed->n; i++) {
		const struct observed_target *t = &observed->targets[i];

		for (size_t k = 0; err == NULL && k < rm->n; k++) {
			if (rm->going[k] != t->config)
				continue;
			rm->departures[k].shared = is_shared(rm, t);
			if (!rm->departures[k].shared)
				err = depart_lower(rm->txn, rm->session.set, t,
				    &rm->departures[k]);
		}
	}
	return err;
}

MUST_USE static struct error *
lower_config(struct removal *rm)
{
	const char *path = rm->session.ctx->env.config_path;
	struct error *err =
	    fs_read_file(AT_FDCWD, path, CONFIG_MAX_BYTES, &rm->old);

	if (err != NULL)
		return err;
	strbuf_add_mem(&rm->text, strbuf_str(&rm->old), rm->old.len);
	for (size_t i = 0; err == NULL && i < rm->n; i++) {
		struct strbuf next = { 0 };
		const struct confedit_input in = {
			.path = path,
			.text = strbuf_str(&rm->text),
			.len = rm->text.len,
		};

		err = confedit_target_remove(&in, rm->going[i]->name, &next);
		if (err != NULL)
			return err;
		strbuf_release(&rm->text);
		rm->text = next;
	}
	return lower_file(rm->txn, path, strbuf_str(&rm->text), rm->text.len);
}

/* ---- telling ------------------------------------------------------------- */

static const char *
what_became(struct report *r, const struct departure *d)
{
	if (d->shared)
		return "another target has its directory: left as it is";
	if (d->whole && d->copied > 0)
		return "its link is a real directory with the source's "
		       "content now";
	if (d->whole)
		return "its link led nowhere: taken away";
	if (d->copied + d->dropped + d->local + d->kept == 0)
		return "nothing of ours was in it";
	if (d->kept > 0)
		return report_text(r, "%s kept, %zu copied, %zu local kept",
		    report_count(r, d->kept, "copy", "copies"), d->copied,
		    d->local);
	return report_text(r, "%s copied, %zu local kept",
	    report_count(r, d->copied, "skill", "skills"), d->local);
}

static void
tell(const struct removal *rm)
{
	const struct session *s = &rm->session;
	struct report *r = s->ctx->report;

	report_heading(r, "Removing targets");
	for (size_t i = 0; i < rm->n; i++) {
		const char *name = rm->going[i]->name;
		const struct departure *d = &rm->departures[i];

		if (s->writes)
			report_ok(r, "%s: removed (%s)", name,
			    what_became(r, d));
		else
			report_line(r,
			    "would remove %s (%zu links become copies)", name,
			    d->copied);
	}
	if (rm->txn->number != 0)
		report_info(r, "to take this back: skillshare undo %" PRIu64,
		    rm->txn->number);
}

static void
print_json(const struct removal *rm)
{
	json_t *document = json_document();
	json_t *targets = json_array();

	json_put_bool(document, "dry_run", !rm->session.writes);
	json_put(document, "run",
	    rm->txn->number != 0 ? json_integer((json_int_t)rm->txn->number)
				 : json_null());
	for (size_t i = 0; i < rm->n; i++) {
		const struct departure *d = &rm->departures[i];
		json_t *object = json_object();

		json_put_text(object, "name", rm->going[i]->name);
		json_put_text(object, "path", rm->going[i]->path);
		json_put_count(object, "copied", d->copied);
		json_put_count(object, "kept", d->kept);
		json_put_count(object, "dropped", d->dropped);
		json_put_count(object, "local", d->local);
		json_put_bool(object, "shared", d->shared);
		json_add(targets, object);
	}
	json_put(document, "removed", targets);
	json_print(rm->session.ctx->report, document);
}

/* ---- the command --------------------------------------------------------- */

/* First a snapshot of the targets that go. */
MUST_USE static struct error *
back_up(const struct removal *rm)
{
	const struct observed *observed = rm->session.observed;
	AUTO_FREE bool *chosen = xcalloc(observed->n, sizeof(*chosen));

	for (size_t i = 0; i < observed->n; i++)
		chosen[i] = is_going(rm, observed->targets[i].config);
	return backup_before(&rm->session, NULL, chosen, SNAPSHOT_AUTOMATIC);
}

MUST_USE static struct error *
carry_out(struct removal *rm, const char *const *names, size_t n)
{
	const struct session_flags flags = { 0 };
	struct session *s = &rm->session;
	struct error *err = choose(rm, names, n);

	if (err == NULL)
		err = session_plan(s, NULL, 0, flags);
	if (err != NULL)
		return err;
	if (s->writes)
		err = back_up(rm);
	if (err != NULL)
		return err;
	txn_group(rm->txn, "target remove",
	    rm->n == 1 ? rm->going[0]->path : NULL);
	err = lower_targets(rm);
	if (err == NULL)
		err = lower_config(rm);
	if (err == NULL)
		err = session_apply(s, rm->txn);
	if (err == NULL)
		err = STEAL_PTR(rm->txn->groups[0].error);
	return err;
}

struct error *
target_remove(struct context *ctx, const char *const *names, size_t n)
{
	struct removal rm = { .txn = txn_new(ctx->line) };
	struct error *err = session_open(&rm.session, ctx);

	if (err == NULL && !rm.session.writes)
		report_dry_run(ctx->report);
	if (err == NULL)
		err = carry_out(&rm, names, n);
	if (err == NULL && ctx->common.json)
		print_json(&rm);
	else if (err == NULL)
		tell(&rm);
	removal_release(&rm);
	return err;
}
