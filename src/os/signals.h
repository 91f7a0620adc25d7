/*
 * SIGINT and SIGTERM set a flag that is read between actions: the action in
 * hand finishes, what the run did is put back, and the program says so.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "error.h"

/* Catches both (unless the parent had them ignored); SIGPIPE is ignored. */
void signals_install(void);

/* The first signal caught, or 0. */
int signals_pending(void);

/* ERR_INTERRUPTED if one is pending, else NULL. */
MUST_USE struct error *signals_check(void);

#endif
