#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# differing: a target with one entry of each kind.
differing() {
	write_config <<-EOF
	targets:
	  claude: {}
	  in-step: {path: ~/t}
	EOF
	t=$HOME/.claude/skills
	for name in copy file foreign modified-skill my-new-skill right stale; do
		mkskill "$source/$name"
	done
	mkdir -p "$t" "$HOME/t" "$HOME/other"
	for name in copy file foreign modified-skill my-new-skill right stale; do
		ln -s "$source/$name" "$HOME/t/$name"
	done
	cp -R "$source/copy" "$t/copy"
	echo text >"$t/file"
	ln -s "$HOME/other" "$t/foreign"
	mkdir "$t/modified-skill"
	echo text >"$t/modified-skill/SKILL.md"
	echo text >"$t/modified-skill/one"
	echo text >"$t/modified-skill/two"
	echo text >"$source/modified-skill/three"
	ln -s "$source/right" "$t/right"
	ln -s "$source/right" "$t/stale"
	ln -s "$source/old-skill" "$t/old-skill"
	mkskill "$t/mine"
	mkdir "$t/.system"
}

test_it 'the marks are those of the mission' '
	differing
	tree_list -t "$HOME" >"$T/before"
	run skillshare diff
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Diff: source ↔ claude
	─────────────────────────────────────────
	  = copy              (a local copy with the same content)
	  ! file              (a file is in the way)
	  ! foreign           (a link to ~/other is in the way)
	  - mine              (local, in target, not in source)
	  ~ modified-skill    (different content: +2 -1 ~1 files)
	  + my-new-skill      (in source, not in target)
	  - old-skill         (in target, not in source)
	  ~ stale             (our link leads to ~/.config/skillshare/skills/right)

	Diff: source ↔ in-step
	─────────────────────────────────────────
	✓ in sync
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'one target, named either way' '
	run skillshare diff in-step
	check_code 0
	cp "$T/stdout" "$T/first"
	check_stdout <<-EOF
	Diff: source ↔ in-step
	─────────────────────────────────────────
	✓ in sync
	EOF
	run skillshare diff --target in-step
	check_code 0
	cmp "$T/first" "$T/stdout"
	run skillshare diff --target=in-step claude
	check_code 0
	[ "$(grep -c "^Diff: " "$T/stdout")" -eq 2 ]
'

continue_it '--exit-code' '
	run skillshare diff --exit-code
	check_code 1
	run skillshare diff --exit-code in-step
	check_code 0
'

continue_it 'after the sync: what stays is told' '
	skillshare sync || [ $? -eq 1 ]
	run skillshare diff claude
	check_code 0
	check_stdout <<-EOF
	Diff: source ↔ claude
	─────────────────────────────────────────
	  = copy              (a local copy with the same content)
	  ! file              (a file is in the way)
	  ! foreign           (a link to ~/other is in the way)
	  - mine              (local, in target, not in source)
	  ~ modified-skill    (different content: +2 -1 ~1 files)
	EOF
	run skillshare diff claude --exit-code
	check_code 1
'

test_it 'local skills are listed and are no difference' '
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mkskill "$source/a"
	mkskill "$HOME/t/mine"
	skillshare sync
	run skillshare diff --exit-code
	check_code 0
	check_stdout <<-EOF
	Diff: source ↔ t
	─────────────────────────────────────────
	  - mine    (local, in target, not in source)
	✓ in sync
	EOF
'

test_it 'the place of a target is a difference, too' '
	write_config <<-EOF
	targets:
	  a: {path: ~/a, mode: symlink}
	  b: {path: ~/b, mode: symlink}
	  c: {path: ~/c}
	EOF
	mkskill "$source/one"
	mkdir "$HOME/b"
	ln -s "$source" "$HOME/c"
	run skillshare diff --exit-code
	check_code 1
	check_stdout <<-EOF
	Diff: source ↔ a
	─────────────────────────────────────────
	  ~ ~/a    (not linked to the source)

	Diff: source ↔ b
	─────────────────────────────────────────
	  ~ ~/b    (a directory; symlink mode makes it a link)

	Diff: source ↔ c
	─────────────────────────────────────────
	  ~ ~/c    (a link; merge mode makes it a directory of links)
	EOF
	skillshare sync
	run skillshare diff --exit-code
	check_code 0
	[ "$(grep -c "✓ in sync" "$T/stdout")" -eq 3 ]
'

test_it 'content is compared by what an agent sees' '
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mkskill "$source/a"
	echo x >"$source/a/script"
	mkdir "$HOME/t"
	cp -R "$source/a" "$HOME/t/a"
	touch -d @1000000000 "$HOME/t/a/script"
	run skillshare diff --exit-code
	check_code 0
	check_stdout_has "= a"
	echo y >"$HOME/t/a/script"
	touch -r "$source/a/script" "$HOME/t/a/script"
	run skillshare diff --exit-code
	check_code 1
	check_stdout_has "~ a    (different content: +0 -0 ~1 files)"
'

test_it 'a target that is in no config' '
	differing
	run skillshare diff nosuch
	check_code 1
	check_stdout </dev/null
	check_stderr_has "no target nosuch in ~/.config/skillshare/config.yaml"
'

test_it 'no target at all' '
	write_config <<-EOF
	mode: merge
	EOF
	run skillshare diff
	check_code 0
	check_stdout <<-EOF
	→ No targets; add one: skillshare target add <name>
	EOF
'

test_it 'diff --json has the same lines' '
	differing
	run skillshare diff --json
	check_code 0
	jq -r ".targets[0].entries[] | .mark + \" \" + .name" "$T/stdout" \
	    >"$T/json"
	check_file "$T/json" <<-EOF
	= copy
	! file
	! foreign
	- mine
	~ modified-skill
	+ my-new-skill
	- old-skill
	~ stale
	EOF
	jq -e ".differs and .targets[0].differs and (.targets[1].differs | not)" \
	    "$T/stdout"
	jq -e "[.targets[0].entries[].detail | contains(\"~/\")] | any | not" \
	    "$T/stdout"
'

end_tests
