#include "roots.h"

#include <string.h>

#include "path.h"

void
roots_add(struct roots *roots, const char *path)
{
	/* Everything lies below "/": as a root it would own all links. */
	if (path[0] != '/' || path[1] == '\0')
		return;
	for (size_t i = 0; i < roots->n; i++) {
		if (strcmp(roots->paths[i], path) == 0)
			return;
	}
	roots->paths = xgrow(roots->paths, roots->n, sizeof(*roots->paths));
	roots->paths[roots->n++] = xstrdup(path);
}

bool
roots_own(const struct roots *roots, const char *dir, const char *text)
{
	AUTO_FREE char *abs = path_absolute(dir, text);

	for (size_t i = 0; i < roots->n; i++) {
		if (path_below(roots->paths[i], abs) != NULL)
			return true;
	}
	return false;
}

bool
roots_is_root(const struct roots *roots, const char *dir, const char *text)
{
	AUTO_FREE char *abs = path_absolute(dir, text);

	for (size_t i = 0; i < roots->n; i++) {
		if (strcmp(roots->paths[i], abs) == 0)
			return true;
	}
	return false;
}

void
roots_release(struct roots *roots)
{
	for (size_t i = 0; i < roots->n; i++)
		free(roots->paths[i]);
	free(roots->paths);
	*roots = (struct roots){ 0 };
}
