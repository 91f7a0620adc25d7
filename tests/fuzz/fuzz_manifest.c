/*
 * Any bytes are a manifest or an error; what was read is written so that it
 * reads the same again, and a change changes what it names alone.
 */
#include <string.h>

#include "manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_MANIFEST struct manifest first = { 0 };
	AUTO_MANIFEST struct manifest second = { 0 };
	AUTO_STRBUF struct strbuf text = { 0 };
	AUTO_STRBUF struct strbuf again = { 0 };
	struct digest digest = { 0 };
	AUTO_ERROR struct error *err =
	    manifest_parse((const char *)data, size, "m", &first);

	if (err != NULL) {
		if (first.root != NULL)
			BUG("an error and a value");
		return 0;
	}
	manifest_write(&first, 0, &text);
	err = manifest_parse(strbuf_str(&text), text.len, "m", &second);
	if (err != NULL)
		BUG("what was written cannot be read: %s", error_msg(err));
	manifest_write(&second, 0, &again);
	if (strcmp(strbuf_str(&text), strbuf_str(&again)) != 0)
		BUG("another text");
	manifest_put_copy(&second, "\xff/..", &digest, -1);
	if (manifest_find(&second, "\xff/..", &digest) != MANIFEST_COPY)
		BUG("what was put is not there");
	manifest_remove(&second, "\xff/..");
	if (manifest_find(&second, "\xff/..", &digest) != MANIFEST_NONE)
		BUG("what was removed is there");
	return 0;
}
