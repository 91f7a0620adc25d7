#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2030,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

command -v diff >/dev/null 2>&1 || skip_all 'there is no diff'

# changed: one skill, and a local version of it that differs in every way.
changed() {
	write_config <<-EOF
	targets: {claude: {}}
	EOF
	one=$source/a/pdf
	two=$HOME/.claude/skills/a__pdf
	mkdir -p "$HOME/.claude/skills"
	mkskill "$one"
	seq 1 40 >"$one/long"
	echo old >"$one/gone"
	: >"$one/empty-gone"
	ln -s here "$one/link"
	echo file >"$one/turns"
	echo run >"$one/run"
	printf 'a\0b' >"$one/binary"
	printf 'one\r\n' >"$one/crlf"
	printf 'cut' >"$one/no-newline"
	mkdir "$one/sub"
	echo text >"$one/sub/with blank"
	cp -R "$one" "$two"
	sed -e 's/^7$/seven/' -e 's/^33$/thirty/' "$one/long" >"$two/long"
	rm "$two/gone" "$two/empty-gone" "$two/link" "$two/turns"
	ln -s there "$two/link"
	ln -s /etc/passwd "$two/turns"
	chmod +x "$two/run"
	printf 'a\0c' >"$two/binary"
	printf 'one\r\ntwo\r\n' >"$two/crlf"
	printf 'cut off' >"$two/no-newline"
	echo other >"$two/sub/with blank"
	: >"$two/empty-new"
	printf 'x' >"$two/$(printf 'new\nline "q" \033[1m')"
	printf 'x\n' >"$two/$(printf 'no\377utf')"
	printf 'x\n' >"$two/ünï"
	printf -- '-- \n++ \n@@ -1 +1 @@\n' >"$two/like-a-patch"
	mkdir "$two/.git"
	echo secret >"$two/.git/config"
}

# check_applied DIR: the source now has what the target had, but for what the
# patch only names.
check_applied() {
	rm -rf "$1/.git"
	rm -f "$1/a/pdf/binary"
	cp -R "$two" "$T/wanted"
	rm -rf "$T/wanted/.git" "$T/wanted/binary"
	tree_list "$T/wanted" >"$T/wanted.list"
	assert_same_tree "$T/wanted.list" "$1/a/pdf"
	rm -rf "$T/wanted"
}

test_it 'the text of what differs, file by file' '
	write_config <<-EOF
	targets: {claude: {}}
	EOF
	mkskill "$source/pdf"
	mkskill "$source/same"
	mkdir -p "$HOME/.claude/skills"
	cp -R "$source/pdf" "$source/same" "$HOME/.claude/skills"
	printf "one\n" >"$source/pdf/old"
	printf "two" >"$HOME/.claude/skills/pdf/new"
	sed -i "s/^# .*/# PDF/" "$HOME/.claude/skills/pdf/SKILL.md"
	tree_list -t "$HOME" >"$T/before"
	run skillshare diff --patch
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Diff: source ↔ claude
	─────────────────────────────────────────
	  ~ pdf     (different content: +1 -1 ~1 files)
	  = same    (a local copy with the same content)

	diff --git source/pdf/SKILL.md claude/pdf/SKILL.md
	--- source/pdf/SKILL.md
	+++ claude/pdf/SKILL.md
	@@ -3,4 +3,4 @@
	 description: A skill for tests
	 ---
	 
	-# pdf
	+# PDF
	diff --git source/pdf/new claude/pdf/new
	new file mode 100644
	--- /dev/null
	+++ claude/pdf/new
	@@ -0,0 +1 @@
	+two
	\\ No newline at end of file
	diff --git source/pdf/old claude/pdf/old
	deleted file mode 100644
	--- source/pdf/old
	+++ /dev/null
	@@ -1 +0,0 @@
	-one
	EOF
	assert_same_tree -t "$T/before" "$HOME"
	run skillshare diff -p --exit-code claude
	check_code 1
	run skillshare diff -pq
	check_code 0
	check_stdout </dev/null
'

continue_it 'in JSON it is a string' '
	run skillshare diff --patch --json
	check_code 0
	check_stderr </dev/null
	jq -r ".targets[0].entries[] | select(.name == \"pdf\").patch" \
	    "$T/stdout" >"$T/patch"
	skillshare diff --patch | sed "1,/^\$/d" >"$T/text"
	echo >>"$T/text"
	cmp "$T/text" "$T/patch"
	jq -e ".targets[0].entries[1] | has(\"patch\") | not" "$T/stdout"
	run skillshare diff --json
	jq -e "[.targets[0].entries[] | has(\"patch\")] | any | not" "$T/stdout"
'

test_it 'it applies in the source: git apply' '
	changed
	skillshare diff --patch >"$T/patch"
	cp -R "$source" "$T/copy"
	cd "$T/copy"
	git init -q
	run git apply "$T/patch"
	check_code 0
	check_applied "$T/copy"
'

test_it 'it applies in the source: patch -p1' '
	skip_if "! command -v patch" "there is no patch"
	changed
	skillshare diff --patch >"$T/patch"
	cp -R "$source" "$T/copy"
	cd "$T/copy"
	run patch -p1 -i "$T/patch"
	check_code 0
	check_applied "$T/copy"
'

continue_it 'odd names are quoted, binary and large files only named' '
	two=$HOME/.claude/skills/a__pdf
	head -c 4194305 /dev/zero | tr "\0" x >"$two/large"
	run skillshare diff --patch
	check_code 0
	check_stdout_has \
	    "Binary files source/a/pdf/binary and claude/a/pdf/binary differ"
	check_stdout_has "Large files /dev/null and claude/a/pdf/large differ"
	check_stdout_has "+++ \"claude/a/pdf/new\\012line \\\"q\\\" \\033[1m\""
	check_stdout_has "+++ \"claude/a/pdf/no\\377utf\""
	check_stdout_has "+++ claude/a/pdf/ünï"
	check_stdout_lacks secret
	! grep -q root: "$T/stdout"
'

test_it 'an attribute or a setting of git has no say' '
	write_config <<-EOF
	targets: {claude: {}}
	EOF
	mkskill "$source/pdf"
	mkdir -p "$HOME/.claude/skills"
	printf "* -diff filter=evil\n*.md diff=evil\n" >"$source/pdf/.gitattributes"
	cp -R "$source/pdf" "$HOME/.claude/skills"
	git -C "$source" init -q
	git -C "$source" config diff.evil.textconv "touch $T/ran; cat"
	git -C "$source" config diff.external "touch $T/ran"
	git -C "$source" config filter.evil.clean "touch $T/ran; cat"
	git -C "$source" config core.pager "touch $T/ran; cat"
	echo more >>"$HOME/.claude/skills/pdf/SKILL.md"
	cd "$source/pdf"
	GIT_EXTERNAL_DIFF="touch $T/ran" run skillshare diff --patch
	check_code 0
	check_stdout_has "+more"
	check_absent "$T/ran"
'

test_it 'copy mode: an edited copy, without what copies leave out' '
	write_config <<-EOF
	mode: copy
	targets: {claude: {}}
	EOF
	mkskill "$source/pdf"
	echo text >"$source/pdf/real"
	ln -s real "$source/pdf/link"
	mkdir "$source/pdf/__pycache__"
	echo x >"$source/pdf/__pycache__/x"
	skillshare sync -q
	echo edited >>"$HOME/.claude/skills/pdf/real"
	run skillshare diff --patch
	check_code 0
	check_stdout <<-EOF
	Diff: source ↔ claude
	─────────────────────────────────────────
	  ~ pdf    (edited here: +0 -0 ~1 files)

	diff --git source/pdf/real claude/pdf/real
	--- source/pdf/real
	+++ claude/pdf/real
	@@ -1 +1,2 @@
	 text
	+edited
	EOF
'

test_it 'without diff, and with a file that cannot be read: said, exit 1' '
	changed
	mkdir "$T/bin"
	PATH=$T/bin run "$SKILLSHARE" diff --patch
	check_code 1
	check_stderr_has "claude/a__pdf: no patch: there is no program diff"
	check_stdout_has "~ a__pdf"
'

if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
# on_terminal COMMAND: what the terminal gets, in $T/screen.
on_terminal() {
	TERM=xterm script -qec "$1" /dev/null </dev/null >"$T/screen" || code=$?
}

test_it 'on a terminal nothing of a content drives it' '
	changed
	printf "\\033]0;evil\\007\\ta\\rb\\377\\n" >"$two/SKILL.md"
	NO_COLOR=1 on_terminal "$SKILLSHARE diff --patch --no-pager"
	! grep -q "$(printf "[\\033\\007]")" "$T/screen"
	grep -qF "$(printf "+\\\\x1b]0;evil\\\\x07\\ta\\\\x0db\\\\xff")" "$T/screen"
	on_terminal "$SKILLSHARE diff --patch --no-pager"
	grep -qF "$(printf "\\033[32m+thirty\\033[0m")" "$T/screen"
	! grep -q "$(printf "\\033\\]")" "$T/screen"
'

continue_it 'the pager that git would use, unless it is not wanted' '
	GIT_PAGER="sed s/^/paged:/" on_terminal "$SKILLSHARE diff -p"
	grep -q "^paged:.*Diff: " "$T/screen"
	GIT_PAGER="sed s/^/paged:/" on_terminal "$SKILLSHARE diff -p --no-pager"
	! grep -q paged: "$T/screen"
	PAGER="sed s/^/paged:/" on_terminal "$SKILLSHARE diff"
	! grep -q paged: "$T/screen"
	GIT_PAGER="touch $T/ran; cat" run skillshare diff -p
	check_absent "$T/ran"
'

continue_it 'a pager that ends early, or is not there, is no error' '
	seq 1 200000 >"$HOME/.claude/skills/a__pdf/long"
	code=0
	GIT_PAGER="head -n 1" on_terminal "$SKILLSHARE diff -p"
	[ "$code" -eq 0 ]
	[ "$(wc -l <"$T/screen")" -eq 1 ]
	GIT_PAGER=no-such-pager on_terminal "$SKILLSHARE diff -p"
	[ "$code" -eq 0 ]
	grep -q "+200000" "$T/screen"
'
fi

end_tests
