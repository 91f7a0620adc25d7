#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "fs.h"

#define CHUNK_BYTES ((size_t)64 * 1024)
/* The longest field is a command line, which may be 6 MiB before escaping. */
#define LINE_MAX_BYTES ((size_t)16 * 1024 * 1024)

static void
flush(struct record_writer *w)
{
	digest_add(&w->digest, strbuf_str(&w->buf), w->buf.len);
	if (w->error == NULL)
		w->error =
		    fs_write(w->fd, w->shown, strbuf_str(&w->buf), w->buf.len);
	strbuf_truncate(&w->buf, 0);
}

static char *
temporary_name(const char *name)
{
	return xasprintf(".%s.tmp", name);
}

void
record_create(struct record_writer *w, int dir_fd, const char *name,
    const char *magic)
{
	AUTO_FREE char *tmp = temporary_name(name);

	*w = (struct record_writer){ .fd = -1, .shown = name };
	digest_init(&w->digest);
	w->error = fs_create_anew(dir_fd, tmp, 0600, &w->fd);
	strbuf_add(&w->buf, magic);
	strbuf_add_char(&w->buf, '\n');
}

void
record_field(struct record_writer *w, const char *text)
{
	escape_field(&w->buf, text);
	strbuf_add_char(&w->buf, '\t');
}

void
record_number(struct record_writer *w, uint64_t number)
{
	char digits[24];
	char *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	strbuf_add_mem(&w->buf, p, (size_t)(digits + sizeof(digits) - p));
	strbuf_add_char(&w->buf, '\t');
}

void
record_end(struct record_writer *w)
{
	/* The last field's tab becomes the line's end. */
	strbuf_truncate(&w->buf, w->buf.len - 1);
	strbuf_add_char(&w->buf, '\n');
	if (w->buf.len >= CHUNK_BYTES)
		flush(w);
}

MUST_USE static struct error *
publish(struct record_writer *w, int dir_fd, const char *name, bool is_durable)
{
	AUTO_FREE char *tmp = temporary_name(name);
	char hex[DIGEST_HEX_LEN + 1];

	flush(w);
	struct digest d = digest_final(&w->digest);
	digest_hex(&d, hex);
	strbuf_printf(&w->buf, "end\t%s\n", hex);
	flush(w);
	struct error *err = w->error;
	if (err == NULL && is_durable)
		err = fs_sync(w->fd, name);
	if (err == NULL)
		err = fs_rename(dir_fd, tmp, dir_fd, name);
	if (err != NULL && w->fd != -1)
		error_free(fs_unlink(dir_fd, tmp)); /* the first is told */
	if (err == NULL && is_durable)
		err = fs_sync(dir_fd, name);
	base_close_fd(&w->fd);
	strbuf_release(&w->buf);
	return err;
}

struct error *
record_publish(struct record_writer *w, int dir_fd, const char *name)
{
	return publish(w, dir_fd, name, true);
}

struct error *
record_publish_cache(struct record_writer *w, int dir_fd, const char *name)
{
	return publish(w, dir_fd, name, false);
}

/* ---- reading ------------------------------------------------------------ */

struct error *
record_damage(const struct record_reader *r)
{
	return error_new(ERR_DAMAGE, "%s:%u is not as skillshare left it",
	    r->shown, r->line_no);
}

struct error *
record_advise(struct error *err, const char *advice)
{
	if (err == NULL || error_code(err) != ERR_DAMAGE)
		return err;
	struct error *told =
	    error_new(ERR_DAMAGE, "%s; %s", error_msg(err), advice);
	error_free(err); /* told with the advice */
	return told;
}

/* The next line, without its end, in r->buf; NULL at the end of the file. */
MUST_USE static struct error *
next_line(struct record_reader *r, char **line_out)
{
	for (;;) {
		size_t rest = r->buf.len - r->at;
		char *from = rest > 0 ? r->buf.s + r->at : NULL;
		char *end = rest > 0 ? memchr(from, '\n', rest) : NULL;

		if (end != NULL) {
			*end = '\0';
			r->line_no++;
			r->at += (size_t)(end - from) + 1;
			/* What is behind a NUL no digest would see. */
			if (strlen(from) != (size_t)(end - from))
				return record_damage(r);
			*line_out = from;
			return NULL;
		}
		if (r->at_eof || rest > LINE_MAX_BYTES) {
			*line_out = NULL;
			return rest > 0 ? record_damage(r) : NULL;
		}
		strbuf_splice(&r->buf, 0, r->at, NULL, 0);
		r->at = 0;

		static const char zeros[4096];
		size_t len = r->buf.len;
		for (size_t i = 0; i < CHUNK_BYTES / sizeof(zeros); i++)
			strbuf_add_mem(&r->buf, zeros, sizeof(zeros));
		ssize_t n = read(r->fd, r->buf.s + len, CHUNK_BYTES);
		if (n == -1 && errno != EINTR)
			return error_errno("read", r->shown);
		strbuf_truncate(&r->buf, len + (n > 0 ? (size_t)n : 0));
		r->at_eof = n == 0;
	}
}

struct error *
record_open(struct record_reader *r, int dir_fd, const char *name,
    const char *shown, const char *magic)
{
	char *line = NULL;

	*r = (struct record_reader){ .fd = -1 };
	struct error *err = fs_open_file_at(dir_fd, name, &r->fd);
	if (err != NULL)
		return err;
	r->shown = xstrdup(shown);
	digest_init(&r->digest);
	err = next_line(r, &line);
	if (err != NULL)
		return err;
	if (line == NULL || strcmp(line, magic) != 0) {
		r->line_no = 1;
		return record_damage(r);
	}
	digest_add(&r->digest, line, strlen(line));
	digest_add(&r->digest, "\n", 1);
	return NULL;
}

/* The trailer must be right and the last thing in the file. */
MUST_USE static struct error *
check_trailer(struct record_reader *r, const char *hex)
{
	struct digest said;
	struct digest is = digest_final(&r->digest);
	char *line = NULL;

	if (!digest_parse(hex, &said) || !digest_equal(&said, &is))
		return record_damage(r);
	struct error *err = next_line(r, &line);
	if (err != NULL)
		return err;
	return line != NULL ? record_damage(r) : NULL;
}

struct error *
record_next(struct record_reader *r, bool *more_out)
{
	char *line = NULL;
	struct error *err = next_line(r, &line);

	if (err != NULL)
		return err;
	if (line == NULL) {
		r->line_no++;
		return record_damage(r); /* no trailer */
	}
	if (strncmp(line, "end\t", 4) == 0) {
		*more_out = false;
		return check_trailer(r, line + 4);
	}
	digest_add(&r->digest, line, strlen(line));
	digest_add(&r->digest, "\n", 1);

	r->n_fields = 0;
	while (line != NULL) {
		char *field = strsep(&line, "\t");

		if (r->n_fields == RECORD_MAX_FIELDS ||
		    !escape_field_parse(field))
			return record_damage(r);
		r->fields[r->n_fields++] = field;
	}
	*more_out = true;
	return NULL;
}

bool
record_u64(const struct record_reader *r, size_t i, uint64_t max, uint64_t *out)
{
	return i < r->n_fields && parse_u64(r->fields[i], max, out);
}

void
record_close(struct record_reader *r)
{
	base_close_fd(&r->fd);
	free(r->shown);
	strbuf_release(&r->buf);
	*r = (struct record_reader){ .fd = -1 };
}
