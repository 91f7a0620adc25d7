/*
 * The lines to the first empty one are paths, the rest is a file of patterns.
 * Whatever they are: rules say where they come from, what is below a
 * directory that is left out is left out too, and nothing takes for ever.
 */
#include <string.h>

#include "glob.h"
#include "ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_path(const struct ignore *ignore, const char *rel)
{
	const struct ignore_rule *rule = ignore_excludes(ignore, rel, true);
	AUTO_FREE char *below = xasprintf("%s/x", rel);

	if (rule == NULL)
		return;
	if (rule->takes_in || rule->line == 0 || rule->text[0] == '\0')
		BUG("line %u leaves out %s", rule->line, rel);
	if (ignore_excludes(ignore, below, false) != rule)
		BUG("%s is left out, %s not by the same", rel, below);
	if (!rule->is_anchored && strchr(rule->pattern, '/') != NULL)
		BUG("%s is not anchored", rule->text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = xstrndup((const char *)data, size);
	AUTO_IGNORE struct ignore ignore = { 0 };
	char *paths = text;
	char *rules = strstr(text, "\n\n");

	if (rules != NULL) {
		*rules = '\0';
		rules += 2;
		ignore_add_text(&ignore, "f", "a", rules, strlen(rules));
		ignore_add_text(&ignore, "g", "", rules, strlen(rules));
	}
	for (size_t i = 0; i < ignore.n; i++)
		(void)glob_problem(ignore.rules[i].pattern);
	for (char *rest = paths; rest != NULL;) {
		const char *rel = strsep(&rest, "\n");

		if (rel[0] != '\0' && rel[0] != '/' &&
		    rel[strlen(rel) - 1] != '/')
			check_path(&ignore, rel);
	}
	return 0;
}
