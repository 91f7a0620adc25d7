#include "digest.h"

#include <string.h>

void
digest_init(struct digest_state *state)
{
	sha256_init(&state->ctx);
}

void
digest_add(struct digest_state *state, const void *data, size_t len)
{
	sha256_update(&state->ctx, len, data);
}

void
digest_add_str(struct digest_state *state, const char *s)
{
	digest_add(state, s, strlen(s) + 1);
}

struct digest
digest_final(struct digest_state *state)
{
	struct digest d;

	sha256_digest(&state->ctx, sizeof(d.bytes), d.bytes);
	return d;
}

struct digest
digest_of(const void *data, size_t len)
{
	struct digest_state state;

	digest_init(&state);
	digest_add(&state, data, len);
	return digest_final(&state);
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void
digest_hex(const struct digest *d, char hex[DIGEST_HEX_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[d->bytes[i] >> 4];
		hex[2 * i + 1] = digits[d->bytes[i] & 15];
	}
	hex[DIGEST_HEX_LEN] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
digest_parse(const char *s, struct digest *d)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		int high = hex_value(s[2 * i]);
		int low = high < 0 ? -1 : hex_value(s[2 * i + 1]);

		if (low < 0)
			return false;
		d->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return s[DIGEST_HEX_LEN] == '\0';
}
