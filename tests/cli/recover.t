#!/bin/sh
# A run that is killed: what is told of it, and how it is put right.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

n_skills=1500

# large: three targets, each with something in it, and many skills.
large() {
	write_config <<-EOF
	targets:
	  a: {path: ~/a}
	  b: {path: ~/b}
	  c: {path: ~/c}
	EOF
	seq -f "$source/s%g" 0 $((n_skills - 1)) | xargs mkdir
	i=0
	while [ "$i" -lt "$n_skills" ]; do
		echo "# A skill" >"$source/s$i/SKILL.md"
		i=$((i + 1))
	done
	for t in a b c; do
		mkskill "$HOME/$t/mine"
		mkdir "$HOME/$t/.system"
		ln -s "$source/s7" "$HOME/$t/s5"
		ln -s "$source/gone" "$HOME/$t/gone"
		ln -s /nowhere "$HOME/$t/foreign"
	done
	for t in a b c; do
		tree_list "$HOME/$t" >"$T/$t.before"
	done
	tree_list "$source" >"$T/source.before"
}

# half_sync SIGNAL: a sync that gets the signal with some of its links made
# and others not: at a call, not at a time.
half_sync() {
	skip_if "! command -v strace" "strace is not installed"
	ASAN_OPTIONS=detect_leaks=0 run strace -o "$T/strace" -e trace=symlinkat \
	    -e "inject=symlinkat:signal=$1:when=2300" "$SKILLSHARE" sync
	[ -L "$HOME/a/s700" ]
}

# kill_sync: the same with SIGKILL, of which nothing is put back.
kill_sync() {
	half_sync KILL
	[ -L "$HOME/b/s0" ]
	[ ! -L "$HOME/c/s$((n_skills - 1))" ]
}

# check_as_before: the targets are as large made them.
check_as_before() {
	for t in a b c; do
		assert_same_tree "$T/$t.before" "$HOME/$t"
	done
}

# check_tidy: nothing is left of what a run stages.
check_tidy() {
	find "$HOME" -name backups -prune -o -name ".skillshare*" -print \
	    >"$T/left"
	check_file "$T/left" </dev/null
}

check_synced() {
	for t in a b c; do
		for i in 0 5 7 700 $((n_skills - 1)); do
			check_link "$HOME/$t/s$i" "$source/s$i"
		done
		# Besides the skills: mine and foreign.
		set -- "$HOME/$t"/*
		[ $# -eq "$((n_skills + 2))" ]
		check_absent "$HOME/$t/gone"
		check_dir "$HOME/$t/mine"
	done
}

test_it 'after kill -9, status tells of the run first, and writes nothing' '
	large
	kill_sync
	tree_list -t "$HOME" >"$T/dead"
	run skillshare status
	check_code 0
	sed -n 3p "$T/stdout" >"$T/third"
	check_file "$T/third" <<-EOF
	! Run 1 (sync) did not finish; the next run puts it right, or: skillshare recover
	EOF
	run skillshare status --json
	jq -e ".unfinished_runs == 1 and .running == null" "$T/stdout"
	skillshare diff >"$T/diff"
	skillshare sync -n >"$T/dry" || :
	run skillshare recover -n
	check_code 0
	check_stdout_has "would recover run 1 (sync)"
	assert_same_tree -t "$T/dead" "$HOME"
'

continue_it 'sync puts it right, and completes' '
	source=$HOME/.config/skillshare/skills
	run skillshare sync
	check_code 0
	check_stderr_has "! run 1 (sync) had not finished"
	check_stdout_has "✓ c: merged ($n_skills linked, 1 local, 1 updated, 1 pruned)"
	check_synced
	assert_same_tree "$T/source.before" "$source"
	run skillshare status
	check_stdout_lacks "did not finish"
	run skillshare sync
	check_code 0
	check_stdout_has "everything was in sync already"
	check_tidy
'

continue_it 'undo of the run after it: everything is as before both' '
	run skillshare undo
	check_code 0
	check_as_before
'

test_it 'recover takes the dead run back: everything is as before it' '
	large
	kill_sync
	run skillshare recover
	check_code 0
	check_stdout_has "✓ run 1 (sync): taken back: everything is as it was before it"
	check_as_before
	assert_same_tree "$T/source.before" "$source"
	check_tidy
	run skillshare recover
	check_code 0
	check_stdout <<-EOF
	✓ nothing to recover
	EOF
'

test_it 'killed again and again, also in recovery: still put right' '
	large
	kill_sync
	for delay in 0 0.01 0.02 0.05 0.1; do
		"$SKILLSHARE" sync >"$T/killed" 2>&1 &
		pid=$!
		sleep "$delay"
		kill -9 "$pid" 2>/dev/null || :
		wait "$pid" || :
	done
	run skillshare sync
	check_code 0
	check_synced
	check_tidy
'

test_it 'what somebody did in between stays' '
	large
	kill_sync
	rm "$HOME/a/s3"
	echo theirs >"$HOME/a/s3"
	rm "$HOME/a/s4"
	run skillshare recover
	check_code 0
	echo theirs | check_file "$HOME/a/s3"
	check_absent "$HOME/a/s4"
	check_absent "$HOME/a/s0"
	check_dir "$HOME/a/mine"
'

test_it 'Ctrl-C: what was done is put back, and that is said' '
	large
	half_sync INT || :
	check_code 130
	check_stdout </dev/null
	check_stderr_has "skillshare: stopped by SIGINT: what the run had done was put back"
	check_as_before
	run skillshare status
	check_stdout_lacks "did not finish"
	run skillshare sync
	check_code 0
	check_synced
'

end_tests
