#include "cmd.h"

int
main(int argc, char **argv)
{
	if (argc < 1)
		return EXIT_USAGE;
	return cmd_main((const char *const *)argv + 1, (size_t)argc - 1);
}
