#include "progress.h"

#include "host.h"

#define WAIT_MS 500
#define PAUSE_MS 100
#define ERASE "\r\033[K"

void
progress_start(struct progress *p, struct report *r, const char *title)
{
	*p = (struct progress){
		.report = r,
		.title = title,
		.next_ms = host_ticks_ms() + WAIT_MS,
	};
}

void
progress_step(struct progress *p, uint64_t done, uint64_t total)
{
	const struct report_setup *setup = report_setup_of(p->report);
	int64_t now_ms;

	if (!setup->term.err.can_redraw || setup->quiet)
		return;
	now_ms = host_ticks_ms();
	if (now_ms < p->next_ms)
		return;
	p->next_ms = now_ms + PAUSE_MS;
	p->drawn = true;
	(void)fflush(setup->out);
	(void)fprintf(setup->err, ERASE "%.*s  %llu/%llu",
	    (int)setup->term.columns / 2, p->title, (unsigned long long)done,
	    (unsigned long long)total);
	(void)fflush(setup->err);
}

void
progress_end(struct progress *p)
{
	if (!p->drawn)
		return;
	p->drawn = false;
	(void)fputs(ERASE, report_setup_of(p->report)->err);
	(void)fflush(report_setup_of(p->report)->err);
}
