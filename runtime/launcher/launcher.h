/* What the launcher's parts know of each other. */
#ifndef K3C_LAUNCHER_H
#define K3C_LAUNCHER_H

#include <limits.h>
#include <stdbool.h>

#define NAME_SIZE 17 /* of a server: 16 hexadecimal digits */

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

extern char **environ;

/* Where this program is, and the Python beside it. */
struct place {
	char program[PATH_MAX];
	char python[PATH_MAX];
};

/* identity.c: name the server that may run this process's commands. */
void server_name(const struct place *place, char name[NAME_SIZE]);

/* server.c: the folder of this user's servers; -1 if there is none, or one that cannot be trusted. */
int open_folder(char path[PATH_MAX]);

/* server.c: a connection to a server that waits for a command; -1 if there is none. */
int connect_server(int folder, const char *name);

/* server.c: start a server behind this process, unless one is being started. */
void start_server(int folder, const char *path, const char *name, const struct place *place);

/* call.c: have the server run the command, and end as it ends; returns if the server does not have it. */
void run_warm(int connection, char **arguments);

#endif
