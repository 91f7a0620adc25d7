#include "newskill.h"

#include "skill.h"
#include "world.h"

struct found {
	struct skillset *set;
	struct arena arena;
	struct newskill new;
};

static struct error *
judge(struct world *w, struct found *f, const char *rel, const char *text)
{
	*f = (struct found){ 0 };
	assert_ok(discover(w->source, NULL, 0, &f->set));
	return newskill_judge(f->set, rel, text, &f->arena, &f->new);
}

static void
release(struct found *f)
{
	skillset_free(f->set);
	arena_release(&f->arena);
}

/* A text with `part` in it, or the whole test fails. */
static void
assert_says(struct error *err, enum error_code code, const char *part)
{
	assert_non_null(err);
	if (error_code(err) != code || strstr(error_msg(err), part) == NULL)
		fail_msg("expected %s, got: %s", part, error_msg(err));
	error_free(err);
}

static void
test_names(void **state)
{
	static const struct {
		const char *rel;
		const char *part;
	} rows[] = {
		{ "", "a part of it is empty" },
		{ "/", "a part of it is empty" },
		{ "/abs", "did you mean abs?" },
		{ "a//b", "a part of it is empty (did you mean a/b?)" },
		{ "a/", "did you mean a?" },
		{ ".", "below the source" },
		{ "../../x", "below the source (did you mean x?)" },
		{ ".hidden", "did you mean hidden?" },
		{ "My Skill", "did you mean my-skill?" },
		{ "My  Group/The_Skill!", "did you mean my-group/the-skill?" },
		{ "-a", "begins nor ends with - (did you mean a?)" },
		{ "a-", "did you mean a?" },
		{ "a--b", "no two - in a row (did you mean a-b?)" },
		{ "\033[2J", "did you mean 2j?" },
		{ "___", "only a to z, 0 to 9 and - are allowed" },
		{ "a.b", "did you mean a-b?" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct found f;

		assert_says(judge(w, &f, rows[i].rel, NULL), ERR_USAGE,
		    rows[i].part);
		release(&f);
	}
}

/* What cannot be written in our letters is not mangled into a suggestion. */
static void
test_no_suggestion(void **state)
{
	static const char *const names[] = { "caf\xc3\xa9", "a\xff", "!!" };
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct found f;
		struct error *err = judge(w, &f, names[i], NULL);

		assert_non_null(err);
		assert_null(strstr(error_msg(err), "did you mean"));
		error_free(err);
		release(&f);
	}
}

static void
test_lengths(void **state)
{
	struct world *w = *state;
	struct found f;
	char name[66];

	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	assert_ok(judge(w, &f, name, NULL));
	release(&f);
	name[64] = 'a';
	name[65] = '\0';
	assert_says(judge(w, &f, name, NULL), ERR_USAGE, "at most 64");
	release(&f);

	AUTO_STRBUF struct strbuf deep = { 0 };
	for (int i = 0; i < 64; i++)
		strbuf_add(&deep, "a/");
	strbuf_add(&deep, "a");
	assert_ok(judge(w, &f, strbuf_str(&deep), NULL));
	release(&f);
	strbuf_add(&deep, "/a");
	assert_says(judge(w, &f, strbuf_str(&deep), NULL), ERR_USAGE,
	    "too deep");
	release(&f);
}

static void
test_places(void **state)
{
	struct world *w = *state;
	struct found f;

	world_skill(w, "source/pdf", "---\nname: pdf\n---\n");
	world_skill(w, "source/a__b", "---\nname: b\n---\n");
	world_mkdirs(w, "source/a");
	world_mkdirs(w, "source/My Group");
	world_mkdirs(w, "elsewhere");
	world_link(w, "source/link", "../elsewhere");
	put_file(w->s->fd, "source/file", "text");
	assert_says(judge(w, &f, "pdf", NULL), ERR_CONFLICT, "there already");
	release(&f);
	assert_says(judge(w, &f, "a/b", NULL), ERR_CONFLICT,
	    "a/b would be a__b in a target, as a__b is");
	release(&f);
	assert_says(judge(w, &f, "link/x", NULL), ERR_REFUSED, "is a link");
	release(&f);
	assert_says(judge(w, &f, "file/x", NULL), ERR_CONFLICT,
	    "is no directory");
	release(&f);
	assert_says(judge(w, &f, "file", NULL), ERR_CONFLICT, "there already");
	release(&f);
	/* A group that a person made may be called what it is called. */
	assert_ok(judge(w, &f, "My Group/new/one", NULL));
	assert_string_equal(f.new.rest, "new/one");
	assert_string_equal(f.new.entry, "My Group__new__one");
	assert_string_equal(path_base(f.new.dir), "My Group");
	release(&f);
}

/* Whatever is said as a description is read back as it was said. */
static void
test_descriptions(void **state)
{
	static const char *const texts[] = {
		"plain",
		"with: a colon, # a hash, - a dash",
		"\"quoted\" and 'quoted' and \\ and \\n",
		"[list] {map} &anchor *alias !tag |literal >folded %x @y `z`",
		"---",
		"\xc3\xa9\xe2\x86\x92\xf0\x9f\x92\xa1",
		"null",
	};
	static const char *const bad[] = { "", "  ", "two\nlines", "a\tb",
		"\033[31m", "\x7f", "\xc2\x85", "\xff", "\xe2\x80\xae" };
	struct world *w = *state;
	struct found f;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct skill_meta meta = { 0 };

		assert_ok(judge(w, &f, "true", texts[i]));
		skill_meta_parse(f.new.text, strlen(f.new.text), &f.arena,
		    &meta);
		assert_null(meta.problem);
		assert_string_equal(meta.name, "true");
		assert_string_equal(meta.description, texts[i]);
		release(&f);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_says(judge(w, &f, "x", bad[i]), ERR_USAGE,
		    "the description");
		release(&f);
	}
	AUTO_FREE char *text = xmalloc(NEWSKILL_TEXT_MAX + 2);
	memset(text, 'a', NEWSKILL_TEXT_MAX + 1);
	text[NEWSKILL_TEXT_MAX + 1] = '\0';
	assert_says(judge(w, &f, "x", text), ERR_USAGE, "more than 1024");
	release(&f);
	text[NEWSKILL_TEXT_MAX] = '\0';
	assert_ok(judge(w, &f, "x", text));
	release(&f);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_WORLD("a bad name is refused with its reason and a name "
			 "that can be",
		    test_names),
		IN_WORLD("no suggestion from letters that we do not have",
		    test_no_suggestion),
		IN_WORLD("how long and how deep a name may be", test_lengths),
		IN_WORLD("a place that is taken, or not walked to, is "
			 "refused",
		    test_places),
		IN_WORLD("a description is quoted so that it reads back",
		    test_descriptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
