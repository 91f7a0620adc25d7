#include "crew.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define MANY 10000

struct things {
	pthread_t caller;
	unsigned times[MANY]; /* each was done */
	atomic_bool is_odd;   /* a part that is none */
	atomic_bool is_helped;
	atomic_bool is_open; /* a helper that signals come to */
	size_t n;
	size_t grain;
};

static void
do_things(void *payload, size_t first, size_t last)
{
	struct things *t = payload;

	if (first >= last || last > t->n || first % t->grain != 0 ||
	    (last - first != t->grain && last != t->n)) {
		atomic_store(&t->is_odd, true);
		return;
	}
	if (!pthread_equal(pthread_self(), t->caller))
		atomic_store(&t->is_helped, true);
	for (size_t i = first; i < last; i++)
		t->times[i]++; /* nobody else's */
}

static void
run(struct things *t, size_t n, size_t grain, crew_work *work)
{
	*t = (struct things){
		.caller = pthread_self(),
		.n = n,
		.grain = grain,
	};
	crew_run(n, grain, work, t);
}

/* Who takes which part is chance: several times. */
#define ROUNDS 10

static void
test_once(void **state)
{
	static const struct {
		size_t n;
		size_t grain;
	} rows[] = {
		{ 0, 1 },
		{ 0, 128 },
		{ 1, 1 },
		{ 1, 128 },
		{ 3, 1 },
		{ 4, 1 },
		{ 5, 1 },
		{ 127, 128 },
		{ 128, 128 },
		{ 511, 128 },
		{ 512, 128 },
		{ 513, 128 },
		{ MANY, 1 },
		{ MANY, 7 },
		{ MANY, 128 },
		{ MANY - 1, 128 },
		{ MANY, MANY },
		{ MANY, SIZE_MAX },
	};
	static struct things t;

	(void)state;
	for (size_t round = 0; round < ROUNDS * ARRAY_LEN(rows); round++) {
		size_t i = round % ARRAY_LEN(rows);

		run(&t, rows[i].n, rows[i].grain, do_things);
		if (atomic_load(&t.is_odd))
			fail_msg("%zu, %zu at a time: an odd part", rows[i].n,
			    rows[i].grain);
		for (size_t k = 0; k < MANY; k++) {
			if (t.times[k] != (k < rows[i].n))
				fail_msg("%zu, %zu at a time: %zu is done %u "
					 "times",
				    rows[i].n, rows[i].grain, k, t.times[k]);
		}
	}
}

static void
wait_ms(long ms)
{
	const struct timespec time = { 0, ms * 1000000 };

	(void)nanosleep(&time, NULL);
}

/* As long as a look at a disk, so that helpers come to it. */
static void
do_slowly(void *payload, size_t first, size_t last)
{
	wait_ms(5);
	do_things(payload, first, last);
}

static void
test_few(void **state)
{
	static const size_t ns[] = { 0, 1, 128, 129, 511 };
	static struct things t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ns); i++) {
		run(&t, ns[i], 128, do_slowly);
		assert_false(atomic_load(&t.is_helped));
	}
}

static void
test_many(void **state)
{
	static struct things t;

	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip();
	run(&t, 512, 16, do_slowly);
	assert_true(atomic_load(&t.is_helped));
}

static pthread_t handler_of; /* the caller of crew_run() */
static atomic_uint n_handled;
static atomic_uint n_elsewhere;

static void
handle(int signal)
{
	(void)signal;
	if (pthread_equal(pthread_self(), handler_of))
		atomic_fetch_add(&n_handled, 1);
	else
		atomic_fetch_add(&n_elsewhere, 1);
}

/* Sends the process signals, and looks who would have them. */
static void
do_signalled(void *payload, size_t first, size_t last)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1,
		SIGWINCH, SIGCHLD, SIGPIPE, SIGTSTP };
	struct things *t = payload;
	sigset_t mask;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		if (!pthread_equal(pthread_self(), t->caller) &&
		    sigismember(&mask, signals[i]) == 0)
			atomic_store(&t->is_open, true);
	}
	for (unsigned i = 0; i < 20; i++)
		(void)kill(getpid(), SIGUSR1);
	do_slowly(payload, first, last);
}

static void
test_signals(void **state)
{
	static struct things t;
	const struct sigaction action = {
		.sa_handler = handle,
		.sa_flags = SA_RESTART,
	};
	struct sigaction before;
	sigset_t mask_before;
	sigset_t mask;

	(void)state;
	handler_of = pthread_self();
	assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
	run(&t, 512, 16, do_signalled);
	for (unsigned i = 0; i < 5000 && atomic_load(&n_handled) == 0; i++)
		wait_ms(1);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_int_equal(sigaction(SIGUSR1, &before, NULL), 0);
	assert_true(atomic_load(&n_handled) > 0);
	assert_int_equal(atomic_load(&n_elsewhere), 0);
	assert_false(atomic_load(&t.is_open));
	/* And the caller's are as they were. */
	for (int i = 1; i < 32; i++)
		assert_int_equal(sigismember(&mask, i),
		    sigismember(&mask_before, i));
	for (size_t i = 0; i < 512; i++)
		assert_int_equal(t.times[i], 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		{ "each thing is done once", test_once, NULL, NULL, NULL },
		{ "few things are done by who asks for them", test_few, NULL,
		    NULL, NULL },
		{ "many things find helpers", test_many, NULL, NULL, NULL },
		{ "signals come to the calling thread alone", test_signals,
		    NULL, NULL, NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
