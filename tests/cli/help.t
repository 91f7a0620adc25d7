#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

commands=$("$SKILLSHARE" help --all-options | cut -f1 | sort -u | grep -vx -e -)

# check_help: a help text, as the last run printed it.
check_help() {
	check_code 0
	check_stderr </dev/null
	head -n 1 "$T/stdout" | grep -q '^Usage: skillshare '
	if grep -E '^.{81}| $' "$T/stdout"; then
		fail 'a line is too long, or ends in a space'
	fi
}

for call in help --help -h 'help help' '--help sync' '--version --help'; do
	test_it "$call is on standard output, at most 80 columns" '
		run skillshare $call
		check_help
	'
done

for command in $commands; do
	test_it "$command --help is that of help $command" '
		run skillshare "$command" --help
		check_help
		check_stdout_has "Usage: skillshare $command [options]"
		cp "$T/stdout" "$T/first"
		run skillshare help "$command"
		check_help
		cmp "$T/first" "$T/stdout"
	'

	test_it "$command --help has every option of the command" '
		skillshare "$command" --help >"$T/help"
		skillshare help --all-options | grep "^$command	" >"$T/rows"
		while IFS="	" read -r _ long short arg; do
			if [ "$arg" != - ]; then
				long="$long $arg"
			fi
			if [ "$short" != - ]; then
				long="$short, $long"
			fi
			grep -qE -e "^ +$long( |\$)" "$T/help" ||
				fail "not in the help: $long"
		done <"$T/rows"
	'

	test_it "$command --help needs neither arguments nor a config" '
		run skillshare "$command" -h
		check_help
		[ -z "$(ls -A "$HOME")" ]
	'
done

test_it 'help lists every command' '
	run skillshare help
	for command in $commands; do
		check_stdout_has "  $command "
	done
'

test_it 'no command is the same text, and a mistake' '
	skillshare help >"$T/help"
	run skillshare
	check_code 2
	check_stderr </dev/null
	cmp "$T/help" "$T/stdout"
'

test_it 'help for what is no command' '
	run skillshare help taget
	check_code 2
	check_stdout </dev/null
	check_stderr <<-EOF
	skillshare: unknown command taget (did you mean target?)
	EOF
'

end_tests
