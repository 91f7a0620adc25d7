#!/bin/sh
# pull --remote: machines that meet at one remote; nothing is lost, nothing is
# ever read half.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

command -v git >/dev/null 2>&1 || skip_all 'no git'
git merge-tree -h 2>&1 | grep -q -e --write-tree ||
	skip_all 'git is older than 2.38'

# at MACHINE COMMAND...: runs the program on that machine.
at() {
	HOME=$T/$1
	shift
	run skillshare "$@"
}

# src MACHINE: its source.
src() {
	echo "$T/$1/.config/skillshare/skills"
}

# machines NAME...: homes with an empty source whose remote is one bare
# repository, and one target.
machines() {
	git init -q --bare -b main "$T/hub.git"
	for name in "$@"; do
		mkdir -p "$(src "$name")" "$T/$name/claude"
		printf "targets:\n  claude: {path: ~/claude}\n" \
		    >"$T/$name/.config/skillshare/config.yaml"
		git -C "$(src "$name")" init -q -b main
		git -C "$(src "$name")" remote add origin "$T/hub.git"
	done
}

# two: machines a and b, in step, with the skills pdf, notes and email.
two() {
	machines a b
	for name in pdf notes email; do
		mkskill "$(src a)/$name"
		seq 20 >>"$(src a)/$name/SKILL.md"
	done
	mkdir "$(src a)/pdf/scripts"
	echo "echo hi" >"$(src a)/pdf/scripts/run.sh"
	chmod 755 "$(src a)/pdf/scripts/run.sh"
	share a
	bring b
}

# share MACHINE, bring MACHINE: push and pull, which must work.
share() {
	at "$1" push
	check_code 0
}

bring() {
	at "$1" pull --remote
	check_code 0
	check_tidy "$1"
}

# left_over MACHINE: staging directories and locks of a run.
left_over() {
	find "$T/$1" -name ".skillshare-[0-9a-f][0-9a-f]*" -o -name index.lock
}

# check_tidy MACHINE: nothing of a run is left, git is content, and the target
# shows each skill.
check_tidy() {
	dir=$(src "$1")
	[ -z "$(git -C "$dir" status --porcelain)" ] ||
		fail "not clean: $(git -C "$dir" status --porcelain)"
	[ -z "$(left_over "$1")" ] || fail "left over: $(left_over "$1")"
	for skill in "$dir"/*/SKILL.md; do
		[ -e "$skill" ] || continue
		skill=${skill%/SKILL.md}
		check_link "$T/$1/claude/${skill##*/}" "$skill"
	done
}

# check_same: both sources have the same files.
check_same() {
	diff -r -x .git "$(src a)" "$(src b)" || fail "a and b differ"
}

# line FILE N TEXT: replaces a line.
line() {
	sed -i "${2}s/.*/$3/" "$1"
}

test_it 'an empty source gets everything, and the targets show it' '
	two
	check_same
	check_stdout_has "✓ pdf: added"
	check_stdout_has "claude: merged (3 linked, 0 local, 0 updated, 0 pruned)"
	[ -x "$(src b)/pdf/scripts/run.sh" ]
	[ "$(git -C "$(src b)" rev-parse --abbrev-ref @{u})" = origin/main ]
	at b pull --remote
	check_code 0
	check_stdout_has "nothing new in origin/main"
'

continue_it 'the dry run says whether something would come, and writes nothing' '
	at b pull --remote --dry-run
	check_code 0
	check_stdout_has "nothing new in origin/main"
	line "$(src a)/pdf/SKILL.md" 10 changed
	share a
	tree_list -t "$T/b" >"$T/before"
	at b pull --remote --dry-run
	check_code 0
	check_stdout <<-EOF2
	! Dry run mode - no changes will be made
	Pulling from origin/main
	─────────────────────────────────────────
	would fetch and merge origin/main

	Dry run complete: nothing was changed
	EOF2
	assert_same_tree -t "$T/before" "$T/b"
'

continue_it 'and then it does come' '
	bring b
	check_same
	check_stdout_has "✓ pdf: updated"
'

test_it 'both edit different skills' '
	two
	line "$(src a)/pdf/SKILL.md" 10 a
	line "$(src b)/notes/SKILL.md" 10 b
	share a
	at b push
	check_code 1
	bring b
	check_stdout_has "merged; to share the result: skillshare push"
	share b
	bring a
	check_same
	grep -qx a "$(src b)/pdf/SKILL.md"
	grep -qx b "$(src a)/notes/SKILL.md"
'

test_it 'both edit one skill, in different lines' '
	two
	line "$(src a)/pdf/SKILL.md" 8 a
	line "$(src b)/pdf/SKILL.md" 22 b
	share a
	at b push
	bring b
	share b
	bring a
	check_same
	grep -qx a "$(src b)/pdf/SKILL.md"
	grep -qx b "$(src b)/pdf/SKILL.md"
'

conflict() {
	two
	line "$(src a)/pdf/SKILL.md" 10 a
	line "$(src a)/notes/SKILL.md" 10 a
	line "$(src b)/pdf/SKILL.md" 10 b
	share a
	at b push
	check_code 1
}

test_it 'both edit the same line: the source stays, the ways out are told' '
	conflict
	tree_list -t "$(src b)" | grep -v "/\.git" >"$T/before"
	git -C "$(src b)" rev-parse HEAD >"$T/head"
	at b pull --remote
	check_code 1
	check_stdout <<-EOF2
	Pulling from origin/main
	─────────────────────────────────────────
	✗ pdf/SKILL.md: changed here and in origin/main
	→ nothing was changed: the source is as it was
	→ to take these files from the remote: skillshare pull --remote --take theirs
	→ to keep these files as they are here: skillshare pull --remote --take ours

	EOF2
	tree_list -t "$(src b)" | grep -v "/\.git" >"$T/after"
	cmp "$T/before" "$T/after"
	[ "$(git -C "$(src b)" rev-parse HEAD)" = "$(cat "$T/head")" ]
	check_tidy b
'

continue_it 'taken from the remote, ours is kept as a branch' '
	at b pull --remote --take theirs
	check_code 0
	check_tidy b
	grep -qx a "$(src b)/pdf/SKILL.md"
	grep -qx a "$(src b)/notes/SKILL.md"
	kept=$(git -C "$(src b)" branch --list "skillshare/ours-*" \
	    --format="%(refname:short)")
	check_stdout_has "the other side is kept as the branch $kept"
	[ "$(git -C "$(src b)" rev-parse "$kept")" = "$(cat "$T/head")" ]
	share b
	bring a
	check_same
'

test_it 'taken from here, theirs is kept as a branch' '
	conflict
	at b pull --remote --take ours
	check_code 0
	check_tidy b
	grep -qx b "$(src b)/pdf/SKILL.md"
	grep -qx a "$(src b)/notes/SKILL.md"
	kept=$(git -C "$(src b)" branch --list "skillshare/theirs-*" \
	    --format="%(refname:short)")
	git -C "$(src b)" show "$kept:pdf/SKILL.md" | grep -qx a
	share b
	bring a
	check_same
'

test_it 'one deletes what the other edits: a conflict, then either way' '
	two
	rm -r "$(src a)/pdf"
	share a
	line "$(src b)/pdf/SKILL.md" 10 b
	at b push
	at b pull --remote
	check_code 1
	check_stdout_has "✗ pdf/SKILL.md"
	grep -qx b "$(src b)/pdf/SKILL.md"
	cp -a "$T/b" "$T/kept"
	at b pull --remote --take ours
	check_code 0
	check_tidy b
	grep -qx b "$(src b)/pdf/SKILL.md"
	rm -rf "$T/b"
	mv "$T/kept" "$T/b"
	at b pull --remote --take theirs
	check_code 0
	check_tidy b
	check_absent "$(src b)/pdf"
	check_absent "$T/b/claude/pdf"
'

test_it 'a skill that one renames and the other edits' '
	two
	git -C "$(src a)" mv pdf documents
	share a
	line "$(src b)/pdf/SKILL.md" 10 b
	echo new >"$(src b)/pdf/new.md"
	at b push
	bring b
	check_absent "$(src b)/pdf"
	grep -qx b "$(src b)/documents/SKILL.md"
	[ -e "$(src b)/documents/new.md" ]
	share b
	bring a
	check_same
'

test_it 'a file becomes a directory, and a directory a file' '
	two
	echo plain >"$(src a)/thing"
	mkdir "$(src a)/box"
	echo in >"$(src a)/box/in"
	share a
	bring b
	rm -r "$(src a)/thing" "$(src a)/box"
	mkskill "$(src a)/thing"
	echo plain >"$(src a)/box"
	share a
	bring b
	check_same
	ln -s pdf/SKILL.md "$(src a)/link"
	rm "$(src a)/box"
	share a
	bring b
	check_same
	check_link "$(src b)/link" pdf/SKILL.md
	check_absent "$(src b)/box"
'

test_it 'nested and grouped skills; directories go with their last file' '
	two
	mkskill "$(src a)/work/mail/send"
	mkskill "$(src a)/pdf/inner"
	share a
	bring b
	check_same
	rm -r "$(src a)/work" "$(src a)/pdf/inner"
	share a
	bring b
	check_same
	check_absent "$(src b)/work"
'

test_it 'away for ten commits' '
	two
	for i in 1 2 3 4 5 6 7 8 9 10; do
		line "$(src a)/pdf/SKILL.md" $((i + 5)) "round $i"
		mkskill "$(src a)/new$i"
		share a
	done
	line "$(src b)/email/SKILL.md" 10 mine
	at b push
	bring b
	share b
	bring a
	check_same
	grep -qx "round 10" "$(src b)/pdf/SKILL.md"
	grep -qx mine "$(src a)/email/SKILL.md"
'

test_it 'three machines, round and round' '
	machines a b c
	mkskill "$(src a)/pdf"
	share a
	bring b
	bring c
	for round in 1 2 3; do
		for m in a b c; do
			at "$m" pull --remote
			check_code 0
			mkskill "$(src "$m")/$m$round"
			share "$m"
		done
	done
	bring a
	bring b
	check_same
	diff -r -x .git "$(src a)" "$(src c)"
	[ "$(ls "$(src a)" | wc -l)" -eq 10 ]
'

test_it 'ignored files of a skill stay in it' '
	two
	echo "*.log" >"$(src a)/.gitignore"
	share a
	bring b
	echo noise >"$(src b)/pdf/run.log"
	line "$(src a)/pdf/SKILL.md" 10 a
	share a
	bring b
	[ "$(cat "$(src b)/pdf/run.log")" = noise ]
	rm -r "$(src a)/pdf"
	share a
	bring b
	[ "$(cat "$(src b)/pdf/run.log")" = noise ]
	check_absent "$(src b)/pdf/SKILL.md"
	check_absent "$T/b/claude/pdf"
'

test_it 'changes that are not committed are refused, with the way out' '
	two
	line "$(src a)/pdf/SKILL.md" 10 a
	share a
	line "$(src b)/notes/SKILL.md" 10 b
	tree_list "$(src b)" | grep -v "/\.git" >"$T/before"
	at b pull --remote
	check_code 1
	check_stderr_has "has changes that are not committed (notes/SKILL.md)"
	check_stderr_has "skillshare push"
	tree_list "$(src b)" | grep -v "/\.git" >"$T/after"
	cmp "$T/before" "$T/after"
'

test_it 'an untracked or ignored file in the way is kept, and named' '
	two
	echo "secret.md" >"$(src a)/.gitignore"
	share a
	bring b
	echo mine >"$(src b)/pdf/secret.md"
	mkdir "$(src b)/fresh"
	echo mine >"$(src b)/fresh/SKILL.md"
	mkskill "$(src a)/fresh"
	share a
	at b pull --remote
	check_code 1
	check_stderr_has "fresh/SKILL.md comes from the remote"
	[ "$(cat "$(src b)/fresh/SKILL.md")" = mine ]
	rm -r "$(src b)/fresh"
	echo theirs >"$(src a)/pdf/secret.md"
	git -C "$(src a)" add -f pdf/secret.md
	share a
	at b pull --remote
	check_code 1
	check_stderr_has "pdf/secret.md comes from the remote"
	[ "$(cat "$(src b)/pdf/secret.md")" = mine ]
	[ -z "$(left_over b)" ]
'

test_it 'other states are refused: merge, sparse, submodule, lock, unrelated' '
	two
	line "$(src a)/pdf/SKILL.md" 10 a
	share a
	git -C "$(src b)" rev-parse HEAD >"$(src b)/.git/MERGE_HEAD"
	at b pull --remote
	check_code 1
	check_stderr_has "in the middle of a merge"
	rm "$(src b)/.git/MERGE_HEAD"
	git -C "$(src b)" config core.sparseCheckout true
	at b pull --remote
	check_code 1
	check_stderr_has "sparse checkout"
	git -C "$(src b)" config --unset core.sparseCheckout
	: >"$(src b)/.git/index.lock"
	at b pull --remote
	check_code 3
	check_stderr_has "another git is at work"
	rm "$(src b)/.git/index.lock"
	bring b
	git init -q -b main "$T/lib"
	git -C "$T/lib" commit -q --allow-empty -m one
	git -C "$(src a)" -c protocol.file.allow=always submodule --quiet add \
	    "$T/lib" lib
	git -C "$(src a)" commit -q -m "a submodule"
	git -C "$(src a)" push -q
	at b pull --remote
	check_code 1
	check_stderr_has "lib is a submodule"
	machines c
	mkskill "$(src c)/own"
	git -C "$(src c)" add .
	git -C "$(src c)" commit -q -m own
	at c pull --remote
	check_code 1
	check_stderr_has "no commit in common"
'

test_it 'line ends and filters are those of a checkout' '
	two
	printf "*.txt text eol=crlf\n" >"$(src a)/.gitattributes"
	printf "one\r\ntwo\r\n" >"$(src a)/pdf/dos.txt"
	share a
	bring b
	check_same
'

test_it 'an edit while the run is at work is kept, and nothing moves' '
	two
	line "$(src a)/pdf/SKILL.md" 10 a
	line "$(src a)/notes/SKILL.md" 10 a
	share a
	cat >"$T/smudge" <<-EOF2
	#!/bin/sh
	[ -e "$T/edited" ] || echo edit >>"$(src b)/pdf/SKILL.md"
	: >"$T/edited"
	cat
	EOF2
	chmod 755 "$T/smudge"
	git -C "$(src b)" config filter.edit.smudge "$T/smudge"
	echo "*.md filter=edit" >"$(src b)/.git/info/attributes"
	head=$(git -C "$(src b)" rev-parse HEAD)
	at b pull --remote
	check_code 1
	check_stderr_has "pdf changed while the run was at work"
	[ -e "$T/edited" ]
	[ "$(tail -n 1 "$(src b)/pdf/SKILL.md")" = edit ]
	! grep -qx a "$(src b)/notes/SKILL.md"
	[ "$(git -C "$(src b)" rev-parse HEAD)" = "$head" ]
	[ -z "$(left_over b)" ]
	[ "$(git -C "$(src b)" status --porcelain)" = " M pdf/SKILL.md" ]
	at b push
	check_code 1
	bring b
	grep -qx a "$(src b)/pdf/SKILL.md"
	[ "$(tail -n 1 "$(src b)/pdf/SKILL.md")" = edit ]
'

test_it 'undo takes a pull back, branch and index too' '
	two
	at b undo
	check_code 0
	at b undo
	check_code 0
	[ -z "$(ls "$(src b)")" ]
	at b undo
	check_code 0
	[ -z "$(git -C "$(src b)" config --get-regexp "^branch")" ]
	check_tidy b
	bring b
	tree_list "$(src b)" | grep -v "/\.git" >"$T/before"
	git -C "$(src b)" rev-parse HEAD >"$T/head"
	line "$(src a)/pdf/SKILL.md" 10 a
	rm -r "$(src a)/notes"
	mkskill "$(src a)/fresh"
	share a
	bring b
	at b log
	number=$(sed -n "s/^ *\([0-9]*\) .*pull --remote .*/\1/p" \
	    "$T/stdout" | sed -n 2p)
	at b undo
	check_code 0
	git -C "$(src b)" status >/dev/null
	at b undo "$number"
	check_code 0
	check_tidy b
	tree_list "$(src b)" | grep -v "/\.git" >"$T/after"
	diff "$T/before" "$T/after"
	[ "$(git -C "$(src b)" rev-parse HEAD)" = "$(cat "$T/head")" ]
	bring b
	check_same
	echo staged >"$(src b)/staged"
	git -C "$(src b)" add staged
	at b undo
	at b log
	number=$(sed -n "s/^ *\([0-9]*\) .*pull --remote .*/\1/p" \
	    "$T/stdout" | sed -n 2p)
	at b undo "$number"
	check_code 1
	check_stderr_has "index: changed since"
'

test_it 'a source inside a work tree: what lies outside it comes too' '
	machines a
	mkdir -p "$T/b/.config/skillshare" "$T/b/claude"
	printf "source: ~/dot/skills\ntargets:\n  claude: {path: ~/claude}\n" \
	    >"$T/b/.config/skillshare/config.yaml"
	mkskill "$(src a)/skills/pdf"
	echo one >"$(src a)/vimrc"
	share a
	git clone -q "$T/hub.git" "$T/b/dot"
	line "$(src a)/skills/pdf/SKILL.md" 2 "name: changed"
	echo two >"$(src a)/vimrc"
	share a
	at b pull --remote
	check_code 0
	check_stdout_has "✓ pdf: updated"
	diff -r -x .git "$(src a)" "$T/b/dot"
	[ -z "$(git -C "$T/b/dot" status --porcelain)" ]
	echo three >"$T/b/dot/vimrc"
	at b pull --remote
	check_code 1
	check_stderr_has "outside the source"
'

# fresh MACHINE: a home with nothing but an agent.
fresh() {
	mkdir -p "$T/$1/.claude/skills"
}

test_it 'init --remote on a new machine brings the skills' '
	machines a
	mkskill "$(src a)/pdf"
	share a
	git -C "$T/hub.git" branch -m main trunk
	fresh b
	at b init --remote "$T/hub.git"
	check_code 0
	check_stdout_has "✓ pdf: added"
	check_same
	check_link "$T/b/.claude/skills/pdf" "$(src b)/pdf"
	[ "$(git -C "$(src b)" symbolic-ref --short HEAD)" = trunk ]
	[ -z "$(git -C "$(src b)" status --porcelain)" ]
	mkskill "$(src b)/notes"
	share b
	at b init --remote "$T/elsewhere.git"
	check_code 1
	check_stderr_has "has the remote origin already"
	at b init --remote=--upload-pack=x
	check_code 2
	at b init --no-git --remote x
	check_code 2
'

test_it 'init --remote with skills on both sides merges, and resets nothing' '
	machines a
	mkskill "$(src a)/pdf"
	share a
	fresh b
	at b init --git
	check_code 0
	check_dir "$(src b)/.git"
	mkskill "$(src b)/notes"
	at b init --remote "$T/hub.git"
	check_code 0
	check_stdout_has "committed: Add notes"
	at b log
	check_stdout_has "a commit, not pushed; cannot be undone"
	[ -e "$(src b)/pdf/SKILL.md" ]
	[ -e "$(src b)/notes/SKILL.md" ]
	share b
	bring a
	check_same
	fresh c
	at c init
	mkskill "$(src c)/notes" other
	at c init --remote "$T/hub.git"
	check_code 1
	check_stdout_has "✗ notes/SKILL.md: changed here and in"
	grep -q other "$(src c)/notes/SKILL.md"
	at c pull --remote --take ours
	check_code 0
	grep -q other "$(src c)/notes/SKILL.md"
	[ -e "$(src c)/pdf/SKILL.md" ]
	share c
'

test_it 'init --remote with an empty remote waits for the first push' '
	git init -q --bare -b main "$T/hub.git"
	fresh b
	at b init --remote "$T/hub.git"
	check_code 0
	check_stdout_has "the remote is empty; to fill it: skillshare push"
	mkskill "$(src b)/pdf"
	share b
'

# reader DIR: until $T/stop exists, opens each skill through the target, and
# reads two files that must be of one version. What is wrong goes to $T/wrong.
reader() {
	while [ ! -e "$T/stop" ]; do
		for name in pdf notes email; do
			(
				cd "$1/$name" 2>/dev/null || {
					echo "missing: $name"
					exit 0
				}
				one=$(cat one) two=$(cat two)
				[ "$one" = "$two" ] && [ -n "$one" ] ||
					echo "mixed: $name: $one $two"
				grep -l "<<<<<<<" SKILL.md || :
			)
		done
	done >>"$T/wrong" 2>&1
}

test_it 'a reader never meets a missing, mixed or marked skill' '
	two
	for name in pdf notes email; do
		echo 0 >"$(src a)/$name/one"
		echo 0 >"$(src a)/$name/two"
	done
	share a
	bring b
	reader "$T/b/claude" &
	pid=$!
	for i in 1 2 3 4 5 6; do
		for name in pdf notes email; do
			echo $i >"$(src a)/$name/one"
			echo $i >"$(src a)/$name/two"
		done
		line "$(src a)/pdf/SKILL.md" 10 "a $i"
		share a
		line "$(src b)/notes/SKILL.md" 10 "b $i"
		at b push
		bring b
		share b
		bring a
	done
	: >"$T/stop"
	wait $pid
	[ ! -s "$T/wrong" ] || fail "$(sort "$T/wrong" | uniq -c | head)"
'

# is_fault_build: can the program be killed at a given call?
is_fault_build() {
	HOME=$T/a SKILLSHARE_FAULT_COUNT=$T/count skillshare undo
	[ -s "$T/count" ]
}

test_it 'killed at any call: the next run puts it right, and goes on' '
	two
	skip_if "! is_fault_build" "no fault points in this build"
	rm -rf "$T/a" "$T/b" "$T/hub.git"
	two
	line "$(src a)/pdf/SKILL.md" 10 a
	rm -r "$(src a)/notes"
	mkskill "$(src a)/fresh/deep"
	share a
	line "$(src b)/email/SKILL.md" 10 b
	at b push
	cp -a "$T/b" "$T/start"
	tree_list "$(src b)" | grep -v "/\.git" >"$T/old"
	n=1
	while :; do
		rm -rf "$T/b"
		cp -a "$T/start" "$T/b"
		HOME=$T/b SKILLSHARE_FAULT=$n:KILL \
		    skillshare pull --remote >"$T/out" 2>&1 && break
		at b recover
		check_code 0
		tree_list "$(src b)" | grep -v "/\.git" >"$T/now"
		if [ "$(git -C "$(src b)" log -1 --format=%s)" = \
		    "Update email" ]; then
			cmp "$T/old" "$T/now" ||
				fail "call $n: neither old nor new"
		fi
		[ -z "$(git -C "$(src b)" status --porcelain)" ] ||
			fail "call $n: $(git -C "$(src b)" status --porcelain)"
		bring b
		grep -qx a "$(src b)/pdf/SKILL.md"
		grep -qx b "$(src b)/email/SKILL.md"
		check_absent "$(src b)/notes"
		n=$((n + ${FAULT_STEP:-3}))
	done
	[ "$n" -gt 30 ]
'

# random N: a number below N from a sequence that is always the same.
random() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	picked=$((seed / 65536 % $1))
}

test_it 'random rounds: what was pushed is never lost' '
	two
	machines_list="a b"
	seed=7
	: >"$T/added"
	i=0
	while [ $i -lt 16 ]; do
		i=$((i + 1))
		random 2
		m=a
		[ $picked -eq 0 ] || m=b
		random 4
		case $picked in
		0) mkskill "$(src $m)/new$i" && echo "new$i" >>"$T/added" ;;
		1) line "$(src $m)/pdf/SKILL.md" $((i + 5)) "$m $i" ;;
		2) line "$(src $m)/notes/SKILL.md" 10 "$m $i" ;;
		3) echo "$m $i" >>"$(src $m)/email/SKILL.md" ;;
		esac
		at $m push
		[ "$code" -eq 0 ] && continue
		check_stdout_has "remote has changes"
		head=$(git -C "$(src $m)" rev-parse HEAD)
		at $m pull --remote
		if [ "$code" -ne 0 ]; then
			check_stdout_has "changed here and in"
			[ "$(git -C "$(src $m)" rev-parse HEAD)" = "$head" ]
			at $m pull --remote --take theirs
		fi
		check_code 0
		check_tidy $m
		git -C "$(src $m)" merge-base --is-ancestor "$head" HEAD
		share $m
	done
	bring a
	bring b
	check_same
	for name in $(cat "$T/added"); do
		[ -e "$(src b)/$name/SKILL.md" ] || fail "lost: $name"
	done
'

end_tests
