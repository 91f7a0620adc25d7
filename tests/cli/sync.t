#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# mksource NAME...: skills in the source.
mksource() {
	for name in "$@"; do
		mkskill "$source/$name"
	done
}

# check_unchanged: as HOME was at "tree_list -t $HOME >$T/before".
check_unchanged() {
	assert_same_tree -t "$T/before" "$HOME"
}

# merge_cells: a target of merge mode with every row of the table in it.
merge_cells() {
	write_config <<-EOF
	targets:
	  claude: {}
	EOF
	t=$HOME/.claude/skills
	mksource absent right stale dangling foreign differs same file
	mkdir -p "$t" "$HOME/other"
	ln -s "$source/right" "$t/right"
	ln -s "$source/right" "$t/stale"
	ln -s "$source/gone/for/good" "$t/dangling"
	ln -s ../../other "$t/foreign"
	mkskill "$t/differs"
	echo more >>"$t/differs/SKILL.md"
	cp -R "$source/same" "$t/same"
	echo text >"$t/file"
	# And what no skill has the name of:
	ln -s "$source/right" "$t/z-ours"
	ln -s "$source/gone" "$t/z-ours-dangling"
	ln -s /nowhere "$t/z-foreign-dangling"
	ln -s ../../other "$t/z-foreign"
	mkskill "$t/z-local"
	mkdir "$t/z-nodoc"
	echo text >"$t/z-file"
	mkdir "$t/.system"
	echo secret >"$t/.system/kept"
}

test_it 'the outputs are those of the mission' '
	write_config <<-EOF
	targets:
	  claude: {}
	  codex: {mode: symlink}
	  cursor: {}
	EOF
	mksource a b c d e
	mkdir -p "$HOME/.claude/skills" "$HOME/.cursor/skills"
	mkskill "$HOME/.claude/skills/mine"
	mkdir "$HOME/.claude/skills/other"
	ln -s "$source/old" "$HOME/.claude/skills/old"
	mkdir "$HOME/.codex"
	ln -s "$source" "$HOME/.codex/skills"
	run skillshare sync
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Syncing skills
	─────────────────────────────────────────
	→ Source: ~/.config/skillshare/skills (5 skills)

	✓ claude: merged (5 linked, 2 local, 0 updated, 1 pruned)
	✓ codex: symlink
	✓ cursor: merged (5 linked, 0 local, 0 updated, 0 pruned)

	Sync complete
	→ old: pruned; no backup holds it
	EOF
	for name in a b c d e; do
		check_link "$HOME/.claude/skills/$name" "$source/$name"
		check_link "$HOME/.cursor/skills/$name" "$source/$name"
	done
	check_absent "$HOME/.claude/skills/old"
	check_dir "$HOME/.claude/skills/mine"
'

continue_it 'a second sync changes nothing on disk' '
	skillshare sync >"$T/first"
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: merged (5 linked, 2 local, 0 updated, 0 pruned)"
	check_stdout_has "Sync complete: everything was in sync already"
	cmp "$T/first" "$T/stdout"
	check_unchanged
'

continue_it 'one skill more: one link more in each target' '
	source=$HOME/.config/skillshare/skills
	mksource f
	rm -r "$source/a"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: merged (5 linked, 2 local, 0 updated, 1 pruned)"
	check_stdout_has "✓ cursor: merged (5 linked, 0 local, 0 updated, 1 pruned)"
	check_link "$HOME/.cursor/skills/f" "$source/f"
	check_absent "$HOME/.cursor/skills/a"
'

test_it 'the merge table, cell by cell' '
	merge_cells
	run skillshare sync
	check_code 1
	check_stderr </dev/null
	check_stdout <<-EOF
	Syncing skills
	─────────────────────────────────────────
	→ Source: ~/.config/skillshare/skills (8 skills)

	✓ claude: merged (4 linked, 4 local, 2 updated, 2 pruned)
	! claude/file: a file is in the way: kept (move it away)
	! claude/foreign: a link to ../../other is kept (--force replaces it)

	Sync complete, but for what is marked above
	→ z-ours-dangling: pruned; no backup holds it
	EOF
	for name in absent right stale dangling; do
		check_link "$t/$name" "$source/$name"
	done
	check_link "$t/foreign" ../../other
	check_dir "$t/differs"
	grep -qx more "$t/differs/SKILL.md"
	check_dir "$t/same"
	echo text | check_file "$t/file"
	check_absent "$t/z-ours"
	check_absent "$t/z-ours-dangling"
	check_link "$t/z-foreign-dangling" /nowhere
	check_link "$t/z-foreign" ../../other
	check_dir "$t/z-local"
	check_dir "$t/z-nodoc"
	echo text | check_file "$t/z-file"
	echo secret | check_file "$t/.system/kept"
'

test_it '--dry-run prints what the first sync does, and writes nothing' '
	merge_cells
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync --dry-run
	check_code 1
	check_unchanged
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	Syncing skills
	─────────────────────────────────────────
	→ Source: ~/.config/skillshare/skills (8 skills)

	would link claude/absent
	would relink claude/dangling
	would relink claude/stale
	would prune claude/z-ours
	would prune claude/z-ours-dangling
	✓ claude: merged (4 linked, 4 local, 2 updated, 2 pruned)
	! claude/file: a file is in the way: kept (move it away)
	! claude/foreign: a link to ../../other is kept (--force replaces it)

	Dry run complete: nothing was changed
	EOF
	sed "/^would /d;1d;\$d" "$T/stdout" >"$T/plan"
	skillshare sync -n | sed "/^would /d;1d;\$d" | cmp "$T/plan"
	check_unchanged
	run skillshare sync
	sed "/^→ z-.* pruned/d;/^Sync complete/d" "$T/stdout" | cmp "$T/plan"
'

test_it 'dry run, sync and JSON tell the same plan' '
	merge_cells
	skillshare sync -n --json >"$T/dry" || [ $? -eq 1 ]
	skillshare sync --json >"$T/wet" || [ $? -eq 1 ]
	jq -e ".dry_run and (.changed | not) and .run == null" "$T/dry"
	jq -e "(.dry_run | not) and .changed and .run > 0" "$T/wet"
	jq .targets "$T/dry" >"$T/dry.targets"
	jq .targets "$T/wet" | cmp "$T/dry.targets"
'

test_it '--force replaces local skills and foreign links, never a file' '
	merge_cells
	run skillshare sync --force
	check_code 1
	check_stdout_has "✓ claude: merged (7 linked, 2 local, 2 updated, 2 pruned)"
	check_stdout_has "! claude/file: a file is in the way"
	check_stdout_has "→ claude/foreign: was a link to ../../other"
	check_stdout_has "→ claude/differs: what was there is kept; to bring it back: skillshare undo"
	check_stdout_lacks "claude/z-"
	for name in absent right stale dangling foreign differs same; do
		check_link "$t/$name" "$source/$name"
	done
	echo text | check_file "$t/file"
	check_link "$t/z-foreign-dangling" /nowhere
	check_link "$t/z-foreign" ../../other
	check_dir "$t/z-local"
	check_dir "$HOME/other"
	echo secret | check_file "$t/.system/kept"
'

continue_it 'and the command that it names brings all of it back' '
	source=$HOME/.config/skillshare/skills
	t=$HOME/.claude/skills
	undo=$(sed -n "s/.*bring it back: skillshare //p" "$T/stdout" |
		sort -u)
	run skillshare $undo
	check_code 0
	check_dir "$t/differs"
	grep -qx more "$t/differs/SKILL.md"
	check_dir "$t/same"
	check_link "$t/foreign" ../../other
'

test_it 'sync -n --force says what would give way' '
	merge_cells
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync -n --force
	check_code 1
	check_stdout_has "would replace claude/differs"
	check_stdout_has "would replace claude/foreign"
	check_stdout_has "would replace claude/same"
	[ "$(grep -c "would replace" "$T/stdout")" -eq 3 ]
	check_unchanged
'

test_it 'sync TARGET... leaves the others alone' '
	write_config <<-EOF
	targets:
	  a: {path: ~/a}
	  b: {path: ~/b}
	  c: {path: ~/c}
	EOF
	mksource pdf
	run skillshare sync c a
	check_code 0
	check_absent "$HOME/b"
	check_link "$HOME/a/pdf" "$source/pdf"
	check_stdout <<-EOF
	Syncing skills
	─────────────────────────────────────────
	→ Source: ~/.config/skillshare/skills (1 skill)

	✓ a: merged (1 linked, 0 local, 0 updated, 0 pruned)
	→ a: created ~/a
	✓ c: merged (1 linked, 0 local, 0 updated, 0 pruned)
	→ c: created ~/c

	Sync complete
	EOF
	run skillshare sync a nosuch
	check_code 1
	check_stdout </dev/null
	check_stderr <<-EOF
	skillshare: no target nosuch in ~/.config/skillshare/config.yaml; skillshare target list shows them
	EOF
'

test_it 'missing directories are created, above the target too' '
	write_config <<-EOF
	targets:
	  deep: {path: ~/x/y/z}
	EOF
	mksource pdf
	run skillshare sync -n
	check_code 0
	check_stdout_has "would create ~/x/y/z"
	check_absent "$HOME/x"
	run skillshare sync
	check_code 0
	check_stdout_has "→ deep: created ~/x/y/z"
	check_link "$HOME/x/y/z/pdf" "$source/pdf"
'

test_it 'nested skills, and what is no skill' '
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mksource personal/writing/email flat flat/inner _team/tool
	mkdir "$source/_team/.git" "$source/empty"
	mkskill "$source/.hidden/skill"
	mkskill "$source/flat/.git/skill"
	mkskill "$HOME/elsewhere"
	ln -s "$HOME/elsewhere" "$source/linked"
	mkdir "$source/sub"
	ln -s "$HOME/elsewhere" "$source/sub/linked"
	mkdir -p "$source/case" "$source/dir/SKILL.md"
	echo x >"$source/case/skill.md"
	run skillshare sync
	check_code 0
	ls -A "$HOME/t" >"$T/entries"
	check_file "$T/entries" <<-EOF
	_team__tool
	flat
	flat__inner
	linked
	personal__writing__email
	EOF
	check_link "$HOME/t/linked" "$source/linked"
	check_link "$HOME/t/flat__inner" "$source/flat/inner"
'

test_it 'two skills with one entry name: neither is linked by guess' '
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mksource a/b
	skillshare sync
	mksource a__b c
	run skillshare sync
	check_code 1
	check_stderr_has "a/b"
	check_stderr_has "a__b"
	check_stderr_has "rename one of them"
	check_link "$HOME/t/a__b" "$source/a/b"
	check_link "$HOME/t/c" "$source/c"
	rm "$HOME/t/a__b"
	run skillshare sync
	check_code 1
	check_absent "$HOME/t/a__b"
	rm -r "$source/a__b"
	run skillshare sync
	check_code 0
	check_link "$HOME/t/a__b" "$source/a/b"
'

# many N: a target with N links.
many() {
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	i=10
	while [ "$i" -lt "$(($1 + 10))" ]; do
		mkskill "$source/s$i"
		i=$((i + 1))
	done
	skillshare sync >/dev/null
}

test_it 'an emptied source empties no agent' '
	many 2
	rm -r "$source"/*
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_code 1
	check_stdout </dev/null
	check_stderr <<-EOF
	skillshare: the source ~/.config/skillshare/skills has no skill at all, and 2 links of t would be pruned: nothing was changed (--allow-mass-prune goes on)
	EOF
	check_unchanged
	run skillshare sync --force
	check_code 1
	check_unchanged
	run skillshare sync --allow-mass-prune
	check_code 0
	check_stdout_has "0 linked, 0 local, 0 updated, 2 pruned"
	[ -z "$(ls -A "$HOME/t")" ]
'

test_it 'an emptied source with nothing to prune is no trouble' '
	many 0
	run skillshare sync
	check_code 0
	check_stdout_has "(0 skills)"
'

test_it 'most links of a target would go: the whole run stops' '
	many 21
	rm -r "$source"/s1? "$source/s20"
	mkskill "$source/new"
	cat >>"$HOME/.config/skillshare/config.yaml" <<-EOF
	  u: {path: ~/u}
	EOF
	rm -r "$source/new"
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_code 1
	check_stdout </dev/null
	check_stderr_has "11 links of t would be pruned"
	check_stderr_has "--allow-mass-prune"
	check_unchanged
	run skillshare sync -n
	check_code 1
	check_unchanged
	run skillshare sync u
	check_code 0
	mkskill "$source/new"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ t: merged (11 linked, 0 local, 0 updated, 11 pruned)"
'

test_it 'more than half, but ten only: pruned' '
	many 12
	rm -r "$source"/s1?
	run skillshare sync
	check_code 0
	check_stdout_has "✓ t: merged (2 linked, 0 local, 0 updated, 10 pruned)"
'

test_it 'more than ten, but half only: pruned' '
	many 24
	rm -r "$source"/s1? "$source"/s20 "$source"/s21
	run skillshare sync
	check_code 0
	check_stdout_has "✓ t: merged (12 linked, 0 local, 0 updated, 12 pruned)"
'

test_it 'nothing is pruned while a part of the source cannot be read' '
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mksource a group/b c
	run as_user skillshare sync
	check_code 0
	rm -r "$source/c"
	chmod 0 "$source/group"
	mksource d
	give_user "$source/d"
	run as_user skillshare sync
	check_code 1
	check_stderr_has "~/.config/skillshare/skills/group"
	check_stderr_has "nothing was pruned"
	check_link "$HOME/t/c" "$source/c"
	check_link "$HOME/t/group__b" "$source/group/b"
	check_link "$HOME/t/d" "$source/d"
	chmod 755 "$source/group"
	run as_user skillshare sync
	check_code 0
	check_absent "$HOME/t/c"
	check_link "$HOME/t/group__b" "$source/group/b"
'

test_it 'a skill that cannot be read is told, and not linked' '
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mksource a b
	as_user skillshare sync
	rm "$HOME/t/a"
	chmod 0 "$source/a/SKILL.md"
	run as_user skillshare sync
	check_code 1
	check_stderr_has "a/SKILL.md"
	check_stdout_has "✓ t: merged (1 linked"
	check_absent "$HOME/t/a"
'

test_it 'malformed front matter is a warning with file and line' '
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mkdir -p "$source/odd"
	printf -- "---\nname: [odd\n---\n" >"$source/odd/SKILL.md"
	mkskill "$source/one" twin
	mkskill "$source/two" twin
	run skillshare sync
	check_code 0
	check_stderr_has "! ~/.config/skillshare/skills/odd/SKILL.md:"
	check_stderr_has "has the name \"twin\", and so has one"
	check_link "$HOME/t/odd" "$source/odd"
	check_link "$HOME/t/two" "$source/two"
'

test_it 'a target that fails does not stop the others' '
	write_config <<-EOF
	targets:
	  a: {path: ~/a}
	  b: {path: ~/b}
	  c: {path: ~/c}
	EOF
	mksource pdf
	echo text >"$HOME/b"
	run skillshare sync
	check_code 4
	check_stdout_has "✗ b: ~/b is a file, not a directory: move it away"
	check_stdout_has "Sync incomplete: not every target could be synced"
	check_link "$HOME/a/pdf" "$source/pdf"
	check_link "$HOME/c/pdf" "$source/pdf"
	echo text | check_file "$HOME/b"
'

test_it 'SKILLSHARE_CONFIG and SKILLSHARE_SOURCE are heeded' '
	mkskill "$T/elsewhere/pdf"
	echo "targets: {t: {path: ~/t}}" >"$T/own.yaml"
	SKILLSHARE_CONFIG=$T/own.yaml
	SKILLSHARE_SOURCE=$T/elsewhere
	export SKILLSHARE_CONFIG SKILLSHARE_SOURCE
	run skillshare sync
	check_code 0
	check_stdout_has "→ Source: $T/elsewhere (1 skill)"
	check_link "$HOME/t/pdf" "$T/elsewhere/pdf"
'

end_tests
