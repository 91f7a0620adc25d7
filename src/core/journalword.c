#include "journalword.h"

const char *const journal_op_words[OP_COUNT] = {
	[OP_MKDIR] = "mkdir",
	[OP_LINK] = "link",
	[OP_PUT] = "put",
	[OP_TAKE] = "take",
	[OP_SWAP] = "swap",
	[OP_CHMOD] = "chmod",
	[OP_REF] = "ref",
};

const char *const journal_state_words[JOURNAL_STATES] = {
	[OP_PENDING] = "pending",
	[OP_DONE] = "done",
	[OP_ALREADY] = "already",
	[OP_BACK] = "back",
};

const char *const journal_kind_words[JOURNAL_KINDS] = {
	[FS_ABSENT] = "absent",
	[FS_FILE] = "file",
	[FS_DIR] = "directory",
	[FS_LINK] = "link",
	[FS_OTHER] = "other",
};
