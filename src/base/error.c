#include "error.h"

#include <errno.h>
#include <string.h>

struct error {
	enum error_code code;
	int sys; /* errno at the failure, or 0 */
	char *msg;
};

static struct error *
error_alloc(enum error_code code, int sys, char *msg)
{
	struct error *err = xmalloc(sizeof(*err));

	*err = (struct error){ .code = code, .sys = sys, .msg = msg };
	return err;
}

struct error *
error_new(enum error_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *msg = xvasprintf(fmt, ap);
	va_end(ap);
	return error_alloc(code, 0, msg);
}

struct error *
error_errno(const char *op, const char *path)
{
	int sys = errno;

	return error_alloc(ERR_SYS, sys,
	    xasprintf("%s %s: %s", op, path, strerror(sys)));
}

struct error *
error_wrap(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *context = xvasprintf(fmt, ap);
	va_end(ap);

	char *msg = xasprintf("%s: %s", context, err->msg);
	free(err->msg);
	err->msg = msg;
	return err;
}

enum error_code
error_code(const struct error *err)
{
	return err->code;
}

int
error_sys(const struct error *err)
{
	return err->sys;
}

bool
error_is_sys(const struct error *err, int sys)
{
	return err != NULL && err->code == ERR_SYS && err->sys == sys;
}

const char *
error_msg(const struct error *err)
{
	return err->msg;
}

void
error_free(struct error *err)
{
	if (err == NULL)
		return;
	free(err->msg);
	free(err);
}

void
error_free_ptr(struct error **err)
{
	error_free(*err);
}
