#!/bin/sh
# undo, log, and the removal of targets.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# two_agents: claude with a local skill and a foreign link, codex empty.
two_agents() {
	write_config <<-EOF
	targets:
	  claude: {}
	  codex: {}
	EOF
	mkskill "$source/notes"
	mkskill "$source/pdf"
	t=$HOME/.claude/skills
	mkskill "$t/mine"
	mkskill "$t/pdf"
	echo "my own words" >>"$t/pdf/SKILL.md"
	ln -s /elsewhere "$t/notes"
	mkdir -p "$HOME/.codex"
	skillshare recover
}

# agents: a listing of what the agents see.
agents() {
	(cd "$HOME" && tree_list .claude && tree_list .codex)
}

# check_agents FILE: the agents see what they saw.
check_agents() {
	agents >"$T/now"
	diff "$1" "$T/now" >"$T/diff" || fail "$(cat "$T/diff")"
}

test_it 'undo takes a sync back, and an undo can be undone' '
	two_agents
	agents >"$T/before"
	run skillshare sync --force
	check_code 0
	agents >"$T/after"
	check_link "$t/pdf" "$source/pdf"
	run skillshare undo -n
	check_code 0
	check_stdout_has "would restore ~/.claude/skills/pdf"
	check_agents "$T/after"
	run skillshare undo
	check_code 0
	check_stdout_has "Undoing run 1: sync --force"
	check_stdout_has "to take this back: skillshare undo 2"
	check_agents "$T/before"
	run skillshare undo 2
	check_code 0
	check_agents "$T/after"
	run skillshare undo 3
	check_code 0
	check_agents "$T/before"
	run skillshare diff --exit-code
	check_code 1
'

continue_it 'log lists the runs, the last first, and what is undone' '
	run skillshare log
	check_code 0
	check_stdout_has "  4  "
	check_stdout_has "sync --force  undone by 2" || check_stdout_has "undone by"
	check_stdout_has "Runs are kept for 30 days, at most 100 of them"
	run skillshare log --json
	check_code 0
	test "$(jq -r ".runs | length" "$T/stdout")" = 4
	test "$(jq -r ".runs[0].run" "$T/stdout")" = 4
	test "$(jq -r ".runs[0].undoes" "$T/stdout")" = 3
	run skillshare undo 3
	check_code 1
	check_stderr_has "run 3 is undone already, by run 4"
'

test_it 'one changed entry: the undo refuses as a whole and names it' '
	two_agents
	run skillshare sync
	agents >"$T/after"
	rm "$HOME/.codex/skills/pdf"
	mkskill "$HOME/.codex/skills/pdf"
	agents >"$T/changed"
	run skillshare undo
	check_code 1
	check_stderr_has "~/.codex/skills/pdf: changed since"
	check_stderr_has "nothing was changed"
	check_agents "$T/changed"
	run skillshare undo --json
	check_code 1
	run skillshare undo 17
	check_code 1
	check_stderr_has "there is no run 17"
	run skillshare undo x
	check_code 2
'

test_it 'undo takes back init, target add and a change of mode' '
	mkdir "$HOME/.claude"
	tree_list "$HOME" >"$T/bare"
	skillshare init
	cp "$HOME/.config/skillshare/config.yaml" "$T/config"
	mkdir "$HOME/agent"
	skillshare target add agent "$HOME/agent"
	skillshare target claude --mode symlink
	skillshare undo
	skillshare undo
	cmp "$T/config" "$HOME/.config/skillshare/config.yaml"
	run skillshare undo
	check_code 0
	check_absent "$HOME/.config"
	run skillshare undo
	check_code 1
	check_stderr_has "there is nothing to undo"
'

test_it 'a directory that the run made stays if somebody uses it' '
	two_agents
	run skillshare sync
	echo hello >"$HOME/.codex/skills/note.txt"
	run skillshare undo
	check_code 0
	echo hello | check_file "$HOME/.codex/skills/note.txt"
	check_absent "$HOME/.codex/skills/pdf"
'

test_it 'what undo needs is kept by count' '
	two_agents
	cat >>"$HOME/.config/skillshare/config.yaml" <<-EOF
	undo:
	  keep_runs: 2
	EOF
	run skillshare sync
	for i in 1 2 3; do
		skillshare undo
		run skillshare sync
	done
	run skillshare log --json
	test "$(jq -r ".runs | length" "$T/stdout")" = 2
	run skillshare log
	check_stdout_has "at most 2 of them"
'

test_it 'target remove: links become real copies, the rest stays' '
	two_agents
	run skillshare sync
	agents >"$T/linked"
	cp "$HOME/.config/skillshare/config.yaml" "$T/config"
	run skillshare target remove claude -n
	check_code 0
	check_stdout_has "would remove claude"
	check_agents "$T/linked"
	run skillshare target remove codex
	check_code 0
	check_stdout_has "✓ codex: removed (2 skills copied, 0 local kept)"
	check_dir "$HOME/.codex/skills/pdf"
	cmp "$HOME/.codex/skills/pdf/SKILL.md" "$source/pdf/SKILL.md"
	run skillshare target codex
	check_code 1
	run skillshare target remove claude
	check_code 0
	check_link "$t/notes" /elsewhere
	check_dir "$t/mine"
	run skillshare undo
	check_code 0
	run skillshare undo
	check_code 0
	check_agents "$T/linked"
	cmp "$T/config" "$HOME/.config/skillshare/config.yaml"
'

test_it 'target remove in symlink mode: the link becomes a directory' '
	two_agents
	skillshare target codex --mode symlink
	skillshare sync codex
	check_link "$HOME/.codex/skills" "$source"
	run skillshare target remove codex
	check_code 0
	check_dir "$HOME/.codex/skills"
	cmp "$HOME/.codex/skills/notes/SKILL.md" "$source/notes/SKILL.md"
	check_dir "$source/notes"
	run skillshare undo
	check_code 0
	check_link "$HOME/.codex/skills" "$source"
'

test_it 'target remove while another target has the directory: only the config' '
	two_agents
	run skillshare sync
	skillshare target add again "$HOME/.codex/skills"
	agents >"$T/linked"
	run skillshare target remove again
	check_code 0
	check_stdout_has "another target has its directory"
	check_agents "$T/linked"
'

test_it 'target remove --all, and what it needs' '
	two_agents
	run skillshare sync
	run skillshare target remove
	check_code 2
	run skillshare target remove nobody
	check_code 1
	check_stderr_has "no target nobody"
	run skillshare target remove --all
	check_code 0
	check_dir "$HOME/.codex/skills/pdf"
	run skillshare target list --json
	test "$(jq -r ".targets | length" "$T/stdout")" = 0
'

test_it 'through changes of mode, one run after the other, back to the byte' '
	write_config <<-EOF
	targets:
	  claude: {}
	EOF
	mkskill "$source/notes"
	mkskill "$source/pdf"
	mkdir "$HOME/.claude"
	n=0
	tree_list "$HOME/.claude" >"$T/0"
	for mode in merge copy symlink copy merge symlink merge; do
		skillshare target claude --mode "$mode"
		skillshare sync
		n=$((n + 1))
		tree_list "$HOME/.claude" >"$T/$n"
	done
	while [ "$n" -gt 0 ]; do
		assert_same_tree "$T/$n" "$HOME/.claude"
		skillshare undo
		[ "$n" -eq 1 ] || skillshare undo
		n=$((n - 1))
	done
	assert_same_tree "$T/0" "$HOME/.claude"
'

test_it 'a directory that somebody else put there is not the one that it was' '
	two_agents
	skillshare sync --force
	cp -a "$t" "$HOME/.claude/other"
	mv "$t" "$HOME/.claude/old"
	mv "$HOME/.claude/other" "$t"
	run skillshare undo
	check_code 1
	check_stderr_has "~/.claude/skills is not the directory that it was"
'

end_tests
