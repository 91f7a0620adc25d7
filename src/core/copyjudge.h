/*
 * What a real directory is that the manifest lists with a digest: as listed,
 * and so ours to change, or edited. What has the source's content anyway is
 * current, whatever is listed.
 */
#ifndef COPYJUDGE_H
#define COPYJUDGE_H

#include "observe.h"

struct copyjudge {
	struct arena *arena;
	const struct skillset *set;
	struct copyseen *copies;
	unsigned flags; /* OBSERVE_CONTENT: say how edited ones differ */
};

/*
 * Of each skill that the view shows: why it cannot be copied, or NULL. All
 * content that is not known yet is read for it.
 */
const char **
copyjudge_skills(const struct copyjudge *j, const struct view *view);

/* What pull makes of an edited copy. */
enum edit_pull {
	EDIT_TAKEN,    /* it is taken */
	EDIT_BY_FORCE, /* the skill was changed as well: --force takes it */
	EDIT_LEFT      /* it is left: not shown here, a link, unreadable */
};
enum edit_pull
copyjudge_pull(const struct view *view, const struct observed_entry *e);

/*
 * Fills in what e, which is in the open directory dir_fd of t, is seen as.
 * listed is its digest in the manifest.
 */
MUST_USE struct error *
copyjudge(const struct copyjudge *j, const struct observed_target *t,
    int dir_fd, const struct digest *listed, struct observed_entry *e);

#endif
