#include "signals.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t first_caught;

static void
note_signal(int sig)
{
	if (first_caught == 0)
		first_caught = sig;
}

static void
install(int sig, void (*handler)(int))
{
	/* SA_RESTART: only what looks at the flag is to notice a signal. */
	struct sigaction act = { .sa_handler = handler,
		.sa_flags = SA_RESTART };
	struct sigaction old;

	(void)sigemptyset(&act.sa_mask);
	if (sigaction(sig, NULL, &old) == -1)
		BUG("signal %d", sig);
	if ((old.sa_flags & SA_SIGINFO) == 0 && old.sa_handler == SIG_IGN)
		return;
	if (sigaction(sig, &act, NULL) == -1)
		BUG("signal %d", sig);
}

void
signals_install(void)
{
	install(SIGINT, note_signal);
	install(SIGTERM, note_signal);
	install(SIGPIPE, SIG_IGN);
}

int
signals_pending(void)
{
	return first_caught;
}

struct error *
signals_check(void)
{
	int sig = signals_pending();

	if (sig == 0)
		return NULL;
	return error_new(ERR_INTERRUPTED, "stopped by %s",
	    sig == SIGINT ? "SIGINT" : "SIGTERM");
}
