#include "json.h"

#include <string.h>
#include <utf8proc.h>

#include "strbuf.h"

json_t *
json_document(void)
{
	json_t *document = json_object();

	json_put_count(document, "schema", JSON_SCHEMA);
	return document;
}

json_t *
json_text(const char *s)
{
	AUTO_STRBUF struct strbuf text = { 0 };

	if (s == NULL)
		return json_null();
	while (*s != '\0') {
		utf8proc_int32_t code;
		utf8proc_ssize_t len =
		    utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &code);

		if (len <= 0) {
			strbuf_printf(&text, "\\x%02x", (unsigned char)*s);
			len = 1;
		} else {
			strbuf_add_mem(&text, s, (size_t)len);
		}
		s += len;
	}
	return json_stringn(strbuf_str(&text), text.len);
}

void
json_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		BUG("cannot put %s into a document", key);
}

void
json_put_text(json_t *object, const char *key, const char *s)
{
	json_put(object, key, json_text(s));
}

void
json_put_count(json_t *object, const char *key, uint64_t n)
{
	json_put(object, key, json_integer((json_int_t)n));
}

void
json_put_bool(json_t *object, const char *key, bool value)
{
	json_put(object, key, json_boolean(value));
}

void
json_add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		BUG("cannot add to a document");
}

const char *
json_error_name(enum error_code code)
{
	switch (code) {
	case ERR_SYS:
		return "system";
	case ERR_USAGE:
		return "usage";
	case ERR_CONFIG:
		return "config";
	case ERR_BUSY:
		return "busy";
	case ERR_DAMAGE:
		return "damage";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_REFUSED:
		return "refused";
	case ERR_NOT_FOUND:
		return "not_found";
	case ERR_UNREACHABLE:
		return "unreachable";
	case ERR_INTERRUPTED:
		return "interrupted";
	}
	BUG("no name for error code %d", (int)code);
}

json_t *
json_error_of(const struct error *err)
{
	json_t *object = json_object();

	json_put_text(object, "code", json_error_name(error_code(err)));
	json_put_text(object, "message", error_msg(err));
	return object;
}

void
json_print(struct report *r, json_t *document)
{
	/*
	 * ASCII only: a character that would drive or reorder a terminal is
	 * then an escape sequence of JSON, and any reader gets it back.
	 */
	char *text = json_dumps(document,
	    JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);

	if (text == NULL)
		BUG("cannot print a document");
	report_document(r, text);
	free(text);
	json_decref(document);
}
