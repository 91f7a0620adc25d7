#!/bin/sh
# What a hostile or unlucky user's files can be: one clear sentence each, the
# right exit code, and nothing changed that should not be.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# two_targets: bad (~/bad) and ok (~/ok), the skill pdf, and the lock of a run
# there already: what is compared afterwards is all that could change.
two_targets() {
	write_config <<-EOF
	targets:
	  bad: {path: ~/bad}
	  ok: {path: ~/ok}
	EOF
	mkskill "$source/pdf"
	mkdir "$HOME/ok"
	skillshare recover
}

# check_one_line TEXT: all of stderr, and nothing on stdout.
check_one_line() {
	check_stdout </dev/null
	echo "skillshare: $1" >"$T/line"
	check_stderr <"$T/line"
}

# bad_config SENTENCE TEXT MESSAGE: no command takes such a config.
bad_config() {
	text=$2
	message=$3
	test_it "$1" '
		mkdir -p "$HOME/.config/skillshare/skills"
		printf "$text" >"$HOME/.config/skillshare/config.yaml"
		tree_list -t "$HOME" >"$T/before"
		for call in sync "sync -n" status diff list "target list" \
		    "target add claude"; do
			run skillshare $call
			check_code 3
			check_one_line "~/.config/skillshare/config.yaml$message"
		done
		assert_same_tree -t "$T/before" "$HOME"
	'
}

bad_config 'YAML that is broken' 'targets: [a\n  b: c\n' \
    ":2:4: did not find expected ',' or ']'"
bad_config 'a target without a path' 'targets:\n  foo: {mode: merge}\n' \
    ':2:3: target foo has no path and is no agent that is known: give it a path'
bad_config 'a target name that leads elsewhere' \
    'targets:\n  ../x: {path: ~/x}\n' \
    ':2:3: the target name ../x must start with a letter: rename it'
bad_config 'a target name that drives the terminal' \
    'targets:\n  "a\\e[31m": {path: ~/x}\n' \
    ':2:3: the target name a\x1b[31m may hold letters, digits, - and _ only: rename it'
bad_config 'a mode that there is not' 'mode: foo\n' \
    ':1:1: mode foo is unknown: write merge, symlink or copy'
bad_config 'two targets of one name' 'targets:\n  a: {path: x}\n  a: {path: y}\n' \
    ':3:3: the key a is here twice'

test_it 'a config of 100,000 brackets' '
	mkdir -p "$HOME/.config/skillshare"
	head -c 100000 /dev/zero | tr "\0" "[" \
	    >"$HOME/.config/skillshare/config.yaml"
	run timeout 10 "$SKILLSHARE" sync
	check_code 3
	check_stdout </dev/null
	check_stderr_has "skillshare: ~/.config/skillshare/config.yaml:1:"
	[ "$(wc -l <"$T/stderr")" -eq 1 ]
'

test_it 'a config of anchors that grow' '
	mkdir -p "$HOME/.config/skillshare"
	{
		echo "a: &a [x, x, x, x, x, x, x, x, x]"
		before=a
		for name in b c d e f g h i j k l m n o p; do
			echo "$name: &$name [*$before, *$before, *$before, *$before, *$before, *$before]"
			before=$name
		done
		echo "targets: {t: {path: ~/t}}"
	} >"$HOME/.config/skillshare/config.yaml"
	run timeout 10 "$SKILLSHARE" status
	[ "$code" -le 3 ]
'

test_it 'no config' '
	run skillshare sync
	check_code 3
	check_one_line "no config at ~/.config/skillshare/config.yaml: run skillshare init"
	[ -z "$(ls -A "$HOME")" ]
'

test_it 'a config that is a directory, or a link that leads nowhere' '
	mkdir -p "$HOME/.config/skillshare/config.yaml"
	run skillshare sync
	check_code 3
	check_one_line "the config ~/.config/skillshare/config.yaml is a directory, not a file"
	rmdir "$HOME/.config/skillshare/config.yaml"
	ln -s nowhere "$HOME/.config/skillshare/config.yaml"
	run skillshare sync
	check_code 3
	check_one_line "the config ~/.config/skillshare/config.yaml is a link that leads nowhere"
'

test_it 'a config that may not be read' '
	two_targets
	chmod 0 "$HOME/.config/skillshare/config.yaml"
	run as_user skillshare sync
	check_code 3
	check_stdout </dev/null
	check_stderr_has "~/.config/skillshare/config.yaml"
	check_stderr_has "Permission denied"
	[ "$(wc -l <"$T/stderr")" -eq 1 ]
'

test_it 'a target that is a file, and one below a file' '
	two_targets
	echo text >"$HOME/bad"
	run skillshare sync
	check_code 4
	check_stdout_has "✗ bad: ~/bad is a file, not a directory: move it away"
	check_link "$HOME/ok/pdf" "$source/pdf"
	echo text | check_file "$HOME/bad"
	sed -i "s,~/bad,~/bad/x/y," "$HOME/.config/skillshare/config.yaml"
	run skillshare sync
	check_code 4
	check_stdout_has "✗ bad: ~/bad/x/y lies below ~/bad, which is no directory: move that away"
	echo text | check_file "$HOME/bad"
'

test_it 'the root directory as a target' '
	two_targets
	sed -i "s,~/bad,/," "$HOME/.config/skillshare/config.yaml"
	run skillshare sync bad
	check_code 4
	check_stdout_has "✗ bad: / is the root directory, which is no target"
'

test_it 'a source that is missing, or a file' '
	two_targets
	mv "$source" "$HOME/away"
	tree_list -t "$HOME" >"$T/before"
	for call in sync "sync -n" diff list "sync --force" \
	    "sync --allow-mass-prune"; do
		run skillshare $call
		check_code 3
		check_one_line "the source ~/.config/skillshare/skills does not exist: create it, or correct \"source\" in the config"
	done
	run skillshare status
	check_code 3
	check_stderr_has "does not exist"
	assert_same_tree -t "$T/before" "$HOME"
	echo >"$source"
	run skillshare sync
	check_code 3
	check_stderr_has "the source ~/.config/skillshare/skills cannot be used"
'

test_it 'a source that may not be read' '
	two_targets
	as_user skillshare sync ok
	chmod 0 "$source"
	run as_user skillshare sync
	check_code 3
	check_stdout </dev/null
	check_stderr_has "Permission denied"
	check_link "$HOME/ok/pdf" "$source/pdf"
'

test_it 'a target that may not be written, or not be read' '
	two_targets
	mkdir "$HOME/bad"
	chmod 555 "$HOME/bad"
	run as_user skillshare sync
	check_code 4
	check_stdout_has "✗ bad: ~/bad is not writable: no permission, or a read-only file system"
	check_link "$HOME/ok/pdf" "$source/pdf"
	chmod 0 "$HOME/bad"
	run as_user skillshare sync
	check_code 4
	check_stdout_has "✗ bad: ~/bad cannot be looked at: "
	check_stdout_has "Permission denied"
	chmod 755 "$HOME/bad"
	[ -z "$(ls -A "$HOME/bad")" ]
'

test_it 'a target whose parent may not be written' '
	two_targets
	sed -i "s,~/bad,~/closed/bad," "$HOME/.config/skillshare/config.yaml"
	mkdir "$HOME/closed"
	chmod 555 "$HOME/closed"
	run as_user skillshare sync
	check_code 4
	check_stdout_has "✗ bad: ~/closed/bad is not writable"
	[ -z "$(ls -A "$HOME/closed")" ]
'

test_it 'a state directory that cannot be made' '
	two_targets
	rm -r "$HOME/.local"
	echo >"$HOME/.local"
	tree_list -t "$HOME" >"$T/before"
	run skillshare sync
	check_code 3
	check_stdout </dev/null
	check_stderr_has "~/.local"
	[ "$(wc -l <"$T/stderr")" -eq 1 ]
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'an entry name of 255 bytes, and longer ones by nesting' '
	two_targets
	long=$(printf "%0255d" 0)
	half=$(printf "%0127d" 0)
	mkskill "$source/$long"
	mkskill "$source/$half/${half%0}"
	mkskill "$source/$half/$half"
	run skillshare sync ok
	check_code 1
	check_stderr_has "its name in a target would be longer than 255 bytes: shorten the names of its directories"
	[ "$(wc -l <"$T/stderr")" -eq 1 ]
	check_stdout_has "✓ ok: merged (3 linked, 0 local, 0 updated, 0 pruned)"
	check_link "$HOME/ok/$long" "$source/$long"
	check_link "$HOME/ok/${half}__${half%0}" "$source/$half/${half%0}"
'

test_it 'skills nested a thousand directories deep' '
	two_targets
	(
		cd "$source"
		i=0
		while [ "$i" -lt 1000 ]; do
			mkdir d
			cd -P d
			i=$((i + 1))
		done
	)
	run timeout 10 "$SKILLSHARE" sync ok
	check_code 1
	check_stderr_has "nested too deep"
	check_link "$HOME/ok/pdf" "$source/pdf"
'

# odd_names: newlines, escapes and bytes that are not UTF-8, everywhere.
odd_names() {
	two_targets
	for name in "$(printf "nl\nnl")" "$(printf "e\033[31mx")" \
	    "$(printf "u\377\376")" "-rf" "a b" "*" "$(printf "c\302\2331m")" \
	    "$(printf "r\342\200\256l")"; do
		mkskill "$source/$name" ok
		mkdir -p "$HOME/ok/l$name"
		ln -s "$source/gone$name" "$HOME/ok/g$name"
		mkskill "$source/w$name" ok
		echo >"$HOME/ok/w$name"
	done
}

# check_clean FILE: nothing in it that drives a terminal, and UTF-8.
check_clean() {
	! LC_ALL=C grep -n "$(printf "[\001-\010\013-\037\177]")" "$1" ||
		fail "a control character in $1"
	! LC_ALL=C grep -n "$(printf "\302[\200-\237]")" "$1" ||
		fail "a C1 control character in $1"
	! grep -nF "$(printf "\342\200\256")" "$1" ||
		fail "a direction override in $1"
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || fail "not UTF-8: $1"
}

test_it 'odd names are shown escaped, and synced as they are' '
	odd_names
	for call in "sync -n" diff status list "target ok" "sync ok"; do
		run skillshare $call
		check_clean "$T/stdout"
		check_clean "$T/stderr"
	done
	check_stdout_has "w-rf: a file is in the way"
	check_stdout_has "wnl\\nnl"
	check_stdout_has "we\\x1b[31mx"
	check_stdout_has "wu\\xff\\xfe"
	check_link "$HOME/ok/$(printf "nl\nnl")" "$source/$(printf "nl\nnl")"
	check_link "$HOME/ok/$(printf "u\377\376")" "$source/$(printf "u\377\376")"
	check_link "$HOME/ok/-rf" "$source/-rf"
	run skillshare log
	check_clean "$T/stdout"
'

test_it 'odd names in JSON: valid UTF-8, one document' '
	odd_names
	for call in "sync -n" diff status list "sync ok"; do
		run skillshare $call --json
		check_clean "$T/stdout"
		jq -e -s "length == 1 and .[0].schema == 1" "$T/stdout"
	done
	jq -e "[.targets[].actions[].name] | index(\"wu\\\\xff\\\\xfe\")" \
	    "$T/stdout"
'

test_it 'odd names that are not there, on the command line' '
	two_targets
	odd=$(printf "a\033[2J\377\nb")
	for call in "sync" "diff" "target" "list"; do
		run skillshare $call "$odd"
		check_clean "$T/stdout"
		check_clean "$T/stderr"
		run skillshare $call --json "$odd"
		check_clean "$T/stdout"
		jq -e ".schema == 1" "$T/stdout"
	done
'

test_it 'link loops, in the source and in a target' '
	two_targets
	ln -s loop "$source/loop"
	ln -s . "$source/self"
	ln -s ../.. "$source/up"
	ln -s loop "$HOME/ok/loop"
	ln -s bad "$HOME/bad"
	run timeout 10 "$SKILLSHARE" sync
	check_code 4
	check_stdout_has "✗ bad: ~/bad "
	check_stdout_has "✓ ok: merged (1 linked, 0 local, 0 updated, 0 pruned)"
	check_link "$HOME/ok/loop" loop
	check_link "$HOME/bad" bad
'

test_it 'a link in the source that leads into a target' '
	two_targets
	mkskill "$HOME/ok/mine"
	ln -s "$HOME/ok/mine" "$source/mine"
	run skillshare sync ok
	check_code 0
	check_stdout_has "merged (1 linked, 1 local"
	check_dir "$HOME/ok/mine"
	run skillshare sync ok --force
	[ "$code" -ne 0 ] || [ -e "$source/mine/SKILL.md" ] ||
		fail "the skill is lost"
'

test_it 'devices and pipes where files are expected' '
	two_targets
	mkdir "$source/fifo"
	mkfifo "$source/fifo/SKILL.md" "$HOME/ok/pipe" "$source/pipe"
	run timeout 10 "$SKILLSHARE" sync ok
	[ "$code" -le 1 ] || run_was_wrong "hangs"
	check_link "$HOME/ok/pdf" "$source/pdf"
	check_absent "$HOME/ok/fifo"
	rm -r "$HOME/.config/skillshare/config.yaml"
	mkfifo "$HOME/.config/skillshare/config.yaml"
	run timeout 10 "$SKILLSHARE" sync ok
	check_code 3
'

test_it '.system and .git inside a target are not touched' '
	two_targets
	mkskill "$HOME/ok/.system/theirs"
	git init -q "$HOME/ok"
	ln -s "$source/gone" "$HOME/ok/.hidden-link"
	tree_list -t "$HOME/ok/.system" >"$T/system"
	tree_list -t "$HOME/ok/.git" >"$T/git"
	run skillshare sync ok --force
	check_code 0
	assert_same_tree -t "$T/system" "$HOME/ok/.system"
	assert_same_tree -t "$T/git" "$HOME/ok/.git"
	check_link "$HOME/ok/.hidden-link" "$source/gone"
'

test_it 'a full disk: the target is as before, and that is said' '
	skip_if "! unshare -m true" "no mount namespaces here"
	two_targets
	mkdir "$HOME/bad"
	i=0
	while [ "$i" -lt 300 ]; do
		mkskill "$source/a-skill-of-some-length-$i"
		i=$((i + 1))
	done
	run unshare -m sh -ec "
		mount -t tmpfs -o nr_inodes=100 none \"\$HOME/bad\"
		mkdir \"\$HOME/bad/mine\"
		code=0
		\"\$SKILLSHARE\" sync || code=\$?
		ls -A \"\$HOME/bad\" >\"\$T/left\"
		exit \$code"
	check_code 4
	check_stdout_has "✗ bad: "
	check_stdout_has "No space left on device"
	check_stdout_has "nothing was changed here"
	check_stdout_has "✓ ok: merged (301 linked"
	echo mine | check_file "$T/left"
'

test_it 'a full disk where the state is: nothing is begun' '
	skip_if "! unshare -m true" "no mount namespaces here"
	two_targets
	run unshare -m sh -ec "
		mount -t tmpfs -o size=16k none \"\$HOME/.local\"
		head -c 100000 /dev/zero >\"\$HOME/.local/fill\" || :
		exec \"\$SKILLSHARE\" sync"
	check_code 3
	check_stdout </dev/null
	check_stderr_has "No space left on device"
	[ -z "$(ls -A "$HOME/ok")" ]
	check_absent "$HOME/bad"
'

test_it 'no HOME: the password database is asked; a wrong one is told' '
	two_targets
	run env -u HOME "$SKILLSHARE" version
	check_code 0
	run env HOME=relative "$SKILLSHARE" status
	[ "$code" -eq 3 ] || [ "$code" -eq 0 ]
	check_absent relative
	run env HOME="$T/nowhere" "$SKILLSHARE" status
	check_code 3
	check_absent "$T/nowhere"
'

for call in frobnicate '--frobnicate' 'sync --frobnicate' 'status -x' \
    'diff --patch=1' 'list a b' 'target' 'target a b c d' 'recover now' \
    'sync --dry-run=yes'; do
	test_it "a mistake is told in one line, exit code 2: $call" '
		two_targets
		tree_list -t "$HOME" >"$T/before"
		run skillshare $call
		check_code 2
		check_stdout </dev/null
		[ "$(wc -l <"$T/stderr")" -eq 1 ]
		assert_same_tree -t "$T/before" "$HOME"
	'
done

end_tests
