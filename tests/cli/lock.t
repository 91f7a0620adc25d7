#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# hold: a sync, run number $pid, that holds the lock until "let_go": its
# results are more than the full pipe that they go to can take.
hold() {
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mkdir -p "$HOME/t"
	i=0
	while [ "$i" -lt 100 ]; do
		mkskill "$source/skill-number-$i"
		echo >"$HOME/t/skill-number-$i"
		i=$((i + 1))
	done
	mkfifo "$T/pipe"
	exec 5<>"$T/pipe"
	timeout 1 dd if=/dev/zero of="$T/pipe" bs=4096 count=1000 2>/dev/null || :
	"$SKILLSHARE" sync >"$T/pipe" 2>"$T/holder" 5>&- &
	pid=$!
	trap 'kill -9 "$pid" 2>/dev/null || :' EXIT
	tries=0
	until skillshare status | grep -q "A run is at work (pid"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "no run at work"
		sleep 0.02
	done
}

let_go() {
	cat <"$T/pipe" >"$T/results" 5>&- &
	reader=$!
	exec 5>&-
	wait "$pid" || :
	wait "$reader" || :
}

test_it 'readers never wait, and status says who is at work' '
	hold
	run timeout 5 "$SKILLSHARE" status
	check_code 0
	check_stdout_has "! A run is at work (pid $pid on "
	for call in diff list "target list" "target t" "sync -n" log \
	    "recover -n"; do
		run timeout 5 "$SKILLSHARE" $call
		check_stderr_lacks waiting
		[ "$code" -le 1 ]
	done
	run timeout 5 "$SKILLSHARE" status --json
	jq -e ".running | startswith(\"pid $pid on\")" "$T/stdout"
	let_go
	run skillshare status
	check_stdout_lacks "at work"
'

test_it 'a second writer waits, says for whom, and then works' '
	hold
	mkdir "$HOME/agent"
	"$SKILLSHARE" target add x "$HOME/agent" >"$T/stdout" 2>"$T/stderr" &
	second=$!
	tries=0
	until grep -q waiting "$T/stderr"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "says nothing"
		sleep 0.02
	done
	kill -0 "$second"
	let_go
	code=0
	wait "$second" || code=$?
	ran="target add x"
	check_code 0
	check_stdout_has "✓ Added target: x"
	check_stderr_has "! waiting: another run is at work (pid $pid on "
	check_stderr_has ": sync)"
	[ "$(wc -l <"$T/stderr")" -eq 1 ]
'

test_it 'a second writer that is told to stop, stops' '
	hold
	"$SKILLSHARE" sync >"$T/stdout" 2>"$T/stderr" &
	second=$!
	until grep -q waiting "$T/stderr"; do
		sleep 0.02
	done
	kill -TERM "$second"
	code=0
	wait "$second" || code=$?
	ran=sync
	check_code 130
	let_go
'

test_it 'a dead holder holds nothing' '
	hold
	kill -9 "$pid"
	wait "$pid" || :
	exec 5>&-
	run timeout 10 "$SKILLSHARE" sync
	check_stderr_lacks waiting
	check_code 1
'

test_it '--dry-run and the readers work in a home that cannot be written' '
	write_config <<-EOF
	targets:
	  a: {path: ~/a}
	  b: {path: ~/b, mode: symlink}
	EOF
	mkskill "$source/pdf"
	mkdir "$HOME/a"
	as_user true
	find "$HOME" -type d -exec chmod a-w {} +
	tree_list -t "$HOME" >"$T/before"
	for call in status diff list "target list" "target a" log "recover -n" \
	    "target add claude -n" "target a --mode symlink -n"; do
		run as_user skillshare $call
		check_code 0
		check_stderr </dev/null
	done
	run as_user skillshare sync -n
	check_code 4
	check_stderr </dev/null
	check_stdout_has "~/b is not writable"
	assert_same_tree -t "$T/before" "$HOME"
	find "$HOME" -type d -exec chmod u+w {} +
'

test_it '--dry-run and the readers work on a read-only file system' '
	skip_if "! unshare -m true" "no mount namespaces here"
	write_config <<-EOF
	targets:
	  a: {path: ~/a}
	EOF
	mkskill "$source/pdf"
	mkdir "$HOME/a"
	run unshare -m sh -ec "mount --bind \"\$HOME\" \"\$HOME\"
		mount -o remount,ro,bind \"\$HOME\"
		\"\$SKILLSHARE\" status >status
		\"\$SKILLSHARE\" list >list
		exec \"\$SKILLSHARE\" sync -n"
	check_stdout_has "Dry run mode"
	check_stdout_has "✗ a: ~/a is not writable: no permission, or a read-only file system"
	check_code 4
	grep -q "^  a  *merge  *0/1 synced" status
	grep -qx "  pdf  [0-9]* B  A skill for tests" list
	run unshare -m sh -ec "mount --bind \"\$HOME\" \"\$HOME\"
		mount -o remount,ro,bind \"\$HOME\"
		exec \"\$SKILLSHARE\" sync"
	check_code 3
	check_stdout </dev/null
	check_stderr_has "Read-only file system"
'

end_tests
