/*
 * One line on standard error for work that lasts: "what  n/m", on a terminal
 * only, after half a second, at most ten times a second, and gone at the end.
 *
 * Calling sequence: progress_start() - progress_step() ... - progress_end().
 * Nothing else may be printed between the last two.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "report.h"

struct progress {
	struct report *report;
	const char *title; /* lent */
	int64_t next_ms;   /* of host_ticks_ms(): not drawn before */
	bool drawn;
};

void progress_start(struct progress *p, struct report *r, const char *title);
void progress_step(struct progress *p, uint64_t done, uint64_t total);
void progress_end(struct progress *p);

#endif
