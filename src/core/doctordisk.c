#include "doctordisk.h"

#include <inttypes.h>

#include "doctorpart.h"
#include "fs.h"
#include "path.h"

#define MB ((uint64_t)1000 * 1000)

/* A run needs room for its journal and for what it copies. */
#define LOW_BYTES (200 * MB)
#define LOW_INODES 2000
#define NO_BYTES (10 * MB)
#define NO_INODES 100

/* One file system, by its device, and what of ours is on it. */
struct disk {
	uint64_t dev;
	const char *path; /* the first of ours */
	struct strbuf what;
	struct fs_traits traits;
	uint64_t bytes;
	uint64_t inodes;
	bool has_target;
	bool keeps_times;
};

struct disks {
	struct disk *items;
	size_t n;
};

enum doctor_severity
disk_judge_space(uint64_t bytes, uint64_t inodes)
{
	if (bytes < NO_BYTES || inodes < NO_INODES)
		return DOCTOR_ERROR;
	if (bytes < LOW_BYTES || inodes < LOW_INODES)
		return DOCTOR_WARNING;
	return DOCTOR_OK;
}

/* ---- which there are ----------------------------------------------------- */

/* The nearest directory that exists, at abs or above it. */
static bool
open_nearest(const char *abs, int *fd_out)
{
	AUTO_FREE char *at = xstrdup(abs);

	for (;;) {
		AUTO_ERROR struct error *err = fs_open_dir(at, fd_out);

		if (err == NULL)
			return true;
		if (at[1] == '\0')
			return false;
		char *up = path_dir(at);
		free(at);
		at = up;
	}
}

static void
add_place(struct exam *e, struct disks *disks, const char *abs,
    const char *what, bool is_target)
{
	AUTO_CLOSE int fd = -1;
	struct fs_stat st = { 0 };
	struct disk *disk = NULL;

	if (!open_nearest(abs, &fd))
		return;
	AUTO_ERROR struct error *err = fs_stat_fd(fd, abs, &st);
	if (err != NULL)
		return;
	for (size_t i = 0; i < disks->n; i++) {
		if (disks->items[i].dev == st.dev)
			disk = &disks->items[i];
	}
	if (disk == NULL) {
		disks->items =
		    xgrow(disks->items, disks->n, sizeof(*disks->items));
		disk = &disks->items[disks->n++];
		*disk = (struct disk){
			.dev = st.dev,
			.path = exam_text(e, "%s", abs),
			.keeps_times = fs_keeps_times(fd),
		};
		fs_traits(fd, &disk->traits);
		fs_free_space(fd, &disk->bytes, &disk->inodes);
	}
	strbuf_printf(&disk->what, "%s%s", disk->what.len > 0 ? ", " : "",
	    what);
	disk->has_target |= is_target;
}

/* ---- what is said of one ------------------------------------------------- */

static const char *
size_text(struct exam *e, uint64_t bytes)
{
	if (bytes == UINT64_MAX)
		return "an unknown amount";
	if (bytes >= 1000 * MB)
		return exam_text(e, "%" PRIu64 " GB", bytes / (1000 * MB));
	return exam_text(e, "%" PRIu64 " MB", bytes / MB);
}

static void
tell_space(struct exam *e, const struct disk *disk)
{
	enum doctor_severity severity =
	    disk_judge_space(disk->bytes, disk->inodes);
	struct finding *f;

	if (severity == DOCTOR_OK)
		f = exam_find(e, DOCTOR_OK, "%s: %s free (%s)",
		    strbuf_str(&disk->what), size_text(e, disk->bytes),
		    disk->traits.name != NULL ? disk->traits.name
					      : "a file system not known here");
	else if (disk_judge_space(disk->bytes, UINT64_MAX) == severity)
		f = exam_find(e, severity, "%s: only %s free",
		    strbuf_str(&disk->what), size_text(e, disk->bytes));
	else
		f = exam_find(e, severity,
		    "%s: room for only %" PRIu64 " more files",
		    strbuf_str(&disk->what), disk->inodes);
	f->path = disk->path;
	if (severity != DOCTOR_OK)
		f->command = exam_command(e,
		    disk_judge_space(disk->bytes, UINT64_MAX) == severity
			? "df -h"
			: "df -i",
		    disk->path);
}

static void
tell_abilities(struct exam *e, const struct disk *disk)
{
	const struct fs_traits *t = &disk->traits;
	const char *what = strbuf_str(&disk->what);
	struct finding *f = NULL;

	if (disk->has_target && t->link == FS_CANNOT)
		f = exam_find(e, DOCTOR_ERROR, "%s: %s holds no symbolic links",
		    what, t->name);
	else if (disk->has_target && t->exchange != FS_CAN)
		f = exam_find(e, DOCTOR_INFO,
		    "%s: two names %s be exchanged here: a directory that "
		    "becomes a link, or a link that is replaced, is briefly "
		    "missing",
		    what,
		    t->exchange == FS_CANNOT ? "cannot" : "can perhaps not");
	if (f != NULL)
		f->path = disk->path;
	if (t->is_network)
		exam_find(e, DOCTOR_INFO,
		    "%s: a network file system (%s): what it says is written "
		    "may be lost when the power goes",
		    what, t->name != NULL ? t->name : "unknown")
		    ->path = disk->path;
	if (disk->has_target && !disk->keeps_times)
		exam_find(e, DOCTOR_INFO,
		    "%s: the times of directories cannot be gone by here: each "
		    "sync reads every link again",
		    what)
		    ->path = disk->path;
	if (t->clone == FS_CAN)
		exam_find(e, DOCTOR_OK,
		    "%s: copies share their content (%s clones files)", what,
		    t->name)
		    ->path = disk->path;
}

void
exam_disks(struct exam *e)
{
	struct disks disks = { 0 };
	AUTO_FREE char *state = path_join(e->env->state_home, "skillshare");
	AUTO_FREE char *config_dir = path_dir(e->env->config_path);
	AUTO_FREE char *backups = path_join(config_dir, "backups");

	if (e->config != NULL)
		add_place(e, &disks, e->config->source, "source", false);
	for (size_t i = 0; e->config != NULL && i < e->config->n_targets; i++)
		add_place(e, &disks, e->config->targets[i].path,
		    e->config->targets[i].name, true);
	add_place(e, &disks, state, "state", false);
	add_place(e, &disks, backups, "backups", false);
	for (size_t i = 0; i < disks.n; i++) {
		tell_space(e, &disks.items[i]);
		tell_abilities(e, &disks.items[i]);
		strbuf_release(&disks.items[i].what);
	}
	free(disks.items);
}
