#include "gitfile.h"

#include <string.h>

#include "lower.h"
#include "path.h"

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
    item_builder *build, void *payload, uint16_t *place_out)
{
	AUTO_FREE char *path = NULL;
	uint16_t place = 0;
	struct error *err = lower_resolve(abs, &path);

	if (err != NULL)
		return err;
	AUTO_FREE char *dir = path_dir(path);
	err = git_file_lock(txn, dir, path_base(path), top, &place);
	if (err == NULL)
		err = lower_file_item(txn, place, path,
		    txn_item_build(txn, place, build, payload));
	if (err != NULL)
		return err;
	git_file_unlock(txn, place, path_base(path));
	*place_out = place;
	return NULL;
}
