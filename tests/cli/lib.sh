# shellcheck shell=sh
# The library of the command-line tests: POSIX sh, speaks TAP.
#
#	#!/bin/sh
#	. "${SRCROOT:-.}/tests/cli/lib.sh"
#
#	test_it 'sync links a new skill' '
#		mkskill "$HOME/src/pdf"
#		run skillshare sync
#		check_code 0
#		check_stdout_has "1 linked"
#	'
#	end_tests
#
# The commands of a test are a string or the name of a function. They run in a
# subshell under set -e, in a directory of the test's own ($T) with a fresh
# HOME in it, standard input empty; the first command that fails ends the test.
# (Write one command a line: set -e overlooks what fails before an &&. A check
# that failed is remembered whatever became of its exit code.)
# continue_it is test_it in the directory and HOME of the test before it.
#
# SKILLSHARE is the program's path; "skillshare" runs it.

LC_ALL=C.UTF-8
TZ=UTC0
GIT_CONFIG_GLOBAL=/dev/null
GIT_CONFIG_SYSTEM=/dev/null
GIT_AUTHOR_NAME=A
GIT_AUTHOR_EMAIL=a@example.org
GIT_COMMITTER_NAME=A
GIT_COMMITTER_EMAIL=a@example.org
export LC_ALL TZ GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_AUTHOR_NAME \
    GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME XDG_DATA_HOME NO_COLOR \
    SKILLSHARE_CONFIG SKILLSHARE_SOURCE SKILLSHARE_FAULT GIT_DIR \
    GIT_WORK_TREE GIT_INDEX_FILE CDPATH
umask 022

SRCROOT=$(cd "${SRCROOT:-.}" && pwd)
case ${SKILLSHARE-} in
'' | /*) ;;
*) SKILLSHARE=$(pwd)/$SKILLSHARE ;;
esac
export SRCROOT SKILLSHARE

SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/skillshare-test.XXXXXX") || {
	echo 'Bail out! no scratch directory'
	exit 1
}
# Not the long way round a link: outputs name the path as the system does.
SCRATCH=$(cd "$SCRATCH" && pwd -P)
chmod 755 "$SCRATCH"
trap 'cd /; chmod -R u+rwx "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

test_count=0
# Outside a test there is no home: what is made there by mistake must fail, and
# not be made in the root of this machine.
source=/dev/null/no-test
test_failures=0
T=$SCRATCH/none
code=none

# skillshare [argument...]: runs the program under test.
skillshare() {
	"$SKILLSHARE" "$@"
}

# test_it SENTENCE COMMANDS: one test.
test_it() {
	T=$SCRATCH/$((test_count + 1))
	mkdir "$T" "$T/home"
	continue_it "$1" "$2"
}

# continue_it SENTENCE COMMANDS: one test, where the one before it stopped.
continue_it() {
	test_count=$((test_count + 1))
	(
		# An unset name would be the root of this machine.
		set -eu
		HOME=$T/home
		export HOME T
		source=$HOME/.config/skillshare/skills
		cd "$T"
		eval "$2"
	) >"$SCRATCH/log" 2>&1 </dev/null
	test_rc=$?
	if [ "$test_rc" -eq 0 ] && [ ! -e "$SCRATCH/failed" ]; then
		echo "ok $test_count - $1"
	elif [ "$test_rc" -eq 77 ] && [ -e "$SCRATCH/skip" ]; then
		echo "ok $test_count - $1 # SKIP $(cat "$SCRATCH/skip")"
	else
		test_failures=$((test_failures + 1))
		echo "not ok $test_count - $1"
		if [ ! -s "$SCRATCH/log" ]; then
			echo "exit code $test_rc from: $2" >"$SCRATCH/log"
		fi
		sed 's/^/# /' "$SCRATCH/log"
	fi
	rm -f "$SCRATCH/skip" "$SCRATCH/failed"
}

# end_tests: the last line of every test file.
end_tests() {
	echo "1..$test_count"
	[ "$test_failures" -eq 0 ] || exit 1
	exit 0
}

# skip_all REASON: instead of any test, when none of this file can run here.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# skip_if CONDITION REASON: inside a test; CONDITION is commands.
skip_if() {
	if eval "$1" >/dev/null 2>&1; then
		echo "$2" >"$SCRATCH/skip"
		exit 77
	fi
}

# fail TEXT...: ends the test, saying why.
fail() {
	: >"$SCRATCH/failed"
	echo "$*"
	return 1
}

# run COMMAND [argument...]: runs it, never fails; its exit code is in $code,
# its outputs in $T/stdout and $T/stderr for the checks below.
run() {
	ran=$*
	code=0
	"$@" >"$T/stdout" 2>"$T/stderr" || code=$?
}

# Says what the last run did, then fails.
run_was_wrong() {
	: >"$SCRATCH/failed"
	echo "$1"
	echo "of: $ran"
	echo "exit code: $code"
	sed 's/^/stdout: /' "$T/stdout"
	sed 's/^/stderr: /' "$T/stderr"
	return 1
}

# check_code N: how the last run ended.
check_code() {
	[ "$code" = "$1" ] || run_was_wrong "expected exit code $1"
}

# Compares standard input with $T/NAME.
check_stream() {
	cat >"$T/expected"
	cmp -s "$T/expected" "$T/$1" && return 0
	diff -u "$T/expected" "$T/$1" | sed 1,2d
	run_was_wrong "unexpected $1 (- expected, + found)"
}

# check_stdout <<EOF, check_stderr <<EOF: all that the last run printed; from
# /dev/null for nothing.
check_stdout() {
	check_stream stdout
}

check_stderr() {
	check_stream stderr
}

# check_stdout_has TEXT and its like: part of one line, literally.
check_stdout_has() {
	grep -qF -e "$1" "$T/stdout" || run_was_wrong "expected on stdout: $1"
}

check_stderr_has() {
	grep -qF -e "$1" "$T/stderr" || run_was_wrong "expected on stderr: $1"
}

check_stdout_lacks() {
	! grep -qF -e "$1" "$T/stdout" || run_was_wrong "on stdout: $1"
}

check_stderr_lacks() {
	! grep -qF -e "$1" "$T/stderr" || run_was_wrong "on stderr: $1"
}

# check_absent PATH: not even a dangling link is there.
check_absent() {
	if [ -e "$1" ] || [ -L "$1" ]; then
		fail "there, and should not be: $(ls -ld "$1")"
	fi
}

# check_link PATH TEXT: a link whose text is TEXT.
check_link() {
	[ -L "$1" ] || fail "no link: $1" || return 1
	[ "$(readlink "$1")" = "$2" ] ||
		fail "$1 leads to $(readlink "$1"), expected $2"
}

# check_dir PATH: a directory, and no link to one.
check_dir() {
	if [ ! -d "$1" ] || [ -L "$1" ]; then
		fail "no real directory: $1"
	fi
}

# check_file PATH <<EOF: a file, no link, with that content.
check_file() {
	cat >"$T/expected"
	if [ ! -f "$1" ] || [ -L "$1" ]; then
		fail "no real file: $1"
		return 1
	fi
	cmp -s "$T/expected" "$1" && return 0
	diff -u "$T/expected" "$1" | sed 1,2d
	fail "unexpected content (- expected, + found): $1"
}

# mkskill PATH [NAME [DESCRIPTION]]: a skill with valid front matter. NAME is
# the last component of PATH unless given.
mkskill() {
	mkdir -p "$1" &&
	printf -- '---\nname: %s\ndescription: %s\n---\n\n# %s\n' \
	    "${2-${1##*/}}" "${3-A skill for tests}" "${2-${1##*/}}" \
	    >"$1/SKILL.md"
}

# write_config <<EOF: the config file, made with the default source beside it,
# whose path is in $source.
write_config() {
	mkdir -p "$source"
	cat >"$HOME/.config/skillshare/config.yaml"
}

# tree_list [-t] DIR: all that is below DIR, itself included, sorted: type,
# mode, link text, name, then the digest of each file; with -t the mtime in ns
# too. Odd bytes are written as octal escapes.
tree_list() {
	tree_times=
	if [ "$1" = -t ]; then
		tree_times='%T@ '
		shift
	fi
	(
		cd "$1" || exit 1
		find . -printf "%p\t%y %m $tree_times%l\0" |
			tr '\0\n' '\n\001' | LC_ALL=C sort |
			LC_ALL=C sed -n 'l 0'
		find . -type f -print0 | LC_ALL=C sort -z |
			xargs -0 -r sha256sum -- 2>&1 | LC_ALL=C sed -n 'l 0'
	)
}

# assert_same_tree [-t] LISTING DIR: what tree_list wrote into LISTING is true
# of DIR still. With a file in place of DIR: another listing.
assert_same_tree() {
	tree_option=
	if [ "$1" = -t ]; then
		tree_option=-t
		shift
	fi
	if [ -d "$2" ]; then
		tree_list $tree_option "$2" >"$SCRATCH/tree" || return 1
	else
		cat "$2" >"$SCRATCH/tree" || return 1
	fi
	cmp -s "$1" "$SCRATCH/tree" && return 0
	diff -U 0 "$1" "$SCRATCH/tree" | sed 1,2d
	fail "the tree has changed (- before, + now): $2"
}

# give_user PATH...: makes them the property of the user of as_user.
give_user() {
	[ "$(id -u)" -ne 0 ] || chown -hR 65534:65534 -- "$@"
}

# as_user COMMAND [argument...]: runs it without root's rights, as a user who
# owns what is in $T when first called in a test. What root makes later is not
# that user's: see give_user. Skips the test where that cannot be done.
as_user() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	if ! command -v setpriv >/dev/null 2>&1; then
		echo 'as root, without setpriv' >"$SCRATCH/skip"
		exit 77
	fi
	if [ ! -e "$T.owned" ]; then
		: >"$T.owned"
		give_user "$T"
	fi
	if [ "$1" = skillshare ]; then
		# The build directory may be closed to others.
		if [ ! -e "$SCRATCH/skillshare" ]; then
			cp "$SKILLSHARE" "$SCRATCH/skillshare"
			chmod 755 "$SCRATCH/skillshare"
		fi
		shift
		set -- "$SCRATCH/skillshare" "$@"
	fi
	setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
}
