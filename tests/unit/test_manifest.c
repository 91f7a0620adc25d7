#include "manifest.h"

#include "scratch.h"

#define HEX "1c0b33bcd2a4ff28920b86fd7df88bb8fed9df8b0b028a3726e092ae529b295b"

static struct manifest
parse(const char *text)
{
	struct manifest manifest = { 0 };

	assert_ok(manifest_parse(text, strlen(text), "t/m", &manifest));
	return manifest;
}

static void
test_find(void **state)
{
	AUTO_MANIFEST struct manifest m =
	    parse("{\"managed\": {\"a\": \"" HEX "\", \"b\": \"symlink\", "
		  "\"n\\nl\": \"" HEX "\"}}");
	struct digest digest;
	char hex[DIGEST_HEX_LEN + 1];

	(void)state;
	assert_int_equal(manifest_find(&m, "a", &digest), MANIFEST_COPY);
	digest_hex(&digest, hex);
	assert_string_equal(hex, HEX);
	assert_int_equal(manifest_find(&m, "b", &digest), MANIFEST_LINK);
	assert_int_equal(manifest_find(&m, "c", &digest), MANIFEST_NONE);
	assert_int_equal(manifest_find(&m, "n\nl", &digest), MANIFEST_COPY);
	assert_int_equal(manifest_find(&m, "managed", &digest), MANIFEST_NONE);
}

static void
test_none(void **state)
{
	AUTO_MANIFEST struct manifest none = { 0 };
	struct digest digest;

	(void)state;
	assert_int_equal(manifest_find(&none, "a", &digest), MANIFEST_NONE);
	assert_true(manifest_is_empty(&none));
	manifest_remove(&none, "a");
	assert_null(none.root);
	for (const char *const *text = (const char *const[]){ "{}",
		 "{\"managed\": {}, \"mtimes\": {}, \"updated_at\": \"x\"}",
		 "{\"managed\": null, \"mtimes\": null}", NULL };
	     *text != NULL; text++) {
		AUTO_MANIFEST struct manifest m = parse(*text);

		assert_int_equal(manifest_find(&m, "a", &digest),
		    MANIFEST_NONE);
		assert_true(manifest_is_empty(&m));
		assert_false(manifest_equal(&m, &none));
	}
}

static void
test_broken(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "null", "\"\"",
		"{} {}", "{\"managed\": []}", "{\"managed\": \"\"}",
		"{\"managed\": {\"a\": 1}}", "{\"managed\": {\"a\": \"\"}}",
		"{\"managed\": {\"a\": \"Symlink\"}}",
		"{\"managed\": {\"a\": \"" HEX "0\"}}",
		"{\"managed\": {\"a\": \"symlink\", \"a\": \"symlink\"}}",
		"{\"managed\": {}, \"managed\": {}}",
		"{\"mtimes\": {\"a\": \"1\"}}", "{\"mtimes\": 1}",
		"{\"updated_at\": 1}", "{\"managed\": {\"\\u0000\": \"\"}}",
		"{\"managed\": {\"\xff\": \"symlink\"}}",
		"{\"mtimes\": {\"a\": 99999999999999999999}}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct manifest m = { 0 };
		struct error *err =
		    manifest_parse(texts[i], strlen(texts[i]), "t/m", &m);

		if (err == NULL)
			fail_msg("understood: %s", texts[i]);
		assert_non_null(strstr(error_msg(err), "t/m"));
		assert_code(err, ERR_REFUSED);
		assert_null(m.root);
	}
}

static void
test_modes(void **state)
{
	AUTO_MANIFEST struct manifest strange =
	    parse("{\"modes\": {\"a\": 7, \"b\": \"x\"}}");
	AUTO_MANIFEST struct manifest others = parse("{\"modes\": [\"a\"]}");
	AUTO_MANIFEST struct manifest before = manifest_copy(&others);
	struct digest digest;

	(void)state;
	assert_true(digest_parse(HEX, &digest));
	assert_false(manifest_modes(&strange, "a", &digest));
	assert_false(manifest_modes(&strange, "b", &digest));
	manifest_put_modes(&strange, "a", &digest);
	assert_true(manifest_modes(&strange, "a", &digest));
	assert_false(manifest_modes(&others, "a", &digest));
	manifest_put_modes(&others, "a", &digest);
	assert_true(manifest_equal(&others, &before));
	assert_false(manifest_is_empty(&others));
}

static void
test_write(void **state)
{
	AUTO_MANIFEST struct manifest m =
	    parse("{\"zeta\": {\"x\": [1]}, \"managed\": {\"b\": \"symlink\", "
		  "\"old\": \"" HEX "\"}, \"mtimes\": {\"old\": 7}, "
		  "\"updated_at\": \"yesterday\"}");
	AUTO_MANIFEST struct manifest before = manifest_copy(&m);
	AUTO_STRBUF struct strbuf text = { 0 };
	struct digest digest;

	(void)state;
	assert_true(digest_parse(HEX, &digest));
	assert_true(manifest_equal(&m, &before));
	manifest_put_copy(&m, "é", &digest, 1795800049015808401);
	manifest_put_copy(&m, "a\xff", &digest, 5);
	manifest_put_modes(&m, "a\xff", &digest);
	manifest_put_modes(&m, "old", &digest);
	manifest_put_modes(&m, "é", &digest);
	manifest_put_copy(&m, "é", &digest, 1795800049015808401);
	manifest_remove(&m, "old");
	manifest_remove(&m, "never");
	assert_false(manifest_equal(&m, &before));
	assert_false(manifest_is_empty(&m));
	manifest_write(&m, 1768923000, &text);
	assert_string_equal(strbuf_str(&text),
	    "{\n"
	    "  \"managed\": {\n"
	    "    \"a\\\\xff\": \"" HEX "\",\n"
	    "    \"b\": \"symlink\",\n"
	    "    \"é\": \"" HEX "\"\n"
	    "  },\n"
	    "  \"modes\": {\n"
	    "    \"a\\\\xff\": \"" HEX "\"\n"
	    "  },\n"
	    "  \"mtimes\": {\n"
	    "    \"a\\\\xff\": 5,\n"
	    "    \"é\": 1795800049015808401\n"
	    "  },\n"
	    "  \"updated_at\": \"2026-01-20T15:30:00Z\",\n"
	    "  \"zeta\": {\n"
	    "    \"x\": [\n"
	    "      1\n"
	    "    ]\n"
	    "  }\n"
	    "}\n");
	AUTO_MANIFEST struct manifest again = parse(strbuf_str(&text));
	assert_int_equal(manifest_find(&again, "a\xff", &digest),
	    MANIFEST_COPY);
	assert_true(manifest_modes(&again, "a\xff", &digest));
	assert_false(manifest_modes(&again, "é", &digest));
	/* The value itself says nothing of when it is written. */
	assert_false(manifest_equal(&m, &again));
	assert_int_equal(manifest_find(&before, "old", &digest), MANIFEST_COPY);
}

static void
test_read(void **state)
{
	const struct scratch *s = *state;
	AUTO_MANIFEST struct manifest m = { 0 };
	struct manifest none = { 0 };

	assert_ok(manifest_read(s->fd, "/t", &none));
	assert_null(none.root);
	assert_ok(fs_symlink("elsewhere", s->fd, MANIFEST_NAME));
	assert_code(manifest_read(s->fd, "/t", &none), ERR_REFUSED);
	assert_ok(fs_unlink(s->fd, MANIFEST_NAME));
	(void)close(put_dir(s->fd, MANIFEST_NAME));
	assert_code(manifest_read(s->fd, "/t", &none), ERR_REFUSED);
	assert_ok(fs_rmdir(s->fd, MANIFEST_NAME));
	put_file(s->fd, MANIFEST_NAME, "{\"managed\": {\"a\": \"symlink\"}}");
	assert_ok(manifest_read(s->fd, "/t", &m));
	assert_false(manifest_is_empty(&m));
	AUTO_FREE char *abs = xasprintf("%s/" MANIFEST_NAME, s->path);
	assert_int_equal(truncate(abs, (off_t)MANIFEST_MAX_BYTES + 1), 0);
	assert_code(manifest_read(s->fd, "/t", &none), ERR_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		{ "what is listed is found by its name", test_find, NULL, NULL,
		    NULL },
		{ "what lists nothing is empty", test_none, NULL, NULL, NULL },
		{ "what cannot be understood is an error", test_broken, NULL,
		    NULL, NULL },
		{ "modes are ours, what has their name else is kept",
		    test_modes, NULL, NULL, NULL },
		{ "written sorted, and what is not known is kept", test_write,
		    NULL, NULL, NULL },
		IN_SCRATCH("what is no regular file, or too large, is refused",
		    test_read),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
