#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# mistake SENTENCE CALL TEXT: exits 2 with that one line.
mistake() {
	call=$2
	text=$3
	test_it "$1" '
		run skillshare $call
		check_code 2
		check_stdout </dev/null
		check_stderr <<-EOF
		skillshare: $text
		EOF
		[ -z "$(ls -A "$HOME")" ]
	'
}

mistake 'an unknown command names the nearest' verion \
    'unknown command verion (did you mean version?)'
mistake 'an unknown command with nothing near' frobnicate \
    'unknown command frobnicate (skillshare help lists them)'
mistake 'an unknown option names the nearest' 'init --dryrun' \
    'unknown option --dryrun (did you mean --dry-run?)'
mistake 'an unknown option after an argument' 'target list --quit' \
    'unknown option --quit (did you mean --quiet?)'
mistake 'an unknown option with a value' 'init --sorce=x' \
    'unknown option --sorce (did you mean --source?)'
mistake 'an unknown short option' 'init -nX' 'unknown option -X'
mistake 'an unknown option before the command' '--jsn version' \
    'unknown option --jsn'
mistake 'an option of another command' 'version --json' 'unknown option --json'
mistake 'a value for a flag' 'init --dry-run=no' \
    'option --dry-run takes no value'
mistake 'no value' 'init --source' 'option --source needs a value (PATH)'
mistake 'an argument too much' 'version please' \
    'version: unexpected argument please'
mistake 'an argument too much after --' 'version -- --help' \
    'version: unexpected argument --help'
mistake 'a missing argument' completion \
    'completion: missing argument: <shell>'
mistake 'options that contradict' 'init --all-targets --no-targets' \
    'init: only one of --targets, --all-targets and --no-targets can be given'
mistake '--select without --discover' 'init --select claude' \
    'init: --select goes with --discover only'
mistake '--discover with a source' 'init --discover --source x' \
    'init: --discover goes with --select only'
mistake 'a mode that there is not' 'init --mode hardlink' \
    'hardlink is no mode; there are merge, symlink and copy'
mistake 'an agent that there is not' 'init --targets claude,cursr' \
    'cursr is not a known agent (did you mean cursor?)'
mistake 'an agent without a name' 'init --targets claude,' \
    'the name of an agent is empty'
mistake '--all-options with a command' 'help --all-options init' \
    'help: --all-options takes no command'

test_it 'what was typed cannot drive the terminal' '
	run skillshare "$(printf "\033[2Jx")"
	check_code 2
	check_stderr <<-"EOF"
	skillshare: unknown command \x1b[2Jx (skillshare help lists them)
	EOF
'

test_it 'with --json a mistake is a document, too' '
	run skillshare target --json --bogus
	check_code 2
	check_stdout <<-EOF
	{
	  "schema": 1,
	  "error": {
	    "code": "usage",
	    "message": "unknown option --bogus"
	  }
	}
	EOF
	check_stderr <<-EOF
	skillshare: unknown option --bogus
	EOF
'

test_it 'with --json behind the mistake as well' '
	run skillshare target --bogus --json
	check_code 2
	check_stdout_has "\"code\": \"usage\""
'

test_it 'no config: exit 3, a document with the path in full' '
	run skillshare target list --json
	check_code 3
	check_stdout_has "\"code\": \"config\""
	check_stdout_has "$HOME/.config/skillshare/config.yaml"
	check_stderr_has "~/.config/skillshare/config.yaml"
	[ -z "$(ls -A "$HOME")" ]
'

test_it 'a root who works in the home of another is warned' '
	skip_if "[ $(id -u) -ne 0 ]" "not root"
	chown 65534 "$HOME"
	run skillshare init -n
	check_code 0
	check_stderr_has "! Running as root in a home that is not root"
'

end_tests
