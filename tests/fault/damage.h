/*
 * What the damage suite's files share: our own files found, damaged, and the
 * program judged that reads them.
 */
#ifndef DAMAGE_H
#define DAMAGE_H

#include "suite.h"

#define MAX_FILE_BYTES ((size_t)1 << 20)
#define FLIPS_A_FILE 40 /* in a short run */
#define MAX_DEATHS 200
#define EXIT_NOTHING_DONE 3

struct damage {
	const struct scenario *sc;
	const char *abs;     /* the file */
	const char *command; /* that reads it */
	const char *named;   /* in its complaint; NULL: the file's name */
};

typedef void damage_check(struct suite *s, const struct damage *d,
    const char *what, size_t at);

bool is_there(const char *abs);

/* <state home>/skillshare/<key>/rel, absolute; yours; NULL: no state yet. */
char *state_file(const struct suite *s, const char *rel);

/* Other bytes for a file that is there. */
void put_bytes(const char *abs, const char *bytes, size_t len);

/* All that is in the home, our files included, but for the lock's note. */
void see_all(const struct suite *s, struct strbuf *out);

/* The command stops, names the file and changes nothing. */
void check_refused(struct suite *s, const struct damage *d, const char *what,
    size_t at);

/* Flips bits and cuts the tail off; the file is whole again afterwards. */
void damage_file(struct suite *s, const struct damage *d, damage_check *check);

/*
 * Kills the scenario's command at the first call at which the file is there:
 * its path, which is yours.
 */
char *
die_with_file(struct suite *s, const struct scenario *sc, const char *rel);

/* ---- tests of one scenario each ----------------------------------------- */

/* damagesnap.c: manifests and contents of snapshots. */
void damage_snapshot(struct suite *s, const struct scenario *sc);
void damage_stored(struct suite *s, const struct scenario *sc);

/* damagecache.c: what nothing hangs on. */
void damage_caches(struct suite *s, const struct scenario *sc);
void damage_stamps(struct suite *s, const struct scenario *sc);
void damage_marks(struct suite *s, const struct scenario *sc);
void damage_notes(struct suite *s, const struct scenario *sc);

#endif
