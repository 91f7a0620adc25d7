#!/bin/sh
# Power loss: an image of ext4, or of xfs, is shut down in the middle of a run,
# mounted again and recovered. Each agent's directory is as it was before, or as
# after; no byte of the user's is missing. (btrfs has no such call.)
# shellcheck shell=sh disable=SC1091,SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

power=${SKILLSHARE%/src/skillshare}/tests/fault/power

# Mounts of our own, and root's right to make them.
if [ -z "${POWER_INSIDE-}" ]; then
	[ -x "$power" ] || skip_all 'this build has no power tool'
	command -v strace >/dev/null || skip_all 'strace is not installed'
	command -v mkfs.ext4 >/dev/null || skip_all 'mkfs.ext4 is not installed'
	unshare -m sh -ec 'truncate -s 8M "$1/probe"; mkfs.ext4 -q -F "$1/probe"
		mkdir "$1/m"; mount -o loop "$1/probe" "$1/m"' sh "$SCRATCH" \
	    >/dev/null 2>&1 || skip_all 'no image can be mounted here'
	rm -rf "$SCRATCH"
	POWER_INSIDE=yes exec unshare -m sh "$0"
fi

image=$SCRATCH/image
disk=$SCRATCH/disk
mkdir "$disk"

# at_home: inside a test and outside, it is the one on the image.
at_home() {
	HOME=$disk/home
	source=$HOME/.config/skillshare/skills
}

furnish() {
	write_config <<-END
	targets:
	  a: {path: ~/a}
	  b: {path: ~/b}
	  c: {path: ~/c, mode: symlink}
	  d: {path: ~/d, mode: copy}
	END
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		mkskill "$source/s$i"
	done
	mkskill "$source/gone"
	"$SKILLSHARE" sync d
	rm -r "$source/gone"
	for i in 4 5 6; do
		echo "new words of s$i" >>"$source/s$i/SKILL.md"
	done
	for i in 5 7; do
		echo "words in a copy of s$i" >>"$HOME/d/s$i/SKILL.md"
	done
	mkskill "$source/fresh"
	mkskill "$HOME/d/mine"
	for t in a b; do
		mkskill "$HOME/$t/mine"
		mkskill "$HOME/$t/s3"
		echo "words of $t" >>"$HOME/$t/s3/SKILL.md"
		ln -s "$source/gone" "$HOME/$t/gone"
		ln -s "$source/s1" "$HOME/$t/s2"
	done
	mkskill "$HOME/c/only-here"
}

# fresh SYSTEM: a file system with a home on it, all of it on the disk; the
# same one each time.
fresh() {
	at_home
	if [ ! -f "$image.$1" ]; then
		rm -f "$image"
		truncate -s 64M "$image"
		[ "$1" != xfs ] || truncate -s 300M "$image"
		"mkfs.$1" -q "$image"
		mount -o loop "$image" "$disk"
		furnish >/dev/null
		umount "$disk"
		mv "$image" "$image.$1"
	fi
	cp --sparse=always "$image.$1" "$image"
	mount -o loop "$image" "$disk"
}

# agents FILE: what the agents see. Of the manifest, not when it was written.
agents() {
	for t in a b c d source/; do
		echo "== $t"
		case $t in
		source/) tree_list "$source" ;;
		d)
			tree_list "$HOME/$t" | grep -v '[0-9a-f].*  .*manifest'
			sed '/"mtimes"/,$d' "$HOME/$t/.skillshare-manifest.json"
			;;
		*)
			if [ -L "$HOME/$t" ]; then
				readlink "$HOME/$t"
			else
				tree_list "$HOME/$t"
			fi
			;;
		esac
	done >"$1"
}

# words: every line that somebody wrote, wherever it is kept now.
words() {
	find "$HOME" -type f -name SKILL.md -exec cat {} + |
		LC_ALL=C sort -u >"$1"
}

set -eu
fresh ext4
agents "$SCRATCH/before"
words "$SCRATCH/words"
"$SKILLSHARE" sync --force >/dev/null || [ $? -eq 1 ]
agents "$SCRATCH/after"
"$SKILLSHARE" sync --force >/dev/null # shows what was taken in the others
agents "$SCRATCH/rest"
umount "$disk"
if cmp -s "$SCRATCH/before" "$SCRATCH/after"; then
	echo 'Bail out! the sync changed nothing'
	exit 1
fi
set +eu

# cut CALL N [SYSTEM]: the power goes at the N-th such call of a sync --force.
cut() {
	fresh "${3-ext4}"
	calls=fsync,syncfs,rename,renameat,renameat2,symlinkat,mkdirat,unlinkat
	ASAN_OPTIONS=detect_leaks=0 strace -f -o "$T/trace" -e "trace=$calls" \
	    -e "inject=$1:signal=STOP:when=$2" \
	    "$SKILLSHARE" sync --force >"$T/out" 2>&1 &
	tracer=$!
	until grep -q -e "stopped by SIGSTOP" -e "+++ exited" "$T/trace" 2>/dev/null
	do
		kill -0 "$tracer" 2>/dev/null || break
		sleep 0.01
	done
	grep -q "stopped by SIGSTOP" "$T/trace" || {
		umount "$disk"
		fail "there is no such call: nothing was cut"
	}
	"$power" "$disk" || fail "the power could not be taken"
	pid=$(sed -n "1s/ .*//p" "$T/trace")
	kill -9 "$pid" 2>/dev/null || :
	wait "$tracer" || :
	umount "$disk"
	mount -o loop "$image" "$disk"
	run "$SKILLSHARE" recover
	check_code 0
	agents "$T/now"
	words "$T/words"
	if ! cmp -s "$SCRATCH/before" "$T/now" &&
		! cmp -s "$SCRATCH/after" "$T/now"; then
		diff "$SCRATCH/before" "$T/now"
		umount "$disk"
		fail "neither as before nor as after"
	fi
	if [ -n "$(LC_ALL=C comm -23 "$SCRATCH/words" "$T/words")" ]; then
		LC_ALL=C comm -23 "$SCRATCH/words" "$T/words"
		umount "$disk"
		fail "somebody's words are gone"
	fi
	run "$SKILLSHARE" sync --force
	check_code 0
	run "$SKILLSHARE" sync --force
	check_code 0
	agents "$T/now"
	umount "$disk"
	diff "$SCRATCH/rest" "$T/now"
}

test_it 'the power goes at symlinkat 1' 'cut symlinkat 1'
test_it 'the power goes at symlinkat 20' 'cut symlinkat 20'
test_it 'the power goes at symlinkat 30' 'cut symlinkat 30'
test_it 'the power goes at fsync 1' 'cut fsync 1'
test_it 'the power goes at fsync 3' 'cut fsync 3'
test_it 'the power goes at fsync 5' 'cut fsync 5'
test_it 'the power goes at fsync 7' 'cut fsync 7'
test_it 'the power goes at fsync 9' 'cut fsync 9'
test_it 'the power goes at fsync 12' 'cut fsync 12'
test_it 'the power goes at syncfs 1' 'cut syncfs 1'
test_it 'the power goes at syncfs 2' 'cut syncfs 2'
test_it 'the power goes at syncfs 3' 'cut syncfs 3'
test_it 'the power goes at renameat2 2' 'cut renameat2 2'
test_it 'the power goes at renameat2 4' 'cut renameat2 4'
test_it 'the power goes at renameat2 6' 'cut renameat2 6'
test_it 'the power goes at renameat2 8' 'cut renameat2 8'
test_it 'the power goes at renameat2 10' 'cut renameat2 10'
test_it 'the power goes at renameat2 12' 'cut renameat2 12'
test_it 'the power goes at renameat2 20' 'cut renameat2 20'

xfs() {
	skip_if '[ ! -f "$image.xfs" ] && ! (fresh xfs && umount "$disk")' \
	    'needs an xfs, and mkfs.xfs'
	cut "$1" "$2" xfs
}

test_it 'the power of an xfs goes at fsync 7' 'xfs fsync 7'
test_it 'the power of an xfs goes at syncfs 1' 'xfs syncfs 1'
test_it 'the power of an xfs goes at syncfs 2' 'xfs syncfs 2'
test_it 'the power of an xfs goes at renameat2 6' 'xfs renameat2 6'
test_it 'the power of an xfs goes at renameat2 12' 'xfs renameat2 12'

end_tests
