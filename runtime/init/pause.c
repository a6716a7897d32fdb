/*
 * The process that holds a pod's namespaces open.
 *
 * It is pid 1 of the pod's sandbox: it sleeps, reaps whatever is re-parented to it, and ends on
 * SIGTERM or SIGINT with status 0. Static and without dependencies, because the sandbox image
 * holds nothing else.
 */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAUSE_VERSION "1"

static void reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

int main(int argc, char **argv)
{
	sigset_t watched;
	int received;

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("k3c-pause " PAUSE_VERSION);
		return EXIT_SUCCESS;
	}

	/* Pid 1 has no default signal actions: what is not waited for here would be lost. */
	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGTERM);
	sigaddset(&watched, SIGINT);
	if (sigprocmask(SIG_BLOCK, &watched, NULL) != 0) {
		perror("k3c-pause: sigprocmask");
		return EXIT_FAILURE;
	}

	for (;;) {
		reap();
		if (sigwait(&watched, &received) != 0)
			continue;
		if (received == SIGTERM || received == SIGINT)
			return EXIT_SUCCESS;
	}
}
