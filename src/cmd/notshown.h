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

/* Each skill that is not shown, with the reason. */
void notshown_list(struct report *r, const struct plan_target *t);

/* [{"skill": …, "why": …, "reason": …}] */
json_t *notshown_json(const struct plan_target *t);

/*
 * Why an entry is to go although the source has the skill, in brackets; or
 * NULL if the source has it no more. Lent, as long as the report.
 */
const char *notshown_gone(struct report *r, const struct plan_target *t,
    const struct plan_entry *e);

#endif
