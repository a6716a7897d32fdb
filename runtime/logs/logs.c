/*
 * The hot loop of `k3c logs`: the data of a log's records that belong to one stream.
 *
 * A shared library, so that the daemon's threads run it side by side with everything else; in Python it
 * takes six times as long, and nobody else has a turn meanwhile. adapters/host/cri_log.py says what
 * a record is, and has the same in Python.
 */

#include <stddef.h>
#include <string.h>

/* " stdout F ", from the space behind the timestamp. */
#define HEAD 10

/*
 * Copy the data of the records from the block's start on, up to the first that has not `head` behind its
 * first space, or no newline. Returns how much of the block that was, and in `*copied` the data's length;
 * `data` has room for as much as the block.
 */
size_t k3c_whole_lines(const char *block, size_t length, const char *head, char *data, size_t *copied)
{
	const char *record = block, *end = block + length;
	char *to = data;

	while (record < end) {
		const char *newline = memchr(record, '\n', (size_t)(end - record));
		if (!newline)
			break;
		const char *next = newline + 1;
		const char *space = memchr(record, ' ', (size_t)(next - record));
		if (!space || next - space < HEAD + 1 || memcmp(space, head, HEAD))
			break;
		const char *line = space + HEAD;
		memcpy(to, line, (size_t)(next - line));
		to += next - line;
		record = next;
	}
	*copied = (size_t)(to - data);
	return (size_t)(record - block);
}
