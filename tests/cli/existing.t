#!/bin/sh
# A person puts our binary in the place of the Go program of this name: each
# command carries on from its files, and writes none that it need not.
# shellcheck shell=sh disable=SC1091,SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

# How the snapshots that we make begin; those of the Go program are older.
now=$(date +%Y)

# skill_digest DIR: what the Go program writes of a skill, by other means.
skill_digest() {
	(
		cd "$1" || exit
		find . -type f | sed "s,^\./,," | LC_ALL=C sort |
		while IFS= read -r file; do
			printf "%s\000" "$file"
			cat "$file"
			printf "\000"
		done | sha256sum | cut -d " " -f 1
	)
}

# The source: its metadata of three ages, a tracked repository, nesting.
existing_source() {
	mkskill "$source/pdf"
	mkskill "$source/work/mail"
	mkskill "$source/_team/review"
	mkskill "$source/_team/deploy"
	git -C "$source/_team" init -q
	git -C "$source/_team" add -A
	git -C "$source/_team" commit -q -m one
	echo "deploy" >"$source/_team/.skillignore"
	cat >"$source/.metadata.json" <<-EOM
	{"version":1,"entries":{"pdf":{"source":"github.com/a/b","type":"github",
	 "later":[1]},"_team":{"source":"x","tracked":true}}}
	EOM
	echo "{\"source\": \"github.com/a/b\", \"type\": \"github\"}" \
	    >"$source/pdf/.skillshare-meta.json"
	printf "skills:\n- name: pdf\n  source: x\n" >"$source/registry.yaml"
	printf "*.tmp\n# BEGIN SKILLSHARE MANAGED - DO NOT EDIT\n_team/\n# END SKILLSHARE MANAGED\n" \
	    >"$source/.gitignore"
}

# Two targets of links, absolute and as the config spells the source; one of
# copies; one that is a link. Made as that program makes them.
existing_targets() {
	claude=$HOME/.claude/skills
	cursor=$HOME/.cursor/skills
	mkdir -p "$claude" "$cursor" "$HOME/.codex"
	ln -s "$source/pdf" "$claude/pdf"
	ln -s "$source/work/mail" "$claude/work__mail"
	ln -s "$source/_team/review" "$claude/_team__review"
	mkskill "$claude/mine"
	cat >"$claude/.skillshare-manifest.json" <<-EOM
	{"managed": {"_team__review": "symlink", "pdf": "symlink",
	  "work__mail": "symlink"}, "mtimes": {},
	  "updated_at": "2026-01-20T15:30:00.123456789+01:00"}
	EOM
	cp -R "$source/pdf" "$cursor/pdf"
	cp -R "$source/work/mail" "$cursor/work__mail"
	cp -R "$source/_team/review" "$cursor/_team__review"
	cat >"$cursor/.skillshare-manifest.json" <<-EOM
	{
	  "managed": {
	    "_team__review": "$(skill_digest "$cursor/_team__review")",
	    "pdf": "$(skill_digest "$cursor/pdf")",
	    "work__mail": "$(skill_digest "$cursor/work__mail")"
	  },
	  "mtimes": {"pdf": 1795800049015808401},
	  "updated_at": "2026-01-20T15:30:00Z"
	}
	EOM
	ln -s "$source" "$HOME/.codex/skills"
}

# Its backups: in both places, plain trees, to the second.
existing_backups() {
	mkskill "$HOME/.config/skillshare/backups/2023-01-20_15-30-00/claude/old"
	mkskill "$HOME/.local/share/skillshare/backups/2024-01-20_15-30-00/claude/mine"
	echo newer >>"$HOME/.local/share/skillshare/backups/2024-01-20_15-30-00/claude/mine/SKILL.md"
	mkskill "$HOME/.local/share/skillshare/trash/gone_2024-01-20_15-30-00"
}

# existing_install: all of it. The config has both forms, comments, settings
# that we do not know, and a line for editors.
existing_install() {
	write_config <<-EOM
	# yaml-language-server: \$schema=https://example.org/config.json
	source: ~/.config/skillshare/skills   # where they are
	mode: merge
	git_root: skills
	targets:
	  # flat
	  claude: ~/.claude/skills
	  cursor: {path: ~/.cursor/skills, mode: copy, include: [], later: 1}
	  # nested
	  codex:
	    skills: {path: ~/.codex/skills, mode: symlink}
	    agents: {path: ~/.codex/agents}
	ignore:
	  - "**/.DS_Store"
	  - "**/.git/**"
	audit: {block_threshold: HIGH}   # not ours
	extras:
	  - name: rules
	    targets: [{path: ~/.claude/rules}]
	hub: {default: x}
	context_budget: {max: 10}
	tui: false
	gitlab_hosts: [git.example.org]
	preserve_tilde_on_save: true
	EOM
	existing_source
	existing_targets
	existing_backups
}

# of_old: all that the Go program has written. Times of directories, and the
# snapshots that we add, are no part of it.
of_old() {
	(
		cd "$HOME" || exit
		find .config .claude .cursor .codex .local/share \
		    -path "*/backups/.*" -prune -o -path "*/backups/$now*" -prune -o \
		    \( -type d -printf "%p d %m\n" \) -o \
		    -printf "%p %y %m %T@ %l\n"
		find .config .claude .cursor .codex .local/share \
		    -path "*/backups/.*" -prune -o -path "*/backups/$now*" -prune -o \
		    -type f -exec sha256sum {} +
	) | LC_ALL=C sort
}

# same_but PATTERN: what changed has PATTERN in its name, and nothing else.
same_but() {
	of_old >"$T/now"
	diff "$T/before" "$T/now" | grep "^[<>]" | grep -v "$1" >"$T/other" || :
	[ ! -s "$T/other" ] || fail "also changed: $(head -5 "$T/other")"
}

test_it 'in step: every reader says so, and sync writes nothing at all' '
	existing_install
	of_old >"$T/before"
	run skillshare status
	check_code 0
	check_stdout_has "  claude    merge     3/3 synced    ~/.claude/skills"
	check_stdout_has "  codex     symlink   ✓ linked      ~/.codex/skills"
	check_stdout_has "  cursor    copy      3/3 synced    ~/.cursor/skills"
	check_stdout_has "_team"
	run skillshare diff --exit-code
	check_code 0
	run skillshare list
	check_code 0
	check_stdout_has "work__mail"
	run skillshare doctor
	check_code 0
	run skillshare backup --list
	check_code 0
	check_stdout_has "2023-01-20_15-30-00/"
	check_stdout_has "2024-01-20_15-30-00/"
	run skillshare sync
	check_code 0
	check_stderr </dev/null
	check_stdout_has "✓ claude: merged (3 linked, 1 local, 0 updated, 0 pruned)"
	check_stdout_has "✓ codex: symlink"
	check_stdout_has "✓ cursor: copied (3 copied, 0 local, 0 updated, 0 pruned)"
	check_stdout_has "Sync complete: everything was in sync already"
	same_but "nothing"
'

test_it 'the source moves on: only what is concerned is written' '
	existing_install
	of_old >"$T/before"
	echo more >>"$source/work/mail/SKILL.md"
	rm -r "$source/pdf"
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: merged (2 linked, 1 local, 0 updated, 1 pruned)"
	check_stdout_has "✓ cursor: copied (2 copied, 0 local, 1 updated, 1 pruned)"
	same_but "pdf\|mail\|manifest.json"
	grep -q "mtimes" "$cursor/.skillshare-manifest.json"
	skillshare undo
	check_link "$claude/pdf" "$source/pdf"
	check_dir "$cursor/pdf"
'

test_it 'an edit in one of its copies is an edit; pull takes it' '
	existing_install
	echo mine >>"$cursor/pdf/SKILL.md"
	of_old >"$T/before"
	run skillshare sync
	check_code 1
	check_stdout_has "! cursor/pdf: edited here: kept (pull takes it"
	same_but "nothing"
	run skillshare pull cursor
	check_code 0
	grep -q mine "$source/pdf/SKILL.md"
	[ -f "$source/pdf/.skillshare-meta.json" ]
	run skillshare pull claude
	check_code 0
	check_link "$claude/mine" "$source/mine"
	same_but "pdf\|mine\|manifest.json"
'

test_it 'restore from its backups: links stay, what they have comes back' '
	existing_install
	of_old >"$T/before"
	run skillshare restore claude
	check_code 0
	grep -q newer "$claude/mine/SKILL.md"
	check_link "$claude/work__mail" "$source/work/mail"
	run skillshare restore claude --from 2023-01-20_15-30-00
	check_code 0
	check_dir "$claude/old"
	skillshare undo
	skillshare undo 1
	check_absent "$claude/old"
	! grep -q newer "$claude/mine/SKILL.md"
	check_link "$claude/_team__review" "$source/_team/review"
	run skillshare sync
	check_stdout_has "everything was in sync already"
'

test_it 'the config is edited in place: both forms, comments, unknown keys' '
	existing_install
	config=$HOME/.config/skillshare/config.yaml
	cp "$config" "$T/config"
	skillshare target cursor --mode merge
	skillshare target codex --mode merge
	skillshare target claude --mode copy
	diff "$T/config" "$config" | grep "^[<>]" >"$T/diff" || :
	! grep -q "^<.*#\|^<.*later: 1.*mode: copy$" "$T/diff"
	for kept in "yaml-language-server" "# where they are" "# flat" "# nested" \
	    "audit: {block_threshold: HIGH}   # not ours" "later: 1" \
	    "agents: {path: ~/.codex/agents}" "gitlab_hosts: \[git.example.org\]" \
	    "preserve_tilde_on_save: true" "context_budget: {max: 10}"; do
		grep -q -e "$kept" "$config" || fail "lost: $kept"
	done
	run skillshare sync
	check_code 0
	check_stdout_has "✓ claude: copied (3 copied, 1 local, 3 updated, 0 pruned)"
	check_stdout_has "✓ codex: merged (3 linked, 0 local, 0 updated, 0 pruned)"
	check_stdout_has "✓ cursor: merged (3 linked, 0 local, 3 updated, 0 pruned)"
	skillshare undo
	skillshare undo 3
	skillshare undo 2
	skillshare undo 1
	cmp "$T/config" "$config"
	run skillshare sync
	check_stdout_has "everything was in sync already"
'

test_it 'target remove: the target goes from the config, the rest stays' '
	existing_install
	config=$HOME/.config/skillshare/config.yaml
	cp "$config" "$T/config"
	run skillshare target remove cursor
	check_code 0
	check_dir "$cursor/pdf"
	check_absent "$cursor/.skillshare-manifest.json"
	run skillshare target remove claude
	check_code 0
	check_dir "$claude/work__mail"
	check_absent "$claude/.skillshare-manifest.json"
	run skillshare target remove codex
	check_code 0
	check_dir "$HOME/.codex/skills/_team/review"
	grep -q "audit: {block_threshold: HIGH}   # not ours" "$config"
	skillshare undo
	skillshare undo 2
	skillshare undo 1
	cmp "$T/config" "$config"
	run skillshare sync
	check_code 0
	check_stdout_has "everything was in sync already"
'

end_tests
