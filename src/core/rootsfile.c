#include "rootsfile.h"

#include <errno.h>
#include <string.h>

#include "escape.h"
#include "fs.h"
#include "path.h"
#include "record.h"

#define ROOTS_NAME "roots"
#define ROOTS_MAGIC "skillshare-roots 2"
#define ROOT_WORD "root"
#define OLD_MAGIC "skillshare-roots 1\n"
#define OLD_MAX_BYTES ((size_t)1024 * 1024)
#define ADVICE                                                                 \
	"nothing was changed: restore it, or remove it (links to sources of "  \
	"the past will then count as foreign)"

/* False if it is no path of ours. */
static bool
add_root(const struct rootsfile *file, const char *text, struct roots *out)
{
	AUTO_FREE char *abs = path_expand_home(file->home, text);

	if (abs[0] != '/')
		return false;
	roots_add(out, abs);
	return true;
}

/* ---- without a digest --------------------------------------------------- */

static struct error *
old_damage(const struct rootsfile *file, unsigned line)
{
	return error_new(ERR_DAMAGE, "%s/%s:%u is not as skillshare left it",
	    file->dir, ROOTS_NAME, line);
}

MUST_USE static struct error *
read_old(const struct rootsfile *file, const struct strbuf *text,
    struct roots *out)
{
	AUTO_FREE char *copy = xstrdup(strbuf_str(text));
	char *next = copy + strlen(OLD_MAGIC);
	unsigned line_no = 1;

	if (strlen(copy) != text->len)
		return old_damage(file, 1);
	while (*next != '\0') {
		char *line = strsep(&next, "\n");

		line_no++;
		/* A last line without its end is a torn one. */
		if (next == NULL || !escape_field_parse(line) ||
		    !add_root(file, line, out))
			return old_damage(file, line_no);
	}
	return NULL;
}

/* Is it of that form? Then it is read. */
MUST_USE static struct error *
read_if_old(const struct rootsfile *file, struct roots *out, bool *is_old_out)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err =
	    fs_read_file(file->dir_fd, ROOTS_NAME, OLD_MAX_BYTES, &text);

	if (err != NULL)
		return err;
	*is_old_out =
	    strncmp(strbuf_str(&text), OLD_MAGIC, strlen(OLD_MAGIC)) == 0;
	return *is_old_out ? read_old(file, &text, out) : NULL;
}

/* ---- with one ----------------------------------------------------------- */

MUST_USE static struct error *
read_records(const struct rootsfile *file, struct roots *out)
{
	AUTO_RECORD_READER struct record_reader r;
	AUTO_FREE char *shown = path_join(file->dir, ROOTS_NAME);
	bool more = true;
	struct error *err =
	    record_open(&r, file->dir_fd, ROOTS_NAME, shown, ROOTS_MAGIC);

	while (err == NULL) {
		err = record_next(&r, &more);
		if (err != NULL || !more)
			break;
		if (r.n_fields != 2 || strcmp(r.fields[0], ROOT_WORD) != 0 ||
		    !add_root(file, r.fields[1], out))
			err = record_damage(&r);
	}
	return err;
}

struct error *
rootsfile_read(const struct rootsfile *file, struct roots *out,
    bool *is_old_out)
{
	bool is_old = false;
	struct error *err = read_if_old(file, out, &is_old);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* no run has written yet */
		return NULL;
	}
	if (err == NULL && !is_old)
		err = read_records(file, out);
	*is_old_out = is_old;
	return record_advise(err, ADVICE);
}

struct error *
rootsfile_write(const struct rootsfile *file, const struct roots *roots)
{
	struct record_writer w;

	record_create(&w, file->dir_fd, ROOTS_NAME, ROOTS_MAGIC);
	for (size_t i = 0; i < roots->n; i++) {
		AUTO_FREE char *shown =
		    path_shorten_home(file->home, roots->paths[i]);

		record_field(&w, ROOT_WORD);
		record_field(&w, shown);
		record_end(&w);
	}
	return record_publish(&w, file->dir_fd, ROOTS_NAME);
}
