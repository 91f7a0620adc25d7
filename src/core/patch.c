#include "patch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "copytree.h"
#include "escape.h"
#include "proc.h"

#define FILE_MAX_BYTES ((uint64_t)4 * 1024 * 1024)
#define HEAD_BYTES 8192
#define DIFF_TIMEOUT_MS 60000
#define DIFF_MAX_BYTES ((size_t)64 * 1024 * 1024)
/* As git names the content of an empty file: patch(1) wants it. */
#define EMPTY_BLOB "e69de29"
#define FILE_FD_MIN 3 /* below it are the child's own */

/* How a file is told. */
enum shape {
	SHAPE_TEXT,
	SHAPE_BINARY,
	SHAPE_HUGE
};

/* One file or link as one side has it. */
struct version {
	const struct copynode *node; /* NULL: this side has none */
	enum shape shape;
	bool is_link;
	struct strbuf text; /* of a link */
	int fd;             /* of a file; else -1 */
};

struct writer {
	const struct patch_request *request;
	struct strbuf *out;
	bool links_are_links;
};

/* ---- names --------------------------------------------------------------- */

/* As git quotes. */
static void
add_quoted(struct strbuf *out, const char *name)
{
	strbuf_add_char(out, '"');
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (c == '"' || c == '\\')
			strbuf_printf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			strbuf_printf(out, "\\%03o", c);
		else
			strbuf_add_char(out, *name);
	}
	strbuf_add_char(out, '"');
}

/* Would a reader of patches, or a person, take it for something else? */
static bool
is_odd(const char *name)
{
	AUTO_FREE char *shown = escape_shown(name);

	return strcmp(shown, name) != 0 || strpbrk(name, "\"\\") != NULL;
}

/* "source/pdf/SKILL.md" */
static void
add_name(const struct writer *w, const struct patch_side *side, const char *rel)
{
	AUTO_FREE char *name =
	    xasprintf("%s/%s/%s", side->label, w->request->rel, rel);

	if (is_odd(name))
		add_quoted(w->out, name);
	else
		strbuf_add(w->out, name);
}

/* A name after "--- " or "+++ ": a tab ends one with blanks in it. */
static void
add_file_line(const struct writer *w, const char *mark,
    const struct patch_side *side, const struct version *v, const char *rel)
{
	strbuf_add(w->out, mark);
	if (v->node == NULL) {
		strbuf_add(w->out, "/dev/null\n");
		return;
	}
	add_name(w, side, rel);
	if (strchr(rel, ' ') != NULL || strchr(w->request->rel, ' ') != NULL)
		strbuf_add_char(w->out, '\t');
	strbuf_add_char(w->out, '\n');
}

/* ---- one side ------------------------------------------------------------ */

static void
version_release(struct version *v)
{
	base_close_fd(&v->fd);
	strbuf_release(&v->text);
}
#define AUTO_VERSION CLEANUP(version_release)

/* As git judges; *is_binary only if the file can be read. */
MUST_USE static struct error *
look_at_head(int fd, const char *rel, bool *is_binary)
{
	char head[HEAD_BYTES];
	ssize_t len;

	do
		len = pread(fd, head, sizeof(head), 0);
	while (len == -1 && errno == EINTR);
	if (len == -1)
		return error_errno("read", rel);
	*is_binary = memchr(head, '\0', (size_t)len) != NULL;
	return NULL;
}

/* A number that the child may have it under. */
MUST_USE static struct error *
move_up(int *fd, const char *rel)
{
	int moved;

	if (*fd >= FILE_FD_MIN)
		return NULL;
	moved = fcntl(*fd, F_DUPFD_CLOEXEC, FILE_FD_MIN);
	if (moved == -1)
		return error_errno("open", rel);
	base_close_fd(fd);
	*fd = moved;
	return NULL;
}

MUST_USE static struct error *
open_version(const struct writer *w, int dir_fd, const struct copynode *node,
    struct version *v)
{
	bool is_binary = false;

	v->node = node;
	v->is_link =
	    node->text != NULL || (node->is_followed && w->links_are_links);
	if (v->is_link)
		return copytree_link_text(dir_fd, node, &v->text);
	struct error *err = copytree_open(dir_fd, node, &v->fd);
	if (err == NULL)
		err = move_up(&v->fd, node->rel);
	if (err == NULL)
		err = look_at_head(v->fd, node->rel, &is_binary);
	v->shape = node->size_bytes > FILE_MAX_BYTES ? SHAPE_HUGE
		   : is_binary                       ? SHAPE_BINARY
						     : SHAPE_TEXT;
	return err;
}

/* What git has for modes: x or not, or a link. */
static const char *
mode_of(const struct version *v)
{
	return v->is_link                    ? "120000"
	       : (v->node->mode & 0111) != 0 ? "100755"
					     : "100644";
}

/* ---- one file ------------------------------------------------------------ */

static void
add_git_line(const struct writer *w, const char *rel)
{
	strbuf_add(w->out, "diff --git ");
	add_name(w, &w->request->from, rel);
	strbuf_add_char(w->out, ' ');
	add_name(w, &w->request->to, rel);
	strbuf_add_char(w->out, '\n');
}

/*
 * A file whose content is not shown. The empty line before keeps it apart from
 * the header of a file without lines, of which it would be taken for a part.
 */
static void
add_named(const struct writer *w, const struct version *from,
    const struct version *to, const char *rel)
{
	bool is_huge = from->shape == SHAPE_HUGE || to->shape == SHAPE_HUGE;

	strbuf_add(w->out, is_huge ? "\nLarge files " : "\nBinary files ");
	if (from->node == NULL)
		strbuf_add(w->out, "/dev/null");
	else
		add_name(w, &w->request->from, rel);
	strbuf_add(w->out, " and ");
	if (to->node == NULL)
		strbuf_add(w->out, "/dev/null");
	else
		add_name(w, &w->request->to, rel);
	strbuf_add(w->out, " differ\n");
}

/* Every line of text, with the mark; n_out lines, perhaps none. */
static size_t
add_marked(struct strbuf *out, char mark, const struct strbuf *text)
{
	const char *at = strbuf_str(text);
	const char *end = at + text->len;
	size_t n = 0;

	for (; at < end; n++) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		strbuf_add_char(out, mark);
		strbuf_add_mem(out, at, (size_t)((nl != NULL ? nl : end) - at));
		strbuf_add_char(out, '\n');
		if (nl == NULL)
			strbuf_add(out, "\\ No newline at end of file\n");
		at = nl != NULL ? nl + 1 : end;
	}
	return n;
}

static void
add_range(struct strbuf *out, char mark, size_t n)
{
	if (n == 1)
		strbuf_printf(out, "%c1", mark);
	else
		strbuf_printf(out, "%c%d,%zu", mark, n == 0 ? 0 : 1, n);
}

/* All of one text goes and all of the other comes; either may be empty. */
static void
add_whole(struct strbuf *out, const struct strbuf *from,
    const struct strbuf *to)
{
	AUTO_STRBUF struct strbuf lines = { 0 };
	size_t n_from = add_marked(&lines, '-', from);
	size_t n_to = add_marked(&lines, '+', to);

	strbuf_add(out, "@@ ");
	add_range(out, '-', n_from);
	strbuf_add_char(out, ' ');
	add_range(out, '+', n_to);
	strbuf_add(out, " @@\n");
	strbuf_add_mem(out, strbuf_str(&lines), lines.len);
}

MUST_USE static struct error *
read_text(struct version *v)
{
	char buf[HEAD_BYTES];
	off_t at = 0;

	if (v->fd == -1)
		return NULL;
	for (;;) {
		ssize_t len = pread(v->fd, buf, sizeof(buf), at);

		if (len == -1 && errno == EINTR)
			continue;
		if (len == -1)
			return error_errno("read", v->node->rel);
		if (len == 0 || v->text.len > FILE_MAX_BYTES)
			return NULL;
		strbuf_add_mem(&v->text, buf, (size_t)len);
		at += len;
	}
}

/* What diff says below its own two lines with names; empty: no difference. */
MUST_USE static struct error *
run_diff(const struct version *from, const struct version *to,
    struct strbuf *hunks)
{
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	AUTO_FREE char *a = xasprintf("/dev/fd/%d", from->fd);
	AUTO_FREE char *b = xasprintf("/dev/fd/%d", to->fd);
	const char *const argv[] = { "diff", "-a", "-u", a, b, NULL };
	const char *const env[] = { "LC_ALL=C", NULL };
	const int keep[] = { from->fd, to->fd, -1 };
	const struct proc_spec spec = {
		.argv = argv,
		.env_set = env,
		.keep_fds = keep,
		.timeout_ms = DIFF_TIMEOUT_MS,
		.max_out_bytes = DIFF_MAX_BYTES,
	};
	struct error *err = proc_run(&spec, &result);

	if (error_is_sys(err, ENOENT)) {
		error_free(err); /* said in the user's words */
		return error_new(ERR_NOT_FOUND,
		    "there is no program diff, which writes the lines of a "
		    "patch: install diffutils");
	}
	if (err != NULL)
		return err;
	if (result.timed_out || result.exit_code > 1)
		return error_new(ERR_REFUSED, "diff: %s",
		    result.timed_out ? "it took too long"
				     : strbuf_str(&result.err));
	const char *at = strstr(strbuf_str(&result.out), "\n@@ ");
	if (result.exit_code == 1 && at == NULL)
		return error_new(ERR_REFUSED, "diff: it wrote no unified text");
	if (at != NULL)
		strbuf_add_mem(hunks, at + 1,
		    result.out.len -
			(size_t)(at + 1 - strbuf_str(&result.out)));
	return NULL;
}

/* Both sides have a file, or both a link. */
MUST_USE static struct error *
add_changed(const struct writer *w, struct version *from, struct version *to)
{
	AUTO_STRBUF struct strbuf hunks = { 0 };
	const char *rel = from->node->rel;
	bool is_mode = strcmp(mode_of(from), mode_of(to)) != 0;
	struct error *err = NULL;

	if (!from->is_link)
		err = run_diff(from, to, &hunks);
	else if (strcmp(strbuf_str(&from->text), strbuf_str(&to->text)) != 0)
		add_whole(&hunks, &from->text, &to->text);
	if (err != NULL || (hunks.len == 0 && !is_mode))
		return err;
	add_git_line(w, rel);
	/* Without it, patch(1) takes a link for a file. */
	if (is_mode || from->is_link)
		strbuf_printf(w->out, "old mode %s\nnew mode %s\n",
		    mode_of(from), mode_of(to));
	if (hunks.len == 0)
		return NULL;
	add_file_line(w, "--- ", &w->request->from, from, rel);
	add_file_line(w, "+++ ", &w->request->to, to, rel);
	strbuf_add_mem(w->out, strbuf_str(&hunks), hunks.len);
	return NULL;
}

/* One side has it. */
MUST_USE static struct error *
add_lone(const struct writer *w, struct version *from, struct version *to)
{
	struct version *v = from->node != NULL ? from : to;
	const char *rel = v->node->rel;
	struct error *err = read_text(v);

	if (err != NULL)
		return err;
	add_git_line(w, rel);
	strbuf_printf(w->out, "%s file mode %s\n",
	    v == from ? "deleted" : "new", mode_of(v));
	if (v->text.len == 0) {
		strbuf_printf(w->out, "index %s\n",
		    v == from ? EMPTY_BLOB "..0000000"
			      : "0000000.." EMPTY_BLOB);
		return NULL;
	}
	add_file_line(w, "--- ", &w->request->from, from, rel);
	add_file_line(w, "+++ ", &w->request->to, to, rel);
	add_whole(w->out, &from->text, &to->text);
	return NULL;
}

/* Nothing where the two are the same. */
MUST_USE static struct error *
add_versions(const struct writer *w, struct version *from, struct version *to,
    const char *rel)
{
	struct version none = { .fd = -1 };
	bool is_same = false;
	struct error *err = NULL;

	if (from->node != NULL && to->node != NULL &&
	    from->is_link != to->is_link) {
		err = add_versions(w, from, &none, rel);
		return err != NULL ? err : add_versions(w, &none, to, rel);
	}
	if (from->shape == SHAPE_TEXT && to->shape == SHAPE_TEXT)
		return from->node != NULL && to->node != NULL
			   ? add_changed(w, from, to)
			   : add_lone(w, from, to);
	if (from->node != NULL && to->node != NULL)
		err = copytree_same(w->request->from.dir_fd, from->node,
		    w->request->to.dir_fd, to->node, &is_same);
	if (err == NULL && !is_same)
		add_named(w, from, to, rel);
	return err;
}

MUST_USE static struct error *
add_entry(const struct writer *w, const struct copynode *a,
    const struct copynode *b)
{
	AUTO_VERSION struct version from = { .fd = -1 };
	AUTO_VERSION struct version to = { .fd = -1 };
	struct error *err = NULL;

	if (a != NULL && a->kind != FS_DIR)
		err = open_version(w, w->request->from.dir_fd, a, &from);
	if (err == NULL && b != NULL && b->kind != FS_DIR)
		err = open_version(w, w->request->to.dir_fd, b, &to);
	if (err != NULL || (from.node == NULL && to.node == NULL))
		return err;
	return add_versions(w, &from, &to, a != NULL ? a->rel : b->rel);
}

/* ---- the whole ----------------------------------------------------------- */

MUST_USE static struct error *
add_trees(const struct writer *w, const struct copytree *a,
    const struct copytree *b)
{
	struct copymeet m = { 0 };

	while (copytree_meet(a, b, &m)) {
		struct error *err = add_entry(w, m.a, m.b);

		if (err != NULL)
			return err;
	}
	return NULL;
}

struct error *
patch_make(const struct patch_request *request, struct strbuf *out)
{
	AUTO_IGNORE struct ignore left_out = { 0 };
	AUTO_COPYTREE struct copytree from = { 0 };
	AUTO_COPYTREE struct copytree to = { 0 };
	const struct ignore *ignore = request->ignore;
	const struct writer w = {
		.request = request,
		.out = out,
		.links_are_links = ignore == NULL,
	};

	ignore_add(&left_out, "", "", 1, ".git");
	ignore_add(&left_out, "", "", 2, ".DS_Store");
	if (ignore == NULL)
		ignore = &left_out;
	struct error *err = copytree_list(request->from.dir_fd,
	    request->from.label, ignore, &from);
	if (err == NULL)
		err = copytree_list(request->to.dir_fd, request->to.label,
		    ignore, &to);
	if (err == NULL)
		err = add_trees(&w, &from, &to);
	return err;
}
