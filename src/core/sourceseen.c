#include "sourceseen.h"

#include <string.h>
#include <unistd.h>

#include "crew.h"
#include "host.h"
#include "packed.h"
#include "path.h"
#include "stamps.h"

#define SEEN_NAME "source"
#define MAGIC "skillshare-source 1\n"
/* Less is read faster than the file is written. */
#define WORTH_MARKS 256
/* To look at in a row. */
#define LOOKS_A_PART 128

/*
 * The file (packed.h) is one chunk: its head, the directories, and the names
 * of the links. A directory is its head, rel, and, if its SKILL.md was read,
 * the head of that and those of its texts that there are: name, problem,
 * targets.
 */
struct list_head {
	uint64_t n_dirs;
	uint64_t n_links;
};

struct dir_head {
	struct source_mark mark;
	uint32_t n_below; /* with itself */
	uint16_t file_kind;
	uint8_t is_sure;
	uint8_t has_file;
};

struct file_head {
	struct source_mark mark;
	uint64_t n_targets;
	uint32_t problem_line;
	uint16_t has_name;
	uint8_t has_problem;
	uint8_t has_targets;
};

struct sourceseen *
sourceseen_new(const struct state *state, bool keeps)
{
	struct sourceseen *seen = xcalloc(1, sizeof(*seen));

	seen->state = state;
	seen->keeps = keeps;
	return seen;
}

static struct source_dir *
add_dir(struct source_list *list, const char *rel)
{
	list->dirs = xgrow(list->dirs, list->n, sizeof(*list->dirs));
	struct source_dir *dir = &list->dirs[list->n++];

	*dir = (struct source_dir){ .rel = rel, .end = (uint32_t)list->n };
	return dir;
}

static void
add_link(struct source_list *list, const char *name)
{
	list->links = xgrow(list->links, list->n_links, sizeof(*list->links));
	list->links[list->n_links++] = name;
}

struct digest
sourceseen_seed(const struct skillset *set, const char *version)
{
	const uint64_t numbers[] = { set->source_dev, geteuid(), getegid() };
	int n = getgroups(0, NULL);
	AUTO_FREE gid_t *groups =
	    xcalloc(n > 0 ? (size_t)n : 1, sizeof(*groups));
	struct digest_state state;

	digest_init(&state);
	digest_add_str(&state, version);
	digest_add_str(&state, set->source);
	digest_add_str(&state, set->source_real);
	digest_add(&state, numbers, sizeof(numbers));
	n = getgroups(n, groups);
	for (int i = 0; i < n; i++)
		digest_add(&state, &groups[i], sizeof(groups[i]));
	return digest_final(&state);
}

/* ---- reading ------------------------------------------------------------- */

static bool
read_texts(struct sourceseen *seen, struct packed *rest,
    const struct file_head *head, struct skill_meta *meta)
{
	if ((head->has_name != 0 && !packed_take_text(rest, &meta->name)) ||
	    (head->has_problem != 0 &&
		!packed_take_text(rest, &meta->problem)) ||
	    head->n_targets > rest->len)
		return false;
	if (head->has_targets == 0)
		return true;
	const char **targets = arena_alloc(&seen->arena,
	    ((size_t)head->n_targets + 1) * sizeof(*targets));
	meta->targets = targets;
	for (; meta->n_targets < head->n_targets; meta->n_targets++) {
		if (!packed_take_text(rest, &targets[meta->n_targets]))
			return false;
	}
	return true;
}

static bool
read_file(struct sourceseen *seen, struct packed *rest, struct source_dir *dir)
{
	struct file_head head;

	if (!packed_take(rest, &head, sizeof(head)))
		return false;
	dir->file = arena_alloc(&seen->arena, sizeof(*dir->file));
	dir->file->mark = head.mark;
	dir->file->is_sure = true;
	dir->file->meta.problem_line = head.problem_line;
	return read_texts(seen, rest, &head, &dir->file->meta);
}

static bool
read_dir(struct sourceseen *seen, struct packed *rest, uint64_t n_left)
{
	struct source_list *old = &seen->old;
	struct dir_head head;
	const char *rel = NULL;

	if (!packed_take(rest, &head, sizeof(head)) ||
	    !packed_take_text(rest, &rel) || head.n_below == 0 ||
	    head.n_below > n_left || head.file_kind > FS_OTHER ||
	    (old->n == 0 ? rel[0] != '\0' : !path_rel_is_safe(rel)))
		return false;
	struct source_dir *dir = add_dir(old, rel);
	dir->mark = head.mark;
	dir->file_kind = (enum fs_kind)head.file_kind;
	dir->end = (uint32_t)(old->n - 1) + head.n_below;
	dir->is_marked = head.is_sure != 0;
	dir->is_sure = head.is_sure != 0;
	return head.has_file == 0 || read_file(seen, rest, dir);
}

/* False if there is nothing to go by. */
static bool
read_all(struct sourceseen *seen)
{
	const struct digest seed =
	    sourceseen_seed(seen->set, SKILLSHARE_VERSION);
	struct packed file =
	    packed_read(seen->state->fd, SEEN_NAME, MAGIC, &seen->text);
	struct packed rest;
	struct list_head head;

	if (!packed_chunk(&file, &seed, &rest) || file.len > 0 ||
	    !packed_take(&rest, &head, sizeof(head)) || head.n_dirs == 0 ||
	    head.n_dirs >= NOT_SEEN)
		return false;
	while (seen->old.n < head.n_dirs) {
		if (!read_dir(seen, &rest, head.n_dirs - seen->old.n))
			return false;
	}
	while (seen->old.n_links < head.n_links) {
		const char *name = NULL;

		if (!packed_take_text(&rest, &name) || !path_is_name(name))
			return false;
		add_link(&seen->old, name);
	}
	return rest.len == 0;
}

static void
release_list(struct source_list *list)
{
	free(list->dirs);
	free(list->links);
	*list = (struct source_list){ 0 };
}

/* ---- looking ------------------------------------------------------------- */

static uint64_t
size_of(const struct fs_stat *st)
{
	return st->kind == FS_FILE ? st->size_bytes : 0;
}

/* An error means no: reading it then says what is wrong. */
static bool
is_same(const struct sourceseen *seen, int fd, const char *rel,
    enum fs_kind kind, const struct source_mark *mark)
{
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat(fd, rel, &st);

	return err == NULL && st.kind == kind &&
	       st.dev == seen->set->source_dev && mark->ino == st.ino &&
	       mark->size_bytes == size_of(&st) &&
	       mark->mtime_ns == st.mtime_ns && mark->ctime_ns == st.ctime_ns;
}

struct looking {
	struct sourceseen *seen;
	int fd;
};

static void
look_at(void *payload, size_t first, size_t last)
{
	const struct looking *l = payload;
	AUTO_STRBUF struct strbuf path = { 0 };

	for (size_t i = first; i < last; i++) {
		struct source_dir *dir = &l->seen->old.dirs[i];
		struct source_file *file = dir->file;
		const char *rel = dir->rel[0] != '\0' ? dir->rel : ".";

		dir->is_same = dir->is_sure &&
			       is_same(l->seen, l->fd, rel, FS_DIR, &dir->mark);
		if (file == NULL)
			continue;
		strbuf_truncate(&path, 0);
		strbuf_add(&path, rel);
		strbuf_add(&path, "/" SKILL_FILE);
		file->is_same = is_same(l->seen, l->fd, strbuf_str(&path),
		    FS_FILE, &file->mark);
	}
}

void
sourceseen_load(struct sourceseen *seen, const struct skillset *set, int fd)
{
	struct looking looking = { seen, fd };

	if (seen == NULL)
		return;
	seen->set = set;
	seen->start_ns = host_now_ns();
	seen->is_timed = fs_keeps_times(fd);
	if (seen->state->fd != -1 && !read_all(seen))
		release_list(&seen->old); /* all is read, then */
	crew_run(seen->old.n, LOOKS_A_PART, look_at, &looking);
}

const struct source_dir *
sourceseen_top(const struct sourceseen *seen)
{
	return seen != NULL && seen->old.n > 0 ? &seen->old.dirs[0] : NULL;
}

struct source_below
sourceseen_below(const struct sourceseen *seen, const struct source_dir *dir)
{
	if (dir == NULL)
		return (struct source_below){ 0 };
	return (struct source_below){
		.list = &seen->old,
		.at = (size_t)(dir - seen->old.dirs) + 1,
		.end = dir->end,
	};
}

const struct source_dir *
source_below_next(struct source_below *below)
{
	if (below->at >= below->end)
		return NULL;
	const struct source_dir *dir = &below->list->dirs[below->at];
	below->at = dir->end;
	return dir;
}

const struct source_dir *
source_below_find(struct source_below *below, const char *name)
{
	while (below->at < below->end) {
		const struct source_dir *dir = &below->list->dirs[below->at];
		int order = strcmp(path_base(dir->rel), name);

		if (order > 0)
			return NULL;
		below->at = dir->end;
		if (order == 0)
			return dir;
	}
	return NULL;
}

/* ---- this run ------------------------------------------------------------ */

static struct source_mark
mark_of(const struct fs_stat *st)
{
	return (struct source_mark){
		.ino = st->ino,
		.size_bytes = size_of(st),
		.mtime_ns = st->mtime_ns,
		.ctime_ns = st->ctime_ns,
	};
}

/* What is mounted within the source is read again by each run. */
static bool
is_sure(const struct sourceseen *seen, const struct fs_stat *st)
{
	int64_t last =
	    st->mtime_ns > st->ctime_ns ? st->mtime_ns : st->ctime_ns;

	return seen->is_timed && st->dev == seen->set->source_dev &&
	       stamps_age_is_sure(last, seen->start_ns);
}

uint32_t
sourceseen_enter(struct sourceseen *seen, const char *rel)
{
	if (seen == NULL || !seen->keeps)
		return NOT_SEEN;
	(void)add_dir(&seen->now, arena_strdup(&seen->arena, rel));
	return (uint32_t)seen->now.n - 1;
}

void
sourceseen_same_dir(struct sourceseen *seen, uint32_t i,
    const struct source_dir *old)
{
	if (i == NOT_SEEN)
		return;
	struct source_dir *dir = &seen->now.dirs[i];
	dir->mark = old->mark;
	dir->file_kind = old->file_kind;
	dir->is_marked = true;
	dir->is_sure = true;
}

void
sourceseen_read_dir(struct sourceseen *seen, uint32_t i,
    const struct fs_stat *st, enum fs_kind file_kind)
{
	if (i == NOT_SEEN || st->kind == FS_ABSENT)
		return;
	struct source_dir *dir = &seen->now.dirs[i];
	dir->mark = mark_of(st);
	dir->file_kind = file_kind;
	dir->is_marked = true;
	dir->is_sure = is_sure(seen, st);
	seen->n_new += dir->is_sure;
}

void
sourceseen_add_link(struct sourceseen *seen, const char *name)
{
	if (seen != NULL && seen->keeps)
		add_link(&seen->now, arena_strdup(&seen->arena, name));
}

void
sourceseen_same_file(struct sourceseen *seen, uint32_t i,
    struct source_file *old)
{
	if (i != NOT_SEEN)
		seen->now.dirs[i].file = old;
}

void
sourceseen_read_file(struct sourceseen *seen, uint32_t i,
    const struct fs_stat *st, const struct skill_meta *meta)
{
	if (i == NOT_SEEN || st->kind == FS_ABSENT)
		return;
	struct arena *arena = &seen->arena;
	struct source_file *file = arena_alloc(arena, sizeof(*file));
	file->mark = mark_of(st);
	file->is_sure = is_sure(seen, st);
	if (meta->name != NULL)
		file->meta.name = arena_strdup(arena, meta->name);
	if (meta->targets != NULL)
		file->meta.targets =
		    arena_strdup_list(arena, meta->targets, meta->n_targets);
	file->meta.n_targets = meta->n_targets;
	if (meta->problem != NULL)
		file->meta.problem = arena_strdup(arena, meta->problem);
	file->meta.problem_line = meta->problem_line;
	seen->now.dirs[i].file = file;
	seen->n_new += file->is_sure;
}

void
sourceseen_leave(struct sourceseen *seen, uint32_t i)
{
	if (i != NOT_SEEN)
		seen->now.dirs[i].end = (uint32_t)seen->now.n;
}

/* ---- handing on ---------------------------------------------------------- */

struct source_looks
sourceseen_looks(const struct sourceseen *seen, uint32_t look)
{
	if (seen == NULL || look == NOT_SEEN)
		return (struct source_looks){ 0 };
	const struct source_dir *dirs = &seen->now.dirs[look];
	return (struct source_looks){ .dirs = dirs, .n = dirs->end - look };
}

static const char *
rel_of(const struct source_looks *looks, size_t i)
{
	size_t skip = strlen(looks->dirs[0].rel);

	return i == 0 ? "" : looks->dirs[i].rel + skip + (skip > 0);
}

static const struct source_mark *
take_dir(struct source_looks *looks, const char *rel)
{
	int order = 1;

	while (looks->at < looks->n &&
	       (order = path_order(rel_of(looks, looks->at), rel)) < 0)
		looks->at++;
	if (looks->at == looks->n || order != 0)
		return NULL;
	const struct source_dir *dir = &looks->dirs[looks->at++];
	return dir->is_marked ? &dir->mark : NULL;
}

/* The SKILL.md of the directory taken last. */
static const struct source_mark *
take_file(const struct source_looks *looks, const char *rel)
{
	if (looks->at == 0)
		return NULL;
	const struct source_file *file = looks->dirs[looks->at - 1].file;
	const char *dir = rel_of(looks, looks->at - 1);
	size_t len = strlen(dir);
	bool is_in =
	    len == 0 || (strncmp(rel, dir, len) == 0 && rel[len] == '/');
	return file != NULL && is_in &&
		       strcmp(rel + len + (len > 0), SKILL_FILE) == 0
		   ? &file->mark
		   : NULL;
}

bool
source_looks_take(struct source_looks *looks, const char *rel,
    enum fs_kind kind, struct fs_stat *st)
{
	const struct source_mark *mark = kind == FS_DIR ? take_dir(looks, rel)
					 : kind == FS_FILE
					     ? take_file(looks, rel)
					     : NULL;

	if (mark == NULL)
		return false;
	*st = (struct fs_stat){
		.kind = kind,
		.ino = mark->ino,
		.size_bytes = mark->size_bytes,
		.mtime_ns = mark->mtime_ns,
		.ctime_ns = mark->ctime_ns,
	};
	return true;
}

/* ---- writing ------------------------------------------------------------- */

static void
write_file(struct strbuf *out, const struct source_file *file)
{
	const struct skill_meta *meta = &file->meta;
	const struct file_head head = {
		.mark = file->mark,
		.n_targets = meta->n_targets,
		.problem_line = meta->problem_line,
		.has_name = meta->name != NULL,
		.has_problem = meta->problem != NULL,
		.has_targets = meta->targets != NULL,
	};

	strbuf_add_mem(out, &head, sizeof(head));
	if (meta->name != NULL)
		packed_add_text(out, meta->name);
	if (meta->problem != NULL)
		packed_add_text(out, meta->problem);
	for (size_t i = 0; i < meta->n_targets; i++)
		packed_add_text(out, meta->targets[i]);
}

static void
write_dir(struct strbuf *out, const struct source_dir *dir, size_t i)
{
	bool has_file = dir->file != NULL && dir->file->is_sure;
	struct dir_head head = {
		.n_below = dir->end - (uint32_t)i,
		.file_kind = (uint16_t)dir->file_kind,
		.is_sure = dir->is_sure,
		.has_file = has_file,
	};

	if (dir->is_sure)
		head.mark = dir->mark;
	strbuf_add_mem(out, &head, sizeof(head));
	packed_add_text(out, dir->rel);
	if (has_file)
		write_file(out, dir->file);
}

struct error *
sourceseen_keep(const struct sourceseen *seen)
{
	const struct source_list *now = &seen->now;
	const struct list_head head = { now->n, now->n_links };
	AUTO_STRBUF struct strbuf text = { 0 };

	if (seen->n_new < WORTH_MARKS)
		return NULL;
	const struct digest seed =
	    sourceseen_seed(seen->set, SKILLSHARE_VERSION);
	strbuf_add(&text, MAGIC);
	size_t begin = packed_begin(&text);
	strbuf_add_mem(&text, &head, sizeof(head));
	for (size_t i = 0; i < now->n; i++)
		write_dir(&text, &now->dirs[i], i);
	for (size_t i = 0; i < now->n_links; i++)
		packed_add_text(&text, now->links[i]);
	packed_end(&text, begin, &seed);
	return packed_replace(seen->state->fd, SEEN_NAME, &text);
}

void
sourceseen_free(struct sourceseen *seen)
{
	if (seen == NULL)
		return;
	release_list(&seen->old);
	release_list(&seen->now);
	strbuf_release(&seen->text);
	arena_release(&seen->arena);
	free(seen);
}
