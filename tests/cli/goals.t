#!/bin/sh
# The jobs of doc/performance.md at their full size, 1,000 skills of four files
# in 20 targets, and how they grow. In brackets: the calls of the least that
# each job could cost (bench/bare.c).
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"
. "${SRCROOT:-.}/tests/cli/count.sh"

in_world() {
	source=$HOME/.config/skillshare/skills
	backups=$HOME/.config/skillshare/backups
}

# settle: from now on the directories are old enough to be trusted.
settle() {
	sleep 2.2
	skillshare sync >/dev/null
}

test_it 'a first sync, with its backup (85,155)' '
	in_world
	mktargets 20
	mkskills 1 1000
	count sync
	exactly 20000 symlinkat
	at_most 20200 faccessat2
	at_most 4100 pread64
	at_most 20 fsync
	at_most 94200
'

continue_it 'nothing to do, nothing to tell (11,059)' '
	settle
	count sync
	exactly 0 readlinkat
	at_most 3800
	count status
	exactly 0 readlinkat
	at_most 3800
'

continue_it 'one more (23,178), one less (23,135)' '
	in_world
	mkskills 1001 1001
	count sync
	exactly 20 symlinkat
	at_most 7600
	settle
	rm -r "$source/skill-01001"
	count sync
	at_most 7900
	check_absent "$HOME/t20/skills/skill-01001"
'

continue_it 'a first backup (38,041), and one of the same again (12,037)' '
	in_world
	settle
	mv "$backups" "$HOME/old-backups"
	count backup t1
	exactly 1 syncfs
	at_most 10 fsync
	at_most 12200 statx
	at_most 42000
	skillshare backup t1 >/dev/null
	count backup t1
	exactly 0 fsync
	at_most 4 pread64
	at_most 6500
'

# Of another source: nothing of the backup is in it.
continue_it 'all comes back as real copies (34,041)' '
	in_world
	mv "$HOME/t1/skills" "$HOME/t1/linked"
	mkdir "$HOME/t1/skills"
	mkskill "$HOME/other/another"
	SKILLSHARE_SOURCE=$HOME/other
	export SKILLSHARE_SOURCE
	count restore t1
	unset SKILLSHARE_SOURCE
	at_most 4100 pread64
	at_most 20 fsync
	at_most 50500
	cmp "$source/skill-01000/scripts/run.py" \
	    "$HOME/t1/skills/skill-01000/scripts/run.py"
	mv "$HOME/t1/skills" "$HOME/t1/copied"
	mv "$HOME/t1/linked" "$HOME/t1/skills"
'

continue_it 'one skill is pulled (23,099)' '
	in_world
	mkskill "$HOME/t1/skills/pulled"
	count pull t1
	at_most 20 pread64
	at_most 7900
	check_link "$HOME/t1/skills/pulled" "$source/pulled"
'

# ---- copies -----------------------------------------------------------------

test_it 'copies: the first, with its backup; nothing to do; one has changed' '
	in_world
	mktargets 1 "mode: copy"
	mkskills 1 100
	count sync
	at_most $((100 * 200 + 600))
	settle
	count sync
	at_most 4 pread64
	at_most $((100 * 36 + 300))
	echo more >>"$source/skill-00007/SKILL.md"
	count sync
	at_most $((100 * 88 + 700))
	cmp "$source/skill-00007/SKILL.md" "$HOME/t1/skills/skill-00007/SKILL.md"
'

# ---- growth -----------------------------------------------------------------

# costs NAME SKILLS TARGETS: what each job takes, in $T/NAME.
costs() {
	in_world
	mktargets "$3"
	mkskills 1 "$2"
	sleep 0.2 # what is younger is read twice
	for job in sync status backup "restore t1"; do
		# shellcheck disable=SC2086
		count $job
		echo "$job: $(calls)"
	done >"$T/$1"
}

# grows A B TIMES: no line of B is more than so many times that of A.
grows() {
	paste -d: "$T/$1" "$T/$2" >"$T/both"
	grep -q . "$T/both" || fail "nothing was counted"
	awk -F: -v times="$3" "\$4 > times * \$2 { print; bad = 1 }
	    END { exit bad }" "$T/both" || fail "$2 is more than $3 times $1"
}

test_it 'four times the skills, four times the targets: at most four times the calls' '
	costs few 50 1
	mkdir "$HOME/old"
	mv "$HOME/.config" "$HOME/.local" "$HOME"/t* "$HOME/old"
	costs skills 200 1
	mkdir "$HOME/old2"
	mv "$HOME/.config" "$HOME/.local" "$HOME"/t* "$HOME/old2"
	costs targets 50 4
	grows few skills 4
	grows few targets 4
'

end_tests
