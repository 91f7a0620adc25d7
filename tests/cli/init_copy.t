#!/bin/sh
# shellcheck shell=sh disable=SC2016,SC2031,SC2034,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

source() {
	echo "$HOME/.config/skillshare/skills"
}

mklocal() {
	mkskill "$HOME/.claude/skills/pdf"
	mkdir "$HOME/.claude/skills/pdf/deep"
	printf 'a\000b' >"$HOME/.claude/skills/pdf/deep/er"
	chmod 755 "$HOME/.claude/skills/pdf/deep/er"
	ln -s deep/er "$HOME/.claude/skills/pdf/link"
	mkskill "$HOME/.codex/skills/notes"
	mkdir "$HOME/.claude/skills/junk"
	ln -s pdf "$HOME/.claude/skills/alias"
	: >"$HOME/.claude/skills/file"
}

test_it 'init -n --copy-from says what it would take, and writes nothing' '
	mklocal
	tree_list -t "$HOME" >"$T/before"
	run skillshare init -n --copy-from claude,codex
	check_code 0
	check_stderr </dev/null
	check_stdout <<-EOF
	Initializing skillshare
	─────────────────────────────────────────
	! Dry run mode - no changes will be made
	would make source ~/.config/skillshare/skills
	would make config ~/.config/skillshare/config.yaml
	would add target claude (~/.claude/skills)
	would add target codex (~/.codex/skills)
	→ junk: not taken from claude, it has no SKILL.md
	would take skill notes (from codex)
	would take skill pdf (from claude)
	EOF
	assert_same_tree -t "$T/before" "$HOME"
'

continue_it 'init --copy-from copies, whole, and leaves the originals' '
	tree_list -t "$HOME/.claude" >"$T/claude"
	run skillshare init --copy-from claude --copy-from codex
	check_code 0
	check_stdout_has "✓ Skill: notes (from codex)"
	check_stdout_has "✓ Skill: pdf (from claude)"
	check_stdout_has "→ The originals stay where they are."
	check_stdout_has "skillshare pull --all"
	assert_same_tree -t "$T/claude" "$HOME/.claude"
	tree_list -t "$HOME/.claude/skills/pdf" >"$T/pdf"
	assert_same_tree -t "$T/pdf" "$(source)/pdf"
	[ "$(ls -A "$(source)" | tr "\n" " ")" = "notes pdf " ]
	[ "$(ls -A "$HOME/.config/skillshare" | tr "\n" " ")" = \
	    "config.yaml skills " ]
'

continue_it 'what it said of sync and pull is so' '
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: merged (1 linked, 2 local, 0 updated, 0 pruned)"
	check_dir "$HOME/.claude/skills/pdf"
	run skillshare pull --all
	check_code 0
	check_link "$HOME/.claude/skills/pdf" "$(source)/pdf"
'

test_it 'it is one run: undo takes back source, config and copies' '
	mklocal
	tree_list "$HOME/.claude" >"$T/claude"
	skillshare init --copy-from claude
	run skillshare undo
	check_code 0
	check_absent "$HOME/.config/skillshare"
	assert_same_tree "$T/claude" "$HOME/.claude"
'

test_it 'one content in two places is taken once' '
	mkskill "$HOME/.claude/skills/pdf"
	mkskill "$HOME/.codex/skills/pdf"
	run skillshare init --copy-from claude,codex
	check_code 0
	check_stdout_has "✓ Skill: pdf (from claude, codex)"
'

test_it 'two contents under one name: listed, neither is taken, exit code 1' '
	mkskill "$HOME/.claude/skills/pdf"
	mkskill "$HOME/.codex/skills/pdf" pdf another
	mkskill "$HOME/.codex/skills/notes"
	run skillshare init --copy-from claude,codex -q
	check_code 1
	check_stdout_has "! pdf: not taken from claude, another place has a different version"
	check_stdout_has "! pdf: not taken from codex, another place has a different version"
	check_absent "$(source)/pdf"
	check_dir "$(source)/notes"
	[ -f "$HOME/.config/skillshare/config.yaml" ]
'

test_it 'a source that has skills: same content is enough, other is kept' '
	mklocal
	mkskill "$HOME/mine/pdf" pdf "the source has another"
	mkskill "$HOME/mine/notes"
	mkskill "$HOME/mine/group/web"
	mkskill "$HOME/.codex/skills/group__web" web
	run skillshare init --source ~/mine --copy-from claude,codex
	check_code 1
	check_stdout_has "→ group__web: not taken from codex, the source has it already"
	check_stdout_has "→ notes: not taken from codex, the source has it already"
	check_stdout_has "! pdf: not taken from claude, the source has different content (+2 -0 ~1 files)"
	grep -q another "$HOME/mine/pdf/SKILL.md"
	[ "$(ls -A "$HOME/mine" | tr "\n" " ")" = "group notes pdf " ]
'

test_it 'from any directory of skills, also one below here' '
	mkskill "$T/old/skills/pdf"
	mkdir "$HOME/.claude"
	run skillshare init --copy-from ./old/skills --no-targets
	check_code 0
	check_stdout_has "✓ Skill: pdf (from $T/old/skills)"
	check_stdout_lacks "pull --all"
	check_dir "$(source)/pdf"
'

# refused CODE TEXT OPTION...: init with these ends so, and writes nothing.
refused() {
	expected=$1
	text=$2
	shift 2
	run skillshare init "$@"
	check_code "$expected"
	check_stdout </dev/null
	check_stderr_has "$text"
	assert_same_tree -t "$T/before" "$HOME"
}

test_it 'what cannot be copied from: one sentence each, nothing is written' '
	mklocal
	mkdir "$HOME/.roo"
	tree_list -t "$HOME" >"$T/before"
	refused 2 "claud is not a known agent (did you mean claude?)" \
	    --copy-from claud
	refused 2 "the name of an agent is empty" --copy-from ""
	refused 2 "either --copy-from or --no-copy" --copy-from claude --no-copy
	refused 2 "--discover goes with --select only" --discover \
	    --copy-from claude
	refused 1 "~/.roo/skills does not exist" --copy-from roo
	refused 1 "~/nowhere does not exist" --copy-from "~/nowhere"
	refused 1 "~/.claude/skills/file is not a directory" \
	    --copy-from "~/.claude/skills/file"
	refused 1 "is a skill itself: give the directory that it is in" \
	    --copy-from "~/.claude/skills/pdf"
	refused 1 "~/.claude/skills and the source ~/.claude/skills overlap" \
	    --source "~/.claude/skills" --no-targets --copy-from claude
	refused 1 "overlap" --source "~/.claude/skills/pdf/x" --no-targets \
	    --copy-from claude
	refused 1 "overlap" --no-targets --copy-from "~/"
'

test_it 'a skill that cannot be copied: nothing is written, and it is named' '
	mklocal
	echo secret >"$HOME/.claude/skills/pdf/closed"
	chmod 000 "$HOME/.claude/skills/pdf/closed"
	run as_user skillshare init --copy-from claude
	[ "$code" -ne 0 ]
	check_stderr_has closed
	check_absent "$HOME/.config/skillshare/config.yaml"
'

test_it 'names from the disk cannot drive the terminal' '
	mkdir -p "$HOME/.claude/skills"
	mkskill "$HOME/.claude/skills/$(printf "\033[2Jx\ny")" odd
	mkskill "$HOME/.claude/skills/$(printf "\377")" odder
	run skillshare init --copy-from claude
	check_code 0
	check_stdout_has "✓ Skill: \\x1b[2Jx\\ny (from claude)"
	check_stdout_has "✓ Skill: \\xff (from claude)"
	[ "$(find "$(source)" -mindepth 1 -maxdepth 1 -printf x)" = xx ]
'

test_it 'in symlink mode sync then makes one link, and nothing is lost' '
	mkskill "$HOME/.claude/skills/pdf"
	run skillshare init --mode symlink --copy-from claude
	check_code 0
	check_stdout_has "→ sync puts one link to the source in the place of each"
	run skillshare sync
	check_code 0
	check_link "$HOME/.claude/skills" "$(source)"
	[ -f "$HOME/.claude/skills/pdf/SKILL.md" ]
'

test_it 'copies that an earlier installation made are taken like any skill' '
	mkskill "$HOME/.claude/skills/pdf"
	printf "{\"managed\": {\"pdf\": \"%064d\"}}" 0 \
	    >"$HOME/.claude/skills/.skillshare-manifest.json"
	run skillshare init --copy-from claude
	check_code 0
	check_stdout_has "✓ Skill: pdf (from claude)"
'

test_it 'in copy mode, too, the originals stay and pull takes them in' '
	mkskill "$HOME/.claude/skills/pdf"
	run skillshare init --mode copy --copy-from claude
	check_code 0
	run skillshare sync
	check_code 0
	check_dir "$HOME/.claude/skills/pdf"
	run skillshare pull --all
	check_code 0
	check_dir "$HOME/.claude/skills/pdf"
'

test_it 'with a remote: the copies are committed and merged with what it has' '
	git init -q --bare -b main "$T/remote.git"
	git clone -q "$T/remote.git" "$T/other" 2>"$T/log"
	mkskill "$T/other/web"
	git -C "$T/other" add -A
	git -C "$T/other" commit -qm web
	git -C "$T/other" push -q origin HEAD:main
	mkskill "$HOME/.claude/skills/pdf"
	run skillshare init --copy-from claude --remote "$T/remote.git"
	check_code 0
	check_dir "$(source)/pdf"
	check_dir "$(source)/web"
	[ -z "$(git -C "$(source)" status --porcelain)" ]
'

test_it 'an existing config: nothing is copied' '
	mklocal
	skillshare init --no-copy
	tree_list -t "$(source)" >"$T/before"
	run skillshare init --copy-from claude
	check_code 3
	check_stderr_has "there is a config already"
	assert_same_tree -t "$T/before" "$(source)"
'

end_tests
