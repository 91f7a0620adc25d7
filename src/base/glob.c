#include "glob.h"

#include <ctype.h>
#include <string.h>

struct class_row {
	const char *name;
	int (*is_in)(int c);
};

/* The C library's, in the C locale: the program never sets another. */
static const struct class_row classes[] = {
	{ "alnum", isalnum },
	{ "alpha", isalpha },
	{ "blank", isblank },
	{ "cntrl", iscntrl },
	{ "digit", isdigit },
	{ "graph", isgraph },
	{ "lower", islower },
	{ "print", isprint },
	{ "punct", ispunct },
	{ "space", isspace },
	{ "upper", isupper },
	{ "xdigit", isxdigit },
};

/* The class called like the len bytes of name, or NULL. */
static const struct class_row *
find_class(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strlen(classes[i].name) == len &&
		    memcmp(classes[i].name, name, len) == 0)
			return &classes[i];
	return NULL;
}

/*
 * One item of a set at p: a byte, a range or [:class:]. *hit if c is in it.
 * Returns what is behind it, or NULL if the set is malformed.
 */
static const char *
match_item(const char *p, unsigned char c, bool *hit)
{
	if (p[0] == '[' && p[1] == ':') {
		const char *end = p + 2 + strcspn(p + 2, "]");

		if (*end == '\0')
			return NULL;
		if (end > p + 2 && end[-1] == ':') {
			const struct class_row *class =
			    find_class(p + 2, (size_t)(end - p) - 3);
			if (class == NULL)
				return NULL;
			*hit |= class->is_in(c) != 0;
			return end + 1;
		}
	}
	if (*p == '\\')
		p++;
	if (*p == '\0')
		return NULL;
	unsigned char low = (unsigned char)*p++;
	unsigned char high = low;
	if (p[0] == '-' && p[1] != '\0' && p[1] != ']') {
		p += p[1] == '\\' ? 2 : 1;
		if (*p == '\0')
			return NULL;
		high = (unsigned char)*p++;
	}
	*hit |= c == low || (c >= low && c <= high);
	return p;
}

/*
 * The set behind a "[" at p: is c in it? Returns what is behind its "]", or
 * NULL if it has none.
 */
static const char *
match_set(const char *p, unsigned char c, bool *is_in)
{
	bool negated = *p == '!' || *p == '^';
	bool hit = false;

	p += negated;
	/* A "]" that comes first is one of the set. */
	do {
		p = match_item(p, c, &hit);
	} while (p != NULL && *p != ']');
	*is_in = hit != negated && c != '/';
	return p != NULL ? p + 1 : NULL;
}

/* What is behind the one atom at p if it matches c, else NULL. */
static const char *
match_one(const char *p, unsigned char c)
{
	bool is_in = false;

	switch (*p) {
	case '?':
		return c != '/' ? p + 1 : NULL;
	case '[':
		p = match_set(p + 1, c, &is_in);
		return is_in ? p : NULL;
	case '\\':
		p++;
		break;
	default:
		break;
	}
	return *p != '\0' && (unsigned char)*p == c ? p + 1 : NULL;
}

/* Where to go on when what follows a star did not match. */
struct retry {
	const char *pattern; /* behind the star, or NULL */
	const char *text;    /* what it was tried on last */
};

/*
 * A star gives way by one byte, double stars by one part. Only the last of
 * either kind is ever tried again: an earlier one could only lead to places
 * in the text that the last one reaches too. So this cannot be exponential.
 */
static bool
go_on(struct retry *star, struct retry *deep, const char **pattern,
    const char **text)
{
	struct retry *from = NULL;

	if (star->pattern != NULL && *star->text != '\0' &&
	    *star->text != '/') {
		star->text++;
		from = star;
	} else if (deep->pattern != NULL) {
		const char *slash = strchr(deep->text, '/');

		if (slash == NULL)
			return false;
		deep->text = slash + 1;
		star->pattern = NULL;
		from = deep;
	} else {
		return false;
	}
	*pattern = from->pattern;
	*text = from->text;
	return true;
}

/* Stars that are a whole part of the pattern, from start on? */
static bool
are_part(const char *start, const char *stars, const char *behind)
{
	return behind - stars > 1 && (stars == start || stars[-1] == '/') &&
	       (*behind == '/' || *behind == '\0');
}

bool
glob_match(const char *pattern, const char *text)
{
	const char *start = pattern;
	struct retry star = { NULL, NULL };
	struct retry deep = { NULL, NULL };

	if (strlen(pattern) > GLOB_MAX_BYTES)
		return false;
	while (*pattern != '\0' || *text != '\0') {
		const char *behind = pattern + strspn(pattern, "*");

		if (behind > pattern && are_part(start, pattern, behind)) {
			if (*behind == '\0')
				return *text != '\0';
			pattern = behind + 1;
			deep = (struct retry){ pattern, text };
			star.pattern = NULL;
			continue;
		}
		if (behind > pattern) {
			pattern = behind;
			star = (struct retry){ pattern, text };
			continue;
		}
		behind = *text != '\0'
			     ? match_one(pattern, (unsigned char)*text)
			     : NULL;
		if (behind != NULL) {
			pattern = behind;
			text++;
		} else if (!go_on(&star, &deep, &pattern, &text)) {
			return false;
		}
	}
	return true;
}

const char *
glob_problem(const char *pattern)
{
	bool is_in;

	if (*pattern == '\0')
		return "is empty";
	if (strlen(pattern) > GLOB_MAX_BYTES)
		return "is longer than 4096 bytes";
	while (pattern != NULL && *pattern != '\0') {
		if (pattern[0] == '\\' && pattern[1] == '\0')
			return "ends with a lone \\";
		if (*pattern == '[')
			pattern = match_set(pattern + 1, 'x', &is_in);
		else
			pattern += *pattern == '\\' ? 2 : 1;
	}
	return pattern == NULL ? "has a [ without its ]" : NULL;
}

size_t
glob_literal_len(const char *pattern)
{
	return strcspn(pattern, "*?[\\");
}
