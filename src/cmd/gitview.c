#include "gitview.h"

#include <string.h>

#include "remote.h"

void
gitview_said(struct report *r, const struct strbuf *said)
{
	const char *s = strbuf_str(said);

	while (*s != '\0') {
		size_t len = strcspn(s, "\n");
		AUTO_FREE char *line = xstrndup(s, len);

		if (len > 0)
			report_warn(r, "git: %s", line);
		s += len + (s[len] == '\n');
	}
}

void
gitview_keep_commit(const struct session *s)
{
	session_keep_deed(s, "a commit, not pushed",
	    "it is git's: git reset or git revert takes it back");
}

const char *
gitview_branch(struct report *r, const struct remote *remote)
{
	return report_text(r, "%s/%s", remote->name, remote->branch);
}
