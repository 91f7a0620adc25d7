#!/bin/sh
# Each finding about git, runs, backups and file systems; and that nothing is
# ever written.
# shellcheck shell=sh disable=SC2016,SC2030,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"
. "$SRCROOT/tests/cli/doctor.sh"

git_in() {
	git -C "$@" >/dev/null 2>&1
}

# the_state: the state directory of the one config.
the_state() {
	echo "$HOME"/.local/state/skillshare/*
}

# ---- git ---------------------------------------------------------------------

test_it 'no repository, no remote, clean, ahead, behind, changed' '
	healthy
	heals "→" "the source is in no git repository"
	finds "→" "the repository has no remote: push and pull --remote have"
	git_in "$source" add .
	git_in "$source" commit -m First
	git_in "$T" init --bare -b main remote.git
	git_in "$source" branch -M main
	git_in "$source" remote add origin "$T/remote.git"
	git_in "$source" push -u origin main
	finds "✓" "clean (remote: origin)"
	mkskill "$source/new"
	skillshare sync -q
	heals "→" "1 file changed (remote: origin)"
	git_in "$T" clone "$T/remote.git" other
	git_in "$T/other" commit --allow-empty -m Second
	git_in "$T/other" push
	git_in "$source" fetch
	heals "→" "1 behind (remote: origin)"
	is_green
'

test_it 'nobody knows who commits' '
	healthy
	git_in "$source" init
	unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME \
	    GIT_COMMITTER_EMAIL
	GIT_CONFIG_GLOBAL=$HOME/gitconfig
	export GIT_CONFIG_GLOBAL
	git config --global user.useConfigOnly true
	heals "!" "git does not know who you are: push cannot commit"
'

test_it 'in the middle of a merge, with conflicts that agents read' '
	healthy
	git_in "$source" init -b main
	git_in "$source" add .
	git_in "$source" commit -m First
	git_in "$source" checkout -b side
	echo side >>"$source/pdf/SKILL.md"
	git_in "$source" commit -am Side
	git_in "$source" checkout main
	echo main >>"$source/pdf/SKILL.md"
	git_in "$source" commit -am Main
	git_in "$source" merge side || :
	finds "✗" "~/.config/skillshare/skills is in the middle of a merge"
	finds "✗" "files with conflicts, which agents read as they are: pdf"
	git_in "$source" merge --abort
	is_green
	git_in "$source" checkout --detach
	finds "!" "~/.config/skillshare/skills is on no branch (detached HEAD)"
'

test_it 'a tracked repository: its state, and nothing of it is run' '
	healthy
	mkskill "$source/_team/a"
	git_in "$source/_team" init -b main
	git_in "$source/_team" config core.fsmonitor "touch $T/ran; false"
	git_in "$source/_team" add .
	git_in "$source/_team" commit -m First
	rm -f "$T/ran"
	skillshare sync -q
	finds "✓" "tracked repository: 1 skill"
	finds "✓" "tracked repository: clean"
	check_absent "$T/ran"
'

# ---- runs --------------------------------------------------------------------

test_it 'a run that did not finish' '
	healthy
	state=$(the_state)
	mkdir "$state/open/9"
	heals "!" "run 9 did not finish: the next command that writes"
	is_green
'

test_it 'damage: a finished run, an unfinished one, the roots' '
	healthy
	state=$(the_state)
	number=$(ls "$state/done")
	echo more >>"$state/done/$number/plan"
	finds "✗" "~/.local/state/skillshare/"
	grep -q "done/$number/plan" "$T/stdout" || run_was_wrong "no file"
	mend "done/$number/plan"
	is_green
	mkdir "$state/open/9"
	echo broken >"$state/open/9/plan"
	finds "✗" "~/.local/state/skillshare/"
	mend "/open/9/plan"
	is_green
	check_stdout_has "→ runs that were given up (9): it stays until"
	echo broken >"$state/roots"
	finds "✗" "~/.local/state/skillshare/"
	mend "/roots:1"
	is_green
'

test_it 'the state directory: open to others, closed, another user'\''s' '
	healthy
	as_user true
	as=as_user
	state=$(the_state)
	chmod 755 "$state"
	heals "!" "others can look into the state directory"
	chmod 000 "$state"
	finds "✗" "the state cannot be read: "
	check_stdout_has "✓ claude: merge mode, 1 linked, 0 local"
	chmod 700 "$state"
	skip_if "[ \$(id -u) -ne 0 ]" "not root"
	chown 0 "$state"
	chmod 755 "$state"
	finds "✗" "the state directory is another user"
	check_stdout_has "→ sudo chown -R \"\$(id -u)\" ~/.local/state/skillshare/"
'

test_it 'what is kept, and working directories that no journal knows' '
	healthy
	state=$(the_state)
	mkdir -p "$state/kept/3-0-pdf"
	finds "→" "what could not go back to its place is kept (3-0-pdf): it"
	is_green
	for dir in .claude .claude/skills .config/skillshare \
	    .config/skillshare/skills; do
		mkdir "$HOME/$dir/.skillshare-0123456789abcdef"
		finds "!" "a working directory of a run that no journal here"
		check_stdout_has "    ~/$dir/.skillshare-0123456789abcdef"
		check_stdout_has "→ ls -lAR ~/$dir/.skillshare-0123456789abcdef"
		rmdir "$HOME/$dir/.skillshare-0123456789abcdef"
		is_green
	done
	mkdir "$HOME/.claude/.skillshare-not-a-token"
	is_green
'

test_it 'a run at work is named, and nothing of it is taken for damage' '
	healthy
	skip_if "! command -v python3" "no python3"
	state=$(the_state)
	mkdir "$state/open/9" "$HOME/.claude/.skillshare-0123456789abcdef"
	cat >"$T/hold.py" <<-EOF
	import fcntl, os, struct, sys
	f = open(sys.argv[1], "r+")
	f.write("pid 1 on here: sync\n")
	f.flush()
	fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
	print("held", flush=True)
	sys.stdin.read()
	EOF
	mkfifo "$T/in" "$T/out"
	python3 "$T/hold.py" "$state/lock" <"$T/in" >"$T/out" &
	exec 5>"$T/in" 6<"$T/out"
	read -r held <&6
	finds "→" "a run is at work (pid 1 on here: sync)"
	check_code 0
	check_stdout_lacks "did not finish"
	check_stdout_lacks "a working directory"
	exec 5>&- 6<&-
	wait
	finds "!" "run 9 did not finish"
'

# ---- backups -----------------------------------------------------------------

test_it 'backups: damaged list, changed content, an unfinished one' '
	healthy
	mkskill "$HOME/.claude/skills/mine"
	skillshare backup -q
	finds "✓" "2 backups; every file that the newest holds is as it was"
	newest=$(ls -d "$HOME"/.config/skillshare/backups/2* | tail -n 1)
	file=$newest/claude/mine/SKILL.md
	chmod u+w "$file"
	echo more >>"$file"
	finds "✗" "a file in the newest backup is not as it was stored"
	check_stdout_has "mine/SKILL.md"
	check_stdout_has "    → skillshare backup --verify"
	echo more >>"$newest/.skillshare-snapshot" 2>/dev/null || {
		chmod u+w "$newest/.skillshare-snapshot"
		echo more >>"$newest/.skillshare-snapshot"
	}
	heals "✗" "this backup cannot be used:"
	mkdir "$HOME/.config/skillshare/backups/.incomplete-0123456789abcdef"
	echo >>"$source/pdf/SKILL.md"
	heals "!" "left by a backup that did not finish: the next one clears"
'

test_it 'what an earlier program left is told and not touched' '
	healthy
	mkskill "$HOME/.config/skillshare/backups/2025-01-01_10-00-00/claude/x"
	mkskill "$HOME/.local/share/skillshare/backups/2025-01-02_10-00-00/claude/x"
	mkskill "$HOME/.local/share/skillshare/trash/x_2025-01-02_10-00-00"
	finds "→" "2 backups of an earlier program, without digests: restore"
	finds "→" "1 thing in the trash of an earlier program, which is left"
	is_green
'

# ---- file systems ------------------------------------------------------------

test_it 'little space, and a file system that holds no links' '
	skip_if "! unshare -m true" "no mount namespaces here"
	healthy
	skillshare target add other "$HOME/.claude" >/dev/null 2>&1 || :
	mkdir "$HOME/small"
	cat >"$HOME/.config/skillshare/config.yaml" <<-EOF
	targets:
	  claude: {}
	  small: {path: ~/small}
	EOF
	skip_if "! unshare -m mount -t tmpfs -o size=1m none \"$HOME/small\"" \
	    "no mounts here"
	run unshare -m sh -ec "mount -t tmpfs -o size=1m none \"\$HOME/small\"
		exec \"$SKILLSHARE\" doctor"
	check_code 1
	check_stdout_has "✗ small: only 1 MB free"
	check_stdout_has "    → df -h ~/small"
	run unshare -m sh -ec "
		mount -t tmpfs -o size=900m,nr_inodes=50 none \"\$HOME/small\"
		exec \"$SKILLSHARE\" doctor"
	check_code 1
	check_stdout_has "✗ small: room for only 49 more files"
	check_stdout_has "    → df -i ~/small"
'

# ---- reads only --------------------------------------------------------------

# all_of_it: a machine with something for each check.
all_of_it() {
	healthy
	mkskill "$source/_team/a"
	git_in "$source/_team" init
	git_in "$source" init
	skillshare backup -q
	mkskill "$HOME/.claude/skills/local"
	ln -s gone "$HOME/.claude/skills/dead"
	mkdir "$(the_state)/open/9"
}

test_it 'nothing is written: not one call that could' '
	all_of_it
	tree_list -t "$HOME" >"$T/before"
	skip_if "! command -v strace || ! strace true" "no strace"
	# Leaks cannot be looked for under strace; other tests do. And a
	# sanitizer that has a file to report to makes its directory.
	ASAN_OPTIONS=detect_leaks=0
	UBSAN_OPTIONS=
	export ASAN_OPTIONS UBSAN_OPTIONS
	run strace -f -o "$T/calls" -e trace=file,desc,process \
	    "$SKILLSHARE" doctor
	check_code 0
	check_stdout_has "! run 9 did not finish"
	assert_same_tree -t "$T/before" "$HOME"
	! grep -E "(mkdir|rmdir|unlink|rename|link|chmod|chown|utime|truncate)[a-z0-9]*\(|O_CREAT|O_WRONLY|O_RDWR|O_TRUNC" \
	    "$T/calls" | grep -v -e readlink -e /dev/null \
	    -e "renameat2(.*ENOENT" || fail "a call that writes"
'

test_it 'it works on a read-only file system' '
	skip_if "! unshare -m true" "no mount namespaces here"
	all_of_it
	skillshare sync -q
	mkdir "$(the_state)/open/99"
	tree_list -t "$HOME" >"$T/before"
	run unshare -m sh -ec "mount --bind \"\$HOME\" \"\$HOME\"
		mount -o remount,ro,bind \"\$HOME\"
		exec \"$SKILLSHARE\" doctor"
	check_code 0
	check_stderr </dev/null
	check_stdout_has "! claude: cannot be written (no permission, or a read-only"
	check_stdout_has "! the source cannot be written"
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'the document: findings and counts' '
	all_of_it
	skip_if "! command -v jq" "no jq"
	run skillshare doctor --json
	check_code 0
	check_stderr </dev/null
	jq -e ".schema == 1 and .counts.error == 0 and .counts.warning >= 2 and
	    ([.findings[].severity] - [\"ok\", \"info\", \"warning\", \"error\"]
	    | length == 0) and ([.findings[].path | select(. != null)
	    | startswith(\"/\")] | all)" "$T/stdout" >"$T/jq" ||
		run_was_wrong "another document"
	jq -e --arg dead "$HOME/.claude/skills/dead" ".findings[] |
	    select(.path == \$dead) | .check == \"targets\" and
	    .severity == \"warning\" and .target == \"claude\" and
	    .command == \"rm \" + \$dead" "$T/stdout" >"$T/jq" ||
		run_was_wrong "no finding of the dead link"
'

end_tests
