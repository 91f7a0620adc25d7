/*
 * Runs a fuzz harness without libFuzzer: once over each file named on the
 * command line, so that the corpora are plain tests under any compiler.
 * Speaks TAP; an input that breaks the harness ends the program.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads all of path; *data is the caller's. False if it cannot be read. */
static bool
read_file(const char *path, uint8_t **data, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *buf = NULL;
	size_t len = 0;
	size_t room = 0;
	size_t got;

	if (f == NULL)
		return false;
	do {
		room = room == 0 ? 4096 : room * 2;
		uint8_t *grown = realloc(buf, room);
		if (grown == NULL)
			abort();
		buf = grown;
		got = fread(buf + len, 1, room - len, f);
		len += got;
	} while (len == room);
	bool ok = ferror(f) == 0;
	if (fclose(f) != 0)
		ok = false;
	if (!ok) {
		free(buf);
		return false;
	}
	/* Exactly its size, so that a read past the end is seen. */
	uint8_t *fit = realloc(buf, len == 0 ? 1 : len);
	if (fit == NULL)
		abort();
	*data = fit;
	*size = len;
	return true;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		uint8_t *data;
		size_t size;

		if (!read_file(argv[i], &data, &size)) {
			printf("not ok %d - %s cannot be read\n", i, argv[i]);
			failed++;
			continue;
		}
		/* Known before the input runs, should that be the last. */
		printf("# %s\n", argv[i]);
		fflush(stdout);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
		printf("ok %d - %s\n", i, argv[i]);
	}
	return failed == 0 ? 0 : 1;
}
