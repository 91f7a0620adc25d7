#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "path.h"
#include "strbuf.h"

static char home[] = "/home/u";
static char config_path[] = "/home/u/.config/skillshare/config.yaml";
static char cwd[] = "/";

static struct host_env
env_of(char *source)
{
	return (struct host_env){ .home = home,
		.config_path = config_path,
		.cwd = cwd,
		.source = source };
}

static struct error *
parse(const char *text, char *source, struct config **out)
{
	struct host_env env = env_of(source);

	return config_parse(&env, config_path, text, strlen(text), out);
}

static void
must_parse(const char *text, struct config **out)
{
	AUTO_ERROR struct error *err = parse(text, NULL, out);

	if (err != NULL)
		fail_msg("%s: %s", text, error_msg(err));
}

static void
the_source_is_found(void **state)
{
	static const struct {
		const char *text;
		const char *env_source; /* or NULL */
		const char *source;
	} rows[] = {
		{ "", NULL, "/home/u/.config/skillshare/skills" },
		{ "# c\n", NULL, "/home/u/.config/skillshare/skills" },
		{ "---\n", NULL, "/home/u/.config/skillshare/skills" },
		{ "source:\n", NULL, "/home/u/.config/skillshare/skills" },
		{ "source: ''\n", NULL, "/home/u/.config/skillshare/skills" },
		{ "source: ~/s/\n", NULL, "/home/u/s" },
		{ "source: \"~\"\n", NULL, "/home/u" },
		{ "source: /a//b/../c\n", NULL, "/a/c" },
		{ "source: s\n", NULL, "/home/u/.config/skillshare/s" },
		{ "source: ../s\n", NULL, "/home/u/.config/s" },
		{ "source: /a\nsources: {skills: /b}\n", NULL, "/b" },
		{ "source: /a\nsources: {agents: /b}\n", NULL, "/a" },
		{ "source: /a\nsources: {skills: }\n", NULL, "/a" },
		{ "source: /a\nsources:\n", NULL, "/a" },
		{ "source: /a\n", "/e", "/e" },
		{ "sources: {skills: /b}\n", "/e", "/e" },
		{ "x: &s /a\nsource: *s\n", NULL, "/a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *source = rows[i].env_source != NULL
					     ? xstrdup(rows[i].env_source)
					     : NULL;
		struct config *config = NULL;
		AUTO_ERROR struct error *err =
		    parse(rows[i].text, source, &config);

		assert_null(err);
		assert_string_equal(config->source, rows[i].source);
		assert_string_equal(config->path, config_path);
		assert_string_equal(config->dir, "/home/u/.config/skillshare");
		config_free(config);
	}
}

static void
a_target_is_read_in_every_form(void **state)
{
	static const struct {
		const char *text;
		const char *name;
		const char *path;
		const char *path_text; /* or NULL */
		enum mode mode;
	} rows[] = {
		{ "targets:\n  claude:\n", "claude", "/home/u/.claude/skills",
		    NULL, MODE_MERGE },
		{ "targets: {claude: {}}\n", "claude", "/home/u/.claude/skills",
		    NULL, MODE_MERGE },
		{ "targets: {claude-code: ~}\n", "claude-code",
		    "/home/u/.claude/skills", NULL, MODE_MERGE },
		{ "targets: {agents: }\n", "agents", "/home/u/.agents/skills",
		    NULL, MODE_MERGE },
		{ "mode: symlink\ntargets: {x: ~/x}\n", "x", "/home/u/x", "~/x",
		    MODE_SYMLINK },
		{ "mode: symlink\ntargets: {x: {path: x, mode: merge}}\n", "x",
		    "/home/u/.config/skillshare/x", "x", MODE_MERGE },
		{ "targets: {x: {path: /x, mode: ''}}\n", "x", "/x", "/x",
		    MODE_MERGE },
		{ "targets:\n  x:\n    skills:\n      path: /x\n"
		  "      mode: symlink\n    agents: {path: /y, mode: copy}\n",
		    "x", "/x", "/x", MODE_SYMLINK },
		{ "targets:\n  x:\n    path: /x\n    skills: {mode: symlink}\n",
		    "x", "/x", "/x", MODE_SYMLINK },
		{ "targets:\n  claude:\n    agents: {path: /y}\n", "claude",
		    "/home/u/.claude/skills", NULL, MODE_MERGE },
		{ "targets: {x: {path: /x, mode: copy}}\n", "x", "/x", "/x",
		    MODE_COPY },
		{ "mode: copy\ntargets: {x: /x}\n", "x", "/x", "/x",
		    MODE_COPY },
		{ "targets: {x: {path: /x, include: [a*]}}\n", "x", "/x", "/x",
		    MODE_MERGE },
		{ "targets: {x: {path: /x, skills: {exclude: [a]}}}\n", "x",
		    "/x", "/x", MODE_MERGE },
		{ "targets: {x: {path: /x, include: [], exclude: }}\n", "x",
		    "/x", "/x", MODE_MERGE },
		{ "target_naming: standard\ntargets: {x: {path: /x}}\n", "x",
		    "/x", "/x", MODE_MERGE },
		{ "target_naming: standard\n"
		  "targets: {x: {path: /x, target_naming: flat}}\n",
		    "x", "/x", "/x", MODE_MERGE },
		{ "targets: {x: {path: /x, target_naming: standard}}\n", "x",
		    "/x", "/x", MODE_MERGE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config *config = NULL;

		print_message("# row %zu\n", i);
		must_parse(rows[i].text, &config);
		assert_int_equal(config->n_targets, 1);
		const struct config_target *t =
		    config_find(config, rows[i].name);
		assert_non_null(t);
		assert_string_equal(t->path, rows[i].path);
		assert_int_equal(t->mode, rows[i].mode);
		if (rows[i].path_text == NULL)
			assert_null(t->path_text);
		else
			assert_string_equal(t->path_text, rows[i].path_text);
		config_free(config);
	}
}

static void
a_target_chooses_its_skills(void **state)
{
	static const struct {
		const char *text;
		const char *include, *exclude; /* the last, or NULL */
		enum naming naming;
	} rows[] = {
		{ "targets: {x: /x}\n", NULL, NULL, NAMING_FLAT },
		{ "targets: {x: {path: /x, include: [], exclude: }}\n", NULL,
		    NULL, NAMING_FLAT },
		{ "targets: {x: {path: /x, include: [a, 'b*']}}\n", "b*", NULL,
		    NAMING_FLAT },
		{ "targets:\n  x:\n    path: /x\n    include: [a]\n"
		  "    skills:\n      exclude:\n      - c/**\n",
		    "a", "c/**", NAMING_FLAT },
		{ "targets: {x: {path: /x, exclude: [a], "
		  "skills: {exclude: [b]}}}\n",
		    NULL, "b", NAMING_FLAT },
		{ "target_naming: standard\ntargets: {x: /x}\n", NULL, NULL,
		    NAMING_STANDARD },
		{ "target_naming: standard\n"
		  "targets: {x: {path: /x, target_naming: flat}}\n",
		    NULL, NULL, NAMING_FLAT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config *config = NULL;

		must_parse(rows[i].text, &config);
		const struct config_target *t = &config->targets[0];
		const struct config_patterns *lists[] = { &t->include,
			&t->exclude };
		const char *wanted[] = { rows[i].include, rows[i].exclude };
		for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
			size_t n = lists[k]->n;

			assert_int_equal(n > 0, wanted[k] != NULL);
			if (n > 0)
				assert_string_equal(lists[k]->items[n - 1],
				    wanted[k]);
		}
		assert_int_equal(t->naming, rows[i].naming);
		config_free(config);
	}
}

static void
targets_are_sorted_and_know_their_line(void **state)
{
	struct config *config = NULL;

	(void)state;
	must_parse("# schema\ntargets:\n  cursor:\n  b: /b\n  a: /a\n"
		   "extras: [x]\npreserve_tilde_on_save: true\n",
	    &config);
	assert_int_equal(config->n_targets, 3);
	assert_string_equal(config->targets[0].name, "a");
	assert_int_equal(config->targets[0].line, 5);
	assert_string_equal(config->targets[1].name, "b");
	assert_string_equal(config->targets[2].name, "cursor");
	assert_int_equal(config->targets[2].line, 3);
	assert_null(config_find(config, "claude"));
	config_free(config);
}

static void
no_targets_is_a_config_too(void **state)
{
	static const char *const texts[] = { "", "targets:\n", "targets: {}\n",
		"source: /s\n", "targets: ~\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct config *config = NULL;

		must_parse(texts[i], &config);
		assert_int_equal(config->n_targets, 0);
		assert_int_equal(config->mode, MODE_MERGE);
		config_free(config);
	}
}

static void
what_is_kept_has_limits(void **state)
{
	static const struct {
		const char *text;
		struct config_keep backup;
		struct config_keep undo;
	} rows[] = {
		{ "", { 30, 10, 500 }, { 30, 100, 0 } },
		{ "backup:\n", { 30, 10, 500 }, { 30, 100, 0 } },
		{ "backup: {keep_days: 7}\n", { 7, 10, 500 }, { 30, 100, 0 } },
		{ "backup: {keep_count: 1, keep_mb: 2}\n", { 30, 1, 2 },
		    { 30, 100, 0 } },
		{ "undo: {keep_days: 3, keep_runs: 4}\n", { 30, 10, 500 },
		    { 3, 4, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config *config = NULL;

		must_parse(rows[i].text, &config);
		assert_memory_equal(&config->backup_keep, &rows[i].backup,
		    sizeof(rows[i].backup));
		assert_memory_equal(&config->undo_keep, &rows[i].undo,
		    sizeof(rows[i].undo));
		config_free(config);
	}
}

static void
what_copies_leave_out(void **state)
{
	static const struct {
		const char *text;
		bool git, cache, log;
	} rows[] = {
		{ "", true, true, false },
		{ "ignore:\n", true, true, false },
		{ "ignore: []\n", false, false, false },
		{ "ignore: ['*.log']\n", false, false, true },
		{ "ignore:\n- '*'\n- '!*.log'\n", true, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config *config = NULL;

		must_parse(rows[i].text, &config);
		const struct ignore *ignore = &config->ignore;
		assert_int_equal(ignore_excludes(ignore, ".git/HEAD", false) !=
				     NULL,
		    rows[i].git);
		assert_int_equal(ignore_excludes(ignore, "a/__pycache__/x",
				     false) != NULL,
		    rows[i].cache);
		assert_int_equal(ignore_excludes(ignore, "x.log", false) !=
				     NULL,
		    rows[i].log);
		config_free(config);
	}
}

static void
what_cannot_be_meant_is_said_with_its_place(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "a: b: c\n", ":1:5: mapping values are not allowed" },
		{ "- a\n", ":1:1: the config must be a map" },
		{ "skills\n", ":1:1: the config must be a map" },
		{ "source: [a]\n", ":1:1: source must be a text" },
		{ "source: ~bob/s\n", ":1:1: ~bob/s is not expanded" },
		{ "source: $HOME/s\n", ":1:1: $HOME/s is not expanded" },
		{ "sources: /a\n", ":1:1: sources must be a map" },
		{ "sources: {skills: [a]}\n", ":1:11: skills must be a text" },
		{ "\nmode: link\n", ":2:1: mode link is unknown" },
		{ "mode: {}\n", ":1:1: mode must be a text" },
		{ "target_naming: x\n", ":1:1: target_naming x is unknown" },
		{ "backup: 3\n", ":1:1: backup must be a map" },
		{ "backup: {keep_days: 0}\n", ":1:10: keep_days takes a " },
		{ "backup:\n  keep_mb: -1\n", ":2:3: keep_mb takes a " },
		{ "backup: {keep_count: 1.5}\n", ":1:10: keep_count takes" },
		{ "backup: {keep_mb: 1000001}\n", ":1:10: keep_mb takes a" },
		{ "undo: {keep_runs: x}\n", ":1:8: keep_runs takes a whole" },
		{ "ignore: x\n", ":1:1: ignore must be a list of patterns" },
		{ "ignore: [[x]]\n", ":1:1: ignore must be a list" },
		{ "ignore: [x, '[']\n", ":1:13: the pattern \"[\" has a [" },
		{ "targets: [a]\n", ":1:1: targets must be a map" },
		{ "targets: a\n", ":1:1: targets must be a map" },
		{ "targets:\n  x:\n", ":2:3: target x has no path" },
		{ "targets:\n  x: {mode: merge}\n", ":2:3: target x has no " },
		{ "targets:\n  x: [a]\n", ":2:3: x must be a map" },
		{ "targets:\n  x: {path: [a]}\n", ":2:7: path must be a text" },
		{ "targets:\n  x: {path: $X}\n", ":2:7: $X is not expanded" },
		{ "targets:\n  x: {path: /x, mode: y}\n",
		    ":2:17: mode y is unknown" },
		{ "targets:\n  x: {path: /x, include: a}\n",
		    ":2:17: include must be a list" },
		{ "targets:\n  x: {path: /x, exclude: [a, '[']}\n",
		    ":2:30: the pattern \"[\" has a [ without its ]" },
		{ "targets:\n  x: {path: /x, target_naming: y}\n",
		    ":2:17: target_naming y is unknown" },
		{ "targets:\n  x: {skills: /x}\n", ":2:7: skills must be a " },
		{ "targets:\n  1x: /x\n",
		    ":2:3: the target name 1x must start with a letter" },
		{ "targets:\n  a/b: /x\n", ":2:3: the target name a/b may " },
		{ "targets:\n  all: /x\n", ":2:3: the target name all is " },
		{ "targets:\n  \"\": /x\n", ":2:3: the target name  must " },
		{ "targets:\n  x: /x\n  x: /y\n", ":3:3: the key x is here " },
		{ "<<: {}\n", ":1:1: merge keys" },
		{ "targets:\n  x: {<<: {}}\n", ":2:7: merge keys" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config *config = NULL;
		AUTO_ERROR struct error *err =
		    parse(rows[i].text, NULL, &config);

		assert_null(config);
		if (err == NULL)
			fail_msg("%s is read", rows[i].text);
		assert_int_equal(error_code(err), ERR_CONFIG);
		size_t len = strlen(config_path);
		assert_memory_equal(error_msg(err), config_path, len);
		const char *what = error_msg(err) + len;
		if (strncmp(what, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("%s, not %s", what, rows[i].says);
	}
}

static void
names_of_targets(void **state)
{
	static const struct {
		const char *name;
		bool is_fine;
	} rows[] = {
		{ "a", true },
		{ "Trae-cn_2", true },
		{ "a234567890123456789012345678901234567890123456789012345678"
		  "901234",
		    true },
		{ "a234567890123456789012345678901234567890123456789012345678"
		  "9012345",
		    false },
		{ "", false },
		{ "2a", false },
		{ "_a", false },
		{ "a.b", false },
		{ "a b", false },
		{ "\xc3\xa4", false },
		{ "a\n", false },
		{ "add", false },
		{ "remove", false },
		{ "list", false },
		{ "help", false },
		{ "all", false },
		{ "source", false },
		{ "lists", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(config_name_problem(rows[i].name) == NULL,
		    rows[i].is_fine);
}

static void
modes_have_names(void **state)
{
	enum mode mode = MODE_MERGE;

	(void)state;
	for (enum mode m = MODE_MERGE; m <= MODE_COPY; m++) {
		assert_true(config_mode_parse(config_mode_name(m), &mode));
		assert_int_equal(mode, m);
	}
	assert_false(config_mode_parse("Merge", &mode));
	assert_int_equal(mode, MODE_COPY);
}

/* ---- from disk --------------------------------------------------------- */

static struct error *
load(char *path, struct config **out)
{
	struct host_env env = env_of(NULL);

	env.config_path = path;
	return config_load(&env, out);
}

static void
write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
assert_load_says(char *path, const char *says)
{
	struct config *config = NULL;
	AUTO_ERROR struct error *err = load(path, &config);

	assert_non_null(err);
	assert_int_equal(error_code(err), ERR_CONFIG);
	if (strstr(error_msg(err), says) == NULL)
		fail_msg("%s, not %s", error_msg(err), says);
}

static void
a_file_is_loaded_or_one_sentence_says_why_not(void **state)
{
	char dir[] = "/tmp/skillshare-config-XXXXXX";
	struct config *config = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	AUTO_FREE char *file = path_join(dir, "file");
	AUTO_FREE char *link = path_join(dir, "link");

	assert_load_says(file, "run skillshare init");
	assert_load_says(dir, "is a directory");
	assert_int_equal(symlink("file", link), 0);
	assert_load_says(link, "leads nowhere");
	write_file(file, "source: s\n", 1);
	AUTO_ERROR struct error *err = load(link, &config);
	assert_null(err);
	AUTO_FREE char *source = path_join(dir, "s");
	assert_string_equal(config->source, source);
	assert_string_equal(config->path, link);
	config_free(config);
	write_file(file, "# a comment\n", 100000);
	assert_load_says(file, "larger than 1 MiB");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_load_says(file, "cannot be read");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_source_is_found),
		cmocka_unit_test(a_target_is_read_in_every_form),
		cmocka_unit_test(a_target_chooses_its_skills),
		cmocka_unit_test(targets_are_sorted_and_know_their_line),
		cmocka_unit_test(no_targets_is_a_config_too),
		cmocka_unit_test(what_is_kept_has_limits),
		cmocka_unit_test(what_copies_leave_out),
		cmocka_unit_test(what_cannot_be_meant_is_said_with_its_place),
		cmocka_unit_test(names_of_targets),
		cmocka_unit_test(modes_have_names),
		cmocka_unit_test(a_file_is_loaded_or_one_sentence_says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
