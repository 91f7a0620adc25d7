#!/bin/sh
# Others at work at the same time. See suite.h.
exec "${SKILLSHARE%/src/skillshare}/tests/fault/driver" race
