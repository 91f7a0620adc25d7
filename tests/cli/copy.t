#!/bin/sh
# Copy mode: real copies of the skills, known by the manifest of the target.
# shellcheck shell=sh disable=SC1091,SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

apostrophe=\'

# one_target MODE: target cursor, a local skill in it, and three skills, one of
# them with files of every kind.
one_target() {
	write_config <<-EOF
	targets:
	  cursor: {path: ~/.cursor/skills, mode: $1}
	EOF
	t=$HOME/.cursor/skills
	manifest=$t/.skillshare-manifest.json
	mkskill "$source/a"
	mkskill "$source/b"
	mkskill "$source/pdf"
	mkdir -p "$source/pdf/scripts/empty" "$source/pdf/.git"
	echo run >"$source/pdf/scripts/run.sh"
	chmod 755 "$source/pdf/scripts/run.sh"
	ln -s scripts/run.sh "$source/pdf/run"
	ln -s /etc "$source/pdf/etc"
	echo x >"$source/pdf/.git/config"
	echo x >"$source/pdf/.DS_Store"
	mkskill "$t/mine"
	skillshare recover
}

# set_mode MODE: by hand.
set_mode() {
	sed -i "s/mode: [a-z]*/mode: $1/" "$HOME/.config/skillshare/config.yaml"
}

# edited: a synced target, and an edit in its copy of a.
edited() {
	one_target copy
	skillshare sync
	echo "my own line" >>"$t/a/SKILL.md"
	echo more >"$t/a/notes"
	cp "$t/a/SKILL.md" "$T/edit"
}

# check_edit: the edit is where it was.
check_edit() {
	cmp "$T/edit" "$t/a/SKILL.md"
	echo more | check_file "$t/a/notes"
}

# skill_digest DIR: what the Go program writes of a skill, by other means.
skill_digest() {
	(
		cd "$1" || exit
		find . -type f | sed "s,^\./,," | LC_ALL=C sort |
		while IFS= read -r file; do
			printf "%s\000" "$file"
			cat "$file"
			printf "\000"
		done | sha256sum | cut -d " " -f 1
	)
}

test_it 'first sync: told, copied, listed; again: nothing' '
	one_target copy
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync -n
	check_code 0
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	Syncing skills
	─────────────────────────────────────────
	→ Source: ~/.config/skillshare/skills (3 skills)

	would copy cursor/a
	would copy cursor/b
	would copy cursor/pdf
	✓ cursor: copied (3 copied, 1 local, 0 updated, 0 pruned)

	Dry run complete: nothing was changed
	EOF
	assert_same_tree -t "$T/before" "$HOME"
	run skillshare sync
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Syncing skills
	─────────────────────────────────────────
	→ Source: ~/.config/skillshare/skills (3 skills)

	✓ cursor: copied (3 copied, 1 local, 0 updated, 0 pruned)

	Sync complete
	EOF
	check_dir "$t/a"
	[ ! "$t/a/SKILL.md" -ef "$source/a/SKILL.md" ]
	run skillshare status
	check_stdout_has "  cursor    copy      3/3 synced    ~/.cursor/skills"
	tree_list -t "$HOME/.cursor" >"$T/before"
	run skillshare sync
	check_code 0
	check_stdout_has "Sync complete: everything was in sync already"
	assert_same_tree -t "$T/before" "$HOME/.cursor"
'

continue_it 'a copy: files with modes and times, links beneath as files' '
	source=$HOME/.config/skillshare/skills
	t=$HOME/.cursor/skills
	check_link "$t/pdf/etc" /etc
	[ ! -L "$t/pdf/run" ]
	cmp "$source/pdf/scripts/run.sh" "$t/pdf/run"
	[ -x "$t/pdf/scripts/run.sh" ]
	[ "$(stat -c %y "$t/pdf/scripts/run.sh")" = \
	    "$(stat -c %y "$source/pdf/scripts/run.sh")" ]
	check_absent "$t/pdf/.git"
	check_absent "$t/pdf/.DS_Store"
	check_absent "$t/pdf/scripts/empty"
'

test_it 'the manifest is what the Go program writes, and our modes' '
	one_target copy
	rm "$source/pdf/etc" "$source/pdf/run"
	skillshare sync
	sed "s/\"updated_at\": \".*Z\"/WHEN/; s/\(\": \)[0-9]*\(,*\)$/\1N\2/
	    /modes/,/}/s/\"[0-9a-f]\{64\}\"/\"HEX\"/" \
	    "$manifest" >"$T/manifest"
	check_file "$T/manifest" <<-EOF
	{
	  "managed": {
	    "a": "$(skill_digest "$t/a")",
	    "b": "$(skill_digest "$t/b")",
	    "pdf": "$(skill_digest "$t/pdf")"
	  },
	  "modes": {
	    "a": "HEX",
	    "b": "HEX",
	    "pdf": "HEX"
	  },
	  "mtimes": {
	    "a": N,
	    "b": N,
	    "pdf": N
	  },
	  WHEN
	}
	EOF
'

test_it 'copies that the Go program made are ours; what it knows more is kept' '
	one_target copy
	cp -R "$source/a" "$t/a"
	cp -R "$source/b" "$t/b"
	echo changed >>"$source/b/SKILL.md"
	cp -R "$source/a" "$t/gone"
	cat >"$manifest" <<-EOF
	{"managed": {"a": "$(skill_digest "$t/a")",
	  "b": "$(skill_digest "$t/b")", "gone": "$(skill_digest "$t/gone")",
	  "old": "symlink"}, "mtimes": {"a": 1795800049015808401},
	  "updated_at": "2026-01-20T15:30:00.123+01:00", "later": [1, {}]}
	EOF
	ln -s /moved/away "$t/old"
	ln -s /nowhere "$t/foreign"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (3 copied, 1 local, 1 updated, 2 pruned)"
	grep -q changed "$t/b/SKILL.md"
	check_absent "$t/gone"
	check_absent "$t/old"
	check_link "$t/foreign" /nowhere
	grep -q "\"later\"" "$manifest"
'

test_it 'a chmod of a skill reaches its copies, and one of a copy stays' '
	one_target copy
	skillshare sync
	chmod 700 "$source/a/SKILL.md"
	chmod 750 "$source/pdf/scripts"
	chmod 600 "$t/b/SKILL.md"
	run skillshare diff
	check_stdout_has "~ a       (our copy: same content, other file modes)"
	check_stdout_lacks "~ b"
	run skillshare status
	check_stdout_has "1/3 synced"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (3 copied, 1 local, 2 updated, 0 pruned)"
	[ "$(stat -c %a "$t/a/SKILL.md" "$t/pdf/scripts" "$t/b/SKILL.md" |
	    tr "\n" " ")" = "700 750 600 " ]
	run skillshare sync
	check_stdout_has "everything was in sync already"
	# As it was by other means: nothing to copy, and known from then on.
	chmod 600 "$source/b/SKILL.md"
	cp "$manifest" "$T/manifest"
	run skillshare sync
	check_stdout_has "(3 copied, 1 local, 0 updated, 0 pruned)"
	! cmp -s "$T/manifest" "$manifest"
	chmod 644 "$source/b/SKILL.md"
	run skillshare sync
	check_stdout_has "(3 copied, 1 local, 1 updated, 0 pruned)"
	[ "$(stat -c %a "$t/b/SKILL.md")" = 644 ]
	skillshare undo
	[ "$(stat -c %a "$t/b/SKILL.md")" = 600 ]
'

test_it 'the manifest keeps the mode that somebody gave it, whatever the umask' '
	one_target copy
	skillshare sync
	chmod 664 "$manifest"
	cp "$manifest" "$T/manifest"
	mkskill "$source/new"
	umask 077
	run skillshare sync
	check_code 0
	! cmp -s "$T/manifest" "$manifest"
	[ "$(stat -c %a "$manifest")" = 664 ]
'

test_it 'copies that the Go program made: only what can be run is compared' '
	one_target copy
	for name in a b pdf; do
		cp -RL "$source/$name" "$t/$name" 2>/dev/null || :
	done
	rm -r "$source/pdf" "$t/pdf"
	chmod 640 "$t/a/SKILL.md"
	echo x >"$source/b/run"
	echo x >"$t/b/run"
	cat >"$manifest" <<-EOF
	{"managed": {"a": "$(skill_digest "$t/a")",
	  "b": "$(skill_digest "$t/b")"}, "mtimes": {}}
	EOF
	tree_list -t "$t" >"$T/before"
	run skillshare sync
	check_code 0
	check_stdout_has "everything was in sync already"
	assert_same_tree -t "$T/before" "$t"
	chmod +x "$source/b/run"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (2 copied, 1 local, 1 updated, 0 pruned)"
	[ -x "$t/b/run" ]
	[ "$(stat -c %a "$t/a/SKILL.md")" = 640 ]
	run skillshare sync
	check_stdout_has "everything was in sync already"
'

test_it 'pull: an edit takes along what can be run' '
	edited
	chmod +x "$t/a/SKILL.md"
	chmod 600 "$source/a/SKILL.md"
	skillshare pull cursor
	[ "$(stat -c %a "$source/a/SKILL.md")" = 755 ]
	run skillshare sync
	check_code 0
	check_stdout_has "everything was in sync already"
'

test_it 'a manifest that is broken is no empty one: the target fails' '
	edited
	echo "  claude: {}" >>"$HOME/.config/skillshare/config.yaml"
	for text in "" "{" "[]" "{\"managed\": {\"a\": 1}}" "{\"managed\": []}" \
	    "{\"managed\": {\"a\": \"symlink\", \"a\": \"symlink\"}}"; do
		echo "$text" >"$manifest"
		tree_list -t "$HOME/.cursor" >"$T/before"
		for command in "sync --force" "status" "pull cursor"; do
			run skillshare $command
			check_stdout_has "✗"
			check_stdout_has "skillshare-manifest.json cannot be understood"
			assert_same_tree -t "$T/before" "$HOME/.cursor"
		done
		run skillshare sync
		check_code 4
	done
	check_link "$HOME/.claude/skills/a" "$source/a"
	rm "$manifest"
	mkdir "$manifest"
	run skillshare sync
	check_code 4
	check_stdout_has "it is no regular file"
'

test_it 'the source moves on: updated, added, pruned' '
	one_target copy
	skillshare sync
	echo more >>"$source/a/SKILL.md"
	rm "$source/pdf/scripts/run.sh"
	rm -r "$source/b"
	mkskill "$source/new"
	run skillshare diff
	check_code 0
	check_stdout <<-EOF
	Diff: source ↔ cursor
	─────────────────────────────────────────
	  ~ a       (a copy of another version: +0 -0 ~1 files)
	  - b       (in target, not in source)
	  - mine    (local, in target, not in source)
	  + new     (in source, not in target)
	  ~ pdf     (a copy of another version: +1 -0 ~1 files)
	EOF
	run skillshare diff --exit-code
	check_code 1
	run skillshare status
	check_stdout_has "cursor    copy      0/3 synced"
	run skillshare sync -n
	for line in "would update cursor/a" "would prune cursor/b" \
	    "would copy cursor/new" "would update cursor/pdf"; do
		check_stdout_has "$line"
	done
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (3 copied, 1 local, 2 updated, 1 pruned)"
	check_stdout_has "b: pruned; to bring it back: cp -R"
	check_stdout_lacks "what was there is kept"
	check_absent "$t/b"
	check_absent "$t/pdf/scripts"
	grep -q more "$t/a/SKILL.md"
	run skillshare diff --exit-code
	check_code 0
	check_stdout_has "✓ in sync"
	[ "$(grep -c "\": \"[0-9a-f]\{64\}\"" "$manifest")" -eq 6 ]
'

test_it 'an edited copy stays, and every command says so' '
	edited
	echo "the source, too" >>"$source/a/SKILL.md"
	rm -r "$source/b"
	tree_list -t "$t/a" >"$T/a"
	run skillshare status
	check_code 0
	check_stdout_has "1/2 synced, 1 edited here"
	run skillshare diff
	check_stdout_has "~ a       (edited here: +1 -0 ~1 files)"
	run skillshare diff --json
	check_stdout_has "\"kind\": \"edited_copy\""
	run skillshare target cursor
	check_stdout_has "  a     a copy that was edited here"
	run skillshare sync -n
	check_code 1
	check_stdout_lacks "cursor/a "
	check_stdout_has "! cursor/a: edited here: kept"
	run skillshare sync
	check_code 1
	check_stdout_has "✓ cursor: copied (1 copied, 1 local, 0 updated, 1 pruned)"
	check_stdout_has "! cursor/a: edited here: kept; the source has changed, too (pull --force takes it, --force replaces it)"
	run skillshare sync --json
	check_code 1
	check_stdout_has "\"edited\": 1"
	assert_same_tree -t "$T/a" "$t/a"
'

continue_it 'and stays when its skill goes, and in the other modes' '
	source=$HOME/.config/skillshare/skills
	t=$HOME/.cursor/skills
	rm -r "$source/a"
	for mode in copy merge; do
		set_mode $mode
		run skillshare sync
		check_code 1
		check_stdout_has "! cursor/a: edited here: kept"
		assert_same_tree -t "$T/a" "$t/a"
	done
	set_mode symlink
	run skillshare sync --force
	check_code 4
	check_stdout_has "    a: a copy that was edited here"
	assert_same_tree -t "$T/a" "$t/a"
'

test_it '--force replaces an edit, and undo brings it back' '
	edited
	run skillshare sync --force
	check_code 0
	check_stdout_has "→ cursor/a: what was there is kept; to bring it back: skillshare undo 2"
	cmp "$source/a/SKILL.md" "$t/a/SKILL.md"
	check_absent "$t/a/notes"
	skillshare undo 2
	check_edit
	run skillshare sync
	check_code 1
	check_edit
	rm -r "$source/a"
	run skillshare sync --force
	check_code 0
	check_stdout_has "→ cursor/a: what was there is kept; to bring it back: skillshare undo 4"
	check_absent "$t/a"
	skillshare undo
	check_edit
'

test_it 'an edit that is what the source has by now is no edit' '
	edited
	cp "$t/a/SKILL.md" "$t/a/notes" "$source/a/"
	run skillshare status
	check_stdout_has "3/3 synced    "
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (3 copied, 1 local, 0 updated, 0 pruned)"
	grep -q "\"a\": \"$(skill_digest "$t/a")\"" "$manifest"
	run skillshare sync
	check_stdout_has "everything was in sync already"
'

test_it 'an edit in the middle of a file of the same size and time is seen' '
	one_target copy
	skillshare sync
	touch -r "$t/a/SKILL.md" "$T/time"
	sed -i s/A/B/ "$t/a/SKILL.md"
	touch -r "$T/time" "$t/a/SKILL.md"
	run skillshare sync
	check_code 1
	check_stdout_has "! cursor/a: edited here"
'

test_it 'what is local, a file or somebody${apostrophe}s link stays; --force' '
	one_target copy
	mkskill "$t/a"
	echo mine >>"$t/a/SKILL.md"
	ln -s /usr "$t/b"
	echo file >"$t/pdf"
	run skillshare sync
	check_code 1
	check_stdout_has "✓ cursor: copied (0 copied, 2 local, 0 updated, 0 pruned)"
	check_stdout_has "! cursor/b: a link to /usr is kept"
	check_stdout_has "! cursor/pdf: a file is in the way"
	check_absent "$manifest"
	run skillshare sync --force
	check_code 1
	check_stdout_has "✓ cursor: copied (2 copied, 1 local, 0 updated, 0 pruned)"
	check_dir "$t/b"
	echo file | check_file "$t/pdf"
	skillshare undo
	grep -q mine "$t/a/SKILL.md"
	check_link "$t/b" /usr
	check_absent "$manifest"
'

test_it 'from merge to copy and back, and undo each way' '
	one_target merge
	skillshare sync
	tree_list "$t" >"$T/merge"
	set_mode copy
	run skillshare diff
	check_stdout_has "~ a       (our link leads to"
	run skillshare sync -n
	check_stdout_has "would copy cursor/a"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (3 copied, 1 local, 3 updated, 0 pruned)"
	check_dir "$t/a"
	tree_list "$t" >"$T/copy"
	skillshare undo
	assert_same_tree "$T/merge" "$t"
	skillshare undo 3
	assert_same_tree "$T/copy" "$t"
	set_mode merge
	run skillshare diff
	check_stdout_has "~ a       (our copy; this mode makes it a link)"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: merged (3 linked, 1 local, 3 updated, 0 pruned)"
	assert_same_tree "$T/merge" "$t"
'

test_it 'from copy to symlink and back' '
	one_target copy
	skillshare sync
	rm -r "$source/b"
	set_mode symlink
	run skillshare sync
	check_code 0
	check_stdout_has "→ cursor/mine: taken into the source"
	check_link "$t" "$source"
	check_absent "$source/.skillshare-manifest.json"
	set_mode copy
	run skillshare diff
	check_stdout_has "(a link; copy mode makes it a directory of copies)"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (3 copied, 0 local, 0 updated, 0 pruned)"
	check_stdout_has "→ cursor: ~/.cursor/skills is a directory of copies now"
	check_dir "$t"
	check_dir "$t/mine"
	check_absent "$t/pdf/.git"
	run skillshare sync
	check_stdout_has "everything was in sync already"
	skillshare undo
	check_link "$t" "$source"
'

test_it 'the brakes hold copies, too' '
	one_target copy
	for i in 1 2 3 4 5 6 7 8 9 10; do
		mkskill "$source/s$i"
	done
	skillshare sync
	mkdir "$T/away"
	mv "$source"/* "$T/away"
	run skillshare sync
	check_code 1
	check_stderr_has "13 copies of cursor would be pruned"
	check_dir "$t/s1"
	mv "$T/away/a" "$source/a"
	run skillshare sync
	check_code 1
	check_stderr_has "12 copies of cursor would be pruned, more than half"
	check_dir "$t/s1"
'

test_it 'pull: an edit of what the source still has needs no force' '
	edited
	tree_list "$source/pdf/.git" >"$T/git"
	echo "new script" >"$t/pdf/scripts/run.sh"
	rm "$t/pdf/SKILL.md"
	mkskill "$t/pdf"
	run skillshare pull cursor -n
	check_code 0
	check_stdout_has "would replace the source${apostrophe}s version by cursor/a"
	run skillshare pull cursor
	check_code 0
	check_stdout_has "✓ cursor/a: taken in the place of the source"
	check_stdout_has "✓ cursor/mine: taken into the source"
	cmp "$T/edit" "$source/a/SKILL.md"
	echo more | check_file "$source/a/notes"
	check_edit
	check_dir "$t/mine"
	cmp "$t/mine/SKILL.md" "$source/mine/SKILL.md"
	assert_same_tree "$T/git" "$source/pdf/.git"
	check_link "$source/pdf/etc" /etc
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (4 copied, 0 local, 0 updated, 0 pruned)"
	check_stdout_has "everything was in sync already"
	skillshare undo
	check_absent "$source/mine"
	! grep -q "my own" "$source/a/SKILL.md"
	run skillshare sync
	check_code 1
	check_edit
'

test_it 'pull: the source has changed as well: skipped, --force takes it' '
	edited
	echo "the source, too" >>"$source/a/SKILL.md"
	run skillshare pull cursor
	check_code 1
	check_stdout_has "! cursor/a: skipped, the source has got other content (+1 -0 ~1 files)"
	grep -q "the source, too" "$source/a/SKILL.md"
	check_edit
	run skillshare pull cursor --force
	check_code 0
	cmp "$T/edit" "$source/a/SKILL.md"
	run skillshare sync
	check_code 0
	check_stdout_has "everything was in sync already"
	skillshare undo
	grep -q "the source, too" "$source/a/SKILL.md"
'

test_it 'pull: an edited copy of a skill that is gone comes back to the source' '
	edited
	rm -r "$source/a"
	run skillshare pull cursor
	check_code 0
	check_stdout_has "✓ cursor/a: taken into the source"
	cmp "$T/edit" "$source/a/SKILL.md"
	run skillshare sync
	check_code 0
'

test_it 'pull in merge mode takes an edit of former copies, and links' '
	edited
	set_mode merge
	run skillshare sync
	check_code 1
	run skillshare pull cursor
	check_code 0
	cmp "$T/edit" "$source/a/SKILL.md"
	check_link "$t/a" "$source/a"
	check_absent "$manifest"
	run skillshare sync
	check_code 0
'

test_it 'pull --all: two targets with other edits: neither is taken' '
	edited
	cat >>"$HOME/.config/skillshare/config.yaml" <<-EOF
	  other: {path: ~/other, mode: copy}
	EOF
	skillshare sync || :
	run skillshare pull --all
	check_code 0
	cmp "$T/edit" "$source/a/SKILL.md"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ other: copied (4 copied, 0 local, 1 updated, 0 pruned)"
	echo one >>"$t/a/SKILL.md"
	echo two >>"$HOME/other/a/SKILL.md"
	run skillshare pull --all
	check_code 1
	check_stdout_has "! cursor/a: skipped, the targets have different contents"
	check_stdout_has "! other/a: skipped, the targets have different contents"
	cmp "$T/edit" "$source/a/SKILL.md"
	cp "$HOME/other/a/SKILL.md" "$t/a/SKILL.md"
	run skillshare pull --all --dry-run
	check_code 0
	run skillshare pull --all
	check_code 0
	grep -q two "$source/a/SKILL.md"
	run skillshare sync
	check_stdout_has "everything was in sync already"
'

test_it 'target remove: copies stay as they are, the manifest goes' '
	edited
	tree_list "$t/pdf" >"$T/pdf"
	run skillshare target remove cursor
	check_code 0
	check_stdout_has "✓ cursor: removed (3 copies kept, 0 copied, 1 local kept)"
	check_edit
	assert_same_tree "$T/pdf" "$t/pdf"
	check_absent "$manifest"
	skillshare undo
	[ -f "$manifest" ]
	run skillshare sync
	check_code 1
	check_edit
'

test_it 'target add and init take the mode copy' '
	write_config <<-EOF
	targets: {}
	EOF
	mkskill "$source/a"
	mkdir "$HOME/mine"
	run skillshare target add mine "$HOME/mine" --mode copy
	check_code 0
	run skillshare sync
	check_stdout_has "✓ mine: copied (1 copied, 0 local, 0 updated, 0 pruned)"
	rm -r "$HOME/.config"
	mkdir "$HOME/.claude"
	run skillshare init --all-targets --mode copy
	check_code 0
	run skillshare status
	check_stdout_has "claude    copy"
'

test_it 'a backup holds edits; restore: what is not of now counts as local' '
	edited
	skillshare backup
	skillshare sync --force
	run skillshare restore cursor
	check_code 0
	check_edit
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (2 copied, 2 local, 0 updated, 0 pruned)"
	check_edit
	run skillshare diff
	check_stdout_has "~ a       (different content: +1 -0 ~1 files)"
	skillshare sync --force
	echo changed >>"$source/b/SKILL.md"
	run skillshare sync
	check_stdout_has "✓ cursor: copied (3 copied, 1 local, 1 updated, 0 pruned)"
'

test_it 'ignore: what it names is not copied, and no edit where it comes up' '
	one_target copy
	printf "ignore: [\"*.log\", \"**/.git/**\"]\n" \
	    >>"$HOME/.config/skillshare/config.yaml"
	echo x >"$source/a/x.log"
	run skillshare sync
	check_code 0
	check_absent "$t/a/x.log"
	[ -f "$t/pdf/.DS_Store" ]
	echo y >"$t/a/y.log"
	run skillshare sync
	check_stdout_has "everything was in sync already"
	echo more >>"$source/a/SKILL.md"
	run skillshare sync
	check_code 0
	check_absent "$t/a/y.log"
	skillshare undo
	[ -f "$t/a/y.log" ]
'

test_it 'hostile names and links stay inside, and drive no terminal' '
	one_target copy
	name=$(printf "x\033[31m\ny\377z")
	mkskill "$source/$name"
	ln -s ../../../../../../../../etc/passwd "$source/a/passwd"
	ln -s . "$source/a/self"
	ln -s loop "$source/a/loop"
	mkfifo "$source/a/pipe"
	run skillshare sync
	check_code 0
	check_stdout_lacks "$(printf "\033")"
	check_dir "$t/$name"
	check_link "$t/a/passwd" ../../../../../../../../etc/passwd
	check_link "$t/a/self" .
	check_absent "$t/a/pipe"
	run skillshare sync
	check_stdout_has "everything was in sync already"
	cat >"$manifest" <<-EOF
	{"managed": {"../../.config": "symlink", "/etc": "symlink",
	  ".": "$(skill_digest "$t/b")", "..": "symlink"}}
	EOF
	run skillshare sync
	check_code 0
	check_dir "$source"
'

test_it 'a target that cannot be written fails' '
	one_target copy
	skillshare sync
	echo more >>"$source/a/SKILL.md"
	give_user "$T"
	chmod 555 "$t"
	run as_user skillshare sync
	check_code 4
	check_stdout_has "✗ cursor: ~/.cursor/skills is not writable"
	chmod 755 "$t"
'

test_it 'a skill that cannot be read in full fails alone; its old copy stays' '
	one_target copy
	skillshare sync
	rm -r "$t/b"
	for skill in a b pdf; do
		echo more >>"$source/$skill/SKILL.md"
	done
	chmod 0 "$source/b/SKILL.md" "$source/pdf/scripts/run.sh"
	mkskill "$source/new"
	mkdir -m 0 "$source/new/closed"
	give_user "$T"
	tree_list "$t/pdf" >"$T/pdf"
	run as_user skillshare sync -n
	check_code 1
	check_stdout_has "would update cursor/a"
	check_stdout_lacks "would update cursor/pdf"
	run as_user skillshare sync
	check_code 1
	check_stdout_has "✓ cursor: copied (1 copied, 1 local, 1 updated, 0 pruned)"
	check_stdout_has "✗ cursor/pdf: not copied: ~/.config/skillshare/skills/pdf: open run: Permission denied"
	check_stdout_has "✗ cursor/new: not copied: ~/.config/skillshare/skills/new: "
	check_stdout_has "Sync complete, but for what is marked above"
	grep -q more "$t/a/SKILL.md"
	assert_same_tree "$T/pdf" "$t/pdf"
	check_absent "$t/b"
	check_absent "$t/new"
	run as_user skillshare status
	check_stdout_has "cursor    copy      1/"
	run as_user skillshare diff
	check_stdout_has "! pdf     (cannot be copied: ~/.config/skillshare/skills/pdf: open run: Permission denied)"
	run as_user skillshare sync --json
	check_code 1
	check_stdout_has "\"uncopied\": 2"
	check_stdout_has "\"problem\": \"$source/pdf: open run: Permission denied\""
	run as_user skillshare doctor
	check_stdout_has "pdf cannot be copied: "
	check_stdout_has "chmod -R u+rX"
	chmod 755 "$source/pdf/scripts/run.sh" "$source/new/closed"
	chmod 644 "$source/b/SKILL.md"
	run as_user skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (4 copied, 1 local, 1 updated, 0 pruned)"
'

test_it 'one link for all does not become copies of a part' '
	one_target symlink
	rm -r "$t"
	skillshare sync
	chmod 0 "$source/pdf/scripts/run.sh"
	give_user "$T"
	set_mode copy
	run as_user skillshare sync
	check_code 4
	check_stdout_has "cannot become a directory of copies"
	check_stdout_has "    pdf: ~/.config/skillshare/skills/pdf: open run: Permission denied"
	check_link "$t" "$source"
'

test_it 'a copy or a local skill that cannot be read is kept, named, alone' '
	one_target copy
	skillshare sync
	echo "my own line" >>"$t/b/SKILL.md"
	echo more >>"$source/a/SKILL.md"
	chmod 0 "$t/a"
	mkskill "$t/closed"
	mkskill "$t/other"
	chmod 0 "$t/closed/SKILL.md"
	chmod 555 "$source/pdf"
	rm -r "$t/pdf/scripts"
	give_user "$T"
	run as_user skillshare sync
	check_code 1
	check_stdout_has "! cursor/a: our copy cannot be read: open ~/.cursor/skills/a: Permission denied"
	check_stdout_has "! cursor/b: edited here"
	run as_user skillshare status
	check_stdout_has "0/3 synced"
	run as_user skillshare diff
	check_stdout_has "! a         (cannot be read: "
	run as_user skillshare doctor
	check_stdout_has "a copy cannot be read: "
	run as_user skillshare pull cursor -n
	check_code 1
	check_stdout_has "would take cursor/mine"
	run as_user skillshare pull cursor
	check_code 1
	check_stdout_has "! cursor/a: skipped, "
	check_stdout_has "! cursor/closed: skipped, "
	for name in b mine other pdf; do
		check_stdout_has "✓ cursor/$name: taken"
	done
	grep -q "my own line" "$source/b/SKILL.md"
	check_absent "$source/closed"
	check_absent "$source/pdf/scripts/run.sh"
	chmod 755 "$t/a"
	chmod 644 "$t/closed/SKILL.md"
	run as_user skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (5 copied, 1 local, 1 updated, 0 pruned)"
'

test_it 'an edit: the way out that is told is the one that works' '
	edited
	run skillshare sync
	check_stdout_has "! cursor/a: edited here: kept (pull takes it, --force replaces it)"
	run skillshare doctor
	check_stdout_has "skillshare pull cursor"
	echo "the source, too" >>"$source/a/SKILL.md"
	run skillshare sync
	check_stdout_has "! cursor/a: edited here: kept; the source has changed, too (pull --force takes it, --force replaces it)"
	run skillshare doctor
	check_stdout_has "skillshare diff --patch cursor"
	skillshare target cursor --add-exclude a
	run skillshare sync
	check_stdout_has "! cursor/a: edited here: kept (--force removes it)"
	run skillshare pull cursor
	check_code 1
	skillshare target cursor --remove-exclude a
	mv "$t/a/SKILL.md" "$T/skill"
	run skillshare sync
	check_stdout_has "! cursor/a: edited here: kept (--force replaces it)"
	mv "$T/skill" "$t/a/SKILL.md"
	rm -r "$source/a"
	run skillshare sync
	check_stdout_has "! cursor/a: edited here: kept (pull takes it, --force removes it)"
	run skillshare pull cursor
	check_code 0
	check_edit
'

test_it 'a FIFO or a socket in a copy holds up neither sync nor undo' '
	one_target copy
	skillshare sync
	mkfifo "$t/a/pipe"
	mkfifo "$source/a/fifo"
	echo more >>"$source/a/SKILL.md"
	run skillshare sync
	check_code 0
	check_stderr </dev/null
	check_absent "$t/a/pipe"
	check_absent "$t/a/fifo"
	skillshare undo
	[ -p "$t/a/pipe" ]
	run skillshare sync
	check_code 0
	check_stdout_has "✓ cursor: copied (3 copied, 1 local, 1 updated, 0 pruned)"
'

end_tests
