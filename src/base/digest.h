/*
 * SHA-256, equal to what sha256sum prints.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <nettle/sha2.h>

#include "base.h"

#define DIGEST_BYTES SHA256_DIGEST_SIZE
#define DIGEST_HEX_LEN (2 * DIGEST_BYTES)

struct digest {
	unsigned char bytes[DIGEST_BYTES];
};

struct digest_state {
	struct sha256_ctx ctx;
};

void digest_init(struct digest_state *state);
void digest_add(struct digest_state *state, const void *data, size_t len);
void digest_add_str(struct digest_state *state, const char *s); /* with NUL */
struct digest digest_final(struct digest_state *state);

struct digest digest_of(const void *data, size_t len);
bool digest_equal(const struct digest *a, const struct digest *b);

/* Lower-case hex, terminated. */
void digest_hex(const struct digest *d, char hex[DIGEST_HEX_LEN + 1]);

/* False, and *d undefined, unless s is exactly DIGEST_HEX_LEN hex digits. */
bool digest_parse(const char *s, struct digest *d);

#endif
