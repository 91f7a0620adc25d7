#include "pushbrake.h"

#include "path.h"
#include "scratch.h"

#define KEY_40 "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ"
#define KEY_HEAD "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define TOKEN_36 "1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R"

/* held: whether the text holds a push up. */
static const struct {
	const char *sentence;
	const char *text;
	bool held;
} rows[] = {
	{ "a private key", KEY_HEAD KEY_40 "\n", true },
	{ "a key with CR LF",
	    "-----BEGIN RSA PRIVATE KEY-----\r\n" KEY_40 "\r\n", true },
	{ "only the line that a key begins with", KEY_HEAD "...\n", false },
	{ "the second of two heads", KEY_HEAD "...\n" KEY_HEAD KEY_40 "\n",
	    true },
	{ "a token", "key: ghp_" TOKEN_36 "\n", true },
	{ "a token at the end", "ghp_" TOKEN_36, true },
	{ "too short a token", "ghp_abc123\n", false },
	{ "a token of one letter", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	    false },
	{ "a token within a word", "foo_ghp_" TOKEN_36, false },
	{ "the example of a manual", "AKIAIOSFODNN7EXAMPLE", false },
	{ "an access key", "AKIAQ7RT5WX2MN8KLP4Z", true },
	{ "prose", "# A skill\n\nIt says how to keep private keys.\n", false },
	{ "nothing", "", false },
};

static void
judges_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *why =
		    push_hazard_in(rows[i].text, strlen(rows[i].text));

		if ((why != NULL) != rows[i].held)
			fail_msg("%s: %s", rows[i].sentence,
			    why != NULL ? why : "not seen");
	}
}

static bool
is_held(const struct scratch *s, const char *name)
{
	AUTO_FREE char *abs = path_join(s->path, name);
	const char *reason = "not set";

	assert_ok(push_hazard(abs, &reason));
	return reason != NULL;
}

static void
judges_files(void **state)
{
	const struct scratch *s = *state;

	put_file(s->fd, "id_ed25519", "x");
	put_file(s->fd, "id_ed25519.pub", "x");
	put_file(s->fd, "store.p12", "x");
	put_file(s->fd, "p12", "x");
	put_file(s->fd, "SKILL.md", "# A skill\n");
	put_file(s->fd, "big", "");
	assert_int_equal(symlinkat("id_ed25519", s->fd, "link"), 0);
	AUTO_FREE char *big = path_join(s->path, "big");
	assert_int_equal(truncate(big, (off_t)PUSH_MAX_BYTES), 0);

	assert_true(is_held(s, "id_ed25519"));
	assert_false(is_held(s, "id_ed25519.pub"));
	assert_true(is_held(s, "store.p12"));
	assert_false(is_held(s, "p12"));
	assert_false(is_held(s, "SKILL.md"));
	assert_false(is_held(s, "link"));
	assert_false(is_held(s, "absent"));
	assert_false(is_held(s, "big"));
	assert_int_equal(truncate(big, (off_t)PUSH_MAX_BYTES + 1), 0);
	assert_true(is_held(s, "big"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_texts),
		IN_SCRATCH("files are judged by name, size and content",
		    judges_files),
	};

	return cmocka_run_group_tests_name("pushbrake", tests, NULL, NULL);
}
