/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/sweep.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "kernel/cgroup.h"
#include "lifecycle/profile.h"
#include "lifecycle/state.h"

#define EMPTY_TIMEOUT_MS 10000 /* for the killed to be gone; a busy host takes its time */

/* Kill what runs in it. A cgroup that is gone is fine: cgroup_remove() passes it over too. */
static int empty_cgroup(const char *path, struct error *err)
{
	struct error missing = { .kind = ERROR_NONE };
	AUTO_CLOSE int fd = cgroup_open(path, &missing);

	if (fd < 0 && missing.code == ENOENT)
		return 0;
	if (fd < 0) {
		*err = missing;
		return -1;
	}
	if (cgroup_kill(fd, err) < 0)
		return -1;
	return cgroup_wait_empty(fd, EMPTY_TIMEOUT_MS, err);
}

/*
 * One that was only intended may be another's, who was first: it is removed if nothing runs in
 * it, never killed.
 */
static int remove_cgroup(const struct registry_record *record, struct error *err)
{
	const char *name = strrchr(record->cgroup, '/');
	struct error busy = { .kind = ERROR_NONE };
	AUTO_CLOSE int parent_fd = -1;
	char parent[sizeof(record->cgroup)];

	if (record->cgroup_stage == REGISTRY_CGROUP_NONE || name == NULL)
		return 0;
	memcpy(parent, record->cgroup, sizeof(parent));
	parent[name == record->cgroup ? 1 : name - record->cgroup] = '\0';
	parent_fd = cgroup_open(parent, &busy);
	if (parent_fd < 0 && busy.code == ENOENT)
		return 0;
	if (parent_fd >= 0 && cgroup_remove(parent_fd, name + 1, &busy) == 0)
		return 0;
	if (record->cgroup_stage == REGISTRY_CGROUP_INTENDED)
		return 0;
	if (parent_fd < 0) {
		*err = busy;
		return -1;
	}
	if (empty_cgroup(record->cgroup, err) < 0)
		return -1;
	return cgroup_remove(parent_fd, name + 1, err);
}

static int undo(struct registry *registry, unsigned int slot, const struct registry_record *record,
                struct error *err)
{
	static const struct registry_record nothing = { .name = "" };

	if (remove_cgroup(record, err) < 0 ||
	    state_remove(registry->root_fd, slot, record->name, err) < 0)
		return -1;
	return registry_write(registry, slot, &nothing, err);
}

int sweep_slot(struct registry *registry, unsigned int slot, struct error *err)
{
	struct registry_record record;

	if (registry_read(registry, slot, &record, err) < 0 ||
	    undo(registry, slot, &record, err) < 0) {
		registry_abandon(registry, slot);
		return -1;
	}
	registry_release(registry, slot);
	return 0;
}

void sweep(struct registry *registry)
{
	struct error err = { .kind = ERROR_NONE };
	bool has_swept = false;
	int slot = -1;

	while ((slot = registry_take_dead(registry, (unsigned int)(slot + 1))) >= 0) {
		has_swept = true;
		if (sweep_slot(registry, (unsigned int)slot, &err) < 0)
			log_warning(&err);
		err = (struct error){ .kind = ERROR_NONE };
	}
	if (has_swept && geteuid() == 0 && profile_sweep(&err) < 0)
		log_warning(&err);
}
