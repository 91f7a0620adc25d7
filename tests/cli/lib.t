#!/bin/sh
# The test library, tested: above all, that what is wrong is reported.
. "${SRCROOT:-.}/tests/cli/lib.sh"

# script COMMANDS: runs a test file of its own that has them after the library,
# and keeps what it said for the checks.
script() {
	printf '%s\n' '. "$SRCROOT/tests/cli/lib.sh"' "$1" >"$T/script.t"
	run env TMPDIR="$T" sh "$T/script.t"
}

# reports_failure COMMANDS: a test with these commands is not ok.
reports_failure() {
	script "test_it sentence '$1'
end_tests"
	check_code 1
	check_stdout_has 'not ok 1 - sentence'
	check_stdout_has '1..1'
}

test_it 'a test that passes is ok, and the plan is last' '
	script "test_it one true; test_it two true; end_tests"
	check_code 0
	check_stderr </dev/null
	check_stdout <<-END
		ok 1 - one
		ok 2 - two
		1..2
	END
'

test_it 'a test that fails is not ok, with what it said' '
	script "test_it one \"echo said so; false\"; end_tests"
	check_code 1
	check_stdout <<-END
		not ok 1 - one
		# said so
		1..1
	END
'

test_it 'the first command that fails ends a test' '
	reports_failure "false
true"
'

test_it 'a check that fails before an && is remembered' '
	reports_failure "run true
check_code 1 && true
true"
'

test_it 'a failure of one test is no failure of the next' '
	script "test_it one \"run true; check_code 1\"; test_it two true
end_tests"
	check_code 1
	check_stdout_has "not ok 1 - one"
	check_stdout_has "ok 2 - two"
	check_stdout_lacks "not ok 2"
'

test_it 'a script that breaks off says no plan' '
	script "test_it one true; exit 0"
	check_stdout_lacks "1.."
'

test_it 'run keeps exit code and outputs' '
	run sh -c "echo out; echo err >&2; exit 7"
	check_code 7
	[ "$code" -eq 7 ]
	check_stdout <<-END
		out
	END
	check_stderr <<-END
		err
	END
	check_stdout_has out
	check_stderr_has err
	check_stdout_lacks err
	check_stderr_lacks out
'

test_it 'check_code reports another exit code' '
	reports_failure "run false
check_code 0"
'

test_it 'check_stdout reports another output, and a missing line end' '
	reports_failure "run echo out
echo other | check_stdout"
	check_stdout_has "# +out"
	reports_failure "run printf out
echo out | check_stdout"
'

test_it 'check_stderr reports any output where none is expected' '
	reports_failure "run ls /nonexistent
check_stderr </dev/null"
'

test_it 'the checks for a part of an output report its lack or presence' '
	reports_failure "run echo a.c; check_stdout_has abc"
	reports_failure "run true; check_stderr_has abc"
	reports_failure "run echo -e abc; check_stdout_lacks abc"
	reports_failure "run ls /nonexistent; check_stderr_lacks nonexistent"
'

test_it 'each test has a HOME of its own, and continue_it the one before' '
	script "test_it one \"echo x >\\\$HOME/f\"
test_it two \"check_absent \\\$HOME/f; echo y >\\\$HOME/f\"
continue_it three \"echo y | check_file \\\$HOME/f\"
end_tests"
	check_code 0
'

test_it 'the scratch directory goes, unreadable parts included' '
	script "test_it one \"mkdir -p d/e; chmod 0 d\"; end_tests"
	check_code 0
	[ -z "$(find "$T" -maxdepth 1 -name "skillshare-test.*")" ]
'

test_it 'the checks of paths know file, link, directory and nothing' '
	mkdir d
	echo text >f
	ln -s f l
	ln -s nothing dangling
	check_dir d
	echo text | check_file f
	check_link l f
	check_absent none
	for wrong in "check_dir f" "check_dir none" "check_link f f" \
	    "check_link l g" "check_absent f" "check_absent dangling" \
	    "check_file l" "check_file none" "check_file f"; do
		! $wrong </dev/null || exit 1
		rm "$SCRATCH/failed"
	done
'

test_it 'mkskill makes front matter with name and description' '
	mkskill a/pdf
	mkskill b notes "Takes notes"
	check_file a/pdf/SKILL.md <<-END
		---
		name: pdf
		description: A skill for tests
		---

		# pdf
	END
	check_file b/SKILL.md <<-END
		---
		name: notes
		description: Takes notes
		---

		# notes
	END
'

# differs COMMANDS: they change the tree d, and assert_same_tree says so.
differs() {
	mkdir -p d/sub
	echo text >d/f
	ln -sfn f d/l
	tree_list ${2-} d >before
	assert_same_tree ${2-} before d
	eval "$1"
	! assert_same_tree ${2-} before d || exit 1
	rm "$SCRATCH/failed"
	chmod -R u+rwx d
	rm -rf d
}

test_it 'assert_same_tree sees a change of any kind' '
	differs "echo other >d/f"
	differs "chmod 600 d/f"
	differs "chmod 700 d"
	differs "ln -sfn sub d/l"
	differs "rm d/f"
	differs ": >d/.hidden"
	differs "rmdir d/sub; : >d/sub"
	differs "touch -d @1 d/f" -t
'

test_it 'a listing leaves times out unless asked, and escapes odd bytes' '
	mkdir d
	odd=$(printf "a\nb \\033\\377")
	echo text >"d/$odd"
	tree_list d >before
	touch -d @1 "d/$odd" d
	assert_same_tree before d
	tree_list d >after
	assert_same_tree before after
	! LC_ALL=C grep "[^ -~]" before || exit 1
	grep -qF "\\033\\377" before
	grep -qF "$(echo text | sha256sum | cut -d " " -f 1)" before
'

test_it 'skip_if skips with its reason, or goes on' '
	script "test_it one \"skip_if true no-luck; false\"
test_it two \"skip_if false no-luck; true\"
test_it three \"skip_if false no-luck; false\"
end_tests"
	check_code 1
	check_stdout_has "ok 1 - one # SKIP no-luck"
	check_stdout_has "ok 2 - two"
	check_stdout_lacks "two # SKIP"
	check_stdout_has "not ok 3 - three"
'

test_it 'exit code 77 alone is no skip' '
	reports_failure "exit 77"
'

test_it 'skip_all is a plan of no tests' '
	script "skip_all \"no luck\""
	check_code 0
	check_stdout <<-END
		1..0 # SKIP no luck
	END
'

test_it 'as_user has no rights that a user has not, and owns its HOME' '
	: >closed
	chmod 0 closed
	run as_user cat closed
	check_code 1
	as_user mkdir "$HOME/made"
	check_dir "$HOME/made"
	[ "$(as_user id -u)" -ne 0 ]
'

test_it 'the runner counts, and tells what broke off' '
	mkdir t
	echo "echo 1..2; echo ok 1 - a; echo ok 2 - b \# SKIP why" >t/good.t
	echo "echo ok 1 - a; echo 1..1; exit 3" >t/code.t
	echo "echo ok 1 - a" >t/plan.t
	echo "echo ok 1 - a; echo 1..2" >t/few.t
	echo "echo not ok 1 - a; echo \# because; echo 1..1; exit 1" >t/bad.t
	run "$SRCROOT/tests/run-tap" -s sums t/good.t
	check_code 0
	check_stdout_has "skipped: t/good.t: b (why)"
	echo "echo 1..1; echo not ok 1 \# SKIP as cmocka does" >t/cmocka.t
	run "$SRCROOT/tests/run-tap" t/cmocka.t
	check_code 0
	check_stdout_has "skipped: t/cmocka.t: as cmocka does"
	rm t/cmocka.t
	run "$SRCROOT/tests/run-tap" -s sums t/*.t
	check_code 1
	check_stdout_has "the exit code is 3"
	check_stdout_has "said no plan"
	check_stdout_has "planned 2 tests and ran 1"
	check_stdout_has "because"
	echo "1 0 1
4 4 1" | check_file sums
	run "$SRCROOT/tests/run-tap"
	check_code 1
	check_stdout_has "no test ran"
'

end_tests
