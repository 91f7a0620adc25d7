#!/bin/sh
# Each finding about config, source, skills, targets and agents: a scene that
# provokes it, what is said, the exit code, and that the printed command mends.
# shellcheck shell=sh disable=SC2016,SC2030,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"
. "$SRCROOT/tests/cli/doctor.sh"

test_it 'a machine where all is well' '
	healthy
	git init -q "$source"
	is_green
	check_stderr </dev/null
	sed -n "/^Config/,/^Git/p" "$T/stdout" >"$T/part"
	cmp -s "$T/part" - <<-EOF || { cat "$T/part"; fail "other output"; }
	Config
	─────────────────────────────────────────
	✓ the config is in order
	    ~/.config/skillshare/config.yaml
	
	Source
	─────────────────────────────────────────
	✓ 1 skill
	    ~/.config/skillshare/skills
	
	Skills
	─────────────────────────────────────────
	✓ the front matter of every skill is as agents ask for it
	
	Targets
	─────────────────────────────────────────
	✓ claude: merge mode, 1 linked, 0 local
	    ~/.claude/skills
	
	What the agents see
	─────────────────────────────────────────
	✓ claude: 1 of 1 skill can be read here
	    ~/.claude/skills
	→ claude: is also read by amp, cursor, firebender, kimi
	    ~/.claude/skills
	
	Git
	EOF
	run skillshare doctor -q
	check_stdout </dev/null
'

# ---- config ------------------------------------------------------------------

test_it 'no config: said, mended by init, and the other checks go on' '
	mkdir "$HOME/.claude"
	finds "✗" "there is no config"
	check_code 1
	check_stdout_has "File systems"
	heals "✗" "there is no config"
'

test_it 'a broken config: file, line and column, and the other checks go on' '
	healthy
	echo "targets: [" >"$HOME/.config/skillshare/config.yaml"
	finds "✗" "~/.config/skillshare/config.yaml:2:1"
	check_code 1
	check_stdout_has "→ \${EDITOR:-vi} ~/.config/skillshare/config.yaml"
	check_stdout_has "✓ 1 finished run, each of its files"
	check_stdout_has "✓ 1 backup; every file"
	check_stdout_has "state, backups"
'

test_it 'a config that is a link: to a file, and to nothing' '
	healthy
	config=$HOME/.config/skillshare/config.yaml
	mv "$config" "$HOME/dotfile"
	ln -s "$HOME/dotfile" "$config"
	finds "✓" "the config is in order (a link, which is followed)"
	rm "$HOME/dotfile"
	finds "✗" "the config is a link that leads nowhere"
	mend "the config is a link"
	heals "✗" "there is no config"
'

test_it 'no targets; a config that everybody may change' '
	write_config <<-EOF
	targets: {}
	EOF
	mkskill "$source/pdf"
	mkdir "$HOME/.claude"
	chmod o+w "$HOME/.config/skillshare/config.yaml"
	heals "!" "everybody on this machine may change the config"
	heals "!" "no agent is a target yet"
'

test_it 'root in the home of another user is told how to ask as that user' '
	skip_if "[ \$(id -u) -ne 0 ]" "not root"
	healthy
	chown 65534 "$HOME"
	run skillshare doctor
	check_code 0
	check_stdout_has "! you are root, and this home is another user"
	check_stdout_has "→ sudo -H -u '\''#65534'\'' skillshare doctor"
'

# ---- source ------------------------------------------------------------------

test_it 'a source that is missing, and one that is empty' '
	write_config <<-EOF
	targets:
	  claude: {}
	EOF
	mkskill "$HOME/.claude/skills/mine"
	rmdir "$source"
	heals "✗" "the source ~/.config/skillshare/skills does not exist"
	heals "!" "the source holds no skill"
	check_link "$HOME/.claude/skills/mine" "$source/mine"
'

test_it 'an emptied source: sync would stop, and doctor says so first' '
	healthy
	rm -r "$source/pdf"
	finds "✗" "claude: the source is empty, and links would go"
	check_code 1
'

test_it 'names too long for an entry, nested too deep' '
	healthy
	part=$(printf %0100d 0)
	mkskill "$source/$part/$part/$part"
	finds "✗" "its name in a target would be longer than 255 bytes"
	check_code 1
	rm -r "$source/$part"
	deep=$(printf "d/%.0s" $(seq 70))
	mkdir -p "$source/$deep"
	finds "✗" "nested too deep: not looked into"
	check_stdout_has "! a part of the source cannot be read"
'

test_it 'two skills with one entry name' '
	healthy
	mkskill "$source/a__b"
	mkskill "$source/a/b"
	heals "✗" "would be \"a__b\" in a target, and so would a/b"
'

test_it 'a link in the source, and in a skill, that leads nowhere' '
	healthy
	ln -s gone "$source/dead"
	ln -s gone "$source/pdf/inner"
	heals "✗" "is a link that leads nowhere: mend or remove it"
	heals "!" "a link in a skill leads nowhere"
	is_green
'

test_it 'a skill that cannot be read; what everybody may change' '
	healthy
	mkskill "$source/closed"
	mkskill "$source/open"
	chmod 000 "$source/closed/SKILL.md"
	chmod 777 "$source/open"
	as_user true
	run as_user skillshare doctor
	check_code 1
	check_stdout_has "→ chmod -R u+rX ~/.config/skillshare/skills/closed"
	check_stdout_has "! a part of the source cannot be read"
	mend "/closed/SKILL.md"
	run as_user skillshare doctor
	check_stdout_lacks "a part of the source"
	check_code 0
	as=as_user
	heals "!" "everybody on this machine may change what your agents are"
'

test_it 'a source that cannot be written' '
	healthy
	as_user true
	chmod a-w "$source"
	run as_user skillshare doctor
	check_code 0
	check_stdout_has "! the source cannot be written: pull, new and"
	mend "the source cannot be written"
	run as_user skillshare doctor
	check_stdout_lacks "cannot be written"
'

# ---- front matter ------------------------------------------------------------

# head_of NAME TEXT: the front matter of a skill.
head_of() {
	mkdir -p "$source/$1"
	printf -- "$2" >"$source/$1/SKILL.md"
}

test_it 'front matter: each rule, with file and line' '
	healthy
	long=$(printf %065d 0)
	head_of none "# No head\n"
	head_of colon "---\nname: colon\ndescription: use when: asked\n---\n"
	head_of nameless "---\ndescription: d\n---\n"
	head_of silent "---\nname: silent\n---\n"
	head_of other "---\nname: another\ndescription: d\n---\n"
	head_of Upper "---\nname: Upper\ndescription: d\n---\n"
	head_of $long "---\nname: $long\ndescription: d\n---\n"
	head_of wordy "---\nname: wordy\ndescription: $(printf %01025d 0)\n---\n"
	head_of twin "---\nname: pdf\ndescription: d\n---\n"
	skillshare sync -q 2>/dev/null
	run skillshare doctor
	check_code 0
	dir="    ~/.config/skillshare/skills"
	while read -r name text; do
		grep -A 3 -F "! $text" "$T/stdout" |
			grep -qF "$dir/$name" || run_was_wrong "$name: $text"
	done <<-EOF
	none/SKILL.md there is no front matter: most agents drop
	colon/SKILL.md:3 the front matter is odd (the value of description
	nameless/SKILL.md there is no name: some agents drop
	silent/SKILL.md there is no description: agents choose
	other/SKILL.md the name is not that of the directory: some
	Upper/SKILL.md the name is not made of a-z, 0-9 and -: some
	$long/SKILL.md the name is longer than 64 characters: some
	wordy/SKILL.md the description is longer than 1024 characters
	twin/SKILL.md has the name "pdf", and so has pdf
	EOF
	check_stdout_has "→ \${EDITOR:-vi} ~/.config/skillshare/skills/none/SKILL.md"
	check_stdout_has "0 errors, 10 warnings"
'

test_it 'many warnings are counted, and all of them are in the document' '
	write_config <<-EOF
	targets: {}
	EOF
	for i in $(seq 30); do
		head_of s$i "---\nname: x\n---\n"
	done
	run skillshare doctor
	check_stdout_has "… and 69 more like these: skillshare doctor --json"
	[ "$(grep -c "^! there is no description" "$T/stdout")" = 10 ]
	skip_if "! command -v jq" "no jq"
	run skillshare doctor --json
	[ "$(jq ".findings | map(select(.check == \"skills\")) | length" \
	    "$T/stdout")" = 89 ]
'

# ---- targets -----------------------------------------------------------------

test_it 'out of step: links missing, wrong, and for nothing' '
	healthy
	mkskill "$source/new"
	mkskill "$source/moved"
	skillshare sync -q
	rm "$HOME/.claude/skills/new" "$HOME/.claude/skills/moved"
	ln -s "$source/pdf" "$HOME/.claude/skills/moved"
	ln -s "$source/old" "$HOME/.claude/skills/old"
	finds "!" "claude: 1 link of ours leads to the wrong place: moved"
	finds "!" "claude: 1 entry of ours is for a skill that is gone: old"
	heals "!" "claude: 1 skill is not linked yet: new"
	is_green
'

test_it 'in the way: a link of others, and a file' '
	healthy
	mkskill "$source/a"
	ln -s "$HOME/other" "$HOME/.claude/skills/a"
	heals "✗" "claude: a link of somebody else'\''s, to ~/other, is in the"
	rm "$HOME/.claude/skills/a"
	echo mine >"$HOME/.claude/skills/a"
	heals "✗" "claude: a file is in the way of a skill"
	is_green
	check_file "$HOME/.claude/skills/a.old" <<-EOF
	mine
	EOF
'

test_it 'copy mode: missing, older, edited, gone' '
	write_config <<-EOF
	targets:
	  claude: {mode: copy}
	EOF
	mkskill "$source/a"
	mkskill "$source/b"
	mkskill "$source/c"
	mkdir "$HOME/.claude"
	finds "!" "claude: does not exist yet: sync makes it"
	# What the config leaves out of copies makes none of them older.
	mkdir "$source/a/__pycache__"
	echo x >"$source/a/__pycache__/a.pyc"
	skillshare sync -q
	check_absent "$HOME/.claude/skills/a/__pycache__"
	finds "✓" "claude: copy mode, 3 copied, 0 local"
	check_stdout_has "✓ claude: 3 of 3 skills can be read here"
	is_green
	echo news >>"$source/a/SKILL.md"
	rm -r "$source/c"
	mkskill "$source/d"
	echo mine >>"$HOME/.claude/skills/b/SKILL.md"
	finds "!" "claude: 1 skill is not copied yet: d"
	finds "!" "claude: 1 copy is older than its skill: a"
	finds "!" "claude: 1 entry of ours is for a skill that is gone: c"
	heals "!" "claude: 1 copy was edited here, which sync keeps as it is: b"
	grep -q mine "$source/b/SKILL.md"
	heals "!" "claude: 1 copy is older than its skill: a"
	is_green
'

test_it 'links of others and local skills are told and left' '
	healthy
	mkdir "$HOME/elsewhere"
	ln -s "$HOME/elsewhere" "$HOME/.claude/skills/other"
	ln -s "$HOME/gone" "$HOME/.claude/skills/dead"
	mkskill "$source/mine"
	mkskill "$HOME/.claude/skills/mine"
	finds "→" "claude: 1 link of others, left alone: other"
	finds "→" "claude: 1 local skill stands in place of the source"
	check_stdout_has "    → skillshare diff claude"
	heals "!" "claude: a link of somebody else'\''s leads nowhere"
	is_green
'

test_it 'targets that fail: a file, a dangling link, in the source, modes' '
	healthy
	cat >"$HOME/.config/skillshare/config.yaml" <<-EOF
	targets:
	  claude: {}
	  file: {path: ~/file}
	  dangling: {path: ~/dangling}
	  inside: {path: ~/.config/skillshare/skills/sub}
	  twice: {path: ~/.claude/skills, mode: symlink}
	EOF
	echo >"$HOME/file"
	ln -s gone "$HOME/dangling"
	heals "✗" "file: is a file, not a directory"
	heals "✗" "dangling: is a link to gone, which does not exist"
	heals "✗" "inside: "
	heals "✗" "twice: is the same directory as claude, with another mode"
	skillshare sync -q
	finds "→" "twice: is the same directory as claude: both are kept in"
	is_green
'

test_it 'symlink mode: what the link would hide, and somebody else'\''s link' '
	write_config <<-EOF
	targets:
	  full: {path: ~/full, mode: symlink}
	  linked: {path: ~/linked, mode: symlink}
	EOF
	mkskill "$source/pdf"
	mkdir "$HOME/full" "$HOME/other"
	echo >"$HOME/full/notes.txt"
	ln -s "$HOME/other" "$HOME/linked"
	finds "✗" "full: cannot become one link"
	check_stdout_has "notes.txt: a"
	heals "✗" "full: cannot become one link"
	heals "✗" "linked: is a link to ~/other: kept"
	check_link "$HOME/linked" "$source"
'

test_it 'a target that cannot be written, with news for it and without' '
	healthy
	as_user true
	chmod a-w "$HOME/.claude/skills"
	run as_user skillshare doctor
	check_code 0
	check_stdout_has "! claude: cannot be written"
	mkskill "$source/new"
	give_user "$source"
	run as_user skillshare doctor
	check_code 1
	check_stdout_has "✗ claude: cannot be written"
	mend "✗ claude: cannot be written"
	run as_user skillshare sync
	check_code 0
'

test_it 'an agent that is not installed; a directory that is a link' '
	write_config <<-EOF
	targets:
	  claude: {}
	  cursor: {}
	EOF
	mkskill "$source/pdf"
	mkdir -p "$HOME/dotfiles/claude" "$HOME/.claude"
	ln -s "$HOME/dotfiles/claude" "$HOME/.claude/skills"
	finds "→" "cursor: cursor seems not to be installed"
	finds "→" "claude: is a link to a directory elsewhere, which is followed"
	check_stdout_has "    ~/dotfiles/claude"
	heals "!" "cursor: does not exist yet: sync makes it"
'

# ---- what agents see ---------------------------------------------------------

test_it 'a right link whose skill cannot be read through the target' '
	healthy
	as_user true
	mkdir "$HOME/real"
	mv "$source/pdf/SKILL.md" "$HOME/real/"
	ln -s "$HOME/real/SKILL.md" "$source/pdf/SKILL.md"
	give_user "$source" "$HOME/real"
	run as_user skillshare doctor
	check_stdout_has "✓ claude: 1 of 1 skill can be read here"
	chmod 000 "$HOME/real"
	run as_user skillshare doctor
	check_code 1
	chmod 755 "$HOME/real"
'

test_it 'an agent that does not follow a linked SKILL.md is named' '
	write_config <<-EOF
	targets:
	  claude: {}
	  codex: {}
	EOF
	mkskill "$source/pdf"
	mkskill "$source/lf"
	mv "$source/lf/SKILL.md" "$source/lf/text.md"
	ln -s text.md "$source/lf/SKILL.md"
	mkdir "$HOME/.claude" "$HOME/.codex"
	skillshare sync -q
	finds "!" "codex: follows links to directories, but not a SKILL.md"
	check_stdout_has "→ codex: 1 of 2 skills can be read here"
	check_stdout_lacks "claude: follows"
	heals "!" "codex: follows links to directories, but not a SKILL.md"
	check_stdout_has "✓ codex: 2 of 2 skills can be read here"
'

test_it 'a skill that an agent sees twice: both places, and the mend' '
	write_config <<-EOF
	targets:
	  claude: {}
	  cursor: {}
	EOF
	mkskill "$source/pdf"
	mkdir "$HOME/.claude" "$HOME/.cursor"
	skillshare sync -q
	run skillshare doctor
	check_code 0
	tr -s "\n " "  " <"$T/stdout" >"$T/line"
	grep -qF "! cursor: reads this directory too, and so sees 1 skill twice, here and in ~/.cursor/skills: pdf" "$T/line"
	grep -qF "~/.claude/skills → skillshare target remove cursor" "$T/line"
	heals "!" "cursor: reads this directory too"
'

test_it 'some of its skills twice: these can be left out, the target stays' '
	write_config <<-EOF
	targets:
	  claude: {include: [pdf, "it*"]}
	  cursor: {}
	EOF
	mkskill "$source/pdf"
	mkskill "$source/it is"
	mkskill "$source/notes"
	mkdir "$HOME/.claude" "$HOME/.cursor"
	skillshare sync -q
	run skillshare doctor
	tr -s "\n " "  " <"$T/stdout" >"$T/line"
	grep -qF "→ skillshare target cursor --add-exclude" "$T/line"
	! grep -q "needs no target of its own" "$T/line"
	heals "!" "cursor: reads this directory too"
	check_link "$HOME/.cursor/skills/notes" "$source/notes"
	check_absent "$HOME/.cursor/skills/pdf"
	# A local skill is no matter of filters.
	mkskill "$HOME/.cursor/skills/pdf"
	finds "!" "cursor: reads this directory too"
	check_stdout_lacks "add-exclude"
'

test_it 'filters: without effect in symlink mode; and what they leave out' '
	write_config <<-EOF
	targets:
	  claude: {mode: symlink, include: ["a*"], target_naming: standard}
	  cursor: {exclude: [notes]}
	EOF
	mkskill "$source/notes"
	mkskill "$source/off"
	mkskill "$source/pdf"
	skillshare disable off
	mkdir "$HOME/.claude" "$HOME/.cursor"
	skillshare sync -q
	finds "!" "claude: include and exclude have no effect in symlink mode"
	finds "!" "claude: target_naming has no effect in symlink mode"
	finds "!" "claude: symlink mode shows disabled skills, too (1)"
	finds "→" "cursor: 1 skill is left out by its filters: notes"
	check_stdout_has "    ~/.config/skillshare/config.yaml:2"
	run skillshare doctor --json
	tr -s "\n " "  " <"$T/stdout" >"$T/line"
	grep -qF "\"skills\": [ \"notes\" ]" "$T/line"
	heals "!" "claude: include and exclude have no effect"
'

test_it 'one directory by two names is seen once' '
	write_config <<-EOF
	targets:
	  claude: {}
	  cursor: {}
	EOF
	mkskill "$source/pdf"
	mkdir -p "$HOME/.claude/skills" "$HOME/.cursor"
	ln -s "$HOME/.claude/skills" "$HOME/.cursor/skills"
	skillshare sync -q
	run skillshare doctor
	check_code 0
	check_stdout_lacks "twice"
'

# ---- all together ------------------------------------------------------------

test_it 'eight agents of all kinds, one look' '
	write_config <<-EOF
	targets:
	  claude: {}
	  codex: {mode: symlink}
	  cursor: {}
	  goose: {}
	  roo: {}
	  universal: {}
	  warp: {}
	  windsurf: {}
	EOF
	mkskill "$source/pdf"
	mkdir -p "$HOME/.claude/skills" "$HOME/.codex" "$HOME/.cursor" \
	    "$HOME/.roo" "$HOME/.agents/skills" "$HOME/.codeium/windsurf" \
	    "$HOME/dotfiles/cursor" "$HOME/.config/goose/skills"
	ln -s "$HOME/dotfiles/cursor" "$HOME/.cursor/skills"
	ln -s "$HOME/gone" "$HOME/.roo/skills"
	as_user true
	as_user skillshare sync -q >/dev/null 2>&1 || :
	chmod a-w "$HOME/.config/goose/skills"
	run as_user skillshare doctor
	check_code 1
	check_stdout_has "✓ claude: merge mode, 1 linked, 0 local"
	check_stdout_has "✓ codex: symlink mode, a link to the source"
	check_stdout_has "→ cursor: is a link to a directory elsewhere"
	check_stdout_has "! goose: cannot be written"
	check_stdout_has "✗ roo: is a link to ~/gone, which does not exist"
	check_stdout_has "→ warp: is the same directory as universal"
	check_stdout_has "✓ windsurf: merge mode"
	check_stdout_has "codex: reads this directory too" ||
		check_stdout_has "cursor: reads this directory too"
'

test_it 'names that would drive the terminal are shown, and their commands run' '
	healthy
	name=$(printf "\033[2Jx\ny")
	mkskill "$source/$name" x
	ln -s gone "$source/$name/link"
	ln -s ../../gone "$HOME/.claude/skills/$(printf "\377 \047")"
	run skillshare doctor
	! grep -q "$(printf "\033")" "$T/stdout" || fail "an escape sequence"
	command -v bash >/dev/null 2>&1 || return 0
	sed -n "s/^    → \(rm .*\)/\1/p" "$T/stdout" >"$T/commands"
	[ "$(wc -l <"$T/commands")" = 2 ] || run_was_wrong "not two commands"
	bash -e "$T/commands"
	check_absent "$source/$name/link"
	check_absent "$HOME/.claude/skills/$(printf "\377 \047")"
'

test_it 'our lines are at most 80 columns wide' '
	healthy
	for i in $(seq 12); do
		mkskill "$source/a-rather-long-name-for-a-skill-$i" other
	done
	run skillshare doctor
	! grep -E "^.{81}" "$T/stdout" | grep -v "^    " || fail "too wide"
'

end_tests
