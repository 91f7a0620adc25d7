/*
 * Chance for tests: the same for the same seed, on every machine.
 */
#ifndef DICE_H
#define DICE_H

#include "base.h"

struct chance {
	uint64_t state;
	unsigned files; /* so far: each has other content */
};

/* A number below n; the same ones for the same seed everywhere. */
static inline unsigned
below(struct chance *c, unsigned n)
{
	c->state ^= c->state << 13;
	c->state ^= c->state >> 7;
	c->state ^= c->state << 17;
	return (unsigned)(c->state >> 33) % n;
}

static inline bool
odds(struct chance *c, unsigned percent)
{
	return below(c, 100) < percent;
}

#endif
