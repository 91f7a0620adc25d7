/*
 * Any text is a config or one ERR_CONFIG with the file's name; what is read
 * is sorted, named as the rules allow, and absolute.
 */
#include <string.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct config *config)
{
	if (config->source[0] != '/')
		BUG("source %s", config->source);
	for (size_t i = 0; i < config->n_targets; i++) {
		const struct config_target *t = &config->targets[i];

		if (t->path[0] != '/' || t->line == 0 ||
		    config_name_problem(t->name) != NULL)
			BUG("target %s, path %s", t->name, t->path);
		if (i > 0 && strcmp(t[-1].name, t->name) >= 0)
			BUG("target %s before %s", t[-1].name, t->name);
		if (config_find(config, t->name) != t)
			BUG("target %s is not found", t->name);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char home[] = "/home/u";
	static char cwd[] = "/";
	const struct host_env env = { .home = home, .cwd = cwd };
	struct config *config = NULL;
	AUTO_ERROR struct error *err =
	    config_parse(&env, "/c.yaml", (const char *)data, size, &config);

	if (err == NULL)
		check(config);
	else if (error_code(err) != ERR_CONFIG ||
		 strncmp(error_msg(err), "/c.yaml:", 8) != 0)
		BUG("error %s", error_msg(err));
	config_free(config);
	return 0;
}
