/*
 * The command `k3c`: has a warm process of the user run it, which answers in a few milliseconds, or starts
 * Python for it.
 *
 * It is run cold, as `python -I -m entrypoints.cli`, where the warm process would not be the same: for the
 * daemon, with K3C_NO_WARM=1, without one of descriptors 0 to 2, in the background of its terminal, with more
 * rights than its caller; and where no server of the user can be trusted or reached. The next call then finds one.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "launcher.h"

#define CANNOT_RUN 126

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "k3c: %s: %s\n", what, why);
	exit(CANNOT_RUN);
}

static void find(struct place *place)
{
	ssize_t size = readlink("/proc/self/exe", place->program, sizeof(place->program) - 1);

	if (size > 0)
		place->program[size] = '\0';
	else if (realpath((const char *)getauxval(AT_EXECFN), place->program) == NULL)
		fail("cannot find where it is installed", strerror(errno));
	char *name = strrchr(place->program, '/');
	if (snprintf(place->python, sizeof(place->python), "%.*s/python3", (int)(name - place->program),
		     place->program) >= (int)sizeof(place->python))
		fail("cannot find where it is installed", strerror(ENAMETOOLONG));
}

/* The verb of a command line: the first word that is no option of k3c's own; "" without one. */
static const char *verb(char **arguments)
{
	for (char **word = arguments + 1; *word != NULL; word++) {
		if ((*word)[0] != '-')
			return *word;
		if ((strcmp(*word, "-H") == 0 || strcmp(*word, "--address") == 0) && *++word == NULL)
			break;
	}
	return "";
}

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
}

static bool may_be_warm(char **arguments)
{
	pid_t foreground = tcgetpgrp(0);

	if (is_set("K3C_NO_WARM") || getauxval(AT_SECURE) != 0 || strcmp(verb(arguments), "daemon") == 0)
		return false;
	for (int descriptor = 0; descriptor < 3; descriptor++)
		if (fcntl(descriptor, F_GETFD) < 0)
			return false;
	return foreground < 0 || foreground == getpgrp();
}

static void try_warm(char **arguments, const struct place *place)
{
	char path[PATH_MAX], name[NAME_SIZE];
	int folder = open_folder(path);

	if (folder < 0)
		return;
	server_name(place, name);
	int connection = connect_server(folder, name);
	if (connection >= 0)
		run_warm(connection, arguments);
	else
		start_server(folder, path, name, place);
	close(folder);
}

/* Have Ctrl-C wait until Python can take it: while it starts, it calls that a fatal error. */
static bool defer_interrupts(void)
{
	sigset_t interrupt, before;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	return !sigismember(&before, SIGINT);
}

static void run_cold(int count, char **arguments, const struct place *place)
{
	char *python[] = {(char *)place->python, "-I", "-X", "k3c_deferred", "-m", "entrypoints.cli"};
	char *blocked[] = {(char *)place->python, "-I", "-m", "entrypoints.cli"}; /* by our caller: it stays so */
	bool deferred = defer_interrupts();
	size_t length = deferred ? LENGTH(python) : LENGTH(blocked);
	char **command = calloc(length + count, sizeof(*command));

	if (command == NULL)
		fail(place->python, strerror(errno));
	memcpy(command, deferred ? python : blocked, length * sizeof(*command));
	memcpy(command + length, arguments + 1, count * sizeof(*command)); /* with the NULL at its end */
	execv(command[0], command);
	fail(place->python, strerror(errno));
}

int main(int count, char **arguments)
{
	struct place place;

	if (count < 1)
		return CANNOT_RUN;
	if (getuid() != geteuid() || getgid() != getegid())
		fail("refused", "it must not be installed setuid or setgid");
	find(&place);
	if (may_be_warm(arguments))
		try_warm(arguments, &place);
	run_cold(count, arguments, &place);
}
