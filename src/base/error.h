/*
 * Errors as owned values: NULL is success. Made where the call failed, with
 * the path; wrapped at most once a layer, by a noun that the user knows.
 * Whoever receives one returns it, prints it, or frees it with a reason.
 */
#ifndef ERROR_H
#define ERROR_H

#include "base.h"

/* A code has a member only if some caller branches on it. */
enum error_code {
	ERR_SYS = 1,     /* a system call; error_sys() has the errno */
	ERR_USAGE,       /* the command line asks for what cannot be */
	ERR_CONFIG,      /* no config, or one that cannot be used */
	ERR_BUSY,        /* another run holds the lock */
	ERR_DAMAGE,      /* one of our own files is not as we left it */
	ERR_CONFLICT,    /* what is on disk is not what was expected */
	ERR_REFUSED,     /* we will not do this; the text says why */
	ERR_NOT_FOUND,   /* the thing named does not exist */
	ERR_UNREACHABLE, /* a place that a recovery needs is not there */
	ERR_INTERRUPTED  /* SIGINT or SIGTERM asked us to stop */
};

struct error;

/* Frees an error at the end of scope: for those judged by code alone. */
#define AUTO_ERROR CLEANUP(error_free_ptr)

/* Records errno now, with what we were doing to which path. */
MUST_USE struct error *error_errno(const char *op, const char *path);

MUST_USE PRINTF_LIKE(2, 3) struct error *error_new(enum error_code code,
    const char *fmt, ...);

/* Puts context before the text ("context: text"); err must not be NULL. */
MUST_USE PRINTF_LIKE(2, 3) struct error *error_wrap(struct error *err,
    const char *fmt, ...);

enum error_code error_code(const struct error *err);

/* The errno of an ERR_SYS error, 0 for all others. */
int error_sys(const struct error *err);

/* True for an ERR_SYS error with that errno; false for NULL. */
bool error_is_sys(const struct error *err, int sys);

/* Lent. May hold bytes from the disk: escape it before a terminal sees it. */
const char *error_msg(const struct error *err);

/* NULL is allowed. */
void error_free(struct error *err);
void error_free_ptr(struct error **err);

#endif
