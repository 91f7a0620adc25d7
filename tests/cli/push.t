#!/bin/sh
# push: commit, push, and every way in which that may not work.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

command -v git >/dev/null 2>&1 || skip_all 'no git'

# with_repository: an empty source that is a repository with a bare remote.
with_repository() {
	write_config <<-EOF2
	targets:
	  claude: {path: ~/claude}
	EOF2
	mkdir "$HOME/claude"
	git init -q --bare -b main "$T/hub.git"
	git -C "$source" init -q -b main
	git -C "$source" remote add origin "$T/hub.git"
}

# pushed: commit and a first push, as a start for the test.
pushed() {
	with_repository
	mkskill "$source/pdf"
	run skillshare push
	check_code 0
}

# check_in_step: the remote is where the source is, and nothing is left over.
check_in_step() {
	[ "$(git -C "$T/hub.git" rev-parse "${1-main}")" = \
	    "$(git -C "$source" rev-parse HEAD)" ] ||
		fail "the remote is elsewhere"
	[ -z "$(git -C "$source" status --porcelain)" ] ||
		fail "not clean: $(git -C "$source" status --porcelain)"
}

# hook DIR NAME TEXT: a hook that says TEXT and refuses.
hook() {
	printf "#!/bin/sh\necho '%s' >&2\nexit 1\n" "$3" >"$1/hooks/$2"
	chmod 755 "$1/hooks/$2"
}

test_it 'the first push commits, pushes, and notes the upstream' '
	with_repository
	mkskill "$source/pdf"
	mkskill "$source/notes"
	run skillshare push
	check_code 0
	check_stdout <<-EOF2
	✓ committed: Add notes, pdf (2 files)
	✓ pushed to origin/main (1 commit)
	EOF2
	check_in_step
	[ "$(git -C "$source" rev-parse --abbrev-ref @{u})" = origin/main ]
'

continue_it 'log lists it, and undo does not pass over it' '
	run skillshare log
	check_stdout_has "push  1 commit to origin/main; cannot be undone"
	run skillshare undo
	check_code 1
	check_stderr_has "push (1 commit to origin/main) cannot be undone"
	run skillshare sync
	run skillshare undo
	check_code 0
	mkskill "$source/third"
	run skillshare sync
	mkskill "$source/fourth"
	run skillshare push
	run skillshare undo
	check_code 1
	check_stderr_has "what came before it can: skillshare undo 3"
	run skillshare log
	sed -n "s/^  \([-0-9]\).*/\1/p" "$T/stdout" | tr -d "\n" >"$T/order"
	echo >>"$T/order"
	check_file "$T/order" <<-EOF2
	-321-
	EOF2
	run skillshare log --json
	jq -e ".cannot_be_undone[0].after_run == 3 and
	    .cannot_be_undone[1].after_run == 0 and
	    .cannot_be_undone[1].what == \"1 commit to origin/main\"" "$T/stdout"
	run skillshare undo 3
	check_code 0
	check_in_step
'

continue_it 'a damaged list of what cannot be undone is named' '
	cp "$HOME"/.local/state/skillshare/*/deeds "$T/deeds"
	sed -i s/commit/cOmmit/ "$HOME"/.local/state/skillshare/*/deeds
	cp "$HOME"/.local/state/skillshare/*/deeds "$T/damaged"
	for call in log undo; do
		run skillshare $call
		check_code 3
		check_stderr_has "/deeds:4 is not as skillshare left it"
		check_stderr_has "or move it away"
	done
	run skillshare doctor
	check_code 1
	check_stdout_has "/deeds.damaged"
	echo >>"$source/third/SKILL.md"
	run skillshare push
	check_code 0
	check_stderr_has "done, but skillshare log will not list it"
	cmp "$T/damaged" "$HOME"/.local/state/skillshare/*/deeds
	cp "$T/deeds" "$HOME"/.local/state/skillshare/*/deeds
'

continue_it 'a second one has nothing to do, and says so' '
	source=$HOME/.config/skillshare/skills
	run skillshare push
	check_code 0
	check_stdout <<-EOF2
	✓ everything is pushed already (origin/main)
	EOF2
'

continue_it 'the message names what was updated, added and removed' '
	source=$HOME/.config/skillshare/skills
	echo more >>"$source/pdf/SKILL.md"
	mkskill "$source/writing/email"
	rm -r "$source/notes"
	run skillshare push
	check_code 0
	check_stdout_has "Update pdf; add writing/email; remove notes (3 files)"
	check_in_step
'

continue_it 'the dry run says the same and changes nothing' '
	source=$HOME/.config/skillshare/skills
	echo again >>"$source/pdf/SKILL.md"
	tree_list -t "$source" >"$T/before"
	tree_list "$T/hub.git" >"$T/hub.before"
	run skillshare push --dry-run
	check_code 0
	check_stdout <<-EOF2
	! Dry run mode - no changes will be made
	would update pdf/SKILL.md
	would commit: Update pdf
	would push to origin/main
	Dry run complete: nothing was changed
	EOF2
	assert_same_tree -t "$T/before" "$source"
	assert_same_tree "$T/hub.before" "$T/hub.git"
'

continue_it 'a message of the user is the message' '
	source=$HOME/.config/skillshare/skills
	run skillshare push -m "Mend the pdf"
	check_code 0
	[ "$(git -C "$source" log -1 --format=%s)" = "Mend the pdf" ]
	check_in_step
'

continue_it 'a commit made by hand is pushed' '
	source=$HOME/.config/skillshare/skills
	mkskill "$source/hand"
	git -C "$source" add .
	git -C "$source" commit -q -m "By hand"
	run skillshare push --json
	check_code 0
	check_stdout_has "\"result\": \"pushed\""
	check_stdout_has "\"message\": null"
	check_in_step
'

test_it 'no repository, no remote, no branch: a sentence each, exit 1' '
	write_config <<-EOF2
	targets: {}
	EOF2
	run skillshare push
	check_code 1
	check_stderr_has "is not in a git repository"
	git -C "$source" init -q -b main
	run skillshare push
	check_code 1
	check_stderr_has "has no remote"
	git -C "$source" remote add origin "$T/gone.git"
	git -C "$source" commit -q --allow-empty -m x
	run skillshare push
	check_code 1
	check_stderr_has "there is no repository at the remote"
	git -C "$source" checkout -q --detach
	run skillshare push
	check_code 1
	check_stderr_has "is on no branch"
'

test_it 'without an identity nothing is staged' '
	with_repository
	mkskill "$source/pdf"
	unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME
	unset GIT_COMMITTER_EMAIL
	git -C "$source" config user.useConfigOnly true
	run skillshare push
	check_code 1
	check_stderr_has "git does not know who you are"
	[ -z "$(git -C "$source" diff --cached --name-only)" ]
'

test_it 'a remote that has changes: refused, the commit is kept' '
	pushed
	git clone -q "$T/hub.git" "$T/other"
	git -C "$T/other" commit -q --allow-empty -m theirs
	git -C "$T/other" push -q
	echo more >>"$source/pdf/SKILL.md"
	run skillshare push
	check_code 1
	check_stdout <<-EOF2
	✓ committed: Update pdf (1 file)
	✗ remote has changes
	→ run: skillshare pull --remote
	EOF2
	[ "$(git -C "$source" log -1 --format=%s)" = "Update pdf" ]
	[ "$(git -C "$T/hub.git" log -1 --format=%s)" = theirs ]
	run skillshare push --json
	check_code 1
	check_stdout_has "\"result\": \"remote_has_changes\""
'

test_it 'hooks that refuse are told, with what they say' '
	pushed
	echo more >>"$source/pdf/SKILL.md"
	hook "$source/.git" pre-commit "no commits on a Monday"
	run skillshare push
	check_code 1
	check_stderr_has "the commit was refused, by the hook pre-commit"
	check_stderr_has "git: no commits on a Monday"
	rm "$source/.git/hooks/pre-commit"
	hook "$source/.git" pre-push "no pushes either"
	run skillshare push
	check_code 1
	check_stderr_has "the push was refused, by the hook pre-push"
	check_stderr_has "git: no pushes either"
	rm "$source/.git/hooks/pre-push"
	hook "$T/hub.git" pre-receive "closed today"
	run skillshare push
	check_code 1
	check_stderr_has "origin refused the push: pre-receive hook declined"
	check_stderr_has "closed today"
	rm "$T/hub.git/hooks/pre-receive"
	run skillshare push
	check_code 0
	check_in_step
'

test_it 'keys, tokens and huge files hold the push up' '
	pushed
	mkskill "$source/email"
	cp "$source/email/SKILL.md" "$source/email/id_rsa"
	{
		echo "-----BEGIN OPENSSH PRIVATE KEY-----"
		head -c 60 /dev/zero | base64 -w 70
	} >"$source/email/server.txt"
	printf "token = ghp_%s\n" 1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R \
	    >"$source/email/auth.ini"
	echo "an example: AKIAIOSFODNN7EXAMPLE" >"$source/email/doc.md"
	truncate -s 51M "$source/email/model.bin"
	run skillshare push
	check_code 1
	check_stdout <<-EOF2
	✗ email/auth.ini: holds what looks like an access token
	✗ email/id_rsa: looks like a private key
	✗ email/model.bin: is larger than 50 MB
	✗ email/server.txt: looks like a private key
	→ nothing was committed or pushed; to go on, name the file in .gitignore, or: skillshare push --allow NAME
	EOF2
	[ "$(git -C "$source" log --oneline | wc -l)" -eq 1 ]
	[ -z "$(git -C "$source" diff --cached --name-only)" ]
	rm "$source/email/id_rsa"
	printf "%s\n" model.bin auth.ini >"$source/.gitignore"
	run skillshare push --allow email/server.txt
	check_code 0
	check_in_step
	[ -z "$(git -C "$source" ls-files "*.bin" "*.ini")" ]
'

test_it 'repositories below the source are named, never staged' '
	pushed
	git init -q "$source/_team"
	mkskill "$source/_team/review"
	git -C "$source/_team" add .
	git -C "$source/_team" commit -q -m x
	mkskill "$source/group/skill"
	git init -q "$source/group/nested"
	run skillshare push
	check_code 0
	check_stdout_has "_team: a repository of its own"
	check_stdout_has "group/nested: a repository of its own"
	check_stdout_has "Add group/skill (1 file)"
	[ -z "$(git -C "$source" ls-files _team group/nested)" ]
'

test_it 'a submodule that moved is not staged' '
	pushed
	git init -q -b main "$T/lib"
	git -C "$T/lib" commit -q --allow-empty -m one
	git -C "$source" -c protocol.file.allow=always submodule --quiet add \
	    "$T/lib" lib
	git -C "$source" commit -q -m "a submodule"
	git -C "$source/lib" commit -q --allow-empty -m two
	mkskill "$source/notes"
	run skillshare push
	check_code 0
	check_stdout_has "lib: a repository of its own"
	git -C "$source" show --stat --format= HEAD >"$T/show"
	grep -q notes "$T/show"
	! grep -q lib "$T/show"
'

test_it 'the default branch of the remote may have another name' '
	with_repository
	git clone -q "$T/hub.git" "$T/other" 2>/dev/null
	git -C "$T/other" checkout -q -b trunk
	git -C "$T/other" commit -q --allow-empty -m first
	git -C "$T/other" push -q origin trunk
	git -C "$T/hub.git" symbolic-ref HEAD refs/heads/trunk
	git -C "$source" pull -q origin trunk
	mkskill "$source/pdf"
	run skillshare push
	check_code 0
	check_stdout_has "pushed to origin/trunk"
	check_in_step trunk
	[ "$(git -C "$T/hub.git" branch --format="%(refname:short)")" = trunk ]
'

test_it 'a source inside a work tree: nothing else is committed' '
	write_config <<-EOF2
	targets: {}
	source: ~/dotfiles/ai/skills
	EOF2
	source=$HOME/dotfiles/ai/skills
	git init -q --bare -b main "$T/hub.git"
	git init -q -b main "$HOME/dotfiles"
	git -C "$HOME/dotfiles" remote add origin "$T/hub.git"
	mkskill "$source/pdf"
	echo secret >"$HOME/dotfiles/untracked"
	echo staged >"$HOME/dotfiles/staged"
	git -C "$HOME/dotfiles" add staged
	run skillshare push
	check_code 0
	check_stdout_has "Add pdf (1 file)"
	[ "$(git -C "$T/hub.git" ls-tree -r --name-only main)" = \
	    ai/skills/pdf/SKILL.md ]
	[ "$(git -C "$HOME/dotfiles" status --porcelain | tr "\n" ,)" = \
	    "A  staged,?? untracked," ]
'

test_it 'no network and bad credentials; the password is not shown' '
	pushed
	git -C "$source" remote set-url origin \
	    "http://me:geheim@127.0.0.1:9/x.git"
	echo more >>"$source/pdf/SKILL.md"
	run skillshare push
	check_code 1
	check_stderr_has "the remote cannot be reached"
	check_stderr_lacks geheim
	git -C "$source" remote set-url origin "ext::sh -c touch% $T/ran"
	git -C "$source" config protocol.ext.allow always
	run skillshare push
	check_code 1
	check_stderr_has "would run a command"
	check_absent "$T/ran"
	git -C "$source" remote set-url origin --push x ||
		git -C "$source" config remote.origin.url --upload-pack=x
	git -C "$source" config remote.origin.url "--upload-pack=touch $T/ran"
	run skillshare push
	check_code 1
	check_stderr_has "begins with a dash"
	check_absent "$T/ran"
'

test_it 'a remote that does not answer is given up' '
	pushed
	echo more >>"$source/pdf/SKILL.md"
	printf "#!/bin/sh\nexec sleep 60\n" >"$T/ssh"
	chmod 755 "$T/ssh"
	git -C "$source" remote set-url origin "ssh://example.org/x.git"
	GIT_SSH=$T/ssh GIT_SSH_VARIANT=simple SKILLSHARE_GIT_TIMEOUT=1
	export GIT_SSH GIT_SSH_VARIANT SKILLSHARE_GIT_TIMEOUT
	run skillshare push
	check_code 1
	check_stderr_has "did not end within 1 seconds"
'

test_it 'a remote that goes away half way: no success is told' '
	pushed
	echo more >>"$source/pdf/SKILL.md"
	printf "#!/bin/sh\nmv %s %s\n" "$T/hub.git" "$T/away.git" \
	    >"$source/.git/hooks/pre-push"
	chmod 755 "$source/.git/hooks/pre-push"
	run skillshare push
	check_code 1
	check_stdout_lacks "pushed to"
	mv "$T/away.git" "$T/hub.git"
	rm "$source/.git/hooks/pre-push"
	run skillshare push
	check_code 0
	check_in_step
'

test_it 'in the middle of a merge it refuses' '
	pushed
	git -C "$source" rev-parse HEAD >"$source/.git/MERGE_HEAD"
	run skillshare push
	check_code 1
	check_stderr_has "in the middle of a merge"
'

test_it 'over git daemon, on the loopback' '
	skip_if "! [ -x \"\$(git --exec-path)/git-daemon\" ]" "no git daemon"
	with_repository
	port=$((20000 + $$ % 20000))
	git daemon --reuseaddr --listen=127.0.0.1 --port=$port \
	    --base-path="$T" --export-all --enable=receive-pack \
	    --pid-file="$T/pid" >/dev/null 2>&1 &
	daemon=$!
	trap "kill $daemon" EXIT
	git -C "$source" remote set-url origin "git://127.0.0.1:$port/hub.git"
	i=0
	until git ls-remote "git://127.0.0.1:$port/hub.git" >/dev/null 2>&1; do
		i=$((i + 1))
		if [ "$i" -gt 50 ]; then
			echo "git daemon cannot listen here" >"$SCRATCH/skip"
			exit 77
		fi
		sleep 0.1
	done
	mkskill "$source/pdf"
	run skillshare push
	check_code 0
	check_in_step
	git clone -q "$T/hub.git" "$T/other"
	mkskill "$T/other/email"
	git -C "$T/other" add .
	git -C "$T/other" commit -q -m email
	git -C "$T/other" push -q
	run skillshare pull --remote
	check_code 0
	check_link "$HOME/claude/email" "$source/email"
	check_in_step
'

end_tests
