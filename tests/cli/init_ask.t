#!/bin/sh
# init on a terminal: script(1) makes one. What is typed ahead is read question
# by question; the tty shows it first.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
	skip_all 'no script(1) that runs a command'

# on_terminal ANSWERS COMMAND: the command sees a terminal with these answers,
# in the form of printf. Its exit code is in $code, what it showed in $T/stdout.
on_terminal() {
	ran=$2
	code=0
	: >"$T/stderr"
	printf "%b" "$1" | NO_COLOR=1 TERM=xterm script -qec "$2" /dev/null \
	    >"$T/raw" || code=$?
	tr -d '\r' <"$T/raw" >"$T/stdout"
}

init='"$SKILLSHARE" init'

mkagents() {
	mkskill "$HOME/.claude/skills/pdf"
	mkskill "$HOME/.claude/skills/notes"
	mkdir -p "$HOME/.codex"
}

test_it 'Enter takes what is safe: all agents, merge, copies, no git' '
	mkagents
	on_terminal "\n\n\n\n\n\n" "$init"
	check_code 0
	check_stdout_has "  claude     ~/.claude/skills (2 skills)"
	check_stdout_has "  codex      ~/.codex/skills (0 skills)"
	check_stdout_has "Directory of the skills [~/.config/skillshare/skills]"
	check_stdout_has "Agents to show them to (all, none, or names) [all]"
	check_stdout_has "Copy 2 skills from claude into the source? [Y/n]"
	check_stdout_has "Make a git repository of the source? [y/N]"
	check_stdout_has "would take skill notes (from claude)"
	check_stdout_has "Go ahead? [Y/n]"
	check_stdout_has "✓ Skill: pdf (from claude)"
	check_stdout_has "→ Run: skillshare sync"
	[ "$(skillshare target list --names | tr "\n" " ")" = "claude codex " ]
	check_dir "$HOME/.claude/skills/pdf"
	check_dir "$HOME/.config/skillshare/skills/notes"
	check_absent "$HOME/.config/skillshare/skills/.git"
'

continue_it 'the first question comes after what was found, and no prompt after a write' '
	found=$(grep -n "Found on this machine" "$T/stdout" | cut -d: -f1)
	first=$(grep -n "Directory of the skills" "$T/stdout" | cut -d: -f1)
	[ "$found" -lt "$first" ]
	sed "1,/Go ahead/d" "$T/stdout" >"$T/after"
	! grep -F "[Y/n]" "$T/after"
	! grep -F "[y/N]" "$T/after"
'

test_it 'every answer can be another one' '
	mkagents
	on_terminal "~/mine\ncodex, claude\nsymlink\nn\ny\nnone\ny\n" "$init"
	check_code 0
	check_dir "$HOME/mine/.git"
	check_absent "$HOME/mine/pdf"
	grep -qx "source: ~/mine" "$HOME/.config/skillshare/config.yaml"
	grep -qx "mode: symlink" "$HOME/.config/skillshare/config.yaml"
'

test_it 'what is wrong is said and asked again, without its escapes' '
	mkagents
	: >"$HOME/file"
	on_terminal "~/file\n~/mine\nclod\nx\0001y\nnone\n\nperhaps\nn\n" "$init"
	check_stdout_has "! source ~/file is not a directory"
	check_stdout_has "! clod is not a known agent"
	check_stdout_has "! x\\x01y is not a known agent"
	check_stdout_has "! please answer y or n"
'

test_it 'five answers that will not do: nothing is written' '
	mkagents
	tree_list -t "$HOME" >"$T/before"
	on_terminal "\na\nb\nc\nd\ne\n" "$init"
	check_code 1
	check_stdout_has "skillshare: nothing was written: no answer in 5"
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'no at the end: nothing is written' '
	mkagents
	tree_list -t "$HOME" >"$T/before"
	on_terminal "\n\n\n\n\nn\n" "$init"
	check_code 1
	check_stdout_has "skillshare: nothing was written: not agreed to"
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'the input ends at a question: nothing is written' '
	mkagents
	tree_list -t "$HOME" >"$T/before"
	on_terminal "\n\n" "$init"
	check_code 1
	check_stdout_has "skillshare: nothing was written: the input ended"
	assert_same_tree -t "$T/before" "$HOME"
'

# wait_until WORDS: the terminal shows them; a minute is for a busy machine.
wait_until() {
	tries=0
	until grep -q "$1" "$T/raw"; do
		tries=$((tries + 1))
		[ "$tries" -lt 1200 ] || return 1
		sleep 0.05
	done
}

# The answer comes when the question is there, and the input ends only when
# the answer was taken: an end that is seen before a signal is another thing.
interrupt() {
	printf '\n'
	wait_until 'Agents to show' || return
	printf '\003'
	wait_until 'nothing was written'
}

test_it 'Ctrl-C at a question: nothing is written, exit code 130' '
	mkagents
	tree_list -t "$HOME" >"$T/before"
	: >"$T/raw"
	code=0
	interrupt | NO_COLOR=1 script -qfec "$init" /dev/null >"$T/raw" ||
		code=$?
	[ "$code" -eq 130 ] || fail "exit code $code: $(cat "$T/raw")"
	grep -q "nothing was written: stopped by SIGINT" "$T/raw"
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'what an option says is not asked; with all of them, nothing is' '
	mkagents
	on_terminal "n\nn\nn\n" \
	    "$init --targets claude --mode merge --source ~/mine --no-git"
	check_code 1
	check_stdout_has "Copy 2 skills from claude"
	check_stdout_lacks "Directory of the skills"
	check_stdout_lacks "Agents to show"
	check_stdout_lacks "Mode: merge"
	check_stdout_lacks "git repository of the source?"
	on_terminal "" "$init --targets claude --mode merge --source ~/mine \
	    --no-git --no-copy"
	check_code 0
	check_stdout_lacks "[Y/n]"
	check_stdout_lacks "Found on this machine"
'

test_it '--yes, --dry-run and no terminal ask nothing and copy nothing' '
	mkagents
	on_terminal "" "$init --dry-run"
	check_code 0
	check_stdout_has "! Dry run mode - no changes will be made"
	check_stdout_lacks "[Y/n]"
	on_terminal "" "$init --yes"
	check_code 0
	check_stdout_lacks "[Y/n]"
	[ -z "$(ls -A "$HOME/.config/skillshare/skills")" ]
'

test_it 'two versions of a skill: which is meant is asked, none is the default' '
	mkskill "$HOME/.claude/skills/pdf"
	mkskill "$HOME/.codex/skills/pdf" pdf "Another version"
	mkskill "$HOME/.codex/skills/same"
	mkskill "$HOME/.claude/skills/same"
	on_terminal "\n\n\n\n\n\nn\n" "$init"
	check_stdout_has "pdf differs in claude, codex. Copy the version of [none]"
	check_stdout_has "! pdf: not taken from claude, another place has"
	check_stdout_has "would take skill same (from claude, codex)"
	on_terminal "\n\n\n\ncursor\ncodex\n\n\n" "$init"
	check_code 0
	check_stdout_has "! cursor has no version of pdf"
	check_stdout_has "✓ Skill: pdf (from codex)"
	grep -q Another "$HOME/.config/skillshare/skills/pdf/SKILL.md"
	grep -q "for tests" "$HOME/.claude/skills/pdf/SKILL.md"
'

test_it 'a repository that is there is not asked about, but told' '
	mkagents
	mkskill "$HOME/mine/web"
	git init -q "$HOME/mine"
	on_terminal "\n\n\n\n" "$init --source ~/mine"
	check_code 0
	check_stdout_has "source     ~/mine (1 skill, in a git repository)"
	check_stdout_lacks "Make a git repository"
'

test_it 'init --discover asks which; Enter takes all' '
	mkagents
	skillshare init --targets claude --no-copy
	mkdir -p "$HOME/.cursor"
	on_terminal "none\n" "$init --discover"
	check_code 0
	check_stdout_has "New agents on this machine:"
	check_stdout_has "Add which of them (all, none, or names) [all]"
	check_stdout_has "→ No agent was added"
	[ "$(skillshare target list --names)" = claude ]
	on_terminal "codex\n" "$init --discover"
	check_code 0
	[ "$(skillshare target list --names | tr "\n" " ")" = "claude codex " ]
	on_terminal "\n" "$init --discover"
	check_code 0
	[ "$(skillshare target list --names | tr "\n" " ")" = \
	    "claude codex cursor " ]
'

end_tests
