#include "pushbrake.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "fs.h"
#include "path.h"

#define IS_KEY "looks like a private key"
#define IS_TOKEN "holds what looks like an access token"

/* Names that hold nothing but secrets. */
static const char *const key_names[] = { "id_rsa", "id_dsa", "id_ecdsa",
	"id_ed25519", ".netrc", ".pgpass", ".git-credentials" };
static const char *const key_endings[] = { ".p12", ".pfx", ".jks", ".keystore",
	".kdbx" };

/* How tokens begin, and how many letters and digits follow at least. */
static const struct {
	const char *start;
	size_t more;
} tokens[] = {
	{ "ghp_", 36 },
	{ "gho_", 36 },
	{ "ghs_", 36 },
	{ "github_pat_", 36 },
	{ "glpat-", 20 },
	{ "sk-ant-", 40 },
	{ "sk-proj-", 40 },
	{ "sk_live_", 20 },
	{ "xoxb-", 30 },
	{ "xoxp-", 30 },
	{ "AKIA", 16 },
	{ "AIza", 35 },
	{ "npm_", 36 },
	{ "hf_", 34 },
};

#define KEY_LINE "PRIVATE KEY-----"
#define KEY_COLUMNS 40

/* Is s the begin of a line that only a real key has? */
static bool
is_key_data(const char *s)
{
	size_t n = 0;

	while (*s == '\r' || *s == '\n')
		s++;
	while (isalnum((unsigned char)s[n]) || s[n] == '+' || s[n] == '/')
		n++;
	return n >= KEY_COLUMNS;
}

/*
 * Documentation shows tokens too: of one letter only, or with EXAMPLE in
 * them.
 */
static bool
is_token(const char *s, size_t more)
{
	bool seen[UINT8_MAX + 1] = { false };
	size_t n_kinds = 0;
	size_t n = 0;

	for (; isalnum((unsigned char)s[n]) || s[n] == '_' || s[n] == '-';
	     n++) {
		unsigned char c = (unsigned char)s[n];

		n_kinds += !seen[c];
		seen[c] = true;
	}
	AUTO_FREE char *all = xstrndup(s, n);
	return n >= more && n_kinds >= more / 4 &&
	       strstr(all, "EXAMPLE") == NULL;
}

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

const char *
push_hazard_in(const char *text, size_t len)
{
	if (strlen(text) != len)
		return NULL; /* with NUL bytes: no text */
	for (const char *s = text; (s = strstr(s, KEY_LINE)) != NULL;) {
		s += strlen(KEY_LINE);
		if (is_key_data(s))
			return IS_KEY;
	}
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
		size_t start_len = strlen(tokens[i].start);

		for (const char *s = text;
		     (s = strstr(s, tokens[i].start)) != NULL; s++) {
			if (s > text && is_word_byte(s[-1]))
				continue;
			if (is_token(s + start_len, tokens[i].more))
				return IS_TOKEN;
		}
	}
	return NULL;
}

static bool
is_key_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
		if (strcmp(name, key_names[i]) == 0)
			return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(key_endings); i++) {
		size_t end_len = strlen(key_endings[i]);

		if (len > end_len &&
		    strcmp(name + len - end_len, key_endings[i]) == 0)
			return true;
	}
	return false;
}

struct error *
push_hazard(const char *abs, const char **reason_out)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(AT_FDCWD, abs, &st);

	if (err != NULL)
		return err;
	*reason_out = NULL;
	if (st.kind != FS_FILE)
		return NULL;
	if (is_key_name(path_base(abs)))
		*reason_out = IS_KEY;
	else if (st.size_bytes > PUSH_MAX_BYTES)
		*reason_out = "is larger than 50 MB";
	if (*reason_out != NULL || st.size_bytes > PUSH_SEARCH_BYTES)
		return NULL;
	err = fs_read_file(AT_FDCWD, abs, 2 * PUSH_SEARCH_BYTES, &text);
	if (err == NULL)
		*reason_out = push_hazard_in(strbuf_str(&text), text.len);
	return err;
}
