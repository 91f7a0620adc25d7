#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

for shell in bash zsh fish; do
	test_it "the $shell script names every command and option" '
		run skillshare completion "$shell"
		check_code 0
		check_stderr </dev/null
		skillshare help --all-options >"$T/rows"
		while IFS="	" read -r command long _; do
			[ "$command" = - ] || check_stdout_has "$command"
			check_stdout_has "${long#--}"
		done <"$T/rows"
	'

	test_it "$shell takes the script" '
		skip_if "! command -v $shell" "no $shell"
		skillshare completion "$shell" >"$T/script"
		"$shell" -n "$T/script"
	'
done

test_it 'shellcheck has nothing to say to the bash script' '
	skip_if "! command -v shellcheck" "no shellcheck"
	skillshare completion bash >"$T/script"
	shellcheck "$T/script"
'

# complete_bash WORD...: the candidates for the last word, on one line.
complete_bash() {
	mkdir -p "$T/bin"
	ln -sf "$SKILLSHARE" "$T/bin/skillshare"
	skillshare completion bash >"$T/script"
	PATH=$T/bin:$PATH bash -c '
		. "$0"
		COMP_WORDS=(skillshare "$@")
		COMP_CWORD=$#
		_skillshare
		echo "${COMPREPLY[*]}"
	' "$T/script" "$@"
}

mkconfig() {
	mkdir -p "$HOME/.config/skillshare"
	printf 'targets:\n  %s:\n    path: ~/x\n  zeta:\n    path: ~/z\n' "$1" \
	    >"$HOME/.config/skillshare/config.yaml"
}

test_it 'bash completes commands, options, modes and targets' '
	skip_if "! command -v bash" "no bash"
	mkconfig claude
	[ "$(complete_bash ver)" = version ]
	[ "$(complete_bash target --m)" = --mode ]
	[ "$(complete_bash target claude --mode "")" = "merge symlink" ]
	[ "$(complete_bash target claude --mode = sy)" = symlink ]
	[ "$(complete_bash target "")" = "list add claude zeta" ]
	[ "$(complete_bash completion "")" = "bash zsh fish" ]
'

test_it 'bash completes without a config, and says nothing' '
	skip_if "! command -v bash" "no bash"
	[ "$(complete_bash target "" 2>&1)" = "list add" ]
'

test_it 'target list --names prints names and nothing else' '
	mkconfig claude
	run skillshare target list --names
	check_code 0
	check_stdout <<-EOF
	claude
	zeta
	EOF
'

test_it 'an unknown shell is a mistake' '
	run skillshare completion tcsh
	check_code 2
	check_stdout </dev/null
	check_stderr_has "there is one for bash, zsh and fish"
'

end_tests
