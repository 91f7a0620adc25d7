#!/bin/sh
# Recovery itself, hurt at each of its changing calls. See suite.h.
exec sh "${SRCROOT:-.}/tests/fault/plain" recovery
