#!/bin/sh
# The demo ends well, wherever it is called from, and notices what is wrong.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

test_it 'the demo ends well and leaves nothing behind' '
	mkdir "$T/tmp"
	tree_list "$HOME" >"$T/before"
	TMPDIR=$T/tmp run "$SRCROOT/demo"
	check_code 0
	check_stderr </dev/null
	check_stdout_lacks WRONG
	[ "$(tail -n 1 "$T/stdout" | cut -d" " -f1-3)" = "# demo: all" ]
	[ -z "$(ls -A "$T/tmp")" ]
	assert_same_tree "$T/before" "$HOME"
'

test_it 'the demo fails with a program that does nothing' '
	SKILLSHARE=$(command -v true) run "$SRCROOT/demo"
	check_code 1
	check_stdout_has "WRONG: each agent reads every skill"
'

test_it 'the demo fails with a program that loses a local skill' '
	printf "#!/bin/sh\n\"%s\" \"\$@\"\nrm -rf ~/.claude/skills/team-glossary\n" \
	    "$SKILLSHARE" >"$T/careless"
	chmod +x "$T/careless"
	SKILLSHARE=$T/careless run "$SRCROOT/demo"
	check_code 1
	check_stdout_has "WRONG: what was not skillshare"
'

end_tests
