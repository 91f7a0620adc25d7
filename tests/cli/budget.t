#!/bin/sh
# What a run may cost, counted: system calls and instructions do not depend on
# the machine's mood as seconds do. Who makes something cheaper lowers the
# limit here; who makes it dearer says in the commit what that buys.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

. "${SRCROOT:-.}/tests/cli/count.sh"

S=200 # skills, each with one directory in it
T_=5  # targets
D=$((2 * S + 1)) # directories of the source
L=$((S * T_))    # links

# The tests below go on in one home. Its source, as write_config makes it:
in_world() {
	source=$HOME/.config/skillshare/skills
}

# Each directory of the source is opened and listed once, each SKILL.md
# opened and read once, however many targets there are. $1: what else.
source_is_read_once() {
	at_most $((D + S + $1)) openat
	at_most $((2 * D + $1)) getdents64
	at_most $((S + $1)) read
	at_most 20 newfstatat
}

# Neither, where all of it is as a writer saw it: one look at each.
source_is_not_read() {
	at_most 45 openat
	at_most 30 getdents64
	at_most 20 read
	at_most $((D + S + 5 * T_ + 80)) statx
}

# check_actions <<EOF: what status says is to be done, a line a target.
check_actions() {
	skillshare status --json >"$T/status"
	jq -r ".targets[] | select(.actions != []) |
	    .name + \"\t\" + ([.actions[].name] | join(\" \"))" \
	    "$T/status" >"$T/actions"
	check_file "$T/actions"
}

mkworld() {
	write_config <<-EOF
	targets:
	$(for i in $(seq $T_); do echo "  t$i: {path: ~/t$i/skills}"; done)
	EOF
	for i in $(seq $T_); do
		mkdir -p "$HOME/t$i/skills"
	done
	for i in $(seq -w $S); do
		mkskill "$source/skill-$i"
		mkdir "$source/skill-$i/scripts"
	done
}

test_it 'version starts as an empty program does' '
	count version
	at_most 48
'

test_it 'version takes few instructions' '
	skip_if "! command -v valgrind" "valgrind is not here"
	instructions_at_most 400000 version
'

# The first backup copies every skill once: a file and two directories here.
test_it 'a first link is one call and one look through it' '
	mkworld
	count sync
	exactly $L symlinkat
	at_most $((L + 8 * T_)) faccessat2
	exactly 0 readlinkat
	at_most 20 fsync
	at_most $((2 * L + 44 * S + 60 * T_ + 300))
'

continue_it 'skills that a backup holds are not copied again' '
	sleep 2.2
	for i in $(seq $T_); do
		mv "$HOME/t$i/skills" "$HOME/t$i/old"
		mkdir "$HOME/t$i/skills"
	done
	count sync
	exactly $L symlinkat
	at_most $((L + 8 * T_)) faccessat2
	at_most 20 fsync
	at_most $((2 * L + 20 * S + 60 * T_ + 300))
'

continue_it 'a right link is one readlink while its directory is young' '
	count sync
	at_most $L readlinkat
	exactly 0 symlinkat
	exactly 0 fsync
	source_is_read_once $((8 * T_ + 40))
	at_most $((L + 4 * D + 3 * S + 25 * T_ + 150))
'

continue_it 'a directory that nobody touched needs no readlink' '
	sleep 2.2
	run skillshare sync
	check_code 0
	for command in status sync; do
		count $command
		exactly 0 readlinkat
		exactly 0 fsync
		source_is_not_read
		at_most $((D + S + 30 * T_ + 200))
	done
'

continue_it 'status takes few instructions' '
	skip_if "! command -v valgrind" "valgrind is not here"
	instructions_at_most $((D * 15000 + 2000000)) status
'

continue_it 'one more skill is one link in each target' '
	in_world
	mkskill "$source/one-more"
	count sync
	exactly $T_ symlinkat
	exactly 0 readlinkat
	at_most $((4 * S + 100 * T_ + 350))
'

continue_it 'one skill less is one link read and taken in each target' '
	in_world
	sleep 2.2
	run skillshare sync
	check_code 0
	rm -r "$source/one-more"
	count sync
	at_most $((3 * T_)) readlinkat
	at_most $((4 * S + 100 * T_ + 350))
	check_absent "$HOME/t1/skills/one-more"
'

# ---- backups ----------------------------------------------------------------

# Each skill here is a file and two directories.
continue_it 'a first backup: a copy of each file, and a link for each other target' '
	in_world
	sleep 2.2
	run skillshare sync
	check_code 0
	mv "$HOME/.config/skillshare/backups" "$HOME/old-backups"
	count backup
	exactly 0 readlinkat
	at_most $((L - S + 8)) linkat
	at_most $((2 * L + 2 * T_ + 10)) mkdirat
	at_most $((6 * S + D + S + 4 * T_ + 80)) statx
	at_most 10 fsync
	exactly 1 syncfs
	at_most $((3 * L + 23 * S + 60 * T_ + 350))
'

continue_it 'an unchanged backup is one look at each file, and no more' '
	sleep 0.1 # of what is younger the stamps prove nothing
	run skillshare backup
	check_code 0
	count backup
	exactly 0 readlinkat
	at_most 4 pread64 # the loader has some
	exactly 0 fsync
	at_most 20 write
	at_most $((3 * S + 4 * T_ + 80)) statx
	at_most $((3 * S + 10 * T_ + 350))
'

continue_it 'restore looks at what it links, and reads none of it' '
	mv "$HOME/t1/skills" "$HOME/t1/gone"
	mkdir "$HOME/t1/skills"
	count restore t1
	exactly $S symlinkat
	at_most 4 pread64 # the loader has some
	at_most $((7 * S + 500))
	rm -r "$HOME/t1/skills"
	mv "$HOME/t1/gone" "$HOME/t1/skills"
'

continue_it 'to pull one skill is to copy one, and to look at the others' '
	in_world
	mkskill "$HOME/t1/skills/pulled"
	count pull t1
	at_most 20 pread64
	at_most $((4 * S + 100 * T_ + 400))
	rm "$HOME/t1/skills/pulled"
	rm -r "$source/pulled"
'

# ---- what the stamps must not hide ------------------------------------------

continue_it 'what changes in a trusted directory is seen' '
	mkskill "$HOME/t2/skills/mine"
	sleep 2.2
	run skillshare sync
	check_code 0
	count status
	exactly 0 readlinkat

	ln -sfn /elsewhere "$HOME/t1/skills/skill-001"
	rm "$HOME/t2/skills/skill-002"
	mv "$HOME/t3/skills" "$HOME/t3/old"
	cp -a "$HOME/t3/old" "$HOME/t3/skills"
	rm "$HOME/t3/skills/skill-003"
	check_actions <<-EOF
	t1	skill-001
	t2	skill-002
	t3	skill-003
	EOF
	count status
	at_most $((3 * S + 3)) readlinkat
'

continue_it 'a skill that moved is no longer right where it was' '
	in_world
	mkdir "$source/a"
	mv "$source/skill-004" "$source/a/skill-004"
	mkskill "$source/skill-005/x"
	check_actions <<-EOF
	t1	a__skill-004 skill-001 skill-004 skill-005__x
	t2	a__skill-004 skill-002 skill-004 skill-005__x
	t3	a__skill-004 skill-003 skill-004 skill-005__x
	t4	a__skill-004 skill-004 skill-005__x
	t5	a__skill-004 skill-004 skill-005__x
	EOF
'

continue_it 'another source at the same place is looked at anew' '
	in_world
	mv "$source" "$HOME/moved"
	ln -s "$HOME/moved" "$source"
	count status
	at_most $((5 * S + 20)) readlinkat
	[ "$(calls readlinkat)" -gt $((4 * S)) ] || fail "stamps were believed"
'

continue_it 'without the stamps, or with damaged ones, all is read' '
	in_world
	rm "$source"
	mv "$HOME/moved" "$source"
	stamps=$(echo "$HOME"/.local/state/skillshare/*/stamps)
	[ -f "$stamps" ] || fail "no stamps at $stamps"
	skillshare status >"$T/with"
	echo damage >>"$stamps"
	skillshare status >"$T/damaged"
	rm "$stamps"
	skillshare status >"$T/without"
	cmp "$T/with" "$T/damaged"
	cmp "$T/with" "$T/without"
'

end_tests
