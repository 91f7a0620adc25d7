#!/bin/sh
# Each scenario, with an error at each of its changing calls. See suite.h.
exec sh "${SRCROOT:-.}/tests/fault/plain" errors
