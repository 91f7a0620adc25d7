#include "backupauto.h"

#include "host.h"

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
		.observed = s->observed,
		.chosen = chosen,
		.command = ctx->line,
		.kind = kind,
		.keep = &keep,
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
backup_before(const struct session *s, struct snapshots *all,
    const bool *chosen, enum snapshot_kind kind)
{
	AUTO_SNAPSHOTS struct snapshots own = { .fd = -1 };

	if (all != NULL)
		return make(s, all, chosen, kind);
	struct error *err = snapshots_open(s->ctx->config->dir,
	    s->ctx->env.data_home, &own);
	return err != NULL ? err : make(s, &own, chosen, kind);
}
