#include "overlap.h"

#include <fcntl.h>
#include <string.h>

#include "path.h"

struct seat {
	uint64_t dev;
	uint64_t ino;
};

struct overlap_judge {
	const struct skillset *set;
	struct seat *above; /* the directories above the source */
	size_t n_above;
	struct strmap inside; /* path -> is it in the source? */
	struct arena arena;   /* its keys */
};

/* A directory that cannot be looked at is not the source: that could be. */
static bool
seat_of(const char *abs, struct seat *out)
{
	struct fs_stat st = { 0 };
	AUTO_ERROR struct error *err = fs_stat_follow(AT_FDCWD, abs, &st);

	if (err != NULL || st.kind != FS_DIR)
		return false;
	*out = (struct seat){ st.dev, st.ino };
	return true;
}

struct overlap_judge *
overlap_judge_new(const struct skillset *set)
{
	struct overlap_judge *judge = xcalloc(1, sizeof(*judge));
	AUTO_FREE char *abs = xstrdup(set->source_real);

	judge->set = set;
	while (abs[1] != '\0') {
		char *up = path_dir(abs);
		struct seat seat;

		free(abs);
		abs = up;
		if (!seat_of(abs, &seat))
			continue;
		judge->above =
		    xgrow(judge->above, judge->n_above, sizeof(*judge->above));
		judge->above[judge->n_above++] = seat;
	}
	return judge;
}

bool
overlap_is_inside(struct overlap_judge *judge, const char *abs)
{
	uint32_t known = 0;
	struct seat seat;
	bool inside = false;

	if (strmap_get(&judge->inside, abs, &known))
		return known != 0;
	if (seat_of(abs, &seat) && seat.dev == judge->set->source_dev &&
	    seat.ino == judge->set->source_id.ino) {
		inside = true;
	} else if (abs[1] != '\0') {
		AUTO_FREE char *up = path_dir(abs);
		inside = overlap_is_inside(judge, up);
	}
	(void)strmap_put(&judge->inside, arena_strdup(&judge->arena, abs),
	    inside);
	return inside;
}

enum overlap
overlap_of(struct overlap_judge *judge, const char *abs,
    const struct fs_stat *st)
{
	if (st->dev == judge->set->source_dev &&
	    st->ino == judge->set->source_id.ino)
		return OVERLAP_SAME;
	for (size_t i = 0; i < judge->n_above; i++) {
		if (judge->above[i].dev == st->dev &&
		    judge->above[i].ino == st->ino)
			return OVERLAP_AROUND;
	}
	AUTO_FREE char *up = path_dir(abs);
	return overlap_is_inside(judge, up) ? OVERLAP_INSIDE : OVERLAP_NONE;
}

void
overlap_judge_free(struct overlap_judge *judge)
{
	if (judge == NULL)
		return;
	free(judge->above);
	strmap_release(&judge->inside);
	arena_release(&judge->arena);
	free(judge);
}
