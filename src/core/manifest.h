/*
 * `.skillshare-manifest.json` of a target as a value: which entries were put
 * there by a tool of this name, as links or as copies with that content. The
 * Go program reads and writes the same file. It is evidence, never a guess:
 * what cannot be understood is an error, not "nothing is managed".
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include <jansson.h>

#include "digest.h"
#include "error.h"
#include "strbuf.h"

#define MANIFEST_NAME ".skillshare-manifest.json"
/* One larger than this is refused. */
#define MANIFEST_MAX_BYTES ((size_t)16 * 1024 * 1024)

enum manifest_kind {
	MANIFEST_NONE, /* not listed */
	MANIFEST_LINK,
	MANIFEST_COPY
};

#define AUTO_MANIFEST CLEANUP(manifest_release)
struct manifest {
	json_t *root; /* an object; NULL: there is no such file */
};

/*
 * text is that of the file shown. ERR_REFUSED, naming it, if it is no JSON
 * object, has a key twice, or a member of another shape than ours.
 */
MUST_USE struct error *manifest_parse(const char *text, size_t len,
    const char *shown, struct manifest *out);

/*
 * That of the target dir_fd, whose path is for messages. Absent is an empty
 * value; anything but a regular file is an error.
 */
MUST_USE struct error *
manifest_read(int dir_fd, const char *target_path, struct manifest *out);

/* What is listed of an entry; *digest_out for MANIFEST_COPY. */
enum manifest_kind manifest_find(const struct manifest *manifest,
    const char *entry, struct digest *digest_out);

/*
 * The modes that the skill had when that copy of it was made; false if that
 * is not known. A member of ours, which the Go program does not write.
 */
bool manifest_modes(const struct manifest *manifest, const char *entry,
    struct digest *out);

/*
 * Lists a copy whose source was last changed at mtime_ns, or takes an entry
 * out. Begins an empty manifest at need. Of a copy listed so the modes are not
 * known until they are put.
 */
void manifest_put_copy(struct manifest *manifest, const char *entry,
    const struct digest *digest, int64_t mtime_ns);
void manifest_put_modes(struct manifest *manifest, const char *entry,
    const struct digest *modes);
void manifest_remove(struct manifest *manifest, const char *entry);

/* Is nothing in it but what we could write anew? */
bool manifest_is_empty(const struct manifest *manifest);

/* A value of its own, to be changed. */
struct manifest manifest_copy(const struct manifest *manifest);

bool manifest_equal(const struct manifest *a, const struct manifest *b);

/*
 * The file's text: keys sorted, those that we do not know kept; now_s is when
 * it is written.
 */
void manifest_write(const struct manifest *manifest, int64_t now_s,
    struct strbuf *out);

void manifest_release(struct manifest *manifest);

#endif
