/*
 * A command that the server's child runs: handed over whole, and lived with until it ends.
 *
 *     launcher                            server ────────── child, forked ahead
 *        │ payload, cwd, descriptors 0-2     │                │
 *        │ ────────────────────────────────> │                │
 *        │                                   │ ─────────────> │
 *        │ <─────────────────────────────────────── TAKEN pid │
 *        │ <─────────────────────────────────────── READING   │  it reads its input from now on
 *        │ <─────────────────────────────────────── ENDED n   │  just before it exits with n
 *        │ <──────────────────── DIED status │                   it is no more
 *
 * The child is in another session, so what a terminal does to its foreground process group is done here:
 * signals are passed on, the child is stopped and continued with us, and one that reads the terminal from the
 * background stops us. Once the request is sent there is no way back: a second `run` is a second container.
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "launcher.h"

#define TAKEN 1
#define READING 2
#define ENDED 3
#define DIED 4
#define DESCRIPTORS 5   /* payload, working folder, 0, 1, 2 */
#define NOT_TAKEN_MS 5000 /* after a signal, for a server that does not go on */
#define STOPPING_MS 1000  /* that a child may take to stop */
#define LAST_SIGNAL 31

struct message {
	int32_t kind;
	int32_t value;
};

struct call {
	int connection;
	int signals;    /* a signalfd */
	sigset_t taken; /* the signals that come by it */
	pid_t child;    /* and its process group; 0 until the server has forked */
	uint64_t early; /* signals that came before that, and those of them that the terminal sent */
	uint64_t early_by_kernel;
	bool reading;
	bool ended; /* it exits with `code`, but may still read */
	int code;
	bool is_terminal;
	struct termios before;
};

/* Signals that mean this process itself, or that are not passed on. */
static bool is_ours(int number)
{
	switch (number) {
	case SIGKILL: case SIGSTOP: case SIGCHLD: case SIGPIPE: case SIGURG:
	case SIGSEGV: case SIGBUS: case SIGFPE: case SIGILL: case SIGTRAP: case SIGSYS:
		return true;
	default:
		return false;
	}
}

static uint64_t bit(int number)
{
	return UINT64_C(1) << number;
}

/* The signals that this process ignores, as bits. */
static uint64_t ignored(void)
{
	struct sigaction now;
	uint64_t found = 0;

	for (int number = 1; number <= LAST_SIGNAL; number++)
		if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
			found |= bit(number);
	return found;
}

static uint64_t blocked(void)
{
	sigset_t mask;
	uint64_t found = 0;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int number = 1; number <= LAST_SIGNAL; number++)
		if (sigismember(&mask, number) == 1)
			found |= bit(number);
	return found;
}

/* The command in a file: counts, umask, signals, then arguments and environment, each ended by NUL. */
static int write_payload(char **arguments)
{
	int payload = memfd_create("k3c-call", MFD_CLOEXEC);
	FILE *file = payload < 0 ? NULL : fdopen(dup(payload), "w");
	size_t counts[2] = {0, 0};
	char **lists[2] = {arguments, environ};
	mode_t mask = umask(0);

	umask(mask);
	if (file == NULL)
		return -1;
	for (int i = 0; i < 2; i++)
		while (lists[i][counts[i]] != NULL)
			counts[i]++;
	fprintf(file, "%zu %zu %u %llu %llu\n", counts[0], counts[1], mask, (unsigned long long)ignored(),
		(unsigned long long)blocked());
	for (int i = 0; i < 2; i++)
		for (char **text = lists[i]; *text != NULL; text++)
			fwrite(*text, 1, strlen(*text) + 1, file);
	if (fclose(file) != 0) {
		close(payload);
		return -1;
	}
	return payload;
}

/* Whether the request was sent: if not, the server has nothing of it. */
static bool send_request(int connection, int payload, int folder)
{
	union {
		char space[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec data = {.iov_base = "k3c", .iov_len = 3};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof(control.space)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int given[DESCRIPTORS] = {payload, folder, 0, 1, 2};

	memset(&control, 0, sizeof(control));
	header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(given));
	memcpy(CMSG_DATA(header), given, sizeof(given));
	return sendmsg(connection, &message, MSG_NOSIGNAL) == (ssize_t)data.iov_len;
}

static void let_through(int number, int how)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, number);
	sigprocmask(how, &one, NULL);
}

/* Do to ourselves what the signal does by default; returns if that is nothing, or when we go on. */
static void suffer(int number)
{
	raise(number);
	let_through(number, SIG_UNBLOCK);
	let_through(number, SIG_BLOCK);
}

static bool is_in_background(void)
{
	pid_t foreground = tcgetpgrp(0); /* -1 if it is no terminal, or not ours */

	return foreground > 0 && foreground != getpgrp();
}

/* Give the terminal back as it was, unless it is somebody else's by now. */
static void restore_terminal(const struct call *call)
{
	if (call->is_terminal && !is_in_background())
		tcsetattr(0, TCSADRAIN, &call->before);
}

static void end_by(int number)
{
	struct rlimit none = {0, 0};
	struct sigaction usual = {.sa_handler = SIG_DFL};

	setrlimit(RLIMIT_CORE, &none); /* what was to be seen was in the child */
	sigaction(number, &usual, NULL);
	suffer(number);
	_exit(128 + number);
}

/* A signal of the terminal is for the whole process group, one that somebody sent is for the command. */
static void pass_on(const struct call *call, int number, bool by_kernel)
{
	kill(by_kernel ? -call->child : call->child, number);
}

/* Stop as the signal does by default; whether it did: a process group that nobody would continue goes on. */
static bool stop_by(int number)
{
	struct timespec none = {0, 0};
	sigset_t continued, pending;

	sigemptyset(&continued);
	sigaddset(&continued, SIGCONT);
	sigtimedwait(&continued, NULL, &none);
	suffer(number);
	sigpending(&pending);
	return sigismember(&pending, SIGCONT) == 1;
}

/* Whether a thread neither runs nor will before it is continued. */
static bool is_still(pid_t process, const char *thread)
{
	char path[64], text[512];
	const char *end;
	int file;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/task/%.20s/stat", process, thread);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return true;
	size = read(file, text, sizeof(text) - 1);
	close(file);
	text[size > 0 ? size : 0] = '\0';
	end = strrchr(text, ')'); /* after the name comes the state */
	return end == NULL || strchr("TtZX", end[2]) != NULL;
}

static bool are_all_still(pid_t process)
{
	char path[64];
	DIR *threads;
	struct dirent *thread;
	bool still = true;

	snprintf(path, sizeof(path), "/proc/%d/task", process);
	threads = opendir(path);
	while (threads != NULL && still && (thread = readdir(threads)) != NULL)
		still = thread->d_name[0] == '.' || is_still(process, thread->d_name);
	if (threads != NULL)
		closedir(threads);
	return still;
}

/* Stop the child, and see it stopped: until then it could read what is typed for whoever comes next. */
static void stop_child(const struct call *call)
{
	struct timespec moment = {0, 1000000};

	kill(-call->child, SIGSTOP);
	for (int i = 0; i < STOPPING_MS && !are_all_still(call->child); i++)
		nanosleep(&moment, NULL);
}

static void go_on(const struct call *call)
{
	while (call->reading && is_in_background() && stop_by(SIGTTIN))
		continue;
	kill(-call->child, SIGCONT);
}

static void on_signal(struct call *call)
{
	struct signalfd_siginfo got;

	if (read(call->signals, &got, sizeof(got)) != sizeof(got))
		return;
	int number = (int)got.ssi_signo;
	if (call->child == 0) {
		call->early |= bit(number);
		call->early_by_kernel |= got.ssi_code == SI_KERNEL ? bit(number) : 0;
		return;
	}
	switch (number) {
	case SIGTSTP: case SIGTTIN: case SIGTTOU:
		stop_child(call);
		stop_by(number);
		go_on(call);
		return;
	case SIGCONT:
		go_on(call);
		return;
	default:
		pass_on(call, number, got.ssi_code == SI_KERNEL);
	}
}

static void on_taken(struct call *call, pid_t child)
{
	call->child = child;
	for (int number = 1; number <= LAST_SIGNAL; number++)
		if (call->early & bit(number))
			pass_on(call, number, call->early_by_kernel & bit(number));
}

static void on_status(const struct call *call, int status)
{
	if (!WIFSIGNALED(status))
		_exit(WEXITSTATUS(status));
	restore_terminal(call);
	end_by(WTERMSIG(status));
}

static void on_message(struct call *call)
{
	struct message got;
	ssize_t size = recv(call->connection, &got, sizeof(got), 0);

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (size != sizeof(got)) { /* the server was killed, and the child is no more */
		if (call->ended)
			_exit(call->code);
		restore_terminal(call);
		static const char lost[] = "k3c: the process that ran this command was killed\n";
		if (write(2, lost, sizeof(lost) - 1) < 0)
			_exit(128 + SIGKILL);
		_exit(128 + SIGKILL);
	}
	switch (got.kind) {
	case TAKEN: on_taken(call, got.value); break;
	case READING: call->reading = true; break;
	case ENDED:
		/* What still reads could take what is meant for whoever comes after us: then wait for DIED. */
		if (!call->reading)
			_exit(got.value);
		call->ended = true;
		call->code = got.value;
		break;
	case DIED: on_status(call, got.value);
	}
}

/* Have the signals that are passed on come by a descriptor; those that are ignored or blocked stay so. */
static bool take_signals(struct call *call)
{
	uint64_t left_alone = ignored() | blocked();

	sigemptyset(&call->taken);
	for (int number = 1; number <= LAST_SIGNAL; number++)
		if (!is_ours(number) && !(left_alone & bit(number)))
			sigaddset(&call->taken, number);
	call->signals = signalfd(-1, &call->taken, SFD_CLOEXEC | SFD_NONBLOCK);
	return call->signals >= 0 && sigprocmask(SIG_BLOCK, &call->taken, NULL) == 0;
}

void run_warm(int connection, char **arguments)
{
	struct call call = {.connection = connection};
	int folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int payload = write_payload(arguments);

	call.is_terminal = tcgetattr(0, &call.before) == 0;
	if (folder < 0 || payload < 0 || access(".", X_OK) != 0 || !take_signals(&call)) {
		close(connection);
		return;
	}
	if (!send_request(connection, payload, folder)) {
		sigprocmask(SIG_UNBLOCK, &call.taken, NULL);
		close(connection);
		return;
	}
	struct pollfd waiting[2] = {{.fd = connection, .events = POLLIN}, {.fd = call.signals, .events = POLLIN}};
	for (;;) {
		bool is_late = call.child == 0 && call.early != 0;
		int count = poll(waiting, 2, is_late ? NOT_TAKEN_MS : -1);
		if (count == 0)
			for (int number = 1; number <= LAST_SIGNAL; number++)
				if (call.early & bit(number))
					suffer(number);
		if (count > 0 && waiting[0].revents)
			on_message(&call);
		if (count > 0 && waiting[1].revents)
			on_signal(&call);
	}
}
