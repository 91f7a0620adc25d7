#include "crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "sys.h"

/* More would wait for the same locks of the file system. */
#define HELPERS_MAX 7
/* Fewer parts than this are done before a thread has begun. */
#define WORTH_PARTS 4

struct crew {
	crew_work *work;
	void *payload;
	size_t n;
	size_t grain;
	atomic_size_t next; /* the first thing that nobody has taken */
};

static void *
take_parts(void *payload)
{
	struct crew *crew = payload;

	for (;;) {
		size_t first = atomic_fetch_add(&crew->next, crew->grain);

		if (first >= crew->n)
			return NULL;
		size_t rest = crew->n - first;
		crew->work(crew->payload, first,
		    first + (rest < crew->grain ? rest : crew->grain));
	}
}

static size_t
count_helpers(const struct crew *crew)
{
	if (crew->n / crew->grain < WORTH_PARTS)
		return 0;
	size_t helpers = sys_processors() - 1;
	return helpers < HELPERS_MAX ? helpers : HELPERS_MAX;
}

void
crew_run(size_t n, size_t grain, crew_work *work, void *payload)
{
	struct crew crew = {
		.work = work,
		.payload = payload,
		.n = n,
		.grain = grain,
	};
	pthread_t threads[HELPERS_MAX];
	size_t wanted = count_helpers(&crew);
	size_t n_threads = 0;
	sigset_t all;
	sigset_t old;

	/* Threads begin with the mask of who makes them. */
	(void)sigfillset(&all);
	bool is_masked =
	    wanted > 0 && pthread_sigmask(SIG_SETMASK, &all, &old) == 0;
	while (
	    is_masked && n_threads < wanted &&
	    pthread_create(&threads[n_threads], NULL, take_parts, &crew) == 0)
		n_threads++;
	if (is_masked)
		(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)take_parts(&crew);
	while (n_threads > 0)
		(void)pthread_join(threads[--n_threads], NULL);
}
