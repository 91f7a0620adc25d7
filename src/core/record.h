/*
 * A file of records: lines of tab-separated fields, any byte but NUL in a
 * field, and a last line, "end", with the SHA-256 of all before it. The first
 * field of a line is a word of the writer's, and not that one. Written as a
 * stream and published whole; a file that ends otherwise is damage, and so
 * is one with a line that its reader does not know.
 */
#ifndef RECORD_H
#define RECORD_H

#include "digest.h"
#include "error.h"
#include "strbuf.h"

struct record_writer {
	int fd;
	const char *shown; /* for messages; lent */
	struct strbuf buf; /* not yet written */
	struct digest_state digest;
	struct error *error; /* the first; later writes do nothing */
};

/*
 * Calling sequence: record_create() - fields and ends - record_publish().
 * Errors stick and are told by record_publish(). If the process dies here:
 * a temporary ".name" stands in the directory; the next writer of that
 * name replaces it.
 */
void record_create(struct record_writer *w, int dir_fd, const char *name,
    const char *magic);
void record_field(struct record_writer *w, const char *text);
void record_number(struct record_writer *w, uint64_t number);
void record_end(struct record_writer *w); /* of the line */

/* Trailer, fsync, rename into place, fsync of the directory. */
MUST_USE struct error *
record_publish(struct record_writer *w, int dir_fd, const char *name);

/*
 * The same of what may be lost: no fsync, so that after a power loss it may be
 * torn, and then its digest is wrong.
 */
MUST_USE struct error *
record_publish_cache(struct record_writer *w, int dir_fd, const char *name);

#define RECORD_MAX_FIELDS 12

struct record_reader {
	int fd;
	char *shown; /* owned */
	struct strbuf buf;
	size_t at; /* of the next line in buf */
	bool at_eof;
	unsigned line_no;
	struct digest_state digest;
	char *fields[RECORD_MAX_FIELDS]; /* of the line in hand */
	size_t n_fields;
};
#define AUTO_RECORD_READER CLEANUP(record_close)

/*
 * Opens name in dir_fd; shown is the path for messages. ENOENT if absent;
 * ERR_DAMAGE if the first line is not magic.
 */
MUST_USE struct error *record_open(struct record_reader *r, int dir_fd,
    const char *name, const char *shown, const char *magic);

/*
 * The next line's fields, unescaped and lent until the next call. *more_out
 * is false after the last; the trailer was then right. ERR_DAMAGE otherwise.
 */
MUST_USE struct error *record_next(struct record_reader *r, bool *more_out);

/* The line in hand is not what was expected: ERR_DAMAGE naming the place. */
struct error *record_damage(const struct record_reader *r);

/*
 * err, and if it is ERR_DAMAGE behind it what it comes to, or what can be
 * done: "; <advice>".
 */
struct error *record_advise(struct error *err, const char *advice);

/* Field i as a number of at most max; false if it is none. */
bool record_u64(const struct record_reader *r, size_t i, uint64_t max,
    uint64_t *out);

void record_close(struct record_reader *r);

#endif
