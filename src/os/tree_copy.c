#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "attrs.h"
#include "content.h"
#include "fault.h"
#include "strmap.h"
#include "sys.h"
#include "tree.h"
#include "tree_part.h"

#define SET_ID_BITS ((mode_t)06000)

/* A file with several names, copied under the first that we met. */
struct first_name {
	const char *rel;   /* below the copy, in the arena */
	struct fs_stat st; /* of the source; its mode is the copy's */
};

struct copy {
	struct tree_at at;
	struct tree_hash *hash; /* NULL: nobody asked */
	int to_root_fd;         /* holds the copy */
	const char *to_root;    /* by this name */
	bool keeps_owners;
	struct arena arena;
	struct strmap by_inode; /* "device:inode" -> index of firsts */
	struct first_name *firsts;
	size_t n;
};

/* One entry: where it comes from and where it goes. */
struct place {
	int from_fd;
	const char *from;
	enum fs_kind kind; /* as listed; FS_ABSENT: not known */
	int to_fd;
	const char *to;
};

static struct error *copy_entry(struct copy *copy, const struct place *place);

/* ---- owner, mode, times ---------------------------------------------- */

static struct error *
set_owner(const struct copy *copy, int fd, const struct fs_stat *st)
{
	if (!copy->keeps_owners)
		return NULL;
	AUTO_ERROR struct error *err =
	    fs_chown_fd(fd, tree_shown(&copy->at), st->uid, st->gid);
	/* Not ours to give in this user namespace or on this file system. */
	if (error_is_sys(err, EPERM) || error_is_sys(err, EINVAL))
		return NULL;
	return STEAL_PTR(err);
}

/* A set-id bit is for its owner: with another one it would be a gift. */
static struct error *
drop_foreign_set_id(const struct copy *copy, int fd, struct fs_stat *st)
{
	struct fs_stat made;

	if ((st->mode & SET_ID_BITS) == 0)
		return NULL;
	struct error *err = fs_stat_fd(fd, tree_shown(&copy->at), &made);
	if (err != NULL)
		return err;
	if (made.uid != st->uid || made.gid != st->gid)
		st->mode &= ~SET_ID_BITS;
	return NULL;
}

static struct error *
set_mode_and_times(const struct copy *copy, int fd, const struct fs_stat *st)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		content_timespec(st->mtime_ns),
	};

	if (fault_before("chmod") || fchmod(fd, st->mode) == -1)
		return error_errno("change the mode of", tree_shown(&copy->at));
	fault_after("chmod");
	if (fault_before("utimens") || futimens(fd, times) == -1)
		return error_errno("set the times of", tree_shown(&copy->at));
	fault_after("utimens");
	return NULL;
}

/* ---- hard links ------------------------------------------------------ */

static const char *
inode_key(struct copy *copy, const struct fs_stat *st)
{
	return arena_printf(&copy->arena, "%llx:%llx",
	    (unsigned long long)st->dev, (unsigned long long)st->ino);
}

static void
remember_name(struct copy *copy, const struct fs_stat *st)
{
	if (st->nlink < 2)
		return;
	copy->firsts = xgrow(copy->firsts, copy->n, sizeof(*copy->firsts));
	copy->firsts[copy->n] = (struct first_name){
		.rel = arena_strdup(&copy->arena, strbuf_str(&copy->at.rel)),
		.st = *st,
	};
	/* A name that could not be linked comes here again: the first stays. */
	(void)strmap_put(&copy->by_inode, inode_key(copy, st),
	    (uint32_t)copy->n++);
}

/* Hashes the file that place->to is by now. */
static struct error *
hash_linked(struct copy *copy, const struct place *place,
    const struct fs_stat *st)
{
	AUTO_CLOSE int fd = -1;

	if (copy->hash == NULL)
		return NULL;
	struct error *err =
	    tree_open(&copy->at, place->from_fd, place->from, FS_FILE, &fd);
	if (err != NULL)
		return err;
	struct tree_stream stream = {
		.from_fd = fd,
		.to_fd = -1,
		.size_bytes = st->size_bytes,
		.is_sparse = tree_is_sparse(st),
	};
	tree_hash_entry(copy->hash, strbuf_str(&copy->at.rel), st);
	err = tree_stream(&stream, copy->hash, &copy->at);
	if (err != NULL)
		return err;
	return tree_check_same(&copy->at, fd, st);
}

/* *done_out: it was one more name of a file that is copied already. */
static struct error *
link_again(struct copy *copy, const struct place *place,
    const struct fs_stat *st, bool *done_out)
{
	uint32_t i;

	if (st->nlink < 2 ||
	    !strmap_get(&copy->by_inode, inode_key(copy, st), &i))
		return NULL;
	const struct first_name *first = &copy->firsts[i];
	if (first->st.ctime_ns != st->ctime_ns)
		return error_new(ERR_CONFLICT,
		    "%s changed while it was being copied; run again when it "
		    "rests",
		    tree_shown(&copy->at));
	AUTO_FREE char *rel = xasprintf("%s/%s", copy->to_root, first->rel);
	AUTO_ERROR struct error *err =
	    fs_hard_link(copy->to_root_fd, rel, place->to_fd, place->to);
	/* Too many names, or too long a way to the first: copy once more. */
	if (error_is_sys(err, EMLINK) || error_is_sys(err, ENAMETOOLONG))
		return NULL;
	if (err != NULL)
		return STEAL_PTR(err);
	*done_out = true;
	return hash_linked(copy, place, &first->st);
}

/* ---- files ----------------------------------------------------------- */

/* False where the kernel cannot: what was copied is to be copied over. */
static bool
copy_in_kernel(int from_fd, int to_fd, uint64_t size_bytes)
{
	uint64_t done = 0;

	while (done < size_bytes) {
		ssize_t n = -1;

		if (!fault_before("copy"))
			n = sys_copy_range(from_fd, to_fd,
			    (size_t)(size_bytes - done));
		if (n <= 0)
			return false;
		fault_after("copy");
		done += (uint64_t)n;
	}
	return true;
}

static struct error *
copy_content(struct copy *copy, int from_fd, int to_fd, bool is_cloned,
    const struct fs_stat *st)
{
	struct tree_stream stream = {
		.from_fd = is_cloned ? to_fd : from_fd,
		.to_fd = is_cloned ? -1 : to_fd,
		.size_bytes = st->size_bytes,
		.is_sparse = tree_is_sparse(st),
	};

	if (copy->hash == NULL &&
	    (is_cloned || (!stream.is_sparse &&
			      copy_in_kernel(from_fd, to_fd, st->size_bytes))))
		return NULL;
	return tree_stream(&stream, copy->hash, &copy->at);
}

static struct error *
create_clone(const struct copy *copy, int from_fd, const struct place *place,
    bool *cloned_out, int *fd_out)
{
	int fd = -1;

	if (!fault_before("open"))
		fd = sys_create_clone(from_fd, place->to_fd, place->to,
		    cloned_out);
	if (fd == -1)
		return error_errno("create",
		    copy->at.rel.len > 0 ? tree_shown(&copy->at) : place->to);
	fault_after("open");
	*fd_out = fd;
	return NULL;
}

static struct error *
fill_file(struct copy *copy, int from_fd, const struct place *place,
    const struct fs_stat *st)
{
	AUTO_CLOSE int to_fd = -1;
	struct fs_stat kept = *st;
	bool is_cloned = false;

	struct error *err =
	    create_clone(copy, from_fd, place, &is_cloned, &to_fd);
	if (err != NULL)
		return err;
	err = set_owner(copy, to_fd, st);
	if (err != NULL)
		return err;
	err = drop_foreign_set_id(copy, to_fd, &kept);
	if (err != NULL)
		return err;
	if (copy->hash != NULL)
		tree_hash_entry(copy->hash, strbuf_str(&copy->at.rel), &kept);
	err = copy_content(copy, from_fd, to_fd, is_cloned, st);
	if (err != NULL)
		return err;
	err = attrs_copy(from_fd, to_fd, tree_shown(&copy->at));
	if (err != NULL)
		return err;
	err = tree_check_same(&copy->at, from_fd, st);
	if (err != NULL)
		return err;
	remember_name(copy, &kept);
	return set_mode_and_times(copy, to_fd, &kept);
}

static struct error *
check_kind(const struct copy *copy, const struct fs_stat *st, enum fs_kind kind)
{
	if (st->kind == kind)
		return NULL;
	return error_new(ERR_CONFLICT,
	    "%s was replaced while it was being copied; run again when it "
	    "rests",
	    tree_shown(&copy->at));
}

static struct error *
copy_file(struct copy *copy, const struct place *place)
{
	AUTO_CLOSE int from_fd = -1;
	struct fs_stat st;
	bool is_done = false;

	struct error *err = tree_open(&copy->at, place->from_fd, place->from,
	    FS_FILE, &from_fd);
	if (err != NULL)
		return err;
	err = fs_stat_fd(from_fd, tree_shown(&copy->at), &st);
	if (err != NULL)
		return err;
	err = check_kind(copy, &st, FS_FILE);
	if (err != NULL)
		return err;
	err = link_again(copy, place, &st, &is_done);
	if (err != NULL || is_done)
		return err;
	return fill_file(copy, from_fd, place, &st);
}

/* ---- links and directories ------------------------------------------- */

static struct error *
copy_link(struct copy *copy, const struct place *place,
    const struct fs_stat *st)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT },
		content_timespec(st->mtime_ns),
	};

	struct error *err = fs_read_link(place->from_fd, place->from, &text);
	if (err != NULL)
		return err;
	err = fs_symlink(strbuf_str(&text), place->to_fd, place->to);
	if (err != NULL)
		return err;
	if (copy->hash != NULL)
		tree_hash_link(copy->hash, strbuf_str(&copy->at.rel),
		    strbuf_str(&text));
	if (copy->keeps_owners) {
		if (fault_before("chown") ||
		    (fchownat(place->to_fd, place->to, st->uid, st->gid,
			 AT_SYMLINK_NOFOLLOW) == -1 &&
			errno != EPERM && errno != EINVAL))
			return error_errno("change the owner of",
			    tree_shown(&copy->at));
		fault_after("chown");
	}
	if (fault_before("utimens") || utimensat(place->to_fd, place->to, times,
					   AT_SYMLINK_NOFOLLOW) == -1)
		return error_errno("set the times of", tree_shown(&copy->at));
	fault_after("utimens");
	return NULL;
}

static struct error *
copy_entries(struct copy *copy, int from_fd, int to_fd)
{
	AUTO_FS_LIST struct fs_list list = { 0 };
	size_t mark;

	struct error *err = fs_list_new(from_fd, tree_shown(&copy->at), &list);
	if (err != NULL)
		return err;
	for (size_t i = 0; i < list.n; i++) {
		const char *name = list.entries[i].name;
		const struct place place = { from_fd, name,
			list.entries[i].kind, to_fd, name };

		err = tree_enter(&copy->at, name, &mark);
		if (err != NULL)
			return err;
		err = copy_entry(copy, &place);
		if (err != NULL)
			return err;
		tree_leave(&copy->at, mark);
	}
	return NULL;
}

static struct error *
fill_dir(struct copy *copy, int from_fd, int to_fd, const struct fs_stat *st)
{
	struct fs_stat kept = *st;

	struct error *err = set_owner(copy, to_fd, st);
	if (err != NULL)
		return err;
	err = drop_foreign_set_id(copy, to_fd, &kept);
	if (err != NULL)
		return err;
	if (copy->hash != NULL)
		tree_hash_entry(copy->hash, strbuf_str(&copy->at.rel), &kept);
	err = copy_entries(copy, from_fd, to_fd);
	if (err != NULL)
		return err;
	err = attrs_copy(from_fd, to_fd, tree_shown(&copy->at));
	if (err != NULL)
		return err;
	err = tree_check_same(&copy->at, from_fd, st);
	if (err != NULL)
		return err;
	return set_mode_and_times(copy, to_fd, &kept);
}

static struct error *
copy_dir(struct copy *copy, const struct place *place)
{
	AUTO_CLOSE int from_fd = -1;
	AUTO_CLOSE int to_fd = -1;
	struct fs_stat st;

	struct error *err =
	    tree_open(&copy->at, place->from_fd, place->from, FS_DIR, &from_fd);
	if (err != NULL)
		return err;
	err = fs_stat_fd(from_fd, tree_shown(&copy->at), &st);
	if (err != NULL)
		return err;
	/* Ours alone until it is whole; its own mode may not let us write. */
	err = fs_mkdir(place->to_fd, place->to, 0700);
	if (err != NULL)
		return err;
	err = fs_open_dir_at(place->to_fd, place->to, &to_fd);
	if (err != NULL)
		return err;
	return fill_dir(copy, from_fd, to_fd, &st);
}

/*
 * FIFOs and sockets have no content, but something of that name is missed all
 * the same. Devices are not made without being asked.
 */
static struct error *
copy_other(struct copy *copy, const struct place *place,
    const struct fs_stat *st)
{
	struct stat raw;

	if (fstatat(place->from_fd, place->from, &raw, AT_SYMLINK_NOFOLLOW) ==
	    -1)
		return error_errno("look at", tree_shown(&copy->at));
	if (!S_ISFIFO(raw.st_mode) && !S_ISSOCK(raw.st_mode))
		return error_new(ERR_REFUSED,
		    "%s is a device: it cannot be copied",
		    tree_shown(&copy->at));
	if (fault_before("mknod") ||
	    mknodat(place->to_fd, place->to, (raw.st_mode & S_IFMT) | 0600,
		0) == -1)
		return error_errno("make", tree_shown(&copy->at));
	fault_after("mknod");
	if (copy->hash != NULL)
		tree_hash_entry(copy->hash, strbuf_str(&copy->at.rel), st);
	return fs_chmod(place->to_fd, place->to, st->mode & 0777);
}

static struct error *
copy_entry(struct copy *copy, const struct place *place)
{
	struct fs_stat st = { .kind = place->kind };

	/* Files and directories are opened, and looked at then. */
	if (place->kind != FS_FILE && place->kind != FS_DIR &&
	    sys_stat(place->from_fd, place->from, SYS_NOFOLLOW, &st) == -1)
		return error_errno("look at", tree_shown(&copy->at));
	switch (st.kind) {
	case FS_FILE:
		return copy_file(copy, place);
	case FS_DIR:
		return copy_dir(copy, place);
	case FS_LINK:
		return copy_link(copy, place, &st);
	case FS_OTHER:
		return copy_other(copy, place, &st);
	case FS_ABSENT:
		break;
	}
	BUG("kind %d", (int)st.kind);
}

struct error *
tree_copy(int from_fd, const char *from, int to_fd, const char *to,
    struct tree_sum *sum_out)
{
	struct tree_hash hash = { 0 };
	struct copy copy = {
		.at = { .depth_max = TREE_COPY_DEPTH_MAX, .root = from },
		.hash = sum_out != NULL ? &hash : NULL,
		.to_root_fd = to_fd,
		.to_root = to,
		.keeps_owners = geteuid() == 0,
	};
	const struct place place = { from_fd, from, FS_ABSENT, to_fd, to };

	tree_hash_init(&hash);
	struct error *err = copy_entry(&copy, &place);
	if (err == NULL && sum_out != NULL)
		*sum_out = tree_hash_final(&hash);
	strbuf_release(&copy.at.rel);
	strmap_release(&copy.by_inode);
	arena_release(&copy.arena);
	free(copy.firsts);
	return err;
}
