#!/bin/sh
# Symlink mode, conversions, and the places that a target can be.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

apostrophe=\'

# one_target MODE: target claude, and the skills a and b. (The lock of a run
# is there already: what a refused run may change is nothing.)
one_target() {
	write_config <<-EOF
	targets:
	  claude: {mode: $1}
	EOF
	mkskill "$source/a"
	mkskill "$source/b"
	t=$HOME/.claude/skills
	mkdir -p "$HOME/.claude"
	skillshare recover
}

# check_refused TEXT: the last run changed nothing since $T/before and said so.
check_refused() {
	check_code 4
	check_stdout_has "✗ claude: ~/.claude/skills $1"
	assert_same_tree -t "$T/before" "$HOME"
}

# list_home: its listing, without what the runs kept for themselves.
list_home() {
	rm -rf "$HOME/.local"
	tree_list "$HOME" | grep -v skillshare/backups
}

test_it 'symlink mode, absent: linked, with the warning once' '
	one_target symlink
	run skillshare sync -n
	check_code 0
	check_stdout_has "would link ~/.claude/skills to the source"
	check_absent "$t"
	run skillshare sync
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Syncing skills
	─────────────────────────────────────────
	→ Source: ~/.config/skillshare/skills (2 skills)

	✓ claude: symlink
	! claude: in symlink mode, deleting through target deletes source!
	→ safe way to unlink: skillshare target remove claude

	Sync complete
	EOF
	check_link "$t" "$source"
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: symlink"
	check_stdout_lacks "deleting"
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'symlink mode, the right link in another spelling: left alone' '
	one_target symlink
	ln -s ../.config/skillshare/skills "$t"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: symlink"
	check_link "$t" ../.config/skillshare/skills
'

test_it 'symlink mode, a dangling link to a moved source: repaired' '
	one_target symlink
	skillshare sync
	mv "$source" "$HOME/new"
	sed -i "1i source: ~/new" "$HOME/.config/skillshare/config.yaml"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: symlink"
	check_link "$t" "$HOME/new"
'

test_it 'symlink mode, a link elsewhere: kept, --force replaces it' '
	one_target symlink
	mkskill "$HOME/dot/theirs"
	ln -s ../dot "$t"
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_refused "is a link to ../dot: kept (--force replaces it)"
	run skillshare sync --force
	check_code 0
	check_stdout_has "→ claude: ~/.claude/skills was a link to ../dot"
	check_stdout_has "deleting through target deletes source"
	check_link "$t" "$source"
	check_dir "$HOME/dot/theirs"
'

test_it 'symlink mode, a dangling link elsewhere: kept' '
	one_target symlink
	ln -s /nowhere "$t"
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_refused "is a link to /nowhere: kept"
'

test_it 'symlink mode, a directory of our links alone: replaced' '
	one_target symlink
	mkdir "$t"
	ln -s "$source/a" "$t/a"
	ln -s "$source/gone" "$t/gone"
	run skillshare sync
	check_code 0
	check_link "$t" "$source"
	[ "$(ls "$source" | wc -l)" -eq 2 ]
'

test_it 'symlink mode: local skills are taken into the source' '
	one_target symlink
	mkskill "$t/mine"
	echo x >"$t/mine/extra"
	chmod 750 "$t/mine/extra"
	ln -s extra "$t/mine/link"
	cp -R "$source/a" "$t/a"
	tree_list "$t/mine" >"$T/mine"
	run skillshare sync -n
	check_code 0
	check_stdout_has "would take claude/mine into the source"
	check_stdout_has "would replace the directory ~/.claude/skills by a link"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: symlink"
	check_stdout_has "→ claude/mine: taken into the source"
	check_stdout_lacks "claude/skills"
	check_link "$t" "$source"
	assert_same_tree "$T/mine" "$source/mine"
'

continue_it 'and undo puts the directory back' '
	source=$HOME/.config/skillshare/skills
	run skillshare undo
	check_code 0
	check_dir "$HOME/.claude/skills"
	assert_same_tree "$T/mine" "$HOME/.claude/skills/mine"
	check_absent "$source/mine"
'

test_it 'symlink mode: each obstacle is listed, nothing is changed' '
	one_target symlink
	mkskill "$t/a"
	echo more >>"$t/a/SKILL.md"
	mkskill "$t/fine"
	mkdir "$t/.system" "$t/nodoc"
	echo text >"$t/file"
	ln -s /usr "$t/foreign"
	tree_list -t "$HOME" >"$T/before"
	for option in "" --force; do
		run skillshare sync $option
		check_refused "cannot become one link"
		sed -n "/^    /p" "$T/stdout" >"$T/obstacles"
		check_file "$T/obstacles" <<-EOF
		    .system: the link would hide it
		    a: differs from the source${apostrophe}s
		    file: a file
		    foreign: a link to /usr
		    nodoc: a directory without SKILL.md
		EOF
	done
	run skillshare status
	check_code 0
	check_stdout_has "claude    symlink   ✗ error       ~/.claude/skills"
	check_stdout_has "skillshare diff claude lists it"
	run skillshare diff claude
	check_code 4
	check_stdout_has "    nodoc: a directory without SKILL.md"
'

for obstacle in 'mkdir "$t/.system"' 'echo x >"$t/file"' 'mkdir "$t/nodoc"' \
    'ln -s /usr "$t/foreign"' 'ln -s /nowhere "$t/dangling"' \
    'mkfifo "$t/pipe"'; do
	test_it "symlink mode, an obstacle by itself: $obstacle" '
		one_target symlink
		mkdir "$t"
		ln -s "$source/a" "$t/a"
		eval "$obstacle"
		tree_list -t "$HOME" >"$T/before"
		run skillshare sync
		check_refused "cannot become one link"
		[ "$(grep -c "^    " "$T/stdout")" -eq 1 ]
	'
done

test_it 'both ways and back, with nothing lost' '
	one_target merge
	mkskill "$t/mine"
	mkdir "$source/notes"
	echo text >"$source/notes/file"
	skillshare sync
	cp -R "$source" "$T/all"
	mv "$t/mine" "$T/all/mine"
	cp -R "$T/all/mine" "$t/mine"
	tree_list "$T/all" >"$T/source"
	skillshare target claude --mode symlink
	run skillshare sync
	check_code 0
	check_link "$t" "$source"
	assert_same_tree "$T/source" "$source"
	skillshare target claude --mode merge
	run skillshare sync -n
	check_stdout_has "would replace the link ~/.claude/skills by a directory"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: merged (3 linked, 0 local, 0 updated, 0 pruned)"
	check_stdout_has "→ claude: ~/.claude/skills is a directory of links now"
	check_dir "$t"
	check_link "$t/mine" "$source/mine"
	check_link "$t/a" "$source/a"
	assert_same_tree "$T/source" "$source"
	list_home >"$T/merged"
	skillshare target claude --mode symlink
	skillshare sync
	skillshare target claude --mode merge
	run skillshare sync
	check_code 0
	list_home >"$T/again"
	diff "$T/merged" "$T/again"
'

test_it 'merge mode writes through a link to a dotfiles directory' '
	one_target merge
	mkskill "$HOME/dotfiles/skills/theirs"
	ln -s ../dotfiles/skills "$t"
	run skillshare sync
	check_code 0
	check_stdout_has "merged (2 linked, 1 local, 0 updated, 0 pruned)"
	check_link "$t" ../dotfiles/skills
	check_link "$HOME/dotfiles/skills/a" "$source/a"
'

test_it 'merge mode writes through a parent that is a link' '
	one_target merge
	rmdir "$HOME/.claude"
	mkdir -p "$HOME/dotfiles/claude"
	ln -s dotfiles/claude "$HOME/.claude"
	run skillshare sync
	check_code 0
	check_link "$HOME/.claude" dotfiles/claude
	check_link "$HOME/dotfiles/claude/skills/a" "$source/a"
'

test_it 'symlink mode behind a parent that is a link' '
	one_target symlink
	rmdir "$HOME/.claude"
	mkdir -p "$HOME/dotfiles/claude"
	ln -s dotfiles/claude "$HOME/.claude"
	run skillshare sync
	check_code 0
	check_link "$HOME/.claude" dotfiles/claude
	check_link "$HOME/dotfiles/claude/skills" "$source"
'

test_it 'merge mode, a dangling link: the target fails' '
	one_target merge
	ln -s ../gone "$t"
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_refused "is a link to ../gone, which does not exist"
	run skillshare sync --force
	check_refused "is a link to ../gone, which does not exist"
'

test_it 'merge mode, a parent that is a dangling link: the target fails' '
	one_target merge
	rmdir "$HOME/.claude"
	ln -s gone "$HOME/.claude"
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_refused "lies below ~/.claude, a link that leads nowhere"
'

test_it 'a target that overlaps the source is refused, however spelt' '
	mkdir "$HOME/ok"
	write_config <<-EOF
	targets:
	  around: {path: ~/.config/skillshare}
	  inside: {path: ~/.config/skillshare/skills/a}
	  new-inside: {path: ~/.config/skillshare/skills/x/y}
	  ok: {path: ~/ok}
	  same: {path: ~/.config/skillshare/skills}
	  through: {path: ~/way/skills}
	EOF
	mkskill "$source/a"
	ln -s .config/skillshare "$HOME/way"
	tree_list -t "$source" >"$T/before"
	run skillshare sync
	check_code 4
	for name in around inside new-inside same through; do
		check_stdout_has "✗ $name: ~/"
	done
	check_stdout_has "✓ ok: merged (1 linked"
	check_stdout_has "has the source inside it: give the target a path of its own"
	assert_same_tree -t "$T/before" "$source"
'

test_it 'two targets on one directory: planned once, both reported' '
	write_config <<-EOF
	targets:
	  one: {path: ~/t}
	  three: {path: ~/link}
	  two: {path: ~/t/}
	EOF
	mkskill "$source/a"
	mkdir "$HOME/t"
	ln -s t "$HOME/link"
	run skillshare sync -n
	check_code 0
	[ "$(grep -c "would link" "$T/stdout")" -eq 1 ]
	run skillshare sync
	check_code 0
	for name in one two three; do
		check_stdout_has "✓ $name: merged (1 linked, 0 local, 0 updated, 0 pruned)"
	done
	check_link "$HOME/link" t
	run skillshare status
	[ "$(grep -c "1/1 synced" "$T/stdout")" -eq 3 ]
'

test_it 'two targets on one missing directory' '
	write_config <<-EOF
	targets:
	  one: {path: ~/x/t}
	  two: {path: ~/x/t}
	EOF
	mkskill "$source/a"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ one: merged (1 linked, 0 local, 0 updated, 0 pruned)"
	check_stdout_has "✓ two: merged (1 linked, 0 local, 0 updated, 0 pruned)"
	check_link "$HOME/x/t/a" "$source/a"
'

test_it 'two targets on one directory with two modes: both refused' '
	write_config <<-EOF
	targets:
	  one: {path: ~/t}
	  other: {path: ~/other}
	  two: {path: ~/link, mode: symlink}
	  zwei: {path: ~/t, mode: symlink}
	EOF
	mkskill "$source/a"
	mkdir "$HOME/t" "$HOME/other"
	ln -s t "$HOME/link"
	tree_list -t "$HOME/t" >"$T/before"
	run skillshare sync
	check_code 4
	check_stdout_has "✗ one: ~/t is the same directory as zwei, with another mode"
	check_stdout_has "✗ zwei: ~/t is the same directory as one, with another mode"
	check_stdout_has "✓ other: merged (1 linked"
	check_stdout_has "✗ two: "
	assert_same_tree -t "$T/before" "$HOME/t"
	check_link "$HOME/link" t
'

test_it 'a target inside another target' '
	write_config <<-EOF
	targets:
	  inner: {path: ~/t/sub}
	  outer: {path: ~/t}
	EOF
	mkskill "$source/a"
	mkdir -p "$HOME/t/sub"
	run skillshare sync
	check_code 0
	check_link "$HOME/t/a" "$source/a"
	check_link "$HOME/t/sub/a" "$source/a"
	check_stdout_has "✓ outer: merged (1 linked, 1 local"
'

test_it 'links to the source in any spelling are ours, and right ones stay' '
	mkdir -p "$HOME/real/skills"
	ln -s real "$HOME/alias"
	write_config <<-EOF
	source: ~/alias/skills
	targets:
	  t: {path: ~/t}
	EOF
	source=$HOME/real/skills
	for name in a b c d e; do
		mkskill "$source/$name"
	done
	mkdir "$HOME/t"
	ln -s ../real/skills/a "$HOME/t/a"
	ln -s "$HOME/real/skills/b" "$HOME/t/b"
	ln -s "$HOME/alias/skills/c/" "$HOME/t/c"
	ln -s ../real/../real/skills/gone "$HOME/t/gone"
	ln -s "$HOME/alias/skills/gone" "$HOME/t/gone2"
	ln -s ../alias/skills/b "$HOME/t/d"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ t: merged (5 linked, 0 local, 1 updated, 2 pruned)"
	check_link "$HOME/t/a" ../real/skills/a
	check_link "$HOME/t/b" "$HOME/real/skills/b"
	check_link "$HOME/t/d" "$HOME/alias/skills/d"
	check_link "$HOME/t/e" "$HOME/alias/skills/e"
	check_absent "$HOME/t/gone"
	check_absent "$HOME/t/gone2"
'

test_it 'what only looks like the source is not ours' '
	one_target merge
	mkdir -p "$t" "$HOME/.config/skillshare/skills2/gone"
	ln -s "$HOME/.config/skillshare/skills2/gone" "$t/z1"
	ln -s "$source/../skills2/gone" "$t/z2"
	ln -s "$HOME/.config/skillshare/skills2/a" "$t/a"
	run skillshare sync
	check_code 1
	check_stdout_has "merged (1 linked, 0 local, 0 updated, 0 pruned)"
	check_link "$t/z1" "$HOME/.config/skillshare/skills2/gone"
	check_link "$t/z2" "$source/../skills2/gone"
	check_link "$t/a" "$HOME/.config/skillshare/skills2/a"
'

test_it 'a source that has moved: links to the old one are put right' '
	one_target merge
	mkskill "$source/c"
	skillshare sync
	mv "$source" "$HOME/new"
	rm -r "$HOME/new/c"
	sed -i "1i source: ~/new" "$HOME/.config/skillshare/config.yaml"
	run skillshare diff
	check_stdout_has "~ a"
	check_stdout_has "(our link leads to ~/.config/skillshare/skills/a)"
	check_stdout_has "- c"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: merged (2 linked, 0 local, 2 updated, 1 pruned)"
	check_link "$t/a" "$HOME/new/a"
	check_absent "$t/c"
'

test_it 'a source that has moved, the old one still there' '
	one_target merge
	skillshare sync
	cp -R "$source" "$HOME/new"
	sed -i "1i source: ~/new" "$HOME/.config/skillshare/config.yaml"
	skillshare sync
	check_link "$t/a" "$HOME/new/a"
	check_link "$t/b" "$HOME/new/b"
	check_dir "$source/a"
'

test_it 'a mount point cannot become a link' '
	skip_if "! unshare -m true" "no mount namespaces here"
	one_target symlink
	mkdir "$t"
	run unshare -m sh -ec "mount -t tmpfs none \"\$1\"
		exec \"\$SKILLSHARE\" sync" sh "$t"
	check_code 4
	check_stdout_has "✗ claude: ~/.claude/skills is a mount point"
	check_stdout_has "use merge or copy mode"
	check_dir "$t"
'

end_tests
