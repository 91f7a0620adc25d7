#include "cmd.h"

void
cmd_version_text(struct strbuf *out)
{
	strbuf_add(out, "skillshare " SKILLSHARE_VERSION "\n");
}

static struct error *
run(struct context *ctx, enum exit_code *exit_out)
{
	AUTO_STRBUF struct strbuf text = { 0 };

	(void)ctx;
	(void)exit_out;
	cmd_version_text(&text);
	(void)fputs(strbuf_str(&text), stdout);
	return NULL;
}

const struct command cmd_version = {
	.name = "version",
	.summary = "show the version",
	.help = "Prints the name and the version of the program.",
	.args = "",
	.run = run,
};
