#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# git_line TEXT: what status says of the source's repository.
git_line() {
	run skillshare status
	check_code 0
	check_stdout_has "  Git: $1"
	[ "$(sed -n "s/^  Git: //p" "$T/stdout")" = "$1" ] ||
		run_was_wrong "expected the git line: $1"
}

git_in() {
	git -C "$@" >/dev/null 2>&1
}

# a_source: one skill, no target.
a_source() {
	write_config <<-EOF
	targets: {}
	EOF
	mkskill "$source/a"
}

test_it 'the output is that of the mission' '
	write_config <<-EOF
	targets:
	  claude: {}
	  codex: {mode: symlink}
	  cursor: {}
	EOF
	for name in a b c d e; do
		mkskill "$source/_team-repo/$name"
	done
	git_in "$source/_team-repo" init -b main
	git_in "$source/_team-repo" add .
	git_in "$source/_team-repo" commit -m "First"
	git_in "$T" init --bare -b main team.git
	git_in "$source/_team-repo" remote add origin "$T/team.git"
	git_in "$source/_team-repo" push -u origin main
	git_in "$source" init -b main
	echo "_team-repo/" >"$source/.gitignore"
	git_in "$source" add .
	git_in "$source" commit -m "First"
	git_in "$T" init --bare -b main remote.git
	git_in "$source" remote add origin "$T/remote.git"
	git_in "$source" push -u origin main
	skillshare sync
	tree_list -t "$HOME" >"$T/before"
	run skillshare status
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Skillshare Status
	─────────────────────────────────────────
	Source: ~/.config/skillshare/skills
	  Skills: 5
	  Git: clean (remote: origin)

	Targets:
	  claude    merge     5/5 synced    ~/.claude/skills
	  codex     symlink   ✓ linked      ~/.codex/skills
	  cursor    merge     5/5 synced    ~/.cursor/skills

	Tracked Repositories:
	  _team-repo    5 skills    up-to-date
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'a tracked repository that is not' '
	source=$HOME/.config/skillshare/skills
	echo >"$source/_team-repo/new"
	run skillshare status
	check_code 0
	check_stdout_has "  _team-repo    5 skills    1 file changed (remote: origin)"
'

test_it 'a target out of step says how far' '
	write_config <<-EOF
	targets:
	  a: {path: ~/a}
	  b: {path: ~/b, mode: symlink}
	EOF
	mkskill "$source/one"
	mkskill "$source/two"
	mkdir "$HOME/a"
	ln -s "$source/one" "$HOME/a/one"
	ln -s "$source/one" "$HOME/a/two"
	ln -s "$source/one" "$HOME/a/three"
	run skillshare status
	check_code 0
	check_stdout_has "  a         merge     1/2 synced    ~/a"
	check_stdout_has "  b         symlink   ! not linked  ~/b"
	check_stdout_lacks "Tracked"
'

test_it 'git: not a git repository' '
	a_source
	git_line "not a git repository"
'

test_it 'git: changes, commits ahead and behind, no remote' '
	a_source
	git_in "$source" init -b main
	git_in "$source" add .
	git_in "$source" commit -m one
	git_line "clean, no remote"
	echo >>"$source/a/SKILL.md"
	git_line "1 file changed, no remote"
	echo >"$source/a/x"
	mkdir "$source/new"
	echo >"$source/new/y"
	git_line "3 files changed, no remote"
	git_in "$source" add .
	git_in "$source" commit -m two
	git_in "$T" init --bare -b main remote.git
	git_in "$source" remote add origin "$T/remote.git"
	git_in "$source" push -u origin main
	git_line "clean (remote: origin)"
	git_in "$T" clone remote.git other
	echo >"$T/other/z"
	git_in "$T/other" add .
	git_in "$T/other" commit -m theirs
	git_in "$T/other" push
	git_in "$source" fetch
	git_line "1 behind (remote: origin)"
	git_in "$source" mv a/x "a/name with  spaces
and lines"
	git_line "1 file changed, 1 behind (remote: origin)"
	git_in "$source" commit -m mine
	git_in "$source" commit --allow-empty -m mine2
	git_line "2 commits ahead, 1 behind (remote: origin)"
'

test_it 'git: the source is a directory of a larger work tree' '
	a_source
	git_in "$HOME/.config" init -b main
	echo >"$HOME/.config/unrelated"
	git_in "$HOME/.config" add skillshare/skills
	git_in "$HOME/.config" commit -m one
	git_line "clean, no remote"
	echo >"$source/a/x"
	git_line "1 file changed, no remote"
'

test_it 'git: a repository without a commit, a detached head' '
	a_source
	git_in "$source" init -b main
	git_line "1 file changed, no remote"
	git_in "$source" add .
	git_in "$source" commit -m one
	git_in "$source" checkout --detach
	git_line "clean, no remote"
'

test_it 'git: damage is a word in its line, not the end of status' '
	a_source
	git_in "$source" init -b main
	echo damage >"$source/.git/HEAD"
	run skillshare status
	check_code 0
	grep -q "^  Git: ." "$T/stdout"
	check_stdout_has "Targets:"
'

test_it 'git: without the program, too' '
	a_source
	git_in "$source" init -b main
	mkdir "$T/bin"
	run env PATH="$T/bin" "$SKILLSHARE" status
	check_code 0
	check_stdout_has "  Git: "
	check_stdout_has "Targets:"
'

test_it 'git: nothing that a tracked repository asks for is run' '
	a_source
	mkskill "$source/_team/b"
	git_in "$source/_team" init -b main
	git_in "$source/_team" add .
	git_in "$source/_team" commit -m one
	git_in "$source/_team" config core.fsmonitor "touch $T/run; false"
	git_in "$source/_team" status
	[ -e "$T/run" ]
	rm "$T/run"
	run skillshare status
	check_code 0
	check_stdout_has "  _team    1 skill    up-to-date"
	check_absent "$T/run"
'

test_it 'the index of the repository is not refreshed by looking at it' '
	a_source
	git_in "$source" init -b main
	git_in "$source" add .
	git_in "$source" commit -m one
	touch -d @1000000000 "$source/a/SKILL.md"
	tree_list -t "$HOME" >"$T/before"
	run skillshare status
	check_code 0
	check_stdout_has "  Git: clean"
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'no target: how to add one' '
	a_source
	run skillshare status
	check_code 0
	check_stdout <<-EOF
	Skillshare Status
	─────────────────────────────────────────
	Source: ~/.config/skillshare/skills
	  Skills: 1
	  Git: not a git repository

	Targets:
	  none; add one: skillshare target add <name>
	EOF
'

test_it 'status --json' '
	write_config <<-EOF
	targets:
	  b: {path: ~/b}
	EOF
	mkskill "$source/one"
	run skillshare status --json
	check_code 0
	jq -e ".schema == 1 and .source.skills == 1 and .unfinished_runs == 0" \
	    "$T/stdout"
	jq -e ".targets[0].in_sync == false and .git.repository == false" \
	    "$T/stdout"
	skillshare sync
	skillshare status --json | jq -e ".targets[0].in_sync"
'

test_it 'status takes no argument' '
	a_source
	run skillshare status claude
	check_code 2
	check_stderr <<-EOF
	skillshare: status: unexpected argument claude
	EOF
'

end_tests
