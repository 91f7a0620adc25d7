#include "git.h"

#include <fcntl.h>
#include <string.h>

#include "fs.h"
#include "path.h"

/* Is there a ".git" in dir or above it? Spares starting git for nothing. */
static bool
has_repository(const char *dir)
{
	AUTO_FREE char *at = xstrdup(dir);

	for (;;) {
		AUTO_FREE char *git = path_join(at, ".git");
		struct fs_stat st = { 0 };
		AUTO_ERROR struct error *err = fs_stat(AT_FDCWD, git, &st);

		if (err == NULL && st.kind != FS_ABSENT)
			return true;
		if (at[1] == '\0')
			return false;
		char *up = path_dir(at);
		free(at);
		at = up;
	}
}

static void
read_header(struct git_status *out, const char *line)
{
	if (strncmp(line, "# branch.head ", 14) == 0) {
		if (strcmp(line + 14, "(detached)") != 0)
			out->branch = xstrdup(line + 14);
	} else if (strncmp(line, "# branch.upstream ", 18) == 0) {
		out->has_upstream = true;
		out->remote = xstrndup(line + 18, strcspn(line + 18, "/"));
	} else if (strncmp(line, "# branch.ab +", 13) == 0) {
		/* "+A -B" */
		AUTO_FREE char *counts = xstrdup(line + 13);
		char *behind = strstr(counts, " -");

		if (behind == NULL)
			return;
		*behind = '\0';
		(void)parse_u64(counts, UINT64_MAX, &out->ahead);
		(void)parse_u64(behind + 2, UINT64_MAX, &out->behind);
	}
}

/* Records end with NUL; a renamed entry ("2 ") is followed by its old name. */
static void
read_status(struct git_status *out, const struct strbuf *text)
{
	const char *s = strbuf_str(text);
	const char *end = s + text->len;

	for (; s < end; s += strlen(s) + 1) {
		if (s[0] == '#') {
			read_header(out, s);
			continue;
		}
		out->changed++;
		if (s[0] == '2')
			s += strlen(s) + 1;
		if (s >= end)
			break;
	}
}

MUST_USE static struct error *
find_remote(const char *dir, unsigned flags, struct git_status *out)
{
	static const char *const args[] = { "remote", NULL };
	const struct git git = { .dir = dir, .flags = flags };
	AUTO_PROC_RESULT struct proc_result result = { 0 };
	struct error *err = git_run(&git, args, &result);

	if (err != NULL || result.exit_code != 0 || result.out.len == 0)
		return err;
	const char *names = strbuf_str(&result.out);
	out->has_remote = true;
	if (out->remote == NULL)
		out->remote = xstrndup(names, strcspn(names, "\n"));
	return NULL;
}

struct error *
git_status(const char *dir, unsigned flags, struct git_status *out)
{
	static const char *const args[] = { "status", "--porcelain=v2",
		"--branch", "-z", "--untracked-files=all", "--", ".", NULL };
	const struct git git = { .dir = dir, .flags = flags };
	AUTO_PROC_RESULT struct proc_result result = { 0 };

	*out = (struct git_status){ 0 };
	if (!has_repository(dir))
		return NULL;
	struct error *err = git_run(&git, args, &result);
	if (err != NULL)
		return err;
	if (result.exit_code != 0) {
		const char *said = strbuf_str(&result.err);

		return error_new(ERR_REFUSED, "git status: %.*s",
		    (int)strcspn(said, "\n"), said);
	}
	out->is_repository = true;
	read_status(out, &result.out);
	out->has_remote = out->has_upstream;
	return out->has_remote ? NULL : find_remote(dir, flags, out);
}

void
git_status_release(struct git_status *status)
{
	free(status->remote);
	free(status->branch);
	*status = (struct git_status){ 0 };
}

static void
add_part(struct strbuf *sb, uint64_t n, const char *one, const char *many)
{
	if (n > 0)
		strbuf_printf(sb, "%s%llu %s", sb->len > 0 ? ", " : "",
		    (unsigned long long)n, n == 1 ? one : many);
}

char *
git_status_text(const struct git_status *status)
{
	struct strbuf sb = { 0 };

	if (!status->is_repository)
		return xstrdup("not a git repository");
	add_part(&sb, status->changed, "file changed", "files changed");
	add_part(&sb, status->ahead, "commit ahead", "commits ahead");
	add_part(&sb, status->behind, "behind", "behind");
	if (sb.len == 0)
		strbuf_add(&sb, "clean");
	if (!status->has_remote)
		strbuf_add(&sb, ", no remote");
	else
		strbuf_printf(&sb, " (remote: %s)", status->remote);
	return strbuf_detach(&sb);
}
