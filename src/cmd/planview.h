/*
 * The plan, told: for --dry-run, for the result lines of sync, as JSON.
 */
#ifndef PLANVIEW_H
#define PLANVIEW_H

#include "json.h"
#include "plan.h"
#include "report.h"

/* "would link claude/pdf", a line each, for what sync would do. */
void planview_would(struct report *r, const struct plan_target *t);

/*
 * The line of a target that is as planned: "✓ claude: merged (5 linked, …)",
 * "✓ codex: symlink"; "✗ claude: …" with what stands in the way if it is
 * refused; then a warning for each conflict.
 */
void planview_result(struct report *r, const struct plan *plan,
    const struct plan_target *t);

/* An object with name, path, mode, counts, actions, conflicts, error. */
json_t *planview_json(const struct plan *plan, const struct plan_target *t);

/* {"path": …, "skills": n, "problems": […]} */
json_t *planview_source_json(const struct skillset *set);

/*
 * How far a target is in step: "5/5 synced" (of the skills that can be shown
 * those that are), "✓ linked", "✗ error". Lent, as long as the report.
 */
const char *planview_state(struct report *r, const struct plan *plan,
    const struct plan_target *t);

/* The plan for a target may stand under another one's name. */
const struct plan_target *
planview_real(const struct plan *plan, const struct plan_target *t);

#endif
