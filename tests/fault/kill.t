#!/bin/sh
# Each scenario, killed at each of its changing calls. See suite.h.
exec sh "${SRCROOT:-.}/tests/fault/plain" kill
