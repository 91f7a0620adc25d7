#!/bin/sh
# Each scenario, with an error at each of its changing calls. See suite.h.
exec "${SKILLSHARE%/src/skillshare}/tests/fault/driver" errors
