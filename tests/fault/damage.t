#!/bin/sh
# Damage to each of our own files. See suite.h.
exec sh "${SRCROOT:-.}/tests/fault/plain" damage
