#include "record.h"

#include <stdio.h>

#include "scratch.h"

#define MAGIC "test-record 1"

static void
begin_record(struct record_writer *w, int dir_fd, const char *const *fields,
    size_t n)
{
	record_create(w, dir_fd, "r", MAGIC);
	for (size_t i = 0; i < n; i++) {
		record_field(w, "line");
		record_field(w, fields[i]);
		record_number(w, i);
		record_end(w);
	}
}

static void
write_record(int dir_fd, const char *const *fields, size_t n)
{
	struct record_writer w;

	begin_record(&w, dir_fd, fields, n);
	assert_ok(record_publish(&w, dir_fd, "r"));
}

/* Reads to the end; *lines_out counts the lines. */
MUST_USE static struct error *
read_record(int dir_fd, size_t *lines_out)
{
	AUTO_RECORD_READER struct record_reader r;
	bool more = true;
	struct error *err = record_open(&r, dir_fd, "r", "/x/r", MAGIC);

	*lines_out = 0;
	while (err == NULL) {
		err = record_next(&r, &more);
		if (err != NULL || !more)
			break;
		(*lines_out)++;
	}
	return err;
}

static void
test_round_trip(void **state)
{
	const struct scratch *s = *state;
	char all[256];
	char longest[256];
	AUTO_RECORD_READER struct record_reader r;
	bool more = false;
	uint64_t number = 0;

	for (unsigned i = 0; i < 255; i++)
		all[i] = (char)(unsigned char)(i + 1);
	all[255] = '\0';
	memset(longest, '\\', 255);
	longest[255] = '\0';
	const char *const fields[] = { "", "plain", "\t", "\n", "\r\n", "\\",
		"\\t", "a\tb\nc\\d", "end", "end\t", "\xff\xfe\x80", "Ä€漢",
		" ", all, longest, MAGIC };
	write_record(s->fd, fields, ARRAY_LEN(fields));
	assert_ok(record_open(&r, s->fd, "r", "/x/r", MAGIC));
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		assert_ok(record_next(&r, &more));
		assert_true(more);
		assert_int_equal(r.n_fields, 3);
		assert_string_equal(r.fields[1], fields[i]);
		assert_true(record_u64(&r, 2, UINT64_MAX, &number));
		assert_int_equal(number, i);
	}
	assert_ok(record_next(&r, &more));
	assert_false(more);
}

static void
test_numbers(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 9, 10, 4294967295U,
		4294967296U, UINT64_MAX };
	const struct scratch *s = *state;
	AUTO_RECORD_READER struct record_reader r;
	struct record_writer w;
	bool more = false;
	uint64_t got = 0;

	record_create(&w, s->fd, "r", MAGIC);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		record_number(&w, numbers[i]);
	record_field(&w, "1x");
	record_field(&w, "-1");
	record_end(&w);
	assert_ok(record_publish(&w, s->fd, "r"));
	assert_ok(record_open(&r, s->fd, "r", "/x/r", MAGIC));
	assert_ok(record_next(&r, &more));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		assert_true(record_u64(&r, i, UINT64_MAX, &got));
		assert_true(got == numbers[i]);
		assert_true(record_u64(&r, i, numbers[i], &got));
		if (numbers[i] > 0)
			assert_false(record_u64(&r, i, numbers[i] - 1, &got));
	}
	assert_false(record_u64(&r, 7, UINT64_MAX, &got));
	assert_false(record_u64(&r, 8, UINT64_MAX, &got));
	assert_false(record_u64(&r, 9, UINT64_MAX, &got));
}

/* Longer than any buffer, and with a line that is longer than one too. */
static void
test_large(void **state)
{
	const struct scratch *s = *state;
	const size_t n = 20000;
	const size_t long_len = 1000000;
	AUTO_FREE char *text = xmalloc(long_len + 1);
	struct record_writer w;
	size_t lines = 0;

	memset(text, '\n', long_len);
	text[long_len] = '\0';
	record_create(&w, s->fd, "r", MAGIC);
	for (size_t i = 0; i < n; i++) {
		record_field(&w, "a line of some length");
		record_number(&w, i);
		record_end(&w);
		if (i != n / 2)
			continue;
		record_field(&w, text);
		record_end(&w);
	}
	assert_ok(record_publish(&w, s->fd, "r"));
	assert_ok(read_record(s->fd, &lines));
	assert_int_equal(lines, n + 1);
}

static void
test_publish(void **state)
{
	static const char *const fields[] = { "one", "two" };
	const struct scratch *s = *state;
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t lines = 0;

	/* What a dead run left, and what an earlier one published. */
	put_file(s->fd, ".r.tmp", "half a");
	put_file(s->fd, "r", "older");
	write_record(s->fd, fields, ARRAY_LEN(fields));
	assert_ok(read_record(s->fd, &lines));
	assert_int_equal(lines, 2);
	assert_ok(fs_list(s->fd, ".", &list));
	assert_int_equal(list.n, 1);
}

/* Byte for byte what record_publish() makes, in the same way. */
static void
test_publish_cache(void **state)
{
	static const char *const fields[] = { "one", "t\two", "" };
	const struct scratch *s = *state;
	AUTO_FS_LIST struct fs_list list = { 0 };
	AUTO_STRBUF struct strbuf want = { 0 };
	struct record_writer w;

	write_record(s->fd, fields, ARRAY_LEN(fields));
	assert_ok(fs_read_file(s->fd, "r", 1 << 20, &want));
	put_bytes(s->fd, "r", "older", 5);
	put_file(s->fd, ".r.tmp", "half a");
	begin_record(&w, s->fd, fields, ARRAY_LEN(fields));
	assert_ok(record_publish_cache(&w, s->fd, "r"));
	assert_file(s->fd, "r", strbuf_str(&want));
	assert_ok(fs_list(s->fd, ".", &list));
	assert_int_equal(list.n, 1);
}

/* What cannot take its place leaves nothing, and the old one stands. */
static void
test_publish_cache_fails(void **state)
{
	static const char *const fields[] = { "one" };
	const struct scratch *s = *state;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct record_writer w;

	(void)close(put_dir(s->fd, "r"));
	begin_record(&w, s->fd, fields, ARRAY_LEN(fields));
	assert_sys(record_publish_cache(&w, s->fd, "r"), EISDIR);
	assert_ok(fs_list(s->fd, ".", &list));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.entries[0].kind, FS_DIR);
	record_create(&w, -1, "r", MAGIC);
	assert_sys(record_publish_cache(&w, -1, "r"), EBADF);
}

static void
test_sticky_error(void **state)
{
	struct record_writer w;

	(void)state;
	record_create(&w, -1, "r", MAGIC);
	record_field(&w, "x");
	record_end(&w);
	assert_sys(record_publish(&w, -1, "r"), EBADF);
}

static void
test_absent(void **state)
{
	const struct scratch *s = *state;
	size_t lines = 0;

	assert_sys(read_record(s->fd, &lines), ENOENT);
}

/* bytes, but for one change, must be damage that names the file. */
static void
assert_damage(int dir_fd, const char *what, size_t at, const char *bytes,
    size_t len)
{
	size_t lines = 0;

	put_bytes(dir_fd, "r", bytes, len);
	AUTO_ERROR struct error *err = read_record(dir_fd, &lines);
	if (err == NULL || error_code(err) != ERR_DAMAGE ||
	    strncmp(error_msg(err), "/x/r:", 5) != 0)
		fail_msg("%s at %zu: %s", what, at,
		    err == NULL ? "no error" : error_msg(err));
}

static void
test_damage(void **state)
{
	static const char *const fields[] = { "a\tb", "c\\" };
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf good = { 0 };

	write_record(s->fd, fields, ARRAY_LEN(fields));
	assert_ok(fs_read_file(s->fd, "r", 1 << 20, &good));
	for (size_t at = 0; at < good.len; at++) {
		AUTO_FREE char *bad = xmalloc(good.len + 1);

		memcpy(bad, strbuf_str(&good), good.len);
		for (unsigned flip = 1; flip < 256; flip++) {
			bad[at] = (char)((unsigned char)good.s[at] ^ flip);
			assert_damage(s->fd, "flip", at, bad, good.len);
		}
		bad[at] = good.s[at];
		assert_damage(s->fd, "cut", at, bad, at);
		memmove(bad + at + 1, bad + at, good.len - at);
		bad[at] = '\0';
		assert_damage(s->fd, "NUL", at, bad, good.len + 1);
	}
}

static void
test_damaged_whole(void **state)
{
	static const char *const fields[] = { "x" };
	const struct scratch *s = *state;
	AUTO_STRBUF struct strbuf good = { 0 };
	AUTO_STRBUF struct strbuf bad = { 0 };

	write_record(s->fd, fields, ARRAY_LEN(fields));
	assert_ok(fs_read_file(s->fd, "r", 1 << 20, &good));
	assert_damage(s->fd, "empty", 0, "", 0);
	assert_damage(s->fd, "magic alone", 0, MAGIC "\n", strlen(MAGIC) + 1);
	assert_damage(s->fd, "no line at all", 0, MAGIC, strlen(MAGIC));
	strbuf_add(&bad, strbuf_str(&good));
	strbuf_add(&bad, strbuf_str(&good));
	assert_damage(s->fd, "twice", 0, strbuf_str(&bad), bad.len);
	strbuf_truncate(&bad, good.len);
	strbuf_add_char(&bad, '\n');
	assert_damage(s->fd, "a line more", 0, strbuf_str(&bad), bad.len);
	strbuf_truncate(&bad, good.len);
	strbuf_add_char(&bad, 'x');
	assert_damage(s->fd, "a byte more", 0, strbuf_str(&bad), bad.len);
}

static void
test_other_magic(void **state)
{
	static const char *const fields[] = { "x" };
	const struct scratch *s = *state;
	AUTO_RECORD_READER struct record_reader r;

	write_record(s->fd, fields, ARRAY_LEN(fields));
	assert_code(record_open(&r, s->fd, "r", "/x/r", "test-record 2"),
	    ERR_DAMAGE);
}

static void
test_many_fields(void **state)
{
	const struct scratch *s = *state;
	size_t lines = 0;

	for (unsigned n = RECORD_MAX_FIELDS; n <= RECORD_MAX_FIELDS + 1; n++) {
		struct record_writer w;

		record_create(&w, s->fd, "r", MAGIC);
		for (unsigned i = 0; i < n; i++)
			record_number(&w, i);
		record_end(&w);
		assert_ok(record_publish(&w, s->fd, "r"));
		if (n == RECORD_MAX_FIELDS)
			assert_ok(read_record(s->fd, &lines));
		else
			assert_code(read_record(s->fd, &lines), ERR_DAMAGE);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_SCRATCH("any byte but NUL comes back", test_round_trip),
		IN_SCRATCH("numbers come back, within their bounds",
		    test_numbers),
		IN_SCRATCH("a file and a line may be long", test_large),
		IN_SCRATCH("a dead run's temporary is replaced", test_publish),
		IN_SCRATCH("a cache is the same file", test_publish_cache),
		IN_SCRATCH("a cache that cannot be put in place leaves nothing",
		    test_publish_cache_fails),
		{ "the first error is told at the end", test_sticky_error, NULL,
		    NULL, NULL },
		IN_SCRATCH("an absent file is ENOENT", test_absent),
		IN_SCRATCH("each flip, cut and NUL is damage", test_damage),
		IN_SCRATCH("a file that does not end once is damage",
		    test_damaged_whole),
		IN_SCRATCH("another version's magic is damage",
		    test_other_magic),
		IN_SCRATCH("more fields than there are is damage",
		    test_many_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
