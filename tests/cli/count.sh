# What a run costs, counted; for tests that source lib.sh before this.
# shellcheck shell=sh disable=SC2154

command -v strace >/dev/null 2>&1 || skip_all 'strace is not here'
command -v ldd >/dev/null 2>&1 && ldd "$SKILLSHARE" 2>/dev/null |
	grep -q 'lib[a-z]*san\.so' && skip_all 'a sanitizer makes calls of its own'
strace -c -o /dev/null true 2>/dev/null || skip_all 'strace may not trace here'

# count COMMAND...: runs skillshare under strace; its counts are in $T/calls.
count() {
	run strace -f -c -o "$T/calls" "$SKILLSHARE" "$@"
	check_code 0
}

# calls [NAME]: how many of them, of all without NAME.
calls() {
	awk -v name="${1-total}" '$NF == name { n = $4 } END { print n + 0 }' \
	    "$T/calls"
}

# at_most LIMIT [NAME]; exactly N NAME.
at_most() {
	[ "$(calls ${2+"$2"})" -le "$1" ] || {
		cat "$T/calls"
		fail "$(calls ${2+"$2"}) calls ${2-in all}, at most $1 expected"
	}
}

exactly() {
	[ "$(calls "$2")" -eq "$1" ] || {
		cat "$T/calls"
		fail "$(calls "$2") calls $2, $1 expected"
	}
}

# instructions COMMAND...: how many they are is in $took.
instructions() {
	run valgrind --tool=callgrind --callgrind-out-file=/dev/null \
	    "$SKILLSHARE" "$@"
	check_code 0
	took=$(sed -n 's/.*Collected : //p' "$T/stderr")
	[ -n "$took" ] || fail 'callgrind counted nothing'
}

# instructions_at_most LIMIT COMMAND...
instructions_at_most() {
	limit=$1
	shift
	instructions "$@"
	[ "$took" -le "$limit" ] || fail "$took instructions, at most $limit"
}

# mkskills FROM TO: skills of four files each, as real ones are, in $source.
mkskills() {
	seq -f "$source/skill-%05g/scripts" "$1" "$2" | xargs mkdir -p
	awk -v from="$1" -v to="$2" -v source="$source" 'BEGIN {
		for (i = from; i <= to; i++) {
			dir = source "/" sprintf("skill-%05d", i)
			printf "---\nname: skill-%05d\n", i >dir "/SKILL.md"
			print "description: A skill\n---" >dir "/SKILL.md"
			close(dir "/SKILL.md")
			print "Of what it says." >dir "/reference.md"
			close(dir "/reference.md")
			print "Permission is granted." >dir "/LICENSE"
			close(dir "/LICENSE")
			print "print(1)" >dir "/scripts/run.py"
			close(dir "/scripts/run.py")
		}
	}'
}

# mktargets N [OPTIONS]: a config with that many, all empty.
mktargets() {
	for i in $(seq "$1"); do
		mkdir -p "$HOME/t$i/skills"
		echo "  t$i: {path: ~/t$i/skills${2+, $2}}"
	done >"$T/targets"
	{ echo targets: && cat "$T/targets"; } | write_config
}
