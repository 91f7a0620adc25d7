#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2034,SC2154
# A home in the lower layer of an overlay, as in a container: what is changed
# there is copied first, and directories cannot be renamed.
. "${SRCROOT:-.}/tests/cli/lib.sh"

# Words for a shell in a mount namespace of its own.
in_overlay() {
	mkdir -p "$T/upper" "$T/work" "$T/merged"
	unshare -m sh -c '
		mount -t overlay overlay -o "lowerdir=$T/home,upperdir=$T/upper" \
		    -o "workdir=$T/work,redirect_dir=off" "$T/merged" || exit 77
		HOME=$T/merged
		export HOME
		eval "$1"
	' sh "$1"
}

prepare() {
	mkskill "$HOME/skills/web"
	mkdir -p "$HOME/.claude/skills/web" "$HOME/.config/skillshare"
	echo mine >"$HOME/.claude/skills/web/mine"
	cat >"$HOME/.config/skillshare/config.yaml" <<-EOT
	source: ~/skills
	targets:
	  claude: {path: ~/.claude/skills}
	EOT
}

can_overlay() {
	in_overlay true 2>/dev/null
}

test_it 'what cannot be moved stays, and the target is as it was' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	in_overlay "
		\"$SKILLSHARE\" sync --force >\"$T/out\" 2>&1
		[ \$? -eq 4 ] && [ \"\$(cat \$HOME/.claude/skills/web/mine)\" = mine ] &&
		\"$SKILLSHARE\" recover | grep -q \"nothing to recover\"
	"
'

test_it 'what the refusal says to do makes it possible' '
	skip_if "! can_overlay" "needs root, to mount an overlay"
	prepare
	in_overlay "
		\"$SKILLSHARE\" sync --force >\"$T/out\" 2>&1
		grep -q \"copy it beside itself (cp -a), remove it\" \"$T/out\" &&
		cd \$HOME/.claude/skills && cp -a web web.new && rm -r web &&
		mv web.new web && \"$SKILLSHARE\" sync --force >\"$T/out\" 2>&1 &&
		[ -L \$HOME/.claude/skills/web ] &&
		grep -qx mine \$HOME/.local/state/skillshare/*/done/*/store/*/mine
	"
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
