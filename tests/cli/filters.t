#!/bin/sh
# What each target is to show: .skillignore, filters, front matter, naming.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# check_names DIR <<EOF: the names in DIR.
check_names() {
	LC_ALL=C ls "$1" >"$T/names"
	check_file "$T/names"
}

two_targets() {
	write_config <<-EOF
	targets:
	  claude: {path: ~/claude}
	  codex: {path: ~/codex}
	EOF
	mkskill "$source/a"
	mkskill "$source/b"
	mkskill "$source/team/c"
	mkdir "$HOME/claude" "$HOME/codex"
}

# ---- .skillignore -----------------------------------------------------------

test_it 'a disabled skill is pruned everywhere, told, and no error' '
	two_targets
	skillshare sync
	echo "team/" >"$source/.skillignore"
	run skillshare diff claude
	check_code 0
	check_stdout <<-EOF
	Diff: source ↔ claude
	─────────────────────────────────────────
	  - team__c    (is disabled by .skillignore:1: team/)
	EOF
	run skillshare sync
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Syncing skills
	─────────────────────────────────────────
	→ Source: ~/.config/skillshare/skills (2 skills)

	✓ claude: merged (2 linked, 0 local, 0 updated, 1 pruned)
	✓ codex: merged (2 linked, 0 local, 0 updated, 1 pruned)

	Sync complete
	EOF
	check_names "$HOME/claude" <<-EOF
	a
	b
	EOF
'

continue_it 'list, status and target say by which rule' '
	run skillshare list
	check_code 0
	check_stdout_has "team__c  52 B  → disabled by .skillignore:1: team/"
	check_stdout_has "→ 2 skills, 104 B, 1 disabled"
	run skillshare list --json team__c
	jq -e ".skills[0].disabled_by == {file: \".skillignore\", line: 1,
	    pattern: \"team/\"}" "$T/stdout"
	run skillshare status
	check_code 0
	check_stdout_has "  Skills: 2"
	check_stdout_has "  Disabled: 1 (skillshare list names them)"
	check_stdout_has "2/2 synced"
	run skillshare target claude
	check_stdout_has "team/c  is disabled by .skillignore:1: team/"
'

continue_it 'the local file wins, and what is enabled again is linked' '
	source=$HOME/.config/skillshare/skills
	echo "!team/" >"$source/.skillignore.local"
	run skillshare sync
	check_code 0
	check_link "$HOME/claude/team__c" "$source/team/c"
'

test_it 'a disabled skill of a local name: it stays, and is not pulled' '
	two_targets
	mkskill "$HOME/claude/a" a "my own"
	echo a >"$source/.skillignore"
	tree_list "$HOME/claude/a" >"$T/before"
	run skillshare sync --force
	check_code 0
	check_stdout_has "claude: merged (2 linked, 1 local, 0 updated, 0 pruned)"
	assert_same_tree "$T/before" "$HOME/claude/a"
	run skillshare pull claude
	check_stdout_has "the source has a skill of that name that is not to be"
	assert_same_tree "$T/before" "$HOME/claude/a"
'

test_it 'rules that cannot be read: nothing is shown and nothing pruned' '
	two_targets
	skillshare sync
	rm "$HOME/claude/b"
	mkdir "$source/.skillignore"
	run skillshare sync
	check_code 1
	check_stderr_has "skills/.skillignore"
	check_names "$HOME/claude" <<-EOF
	a
	team__c
	EOF
'

test_it 'the rules of a repository are its own, the users win' '
	two_targets
	mkdir -p "$source/_r/.git"
	mkskill "$source/_r/x"
	mkskill "$source/_r/y"
	printf "x\ny\n" >"$source/_r/.skillignore"
	echo "!_r/y" >"$source/.skillignore"
	skillshare sync
	check_names "$HOME/claude" <<-EOF
	_r__y
	a
	b
	team__c
	EOF
'

test_it 'a rule cannot drive the terminal' '
	two_targets
	printf "a*\033[31m\na\n" >"$source/.skillignore"
	printf "[\n**/**/**x\n" >>"$source/.skillignore"
	run skillshare list
	check_code 0
	! grep -q "$(printf "\033")" "$T/stdout" ||
		run_was_wrong "an escape sequence"
'

test_it 'more than half of the links would go: said how to go on' '
	two_targets
	for i in $(seq 12); do
		mkskill "$source/many/s$i"
	done
	skillshare sync
	echo "many" >"$source/.skillignore"
	run skillshare sync
	check_code 1
	check_stderr_has "of 12 the source has the skill, but it is not for this"
	check_stderr_has "--allow-mass-prune"
	run skillshare sync --allow-mass-prune
	check_code 0
	check_stdout_has "(3 linked, 0 local, 0 updated, 12 pruned)"
	check_stdout_lacks "bring it back"
'

# ---- enable and disable ----------------------------------------------------

test_it 'disable and enable edit one line, and undo takes it back' '
	two_targets
	printf "# mine\nteam/" >"$source/.skillignore"
	cp "$source/.skillignore" "$T/before"
	run skillshare disable a b
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	✓ a: disabled
	✓ b: disabled
	→ To apply it: skillshare sync
	EOF
	check_file "$source/.skillignore" <<-EOF
	# mine
	team/
	/a
	/b
	EOF
	run skillshare sync
	check_code 0
	check_names "$HOME/claude" </dev/null
	run skillshare enable a
	check_code 0
	check_file "$source/.skillignore" <<-EOF
	# mine
	team/
	/b
	EOF
	skillshare undo
	skillshare undo 1
	check_file "$source/.skillignore" <"$T/before"
'

continue_it 'what a wider rule disables, enable takes in or names it' '
	source=$HOME/.config/skillshare/skills
	run skillshare enable team__c
	check_code 1
	check_stderr_has "team/c is disabled by .skillignore:2: team/, which"
	printf "c\r\n*\r\n" >"$source/.skillignore"
	run skillshare enable a
	check_code 0
	printf "c\r\n*\r\n!/a\r\n" | cmp - "$source/.skillignore"
	run skillshare enable a
	check_code 0
	check_stdout_has "→ a: is enabled already"
	run skillshare disable a -n
	check_code 0
	check_stdout_has "would disable a"
	printf "c\r\n*\r\n!/a\r\n" | cmp - "$source/.skillignore"
	run skillshare disable a --json
	jq -e ".skills[0].changed" "$T/stdout"
	printf "c\r\n*\r\n" | cmp - "$source/.skillignore"
'

test_it 'no such skill: nothing is changed' '
	two_targets
	run skillshare disable a teem__c
	check_code 1
	check_stderr_has "no skill teem__c in"
	check_stderr_has "(did you mean team__c?)"
	check_absent "$source/.skillignore"
	echo "!a" >"$source/.skillignore.local"
	run skillshare disable a
	check_code 1
	check_stderr_has "a rule of .skillignore.local enables it"
	check_absent "$source/.skillignore"
'

test_it 'names that look like patterns are meant as they are' '
	two_targets
	mkskill "$source/[ab]*" x
	mkskill "$source/#x" y
	run skillshare disable "[ab]*" "#x"
	check_code 0
	check_file "$source/.skillignore" <<-"EOF"
	/\[ab]\*
	/#x
	EOF
	skillshare sync
	check_names "$HOME/claude" <<-EOF
	a
	b
	team__c
	EOF
	skillshare enable "[ab]*" "#x"
	check_file "$source/.skillignore" </dev/null
'

# ---- filters ----------------------------------------------------------------

test_it 'include and exclude choose, in either form of the config' '
	two_targets
	write_config <<-EOF
	targets:
	  claude: {path: ~/claude, include: ["team/*", a], exclude: [a]}
	  codex:
	    skills:
	      path: ~/codex
	      exclude:
	      - team__*
	EOF
	run skillshare sync
	check_code 0
	check_names "$HOME/claude" <<-EOF
	team__c
	EOF
	check_names "$HOME/codex" <<-EOF
	a
	b
	EOF
	run skillshare status
	check_stdout_has "1/1 synced"
	check_stdout_has "2/2 synced"
	check_stdout_has "→ claude: left out by its filters: 2 skills"
	run skillshare target claude
	check_stdout_has "  a  is excluded by a"
	check_stdout_has "  b  is matched by no pattern of include"
	run skillshare target codex --json
	jq -e ".target.not_shown[0].why == \"excluded\" and
	    .target.wanted == 2" "$T/stdout"
	run skillshare diff
	check_code 0
	check_stdout_has "✓ in sync"
'

test_it 'front matter names the targets, by any name of the agent' '
	two_targets
	printf -- "---\nname: a\ndescription: d\ntargets: [claude-code]\n---\n" \
	    >"$source/a/SKILL.md"
	printf -- "---\nname: b\ndescription: d\ntargets: [nobody]\n---\n" \
	    >"$source/b/SKILL.md"
	run skillshare sync
	check_code 0
	check_stderr </dev/null
	check_names "$HOME/claude" <<-EOF
	a
	team__c
	EOF
	check_names "$HOME/codex" <<-EOF
	team__c
	EOF
	run skillshare target codex
	check_stdout_has "a  is for other targets only: claude-code"
'

test_it 'in symlink mode filters have no effect, and that is said' '
	two_targets
	write_config <<-EOF
	targets: {codex: {path: ~/new, mode: symlink, exclude: [a]}}
	EOF
	echo b >"$source/.skillignore"
	run skillshare sync
	check_code 0
	check_stdout_has "! codex: include and exclude have no effect in symlink"
	check_stdout_has "! codex: symlink mode shows disabled skills, too (1)"
	check_link "$HOME/new" "$source"
'

test_it 'one directory for two targets that are to show the same' '
	two_targets
	write_config <<-EOF
	targets:
	  claude: {path: ~/claude, exclude: [a]}
	  codex: {path: ~/claude, exclude: ["[a]"]}
	EOF
	run skillshare sync
	check_code 0
	write_config <<-EOF
	targets:
	  claude: {path: ~/claude, exclude: [a]}
	  codex: {path: ~/claude}
	EOF
	run skillshare sync
	check_code 4
	check_stdout_has "is the same directory as codex, with other skills"
	check_stdout_has "is the same directory as claude, with other skills"
'

# ---- naming -----------------------------------------------------------------

test_it 'standard names, and what has none is told' '
	two_targets
	mkskill "$source/Odd" Odd
	mkskill "$source/d" other
	write_config <<-EOF
	target_naming: standard
	targets:
	  claude: {path: ~/claude}
	  codex: {path: ~/codex, target_naming: flat}
	EOF
	run skillshare sync
	check_code 0
	check_stdout_has "claude: merged (3 linked"
	check_stdout_has "! claude: without a usable name: 2 skills"
	check_stdout_has "codex: merged (5 linked"
	check_link "$HOME/claude/c" "$source/team/c"
	check_link "$HOME/codex/team__c" "$source/team/c"
	run skillshare target claude
	check_stdout_has "Odd  has a name with more than a-z, 0-9 and -"
	check_stdout_has "d    has a name that is not its directory"
'

continue_it 'by one sync to the other naming and back' '
	sed -i "s/standard/flat/" "$HOME/.config/skillshare/config.yaml"
	run skillshare diff claude
	check_stdout_has "  - c          (is called team__c now)"
	run skillshare sync
	check_code 0
	check_stdout_has "claude: merged (5 linked, 0 local, 0 updated, 1 pruned)"
	check_stdout_lacks "bring it back"
	sed -i "s/: flat/: standard/" "$HOME/.config/skillshare/config.yaml"
	run skillshare sync
	check_stdout_has "claude: merged (3 linked, 0 local, 0 updated, 3 pruned)"
	check_names "$HOME/claude" <<-EOF
	a
	b
	c
	EOF
'

continue_it 'a snapshot knows the names, and restore brings them back' '
	source=$HOME/.config/skillshare/skills
	skillshare backup
	mkskill "$source/e"
	skillshare sync
	run skillshare restore claude
	check_code 0
	check_names "$HOME/claude" <<-EOF
	a
	b
	c
	EOF
	check_link "$HOME/claude/c" "$source/team/c"
	run skillshare target remove claude
	check_code 0
	check_dir "$HOME/claude/c"
'

test_it 'standard names that meet: neither is shown, exit 1' '
	two_targets
	mkskill "$source/other/c"
	write_config <<-EOF
	target_naming: standard
	targets: {claude: {path: ~/claude}}
	EOF
	run skillshare sync
	check_code 1
	check_stdout_has "! claude: of one name, so not shown: 2 skills"
	check_names "$HOME/claude" <<-EOF
	a
	b
	EOF
	echo other/ >"$source/.skillignore"
	run skillshare sync
	check_code 0
	check_link "$HOME/claude/c" "$source/team/c"
'

# ---- edited by command ------------------------------------------------------

test_it 'filters are added and removed, and nothing else in the config' '
	two_targets
	run skillshare target claude --add-exclude "team__*,b" -n
	check_code 0
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	would change the filters of claude
	→ claude: exclude: team__*, b
	EOF
	run skillshare target claude --add-exclude "team__*" --add-exclude b
	check_code 0
	check_stdout <<-EOF
	✓ claude: filters changed; run: skillshare sync
	→ claude: exclude: team__*, b
	EOF
	run skillshare target claude --add-exclude b
	check_code 0
	check_stdout_has "→ claude: the filters are so already"
	skillshare sync
	check_names "$HOME/claude" <<-EOF
	a
	EOF
	run skillshare target claude --remove-exclude b --json
	check_code 0
	check_stdout_has "\"changed\": true"
	check_stdout_has "team__*"
	skillshare sync
	check_names "$HOME/claude" <<-EOF
	a
	b
	EOF
	skillshare target claude --remove-exclude "team__*"
	skillshare target claude --add-include "?"
	skillshare sync
	check_names "$HOME/claude" <<-EOF
	a
	b
	EOF
	skillshare undo
	skillshare sync
	check_names "$HOME/claude" <<-EOF
	a
	b
	team__c
	EOF
'

test_it 'filters: what cannot be is said, and the config stays' '
	two_targets
	cp "$HOME/.config/skillshare/config.yaml" before
	run skillshare target claude --remove-include zz
	check_code 1
	check_stderr_has "include of target claude has no pattern zz"
	run skillshare target nobody --add-include zz
	check_code 1
	run skillshare target list --add-include zz
	check_code 2
	run skillshare target claude --mode copy --add-include zz
	check_code 2
	cmp before "$HOME/.config/skillshare/config.yaml"
'

end_tests
