#include "report.h"

#include <string.h>

#include "arena.h"
#include "escape.h"
#include "options.h"
#include "path.h"
#include "strbuf.h"

#define RULE "─────────────────────────────────────────"

/* A mark and the space behind it. */
#define MARK_COLUMNS 2

#define COLOR_OFF "\033[0m"
#define COLOR_BOLD "\033[1m"

struct report {
	struct report_setup setup;
	struct arena arena;
	const char *home; /* lent, or NULL */
	bool has_document;
};

/* One side of the report. */
struct sink {
	FILE *file;
	const struct term_stream *stream;
};

/* clang-format off */
static const struct mark_look {
	const char *text;
	const char *color;
} mark_looks[] = {
	[MARK_OK]    = { "✓", "\033[32m" },
	[MARK_ERROR] = { "✗", "\033[31m" },
	[MARK_WARN]  = { "!", "\033[33m" },
	[MARK_INFO]  = { "→", "\033[36m" },
};

static const struct stand_in {
	const char *text;
	const char *ascii;
} stand_ins[] = {
	{ "✓", "v" },
	{ "✗", "x" },
	{ "→", "->" },
	{ "↔", "<->" },
	{ "─", "-" },
	{ "…", "..." },
};
/* clang-format on */

struct report *
report_new(const struct report_setup *setup)
{
	struct report *r = xcalloc(1, sizeof(*r));

	r->setup = *setup;
	return r;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	arena_release(&r->arena);
	free(r);
}

void
report_set_home(struct report *r, const char *home)
{
	r->home = home;
}

bool
report_is_json(const struct report *r)
{
	return r->setup.json;
}

const struct report_setup *
report_setup_of(const struct report *r)
{
	return &r->setup;
}

static bool
is_silent(const struct report *r)
{
	return r->setup.quiet || r->setup.json;
}

static struct sink
sink_out(const struct report *r)
{
	return (struct sink){ r->setup.out, &r->setup.term.out };
}

static struct sink
sink_err(const struct report *r)
{
	/* What was printed before stands before on a terminal, too. */
	(void)fflush(r->setup.out);
	return (struct sink){ r->setup.err, &r->setup.term.err };
}

/* Adds s for a terminal without UTF-8. */
static void
add_ascii(struct strbuf *out, const char *s)
{
	while (*s != '\0') {
		const struct stand_in *found = NULL;

		for (size_t i = 0; i < ARRAY_LEN(stand_ins); i++)
			if (strncmp(s, stand_ins[i].text,
				strlen(stand_ins[i].text)) == 0)
				found = &stand_ins[i];
		if (found != NULL) {
			strbuf_add(out, found->ascii);
			s += strlen(found->text);
			continue;
		}
		if ((*s & 0x80) == 0)
			strbuf_add_char(out, *s);
		else
			strbuf_printf(out, "\\x%02x", (unsigned char)*s);
		s++;
	}
}

/* Text as this stream can show it, safe whatever it holds. */
static char *
shown_on(const struct term_stream *stream, const char *text)
{
	AUTO_FREE char *shown = escape_shown(text);
	struct strbuf ascii = { 0 };

	if (!stream->utf8) {
		add_ascii(&ascii, shown);
		return strbuf_detach(&ascii);
	}
	return STEAL_PTR(shown);
}

static void
put_colored(const struct sink *to, const char *color, const char *text)
{
	AUTO_FREE char *shown = shown_on(to->stream, text);

	if (to->stream->color && color != NULL)
		(void)fprintf(to->file, "%s%s" COLOR_OFF, color, shown);
	else
		(void)fputs(shown, to->file);
}

/* Does a path begin at text[at]: is it the first of its word? */
static bool
is_word_start(const char *text, size_t at)
{
	return at == 0 || strchr(" '\"(=", text[at - 1]) != NULL;
}

/*
 * Text with ~ for home wherever a path below home begins: messages of the
 * lower layers name paths in full.
 */
static char *
with_short_homes(const struct report *r, const char *text)
{
	struct strbuf out = { 0 };
	size_t home_len = r->home != NULL ? strlen(r->home) : 0;

	if (home_len < 2)
		return xstrdup(text);
	for (size_t at = 0; text[at] != '\0'; at++) {
		if (is_word_start(text, at) &&
		    strncmp(text + at, r->home, home_len) == 0 &&
		    text[at + home_len] == '/') {
			strbuf_add_char(&out, '~');
			at += home_len;
		}
		strbuf_add_char(&out, text[at]);
	}
	return strbuf_detach(&out);
}

PRINTF_LIKE(3, 0)
static void
put_text(const struct report *r, const struct sink *to, const char *fmt,
    va_list ap)
{
	AUTO_FREE char *full = xvasprintf(fmt, ap);
	AUTO_FREE char *text = with_short_homes(r, full);

	put_colored(to, NULL, text);
}

PRINTF_LIKE(4, 0)
static void
put_line(const struct report *r, const struct sink *to,
    const struct mark_look *mark, const char *fmt, va_list ap)
{
	if (mark != NULL) {
		put_colored(to, mark->color, mark->text);
		(void)fputc(' ', to->file);
	}
	put_text(r, to, fmt, ap);
	(void)fputc('\n', to->file);
}

void
report_ok(struct report *r, const char *fmt, ...)
{
	struct sink to = sink_out(r);
	va_list ap;

	if (is_silent(r))
		return;
	va_start(ap, fmt);
	put_line(r, &to, &mark_looks[MARK_OK], fmt, ap);
	va_end(ap);
}

void
report_info(struct report *r, const char *fmt, ...)
{
	struct sink to = sink_out(r);
	va_list ap;

	if (is_silent(r))
		return;
	va_start(ap, fmt);
	put_line(r, &to, &mark_looks[MARK_INFO], fmt, ap);
	va_end(ap);
}

void
report_line(struct report *r, const char *fmt, ...)
{
	struct sink to = sink_out(r);
	va_list ap;

	if (is_silent(r))
		return;
	va_start(ap, fmt);
	put_line(r, &to, NULL, fmt, ap);
	va_end(ap);
}

void
report_mark(struct report *r, enum report_mark mark, const char *fmt, ...)
{
	bool is_trouble = mark == MARK_WARN || mark == MARK_ERROR;
	struct sink to = sink_out(r);
	va_list ap;

	if (r->setup.json || (r->setup.quiet && !is_trouble))
		return;
	va_start(ap, fmt);
	put_line(r, &to, &mark_looks[mark], fmt, ap);
	va_end(ap);
}

void
report_mark_wrapped(struct report *r, enum report_mark mark, const char *fmt,
    ...)
{
	bool is_trouble = mark == MARK_WARN || mark == MARK_ERROR;
	struct sink to = sink_out(r);
	AUTO_STRBUF struct strbuf lines = { 0 };
	va_list ap;

	if (r->setup.json || (r->setup.quiet && !is_trouble))
		return;
	va_start(ap, fmt);
	AUTO_FREE char *full = xvasprintf(fmt, ap);
	va_end(ap);
	AUTO_FREE char *text = with_short_homes(r, full);
	AUTO_FREE char *shown = shown_on(to.stream, text);
	options_wrap(&lines, shown, MARK_COLUMNS);
	put_colored(&to, mark_looks[mark].color, mark_looks[mark].text);
	/* The mark is in place of all of the first line's indent but a space.
	 */
	(void)fputs(strbuf_str(&lines) + MARK_COLUMNS - 1, to.file);
}

void
report_warn(struct report *r, const char *fmt, ...)
{
	struct sink to = sink_err(r);
	va_list ap;

	va_start(ap, fmt);
	put_line(r, &to, &mark_looks[MARK_WARN], fmt, ap);
	va_end(ap);
}

void
report_error(struct report *r, const char *fmt, ...)
{
	struct sink to = sink_err(r);
	va_list ap;

	va_start(ap, fmt);
	put_line(r, &to, &mark_looks[MARK_ERROR], fmt, ap);
	va_end(ap);
}

void
report_say(struct report *r, const char *fmt, ...)
{
	struct sink to = sink_err(r);
	va_list ap;

	va_start(ap, fmt);
	put_line(r, &to, NULL, fmt, ap);
	va_end(ap);
}

void
report_ask(struct report *r, const char *fmt, ...)
{
	struct sink to = sink_err(r);
	va_list ap;

	va_start(ap, fmt);
	put_text(r, &to, fmt, ap);
	va_end(ap);
	(void)fputc(' ', to.file);
	(void)fflush(to.file);
}

static const char *const hue_colors[] = {
	[HUE_PLAIN] = NULL,
	[HUE_HEAD] = COLOR_BOLD,
	[HUE_PLACE] = "\033[36m",
	[HUE_NEW] = "\033[32m",
	[HUE_OLD] = "\033[31m",
};

/* A string cannot hold the NULs that a text may have, and a tab is safe. */
static void
put_content(const struct sink *to, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		AUTO_FREE char *part = xstrndup(text, (size_t)(end - text));
		size_t plain = strcspn(part, "\t");

		part[plain] = '\0';
		AUTO_FREE char *shown = shown_on(to->stream, part);
		(void)fputs(shown, to->file);
		text += plain;
		if (text < end)
			(void)fputs(*text++ == '\t' ? "\t" : "\\x00", to->file);
	}
}

void
report_text_line(struct report *r, enum report_hue hue, const char *line,
    size_t len)
{
	struct sink to = sink_out(r);
	const char *color = to.stream->color ? hue_colors[hue] : NULL;

	if (is_silent(r))
		return;
	if (color != NULL)
		(void)fputs(color, to.file);
	if (to.stream->is_tty)
		put_content(&to, line, len);
	else
		(void)fwrite(line, 1, len, to.file);
	if (color != NULL)
		(void)fputs(COLOR_OFF, to.file);
	(void)fputc('\n', to.file);
}

void
report_failure(struct report *r, const char *text)
{
	struct sink to = sink_err(r);
	AUTO_FREE char *shown = with_short_homes(r, text);

	(void)fputs("skillshare: ", to.file);
	put_colored(&to, NULL, shown);
	(void)fputc('\n', to.file);
}

void
report_heading(struct report *r, const char *fmt, ...)
{
	AUTO_FREE char *title = NULL;
	struct sink to = sink_out(r);
	va_list ap;

	if (is_silent(r))
		return;
	va_start(ap, fmt);
	title = xvasprintf(fmt, ap);
	va_end(ap);
	put_colored(&to, COLOR_BOLD, title);
	(void)fputc('\n', to.file);
	put_colored(&to, NULL, RULE);
	(void)fputc('\n', to.file);
}

void
report_gap(struct report *r)
{
	if (!is_silent(r))
		(void)fputc('\n', r->setup.out);
}

void
report_dry_run(struct report *r)
{
	report_mark(r, MARK_WARN, "Dry run mode - no changes will be made");
}

const char *
report_text(struct report *r, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	return arena_strdup(&r->arena, text);
}

const char *
report_count(struct report *r, uint64_t n, const char *one, const char *many)
{
	return arena_printf(&r->arena, "%llu %s", (unsigned long long)n,
	    n == 1 ? one : many);
}

const char *
report_path(struct report *r, const char *abs)
{
	AUTO_FREE char *shown = NULL;

	if (r->home == NULL)
		return arena_strdup(&r->arena, abs);
	shown = path_shorten_home(r->home, abs);
	return arena_strdup(&r->arena, shown);
}

const char *
report_size(struct report *r, uint64_t bytes)
{
	static const char *const units[] = { "KB", "MB", "GB", "TB" };
	uint64_t unit = 1000;
	size_t i = 0;

	if (bytes < unit)
		return report_text(r, "%llu B", (unsigned long long)bytes);
	/* 999,950 is 1.0 MB already. */
	while (i + 1 < ARRAY_LEN(units) && bytes >= unit * 1000 - unit / 20) {
		unit *= 1000;
		i++;
	}
	uint64_t tenths = (bytes + unit / 20) / (unit / 10);
	return report_text(r, "%llu.%llu %s", (unsigned long long)(tenths / 10),
	    (unsigned long long)(tenths % 10), units[i]);
}

void
report_table_print(struct report *r, struct report_table *t)
{
	struct sink to = sink_out(r);
	AUTO_FREE char **shown = xcalloc(t->n_cells + 1, sizeof(*shown));
	AUTO_FREE char *more = shown_on(to.stream, "…");
	AUTO_STRBUF struct strbuf lines = { 0 };

	for (size_t i = 0; i < t->n_cells; i++) {
		AUTO_FREE char *text = with_short_homes(r, t->cells[i]);

		shown[i] = shown_on(to.stream, text);
	}
	report_table_lay_out(t, shown, more, &lines);
	if (!is_silent(r))
		(void)fputs(strbuf_str(&lines), to.file);
	for (size_t i = 0; i < t->n_cells; i++)
		free(shown[i]);
	t->n_cells = 0;
}

void
report_document(struct report *r, const char *text)
{
	r->has_document = true;
	(void)fprintf(r->setup.out, "%s\n", text);
}

bool
report_has_document(const struct report *r)
{
	return r->has_document;
}
