#include "packed.h"

#include <string.h>

#include "fs.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024 * 1024)

struct head {
	uint64_t len; /* of what follows */
	unsigned char digest[DIGEST_BYTES];
};

/* ---- reading ------------------------------------------------------------- */

bool
packed_take(struct packed *rest, void *out, size_t len)
{
	if (rest->len < len)
		return false;
	memcpy(out, rest->at, len);
	rest->at += len;
	rest->len -= len;
	return true;
}

bool
packed_take_text(struct packed *rest, const char **out)
{
	const char *end =
	    rest->len > 0 ? memchr(rest->at, '\0', rest->len) : NULL;

	if (end == NULL)
		return false;
	*out = rest->at;
	rest->len -= (size_t)(end + 1 - rest->at);
	rest->at = end + 1;
	return true;
}

struct packed
packed_read(int dir_fd, const char *name, const char *magic,
    struct strbuf *text)
{
	size_t len = strlen(magic);
	struct error *err = fs_read_file(dir_fd, name, FILE_MAX_BYTES, text);

	error_free(err); /* a cache: it is as good as absent */
	if (text->len < len || memcmp(text->s, magic, len) != 0)
		return (struct packed){ 0 };
	return (struct packed){ text->s + len, text->len - len };
}

static struct digest
digest_chunk(const struct digest *seed, const char *bytes, size_t len)
{
	struct digest_state state;

	digest_init(&state);
	digest_add(&state, seed->bytes, sizeof(seed->bytes));
	digest_add(&state, bytes, len);
	return digest_final(&state);
}

bool
packed_chunk(struct packed *file, const struct digest *seed,
    struct packed *chunk)
{
	struct packed rest = *file;
	struct head head;

	if (!packed_take(&rest, &head, sizeof(head)) || head.len > rest.len)
		return false;
	struct digest digest = digest_chunk(seed, rest.at, head.len);
	if (memcmp(digest.bytes, head.digest, sizeof(head.digest)) != 0)
		return false;
	*chunk = (struct packed){ rest.at, head.len };
	*file = (struct packed){ rest.at + head.len, rest.len - head.len };
	return true;
}

/* ---- writing ------------------------------------------------------------- */

void
packed_add_text(struct strbuf *out, const char *text)
{
	strbuf_add_mem(out, text, strlen(text) + 1);
}

size_t
packed_begin(struct strbuf *out)
{
	const struct head head = { 0 };
	size_t begin = out->len;

	strbuf_add_mem(out, &head, sizeof(head));
	return begin;
}

void
packed_end(struct strbuf *out, size_t begin, const struct digest *seed)
{
	size_t from = begin + sizeof(struct head);
	struct head head = { .len = out->len - from };
	struct digest digest =
	    digest_chunk(seed, out->s + from, out->len - from);

	memcpy(head.digest, digest.bytes, sizeof(head.digest));
	memcpy(out->s + begin, &head, sizeof(head));
}

struct error *
packed_replace(int dir_fd, const char *name, const struct strbuf *text)
{
	AUTO_FREE char *tmp =
	    xasprintf("%s%s.tmp", name[0] == '.' ? "" : ".", name);
	AUTO_CLOSE int fd = -1;
	struct error *err = fs_create_anew(dir_fd, tmp, 0600, &fd);

	if (err != NULL)
		return err;
	err = fs_write(fd, name, text->s, text->len);
	if (err == NULL)
		err = fs_rename(dir_fd, tmp, dir_fd, name);
	if (err != NULL)
		error_free(fs_unlink(dir_fd, tmp)); /* the first is told */
	return err;
}
