/*
 * The name of a server: a hash of all that a command inherits from its process. A child of the server has
 * the server's, so only a process that has the very same may have its commands run there.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher.h"

#define HASH_START 0xcbf29ce484222325u /* FNV-1a, 64 bits */
#define HASH_PRIME 0x100000001b3u

static const char *const namespaces[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
static const char *const files[] = {"cgroup", "limits", "oom_score_adj", "attr/current"};
static const char *const lines[] = {"Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:", "Seccomp", "Cpus_allowed:",
				    "mnt_id:"};
static const char *const variables[] = {"LANG=", "LANGUAGE=", "LC_", "GRPC_"};

static void add(uint64_t *hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ bytes[i]) * HASH_PRIME;
	*hash = (*hash ^ 0xff) * HASH_PRIME; /* the end of a piece */
}

static bool begins_with_one_of(const char *text, const char *const *beginnings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* Add a file of /proc/self, whole or only some of its lines; one that is missing counts as empty. */
static void add_file(uint64_t *hash, const char *name, const char *const *beginnings, size_t count)
{
	char path[64], text[16384];
	ssize_t size = 0, got;
	int file;

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	file = open(path, O_RDONLY | O_CLOEXEC);
	while (file >= 0 && (got = read(file, text + size, sizeof(text) - 1 - size)) > 0)
		size += got;
	if (file >= 0)
		close(file);
	text[size] = '\0';
	if (count == 0) {
		add(hash, text, size);
		return;
	}
	for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;)
		if (begins_with_one_of(line, beginnings, count))
			add(hash, line, strlen(line));
}

/* The root folder: which it is, and by which mount it is seen. */
static void add_root(uint64_t *hash)
{
	struct stat found;
	char name[64];
	int root = open("/", O_PATH | O_CLOEXEC);

	if (root < 0 || fstat(root, &found) != 0)
		return;
	add(hash, &found.st_dev, sizeof(found.st_dev));
	add(hash, &found.st_ino, sizeof(found.st_ino));
	snprintf(name, sizeof(name), "fdinfo/%d", root);
	add_file(hash, name, lines, LENGTH(lines));
	close(root);
}

void server_name(const struct place *place, char name[NAME_SIZE])
{
	uint64_t hash = HASH_START;
	char path[64], link[64];
	struct stat program;
	int nice = getpriority(PRIO_PROCESS, 0);

	add(&hash, place->program, strlen(place->program));
	if (stat(place->program, &program) == 0) {
		add(&hash, &program.st_ino, sizeof(program.st_ino));
		add(&hash, &program.st_mtim, sizeof(program.st_mtim));
	}
	for (size_t i = 0; i < LENGTH(namespaces); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
		ssize_t size = readlink(path, link, sizeof(link));
		add(&hash, link, size > 0 ? size : 0);
	}
	add_root(&hash);
	add(&hash, &nice, sizeof(nice));
	add_file(&hash, "status", lines, LENGTH(lines));
	for (size_t i = 0; i < LENGTH(files); i++)
		add_file(&hash, files[i], NULL, 0);
	for (char **variable = environ; *variable != NULL; variable++)
		if (begins_with_one_of(*variable, variables, LENGTH(variables)))
			add(&hash, *variable, strlen(*variable));
	snprintf(name, NAME_SIZE, "%016llx", (unsigned long long)hash);
}
