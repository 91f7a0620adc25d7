/*
 * Is what is free on a file system enough to work with? Pure.
 */
#ifndef DOCTORDISK_H
#define DOCTORDISK_H

#include "doctor.h"

/* UINT64_MAX: unknown, or without limit. */
enum doctor_severity disk_judge_space(uint64_t bytes, uint64_t inodes);

#endif
