/*
 * Fault points: in a test build, the N-th changing call of a process fails
 * or dies, by what the environment says; else nothing, not even a test.
 *
 *   SKILLSHARE_FAULT=N:EIO      the N-th call (from 1) fails with EIO
 *   SKILLSHARE_FAULT=N:KILL     the process gets SIGKILL before the N-th call
 *   SKILLSHARE_FAULT=N:AFTER    ... after it (fault_after())
 *   SKILLSHARE_FAULT=N:SHORT    a write takes half of its bytes, then ENOSPC
 *   SKILLSHARE_FAULT=N:STOP     the process stops (SIGSTOP) before the call
 *   SKILLSHARE_FAULT=exchange:EINVAL   every call of that kind fails
 *   SKILLSHARE_FAULT=exchange:EINVAL,N:KILL   both; the first that fits
 *   SKILLSHARE_FAULT_COUNT=FILE the number of calls so far, kept in FILE
 */
#ifndef FAULT_H
#define FAULT_H

#include "base.h"

#ifdef SKILLSHARE_FAULT_POINTS
/* True: the caller must fail as if the call had returned errno (set here). */
bool fault_before(const char *call);
/* Dies here if the environment says so; keeps errno. */
void fault_after(const char *call);
/* How many of len bytes the next write may take. */
size_t fault_write_len(size_t len);
#else
static inline bool
fault_before(const char *call)
{
	(void)call;
	return false;
}
static inline void
fault_after(const char *call)
{
	(void)call;
}
static inline size_t
fault_write_len(size_t len)
{
	return len;
}
#endif

#endif
