/*
 * The brakes: does a plan take away more than a person can have meant?
 */
#ifndef PLANBRAKE_H
#define PLANBRAKE_H

#include "plan.h"

/* Sets the brake of a plan that is whole otherwise, and the target of it. */
void planbrake(struct plan *plan);

#endif
