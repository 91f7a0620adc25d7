/*
 * The least that each job could cost: only the system calls that any program
 * must make for it, and nothing said about errors but where. Measured beside
 * skillshare by bench/run.
 *
 *   bare version                              nothing at all
 *   bare look SOURCE STATE TARGET...          read the source, stat the targets
 *   bare sync SOURCE STATE TARGET...          and link all skills into them
 *   bare first SOURCE STATE TARGET...         and keep a copy of each file
 *   bare add  SOURCE STATE NAME TARGET...     stat each file of the source,
 *                                             and link one skill into them
 *   bare drop SOURCE STATE NAME TARGET...     and remove one link from them
 *   bare backup SOURCE STATE TARGET...        copy the source once for each
 *                                             target, with a digest of each
 *                                             file
 *   bare stat SOURCE STATE TARGET...          stat each file of the source
 *   bare restore SOURCE STATE TARGET          copy the source once
 *   bare pull SOURCE STATE NAME TARGET        stat each file of the source,
 *                                             copy one skill of the target,
 *                                             and link it there
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HEAD_BYTES 4096
#define LIST_BYTES 32768
#define PATH_BYTES 4096

struct names {
	char **rels; /* of the skills, below the source */
	size_t n;
};

struct job {
	const char *source;
	int state_fd;
	char **targets;
	int n_targets;
	struct names skills;
};

static void
take_skill(struct names *skills, int fd, const char *rel)
{
	char head[HEAD_BYTES];
	int file = openat(fd, "SKILL.md", O_RDONLY | O_CLOEXEC);

	if (file == -1 || read(file, head, sizeof(head)) == -1)
		err(1, "%s/SKILL.md", rel);
	close(file);
	skills->rels =
	    reallocarray(skills->rels, skills->n + 1, sizeof(*skills->rels));
	if (skills->rels == NULL)
		err(1, "memory");
	skills->rels[skills->n] = strdup(rel);
	if (skills->rels[skills->n++] == NULL)
		err(1, "memory");
}

static void
walk(struct names *skills, int dir_fd, const char *name, const char *rel)
{
	struct dirent64 *de;
	char *buf = malloc(LIST_BYTES);
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t len;

	if (fd == -1 || buf == NULL)
		err(1, "%s", name);
	while ((len = getdents64(fd, buf, LIST_BYTES)) > 0) {
		for (ssize_t at = 0; at < len; at += de->d_reclen) {
			char sub[PATH_BYTES];

			de = (void *)(buf + at);
			if (strcmp(de->d_name, "SKILL.md") == 0)
				take_skill(skills, fd, rel);
			if (de->d_type != DT_DIR || de->d_name[0] == '.')
				continue;
			snprintf(sub, sizeof(sub), "%s%s%s", rel,
			    rel[0] == '\0' ? "" : "/", de->d_name);
			walk(skills, fd, de->d_name, sub);
		}
	}
	close(fd);
	free(buf);
}

/* The largest file that is copied with a digest. */
#define FILE_BYTES (1024 * 1024)

static void
digest_and_copy(int from, int to, const char *name)
{
	static char buf[FILE_BYTES];
	unsigned char digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	ssize_t len = read(from, buf, sizeof(buf));

	if (len == -1 || write(to, buf, (size_t)len) != len)
		err(1, "%s", name);
	sha256_init(&sha);
	sha256_update(&sha, (size_t)len, (const void *)buf);
	sha256_digest(&sha, sizeof(digest), digest);
}

static void
copy_file(int from_fd, int to_fd, const char *name, bool is_digested)
{
	int from = openat(from_fd, name, O_RDONLY | O_CLOEXEC);
	int to =
	    openat(to_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (from == -1 || to == -1)
		err(1, "%s", name);
	if (is_digested)
		digest_and_copy(from, to, name);
	else if (copy_file_range(from, NULL, to, NULL, 1 << 30, 0) == -1)
		err(1, "%s", name);
	close(from);
	close(to);
}

/* to NULL: each file is only looked at. */
static void
copy_tree(int from_fd, const char *from, int to_fd, const char *to,
    bool is_digested)
{
	struct dirent64 *de;
	struct stat st;
	char *buf = malloc(LIST_BYTES);
	int dir = openat(from_fd, from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int copy = -1;
	ssize_t len;

	if (to != NULL && mkdirat(to_fd, to, 0700) == 0)
		copy = openat(to_fd, to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1 || (to != NULL && copy == -1) || buf == NULL)
		err(1, "%s", from);
	while ((len = getdents64(dir, buf, LIST_BYTES)) > 0) {
		for (ssize_t at = 0; at < len; at += de->d_reclen) {
			de = (void *)(buf + at);
			if (de->d_type == DT_DIR && de->d_name[0] != '.')
				copy_tree(dir, de->d_name, copy,
				    to != NULL ? de->d_name : NULL,
				    is_digested);
			if (de->d_type != DT_REG)
				continue;
			if (to != NULL)
				copy_file(dir, copy, de->d_name, is_digested);
			else if (fstatat(dir, de->d_name, &st, 0) == -1)
				err(1, "%s", de->d_name);
		}
	}
	close(dir);
	if (to != NULL)
		close(copy);
	free(buf);
}

static void
stat_all(const struct job *job)
{
	copy_tree(AT_FDCWD, job->source, -1, NULL, false);
}

static void
copy_all(const struct job *job, bool is_digested)
{
	for (int i = 0; i < job->n_targets; i++) {
		char name[32];

		snprintf(name, sizeof(name), "copy-%d-%d", is_digested, i);
		copy_tree(AT_FDCWD, job->source, job->state_fd, name,
		    is_digested);
	}
	if (syncfs(job->state_fd) == -1)
		err(1, "sync");
}

static void
look(const struct job *job)
{
	struct stat st;

	for (int i = 0; i < job->n_targets; i++) {
		if (stat(job->targets[i], &st) == -1)
			err(1, "%s", job->targets[i]);
	}
}

/* A file that is there whole after a power loss, or not at all. */
static void
publish(const struct job *job, const char *name, const char *bytes, size_t len)
{
	int fd = openat(job->state_fd, "tmp",
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1)
		err(1, "%s", name);
	while (len > 0) {
		ssize_t n = write(fd, bytes, len < 65536 ? len : 65536);

		if (n == -1)
			err(1, "%s", name);
		bytes += n;
		len -= (size_t)n;
	}
	if (fsync(fd) == -1 ||
	    renameat(job->state_fd, "tmp", job->state_fd, name) == -1 ||
	    fsync(job->state_fd) == -1)
		err(1, "%s", name);
	close(fd);
}

/* What will be done, before it is done: a line a link, as one file. */
static void
write_plan(const struct job *job, char *const *rels, size_t n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (f == NULL)
		err(1, "memory");
	for (int i = 0; i < job->n_targets; i++) {
		for (size_t k = 0; k < n; k++)
			fprintf(f, "LINK\t%d\t%s\t%s/%s\n", i, rels[k],
			    job->source, rels[k]);
	}
	fclose(f);
	publish(job, "plan", text, len);
	free(text);
}

static void
entry_name(const char *rel, char entry[PATH_BYTES])
{
	size_t len = 0;

	for (; *rel != '\0' && len < PATH_BYTES - 2; rel++) {
		entry[len++] = *rel == '/' ? '_' : *rel;
		if (*rel == '/')
			entry[len++] = '_';
	}
	entry[len] = '\0';
}

static void
link_all(const struct job *job, int fd, char *const *rels, size_t n)
{
	char entry[PATH_BYTES];
	char text[2 * PATH_BYTES];

	for (size_t k = 0; k < n; k++) {
		entry_name(rels[k], entry);
		snprintf(text, sizeof(text), "%s/%s", job->source, rels[k]);
		if (symlinkat(text, fd, entry) == -1)
			err(1, "%s", entry);
	}
	for (size_t k = 0; k < n; k++) {
		entry_name(rels[k], entry);
		snprintf(text, sizeof(text), "%s/SKILL.md", entry);
		if (faccessat(fd, text, R_OK, 0) == -1)
			err(1, "%s", text);
	}
}

static void
change(const struct job *job, char *const *rels, size_t n, int is_drop)
{
	write_plan(job, rels, n);
	for (int i = 0; i < job->n_targets; i++) {
		int fd =
		    open(job->targets[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd == -1)
			err(1, "%s", job->targets[i]);
		if (!is_drop)
			link_all(job, fd, rels, n);
		else if (unlinkat(fd, rels[0], 0) == -1)
			err(1, "%s", rels[0]);
		if (i == job->n_targets - 1 && syncfs(fd) == -1)
			err(1, "sync");
		close(fd);
	}
	publish(job, "outcome", "", 0);
}

/* A directory of the target moves aside, its copy and a link stay. */
static void
pull(const struct job *job, const char *name)
{
	char *rels[] = { (char *)(uintptr_t)name };
	int fd = open(job->targets[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		err(1, "%s", job->targets[0]);
	copy_tree(fd, name, job->state_fd, name, true);
	if (syncfs(job->state_fd) == -1)
		err(1, "sync");
	write_plan(job, rels, 1);
	if (renameat(fd, name, job->state_fd, "aside") == -1 ||
	    symlinkat(name, fd, name) == -1 || syncfs(fd) == -1)
		err(1, "%s", name);
	close(fd);
	publish(job, "outcome", "", 0);
}

int
main(int argc, char **argv)
{
	struct job job = { 0 };
	const char *what = argc > 1 ? argv[1] : "";
	bool is_one = strcmp(what, "add") == 0 || strcmp(what, "drop") == 0;
	bool is_pull = strcmp(what, "pull") == 0;
	bool is_named = is_one || is_pull;

	if (strcmp(what, "version") == 0)
		return 0;
	if (argc < 4 + is_named)
		errx(2, "usage: bare JOB SOURCE STATE [NAME] TARGET...");
	job.source = argv[2];
	job.state_fd = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	job.targets = argv + 4 + is_named;
	job.n_targets = argc - 4 - is_named;
	if (job.state_fd == -1)
		err(1, "%s", argv[3]);
	if (is_named || strcmp(what, "stat") == 0)
		stat_all(&job);
	if (strcmp(what, "backup") == 0 || strcmp(what, "restore") == 0) {
		copy_all(&job, what[0] == 'b');
		return 0;
	}
	if (strcmp(what, "stat") == 0)
		return 0;
	walk(&job.skills, AT_FDCWD, job.source, "");
	look(&job);
	if (strcmp(what, "first") == 0) {
		copy_tree(AT_FDCWD, job.source, job.state_fd, "copy", false);
		if (syncfs(job.state_fd) == -1)
			err(1, "sync");
	}
	if (strcmp(what, "sync") == 0 || strcmp(what, "first") == 0)
		change(&job, job.skills.rels, job.skills.n, 0);
	else if (is_one)
		change(&job, argv + 4, 1, what[0] == 'd');
	else if (is_pull)
		pull(&job, argv[4]);
	return 0;
}
