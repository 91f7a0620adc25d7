/*
 * For tests of what is remembered of a source: a world with a state, and a
 * skillset that must be the one that is read without memory.
 */
#ifndef SEENWORLD_H
#define SEENWORLD_H

#include <time.h>

#include "sourceseen.h"
#include "world.h"

/* So many new marks, and any memory is worth a file. */
#define ENOUGH_MARKS 100000

/*
 * A row for cmocka: the sentence that fn proves, in the world that all tests
 * of the program share, so that one rest is enough.
 */
#define IN_TURN(sentence, fn)                                                  \
	{                                                                      \
		(sentence), (fn), NULL, NULL, NULL                             \
	}

/* Until the times of what was made are no longer young. */
static inline void
rest(void)
{
	const struct timespec time = { 2, 100000000 };

	assert_int_equal(nanosleep(&time, NULL), 0);
}

static inline void
assert_text(const char *what, const char *field, const char *want,
    const char *got)
{
	if ((want == NULL) != (got == NULL) ||
	    (want != NULL && strcmp(want, got) != 0))
		fail_msg("%s: %s is %s, not %s", what, field,
		    got != NULL ? got : "NULL", want != NULL ? want : "NULL");
}

static inline void
assert_number(const char *what, const char *field, uint64_t want, uint64_t got)
{
	if (want != got)
		fail_msg("%s: %s is %llu, not %llu", what, field,
		    (unsigned long long)got, (unsigned long long)want);
}

static inline void
assert_same_list(const char *what, const char *const *want,
    const char *const *got)
{
	assert_number(what, "only_for", want != NULL, got != NULL);
	for (size_t i = 0; want != NULL; i++) {
		assert_text(what, "only_for", want[i], got[i]);
		if (want[i] == NULL)
			break;
	}
}

static inline void
assert_same_skill(const char *step, const struct skill *want,
    const struct skill *got)
{
	AUTO_FREE char *what = xasprintf("%s: the skill %s", step, want->rel);

	assert_text(what, "rel", want->rel, got->rel);
	assert_text(what, "entry", want->entry, got->entry);
	assert_text(what, "abs", want->abs, got->abs);
	assert_text(what, "name", want->name, got->name);
	assert_text(what, "description", want->description, got->description);
	assert_number(what, "state", want->state, got->state);
	assert_number(what, "is_link", want->is_link, got->is_link);
	assert_same_list(what, want->only_for, got->only_for);
	assert_number(what, "rule", want->rule != NULL, got->rule != NULL);
	if (want->rule == NULL)
		return;
	assert_text(what, "rule's file", want->rule->file, got->rule->file);
	assert_text(what, "rule's text", want->rule->text, got->rule->text);
	assert_number(what, "rule's line", want->rule->line, got->rule->line);
}

/* Of the same source, and the same in each field; step is told if not. */
static inline void
assert_same_set(const char *step, const struct skillset *want,
    const struct skillset *got)
{
	assert_text(step, "source", want->source, got->source);
	assert_text(step, "source_real", want->source_real, got->source_real);
	assert_true(fs_id_equal(want->source_id, got->source_id));
	for (size_t i = 0; i < want->n && i < got->n; i++) {
		uint32_t at = 0;

		assert_same_skill(step, &want->skills[i], &got->skills[i]);
		assert_true(
		    strmap_get(&got->by_entry, want->skills[i].entry, &at));
		assert_text(step, "found by entry", want->skills[i].entry,
		    got->skills[at].entry);
	}
	assert_number(step, "count of skills", want->n, got->n);
	for (size_t i = 0; i < want->n_problems && i < got->n_problems; i++) {
		const struct problem *p = &want->problems[i];
		const struct problem *q = &got->problems[i];

		assert_text(step, "place of a problem", p->rel, q->rel);
		assert_text(step, "problem", p->text, q->text);
		assert_number(step, "kind of a problem", p->kind, q->kind);
		assert_number(step, "line of a problem", p->line, q->line);
	}
	assert_number(step, "count of problems", want->n_problems,
	    got->n_problems);
	assert_number(step, "count of repos", want->n_repos, got->n_repos);
	for (size_t i = 0; i < want->n_repos; i++) {
		assert_text(step, "repo", want->repos[i].name,
		    got->repos[i].name);
		assert_number(step, "skills of a repo", want->repos[i].n_skills,
		    got->repos[i].n_skills);
	}
	assert_number(step, "is_complete", want->is_complete, got->is_complete);
}

/* Reads the source with seen; it must be what is read without memory. */
static inline void
assert_same_as_unseen(const char *step, const char *source,
    struct sourceseen *seen, unsigned flags)
{
	struct skillset *want = NULL;
	struct skillset *got = NULL;

	assert_ok(discover(source, NULL, flags, &want));
	assert_ok(discover(source, seen, flags, &got));
	assert_same_set(step, want, got);
	skillset_free(want);
	skillset_free(got);
}

/* Writes the memory of the source anew, however little it is. */
static inline void
keep_anew(const char *source, struct state *state)
{
	struct sourceseen *seen = sourceseen_new(state, true);
	struct skillset *set = NULL;

	assert_ok(discover(source, seen, 0, &set));
	seen->n_new += ENOUGH_MARKS;
	assert_ok(sourceseen_keep(seen));
	sourceseen_free(seen);
	skillset_free(set);
}

#endif
