/*
 * Columns of text, aligned by what a terminal shows. Cells are added row by
 * row; report.h prints them.
 */
#ifndef TABLE_H
#define TABLE_H

#include "base.h"
#include "strbuf.h"

struct report_table {
	size_t n_columns;
	size_t indent;            /* spaces before each row */
	size_t gap;               /* spaces between columns */
	const size_t *min_widths; /* one a column, or NULL */
	/*
	 * The last column is cut where the 80 columns of a line end. If the
	 * others leave it less than 24, it stands below, further in.
	 */
	bool ends_in_text;
	const char **cells; /* heap; lent texts */
	size_t n_cells;
};
#define AUTO_TABLE CLEANUP(report_table_release)

/* text is lent until the table is printed or released. */
void report_table_add(struct report_table *t, const char *text);
void report_table_release(struct report_table *t);

/*
 * Adds the rows as lines. shown: the cells, safe to show; more: stands for
 * what is cut off.
 */
void report_table_lay_out(const struct report_table *t, char *const *shown,
    const char *more, struct strbuf *out);

#endif
