#!/bin/sh
# System calls of the plain program fail, where there is one. See suite.h.
driver=${SKILLSHARE%/src/skillshare}/tests/fault/driver
plain=${SRCROOT:-.}/build/gcc/src/skillshare
if [ -x "$plain" ]; then
	SKILLSHARE=$plain
	export SKILLSHARE
fi
exec "$driver" inject
