/*
 * Names and messages from the disk, made safe to show, and back.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include "base.h"
#include "strbuf.h"

/*
 * Adds s so that no byte of it can drive a terminal and the result is valid
 * UTF-8: control characters (C0, DEL, C1, and the bidirectional and line
 * separators that reorder text) become \n, \t or \xNN for each byte, bytes
 * that are not UTF-8 become \xNN. Everything else, a backslash included, is
 * kept: this is for eyes, not for reading back.
 */
void escape_show(struct strbuf *out, const char *s);
char *escape_shown(const char *s);

/*
 * Adds s as one field of a line-and-tab format: \\ \t \n \r \0-free; reads
 * back exactly with escape_field_parse(). Any byte but NUL may be in s.
 */
void escape_field(struct strbuf *out, const char *s);

/*
 * Undoes escape_field() in place; returns false, with field in an undefined
 * state, if it is not something that escape_field() writes.
 */
bool escape_field_parse(char *field);

/*
 * Adds s as one word of a shell's command line: as it is, where that is safe,
 * else in quotes from the first part of a path on that needs them, so that
 * what comes before can still be shortened to ~. Bytes that would drive a
 * terminal become $'\NNN', as bash, zsh and ksh read it.
 */
void escape_shell(struct strbuf *out, const char *s);

/* Columns that s takes on a terminal, once shown. */
size_t escape_columns(const char *shown);

/* How many of its bytes, whole characters, fit into so many columns. */
size_t escape_fitting(const char *shown, size_t columns);

#endif
