#!/bin/sh
# System calls of the plain program fail. See suite.h.
exec sh "${SRCROOT:-.}/tests/fault/plain" inject
