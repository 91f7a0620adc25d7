#!/bin/sh
# Disks that are really full. See suite.h.
exec sh "${SRCROOT:-.}/tests/fault/plain" full
