/*
 * The process that keeps what containers have written and nobody has read yet.
 *
 * A shim writes a container's output into named pipes, and closes them when the container ends. Once nobody
 * has such a pipe open, what is in it is gone; so while containerd, which reads the pipes, is down, this
 * process has them open. It never reads them, it outlives k3c and containerd, and it closes a pipe when the
 * container has ended and all was read.
 *
 *     k3c-keeper COMMANDS
 *
 * COMMANDS is a named pipe. Each line that is written to it is the path of a pipe that is to be kept, or a
 * comment that begins with #; an empty line ends the process, and so does the removal of COMMANDS. Lines are
 * read only when those before are obeyed. The command returns when the process is ready; where there is one
 * already, nothing is done.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define KEEPER_VERSION "1"
#define MOST 65536
#define SOON 200	/* ms between looks at a pipe that has ended and was not read to its end */
#define SELDOM 60000	/* ms between looks whether COMMANDS is still there */

static struct pollfd kept[MOST + 1];	/* the first is COMMANDS */
static nfds_t count = 1;

static int is_read(int pipe)
{
	int left = 0;

	return ioctl(pipe, FIONREAD, &left) != 0 || left == 0;
}

static void keep(const char *path)
{
	int pipe = count > MOST || *path == '#' ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int writer;

	if (pipe < 0)	/* it has ended meanwhile, or there is no room: its output is kept no better than before */
		return;
	/* A pipe whose writers had gone before it was opened never tells so, until another writer has come and gone. */
	writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (writer >= 0)
		close(writer);
	kept[count++] = (struct pollfd){ .fd = pipe };
}

/* Keep what the complete lines name; returns whether it is to go on. */
static int obey(char *line, size_t *length)
{
	char *end;

	while ((end = memchr(line, '\n', *length)) != NULL) {
		*end = '\0';
		if (end == line)
			return 0;
		keep(line);
		*length -= (size_t)(end + 1 - line);
		memmove(line, end + 1, *length);
	}
	return 1;
}

static int take_commands(void)
{
	static char line[2 * PATH_MAX];
	static size_t length;
	ssize_t got;

	while ((got = read(kept[0].fd, line + length, sizeof line - length)) > 0) {
		length += (size_t)got;
		if (!obey(line, &length))
			return 0;
		if (length == sizeof line)	/* nothing that is a path */
			length = 0;
	}
	return 1;
}

/* Close what has ended and was read; returns whether something has ended and was not read yet. */
static int let_go(void)
{
	int unread = 0;

	for (nfds_t at = 1; at < count; at++) {
		if (!(kept[at].revents & (POLLHUP | POLLERR)))
			continue;
		if (is_read(kept[at].fd)) {
			close(kept[at].fd);
			kept[at--] = kept[--count];
		} else {
			unread = 1;
		}
	}
	return unread;
}

static void serve(const char *commands)
{
	int unread = 0;

	for (;;) {
		/* What has ended is reported at once, again and again: it is looked at now and then instead. */
		if (unread)
			poll(NULL, 0, SOON);
		if (poll(kept, count, unread ? 0 : SELDOM) < 0 && errno != EINTR)
			return;
		if (!take_commands() || access(commands, F_OK) != 0)
			return;
		unread = let_go();
	}
}

static void raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

int main(int argc, char **argv)
{
	int commands;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("k3c-keeper " KEEPER_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc != 2) {
		fputs("usage: k3c-keeper COMMANDS\n", stderr);
		return EXIT_FAILURE;
	}
	commands = open(argv[1], O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (commands < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	if (flock(commands, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? EXIT_SUCCESS : EXIT_FAILURE;
	switch (fork()) {
	case -1:
		perror("k3c-keeper: fork");
		return EXIT_FAILURE;
	case 0:
		break;
	default:
		return EXIT_SUCCESS;	/* the lock is the child's, too */
	}
	setsid();
	raise_limit();
	if (chdir("/") != 0)
		return EXIT_FAILURE;
	kept[0] = (struct pollfd){ .fd = commands, .events = POLLIN };
	serve(argv[1]);
	return EXIT_SUCCESS;
}
