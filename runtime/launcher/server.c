/* The user's servers: their folder, reaching one, and starting one. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher.h"

#define GREETING_MS 3000 /* that a busy server may take to say that it is ready */

static const char ready[] = "k3c 1 ready";

/* Whether a folder is the user's own, no link, and closed to others. */
static bool is_private(int folder)
{
	struct stat found;

	return fstat(folder, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid() &&
	       (found.st_mode & 077) == 0;
}

static int open_private(const char *path)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (folder >= 0 && !is_private(folder)) {
		close(folder);
		return -1;
	}
	return folder;
}

/* Open a folder, made if it is missing. */
static int make_private(const char *path)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -1;
	return open_private(path);
}

static int folder_below(const char *above, char path[PATH_MAX])
{
	int folder = open_private(above);

	if (folder < 0)
		return -1;
	close(folder);
	if (snprintf(path, PATH_MAX, "%s/k3c", above) >= PATH_MAX)
		return -1;
	return make_private(path);
}

/*
 * Root has a folder that nobody else could have made, whatever its environment says: sudo may have kept
 * another user's XDG_RUNTIME_DIR.
 */
int open_folder(char path[PATH_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char users[64];
	int folder = -1;

	if (geteuid() == 0) {
		strcpy(path, "/run/k3c-warm");
		return make_private(path);
	}
	if (runtime != NULL && runtime[0] == '/')
		folder = folder_below(runtime, path);
	if (folder < 0) {
		snprintf(users, sizeof(users), "/run/user/%u", geteuid());
		folder = folder_below(users, path);
	}
	if (folder < 0) {
		snprintf(path, PATH_MAX, "/tmp/k3c-%u", geteuid());
		folder = make_private(path);
	}
	return folder;
}

static bool is_own(int connection)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid() &&
	       peer.gid == getegid();
}

/* Whether the server says that it is ready: one that runs an older program says nothing and ends. */
static bool is_ready(int connection)
{
	struct pollfd waiting = {.fd = connection, .events = POLLIN};
	char greeting[sizeof(ready)];

	if (poll(&waiting, 1, GREETING_MS) != 1)
		return false;
	return recv(connection, greeting, sizeof(greeting), 0) == sizeof(ready) - 1 &&
	       memcmp(greeting, ready, sizeof(ready) - 1) == 0;
}

int connect_server(int folder, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat found;
	int connection;

	if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISSOCK(found.st_mode) ||
	    found.st_uid != geteuid())
		return -1;
	connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (connection < 0)
		return -1;
	/* By the folder that was looked at, also where its path is long. */
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", folder, name);
	if (connect(connection, (struct sockaddr *)&address, sizeof(address)) == 0 && is_own(connection) &&
	    is_ready(connection))
		return connection;
	close(connection);
	return -1;
}

static bool is_roots(const struct stat *found)
{
	return found->st_uid == 0 && (found->st_mode & 002) == 0 && (found->st_gid == 0 || (found->st_mode & 020) == 0);
}

/* Root's servers run nothing that another user could change. */
static bool may_serve(const struct place *place)
{
	struct stat found;
	char path[PATH_MAX];

	if (geteuid() != 0)
		return true;
	strcpy(path, place->program);
	for (int i = 0; i < 2; i++) {
		if (stat(path, &found) != 0 || !is_roots(&found))
			return false;
		*strrchr(path, '/') = '\0';
	}
	return true;
}

/* Leave of the environment what the server's name is made of, and what Python needs to start. */
static void keep_few_variables(void)
{
	static const char *const kept[] = {"LANG=", "LANGUAGE=", "LC_", "GRPC_", "PATH="};
	char **last = environ;

	for (char **variable = environ; *variable != NULL; variable++)
		for (size_t i = 0; i < LENGTH(kept); i++)
			if (strncmp(*variable, kept[i], strlen(kept[i])) == 0) {
				*last++ = *variable;
				break;
			}
	*last = NULL;
}

/* Become the server: in a session of its own, at /, on /dev/null, with its lock and nothing else. */
static void become_server(int lock, char **command)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(077);
	if (null < 0 || chdir("/") != 0)
		_exit(1);
	lock = fcntl(lock, F_DUPFD, 10); /* out of the way of the next lines */
	for (int i = 0; i < 3; i++)
		dup2(null, i);
	dup2(lock, 3);
	syscall(SYS_close_range, 4u, ~0u, 0u);
	keep_few_variables();
	execv(command[0], command);
	_exit(127);
}

void start_server(int folder, const char *path, const char *name, const struct place *place)
{
	char lock_name[NAME_SIZE + 8];
	char *command[] = {(char *)place->python, "-I", "-m", "entrypoints.cli.warm", (char *)path, (char *)name, NULL};
	struct stat found;
	int lock;
	pid_t child;

	if (!may_serve(place))
		return;
	snprintf(lock_name, sizeof(lock_name), "%s.lock", name);
	lock = openat(folder, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (lock < 0)
		return;
	/* A server that ends takes its lock's file away: whoever waited for that has the next call start one. */
	if (flock(lock, LOCK_EX | LOCK_NB) == 0 && fstat(lock, &found) == 0 && found.st_nlink > 0 &&
	    (child = fork()) >= 0) {
		if (child == 0) {
			setsid();
			if (fork() == 0)
				become_server(lock, command);
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
	close(lock);
}
