#!/bin/sh
# init --remote in a source that is a git repository already: what changes
# there is a run like any other.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

command -v git >/dev/null 2>&1 || skip_all 'no git'

# repository [DIR]: a config with a source that is a repository, without a
# commit; an empty remote beside it. conf is the repository's config.
repository() {
	source=${1-$HOME/skills}
	conf=$source/.git/config
	mkdir -p "$source" "$HOME/.config/skillshare"
	write_config <<-EOF
		source: $source
		targets: {}
	EOF
	git init -q -b main "$source"
	git init -q --bare -b main "$T/hub.git"
}

# check_git_tidy DIR: no lock and no staging directory in a git directory.
check_git_tidy() {
	left=$(find "$1" -name "*.lock" -o -name ".skillshare-*")
	[ -z "$left" ] || fail "left over: $left"
}

test_it 'the remote is a run: what git remote add writes, taken back by undo' '
	repository
	printf "[user]\n\tname = me # kept\n" >>"$conf"
	chmod 640 "$conf"
	cp "$conf" "$T/before"
	cp -a "$source" "$T/by-git"
	git -C "$T/by-git" remote add origin "$T/hub.git"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	check_stdout_has "added the remote origin: $T/hub.git"
	cmp "$T/by-git/.git/config" "$conf"
	[ "$(stat -c %a "$conf")" = 640 ]
	check_git_tidy "$source/.git"
	run skillshare log
	check_stdout_has "init --remote $T/hub.git"
	cp "$conf" "$T/after"
	run skillshare undo
	check_code 0
	cmp "$T/before" "$conf"
	[ "$(stat -c %a "$conf")" = 640 ]
	check_git_tidy "$source/.git"
	run skillshare undo 2
	check_code 0
	cmp "$T/after" "$conf"
'

test_it 'undo refuses once the config of the repository has moved on' '
	repository
	run skillshare init --remote "$T/hub.git"
	check_code 0
	git -C "$source" config core.abbrev 9
	cp "$conf" "$T/before"
	run skillshare undo
	check_code 1
	check_stderr_has "/.git/config: changed since"
	cmp "$T/before" "$conf"
	check_git_tidy "$source/.git"
	git -C "$source" config --unset core.abbrev
	run skillshare undo --json
	check_code 0
	check_stdout_has "\"name\": \"config\""
	run git -C "$source" remote
	check_stdout </dev/null
'

test_it 'init -n --remote says what is to be done, and refuses what would be' '
	repository
	tree_list -t "$HOME" >"$T/before"
	run skillshare init -n --remote "https://me:secret@example.com/x"
	check_code 0
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	would add the remote origin: https://***@example.com/x
	would bring what the remote has
	EOF
	run skillshare init -n --git
	check_code 0
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	→ ~/skills is a git repository already
	EOF
	assert_same_tree -t "$T/before" "$HOME"
	git -C "$source" remote add origin "$T/hub.git"
	tree_list -t "$HOME" >"$T/before"
	run skillshare init -n --remote "$T/hub.git"
	check_code 0
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	→ ~/skills has this remote already
	would bring what the remote has
	EOF
	run skillshare init -n --remote "$T/other.git"
	check_code 1
	check_stderr_has "has the remote origin already, at"
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'a remote that is there already is no change; settings of one are' '
	repository
	git -C "$source" remote add origin "$T/hub.git"
	cp "$conf" "$T/before"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	check_stdout <<-EOF
	→ the remote is empty; to fill it: skillshare push
	EOF
	run skillshare log
	check_stdout_lacks "init --remote"
	git -C "$source" config --unset remote.origin.url
	cp "$conf" "$T/before"
	run skillshare init --remote "$T/hub.git"
	check_code 1
	check_stderr_has "has settings of a remote origin already"
	cmp "$T/before" "$conf"
'

test_it 'git at work in the config: nothing is changed, and it is said' '
	repository
	run skillshare init --remote "$T/hub.git"
	check_code 0
	: >"$conf.lock"
	cp "$conf" "$T/before"
	run skillshare undo
	check_code 1
	check_stderr_has "/.git/config.lock"
	cmp "$T/before" "$conf"
	rm "$conf.lock"
	run skillshare undo
	check_code 0
	: >"$conf.lock"
	run skillshare init --remote "$T/hub.git"
	check_code 3
	check_stderr_has "another git is at work in ~/skills"
	check_stderr_has "remove ~/skills/.git/config.lock"
	test -e "$conf.lock"
	run git -C "$source" remote
	check_stdout </dev/null
'

# meddling WORDS CONFIG...: from now on, before git is called with these words,
# the config of the repository gets that.
meddling() {
	mkdir "$T/bin"
	real=$(command -v git)
	words=$1
	shift
	cat >"$T/bin/git" <<-EOF
		#!/bin/sh
		case "\$*" in
		*"$words"*) "$real" config --file "$conf" $* ;;
		esac
		exec "$real" "\$@"
	EOF
	chmod +x "$T/bin/git"
	PATH=$T/bin:$PATH
}

test_it 'a setting that comes while the copy is made is kept, and a conflict' '
	repository
	meddling "remote.origin.fetch +refs" core.abbrev 9
	run skillshare init --remote "$T/hub.git"
	check_code 1
	check_stderr_has "the git repository: config changed while"
	[ "$(git -C "$source" config core.abbrev)" = 9 ]
	run git -C "$source" remote
	check_stdout </dev/null
	check_git_tidy "$source/.git"
'

test_it 'another remote that comes before the copy is kept, and a conflict' '
	repository
	meddling --git-common-dir remote.origin.url /theirs
	run skillshare init --remote "$T/hub.git"
	check_code 1
	check_stderr_has "was changed by somebody else just now"
	[ "$(git -C "$source" config remote.origin.url)" = /theirs ]
	check_git_tidy "$source/.git"
'

test_it 'a config that is a link stays one, and its lock is where it leads' '
	repository
	mkdir "$HOME/dotfiles"
	mv "$conf" "$HOME/dotfiles/git.conf"
	ln -s ../../dotfiles/git.conf "$conf"
	cp "$conf" "$T/before"
	: >"$HOME/dotfiles/git.conf.lock"
	run skillshare init --remote "$T/hub.git"
	check_code 3
	check_stderr_has "remove ~/dotfiles/git.conf.lock"
	rm "$HOME/dotfiles/git.conf.lock"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	check_link "$conf" ../../dotfiles/git.conf
	[ "$(git -C "$source" remote get-url origin)" = "$T/hub.git" ]
	run skillshare undo
	check_code 0
	check_link "$conf" ../../dotfiles/git.conf
	cmp "$T/before" "$HOME/dotfiles/git.conf"
	[ "$(ls -A "$HOME/dotfiles")" = git.conf ]
'

test_it 'a work tree beside the repository: the config is that of all' '
	repository "$HOME/main"
	git -C "$source" commit -q --allow-empty -m one
	git -C "$source" worktree add -q "$HOME/tree"
	write_config <<-EOF
		source: ~/tree
		targets: {}
	EOF
	cp "$conf" "$T/before"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	[ "$(git -C "$HOME/main" remote get-url origin)" = "$T/hub.git" ]
	[ -f "$HOME/tree/.git" ]
	run skillshare undo
	check_code 0
	cmp "$T/before" "$conf"
	check_git_tidy "$HOME/main/.git"
'

test_it 'a repository without a config gets one, and loses it again' '
	repository
	rm "$conf"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	[ "$(git -C "$source" remote get-url origin)" = "$T/hub.git" ]
	run skillshare undo
	check_code 0
	check_absent "$conf"
'

# trunk: the remote has a skill, on a branch of another name.
trunk() {
	git clone -q "$T/hub.git" "$T/far" 2>"$T/log"
	mkskill "$T/far/pdf"
	git -C "$T/far" checkout -q -b trunk
	git -C "$T/far" add -A
	git -C "$T/far" commit -q -m one
	git -C "$T/far" push -q origin trunk
	git -C "$T/hub.git" symbolic-ref HEAD refs/heads/trunk
}

test_it 'the branch takes the name of the remote: a run, and all of it undone' '
	repository
	trunk
	cp "$conf" "$T/before"
	cp "$source/.git/HEAD" "$T/head"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	test -e "$source/pdf/SKILL.md"
	[ "$(git -C "$source" symbolic-ref HEAD)" = refs/heads/trunk ]
	[ -z "$(git -C "$source" status --porcelain)" ]
	for run in 4 3 2 1; do
		run skillshare undo
		check_code 0
		check_stdout_has "Undoing run $run"
	done
	check_absent "$source/pdf"
	cmp "$T/before" "$conf"
	cmp "$T/head" "$source/.git/HEAD"
	check_git_tidy "$source/.git"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	test -e "$source/pdf/SKILL.md"
'

test_it 'the name stays once the branch has a commit: going back would hide it' '
	repository
	trunk
	mkskill "$source/mine"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	run skillshare undo 2
	check_code 1
	check_stderr_has ".git/HEAD: changed since"
	[ "$(git -C "$source" symbolic-ref HEAD)" = refs/heads/trunk ]
	git -C "$source" rev-parse -q --verify HEAD >/dev/null
'

test_it 'the branch takes the name of the remote: HEAD is the group'"'"'s still' '
	repository
	trunk
	git -C "$source" config core.sharedRepository group
	chmod 664 "$source/.git/HEAD"
	umask 077
	run skillshare init --remote "$T/hub.git"
	check_code 0
	[ "$(git -C "$source" symbolic-ref HEAD)" = refs/heads/trunk ]
	[ "$(stat -c %a "$source/.git/HEAD")" = 664 ]
'

test_it 'a HEAD that is no plain file is moved by git, and log says so' '
	repository
	trunk
	ln -sf refs/heads/main "$source/.git/HEAD"
	run skillshare init --remote "$T/hub.git"
	check_code 0
	test -e "$source/pdf/SKILL.md"
	[ "$(git -C "$source" symbolic-ref HEAD)" = refs/heads/trunk ]
	run skillshare log
	check_stdout_has "cannot be undone"
'

test_it 'a password in the URL is git'"'"'s to keep: neither log nor journal has it' '
	repository
	run skillshare init --remote "https://me:pass-word@127.0.0.1:1/hub.git"
	run skillshare log
	check_code 0
	check_stdout_has "init --remote https://***@127.0.0.1:1/hub.git"
	! grep -rq pass-word "$HOME"/.local/state/skillshare/*/done/*/plan ||
		fail "the journal has it"
'

end_tests
