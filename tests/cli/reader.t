#!/bin/sh
# An agent that reads all the time never finds a skill missing, whatever is
# exchanged under it. (Where the file system can exchange two names.)
# shellcheck shell=sh disable=SC1091,SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# one_agent: claude with linked skills and local ones.
one_agent() {
	write_config <<-EOF
	targets:
	  claude: {}
	EOF
	t=$HOME/.claude/skills
	for i in 1 2 3 4 5 6; do
		mkskill "$source/s$i"
		mkskill "$t/l$i"
	done
	skillshare sync
	mkskill "$source/more"
	skillshare sync
}

# reading COMMANDS: runs them while a reader opens every skill in a loop; its
# misses are in $T/misses, what it read in $T/reads.
reading() {
	(
		reads=0
		until [ -e "$T/over" ]; do
			for i in 1 2 3 4 5 6; do
				for name in s$i l$i; do
					read -r line <"$t/$name/SKILL.md" ||
						echo "$name"
					[ "$line" = "---" ] || echo "$name: $line"
					reads=$((reads + 1))
				done
			done
		done >"$T/misses" 2>&1
		echo "$reads" >"$T/reads"
	) &
	reader=$!
	eval "$1"
	: >"$T/over"
	wait "$reader"
	cat "$T/misses"
	[ ! -s "$T/misses" ]
	[ "$(cat "$T/reads")" -gt 100 ]
}

test_it 'while restore runs, again and again' '
	one_agent
	reading "for i in 1 2 3 4 5 6 7 8; do
		skillshare restore claude -q
		skillshare undo -q
	done"
'

test_it 'while restore is killed and put right' '
	one_agent
	reading "for i in 1 2 3 4 5 6 7 8; do
		timeout -s KILL 0.01 \"\$SKILLSHARE\" restore claude -q || :
		skillshare recover -q
	done"
	run skillshare status
	check_stdout_lacks "did not finish"
'

test_it 'while the target becomes one link, and a directory again' '
	one_agent
	reading "for i in 1 2 3 4; do
		skillshare target claude --mode symlink -q
		skillshare sync -q
		skillshare target claude --mode merge -q
		skillshare sync -q
	done"
	check_link "$t/l1" "$source/l1"
'

test_it 'while links become copies and links again' '
	one_agent
	reading "for i in 1 2 3 4; do
		skillshare target remove claude -q
		skillshare undo -q
	done"
'

test_it 'while copies are updated, become links, and one link' '
	one_agent
	for i in 1 2 3 4 5 6; do
		cp -R "$t/l$i" "$source/l$i"
		rm -r "$t/l$i"
	done
	skillshare target claude --mode copy -q
	skillshare sync -q
	reading "for i in 1 2 3 4; do
		for k in 1 2 3 4 5 6; do
			echo \$i >>\"\$source/s\$k/SKILL.md\"
		done
		skillshare sync -q
		skillshare target claude --mode merge -q
		skillshare sync -q
		skillshare target claude --mode copy -q
		skillshare sync -q
		skillshare target claude --mode symlink -q
		skillshare sync -q
		skillshare target claude --mode copy -q
		skillshare sync -q
	done"
	check_dir "$t/s1"
	cmp "$t/s1/SKILL.md" "$source/s1/SKILL.md"
'

end_tests
