#include "table.h"

#include "escape.h"

/* Where a line ends, and the least that a text at its end should have. */
#define LINE_COLUMNS 80
#define TEXT_COLUMNS 24
#define TEXT_INDENT 4

void
report_table_add(struct report_table *t, const char *text)
{
	t->cells = xgrow(t->cells, t->n_cells, sizeof(*t->cells));
	t->cells[t->n_cells++] = text;
}

void
report_table_release(struct report_table *t)
{
	free(t->cells);
	t->cells = NULL;
	t->n_cells = 0;
}

static size_t
column_width(const struct report_table *t, char *const *shown, size_t column)
{
	size_t width = t->min_widths != NULL ? t->min_widths[column] : 0;

	for (size_t i = column; i < t->n_cells; i += t->n_columns) {
		size_t columns = escape_columns(shown[i]);

		width = columns > width ? columns : width;
	}
	return width;
}

static void
add_spaces(struct strbuf *out, size_t n)
{
	strbuf_printf(out, "%*s", (int)n, "");
}

static void
trim(struct strbuf *line)
{
	while (line->len > 0 && line->s[line->len - 1] == ' ')
		strbuf_truncate(line, line->len - 1);
}

static void
add_cut(struct strbuf *out, const char *text, size_t room, const char *more)
{
	if (escape_columns(text) <= room) {
		strbuf_add(out, text);
		return;
	}
	strbuf_add_mem(out, text,
	    escape_fitting(text, room - escape_columns(more)));
	strbuf_add(out, more);
}

static void
add_row(struct strbuf *out, const struct report_table *t, char *const *row,
    const size_t *widths, const char *more)
{
	size_t n = t->n_columns - t->ends_in_text;
	size_t start = out->len;
	size_t at = t->indent;

	add_spaces(out, at);
	for (size_t i = 0; i < n; i++) {
		strbuf_add(out, row[i]);
		add_spaces(out, widths[i] - escape_columns(row[i]) + t->gap);
		at += widths[i] + t->gap;
	}
	if (t->ends_in_text && row[n][0] != '\0') {
		if (at + TEXT_COLUMNS > LINE_COLUMNS) {
			trim(out);
			if (out->len > start)
				strbuf_add_char(out, '\n');
			at = t->indent + TEXT_INDENT;
			add_spaces(out, at);
		}
		add_cut(out, row[n], LINE_COLUMNS - at, more);
	}
	trim(out);
	strbuf_add_char(out, '\n');
}

void
report_table_lay_out(const struct report_table *t, char *const *shown,
    const char *more, struct strbuf *out)
{
	AUTO_FREE size_t *widths = xcalloc(t->n_columns, sizeof(*widths));

	for (size_t i = 0; i < t->n_columns; i++)
		widths[i] = column_width(t, shown, i);
	for (size_t i = 0; i < t->n_cells; i += t->n_columns)
		add_row(out, t, shown + i, widths, more);
}
