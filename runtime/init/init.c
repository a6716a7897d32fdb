/*
 * The first program of a container that is held until k3c is ready for its output, or that wants an init.
 *
 *     k3c-init [-m] [-s] [-i] [-g FIFO] -- PROGRAM [ARGUMENT...]
 *
 *  -g FIFO  the gate: wait until nobody has FIFO open for writing any more. The daemon holds it open
 *           until whoever wants the output is attached; if the daemon dies, the gate opens by itself.
 *  -m       while waiting, write NUL bytes to stdout and stderr, and an end mark at last: a reader that
 *           has seen one NUL on a stream is attached to it, and misses nothing that follows.
 *  -s       after that, wait until the terminal has a size: the runtime may pass it on later than it says.
 *  -i       stay as pid 1: run PROGRAM as a child, pass signals on to it, reap what is re-parented.
 *
 * PROGRAM is looked up before the gate: one that cannot be run ends with 127 (not found) or 126 without
 * a byte of output, as a shell would have it. Static: the image may hold nothing else.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INIT_VERSION "1"
#define NOT_EXECUTABLE 126
#define NOT_FOUND 127
#define BY_SIGNAL 128
#define QUICK_MS 2     /* between marks, as long as the daemon may be expected any moment */
#define SLOW_MS 100    /* later */
#define QUICK_ROUNDS 500
#define SIZE_ROUNDS 2500

static const char end_mark[] = "k3c gate open\n";

static void say(const char *program, int problem)
{
	fprintf(stderr, "k3c-init: %s: %s\n", program, strerror(problem));
}

static int exit_code(int problem)
{
	return problem == ENOENT || problem == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
}

/* 0, or why this file cannot be executed. */
static int executable(const char *path)
{
	struct stat found;

	if (stat(path, &found) != 0)
		return errno;
	if (S_ISDIR(found.st_mode))
		return EISDIR;
	return access(path, X_OK) == 0 ? 0 : errno;
}

/* Find a program as execvp would; 0 with its path, or why there is none. */
static int look_up(const char *program, char *path, size_t size)
{
	const char *folders = getenv("PATH");
	int problem = ENOENT;

	if (*program == '\0')
		return ENOENT;
	if (strchr(program, '/') != NULL) {
		if ((size_t)snprintf(path, size, "%s", program) >= size)
			return ENAMETOOLONG;
		return executable(path);
	}
	if (folders == NULL)
		folders = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (;;) {
		size_t length = strcspn(folders, ":");
		int fits = (size_t)snprintf(path, size, "%.*s/%s", (int)length, length ? folders : ".", program) < size;
		int found = fits ? executable(path) : ENAMETOOLONG;

		if (found == 0)
			return 0;
		if (found == EACCES)
			problem = EACCES;
		if (folders[length] == '\0')
			return problem;
		folders += length + 1;
	}
}

static void pause_ms(long milliseconds)
{
	struct timespec rest = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&rest, NULL);
}

static void wait_for_size(void)
{
	struct winsize size = { 0 };

	for (int round = 0; round < SIZE_ROUNDS; round++) {
		if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row != 0)
			return;
		pause_ms(QUICK_MS);
	}
}

static void write_all(int descriptor, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t written = write(descriptor, data, size);

		if (written < 0 && errno != EINTR)
			return; /* nobody can read it: nobody misses it */
		if (written > 0) {
			data += written;
			size -= (size_t)written;
		}
	}
}

/* A terminal is one stream: what goes to its stdout is all there is. */
static void mark(const char *data, size_t size)
{
	write_all(STDOUT_FILENO, data, size);
	if (!isatty(STDOUT_FILENO))
		write_all(STDERR_FILENO, data, size);
}

static void wait_at_gate(const char *fifo, int marking)
{
	struct pollfd gate = { .fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC), .events = POLLIN };

	if (gate.fd < 0)
		return; /* it is taken away once it is open */
	for (int round = 0;; round++) {
		if (marking)
			mark("", 1);
		if (poll(&gate, 1, round < QUICK_ROUNDS ? QUICK_MS : SLOW_MS) > 0 && (gate.revents & (POLLHUP | POLLERR)))
			break;
		/* Opened after its only writer had died, it never tells: the next daemon takes it away. */
		if (round >= QUICK_ROUNDS && access(fifo, F_OK) != 0)
			break;
	}
	close(gate.fd);
	if (marking)
		mark(end_mark, sizeof end_mark - 1);
}

static int run_as_init(const char *path, char **arguments)
{
	sigset_t all, before;
	pid_t child;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGABRT);
	sigdelset(&all, SIGTRAP);
	sigprocmask(SIG_BLOCK, &all, &before);
	child = fork();
	if (child < 0) {
		say("fork", errno);
		return NOT_EXECUTABLE;
	}
	if (child == 0) {
		setpgid(0, 0);
		if (isatty(STDIN_FILENO))
			tcsetpgrp(STDIN_FILENO, getpid()); /* SIGTTOU is blocked */
		sigprocmask(SIG_SETMASK, &before, NULL);
		execv(path, arguments);
		say(path, errno);
		_exit(exit_code(errno));
	}
	for (;;) {
		int number = sigwaitinfo(&all, NULL);
		int status;
		pid_t ended;

		if (number > 0 && number != SIGCHLD && number != SIGTTIN && number != SIGTTOU)
			kill(child, number);
		while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
			if (ended == child)
				return WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

int main(int argc, char **argv)
{
	static char path[PATH_MAX];
	const char *fifo = NULL;
	int marking = 0, sized = 0, staying = 0, option, problem;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("k3c-init " INIT_VERSION);
		return EXIT_SUCCESS;
	}
	while ((option = getopt(argc, argv, "+msig:")) != -1) {
		switch (option) {
		case 'm': marking = 1; break;
		case 's': sized = 1; break;
		case 'i': staying = 1; break;
		case 'g': fifo = optarg; break;
		default: return NOT_EXECUTABLE;
		}
	}
	if (optind >= argc) {
		fputs("usage: k3c-init [-m] [-s] [-i] [-g FIFO] -- PROGRAM [ARGUMENT...]\n", stderr);
		return NOT_EXECUTABLE;
	}
	problem = look_up(argv[optind], path, sizeof path);
	if (problem != 0)
		return exit_code(problem);
	if (fifo != NULL)
		wait_at_gate(fifo, marking);
	if (sized)
		wait_for_size();
	if (staying)
		return run_as_init(path, argv + optind);
	execv(path, argv + optind);
	say(path, errno);
	return exit_code(errno);
}
