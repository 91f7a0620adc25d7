/*
 * What a target does not show of the source, and why: told, and as JSON.
 */
#ifndef NOTSHOWN_H
#define NOTSHOWN_H

#include "json.h"
#include "plan.h"
#include "report.h"

/*
 * What a person would not expect of the target's settings: names that cannot
 * be used, filters without effect in symlink mode.
 */
void notshown_warn(struct report *r, const struct plan_target *t);

/* How many skills the target leaves out by its settings; a line, or none. */
void notshown_note(struct report *r, const struct plan_target *t);

/* The same, skill by skill with the reason; of very many the first. */
void notshown_brief(struct report *r, const struct plan_target *t);

/* Each skill that is not shown, with the reason. */
void notshown_list(struct report *r, const struct plan_target *t);

/*
 * The targets that a skill of the source is not for: a row, in the last cell,
 * for each reason with the targets that have it. As JSON, [{"target": …,
 * "why": …, "reason": …}]. What is the same in all targets, such as that it
 * is disabled, is not told here.
 */
struct notshown_where {
	const struct desired *desired;
	const struct config_target *const *targets; /* those of desired */
};
void notshown_rows(struct report *r, struct report_table *table,
    const struct notshown_where *where, uint32_t skill);
json_t *
notshown_targets_json(const struct notshown_where *where, uint32_t skill);

/* [{"skill": …, "why": …, "reason": …}] */
json_t *notshown_json(const struct plan_target *t);

/*
 * Why an entry is to go although the source has the skill, in brackets; or
 * NULL if the source has it no more. Lent, as long as the report.
 */
const char *notshown_gone(struct report *r, const struct plan_target *t,
    const struct plan_entry *e);

#endif
