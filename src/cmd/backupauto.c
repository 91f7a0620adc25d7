#include "backupauto.h"

#include <string.h>

#include "host.h"
#include "path.h"

MUST_USE static struct error *
make(const struct session *s, struct snapshots *all, const bool *chosen,
    enum snapshot_kind kind)
{
	const struct context *ctx = s->ctx;
	const struct retention keep = {
		.limits = ctx->config->backup_keep,
		.now = host_now(),
	};
	const struct snapmake_request request = {
		.set = s->set,
		.seen = s->seen,
		.observed = s->observed,
		.chosen = chosen,
		.command = ctx->line,
		.kind = kind,
		.flags = kind == SNAPSHOT_AUTOMATIC ? SNAPMAKE_SOURCE : 0,
		/* A restore must not clean up what it restores from. */
		.keep = kind == SNAPSHOT_BEFORE_RESTORE ? NULL : &keep,
	};
	AUTO_SNAPMAKE_RESULT struct snapmake_result result = { 0 };
	struct error *err = snapmake(all, &request, &result);

	if (err != NULL)
		return error_wrap(err, "backup before the run");
	for (size_t i = 0; i < result.n_targets; i++) {
		if (result.targets[i].error != NULL)
			report_warn(ctx->report, "%s: not backed up: %s",
			    s->observed->targets[i].config->name,
			    error_msg(result.targets[i].error));
	}
	for (size_t i = 0; i < result.n_warnings; i++)
		report_warn(ctx->report, "backup: %s", result.warnings[i]);
	if (result.late != NULL)
		report_warn(ctx->report, "backup: %s", error_msg(result.late));
	return NULL;
}

struct error *
backup_changing(const struct session *s)
{
	AUTO_FREE bool *chosen = xcalloc(s->plan->n, sizeof(*chosen));
	bool any = false;

	for (size_t i = 0; i < s->plan->n; i++) {
		chosen[i] = plan_target_changes(&s->plan->targets[i]);
		any |= chosen[i];
	}
	return any && s->writes
		   ? backup_before(s, NULL, chosen, SNAPSHOT_AUTOMATIC)
		   : NULL;
}

struct error *
backup_before(const struct session *s, struct snapshots *all,
    const bool *chosen, enum snapshot_kind kind)
{
	AUTO_SNAPSHOTS struct snapshots own = { .fd = -1 };

	if (all != NULL)
		return make(s, all, chosen, kind);
	struct error *err = snapshots_open(s->ctx->config->dir,
	    s->ctx->env.data_home, &s->ctx->config->ignore, &own);
	return err != NULL ? err : make(s, &own, chosen, kind);
}

/* The version that a snapshot knows of a skill, or NULL. */
static const char *
version_in(const struct snapshot *s, const char *entry)
{
	for (size_t i = 0; i < s->n_skills; i++) {
		if (strcmp(s->skills[i].name, entry) == 0)
			return s->skills[i].version;
	}
	return NULL;
}

char *
backup_last_version(const struct snapshots *all, const char *entry)
{
	for (size_t i = 0; i < all->n; i++) {
		struct snapshot *s = all->items[i];
		const struct snap_tree *tree = NULL;

		if (s->is_plain || s->damage != NULL)
			continue;
		AUTO_ERROR struct error *err = snapshots_load(s);
		const char *version = err == NULL ? version_in(s, entry) : NULL;
		const struct snapshot *holder =
		    version == NULL ? NULL
				    : snapshots_holding(all, version, &tree);
		if (holder != NULL)
			return path_join(holder->path, tree->where);
	}
	return NULL;
}
