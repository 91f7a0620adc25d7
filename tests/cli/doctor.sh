# shellcheck shell=sh disable=SC2034,SC2154
# For doctor.t and doctor_state.t: a machine where all is well, what doctor
# finds on it, and whether the command that it prints mends that.

# healthy: one skill, in step in one agent; nothing is wrong.
healthy() {
	write_config <<-EOF
	targets:
	  claude: {}
	EOF
	mkskill "$source/pdf"
	mkdir "$HOME/.claude"
	skillshare sync -q
}

as=

# finds MARK TEXT: doctor says so, and exits 1 if it is an error.
finds() {
	run $as skillshare doctor
	check_stdout_has "$1 $2"
	if grep -q "^✗" "$T/stdout"; then
		check_code 1
	else
		check_code 0
	fi
	check_stderr </dev/null
}

# mend TEXT: runs the command that is printed after TEXT.
mend() {
	command=$(awk -v text="$1" '
		found && /^    → / { sub(/^    → /, ""); print; exit }
		found && /^[^ ]/ && !index($0, text) { exit }
		index($0, text) { found = 1 }' "$T/stdout")
	[ -n "$command" ] || run_was_wrong "no command after: $1"
	EDITOR=true
	eval "$command" >"$T/mended" 2>&1 || {
		cat "$T/mended"
		fail "failed: $command"
	}
}

# heals MARK TEXT: it is found, and gone once the command has run.
heals() {
	finds "$1" "$2"
	mend "$2"
	run $as skillshare doctor
	check_stdout_lacks "$2"
}

# is_green: neither error nor warning.
is_green() {
	run skillshare doctor
	check_code 0
	check_stdout_has "✓ everything is in order"
}
