/*
 * Any bytes are a journal or ERR_DAMAGE that names the file, with a wrong
 * trailer and with a right one. What is read names only our own staging
 * directories, only single components, only slots that hold something; and
 * written again it reads the same.
 *
 * The input is the plan's lines, then perhaps a line "===" and the outcome's.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fs.h"
#include "journal.h"
#include "path.h"
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SHOWN "/run"

static void
must(struct error *err)
{
	if (err != NULL)
		BUG("%s", error_msg(err));
}

static void
put(int dir_fd, const char *name, const void *bytes, size_t len)
{
	AUTO_CLOSE int fd = openat(dir_fd, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, bytes, len) != (ssize_t)len)
		BUG("%s cannot be written", name);
}

/* The lines between their first line and a trailer that is right. */
static void
put_whole(int dir_fd, const char *name, const void *lines, size_t len)
{
	AUTO_STRBUF struct strbuf text = { 0 };
	char hex[DIGEST_HEX_LEN + 1];

	strbuf_printf(&text, "skillshare-%s 1\n", name);
	strbuf_add_mem(&text, lines, len);
	struct digest digest = digest_of(strbuf_str(&text), text.len);
	digest_hex(&digest, hex);
	strbuf_printf(&text, "end\t%s\n", hex);
	put(dir_fd, name, strbuf_str(&text), text.len);
}

static void
check(const struct txn *txn)
{
	for (size_t i = 0; i < txn->n_places; i++) {
		const struct place *p = &txn->places[i];

		if (p->dir[0] != '/' || p->staging[0] != '/' ||
		    strncmp(path_base(p->staging), ".skillshare-", 12) != 0 ||
		    strncmp(p->slots, p->staging, strlen(p->staging)) != 0)
			BUG("place %s %s %s", p->dir, p->staging, p->slots);
	}
	for (size_t i = 0; i < txn->n_ops; i++) {
		const struct op *op = &txn->ops[i];

		if (!path_is_name(op->name) || op->place >= txn->n_places ||
		    op->group >= txn->n_groups)
			BUG("operation on %s", op->name);
		if ((op->kind == OP_PUT || op->kind == OP_SWAP) &&
		    txn_item(txn, op->slot) == NULL)
			BUG("operation with slot %u", op->slot);
		if ((op->kind == OP_TAKE || op->kind == OP_SWAP) &&
		    (op->before == NULL || (op->before->kind == FS_LINK &&
					       op->before->text == NULL)))
			BUG("operation that expects nothing");
	}
}

static bool
read_run(int dir_fd, struct journal *out)
{
	AUTO_ERROR struct error *err = journal_read(dir_fd, SHOWN, out);

	if (err == NULL)
		return true;
	if (error_code(err) != ERR_DAMAGE ||
	    strncmp(error_msg(err), SHOWN "/", strlen(SHOWN) + 1) != 0)
		BUG("error %s", error_msg(err));
	return false;
}

static void
check_run(int dir_fd)
{
	static const struct host_id host = { .machine = "m", .boot = "b" };
	struct journal j = { 0 };
	struct journal again = { 0 };

	if (!read_run(dir_fd, &j))
		return;
	check(j.txn);
	must(journal_write_plan(dir_fd, j.txn, &host));
	must(journal_write_outcome(dir_fd, j.txn));
	if (!read_run(dir_fd, &again))
		BUG("what was read cannot be read again");
	if (again.txn->n_ops != j.txn->n_ops ||
	    again.txn->n_items != j.txn->n_items ||
	    again.txn->n_groups != j.txn->n_groups ||
	    txn_count(again.txn, OP_DONE) != txn_count(j.txn, OP_DONE))
		BUG("what was read reads otherwise the second time");
	journal_release(&j);
	journal_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	AUTO_FREE char *dir = xasprintf("%s/skillshare-fuzz-XXXXXX",
	    tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	AUTO_CLOSE int fd = -1;
	const uint8_t *cut =
	    size == 0 ? NULL : memmem(data, size, "\n===\n", 5);
	size_t plan_len = cut == NULL ? size : (size_t)(cut - data) + 1;

	if (mkdtemp(dir) == NULL)
		BUG("no scratch directory");
	must(fs_open_dir(dir, &fd));
	put(fd, "plan", data, size);
	check_run(fd);
	put_whole(fd, "plan", data, plan_len);
	if (cut != NULL)
		put_whole(fd, "outcome", cut + 5, size - plan_len - 4);
	check_run(fd);

	AUTO_CLOSE int parent_fd = -1;
	AUTO_FREE char *parent = path_dir(dir);
	must(fs_open_dir(parent, &parent_fd));
	must(tree_remove(parent_fd, path_base(dir)));
	return 0;
}
