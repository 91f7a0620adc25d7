#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

some_skills() {
	write_config <<-EOF
	targets: {}
	EOF
	mkskill "$source/pdf" pdf "Reads PDF files"
	mkskill "$source/personal/writing/email"
	mkskill "$source/_team/pdf-tools"
}

test_it 'list names each skill as a target will show it' '
	some_skills
	tree_list -t "$HOME" >"$T/before"
	run skillshare list
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Skills
	─────────────────────────────────────────
	  _team__pdf-tools          _team/pdf-tools
	  pdf
	  personal__writing__email  personal/writing/email
	→ 3 skills
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'a pattern limits the list' '
	run skillshare list "*pdf*"
	check_code 0
	check_stdout_has "_team__pdf-tools"
	check_stdout_has "→ 2 skills"
	check_stdout_lacks email
	run skillshare list "personal/*"
	check_stdout_has "personal__writing__email"
	check_stdout_has "→ 1 skill"
	run skillshare list nosuch
	check_stdout_has "→ 0 skills"
'

continue_it 'list --json' '
	run skillshare list --json pdf
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	{
	  "schema": 1,
	  "source": {
	    "path": "$HOME/.config/skillshare/skills",
	    "skills": 3,
	    "disabled": 0,
	    "complete": true,
	    "problems": []
	  },
	  "skills": [
	    {
	      "entry": "pdf",
	      "path": "$HOME/.config/skillshare/skills/pdf",
	      "name": "pdf",
	      "description": "Reads PDF files",
	      "state": "ok",
	      "disabled_by": null,
	      "targets": null
	    }
	  ]
	}
	EOF
'

test_it 'an empty source' '
	write_config <<-EOF
	targets: {}
	EOF
	run skillshare list
	check_code 0
	check_stdout <<-EOF
	Skills
	─────────────────────────────────────────
	→ 0 skills
	EOF
'

test_it 'what is wrong with a skill is told, and the exit code says so' '
	some_skills
	mkskill "$source/a/b" one
	mkskill "$source/a__b" two
	run skillshare list
	check_code 1
	check_stderr_has "rename one of them"
	check_stdout_has "a__b                      ✗ collides (a/b)"
	check_stdout_has "a__b                      ✗ collides (a__b)"
	run skillshare list --json
	check_code 1
	jq -e "[.skills[] | select(.state == \"collides\")] | length == 2" \
	    "$T/stdout"
	jq -e "[.source.problems[].kind] == [\"collision\"]" "$T/stdout"
'

test_it 'front matter in the wild is read as its author meant it' '
	write_config <<-EOF
	targets: {}
	EOF
	mkdir "$source/colon" "$source/crlf" "$source/none" "$source/folded"
	printf -- "---\nname: colon\ndescription: Use it: often\n---\n" \
	    >"$source/colon/SKILL.md"
	printf "\357\273\277---\r\nname: crlf\r\ndescription: \"q\"\r\n---\r\n" \
	    >"$source/crlf/SKILL.md"
	printf "Just text\n" >"$source/none/SKILL.md"
	printf -- "---\nname: Folded One\ndescription: >\n  two\n  lines\n---\n" \
	    >"$source/folded/SKILL.md"
	run skillshare list --json
	check_code 0
	check_stderr_has "colon/SKILL.md:3"
	jq -r ".skills[] | .entry + \"|\" + .name + \"|\" + .description" \
	    "$T/stdout" >"$T/read"
	check_file "$T/read" <<-EOF
	colon|colon|Use it: often
	crlf|crlf|q
	folded|Folded One|two lines
	none||
	EOF
'

end_tests
