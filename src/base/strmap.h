/*
 * A map from strings to numbers, open addressing. Keys are lent: they must
 * outlive the map. Used to join names of entries, skills and targets.
 */
#ifndef STRMAP_H
#define STRMAP_H

#include "base.h"

struct strmap_slot;
struct strmap {
	struct strmap_slot *slots;
	size_t n;
	size_t cap; /* a power of two, or 0 */
};

#define AUTO_STRMAP CLEANUP(strmap_release)

/*
 * Puts key -> value if key is new and returns true; else leaves the map as
 * it is and returns false.
 */
bool strmap_put(struct strmap *map, const char *key, uint32_t value);

/* Adds one to the key's value; a key that is new had 0. */
void strmap_count(struct strmap *map, const char *key);

/* False, and *value untouched, if there is no such key. */
bool strmap_get(const struct strmap *map, const char *key, uint32_t *value);

void strmap_release(struct strmap *map);

#endif
