#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# mkconfig: two targets, one of them by the path of the agents' table.
mkconfig() {
	mkdir -p "$HOME/.config/skillshare/skills" "$HOME/mine"
	cat >"$HOME/.config/skillshare/config.yaml" <<-EOF
	# my config
	mode: symlink
	targets:
	  mine: {path: ~/mine, mode: merge}
	  claude:
	EOF
}

# refused SENTENCE CODE CALL TEXT: exits with CODE and that one line.
refused() {
	expected=$2
	call=$3
	text=$4
	test_it "$1" '
		mkconfig
		: >"$HOME/file"
		mkdir -p "$HOME/.config/skillshare/skills/pdf"
		ln -s .config/skillshare "$HOME/link"
		tree_list -t "$HOME" >"$T/before"
		run skillshare target $call
		check_code "$expected"
		check_stdout </dev/null
		check_stderr <<-EOF
		skillshare: $text
		EOF
		assert_same_tree -t "$T/before" "$HOME"
	'
}

test_it 'target list shows name, mode and path' '
	mkconfig
	run skillshare target list
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Targets
	─────────────────────────────────────────
	  claude    symlink   ~/.claude/skills
	  mine      merge     ~/mine
	EOF
'

continue_it 'target list --json has absolute paths' '
	run skillshare target list --json
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	{
	  "schema": 1,
	  "targets": [
	    {
	      "name": "claude",
	      "path": "$HOME/.claude/skills",
	      "mode": "symlink"
	    },
	    {
	      "name": "mine",
	      "path": "$HOME/mine",
	      "mode": "merge"
	    }
	  ]
	}
	EOF
'

test_it 'target list without targets says how to add one' '
	mkdir -p "$HOME/.config/skillshare"
	echo "mode: merge" >"$HOME/.config/skillshare/config.yaml"
	run skillshare target list
	check_code 0
	check_stdout_has "→ No targets; add one: skillshare target add <name>"
'

test_it 'target add -n: what would be added, and nothing is written' '
	mkconfig
	tree_list -t "$HOME" >"$T/before"
	run skillshare target add cursor -n
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	would add target cursor (~/.cursor/skills)
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'target add -n takes a relative path' '
	mkconfig
	mkdir "$T/agent"
	run skillshare target add -n other agent
	check_code 0
	check_stdout_has "would add target other ($T/agent)"
'

test_it 'target add -n warns of a second name for a directory' '
	mkconfig
	run skillshare target add -n other "$HOME/mine"
	check_code 0
	check_stderr <<-EOF
	! ~/mine is the directory of target mine, too
	EOF
'

test_it 'target --mode -n: what would change, and nothing is written' '
	mkconfig
	tree_list -t "$HOME" >"$T/before"
	run skillshare target claude --mode merge --dry-run
	check_code 0
	check_stdout <<-EOF
	! Dry run mode - no changes will be made
	would set claude to mode merge
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'target --mode with the mode that it has' '
	mkconfig
	tree_list -t "$HOME" >"$T/before"
	run skillshare target mine --mode=merge
	check_code 0
	check_stdout <<-EOF
	→ mine: mode is merge already
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

refused 'a target that is not in the config' 1 'show' \
    'no target show in ~/.config/skillshare/config.yaml; skillshare target add show adds it'
refused 'a target with a slip of the finger' 1 'cluade' \
    'no target cluade in ~/.config/skillshare/config.yaml (did you mean claude?)'
refused 'no mode at all' 2 'claude --mode hardlink' \
    'hardlink is no mode; there are merge, symlink and copy'
refused 'a mode for the list' 2 'list --mode merge' \
    'target: --mode goes with a target, not with list'
refused '--names without list' 2 'claude --names' \
    'target: --names goes with list only'
refused 'two targets to show' 2 'claude mine' \
    'target claude: unexpected argument mine'
refused 'add without a name' 2 'add' 'target add: missing argument: <name>'
refused 'add of a target that is there' 1 'add claude' \
    'target claude is in ~/.config/skillshare/config.yaml already; skillshare target claude shows it'
refused 'add of a name that starts with a digit' 2 'add 1a file' \
    'target name 1a must start with a letter'
refused 'add of no known agent without a path' 2 'add cursr' \
    'give the path of target cursr: cursr is not a known agent (did you mean cursor?)'
refused 'add of a path that is not there' 1 'add x ~/nowhere' \
    'target x: ~/nowhere does not exist; make the directory first'
refused 'add of a file' 1 'add x ~/file' \
    'target x: ~/file is not a directory'
refused 'add of the source' 1 'add x ~/.config/skillshare/skills' \
    'target x: ~/.config/skillshare/skills and the source ~/.config/skillshare/skills overlap; a target must be a directory apart from the source'
refused 'add of a directory in the source, through a link' 1 \
    'add x ~/link/skills/pdf' \
    'target x: ~/link/skills/pdf and the source ~/.config/skillshare/skills overlap; a target must be a directory apart from the source'
refused 'add of a directory around the source' 1 'add x ~/link' \
    'target x: ~/link and the source ~/.config/skillshare/skills overlap; a target must be a directory apart from the source'

# commented: a config that its owner cares for.
commented() {
	mkdir -p "$HOME/.config/skillshare/skills" "$HOME/agent"
	config=$HOME/.config/skillshare/config.yaml
	cat >"$config" <<-EOF
	# yaml-language-server: \$schema=https://example.org/x.json
	mode:   merge   # my default

	targets:
	    # the first
	    zeta: { path: "~/z" }   # odd   spacing
	    claude:                 # known
	        path: '~/.claude/skills'
	        include: [ "a*" ]

	# the end
	unknown_key: [1,   2]
	EOF
	cp "$config" "$T/old"
}

# check_edit <<EOF: the lines that changed since $T/old, as diff tells them.
check_edit() {
	diff "$T/old" "$config" | grep "^[<>]" >"$T/edit" || :
	check_file "$T/edit"
}

test_it 'target add leaves every other byte of the config alone' '
	commented
	run skillshare target add mine "$HOME/agent"
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	✓ Added target: mine (~/agent)
	→ Run: skillshare sync
	EOF
	check_edit <<-EOF
	>     mine:
	>         path: ~/agent
	EOF
	[ "$(skillshare target list --names | tr "\n" " ")" = "claude mine zeta " ]
'

continue_it 'and a known agent needs no path' '
	config=$HOME/.config/skillshare/config.yaml
	cp "$config" "$T/old"
	run skillshare target add cursor --mode symlink
	check_code 0
	check_stdout_has "✓ Added target: cursor (~/.cursor/skills)"
	check_edit <<-EOF
	>     cursor:
	>         mode: symlink
	EOF
'

test_it 'target --mode changes the mode and nothing else' '
	commented
	run skillshare target claude --mode symlink
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	✓ claude: mode is now symlink; run: skillshare sync
	EOF
	check_edit <<-EOF
	>         mode: symlink
	EOF
	cp "$config" "$T/old"
	run skillshare target claude --mode merge
	check_code 0
	check_edit <<-EOF
	<         mode: symlink
	>         mode: merge
	EOF
	cp "$config" "$T/old"
	run skillshare target zeta --mode=symlink
	check_code 0
	check_edit <<-EOF
	<     zeta: { path: "~/z" }   # odd   spacing
	>     zeta: { path: "~/z", mode: symlink }   # odd   spacing
	EOF
'

test_it 'a config that is a link stays one, and keeps its mode' '
	commented
	mkdir "$HOME/dotfiles"
	mv "$config" "$HOME/dotfiles/skillshare.yaml"
	chmod 640 "$HOME/dotfiles/skillshare.yaml"
	ln -s ../../dotfiles/skillshare.yaml "$config"
	run skillshare target claude --mode symlink
	check_code 0
	check_link "$config" ../../dotfiles/skillshare.yaml
	check_edit <<-EOF
	>         mode: symlink
	EOF
	[ "$(stat -c %a "$HOME/dotfiles/skillshare.yaml")" = 640 ]
	run skillshare target add cursor
	check_code 0
	check_link "$config" ../../dotfiles/skillshare.yaml
	[ "$(ls -A "$HOME/dotfiles")" = skillshare.yaml ]
'

test_it 'a file that others may write too is theirs still, whatever the umask' '
	commented
	mkskill "$HOME/.config/skillshare/skills/pdf"
	echo "# ours" >"$HOME/.config/skillshare/skills/.skillignore"
	chmod 664 "$config" "$HOME/.config/skillshare/skills/.skillignore"
	umask 077
	run skillshare target claude --mode copy
	check_code 0
	run skillshare disable pdf
	check_code 0
	[ "$(stat -c %a "$config")" = 664 ] || fail "the config"
	[ "$(stat -c %a "$HOME/.config/skillshare/skills/.skillignore")" = 664 ] ||
		fail "the rules"
'

test_it 'the changed mode is carried out by the next sync' '
	commented
	mkskill "$HOME/.config/skillshare/skills/pdf"
	skillshare target zeta --mode symlink
	run skillshare sync zeta
	check_code 0
	check_stdout_has "✓ zeta: symlink"
	check_link "$HOME/z" "$HOME/.config/skillshare/skills"
'

test_it 'a broken config is reported with its place, and never rewritten' '
	mkdir -p "$HOME/.config/skillshare"
	printf "targets:\n  a: [\n" >"$HOME/.config/skillshare/config.yaml"
	tree_list -t "$HOME" >"$T/before"
	run skillshare target add claude
	check_code 3
	check_stdout </dev/null
	check_stderr_has "skillshare: ~/.config/skillshare/config.yaml:3:1: "
	assert_same_tree -t "$T/before" "$HOME"
'

test_it 'target <name> shows path, mode, state and where each skill is from' '
	mkdir -p "$HOME/.config/skillshare/skills"
	echo "targets: {t: {path: ~/t}}" >"$HOME/.config/skillshare/config.yaml"
	mkskill "$HOME/.config/skillshare/skills/pdf"
	mkskill "$HOME/.config/skillshare/skills/_team/tool"
	mkdir "$HOME/.config/skillshare/skills/_team/.git"
	skillshare sync
	mkskill "$HOME/t/mine"
	ln -s /usr "$HOME/t/foreign"
	run skillshare target t
	check_code 0
	check_stdout_has "  Path:  ~/t"
	check_stdout_has "  Mode:  merge"
	check_stdout_has "  State: 2/2 synced"
	for name in pdf _team__tool mine foreign; do
		check_stdout_has "  $name"
	done
'

end_tests
