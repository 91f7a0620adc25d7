#include "attrs.h"

#include <errno.h>
#include <string.h>

#include "fault.h"
#include "sys.h"

/* Linux allows 64 KiB for the names and for a value; others no more. */
#define ATTRS_MAX_BYTES ((size_t)64 * 1024)

/* The two ends of a copy, and where a value is on its way. */
struct attrs_way {
	int from_fd;
	int to_fd;
	char *value; /* ATTRS_MAX_BYTES */
};

static bool
has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool
is_users(const char *name)
{
	return sys_attrs_have_no_classes() || has_prefix(name, "user.") ||
	       has_prefix(name, "system.posix_acl_");
}

/* Is this why `cp -a` would leave an attribute behind? */
static bool
stays_behind(int why)
{
	return why == ENOTSUP || why == EPERM || why == EACCES;
}

/* False, with errno, if it could not be copied and that matters. */
static bool
copy_one(const struct attrs_way *way, const char *name)
{
	ssize_t len =
	    sys_get_attr(way->from_fd, name, way->value, ATTRS_MAX_BYTES);

	/* Removed since it was listed: the copier's own look finds that. */
	if (len == -1)
		return stays_behind(errno) || errno == ENODATA;
	if (fault_before("setxattr"))
		return false;
	if (sys_set_attr(way->to_fd, name, way->value, (size_t)len) == -1)
		return stays_behind(errno);
	fault_after("setxattr");
	return true;
}

struct error *
attrs_copy(int from_fd, int to_fd, const char *shown)
{
	ssize_t len = sys_list_attrs(from_fd, NULL, 0);

	if (len == 0 || (len == -1 && stays_behind(errno)))
		return NULL;
	AUTO_FREE char *names = xmalloc(ATTRS_MAX_BYTES);
	AUTO_FREE char *value = xmalloc(ATTRS_MAX_BYTES);
	const struct attrs_way way = { from_fd, to_fd, value };
	if (len > 0)
		len = sys_list_attrs(from_fd, names, ATTRS_MAX_BYTES);
	if (len == -1)
		return error_errno("list the attributes of", shown);
	for (const char *name = names; name < names + len;
	     name += strlen(name) + 1) {
		if (is_users(name) && !copy_one(&way, name))
			return error_errno("copy the attributes of", shown);
	}
	return NULL;
}
