#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

for call in version --version -v '--no-color version'; do
	test_it "$call prints the name and the version" '
		run skillshare $call
		check_code 0
		grep -Eqx "skillshare [0-9]+\.[0-9]+\.[0-9]+" "$T/stdout"
		[ "$(wc -l <"$T/stdout")" -eq 1 ]
		check_stderr </dev/null
	'
done

test_it 'version needs no home and writes nothing' '
	rmdir "$HOME"
	run env -u HOME "$SKILLSHARE" version
	check_code 0
	check_absent "$HOME"
'

test_it 'a full standard output is an error' '
	skip_if "[ ! -c /dev/full ]" "no /dev/full"
	code=0
	skillshare version >/dev/full 2>"$T/stderr" || code=$?
	[ "$code" -eq 1 ]
	grep -qx "skillshare: standard output: .*No space left on device" \
	    "$T/stderr"
'

test_it 'a reader that went away gets no message, but no 0' '
	mkfifo "$T/pipe"
	exec 3<>"$T/pipe"
	exec 4>"$T/pipe"
	exec 3<&-
	code=0
	skillshare version >&4 2>"$T/stderr" || code=$?
	[ "$code" -eq 1 ]
	[ ! -s "$T/stderr" ]
'

end_tests
