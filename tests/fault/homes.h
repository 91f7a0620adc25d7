/*
 * What there is in the homes of scenarios: of scenarios.c alone.
 */
#ifndef HOMES_H
#define HOMES_H

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

/* In a lower layer of an overlay: directories in directories, not writable. */
static const struct entry in_the_way_below[] = {
	USED(".claude/skills"),
	{ 'f', ".claude/skills/web/SKILL.md", "mine, not the source's\n" },
	{ 'f', ".claude/skills/web/a/b/c", NULL },
	{ 'd', ".claude/skills/web/a/empty", NULL },
	{ 'l', ".claude/skills/web/link", "/usr" },
	{ 'r', ".claude/skills/web/a/b", NULL },
	{ 'r', ".claude/skills/web/a", NULL },
	{ 'r', ".claude/skills/web", NULL },
	{ 0 },
};

/* clang-format on */

#endif
