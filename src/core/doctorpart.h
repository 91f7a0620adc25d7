/*
 * What the checks of doctor.h share: what is known so far, and how a finding
 * is added. doctor*.c have one group of checks each.
 */
#ifndef DOCTORPART_H
#define DOCTORPART_H

#include "config.h"
#include "discover.h"
#include "doctor.h"
#include "observe.h"
#include "plan.h"
#include "roots.h"
#include "state.h"

/*
 * One look at all. What a check has learned the later ones use; what could
 * not be learned is NULL, and its check has said why.
 */
struct exam {
	const struct host_env *env;
	struct doctor *out;
	const char *check; /* in hand */
	struct config *config;
	struct skillset *set;
	struct state *state;
	struct roots roots;
	struct copyseen *copies;
	struct observed *observed;
	struct plan *plan;
	struct error *stop; /* ERR_INTERRUPTED: no further check is made */
};

/*
 * Adds a finding; path, target, line and command of the result may be filled
 * in until the next is added, with strings that live as long as the exam.
 */
PRINTF_LIKE(3, 4)
struct finding *
exam_find(struct exam *e, enum doctor_severity severity, const char *fmt, ...);

/* Live as long as the findings. */
PRINTF_LIKE(2, 3) const char *exam_text(struct exam *e, const char *fmt, ...);
const char *exam_path(struct exam *e, const char *dir, const char *name);

/*
 * "verb path", with path quoted for a shell; and the command that opens a
 * file in the user's editor.
 */
const char *exam_command(struct exam *e, const char *verb, const char *path);
const char *exam_edit(struct exam *e, const char *path);

/*
 * Adds name to the names that one finding is about: "a, b, c", and then how
 * many more. n is how many were there before.
 */
void exam_name(struct strbuf *names, size_t n, const char *name);
void exam_names_end(struct strbuf *names, size_t n);

/* doctorconfig.c: the home directory and the config; learns config. */
void exam_config(struct exam *e);

/* doctorsource.c: the source; learns set, state and roots. */
void exam_source(struct exam *e);

/* doctorskill.c: front matter. */
void exam_skills(struct exam *e);

/* doctortarget.c: each target; learns observed and plan. */
void exam_targets(struct exam *e);

/* doctorfilter.c: what the filters of one target do, or cannot do. */
void exam_filters(struct exam *e, const struct plan_target *t);

/* doctorsight.c: what each agent really sees. */
void exam_sight(struct exam *e);

/* doctorgit.c: the repository of the source, and tracked ones. */
void exam_git(struct exam *e);

/* doctorstate.c: runs, what they left, the state directory. */
void exam_state(struct exam *e);

/* doctorbackup.c: snapshots. */
void exam_backups(struct exam *e);

/* doctordisk.c: space and abilities of the file systems. */
void exam_disks(struct exam *e);

#endif
