/*
 * Takes the power from a file system: power DIR. What was not synced is gone,
 * as after a power cut; the mount answers EIO until it is unmounted.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ext4's and xfs's common call; flag 2: the journal is not flushed. */
#define GOING_DOWN _IOR('X', 125, uint32_t)
#define NO_LOG_FLUSH 2U

int
main(int argc, char **argv)
{
	uint32_t flags = NO_LOG_FLUSH;

	if (argc != 2)
		return 2;
	int fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || ioctl(fd, GOING_DOWN, &flags) == -1) {
		perror(argv[1]);
		return 1;
	}
	(void)close(fd);
	return 0;
}
