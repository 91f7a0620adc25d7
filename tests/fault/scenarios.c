/*
 * The table of scenarios: a row for each way in which a command changes
 * something. See suite.h for the fields.
 */
#include "suite.h"

/* clang-format off */

#define CONFIG(targets) "source: ~/skills\nmode: merge\ntargets:\n" targets
#define CLAUDE "  claude: {path: ~/.claude/skills}\n"
#define CLAUDE_LINK "  claude: {path: ~/.claude/skills, mode: symlink}\n"
#define CLAUDE_COPY "  claude: {path: ~/.claude/skills, mode: copy}\n"

/* A target in use: a right link, a local skill, a file, somebody's link. */
#define USED(dir) \
	{ 'l', dir "/pdf", "@/skills/pdf" }, \
	{ 'f', dir "/mine/SKILL.md", "my own\n" }, \
	{ 'f', dir "/mine/deep/er/notes.txt", NULL }, \
	{ 'f', dir "/README", NULL }, \
	{ 'l', dir "/theirs", "/usr" }

static const struct entry three_targets[] = {
	{ 'd', ".claude", NULL },
	{ 'd', ".codex/skills", NULL },
	USED(".cursor/skills"),
	{ 0 },
};

static const struct entry used[] = {
	USED(".claude/skills"),
	{ 0 },
};

/* Our own links that lead to what is not there, or to another skill. */
static const struct entry stale[] = {
	USED(".claude/skills"),
	{ 'l', ".claude/skills/gone", "@/skills/gone" },
	{ 'l', ".claude/skills/web", "@/skills/pdf" },
	{ 0 },
};

static const struct entry in_the_way[] = {
	USED(".claude/skills"),
	{ 'f', ".claude/skills/web/SKILL.md", "mine, not the source's\n" },
	{ 'f', ".claude/skills/web/a/b/c", NULL },
	{ 'r', ".claude/skills/web", NULL },
	{ 'l', ".claude/skills/git", "/usr/share" },
	{ 0 },
};

/* What to-symlink takes over: links of ours, and two local skills. */
static const struct entry to_take[] = {
	{ 'l', ".claude/skills/pdf", "@/skills/pdf" },
	{ 'l', ".claude/skills/web", "@/skills/web" },
	{ 'f', ".claude/skills/mine/SKILL.md", "my own\n" },
	{ 'f', ".claude/skills/mine/deep/er/notes.txt", NULL },
	{ 'f', ".claude/skills/other/SKILL.md", "another of mine\n" },
	{ 0 },
};

/* The source as a repository in step with hub.git, and a change there. */
#define HUB \
	"$ git init -q --template= --bare -b main hub.git && cd skills &&" \
	" git init -q --template= -b main && git config user.name n &&" \
	" git config user.email n@example.com &&" \
	" git remote add origin ../hub.git && git add -A &&" \
	" git commit -q -m one && git push -q -u origin main\n"
#define HUB_MOVED \
	HUB "$ git clone -q --template= hub.git far && cd far &&" \
	" git config user.name n && git config user.email n@example.com &&" \
	" echo far >>web/SKILL.md && mkdir new && cp pdf/SKILL.md new &&" \
	" git rm -q git/SKILL.md && git add -A && git commit -q -m two &&" \
	" git push -q && cd .. && rm -r far\n"

static const struct entry source_edited[] = {
	{ 'f', "skills/pdf/SKILL.md", "---\nname: pdf\ndescription: e\n---\n" },
	{ 'f', "skills/more/SKILL.md", "---\nname: more\ndescription: d\n---\n" },
	{ 0 },
};

static const struct entry mine_edited[] = {
	{ 'f', ".claude/skills/mine/SKILL.md", "my own, better\n" },
	{ 0 },
};

static const struct entry root_link[] = {
	{ 'l', ".claude/skills", "@/skills" },
	{ 0 },
};

static const struct entry source_moved[] = {
	{ 'f', "new/pdf/SKILL.md", "---\nname: pdf\ndescription: e\n---\n" },
	{ 'f', ".config/skillshare/config.yaml",
	    "source: ~/new\ntargets:\n" CLAUDE_LINK },
	{ 0 },
};

static const struct entry skill_gone[] = {
	{ 'x', "skills/web", NULL },
	{ 0 },
};

static const struct entry config_link[] = {
	{ 'f', "dotfiles/config.yaml", CONFIG(CLAUDE) },
	{ 'l', ".config/skillshare/config.yaml", "../../dotfiles/config.yaml" },
	USED(".claude/skills"),
	{ 0 },
};

static const struct entry ignore_link[] = {
	{ 'f', "dotfiles/skillignore", "# mine\n" },
	{ 'l', "skills/.skillignore", "../dotfiles/skillignore" },
	{ 0 },
};

static const struct entry agents[] = {
	{ 'd', ".claude", NULL },
	{ 'd', ".codex", NULL },
	{ 0 },
};

static const struct entry local_skills[] = {
	USED(".claude/skills"),
	{ 'f', ".claude/skills/other/SKILL.md", "another of mine\n" },
	{ 'f', ".claude/skills/other/x", NULL },
	{ 0 },
};

/* A source with what copies leave out, or make a file of. */
static const struct entry to_copy[] = {
	{ 'l', ".claude/skills/pdf", "@/skills/pdf" },
	{ 'f', ".claude/skills/mine/SKILL.md", "my own\n" },
	{ 'f', "skills/pdf/.git/HEAD", NULL },
	{ 'f', "skills/pdf/sub/notes.txt", NULL },
	{ 'l', "skills/pdf/notes", "sub/notes.txt" },
	{ 0 },
};

/* The source moves on under copies: changed, gone, new. */
static const struct entry moved_on[] = {
	{ 'f', "skills/pdf/run.sh", "#!/bin/sh\nanother\n" },
	{ 'x', "skills/web", NULL },
	{ 'f', "skills/new/SKILL.md", "---\nname: new\ndescription: d\n---\n" },
	{ 0 },
};

static const struct entry edited[] = {
	{ 'f', ".claude/skills/pdf/run.sh", "#!/bin/sh\nmy own\n" },
	{ 'f', ".claude/skills/pdf/more", NULL },
	{ 0 },
};

/* One skill changed in the source, another in its copy. */
static const struct entry copy_edited[] = {
	{ 'f', "skills/pdf/SKILL.md", "---\nname: pdf\ndescription: e\n---\n" },
	{ 'f', ".claude/skills/git/SKILL.md", "my words\n" },
	{ 0 },
};

/* The skill moves on, and so does its copy. */
static const struct entry both_edited[] = {
	{ 'f', "skills/pdf/SKILL.md", "---\nname: pdf\ndescription: e\n---\n" },
	{ 'f', ".claude/skills/pdf/run.sh", "#!/bin/sh\nmy own\n" },
	{ 'f', ".claude/skills/pdf/more", NULL },
	{ 0 },
};

/* A person writes another config. */
#define NEW_CONFIG(name, text) \
	static const struct entry name[] = { \
		{ 'f', ".config/skillshare/config.yaml", text }, { 0 } }
NEW_CONFIG(links_to_copies, CONFIG(CLAUDE_COPY));
NEW_CONFIG(copies_to_links, CONFIG(CLAUDE));
NEW_CONFIG(copies_to_one_link, CONFIG(CLAUDE_LINK));

const struct scenario scenarios[] = {
	{
		.name = "first sync of three targets",
		.home = three_targets,
		.config = CONFIG(CLAUDE
		    "  codex: {path: ~/.codex/skills}\n"
		    "  cursor: {path: ~/.cursor/skills}\n"),
		.command = "sync",
		.units = { ".claude", ".codex", ".cursor" },
	},
	{
		.name = "sync makes a target's parents",
		.config = CONFIG("  deep: {path: ~/one/b/c/skills}\n"
		    "  link: {path: ~/two/y/skills, mode: symlink}\n"),
		.command = "sync",
		.units = { "one", "two" },
	},
	{
		.name = "sync prunes, relinks, links",
		.home = stale,
		.config = CONFIG(CLAUDE),
		.command = "sync",
		.flags = DEEP,
	},
	{
		.name = "sync prunes, relinks, links, without exchange",
		.home = stale,
		.config = CONFIG(CLAUDE),
		.command = "sync",
		.flags = NO_EXCHANGE,
	},
	{
		.name = "sync --force",
		.home = in_the_way,
		.config = CONFIG(CLAUDE),
		.command = "sync --force",
		.flags = DEEP,
	},
	{
		.name = "sync --force without exchange",
		.home = in_the_way,
		.config = CONFIG(CLAUDE),
		.command = "sync --force",
		.flags = NO_EXCHANGE | DEEP,
	},
	{
		.name = "sync --force without exchange and no-replace",
		.home = in_the_way,
		.config = CONFIG(CLAUDE),
		.command = "sync --force",
		.flags = NO_EXCHANGE | NO_NOREPLACE,
	},
	{
		.name = "sync --force, our state on another file system",
		.home = in_the_way,
		.config = CONFIG(CLAUDE),
		.command = "sync --force",
		.mounts = { ".local/state" },
		.flags = DEEP,
	},
	{
		.name = "sync --force, the target is a mount point",
		.home = in_the_way,
		.config = CONFIG(CLAUDE),
		.command = "sync --force",
		.mounts = { ".claude/skills" },
	},
	{
		.name = "merge to symlink, local skills into the source",
		.home = to_take,
		.config = CONFIG(CLAUDE_LINK),
		.command = "sync",
		.flags = DEEP,
	},
	{
		.name = "merge to symlink without exchange",
		.home = to_take,
		.config = CONFIG(CLAUDE_LINK),
		.command = "sync",
		.flags = NO_EXCHANGE,
	},
	{
		.name = "merge to symlink, source and state on other file systems",
		.home = to_take,
		.config = CONFIG(CLAUDE_LINK),
		.command = "sync",
		.mounts = { "skills", ".local/state" },
	},
	{
		.name = "symlink to merge",
		.home = root_link,
		.config = CONFIG(CLAUDE),
		.command = "sync",
	},
	{
		.name = "symlink to merge without exchange",
		.home = root_link,
		.config = CONFIG(CLAUDE),
		.command = "sync",
		.flags = NO_EXCHANGE,
	},
	{
		.name = "the source has moved",
		.config = CONFIG(CLAUDE_LINK),
		.prepare = "sync",
		.person = source_moved,
		.command = "sync",
	},
	{
		.name = "sync after a sync",
		.home = stale,
		.config = CONFIG(CLAUDE),
		.prepare = "sync",
		.person = skill_gone,
		.command = "sync --allow-mass-prune",
	},
	{
		.name = "copies, the first",
		.home = to_copy,
		.config = CONFIG(CLAUDE_COPY),
		.command = "sync",
	},
	{
		.name = "copies updated, made and pruned",
		.home = to_copy,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync",
		.person = moved_on,
		.command = "sync",
		.flags = DEEP,
	},
	{
		.name = "copies updated, made and pruned, without exchange",
		.home = to_copy,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync",
		.person = moved_on,
		.command = "sync",
		.flags = NO_EXCHANGE,
	},
	{
		.name = "copies updated, one of them edited",
		.home = used,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync",
		.person = copy_edited,
		.command = "sync",
		.code = 1,
		.flags = SLOW,
	},
	{
		.name = "sync --force over an edited copy",
		.home = used,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync",
		.person = both_edited,
		.command = "sync --force",
		.flags = DEEP,
	},
	{
		.name = "links become copies",
		.home = used,
		.config = CONFIG(CLAUDE),
		.prepare = "sync",
		.person = links_to_copies,
		.command = "sync",
		.flags = SLOW,
	},
	{
		.name = "copies become links",
		.home = to_copy,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync",
		.person = copies_to_links,
		.command = "sync",
	},
	{
		.name = "copies become one link",
		.home = to_copy,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync",
		.person = copies_to_one_link,
		.command = "sync",
	},
	{
		.name = "one link becomes copies",
		.home = root_link,
		.config = CONFIG(CLAUDE_COPY),
		.command = "sync",
	},
	{
		.name = "pull of an edited copy and of local skills",
		.home = to_copy,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync",
		.person = edited,
		.command = "pull claude",
		.flags = DEEP,
	},
	{
		.name = "init",
		.home = agents,
		.command = "init --source ~/new",
		.flags = ONCE,
	},
	{
		.name = "init --copy-from, into a new source",
		.home = local_skills,
		.command = "init --source ~/deep/new --copy-from claude",
		.flags = ONCE | DEEP,
	},
	{
		.name = "init --copy-from, into a source that is there",
		.home = local_skills,
		.command = "init --source ~/skills --copy-from claude",
		.flags = ONCE,
	},
	{
		.name = "init --git, in a source that is there",
		.home = used,
		.config = CONFIG(CLAUDE),
		.command = "init --git --remote /nowhere",
		.code = 1,
		.flags = ONCE,
	},
	{
		.name = "init --remote, in a repository that is there",
		.config = CONFIG(CLAUDE),
		.prepare = "$ git init -q --template= --bare -b main hub.git &&"
			   " git init -q --template= -b main skills && git"
			   " -C skills config url.../hub.git.insteadOf hub:",
		.command = "init --remote hub:",
		.flags = APART | DEEP,
	},
	{
		.name = "new, in a group that is not there yet",
		.config = CONFIG(CLAUDE),
		.command = "new work/notes",
		.flags = ONCE,
	},
	{
		.name = "disable, and the file is a link",
		.home = ignore_link,
		.config = CONFIG(CLAUDE),
		.command = "disable pdf web",
	},
	{
		.name = "target add",
		.home = used,
		.config = CONFIG(CLAUDE),
		.command = "target add codex",
		.flags = ONCE,
	},
	{
		.name = "target --mode, the config is a link",
		.home = config_link,
		.command = "target claude --mode symlink",
	},
	{
		.name = "target remove",
		.home = used,
		.config = CONFIG(CLAUDE),
		.prepare = "sync",
		.command = "target remove claude",
		.flags = ONCE,
	},
	{
		.name = "target remove of a symlink target",
		.config = CONFIG(CLAUDE_LINK),
		.prepare = "sync",
		.command = "target remove claude",
		.flags = ONCE,
	},
	{
		.name = "target remove of a copy target, one copy edited",
		.home = used,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync",
		.person = both_edited,
		.command = "target remove claude",
		.flags = ONCE,
	},
	{
		.name = "undo of a forced sync",
		.home = in_the_way,
		.config = CONFIG(CLAUDE),
		.prepare = "sync --force",
		.command = "undo",
		.flags = ONCE | DEEP,
	},
	{
		.name = "undo of a forced sync, our state on another file system",
		.home = in_the_way,
		.config = CONFIG(CLAUDE),
		.prepare = "sync --force",
		.command = "undo",
		.mounts = { ".local/state" },
		.flags = ONCE,
	},
	{
		.name = "undo of merge to symlink",
		.home = to_take,
		.config = CONFIG(CLAUDE_LINK),
		.prepare = "sync",
		.command = "undo",
		.flags = ONCE,
	},
	{
		.name = "undo of target remove",
		.home = used,
		.config = CONFIG(CLAUDE),
		.prepare = "sync\ntarget remove claude",
		.command = "undo",
		.flags = ONCE,
	},
	{
		.name = "undo of copies updated, made and pruned",
		.home = to_copy,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync\n"
			   "$ echo another >>skills/pdf/run.sh && rm -r "
			   "skills/web && cp -a skills/git skills/new\nsync",
		.command = "undo",
		.flags = ONCE,
	},
	{
		.name = "undo of a pull",
		.home = local_skills,
		.config = CONFIG(CLAUDE),
		.prepare = "pull claude",
		.command = "undo",
		.flags = ONCE,
	},
	{
		.name = "backup, the first",
		.home = used,
		.config = CONFIG(CLAUDE),
		.command = "backup",
		.flags = SNAPSHOTS,
	},
	{
		.name = "backup again, of what has changed",
		.home = used,
		.config = CONFIG(CLAUDE),
		.prepare = "backup",
		.person = mine_edited,
		.command = "backup",
		.flags = SNAPSHOTS,
	},
	{
		.name = "backup --cleanup",
		.home = used,
		.config = "backup: {keep_count: 1}\n" CONFIG(CLAUDE),
		.prepare = "$ sed -i s/1/9/ .config/skillshare/config.yaml\n"
			   "backup\nsync\n"
			   "$ echo more >.claude/skills/mine/more\nbackup\n"
			   "$ sed -i s/9/1/ .config/skillshare/config.yaml",
		.command = "backup --cleanup",
		.flags = SNAPSHOTS,
	},
	{
		.name = "restore --from",
		.home = used,
		.config = CONFIG(CLAUDE),
		.prepare = "backup",
		.person = mine_edited,
		.command = "restore claude --from @oldest",
		.flags = ONCE | SLOW,
	},
	{
		.name = "push",
		.config = CONFIG(CLAUDE),
		.prepare = HUB,
		.person = source_edited,
		.command = "push",
		.units = { "hub.git" },
		.flags = APART | ONCE,
	},
	{
		.name = "pull --remote, a fast-forward",
		.config = CONFIG(CLAUDE),
		.prepare = HUB_MOVED,
		.command = "pull --remote",
		.units = { ".claude" },
		.flags = APART | ONCE | SLOW,
	},
	{
		.name = "pull --remote, a merge",
		.config = CONFIG(CLAUDE),
		.prepare = HUB_MOVED "$ cd skills && echo near >>pdf/run.sh &&"
				     " git commit -q -a -m near",
		.command = "pull --remote",
		.units = { ".claude" },
		.flags = APART | ONCE | SLOW,
	},
	{
		.name = "restore of what a forced sync displaced",
		.home = in_the_way,
		.config = CONFIG(CLAUDE),
		.prepare = "sync --force",
		.command = "restore claude",
	},
	{
		.name = "restore of a copy target, one copy edited",
		.home = used,
		.config = CONFIG(CLAUDE_COPY),
		.prepare = "sync\nbackup",
		.person = both_edited,
		.command = "restore claude",
		.flags = SLOW,
	},
	{
		.name = "pull of a target's local skills",
		.home = local_skills,
		.config = CONFIG(CLAUDE),
		.command = "pull claude",
		.units = { ".claude/skills/mine:skills/mine",
		    ".claude/skills/other:skills/other" },
		.flags = DEEP,
	},
};

const size_t n_scenarios = ARRAY_LEN(scenarios);

/* clang-format on */
