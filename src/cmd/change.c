#include "change.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "config.h"
#include "gitfile.h"
#include "lower.h"
#include "path.h"
#include "session.h"

/* Applies the one group of txn; its error is the command's. */
MUST_USE static struct error *
apply_one(struct session *s, struct txn *txn)
{
	struct error *err = session_apply(s, txn);

	if (err == NULL)
		err = STEAL_PTR(txn->groups[0].error);
	return err;
}

/* Under the lock: does the file still hold what the edit was made from? */
MUST_USE static struct error *
check_unchanged(const char *path, const struct strbuf *old)
{
	AUTO_STRBUF struct strbuf now = { 0 };
	struct error *err =
	    fs_read_file(AT_FDCWD, path, CONFIG_MAX_BYTES, &now);

	if (err != NULL)
		return err;
	if (now.len != old->len ||
	    memcmp(strbuf_str(&now), strbuf_str(old), old->len) != 0)
		return error_new(ERR_CONFLICT,
		    "%s was changed by somebody else just now: run the "
		    "command again",
		    path);
	return NULL;
}

struct error *
change_config(struct context *ctx, const struct strbuf *old,
    const char *new_text)
{
	AUTO_SESSION struct session s = { 0 };
	struct txn *txn = txn_new(ctx->line);
	struct error *err = session_open(&s, ctx);

	if (err == NULL)
		err = check_unchanged(ctx->env.config_path, old);
	txn_group(txn, "config", NULL);
	if (err == NULL)
		err = lower_file(txn, ctx->env.config_path, new_text,
		    strlen(new_text));
	if (err == NULL)
		err = apply_one(&s, txn);
	txn_free(txn);
	return err;
}

MUST_USE static struct error *
check_absent(const char *path)
{
	struct fs_stat st = { 0 };
	struct error *err = fs_stat_follow(AT_FDCWD, path, &st);

	if (err == NULL && st.kind != FS_ABSENT)
		err = error_new(ERR_CONFLICT,
		    "%s was made by somebody else just now", path);
	return err;
}

MUST_USE static struct error *
lower_existing(struct txn *txn, const char *dir, uint16_t *place_out)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE char *real = NULL;
	struct fs_stat st = { 0 };
	struct error *err = fs_open_dir(dir, &fd);

	if (err == NULL)
		err = fs_fd_path(fd, &real);
	if (err == NULL)
		err = fs_stat_fd(fd, dir, &st);
	return err != NULL ? err
			   : lower_place(txn, real, fs_id_of(&st), place_out);
}

/* The source, and what is copied into it. */
MUST_USE static struct error *
lower_source(struct txn *txn, const struct change_start *start)
{
	uint16_t place = 0;
	struct error *err;

	if (!start->makes_source && start->taken->n == 0)
		return NULL;
	if (start->makes_source)
		err = lower_mkdirs(txn, start->source, &place);
	else
		err = lower_existing(txn, start->source, &place);
	if (err == NULL)
		collect_lower_copies(txn, place, start->taken);
	return err;
}

struct error *
change_begin(struct context *ctx, const struct change_start *start)
{
	AUTO_SESSION struct session s = { 0 };
	struct txn *txn = txn_new(ctx->line);
	struct error *err = session_open(&s, ctx);

	if (err == NULL)
		err = check_absent(ctx->env.config_path);
	txn_group(txn, "config", NULL);
	if (err == NULL)
		err = lower_source(txn, start);
	if (err == NULL)
		err = lower_file(txn, ctx->env.config_path, start->config_text,
		    strlen(start->config_text));
	if (err == NULL)
		err = apply_one(&s, txn);
	txn_free(txn);
	return err;
}

struct error *
change_put(struct context *ctx, const char *dir, const char *name,
    item_builder *build, void *payload)
{
	AUTO_SESSION struct session s = { 0 };
	AUTO_FREE char *abs = path_join(dir, name);
	struct txn *txn = txn_new(ctx->line);
	uint16_t place = 0;
	struct error *err = session_open(&s, ctx);

	if (err == NULL)
		err = check_absent(abs);
	txn_group(txn, "source", NULL);
	if (err == NULL)
		err = lower_existing(txn, dir, &place);
	if (err == NULL) {
		txn_put(txn, place, name,
		    txn_item_build(txn, place, build, payload));
		err = apply_one(&s, txn);
	}
	txn_free(txn);
	return err;
}

struct error *
change_git_file(struct session *s, const char *abs, item_builder *build,
    void *payload, const char *ref)
{
	struct txn *txn = txn_new(s->ctx->line);
	uint16_t place = 0;

	txn_group(txn, "source", NULL);
	struct error *err = git_file_lower(txn, abs, s->ctx->config->source,
	    build, payload, &place);
	if (err == NULL && ref != NULL)
		txn_ref(txn, place, ref);
	if (err == NULL) {
		err = apply_one(s, txn);
		/* There is more than one file called config. */
		if (err != NULL)
			err = error_wrap(err, "the git repository");
	}
	txn_free(txn);
	return err;
}
