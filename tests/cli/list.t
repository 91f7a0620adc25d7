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
	  _team__pdf-tools          68 B  A skill for tests
	  pdf                       54 B  Reads PDF files
	  personal__writing__email  60 B  A skill for tests
	→ 3 skills, 182 B
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'a pattern limits the list' '
	run skillshare list "*pdf*"
	check_code 0
	check_stdout_has "_team__pdf-tools"
	check_stdout_has "→ 2 skills, 122 B"
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
	      "targets": null,
	      "not_in": [],
	      "files": 1,
	      "size_bytes": 54,
	      "origin": null
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
	check_stdout_has "a__b                      56 B  ✗ collides (a/b)"
	check_stdout_has "a__b                      56 B  ✗ collides (a__b)"
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

test_it 'a long description is cut at 80 columns; a long name stands alone' '
	write_config <<-EOF
	targets: {}
	EOF
	words="äöü words that go on and on, further than any line of a terminal"
	mkskill "$source/pdf" pdf "$words, and on"
	long=a-name-that-is-so-long-that-hardly-anything-fits-behind
	run skillshare list
	check_stdout <<-EOF
	Skills
	─────────────────────────────────────────
	  pdf  114 B  äöü words that go on and on, further than any line of a terminal,…
	→ 1 skill, 114 B
	EOF
	mkskill "$source/$long" "" "$words, and on"
	run skillshare list
	check_stdout <<-EOF
	Skills
	─────────────────────────────────────────
	  $long  108 B
	      äöü words that go on and on, further than any line of a terminal, and on
	  pdf                                                      114 B
	      äöü words that go on and on, further than any line of a terminal, and on
	→ 2 skills, 222 B
	EOF
'

test_it 'what a skill weighs is what its agents get' '
	write_config <<-EOF
	ignore: ["*.pyc"]
	targets: {}
	EOF
	mkskill "$source/pdf"
	dd if=/dev/zero of="$source/pdf/data" bs=1000 count=12 2>/dev/null
	dd if=/dev/zero of="$source/pdf/x.pyc" bs=1000 count=9 2>/dev/null
	ln -s data "$source/pdf/again"
	run skillshare list
	check_stdout_has "  pdf  24.1 KB  A skill for tests"
	run skillshare list --json
	jq -e ".skills[0].files == 3" "$T/stdout"
'

test_it 'list and diff say in which targets a skill is not, and why' '
	write_config <<-EOF
	targets:
	  a: {path: ~/a, exclude: [no*]}
	  b: {path: ~/b, exclude: [no*]}
	  c: {path: ~/c, include: [yes]}
	  d: {path: ~/d, mode: symlink, exclude: [no*]}
	EOF
	mkdir "$HOME/a" "$HOME/b" "$HOME/c" "$HOME/d"
	mkskill "$source/none"
	mkskill "$source/yes"
	run skillshare list
	check_code 0
	check_stdout <<-EOF
	Skills
	─────────────────────────────────────────
	  none  58 B  A skill for tests
	              → not in a, b: is excluded by no*
	              → not in c: is matched by no pattern of include
	  yes   56 B  A skill for tests
	→ 2 skills, 114 B
	EOF
	run skillshare list --json
	jq -e "[.skills[0].not_in[] | .target + .why] ==
	    [\"aexcluded\", \"bexcluded\", \"cnot_included\"] and
	    .skills[1].not_in == []" "$T/stdout"
	run skillshare sync a b c
	run skillshare diff c
	check_stdout <<-EOF
	Diff: source ↔ c
	─────────────────────────────────────────
	✓ in sync
	→ none is matched by no pattern of include
	EOF
	for i in 1 2 3 4 5 6 7 8 9 10 11; do
		mkskill "$source/n$i"
	done
	run skillshare diff c
	check_stdout_has "→ n8 is matched by no pattern"
	check_stdout_has "→ and 2 more are left out (skillshare target c says why)"
	run skillshare diff --json c
	jq -e ".targets[0].not_shown | length == 12" "$T/stdout"
'

test_it 'where a skill came from, as the Go program noted it' '
	some_skills
	mkskill "$source/old"
	mkskill "$source/group/older"
	cat >"$source/.metadata.json" <<-EOF
	{"version": 1, "entries": {
	  "pdf": {"source": "anthropics/skills/pdf", "type": "github-subdir",
	    "kind": "skill", "branch": "main", "installed_at":
	    "2026-01-02T03:04:05Z", "repo_url":
	    "https://me:secret@github.com/anthropics/skills.git",
	    "subdir": "pdf", "version": "0123456789abcdef0123456789abcdef01234567",
	    "file_hashes": {"SKILL.md": "sha256:00"}, "later": [1]},
	  "_team": {"source": "https://git.example.com/team", "tracked": true},
	  "old": {"kind": "agent", "source": "not of a skill"},
	  "gone": {"source": "x"}}}
	EOF
	cat >"$source/old/.skillshare-meta.json" <<-EOF
	{"source": "/home/me/old", "type": "local"}
	EOF
	cat >"$source/pdf/.skillshare-meta.json" <<-EOF
	{"source": "not this one"}
	EOF
	cat >"$source/registry.yaml" <<-EOF
	skills:
	  - name: older
	    group: group
	    source: github.com/x/y
	  - {name: pdf, source: nor this}
	EOF
	tree_list -t "$HOME" >"$T/before"
	run skillshare list
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Skills
	─────────────────────────────────────────
	  _team__pdf-tools          68 B   A skill for tests
	                                   → from https://git.example.com/team
	  group__older              60 B   A skill for tests
	                                   → from github.com/x/y
	  old                       100 B  A skill for tests
	                                   → from /home/me/old
	  pdf                       81 B   Reads PDF files
	                                   → from anthropics/skills/pdf, 01234567
	  personal__writing__email  60 B   A skill for tests
	→ 5 skills, 369 B
	EOF
	run skillshare list --json pdf
	jq -c ".skills[0].origin" "$T/stdout" >"$T/origin"
	check_file "$T/origin" <<-EOF
	{"file":".metadata.json","source":"anthropics/skills/pdf","kind":"skill","type":"github-subdir","group":null,"branch":"main","into":null,"installed_at":"2026-01-02T03:04:05Z","repo_url":"https://***@github.com/anthropics/skills.git","subdir":"pdf","version":"0123456789abcdef0123456789abcdef01234567","tracked":false}
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'a note that cannot be read is named, and the rest counts' '
	echo "{\"version\": 1, \"entries\"" >"$source/.metadata.json"
	printf "skills:\n  - name: [\n" >"$source/registry.yaml"
	ln -s nowhere "$source/group/older/.skillshare-meta.json"
	run skillshare list
	check_code 0
	check_stderr_has "skills/.metadata.json: line "
	check_stderr_has "skills/registry.yaml: line "
	check_stderr_has "older/.skillshare-meta.json: it is no regular file"
	check_stdout_has "→ from not this one"
	run skillshare doctor
	check_stdout_has "where skills came from is noted here"
	run skillshare doctor --json
	jq -e "[.. | .path? // empty | select(type == \"string\" and
	    endswith(\"/.metadata.json\"))] | length == 1" "$T/stdout"
	check_stdout_lacks "github.com/x/y"
'

end_tests
