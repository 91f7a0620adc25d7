#include "term.h"

#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_DEFAULT 80

static bool
is_set(const char *value)
{
	return value != NULL && *value != '\0';
}

/* The character set of LC_CTYPE, by the order that setlocale() follows. */
static bool
locale_is_utf8(const struct term_facts *facts)
{
	const char *locale = facts->lang;
	const char *charset;

	if (is_set(facts->lc_ctype))
		locale = facts->lc_ctype;
	if (is_set(facts->lc_all))
		locale = facts->lc_all;
	if (!is_set(locale))
		return false;
	charset = strchr(locale, '.');
	if (charset == NULL)
		return strcasecmp(locale, "UTF-8") == 0;
	charset++;
	return strncasecmp(charset, "UTF-8", 5) == 0 ||
	       strncasecmp(charset, "UTF8", 4) == 0;
}

static struct term_stream
decide_stream(const struct term_facts *facts, bool is_tty)
{
	bool is_able =
	    is_tty && is_set(facts->term) && strcmp(facts->term, "dumb") != 0;

	return (struct term_stream){
		.is_tty = is_tty,
		.color =
		    is_able && !facts->no_color && !is_set(facts->no_color_env),
		.can_redraw = is_able,
		.utf8 = !is_tty || locale_is_utf8(facts),
	};
}

struct term
term_decide(const struct term_facts *facts)
{
	return (struct term){
		.out = decide_stream(facts, facts->out_is_tty),
		.err = decide_stream(facts, facts->err_is_tty),
		.columns =
		    facts->columns != 0 ? facts->columns : COLUMNS_DEFAULT,
	};
}

static unsigned
terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1)
		return 0;
	return size.ws_col;
}

struct term
term_detect(bool no_color)
{
	struct term_facts facts = {
		.out_is_tty = isatty(STDOUT_FILENO) == 1,
		.err_is_tty = isatty(STDERR_FILENO) == 1,
		.no_color = no_color,
		.no_color_env = getenv("NO_COLOR"),
		.term = getenv("TERM"),
		.lc_all = getenv("LC_ALL"),
		.lc_ctype = getenv("LC_CTYPE"),
		.lang = getenv("LANG"),
	};

	if (facts.err_is_tty)
		facts.columns = terminal_columns();
	return term_decide(&facts);
}
