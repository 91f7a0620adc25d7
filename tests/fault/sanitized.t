#!/bin/sh
# A sample of the suites with the sanitizers. See suite.h.
: "${FAULT_STEP:=11}"
export FAULT_STEP
exec "${SKILLSHARE%/src/skillshare}/tests/fault/driver" kill errors recovery \
    full
