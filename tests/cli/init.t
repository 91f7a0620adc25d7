#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

test_it 'init -n finds the agents that are here, and writes nothing' '
	mkdir -p "$HOME/.claude" "$HOME/.cursor/skills" "$HOME/.agents"
	: >"$HOME/.codex"
	tree_list -t "$HOME" >"$T/before"
	run skillshare init -n
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Initializing skillshare
	─────────────────────────────────────────
	! Dry run mode - no changes will be made
	would make source ~/.config/skillshare/skills
	would make config ~/.config/skillshare/config.yaml
	would add target claude (~/.claude/skills)
	would add target cursor (~/.cursor/skills)
	would add target universal (~/.agents/skills)
	EOF
	assert_same_tree -t "$T/before" "$HOME"
	cp "$T/stdout" "$T/default"
	run skillshare init -n --all-targets
	check_code 0
	cmp "$T/default" "$T/stdout"
'

test_it 'init -n --targets adds those, here or not, each once' '
	mkdir -p "$HOME/.claude"
	run skillshare init -n --targets cursor,codex --targets=cursor
	check_code 0
	check_stdout_has "would add target codex (~/.codex/skills)"
	check_stdout_has "would add target cursor (~/.cursor/skills)"
	check_stdout_lacks claude
	[ "$(grep -c "would add" "$T/stdout")" -eq 2 ]
'

test_it 'init -n --no-targets adds none' '
	mkdir -p "$HOME/.claude"
	run skillshare init -n --no-targets
	check_code 0
	check_stdout_lacks "would add"
'

test_it 'init -n takes a source that is there' '
	mkskill "$HOME/skills/pdf"
	run skillshare init -n --source "~/skills"
	check_code 0
	check_stdout_lacks "would make source"
	run env SKILLSHARE_SOURCE="$T/else" "$SKILLSHARE" init -n
	check_code 0
	check_stdout_has "would make source $T/else"
'

test_it 'init refuses a source that is a file' '
	: >"$HOME/file"
	run skillshare init --source "$HOME/file"
	check_code 1
	check_stderr_has "source ~/file is not a directory"
'

test_it 'init leaves out an agent that holds the source' '
	mkdir -p "$HOME/.claude/skills" "$HOME/.cursor"
	run skillshare init -n --source "$HOME/.claude/skills"
	check_code 0
	check_stderr_has "! Left out target claude: ~/.claude/skills and the source"
	check_stdout_lacks "would add target claude"
	check_stdout_has "would add target cursor"
	run skillshare init -n --source "$HOME/.claude/skills" --targets claude
	check_code 1
	check_stdout </dev/null
'

test_it 'init never replaces a config, not even a dangling link' '
	mkdir -p "$HOME/.config/skillshare"
	ln -s nowhere "$HOME/.config/skillshare/config.yaml"
	tree_list -t "$HOME" >"$T/before"
	run skillshare init
	check_code 3
	check_stdout </dev/null
	check_stderr <<-EOF
	skillshare: there is a config already: ~/.config/skillshare/config.yaml; to add agents that appeared since: skillshare init --discover
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

mkconfig() {
	mkdir -p "$HOME/.config/skillshare" "$HOME/.claude" "$HOME/.cursor" \
	    "$HOME/.codex"
	printf "targets:\n  claude:\n  x:\n    path: ~/.codex/skills\n" \
	    >"$HOME/.config/skillshare/config.yaml"
}

test_it 'init --discover -n adds what is not in the config' '
	mkconfig
	tree_list -t "$HOME" >"$T/before"
	run skillshare init --discover -n
	check_code 0
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	would add target cursor (~/.cursor/skills)
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'init --discover --select adds these only' '
	mkconfig
	mkdir "$HOME/.gemini" "$HOME/.roo"
	run skillshare init --discover --select roo -n
	check_code 0
	check_stdout_has "would add target roo"
	check_stdout_lacks cursor
	run skillshare init --discover --select claude -n
	check_code 1
	check_stderr_has "claude (~/.claude/skills) is a target in"
'

test_it 'init --discover with nothing new' '
	mkconfig
	rmdir "$HOME/.cursor"
	run skillshare init --discover
	check_code 0
	check_stdout <<-EOF
	→ No new agents on this machine
	EOF
'

test_it 'init --discover without a config' '
	run skillshare init --discover
	check_code 3
	check_stderr_has "run skillshare init"
'

test_it 'init makes source and config, and says what is next' '
	mkdir -p "$HOME/.claude" "$HOME/.cursor/skills"
	run skillshare init
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Initializing skillshare
	─────────────────────────────────────────
	✓ Source: ~/.config/skillshare/skills (new)
	✓ Config: ~/.config/skillshare/config.yaml
	✓ Target: claude (~/.claude/skills)
	✓ Target: cursor (~/.cursor/skills)

	→ Run: skillshare sync
	EOF
	check_dir "$HOME/.config/skillshare/skills"
	[ "$(skillshare target list --names | tr "\n" " ")" = "claude cursor " ]
	check_absent "$HOME/.claude/skills"
'

continue_it 'and sync is next' '
	mkskill "$HOME/.config/skillshare/skills/pdf"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: merged (1 linked, 0 local, 0 updated, 0 pruned)"
'

continue_it 'init again: refused, nothing changed' '
	tree_list -t "$HOME" >"$T/before"
	run skillshare init
	check_code 3
	check_stderr_has "skillshare init --discover"
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'init --discover adds what appeared since, and leaves the rest' '
	config=$HOME/.config/skillshare/config.yaml
	sed -i "1i # mine" "$config"
	cp "$config" "$T/old"
	mkdir "$HOME/.codex"
	run skillshare init --discover
	check_code 0
	check_stdout_has "codex (~/.codex/skills)"
	check_stdout_lacks "cursor"
	diff "$T/old" "$config" | grep "^<" >"$T/gone" || :
	[ ! -s "$T/gone" ]
	[ "$(skillshare target list --names | tr "\n" " ")" = \
	    "claude codex cursor " ]
'

test_it 'init with everything said' '
	mkskill "$HOME/mine/pdf"
	run skillshare init --source "$HOME/mine" --targets codex,claude \
	    --mode symlink
	check_code 0
	check_stdout_has "✓ Source: ~/mine"
	check_stdout_lacks "(new)"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: symlink"
	check_link "$HOME/.codex/skills" "$HOME/mine"
'

test_it 'init -n and init name the same things' '
	mkdir -p "$HOME/.claude" "$HOME/.codex"
	skillshare init -n | grep -o "[^ ]* (*~/[^)]*" | sed "s/[ (]*~/ ~/" |
		sort >"$T/plan"
	skillshare init | sed "s/ (new)//" |
		grep -o "[^ ]* (*~/[^)]*" | sed "s/:* *(*~/ ~/" >"$T/done"
	sed "s/.* ~/~/" "$T/plan" | sort >"$T/plan.paths"
	sed "s/.* ~/~/" "$T/done" | sort >"$T/done.paths"
	[ "$(wc -l <"$T/done.paths")" -eq 4 ]
	diff "$T/plan.paths" "$T/done.paths"
'

test_it 'init where the config cannot be made: exit code, and nothing left' '
	mkdir "$HOME/.config"
	chmod 500 "$HOME/.config"
	run as_user skillshare init --no-targets
	[ "$code" -ne 0 ]
	check_stderr_has "~/.config"
	[ -z "$(ls -A "$HOME/.config")" ]
'

test_it 'the repository that init --git makes is a run of its own' '
	skip_if "! command -v git" "no git"
	mkdir -p "$HOME/.claude"
	run skillshare init --all-targets
	check_code 0
	git init -q --bare "$T/hub.git"
	tree_list "$HOME/.config" >"$T/before"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	[ "$(git -C "$source" remote get-url origin)" = "$T/hub.git" ]
	git -C "$source" status --porcelain >"$T/status"
	check_file "$T/status" </dev/null
	tree_list "$HOME/.config" >"$T/after"
	run skillshare undo
	check_code 0
	assert_same_tree "$T/before" "$HOME/.config"
	run skillshare undo 3
	check_code 0
	assert_same_tree "$T/after" "$HOME/.config"
	mkskill "$source/pdf"
	git -C "$source" add -A
	run skillshare undo 2
	check_code 1
	check_stderr_has "/.git: changed since"
	test -e "$source/.git/index"
'

end_tests
