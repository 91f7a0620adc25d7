#include "path.h"

#include <string.h>

#include "strbuf.h"

char *
path_join(const char *dir, const char *name)
{
	size_t dir_len = strlen(dir);
	size_t name_len = strlen(name);
	char *path = xmalloc(dir_len + 1 + name_len + 1);

	memcpy(path, dir, dir_len + 1);
	if (dir_len > 0 && dir[dir_len - 1] != '/')
		path[dir_len++] = '/';
	memcpy(path + dir_len, name, name_len + 1);
	return path;
}

char *
path_normal(const char *abs)
{
	AUTO_STRBUF struct strbuf out = { 0 };
	const char *p = abs;

	while (*p != '\0') {
		size_t len = strcspn(p, "/");

		if (len == 2 && p[0] == '.' && p[1] == '.') {
			const char *s = strbuf_str(&out);
			const char *slash = strrchr(s, '/');
			if (slash != NULL)
				strbuf_truncate(&out, (size_t)(slash - s));
		} else if (len > 0 && !(len == 1 && p[0] == '.')) {
			strbuf_add_char(&out, '/');
			strbuf_add_mem(&out, p, len);
		}
		p += len;
		p += *p == '/';
	}
	if (out.len == 0)
		strbuf_add_char(&out, '/');
	return strbuf_detach(&out);
}

char *
path_absolute(const char *dir, const char *path)
{
	if (path[0] == '/')
		return path_normal(path);

	AUTO_FREE char *joined = path_join(dir, path);
	return path_normal(joined);
}

const char *
path_below(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	if (len == 1)
		return path + 1;
	if (strncmp(dir, path, len) != 0)
		return NULL;
	if (path[len] == '\0')
		return path + len;
	return path[len] == '/' ? path + len + 1 : NULL;
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *
path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	if (slash == path)
		return xstrdup("/");
	return xstrndup(path, (size_t)(slash - path));
}

char *
path_expand_home(const char *home, const char *path)
{
	if (path[0] != '~' || (path[1] != '\0' && path[1] != '/'))
		return xstrdup(path);
	if (path[1] == '\0')
		return xstrdup(home);
	return path_join(home, path + 2);
}

char *
path_shorten_home(const char *home, const char *abs)
{
	const char *rest = path_below(home, abs);

	/* A home of "/" shortens nothing: every path would begin with "~". */
	if (rest == NULL || home[1] == '\0')
		return xstrdup(abs);
	return *rest == '\0' ? xstrdup("~") : xasprintf("~/%s", rest);
}

bool
path_is_name(const char *name)
{
	if (name[0] == '\0' || strchr(name, '/') != NULL)
		return false;
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool
path_rel_is_safe(const char *rel)
{
	for (;;) {
		size_t len = strcspn(rel, "/");

		if (len == 0 || (len == 1 && rel[0] == '.') ||
		    (len == 2 && rel[0] == '.' && rel[1] == '.'))
			return false;
		if (rel[len] == '\0')
			return true;
		rel += len + 1;
	}
}

int
path_order(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] == b[i] && a[i] != '\0')
		i++;
	/* What is below a name comes before the names behind it. */
	if (a[i] == '/' && b[i] != '\0')
		return -1;
	if (b[i] == '/' && a[i] != '\0')
		return 1;
	return (unsigned char)a[i] - (unsigned char)b[i];
}
