/*
 * The agents that become targets: found on this machine, or named.
 */
#ifndef CHOSEN_H
#define CHOSEN_H

#include "cmd.h"
#include "newtarget.h"

struct chosen {
	struct newtarget *items; /* sorted by name */
	size_t n;
};
#define AUTO_CHOSEN CLEANUP(chosen_release)

enum chosen_voice {
	CHOSEN_SILENT,
	CHOSEN_TELLS
};

/*
 * Adds the agents that are here, each directory once, without those that
 * ctx->config has. One that cannot be a target beside that source is left
 * out, which CHOSEN_TELLS tells.
 */
void chosen_found(struct context *ctx, const char *source,
    enum chosen_voice voice, struct chosen *chosen);

/*
 * Adds the agents named, here or not, each once. ERR_USAGE: an unknown name;
 * ERR_REFUSED: one that cannot be a target, or is one in ctx->config.
 */
MUST_USE struct error *chosen_named(struct context *ctx, const char *source,
    const struct option_list *names, struct chosen *chosen);

void chosen_release(struct chosen *chosen);

#endif
