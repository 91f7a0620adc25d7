/*
 * JSON documents: jansson with texts that may come from the disk. A document
 * is an object whose first member is "schema": 1; members are printed in the
 * order in which they were put. Nothing here fails.
 */
#ifndef JSON_H
#define JSON_H

#include <jansson.h>

#include "error.h"
#include "report.h"

#define JSON_SCHEMA 1

/* {"schema": 1}; the caller's, until json_print(). */
json_t *json_document(void);

/*
 * s as a JSON string: bytes that are not UTF-8 become the text \xNN. NULL
 * becomes null. A new reference, the caller's.
 */
json_t *json_text(const char *s);

/* Put a member; the object takes value over. */
void json_put(json_t *object, const char *key, json_t *value);
void json_put_text(json_t *object, const char *key, const char *s);
void json_put_count(json_t *object, const char *key, uint64_t n);
void json_put_bool(json_t *object, const char *key, bool value);

/* Add an item; the array takes value over. */
void json_add(json_t *array, json_t *value);

/* {"code": "config", "message": "…"}, as it stands under "error". */
json_t *json_error_of(const struct error *err);

/* "config", "busy", …: the name of an error code in documents. */
const char *json_error_name(enum error_code code);

/* Prints the document and releases it. Once a run. */
void json_print(struct report *r, json_t *document);

#endif
