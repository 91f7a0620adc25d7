#!/bin/sh
# Power loss: an ext4 image is shut down in the middle of a run, mounted again
# and recovered. Each agent's directory is as it was before, or as after; no
# byte of the user's is missing.
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

# fresh: a new file system with a home on it, all of it on the disk.
fresh() {
	truncate -s 64M "$image"
	mkfs.ext4 -q -F "$image"
	mkdir -p "$disk"
	mount -o loop "$image" "$disk"
	HOME=$disk/home
	write_config <<-END
	targets:
	  a: {path: ~/a}
	  b: {path: ~/b}
	  c: {path: ~/c, mode: symlink}
	END
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		mkskill "$source/s$i"
	done
	for t in a b; do
		mkskill "$HOME/$t/mine"
		mkskill "$HOME/$t/s3"
		echo "words of $t" >>"$HOME/$t/s3/SKILL.md"
		ln -s "$source/gone" "$HOME/$t/gone"
		ln -s "$source/s1" "$HOME/$t/s2"
	done
	mkskill "$HOME/c/only-here"
	"$SKILLSHARE" recover
	sync
}

# agents FILE: what the agents see.
agents() {
	for t in a b c source/; do
		echo "== $t"
		case $t in
		source/) tree_list "$source" ;;
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

fresh >/dev/null
agents "$SCRATCH/before"
words "$SCRATCH/words"
"$SKILLSHARE" sync --force >/dev/null
agents "$SCRATCH/after"
"$SKILLSHARE" sync --force >/dev/null # shows what was taken in the others
agents "$SCRATCH/rest"
umount "$disk"

# cut CALL N: the power goes at the N-th such call of a sync --force.
cut() {
	fresh >/dev/null
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
	"$power" "$disk"
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

end_tests
