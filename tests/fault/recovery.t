#!/bin/sh
# Recovery itself, hurt at each of its changing calls. See suite.h.
exec "${SKILLSHARE%/src/skillshare}/tests/fault/driver" recovery
