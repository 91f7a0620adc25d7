#include "thing.h"

#include <string.h>

#include "strbuf.h"
#include "tree.h"

MUST_USE static struct error *
is_empty_dir(int fd, const char *name, bool *out)
{
	AUTO_CLOSE int dir_fd = -1;
	AUTO_FS_LIST struct fs_list list = { 0 };
	struct error *err = fs_open_dir_at(fd, name, &dir_fd);

	if (err == NULL)
		err = fs_list(dir_fd, name, &list);
	*out = err == NULL && list.n == 0;
	return err;
}

struct error *
thing_is_at(int fd, const char *name, const struct thing *thing, bool *out)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat(fd, name, &st);

	*out = false;
	if (err != NULL || st.kind != thing->kind)
		return err;
	if (thing->kind == FS_LINK) {
		AUTO_STRBUF struct strbuf text = { 0 };

		err = fs_read_link(fd, name, &text);
		*out =
		    err == NULL && strcmp(strbuf_str(&text), thing->text) == 0;
		return err;
	}
	*out = thing->id.ino == 0 || fs_id_is(fd, thing->id, &st);
	if (*out && thing->is_empty)
		return is_empty_dir(fd, name, out);
	if (*out && thing->digest != NULL) {
		struct tree_sum sum = { 0 };

		err = tree_digest(fd, name, &sum);
		*out = err == NULL && digest_equal(&sum.digest, thing->digest);
	}
	return err;
}

struct thing
thing_of_item(const struct item *item, bool with_digest)
{
	if (item->kind == ITEM_LINK)
		return (struct thing){ .kind = FS_LINK, .text = item->text };
	return (struct thing){
		.kind = item->is_file ? FS_FILE : FS_DIR,
		.id = item->id,
		.digest = with_digest ? &item->digest : NULL,
	};
}
