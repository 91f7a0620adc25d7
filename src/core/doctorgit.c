#include <string.h>

#include "doctorpart.h"
#include "git.h"
#include "gitrepo.h"
#include "path.h"

static struct finding *
find(struct exam *e, enum doctor_severity severity, const char *message)
{
	struct finding *f = exam_find(e, severity, "%s", message);

	f->path = e->set->source;
	return f;
}

static const char *
git_command(struct exam *e, const char *words)
{
	return exam_text(e, "%s %s",
	    exam_command(e, "git -C", e->set->source_real), words);
}

/* ---- the repository of the source ---------------------------------------- */

static void
look_at_remote(struct exam *e, const struct git_status *status)
{
	AUTO_FREE char *text = git_status_text(status);
	struct finding *f;

	if (!status->has_remote) {
		find(e, DOCTOR_INFO,
		    "the repository has no remote: push and pull --remote have "
		    "nowhere to go (skillshare init --remote URL names one)");
		return;
	}
	f = find(e,
	    status->changed + status->ahead + status->behind > 0 ? DOCTOR_INFO
								 : DOCTOR_OK,
	    text);
	if (status->behind > 0)
		f->command = "skillshare pull --remote";
	else if (status->changed + status->ahead > 0)
		f->command = "skillshare push";
}

static void
look_at_identity(struct exam *e, const struct git_repo *repo)
{
	AUTO_FREE char *identity = NULL;
	AUTO_ERROR struct error *err = git_ask(&repo->git,
	    GIT_ARGS("var", "GIT_COMMITTER_IDENT"), &identity);

	if (err == NULL && identity != NULL)
		return;
	find(e, DOCTOR_WARNING,
	    "git does not know who you are: push cannot commit (put in your "
	    "own name and address)")
	    ->command = "git config --global user.name 'Your Name' && "
			"git config --global user.email you@example.org";
}

/* Is it in the middle of something, or with conflicts? */
static void
look_at_work(struct exam *e, const struct git_repo *repo)
{
	AUTO_GIT_CHANGES struct git_changes changes = { 0 };
	AUTO_STRBUF struct strbuf names = { 0 };
	size_t n = 0;
	AUTO_ERROR struct error *busy = git_repo_check_idle(repo);
	AUTO_ERROR struct error *err = git_repo_changes(repo, &changes);

	if (busy != NULL)
		find(e, DOCTOR_ERROR, error_msg(busy))->command =
		    git_command(e, "status");
	for (size_t i = 0; err == NULL && i < changes.n; i++) {
		if (changes.items[i].kind == GIT_UNMERGED)
			exam_name(&names, n++, changes.items[i].path);
	}
	exam_names_end(&names, n);
	if (n == 0)
		return;
	const char *message = exam_text(e,
	    "files with conflicts, which agents read as they are: %s",
	    strbuf_str(&names));
	find(e, DOCTOR_ERROR, message)->command = git_command(e, "status");
}

static void
look_at_repository(struct exam *e, const struct git_status *status)
{
	struct git_repo repo = { 0 };
	AUTO_ERROR struct error *err =
	    git_repo_open(e->set->source_real, &repo);

	if (err != NULL) {
		find(e, DOCTOR_WARNING, error_msg(err));
	} else {
		repo.git.flags = 0; /* from here on nothing but questions */
		look_at_remote(e, status);
		look_at_identity(e, &repo);
		look_at_work(e, &repo);
	}
	git_repo_release(&repo);
}

static void
look_at_source(struct exam *e)
{
	struct git_status status = { 0 };
	AUTO_ERROR struct error *err =
	    git_status(e->set->source_real, 0, &status);

	if (err != NULL)
		find(e, DOCTOR_WARNING, error_msg(err));
	else if (!status.is_repository)
		find(e, DOCTOR_INFO,
		    "the source is in no git repository: it is on this machine "
		    "only")
		    ->command = "skillshare init --git";
	else
		look_at_repository(e, &status);
	git_status_release(&status);
}

/* ---- tracked ones -------------------------------------------------------- */

/* Somebody else's: nothing of it is run. */
static void
look_at_tracked(struct exam *e, const struct tracked_repo *repo)
{
	AUTO_FREE char *dir = path_join(e->set->source_real, repo->name);
	struct git_status status = { 0 };
	AUTO_ERROR struct error *err = git_status(dir, GIT_FOREIGN, &status);
	struct finding *f;

	if (err != NULL) {
		f = exam_find(e, DOCTOR_WARNING, "%s", error_msg(err));
	} else {
		AUTO_FREE char *text = git_status_text(&status);
		f = exam_find(e,
		    status.changed + status.ahead + status.behind > 0
			? DOCTOR_INFO
			: DOCTOR_OK,
		    "tracked repository: %s", text);
	}
	f->path = exam_path(e, e->set->source, repo->name);
	git_status_release(&status);
}

void
exam_git(struct exam *e)
{
	if (e->set == NULL)
		return;
	look_at_source(e);
	for (size_t i = 0; i < e->set->n_repos; i++)
		look_at_tracked(e, &e->set->repos[i]);
}
