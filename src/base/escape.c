#include "escape.h"

#include <string.h>
#include <utf8proc.h>

/* Length of the valid UTF-8 sequence at s and its character, or 0. */
static size_t
utf8_decode(const char *s, utf8proc_int32_t *code)
{
	utf8proc_ssize_t len =
	    utf8proc_iterate((const utf8proc_uint8_t *)s, -1, code);

	return len > 0 ? (size_t)len : 0;
}

/* Would this character change the terminal or the order of what is read? */
static bool
is_unsafe(utf8proc_int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	       (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void
add_hex(struct strbuf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_printf(out, "\\x%02x", (unsigned char)s[i]);
}

void
escape_show(struct strbuf *out, const char *s)
{
	while (*s != '\0') {
		utf8proc_int32_t code = 0;
		size_t len = utf8_decode(s, &code);

		if (len == 0)
			add_hex(out, s, len = 1);
		else if (code == '\n')
			strbuf_add(out, "\\n");
		else if (code == '\t')
			strbuf_add(out, "\\t");
		else if (is_unsafe(code))
			add_hex(out, s, len);
		else
			strbuf_add_mem(out, s, len);
		s += len;
	}
}

char *
escape_shown(const char *s)
{
	struct strbuf out = { 0 };

	escape_show(&out, s);
	return strbuf_detach(&out);
}

void
escape_field(struct strbuf *out, const char *s)
{
	while (*s != '\0') {
		size_t plain = strcspn(s, "\\\t\n\r");

		strbuf_add_mem(out, s, plain);
		s += plain;
		if (*s == '\0')
			break;
		strbuf_add_char(out, '\\');
		strbuf_add_char(out, *s == '\t'   ? 't'
				     : *s == '\n' ? 'n'
				     : *s == '\r' ? 'r'
						  : '\\');
		s++;
	}
}

bool
escape_field_parse(char *field)
{
	/* Most fields have nothing to change. */
	char *to = field + strcspn(field, "\\\t\n\r");

	for (const char *from = to; *from != '\0'; from++, to++) {
		if (*from == '\t' || *from == '\n' || *from == '\r')
			return false;
		*to = *from;
		if (*from != '\\')
			continue;
		switch (*++from) {
		case '\\':
			break;
		case 't':
			*to = '\t';
			break;
		case 'n':
			*to = '\n';
			break;
		case 'r':
			*to = '\r';
			break;
		default:
			return false;
		}
	}
	*to = '\0';
	return true;
}

/* $'...': every byte that is not plain ASCII by its number. */
static void
add_dollar_quoted(struct strbuf *out, const char *s)
{
	strbuf_add(out, "$'");
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c >= 0x7f || c == '\\' || c == '\'')
			strbuf_printf(out, "\\%03o", c);
		else
			strbuf_add_char(out, *s);
	}
	strbuf_add_char(out, '\'');
}

static void
add_quoted(struct strbuf *out, const char *s)
{
	strbuf_add_char(out, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			strbuf_add(out, "'\\''");
		else
			strbuf_add_char(out, *s);
	}
	strbuf_add_char(out, '\'');
}

void
escape_shell(struct strbuf *out, const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789/._-+:,@%";
	size_t plain = strspn(s, safe);

	if (s[plain] == '\0' && plain > 0) {
		strbuf_add(out, s);
		return;
	}
	while (plain > 0 && s[plain - 1] != '/')
		plain--;
	strbuf_add_mem(out, s, plain);
	s += plain;
	AUTO_FREE char *shown = escape_shown(s);
	if (strcmp(shown, s) == 0)
		add_quoted(out, s);
	else
		add_dollar_quoted(out, s);
}

/* The character at shown: its bytes, and the columns that it takes. */
static size_t
measure(const char *shown, size_t *columns_out)
{
	utf8proc_int32_t code = 0;
	size_t len = utf8_decode(shown, &code);

	*columns_out = len > 0 ? (size_t)utf8proc_charwidth(code) : 1;
	return len > 0 ? len : 1;
}

size_t
escape_columns(const char *shown)
{
	size_t columns = 0;
	size_t width = 0;

	for (; *shown != '\0'; columns += width)
		shown += measure(shown, &width);
	return columns;
}

size_t
escape_fitting(const char *shown, size_t columns)
{
	size_t len = 0;
	size_t width = 0;

	while (shown[len] != '\0') {
		size_t next = measure(shown + len, &width);

		if (width > columns)
			break;
		columns -= width;
		len += next;
	}
	return len;
}
