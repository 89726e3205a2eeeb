/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lifecycle/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "kernel/apparmor.h"

/* Only root can open it, so no one else can hold the lock. */
#define LOCK_PATH "/sys/kernel/security/apparmor/profiles"
#define PREFIX    "hardrun-"

static int open_cache(int root_fd)
{
	if (mkdirat(root_fd, "cache", 0700) < 0 && errno != EEXIST)
		return -1;
	if (mkdirat(root_fd, "cache/apparmor", 0700) < 0 && errno != EEXIST)
		return -1;
	return openat(root_fd, "cache/apparmor", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int profile_hold(const struct plan *plan, int root_fd, int *out_lock_fd, struct error *err)
{
	AUTO_CLOSE int cache_fd = -1;
	AUTO_CLOSE int lock_fd = -1;

	if (plan->apparmor_text == NULL)
		return 0;
	lock_fd = open(LOCK_PATH, O_RDONLY | O_CLOEXEC);
	if (lock_fd >= 0 && flock(lock_fd, LOCK_SH) < 0)
		return error_set_errno(err, "cannot lock the kernel's AppArmor profiles");
	cache_fd = open_cache(root_fd);
	if (apparmor_load(plan->apparmor_profile, plan->apparmor_text, cache_fd, err) < 0)
		return -1;
	*out_lock_fd = take_fd(&lock_fd);
	return 0;
}

static bool is_never_used(const char *name, void *context)
{
	(void)name;
	(void)context;
	return false;
}

int profile_sweep(struct error *err)
{
	AUTO_CLOSE int lock_fd = open(LOCK_PATH, O_RDONLY | O_CLOEXEC);

	if (lock_fd < 0 || flock(lock_fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	return apparmor_sweep(PREFIX, is_never_used, NULL, err);
}
