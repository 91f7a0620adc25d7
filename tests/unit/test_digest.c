#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "digest.h"

#define ABC_HEX                                                                \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void
test_known(void **state)
{
	static const struct {
		const char *s;
		const char *want;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", ABC_HEX },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[DIGEST_HEX_LEN + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct digest d = digest_of(rows[i].s, strlen(rows[i].s));
		digest_hex(&d, hex);
		assert_string_equal(hex, rows[i].want);
	}
}

static void
test_pieces(void **state)
{
	struct digest_state ds;
	struct digest whole = digest_of("ab\0c", 5);

	(void)state;
	digest_init(&ds);
	digest_add(&ds, "a", 1);
	digest_add_str(&ds, "b"); /* with its NUL */
	digest_add(&ds, "", 0);
	digest_add_str(&ds, "c");
	struct digest pieces = digest_final(&ds);
	assert_true(digest_equal(&pieces, &whole));
	struct digest other = digest_of("abc", 3);
	assert_false(digest_equal(&pieces, &other));
}

static void
test_parse(void **state)
{
	static const struct {
		const char *what;
		const char *s;
		bool want;
	} rows[] = {
		{ "what digest_hex() writes", ABC_HEX, true },
		{ "nothing", "", false },
		{ "one digit", "b", false },
		{ "one digit more", ABC_HEX "0", false },
		{ "a newline after", ABC_HEX "\n", false },
		{ "one digit less", &ABC_HEX[1], false },
		{ "one byte less", &ABC_HEX[2], false },
		{ "a letter that is no digit",
		    "ga7816bf8f01cfea414140de5dae2223"
		    "b00361a396177a9cb410ff61f20015ad",
		    false },
	};
	struct digest abc = digest_of("abc", 3);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct digest d;
		bool got = digest_parse(rows[i].s, &d);
		if (got != rows[i].want || (got && !digest_equal(&d, &abc)))
			fail_msg("%s", rows[i].what);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "digests are those of sha256sum", test_known, NULL, NULL,
		    NULL },
		{ "pieces add up to the whole", test_pieces, NULL, NULL, NULL },
		{ "only a whole digest in hex is one", test_parse, NULL, NULL,
		    NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
