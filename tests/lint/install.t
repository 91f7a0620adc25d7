#!/bin/sh
# make install puts everything where the system looks for it.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# installed: what stands below the staged root, without it.
installed() {
	find "$SCRATCH/root" ! -type d | sed "s,^$SCRATCH/root,," | sort
}

make_it() {
	make -s -C "$SRCROOT" BUILD="$SCRATCH/build" DESTDIR="$SCRATCH/root" \
	    PREFIX=/opt/skillshare "$@"
}

test_it 'the program, its man pages and completions are installed' '
	make_it install
	{
		echo /opt/skillshare/bin/skillshare
		for page in "$SRCROOT"/doc/*.[1-9]; do
			page=${page##*/}
			echo "/opt/skillshare/share/man/man${page##*.}/$page"
		done
		echo /opt/skillshare/share/bash-completion/completions/skillshare.bash
		echo /opt/skillshare/share/fish/vendor_completions.d/skillshare.fish
		echo /opt/skillshare/share/zsh/site-functions/_skillshare
	} | sort >"$T/expected"
	installed >"$T/is"
	diff "$T/expected" "$T/is"
'

test_it 'the installed program runs, and others may run it' '
	program=$SCRATCH/root/opt/skillshare/bin/skillshare
	"$program" version
	[ "$(stat -c %a "$program")" = 755 ]
	find "$SCRATCH/root/opt" ! -perm -o+r >"$T/closed"
	[ ! -s "$T/closed" ]
'

test_it 'uninstall takes away all of it' '
	make_it uninstall
	[ -z "$(installed)" ]
'

end_tests
