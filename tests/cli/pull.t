#!/bin/sh
# Skills back from agents: pull TARGET, pull --all.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# places: the directories, for a test that goes on.
places() {
	source=$HOME/.config/skillshare/skills
	t=$HOME/.claude/skills
	c=$HOME/.cursor/skills
}

# agents: claude and cursor, a source with the skill pdf and a nested one.
agents() {
	write_config <<-EOF
	targets:
	  claude: {}
	  cursor: {}
	EOF
	places
	mkskill "$source/pdf"
	mkskill "$source/personal/mail"
	mkdir -p "$t" "$c"
	skillshare recover
}

test_it 'a new skill goes into the source, its original becomes the link' '
	agents
	mkskill "$t/new"
	mkdir -p "$t/new/scripts" "$t/new/empty"
	printf "#!/bin/sh\n" >"$t/new/scripts/run.sh"
	chmod 755 "$t/new/scripts/run.sh"
	ln -s scripts/run.sh "$t/new/run"
	(cd "$t/new" && tree_list .) >"$T/was"
	run skillshare pull claude -n
	check_code 0
	check_stdout_has "would take claude/new"
	check_absent "$source/new"
	run skillshare pull claude
	check_code 0
	check_stdout <<-EOF
	Pulling skills from claude
	─────────────────────────────────────────
	✓ claude/new: taken into the source

	Pulled 1 skill
	→ to show them in the other targets: skillshare sync
	EOF
	check_link "$t/new" "$source/new"
	(cd "$source/new" && tree_list .) >"$T/is"
	cmp "$T/was" "$T/is"
	run skillshare sync
	check_code 0
	check_link "$c/new" "$source/new"
'

continue_it 'two undos take all of it back' '
	places
	skillshare undo
	skillshare undo
	check_absent "$source/new"
	check_dir "$t/new"
	check_absent "$c/new"
	(cd "$t/new" && tree_list .) >"$T/is"
	cmp "$T/was" "$T/is"
'

test_it 'same content: only the link; different content: skipped' '
	agents
	cp -R "$source/pdf" "$t/pdf"
	mkskill "$t/personal__mail"
	echo mine >>"$t/personal__mail/SKILL.md"
	mkdir "$t/notes"
	run skillshare pull claude
	check_code 1
	check_stdout_has "✓ claude/pdf: in the source already: linked"
	check_stdout_has "→ claude/notes: left (no SKILL.md)"
	check_stdout_has "! claude/personal__mail: skipped"
	check_link "$t/pdf" "$source/pdf"
	check_dir "$t/personal__mail"
	run skillshare pull claude --force
	check_code 0
	check_link "$t/personal__mail" "$source/personal/mail"
	grep -q mine "$source/personal/mail/SKILL.md"
	run skillshare undo
	check_code 0
	grep -q mine "$t/personal__mail/SKILL.md"
	run grep -q mine "$source/personal/mail/SKILL.md"
	check_code 1
'

test_it 'one name in two targets: the same is taken once, rivals are not' '
	agents
	mkskill "$t/same"
	cp -R "$t/same" "$c/same"
	mkskill "$t/rival"
	mkskill "$c/rival"
	echo other >>"$c/rival/SKILL.md"
	run skillshare collect --all
	check_code 1
	check_link "$t/same" "$source/same"
	check_link "$c/same" "$source/same"
	check_stdout_has "! claude/rival: skipped, the targets have different contents"
	check_stdout_has "! cursor/rival: skipped, the targets have different contents"
	check_absent "$source/rival"
	check_dir "$t/rival"
'

test_it 'a link in the source that leads to the skill is a conflict' '
	agents
	mkskill "$t/home-here"
	ln -s "$t/home-here" "$source/home-here"
	run skillshare pull claude --force
	check_code 1
	check_stdout_has "a link to it"
	check_dir "$t/home-here"
	run skillshare sync --force
	check_code 0
	check_dir "$t/home-here"
'

test_it 'the name is taken by something that is no skill' '
	agents
	mkskill "$t/taken"
	echo file >"$source/taken"
	run skillshare pull claude
	check_code 1
	check_stdout_has "something of that name that is no skill"
	echo file | check_file "$source/taken"
	check_dir "$t/taken"
'

test_it 'which target is never guessed' '
	agents
	run skillshare pull
	check_code 2
	check_stderr_has "There are claude, cursor; or --all"
	run skillshare pull claude --all
	check_code 2
	run skillshare pull nobody
	check_code 1
	write_config <<-EOF
	targets:
	  claude: {}
	EOF
	mkskill "$t/only"
	run skillshare pull
	check_code 0
	check_link "$t/only" "$source/only"
'

test_it 'a target that is one link has nothing to pull' '
	agents
	rmdir "$t"
	skillshare target claude --mode symlink
	skillshare sync claude
	run skillshare pull claude
	check_code 0
	check_stdout_has "one link to the source, nothing to pull"
'

end_tests
