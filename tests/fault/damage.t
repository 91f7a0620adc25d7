#!/bin/sh
# Damage to each of our own files. See suite.h.
exec "${SKILLSHARE%/src/skillshare}/tests/fault/driver" damage
