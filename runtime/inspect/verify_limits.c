/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows about the cgroup: its values, and its device rules. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "inspect/verify_parts.h"
#include "kernel/device_bpf.h"

#define UNITS_MAX 4096 /* processors and memory nodes in a list */

static bool begins(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool is_word(const char *text, size_t length, const char *word, size_t word_length)
{
	return length == word_length && memcmp(text, word, length) == 0;
}

/* Has the line of @length bytes each of the words of @wanted? */
static bool has_words(const char *line, size_t length, const char *wanted)
{
	while (*wanted != '\0') {
		const size_t word = strcspn(wanted, " ");
		bool is_found = false;

		for (size_t at = 0; at < length && !is_found;) {
			const size_t here = strcspn(line + at, " \n");

			is_found = is_word(line + at, here, wanted, word);
			at += here + 1;
		}
		if (!is_found)
			return false;
		wanted += word;
		wanted += strspn(wanted, " ");
	}
	return true;
}

/* Does the line of @length bytes begin with the whole words of @wanted? */
static bool begins_with_words(const char *line, size_t length, const char *wanted)
{
	const size_t size = strlen(wanted);

	return length >= size && memcmp(line, wanted, size) == 0 &&
	       (length == size || line[size] == ' ');
}

/*
 * "8:0 rbps=1 wiops=5" is about one device, whose limits the kernel tells in its own order; "200"
 * may be what it calls "default 200".
 */
static bool is_line(const char *line, size_t length, const char *wanted)
{
	static const char by_default[] = "default ";
	const size_t skipped = sizeof(by_default) - 1;

	if (strchr(wanted, '=') != NULL)
		return is_word(line, strcspn(line, " "), wanted, strcspn(wanted, " ")) &&
		       has_words(line, length, wanted);
	if (begins_with_words(line, length, wanted))
		return true;
	return begins(line, by_default) &&
	       begins_with_words(line + skipped, length - skipped, wanted);
}

/* Memory is counted in whole pages. */
static bool is_memory(const char *file)
{
	return (begins(file, "memory.") || begins(file, "hugetlb.")) &&
	       strcmp(file, "memory.oom.group") != 0;
}

static bool is_same_number(const char *found, const char *wanted)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char *end;
	const uint64_t asked = strtoull(wanted, &end, 10);

	if (*end != '\0' || end == wanted || *found < '0' || *found > '9')
		return false;
	return strtoull(found, NULL, 10) == asked / page * page;
}

/* Read "0-3,5" into @out; false when it is no such list. */
static bool read_units(const char *text, bool out[UNITS_MAX])
{
	memset(out, 0, UNITS_MAX * sizeof(*out));
	while (*text >= '0' && *text <= '9') {
		char *end;
		const unsigned long first = strtoul(text, &end, 10);
		const unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;

		if (last >= UNITS_MAX || first > last)
			return false;
		for (unsigned long i = first; i <= last; i++)
			out[i] = true;
		text = end + (*end == ',');
	}
	return *text == '\0' || *text == '\n';
}

static bool is_same_list(const char *found, const char *wanted)
{
	bool ours[UNITS_MAX];
	bool theirs[UNITS_MAX];

	return read_units(found, theirs) && read_units(wanted, ours) &&
	       memcmp(ours, theirs, sizeof(ours)) == 0;
}

bool verify_limit_holds(const char *file, const char *text, const char *wanted)
{
	if (begins(file, "cpuset.") && is_same_list(text, wanted))
		return true;
	for (const char *line = text; *line != '\0';) {
		const size_t length = strcspn(line, "\n");

		if (is_line(line, length, wanted) ||
		    (is_memory(file) && is_same_number(line, wanted)))
			return true;
		line += length;
		line += *line == '\n';
	}
	return text[0] == '\0' && wanted[0] == '\0';
}

static void judge_value(const struct verify_target *target, const struct plan_cgroup_value *value,
                        struct verify_row *row)
{
	AUTO_FREE char *text = cgroup_read_text(target->cgroup_fd, value->file);
	char found[ROW_NAME_SIZE];
	char wanted[ROW_NAME_SIZE];

	(void)row_escape(value->value, wanted);
	if (text == NULL && errno == ENOENT && value->other_file != NULL) {
		text = cgroup_read_text(target->cgroup_fd, value->other_file);
		if (text != NULL && verify_limit_holds(value->other_file, text, value->other_value))
			return;
	}
	if (text == NULL && value->may_be_missing)
		return;
	if (text == NULL) {
		row_miss(row, "%s cannot be read: %s", value->file, strerror(errno));
		return;
	}
	if (!verify_limit_holds(value->file, text, value->value)) {
		text[strcspn(text, "\n")] = '\0';
		row_offend(row, "%s is %s and not %s", value->file, row_escape(text, found),
		           wanted);
		return;
	}
	row_find(row, "%s is %s", value->file, wanted);
}

/* Which row a file of the cgroup belongs to. */
static verify_check *row_of(const char *file)
{
	if (strcmp(file, "memory.oom.group") == 0)
		return verify_oom_group;
	if (begins(file, "memory.swap."))
		return verify_swap;
	if (begins(file, "memory."))
		return verify_memory;
	if (begins(file, "cpu.") || begins(file, "cpuset."))
		return verify_cpu;
	if (begins(file, "pids."))
		return verify_pids;
	return begins(file, "io.") ? verify_io : verify_other_limits;
}

/* Returns how many values the plan has for @check. */
static size_t judge_values(const struct verify_target *target, verify_check *check,
                           struct verify_row *row)
{
	const struct plan_cgroup *cgroup = &target->plan->cgroup;
	char place[ROW_NAME_SIZE];
	size_t count = 0;

	for (size_t i = 0; i < cgroup->value_count; i++) {
		const struct plan_cgroup_value *value = &cgroup->values[i];

		if (row_of(value->file) != check)
			continue;
		if (count++ == 0)
			row_want(row, "%s = %.100s", value->file, value->value);
		if (target->cgroup_fd >= 0)
			judge_value(target, value, row);
		else
			row_offend(row, "process %d is in no cgroup of its own: %s",
			           (int)target->subject->pid, row_escape(target->cgroup, place));
	}
	return count;
}

/* The first of the cgroup and its parents that has a limit in @file. */
static bool find_limit(const char *cgroup, const char *file, char out[ROW_NAME_SIZE])
{
	char path[CGROUP_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s", cgroup);
	while (path[0] != '\0') {
		struct error absent = { .kind = ERROR_NONE };
		AUTO_CLOSE int fd = cgroup_open(path, &absent);
		AUTO_FREE char *text = fd < 0 ? NULL : cgroup_read_text(fd, file);

		if (text != NULL && !begins(text, "max")) {
			text[strcspn(text, "\n")] = '\0';
			(void)row_escape(text, out);
			return true;
		}
		*strrchr(path, '/') = '\0';
	}
	return false;
}

static void judge_default(const struct verify_target *target, const char *file,
                          struct verify_row *row)
{
	char found[ROW_NAME_SIZE];

	row_want(row, "a limit");
	if (cgroup_find_mode() != CGROUP_MODE_UNIFIED)
		row_miss(row, "this host has its controllers in version 1 of control groups");
	else if (find_limit(target->cgroup, file, found))
		row_find(row, "%s is %s", file, found);
	else
		row_offend(row, "%s has no limit", file);
}

/* As the plan has it; without one there is a limit in @file, whichever. */
static void judge(const struct verify_target *target, verify_check *check, const char *file,
                  struct verify_row *row)
{
	if (target->plan == NULL)
		judge_default(target, file, row);
	else if (judge_values(target, check, row) == 0)
		row_want(row, "no limit asked for");
}

void verify_memory(const struct verify_target *target, struct verify_row *row)
{
	judge(target, verify_memory, "memory.max", row);
}

void verify_swap(const struct verify_target *target, struct verify_row *row)
{
	judge(target, verify_swap, "memory.swap.max", row);
}

void verify_cpu(const struct verify_target *target, struct verify_row *row)
{
	judge(target, verify_cpu, "cpu.max", row);
}

void verify_pids(const struct verify_target *target, struct verify_row *row)
{
	judge(target, verify_pids, "pids.max", row);
}

static void judge_if_planned(const struct verify_target *target, verify_check *check,
                             struct verify_row *row)
{
	if (target->plan == NULL || judge_values(target, check, row) == 0)
		row_drop(row);
}

void verify_oom_group(const struct verify_target *target, struct verify_row *row)
{
	judge_if_planned(target, verify_oom_group, row);
}

void verify_io(const struct verify_target *target, struct verify_row *row)
{
	judge_if_planned(target, verify_io, row);
}

void verify_other_limits(const struct verify_target *target, struct verify_row *row)
{
	judge_if_planned(target, verify_other_limits, row);
}

void verify_device_filter(const struct verify_target *target, struct verify_row *row)
{
	const struct plan_cgroup *cgroup = target->plan == NULL ? NULL : &target->plan->cgroup;
	struct error err = { .kind = ERROR_NONE };
	bool is_there = false;
	uint32_t count = 0;

	if (cgroup != NULL && cgroup->device_program == NULL) {
		row_want(row, "none asked for");
		return;
	}
	row_want(row, cgroup == NULL ? "some" : "those planned");
	if (target->cgroup_fd < 0 && cgroup == NULL)
		row_miss(row, "process %d is in no cgroup of its own", (int)target->subject->pid);
	else if (target->cgroup_fd < 0)
		row_offend(row, "process %d is in no cgroup of its own", (int)target->subject->pid);
	else if (device_bpf_find(target->cgroup_fd, cgroup == NULL ? NULL : cgroup->device_program,
	                         cgroup == NULL ? 0 : cgroup->device_program_length, &is_there,
	                         &count, &err) < 0)
		row_miss(row, "%.100s: %.100s", err.what, strerror(err.code));
	else if (count == 0)
		row_offend(row, "no program decides");
	else if (cgroup != NULL && !is_there)
		row_offend(row, "%" PRIu32 " programs, but not this one", count);
	row_find(row, "%" PRIu32 " programs", count);
}
