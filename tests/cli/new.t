#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

mkconfig() {
	mkdir -p "$HOME/.claude"
	write_config <<-EOF
	targets:
	  claude:
	EOF
}

test_it 'new -n says what it would make, and writes nothing' '
	mkconfig
	tree_list -t "$HOME" >"$T/before"
	run skillshare new pdf -n
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	would make ~/.config/skillshare/skills/pdf/SKILL.md
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'new makes a skill and says what is next' '
	source=$HOME/.config/skillshare/skills
	run skillshare new pdf
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	✓ Made ~/.config/skillshare/skills/pdf/SKILL.md
	→ Edit it, its description first, then run: skillshare sync
	EOF
	check_file "$source/pdf/SKILL.md" <<-EOF
	---
	name: pdf
	description: "(Replace this: what the skill does, and when an agent should use it.)"
	---

	# pdf

	(Replace this: what the agent should know and do, step by step.)

	## Steps

	1. (The first thing to do.)

	## Examples

	(What a person asks, and what a good answer looks like.)
	EOF
	[ "$(ls -A "$source/..")" = "$(printf "config.yaml\nskills")" ]
'

continue_it 'nothing is odd about it, and sync shows it' '
	source=$HOME/.config/skillshare/skills
	run skillshare list
	check_code 0
	check_stderr </dev/null
	run skillshare sync
	check_code 0
	check_link "$HOME/.claude/skills/pdf" "$source/pdf"
'

continue_it 'new again: there already, nothing is changed' '
	tree_list -t "$HOME" >"$T/before"
	run skillshare new pdf
	check_code 1
	check_stdout </dev/null
	check_stderr <<-EOF
	skillshare: ~/.config/skillshare/skills/pdf is there already: choose another name
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'a nested skill, its description, JSON; undo takes it back' '
	mkconfig
	run skillshare new work/notes/daily -d "Notes: \"daily\" & more" --json
	check_code 0
	check_stdout_has "\"entry\": \"work__notes__daily\""
	check_stdout_has "\"path\": \"$source/work/notes/daily/SKILL.md\""
	check_stdout_has "\"run\": 1"
	grep -qxF "description: \"Notes: \\\"daily\\\" & more\"" \
	    "$source/work/notes/daily/SKILL.md"
	run skillshare list --json
	check_stdout_has "\"description\": \"Notes: \\\"daily\\\" & more\""
	run skillshare undo
	check_code 0
	check_absent "$source/work"
'

test_it 'undo keeps what was written since' '
	mkconfig
	skillshare new pdf
	echo mine >>"$source/pdf/SKILL.md"
	run skillshare undo
	check_code 1
	check_stderr_has pdf
	grep -qx mine "$source/pdf/SKILL.md"
'

# refused CODE NAME TEXT: new NAME ends so, with that line, writing nothing.
refused() {
	run skillshare new "$2"
	check_code "$1"
	check_stdout </dev/null
	check_stderr_has "$3"
	[ "$(wc -l <"$T/stderr")" -eq 1 ]
	assert_same_tree -t "$T/before" "${source:?}"
}

test_it 'names that cannot be: the reason, and one that can' '
	mkconfig
	tree_list -t "$source" >"$T/before"
	refused 2 "My Skill" "(did you mean my-skill?)"
	refused 2 "../../x" "it must lie below the source"
	refused 2 "" "a part of it is empty"
	refused 2 a/../b "it must lie below the source"
	refused 2 "$(printf "\033[2Jx")" "\"\\x1b[2Jx\" cannot be"
	refused 2 "$(printf "a\nb")" "\"a\\nb\" cannot be"
	refused 2 "$(printf "\377")" "\"\\xff\" cannot be"
	run skillshare new
	check_code 2
	check_stderr_has "missing argument: <name>"
	run skillshare new a -d "$(printf "a\033b")"
	check_code 2
	check_stderr_has "the description holds a line break"
'

test_it 'places that cannot be' '
	mkconfig
	mkskill "$source/a__b"
	mkdir "$source/a" "$T/else" "$source/closed"
	ln -s "$T/else" "$source/link"
	: >"$source/file"
	tree_list -t "$source" >"$T/before"
	refused 1 a/b "a/b would be a__b in a target, as a__b is"
	refused 1 link/x "is a link: skills below it would not be found"
	refused 1 file/x "is no directory"
	refused 1 link "is there already"
	chmod 500 "$source/closed"
	run as_user skillshare new closed/x
	check_code 1
	check_stderr_has "skills/closed cannot be written"
	[ -z "$(ls -A "$source/closed")" ]
'

test_it 'without a source, without a config' '
	run skillshare new pdf
	check_code 3
	check_stderr_has "run skillshare init"
	mkconfig
	rmdir "$source"
	run skillshare new pdf
	check_code 3
	check_stderr_has "~/.config/skillshare/skills"
	check_absent "$source"
'

test_it 'in a tracked repository: made, with a warning' '
	mkconfig
	mkdir -p "$source/_team/.git"
	run skillshare new _team/notes
	check_code 0
	check_stdout_has "! _team is a tracked repository"
	[ -f "$source/_team/notes/SKILL.md" ]
'

end_tests
