#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum fault_kind {
	FAULT_ERRNO,
	FAULT_KILL,
	FAULT_AFTER,
	FAULT_SHORT,
	FAULT_STOP
};

struct rule {
	uint64_t at; /* the call that is hit, or 0: all of this name */
	char call[32];
	enum fault_kind kind;
	int sys; /* the errno, for FAULT_ERRNO */
};

#define MAX_RULES 4

static struct {
	bool is_read;   /* the environment was looked at */
	uint64_t calls; /* so far */
	struct rule rules[MAX_RULES];
	size_t n_rules;
	const struct rule *hit; /* what the call in hand meets, or NULL */
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
	{ "STOP", FAULT_STOP, 0 },
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
read_effect(const char *name, size_t len, struct rule *rule)
{
	for (size_t i = 0; i < ARRAY_LEN(effects); i++) {
		if (strlen(effects[i].name) != len ||
		    memcmp(effects[i].name, name, len) != 0)
			continue;
		rule->kind = effects[i].kind;
		rule->sys = effects[i].sys;
		return;
	}
	BUG("SKILLSHARE_FAULT: no effect %s", name);
}

/* CALL:EFFECT, up to a comma or the end. */
static void
read_rule(const char *spec, size_t len, struct rule *rule)
{
	const char *colon = memchr(spec, ':', len);
	size_t call_len = colon == NULL ? len : (size_t)(colon - spec);

	if (colon == NULL || call_len >= sizeof(rule->call))
		BUG("SKILLSHARE_FAULT: %s is not CALL:EFFECT", spec);
	memcpy(rule->call, spec, call_len);
	read_effect(colon + 1, len - call_len - 1, rule);
	if (parse_u64(rule->call, UINT64_MAX, &rule->at) && rule->at == 0)
		BUG("SKILLSHARE_FAULT: %s: calls count from 1", spec);
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
	while (spec != NULL && spec[0] != '\0') {
		size_t len = strcspn(spec, ",");

		if (fault.n_rules == MAX_RULES)
			BUG("SKILLSHARE_FAULT: more than %d rules", MAX_RULES);
		read_rule(spec, len, &fault.rules[fault.n_rules++]);
		spec += len + (spec[len] == ',');
	}
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

/* The first rule that the call in hand meets. */
static const struct rule *
find_rule(const char *call)
{
	for (size_t i = 0; i < fault.n_rules; i++) {
		const struct rule *rule = &fault.rules[i];

		if (rule->at != 0 ? rule->at == fault.calls
				  : strcmp(rule->call, call) == 0)
			return rule;
	}
	return NULL;
}

bool
fault_before(const char *call)
{
	if (!fault.is_read)
		read_environment();
	fault.calls++;
	keep_count();
	fault.hit = find_rule(call);
	if (fault.is_full && strcmp(call, "write") == 0) {
		fault.is_full = false;
		errno = ENOSPC;
		return true;
	}
	if (fault.hit == NULL)
		return false;
	if (fault.hit->kind == FAULT_KILL)
		die();
	if (fault.hit->kind == FAULT_STOP)
		(void)kill(getpid(), SIGSTOP);
	errno = fault.hit->sys;
	return fault.hit->kind == FAULT_ERRNO;
}

void
fault_after(const char *call)
{
	(void)call;
	if (fault.hit != NULL && fault.hit->kind == FAULT_AFTER)
		die();
}

size_t
fault_write_len(size_t len)
{
	if (fault.hit == NULL || fault.hit->kind != FAULT_SHORT)
		return len;
	fault.is_full = true;
	return len / 2;
}
