#include "gitfile.h"

#include <fcntl.h>
#include <string.h>

#include "lower.h"
#include "path.h"
#include "tree.h"

#define LOCK_TEXT "skillshare\n"
#define LOCK_MODE 0644

static char *
lock_name(const char *name)
{
	return xasprintf("%s.lock", name);
}

struct error *
git_file_lock(struct txn *txn, const char *dir, const char *name,
    const char *top, uint16_t *place_out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *real = NULL;
	AUTO_FREE char *lock = lock_name(name);
	struct fs_stat dir_st = { 0 };
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir(dir, &fd);

	if (err == NULL)
		err = fs_fd_path(fd, &real);
	if (err == NULL)
		err = fs_stat_fd(fd, real, &dir_st);
	if (err == NULL)
		err = fs_stat(fd, lock, &st);
	if (err == NULL && st.kind != FS_ABSENT)
		err = error_new(ERR_BUSY,
		    "another git is at work in %s: try again when it is done "
		    "(if none is, it died: remove %s/%s)",
		    top, real, lock);
	if (err != NULL)
		return err;
	*place_out = txn_place(txn, real, fs_id_of(&dir_st), real, true);
	txn_put(txn, *place_out, lock,
	    txn_item_file(txn, *place_out, LOCK_TEXT, strlen(LOCK_TEXT),
		LOCK_MODE));
	return NULL;
}

void
git_file_unlock(struct txn *txn, uint16_t place, const char *name)
{
	const struct thing any = { .kind = FS_FILE };
	AUTO_FREE char *lock = lock_name(name);

	txn_take(txn, place, lock, &any);
}

struct error *
git_file_lower(struct txn *txn, const char *abs, const char *top,
    item_builder *build, void *payload)
{
	AUTO_FREE char *path = NULL;
	struct fs_stat st = { 0 };
	struct tree_sum sum = { 0 };
	uint16_t place = 0;
	struct error *err = lower_resolve(abs, &path);

	if (err != NULL)
		return err;
	AUTO_FREE char *dir = path_dir(path);
	const char *name = path_base(path);
	err = git_file_lock(txn, dir, name, top, &place);
	if (err == NULL)
		err = fs_stat(AT_FDCWD, path, &st);
	if (err == NULL && st.kind != FS_ABSENT)
		err = tree_digest(AT_FDCWD, path, &sum);
	if (err != NULL)
		return err;
	uint32_t slot = txn_item_build(txn, place, build, payload);
	const struct thing before = {
		.kind = st.kind,
		.id = fs_id_of(&st),
		.digest = &sum.digest,
	};
	if (st.kind == FS_ABSENT)
		txn_put(txn, place, name, slot);
	else
		txn_swap(txn, place, name, slot, &before);
	git_file_unlock(txn, place, name);
	return NULL;
}
