#include "agents.h"

#include <string.h>

/* clang-format off */
/* Sorted by name. */
static const struct agent agents[] = {
	{ "adal", "~/.adal/skills", "", "" },
	{ "aiderdesk", "~/.aider-desk/skills", "aider-desk", "" },
	{ "amp", "~/.config/agents/skills", "", "~/.claude/skills" },
	{ "antigravity", "~/.gemini/skills",
	    "gemini,gemini-cli,antigravity-cli", "~/.agents/skills" },
	{ "astrbot", "~/.astrbot/data/skills", "", "" },
	{ "augment", "~/.augment/skills", "", "" },
	{ "bob", "~/.bob/skills", "", "" },
	{ "claude", "~/.claude/skills", "claude-code", "" },
	{ "cline", "~/.cline/skills", "", "" },
	{ "codearts", "~/.codeartsdoer/skills", "codearts-agent", "" },
	{ "codebuddy", "~/.codebuddy/skills", "", "" },
	{ "codestudio", "~/.codestudio/skills", "code-studio", "" },
	{ "codex", "~/.codex/skills", "", "~/.agents/skills" },
	{ "comate", "~/.comate/skills", "", "" },
	{ "commandcode", "~/.commandcode/skills", "command-code", "" },
	{ "continue", "~/.continue/skills", "", "" },
	{ "copilot", "~/.copilot/skills", "github-copilot", "" },
	{ "cortex", "~/.snowflake/cortex/skills", "", "" },
	{ "crush", "~/.config/crush/skills", "", "" },
	{ "cursor", "~/.cursor/skills", "",
	    "~/.agents/skills,"
	    "~/.claude/skills,"
	    "~/.codex/skills" },
	{ "deepagents", "~/.deepagents/agent/skills", "deep-agents", "" },
	{ "devin", "~/.config/devin/skills", "devin-terminal", "" },
	{ "dexto", "~/.agents/skills", "", "" },
	{ "droid", "~/.factory/skills", "factory", "" },
	{ "firebender", "~/.firebender/skills", "",
	    "~/.agents/skills,"
	    "~/.claude/skills,"
	    "~/.codex/skills,"
	    "~/.cursor/skills,"
	    "~/.goose/skills" },
	{ "forgecode", "~/forge/skills", "forge-code", "" },
	{ "goose", "~/.config/goose/skills", "", "" },
	{ "grok", "~/.grok/skills", "xai,grok-cli", "~/.agents/skills" },
	{ "hermes", "~/.hermes/skills", "hermes-agent", "" },
	{ "iflow", "~/.iflow/skills", "iflow-cli", "" },
	{ "junie", "~/.junie/skills", "", "" },
	{ "kilocode", "~/.kilocode/skills", "kilo", "" },
	{ "kimi", "~/.config/agents/skills", "kimi-cli",
	    "~/.agents/skills,"
	    "~/.claude/skills,"
	    "~/.codex/skills" },
	{ "kiro", "~/.kiro/skills", "kiro-cli", "" },
	{ "kode", "~/.kode/skills", "", "" },
	{ "letta", "~/.letta/skills", "", "" },
	{ "lingma", "~/.lingma/skills", "", "" },
	{ "mcpjam", "~/.mcpjam/skills", "", "" },
	{ "mux", "~/.mux/skills", "", "" },
	{ "neovate", "~/.neovate/skills", "", "" },
	{ "omp", "~/.omp/agent/skills", "oh-my-pi", "" },
	{ "openclaw", "~/.openclaw/skills", "", "" },
	{ "opencode", "~/.config/opencode/skills", "", "" },
	{ "openhands", "~/.openhands/skills", "", "" },
	{ "pi", "~/.pi/agent/skills", "", "" },
	{ "pochi", "~/.pochi/skills", "", "" },
	{ "purecode", "~/.purecode/skills", "purecode-ai", "" },
	{ "qoder", "~/.qoder/skills", "", "" },
	{ "qwen", "~/.qwen/skills", "qwen-code", "" },
	{ "replit", "~/.config/agents/skills", "", "" },
	{ "roo", "~/.roo/skills", "", "~/.agents/skills" },
	{ "rovodev", "~/.rovodev/skills", "rovo-dev", "" },
	{ "tabnine", "~/.tabnine/agent/skills", "tabnine-cli", "" },
	{ "trae", "~/.trae/skills", "", "" },
	{ "trae-cn", "~/.trae-cn/skills", "", "" },
	{ "universal", "~/.agents/skills", "agents", "" },
	{ "verdent", "~/.verdent/skills", "", "" },
	{ "vibe", "~/.vibe/skills", "mistral-vibe", "" },
	{ "warp", "~/.agents/skills", "", "" },
	{ "windsurf", "~/.codeium/windsurf/skills", "", "" },
	{ "witsy", "~/.agents/skills", "", "" },
	{ "xcode-claude",
	    "~/Library/Developer/Xcode/CodingAssistant/"
	    "ClaudeAgentConfig/skills",
	    "", "" },
	{ "xcode-codex", "~/Library/Developer/Xcode/CodingAssistant/codex/skills",
	    "", "" },
	{ "zed", "~/.agents/skills", "", "" },
	{ "zencoder", "~/.zencoder/skills", "", "" },
};
/* clang-format on */

/* Only what is known; the others have no row. */
static const struct {
	const char *name;
	unsigned blind;
} blind_agents[] = {
	{ "codex", AGENT_BLIND_LINKED_FILE },
};

unsigned
agents_blind(const struct agent *agent)
{
	for (size_t i = 0; i < ARRAY_LEN(blind_agents); i++) {
		if (strcmp(blind_agents[i].name, agent->name) == 0)
			return blind_agents[i].blind;
	}
	return 0;
}

const struct agent *
agents_all(size_t *n_out)
{
	*n_out = ARRAY_LEN(agents);
	return agents;
}

/* Is name one of the comma-separated list? */
static bool
list_has(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (*list != '\0') {
		size_t item_len = strcspn(list, ",");

		if (item_len == len && strncmp(list, name, len) == 0)
			return true;
		list += item_len;
		list += *list == ',';
	}
	return false;
}

const struct agent *
agents_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(agents); i++)
		if (strcmp(agents[i].name, name) == 0 ||
		    list_has(agents[i].aliases, name))
			return &agents[i];
	return NULL;
}
