/*
 * The words of the journal's files, for their writer and their reader.
 */
#ifndef JOURNALWORD_H
#define JOURNALWORD_H

#include "txn.h"

#define BEGIN_NAME "begin"
#define BEGUN_NAME "begun"
#define BACK_NAME "back"

#define BEGIN_MAGIC "skillshare-begin 1"
#define PLAN_MAGIC "skillshare-plan 1"
#define OUTCOME_MAGIC "skillshare-outcome 1"

/* A directory that must hold nothing. */
#define EMPTY_WORD "empty"

#define JOURNAL_STATES 4 /* enum op_state */
#define JOURNAL_KINDS 5  /* enum fs_kind */

extern const char *const journal_op_words[OP_COUNT];
extern const char *const journal_state_words[JOURNAL_STATES];
extern const char *const journal_kind_words[JOURNAL_KINDS];

#endif
