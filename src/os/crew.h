/*
 * Many looks at the disk, shared among the processors: each waits for memory
 * or for a device most of its time.
 */
#ifndef CREW_H
#define CREW_H

#include "base.h"

/* Does the part of the work from first up to, not including, last. */
typedef void crew_work(void *payload, size_t first, size_t last);

/*
 * Has work do all n things, grain of them at a time, and returns when they
 * are done. If there are enough of them, threads help for that long; without
 * any to be had, this one does it all. A part may write only what belongs to
 * its things, and read what nobody writes meanwhile; it changes nothing on
 * disk. Signals come to the calling thread alone.
 */
void crew_run(size_t n, size_t grain, crew_work *work, void *payload);

#endif
