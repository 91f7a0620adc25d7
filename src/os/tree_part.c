#include "tree_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "sys.h"

/* Fixed for ever: the digest goes by these blocks. */
#define BLOCK_BYTES ((size_t)64 * 1024)
#define PAGE_BYTES ((size_t)4096)

struct error *
tree_enter(struct tree_at *at, const char *name, size_t *mark_out)
{
	if (at->depth == (int)at->depth_max)
		return error_new(ERR_REFUSED,
		    "%s is nested deeper than %d levels", tree_shown(at),
		    at->depth);
	at->depth++;
	*mark_out = at->rel.len;
	if (at->rel.len > 0)
		strbuf_add_char(&at->rel, '/');
	strbuf_add(&at->rel, name);
	return NULL;
}

void
tree_leave(struct tree_at *at, size_t mark)
{
	at->depth--;
	strbuf_truncate(&at->rel, mark);
}

const char *
tree_shown(const struct tree_at *at)
{
	return at->rel.len > 0 ? strbuf_str(&at->rel) : at->root;
}

struct error *
tree_open(const struct tree_at *at, int dir_fd, const char *name,
    enum fs_kind kind, int *fd_out)
{
	/* O_NONBLOCK: a FIFO may have taken the file's place. */
	int flags = O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	int fd =
	    openat(dir_fd, name, kind == FS_DIR ? flags | O_DIRECTORY : flags);

	if (fd == -1)
		return error_errno("open", tree_shown(at));
	*fd_out = fd;
	return NULL;
}

struct error *
tree_check_same(const struct tree_at *at, int fd, const struct fs_stat *st)
{
	struct fs_stat now;

	struct error *err = fs_stat_fd(fd, tree_shown(at), &now);
	if (err != NULL)
		return err;
	if (now.size_bytes == st->size_bytes && now.mtime_ns == st->mtime_ns &&
	    now.ctime_ns == st->ctime_ns)
		return NULL;
	return error_new(ERR_CONFLICT,
	    "%s changed while it was being copied; run again when it rests",
	    tree_shown(at));
}

struct error *
tree_check_not_mounted(const struct tree_at *at, const struct fs_stat *st,
    uint64_t dev)
{
	/* Of directories alone: an overlay gives its files other numbers. */
	if (!st->is_mount_root && (st->kind != FS_DIR || st->dev == dev))
		return NULL;
	return error_new(ERR_REFUSED,
	    "%s is a mount point or a volume of its own; unmount it first",
	    tree_shown(at));
}

/* ---- the digest of a tree -------------------------------------------- */

void
tree_hash_init(struct tree_hash *hash)
{
	*hash = (struct tree_hash){ 0 };
	digest_init(&hash->state);
}

static void
add_number(struct tree_hash *hash, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llx", (unsigned long long)number);
	digest_add_str(&hash->state, text);
}

/* Each field ends with NUL or has its length before it: no two trees mix. */
static void
add_entry(struct tree_hash *hash, const char *kind, const char *rel)
{
	digest_add_str(&hash->state, kind);
	digest_add_str(&hash->state, rel);
}

void
tree_hash_entry(struct tree_hash *hash, const char *rel,
    const struct fs_stat *st)
{
	bool is_file = st->kind == FS_FILE;

	add_entry(hash,
	    is_file              ? "file"
	    : st->kind == FS_DIR ? "dir"
				 : "other",
	    rel);
	add_number(hash, st->mode);
	if (!is_file)
		return;
	add_number(hash, st->size_bytes);
	hash->sum.files++;
	hash->sum.size_bytes += st->size_bytes;
}

void
tree_hash_dir(struct tree_hash *hash, const char *rel, mode_t mode)
{
	const struct fs_stat st = { .kind = FS_DIR, .mode = mode };

	tree_hash_entry(hash, rel, &st);
}

void
tree_hash_link(struct tree_hash *hash, const char *rel, const char *text)
{
	add_entry(hash, "link", rel);
	digest_add_str(&hash->state, text);
	hash->sum.files++;
}

struct tree_sum
tree_hash_final(struct tree_hash *hash)
{
	hash->sum.digest = digest_final(&hash->state);
	return hash->sum;
}

/* ---- content --------------------------------------------------------- */

bool
tree_is_sparse(const struct fs_stat *st)
{
	return st->allocated_bytes < st->size_bytes;
}

static bool
is_zero(const char *p, size_t len)
{
	return len == 0 || (p[0] == '\0' && memcmp(p, p + 1, len - 1) == 0);
}

static struct error *
read_block(const struct tree_stream *stream, const struct tree_at *at,
    uint64_t offset, char *buf, size_t *len_out)
{
	uint64_t left = stream->size_bytes - offset;
	size_t want = left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
	size_t len = 0;

	while (len < want) {
		ssize_t n = pread(stream->from_fd, buf + len, want - len,
		    (off_t)(offset + len));
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
write_piece(int fd, const struct tree_at *at, uint64_t offset, const char *p,
    size_t len)
{
	if (lseek(fd, (off_t)offset, SEEK_SET) == -1)
		return error_errno("write", tree_shown(at));
	return fs_write(fd, tree_shown(at), p, len);
}

/* Writes a block; of a sparse file, only those of its pages that say something.
 */
static struct error *
write_block(const struct tree_stream *stream, const struct tree_at *at,
    uint64_t offset, const char *buf, size_t len)
{
	if (!stream->is_sparse)
		return write_piece(stream->to_fd, at, offset, buf, len);
	for (size_t done = 0; done < len; done += PAGE_BYTES) {
		size_t piece =
		    len - done < PAGE_BYTES ? len - done : PAGE_BYTES;
		if (is_zero(buf + done, piece))
			continue;
		struct error *err = write_piece(stream->to_fd, at,
		    offset + done, buf + done, piece);
		if (err != NULL)
			return err;
	}
	return NULL;
}

/* The block in which the next data is; the end if there is none. */
static uint64_t
skip_hole(const struct tree_stream *stream, uint64_t offset)
{
	if (!stream->is_sparse)
		return offset;
	off_t data = lseek(stream->from_fd, (off_t)offset, SEEK_DATA);
	if (data == -1)
		return errno == ENXIO ? stream->size_bytes : offset;
	return (uint64_t)data & ~(uint64_t)(BLOCK_BYTES - 1);
}

static struct error *
set_size(const struct tree_stream *stream, const struct tree_at *at)
{
	if (fault_before("truncate") ||
	    ftruncate(stream->to_fd, (off_t)stream->size_bytes) == -1)
		return error_errno("write", tree_shown(at));
	fault_after("truncate");
	return NULL;
}

/* Zeros are left out: a hole and its copy have one digest. */
static void
add_block(struct tree_hash *hash, uint64_t offset, const char *buf, size_t len)
{
	if (is_zero(buf, len))
		return;
	add_number(hash, offset);
	digest_add(&hash->state, buf, len);
}

void
tree_hash_file(struct tree_hash *hash, const char *rel, mode_t mode,
    const char *bytes, size_t len)
{
	const struct fs_stat st = {
		.kind = FS_FILE,
		.mode = mode,
		.size_bytes = len,
	};
	size_t block = 0;

	tree_hash_entry(hash, rel, &st);
	for (size_t at = 0; at < len; at += block) {
		block = len - at < BLOCK_BYTES ? len - at : BLOCK_BYTES;
		add_block(hash, at, bytes + at, block);
	}
	digest_add_str(&hash->state, "end");
}

struct error *
tree_stream(const struct tree_stream *stream, struct tree_hash *hash,
    const struct tree_at *at)
{
	char buf[BLOCK_BYTES];
	uint64_t offset = 0;
	size_t len = 0;

	for (;;) {
		offset = skip_hole(stream, offset);
		if (offset >= stream->size_bytes)
			break;
		struct error *err = read_block(stream, at, offset, buf, &len);
		if (err != NULL)
			return err;
		if (len == 0)
			break;
		if (hash != NULL)
			add_block(hash, offset, buf, len);
		if (stream->to_fd != -1) {
			err = write_block(stream, at, offset, buf, len);
			if (err != NULL)
				return err;
		}
		offset += len;
	}
	if (hash != NULL)
		digest_add_str(&hash->state, "end");
	return stream->to_fd != -1 && stream->is_sparse ? set_size(stream, at)
							: NULL;
}
