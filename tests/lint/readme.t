#!/bin/sh
# What the documents show is what happens: the README's console blocks, typed
# one after the other, and the examples of the man pages.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

mkdir "$SCRATCH/bin"
ln -s "$SKILLSHARE" "$SCRATCH/bin/skillshare"
PATH=$SCRATCH/bin:$PATH

# The home of the README's reader: two agents, one with a skill of its own.
make_home() {
	mkskill "$HOME/.claude/skills/team-glossary"
	mkdir "$HOME/.codex"
}

# console_blocks: numbered files in $T, N.command and N.output.
console_blocks() {
	awk -v dir="$T" '
	/^```console$/ { inside = 1; next }
	/^```$/ { inside = 0; next }
	!inside { next }
	/^\$ / {
		n++
		print substr($0, 3) >(dir "/" n ".command")
		printf "" >(dir "/" n ".output")
		next
	}
	{ print >(dir "/" n ".output") }' "$SRCROOT/README.md"
}

# literal_blocks PAGE: numbered files in $T, N.block, of its EXAMPLES.
literal_blocks() {
	awk -v dir="$T" '
	/^\.Sh/ { examples = /EXAMPLES/ }
	/^\.Bd/ && examples { inside = 1; n++; next }
	/^\.Ed/ { inside = 0 }
	inside {
		gsub(/\\e/, "\\")
		print >(dir "/" n ".block")
	}' "$SRCROOT/doc/$1"
}

test_it 'the README: each command prints what it says' '
	make_home
	console_blocks
	cd "$SRCROOT"
	n=1
	while [ -e "$T/$n.command" ]; do
		sh "$T/$n.command" >"$T/is" 2>&1 || true
		if ! cmp -s "$T/$n.output" "$T/is"; then
			cat "$T/$n.command"
			diff "$T/$n.output" "$T/is" || fail "not as in the README"
		fi
		n=$((n + 1))
	done
	[ "$n" -gt 5 ]
'

test_it 'the README: all commands are in the table, and no other' '
	skillshare help --all-options | cut -f1 | grep -vx -e - | sort -u >"$T/has"
	sed -n "/^| command/,/^\$/s/^| \(.*\) | .*/\1/p" "$SRCROOT/README.md" |
		grep -o "\`[a-z][a-z]*" | tr -d "\`" | sort -u >"$T/shows"
	diff "$T/has" "$T/shows"
'

test_it 'skillshare.1: the examples run' '
	skip_if "! command -v bash" "no bash"
	make_home
	mkdir -p "$HOME/agents/mine/skills"
	literal_blocks skillshare.1
	for block in "$T"/*.block; do
		bash -e "$block" >"$T/out" 2>&1 || {
			cat "$block" "$T/out"
			fail "the example failed"
		}
	done
'

test_it 'skillshare-config.5: the examples are configs' '
	literal_blocks skillshare-config.5
	for block in "$T"/*.block; do
		SKILLSHARE_CONFIG=$block skillshare target list --names
	done >"$T/names"
	[ "$(sort -u "$T/names" | tr "\n" " ")" = "claude codex cursor work " ]
'

test_it 'skillshare-store.5: the examples run' '
	make_home
	skillshare init
	skillshare sync
	skillshare target codex --mode symlink
	skillshare target codex --mode merge
	literal_blocks skillshare-store.5
	for block in "$T"/*.block; do
		sh -e "$block" >"$T/out"
	done
	grep -q "codex" "$HOME/rescued"
'

end_tests
