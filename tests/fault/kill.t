#!/bin/sh
# Each scenario, killed at each of its changing calls. See suite.h.
exec "${SKILLSHARE%/src/skillshare}/tests/fault/driver" kill
