#include "gitview.h"

#include <string.h>

#include "remote.h"

void
gitview_said(struct report *r, const struct git_repo *repo)
{
	const char *s = strbuf_str(&repo->said);

	while (*s != '\0') {
		size_t len = strcspn(s, "\n");
		AUTO_FREE char *line = xstrndup(s, len);

		if (len > 0)
			report_warn(r, "git: %s", line);
		s += len + (s[len] == '\n');
	}
}

const char *
gitview_branch(struct report *r, const struct remote *remote)
{
	return report_text(r, "%s/%s", remote->name, remote->branch);
}
