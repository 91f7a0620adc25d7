#include "txn.h"

#include <string.h>

#include "host.h"
#include "path.h"

struct txn *
txn_new(const char *command)
{
	struct txn *txn = xcalloc(1, sizeof(*txn));

	txn->command = arena_strdup(&txn->arena, command);
	host_token(txn->token);
	return txn;
}

void
txn_free(struct txn *txn)
{
	if (txn == NULL)
		return;
	for (size_t i = 0; i < txn->n_groups; i++) {
		error_free(txn->groups[i].error);
		free(txn->groups[i].unseen);
	}
	free(txn->groups);
	free(txn->places);
	free(txn->ops);
	free(txn->items);
	arena_release(&txn->arena);
	free(txn);
}

void
txn_group(struct txn *txn, const char *name, const char *look_path)
{
	if (txn->n_groups > UINT16_MAX)
		BUG("%zu groups", txn->n_groups);
	txn->groups = xgrow(txn->groups, txn->n_groups, sizeof(*txn->groups));
	txn->groups[txn->n_groups++] = (struct group){
		.name = arena_strdup(&txn->arena, name),
		.look_path = look_path == NULL
				 ? NULL
				 : arena_strdup(&txn->arena, look_path),
		.first_op = txn->n_ops,
		.first_item = txn->n_items,
	};
}

uint16_t
txn_place(struct txn *txn, const char *dir, struct fs_id id, const char *beside,
    bool deep)
{
	for (size_t i = 0; i < txn->n_places; i++) {
		if (strcmp(txn->places[i].dir, dir) == 0)
			return (uint16_t)i;
	}
	if (txn->n_places > UINT16_MAX)
		BUG("%zu places", txn->n_places);
	const char *staging = arena_printf(&txn->arena, "%s%s.skillshare-%s",
	    beside, beside[1] == '\0' ? "" : "/", txn->token);

	txn->places = xgrow(txn->places, txn->n_places, sizeof(*txn->places));
	txn->places[txn->n_places] = (struct place){
		.dir = arena_strdup(&txn->arena, dir),
		.staging = staging,
		.slots = deep ? arena_printf(&txn->arena, "%s/slots", staging)
			      : staging,
		.id = id,
	};
	return (uint16_t)txn->n_places++;
}

static struct op *
add_op(struct txn *txn, enum op_kind kind, uint16_t place)
{
	if (txn->n_groups == 0)
		BUG("operation without a group");
	txn->ops = xgrow(txn->ops, txn->n_ops, sizeof(*txn->ops));
	struct op *op = &txn->ops[txn->n_ops++];

	*op = (struct op){
		.kind = kind,
		.place = place,
		.group = (uint16_t)(txn->n_groups - 1),
		.slot = NO_SLOT,
	};
	txn->groups[txn->n_groups - 1].n_ops++;
	return op;
}

static const struct thing *
keep_thing(struct txn *txn, const struct thing *thing)
{
	struct thing *copy = arena_alloc(&txn->arena, sizeof(*copy));

	*copy = *thing;
	if (thing->text != NULL)
		copy->text = arena_strdup(&txn->arena, thing->text);
	if (thing->digest != NULL) {
		struct digest *d = arena_alloc(&txn->arena, sizeof(*d));
		*d = *thing->digest;
		copy->digest = d;
	}
	return copy;
}

void
txn_mkdir(struct txn *txn, uint16_t place, const char *name, unsigned mode)
{
	struct op *op = add_op(txn, OP_MKDIR, place);

	op->name = arena_strdup(&txn->arena, name);
	op->mode = mode & 07777;
}

void
txn_link(struct txn *txn, uint16_t place, const char *name, const char *text)
{
	struct op *op = add_op(txn, OP_LINK, place);

	op->name = name;
	op->text = text;
}

void
txn_put(struct txn *txn, uint16_t place, const char *name, uint32_t slot)
{
	struct op *op = add_op(txn, OP_PUT, place);

	op->name = arena_strdup(&txn->arena, name);
	op->slot = slot;
}

void
txn_take(struct txn *txn, uint16_t place, const char *name,
    const struct thing *before)
{
	struct op *op = add_op(txn, OP_TAKE, place);

	op->name = arena_strdup(&txn->arena, name);
	op->slot = txn->n_slots++;
	op->before = keep_thing(txn, before);
}

void
txn_swap(struct txn *txn, uint16_t place, const char *name, uint32_t slot,
    const struct thing *before)
{
	struct op *op = add_op(txn, OP_SWAP, place);

	op->name = arena_strdup(&txn->arena, name);
	op->slot = slot;
	op->before = keep_thing(txn, before);
}

void
txn_look(struct txn *txn)
{
	txn->ops[txn->n_ops - 1].look = 1;
}

void
txn_look_root(struct txn *txn)
{
	txn->groups[txn->n_groups - 1].look_is_root = true;
}

void
txn_fail(struct txn *txn, struct error *err)
{
	struct group *g = &txn->groups[txn->n_groups - 1];

	g->error = err;
	g->is_unstaged = err != NULL;
}

void
txn_chmod(struct txn *txn, uint16_t place, const char *name, unsigned mode,
    unsigned old_mode)
{
	struct op *op = add_op(txn, OP_CHMOD, place);

	op->name = arena_strdup(&txn->arena, name);
	op->mode = mode & 07777;
	op->old_mode = old_mode & 07777;
}

void
txn_ref(struct txn *txn, uint16_t place, const char *text)
{
	struct op *op = add_op(txn, OP_REF, place);

	/* A name is one component: the ref itself is in the text. */
	op->name = "HEAD";
	op->text = arena_strdup(&txn->arena, text);
}

static struct item *
add_item(struct txn *txn, enum item_kind kind, uint16_t place)
{
	if (txn->n_groups == 0)
		BUG("item without a group");
	txn->items = xgrow(txn->items, txn->n_items, sizeof(*txn->items));
	struct item *item = &txn->items[txn->n_items++];

	*item = (struct item){
		.kind = kind,
		.slot = txn->n_slots++,
		.place = place,
		.group = (uint16_t)(txn->n_groups - 1),
	};
	txn->groups[txn->n_groups - 1].n_items++;
	return item;
}

uint32_t
txn_item_link(struct txn *txn, uint16_t place, const char *text)
{
	struct item *item = add_item(txn, ITEM_LINK, place);

	item->text = arena_strdup(&txn->arena, text);
	return item->slot;
}

uint32_t
txn_item_file(struct txn *txn, uint16_t place, const char *bytes, size_t len,
    mode_t mode)
{
	struct item *item = add_item(txn, ITEM_FILE, place);

	item->bytes = arena_strndup(&txn->arena, bytes, len);
	item->len = len;
	item->mode = mode;
	return item->slot;
}

void
txn_item_keep_mode(struct txn *txn, uint32_t slot)
{
	txn_item(txn, slot)->is_mode_whole = true;
}

uint32_t
txn_item_copy(struct txn *txn, uint16_t place, const char *abs)
{
	struct item *item = add_item(txn, ITEM_COPY, place);

	item->abs = arena_strdup(&txn->arena, abs);
	return item->slot;
}

uint32_t
txn_item_links(struct txn *txn, uint16_t place, const char *const *names,
    const char *const *texts, size_t n)
{
	struct item *item = add_item(txn, ITEM_LINKS, place);

	item->names = names;
	item->texts = texts;
	item->n_names = n;
	return item->slot;
}

uint32_t
txn_item_build(struct txn *txn, uint16_t place, item_builder *build,
    void *payload)
{
	struct item *item = add_item(txn, ITEM_BUILD, place);

	item->build = build;
	item->payload = payload;
	return item->slot;
}

void
txn_item_shows(struct txn *txn, const char *const *names, size_t n)
{
	struct item *item = &txn->items[txn->n_items - 1];

	item->names = names;
	item->n_names = n;
}

void
txn_item_tells(struct txn *txn, const struct digest *digest)
{
	txn->items[txn->n_items - 1].told = digest;
}

struct item *
txn_item(const struct txn *txn, uint32_t slot)
{
	size_t low = 0;
	size_t high = txn->n_items;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (txn->items[mid].slot == slot)
			return &txn->items[mid];
		if (txn->items[mid].slot < slot)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

size_t
txn_count(const struct txn *txn, enum op_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < txn->n_ops; i++)
		n += txn->ops[i].state == state;
	return n;
}
