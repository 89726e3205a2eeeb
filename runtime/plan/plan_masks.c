/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of /proc and /sys the container must not read. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "plan/plan_steps.h"
#include "spec/known_paths.h"

/* CONFIG_NR_CPUS_RANGE_END of x86. */
#define PROCESSORS_MAX 8192

/* The masks while they are gathered. */
struct masks {
	struct planner *planner;
	struct plan_path *items;
	size_t count;
};

/* Did the user ask for @path, or for the pattern that gave it? */
static bool is_unmasked(const struct spec *spec, const char *path, const char *pattern)
{
	for (size_t i = 0; i < spec->unmasked_paths.count; i++) {
		const char *wanted = spec->unmasked_paths.items[i].value;

		if (strcmp(wanted, path) == 0 || strcmp(wanted, pattern) == 0)
			return true;
	}
	return false;
}

static void add_mask(struct masks *masks, const char *path, const char *pattern)
{
	if (!is_unmasked(masks->planner->spec, path, pattern))
		masks->items[masks->count++] = (struct plan_path){ .path = path, .origin = "" };
}

/* How many processors this host can have. Source: kernel cputopology.rst, "possible". */
static size_t count_processors(void)
{
	AUTO_CLOSE int fd = open("/sys/devices/system/cpu/possible", O_RDONLY | O_CLOEXEC);
	char text[64];
	const ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	const char *last;
	unsigned long number;

	text[length > 0 ? length : 0] = '\0';
	last = strrchr(text, '-');
	number = strtoul(last == NULL ? text : last + 1, NULL, 10);
	return number < PROCESSORS_MAX ? number + 1 : PROCESSORS_MAX;
}

/* The table's only wildcard stands for "cpuN". NULL with @err set. */
static const char *path_of_processor(struct planner *planner, const char *pattern, size_t number,
                                     struct error *err)
{
	const char *star = strchr(pattern, '*');

	return planner_text(planner, err, "%.*scpu%zu%s", (int)(star - pattern), pattern, number,
	                    star + 1);
}

/* Room for @more masks beside those of the table, which has one row with a wildcard. */
static int reserve(struct masks *masks, size_t more, struct error *err)
{
	struct plan_path *items =
		planner_array(masks->planner, known_masked_path_count + more, sizeof(*items), err);

	if (items == NULL)
		return -1;
	for (size_t i = 0; i < masks->count; i++)
		items[i] = masks->items[i];
	masks->items = items;
	return 0;
}

/* All processors have the file or none has; so most hosts pay for one look. */
static int expand(struct masks *masks, const char *pattern, struct error *err)
{
	const char *path = path_of_processor(masks->planner, pattern, 0, err);
	size_t count;

	if (path == NULL)
		return -1;
	if (access(path, F_OK) < 0)
		return 0;
	count = count_processors();
	if (reserve(masks, count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		path = path_of_processor(masks->planner, pattern, i, err);
		if (path == NULL)
			return -1;
		add_mask(masks, path, pattern);
	}
	return 0;
}

int plan_masks(struct planner *planner, struct error *err)
{
	struct masks masks = { .planner = planner };

	if (reserve(&masks, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < known_masked_path_count; i++) {
		const char *path = known_masked_paths[i];

		if (strchr(path, '*') == NULL)
			add_mask(&masks, path, path);
		else if (expand(&masks, path, err) < 0)
			return -1;
	}
	planner->plan->masked_paths = masks.count > 0 ? masks.items : NULL;
	planner->plan->masked_path_count = masks.count;
	return 0;
}
