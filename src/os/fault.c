#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_ERRNO,
	FAULT_KILL,
	FAULT_AFTER,
	FAULT_SHORT
};

static struct {
	bool is_read;   /* the environment was looked at */
	uint64_t calls; /* so far */
	uint64_t at;    /* the call that is hit, or 0: all named call */
	char call[32];
	enum fault_kind kind;
	int sys;      /* the errno, for FAULT_ERRNO */
	bool is_hit;  /* the call in hand is the one */
	bool is_full; /* a write was cut: the next one finds no space */
	int count_fd; /* -1: none */
} fault;

static const struct {
	const char *name;
	enum fault_kind kind;
	int sys;
} effects[] = {
	{ "KILL", FAULT_KILL, 0 },
	{ "AFTER", FAULT_AFTER, 0 },
	{ "SHORT", FAULT_SHORT, 0 },
	{ "EACCES", FAULT_ERRNO, EACCES },
	{ "EBUSY", FAULT_ERRNO, EBUSY },
	{ "EDQUOT", FAULT_ERRNO, EDQUOT },
	{ "EEXIST", FAULT_ERRNO, EEXIST },
	{ "EINVAL", FAULT_ERRNO, EINVAL },
	{ "EIO", FAULT_ERRNO, EIO },
	{ "EMLINK", FAULT_ERRNO, EMLINK },
	{ "ENOENT", FAULT_ERRNO, ENOENT },
	{ "ENOSPC", FAULT_ERRNO, ENOSPC },
	{ "ENOSYS", FAULT_ERRNO, ENOSYS },
	{ "EPERM", FAULT_ERRNO, EPERM },
	{ "EROFS", FAULT_ERRNO, EROFS },
	{ "EXDEV", FAULT_ERRNO, EXDEV },
};

static void
read_effect(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(effects); i++) {
		if (strcmp(effects[i].name, name) != 0)
			continue;
		fault.kind = effects[i].kind;
		fault.sys = effects[i].sys;
		return;
	}
	BUG("SKILLSHARE_FAULT: no effect %s", name);
}

static void
read_environment(void)
{
	const char *spec = getenv("SKILLSHARE_FAULT");
	const char *count = getenv("SKILLSHARE_FAULT_COUNT");

	fault.is_read = true;
	fault.count_fd =
	    count == NULL
		? -1
		: open(count, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (spec == NULL || spec[0] == '\0')
		return;
	const char *colon = strchr(spec, ':');
	if (colon == NULL || (size_t)(colon - spec) >= sizeof(fault.call))
		BUG("SKILLSHARE_FAULT=%s is not CALL:EFFECT", spec);
	memcpy(fault.call, spec, (size_t)(colon - spec));
	read_effect(colon + 1);
	if (parse_u64(fault.call, UINT64_MAX, &fault.at) && fault.at == 0)
		BUG("SKILLSHARE_FAULT=%s: calls count from 1", spec);
}

static void
keep_count(void)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%llu\n",
	    (unsigned long long)fault.calls);

	if (fault.count_fd != -1 &&
	    pwrite(fault.count_fd, text, (size_t)len, 0) != len)
		BUG("SKILLSHARE_FAULT_COUNT cannot be written");
}

static void
die(void)
{
	(void)kill(getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

bool
fault_before(const char *call)
{
	if (!fault.is_read)
		read_environment();
	fault.calls++;
	keep_count();
	fault.is_hit = fault.kind != FAULT_NONE &&
		       (fault.at != 0 ? fault.at == fault.calls
				      : strcmp(fault.call, call) == 0);
	if (fault.is_full && strcmp(call, "write") == 0) {
		fault.is_full = false;
		errno = ENOSPC;
		return true;
	}
	if (!fault.is_hit)
		return false;
	if (fault.kind == FAULT_KILL)
		die();
	errno = fault.sys;
	return fault.kind == FAULT_ERRNO;
}

void
fault_after(const char *call)
{
	(void)call;
	if (fault.is_hit && fault.kind == FAULT_AFTER)
		die();
}

size_t
fault_write_len(size_t len)
{
	if (!fault.is_hit || fault.kind != FAULT_SHORT)
		return len;
	fault.is_full = true;
	return len / 2;
}
