#include "base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
base_free_ptr(void *p)
{
	void *heap;

	/* p points at a pointer of any object type: copy, do not cast. */
	memcpy(&heap, p, sizeof(heap));
	free(heap);
}

void
base_close_fd(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

void
base_bug(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "skillshare: bug at %s:%d: ", file, line);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	abort();
}

static void *
or_die(void *p)
{
	if (p == NULL) {
		static const char msg[] = "skillshare: out of memory\n";

		(void)!write(STDERR_FILENO, msg, sizeof(msg) - 1);
		abort();
	}
	return p;
}

void *
xmalloc(size_t size_bytes)
{
	return or_die(malloc(size_bytes > 0 ? size_bytes : 1));
}

void *
xcalloc(size_t n, size_t size_bytes)
{
	return or_die(calloc(n > 0 ? n : 1, size_bytes > 0 ? size_bytes : 1));
}

void *
xreallocarray(void *p, size_t n, size_t size_bytes)
{
	return or_die(reallocarray(p, n > 0 ? n : 1, size_bytes));
}

char *
xstrdup(const char *s)
{
	return or_die(strdup(s));
}

char *
xstrndup(const char *s, size_t len)
{
	return or_die(strndup(s, len));
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *s = NULL;

	if (vasprintf(&s, fmt, ap) == -1)
		or_die(NULL);
	return s;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

void *
xgrow(void *items, size_t n, size_t size_bytes)
{
	if (n == 0)
		return xreallocarray(items, 8, size_bytes);
	if (n < 8 || (n & (n - 1)) != 0)
		return items;
	return xreallocarray(items, n * 2, size_bytes);
}

bool
parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		uint64_t digit = (uint64_t)(*s - '0');
		if (value > UINT64_MAX / 10 || value * 10 > UINT64_MAX - digit)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}
