#!/bin/sh
# push and pull --remote over git's own smart HTTP, on the loopback.
# shellcheck shell=sh disable=SC1091,SC2016,SC2031,SC2034,SC2154,SC2317
. "${SRCROOT:-.}/tests/cli/lib.sh"

[ -x "$(git --exec-path 2>/dev/null)/git-http-backend" ] ||
	skip_all 'no git http-backend'
[ -x "$(git --exec-path)/git-remote-http" ] || skip_all 'no git over HTTP'
perl -MIO::Socket::INET -e 1 2>/dev/null || skip_all 'no perl with sockets'

# served: an empty source whose remote is served with the password "right".
served() {
	write_config <<-EOF2
	targets:
	  claude: {path: ~/claude}
	EOF2
	mkdir "$HOME/claude"
	git init -q --bare -b main "$T/hub.git"
	git -C "$source" init -q -b main
	perl "$SRCROOT/tests/cli/httpd.pl" "$T" "$T/port" "$T/cut" \
	    >"$T/httpd.log" 2>&1 &
	server=$!
	trap 'kill $server 2>/dev/null || :' EXIT
	i=0
	until [ -e "$T/port" ]; do
		i=$((i + 1))
		[ "$i" -lt 100 ] || fail "no server: $(cat "$T/httpd.log")"
		sleep 0.05
	done
	hub=127.0.0.1:$(cat "$T/port")/hub.git
	git -C "$source" remote add origin "http://me:right@$hub"
	mkskill "$source/pdf"
}

# check_in_step: the remote is where the source is.
check_in_step() {
	[ "$(git -C "$T/hub.git" rev-parse main)" = \
	    "$(git -C "$source" rev-parse HEAD)" ] ||
		fail "the remote is elsewhere"
}

test_it 'there and back' '
	served
	run skillshare push
	check_code 0
	check_in_step
	git clone -q "$T/hub.git" "$T/other"
	mkskill "$T/other/email"
	git -C "$T/other" add .
	git -C "$T/other" commit -q -m email
	git -C "$T/other" push -q
	run skillshare pull --remote
	check_code 0
	check_link "$HOME/claude/email" "$source/email"
	check_in_step
'

test_it 'wrong credentials: nothing is lost, the password is not shown' '
	served
	git -C "$source" remote set-url origin "http://me:geheim@$hub"
	run skillshare push
	check_code 1
	check_stderr_lacks geheim
	check_stdout_lacks geheim
	git -C "$source" rev-parse -q --verify HEAD
	run skillshare pull --remote
	check_code 1
	check_stderr_lacks geheim
	git -C "$source" remote set-url origin "http://me:right@$hub"
	run skillshare push
	check_code 0
	check_in_step
'

test_it 'a connection that is refused' '
	served
	kill "$server"
	wait "$server" || :
	run skillshare push
	check_code 1
	check_stderr_has "cannot be reached"
	check_stderr_lacks "me:right"
	run skillshare pull --remote
	check_code 1
'

test_it 'a connection that is cut in the middle' '
	served
	run skillshare push
	check_code 0
	echo more >>"$source/pdf/SKILL.md"
	: >"$T/cut"
	run skillshare push
	[ "$code" -ne 0 ] || check_in_step
	git clone -q "$T/hub.git" "$T/other"
	mkskill "$T/other/email"
	git -C "$T/other" add .
	git -C "$T/other" commit -q -m email
	git -C "$T/other" push -q
	tree_list "$source/pdf" >"$T/before"
	run skillshare pull --remote
	check_code 1
	tree_list "$source/pdf" >"$T/now"
	cmp "$T/before" "$T/now"
	check_absent "$source/email"
	rm "$T/cut"
	run skillshare pull --remote
	check_code 0
	check_link "$HOME/claude/email" "$source/email"
	run skillshare push
	check_code 0
	check_in_step
'

end_tests
