#include "tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "tree_part.h"

#define COMPARE_BYTES ((size_t)32 * 1024)

/* ---- digest ---------------------------------------------------------- */

struct digest_walk {
	struct tree_at at;
	struct tree_hash *hash;
};

static struct error *digest_entry(struct digest_walk *walk, int dir_fd,
    const char *name, enum fs_kind kind);

static struct error *
digest_dir(struct digest_walk *walk, int fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t mark;

	struct error *err = fs_list_new(fd, tree_shown(&walk->at), &list);
	if (err != NULL)
		return err;
	for (size_t i = 0; i < list.n; i++) {
		err = tree_enter(&walk->at, list.entries[i].name, &mark);
		if (err != NULL)
			return err;
		err = digest_entry(walk, fd, list.entries[i].name,
		    list.entries[i].kind);
		if (err != NULL)
			return err;
		tree_leave(&walk->at, mark);
	}
	return NULL;
}

static struct error *
digest_open(struct digest_walk *walk, int dir_fd, const char *name,
    enum fs_kind kind)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st;

	struct error *err = tree_open(&walk->at, dir_fd, name, kind, &fd);
	if (err != NULL)
		return err;
	err = fs_stat_fd(fd, tree_shown(&walk->at), &st);
	if (err != NULL)
		return err;
	tree_hash_entry(walk->hash, strbuf_str(&walk->at.rel), &st);
	if (st.kind == FS_DIR)
		return digest_dir(walk, fd);
	if (st.kind != FS_FILE)
		return NULL;
	struct tree_stream stream = {
		.from_fd = fd,
		.to_fd = -1,
		.size_bytes = st.size_bytes,
		.is_sparse = tree_is_sparse(&st),
	};
	return tree_stream(&stream, walk->hash, &walk->at);
}

static struct error *
digest_link(struct digest_walk *walk, int dir_fd, const char *name)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err = fs_read_link(dir_fd, name, &text);

	if (err == NULL)
		tree_hash_link(walk->hash, strbuf_str(&walk->at.rel),
		    strbuf_str(&text));
	return err;
}

/* kind is what a listing said; FS_ABSENT: nothing did. */
static struct error *
digest_entry(struct digest_walk *walk, int dir_fd, const char *name,
    enum fs_kind kind)
{
	struct fs_stat st = { 0 };

	/* Files and directories are opened, and looked at then. */
	if ((kind == FS_ABSENT || kind == FS_OTHER) &&
	    sys_stat(dir_fd, name, SYS_NOFOLLOW, &st) == -1)
		return error_errno("look at", tree_shown(&walk->at));
	if (kind == FS_ABSENT)
		kind = st.kind;
	switch (kind) {
	case FS_LINK:
		return digest_link(walk, dir_fd, name);
	case FS_FILE:
	case FS_DIR:
		return digest_open(walk, dir_fd, name, kind);
	case FS_ABSENT:
	case FS_OTHER:
		tree_hash_entry(walk->hash, strbuf_str(&walk->at.rel), &st);
		return NULL;
	}
	BUG("kind %d", (int)kind);
}

struct error *
tree_digest(int dir_fd, const char *name, struct tree_sum *sum_out)
{
	struct tree_hash hash;

	tree_hash_init(&hash);
	struct error *err = tree_hash_read(&hash, "", dir_fd, name);
	if (err == NULL)
		*sum_out = tree_hash_final(&hash);
	return err;
}

struct error *
tree_hash_read(struct tree_hash *hash, const char *rel, int dir_fd,
    const char *name)
{
	struct digest_walk walk = {
		.at = { .depth_max = TREE_COPY_DEPTH_MAX, .root = name },
		.hash = hash,
	};

	strbuf_add(&walk.at.rel, rel);
	for (const char *p = rel; *p != '\0'; p++)
		walk.at.depth += p == rel || *p == '/';
	struct error *err = digest_entry(&walk, dir_fd, name, FS_ABSENT);
	strbuf_release(&walk.at.rel);
	return err;
}

/* ---- compare --------------------------------------------------------- */

struct compare_walk {
	struct tree_at at;
	struct tree_diff diff;
};

/* One side of a comparison: an entry in a directory. */
struct side {
	int dir_fd;
	const struct fs_entry *entry; /* NULL: nothing of this name here */
};

static struct error *
compare_dirs(struct compare_walk *walk, int a_fd, int b_fd);

static bool
is_left_out(const char *name)
{
	return strcmp(name, ".git") == 0 || strcmp(name, ".DS_Store") == 0;
}

/* *len_out is what was read: less than wanted only at the end. */
static struct error *
read_full(const struct tree_at *at, int fd, char *buf, size_t *len_out)
{
	size_t len = 0;

	while (len < COMPARE_BYTES) {
		ssize_t n = read(fd, buf + len, COMPARE_BYTES - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_errno("read", tree_shown(at));
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*len_out = len;
	return NULL;
}

static struct error *
is_same_content(const struct tree_at *at, int a_fd, int b_fd, bool *out)
{
	AUTO_FREE char *a = xmalloc(COMPARE_BYTES);
	AUTO_FREE char *b = xmalloc(COMPARE_BYTES);
	size_t a_len, b_len;

	do {
		struct error *err = read_full(at, a_fd, a, &a_len);
		if (err != NULL)
			return err;
		err = read_full(at, b_fd, b, &b_len);
		if (err != NULL)
			return err;
		*out = a_len == b_len && memcmp(a, b, a_len) == 0;
	} while (*out && a_len == COMPARE_BYTES);
	return NULL;
}

static struct error *
is_same_file(const struct tree_at *at, struct side a, struct side b, bool *out)
{
	AUTO_CLOSE int a_fd = -1;
	AUTO_CLOSE int b_fd = -1;
	struct fs_stat a_st, b_st;

	struct error *err =
	    tree_open(at, a.dir_fd, a.entry->name, FS_FILE, &a_fd);
	if (err != NULL)
		return err;
	err = tree_open(at, b.dir_fd, b.entry->name, FS_FILE, &b_fd);
	if (err != NULL)
		return err;
	err = fs_stat_fd(a_fd, tree_shown(at), &a_st);
	if (err != NULL)
		return err;
	err = fs_stat_fd(b_fd, tree_shown(at), &b_st);
	if (err != NULL)
		return err;
	*out = a_st.dev == b_st.dev && a_st.ino == b_st.ino;
	if (*out || a_st.size_bytes != b_st.size_bytes ||
	    ((a_st.mode & 0111) != 0) != ((b_st.mode & 0111) != 0))
		return NULL;
	return is_same_content(at, a_fd, b_fd, out);
}

static struct error *
is_same_link(struct side a, struct side b, bool *out)
{
	AUTO_STRBUF struct strbuf a_text = { 0 };
	AUTO_STRBUF struct strbuf b_text = { 0 };

	struct error *err = fs_read_link(a.dir_fd, a.entry->name, &a_text);
	if (err != NULL)
		return err;
	err = fs_read_link(b.dir_fd, b.entry->name, &b_text);
	if (err != NULL)
		return err;
	*out = strcmp(strbuf_str(&a_text), strbuf_str(&b_text)) == 0;
	return NULL;
}

/* A directory on either side, or on both: -1 stands for the other one. */
static struct error *
compare_below(struct compare_walk *walk, struct side a, struct side b)
{
	AUTO_CLOSE int a_fd = -1;
	AUTO_CLOSE int b_fd = -1;
	struct error *err;

	if (a.entry != NULL && a.entry->kind == FS_DIR) {
		err = tree_open(&walk->at, a.dir_fd, a.entry->name, FS_DIR,
		    &a_fd);
		if (err != NULL)
			return err;
	}
	if (b.entry != NULL && b.entry->kind == FS_DIR) {
		err = tree_open(&walk->at, b.dir_fd, b.entry->name, FS_DIR,
		    &b_fd);
		if (err != NULL)
			return err;
	}
	return a_fd == -1 && b_fd == -1 ? NULL : compare_dirs(walk, a_fd, b_fd);
}

static bool
is_leaf(struct side side)
{
	return side.entry != NULL && side.entry->kind != FS_DIR;
}

static struct error *
compare_entry(struct compare_walk *walk, struct side a, struct side b)
{
	struct error *err = NULL;
	bool is_same = false;

	if (is_leaf(a) && is_leaf(b)) {
		if (a.entry->kind == FS_FILE && b.entry->kind == FS_FILE)
			err = is_same_file(&walk->at, a, b, &is_same);
		else if (a.entry->kind == FS_LINK && b.entry->kind == FS_LINK)
			err = is_same_link(a, b, &is_same);
		if (err == NULL && !is_same)
			walk->diff.changed++;
		return err;
	}
	walk->diff.removed += is_leaf(a);
	walk->diff.added += is_leaf(b);
	return compare_below(walk, a, b);
}

static struct error *
list_side(struct compare_walk *walk, int fd, struct fs_list *list)
{
	return fd == -1 ? NULL : fs_list_new(fd, tree_shown(&walk->at), list);
}

/* Which of two sorted lists has the next name: < 0 a, > 0 b, 0 both. */
static int
order(const struct fs_list *a, size_t i, const struct fs_list *b, size_t j)
{
	if (i == a->n || j == b->n)
		return i == a->n ? 1 : -1;
	return strcmp(a->entries[i].name, b->entries[j].name);
}

static struct error *
compare_dirs(struct compare_walk *walk, int a_fd, int b_fd)
{
	AUTO_FS_LIST struct fs_list a = { 0 };
	AUTO_FS_LIST struct fs_list b = { 0 };
	size_t i = 0, j = 0, mark;

	struct error *err = list_side(walk, a_fd, &a);
	if (err != NULL)
		return err;
	err = list_side(walk, b_fd, &b);
	if (err != NULL)
		return err;
	while (i < a.n || j < b.n) {
		int which = order(&a, i, &b, j);
		struct side in_a = { a_fd,
			which <= 0 ? &a.entries[i++] : NULL };
		struct side in_b = { b_fd,
			which >= 0 ? &b.entries[j++] : NULL };
		const char *name =
		    which <= 0 ? in_a.entry->name : in_b.entry->name;
		if (is_left_out(name))
			continue;
		err = tree_enter(&walk->at, name, &mark);
		if (err != NULL)
			return err;
		err = compare_entry(walk, in_a, in_b);
		if (err != NULL)
			return err;
		tree_leave(&walk->at, mark);
	}
	return NULL;
}

struct error *
tree_compare(int a_fd, const char *a, int b_fd, const char *b,
    struct tree_diff *out)
{
	struct compare_walk walk = { .at = { .depth_max = TREE_COPY_DEPTH_MAX,
					 .root = a } };
	AUTO_CLOSE int in_a_fd = -1;
	AUTO_CLOSE int in_b_fd = -1;

	struct error *err = fs_open_dir_at(a_fd, a, &in_a_fd);
	if (err != NULL)
		return err;
	err = fs_open_dir_at(b_fd, b, &in_b_fd);
	if (err != NULL)
		return err;
	err = compare_dirs(&walk, in_a_fd, in_b_fd);
	strbuf_release(&walk.at.rel);
	if (err == NULL)
		*out = walk.diff;
	return err;
}
