#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# Two skills; claude shows them beside a local one; cursor shows them; codex is
# one link.
setup() {
	c=$HOME/.config/skillshare
	mkskill "$c/skills/pdf"
	mkskill "$c/skills/notes"
	mkskill "$HOME/.claude/skills/mine"
	mkdir -p "$HOME/.cursor/skills"
	cat >"$c/config.yaml" <<-EOF2
	targets:
	  claude:
	  codex: {mode: symlink}
	  cursor:
	EOF2
	skillshare sync >/dev/null
	rm -rf "$c/backups"
}

# The names of snapshots in the last output become NAME.
mask() {
	sed 's/[0-9]\{4\}-[0-9-]*_[0-9-]*/NAME/g' "$T/stdout" >"$T/masked"
	mv "$T/masked" "$T/stdout"
}

newest() {
	ls "$c/backups" | sort | tail -n 1
}

test_it 'backup -n: what would be backed up, and nothing is written' '
	setup
	tree_list -t "$HOME" >"$T/before"
	run skillshare backup -n
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	Backing up targets
	─────────────────────────────────────────
	would back up claude (3 skills, 174 B)
	→ codex: symlink mode, nothing to back up
	would back up cursor (2 skills, 116 B)

	Dry run complete: nothing was changed
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'backup makes a tree to browse and to copy from' '
	setup
	tree_list "$HOME/.claude" >"$T/live"
	run skillshare backup
	check_code 0
	check_stderr </dev/null
	mask
	check_stdout <<-EOF
	Backing up targets
	─────────────────────────────────────────
	✓ claude: 3 skills, 174 B
	→ codex: symlink mode, nothing to back up
	✓ cursor: 2 skills, 116 B

	Backup: ~/.config/skillshare/backups/NAME (174 B of new content)
	EOF
	assert_same_tree "$T/live" "$HOME/.claude"
	b=$c/backups/$(newest)
	diff -r "$c/skills/pdf" "$b/claude/pdf"
	diff -r "$c/skills/notes" "$b/cursor/notes"
	diff -r "$HOME/.claude/skills/mine" "$b/claude/mine"
	check_absent "$b/codex"
	[ "$(stat -c %a "$b")" = 700 ]
	[ "$(stat -c %a "$b/claude/pdf/SKILL.md")" = 444 ]
	[ "$(stat -c %i "$b/claude/pdf/SKILL.md")" = \
	    "$(stat -c %i "$b/cursor/pdf/SKILL.md")" ]
	[ "$(stat -c %h "$c/skills/pdf/SKILL.md")" = 1 ]
'

continue_it 'a second backup of the same says so, and makes none' '
	c=$HOME/.config/skillshare
	tree_list "$c/backups" | grep -v skillshare-seen >"$T/before"
	run skillshare backup
	check_code 0
	mask
	check_stdout <<-EOF
	Backing up targets
	─────────────────────────────────────────
	→ claude: unchanged since NAME
	→ codex: symlink mode, nothing to back up
	→ cursor: unchanged since NAME

	Nothing has changed: no new backup was made
	EOF
	tree_list "$c/backups" | grep -v skillshare-seen >"$T/after"
	cmp "$T/before" "$T/after"
'

continue_it 'only the target that has changed is in the next one' '
	c=$HOME/.config/skillshare
	echo more >"$HOME/.claude/skills/mine/more"
	run skillshare backup
	check_code 0
	check_stdout_has "✓ claude: 3 skills, 179 B"
	check_stdout_has "→ cursor: unchanged since"
	check_stdout_has "(5 B of new content)"
	check_absent "$c/backups/$(newest)/cursor"
'

continue_it 'backup --list is the layout of the mission' '
	c=$HOME/.config/skillshare
	tree_list -t "$HOME" >"$T/before"
	run skillshare backup --list
	check_code 0
	check_stderr </dev/null
	mask
	check_stdout <<-EOF
	Backups
	─────────────────────────────────────────
	  NAME/
	    claude/    3 skills, 179 B
	  NAME/
	    claude/    3 skills, 174 B
	    cursor/    2 skills, 116 B
	EOF
	run skillshare backup --list cursor
	check_stdout_lacks claude
	check_stdout_has "cursor/    2 skills"
	run skillshare backup --list --json
	check_code 0
	check_stdout_has "\"kind\": \"manual\""
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'backup --verify finds nothing wrong' '
	run skillshare backup --verify
	check_code 0
	check_stdout <<-EOF
	Verifying backups
	─────────────────────────────────────────
	✓ 2 backups: 4 files as they were stored (179 B)
	EOF
'

continue_it 'backup --verify names damage and all that share it' '
	c=$HOME/.config/skillshare
	b=$c/backups/$(newest)
	chmod u+w "$b/claude/pdf/SKILL.md"
	echo broken >"$b/claude/pdf/SKILL.md"
	run skillshare backup --verify
	check_code 1
	check_stdout_has "pdf/SKILL.md: its content has changed since it was stored"
	check_stdout_has "→ the same file is in "
	run skillshare backup --verify --json
	check_code 1
	check_stdout_has "\"problem\": \"its content has changed"
'

continue_it 'the next backup stores damaged content afresh' '
	c=$HOME/.config/skillshare
	echo even >"$HOME/.claude/skills/mine/even"
	run skillshare backup claude
	check_code 1
	check_stdout_has "its content is stored afresh"
	diff -r "$c/skills/pdf" "$c/backups/$(newest)/claude/pdf"
'

test_it 'a target by name or by --target; an unknown one is named' '
	setup
	run skillshare backup cursor
	check_code 0
	check_stdout_lacks claude
	run skillshare backup --target claude
	check_code 0
	check_stdout_has "✓ claude:"
	check_stdout_lacks cursor
	run skillshare backup nobody
	check_code 1
	check_stderr_has "no target nobody"
'

test_it 'absent and empty targets have nothing to back up' '
	mkskill "$HOME/.config/skillshare/skills/pdf"
	mkdir -p "$HOME/.claude/skills"
	: >"$HOME/.claude/skills/.dot"
	printf "targets:\n  claude:\n  cursor:\n" \
	    >"$HOME/.config/skillshare/config.yaml"
	run skillshare backup
	check_code 0
	check_stdout <<-EOF
	Backing up targets
	─────────────────────────────────────────
	→ claude: empty, nothing to back up
	→ cursor: ~/.cursor/skills does not exist, nothing to back up

	There was nothing to back up
	EOF
	check_absent "$HOME/.config/skillshare/backups"
	run skillshare backup --list
	check_code 0
	check_stdout_has "→ No backups in ~/.config/skillshare/backups"
'

test_it 'a damaged manifest is named, and it is not said what was not done' '
	setup
	run skillshare backup
	check_code 0
	b=$c/backups/$(newest)
	chmod 600 "$b/.skillshare-snapshot"
	sed -i 2s/./x/ "$b/.skillshare-snapshot"
	run skillshare backup --verify
	check_code 1
	cat "$T/stdout" "$T/stderr" >"$T/said"
	grep -q "/.skillshare-snapshot: line 2 is not as skillshare left it" "$T/said"
	! grep "nothing was changed" "$T/said"
	run skillshare restore claude
	check_code 3
	check_stderr_has "/.skillshare-snapshot:2 is not as skillshare left it"
'

test_it 'a file system that links no more gets copies' '
	setup
	SKILLSHARE_FAULT=link:EMLINK
	export SKILLSHARE_FAULT
	run skillshare backup
	unset SKILLSHARE_FAULT
	check_code 0
	b=$c/backups/$(newest)
	diff -r "$c/skills/pdf" "$b/claude/pdf"
	diff -r "$c/skills/pdf" "$b/cursor/pdf"
	run skillshare backup --verify
	check_code 0
'

test_it 'the config says how much is kept; the newest stays' '
	setup
	printf "backup: {keep_count: 2}\n" >>"$c/config.yaml"
	for i in 1 2 3; do
		echo $i >"$HOME/.claude/skills/mine/n"
		run skillshare backup claude
		check_code 0
	done
	check_stdout_has "→ removed "
	check_stdout_has "each of its targets has 2 newer"
	[ "$(ls "$c/backups" | wc -l)" = 2 ]
	run skillshare backup --cleanup
	check_code 0
	check_stdout_has "→ Nothing to remove"
'

continue_it 'backup --cleanup -n says what would go; without -n it goes' '
	c=$HOME/.config/skillshare
	sed -i "s/keep_count: 2/keep_count: 1/" "$c/config.yaml"
	oldest=$(ls "$c/backups" | sort | head -n 1)
	tree_list -t "$HOME" >"$T/before"
	run skillshare backup --cleanup --dry-run
	check_code 0
	check_stdout_has "would remove $oldest (each of its targets has 1 newer)"
	assert_same_tree -t "$T/before" "$HOME"
	run skillshare backup --cleanup
	check_code 0
	check_stdout_has "→ removed $oldest"
	check_stdout_has "✓ removed 1 backup"
	check_absent "$c/backups/$oldest"
	run skillshare log
	check_stdout_has "backup --cleanup  1 backup removed; cannot be undone"
	run skillshare backup --verify
	check_code 0
'

test_it 'backups of the Go program are listed in both places, and kept' '
	setup
	printf "backup: {keep_count: 1, keep_days: 1}\n" >>"$c/config.yaml"
	mkskill "$c/backups/2024-01-20_15-30-00/claude/old"
	mkskill "$HOME/.local/share/skillshare/backups/2024-02-20_15-30-00/claude/x"
	run skillshare backup --list
	check_code 0
	check_stdout <<-EOF
	Backups
	─────────────────────────────────────────
	  2024-02-20_15-30-00/    in ~/.local/share/skillshare/backups
	    claude/    1 skill, 52 B
	  2024-01-20_15-30-00/
	    claude/    1 skill, 56 B
	EOF
	run skillshare backup
	run skillshare backup --cleanup
	check_code 0
	check_dir "$c/backups/2024-01-20_15-30-00/claude/old"
	run skillshare backup --verify
	check_code 0
	check_stdout_has "2 backups without digests of another program"
'

test_it 'what one word too many, or two at once, mean nothing' '
	setup
	run skillshare backup --list --verify
	check_code 2
	check_stderr_has "--list, --cleanup and --verify exclude each other"
	run skillshare backup --cleanup claude
	check_code 2
	check_stderr_has "--cleanup takes no target"
'

test_it 'an unreadable local skill fails its target alone' '
	setup
	: >"$HOME/.claude/skills/mine/secret"
	chmod 000 "$HOME/.claude/skills/mine/secret"
	give_user "$T"
	run as_user skillshare backup
	check_code 4
	check_stdout_has "✗ claude: "
	check_stdout_has "mine/secret"
	check_stdout_has "✓ cursor: 2 skills"
'

# A folder that is laid out holds what it shows; source/ has the rest.
test_it 'what an unreadable target shows is held, once, where it can be' '
	setup
	mkskill "$c/skills/solo"
	sed -i "s/cursor:/cursor: {exclude: [solo]}/" "$c/config.yaml"
	skillshare sync >/dev/null
	rm -rf "$c/backups"
	: >"$HOME/.claude/skills/mine/secret"
	chmod 000 "$HOME/.claude/skills/mine/secret"
	give_user "$T"
	run as_user skillshare backup
	check_code 4
	made=$c/backups/$(newest)
	(cd "$made" && find . -name SKILL.md | LC_ALL=C sort) >"$T/files"
	check_file "$T/files" <<-EOF
	./cursor/notes/SKILL.md
	./cursor/pdf/SKILL.md
	./source/solo/SKILL.md
	EOF
	chmod 600 "$HOME/.claude/skills/mine/secret"
	skillshare backup >/dev/null
	made=$c/backups/$(newest)
	(cd "$made" && find . -name SKILL.md | LC_ALL=C sort) >"$T/files"
	check_file "$T/files" <<-EOF
	./claude/mine/SKILL.md
	./claude/notes/SKILL.md
	./claude/pdf/SKILL.md
	./claude/solo/SKILL.md
	EOF
	cmp "$c/skills/solo/SKILL.md" "$made/claude/solo/SKILL.md"
	run skillshare backup --verify
	check_code 0
	rm -rf "$c/skills/solo"
	skillshare sync >/dev/null
	run skillshare restore claude --from "${made##*/}"
	check_code 0
	check_file "$HOME/.claude/skills/solo/SKILL.md" <"$made/claude/solo/SKILL.md"
'

end_tests
