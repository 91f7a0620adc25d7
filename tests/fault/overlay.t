#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2034,SC2154
# A home in the lower layer of an overlay, as in a container: what is changed
# there is copied first, and directories cannot be renamed. Deaths and errors
# at each call are scenarios of the fault suite.
. "${SRCROOT:-.}/tests/cli/lib.sh"

# Words for a shell in a mount namespace of its own; the upper layer is empty.
# `tree` prints what is in the target, with modes and times.
in_overlay() {
	rm -rf "$T/upper" "$T/work"
	mkdir -p "$T/upper" "$T/work" "$T/merged"
	unshare -m sh -c '
		mount -t overlay overlay -o "lowerdir=$T/home,upperdir=$T/upper" \
		    -o "workdir=$T/work,redirect_dir=off" "$T/merged" || exit 77
		HOME=$T/merged
		export HOME
		cd "$HOME" || exit 1
		tree() {
			find .claude/skills -mindepth 1 -printf "%M %T@ %p %l\n" |
			    sort -k 3
		}
		eval "$1"
	' sh "$1"
}

# A local skill in the place of the source's, deep and partly not writable.
prepare() {
	mkskill "$HOME/skills/web"
	mkdir -p "$HOME/.claude/skills/web/a/b" "$HOME/.config/skillshare"
	echo mine >"$HOME/.claude/skills/web/mine"
	echo deep >"$HOME/.claude/skills/web/a/b/c"
	chmod 555 "$HOME/.claude/skills/web/a/b" "$HOME/.claude/skills/web/a"
	find "$HOME/.claude/skills" -exec touch -d '2020-02-02 02:02' {} +
	cat >"$HOME/.config/skillshare/config.yaml" <<-EOT
	source: ~/skills
	targets:
	  claude: {path: ~/.claude/skills}
	EOT
}

can_overlay() {
	in_overlay true 2>/dev/null
}

test_it 'a directory is displaced by pieces, and kept whole' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	in_overlay "
		\"$SKILLSHARE\" sync --force >\"$T/out\" 2>&1 &&
		[ -L .claude/skills/web ] &&
		cd .local/state/skillshare/*/done/*/store/* &&
		grep -qx mine mine && grep -qx deep a/b/c &&
		[ \"\$(stat -c %a%Y a/b)\" = \"555\$(date -d \"2020-02-02 02:02\" +%s)\" ] &&
		[ -z \"\$(find \"$T/merged/.claude\" -name \".skillshare-*\")\" ]
	"
'

test_it 'and undo brings it back, modes and times too' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	in_overlay "
		tree >\"$T/before\"
		\"$SKILLSHARE\" sync --force >\"$T/out\" 2>&1 &&
		\"$SKILLSHARE\" undo >\"$T/out\" 2>&1 && tree >\"$T/after\" &&
		cmp \"$T/before\" \"$T/after\"
	"
'

test_it 'a target becomes one link, and a directory again' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	mv "$HOME/.claude/skills/web" "$HOME/.claude/skills/mine"
	mkskill "$HOME/.claude/skills/mine"
	in_overlay "
		tree >\"$T/before\"
		\"$SKILLSHARE\" target claude --mode symlink >\"$T/out\" 2>&1 &&
		\"$SKILLSHARE\" sync >\"$T/out\" 2>&1 &&
		[ -L .claude/skills ] && grep -qx mine .claude/skills/mine/mine &&
		\"$SKILLSHARE\" undo >\"$T/out\" 2>&1 && tree >\"$T/after\" &&
		cmp \"$T/before\" \"$T/after\"
	"
'

test_it 'as the owner, who may not write all of it' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	skip_if "! command -v setpriv >/dev/null" "needs setpriv"
	prepare
	chmod 711 "$T"
	in_overlay true
	chown -R 65534:65534 "$HOME" "$T/upper" "$T/work"
	cp "$SKILLSHARE" "$T/program" && chmod 755 "$T/program"
	unshare -m sh -c "
		mount -t overlay overlay -o \"lowerdir=$T/home,upperdir=$T/upper\" \
		    -o \"workdir=$T/work,redirect_dir=off\" \"$T/merged\" &&
		cd \"$T/merged\" && export HOME=\"$T/merged\" || exit 1
		find .claude/skills -mindepth 1 -printf \"%M %T@ %p\n\" |
		    sort >\"$T/before\"
		run() { setpriv --reuid 65534 --regid 65534 --clear-groups \
		    \"$T/program\" \"\$@\" >\"$T/out\" 2>&1; }
		run sync --force && [ -L .claude/skills/web ] && run undo &&
		find .claude/skills -mindepth 1 -printf \"%M %T@ %p\n\" |
		    sort | cmp \"$T/before\"
	"
'

test_it 'what is mounted in it makes it stay, and all that was in it' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	in_overlay "
		tree >\"$T/before\"
		mount -t tmpfs tmpfs .claude/skills/web/a &&
		\"$SKILLSHARE\" sync --force >\"$T/out\" 2>&1
		[ \$? -eq 4 ] && grep -q \"skills/web: a is a mount point\" \"$T/out\" &&
		umount .claude/skills/web/a && tree >\"$T/after\" &&
		cmp \"$T/before\" \"$T/after\" &&
		\"$SKILLSHARE\" recover | grep -q \"nothing to recover\"
	"
'

test_it 'and so does a mount point, which no file system renames' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	in_overlay "
		mount -t tmpfs tmpfs .claude/skills/web && echo new >.claude/skills/web/x &&
		\"$SKILLSHARE\" sync --force >\"$T/out\" 2>&1
		[ \$? -eq 4 ] && grep -q \"skills/web is a mount point: unmount it\" \"$T/out\" &&
		[ -f .claude/skills/web/x ] &&
		\"$SKILLSHARE\" recover | grep -q \"nothing to recover\"
	"
'

test_it 'Ctrl-C between two pieces takes all of them back' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	: >"$T/parts"
	for n in $(seq 60 2 140); do
		in_overlay "
			tree >\"$T/before\"
			SKILLSHARE_FAULT=$n:STOP \"$SKILLSHARE\" sync --force \
			    >\"$T/out\" 2>&1 &
			until ! grep -q \"^State:.[RSD]\" /proc/\$!/status; do :; done
			find .claude -name \"*.part\" >>\"$T/parts\"
			kill -INT \$!
			kill -CONT \$!
			wait \$!
			[ \$? -ne 130 ] || tree | cmp - \"$T/before\"
		" || exit 1
	done
	skip_if "[ ! -s $T/parts ]" "needs a build with fault points"
'

# What is there is the image: the words are done at the same path.
in_image() {
	rm -rf "$T/upper" "$T/work"
	mkdir -p "$T/upper" "$T/work"
	unshare -m sh -c '
		mount -t overlay overlay -o "lowerdir=$HOME,upperdir=$T/upper" \
		    -o "workdir=$T/work,redirect_dir=off" "$HOME" || exit 77
		cd "$HOME" || exit 1
		eval "$1"
	' sh "$1"
}

# What it displaced there cannot be renamed back, if it is a directory.
test_it 'a run that died in the image is put right in the container, or given up' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	n=0
	died=yes
	while [ -n "$died" ]; do
		n=$((n + 3))
		find "$HOME" -mindepth 1 -delete
		prepare
		SKILLSHARE_FAULT=$n:KILL "$SKILLSHARE" sync --force \
		    >"$T/out" 2>&1 && died=
		skip_if "[ -z \"$died\" ] && [ $n -lt 20 ]" \
		    "needs a build with fault points"
		in_image "
			\"$SKILLSHARE\" recover >\"$T/out\" 2>&1 || {
				grep -q \"exchange web\" \"$T/out\" &&
				\"$SKILLSHARE\" recover --abandon 1 >\"$T/out\" 2>&1
			} || exit 1
			grep -rqx deep . &&
			\"$SKILLSHARE\" sync --force >\"$T/out\" 2>&1 &&
			[ -L .claude/skills/web ] && grep -rqx mine . &&
			\"$SKILLSHARE\" log >\"$T/out\" 2>&1
		" || fail "killed before $n: $(cat "$T/out")" || exit 1
	done
'

test_it 'links are made, and taken back' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	mkskill "$HOME/skills/pdf"
	in_overlay "
		\"$SKILLSHARE\" sync >\"$T/out\" 2>&1
		[ -L \$HOME/.claude/skills/pdf ] &&
		\"$SKILLSHARE\" undo >\"$T/out\" 2>&1 &&
		[ ! -L \$HOME/.claude/skills/pdf ]
	"
'

end_tests
