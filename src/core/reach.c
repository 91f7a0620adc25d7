#include "reach.h"

#include <string.h>

void
reach_release(struct reach *r)
{
	base_close_fd(&r->fd);
	strbuf_release(&r->rel);
}

struct error *
reach_dir_of(struct reach *r, const char *rel, int *fd_out)
{
	const char *slash = strrchr(rel, '/');
	size_t len = slash != NULL ? (size_t)(slash - rel) : 0;

	if (len == 0) {
		*fd_out = r->root_fd;
		return NULL;
	}
	if (r->fd != -1 && r->rel.len == len &&
	    strncmp(strbuf_str(&r->rel), rel, len) == 0) {
		*fd_out = r->fd;
		return NULL;
	}
	AUTO_CLOSE int fd = -1;
	for (const char *at = rel; at < rel + len;) {
		AUTO_FREE char *name = xstrndup(at, strcspn(at, "/"));
		int sub = -1;
		struct error *err =
		    fs_open_dir_at(fd == -1 ? r->root_fd : fd, name, &sub);

		if (err != NULL)
			return err;
		base_close_fd(&fd);
		fd = sub;
		at += strlen(name) + 1;
	}
	base_close_fd(&r->fd);
	r->fd = STEAL_FD(fd);
	strbuf_truncate(&r->rel, 0);
	strbuf_add_mem(&r->rel, rel, len);
	*fd_out = r->fd;
	return NULL;
}
