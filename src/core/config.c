#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agents.h"
#include "fs.h"
#include "glob.h"
#include "path.h"
#include "yamltree.h"

#define NAME_MAX_LEN 64

static const char *const mode_names[] = {
	[MODE_MERGE] = "merge",
	[MODE_SYMLINK] = "symlink",
	[MODE_COPY] = "copy",
};

static const char *const naming_names[] = {
	[NAMING_FLAT] = "flat",
	[NAMING_STANDARD] = "standard",
};

/* More days, snapshots or megabytes than anyone keeps. */
#define KEEP_MAX 1000000

/* What all steps of one reading need. */
struct loading {
	const struct host_env *env;
	struct config *config;
	enum naming naming; /* target_naming of the whole config */
};

const char *
config_mode_name(enum mode mode)
{
	return mode_names[mode];
}

/* The index of text among the n names, or n. */
static size_t
find_word(const char *const *names, size_t n, const char *text)
{
	size_t i = 0;

	while (i < n && strcmp(names[i], text) != 0)
		i++;
	return i;
}

bool
config_mode_parse(const char *text, enum mode *out)
{
	size_t i = find_word(mode_names, ARRAY_LEN(mode_names), text);

	if (i == ARRAY_LEN(mode_names))
		return false;
	*out = (enum mode)i;
	return true;
}

const char *
config_naming_name(enum naming naming)
{
	return naming_names[naming];
}

bool
config_naming_parse(const char *text, enum naming *out)
{
	size_t i = find_word(naming_names, ARRAY_LEN(naming_names), text);

	if (i == ARRAY_LEN(naming_names))
		return false;
	*out = (enum naming)i;
	return true;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *
config_name_problem(const char *name)
{
	static const char *const taken[] = { "add", "remove", "list", "help",
		"all", "source" };

	if (!is_letter(name[0]))
		return "must start with a letter";
	for (const char *p = name; *p != '\0'; p++)
		if (!is_letter(*p) && !(*p >= '0' && *p <= '9') && *p != '-' &&
		    *p != '_')
			return "may hold letters, digits, - and _ only";
	if (strlen(name) > NAME_MAX_LEN)
		return "must not be longer than 64 characters";
	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (strcmp(taken[i], name) == 0)
			return "is a word of the program's own";
	return NULL;
}

/* What a key stands for; NULL for no key, and for one of nothing. */
static struct ynode *
value_of(const struct ynode *key)
{
	struct ynode *value = key != NULL ? ynode_resolve(key->next) : NULL;

	return ynode_is_null(value) ? NULL : value;
}

/* *out is the key's text, NULL where nothing or an empty string stands. */
static struct error *
read_text(const struct loading *l, const struct ynode *key, const char **out)
{
	const struct ynode *value = value_of(key);

	if (value == NULL) {
		*out = NULL;
		return NULL;
	}
	if (value->kind != YNODE_SCALAR)
		return yamltree_error(l->config->path, key,
		    "%s must be a text, not a list or a map", key->text);
	*out = value->text[0] != '\0' ? value->text : NULL;
	return NULL;
}

/* *out is the key's map, NULL where nothing stands. */
static struct error *
read_map(const struct loading *l, const struct ynode *key, struct ynode **out)
{
	struct ynode *value = value_of(key);

	if (value == NULL) {
		*out = NULL;
		return NULL;
	}
	if (value->kind != YNODE_MAP)
		return yamltree_error(l->config->path, key,
		    "%s must be a map of keys and values", key->text);
	const struct ynode *merge = ynode_key(value, "<<");
	if (merge != NULL)
		return yamltree_error(l->config->path, merge,
		    "merge keys (<<) are not read: write the settings out");
	*out = value;
	return NULL;
}

static struct error *
read_mode(const struct loading *l, const struct ynode *key, enum mode *out)
{
	const char *text = NULL;
	struct error *err = read_text(l, key, &text);

	if (err != NULL || text == NULL)
		return err;
	if (config_mode_parse(text, out))
		return NULL;
	return yamltree_error(l->config->path, key,
	    "mode %s is unknown: write merge, symlink or copy", text);
}

static struct error *
read_naming(const struct loading *l, const struct ynode *key, enum naming *out)
{
	const char *text = NULL;
	struct error *err = read_text(l, key, &text);

	if (err != NULL || text == NULL)
		return err;
	if (config_naming_parse(text, out))
		return NULL;
	return yamltree_error(l->config->path, key,
	    "target_naming %s is unknown: write flat or standard", text);
}

/* Absolute and normal, in the config's arena. */
static const char *
resolve_path(const struct loading *l, const char *text)
{
	AUTO_FREE char *expanded = path_expand_home(l->env->home, text);
	AUTO_FREE char *abs = path_absolute(l->config->dir, expanded);

	return arena_strdup(&l->config->arena, abs);
}

/* As resolve_path(), but refuses what only a shell would expand. */
static struct error *
read_path(const struct loading *l, const struct ynode *at, const char *text,
    const char **out)
{
	bool is_other_home =
	    text[0] == '~' && text[1] != '\0' && text[1] != '/';

	if (is_other_home || text[0] == '$')
		return yamltree_error(l->config->path, at,
		    "%s is not expanded here: write ~/… or the whole path",
		    text);
	*out = resolve_path(l, text);
	return NULL;
}

static struct error *
read_source(const struct loading *l, const struct ynode *root)
{
	struct config *config = l->config;
	struct ynode *sources = NULL;
	struct error *err = read_map(l, ynode_key(root, "sources"), &sources);

	if (err != NULL)
		return err;
	const struct ynode *key =
	    sources != NULL ? ynode_key(sources, "skills") : NULL;
	if (key == NULL || ynode_is_null(key->next))
		key = ynode_key(root, "source");
	const char *text = NULL;
	err = read_text(l, key, &text);
	if (err != NULL)
		return err;
	if (l->env->source != NULL) {
		config->source = resolve_path(l, l->env->source);
		return NULL;
	}
	if (text == NULL) {
		config->source = resolve_path(l, "skills");
		return NULL;
	}
	return read_path(l, key, text, &config->source);
}

static struct error *
read_pattern(const struct loading *l, const struct ynode *key,
    struct ynode *node, const char **out)
{
	const struct ynode *item = ynode_resolve(node);

	if (item->kind != YNODE_SCALAR)
		return yamltree_error(l->config->path, key,
		    "%s must be a list of patterns", key->text);
	const char *problem = glob_problem(item->text);
	if (problem != NULL)
		return yamltree_error(l->config->path, node,
		    "the pattern \"%s\" %s", item->text, problem);
	*out = arena_strdup(&l->config->arena, item->text);
	return NULL;
}

/* Nothing and an empty list are no patterns. */
MUST_USE static struct error *
read_patterns(const struct loading *l, const struct ynode *key,
    struct config_patterns *out)
{
	struct config_patterns list = { NULL, 0 };
	const struct ynode *value = value_of(key);
	struct error *err = NULL;

	if (value != NULL && value->kind != YNODE_LIST)
		return yamltree_error(l->config->path, key,
		    "%s must be a list of patterns", key->text);
	if (value != NULL && value->n > 0)
		list.items = arena_alloc(&l->config->arena,
		    value->n * sizeof(*list.items));
	for (struct ynode *node = list.items != NULL ? value->first : NULL;
	     err == NULL && node != NULL; node = node->next)
		err = read_pattern(l, key, node, &list.items[list.n++]);
	if (err == NULL)
		*out = list;
	return err;
}

/*
 * A setting of a target: in its `skills` map, or, where that has none, in
 * the target itself. Both may be NULL.
 */
static const struct ynode *
setting(const struct ynode *flat, const struct ynode *nested, const char *name)
{
	const struct ynode *key =
	    nested != NULL ? ynode_key(nested, name) : NULL;

	if (key == NULL && flat != NULL)
		key = ynode_key(flat, name);
	return key;
}

static struct error *
read_settings(const struct loading *l, const struct ynode *flat,
    const struct ynode *nested, struct config_target *t)
{
	struct error *err =
	    read_mode(l, setting(flat, nested, "mode"), &t->mode);

	if (err != NULL)
		return err;
	err = read_patterns(l, setting(flat, nested, "include"), &t->include);
	if (err != NULL)
		return err;
	err = read_patterns(l, setting(flat, nested, "exclude"), &t->exclude);
	if (err != NULL)
		return err;
	return read_naming(l, setting(flat, nested, "target_naming"),
	    &t->naming);
}

static struct error *
read_target_path(const struct loading *l, const struct ynode *key,
    const char *text, struct config_target *t)
{
	if (text != NULL) {
		t->path_text = arena_strdup(&l->config->arena, text);
		return read_path(l, key, text, &t->path);
	}
	const struct agent *agent = agents_find(t->name);
	if (agent == NULL)
		return yamltree_error(l->config->path, key,
		    "target %s has no path and is no agent that is known: "
		    "give it a path",
		    t->name);
	t->path = resolve_path(l, agent->path);
	return NULL;
}

static struct error *
read_target(const struct loading *l, const struct ynode *key,
    struct config_target *t)
{
	const struct ynode *value = ynode_resolve(key->next);
	struct ynode *flat = NULL;
	struct ynode *nested = NULL;
	const char *path = NULL;
	const char *problem = config_name_problem(key->text);
	struct error *err;

	if (problem != NULL)
		return yamltree_error(l->config->path, key,
		    "the target name %s %s: rename it", key->text, problem);
	*t = (struct config_target){
		.name = arena_strdup(&l->config->arena, key->text),
		.mode = l->config->mode,
		.naming = l->naming,
		.line = key->line,
	};
	if (value->kind == YNODE_SCALAR) {
		err = read_text(l, key, &path);
		if (err != NULL)
			return err;
	} else {
		err = read_map(l, key, &flat);
		if (err != NULL)
			return err;
		err = read_map(l, ynode_key(flat, "skills"), &nested);
		if (err != NULL)
			return err;
		const struct ynode *path_key = setting(flat, nested, "path");
		err = read_text(l, path_key, &path);
		if (err != NULL)
			return err;
		key = path_key != NULL ? path_key : key;
	}
	err = read_settings(l, flat, nested, t);
	if (err != NULL)
		return err;
	return read_target_path(l, key, path, t);
}

static int
compare_targets(const void *a, const void *b)
{
	const struct config_target *x = a;
	const struct config_target *y = b;

	return strcmp(x->name, y->name);
}

static struct error *
read_targets(const struct loading *l, const struct ynode *root)
{
	struct config *config = l->config;
	struct ynode *map = NULL;
	struct error *err = read_map(l, ynode_key(root, "targets"), &map);

	if (err != NULL || map == NULL || map->n == 0)
		return err;
	config->targets =
	    arena_alloc(&config->arena, map->n * sizeof(*config->targets));
	for (const struct ynode *key = map->first; key != NULL;
	     key = key->next->next) {
		struct config_target *t = &config->targets[config->n_targets++];

		err = read_target(l, key, t);
		if (err != NULL)
			return err;
	}
	qsort(config->targets, config->n_targets, sizeof(*config->targets),
	    compare_targets);
	return NULL;
}

struct keep_row {
	const char *key;
	size_t offset; /* in struct config_keep */
};

const struct config_keep config_undo_keep_default = { 30, 100, 0 };

/* A map of whole numbers such as "backup: {keep_days: 30}". */
MUST_USE static struct error *
read_keep(const struct loading *l, const struct ynode *key,
    const struct keep_row *rows, size_t n, struct config_keep *out)
{
	struct ynode *map = NULL;
	struct error *err = read_map(l, key, &map);

	for (size_t i = 0; err == NULL && map != NULL && i < n; i++) {
		const struct ynode *row = ynode_key(map, rows[i].key);
		const char *text = NULL;
		uint64_t value = 0;

		err = read_text(l, row, &text);
		if (err != NULL || text == NULL)
			continue;
		if (!parse_u64(text, KEEP_MAX, &value) || value == 0)
			return yamltree_error(l->config->path, row,
			    "%s takes a whole number from 1 to %d, not %s",
			    rows[i].key, KEEP_MAX, text);
		memcpy((char *)out + rows[i].offset, &value, sizeof(value));
	}
	return err;
}

MUST_USE static struct error *
read_keeps(const struct loading *l, const struct ynode *root)
{
	static const struct keep_row backup[] = {
		{ "keep_days", offsetof(struct config_keep, days) },
		{ "keep_count", offsetof(struct config_keep, count) },
		{ "keep_mb", offsetof(struct config_keep, mb) },
	};
	static const struct keep_row undo[] = {
		{ "keep_days", offsetof(struct config_keep, days) },
		{ "keep_runs", offsetof(struct config_keep, count) },
	};
	struct config *config = l->config;

	config->backup_keep = (struct config_keep){ 30, 10, 500 };
	config->undo_keep = config_undo_keep_default;
	struct error *err = read_keep(l, ynode_key(root, "backup"), backup,
	    ARRAY_LEN(backup), &config->backup_keep);
	if (err != NULL)
		return err;
	return read_keep(l, ynode_key(root, "undo"), undo, ARRAY_LEN(undo),
	    &config->undo_keep);
}

/* The list replaces the default, also where it is empty. */
MUST_USE static struct error *
read_ignore(const struct loading *l, const struct ynode *key)
{
	static const char *usual[] = { "**/.DS_Store", "**/.git/**",
		"__pycache__/" };
	struct config_patterns list = { usual, ARRAY_LEN(usual) };
	struct error *err = NULL;

	if (value_of(key) != NULL)
		err = read_patterns(l, key, &list);
	for (size_t i = 0; err == NULL && i < list.n; i++)
		ignore_add(&l->config->ignore, "ignore", "", (unsigned)i + 1,
		    list.items[i]);
	return err;
}

MUST_USE static struct error *
read_root(struct loading *l, struct ynode *root)
{
	struct error *err;

	if (root->kind != YNODE_MAP)
		return yamltree_error(l->config->path, root,
		    "the config must be a map of keys and values (source, "
		    "mode, targets)");
	const struct ynode *merge = ynode_key(root, "<<");
	if (merge != NULL)
		return yamltree_error(l->config->path, merge,
		    "merge keys (<<) are not read: write the settings out");
	err = read_source(l, root);
	if (err != NULL)
		return err;
	err = read_mode(l, ynode_key(root, "mode"), &l->config->mode);
	if (err != NULL)
		return err;
	err = read_keeps(l, root);
	if (err != NULL)
		return err;
	err = read_ignore(l, ynode_key(root, "ignore"));
	if (err != NULL)
		return err;
	err = read_naming(l, ynode_key(root, "target_naming"), &l->naming);
	if (err != NULL)
		return err;
	return read_targets(l, root);
}

struct error *
config_parse(const struct host_env *env, const char *path, const char *text,
    size_t len, struct config **out)
{
	struct config *config = xcalloc(1, sizeof(*config));
	struct loading l = { .env = env, .config = config };
	struct arena nodes = { 0 };
	struct ynode *root = NULL;

	AUTO_FREE char *abs = path_absolute(env->cwd, path);
	AUTO_FREE char *dir = path_dir(abs);
	config->path = arena_strdup(&config->arena, abs);
	config->dir = arena_strdup(&config->arena, dir);
	struct error *err =
	    yamltree_parse(&nodes, config->path, text, len, &root);
	if (err == NULL && ynode_is_null(root))
		root = ynode_map(&nodes);
	if (err == NULL)
		err = read_root(&l, root);
	arena_release(&nodes);
	if (err != NULL) {
		config_free(config);
		return err;
	}
	*out = config;
	return NULL;
}

/* Says of a config that cannot be read what a person would want to know. */
static struct error *
unreadable(const char *path, struct error *cause)
{
	AUTO_ERROR struct error *err = cause;
	struct fs_stat st = { 0 };

	if (error_code(err) == ERR_REFUSED)
		return error_new(ERR_CONFIG,
		    "the config %s is larger than 1 MiB", path);
	if (error_is_sys(err, EISDIR))
		return error_new(ERR_CONFIG,
		    "the config %s is a directory, not a file", path);
	if (!error_is_sys(err, ENOENT))
		return error_new(ERR_CONFIG, "the config %s cannot be read: %s",
		    path,
		    error_sys(err) != 0 ? strerror(error_sys(err))
					: error_msg(err));
	AUTO_ERROR struct error *stat_err = fs_stat(AT_FDCWD, path, &st);
	if (stat_err == NULL && st.kind == FS_LINK)
		return error_new(ERR_CONFIG,
		    "the config %s is a link that leads nowhere", path);
	return error_new(ERR_CONFIG, "no config at %s: run skillshare init",
	    path);
}

struct error *
config_load(const struct host_env *env, struct config **out)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	struct error *err =
	    fs_read_file(AT_FDCWD, env->config_path, YAMLTREE_MAX_BYTES, &text);

	if (err != NULL)
		return unreadable(env->config_path, err);
	return config_parse(env, env->config_path, strbuf_str(&text), text.len,
	    out);
}

const struct config_target *
config_find(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->n_targets; i++)
		if (strcmp(config->targets[i].name, name) == 0)
			return &config->targets[i];
	return NULL;
}

void
config_free(struct config *config)
{
	if (config == NULL)
		return;
	ignore_release(&config->ignore);
	arena_release(&config->arena);
	free(config);
}
