#!/bin/sh
# What is kept of the source, so that it need not be read again, must not hide
# anything: whatever happens there, commands say what they say without it.
# shellcheck shell=sh disable=SC2016,SC2034,SC2154
. "${SRCROOT:-.}/tests/cli/lib.sh"

N=130 # skills: enough to be kept

in_world() {
	source=$HOME/.config/skillshare/skills
	kept=$(echo "$HOME"/.local/state/skillshare/*/source)
}

# hear: what commands that look say of it all, without the time of it.
hear() {
	for words in "status --json" "diff --json" "sync --dry-run --json" \
	    "status" "backup --dry-run --json"; do
		heard=0
		# shellcheck disable=SC2086
		skillshare $words 2>&1 || heard=$?
		echo "exit $heard"
	done
}

# check_heard WHAT: it is said with what is kept as without.
check_heard() {
	[ -f "$kept" ] || fail "$1: nothing is kept at $kept"
	hear >"$T/with"
	mv "$kept" "$T/aside"
	hear >"$T/without"
	mv "$T/aside" "$kept"
	cmp "$T/without" "$T/with" || {
		diff "$T/without" "$T/with" | head -n 20
		fail "$1: another thing is said"
	}
}

# rest: what was changed is old enough to be kept.
rest() {
	sleep 2.2
	skillshare sync >"$T/said" 2>&1 || true # what is odd is told
}

test_it 'nothing is kept of a small source, nor by who only looks' '
	in_world
	write_config <<-EOF
	targets:
	  a: {path: ~/a}
	EOF
	mkdir "$HOME/a"
	mkskill "$source/one"
	sleep 2.2
	run skillshare sync
	check_code 0
	for i in $(seq $N); do mkskill "$source/skill-$i"; done
	sleep 2.2
	for words in status diff list "sync --dry-run" doctor; do
		run skillshare $words
	done
	check_absent "$HOME"/.local/state/skillshare/*/source
'

continue_it 'a writer keeps it, for nobody else to read' '
	run skillshare sync
	check_code 0
	in_world
	[ -f "$kept" ] || fail "nothing is kept"
	[ "$(stat -c %a "$kept")" = 600 ] || fail "others may read it"
	check_heard "all as it was"
'

continue_it 'front matter that changes is heeded' '
	in_world
	printf -- "---\nname: skill-1\ndescription: d\ntargets: [b]\n---\n" \
	    >"$source/skill-1/SKILL.md"
	check_heard "targets, young"
	grep -q skill-1 "$T/with" || fail "it is not told"
	rest
	check_heard "targets, old"
	printf -- "---\nname: skill-2\nname: [\n---\n" >"$source/skill-2/SKILL.md"
	check_heard "broken"
	rest
	check_heard "broken, old"
	grep -q "skill-2/SKILL.md" "$T/with" || fail "it is not told"
'

continue_it 'an edit that puts the time back is seen' '
	in_world
	touch -r "$source/skill-3/SKILL.md" "$T/time"
	sed "s/^name: .*/name: other-name/" "$source/skill-3/SKILL.md" >"$T/text"
	cat "$T/text" >"$source/skill-3/SKILL.md"
	touch -r "$T/time" "$source/skill-3/SKILL.md"
	check_heard "time put back"
	mv "$source/skill-4" "$source/skill-5" "$source/skill-6"
	touch -r "$T/time" "$source" "$source/skill-6"
	check_heard "moved, times put back"
	mv "$source/skill-6/skill-4" "$source/skill-6/skill-5" "$source"
'

continue_it 'what comes, goes and changes places is seen' '
	in_world
	mkskill "$source/deep/er/skill"
	mkdir "$source/skill-7/more"
	check_heard "new ones"
	rest
	mkskill "$source/deep/er/other"
	rm "$source/skill-8/SKILL.md"
	rm -r "$source/skill-9"
	check_heard "gone ones"
	mv "$source/skill-10" "$source/x"
	mv "$source/skill-11" "$source/skill-10"
	mv "$source/x" "$source/skill-11"
	check_heard "two change places"
	mv "$source/skill-12" "$HOME/away"
	ln -s "$HOME/away" "$source/skill-12"
	check_heard "a link in its place"
	rm "$source/skill-13/SKILL.md"
	mkdir "$source/skill-13/SKILL.md"
	check_heard "a directory in its place"
	mv "$source/skill-14/SKILL.md" "$source/skill-14/text"
	ln -s text "$source/skill-14/SKILL.md"
	check_heard "a link within it"
	mv "$source/skill-15/SKILL.md" "$HOME/text"
	ln -s "$HOME/text" "$source/skill-15/SKILL.md"
	check_heard "a link out of it"
	rest
	check_heard "all of that, old"
	rm "$source/skill-12" "$HOME/text"
	check_heard "the links lead nowhere"
'

continue_it 'rules, repositories and names that collide are heeded' '
	in_world
	echo skill-20 >"$source/.skillignore"
	check_heard "a rule"
	mkskill "$source/_repo/skill-21"
	mkskill "$source/_repo/skill-22"
	mkdir "$source/_repo/.git"
	check_heard "a repository"
	rest
	check_heard "a repository, old"
	echo skill-21 >"$source/_repo/.skillignore"
	check_heard "its rules"
	rmdir "$source/_repo/.git"
	check_heard "it is none"
	rm "$source/.skillignore"
	check_heard "no rule"
	mkskill "$source/skill-23/x"
	mkskill "$source/skill-23__x"
	check_heard "a collision"
'

continue_it 'what cannot be read is said' '
	skip_if "[ \"\$(id -u)\" -eq 0 ]" "root may read all"
	in_world
	chmod 0 "$source/skill-30"
	check_heard "a directory"
	chmod 755 "$source/skill-30"
	chmod 0 "$source/skill-31/SKILL.md"
	check_heard "a SKILL.md"
	chmod 644 "$source/skill-31/SKILL.md"
'

continue_it 'another source at the same path is read anew' '
	in_world
	rest
	mv "$source" "$HOME/before"
	cp -a "$HOME/before" "$source"
	rm -r "$source/skill-40"
	check_heard "a copy of it"
	rm -r "$source"
	ln -s "$HOME/before" "$source"
	check_heard "a link to it"
	rm "$source"
	check_heard "none"
	mv "$HOME/before" "$source"
	check_heard "the old one again"
'

continue_it 'damaged, of another form, or no file: it is as good as none' '
	in_world
	rest
	hear >"$T/sound"
	cp "$kept" "$T/whole"
	size=$(stat -c %s "$kept")
	for at in 0 5 19 20 30 60 61 62 100 200 $((size / 2)) $((size - 1)); do
		cp "$T/whole" "$kept"
		printf "\377\376" | dd of="$kept" bs=1 seek="$at" conv=notrunc \
		    2>/dev/null
		hear | cmp - "$T/sound" || fail "damaged at $at"
		head -c "$at" "$T/whole" >"$kept"
		hear | cmp - "$T/sound" || fail "cut at $at"
	done
	rm "$kept"
	mkdir "$kept"
	hear | cmp - "$T/sound" || fail "a directory"
	rmdir "$kept"
	mkfifo "$kept"
	hear | cmp - "$T/sound" || fail "a FIFO"
'

end_tests
