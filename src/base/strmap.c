#include "strmap.h"

#include <string.h>

struct strmap_slot {
	const char *key; /* lent; NULL for a free slot */
	uint32_t hash;
	uint32_t value;
};

static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15U;
	return h ^ (h >> 32);
}

/* Eight bytes at a time; no seed to keep, the tables are per run. */
static uint32_t
hash_of(const char *key)
{
	size_t len = strlen(key);
	uint64_t h = len;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, key, sizeof(word));
		h = mix(h, word);
		key += sizeof(word);
	}
	word = 0;
	memcpy(&word, key, len);
	h = mix(h, word);
	return (uint32_t)h;
}

static struct strmap_slot *
find(struct strmap_slot *slots, size_t cap, const char *key, uint32_t hash)
{
	size_t i = hash & (cap - 1);

	while (slots[i].key != NULL &&
	       (slots[i].hash != hash || strcmp(slots[i].key, key) != 0))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static void
grow(struct strmap *map)
{
	size_t cap = map->cap == 0 ? 16 : map->cap * 2;
	struct strmap_slot *slots = xcalloc(cap, sizeof(*slots));

	for (size_t i = 0; i < map->cap; i++) {
		struct strmap_slot *old = &map->slots[i];
		if (old->key != NULL)
			*find(slots, cap, old->key, old->hash) = *old;
	}
	free(map->slots);
	map->slots = slots;
	map->cap = cap;
}

/* The slot of key, put there with value 0 if it is new. */
static struct strmap_slot *
slot_for(struct strmap *map, const char *key, bool *is_new)
{
	uint32_t hash = hash_of(key);

	if (map->n * 2 >= map->cap)
		grow(map);
	struct strmap_slot *slot = find(map->slots, map->cap, key, hash);
	*is_new = slot->key == NULL;
	if (*is_new) {
		*slot = (struct strmap_slot){ .key = key, .hash = hash };
		map->n++;
	}
	return slot;
}

bool
strmap_put(struct strmap *map, const char *key, uint32_t value)
{
	bool is_new = false;
	struct strmap_slot *slot = slot_for(map, key, &is_new);

	if (is_new)
		slot->value = value;
	return is_new;
}

void
strmap_count(struct strmap *map, const char *key)
{
	bool is_new = false;

	slot_for(map, key, &is_new)->value++;
}

bool
strmap_get(const struct strmap *map, const char *key, uint32_t *value)
{
	if (map->cap == 0)
		return false;
	const struct strmap_slot *slot =
	    find(map->slots, map->cap, key, hash_of(key));
	if (slot->key == NULL)
		return false;
	*value = slot->value;
	return true;
}

void
strmap_release(struct strmap *map)
{
	free(map->slots);
	*map = (struct strmap){ 0 };
}
