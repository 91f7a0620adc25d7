#!/bin/sh
# What goes where: results, warnings, colour, width, and outputs that fail.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

calls='sync
sync -n
status
diff
list
log
target list
target claude
recover'

# ordinary: names and paths as people have them.
ordinary() {
	write_config <<-EOF
	targets:
	  claude: {}
	  codex: {mode: symlink}
	  cursor: {}
	EOF
	for name in code-review pdf-tools writing/email _team/deploy-helper; do
		mkskill "$source/$name"
	done
	mkdir "$source/_team/.git"
	mkdir -p "$HOME/.claude/skills/local-notes" "$HOME/.cursor/skills"
	echo >"$HOME/.cursor/skills/pdf-tools"
	ln -s "$HOME/elsewhere" "$HOME/.cursor/skills/code-review"
	ln -s "$source/old" "$HOME/.claude/skills/old"
}

# on_terminal COMMAND: its output, on a terminal, into $T/typescript.
on_terminal() {
	skip_if "! command -v script" "no script(1)"
	TERM=xterm script -qefc "$1" "$T/typescript" >"$T/shown" 2>&1 || :
}

escape=$(printf '\033')

test_it 'results are on stdout, warnings about the run on stderr' '
	ordinary
	printf -- "---\nname: [odd\n---\n" >"$source/pdf-tools/SKILL.md"
	run skillshare sync
	check_stdout_has "✓ claude: merged"
	check_stdout_has "! cursor/pdf-tools: a file is in the way"
	check_stderr_has "! ~/.config/skillshare/skills/pdf-tools/SKILL.md:"
	check_stderr_lacks "✓"
	check_stdout_lacks "SKILL.md"
'

test_it 'no line of an ordinary run is wider than 80 columns' '
	ordinary
	git init -q "$source/_team"
	for call in "sync -n" status diff sync sync status diff list log \
	    "target list" "target claude" "sync --force" recover; do
		run skillshare $call
		cat "$T/stdout" "$T/stderr" >>"$T/all"
	done
	! LC_ALL=C.UTF-8 grep -nE "^.{81}" "$T/all" || fail "too wide"
	! grep -nE " \$" "$T/all" || fail "a space at the end of a line"
'

test_it 'in a pipe: UTF-8, no colour, whatever the locale' '
	ordinary
	for locale in C C.UTF-8 POSIX; do
		LC_ALL=$locale skillshare status >"$T/$locale"
		grep -q "✗ error\|! not linked" "$T/$locale"
		! grep -q "$escape" "$T/$locale" || fail "colour in a pipe"
	done
	cmp "$T/C" "$T/C.UTF-8"
'

test_it 'on a terminal: colour, but not with NO_COLOR or --no-color' '
	ordinary
	on_terminal "$SKILLSHARE sync -n"
	grep -q "$escape\\[32m" "$T/typescript"
	on_terminal "NO_COLOR=1 $SKILLSHARE sync -n"
	! grep -q "$escape" "$T/typescript" || fail "colour"
	on_terminal "$SKILLSHARE --no-color sync -n"
	! grep -q "$escape" "$T/typescript" || fail "colour"
	on_terminal "$SKILLSHARE sync -n --no-color"
	! grep -q "$escape" "$T/typescript" || fail "colour"
	on_terminal "TERM=dumb $SKILLSHARE sync -n"
	! grep -q "$escape" "$T/typescript" || fail "colour"
	on_terminal "NO_COLOR= $SKILLSHARE sync -n"
	grep -q "$escape\\[32m" "$T/typescript"
'

test_it 'on a terminal that has no UTF-8: ASCII stand-ins' '
	ordinary
	on_terminal "LC_ALL=C $SKILLSHARE --no-color sync"
	grep -q "^v claude: merged" "$T/typescript"
	grep -q "^-> Source: " "$T/typescript"
	! sed 1d "$T/typescript" | sed "\$d" | LC_ALL=C grep -n "[^ -~]" |
		grep -v "^[0-9]*:[ -~]*$(printf "\r")\$" ||
		fail "not ASCII"
'

test_it 'no output is left where stdout is full, and no run that says 0' '
	skip_if "[ ! -c /dev/full ]" "no /dev/full"
	ordinary
	echo "$calls" | while read -r call; do
		code=0
		skillshare $call >/dev/full 2>"$T/stderr" || code=$?
		ran=$call
		: >"$T/stdout"
		[ "$code" -ne 0 ] || run_was_wrong "says 0"
		check_stderr_has "skillshare: standard output: not everything could be written"
	done
	check_absent "$SCRATCH/failed"
	check_link "$HOME/.claude/skills/pdf-tools" "$source/pdf-tools"
'

test_it 'a closed stdout is an error, and no file of ours gets the output' '
	ordinary
	echo "$calls" | while read -r call; do
		code=0
		skillshare $call >&- 2>"$T/stderr" || code=$?
		ran=$call
		: >"$T/stdout"
		[ "$code" -ne 0 ] || run_was_wrong "says 0"
		check_stderr_has "standard output"
	done
	check_absent "$SCRATCH/failed"
	! grep -rlF "─────" "$HOME" || fail "output went into a file"
	check_link "$HOME/.claude/skills/pdf-tools" "$source/pdf-tools"
'

test_it 'a closed stdin and stderr do no harm' '
	ordinary
	code=0
	skillshare sync >"$T/stdout" <&- 2>&- || code=$?
	ran=sync
	: >"$T/stderr"
	check_code 1
	check_stdout_has "✓ claude: merged (4 linked, 1 local, 0 updated, 1 pruned)"
	check_link "$HOME/.claude/skills/pdf-tools" "$source/pdf-tools"
	! grep -rlF "─────" "$HOME" || fail "output went into a file"
'

test_it 'a reader that goes away does not stop a sync' '
	ordinary
	code=0
	{
		skillshare sync || echo $? >"$T/code"
	} | true
	check_link "$HOME/.claude/skills/pdf-tools" "$source/pdf-tools"
	run skillshare status
	check_stdout_lacks "did not finish"
'

test_it '--quiet: nothing but what is wrong' '
	ordinary
	run skillshare sync --quiet
	check_code 1
	check_stderr </dev/null
	sort "$T/stdout" >"$T/sorted"
	! grep -vE "^[!✗] " "$T/stdout" || run_was_wrong "more than that"
	check_stdout_has "! cursor/pdf-tools: a file is in the way"
	rm "$HOME/.cursor/skills/pdf-tools" "$HOME/.cursor/skills/code-review"
	run skillshare sync -q
	check_code 0
	check_stdout </dev/null
	check_stderr </dev/null
'

test_it 'no progress in a pipe' '
	ordinary
	run skillshare sync
	check_stderr </dev/null
	! grep -q "$(printf "\r")" "$T/stdout" || fail "a carriage return"
'

end_tests
