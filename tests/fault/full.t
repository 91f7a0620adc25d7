#!/bin/sh
# Disks that are really full. See suite.h.
exec "${SKILLSHARE%/src/skillshare}/tests/fault/driver" full
