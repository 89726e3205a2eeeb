/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/standard_mounts.h"

#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "export/work.h"
#include "spec/known_paths.h"

/* Source: runtime-spec config-linux.md, Default Filesystems; moby oci/defaults.go. */
static const struct {
	const char *target;
	const char *type;
} standard[] = {
	{ "/dev", "tmpfs" },
	{ "/dev/mqueue", "mqueue" },
	{ "/dev/pts", "devpts" },
	{ "/dev/shm", "tmpfs" },
	{ "/proc", "proc" },
	{ "/sys", "sysfs" },
	{ "/sys/fs/cgroup", "cgroup" },
	{ "/sys/fs/cgroup", "cgroup2" },
};

bool mount_is_standard(const struct spec_oci_mount *mount)
{
	uint64_t size;

	if (strcmp(mount->target, "/dev/shm") == 0 && mount_tmpfs_size(mount, &size) &&
	    size != STANDARD_SHM_SIZE)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(standard); i++) {
		if (strcmp(standard[i].target, mount->target) == 0 &&
		    strcmp(standard[i].type, mount->type) == 0)
			return true;
	}
	return false;
}

bool mount_is_engine_file(const struct spec_oci_mount *mount)
{
	static const char *const files[] = { "/etc/hostname", "/etc/hosts", "/etc/resolv.conf",
		                             "/run/.containerenv" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (strcmp(files[i], mount->target) == 0)
			return mount->is_bind && known_path_is_of_container(mount->source);
	}
	return strcmp(mount->target, "/dev/shm") == 0 && mount->is_bind &&
	       known_path_is_of_container(mount->source);
}

/* Source: kernel lib/cmdline.c, memparse(). */
bool mount_tmpfs_size(const struct spec_oci_mount *mount, uint64_t *out)
{
	static const char units[] = "kmgtpe";
	const char *text = work_mount_option(mount, "size");
	const char *unit;
	uint64_t size;
	char *end;

	if (text == NULL || *text < '0' || *text > '9')
		return false;
	size = strtoull(text, &end, 10);
	unit = *end == '\0' ? NULL : strchr(units, *end | ' ');
	if (*end != '\0' && (unit == NULL || end[1] != '\0'))
		return false;
	if (unit != NULL) {
		const unsigned int shift = 10 * (unsigned int)(unit - units + 1);

		if (size > UINT64_MAX >> shift)
			return false;
		size <<= shift;
	}
	*out = size;
	return size != 0;
}

bool mount_is_read_only(const struct spec_oci_mount *mount)
{
	return ((mount->attributes | mount->attributes_below) & MOUNT_ATTR_RDONLY) != 0;
}

bool device_is_standard(const char *path)
{
	static const char *const made[] = { "/dev/console", "/dev/full",   "/dev/null", "/dev/ptmx",
		                            "/dev/pts",     "/dev/random", "/dev/shm",  "/dev/tty",
		                            "/dev/urandom", "/dev/zero" };

	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		if (strcmp(made[i], path) == 0)
			return true;
	}
	return false;
}
