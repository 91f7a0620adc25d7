#!/bin/sh
# Automatic snapshots, and restore.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

backups=.config/skillshare/backups

# places: the directories, for a test that goes on.
places() {
	source=$HOME/.config/skillshare/skills
	t=$HOME/.claude/skills
}

# one_agent: claude with two linked skills and a local one.
one_agent() {
	write_config <<-EOF
	targets:
	  claude: {}
	EOF
	places
	mkskill "$source/notes"
	mkskill "$source/pdf"
	mkskill "$t/mine"
	chmod 700 "$t/mine"
	skillshare sync
}

# snapshots: how many there are.
snapshots() {
	find "$HOME/$backups" -mindepth 1 -maxdepth 1 -type d | wc -l
}

test_it 'a sync makes a snapshot first, and none if it changes nothing' '
	one_agent
	test "$(snapshots)" = 1
	skillshare sync
	test "$(snapshots)" = 1
	cmp "$HOME/$backups"/*/claude/mine/SKILL.md "$t/mine/SKILL.md"
	cmp "$HOME/$backups"/*/source/pdf/SKILL.md "$source/pdf/SKILL.md"
'

continue_it 'a skill deleted by mistake: the printed command brings it back' '
	places
	cp "$source/pdf/SKILL.md" "$T/pdf"
	rm -rf "$source/pdf"
	run skillshare sync
	check_code 0
	check_stdout_has "pruned; to bring it back: "
	command=$(sed -n "s/.*to bring it back: //p" "$T/stdout")
	eval "$command"
	cmp "$T/pdf" "$source/pdf/SKILL.md"
	run skillshare sync
	check_code 0
	check_link "$t/pdf" "$source/pdf"
'

test_it 'restore: as it was, at one stroke, and undo takes it back' '
	one_agent
	(cd "$t" && tree_list .) >"$T/good"
	mkskill "$source/more"
	skillshare sync
	rm -rf "$t/mine" "$t/notes"
	echo rubbish >"$t/rubbish"
	mkdir "$t/.keep"
	(cd "$t" && tree_list .) >"$T/bad"
	run skillshare restore claude -n
	check_code 0
	check_stdout_has "would restore claude/mine"
	run skillshare restore claude
	check_code 0
	check_stdout_has "✓ claude: restored (2 links, 1 real)"
	check_absent "$t/rubbish"
	check_dir "$t/.keep"
	rmdir "$t/.keep"
	(cd "$t" && tree_list .) >"$T/now"
	cmp "$T/good" "$T/now"
	mkdir "$t/.keep"
	run skillshare undo
	check_code 0
	(cd "$t" && tree_list .) >"$T/now"
	cmp "$T/bad" "$T/now"
'

# What is built is known by a digest of what was written: undo goes by it, and
# would call anything else changed.
test_it 'restore of trees of all kinds, with what is carried over: undo knows them' '
	one_agent
	mkdir -p "$t/mine/a" "$t/mine/.git"
	echo f >"$t/mine/a/f"
	: >"$t/mine/a.md"
	ln -s a/f "$t/mine/a-link"
	ln -s /nowhere "$t/mine/away"
	head -c 200000 /dev/zero >"$t/mine/zeros"
	seq 40000 >"$t/mine/large"
	chmod 750 "$t/mine/large"
	chmod 500 "$t/mine/a"
	echo kept >"$t/mine/.git/HEAD"
	mkdir "$t/.own"
	echo own >"$t/.own/f"
	echo file >"$t/plain"
	skillshare backup
	(cd "$t" && tree_list .) >"$T/good"
	echo changed >"$t/mine/a.md"
	rm "$t/notes" "$t/plain"
	(cd "$t" && tree_list .) >"$T/bad"
	run skillshare restore claude
	check_code 0
	(cd "$t" && tree_list .) >"$T/now"
	cmp "$T/good" "$T/now"
	run skillshare undo
	check_code 0
	(cd "$t" && tree_list .) >"$T/now"
	cmp "$T/bad" "$T/now"

	mv "$t" "$HOME/away"
	run skillshare restore claude
	check_code 0
	run skillshare undo
	check_code 0
	check_absent "$t"
'

test_it 'a source that has changed since: the old version as a real directory' '
	one_agent
	mkskill "$source/more"
	skillshare sync
	cp "$source/pdf/SKILL.md" "$T/pdf"
	echo changed >>"$source/pdf/SKILL.md"
	run skillshare restore claude
	check_code 0
	check_dir "$t/pdf"
	cmp "$T/pdf" "$t/pdf/SKILL.md"
	test -w "$t/pdf/SKILL.md"
	check_link "$t/notes" "$source/notes"
'

test_it 'restore from an old snapshot without a manifest keeps the rest' '
	one_agent
	old=$HOME/$backups/2026-01-19_10-00-00/claude
	mkskill "$old/ancient"
	run skillshare restore claude --from 2026-01-19_10-00-00
	check_code 0
	check_dir "$t/ancient"
	check_dir "$t/mine"
	check_link "$t/pdf" "$source/pdf"
'

test_it 'what cannot be restored says so, and nothing changes' '
	one_agent
	(cd "$t" && tree_list .) >"$T/good"
	run skillshare restore claude --from 2001-01-01_00-00-00
	check_code 1
	check_stderr_has "there is no backup 2001-01-01_00-00-00 of claude"
	run skillshare restore nobody
	check_code 1
	run skillshare restore
	check_code 2
	(cd "$t" && tree_list .) >"$T/now"
	cmp "$T/good" "$T/now"
'

test_it 'a target that is gone comes back whole' '
	one_agent
	mkskill "$source/more"
	skillshare sync
	rm -rf "$HOME/.claude"
	run skillshare restore claude
	check_code 0
	check_dir "$t/mine"
	check_link "$t/pdf" "$source/pdf"
'

# ---- what backups leave out ---------------------------------------------------

test_it 'what the config ignores is in no backup, and stays where a restore puts the rest back' '
	one_agent
	mkdir -p "$t/mine/.git" "$t/mine/scripts/__pycache__"
	echo ref >"$t/mine/.git/HEAD"
	echo byte >"$t/mine/scripts/__pycache__/x.pyc"
	echo code >"$t/mine/scripts/x.py"
	mkdir "$source/pdf/.git"
	echo ref >"$source/pdf/.git/HEAD"
	skillshare backup
	find "$HOME/$backups" -path "*.git/*" -o -name "__pycache__" >"$T/found"
	check_file "$T/found" </dev/null
	rm "$t/mine/scripts/x.py"
	echo other >"$t/mine/.git/HEAD"
	chmod 500 "$t/mine/scripts"
	skillshare restore claude
	[ "$(cat "$t/mine/scripts/x.py")" = code ]
	[ "$(cat "$t/mine/.git/HEAD")" = other ]
	[ "$(cat "$t/mine/scripts/__pycache__/x.pyc")" = byte ]
	check_link "$t/pdf" "$source/pdf"
	chmod 700 "$t/mine/scripts"
'

test_it 'other rules: what was left out is in the next backup' '
	one_agent
	echo x >"$source/pdf/.DS_Store"
	skillshare backup
	skillshare backup >"$T/out"
	grep -q unchanged "$T/out" || fail "not unchanged"
	echo "ignore: []" >>"$HOME/.config/skillshare/config.yaml"
	skillshare backup
	find "$HOME/$backups" -name .DS_Store | grep -q . || fail "not held"
'

test_it 'a cache that is damaged, cut or absent changes no backup' '
	one_agent
	skillshare backup
	seen=$HOME/$backups/.skillshare-seen
	cp "$seen" "$T/sound"
	for how in cut flip empty absent; do
		cp "$T/sound" "$seen"
		case $how in
		cut) head -c 400 "$T/sound" >"$seen" ;;
		flip) LC_ALL=C sed "s/pdf/pdg/" "$T/sound" >"$seen" ;;
		empty) : >"$seen" ;;
		absent) rm "$seen" ;;
		esac
		skillshare backup >"$T/out"
		grep -q unchanged "$T/out" || fail "$how: not unchanged"
	done
	echo more >>"$source/pdf/SKILL.md"
	skillshare backup >"$T/out"
	skillshare backup --verify
	cmp "$source/pdf/SKILL.md" "$(find "$HOME/$backups" \
	    -path "*claude/pdf/SKILL.md" | sort | tail -n 1)"
'

end_tests
