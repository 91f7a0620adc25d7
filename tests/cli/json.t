#!/bin/sh
# --json: one document on stdout, the same shape whatever happens.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

command -v jq >/dev/null 2>&1 || skip_all 'no jq'

reports='sync
sync -n
sync --force -n
status
diff
diff --exit-code
list
list a*
disable a -n
enable a
log
target list
target t
recover
recover -n
doctor
target t --mode merge -n
target add claude -n'

mksource() {
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	  u: {path: ~/u, mode: symlink}
	EOF
	mkskill "$source/a"
	mkskill "$source/b/c"
	mkdir -p "$HOME/t" "$HOME/u"
	echo >"$HOME/t/a"
	echo >"$HOME/u/file"
}

# check_document: stdout is one JSON object with schema 1 first, and every key
# in it is in snake_case.
check_document() {
	jq -e -s "length == 1 and .[0].schema == 1" "$T/stdout" >"$T/jq" ||
		run_was_wrong "not one document of schema 1"
	[ "$(jq -r "keys_unsorted[0]" "$T/stdout")" = schema ] ||
		run_was_wrong "schema is not first"
	jq -r "[.. | objects | keys_unsorted[]] | unique[]" "$T/stdout" \
	    >"$T/keys"
	! grep -vx "[a-z][a-z0-9]*\(_[a-z0-9][a-z0-9]*\)*" "$T/keys" ||
		run_was_wrong "keys that are not snake_case"
}

test_it 'every report is one document, with the exit code of the text' '
	mksource
	skillshare recover
	echo "$reports" | while read -r call; do
		set -f
		rm -rf "$T/copy"
		cp -a "$HOME" "$T/copy"
		run skillshare $call
		text_code=$code
		rm -rf "$HOME"
		mv "$T/copy" "$HOME"
		run skillshare $call --json
		check_document
		check_code "$text_code"
		set +f
	done
	check_absent "$SCRATCH/failed"
'

test_it 'every report is the same bytes, twice' '
	mksource
	skillshare sync || :
	for call in status diff list "target list" "sync -n" log sync; do
		skillshare $call --json >"$T/one" || :
		skillshare $call --json >"$T/two" || :
		[ -s "$T/one" ]
		cmp "$T/one" "$T/two"
	done
'

test_it 'paths are absolute' '
	mksource
	for call in status diff list "target list" "sync -n"; do
		skillshare $call --json >"$T/stdout" || :
		check_stdout_lacks "~/"
		check_stdout_has "$HOME/"
	done
'

test_it 'sync --json: what was done, and what was not' '
	mksource
	run skillshare sync --json
	check_code 4
	check_document
	check_stderr </dev/null
	jq -e ".changed and .run == 1 and (.dry_run | not)" "$T/stdout"
	jq -c ".targets[0] | [.name, .mode, .error, .counts.linked,
		.counts.conflicts]" "$T/stdout" >"$T/read"
	jq -c ".targets[1] | [.name, .mode, .obstacles]" "$T/stdout" >>"$T/read"
	jq -c "[.targets[0].actions[] | [.name, .action]]" "$T/stdout" \
	    >>"$T/read"
	check_file "$T/read" <<-EOF
	["t","merge",null,1,1]
	["u","symlink",["file: a file"]]
	[["a","conflict"],["b__c","link"]]
	EOF
	jq -e ".targets[1].error | contains(\"cannot become one link\")" \
	    "$T/stdout"
'

# error_document CODE NAME CALL: exit code, the name of the error.
error_document() {
	expected=$1
	name=$2
	call=$3
	test_it "an error is a document, too: $call" '
		mksource
		[ "$name" != config ] ||
			echo "targets: [" >"$HOME/.config/skillshare/config.yaml"
		run skillshare $call --json
		check_code "$expected"
		check_document
		[ "$(jq -r .error.code "$T/stdout")" = "$name" ] ||
			run_was_wrong "expected the error $name"
		message=$(jq -r .error.message "$T/stdout")
		[ -n "$message" ]
		[ "$(wc -l <"$T/stderr")" -eq 1 ]
	'
}

error_document 3 config sync
error_document 3 config status
error_document 3 config 'target list'
error_document 2 usage 'sync --frobnicate'
error_document 2 usage 'status too much'
error_document 2 usage 'recover --abandon many'
error_document 1 not_found 'sync nosuch'
error_document 1 not_found 'diff nosuch'
error_document 1 not_found 'target nosuch'

test_it 'the brake is an error document' '
	write_config <<-EOF
	targets:
	  t: {path: ~/t}
	EOF
	mkskill "$source/a"
	skillshare sync
	rm -r "$source/a"
	run skillshare sync --json
	check_code 1
	check_document
	[ "$(jq -r .error.code "$T/stdout")" = refused ]
	check_link "$HOME/t/a" "$source/a"
'

test_it '--json is no consent' '
	mksource
	mkskill "$HOME/t/b__c" other
	skillshare sync --json || [ $? -eq 4 ]
	check_dir "$HOME/t/b__c"
'

test_it 'warnings stay on stderr, and are in the document' '
	mksource
	printf -- "---\nname: [odd\n---\n" >"$source/a/SKILL.md"
	run skillshare list --json
	check_code 0
	check_document
	check_stderr_has "! ~/.config/skillshare/skills/a/SKILL.md:"
	jq -e ".source.problems | length == 1" "$T/stdout"
	jq -e ".source.problems[0] | .kind == \"front_matter\" and
		.file == \"a/SKILL.md\" and .line > 0" "$T/stdout"
'

end_tests
