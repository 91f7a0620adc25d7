#include "planbrake.h"

/* Copies that stay; others of ours are pruned or updated. */
static size_t
count_current(const struct plan_target *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->seen->n; i++)
		n += t->seen->entries[i].seen == SEEN_COPY_CURRENT;
	return plan_want(t->config->mode) == WANT_COPY ? n : 0;
}

void
planbrake(struct plan *plan)
{
	for (uint32_t i = 0; i < plan->n && plan->brake == BRAKE_NONE; i++) {
		const struct plan_target *t = &plan->targets[i];
		size_t pruned = t->counts.pruned;
		size_t fresh = 0;

		for (size_t k = 0; k < t->n; k++)
			fresh += t->entries[k].action == ACT_LINK ||
				 t->entries[k].action == ACT_COPY;
		size_t before = t->seen->n_right + count_current(t) + pruned +
				t->counts.updated;
		size_t net = pruned > fresh ? pruned - fresh : 0;

		plan->brake_target = i;
		if (pruned > 0 && plan->set->n == 0)
			plan->brake = BRAKE_EMPTY_SOURCE;
		else if (net > 10 && net * 2 > before)
			plan->brake = BRAKE_MASS_PRUNE;
	}
}
