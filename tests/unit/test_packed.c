#include "packed.h"

#include "scratch.h"

#define MAGIC "test-packed 1\n"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
/* Of a chunk, before its content: its length and its digest. */
#define HEAD_BYTES (sizeof(uint64_t) + DIGEST_BYTES)
#define LONG_BYTES 100000

static const struct digest seed = { { 1, 2, 3 } };

/* A chunk of that number and those texts. */
static void
add_chunk(struct strbuf *out, uint64_t number, const char *a, const char *b)
{
	size_t begin = packed_begin(out);

	strbuf_add_mem(out, &number, sizeof(number));
	packed_add_text(out, a);
	packed_add_text(out, b);
	packed_end(out, begin, &seed);
}

static void
assert_chunk(struct packed *file, uint64_t number, const char *a, const char *b)
{
	struct packed rest;
	const char *text = NULL;
	uint64_t got = 0;

	assert_true(packed_chunk(file, &seed, &rest));
	assert_true(packed_take(&rest, &got, sizeof(got)));
	assert_true(got == number);
	assert_true(packed_take_text(&rest, &text));
	assert_string_equal(text, a);
	assert_true(packed_take_text(&rest, &text));
	assert_string_equal(text, b);
	assert_int_equal(rest.len, 0);
}

static void
test_round_trip(void **state)
{
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_STRBUF struct strbuf got = { 0 };
	AUTO_FREE char *longest = xmalloc(LONG_BYTES + 1);
	struct packed rest;

	memset(longest, '\xff', LONG_BYTES);
	longest[LONG_BYTES] = '\0';
	strbuf_add(&text, MAGIC);
	add_chunk(&text, 0, "", "a\nb\tc");
	packed_end(&text, packed_begin(&text), &seed); /* an empty one */
	add_chunk(&text, UINT64_MAX, longest, MAGIC);
	assert_ok(packed_replace(s->fd, "p", &text));

	struct packed file = packed_read(s->fd, "p", MAGIC, &got);
	assert_chunk(&file, 0, "", "a\nb\tc");
	assert_true(packed_chunk(&file, &seed, &rest));
	assert_int_equal(rest.len, 0);
	assert_chunk(&file, UINT64_MAX, longest, MAGIC);
	assert_int_equal(file.len, 0);
	assert_false(packed_chunk(&file, &seed, &rest));
}

static void
test_wrong_seed(void **state)
{
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_STRBUF struct strbuf got = { 0 };
	struct packed rest = { 0 };

	strbuf_add(&text, MAGIC);
	add_chunk(&text, 7, "a", "b");
	assert_ok(packed_replace(s->fd, "p", &text));
	struct packed file = packed_read(s->fd, "p", MAGIC, &got);
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		struct digest other = seed;

		other.bytes[i] ^= 0x10;
		assert_false(packed_chunk(&file, &other, &rest));
	}
	assert_null(rest.at);
	assert_chunk(&file, 7, "a", "b"); /* nothing of it was taken */
}

/*
 * Of bytes as a file with two chunks, how many can be read; *len_out is what
 * then is left.
 */
static size_t
count_chunks(int dir_fd, const char *bytes, size_t len, size_t *len_out)
{
	AUTO_STRBUF struct strbuf got = { 0 };
	struct packed rest;
	size_t n = 0;

	put_bytes(dir_fd, "p", bytes, len);
	struct packed file = packed_read(dir_fd, "p", MAGIC, &got);
	while (packed_chunk(&file, &seed, &rest)) {
		const char *text = NULL;
		uint64_t number = 0;

		assert_true(packed_take(&rest, &number, sizeof(number)));
		assert_true(number == n);
		assert_true(packed_take_text(&rest, &text));
		assert_string_equal(text, "text");
		n++;
	}
	*len_out = file.len;
	return n;
}

static void
test_damage(void **state)
{
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf good = { 0 };
	size_t left = 0;

	strbuf_add(&good, MAGIC);
	add_chunk(&good, 0, "text", "more");
	size_t second = good.len;
	add_chunk(&good, 1, "text", "");
	assert_int_equal(count_chunks(s->fd, good.s, good.len, &left), 2);
	assert_int_equal(left, 0);
	for (size_t at = 0; at < good.len; at++) {
		AUTO_FREE char *bad = xmalloc(good.len);
		size_t want = at >= second;
		bool is_magic = at < MAGIC_LEN;

		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			memcpy(bad, good.s, good.len);
			bad[at] = (char)((unsigned char)bad[at] ^ bit);
			size_t n = count_chunks(s->fd, bad, good.len, &left);
			if (n != want || (left > 0) == is_magic)
				fail_msg("flip at %zu: %zu chunks, %zu left",
				    at, n, left);
		}
		bool is_whole = is_magic || at == MAGIC_LEN || at == second;
		size_t n = count_chunks(s->fd, good.s, at, &left);
		if (n != want || (left == 0) != is_whole)
			fail_msg("cut at %zu: %zu chunks, %zu left", at, n,
			    left);
	}
}

/* A length that is more than there is, up to all that a number can say. */
static void
test_length(void **state)
{
	static const uint64_t more[] = { 1, 8, 1U << 20, UINT32_MAX,
		UINT64_MAX / 2, UINT64_MAX - HEAD_BYTES, UINT64_MAX };
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf text = { 0 };
	size_t left = 0;

	strbuf_add(&text, MAGIC);
	add_chunk(&text, 0, "text", "");
	uint64_t len = text.len - MAGIC_LEN - HEAD_BYTES;
	assert_memory_equal(text.s + MAGIC_LEN, &len, sizeof(len));
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		uint64_t wrong =
		    more[i] < UINT64_MAX - len ? len + more[i] : more[i];

		memcpy(text.s + MAGIC_LEN, &wrong, sizeof(wrong));
		assert_int_equal(count_chunks(s->fd, text.s, text.len, &left),
		    0);
		assert_int_equal(left, text.len - MAGIC_LEN);
	}
}

static void
assert_none(int dir_fd, const char *name, const char *magic)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct packed rest;
	struct packed file = packed_read(dir_fd, name, magic, &text);

	assert_int_equal(file.len, 0);
	assert_false(packed_chunk(&file, &seed, &rest));
}

static void
test_absent(void **state)
{
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf text = { 0 };

	assert_none(s->fd, "p", MAGIC);
	assert_none(-1, "p", MAGIC);
	(void)close(put_dir(s->fd, "dir"));
	assert_none(s->fd, "dir", MAGIC);
	put_file(s->fd, "empty", "");
	assert_none(s->fd, "empty", MAGIC);
	strbuf_add(&text, MAGIC);
	add_chunk(&text, 0, "text", "");
	assert_ok(packed_replace(s->fd, "p", &text));
	assert_none(s->fd, "p", "test-packed 2\n");
	assert_none(s->fd, "p", "test-packed 1\n\n");
}

static void
test_replace(void **state)
{
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct fs_stat st;

	put_file(s->fd, "p", "older");
	put_file(s->fd, ".p.tmp", "what a dead run left, longer than the next");
	put_file(s->fd, ".q.tmp", "the same");
	strbuf_add(&text, MAGIC);
	assert_ok(packed_replace(s->fd, "p", &text));
	assert_ok(packed_replace(s->fd, ".q", &text));
	assert_ok(fs_list(s->fd, ".", &list));
	assert_int_equal(list.n, 2);
	assert_file(s->fd, "p", MAGIC);
	assert_file(s->fd, ".q", MAGIC);
	assert_ok(fs_stat(s->fd, "p", &st));
	assert_int_equal(st.mode, 0600);
}

/* On an error the old one stands, and no temporary is left. */
static void
test_replace_fails(void **state)
{
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf text = { 0 };

	strbuf_add(&text, MAGIC);
	put_file(s->fd, "p", "older");
	(void)close(put_dir(s->fd, ".p.tmp"));
	struct error *err = packed_replace(s->fd, "p", &text);
	assert_non_null(err);
	error_free(err); /* EISDIR or EPERM, as the system has it */
	assert_file(s->fd, "p", "older");
	assert_int_equal(kind_at(s->fd, ".p.tmp"), FS_DIR);
	(void)close(put_dir(s->fd, "d"));
	assert_sys(packed_replace(s->fd, "d", &text), EISDIR);
	assert_int_equal(kind_at(s->fd, ".d.tmp"), FS_ABSENT);
	assert_sys(packed_replace(-1, "p", &text), EBADF);
}

static void
test_past_end(void **state)
{
	char bytes[] = { 'a', '\0', '\0', 'b', 'c' };
	struct packed rest = { bytes, sizeof(bytes) };
	struct packed none = { 0 };
	const char *text = NULL;
	char out[sizeof(bytes) + 1] = "as it";

	(void)state;
	assert_false(packed_take(&rest, out, sizeof(out)));
	assert_false(packed_take(&rest, out, SIZE_MAX));
	assert_string_equal(out, "as it");
	assert_true(packed_take_text(&rest, &text));
	assert_string_equal(text, "a");
	assert_true(packed_take_text(&rest, &text));
	assert_string_equal(text, "");
	const char *last = text;
	assert_false(packed_take_text(&rest, &text)); /* no NUL */
	assert_ptr_equal(text, last);
	assert_true(packed_take(&rest, out, 2));
	assert_memory_equal(out, "bc", 2);
	assert_int_equal(rest.len, 0);
	assert_false(packed_take(&rest, out, 1));
	assert_false(packed_take_text(&rest, &text));
	assert_false(packed_take(&none, out, 1));
	assert_false(packed_take_text(&none, &text));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("what is packed comes back, chunk by chunk",
		    test_round_trip),
		IN_SCRATCH("another seed's chunk is not read", test_wrong_seed),
		IN_SCRATCH("each flip and each cut is damage from there on",
		    test_damage),
		IN_SCRATCH("a length is not believed", test_length),
		IN_SCRATCH("an absent file and another format are nothing",
		    test_absent),
		IN_SCRATCH("a dead run's temporary is replaced", test_replace),
		IN_SCRATCH("what cannot be replaced stands",
		    test_replace_fails),
		{ "nothing is read past the end", test_past_end, NULL, NULL,
		    NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
