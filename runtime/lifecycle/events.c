/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "kernel/cgroup.h"
#include "lifecycle/operations.h"

#define NS_PER_USEC UINT64_C(1000)

/* Zero stands for what the kernel does not keep, as in runc. */
static uint64_t known(uint64_t figure)
{
	return figure == CGROUP_UNKNOWN ? 0 : figure;
}

static uint64_t figure_of(const char *text, const char *key)
{
	return text == NULL ? 0 : known(cgroup_find_figure(text, key));
}

static void add_processor(struct text *text, int fd)
{
	AUTO_FREE char *figures = cgroup_read_text(fd, "cpu.stat");

	text_add_format(text,
	                "\"cpu\":{\"usage\":{\"total\":%" PRIu64 ",\"kernel\":%" PRIu64
	                ",\"user\":%" PRIu64 "},",
	                figure_of(figures, "usage_usec") * NS_PER_USEC,
	                figure_of(figures, "system_usec") * NS_PER_USEC,
	                figure_of(figures, "user_usec") * NS_PER_USEC);
	text_add_format(text,
	                "\"throttling\":{\"periods\":%" PRIu64 ",\"throttledPeriods\":%" PRIu64
	                ",\"throttledTime\":%" PRIu64 "}},",
	                figure_of(figures, "nr_periods"), figure_of(figures, "nr_throttled"),
	                figure_of(figures, "throttled_usec") * NS_PER_USEC);
}

struct memory_entry {
	uint64_t limit; /* UINT64_MAX: none */
	uint64_t usage;
	uint64_t max;
	uint64_t failures;
};

static void add_memory_entry(struct text *text, const char *name, const struct memory_entry *entry)
{
	text_add_format(text,
	                ",\"%s\":{\"limit\":%" PRIu64 ",\"usage\":%" PRIu64 ",\"max\":%" PRIu64
	                ",\"failcnt\":%" PRIu64 "}",
	                name, entry->limit, entry->usage, entry->max, entry->failures);
}

/* "name number" lines as members; a line of another shape is passed over. */
static void add_raw(struct text *text, const char *figures)
{
	const char *separator = "";
	char name[64];
	uint64_t value;
	int length = 0;

	text_add(text, ",\"raw\":{");
	while (sscanf(figures, "%63[a-z0-9_] %" SCNu64 "%n", name, &value, &length) == 2) {
		text_add_format(text, "%s\"%s\":%" PRIu64, separator, name, value);
		separator = ",";
		figures += length;
		if (*figures == '\n')
			figures++;
	}
	text_add(text, "}");
}

/* Swap is memory and swap together, as version 1 of control groups had it. */
static void add_memory(struct text *text, int fd)
{
	AUTO_FREE char *figures = cgroup_read_text(fd, "memory.stat");
	AUTO_FREE char *events = cgroup_read_text(fd, "memory.events");
	AUTO_FREE char *swap_events = cgroup_read_text(fd, "memory.swap.events");
	const struct memory_entry memory = {
		.limit = cgroup_read_figure(fd, "memory.max"),
		.usage = known(cgroup_read_figure(fd, "memory.current")),
		.max = known(cgroup_read_figure(fd, "memory.peak")),
		.failures = figure_of(events, "max"),
	};
	const uint64_t swap_limit = cgroup_read_figure(fd, "memory.swap.max");
	const struct memory_entry swap = {
		.limit = swap_limit == CGROUP_UNKNOWN || memory.limit == CGROUP_UNKNOWN
		                 ? UINT64_MAX
		                 : swap_limit + memory.limit,
		.usage = known(cgroup_read_figure(fd, "memory.swap.current")) + memory.usage,
		.failures = figure_of(swap_events, "max"),
	};
	const struct memory_entry none = { .limit = 0 };

	text_add_format(text, "\"memory\":{\"cache\":%" PRIu64, figure_of(figures, "file"));
	add_memory_entry(text, "usage", &memory);
	add_memory_entry(text, "swap", &swap);
	add_memory_entry(text, "kernel", &none);
	add_memory_entry(text, "kernelTCP", &none);
	add_raw(text, figures == NULL ? "" : figures);
	text_add(text, "},");
}

static void add_pids(struct text *text, int fd)
{
	text_add_format(text, "\"pids\":{\"current\":%" PRIu64 ",\"limit\":%" PRIu64 "},",
	                known(cgroup_read_figure(fd, "pids.current")),
	                known(cgroup_read_figure(fd, "pids.max")));
}

/* The lines of io.stat, "8:0 rbytes=1 wbytes=2 ...": the figures @keys of each disk. */
static void add_disks(struct text *text, const char *name, const char *lines,
                      const char *const keys[3])
{
	static const char *const words[] = { "Read", "Write", "Discard" };
	const char *separator = "";

	text_add_format(text, "\"%s\":[", name);
	for (const char *line = lines; *line != '\0'; line += strcspn(line, "\n") + 1) {
		unsigned int major;
		unsigned int minor;

		for (size_t i = 0; i < ARRAY_LEN(words); i++) {
			const char *key = strstr(line, keys[i]);
			uint64_t value;

			if (key == NULL || key > line + strcspn(line, "\n") ||
			    sscanf(line, "%u:%u ", &major, &minor) != 2 ||
			    sscanf(key + strlen(keys[i]), "%" SCNu64, &value) != 1)
				continue;
			text_add_format(text,
			                "%s{\"major\":%u,\"minor\":%u,\"op\":\"%s\",\"value\":"
			                "%" PRIu64 "}",
			                separator, major, minor, words[i], value);
			separator = ",";
		}
		if (line[strcspn(line, "\n")] == '\0')
			break;
	}
	text_add(text, "]");
}

static void add_blocks(struct text *text, int fd)
{
	static const char *const bytes[] = { " rbytes=", " wbytes=", " dbytes=" };
	static const char *const operations[] = { " rios=", " wios=", " dios=" };
	AUTO_FREE char *lines = cgroup_read_text(fd, "io.stat");

	text_add(text, "\"blkio\":{");
	add_disks(text, "ioServiceBytesRecursive", lines == NULL ? "" : lines, bytes);
	text_add(text, ",");
	add_disks(text, "ioServicedRecursive", lines == NULL ? "" : lines, operations);
	text_add(text, "},");
}

/* Source: kernel Documentation/admin-guide/mm/hugetlbpage.rst; the sizes of all architectures. */
static void add_hugepages(struct text *text, int fd)
{
	static const char *const sizes[] = { "64KB", "1MB", "2MB", "32MB", "512MB", "1GB", "16GB" };
	const char *separator = "";

	text_add(text, "\"hugetlb\":{");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char file[40];
		uint64_t usage;

		(void)snprintf(file, sizeof(file), "hugetlb.%s.current", sizes[i]);
		usage = cgroup_read_figure(fd, file);
		if (usage == CGROUP_UNKNOWN)
			continue;
		text_add_format(text, "%s\"%s\":{\"usage\":%" PRIu64 ",\"failcnt\":0}", separator,
		                sizes[i], usage);
		separator = ",";
	}
	text_add(text, "}");
}

int container_add_statistics(const struct container *container, struct text *text,
                             struct error *err)
{
	AUTO_CLOSE int fd = container_open_cgroup(container);

	if (fd < 0)
		return error_set(err, ERROR_STATE,
		                 "the container %s has no cgroup that would be measured",
		                 container->id);
	text_add(text, "{\"type\":\"stats\",\"id\":");
	text_add_json(text, container->id);
	text_add(text, ",\"data\":{");
	add_processor(text, fd);
	add_memory(text, fd);
	add_pids(text, fd);
	add_blocks(text, fd);
	add_hugepages(text, fd);
	text_add(text, "}}");
	return 0;
}

static uint64_t count_ooms(int cgroup_fd)
{
	AUTO_FREE char *events = cgroup_read_text(cgroup_fd, "memory.events");

	return figure_of(events, "oom_kill");
}

enum container_event container_wait_event(const struct container *container, int timeout_ms,
                                          uint64_t *ooms)
{
	AUTO_CLOSE int pidfd = identity_open(&container->state.init);
	AUTO_CLOSE int cgroup_fd = container_open_cgroup(container);
	AUTO_CLOSE int events_fd =
		cgroup_fd < 0 ? -1 : openat(cgroup_fd, "memory.events", O_RDONLY | O_CLOEXEC);
	const uint64_t before = *ooms;
	struct pollfd fds[] = {
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = events_fd, .events = POLLPRI },
	};

	if (cgroup_fd >= 0)
		*ooms = count_ooms(cgroup_fd);
	if (*ooms > before)
		return CONTAINER_EVENT_OOM;
	if (pidfd < 0)
		return CONTAINER_EVENT_END;
	(void)poll(fds, ARRAY_LEN(fds), timeout_ms);
	if (cgroup_fd >= 0)
		*ooms = count_ooms(cgroup_fd);
	if (*ooms > before)
		return CONTAINER_EVENT_OOM;
	return (fds[0].revents & POLLIN) != 0 ? CONTAINER_EVENT_END : CONTAINER_EVENT_STATISTICS;
}
