/*
 * All human output. Results go to standard output, warnings and errors about
 * the run to standard error. Every line passes escape_show() as a whole, so a
 * name from the disk may be given to any of these functions as it is, and a
 * format string holds no newline. Write marks and arrows as UTF-8: on a
 * terminal that has no UTF-8 they become ASCII stand-ins here. In lines (not
 * in tables) a path below home is shortened to ~/… wherever it stands.
 *
 * With quiet, report_ok(), report_info(), report_line(), report_heading(),
 * report_gap() and tables print nothing. With json the same holds, and
 * json_print() writes the document.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "base.h"
#include "table.h"
#include "term.h"

enum report_mark {
	MARK_OK,    /* ✓ */
	MARK_ERROR, /* ✗ */
	MARK_WARN,  /* ! */
	MARK_INFO   /* → */
};

struct report_setup {
	FILE *out; /* lent; flushed, never closed */
	FILE *err;
	struct term term;
	bool quiet;
	bool json;
};

struct report;
struct report *report_new(const struct report_setup *setup);
void report_free(struct report *r);

/* Paths below home (lent, must outlive the report) are shown as ~/… */
void report_set_home(struct report *r, const char *home);

/* A mark and a line, on standard output: parts of the result. */
PRINTF_LIKE(2, 3) void report_ok(struct report *r, const char *fmt, ...);
PRINTF_LIKE(2, 3) void report_info(struct report *r, const char *fmt, ...);
PRINTF_LIKE(2, 3) void report_line(struct report *r, const char *fmt, ...);

/*
 * A result line with any mark, on standard output, for "✗ claude: …" and the
 * like; MARK_WARN and MARK_ERROR are printed with quiet too.
 */
PRINTF_LIKE(3, 4)
void report_mark(struct report *r, enum report_mark mark, const char *fmt, ...);

/* As report_mark(), broken at spaces to 80 columns, further lines indented. */
PRINTF_LIKE(3, 4)
void report_mark_wrapped(struct report *r, enum report_mark mark,
    const char *fmt, ...);

/* About the run, on standard error, with quiet and json too. */
PRINTF_LIKE(2, 3) void report_warn(struct report *r, const char *fmt, ...);
PRINTF_LIKE(2, 3) void report_error(struct report *r, const char *fmt, ...);

/*
 * A dialogue, on standard error, with quiet too: a line, and a question, whose
 * answer is to stand on the same line.
 */
PRINTF_LIKE(2, 3) void report_say(struct report *r, const char *fmt, ...);
PRINTF_LIKE(2, 3) void report_ask(struct report *r, const char *fmt, ...);

/*
 * A line of a text from the disk, a result, as it is in a pipe. On a terminal
 * it is made safe as all else is, but for tabs, and has the colour of its
 * hue. line holds no newline; other bytes as they come.
 */
enum report_hue {
	HUE_PLAIN,
	HUE_HEAD,
	HUE_PLACE,
	HUE_NEW,
	HUE_OLD
};
void report_text_line(struct report *r, enum report_hue hue, const char *line,
    size_t len);

/* "skillshare: text", on standard error: why the run ended. */
void report_failure(struct report *r, const char *text);

/* The title and, below it, a line of 41 "─". */
PRINTF_LIKE(2, 3) void report_heading(struct report *r, const char *fmt, ...);
void report_gap(struct report *r); /* an empty line */

/* "! Dry run mode - no changes will be made", as a result line. */
void report_dry_run(struct report *r);

/* "n one" or "n many": "1 skill", "5 skills". Lent, as long as the report. */
const char *
report_count(struct report *r, uint64_t n, const char *one, const char *many);

/* "512 B", "2.1 MB". Lent, as long as the report. */
const char *report_size(struct report *r, uint64_t bytes);

/* abs with ~/ for home. Lent, as long as the report. */
const char *report_path(struct report *r, const char *abs);

/* Formatted text. Lent, as long as the report: for cells of tables. */
PRINTF_LIKE(2, 3)
const char *report_text(struct report *r, const char *fmt, ...);

/* Prints the rows (table.h) and empties the table. */
void report_table_print(struct report *r, struct report_table *t);

/* True with --json: the command builds a document instead (json.h). */
bool report_is_json(const struct report *r);

/* For json.h and progress.h. */
void report_document(struct report *r, const char *text);
bool report_has_document(const struct report *r);
const struct report_setup *report_setup_of(const struct report *r);

#endif
