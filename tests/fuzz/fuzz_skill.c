/*
 * Any bytes have front matter or a problem; values are texts without blanks
 * around them, and come from the head alone.
 */
#include <string.h>

#include "skill.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text, size_t size)
{
	if (text != NULL && (text[0] == '\0' || strlen(text) > 4 * size))
		BUG("a text of %zu bytes", strlen(text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct skill_meta meta;

	skill_meta_parse((const char *)data, size, &arena, &meta);
	check_text(meta.name, size);
	check_text(meta.description, size);
	if (meta.targets == NULL && meta.n_targets > 0)
		BUG("%zu targets nowhere", meta.n_targets);
	for (size_t i = 0; i < meta.n_targets; i++)
		check_text(meta.targets[i], size);
	if ((meta.problem == NULL) != (meta.problem_line == 0))
		BUG("a problem in line %u", meta.problem_line);
	if ((meta.name == NULL || meta.description == NULL) &&
	    meta.problem == NULL)
		BUG("nothing is odd, but something is missing");
	arena_release(&arena);
	return 0;
}
