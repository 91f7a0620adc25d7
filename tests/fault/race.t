#!/bin/sh
# Others at work at the same time. See suite.h.
exec sh "${SRCROOT:-.}/tests/fault/plain" race
