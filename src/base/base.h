/*
 * What every file needs: attributes, cleanup, allocation that cannot fail.
 *
 * Conventions of the whole program: a `const char *` result is lent, a
 * `char *` result is yours to free; `T **out` is yours on success and
 * untouched on error. Out of memory and broken invariants abort: the journal
 * makes any death recoverable, so there is no half-tested path for them.
 */
#ifndef BASE_H
#define BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define AUTO_FREE CLEANUP(base_free_ptr)
#define AUTO_CLOSE CLEANUP(base_close_fd)

/* Hand an owned pointer or descriptor on; the variable lets go of it. */
#define STEAL_PTR(p)                                                           \
	__extension__({                                                        \
		__typeof__(p) stolen_ = (p);                                   \
		(p) = NULL;                                                    \
		stolen_;                                                       \
	})
#define STEAL_FD(fd)                                                           \
	__extension__({                                                        \
		int stolen_ = (fd);                                            \
		(fd) = -1;                                                     \
		stolen_;                                                       \
	})

/* A state that the code rules out has come about: say where, and abort. */
#define BUG(...) base_bug(__FILE__, __LINE__, __VA_ARGS__)

/* For AUTO_FREE: p is the address of a pointer to heap memory, or of NULL. */
void base_free_ptr(void *p);

/* For AUTO_CLOSE: closes *fd unless it is negative. */
void base_close_fd(const int *fd);

NORETURN PRINTF_LIKE(3, 4) void base_bug(const char *file, int line,
    const char *fmt, ...);

/* As their namesakes without x, but abort instead of returning NULL. */
void *xmalloc(size_t size_bytes);
void *xcalloc(size_t n, size_t size_bytes);
void *xreallocarray(void *p, size_t n, size_t size_bytes);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
PRINTF_LIKE(1, 2) char *xasprintf(const char *fmt, ...);
PRINTF_LIKE(1, 0) char *xvasprintf(const char *fmt, va_list ap);

/*
 * Make room for one more item: items is an array of n items of size_bytes
 * each whose capacity is the next power of two (at least 8). Returns the
 * array, perhaps moved. Use it as  a = xgrow(a, n, sizeof(*a)); a[n++] = x;
 */
void *xgrow(void *items, size_t n, size_t size_bytes);

/*
 * Read a decimal number of nothing but digits, at most max. Returns false,
 * and leaves *out alone, for anything else.
 */
bool parse_u64(const char *s, uint64_t max, uint64_t *out);

#endif
