/*
 * What init is to do: each decision is the option's, else a person's answer,
 * else the default. All of them fall before anything is written.
 */
#ifndef INITPLAN_H
#define INITPLAN_H

#include "birth.h"
#include "cmd.h"

struct init_options {
	const char *source;
	const char *mode;
	struct option_list targets;
	struct option_list select;
	struct option_list copy_from;
	bool all_targets;
	bool no_targets;
	bool no_copy;
	bool discover;
	const char *remote;
	bool git;
	bool no_git;
	bool yes;
};

/*
 * Decides all of a new installation. ERR_REFUSED: no answer, or no consent at
 * the end; ERR_INTERRUPTED; else what cannot be as asked.
 */
MUST_USE struct error *init_plan(struct context *ctx, struct birth *birth);

/*
 * Decides which agents come to the config that there is. The same errors;
 * *asked_out: a person was asked.
 */
MUST_USE struct error *
init_plan_discover(struct context *ctx, struct chosen *chosen, bool *asked_out);

#endif
