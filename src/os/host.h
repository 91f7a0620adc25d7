/*
 * This machine, this user, this moment: read here and passed on as values.
 */
#ifndef HOST_H
#define HOST_H

#include "error.h"

/* What the environment says, read once at start. All lent, absolute. */
struct host_env {
	char *home;           /* $HOME, else the password database */
	char *config_path;    /* the config file, by behaviour.md's rule */
	char *state_home;     /* $XDG_STATE_HOME or ~/.local/state */
	char *data_home;      /* $XDG_DATA_HOME or ~/.local/share */
	char *source;         /* $SKILLSHARE_SOURCE made absolute, or NULL */
	char *cwd;            /* for relative arguments; "/" if it is gone */
	bool no_color;        /* NO_COLOR is set and not empty */
	bool home_is_foreign; /* we are root and home is not root's */
};

/* ERR_CONFIG if there is no home to be found. */
MUST_USE struct error *host_env_read(struct host_env *out);
void host_env_release(struct host_env *env);

#define HOST_ID_MAX 64
struct host_id {
	char machine[HOST_ID_MAX]; /* /etc/machine-id, else the host name */
	char boot[HOST_ID_MAX];    /* the kernel's boot id, else "" */
	char name[HOST_ID_MAX];    /* host name, for messages */
	long pid;
};
void host_id_read(struct host_id *out);

/* Seconds since the epoch. */
int64_t host_now(void);

/* Nanoseconds since the epoch: to compare with the times of files. */
int64_t host_now_ns(void);

/* Milliseconds of a clock that only goes forward. */
int64_t host_ticks_ms(void);

/* "2026-01-20_15-30-00" (local time), as snapshots are named. */
#define HOST_STAMP_LEN 19
void host_stamp(int64_t when, char out[HOST_STAMP_LEN + 1]);

/* 16 hex digits from the system's random source. */
#define HOST_TOKEN_LEN 16
void host_token(char out[HOST_TOKEN_LEN + 1]);

#endif
