#!/bin/sh
# The man page and the program say the same. What the program has is asked of
# it; what the page has is read from its source and from its rendering.
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

page=$SRCROOT/doc/skillshare.1
rows=$SCRATCH/rows
documented=$SCRATCH/documented
synopsis=$SCRATCH/synopsis

# What the options of every command come to: no need to name them each time.
everywhere='--(help|no-color|quiet)'

"$SKILLSHARE" help --all-options >"$rows"

# "section option" for each option that heads an entry; "-" is OPTIONS.
awk '
/^\.Sh/ { section = $2 == "OPTIONS" ? "-" : "" }
/^\.Ss/ { section = $2 }
/^\.It Fl/ && section != "" {
	for (i = 2; i <= NF; i++)
		if ($(i - 1) == "Fl")
			print section, "-" $i
}
' "$page" >"$documented"

# The synopsis, one call a line.
mandoc -T ascii -O width=1000 "$page" 2>/dev/null | col -b |
	sed -n '/^SYNOPSIS/,/^DESCRIPTION/s/^ *skillshare //p' >"$synopsis"

# calls: a list of calls without options, in one spelling.
calls() {
	sed -e 's/ *\[-[^]]*\]//g' -e 's/ *\[options\]//g' -e 's/[<>]//g' \
	    -e 's/ \.\.\./.../g' | sort -u
}

test_it 'every option row is in the man page, under its command' '
	while IFS="	" read -r command long short _; do
		for option in "$long" "$short"; do
			[ "$option" = - ] ||
				grep -qxE -e "($command|-) $option" \
				    "$documented" ||
				fail "not in the page: $command $option"
		done
	done <"$rows"
'

test_it 'every option in the man page is an option row' '
	while read -r command option; do
		if [ "$command" = - ]; then
			command=[^\	]*
		fi
		grep -qE -e "^$command	($option|.*	$option)	" "$rows" ||
			fail "no such option: $command $option"
	done <"$documented"
'

test_it 'every command is a section of the man page, and no other is' '
	cut -f1 "$rows" | grep -vx -e - | sort -u >"$T/commands"
	sed -n "s/^\.Ss //p" "$page" | sort -u >"$T/sections"
	diff "$T/commands" "$T/sections"
'

test_it 'the synopsis has the options of each command, and no other' '
	skip_if "! command -v mandoc" "no mandoc"
	cut -f1,2 "$rows" | grep -vE -e "^-|	$everywhere\$" |
		tr "\t" " " | sort -u >"$T/has"
	awk "{
		for (i = 2; i <= NF; i++)
			if (match(\$i, /--[a-z-]+/))
				print \$1, substr(\$i, RSTART, RLENGTH)
	}" "$synopsis" | sort -u >"$T/shows"
	diff "$T/has" "$T/shows"
'

test_it 'the synopsis and --help agree on the arguments' '
	skip_if "! command -v mandoc" "no mandoc"
	for command in $(cut -f1 "$rows" | grep -vx -e - | sort -u); do
		skillshare "$command" --help |
			sed -n "/^\$/q;s/^.* skillshare //p"
	done | calls >"$T/help"
	calls <"$synopsis" >"$T/page"
	[ -s "$T/page" ]
	diff "$T/help" "$T/page"
'

test_it 'mandoc has nothing to say to the man pages' '
	skip_if "! command -v mandoc" "no mandoc"
	mandoc -T lint -W warning "$SRCROOT"/doc/*.[1-9]
'

end_tests
